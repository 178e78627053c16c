from datetime import timedelta

from odoo import Command, fields
from odoo.tests import freeze_time, new_test_user, tagged

from ..models.base.grants import server_write
from ..models.chat.adapters import Incoming
from ..models.chat.filing import file_from_channel
from ..models.chat.itsm_chat_message import take_message
from ..models.chat.itsm_chat_person import find_person, link_to_user
from ..models.knowledge.itsm_search_log import record_search
from ..models.quality.complaint_filing import file_complaint
from .attack_matrix import MATRIX
from .attack_rights import RightsAttacks
from .common import DeskCommon

MIDDLE = "itsm.m"
"""Where the names of the models are shared out."""


class MatrixStory(RightsAttacks, DeskCommon):
    """Who may do what with each model, in each state that this world meets.

    Classes play the same story and share its models out, as there are many to try.

    ``owner`` works on the tickets and ``colleague`` is of the same team; ``outsider``
    is a technician of no team. ``requester`` filed them, ``stranger`` is an employee,
    ``keeper`` a manager of equipment without a role of the desk.
    ``reviewer`` reviews what ``owner`` writes.
    """

    matrix_prefixes = ("itsm.",)
    matrix_modules = ("itsm_desk",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.company"].create({"name": "Far"})
        far = cls._new_user(
            "far",
            "group_itsm_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        far.group_ids |= cls.env.ref("itsm_desk.group_itsm_quality")
        cls.roles = {
            "requester": cls.requester,
            "stranger": cls.stranger,
            "keeper": cls._new_user("keeper"),
            "boss": cls.boss,
            "owner": cls.technician,
            "colleague": cls.colleague,
            "outsider": cls.outsider,
            "lead": cls.lead,
            "manager": cls.manager,
            "quality": cls.quality,
            "reviewer": cls._new_user("reviewer", "group_itsm_kb_reviewer"),
            "system": cls._new_user("system"),
            "portal": cls.portal,
            "far": far,
        }
        cls.roles["system"].group_ids |= cls.env.ref("base.group_system")
        cls.roles["keeper"].group_ids |= cls.env.ref(
            "maintenance.group_equipment_manager"
        )
        cls.env["itsm.inbound.mail"].create(
            {
                "message_id": "<matrix@example.com>",
                "received_at": "2026-03-02 09:00:00",
                "subject": "Could not be read",
                "state": "failed",
                "team_id": cls.team.id,
                "company_id": cls.company.id,
            }
        )
        cls._drop_unique_indexes()

    @classmethod
    def _is_tried(cls, name):
        """Whether the model ``name`` is one of this class."""
        raise NotImplementedError

    @classmethod
    def _get_matrix_models(cls):
        return list(filter(cls._is_tried, super()._get_matrix_models()))

    def _play(self):
        """Play the story, look at each stage, and compare with the matrix."""
        self.env["itsm.makeup.day"].create(
            {"calendar_id": self.calendar.id, "date": "2025-06-07", "weekday": "4"}
        )
        question = self._ask(self.approved_service)
        self._file(
            service_id=self.approved_service.id,
            request_answers={str(question.id): question.option_ids[0].id},
        )
        ticket = self._file()
        self._look(self.roles)
        mine = ticket.with_user(self.technician)
        mine.action_take()
        self._ask_for_consumable(mine)
        self._play_equipment(mine)
        self._play_stocktake(mine.env)
        self._look(self.roles)
        mine.action_start()
        self._look(self.roles)
        mine.action_pend(self.reason_parts.id)
        self._look(self.roles)
        mine.action_resume()
        mine.action_send_to_vendor(self._new_vendor().id, "Look at it")
        self._look(self.roles)
        mine.action_take_back("Nobody came")
        mine.action_escalate("l2", "Needs the vendor")
        self._look(self.roles)
        mine.write({"cause": "Paper jam"})
        self._look(self.roles)
        refused = self._solve(self._file())
        refused.action_refuse_solution("No")
        self._look(self.roles)
        solved = self._solve(self._file())
        self._look(self.roles)
        message = solved.sudo().message_ids[:1]
        asked = solved.with_user(self.lead).action_redact(
            "A password", message_id=message.id
        )
        self._look(self.roles)
        redaction = self.env["itsm.redaction"].browse(asked["res_id"])
        redaction.with_user(self.manager).action_approve()
        self._look(self.roles)
        solved.action_sign_off(4)
        self._file().action_cancel("Not needed")
        self._look(self.roles)
        self._play_article(solved)
        self._play_complaint(solved)
        self._play_problem()
        self._play_report()
        self._play_morning()
        self._play_talk()
        self._play_survey()
        self._play_need()
        self._play_training()
        self._play_assessment()
        self._play_review()
        self._play_chat()
        own = {key: row for key, row in MATRIX.items() if self._is_tried(key[0])}
        self._assert_matrix(own, self.roles)

    def _play_complaint(self, ticket):
        """Bring a complaint of the requester through its states."""
        complaint = file_complaint(
            self.env(user=self.requester),
            {"subject": "Slow", "description": "Slow", "ticket_id": ticket.id},
        )
        self._look(self.roles)
        mine = complaint.with_user(self.quality)
        mine.action_investigate()
        mine.write(
            {
                "cause_id": self.env.ref("itsm_desk.itsm_complaint_cause_slow").id,
                "finding": "It was slow",
                "action_taken": "Faster",
                "outcome": "upheld",
            }
        )
        self._look(self.roles)
        mine.action_answer("Sorry")
        self._look(self.roles)
        complaint.action_close()
        self._look(self.roles)

    def _play_report(self):
        """Issue a report of a month that is over."""
        self.company.itsm_kpi_day = "2026-02-28"
        report = self.env["itsm.service.report"].with_user(self.manager)
        report = report.create({"month": "2026-02-01"})
        self._look(self.roles)
        report.action_issue()
        self._look(self.roles)

    def _play_morning(self):
        """Open the check of a morning with a finding, and sign it."""
        with freeze_time("2026-03-04 09:00:00"):
            self._file()
        with freeze_time("2026-03-09 09:00:00"):
            # That of a team without a lead is the managers' alone.
            self.env["itsm.daily.check"]._open(self.team)
            check = self.env["itsm.daily.check"].search(
                [("team_id", "=", self.team.id)]
            )
            self.assertTrue(check.finding_ids)
            self._look(self.roles)
            mine = check.with_user(self.lead)
            mine.finding_ids.write({"act": "none", "remark": "Seen"})
            mine.action_sign()
            self._look(self.roles)

    def _play_talk(self):
        """Plan a one-to-one with an action, and hold it."""
        meeting = self.env["itsm.meeting"].with_user(self.lead)
        meeting = meeting.create(
            {
                "technician_id": self.technician.id,
                "planned_at": "2026-03-10 06:00:00",
                "minutes": "We talked.",
            }
        )
        self.env["itsm.meeting.action"].with_user(self.lead).create(
            {
                "meeting_id": meeting.id,
                "name": "Read",
                "user_id": self.technician.id,
                "date_deadline": "2026-04-01",
            }
        )
        self._look(self.roles)
        meeting.action_done()
        self._look(self.roles)

    def _play_survey(self):
        """Ask the employees, of whom the requester has tickets."""
        for letter, user in (("a", self.requester), ("b", self.boss)):
            record_search(
                self.env(user=user),
                letter * 32,
                "filed",
                "Badge lost",
                ticket_id=self._file().id,
            )
        self.env["hr.employee"].create(
            [
                {"name": f"Asked {number}", "work_email": f"asked{number}@example.com"}
                for number in range(5)
            ]
        )
        campaign = (
            self.env["itsm.survey.campaign"]
            .with_user(self.quality)
            .create({"name": "Spring", "audience": "employees"})
        )
        self._look(self.roles)
        campaign.action_start()
        self._look(self.roles)
        campaign.action_close()
        self._look(self.roles)

    def _play_need(self):
        """Bring needs of the requester through their states."""
        needs = (
            self.env["itsm.need"]
            .with_user(self.technician)
            .create(
                [
                    {"subject": text, "partner_id": self.requester.partner_id.id}
                    for text in ("Screen", "Chair")
                ]
            )
        )
        self._look(self.roles)
        needs[0].action_answer("We look at it")
        self._look(self.roles)
        needs[0].action_plan("We buy it", "2026-12-31")
        self._look(self.roles)
        needs[0].action_finish("It is there")
        needs[1].action_decline("No budget")
        self._look(self.roles)

    def _play_training(self):
        """Let a team read an article, and retire the book."""
        article = self.env["itsm.article"].with_user(self.technician)
        article = article.create({"name": "Gate", "body": "<p>Left.</p>"})
        article.action_submit()
        reviewer = article.with_user(self.roles["reviewer"])
        reviewer.check_ids.write({"is_met": True})
        reviewer.action_publish()
        line = {
            "article_id": article.id,
            "question": "Where?",
            "option_ids": [
                Command.create({"name": "Left", "is_right": True}),
                Command.create({"name": "Right"}),
            ],
        }
        book = self.env["itsm.training.book"].with_user(self.lead)
        book = book.create(
            {
                "name": "First weeks",
                "team_ids": [Command.set(self.team.ids)],
                "line_ids": [Command.create(line)],
            }
        )
        self._look(self.roles)
        book.action_issue()
        mine = self.env["itsm.training.reading"].with_user(self.technician)
        mine = mine.search([("book_id", "=", book.id)])
        self._look(self.roles)
        right = book.line_ids.option_ids.filtered("is_right")
        mine.action_acknowledge(right.id)
        self._look(self.roles)
        book.action_end()
        self._look(self.roles)

    def _play_assessment(self):
        """Bring an assessment of the owner through its states, next month."""
        human = self._new_user("human")
        human.group_ids |= self.env.ref("hr.group_hr_user")
        today = fields.Date.today()
        with freeze_time(today + timedelta(days=40)):
            assessment = self.env["itsm.assessment"].with_user(self.lead)
            assessment = assessment.create(
                {
                    "technician_id": self.technician.id,
                    "date_from": today.replace(day=1),
                    "remark": "Good",
                }
            )
            ticket = self.env["itsm.ticket"].browse(
                assessment.line_ids[0].counted[0][0]
            )
            self.env["itsm.assessment.exclusion"].with_user(self.lead).create(
                {
                    "assessment_id": assessment.id,
                    "ticket_id": ticket.id,
                    "reason": "Power was out",
                }
            )
            self._look(self.roles)
            assessment.action_release()
            self._look(self.roles)
            assessment.with_user(self.technician).action_acknowledge("Thanks")
            self._look(self.roles)
            assessment.with_user(self.technician).action_appeal("No")
            self._look(self.roles)
            judge = assessment.sudo().appeal_user_id
            assessment.with_user(judge).action_answer_appeal(False, "It is right")
            assessment.with_user(human).action_finalise()
            self._look(self.roles)

    def _play_review(self):
        """Open a review with a case and an action, and hold it."""
        review = self.env["itsm.review"].with_user(self.lead)
        review = review.create(
            {
                "month": "2026-03-01",
                "team_id": self.team.id,
                "participant_ids": [Command.set(self.technician.ids)],
                "planned_at": "2026-04-10 06:00:00",
                "minutes": "We talked.",
            }
        )
        review.ticket_ids |= self._file()
        self.env["itsm.review.action"].with_user(self.lead).create(
            {
                "review_id": review.id,
                "name": "Write",
                "user_id": self.technician.id,
                "date_deadline": "2026-04-20",
            }
        )
        self._look(self.roles)
        review.action_done()
        self._look(self.roles)

    def _play_chat(self):
        """File from a conversation, and take a message of a messenger."""
        people = (self.requester | self.technician).partner_id
        channel = self.env["discuss.channel"].with_user(self.requester)
        channel = channel._create_group(partners_to=people.ids, name="Talk")
        said = channel.message_post(body="It jams", message_type="comment")
        file_from_channel(channel, said, {"subject": "Printer"})
        account = self.env["itsm.chat.account"].create(
            {
                "name": "WeCom",
                "corp_id": "ww1",
                "agent_id": "1",
                "new_token": "x",
                "new_aes_key": "a" * 43,
                "new_secret": "x",
            }
        )
        self._look(self.roles)
        server_write(account, {"tested_at": fields.Datetime.now()})
        account.action_switch_on()
        person = find_person(account, "lisi")
        link_to_user(person, self.requester)
        take_message(account, Incoming("1", person.userid, "Help"))
        self._look(self.roles)

    def _play_problem(self):
        """Bring a problem of a ticket of the first line through its states."""
        ticket = self._file().with_user(self.technician)
        ticket.action_take()
        action = ticket.action_create_problem()
        problem = self.env["itsm.problem"].browse(action["res_id"])
        mine = problem.with_user(self.technician)
        mine.write({"root_cause": "Rollers", "workaround": "Wait", "solution": "New"})
        self._look(self.roles)
        for verb in ("analyse", "known_error", "fix", "close"):
            getattr(mine, f"action_{verb}")()
            self._look(self.roles)

    def _ask_for_consumable(self, ticket):
        """Let the technician of ``ticket`` ask for a product."""
        product = self.env["product.product"].create({"name": "Mouse"})
        ticket.env["itsm.consumable.line"].create(
            {"ticket_id": ticket.id, "product_id": product.id}
        )

    def _play_equipment(self, ticket):
        """Plan a change, hand equipment over, send it out, and look at each."""
        one, other = self.env["maintenance.equipment"].create(
            [{"name": "One"}, {"name": "Other"}]
        )
        ticket.env["itsm.equipment.change"].create(
            {
                "ticket_id": ticket.id,
                "kind": "move",
                "equipment_id": one.id,
                "new_place": "Room 3",
            }
        )
        repair = ticket.env["itsm.equipment.repair"].create(
            {
                "equipment_id": other.id,
                "partner_id": self.boss.partner_id.id,
                "fault": "Dark",
            }
        )
        slip = ticket.env["itsm.equipment.handover"].create(
            {"equipment_id": one.id, "employee_id": self.requester_employee.id}
        )
        self._look(self.roles)
        repair.result = "Bright"
        repair.action_back()
        slip.with_user(self.requester).action_sign(signed_name="The Requester")
        self._look(self.roles)
        slip.action_return("Good")
        self._look(self.roles)

    def _play_stocktake(self, env):
        """Count the equipment of a place, some of which is not there."""
        self.env["maintenance.equipment"].create(
            {"name": "Gone", "itsm_place": "Hall 9"}
        )
        count = env["itsm.equipment.stocktake"]
        count = count.create({"name": "Hall 9", "place": "Hall 9"})
        self._look(self.roles)
        count.action_start()
        self._look(self.roles)
        count.action_finish()
        self._look(self.roles)

    def _new_vendor(self):
        """Return a vendor whose person works on tickets in the portal."""
        vendor = self.env["res.partner"].create({"name": "Vendor", "is_company": True})
        person = new_test_user(
            self.env, "person", "base.group_portal,itsm_desk.group_itsm_vendor"
        )
        person.partner_id.parent_id = vendor
        return vendor

    def _ask(self, service):
        """Return a question of a new form of ``service``, with two options."""
        service.request_form_id = self.env["itsm.form"].create({"name": "Asked"})
        return self.env["itsm.form.question"].create(
            {
                "form_id": service.request_form_id.id,
                "name": "Which?",
                "kind": "choice",
                "option_ids": [
                    Command.create({"name": "This"}),
                    Command.create({"name": "That"}),
                ],
            }
        )

    def _play_article(self, ticket):
        """Bring an article of ``ticket`` through its states, and look at each."""
        self.env["itsm.article.folder"].create({"name": "Mail"})
        action = ticket.with_user(self.technician).action_create_article()
        article = self.env["itsm.article"].browse(action["res_id"])
        article = article.with_user(self.technician)
        self._look(self.roles)
        article.action_submit()
        self._look(self.roles)
        reviewer = article.with_user(self.roles["reviewer"])
        reviewer.check_ids.write({"is_met": True})
        reviewer.action_publish()
        article.with_user(self.stranger).action_vote(False, "wrong")
        self._look(self.roles)
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time(article.review_at):
            self.env["itsm.article"]._cron_expire()
        self._look(self.roles)
        article.action_retire()
        self._look(self.roles)


@tagged("post_install", "-at_install")
class TestMatrix(MatrixStory):
    """The models that come first in the alphabet."""

    @classmethod
    def _is_tried(cls, name):
        return name < MIDDLE

    def test_matrix(self):
        self._play()


@tagged("post_install", "-at_install")
class TestMatrixOthers(MatrixStory):
    """The other models."""

    @classmethod
    def _is_tried(cls, name):
        return name >= MIDDLE

    def test_matrix(self):
        self._play()
