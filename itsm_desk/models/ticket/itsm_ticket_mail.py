import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize

from ..base.itsm_grant import server_write

HUMAN_TYPES = ("comment", "email")


class ItsmTicket(models.Model):
    """Mail and portal messages of a ticket: who answers, who asks again.

    Every message ends in :meth:`_message_post_after_hook`, whether it came from the
    chatter, the portal or the mail gateway.
    """

    _inherit = "itsm.ticket"

    access_token = fields.Char(groups="base.group_system")

    # ------------------------------------------------------------
    # MAIL GATEWAY
    # ------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """File a ticket for the sender of a mail."""
        values = dict(custom_values or {})
        company = self.env["res.company"].browse(
            values.get("company_id") or self.env.company.id
        )
        partner = self._get_mail_requester(msg_dict)
        values.update(
            name="/",
            company_id=company.id,
            partner_id=partner.id,
            subject=msg_dict.get("subject") or self.env._("(no subject)"),
            description=msg_dict.get("body"),
            channel="mail",
        )
        # The requester's address is a snapshot of his contact, not of the header.
        msg_dict = {**msg_dict, "email_from": False}
        return super(ItsmTicket, self.with_company(company)).message_new(
            msg_dict, values
        )

    def _get_mail_requester(self, msg_dict):
        """Return the sender's contact, made new for an unknown sender.

        Whether unknown senders get this far is decided by the team's address.
        """
        partner = self.env["res.partner"].browse(msg_dict.get("author_id") or [])
        if partner:
            return partner
        sender = msg_dict.get("email_from")
        # sudo: the gateway files for people who have no account
        return (
            self.env["mail.thread"]
            .sudo()
            ._partner_find_from_emails_single(
                [sender], filter_found=lambda found: found.active
            )
        )

    # ------------------------------------------------------------
    # MAIL THREAD OVERRIDES
    # ------------------------------------------------------------

    def _creation_message(self):
        self.ensure_one()
        return self.env._("Ticket filed.")

    def _get_allowed_message_params(self):
        # Ratings come from the sign-off only.
        return super()._get_allowed_message_params() - {"rating_value"}

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """The requester follows, so that every answer reaches him."""
        result = super()._message_auto_subscribe_followers(
            updated_values, default_subtype_ids
        )
        if partner_id := updated_values.get("partner_id"):
            result.append((partner_id, default_subtype_ids, False))
        return result

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if (
            self
            and message.message_type in HUMAN_TYPES
            and not message.is_internal
            and not message.subtype_id.internal
        ):
            self._answered(message)
        return result

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # sudo: the portal's token in the requester's link is secret to technicians
        groups = super(ItsmTicket, self.sudo())._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        if not self or self.state != "solved":
            return groups
        for name, _function, data in groups:
            if name == "portal_customer":
                data["button_access"] = {
                    "url": self._get_sign_off_url(),
                    "title": self.env._("Sign off and rate"),
                }
        return groups

    # ------------------------------------------------------------
    # PORTAL
    # ------------------------------------------------------------

    def _compute_access_url(self):
        super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f"/my/tickets/{ticket.id}"

    def _portal_ensure_token(self):
        """Keep the token from those who work on the ticket.

        Whoever holds it can write in the requester's name.
        """
        self.ensure_one()
        if not self.env.su and self.env.user.partner_id != self.partner_id:
            raise AccessError(
                self.env._("The link of a ticket is sent to its requester only.")
            )
        ticket = self.sudo()
        if not ticket.access_token:
            server_write(ticket, {"access_token": str(uuid.uuid4())})
        return ticket.access_token

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _answered(self, message):
        """Do what follows from a message between requester and desk."""
        self.ensure_one()
        author = self._message_compute_real_author(message.author_id.id).sudo()
        email = email_normalize(message.email_from or "")
        ticket = self.sudo()
        if author == ticket.partner_id or (
            not author and email and email == email_normalize(ticket.partner_email)
        ):
            ticket._requester_answered(message)
            return
        user = author.with_context(active_test=True).user_ids[:1]
        if not user or user.share:
            return
        # The message counts for its author, also when the gateway posts it.
        answer = ticket.with_user(user).sudo()
        if answer._is_responder(user) or answer._is_handler(user):
            # The server's clock: the date of a mail is its sender's claim.
            answer._respond(fields.Datetime.now())

    def _requester_answered(self, message):
        """Resume, reopen or follow up when the requester writes again."""
        self.ensure_one()
        proven = self._with_proof()
        if self.state == "pending" and self.pending_reason_id.resume_on_reply:
            server_write(proven, {"state": "in_progress"})
        elif self.state == "solved":
            if fields.Datetime.now() <= self.sign_off_deadline:
                server_write(proven, {"state": "in_progress"})
                return
            self._close_unsigned()
            self._follow_up_message(message)
        elif self.state == "closed":
            self._follow_up_message(message)

    def _follow_up_message(self, message):
        channel = "mail" if message.message_type == "email" else "portal"
        self._open_follow_up(message.body, channel=channel)

    def _post_to_requester(self, template):
        """Post a rendered template to the requester, in his language."""
        self.ensure_one()
        self.with_context(mail_notify_author_mention=True).message_post_with_source(
            template,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
        )
