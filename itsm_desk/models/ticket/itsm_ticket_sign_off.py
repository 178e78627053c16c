import logging
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import consteq, plaintext2html
from odoo.tools import hmac as sign
from odoo.tools.date_utils import localized, to_timezone

from ..base.itsm_flow_mixin import FLOW_KEY
from ..base.itsm_grant import server_create, server_write

_logger = logging.getLogger(__name__)

COUNTED_METHODS = ("portal", "mail", "backend")
SIGNED_METHODS = ("portal", "mail", "desk")


class ItsmTicket(models.Model):
    """Solving, signing off and rating.

    The requester signs: logged in, or by the signed link of the solution's mail. A
    ticket that nobody signs closes by itself after the company's time limit.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("solved_by_id", "first_responder_id", "reopen_count", "escalation_ids")
    def _compute_is_first_contact_fix(self):
        for ticket in self:
            ticket.is_first_contact_fix = bool(
                ticket.solved_by_id
                and ticket.solved_by_id == ticket.first_responder_id
                and not ticket.reopen_count
                and not ticket.escalation_ids
            )

    @api.depends("sign_off_method", "rating_value")
    def _compute_is_satisfaction_counted(self):
        for ticket in self:
            ticket.is_satisfaction_counted = bool(
                ticket.rating_value and ticket.sign_off_method in COUNTED_METHODS
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sign_off(self, rating, comment=None, signature=None):
        """Accept the solution and rate the service; by the requester himself.

        :param int rating: from 1 to 5
        :param str comment: for the technicians
        :param str signature: image in base64; required of portal users
        """
        self.ensure_one()
        self.check_access("read")
        method = "portal" if self.env.user.share else "backend"
        self._sign_off(method, rating, comment, signature)
        return True

    def action_refuse_solution(self, reason):
        """Send the solution back to its owner; by the requester himself."""
        self.ensure_one()
        self.check_access("read")
        self._flow_check_can("refuse_solution")
        self._reopen(reason)
        return True

    def action_reopen(self, reason):
        """Take up a solved ticket again; a closed one gets a follow-up.

        :return: True, or the action that opens the follow-up
        """
        self.ensure_one()
        self.check_access("read")
        reason = self._require_reason(reason)
        if self.state != "closed":
            self._reopen(reason)
            return True
        self._flow_check_can("reopen")
        follow_up = self._open_follow_up(reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": follow_up.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_close_unsigned(self, limit=100):
        """Close tickets whose requester let the time limit pass."""
        domain = [
            ("state", "=", "solved"),
            ("sign_off_deadline", "<=", fields.Datetime.now()),
        ]
        done = set()
        while tickets := self.search(
            [*domain, ("id", "not in", list(done))],
            order="sign_off_deadline, id",
            limit=limit,
        ):
            done.update(tickets.ids)
            for ticket in tickets.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        ticket._close_unsigned()
                except Exception:
                    _logger.exception("Ticket %s could not be closed", ticket.id)
            left = self.search_count([*domain, ("id", "not in", list(done))])
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                break

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _entered_solved(self):
        """Stamp the solution, tell the requester, start his time to answer."""
        now = fields.Datetime.now()
        user = self.env.user
        template = self.env.ref("itsm_desk.mail_template_ticket_solved")
        for ticket in self:
            server_write(
                ticket,
                {
                    "solved_by_id": user.id,
                    "solver_partner_id": user.partner_id.id,
                    "solved_at": now,
                    "sign_off_deadline": ticket._get_sign_off_deadline(now),
                },
            )
        self._respond(now)
        for ticket in self:
            ticket._post_to_requester(template)

    def _sign_off(self, method, rating, comment=None, signature=None):
        """Close the ticket with the requester's word.

        Whether the acting user may give it is asked by the flow.
        """
        self.ensure_one()
        try:
            rating = int(rating)
        except (TypeError, ValueError):
            rating = 0
        if rating not in range(1, 6):
            raise UserError(
                self.env._("Rate the service from 1 (bad) to 5 (excellent).")
            )
        if method in SIGNED_METHODS and not signature:
            raise UserError(self.env._("Sign in the field before you send the form."))
        if isinstance(signature, str) and signature.startswith("data:"):
            signature = signature.partition(",")[2]
        partner = self.sudo().partner_id
        self._take_step(
            {
                "state": "closed",
                "sign_off_method": method,
                "signed_off_by_id": partner.id,
                "signed_off_at": fields.Datetime.now(),
                "signature": signature or False,
                "rating_value": rating,
                "rating_comment": comment or False,
                "sign_off_code_hash": False,
            }
        )
        if method in COUNTED_METHODS:
            self._record_rating(rating, comment)

    def _record_rating(self, rating, comment):
        """Put the rating beside those of Odoo's other documents."""
        # sudo: ratings of tickets are written by the sign-off only
        ticket = self.sudo()
        self.env["rating.rating"].sudo().with_context(itsm_flow_key=FLOW_KEY).create(
            {
                "res_model_id": self.env["ir.model"]._get_id(self._name),
                "res_id": ticket.id,
                "partner_id": ticket.partner_id.id,
                "rated_partner_id": ticket.user_id.partner_id.id,
                "rating": rating,
                "feedback": comment or False,
                "consumed": True,
            }
        )

    def _close_unsigned(self):
        server_write(
            self._with_proof(), {"state": "closed", "sign_off_method": "unsigned"}
        )
        self._message_log(
            body=self.env._("Closed unsigned: the time limit for an answer has passed.")
        )

    def _reopen(self, reason):
        """Send the ticket back to work and keep the reason in the chatter."""
        reason = self._require_reason(reason)
        self._take_step({"state": "in_progress"})
        # sudo: the requester may read the ticket only
        ticket = self.sudo()
        user = self.env.user
        author = ticket.partner_id if user._is_public() else user.partner_id
        ticket._message_log(
            body=self.env._("Not solved: %s", reason), author_id=author.id
        )

    def _open_follow_up(self, text, channel="portal"):
        """File a new ticket that takes up this closed one.

        :param text: why; plain words, or the Markup of a message
        :param str channel: how the news came in
        """
        self.ensure_one()
        # sudo: filed in the requester's name, whoever asks for it
        ticket = self.sudo()
        follow_up = server_create(
            ticket,
            [
                {
                    "subject": self.env._("Again: %s", ticket.subject),
                    "description": (
                        text if isinstance(text, Markup) else plaintext2html(text)
                    ),
                    "channel": channel,
                    "parent_id": ticket.id,
                    "partner_id": ticket.partner_id.id,
                    "company_id": ticket.company_id.id,
                    "service_id": ticket.service_id.id,
                    "category_id": ticket.category_id.id,
                    "ticket_type": "incident",
                    "impact": ticket.impact,
                    "urgency": ticket.urgency,
                    "team_id": ticket.team_id.id,
                    "equipment_ids": [fields.Command.set(ticket.equipment_ids.ids)],
                }
            ],
        )
        ticket._message_log(
            body=self.env._("Taken up again as %s.", follow_up.name),
        )
        return follow_up

    def _get_sign_off_deadline(self, start):
        """Return the end of the last working day that the requester has."""
        self.ensure_one()
        company = self.company_id
        days = company.itsm_sign_off_days
        calendar = self.team_id.resource_calendar_id or company.resource_calendar_id
        local = to_timezone(ZoneInfo(calendar.tz or "UTC"))(localized(start))
        midnight = datetime.combine(
            local.date() + timedelta(days=1), time.min, tzinfo=local.tzinfo
        )
        last = calendar and calendar.plan_days(
            days,
            midnight,
            compute_leaves=True,
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, company.id]),
            ],
        )
        if not last:
            return start + timedelta(days=days)
        evening = datetime.combine(last.date(), time(23, 59, 59), tzinfo=local.tzinfo)
        return to_timezone(None)(evening)

    # ------------------------------------------------------------
    # SIGNED LINK
    # ------------------------------------------------------------

    def _get_sign_off_token(self):
        """Return the proof that a link came from this solution's own mail.

        It is never stored, so that nobody who reads tickets can sign in the
        requester's name, and it dies with the solution it belongs to.
        """
        self.ensure_one()
        ticket = self.sudo()
        return sign(
            ticket.env,
            "itsm-ticket-sign-off",
            (ticket.id, ticket.partner_id.id, str(ticket.solved_at)),
        )

    def _get_sign_off_url(self):
        self.ensure_one()
        return (
            f"{self.get_base_url()}/my/tickets/{self.id}/sign_off"
            f"?token={self._get_sign_off_token()}"
        )

    def _is_sign_off_token(self, token):
        return bool(token) and consteq(self._get_sign_off_token(), token)

    def _as_link_holder(self, token):
        """Return the ticket with the right to answer for its requester.

        :param str token: from the link in the mail
        :raise AccessError: for a wrong link, or somebody else who is logged in
        """
        self.ensure_one()
        if not self._is_sign_off_token(token):
            raise AccessError(
                self.env._("This link has expired. Use the one of the last mail.")
            )
        user = self.env.user
        requester = self.sudo().partner_id
        if not user._is_public() and user.partner_id != requester:
            raise AccessError(
                self.env._(
                    "You are logged in as %(user)s, but the link was sent to "
                    "%(requester)s, who alone may use it.",
                    user=user.name,
                    requester=requester.name,
                )
            )
        return self._with_proof()
