from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.ticket.itsm_ticket_sign_off import (
    refuse_solution_by_link,
    sign_off_by_link,
)
from ..models.ticket.ticket_links import get_sign_off_token
from .common import SIGNATURE, DeskCommon
from .fake_person import as_console


@tagged("post_install", "-at_install")
class TestTicketPerson(DeskCommon):
    """Approving, signing off and rating need the person, or the form of the link."""

    def _assert_needs_person(self, acts, ticket, message="own act of a person"):
        for name, act in acts.items():
            state = ticket.sudo().state
            with (
                self.subTest(act=name),
                self.assertRaisesRegex(AccessError, message),
                self.cr.savepoint(),
            ):
                as_console(act)
            self.assertEqual(ticket.sudo().state, state)

    def test_approval(self):
        ticket = self._file(service_id=self.approved_service.id)
        mine = ticket.with_user(self.boss)
        self._assert_needs_person(
            {
                "approve": mine.action_approve,
                "refuse": lambda: mine.action_refuse("No"),
                "write": lambda: mine.sudo().write({"state": "new"}),
            },
            ticket,
        )
        mine.action_approve()
        self.assertEqual(ticket.sudo().state, "new")

    def test_sign_off(self):
        ticket = self._solve(self._file())
        desk = ticket.with_user(self.technician)
        self._assert_needs_person(
            {
                "sign off": lambda: ticket.action_sign_off(5),
                "refuse": lambda: ticket.action_refuse_solution("No"),
                "code": desk.action_send_sign_off_code,
                "desk": lambda: desk.action_sign_off_at_desk("A", 5),
            },
            ticket,
        )

    def test_link_needs_its_form(self):
        ticket = self._solve(self._file_portal())
        token = get_sign_off_token(ticket)
        public = ticket.with_user(self.env.ref("base.public_user")).sudo()
        self._assert_needs_person(
            {
                "sign off": lambda: sign_off_by_link(public, token, 5, "ok", SIGNATURE),
                "refuse": lambda: refuse_solution_by_link(public, token, "No"),
            },
            ticket,
            "the form behind the link",
        )

    def test_work_goes_on_without_a_person(self):
        """Taking and solving are work, which mails and automations do, too."""
        ticket = self._file()
        as_console(self._solve, ticket)
        self.assertEqual(ticket.sudo().state, "solved")

    def test_evaluated_code_signs_nothing(self):
        """Nor does it hold a right of the server that calls it."""
        ticket = self._solve(self._file())
        action = self.env["ir.actions.server"].create(
            {
                "name": "Sign",
                "model_id": self.env["ir.model"]._get_id(ticket._name),
                "state": "code",
                "code": f"record.with_user({self.requester.id}).action_sign_off(5)",
            }
        )
        context = {"active_model": ticket._name, "active_id": ticket.id}
        with self.assertRaisesRegex(AccessError, "own act of a person"):
            action.with_context(**context).run()
        mixin = self.env["mail.render.mixin"]
        with (
            self.assertRaises(Exception),  # noqa: B017
            mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            self.cr.savepoint(),
        ):
            mixin._render_template(
                f"{{{{ object.with_user({self.requester.id}).action_sign_off(5) }}}}",
                ticket._name,
                ticket.ids,
                "inline_template",
            )
        self.env.invalidate_all()
        self.assertEqual(ticket.sudo().state, "solved")

    def test_every_decision_is_a_persons(self):
        decided = {"refused", "closed", "approved"}
        cls = self.registry["itsm.ticket"]
        for verb in {*cls._flow_verbs.values()} & cls._flow_personal:
            with self.assertRaisesRegex(AccessError, "own act of a person"):
                as_console(self.env["itsm.ticket"]._flow_check_can, verb)
        for origin, targets in cls._flow_transitions.items():
            for target in decided.intersection(targets):
                verb = self.env["itsm.ticket"]._flow_get_verb(origin, target)
                self.assertIn(verb, cls._flow_personal)


@tagged("post_install", "-at_install")
class TestTicketLink(DeskCommon, HttpCase):
    """The holder of the link, who is no user, by a real form."""

    def test_link_is_noted_with_its_address(self):
        ticket = self._solve(self._file_portal())
        token = get_sign_off_token(ticket)
        url = f"/my/tickets/{ticket.id}/sign_off"
        self.authenticate(None, None)
        page = self.url_open(f"{url}?token={token}")
        self.assertEqual(page.status_code, 200)
        self.assertEqual(ticket.sudo().state, "solved")
        csrf = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        self.url_open(
            url,
            data={
                "csrf_token": csrf,
                "token": token,
                "rating": "5",
                "signed_name": "Paula Portal",
            },
        )
        ticket.invalidate_recordset()
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "mail",
                    "signed_off_by_id": self.portal.partner_id.id,
                }
            ],
        )
        notes = " ".join(ticket.sudo().message_ids.mapped("body"))
        self.assertIn("from the address 127.0.0.1", notes)
        self.assertNotIn(token, notes)
