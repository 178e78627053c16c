import secrets
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import consteq
from odoo.tools import hmac as sign

from ..base.itsm_grant import server_write

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
CODE_MINUTES = 30


class ItsmTicket(models.Model):
    """Signing off at the desk: the requester reads out a code from his mail.

    40 random bits that live for half an hour cannot be guessed through the API;
    only their keyed hash is stored.
    """

    _inherit = "itsm.ticket"

    sign_off_code_hash = fields.Char(copy=False, groups=fields.NO_ACCESS)
    sign_off_code_expiry = fields.Datetime(copy=False, groups=fields.NO_ACCESS)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send_sign_off_code(self):
        """Mail a one-time code to the requester."""
        self.ensure_one()
        self.check_access("read")
        self._flow_check_can("sign_off_at_desk")
        ticket = self.sudo()
        if not ticket.partner_email:
            raise UserError(
                self.env._(
                    "%(ticket)s: %(requester)s had no mail address when it was filed, "
                    "so no code can be sent. It closes unsigned after the time limit.",
                    ticket=ticket.name,
                    requester=ticket.partner_id.name,
                )
            )
        code = "".join(secrets.choice(CODE_ALPHABET) for _i in range(CODE_LENGTH))
        server_write(
            ticket,
            {
                "sign_off_code_hash": ticket._hash_code(code),
                "sign_off_code_expiry": fields.Datetime.now()
                + timedelta(minutes=CODE_MINUTES),
            },
        )
        ticket._mail_code(code)
        ticket._message_log(
            body=self.env._("A sign-off code was sent to %s.", ticket.partner_email),
            author_id=self.env.user.partner_id.id,
        )
        return True

    def action_sign_off_at_desk(self, code, rating, comment=None, signature=None):
        """Sign off in front of the technician, proved by the code.

        The rating is kept, marked, and left out of satisfaction figures.
        """
        self.ensure_one()
        self.check_access("read")
        self._flow_check_can("sign_off_at_desk")
        ticket = self.sudo()
        expected = ticket.sign_off_code_hash
        if (
            not expected
            or ticket.sign_off_code_expiry < fields.Datetime.now()
            or not consteq(expected, ticket._hash_code(code))
        ):
            raise UserError(
                self.env._(
                    "The code is wrong or older than %s minutes. Send a new one.",
                    CODE_MINUTES,
                )
            )
        self._with_proof()._sign_off("desk", rating, comment, signature)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _hash_code(self, code):
        self.ensure_one()
        normal = "".join((code or "").split()).upper()
        return sign(self.env, "itsm-ticket-desk-code", (self.id, normal))

    def _mail_code(self, code):
        """Send the code outside the ticket's chatter, which technicians read."""
        partner = self.partner_id
        ticket = self.with_context(lang=partner.lang or self.env.lang)
        body = ticket.env["ir.qweb"]._render(
            "itsm_desk.sign_off_code_mail",
            {"ticket": ticket, "code": code, "minutes": CODE_MINUTES},
        )
        root = self.env.ref("base.user_root")
        mail = (
            self.env["mail.mail"]
            .with_user(root)
            .sudo()
            .create(
                {
                    "subject": ticket.env._(
                        "Code to sign off %(number)s: for your eyes", number=ticket.name
                    ),
                    "body_html": body,
                    "email_to": self.partner_email,
                    "email_from": self.company_id.email_formatted
                    or root.email_formatted,
                    "author_id": root.partner_id.id,
                    "auto_delete": True,
                }
            )
        )
        mail.send()
