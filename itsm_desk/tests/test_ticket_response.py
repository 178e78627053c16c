from datetime import timedelta

from markupsafe import Markup

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketResponse(DeskCommon):
    """What counts as an answer, and what a choice of the desk may not soften."""

    def _say(self, ticket, body, user=None, **values):
        return ticket.with_user(user or self.technician).message_post(
            body=body,
            **{
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **values,
            },
        )

    # ------------------------------------------------------------
    # RESPONSE
    # ------------------------------------------------------------

    def test_an_answer_says_something_and_reaches_the_requester(self):
        file = [("a.txt", b"a")]
        hidden = '<p style="color: red; display: none">Hello</p>'
        tiny = '<div style="font-size:0px"><p>Hello</p></div>'
        gaps = '<div style="font-size:0"><p style="font-size: 13px">Hello</p></div>'
        cases = (
            ("dot", False, {"body": "."}),
            ("blanks", False, {"body": Markup("<p>&nbsp; </p>")}),
            ("dots", False, {"body": "... \u3002"}),
            ("note", False, {"body": "Hello", "subtype_xmlid": "mail.mt_note"}),
            ("hidden", False, {"body": Markup(hidden)}),
            ("tiny", False, {"body": Markup(tiny)}),
            ("gaps", True, {"body": Markup(gaps)}),
            ("words", True, {"body": "We look"}),
            ("Chinese", True, {"body": "\u597d"}),
            ("file", True, {"body": "", "attachments": file}),
        )
        for name, counts, values in cases:
            ticket = self._file()
            self._say(ticket, **values)
            with self.subTest(what=name):
                self.assertEqual(bool(ticket.sudo().first_response_at), counts)
                self.assertEqual(ticket.sudo().user_id == self.technician, counts)

    def test_whoever_hears_nothing_was_not_answered(self):
        ticket = self._file()
        ticket.with_user(self.requester).message_unsubscribe(
            self.requester.partner_id.ids
        )
        self._say(ticket, "We look")
        self.assertFalse(ticket.sudo().first_response_at)
        self._say(ticket, "We look", partner_ids=self.requester.partner_id.ids)
        self.assertTrue(ticket.sudo().first_response_at)
        mute = self.env["res.partner"].create({"name": "No Address"})
        ticket = self._file_portal(partner_id=mute.id)
        self._say(ticket.sudo(), "We look")
        self.assertFalse(ticket.sudo().first_response_at)

    def test_addresses_that_a_client_names_prove_nothing(self):
        ticket = self._file()
        message = self._say(
            ticket,
            "Ok",
            notify_skip_followers=True,
            incoming_email_to=self.requester.email,
            incoming_email_cc=self.requester.email,
        )
        self.assertFalse(ticket.sudo().first_response_at)
        self.assertFalse(ticket.sudo().user_id)
        self.assertFalse(message.incoming_email_to or message.incoming_email_cc)

    def test_a_call_without_a_note_is_no_response(self):
        for note, counts in ((None, False), ("", False), (" . ", False), ("Hi", True)):
            ticket = self._file()
            ticket.with_user(self.technician).action_log_call(note)
            with self.subTest(note=note):
                self.assertEqual(bool(ticket.sudo().first_response_at), counts)
                self.assertEqual(ticket.sudo().user_id, self.technician)

    def test_calls_and_walk_ins_are_left_out_of_response_figures(self):
        self._policy()
        for channel, counts in (("phone", 0), ("walk_in", 0), ("chat", 1)):
            ticket = self.env["itsm.ticket"].create(
                {
                    "subject": "No mail",
                    "partner_id": self.requester.partner_id.id,
                    "team_id": self.team.id,
                    "channel": channel,
                }
            )
            kinds = ticket.clock_ids.mapped("kind")
            with self.subTest(channel=channel):
                self.assertEqual(kinds.count("response"), counts)
                self.assertEqual(ticket.is_response_counted, bool(counts))
                self.assertIn("resolution", kinds)
        mine = ticket.with_user(self.technician)
        mine.action_take()
        with self.assertRaises(UserError):
            mine.channel = "phone"
        mine.channel = "chat"

    def _policy(self):
        return self.env["itsm.sla.policy"].create(
            {
                "name": "All",
                "company_id": self.company.id,
                "line_ids": [
                    (0, 0, {"kind": "response", "target_hours": 1}),
                    (0, 0, {"kind": "resolution", "target_hours": 8}),
                ],
            }
        )

    # ------------------------------------------------------------
    # SERVICE
    # ------------------------------------------------------------

    def test_a_service_overrules_no_judgement_and_softens_nothing(self):
        heavy, light = self.env["itsm.service"].create(
            [
                {
                    "name": name,
                    "category_id": self.category.id,
                    "team_id": self.team.id,
                    "impact": weight,
                    "urgency": weight,
                }
                for name, weight in (("Heavy", "3"), ("Light", "1"))
            ]
        )
        self.assertEqual(self._file(service_id=light.id).sudo().urgency, "1")
        plain = self._file(service_id=False).sudo()
        mine = plain.with_user(self.technician)
        mine.service_id = heavy
        self.assertEqual((plain.impact, plain.urgency), ("3", "3"))
        priority = plain.priority
        mine.service_id = light
        self.assertEqual((plain.impact, plain.urgency), ("3", "3"))
        self.assertEqual(plain.priority, priority)
        judged = self._file(service_id=False).sudo()
        mine = judged.with_user(self.technician)
        mine.write({"impact": "2", "urgency": "1"})
        self.assertTrue(judged.is_judged)
        for service in (heavy, light):
            mine.service_id = service
            self.assertEqual((judged.impact, judged.urgency), ("2", "1"))
        given = self._file(
            self.technician,
            partner_id=self.requester.partner_id.id,
            service_id=False,
            impact="2",
        ).sudo()
        given.with_user(self.technician).service_id = heavy
        self.assertEqual(given.impact, "2")
        with self.assertRaises(UserError):
            mine.is_judged = False

    def test_the_type_skips_no_approval(self):
        ticket = self._file(service_id=self.approved_service.id, ticket_type="incident")
        self.assertEqual(ticket.sudo().state, "waiting_approval")
        plain = self._file()
        plain.with_user(self.technician).write(
            {"service_id": self.approved_service.id, "ticket_type": "incident"}
        )
        self.assertEqual(plain.sudo().state, "waiting_approval")

    def test_what_takes_up_an_approved_request_was_approved(self):
        ticket = self._file(service_id=self.approved_service.id)
        ticket.with_user(self.boss).action_approve()
        self._solve(ticket)
        ticket.with_user(self.requester).action_sign_off(4)
        action = ticket.with_user(self.requester).action_reopen("It broke")
        follow_up = self.env["itsm.ticket"].browse(action["res_id"])
        self.assertEqual(follow_up.sudo().state, "new")

    # ------------------------------------------------------------
    # ESCALATION
    # ------------------------------------------------------------

    def test_escalated_to_people_of_the_desk_only(self):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        empty = self.env["itsm.team"].create({"name": "Nobody"})
        lost = self.env["itsm.team"].create(
            {"name": "No roles", "member_ids": [(6, 0, self.stranger.ids)]}
        )
        for values in (
            {"user_id": self.stranger.id},
            {"user_id": self.quality.id},
            {"user_id": self.portal.id},
            {"team_id": empty.id},
            {"team_id": lost.id},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                mine.action_escalate("l2", "Help", **values)
        self.assertFalse(ticket.sudo().escalation_ids)

    def test_superseded_calls_say_so_and_open_nothing(self):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_escalate("l1", "You?", user_id=self.outsider.id)
        self.assertTrue(ticket.with_user(self.outsider).has_access("read"))
        mine.action_escalate("l1", "Or you?", user_id=self.specialist.id)
        calls = ticket.sudo().escalation_ids.sorted("id")
        self.assertEqual(calls.mapped("state"), ["superseded", "waiting"])
        label = dict(calls._fields["state"]._description_selection(self.env))
        self.assertEqual(label["superseded"], "Superseded")
        self.assertFalse(ticket.with_user(self.outsider).has_access("read"))
        with self.assertRaises(UserError):
            ticket.with_user(self.outsider).action_take()
        mine.action_start()
        self._fill_form(ticket)
        mine.action_solve()
        self.assertEqual(calls.mapped("state"), ["superseded", "superseded"])
        self.assertFalse(ticket.with_user(self.specialist).has_access("read"))

    # ------------------------------------------------------------
    # FIRST CONTACT
    # ------------------------------------------------------------

    def test_fixed_at_first_contact(self):
        cases = {
            "at once": (True, []),
            "answer": (True, ["answer"]),
            "asked before it": (True, ["asked", "answer"]),
            "asked, solved": (True, ["asked"]),
            "asked again": (False, ["answer", "asked"]),
            "answers": (False, ["answer", "answer"]),
            "paused": (False, ["answer", "pause"]),
        }
        for name, (counts, steps) in cases.items():
            now = fields.Datetime.now().replace(microsecond=0)
            with freeze_time(now) as clock:
                ticket = self._file()
                for step in steps:
                    clock.tick(timedelta(minutes=1))
                    if step == "pause":
                        mine = ticket.with_user(self.technician)
                        mine.action_pend(self.reason_parts.id)
                        mine.action_resume()
                    elif step == "asked":
                        self._say(ticket, "And?", self.requester)
                    else:
                        self._say(ticket, "We look")
                clock.tick(timedelta(minutes=1))
                if ticket.sudo().state == "in_progress":
                    self._fill_form(ticket)
                    ticket.with_user(self.technician).action_solve()
                else:
                    self._solve(ticket)
                with self.subTest(case=name):
                    self.assertEqual(ticket.sudo().is_first_contact_fix, counts)

    # ------------------------------------------------------------
    # COMPLAINTS, BLANKS
    # ------------------------------------------------------------

    def test_quality_reads_what_a_complaint_is_about(self):
        ticket = self._solve(self._file())
        mine = ticket.with_user(self.quality)
        self.assertEqual(mine.subject, "No mail")
        self.assertTrue(mine.message_ids)
        self.assertTrue(mine.event_ids)
        with self.assertRaises(UserError):
            mine.subject = "Other"

    def test_blanks_fill_no_box(self):
        for subject in ("   ", "\u3000", "\u200b"):
            with self.subTest(subject=subject), self.assertRaises(UserError):
                self._file(subject=subject)
        ticket = self._file().with_user(self.technician)
        with self.assertRaises(UserError):
            ticket.subject = " "
