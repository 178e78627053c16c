from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import DeskCommon

DAY = "2026-04-02 02:00:00"


@tagged("post_install", "-at_install")
class TestReview(DeskCommon):
    """A month is discussed: cases that queries found, better ways, actions, minutes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.classPatch(cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        cls.env["itsm.team"].search([("id", "not in", cls.team.ids)]).leader_id = False
        with freeze_time("2026-03-02 02:00:00"):
            cls.quiet = cls._file()
            cls.again = [cls._solve(cls._file(cls.stranger)) for _number in range(3)]
            cls.refused = cls._solve(cls._file(cls.boss))
            cls.forgotten, cls.unsigned = cls._files_of_two()
        with freeze_time("2026-03-03 02:00:00"):
            cls.refused.with_user(cls.boss).action_refuse_solution("Still broken")
        with freeze_time("2026-03-31 12:00:00"):
            cls.good = cls._file(cls.boss, service_id=False)
        with freeze_time("2026-03-20 02:00:00"):
            cls.quiet.with_user(cls.technician).action_take()
            cls.quiet.with_user(cls.technician).action_log_call("Told")
        cls.env.flush_all()

    @classmethod
    def _files_of_two(cls):
        """Return one that nobody ever answered, and one that waits to be signed off."""
        forgotten = cls._file(cls.boss, service_id=False)
        return forgotten, cls._solve(cls._file(cls.boss, service_id=False))

    def test_silence_that_lasts(self):
        """Without an answer to the end; a solution that waits for its sign-off is none.

        The service has no target, so that only the silence speaks.
        """
        review = self._open()
        review.action_prepare()
        found = {case.ticket_id: case for case in review.case_ids}
        self.assertEqual(found[self.forgotten].why, "silent")
        self.assertAlmostEqual(found[self.forgotten].number, 29 * 24 + 14, delta=10)
        self.assertNotIn(self.unsigned, found)

    @classmethod
    def _open(cls, **values):
        with freeze_time(DAY):
            return (
                cls.env["itsm.review"]
                .with_user(cls.lead)
                .create(
                    {
                        "month": "2026-03-01",
                        "team_id": cls.team.id,
                        "participant_ids": [Command.set(cls.technician.ids)],
                        **values,
                    }
                )
            )

    def test_cases_are_found(self):
        review = self._open()
        review.action_prepare()
        found = {case.ticket_id: case.why for case in review.case_ids}
        self.assertEqual(found[self.refused], "reopened")
        self.assertEqual(found[self.again[-1]], "repeated")
        self.assertNotIn(self.again[0], found)
        quiet = review.case_ids.filtered(lambda case: case.ticket_id == self.quiet)
        self.assertIn(quiet.why, ("silent", "breached"))
        count = len(review.case_ids)
        review.action_prepare()
        self.assertEqual(len(review.case_ids), count)
        self.assertEqual(review.ticket_count, count)
        self.assertIn("Target Missed", quiet.timeline)
        refused = review.case_ids.filtered(lambda case: case.why == "reopened")
        self.assertEqual(refused.number, 1)
        self.assertIn(self.technician.name, refused.timeline)
        review.ticket_ids |= self.good
        chosen = review.case_ids.filtered(lambda case: case.ticket_id == self.good)
        self.assertEqual(chosen.why, "chosen")

    def test_opened_by_the_job(self):
        reviews = self.env["itsm.review"]
        with freeze_time(DAY):
            reviews._cron_open()
            review = reviews.search([("team_id", "=", self.team.id)])
            self.assertRecordValues(
                review, [{"chair_id": self.lead.id, "state": "draft"}]
            )
            self.assertTrue(review.case_ids)
            self.assertEqual(review.activity_ids.user_id, self.lead)
            self.assertEqual(f"{review.month}", "2026-03-01")
            reviews._cron_open()
        self.assertEqual(reviews.search([("team_id", "=", self.team.id)]), review)
        # One that was deleted does not come back.
        review.with_user(self.lead).unlink()
        with freeze_time(DAY):
            reviews._cron_open()
        self.assertFalse(reviews.search([("team_id", "=", self.team.id)]))
        with freeze_time("2026-05-02 02:00:00"):
            self._file()
            self.env.flush_all()
            reviews._cron_open()
        self.assertTrue(reviews.search([("team_id", "=", self.team.id)]))

    def test_event_goes_with_the_plan(self):
        review = self._open(planned_at="2026-04-07 06:00:00")
        event = review.sudo().event_id
        review.planned_at = False
        self.assertFalse(event.exists() or review.event_id)
        review.planned_at = "2026-04-08 06:00:00"
        event = review.sudo().event_id
        self.assertTrue(event)
        review.unlink()
        self.assertFalse(event.exists())

    def test_who_reads_it(self):
        review = self._open()
        case = self._choose(review)
        for user in (self.lead, self.technician, self.manager, self.quality):
            self.assertTrue(review.with_user(user).has_access("read"))
            self.assertTrue(case.with_user(user).has_access("read"))
        for user in (self.colleague, self.outsider, self.requester, self.portal):
            with self.subTest(user=user.login):
                self.assertFalse(review.with_user(user).has_access("read"))
                self.assertFalse(case.with_user(user).has_access("read"))
        review.participant_ids |= self.outsider
        theirs = case.with_user(self.outsider)
        self.assertFalse(theirs.ticket_id.has_access("read"))
        self.assertIn("You are no reader", theirs.timeline)
        far = self.env["res.company"].create({"name": "Far"})
        stranger = new_test_user(
            self.env,
            "far_manager",
            "itsm_desk.group_itsm_manager",
            company_id=far.id,
            company_ids=far.ids,
        )
        self.assertFalse(review.with_user(stranger).has_access("read"))

    def _choose(self, review):
        return (
            self.env["itsm.review.case"]
            .with_user(self.lead)
            .create({"review_id": review.id, "ticket_id": self.refused.id})
        )

    def test_who_writes_it(self):
        for bad in (
            {"state": "done"},
            {"done_at": DAY},
            {"event_id": 1},
            {"chair_id": self.manager.id},
        ):
            with self.subTest(bad), self.assertRaises(UserError):
                self._open(**bad)
        for user in (self.technician, self.quality, self.requester):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["itsm.review"].with_user(user).create({"month": "2026-03-01"})
        for team in (False, self.second_team.id):
            with self.subTest(team=team), self.assertRaises(AccessError):
                self._open(team_id=team)
        self.env["itsm.review"].with_user(self.manager).create({"month": "2026-03-01"})
        review = self._open()
        for team in (False, self.second_team.id):
            with self.subTest(team=team), self.assertRaises(AccessError):
                with self.cr.savepoint():
                    review.write({"team_id": team})
        case = self._choose(review)
        theirs = review.with_user(self.technician)
        for values in (
            {"state": "draft", "minutes": "x"},
            {"state": "draft", "chair_id": self.technician.id},
            {"state": "draft", "ticket_ids": [Command.clear()]},
            {"minutes": "x"},
            {"participant_ids": [Command.clear()]},
            {"ticket_ids": [Command.clear()]},
            {"state": "done"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                theirs.write(values)
        for values in (
            {"why": "silent"},
            {"number": 3},
            {"ticket_id": self.good.id},
            {"article_id": 1},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                case.write(values)
        with self.assertRaises(UserError):
            case.with_user(self.technician).unlink()
        with self.assertRaises(UserError):
            self.env["itsm.review.case"].with_user(self.lead).create(
                {"review_id": review.id, "ticket_id": self.good.id, "why": "silent"}
            )
        case.with_user(self.technician).better_way = "Test before closing."
        with self.assertRaises(UserError):
            case.with_user(self.quality).better_way = "x"

    def test_held(self):
        review = self._open(planned_at="2026-04-07 06:00:00")
        event = review.sudo().event_id
        self.assertEqual(event.partner_ids, (self.lead | self.technician).partner_id)
        review.planned_at += timedelta(days=1)
        self.assertEqual(event.start, review.planned_at)
        case = self._choose(review)
        mine = case.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "better way"):
            mine.action_create_article()
        mine.better_way = "Test before closing."
        action = mine.action_create_article()
        article = self.env["itsm.article"].browse(action["res_id"])
        self.assertEqual((article, article.state), (case.article_id, "draft"))
        self.assertIn("Test before closing.", article.body)
        self.assertEqual(mine.action_create_article()["res_id"], article.id)
        actions = self.env["itsm.review.action"].with_user(self.lead)
        values = {
            "review_id": review.id,
            "name": "Write a checklist",
            "user_id": self.technician.id,
            "date_deadline": "2026-04-20",
        }
        with self.assertRaises(UserError):
            actions.create({**values, "user_id": self.outsider.id})
        agreed = actions.create(values)
        activity = agreed.sudo().activity_id
        self.assertEqual(activity.user_id, self.technician)
        review.participant_ids |= self.outsider
        with self.assertRaisesRegex(UserError, "Minutes"):
            review.action_done()
        review.minutes = "Half an hour, all there."
        for user in (self.technician, self.quality):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                review.with_user(user).action_done()
        review.action_done()
        self.assertRecordValues(review, [{"state": "done", "done_by_id": self.lead.id}])
        with self.assertRaisesRegex(UserError, "already"):
            review.action_done()
        with self.assertRaises(UserError):
            review.minutes = "Other"
        with self.assertRaises(UserError):
            mine.better_way = "Other"
        with self.assertRaises(UserError):
            actions.create(values)
        with self.assertRaises(UserError):
            review.unlink()
        with self.assertRaises(AccessError):
            activity.with_user(self.outsider).action_feedback()
        self.assertFalse(agreed.is_done)
        activity.with_user(self.technician).action_feedback()
        self.assertTrue(agreed.is_done)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.technician)
            ._render_qweb_html("itsm_desk.report_review", review.ids)
        )
        for words in (
            *("Half an hour", "Test before closing.", "Write a checklist"),
            *("Done on", "How Often or Long"),
        ):
            self.assertIn(words, html.decode())
