from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestHandling(DeskCommon):
    """Attempts to solve a ticket, and the work in each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = {
            "cause": "Paper jam.",
            "action_taken": "Paper removed.",
            "minutes_spent": 10,
            "resolution_code_id": cls.code_fixed.id,
            "solution": "<p>Removed the paper.</p>",
        }
        cls.ticket = cls._file()
        cls.mine = cls.ticket.with_user(cls.technician)
        cls.mine.action_take()

    # ------------------------------------------------------------
    # THE NEWEST ATTEMPT ON THE TICKET
    # ------------------------------------------------------------

    def test_nothing_written_no_attempt(self):
        self.assertFalse(self.ticket.handling_id)
        self.assertFalse(self.mine.cause)
        self.assertEqual(self.mine.minutes_spent, 0)

    def test_what_is_written_to_the_ticket_goes_to_the_attempt(self):
        self.mine.write(self.form)
        handling = self.mine.handling_id
        self.assertRecordValues(
            handling,
            [
                {
                    "number": 1,
                    "state": "draft",
                    "cause": "Paper jam.",
                    "minutes_spent": 10,
                    "resolution_code_id": self.code_fixed.id,
                    "solved_by_id": False,
                }
            ],
        )
        self.assertRecordValues(
            handling.work_line_ids,
            [
                {
                    "user_id": self.technician.id,
                    "minutes": 10,
                    "ticket_id": self.ticket.id,
                    "place": "remote",
                }
            ],
        )
        handling.cause = "Worn roll."
        self.assertEqual(self.mine.cause, "Worn roll.")
        self.mine.minutes_spent = 25
        self.assertEqual(handling.work_line_ids.minutes, 25)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.mine.minutes_spent, 25)
        self.assertIn(
            self.mine,
            self.mine.search([("cause", "ilike", "worn"), ("minutes_spent", "=", 25)]),
        )

    def test_a_ticket_is_filed_together_with_its_form(self):
        ticket = self._file(
            self.technician,
            partner_id=self.requester.partner_id.id,
            channel="phone",
            **self.form,
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRecordValues(
            ticket,
            [
                {
                    "cause": "Paper jam.",
                    "minutes_spent": 10,
                    "resolution_code_id": self.code_fixed.id,
                }
            ],
        )
        self.assertEqual(len(ticket.handling_ids), 1)

    def test_a_sum_does_not_rewrite_the_work_of_others(self):
        self.mine.collaborator_ids = [Command.link(self.colleague.id)]
        self.env["itsm.work.line"].with_user(self.colleague).create(
            {"ticket_id": self.ticket.id, "minutes": 30, "parts": "Roll"}
        )
        self.mine.minutes_spent = 45
        self.assertEqual(
            {
                line.user_id: line.minutes
                for line in self.mine.handling_id.work_line_ids
            },
            {self.colleague: 30, self.technician: 15},
        )
        for vals in ({"minutes_spent": 20}, {"parts_used": "None"}):
            with self.assertRaisesRegex(UserError, "several lines"):
                self.mine.write(vals)

    # ------------------------------------------------------------
    # FROZEN, REFUSED, AGAIN
    # ------------------------------------------------------------

    def _solve_mine(self):
        self.mine.write(self.form)
        self.mine.action_solve()
        return self.mine.handling_id

    def test_a_refused_solution_asks_for_a_new_attempt(self):
        first = self._solve_mine()
        solved_at = first.solved_at
        self.assertRecordValues(
            self.mine, [{"solved_by_id": self.technician.id, "solved_at": solved_at}]
        )
        self.ticket.with_user(self.requester).action_refuse_solution("Jams again.")
        self.assertRecordValues(
            first,
            [
                {
                    "state": "refused",
                    "solved_by_id": self.technician.id,
                    "solved_at": solved_at,
                    "cause": "Paper jam.",
                    "refusal_reason": "Jams again.",
                    "refused_by_id": self.requester.partner_id.id,
                }
            ],
        )
        self.assertRecordValues(
            self.mine,
            [{"cause": False, "minutes_spent": 0, "solved_by_id": False}],
        )
        with self.assertRaisesRegex(UserError, "fill in"):
            self.mine.action_solve()
        self.mine.write({**self.form, "cause": "Worn roll."})
        self.mine.action_solve()
        self.assertEqual(
            self.mine.handling_ids.sorted("number").mapped("number"), [1, 2]
        )
        self.assertEqual(first.cause, "Paper jam.")
        self.assertEqual(self.mine.cause, "Worn roll.")

    def test_whoever_worked_on_a_refused_attempt_does_not_judge(self):
        self._solve_mine()
        self.ticket.with_user(self.requester).action_refuse_solution("No")
        self.mine.action_escalate("l2", "Help", user_id=self.lead.id)
        self.mine.with_user(self.lead).action_take()
        taken = self.mine.with_user(self.lead)
        taken.collaborator_ids = [Command.clear()]
        taken.write(self.form)
        taken.action_solve()
        self.assertTrue(self.ticket.sudo()._is_worker(self.technician))

    def test_what_was_told_is_frozen(self):
        handling = self._solve_mine()
        line = handling.work_line_ids
        people = self.technician | self.lead | self.manager
        for user in people | self.env.ref("base.user_root"):
            theirs, work = handling.with_user(user), line.with_user(user)
            for name, attack in {
                "text": lambda one, _work: one.write({"cause": "Other"}),
                "state": lambda one, _work: one.write({"state": "draft"}),
                "solver": lambda one, _work: one.write({"solved_by_id": False}),
                "lines": lambda one, _work: one.write(
                    {"work_line_ids": [Command.clear()]}
                ),
                "delete": lambda one, _work: one.unlink(),
                "create": lambda one, _work: one.create(
                    {"ticket_id": one.ticket_id.id}
                ),
                "minutes": lambda _one, work: work.write({"minutes": 1}),
                "less": lambda _one, work: work.unlink(),
                "more": lambda _one, work: work.create(
                    {"ticket_id": work.ticket_id.id, "minutes": 5}
                ),
                "ticket": lambda one, _work: one.ticket_id.write({"cause": "Other"}),
            }.items():
                with (
                    self.subTest(user=user.login, act=name),
                    self.assertRaises(UserError),
                ):
                    attack(theirs, work)

    def test_work_does_not_go_to_a_frozen_attempt(self):
        first = self._solve_mine()
        self.ticket.with_user(self.requester).action_refuse_solution("No")
        Line = self.env["itsm.work.line"].with_user(self.technician)
        values = {"handling_id": first.id, "minutes": 5}
        with self.assertRaisesRegex(UserError, "handed over"):
            Line.create(values)
        with self.assertRaisesRegex(UserError, "handed over"):
            Line.with_context(
                default_ticket_id=self.ticket.id, default_handling_id=first.id
            ).create({"minutes": 5})
        line = Line.create({"ticket_id": self.ticket.id, "minutes": 5})
        self.assertEqual(line.handling_id, self.mine.handling_id)
        with self.assertRaises(AccessError):
            line.handling_id = first

    # ------------------------------------------------------------
    # WHO WRITES
    # ------------------------------------------------------------

    def test_who_writes_the_form(self):
        self.mine.write({"cause": "Paper jam."})
        handling = self.mine.handling_id
        for user in (self.requester, self.stranger, self.colleague, self.outsider):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                handling.with_user(user).write({"cause": "mine"})
        handling.with_user(self.lead).write({"cause": "Worn roll."})
        self.assertTrue(handling.with_user(self.requester).has_access("read"))
        self.assertFalse(handling.with_user(self.stranger).has_access("read"))

    def test_who_writes_down_work(self):
        Line = self.env["itsm.work.line"]
        values = {"ticket_id": self.ticket.id, "minutes": 5}
        for user in (self.requester, self.colleague, self.outsider, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                Line.with_user(user).create(values)
        line = Line.with_user(self.technician).create(values)
        self.mine.collaborator_ids = [Command.link(self.colleague.id)]
        theirs = line.with_user(self.colleague)
        for attack in (
            lambda: theirs.write({"minutes": 90}),
            theirs.unlink,
            lambda: theirs.create({**values, "user_id": self.technician.id}),
        ):
            with self.assertRaisesRegex(AccessError, "the work of"):
                attack()
        with self.assertRaisesRegex(UserError, "does not work on it"):
            line.with_user(self.lead).create({**values, "user_id": self.stranger.id})
        with self.assertRaisesRegex(UserError, "is to come"):
            line.at = fields.Datetime.now() + timedelta(hours=1)
        line.with_user(self.lead).write({"minutes": 6})
        line.unlink()

    def test_other_company(self):
        self.mine.write(self.form)
        far = self.env["res.company"].create({"name": "Far"})
        user = self._new_user(
            "far",
            "group_itsm_manager",
            company_id=far.id,
            company_ids=[Command.set(far.ids)],
        )
        for record in (
            self.mine.handling_id,
            self.mine.handling_id.work_line_ids,
            self.mine.event_ids,
        ):
            mine = record.with_user(user)
            self.assertFalse(mine.search([("id", "in", record.ids)]))
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                mine.read(["ticket_id"])

    def test_a_batch_is_solved_in_few_queries(self):
        counts = []
        for size in (2, 12):
            tickets = self.mine.browse()
            for _number in range(size):
                tickets |= self._file().with_user(self.technician)
            tickets.action_take()
            self.env.flush_all()
            start = self.env.cr.sql_log_count
            tickets.write({key: self.form[key] for key in ("cause", "action_taken")})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 6, counts)
