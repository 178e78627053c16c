import hashlib
import logging
import secrets
import uuid
from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import consteq, html2plaintext, plaintext2html
from odoo.tools import hmac as sign
from odoo.tools.date_utils import to_timezone

from ...tools.mail_words import clean_subject
from ...tools.one_record import check_one
from ...tools.signature import read_signature, read_typed_name
from ..base.grants import (
    is_typed_act,
    server_create,
    server_write,
)
from ..base.ir_http import find_sender_address
from ..base.selections import LOW_RATING, OPEN_STATES
from ..base.working_days import get_day, get_last_evening, get_local
from ..chat.itsm_chat_person import note_person
from ..event.recording import get_moment
from ..event.ticket_measures import find_further_contacts
from ..intent.code_mail import CODE_KIND, CODE_MINUTES
from ..intent.itsm_mail_intent import note
from .itsm_ticket_flow import take_proven_step
from .ticket_links import get_sign_off_token

_logger = logging.getLogger(__name__)

REMINDER_TIME = time(8)
"""When the last reminder is sent, in the company's zone."""
COUNTED_METHODS = ("portal", "mail", "backend")
"""Ways to sign off whose ratings count for satisfaction."""
SIGNED_METHODS = ("portal", "mail", "desk")
"""Ways to sign off that need a drawn signature or a typed name."""

SAME_MINUTES = 10
"""For how long the same words are the same click, which was repeated or reloaded."""
CODE_PAUSE = 2
"""Minutes until another code may be sent."""
MOST_TRIES = 5
"""How often a wrong code may be typed before a new one must be sent."""


# ------------------------------------------------------------
# IN THE NAME OF THE REQUESTER
# ------------------------------------------------------------


def sign_off_by_link(
    ticket, token, rating, comment=None, signature=None, signed_name=None
):
    """Sign off and rate as the holder of the link in the solution's mail.

    :param str token: from the link
    :raise AccessError: for a wrong link, or another person who is logged in
    """
    ticket._check_link_holder(token)
    address = _check_link_request(ticket)
    stamps = ticket._prepare_sign_off("mail", rating, comment, signature, signed_name)
    take_proven_step(ticket, "closed", person=ticket.partner_id, **stamps)
    _record_rating(ticket)
    _log_link(ticket, token, address)


def refuse_solution_by_link(ticket, token, reason):
    """Send the solution back as the holder of the link in its mail.

    :param str token: from the link
    :raise AccessError: for a wrong link, or another person who is logged in
    """
    ticket._check_link_holder(token)
    address = _check_link_request(ticket)
    take_proven_step(
        ticket, "in_progress", person=ticket.partner_id, reopen_reason=reason
    )
    _log_link(ticket, token, address)
    ticket._log_not_solved()


def follow_up_by_link(ticket, token, reason):
    """Take up a closed ticket again as the holder of the link in its mail.

    Somebody who sends the form twice adds to the ticket that follows it up already.

    :param str token: from the link
    :raise AccessError: for a wrong link, or another person who is logged in
    """
    ticket._check_link_holder(token)
    address = _check_link_request(ticket)
    # sudo: the holder of the link reads no tickets
    ticket = ticket.sudo()
    reason = ticket._flow_clean_reason(ticket.env._("Reason"), reason)
    follow_up = ticket.child_ids.filtered(lambda child: child.state in OPEN_STATES)[:1]
    if follow_up:
        follow_up._message_log(body=reason, author_id=ticket.partner_id.id)
    else:
        follow_up = open_follow_up(ticket, reason)
        follow_up._call_desk(ticket.env._("Taken up again: %s", ticket.subject), ticket)
    _log_link(ticket, token, address)
    return follow_up


def _check_link_request(ticket):
    """Return the address of whoever sent the form of the link (str).

    :raise AccessError: where no form was sent: the link alone decides nothing
    """
    address = find_sender_address()
    if not address:
        raise AccessError(
            ticket.env._(
                "A ticket is signed off by the form behind the link in the mail, sent "
                "by its requester."
            )
        )
    return address


def _log_link(ticket, token, address):
    """Note which link decided and from where; its holder is no user."""
    # sudo: a visitor may not read the ticket.
    ticket.sudo()._message_log(
        body=ticket.env._(
            "Decided by the link of the mail (SHA-256 %(digest)s) from the address "
            "%(address)s.",
            digest=hashlib.sha256(token.encode()).hexdigest()[:16],
            address=address,
        )
    )


def open_follow_up(ticket, text, channel="portal"):
    """File a new ticket, in the requester's name, that takes up a closed one.

    :param text: why; plain words, or the Markup of a message
    :param str channel: how the news came in
    """
    ticket.ensure_one()
    # sudo: filed for the requester, who cannot set all of this, by whoever asks
    ticket = ticket.sudo()
    if same := _find_same_follow_up(ticket, text):
        return same
    follow_up = server_create(
        ticket.browse(),
        [
            {
                "subject": ticket.env._("Again: %s", clean_subject(ticket.subject)),
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
    # Whoever wrote in a messenger is answered there, wherever it is taken up again.
    if person := ticket._get_told_person():
        note_person(follow_up, person)
    ticket._message_log(body=ticket.env._("Taken up again as %s.", follow_up.name))
    return follow_up


def _find_same_follow_up(ticket, text):
    """Return the follow-up that a first click opened some minutes ago, if any."""
    said = html2plaintext(text) if isinstance(text, Markup) else text
    since = fields.Datetime.now() - timedelta(minutes=SAME_MINUTES)
    return ticket.child_ids.filtered(
        lambda child: (
            child.create_date > since
            and child.state in OPEN_STATES
            and " ".join(html2plaintext(child.description).split())
            == " ".join(said.split())
        )
    )[:1]


def _record_rating(ticket):
    """Copy the rating of a signed ticket to where Odoo keeps those of all documents."""
    # sudo: the requester may neither read all of the ticket nor write ratings; the
    # values are those of the sign-off
    ticket = ticket.sudo()
    server_create(
        ticket.env["rating.rating"],
        {
            "res_model_id": ticket.env["ir.model"]._get_id(ticket._name),
            "res_id": ticket.id,
            "partner_id": ticket.partner_id.id,
            "rated_partner_id": ticket.user_id.partner_id.id,
            "rating": ticket.rating_value,
            "feedback": ticket.rating_comment,
            "consumed": True,
        },
    )


def _count_wrong_code(ticket):
    """Count a wrong code after the refusal, which itself leaves nothing behind."""
    registry, ticket_id = ticket.env.registry, ticket.id

    @ticket.env.cr.postrollback.add
    def count():
        with registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            counted = env["itsm.ticket"].browse(ticket_id).exists()
            tries = counted.sign_off_code_tries + 1
            server_write(counted, {"sign_off_code_tries": tries})


class ItsmTicket(models.Model):
    """Sign-off and rating of a solution, and its end by the time limit.

    The requester signs: logged in, by the signed link of the solution's mail, or at
    the desk by a one-time code from a mail. A ticket that nobody signs closes by
    itself after the company's time limit.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "solved_by_id",
        "solved_at",
        "first_responder_id",
        "first_response_at",
        "reopen_count",
        "escalation_ids",
    )
    def _compute_is_first_contact_fix(self):
        candidates = self.filtered(
            lambda ticket: (
                ticket.solved_by_id
                and ticket.solved_by_id == ticket.first_responder_id
                and not ticket.reopen_count
                and not ticket.escalation_ids
            )
        )
        further = find_further_contacts(candidates)
        for ticket in self:
            ticket.is_first_contact_fix = ticket in candidates - further

    @api.depends("sign_off_method", "rating_value")
    def _compute_is_satisfaction_counted(self):
        for ticket in self:
            ticket.is_satisfaction_counted = bool(
                ticket.rating_value and ticket.sign_off_method in COUNTED_METHODS
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("sign_off_method", "signature", "signed_name")
    def _check_signature(self):
        """What is stored as a signature shows strokes, or is a typed name."""
        for ticket in self.with_context(bin_size=False):
            if not ticket.signature:
                is_signed = bool(ticket.signed_name)
                if is_signed or ticket.sign_off_method not in SIGNED_METHODS:
                    continue
            try:
                read_signature(ticket.signature)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%s: the stored signature is empty or cannot be read. The "
                        "requester signs again.",
                        ticket.name,
                    )
                ) from error

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sign_off(self, rating, comment=None, signature=None, signed_name=None):
        """Accept the solution and rate the service; for the requester only.

        :param int rating: from 1 to 5
        :param str comment: for the technicians
        :param str signature: image in base64; required of portal users
        :param str signed_name: typed full name, instead of the image
        """
        method = "portal" if self.env.user.share else "backend"
        return self._sign_off(method, rating, comment, signature, signed_name)

    def action_refuse_solution(self, reason):
        """Send the solution back to its owner; for the requester only."""
        check_one(self)
        self.check_access("read")
        self._flow_check_can("refuse_solution")
        return self._reopen(reason)

    def action_reopen(self, reason):
        """Take up a solved ticket again; a closed one gets a follow-up.

        :return: True, or the action that opens the follow-up
        """
        check_one(self)
        self.check_access("read")
        # The step from an open state to the same one would be another verb's.
        self._flow_check_can("reopen")
        if self.state != "closed":
            return self._reopen(reason)
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        follow_up = open_follow_up(self, reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": follow_up.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_send_sign_off_code(self):
        """Let a job mail a one-time code to the requester.

        The job makes the code, and says on the ticket that it was sent, or that it
        could not be. Another one can be asked for after two minutes; one that waits
        is not sent then.

        :raise UserError: without an address, or when one was asked for just now
        """
        check_one(self)
        self.check_access("read")
        self._flow_check_can("sign_off_at_desk")
        # sudo: nobody may write the hash of the code, which the next step needs
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
        now = fields.Datetime.now()
        expiry = now + timedelta(minutes=CODE_MINUTES)
        last = ticket.sign_off_code_expiry
        if last and expiry - last < timedelta(minutes=CODE_PAUSE):
            raise UserError(
                self.env._(
                    "%(ticket)s: a code was sent just now. Ask %(requester)s to look "
                    "for it; another one can be sent after %(minutes)s minutes.",
                    ticket=ticket.name,
                    requester=ticket.partner_id.name,
                    minutes=CODE_PAUSE,
                )
            )
        # The code is made with its mail, and its hash stored: no other text keeps it.
        server_write(
            ticket,
            {
                "sign_off_code_hash": False,
                "sign_off_code_expiry": expiry,
                "sign_off_code_tries": 0,
            },
        )
        note(
            CODE_KIND,
            "itsm_desk.sign_off_code_mail",
            [(ticket, ticket.partner_id)],
            needs=("state", "sign_off_code_expiry"),
        )
        return True

    def action_sign_off_at_desk(
        self, code, rating, comment=None, signature=None, signed_name=None
    ):
        """Sign off in front of the technician, proved by the code.

        The rating is kept, marked, and left out of satisfaction figures. The code
        has 40 random bits, holds for half an hour and for five tries; only its keyed
        hash is stored.
        """
        check_one(self)
        self.check_access("read")
        self._flow_check_can("sign_off_at_desk")
        # sudo: the hash of the code is readable by nobody
        ticket = self.sudo()
        ticket._check_code(code)
        stamps = ticket._prepare_sign_off(
            "desk", rating, comment, signature, signed_name
        )
        take_proven_step(ticket, "closed", person=ticket.partner_id, **stamps)
        return True

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_sign_off(self, limit=100):
        """Remind requesters of solutions that they have not answered.

        Once after half of their time, and once on its last day.
        """
        domain = [
            ("state", "=", "solved"),
            ("sign_off_reminder_at", "<=", fields.Datetime.now()),
        ]
        done = set()
        while tickets := self.search(
            [*domain, ("id", "not in", list(done))],
            order="sign_off_reminder_at, id",
            limit=limit,
        ):
            done.update(tickets.ids)
            for ticket in tickets.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        ticket._plan_reminder(fields.Datetime.now())
                        if ticket.sign_off_deadline > fields.Datetime.now():
                            ticket._post_to_requester("reminder")
                except Exception:
                    _logger.exception("Ticket %s: no reminder was sent", ticket.id)
                    server_write(ticket, {"sign_off_reminder_at": False})
            left = self.search_count([*domain, ("id", "not in", list(done))])
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                break

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

    def _close_unsigned(self):
        """Close the tickets whose time limit has passed without an answer."""
        now = fields.Datetime.now()
        overdue = self.filtered(
            lambda ticket: ticket.sign_off_deadline and ticket.sign_off_deadline <= now
        )
        take_proven_step(overdue, "closed", sign_off_method="unsigned")
        for ticket in overdue:
            ticket._message_log(
                body=ticket.env._(
                    "Closed unsigned: the time limit for an answer has passed."
                )
            )
            ticket._post_to_requester("unsigned")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _call_to_sign_off(self):
        """Give requesters who are employees something to do, until they answered.

        The solution was mailed to them; the activity is not mailed as well.
        """
        for ticket in self.with_context(mail_activity_quick_update=True):
            for user in ticket.partner_id.user_ids.filtered(
                lambda user, ticket=ticket: (
                    not user.share and ticket.company_id in user.company_ids
                )
            ):
                ticket.activity_schedule(
                    "itsm_desk.mail_activity_type_sign_off",
                    user_id=user.id,
                    date_deadline=get_day(ticket.company_id, ticket.sign_off_deadline),
                    summary=self.env._("Sign off, or say what is still wrong"),
                )

    def _sign_off(self, method, rating, comment=None, signature=None, signed_name=None):
        """Sign off as the acting user, whom the flow judges."""
        check_one(self)
        self.check_access("read")
        stamps = self._prepare_sign_off(method, rating, comment, signature, signed_name)
        self._take_step("closed", **stamps)
        _record_rating(self)
        return True

    def _prepare_sign_off(
        self, method, rating, comment=None, signature=None, signed_name=None
    ):
        """Return the stamps of a sign-off.

        :param str method: how it was signed off, a key of ``sign_off_method``
        :raise UserError: for a rating out of bounds, or a signature that is missing
            or shows nothing
        """
        try:
            rating = int(rating)
        except (TypeError, ValueError):
            rating = 0
        if rating not in range(1, 6):
            raise UserError(
                self.env._("Rate the service from 1 (bad) to 5 (excellent).")
            )
        signed_name = read_typed_name(signed_name)
        if method in SIGNED_METHODS and not signature and not signed_name:
            raise UserError(
                self.env._(
                    "Sign in the field, or type your full name, before you send the "
                    "form."
                )
            )
        if signature:
            try:
                signature = read_signature(signature)
            except ValueError as error:
                raise UserError(
                    self.env._(
                        "The signature is empty or cannot be read. Draw it again, or "
                        "type your full name instead."
                    )
                ) from error
        return {
            "sign_off_method": method,
            # sudo: portal users and visitors may not read the contact
            "signed_off_by_id": self.sudo().partner_id.id,
            "signed_off_at": get_moment(),
            "signature": signature or False,
            "signed_name": signed_name or False,
            "rating_value": rating,
            "rating_comment": comment or False,
            "sign_off_code_hash": False,
        }

    def _reopen(self, reason):
        """Send the ticket back to work as the acting user, whom the flow judges."""
        self._take_step("in_progress", reopen_reason=reason)
        self._log_not_solved()
        return True

    def _log_not_solved(self):
        """Keep in the chatter why the solution was refused."""
        # sudo: the requester may read the ticket only
        ticket = self.sudo()
        user = self.env.user
        author = ticket.partner_id if user._is_public() else user.partner_id
        ticket._message_log(
            body=self.env._("Not solved: %s", ticket.reopen_reason),
            author_id=author.id,
        )

    def _tell_low_rating(self):
        """Give the lead something to do about a ticket that was rated badly."""
        self.ensure_one()
        if not 0 < self.rating_value <= LOW_RATING:
            return
        for lead in self.team_id.leader_id or self._get_manager_deciders():
            self.activity_schedule(
                "itsm_desk.mail_activity_type_low_rating",
                user_id=lead.id,
                summary=self.env._(
                    "Rated %(rating)s of 5: %(subject)s",
                    rating=self.rating_value,
                    subject=self.subject,
                ),
                note=self.rating_comment,
            )

    def _plan_reminder(self, after):
        """Write when the requesters are reminded next, after ``after`` (UTC)."""
        solved = self.filtered(
            lambda ticket: ticket.solved_at and ticket.sign_off_deadline
        )
        moments = solved.grouped(lambda ticket: ticket._get_reminder_at(after))
        for moment, tickets in moments.items():
            server_write(tickets, {"sign_off_reminder_at": moment})

    def _get_reminder_at(self, after):
        """Return the next reminder after ``after`` (UTC), False on the last day.

        At half time, and on the morning of the last day; where the company is, and not
        at night.
        """
        self.ensure_one()
        start, end = self.solved_at, self.sign_off_deadline
        zone = self.company_id._itsm_zone()
        last_day = get_day(self.company_id, end)
        half = get_local(self.company_id, start + (end - start) / 2)
        if half.time() < REMINDER_TIME:
            half = zone.localize(datetime.combine(half.date(), REMINDER_TIME))
        planned = [half, zone.localize(datetime.combine(last_day, REMINDER_TIME))]
        if half.date() == last_day:
            # Two reminders on one day are one too many.
            planned = planned[1:]
        planned = [to_timezone(None)(moment) for moment in planned]
        following = [moment for moment in planned if moment > after]
        return min(following).replace(microsecond=0) if following else False

    def _get_sign_off_deadline(self, start):
        """Return the end of the last working day that the requester has."""
        self.ensure_one()
        return self._get_day_limit(start, self.company_id.itsm_sign_off_days)

    def _get_day_limit(self, start, days):
        """Return the end of the working day that is ``days`` after ``start`` (UTC)."""
        self.ensure_one()
        company = self.company_id
        calendar = self.team_id.resource_calendar_id or company.resource_calendar_id
        return get_last_evening(company, calendar, start, days)

    # ------------------------------------------------------------
    # SIGNED LINK
    # ------------------------------------------------------------

    def _portal_ensure_token(self):
        """Keep the token from those who work on the ticket.

        Whoever holds it can write in the requester's name.
        """
        self.ensure_one()
        if not self.env.su and self.env.user.partner_id != self.partner_id:
            raise AccessError(
                self.env._("The link of a ticket is sent to its requester only.")
            )
        if is_typed_act():
            # What core makes a link of that is not used; nobody's token.
            return secrets.token_hex(32)
        # sudo: the requester, who may have the token, cannot read or write it
        ticket = self.sudo()
        if not ticket.access_token:
            # Tickets of early versions got their token with the first mail.
            server_write(ticket, {"access_token": str(uuid.uuid4())})
        return ticket.access_token

    def _is_sign_off_token(self, token):
        """Whether a link with ``token`` signs off this ticket; none answers alike."""
        # Compared as bytes: two texts must be ASCII, and the token is typed by anyone.
        expected = get_sign_off_token(self) if self else "0" * 64
        is_equal = isinstance(token, str) and consteq(
            expected.encode(), token.encode(errors="replace")
        )
        # sudo: the holder of the link reads no tickets, and nobody the secret
        return is_equal and bool(self and self.sudo().handling_id.link_secret)

    def _check_link_holder(self, token):
        """Refuse whoever may not answer for the requester by a link.

        :param str token: from the link in the mail
        :raise AccessError: for a wrong link, or another person who is logged in
        """
        self.ensure_one()
        if not self._is_sign_off_token(token):
            raise AccessError(
                self.env._("This link has expired. Use the one of the last mail.")
            )
        user = self.env.user
        # sudo: a visitor may not read the ticket, only answer for its requester
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

    # ------------------------------------------------------------
    # CODE AT THE DESK
    # ------------------------------------------------------------

    def _check_code(self, code):
        """Refuse a wrong code, and count it.

        :raise UserError: also for a right code that is too old, or after too many
            wrong ones
        """
        self.ensure_one()
        expected = self.sign_off_code_hash
        is_ended = (
            not expected
            or self.sign_off_code_expiry < fields.Datetime.now()
            or self.sign_off_code_tries >= MOST_TRIES
        )
        if is_ended or not consteq(expected, self._hash_code(code)):
            _count_wrong_code(self)
            raise UserError(
                self.env._(
                    "The code is wrong, older than %(minutes)s minutes, or was typed "
                    "wrongly %(tries)s times. Send a new one.",
                    minutes=CODE_MINUTES,
                    tries=MOST_TRIES,
                )
            )

    def _hash_code(self, code):
        self.ensure_one()
        normal = "".join(str(code or "").split()).upper()
        return sign(self.env, "itsm-ticket-desk-code", (self.id, normal))
