import base64
from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.base.tests.common import BaseCommon

from ..tools.form_answers import Question, find_faults, is_asked, read_value
from .common import DeskCommon


class TestFormRules(BaseCommon):
    """What answers mean, and which are missing, without any record."""

    def test_values(self):
        kinds = {
            "text": [
                *[(" a ", "a"), ("\0", None), ("", None), (None, None)],
                *[
                    (text, None)
                    for text in (".", "-" * 12, "\u3164", "\u200b", "\ufeff")
                ],
            ],
            "yes_no": [("yes", True), ("no", False), (False, False), (True, True)],
            "number": [("1,5", 1.5), (3, 3.0), ("-2", -2.0), ("0,125", 0.125)],
            "date": [("2026-03-02", date(2026, 3, 2)), (date(2026, 3, 2),) * 2],
            "choice": [("7", 7), (7, 7), ("", None)],
            "file": [({"id": 3}, {"id": 3}), (None, None)],
        }
        wrong = {
            "text": [["x"], {"x": 1}, "x" * 501],
            "yes_no": ["maybe", 2, []],
            "number": [
                *["x", "nan", "inf", True, [], 10**13, "1e400"],
                *["1,500", "-12,000", "1e3", "1_000", "1.5.2"],
            ],
            "date": ["2026-02-30", "yesterday", 5, []],
            "choice": ["8", -7, True, "x", [7], 10**12],
            "file": ["x", {}, {"name": "x"}, 4],
        }
        for kind, pairs in kinds.items():
            question = Question(1, kind, choices=frozenset({7}))
            for given, value in pairs:
                with self.subTest(kind=kind, given=given):
                    self.assertEqual(read_value(question, given), value)
            for given in wrong[kind]:
                with (
                    self.subTest(kind=kind, given=given),
                    self.assertRaises(ValueError),
                ):
                    read_value(question, given)

    def test_conditions(self):
        first = Question(1, "yes_no", "required")
        second = Question(2, "choice", "conditional", 1, frozenset({True}))
        third = Question(3, "text", "conditional", 2, frozenset({7}), min_length=3)
        form = [first, second, third]
        for answers, faults in (
            ({}, [(1, "missing")]),
            ({1: False}, []),
            ({1: True}, [(2, "missing")]),
            ({1: True, 2: 8}, []),
            ({1: True, 2: 7}, [(3, "missing")]),
            # The first question hides both that follow from it, half answered or not.
            ({1: False, 2: 7}, []),
            ({1: False, 2: 7, 3: "ab"}, []),
            ({1: True, 2: 7, 3: "ab"}, [(3, "short")]),
            ({1: True, 2: 7, 3: "abc"}, []),
        ):
            with self.subTest(answers=answers):
                self.assertEqual(find_faults(form, answers), faults)
        by_id = {one.id: one for one in form}
        # A condition whose question is gone holds; a circle never does.
        self.assertTrue(is_asked(third, {3: third}, {}))
        circle = Question(1, "yes_no", "conditional", 1, frozenset({True}))
        self.assertFalse(is_asked(circle, {**by_id, 1: circle}, {1: True}))


class FormCommon(DeskCommon):
    """A service that asks questions, and a category that asks the technician."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls.env["itsm.form"].create({"name": "Printer"})
        cls.where, cls.works, cls.kind, cls.since, cls.device, cls.picture = cls.env[
            "itsm.form.question"
        ].create(
            [
                {
                    "form_id": cls.form.id,
                    "sequence": number,
                    **values,
                }
                for number, values in enumerate(
                    (
                        {
                            "name": "Where?",
                            "kind": "text",
                            "need": "required",
                            "min_length": 3,
                        },
                        {"name": "Did it work?", "kind": "yes_no", "need": "required"},
                        {
                            "name": "Kind?",
                            "kind": "choice",
                            "option_ids": [
                                Command.create({"name": "Laser"}),
                                Command.create({"name": "Ink"}),
                            ],
                        },
                        {"name": "Since when?", "kind": "date"},
                        {"name": "Which device?", "kind": "equipment"},
                        {"name": "Picture", "kind": "file"},
                    ),
                    start=1,
                )
            ]
        )
        cls.since.write({"need": "conditional", "condition_question_id": cls.works.id})
        cls.service.request_form_id = cls.form
        cls.equipment = cls.env["maintenance.equipment"].create(
            [
                {
                    "name": "Printer of the requester",
                    "employee_id": cls.requester_employee.id,
                },
                {"name": "Printer of the boss", "employee_id": cls.boss_employee.id},
            ]
        )
        cls.good = {
            str(cls.where.id): "Floor 3",
            str(cls.works.id): "yes",
            str(cls.since.id): "2026-03-02",
        }
        report = cls.env["itsm.form"].create(
            {
                "name": "Report",
                "question_ids": [
                    Command.create(
                        {"name": "Fault?", "kind": "text", "need": "required"}
                    ),
                    Command.create({"name": "Parts", "kind": "number"}),
                ],
            }
        )
        cls.fault, cls.parts = report.question_ids
        # Of a category above: those below have it, too.
        cls.category.parent_id.handling_form_id = report

    def _texts(self, ticket):
        return {row.label: row._get_text() for row in ticket.sudo().request_answer_ids}


@tagged("post_install", "-at_install")
class TestFormAnswers(FormCommon):
    """Answers to forms, from the filing of a ticket to its end."""

    def test_all_that_is_missing_is_named_at_once(self):
        with self.assertRaisesRegex(UserError, r"Where\?.*Did it work\?") as refused:
            self._file()
        self.assertIn("Mailbox", str(refused.exception))
        with self.assertRaisesRegex(UserError, r"at least 3 char.*Since when\?"):
            self._file(
                request_answers={str(self.where.id): "3", str(self.works.id): "yes"}
            )
        with self.assertRaisesRegex(UserError, r"Did it work\?.*Kind\?.*Which device"):
            self._file(
                request_answers={
                    **self.good,
                    str(self.works.id): "perhaps",
                    str(self.kind.id): 10**6,
                    # Not the requester's.
                    str(self.device.id): self.equipment[1].id,
                }
            )
        with self.assertRaisesRegex(UserError, "changed in the meantime"):
            self._file(request_answers={**self.good, str(self.fault.id): "x"})
        # The date is not asked of whose printer never worked.
        self._file(
            request_answers={str(self.where.id): "Floor", str(self.works.id): "no"}
        )

    def test_answers_of_a_requester(self):
        ticket = self._file(
            request_answers={
                **self.good,
                str(self.kind.id): str(self.kind.option_ids[1].id),
                str(self.device.id): self.equipment[0].id,
                str(self.picture.id): {
                    "name": "../screen.png",
                    "data": base64.b64encode(b"black").decode(),
                },
            }
        )
        self.assertEqual(
            self._texts(ticket),
            {
                "Where?": "Floor 3",
                "Did it work?": "Yes",
                "Kind?": "Ink",
                "Since when?": "03/02/2026",
                "Which device?": "Printer of the requester",
                "Picture": "screen.png",
            },
        )
        self.assertEqual(ticket.sudo().equipment_ids, self.equipment[0])
        file = ticket.sudo().request_answer_ids.attachment_id
        self.assertEqual((file.res_id, file.raw), (ticket.id, b"black"))
        # Those who read the ticket read them; the form may change afterwards.
        self.where.name = "Which floor?"
        self.kind.option_ids[1].name = "Inkjet"
        self.assertIn("Where?", self._texts(ticket.with_user(self.technician)))
        self.assertEqual(self._texts(ticket)["Kind?"], "Ink")
        rows = ticket.sudo().request_answer_ids
        for user, count in (
            (self.requester, 6),
            (self.technician, 6),
            (self.quality, 6),
            (self.stranger, 0),
            (self.outsider, 0),
        ):
            with self.subTest(user=user.login):
                found = self.env["itsm.form.answer"].with_user(user)
                found = found.search([("id", "in", rows.ids)])
                self.assertEqual(len(found), count)

    def test_only_the_ticket_writes_answers(self):
        ticket = self._file(request_answers=self.good)
        row = ticket.sudo().request_answer_ids[:1]
        vals = {
            "ticket_id": ticket.id,
            "company_id": self.company.id,
            "question_id": self.kind.id,
            "label": "Kind?",
            "kind": "choice",
        }
        for user in (self.requester, self.technician, self.manager):
            mine = row.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"value_text": "x"}),
                lambda mine=mine: mine.sudo().write({"value_text": "x"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.sudo().unlink(),
                lambda mine=mine: mine.create(vals),
                lambda mine=mine: mine.sudo().create(vals),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attack()
        with self.assertRaises(AccessError):
            ticket.with_user(self.requester).request_answers = {
                str(self.where.id): "Floor 4"
            }
        with self.assertRaises(UserError):
            self._file(
                request_answers={
                    **self.good,
                    # The file of another record.
                    str(self.picture.id): {
                        "id": self.env["ir.attachment"].search([], limit=1).id
                    },
                }
            )

    def test_the_desk_asks_afterwards(self):
        ticket = self._file(
            self.technician, partner_id=self.requester.partner_id.id, channel="phone"
        )
        mine = ticket.with_user(self.technician)
        self.assertEqual(mine.request_missing, "Where? and Did it work?")
        mine.write({"request_answers": {str(self.where.id): "Floor 3"}})
        self.assertEqual(mine.request_missing, "Did it work?")
        mine.write({"request_answers": {str(self.where.id): "Floor 5"}})
        note = ticket.sudo().message_ids[0]
        self.assertIn("Floor 3", note.body)
        self.assertIn("Floor 5", note.body)
        # A colleague who does not work on it changes nothing.
        with self.assertRaises(AccessError):
            ticket.with_user(self.colleague).write(
                {"request_answers": {str(self.where.id): "Floor 7"}}
            )
        mine.action_cancel("Mistake")
        with self.assertRaises(UserError):
            mine.write({"request_answers": {str(self.where.id): "Floor 6"}})

    def test_answers_are_approved_with_the_request(self):
        self.approved_service.request_form_id = self.form
        ticket = self._file(
            service_id=self.approved_service.id, request_answers=self.good
        )
        self.assertEqual(ticket.state, "waiting_approval")
        self.assertEqual(len(ticket.with_user(self.boss).request_answer_ids), 3)
        with self.assertRaisesRegex(UserError, "approver sees"):
            ticket.with_user(self.technician).write(
                {"request_answers": {str(self.where.id): "Floor 4"}}
            )

    def test_handling_form_of_the_category(self):
        ticket = self._file(request_answers=self.good)
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_start()
        # All boxes and all questions that are missing, in one sentence.
        with self.assertRaisesRegex(
            UserError, r"Cause.*Action.*Minutes.*Resolution.*Fault\?"
        ):
            mine.action_solve()
        self.assertIn("Fault?", mine.solve_missing)
        self._fill_form(ticket)
        with self.assertRaisesRegex(UserError, r"fill in first: \"Fault\?\""):
            mine.action_solve()
        mine.write({"handling_answers": {str(self.fault.id): "Roller"}})
        self.assertFalse(mine.solve_missing)
        mine.action_solve()
        handling = ticket.sudo().handling_id
        self.assertEqual(handling.answer_ids.text, "Roller")
        self.assertEqual(
            mine.handling_answers["given"], [{"label": "Fault?", "text": "Roller"}]
        )
        for record, name in ((mine, "handling_answers"), (handling, "answers")):
            with self.subTest(name=name), self.assertRaises(UserError):
                record.with_user(self.technician).write(
                    {name: {str(self.fault.id): "Other"}}
                )
        # A refused attempt keeps its answers, the next one begins without.
        ticket.action_refuse_solution("Still jams")
        self.env.invalidate_all()
        self.assertEqual(mine.handling_answers["answers"], {})
        mine.write({"handling_answers": {str(self.fault.id): "Fuser"}})
        attempts = ticket.sudo().handling_ids.sorted("number")
        self.assertEqual(attempts.answer_ids.mapped("text"), ["Roller", "Fuser"])

    def test_forms_that_were_answered(self):
        self._file(
            request_answers={
                **self.good,
                str(self.kind.id): self.kind.option_ids[0].id,
            }
        )
        for attack in (
            lambda: self.where.write({"kind": "number"}),
            lambda: self.where.unlink(),
            lambda: self.form.with_user(self.manager).unlink(),
            lambda: self.kind.option_ids[0].unlink(),
            # The question that decides about another one.
            lambda: self.works.write({"active": False}),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                attack()
        self.where.active = False
        self._file(request_answers={str(self.works.id): "no"})

    def test_conditions_of_a_form(self):
        other = self.fault
        for vals in (
            {"condition_question_id": other.id},
            {"condition_question_id": self.where.id},
            {"condition_question_id": self.kind.id},
            {"condition_question_id": self.since.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.since.write({"need": "conditional", **vals})
        with self.assertRaises(ValidationError):
            self.env["itsm.form.question"].create(
                {"form_id": self.form.id, "name": "None to choose", "kind": "choice"}
            )
        options = self.env["itsm.form.option"].with_user(self.manager)
        self.assertIn(self.kind.option_ids[0], options.search([]))
        twin = self.form.copy()
        since = twin.question_ids.filtered(lambda one: one.kind == "date")
        self.assertEqual(since.condition_question_id.form_id, twin)
        self.assertEqual(twin.name, "Printer (copy)")

    def test_screen_of_a_new_ticket(self):
        with Form(
            self.env["itsm.ticket"].with_user(self.requester),
            view="itsm_desk.itsm_ticket_view_form",
        ) as form:
            form.subject = "It jams"
            self.assertFalse(form.request_answers["questions"])
            form.service_id = self.service
            payload = form.request_answers
            self.assertEqual(len(payload["questions"]), 6)
            devices = payload["questions"][4]["choices"]
            self.assertEqual([name for _id, name in devices], [self.equipment[0].name])
            form.request_answers = {**payload, "answers": self.good}
        ticket = form.record
        self.assertEqual(self._texts(ticket)["Where?"], "Floor 3")
        self.assertEqual(ticket.action_send()["tag"], "display_notification")
        with self.assertRaises(AccessError):
            ticket.with_user(self.stranger).action_send()

    def test_words_are_forgotten_with_the_description(self):
        ticket = self._file(request_answers=self.good)
        asked = ticket.with_user(self.lead).action_redact("A password")
        redaction = self.env["itsm.redaction"].browse(asked["res_id"])
        redaction.with_user(self.manager).action_approve()
        self.assertNotIn("Floor 3", str(self._texts(ticket)))
        self.assertIn("Removed", self._texts(ticket)["Where?"])
        other = self._file(request_answers=self.good)
        other.action_cancel("Not needed")
        self.company.itsm_keep_text_months = 1
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time("2099-01-01"):
            self.env["itsm.retention"]._cron_forget()
        self.assertNotIn("Floor 3", str(self._texts(other)))
