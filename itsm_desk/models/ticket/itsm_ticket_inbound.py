import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, consteq, email_normalize, format_list, html2plaintext
from odoo.tools import hmac as sign

from ..base.grants import server_write
from ..event.recording import record_event
from .itsm_ticket import DESK_CHANNELS, DESK_FIELDS, WRITTEN_CHANNELS
from .itsm_ticket_flow import take_proven_step
from .itsm_ticket_owner import register_answer
from .itsm_ticket_sign_off import open_follow_up

HUMAN_TYPES = ("comment", "email")
LINK_DAYS = 30
"""Calendar days for which a link in a mail opens its ticket."""


# ------------------------------------------------------------
# LINK TO THE PAGE OF A TICKET
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def get_page_link(ticket):
    """Return the address, for a mail to the requester, that opens the ticket.

    It opens this page only, for the holder of the requester's address, and ends
    after ``LINK_DAYS``.
    """
    day = fields.Date.today().toordinal() + LINK_DAYS
    return f"{ticket.get_base_url()}{ticket.access_url}?link={_sign_link(ticket, day)}"


def is_page_link(ticket, link):
    """Whether ``link``, from an address typed by anybody, opens the ticket now."""
    day, _dash, _signature = str(link or "").partition("-")
    if not (day.isdecimal() and day.isascii() and len(day) < 8):
        return False
    is_late = int(day) < fields.Date.today().toordinal()
    expected = _sign_link(ticket, int(day))
    return consteq(expected.encode(), link.encode(errors="replace")) and not is_late


def get_link_secrets(ticket):
    """Return the secrets that mails about ``ticket`` may have carried."""
    if not ticket:
        return []
    # sudo: the tokens are read by nobody; they are looked for and taken out.
    ticket = ticket.sudo()
    today = fields.Date.today().toordinal()
    return [
        *filter(None, [ticket.access_token]),
        ticket._get_sign_off_token(),
        ticket._sign_token(ticket.partner_id.id),
        *(_sign_link(ticket, today + day) for day in range(LINK_DAYS + 1)),
    ]


def _sign_link(ticket, day):
    """Return the proof that a link of a mail opens ``ticket`` until ``day``.

    :param int day: ordinal of the last day, by UTC
    """
    # sudo: hmac() takes the secret of the database; users read no parameters
    ticket = ticket.sudo()
    scope = (ticket.id, ticket.partner_id.id, ticket.access_token or "", day)
    return f"{day}-{sign(ticket.env, 'itsm-ticket-page', scope)}"


class ItsmTicket(models.Model):
    """What reaches the desk: new tickets, and messages about those it has.

    Filing: who may say what, defaults of the service, snapshots of the requester,
    number, approval. It works on batches: a mail, a phone call and an import of
    thousands take the same few queries.

    Messages: each ends in :meth:`_message_post_after_hook`, whether it came from
    the chatter, the portal or the mail gateway.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    # One method per field: a value given at creation must not be overwritten in
    # the cache from which the priority is then computed.

    @api.depends("service_id")
    def _compute_ticket_type(self):
        self._set_service_default("ticket_type", "incident")

    @api.depends("service_id")
    def _compute_imac_kind(self):
        self._set_service_default("imac_kind")

    @api.depends("service_id")
    def _compute_category_id(self):
        self._set_service_default("category_id")

    @api.depends("service_id")
    def _compute_impact(self):
        self._set_service_default("impact", "1")

    @api.depends("service_id")
    def _compute_urgency(self):
        self._set_service_default("urgency", "2")

    def _set_service_default(self, name, default=False):
        for ticket in self:
            ticket[name] = ticket.service_id[name] or ticket[name] or default

    @api.depends("impact", "urgency")
    def _compute_priority(self):
        priorities = self.env["itsm.priority.matrix"]._get_priorities(self.company_id)
        for ticket in self:
            key = ticket.company_id.id, ticket.impact, ticket.urgency
            ticket.priority = priorities.get(key, "1")

    @api.depends("service_id", "company_id")
    def _compute_team_id(self):
        first_teams = {}
        for ticket in self:
            if ticket.user_id and ticket.team_id:
                # Work that has an owner moves by escalation only.
                continue
            company = ticket.company_id
            candidates = (ticket.service_id.team_id, ticket.team_id)
            team = next((own for own in candidates if own.company_id == company), None)
            if not team:
                if company not in first_teams:
                    # sudo: whoever files a ticket may not read the teams
                    teams = self.env["itsm.team"].sudo()
                    first_teams[company] = teams.search(
                        [("company_id", "=", company.id)], limit=1
                    )
                team = first_teams[company]
            ticket.team_id = team

    @api.depends("team_id")
    def _compute_support_level(self):
        for ticket in self:
            # sudo: portal users may not read the team of their own ticket
            ticket.support_level = ticket.team_id.sudo().support_level or "l1"

    @api.depends("partner_id")
    def _compute_partner_email(self):
        for ticket in self:
            partner = ticket.partner_id
            ticket.partner_email = partner.email_normalized or partner.email

    @api.depends("partner_id")
    def _compute_department_id(self):
        employees = self._get_requester_employees()
        for ticket in self:
            key = ticket.partner_id._origin.id, ticket.company_id.id
            employee = employees.get(key)
            ticket.department_id = employee.department_id if employee else False

    def _get_requester_employees(self):
        """Return ``{(partner id, company id): employee}`` of the requesters.

        The employee is found by the user or the work contact; one of the ticket's
        company goes before those of others. The employees are in sudo.
        """
        partners = self.partner_id._origin
        if not partners:
            return {}
        # sudo: neither technicians nor portal users read employee files; only the
        # department and the manager are taken from them
        employees = self.env["hr.employee"].sudo()
        employees = employees.search(
            Domain("company_id", "in", self.company_id.ids)
            & (
                Domain("user_id.partner_id", "in", partners.ids)
                | Domain("work_contact_id", "in", partners.ids)
            )
        )
        result = {}
        for employee in employees:
            for partner in employee.work_contact_id | employee.user_id.partner_id:
                result.setdefault((partner.id, employee.company_id.id), employee)
        return result

    # ------------------------------------------------------------
    # FILING
    # ------------------------------------------------------------

    @api.model
    def _check_filing(self, vals_list):
        """Refuse what a requester may not say when filing; the desk adds it."""
        if self.env.su or self.env.user.has_group("itsm_desk.group_itsm_technician"):
            return
        # Defaults come from the caller too: by its context, or stored by the user.
        defaults = self.default_get([*DESK_FIELDS, "channel"])
        for vals in vals_list:
            vals = {**defaults, **vals}
            forbidden = DESK_FIELDS.intersection(
                name for name, value in vals.items() if value
            )
            if forbidden or vals["channel"] != "portal":
                raise AccessError(
                    self.env._(
                        "A requester gives the subject, the description and the "
                        'service; "%s" is filled in by the service desk.',
                        format_list(
                            self.env,
                            [
                                self._flow_field_label(name)
                                for name in sorted(forbidden or {"channel"})
                            ],
                        ),
                    )
                )

    def _prepare_create_values(self, vals_list):
        """Give each new ticket its number and the token of its requester's link."""
        values = super()._prepare_create_values(vals_list)
        groups = {}
        for vals in values:
            vals["access_token"] = str(uuid.uuid4())
            key = vals["company_id"], vals["ticket_type"]
            groups.setdefault(key, []).append(vals)
        for (company_id, ticket_type), group in groups.items():
            names = self._get_next_numbers(company_id, ticket_type, len(group))
            for vals, name in zip(group, names, strict=True):
                vals["name"] = name
        return values

    @api.model
    def _get_next_numbers(self, company_id, ticket_type, count):
        """Draw ``count`` numbers at once where the sequence allows it."""
        code = f"itsm.ticket.{ticket_type}"
        # sudo: requesters take a number without reading sequences
        sequences = self.env["ir.sequence"].sudo().with_company(company_id)
        sequence = sequences.search(
            [("code", "=", code), ("company_id", "in", [company_id, False])],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequences.next_by_code(code) or "/" for _i in range(count)]
        # SQL: next_by_id() makes one query a number. Filing 50 more tickets takes
        # 152 queries this way and 202 that way (TestTicketBatch).
        drawn = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for [number] in drawn]

    def _after_filing(self):
        """Ask for approval, acknowledge, and let whoever took the call own it."""
        # sudo: requesters have no write access to what follows from filing
        tickets = self.sudo()
        if waiting := tickets._filter_needs_approval():
            server_write(waiting, {"state": "waiting_approval"})
        template = self.env.ref("itsm_desk.mail_template_ticket_filed")
        for ticket in tickets:
            if ticket.channel in WRITTEN_CHANNELS:
                ticket._post_to_requester(template)
        user = self.env.user
        if user.has_group("itsm_desk.group_itsm_technician"):
            register_answer(
                tickets.filtered(
                    lambda ticket: (
                        ticket.channel in DESK_CHANNELS and ticket._is_responder(user)
                    )
                )
            )

    def _filter_needs_approval(self):
        """Return the tickets that a manager must approve first."""
        return self.filtered(
            lambda ticket: (
                ticket.ticket_type == "request"
                and ticket.service_id.needs_approval
                and not ticket.approved_by_id
            )
        )

    def _ask_missing_approval(self):
        """Send tickets that became requests for approval to their approver."""
        # sudo: the step follows from the service, not from rights of the user
        waiting = self.sudo()._filter_needs_approval()
        waiting = waiting.filtered(lambda ticket: ticket.state != "waiting_approval")
        late = waiting.filtered(lambda ticket: ticket.state not in ("new", "assigned"))
        if late:
            raise UserError(
                self.env._(
                    "%s: this service needs an approval, but the work has begun. "
                    "Cancel it and file a new request.",
                    late._flow_names(),
                )
            )
        server_write(waiting, {"state": "waiting_approval"})

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
        # The requester's address is copied from the contact, not from the header.
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
        # sudo: the gateway files for people who have no account
        threads = self.env["mail.thread"].sudo()
        return threads._partner_find_from_emails_single(
            [msg_dict.get("email_from")], filter_found=lambda found: found.active
        )

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _creation_message(self):
        self.ensure_one()
        return self.env._("Ticket filed.")

    def _get_allowed_message_params(self):
        # Ratings come from the sign-off only.
        return super()._get_allowed_message_params() - {"rating_value"}

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """Let the requester follow, so that every answer is sent to them."""
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
            self._process_message(message)
        return result

    def _process_message(self, message):
        """Do what follows from a message between requester and desk."""
        self.ensure_one()
        # sudo: the author's user is not readable by everybody who writes
        author = self._message_compute_real_author(message.author_id.id).sudo()
        email = email_normalize(message.email_from or "")
        # sudo: requesters have no write access to what follows from their answer
        ticket = self.sudo()
        if author == ticket.partner_id or (
            not author and email and email == email_normalize(ticket.partner_email)
        ):
            ticket._process_requester_message(message)
            return
        user = author.with_context(active_test=True).user_ids[:1]
        if not user or user.share:
            return
        # The message counts for its author, also when the gateway posts it.
        # sudo: the author may work on the ticket without being of its team
        answer = ticket.with_user(user).sudo()
        if answer._is_responder(user) or answer._is_handler(user):
            register_answer(answer)

    def _process_requester_message(self, message):
        """Resume, reopen or follow up when the requester writes again."""
        record_event(self, "message")
        if self.state == "pending" and self.pending_reason_id.resume_on_reply:
            take_proven_step(self, "in_progress", person=self.partner_id)
        elif self.state == "solved" and self.sign_off_deadline >= fields.Datetime.now():
            reason = html2plaintext(message.body).strip() or message.subject
            reason = reason or self.env._("The requester wrote again.")
            take_proven_step(
                self, "in_progress", person=self.partner_id, reopen_reason=reason
            )
        elif self.state in ("solved", "closed"):
            if self.state == "solved":
                self._close_unsigned()
            channel = "mail" if message.message_type == "email" else "portal"
            open_follow_up(self, message.body, channel=channel)

    def _post_to_requester(self, template):
        """Post a rendered template to the requester, in the requester's language."""
        self.ensure_one()
        self.with_context(mail_notify_author_mention=True).message_post_with_source(
            template,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
        )

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # sudo: the portal's token in the requester's link is secret to technicians
        groups = super(ItsmTicket, self.sudo())._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _function, data in groups if self else ():
            if name != "portal_customer":
                continue
            # Core's link opens the ticket for ever and may carry a sign-up.
            data["button_access"] = {"url": get_page_link(self)}
            if self.state == "solved":
                data["button_access"] = {
                    "url": self._get_sign_off_url(),
                    "title": self.env._("Sign off and rate"),
                }
        return groups

    def _compute_access_url(self):
        super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f"/my/service-tickets/{ticket.id}"

    def _portal_ensure_token(self):
        """Keep the token from those who work on the ticket.

        Whoever holds it can write in the requester's name.
        """
        self.ensure_one()
        if not self.env.su and self.env.user.partner_id != self.partner_id:
            raise AccessError(
                self.env._("The link of a ticket is sent to its requester only.")
            )
        # sudo: the requester, who may have the token, cannot read or write it
        ticket = self.sudo()
        if not ticket.access_token:
            # Tickets of early versions got their token with the first mail.
            server_write(ticket, {"access_token": str(uuid.uuid4())})
        return ticket.access_token
