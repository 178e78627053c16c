from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from ..models.survey.campaign_audience import find_audience
from .common import DeskCommon


class SurveyCommon(DeskCommon):
    """Requesters who can be asked, and the job that asks them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls._new_users(**{f"asked{number}": [] for number in range(8)})
        for person in cls.people:
            cls._file(person)
        cls.survey = cls.env.ref("itsm_desk.survey_satisfaction")

    def setUp(self):
        super().setUp()
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    def _new_campaign(self, **values):
        return (
            self.env["itsm.survey.campaign"]
            .with_user(self.quality)
            .create({"name": "Spring", "sample_size": 0, **values})
        )

    def _run_job(self):
        self.env["itsm.survey.campaign"]._cron_follow()

    def _answer(self, answer, rating, text=None):
        """Answer as the native page does."""
        question = self.env.ref("itsm_desk.survey_question_overall")
        answer._mark_in_progress()
        answer._save_lines(question, str(rating))
        if text:
            answer._save_lines(self.env.ref("itsm_desk.survey_question_need"), text)
        answer._mark_done()

    def _answer_all(self, campaign, rating=4):
        """Let everybody answer, so that answers may be read."""
        for answer in self._get_answers(campaign).filtered(lambda a: a.state != "done"):
            self._answer(answer, rating)
        self._run_job()
        self.env.invalidate_all()

    def _get_answers(self, campaign):
        return campaign.sudo().invitation_ids.user_input_id.sorted("id")


@tagged("post_install", "-at_install")
class TestSurveyAccess(SurveyCommon):
    """Who reads what; attacks first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._new_user("officer")
        cls.officer.group_ids |= cls.env.ref("survey.group_survey_manager")
        cls.admin = cls._new_user("admin")
        cls.admin.group_ids |= cls.env.ref("base.group_system")

    def setUp(self):
        super().setUp()
        self.campaign = self._new_campaign()
        self.campaign.action_start()
        self.answer = self._get_answers(self.campaign)[0]
        self._answer(self.answer, 4, "A second screen")

    def test_who_reads_answers(self):
        """Quality reads answers, survey officers and the desk do not."""
        self._answer_all(self.campaign)
        line = self.answer.user_input_line_ids[:1]
        readers = (
            self.technician | self.lead | self.manager | self.officer | self.admin
        ) | self.requester
        for user in readers:
            for record in (self.answer, line):
                with self.subTest(user=user.login, model=record._name):
                    found = record.with_user(user)
                    self.assertFalse(found.has_access("read"))
        self.assertTrue(line.with_user(self.quality).has_access("read"))
        for record in (self.answer, line):
            mine = record.with_user(self.quality)
            for access in ("write", "unlink", "create"):
                self.assertFalse(mine.has_access(access))

    def test_unfinished_answers_are_private(self):
        other = self._get_answers(self.campaign)[1]
        other._mark_in_progress()
        other._save_lines(self.env.ref("itsm_desk.survey_question_overall"), "1")
        line = other.user_input_line_ids[:1].with_user(self.quality)
        self.assertFalse(line.has_access("read"))

    def test_few_answers_are_read_by_nobody(self):
        """Four answers are still hidden, the fifth opens them."""
        answers = self._get_answers(self.campaign)
        for answer in answers[1:4]:
            self._answer(answer, 3)
        self._run_job()
        line = self.answer.user_input_line_ids[:1].with_user(self.quality)
        self.env.invalidate_all()
        self.assertFalse(line.has_access("read"))
        self.assertFalse(line.search([("user_input_id", "=", self.answer.id)]))
        self._answer(answers[4], 3)
        self._run_job()
        self.env.invalidate_all()
        self.assertTrue(line.has_access("read"))

    def test_few_people_are_not_asked(self):
        for people in self.people[:4]:
            self._file(people, service_id=self.approved_service.id)
        quiet = self.company.itsm_survey_quiet_days
        with freeze_time(fields.Datetime.now() + timedelta(days=quiet + 1)):
            campaign = self._new_campaign(
                service_ids=[Command.set(self.approved_service.ids)],
                date_from=fields.Date.subtract(fields.Date.today(), days=365),
            )
            with self.assertRaisesRegex(UserError, "would ask 4 people"):
                campaign.action_start()
            one = self._new_campaign(
                sample_size=1, date_from=fields.Date.from_string("2000-01-01")
            )
            with self.assertRaisesRegex(UserError, "Ask 5 at least"):
                one.action_start()

    def test_quality_has_no_token(self):
        """Whoever has the token answers; the seed says who was drawn."""
        answer = self.answer.with_user(self.quality)
        for name in ("access_token", "lang_id"):
            with self.subTest(name=name):
                with self.assertRaises(AccessError):
                    answer.read([name])
                with self.assertRaises(AccessError):
                    answer.search([(name, "!=", False)])
        line = self.answer.user_input_line_ids[:1].with_user(self.quality)
        with self.assertRaises(AccessError):
            line.search([("user_input_id.access_token", "like", "a")])
        for path in ("lang_id", "user_input_id.lang_id"):
            with self.subTest(path=path), self.assertRaises(AccessError):
                line._read_group([], [path])
        with self.assertRaises(AccessError):
            line._read_group([], [], ["lang_id:array_agg"])
        self.assertFalse(answer.get_print_url())
        for user in (self.quality, self.manager):
            with self.assertRaises(AccessError):
                self.campaign.with_user(user).read(["seed"])

    def test_questions_that_name_somebody(self):
        campaign = self._new_campaign()
        copied = self.survey.copy()
        text = copied.question_ids.filtered(
            lambda question: question.question_type in ("char_box", "text_box")
        )[:1]
        text.write({"question_type": "char_box", "save_as_nickname": True})
        campaign.survey_id = copied
        with self.assertRaisesRegex(UserError, "saves who answers"):
            campaign.action_start()

    def test_answers_name_nobody(self):
        for answer in self._get_answers(self.campaign):
            self.assertFalse(answer.partner_id or answer.email or answer.nickname)

    def test_nobody_reads_invitations(self):
        invitations = self.campaign.sudo().invitation_ids
        for user in (self.quality, self.manager, self.officer, self.admin, self.lead):
            with self.subTest(user=user.login):
                mine = invitations.with_user(user)
                self.assertFalse(mine.has_access("read"))
                with self.assertRaises(AccessError):
                    self.campaign.with_user(user).read(["invitation_ids"])
        with self.assertRaises(AccessError):
            invitations.unlink()
        with self.assertRaises(AccessError):
            invitations.write({"sent_at": False})

    def test_answers_are_kept(self):
        with self.assertRaises(AccessError):
            self.answer.unlink()
        with self.assertRaises(AccessError):
            self.answer.write({"partner_id": self.requester.partner_id.id})
        with self.assertRaises(AccessError):
            self.answer.user_input_line_ids.unlink()
        survey = self.survey.with_user(self.officer)
        with self.assertRaises(UserError):
            survey.write({"survey_type": "custom"})
        with self.assertRaises(UserError):
            survey.unlink()
        with self.assertRaises(UserError):
            survey.question_ids[0].unlink()
        with self.assertRaises(UserError):
            survey.question_ids[0].write({"scale_max": 3})
        for values in (
            {"title": "How bad is it?"},
            {"description": "Say 5"},
            {"scale_min_label": "Best"},
            {"scale_max_label": "Worst"},
            {"constr_mandatory": True},
            {"save_as_email": True},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                survey.question_ids[0].write(values)
        with self.assertRaises(UserError), self.cr.savepoint():
            survey.question_ids.create(
                {"survey_id": survey.id, "title": "Who are you?"}
            )
        other = survey.copy()
        with self.assertRaises(UserError), self.cr.savepoint():
            other.question_ids[0].write({"survey_id": survey.id})
        other.question_ids[0].write({"title": "How satisfied?"})

    def test_figures_cannot_be_written(self):
        with self.assertRaises(AccessError):
            self.campaign.write({"satisfaction": 5})
        with self.assertRaises(AccessError):
            self.campaign.write({"invitation_ids": [Command.clear()]})
        with self.assertRaises(UserError):
            self.campaign.write({"sample_size": 1})
        with self.assertRaises(UserError):
            self._new_campaign(state="done")
        with self.assertRaises(AccessError):
            self._new_campaign(seed=7)

    def test_steps_are_for_quality(self):
        campaign = self._new_campaign(
            date_end=fields.Date.add(fields.Date.today(), days=3)
        )
        for user in (self.manager, self.lead):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                campaign.with_user(user).action_start()
            self.assertTrue(campaign.with_user(user).has_access("read"))
        self.assertFalse(campaign.with_user(self.technician).has_access("read"))
        self.assertFalse(campaign.with_user(self.requester).has_access("read"))


@tagged("post_install", "-at_install")
class TestSurveyCampaign(SurveyCommon):
    """From the draft to the frozen figures."""

    def test_draw_and_send(self):
        campaign = self._new_campaign(sample_size=5)
        campaign.action_start()
        self.assertEqual(campaign.state, "running")
        self.assertEqual(campaign.eligible_count, 8)
        self.assertEqual(campaign.invited_count, 5)
        with freeze_time(fields.Datetime.now()):
            mails = self._sent_by_job()
        self.assertEqual(len(mails), 5)
        answer = self._get_answers(campaign)[0]
        body = "".join(mails.mapped("body_html"))
        self.assertNotIn(answer.access_token, body, "Whoever reads mails reads it.")
        # A second run writes to nobody again.
        self.assertFalse(self._sent_by_job())

    def _sent_by_job(self):
        """Return the mails that one run of the job makes."""
        before = self.env["mail.mail"].search([])
        self._run_job()
        return self.env["mail.mail"].search([]) - before

    def test_nobody_is_asked_twice(self):
        for person in self._new_users(**{f"more{number}": [] for number in range(3)}):
            self._file(person)
        self._new_campaign(sample_size=5).action_start()
        second = self._new_campaign()
        second.action_start()
        self.assertEqual((second.invited_count, second.skipped_count), (6, 5))
        third = self._new_campaign()
        with self.assertRaisesRegex(UserError, "nobody is left"), self.cr.savepoint():
            third.action_start()
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            third.write(
                {
                    "date_to": fields.Date.today(),
                    "date_end": fields.Date.add(fields.Date.today(), days=9),
                    "date_from": fields.Date.subtract(fields.Date.today(), days=120),
                }
            )
            third.action_start()
        self.assertEqual(third.invited_count, 11)

    def test_audience(self):
        """Technicians, other services and refused tickets are left out."""
        self._file(self.technician, partner_id=self.technician.partner_id.id)
        self._file(self.stranger).action_cancel("Not needed")
        other = self.service.copy({"name": "Phone"})
        self._file(self.boss, service_id=other.id)
        campaign = self._new_campaign(service_ids=[Command.set(other.ids)])
        self.assertEqual(find_audience(campaign.sudo()), self.boss.partner_id)
        everybody = self._new_campaign(
            audience="employees", department_ids=[Command.set(self.department.ids)]
        )
        # Those of the department, without the desk.
        staff = (self.requester | self.boss).partner_id
        self.assertLessEqual(find_audience(everybody.sudo()), staff)
        self.assertIn(self.requester.partner_id, find_audience(everybody.sudo()))

    def test_reminders(self):
        campaign = self._new_campaign(reminder_days=2, reminder_count=1)
        campaign.action_start()
        self._run_job()
        self._answer(self._get_answers(campaign)[0], 5)
        now = fields.Datetime.now()
        with freeze_time(now + timedelta(days=2, minutes=1)):
            self.assertEqual(len(self._sent_by_job()), 7)
            self.assertFalse(self._sent_by_job())
        with freeze_time(now + timedelta(days=5)):
            self.assertFalse(self._sent_by_job())

    def test_bad_record_leaves_the_others(self):
        campaign = self._new_campaign()
        campaign.action_start()
        send = type(self.env["mail.template"]).send_mail
        bad = campaign.sudo().invitation_ids[0]

        def fail(template, res_id, *args, **kwargs):
            if res_id == bad.id:
                raise ValueError("broken")
            return send(template, res_id, *args, **kwargs)

        with (
            patch.object(type(self.env["mail.template"]), "send_mail", fail),
            mute_logger("odoo.addons.itsm_desk.models.survey.campaign_sending"),
        ):
            self.assertEqual(len(self._sent_by_job()), 7)
        self.assertEqual(len(self._sent_by_job()), 1)

    def test_figures(self):
        campaign = self._new_campaign()
        campaign.action_start()
        answers = self._get_answers(campaign)
        for answer, rating in zip(answers, (5, 4, 4, 3), strict=False):
            self._answer(answer, rating)
        self._run_job()
        self.assertEqual(campaign.answer_count, 4)
        self.assertFalse(campaign.has_figures or campaign.satisfaction)
        self._answer(answers[4], 2)
        self._answer(answers[5], 5)
        campaign.action_close()
        self.assertEqual(campaign.state, "done")
        self.assertAlmostEqual(campaign.satisfaction, 23 / 6)
        self.assertAlmostEqual(campaign.satisfaction_low, 2.6060, 3)
        self.assertEqual(campaign.satisfaction_high, 5)
        self.assertAlmostEqual(campaign.response_rate, 75)
        late = answers[6]
        self.assertLessEqual(late.deadline, fields.Datetime.now())
        with self.assertRaises(UserError):
            campaign.action_close()

    def test_job_closes(self):
        campaign = self._new_campaign(
            date_end=fields.Date.add(fields.Date.today(), days=1)
        )
        campaign.action_start()
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            self._run_job()
        self.assertEqual(campaign.state, "done")
        self.assertTrue(campaign.closed_at)

    def test_start_needs_a_future(self):
        campaign = self._new_campaign(date_end=fields.Date.today())
        with self.assertRaisesRegex(UserError, "after today"):
            campaign.action_start()

    def test_kpi_counts_closed_campaigns(self):
        campaign = self._new_campaign()
        campaign.action_start()
        for answer in self._get_answers(campaign):
            self._answer(answer, 4)
        campaign.action_close()
        self.env.flush_all()
        counted = self._count("survey")
        self.assertEqual(counted, [(32.0, 8.0)])

    def _count(self, code):
        from ..models.report.kpi_counting import COUNTERS
        from ..models.report.kpi_days import Scope

        now = fields.Datetime.now()
        scope = Scope(
            self.company.id,
            now.date(),
            now - timedelta(days=1),
            now + timedelta(days=1),
        )
        self.env.cr.execute(COUNTERS[code](scope))
        columns = [item.name for item in self.env.cr.description]
        rows = [dict(zip(columns, row, strict=True)) for row in self.env.cr.fetchall()]
        return [(row["numerator"], row["denominator"]) for row in rows]


@tagged("post_install", "-at_install")
class TestSurveyPage(SurveyCommon, HttpCase):
    """The native page lets a person in by the token, also one who is logged in."""

    def test_logged_in_requester_answers(self):
        campaign = self._new_campaign()
        campaign.action_start()
        answer = self._get_answers(campaign)[0]
        person = self.people[0]
        self.authenticate(person.login, person.login)
        page = self.url_open(answer.get_start_url())
        self.assertEqual(page.status_code, 200)
        self.assertIn("Five questions", page.text)
        self.assertFalse(answer.partner_id)
        self._submit(answer, person)
        server_write(campaign.sudo(), {"state": "done"})
        page = self.url_open(answer.get_start_url())
        self.assertNotIn("Five questions", page.text)

    def _submit(self, answer, person):
        """Answer logged in, and follow that nothing carries the person's id."""
        self.survey.message_subscribe(
            self.manager.partner_id.ids,
            self.env.ref("survey.mt_survey_survey_user_input_completed").ids,
        )
        tokens = f"{self.survey.access_token}/{answer.access_token}"
        self.make_jsonrpc_request(f"/survey/begin/{tokens}", {})
        questions = self.survey.question_ids
        values = {
            str(question.id): "4" if question.question_type == "scale" else "Words"
            for question in questions
        }
        self.make_jsonrpc_request(f"/survey/submit/{tokens}", values)
        self.env.invalidate_all()
        self.assertEqual(answer.state, "done")
        self.assertTrue(answer.user_input_line_ids)
        for record in (answer, *answer.user_input_line_ids, *answer.message_ids):
            self.assertNotIn(person, record.create_uid | record.write_uid)
        self.assertTrue(answer.message_ids)
        self.assertNotIn(person.partner_id, answer.message_ids.author_id)

    def test_results_page_tells_officers_nothing(self):
        campaign = self._new_campaign()
        campaign.action_start()
        answer = self._get_answers(campaign)[0]
        self._answer(answer, 4, "A second screen")
        self._answer_all(campaign)
        officer = self._new_user("officer")
        officer.group_ids |= self.env.ref("survey.group_survey_manager")
        url = f"/survey/results/{self.survey.id}"
        self.authenticate(officer.login, officer.login)
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("A second screen", page.text)
        line = answer.user_input_line_ids.filtered("value_text_box")
        with mute_logger("odoo.http"):
            page = self.url_open(f"{url}?filters=L,0,{line.id}")
            self.assertNotIn("A second screen", page.text)
            self.authenticate(self.technician.login, self.technician.login)
            self.assertNotIn("A second screen", self.url_open(url).text)
        self.authenticate(self.quality.login, self.quality.login)
        page = self.url_open(url)
        self.assertIn("A second screen", page.text)
        self.assertNotIn(answer.access_token, page.text)
