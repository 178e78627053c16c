from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError

from ...tools.one_record import check_one
from ..base.grants import (
    is_evaluated_code_running,
    is_granted,
    is_server_act,
    server_write,
)
from ..base.selections import OPEN_STATES
from ..duty.on_duty import get_absent
from ..event.recording import get_moment, recorded_as
from ..evidence.said_in_writing import check_said
from ..handling.itsm_handling import freeze_solved, refuse_solved
from .itsm_ticket_owner import end_escalations, register_answer
from .ticket_words import (
    APPROVED_FIELDS,
    DESK_CHANNELS,
    HANDLING_FIELDS,
    SPOKEN_CHANNELS,
    WRITTEN_CHANNELS,
)

WORK_STATES = ("assigned", "in_progress", "pending")

WRITABLE_STEPS = frozenset(
    {
        ("waiting_approval", "new"),
        ("waiting_approval", "assigned"),
        ("assigned", "in_progress"),
        ("pending", "in_progress"),
        ("assigned", "solved"),
        ("in_progress", "solved"),
        ("pending", "solved"),
    }
)
"""Steps that an import or an edited list may take by writing the state."""

ACTIVITIES = (
    "itsm_desk.mail_activity_type_approval",
    "itsm_desk.mail_activity_type_assigned",
    "itsm_desk.mail_activity_type_escalation",
    "itsm_desk.mail_activity_type_on_duty",
    "itsm_desk.mail_activity_type_no_team",
    "itsm_desk.mail_activity_type_reopened",
    "itsm_desk.mail_activity_type_declined",
    "itsm_desk.mail_activity_type_vendor",
)
"""What people were asked to do with a ticket; nothing once it is solved or ended."""


def take_proven_step(tickets, target, person=None, **stamps):
    """Take a step for somebody who is not the acting user, or for the server.

    The reason functions are not asked: the caller has proven who decides (the
    mail of the requester, the signed link, the desk code) or that the time limit
    has passed.

    :param person: the contact who was proven to decide, none: the time limit did
    :raise UserError: where the flow has no such step
    """
    # sudo: the acting user is the mail gateway, a visitor or a technician, none of
    # whom has the rights of the person proven by the caller
    tickets = tickets.sudo()
    for ticket in tickets.filtered(lambda ticket: ticket.state == target):
        allowed = ticket._flow_transitions.get(target, ())
        raise UserError(ticket._flow_illegal_message(target, allowed))
    with recorded_as(partner=person):
        server_write(tickets, {"state": target, **tickets._flow_clean_stamps(stamps)})


class ItsmTicket(models.Model):
    """Steps of a ticket: verbs, who may take them and what follows from them.

    Each ``_get_cannot_<verb>_reason`` returns ``{ticket id: text}`` for the tickets
    of which the acting user may not take the step; buttons and server share it.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "state", "user_id", "partner_id", "collaborator_ids", "team_id", "approver_id"
    )
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("partner_id")
    def _compute_requester_company_id(self):
        """Keep the company: contacts are moved from one to another afterwards."""
        for ticket in self:
            # sudo: whoever files need not read the company of a contact.
            ticket.requester_company_id = ticket.partner_id.sudo().commercial_partner_id

    @api.depends("requester_company_id")
    def _compute_shared_user_ids(self):
        """Fix who reads the ticket where a customer's people share theirs.

        Not who asked for another company before: such a contact was moved here.
        """
        companies = self.requester_company_id._origin
        # sudo: whoever files reads neither the users nor the tickets of a company.
        users = self.env["res.users"].sudo()
        users = users.search(
            [
                ("share", "=", True),
                ("partner_id.commercial_partner_id", "in", companies.ids),
            ]
        )
        # sudo: as above.
        asked = self.sudo()._read_group(
            [("partner_id", "in", users.partner_id.ids)],
            ["partner_id"],
            ["requester_company_id:recordset"],
        )
        before = dict(asked)
        for ticket in self:
            company = ticket.requester_company_id._origin
            ticket.shared_user_ids = users.filtered(
                lambda user, company=company: (
                    user.commercial_partner_id == company
                    and before.get(user.partner_id, company) == company
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_approve(self):
        """Let a waiting request go to the desk."""
        for owned, tickets in self.grouped(lambda rec: bool(rec.user_id)).items():
            tickets._take_step("assigned" if owned else "new")
        return True

    def action_refuse(self, reason):
        """Refuse a waiting request."""
        return self._take_step("refused", stop_reason=reason)

    def action_start(self):
        """Begin to work."""
        return self._take_step("in_progress")

    def action_pend(self, reason_id, question=None):
        """Pause the work for a listed reason.

        :param str question: to the requester, who reads it; some reasons need one
        """
        reason = self._browse_argument("itsm.pending.reason", reason_id)
        label = self.env._("Question")
        question = self._flow_clean_text(label, question)
        if reason.needs_question and not question:
            raise self._flow_missing_error([label])
        result = self._take_step("pending", pending_reason_id=reason.id)
        if question:
            self._ask_requester(question)
        return result

    def action_resume(self):
        """Go back to work after a pause."""
        return self._take_step("in_progress")

    def action_solve(self):
        """Hand the solution to the requester; the handling form is complete."""
        return self._take_step("solved")

    def action_cancel(self, reason):
        """End a ticket that needs no solution."""
        return self._take_step("cancelled", stop_reason=reason)

    def action_view_partner_tickets(self):
        """Open what the same person asked before."""
        check_one(self)
        self.check_access("read")
        return self._get_tickets_action([("partner_id", "=", self.partner_id.id)])

    def action_view_follow_ups(self):
        """Open the tickets that take up this one."""
        check_one(self)
        self.check_access("read")
        return self._get_tickets_action([("parent_id", "=", self.id)])

    def _get_tickets_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_ticket_action"
        )
        return {**action, "domain": domain, "context": {}}

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: many users take steps with read access only, and what follows from
        # a step is not theirs to choose
        return self.sudo()

    def _on_enter_waiting_approval(self, origins):
        """Ask whoever decides."""
        chains = self._get_approver_chains()
        for ticket in self:
            ticket._ask_approver(chains[ticket.id][:1])

    def _on_leave_waiting_approval(self, target):
        """Record the decision."""
        self.activity_unlink(["itsm_desk.mail_activity_type_approval"])
        if target in ("new", "assigned"):
            server_write(
                self,
                {
                    "approved_by_id": self.env.uid,
                    "approved_at": get_moment(),
                },
            )
            self._call_on_duty()

    def _on_leave_pending(self, target):
        ended = ("pending_question", "pause_reminder_at", "pause_ends_at")
        server_write(self, dict.fromkeys(("pending_reason_id", *ended), False))

    def _on_enter_in_progress(self, origins):
        """Of a reopened ticket: ask for a new attempt, call the owner."""
        reopened = self.filtered(lambda rec: origins[rec.id] == "solved")
        if reopened:
            refuse_solved(reopened)
        for ticket in reopened:
            server_write(
                ticket,
                {
                    "reopen_count": ticket.reopen_count + 1,
                    "sign_off_deadline": False,
                    "sign_off_code_hash": False,
                },
            )
            if ticket.user_id != self.env.user:
                ticket.activity_schedule(
                    "itsm_desk.mail_activity_type_reopened",
                    user_id=ticket.user_id.id,
                    summary=self.env._("Not solved yet: %s", ticket.subject),
                )

    def _on_enter_solved(self, origins):
        """Freeze the solution, tell the requester, start the time to answer."""
        now = get_moment()
        freeze_solved(self)
        self._apply_equipment_changes()
        hours = self.grouped(
            lambda ticket: (ticket.company_id, ticket.team_id.resource_calendar_id)
        )
        for group in hours.values():
            server_write(
                group,
                {
                    "sign_off_deadline": group[0]._get_sign_off_deadline(now),
                    "reopen_reason": False,
                },
            )
        register_answer(self)
        self._plan_reminder(now)
        self._post_to_requester("solved")
        end_escalations(self)
        self._end_vendor_jobs("ended", False)
        self.activity_unlink(ACTIVITIES)
        self._call_to_sign_off()

    def _on_leave_solved(self, target):
        self.activity_unlink(["itsm_desk.mail_activity_type_sign_off"])

    def _on_enter_closed(self, origins):
        server_write(self, {"closed_at": get_moment()})
        self.activity_unlink(ACTIVITIES)
        for ticket in self:
            ticket._tell_low_rating()

    def _on_enter_refused(self, origins):
        self._tell_stopped()

    def _on_enter_cancelled(self, origins):
        self._tell_stopped()

    def _on_step(self, target, origins):
        """Do what follows from every step, in this order."""
        result = super()._on_step(target, origins)
        self._tell_end(target)
        self._propose_complaints(target, origins)
        self._index_solved(target, origins)
        return result

    def _tell_stopped(self):
        """Tell the requester why nothing more happens, unless it was their act.

        What an automation does to what somebody files is not the act of who files.
        """
        others = self
        if not is_evaluated_code_running():
            others -= self.filtered(
                lambda ticket: ticket.partner_id == self.env.user.partner_id
            )
        others._post_to_requester("stopped")
        end_escalations(self)
        self._end_vendor_jobs("ended", False)
        self._end_supplies()
        self.activity_unlink(ACTIVITIES)

    # ------------------------------------------------------------
    # APPROVAL
    # ------------------------------------------------------------

    def _may_decide(self, user):
        """Whether ``user`` may approve: an employee with no part in the ticket."""
        return (
            bool(user)
            and user.active
            and not user.share
            and user.partner_id != self.partner_id
            and user not in (self.create_uid | self.user_id)
        )

    def _get_manager_deciders(self):
        """Return the desk's managers who may approve all of these tickets."""
        # sudo: employees read neither groups nor their users
        users = self.env.ref("itsm_desk.group_itsm_manager").sudo().all_user_ids
        return users.filtered(
            lambda user: all(
                ticket._may_decide(user) and ticket.company_id in user.company_ids
                for ticket in self
            )
        )

    # ------------------------------------------------------------
    # WHO MAY WRITE
    # ------------------------------------------------------------

    def _flow_check_transition(self, target, vals):
        for ticket in self:
            if (
                target in self._flow_transitions.get(ticket.state, ())
                and (ticket.state, target) not in WRITABLE_STEPS
                and not is_granted(self)
            ):
                raise UserError(
                    self.env._(
                        '%(ticket)s becomes "%(state)s" only by its button, which '
                        "records who did it and why.",
                        # sudo: the name of a ticket that the user writes
                        ticket=ticket.sudo().display_name,
                        state=self._flow_state_label(target),
                    )
                )
        return super()._flow_check_transition(target, vals)

    def _flow_find_missing(self, target, state, vals):
        """Return what a solution needs of equipment, consumables and form, too."""
        missing = super()._flow_find_missing(target, state, vals)
        if target == "solved":
            missing += self._find_missing_changes()
            missing += self._find_missing_supplies()
            missing += self._find_missing_handling()
        return list(dict.fromkeys(missing))

    def _flow_get_reasons(self, verb):
        # What the server itself writes was judged before; see take_proven_step().
        if is_server_act(self):
            return {}
        # sudo: the reasons depend on teams and people that the user may not read
        return super(ItsmTicket, self.sudo())._flow_get_reasons(verb)

    @api.model
    def _browse_argument(self, model, record_id):
        """Return the record whose id came as an argument of a verb, for reading.

        :param record_id: an id, also as text; without such a record the result is
            empty
        """
        records = self.env[model]
        # Halves of a character can be shown nowhere.
        text = str(record_id or "").encode("utf-8", "replace").decode()
        if not text:
            return records
        # Longer numbers are no ids: the database refuses them.
        if text.isdecimal() and len(text) < 10:
            record = records.browse(int(text)).exists()
            record.check_access("read")
            return record
        raise UserError(
            self.env._(
                '"%(value)s" is no record of "%(model)s". Choose one of the list.',
                value=text,
                model=records._description,
            )
        )

    def _check_writer(self, vals):
        """An owned ticket is changed by those who work on it, and their lead."""
        if self.env.uid == SUPERUSER_ID or not self._flow_content_fields.intersection(
            vals
        ):
            return
        user = self.env.user
        # sudo: owner and team of the ticket may not be readable by the user
        for ticket in self.sudo():
            if ticket.user_id and not ticket._is_handler(user):
                raise AccessError(
                    self.env._(
                        "%(ticket)s is handled by %(owner)s, who can call you in as "
                        "a collaborator or escalate it to you.",
                        ticket=ticket.display_name,
                        owner=ticket.user_id.name,
                    )
                )
            if "collaborator_ids" in vals and not ticket._is_answerable(user):
                raise AccessError(
                    self.env._(
                        "%(ticket)s: collaborators are called in by its owner. "
                        "Take the ticket first, or ask %(owner)s.",
                        ticket=ticket.display_name,
                        owner=ticket.user_id.name or self.env._("nobody yet"),
                    )
                )

    def _check_handled(self):
        """Refuse changes of the handling form and the work by others than handlers."""
        form = dict.fromkeys(HANDLING_FIELDS)
        self._flow_check_content(form)
        self._check_writer(form)

    def _check_frozen(self, vals):
        """Refuse changes that would undo a decision already taken."""
        if "company_id" in vals and any(
            ticket.company_id.id != vals["company_id"] for ticket in self
        ):
            raise UserError(
                self.env._("A ticket stays in the company it was filed in.")
            )
        if "team_id" in vals and self.filtered("user_id"):
            raise UserError(
                self.env._(
                    '%s: work that has an owner moves to another team by "Escalate".',
                    self.filtered("user_id")._flow_names(),
                )
            )
        if APPROVED_FIELDS.intersection(vals):
            decided = self.filtered(
                lambda ticket: (
                    ticket.state == "waiting_approval" or ticket.approved_by_id
                )
            )
            if decided:
                raise UserError(
                    self.env._(
                        "%s: what the approver sees or approved is not changed any "
                        "more. Cancel it and file a new request.",
                        decided._flow_names(),
                    )
                )
        if "channel" in vals:
            self._check_channel(vals["channel"])
        check_said(self, vals, WRITTEN_CHANNELS)
        if "partner_id" in vals:
            own = self.filtered(
                lambda ticket: (
                    ticket.partner_id.id != vals["partner_id"]
                    and ticket._is_filed_by_requester()
                )
            )
            if own:
                raise UserError(
                    self.env._(
                        "%s: the requester filed it and alone signs it off, so the "
                        "requester is not changed. Cancel it with a reason and file a "
                        "new ticket for the other person.",
                        own._flow_names(),
                    )
                )
            late = self.filtered(lambda ticket: ticket.state not in ("new", "assigned"))
            if late:
                raise UserError(
                    self.env._(
                        "%s: the requester cannot be changed once the work has begun.",
                        late._flow_names(),
                    )
                )

    def _check_channel(self, channel):
        """Refuse to say that a ticket reached the desk in a quite different way."""
        fixed = self.filtered(
            lambda ticket: (
                ticket.channel in WRITTEN_CHANNELS and ticket.channel != channel
            )
        )
        if fixed:
            raise UserError(
                self.env._(
                    "%s: the requester wrote it, so the channel is not changed.",
                    fixed._flow_names(),
                )
            )
        is_spoken = channel in SPOKEN_CHANNELS
        moved = self.filtered(
            lambda ticket: (ticket.channel in SPOKEN_CHANNELS) != is_spoken
        )
        if moved:
            raise UserError(
                self.env._(
                    "%s: whether it was told by phone or at the desk decides about "
                    "the response figures and is not changed afterwards.",
                    moved._flow_names(),
                )
            )

    def _is_filed_by_requester(self):
        """Whether the requester filed the ticket: by mail, in the portal, logged in."""
        self.ensure_one()
        # sudo: a technician may read neither the user who filed nor the messenger's
        ticket = self.sudo()
        is_written = self.channel in WRITTEN_CHANNELS or bool(ticket.chat_person_id)
        return is_written or ticket.create_uid.partner_id == self.partner_id

    # ------------------------------------------------------------
    # ROLES
    # ------------------------------------------------------------

    def _is_manager(self, user):
        return user.has_group("itsm_desk.group_itsm_manager")

    def _is_lead(self, user):
        self.ensure_one()
        return user == self.team_id.leader_id or self._is_manager(user)

    def _is_answerable(self, user):
        """Whether the user is the owner or leads: may hand on and call others in."""
        self.ensure_one()
        return user == self.user_id or self._is_lead(user)

    def _is_handler(self, user):
        """Whether the user does the work; never the requester."""
        self.ensure_one()
        if user.partner_id == self.partner_id or user.share:
            return False
        return user in self.collaborator_ids or self._is_answerable(user)

    def _is_responder(self, user):
        """Whether the user is a technician who may become the owner.

        Members, lead and managers of the team may; so may the person it was
        escalated to and who answered the phone.
        """
        self.ensure_one()
        # sudo: who acts may not see the other companies of the person judged
        user = user.sudo()
        if (
            user.share
            or not user.active
            or user.partner_id == self.partner_id
            or self.company_id not in user.company_ids
            or not user.has_group("itsm_desk.group_itsm_technician")
        ):
            return False
        team = self.team_id
        return (
            not team
            or user in team.member_ids
            or self._is_lead(user)
            or user == self._get_open_escalation().to_user_id
            # Who answered the phone may be of another team.
            or (self.create_uid == user and self.channel in DESK_CHANNELS)
        )

    def _is_workforce(self, user):
        """Whether work of the user may be written down now."""
        self.ensure_one()
        may_work = self._is_handler(user) if self.user_id else self._is_responder(user)
        if user.id == SUPERUSER_ID:
            return True
        return may_work or self._is_vendor_technician(user)

    def _is_worker(self, user):
        """Whether the user took part in the work, and so may not judge it."""
        self.ensure_one()
        workers = self._get_workers()
        return user in workers or user.partner_id in workers.partner_id

    def _get_workers(self):
        """Return the users who took part in the work."""
        return (
            self.user_id
            | self.handling_ids.solved_by_id
            | self.work_line_ids.user_id
            | self.first_responder_id
            | self.collaborator_ids
        )

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_take_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            owner = ticket.user_id
            if ticket.state not in OPEN_STATES:
                reasons[ticket.id] = ticket._closed_message()
            elif owner == user and user:
                reasons[ticket.id] = self.env._("you own it already.")
            elif user.partner_id == ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "you asked for it, so a colleague must take it."
                )
            elif owner and not ticket._is_escalated_to(user):
                reasons[ticket.id] = self.env._(
                    "already taken by %s, who can escalate it to you.", owner.name
                )
            elif not ticket._is_responder(user):
                reasons[ticket.id] = self.env._(
                    "only technicians of the team %s can take it.",
                    ticket.team_id.name or "",
                )
        return reasons

    def _is_escalated_to(self, user):
        escalation = self._get_open_escalation()
        if not escalation:
            return False
        if escalation.to_user_id:
            # Whoever leads was called after the time to accept.
            is_called = escalation.called != "team" and self._is_lead(user)
            return user == escalation.to_user_id or is_called
        return self._is_responder(user)

    def _get_cannot_log_call_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            if ticket.state not in OPEN_STATES:
                reasons[ticket.id] = ticket._closed_message()
            elif not ticket._is_responder(user) and not ticket._is_handler(user):
                reasons[ticket.id] = self.env._(
                    "calls are logged by technicians of the team %s.",
                    ticket.team_id.name or "",
                )
        return reasons

    def _get_cannot_approve_reason(self):
        user = self.env.user
        # While the approver is on leave, the desk's managers may decide.
        away = get_absent(self.approver_id) if self._is_manager(user) else ()
        reasons = {}
        for ticket in self:
            approver = ticket.approver_id
            if user.partner_id == ticket.partner_id or user in (
                ticket.create_uid | ticket.user_id
            ):
                reasons[ticket.id] = self.env._(
                    "you asked for it, filed it or work on it; %s decides.",
                    approver.name or self.env._("a manager of the service desk"),
                )
            elif approver and user != approver and approver not in away:
                reasons[ticket.id] = self.env._(
                    "%s, the requester's manager or a deputy, decides.",
                    approver.name,
                )
            elif not approver and not self._is_manager(user):
                reasons[ticket.id] = self.env._(
                    "the requester has no manager on record, or none who decided in "
                    "time, so a manager of the service desk decides."
                )
        return reasons

    def _get_cannot_refuse_reason(self):
        return self._get_cannot_approve_reason()

    def _get_cannot_handle_reason(self):
        """Say who works on the ticket, to those who do not."""
        user = self.env.user
        reasons = {}
        for ticket in self:
            if user.partner_id == ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "you asked for it, so a technician must do this."
                )
            elif not ticket._is_handler(user):
                reasons[ticket.id] = (
                    self.env._(
                        "%s works on it, with the collaborators called in; ask there.",
                        ticket.user_id.name,
                    )
                    if ticket.user_id
                    else self.env._("nobody works on it yet; take it first.")
                )
        return reasons

    def _get_cannot_start_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_pend_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_resume_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_solve_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_escalate_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            if ticket.state not in WORK_STATES:
                reasons[ticket.id] = self.env._(
                    "only work that has begun is escalated; take it first."
                )
            elif user.partner_id == ticket.partner_id or not ticket._is_answerable(
                user
            ):
                reasons[ticket.id] = self.env._(
                    "%s owns it and hands it on, or the team's lead does.",
                    ticket.user_id.name,
                )
        return reasons

    def _get_cannot_sign_off_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            if ticket.state != "solved":
                reasons[ticket.id] = self.env._("only a solved ticket is signed off.")
            elif ticket._is_worker(user):
                reasons[ticket.id] = self.env._(
                    "you worked on it, so you can neither sign it off nor rate it."
                )
            elif user.partner_id != ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "%s asked for it and signs it off.", ticket.partner_id.name
                )
        return reasons

    def _get_cannot_refuse_solution_reason(self):
        return self._get_cannot_sign_off_reason()

    def _get_cannot_sign_off_at_desk_reason(self):
        reasons = self._get_cannot_handle_reason()
        for ticket in self:
            if ticket.state != "solved":
                reasons[ticket.id] = self.env._("only a solved ticket is signed off.")
        return reasons

    def _get_cannot_reopen_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            if ticket.state not in ("solved", "closed"):
                reasons[ticket.id] = self.env._(
                    "only a solved or closed ticket is taken up again."
                )
            elif user.partner_id != ticket.partner_id and not ticket._is_answerable(
                user
            ):
                reasons[ticket.id] = self.env._(
                    "%(requester)s, %(owner)s or the team's lead can reopen it.",
                    requester=ticket.partner_id.name,
                    owner=ticket.user_id.name,
                )
        return reasons

    def _get_cannot_cancel_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            may = (
                user.partner_id == ticket.partner_id
                # An automation on what came by mail.
                or user.id == SUPERUSER_ID
                or ticket._is_handler(user)
                or (not ticket.user_id and ticket._is_responder(user))
            )
            if not may:
                reasons[ticket.id] = self.env._(
                    "its requester or those who handle it can cancel it."
                )
        return reasons

    def _closed_message(self):
        return self.env._(
            'it is "%s"; only an open ticket can be worked on.',
            self._flow_state_label(self.state),
        )
