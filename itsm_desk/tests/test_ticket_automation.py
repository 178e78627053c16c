from uuid import uuid4

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ..models.event.ticket_proof import find_differences
from .common import DeskCommon
from .fake_automation import ACTS, Automating
from .test_ticket_mail import MAIL

URGENT = "if record.urgency != '3': record.write({'urgency': '3'})"
TURN = """
  ticket = {0}.sudo()
  if ticket.state not in ('solved', 'closed'):
    ticket.write({{'{1}': '3' if ticket.{1} == '1' else '1'}})
"""
SPAM = "if record.state == 'new': record.action_cancel('Spam')"


class AutomationCommon(Automating, DeskCommon, MailCommon):
    """A desk whose administrator makes automation rules on tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.company_id.alias_domain_id = cls.mail_alias_domain
        cls.team.alias_domain_id = cls.mail_alias_domain
        cls.lines = cls.env["itsm.sla.policy"].create(
            {
                "name": "Levels",
                "sequence": 0,
                "line_ids": [
                    Command.create({"kind": kind, "target_hours": 8})
                    for kind in ("response", "resolution", "l1")
                ],
            }
        )

    def _file_by_mail(self):
        text = MAIL.format(
            sender=self.requester.email,
            to=f"first-line@{self.mail_alias_domain.name}",
            cc="",
            subject="Broken",
            message_id=f"{uuid4()}@client.example.com",
            headers="",
            body="It does not work.",
        )
        with self.mock_mail_gateway():
            ticket_id = self.env["mail.thread"].message_process(None, text)
        return self.env["itsm.ticket"].browse(ticket_id)

    def _file_in_each_way(self):
        """Yield ``(way, tickets)``, filed one after the other."""
        values = {
            "subject": "No mail",
            "partner_id": self.requester.partner_id.id,
            "service_id": self.service.id,
        }
        batch = [{**values, "impact": str(number)} for number in (1, 2, 3)]
        tickets = self.env["itsm.ticket"].with_user(self.technician)
        ways = {
            "requester": self._file,
            "portal": self._file_portal,
            "technician": lambda: tickets.create({**values, "impact": "3"}),
            "written": lambda: tickets.create({**values, "channel": "mail"}),
            "batch": lambda: tickets.create(batch),
            "mail": self._file_by_mail,
            "approval": lambda: self._file(service_id=self.approved_service.id),
        }
        for way, act in ways.items():
            filed = act().with_env(self.env)
            self.env.flush_all()
            yield way, filed

    def _assert_sound(self, tickets):
        """The history of each begins with its filing and leads to its columns."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(find_differences(tickets))
        for ticket in tickets:
            entries = ticket.event_ids.sorted("id").filtered(
                lambda one: not one.clock_id
            )
            self.assertEqual(entries[0].kind, "filed")
            self.assertEqual(entries[0].ticket_state, "new")
            self.assertEqual(entries.mapped("kind").count("filed"), 1)
            self.assertEqual(
                sum(ticket.event_ids.mapped("backlog_change")),
                ticket.state not in ("solved", "closed", "cancelled", "refused"),
            )
            kinds = ticket.clock_ids.mapped("kind")
            self.assertEqual(len(kinds), len(set(kinds)))
            self.assertTrue(kinds)
            stays = self.env["itsm.level.stay"].search([("ticket_id", "=", ticket.id)])
            self.assertLessEqual(len(stays.filtered(lambda one: not one.ended_at)), 1)
            readers = ticket.reader_ids.mapped(
                lambda row: (row.role, row.partner_id.id, row.team_id.id)
            )
            self.assertEqual(len(readers), len(set(readers)))
            self.assertIn(("requester", ticket.partner_id.id, False), readers)


@tagged("post_install", "-at_install")
class TestFilingAutomation(AutomationCommon):
    """Rules on tickets run in the middle of the filing, which goes on."""

    def test_a_field(self):
        for trigger in ("on_create", "on_create_or_write", "on_write"):
            rule = self._automate("itsm.ticket", URGENT, trigger)
            for way, tickets in self._file_in_each_way():
                self._assert_sound(tickets)
                if trigger != "on_write":
                    self.assertEqual(set(tickets.mapped("urgency")), {"3"}, way)
            rule.active = False

    def test_a_field_by_an_action_without_code(self):
        urgency = self.env["ir.model.fields"]._get("itsm.ticket", "urgency")
        choice = urgency.selection_ids.filtered(lambda one: one.value == "3")
        self._automate(
            "itsm.ticket",
            False,
            state="object_write",
            update_path="urgency",
            selection_value=choice.id,
        )
        for _way, tickets in self._file_in_each_way():
            self._assert_sound(tickets)
            self.assertEqual(set(tickets.mapped("urgency")), {"3"})

    def test_cancelled(self):
        for trigger in ("on_create", "on_create_or_write", "on_state_set"):
            rule = self._automate("itsm.ticket", SPAM, trigger)
            for _way, tickets in self._file_in_each_way():
                self._assert_sound(tickets)
                self.assertNotIn("new", tickets.mapped("state"))
            rule.active = False

    def test_cancelled_where_somebody_owns_it(self):
        code = "if record.user_id and record.state == 'assigned':"
        self._automate("itsm.ticket", f"{code} record.action_cancel('Spam')")
        for _way, tickets in self._file_in_each_way():
            self._assert_sound(tickets)

    def test_another_service(self):
        other = self.env["itsm.service"].create(
            {
                "name": "Other",
                "category_id": self.category.id,
                "team_id": self.second_team.id,
            }
        )
        code = f"if record.service_id.id == {self.service.id}:"
        self._automate(
            "itsm.ticket", f"{code} record.write({{'service_id': {other.id}}})"
        )
        for _way, tickets in self._file_in_each_way():
            self._assert_sound(tickets)

    def test_a_service_that_needs_approval(self):
        code = f"if record.service_id.id == {self.service.id}:"
        approved = self.approved_service.id
        self._automate(
            "itsm.ticket", f"{code} record.write({{'service_id': {approved}}})"
        )
        ticket = self._file().with_env(self.env)
        self._assert_sound(ticket)
        self.assertEqual(ticket.state, "waiting_approval")

    def test_taken(self):
        code = "if not record.user_id and record.state == 'new': record.action_take()"
        self._automate("itsm.ticket", code)
        ticket = self._file(self.technician, partner_id=self.requester.partner_id.id)
        ticket = ticket.with_env(self.env)
        self._assert_sound(ticket)
        self.assertEqual(ticket.user_id, self.technician)
        # Whoever asks does not become the owner by a rule.
        with self.assertRaisesRegex(UserError, "a colleague must take it"):
            self._file()

    def test_what_rules_do_to_any_document(self):
        for act, code in ACTS.items():
            for trigger in ("on_create", "on_create_or_write"):
                with self.subTest(act=act, trigger=trigger):
                    rule = self._automate("itsm.ticket", code, trigger)
                    for _way, tickets in self._file_in_each_way():
                        self._assert_sound(tickets)
                    rule.active = False

    def test_actions_without_code(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        partner = self.env.ref("base.partner_root")
        for action in (
            {
                "state": "next_activity",
                "activity_type_id": todo.id,
                "activity_user_type": "specific",
                "activity_user_id": self.manager.id,
                "activity_summary": "Look",
            },
            {
                "state": "followers",
                "followers_type": "specific",
                "partner_ids": [Command.set(partner.ids)],
            },
        ):
            rule = self._automate("itsm.ticket", False, **action)
            for _way, tickets in self._file_in_each_way():
                with self.subTest(action=action["state"]):
                    self._assert_sound(tickets)
            rule.active = False


@tagged("post_install", "-at_install")
class TestStepAutomation(AutomationCommon):
    """Rules on tickets run in the middle of each step, which goes on."""

    def _tell_story(self):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_start()
        mine.action_pend(self.reason_parts.id)
        mine.action_resume()
        self._fill_form(ticket)
        mine.action_solve()
        ticket.action_reopen("Not yet")
        self._fill_form(ticket)
        mine.action_solve()
        ticket.action_sign_off(4)
        return ticket.with_env(self.env)

    def test_story(self):
        """What the rule may do is what whoever acts may do, so that asks the owner."""
        own = "if record.state == 'new' or record.user_id.id == uid:\n"
        codes = [
            own + TURN.format("record", name)
            for name in ("urgency", "impact", "urgency")
        ]
        triggers = ("on_create_or_write", "on_state_set", "on_user_set")
        for code, trigger in zip(codes, triggers, strict=True):
            self._assert_story("itsm.ticket", code, trigger)

    def test_what_rules_do_to_any_document(self):
        for code in ACTS.values():
            self._assert_story("itsm.ticket", code, "on_create_or_write")
            self._assert_story("itsm.ticket", code, "on_state_set")

    def _assert_story(self, model, code, trigger):
        rule = self._automate(model, code, trigger)
        try:
            with self.subTest(model=model, code=code, trigger=trigger):
                ticket = self._tell_story()
                self._assert_sound(ticket)
                self.assertEqual(ticket.state, "closed")
        finally:
            rule.active = False

    def test_rules_on_rows_of_tickets(self):
        """Clocks, stays, entries, readers, attempts: what a rule on them writes."""
        own = {
            "mail.activity": (
                "record.res_model == 'itsm.ticket'",
                "env[record.res_model].browse(record.res_id)",
            ),
            "mail.message": (
                "record.model == 'itsm.ticket'",
                "env[record.model].browse(record.res_id)",
            ),
        }
        for model in (
            "itsm.sla.clock",
            "itsm.level.stay",
            "itsm.ticket.event",
            "itsm.ticket.reader",
            "itsm.handling",
            "mail.activity",
            "mail.message",
        ):
            guard, ticket = own.get(model, ("True", "record.ticket_id"))
            code = (
                f"if {guard} and {ticket}.exists():\n"
                f"  ticket = {ticket}.sudo()\n"
                "  if ticket.urgency != '3' and ticket.state == 'new':\n"
                "    ticket.write({'urgency': '3'})"
            )
            for trigger in ("on_create", "on_create_or_write"):
                self._assert_story(model, code, trigger)

    def test_webhook_and_time(self):
        """They run as the public user and as the scheduler, on a filed ticket."""
        for trigger in ("on_webhook", "on_time_created"):
            with self.subTest(trigger=trigger):
                rule = self._automate("itsm.ticket", URGENT, trigger)
                ticket = self._file().with_env(self.env)
                if trigger == "on_webhook":
                    rule.record_getter = "model.browse(payload['id'])"
                    public = self.env.ref("base.public_user")
                    hook = rule.with_user(public).sudo()
                    hook._execute_webhook({"id": ticket.id})
                else:
                    rule._process(ticket)
                self._assert_sound(ticket)
                self.assertEqual(ticket.urgency, "3")
                rule.active = False

    def test_on_change(self):
        urgency = self.env["ir.model.fields"]._get("itsm.ticket", "subject")
        code = "action = {'value': {'urgency': '3'}}"
        rule = self._automate("itsm.ticket", code, "on_change", fields=urgency)
        with Form(self.env["itsm.ticket"].with_user(self.technician)) as form:
            form.partner_id = self.requester.partner_id
            form.service_id = self.service
            form.subject = "No mail"
        ticket = form.record.with_env(self.env)
        self.assertEqual(ticket.urgency, "3")
        self._assert_sound(ticket)
        rule.active = False

    def test_a_rule_unlocks_nothing(self):
        """What only the procedure sets, or a person does, no rule does."""
        for code in (
            "record.write({'state': 'solved'})",
            "record.write({'state': 'closed'})",
            f"record.write({{'user_id': {self.colleague.id}}})",
            "record.write({'first_response_at': '2026-01-01 00:00:00'})",
            "record.event_ids.unlink()",
            "record.message_ids.unlink()",
            "record._take_step('closed')",
        ):
            for trigger in ("on_create", "on_create_or_write"):
                with (
                    self.subTest(code=code, trigger=trigger),
                    self.assertRaises(Exception),  # noqa: B017
                    mute_logger("odoo.addons.base.models.ir_actions"),
                    self.cr.savepoint(),
                ):
                    self._automate("itsm.ticket", code, trigger)
                    self._file()
                    self.env.flush_all()
                self.env.invalidate_all()
