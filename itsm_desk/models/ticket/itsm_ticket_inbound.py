import uuid
from ast import literal_eval
from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import (
    SQL,
    email_normalize,
    email_split,
    format_list,
    formataddr,
)

from ...tools.mail_quote import read_own_words
from ..base.current_mail import CurrentMail, current_mail
from ..base.grants import server_write
from ..base.mail_gateway import is_filing_mail
from ..base.selections import OPEN_STATES
from ..event.recording import record_event, recorded_as
from ..importing.taking_over import taken_over
from ..intent.requester_mail import note_for_requester
from .filing import get_filing_follower
from .itsm_merged_mixin import is_copying
from .itsm_ticket_flow import take_proven_step
from .itsm_ticket_owner import register_answer
from .itsm_ticket_sign_off import open_follow_up
from .ticket_answer import is_addressed, is_content, is_public, is_said, is_told_of
from .ticket_links import get_mail_buttons
from .ticket_words import DESK_CHANNELS, DESK_FIELDS, WEIGHTS, WRITTEN_CHANNELS

AUTOMATIC_HEADERS = {
    "Auto-Submitted": "auto-replied",
    "X-Auto-Response-Suppress": "All",
}
"""Headers that keep other programs from answering ours (RFC 3834, Exchange)."""
PARTNER_COLUMNS = ("email", "email_normalized", "commercial_partner_id")
TEAM_COLUMNS = ("support_level", "company_id", "resource_calendar_id")
MOST_CC = 20
"""People in copy who follow a ticket; who writes to more addresses informs a crowd."""


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
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_channel(self):
        if self.env.user.has_group("itsm_desk.group_itsm_technician"):
            return "phone"
        return "portal"

    def _default_partner_id(self):
        if self._default_channel() == "portal" or self.env.context.get(
            "itsm_for_myself"
        ):
            return self.env.user.partner_id
        return False

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
        self._set_service_weight("impact", "1")

    @api.depends("service_id")
    def _compute_urgency(self):
        self._set_service_weight("urgency", "2")

    def _set_service_default(self, name, default=False):
        for ticket in self:
            ticket[name] = ticket.service_id[name] or ticket[name] or default

    def _set_service_weight(self, name, default):
        """Take what the service gives, which softens nothing and overrules nobody.

        A technician who chooses the service of a filed ticket sorts it. What somebody
        judged stays; otherwise the heavier one holds.
        """
        for ticket in self:
            known, offered = ticket[name], ticket.service_id[name]
            if not known or (known == default and not ticket._origin):
                ticket[name] = offered or known or default
            elif ticket.is_judged:
                ticket[name] = known
            else:
                ticket[name] = max(known, offered or known)

    def _note_judged(self, given=None):
        """Remember whose impact or urgency somebody judged.

        :param given: the values of each new ticket; those of its service are no
            judgement
        """
        judged = self.filtered(lambda ticket: not ticket.is_judged)
        if given is not None:
            judged = self.browse(
                ticket.id
                for ticket, vals in zip(self, given, strict=True)
                if any(
                    vals.get(name)
                    and vals[name] != (ticket.service_id[name] or default)
                    for name, default in WEIGHTS.items()
                )
            )
        if judged:
            # sudo: whoever judged may write the ticket; this is the server's note.
            server_write(judged.sudo(), {"is_judged": True})

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
        self.team_id._origin.sudo().fetch(TEAM_COLUMNS)  # sudo: as below
        for ticket in self:
            # sudo: portal users may not read the team of their own ticket
            ticket.support_level = ticket.team_id.sudo().support_level or "l1"

    @api.depends("partner_id")
    def _compute_partner_email(self):
        # of the many columns of contacts and teams a new ticket needs these
        self.partner_id._origin.fetch(PARTNER_COLUMNS)
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
        sequence = sequences._itsm_find(code, company_id)
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
        """Ask for approval, acknowledge, and let whoever took the call own it.

        What another system had before is not new to anybody: see ``taking_over``. Any
        of it may have an automation end a ticket, with which nothing is to do then.
        """
        # sudo: requesters have no write access to what follows from filing
        tickets = self.sudo().filtered(lambda ticket: not ticket.is_history)
        new = tickets.filtered(lambda ticket: ticket.state == "new")
        if waiting := new._filter_needs_approval():
            server_write(waiting, {"state": "waiting_approval"})
        tickets = tickets._filter_open()
        if lost := tickets.filtered(lambda ticket: not ticket.team_id):
            lost._call_for_team()
        tickets._tell_team()
        tickets._acknowledge()
        user = self.env.user
        if user.has_group("itsm_desk.group_itsm_technician") and not is_copying():
            register_answer(
                tickets._filter_open().filtered(
                    lambda ticket: (
                        ticket.channel in DESK_CHANNELS and ticket._is_responder(user)
                    )
                )
            )
        if not taken_over.get():
            tickets._call_on_duty()

    def _filter_open(self):
        return self.filtered(lambda ticket: ticket.state in OPEN_STATES)

    def _tell_team(self):
        """Let followers of the teams follow new tickets, and tell them."""
        mail = current_mail.get()
        for team, tickets in self.grouped("team_id").items():
            if team.id not in team._get_followed():
                continue
            tickets._message_auto_subscribe(
                {"team_id": team.id}, followers_existing_policy="update"
            )
            if taken_over.get() or mail and mail.is_filing:
                continue
            if not self._get_team_readers(team):
                continue
            for ticket in tickets:
                ticket.message_post(
                    body=ticket.env._("New ticket: %s", ticket.subject),
                    author_id=ticket.env.user.partner_id.id,
                    subtype_xmlid="itsm_desk.mt_ticket_new",
                )

    @api.model
    def _get_team_readers(self, team):
        """Return the followers of ``team`` who want to hear of new tickets."""
        subtype = self.env.ref("itsm_desk.mt_team_ticket_new")
        # sudo: who files a ticket may read neither the team nor its followers
        return team.sudo().message_follower_ids.filtered(
            lambda follower: subtype in follower.subtype_ids
        )

    def _acknowledge(self):
        """Tell requesters who wrote themselves that their tickets are there.

        The gateway does it after the mail was added, so that ours answers it.
        """
        mail = current_mail.get()
        if taken_over.get() or mail and (mail.is_filing or not mail.is_answered):
            return
        if written := self.filtered(lambda item: item.channel in WRITTEN_CHANNELS):
            written._post_to_requester("filed", needs=("partner_id",))

    def _filter_needs_approval(self):
        """Return the tickets that a manager must approve first.

        The service decides, whatever type the ticket is called. What takes up an
        approved ticket again was approved with it.
        """
        return self.filtered(
            lambda ticket: (
                ticket.service_id.needs_approval
                and not ticket.approved_by_id
                and not ticket.parent_id.approved_by_id
            )
        )

    def _ask_missing_approval(self):
        """Send tickets of a service that needs approval to their approver."""
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
        """File a ticket for the sender of a mail.

        Not by core, which describes all fields of the model to find the one of the
        subject, and copies the requester's address from the header.
        """
        copied = self._mail_cc_sanitized_raw_dict(msg_dict.get("cc"))
        values = {"email_cc": ", ".join(copied.values()), **(custom_values or {})}
        company_id = values.get("company_id") or self.env.company.id
        values.update(
            company_id=company_id,
            partner_id=self._get_mail_requester(msg_dict).id,
            subject=msg_dict.get("subject") or self.env._("(no subject)"),
            description=msg_dict.get("body"),
            channel="mail",
        )
        mail = current_mail.get() or CurrentMail()
        mail.is_filing = True
        try:
            ticket = self.with_company(company_id).create(values)
        finally:
            mail.is_filing = False
        mail.filed.append(ticket.id)
        ticket._follow_copied(msg_dict)
        return ticket

    def message_update(self, msg_dict, update_vals=None):
        """Let people in copy follow, unless a stranger named them."""
        result = super().message_update(msg_dict, update_vals)
        mail = current_mail.get()
        if mail:
            mail.touched.append(self.id)
            if not mail.is_for_desk:
                self._follow_copied(msg_dict)
        return result

    def _get_mail_requester(self, msg_dict):
        """Return the sender's contact, made new for an unknown sender.

        Whether unknown senders get this far is decided by the team's address. A web
        form asks for whoever it says that the answer goes to.
        """
        partners = self.env["res.partner"]
        partner = partners.browse(msg_dict.get("author_id") or [])
        address = msg_dict.get("email_from")
        mail = current_mail.get()
        if mail and mail.answer_to and all(partner.user_ids.mapped("share")):
            partner, address = partners, mail.answer_to
        if partner:
            return partner
        # sudo: the gateway files for people who have no account
        threads = self.env["mail.thread"].sudo()
        partner = threads._partner_find_from_emails_single(
            [address], filter_found=lambda found: found.active
        )
        if not partner:
            raise UserError(
                self.env._("No contact could be made for the sender %s.", address)
            )
        return partner

    def _follow_copied(self, msg_dict):
        """Let known people in copy of a mail follow its ticket.

        Answers go to the others by mail, too; see :meth:`message_post`.
        """
        addresses = email_split(msg_dict.get("cc") or "")
        if not 0 < len(addresses) <= MOST_CC:
            return
        # sudo: the gateway's user need not read contacts
        known = self.env["res.partner"].sudo()
        known = known.search(
            [("email_normalized", "in", [item.lower() for item in addresses])],
            limit=MOST_CC,
        )
        self._message_subscribe(partner_ids=known.ids)

    def _is_mail_party(self, address):
        """Whether ``address`` is one of somebody with a part in the ticket.

        Requester, approver, followers, people in copy, and those who work at the desk.
        Addresses are compared whole.

        :param str address: whole, in lower case
        """
        self.ensure_one()
        if not address:
            return False
        copied = {email_normalize(item) for item in email_split(self.email_cc or "")}
        people = (
            self.partner_id
            | self.message_partner_ids
            | self.approver_id.partner_id
            | self.collaborator_ids.partner_id
        )
        known = {
            *copied,
            email_normalize(self.partner_email or ""),
            *people.mapped("email_normalized"),
        }
        if address in known:
            return True
        # sudo: a mail has no acting user who could read others
        users = self.env["res.users"].sudo()
        users = users.search([("partner_id.email_normalized", "=", address)], limit=5)
        return any(self._is_responder(user) or self._is_handler(user) for user in users)

    def _log_mail(self, msg_dict, note):
        """Keep the text of a mail that takes no step and is sent to nobody.

        :param dict msg_dict: the mail, as the gateway read it
        :param str note: why it takes none
        """
        self.ensure_one()
        sender = msg_dict.get("email_from") or self.env._("an unknown sender")
        self._message_log(
            body=Markup("<p>%s</p>%s")
            % (
                self.env._("Mail of %(sender)s. %(note)s", sender=sender, note=note),
                Markup(msg_dict.get("body") or ""),
            ),
            author_id=self.env.ref("base.partner_root").id,
        )

    def _after_mail_filing(self, mail):
        """Do what follows from a mail once it is a message of its new ticket.

        :param CurrentMail mail: the mail
        """
        for ticket in self if mail.has_pictures else ():
            if "cid:" not in (ticket.description or ""):
                continue
            message = ticket.message_ids.filtered(
                lambda item: item.message_type == "email"
            )[-1:]
            if message.body:
                # The pictures of the text became files of the message.
                server_write(ticket, {"description": message.body})
        self._acknowledge()

    def _get_desk_sender(self):
        """Return name and address from which the ticket's team writes."""
        self.ensure_one()
        # sudo: who files a ticket may not read the team
        team, company = self.team_id.sudo(), self.company_id.sudo()
        address = team.alias_email or company.email
        if not address:
            return self.env.ref("base.partner_root").email_formatted
        name = f"{team.name or company.name} ({company.name})"
        return formataddr((name, email_normalize(address) or address))

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _creation_message(self):
        self.ensure_one()
        return self.env._("Ticket filed.")

    def _creation_subtype(self):
        """Let the mail itself tell followers of the team about its new ticket.

        Tickets that come otherwise are told in one go, see :meth:`_tell_team`.
        """
        team = self.team_id
        if (
            current_mail.get()
            and team.id in team._get_followed()
            and self._get_team_readers(team)
        ):
            return self.env.ref("itsm_desk.mt_ticket_new")
        return super()._creation_subtype()

    def _get_allowed_message_params(self):
        # Ratings come from the sign-off only.
        return super()._get_allowed_message_params() - {"rating_value"}

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        """Ask for the followers of a team, who will follow, only where it has some."""
        team_id = updated_values.get("team_id")
        if team_id and team_id not in self.env["itsm.team"]._get_followed():
            updated_values = {**updated_values}
            del updated_values["team_id"]
        return super()._message_auto_subscribe(
            updated_values, followers_existing_policy=followers_existing_policy
        )

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """Let the requester follow, whom every answer is sent to, and who files."""
        result = super()._message_auto_subscribe_followers(
            updated_values, default_subtype_ids
        )
        if partner_id := updated_values.get("partner_id"):
            result.append((partner_id, default_subtype_ids, False))
        return result + get_filing_follower(self)

    def message_post(self, **kwargs):
        """Show a stranger's mail to the desk only, and send answers to all in copy."""
        mail = current_mail.get()
        is_mail = kwargs.get("message_type") == "email"
        if is_mail and mail and kwargs.get("partner_ids"):
            # Core tells who wrote what is answered: ours are written by the company.
            own = self.company_id.partner_id.id
            kwargs["partner_ids"] = [key for key in kwargs["partner_ids"] if key != own]
        if is_mail and mail and self.id in mail.touched and mail.is_for_desk:
            kwargs.update(
                partner_ids=self._get_desk_people().partner_id.ids,
                subtype_xmlid="mail.mt_note",
                is_internal=True,
            )
        elif self.email_cc and (is_mail or kwargs.get("message_type") == "comment"):
            subtype_id = self.env.ref("mail.mt_comment").id
            if subtype_id == kwargs.get("subtype_id") or (
                kwargs.get("subtype_xmlid") == "mail.mt_comment"
            ):
                others = self._get_copied_strangers(kwargs)
                kwargs["outgoing_email_to"] = ",".join(others)
        return super().message_post(**kwargs)

    def _get_desk_people(self):
        """Return who of the desk is told: owner, lead, team or the managers."""
        self.ensure_one()
        # sudo: whoever writes may not read the team
        team = self.team_id.sudo()
        people = self.user_id or team.leader_id or team.member_ids
        return people or self._get_company_managers()

    def _get_copied_strangers(self, values):
        """Return the addresses in copy that are no follower's, unless it is a crowd.

        :param dict values: the message for them; who has it already is left out
        """
        mail = current_mail.get()
        addresses = [email_normalize(item) for item in email_split(self.email_cc)]
        if len(addresses) > MOST_CC or (mail and mail.is_storm):
            return []
        # sudo: who answers need not read all followers
        followers = self.sudo().message_partner_ids
        known = {mail and mail.head.sender, *followers.mapped("email_normalized")}
        for name in ("email_from", "incoming_email_to", "incoming_email_cc"):
            known.update(map(email_normalize, email_split(values.get(name) or "")))
        return [item for item in addresses if item and item not in known]

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Answer nobody who may be a program; then send mails on to the desk only."""
        recipients = super()._notify_get_recipients(
            message, msg_vals=msg_vals, **kwargs
        )
        recipients = self._drop_told(recipients)
        mail = current_mail.get()
        if mail and not mail.is_answered and self:
            # sudo: who posts need not read the requester
            told = partial(is_told_of, self.sudo(), mail, message)
            return [item for item in recipients if told(item)]
        if message.message_type == "auto_comment":
            # Who has no address reads it in the portal or is told at the counter.
            return [
                item
                for item in recipients
                if item["notif"] != "email" or item["email_normalized"]
            ]
        return recipients

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        """Mark what is sent by itself, and let it answer the sender's own mail."""
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if not self or message.message_type != "auto_comment":
            return values
        headers = {**literal_eval(values.get("headers") or "{}"), **AUTOMATIC_HEADERS}
        values["headers"] = repr(headers)
        mail = current_mail.get()
        if mail and mail.message_id not in (values.get("references") or ""):
            values["references"] = f"{mail.message_id} {values.get('references') or ''}"
        return values

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if self and is_public(message):
            self._tell_said(message)
            self._process_message(message)
        return result

    def _message_compute_real_author(self, author_id):
        """Know whose mail the robot posts; core asks each time who the robot is."""
        robot_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        author = self.env["res.partner"].browse(author_id or ())
        if not self.env.user.active and author_id != robot_id and author.active:
            return author
        return super()._message_compute_real_author(author_id)

    def _process_message(self, message):
        """Do what follows from a message of the requester."""
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

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Count an answer of the desk once it goes to the requester."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        if self and is_public(message) and not kwargs.get("scheduled_date"):
            self._process_answer(message, recipients)
        return recipients

    def _process_answer(self, message, recipients):
        """Do what follows from an answer of the desk that reached the requester.

        :param message: a public one
        :param list recipients: whom core notifies of it
        """
        self.ensure_one()
        # sudo: the author's user is not readable by everybody who writes
        author = self._message_compute_real_author(message.author_id.id).sudo()
        user = author.with_context(active_test=True).user_ids[:1]
        # sudo: requesters have no write access to what follows from an answer
        partner = self.sudo().partner_id
        if not user or user.share or author == partner or not is_said(message):
            return
        is_told = any(
            item["id"] == partner.id and (item["notif"] == "inbox" or partner.email)
            for item in recipients
        )
        # What a client says about addresses proves nothing.
        is_told = is_told or (is_filing_mail() and is_addressed(message, partner))
        if not is_told and not self._is_told_in_chat():
            return
        # The message counts for its author, also when the gateway posts it.
        # sudo: the author may work on the ticket without being of its team
        answer = self.with_user(user).sudo()
        if answer._is_responder(user) or answer._is_handler(user):
            register_answer(answer)

    def _process_requester_message(self, message):
        """Resume, reopen or follow up when the requester writes again."""
        with recorded_as(partner=self.partner_id - self.env.user.partner_id):
            record_event(self, "message")
        if self.state == "pending" and self.pending_reason_id.resume_on_reply:
            take_proven_step(self, "in_progress", person=self.partner_id)
        elif self.state == "solved" and self.sign_off_deadline >= fields.Datetime.now():
            if is_content(message, self):
                # Who is content needs no technician, but has not signed.
                mail = current_mail.get()
                if not mail or mail.is_answered:
                    self._post_to_requester("thanks")
                return
            reason = read_own_words(message.body) or message.subject
            reason = reason or self.env._("The requester wrote again.")
            take_proven_step(
                self, "in_progress", person=self.partner_id, reopen_reason=reason
            )
        elif self.state in ("solved", "closed"):
            if self.state == "solved":
                self._close_unsigned()
            if not is_content(message, self):
                self._follow_up(message)
        elif successor := self._get_successor():
            self._pass_on(message, successor, is_public=False)
        elif self.state in ("cancelled", "refused"):
            self._call_after_end()

    def _follow_up(self, message):
        """Take a message about a closed ticket to its follow-up, which may be new."""
        follow_up = self.child_ids.filtered(
            lambda child: child.state in OPEN_STATES or child.state == "solved"
        )[:1]
        if follow_up:
            self._pass_on(message, follow_up)
            return
        # sudo: the files of a message whose author may be anybody
        files = message.sudo().attachment_ids
        channel = "mail" if message.message_type == "email" else "portal"
        follow_up = open_follow_up(self, message.body, channel=channel)
        files.copy({"res_id": follow_up.id})
        follow_up._call_desk(self.env._("Taken up again: %s", self.subject), self)

    def _post_to_requester(self, template, needs=("partner_id", "state")):
        """Post a template to the requesters, in the language of each, after the step.

        :param str template: name of one of ours, without its beginning
        :param needs: names of fields without whose value of now it is not posted
        """
        note_for_requester(self, f"itsm_desk.mail_template_ticket_{template}", needs)

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        # sudo: the portal's token in the requester's link is secret to technicians
        ticket = self.sudo().with_context(itsm_own_link=True)
        groups = super(ItsmTicket, ticket)._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _function, data in groups if self else ():
            if name == "portal_customer":
                data.update(get_mail_buttons(self))
        return groups

    def _compute_access_url(self):
        super()._compute_access_url()
        for ticket in self:
            ticket.access_url = f"/my/service-tickets/{ticket.id}"
