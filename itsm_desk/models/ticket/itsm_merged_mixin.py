from contextvars import ContextVar

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.selections import OPEN_STATES
from ..chat.itsm_chat_person import note_person
from ..event.recording import recorded_as

_is_copying = ContextVar("itsm_ticket_copying", default=False)


def is_copying():
    """Whether tickets are duplicated now: nobody has answered the copies."""
    return _is_copying.get()


def merge_tickets(tickets, target):
    """End tickets as duplicates of ``target``, which goes on for all who asked.

    A function, as evaluated code can call methods of records.

    :param tickets: in sudo; that the acting user may was judged by the caller
    """
    env = tickets.env
    for ticket in tickets:
        target.message_subscribe(partner_ids=ticket.partner_id.ids)
        words = ticket.description
        target.message_post(
            body=env._(
                "%(ticket)s of %(requester)s was merged into this one: %(subject)s",
                ticket=ticket._get_html_link(title=ticket.name),
                requester=ticket.partner_id.name,
                subject=ticket.subject,
            )
            + (Markup() if is_html_empty(words) else words),
            subtype_xmlid="mail.mt_note",
        )
        if equipment := ticket.equipment_ids - target.equipment_ids:
            links = [fields.Command.link(res_id) for res_id in equipment.ids]
            server_write(target, {"equipment_ids": links})
        server_write(ticket, {"merged_into_id": target.id})
        if person := ticket._get_told_person():
            note_person(target, person)
        reason = env._(
            "It is the same as %s, in which the work goes on. You are told there what "
            "becomes of it.",
            target.name,
        )
        # The owner first: whose misses they are is asked while the ticket ends.
        server_write(ticket, {"state": "cancelled", "stop_reason": reason})
        server_write(ticket, {"user_id": False})


def assign_tickets(tickets, user, reason):
    """Make ``user`` the owner, as whoever leads decided.

    A function, as evaluated code can call methods of records. The activity tells the
    new owner, and Odoo's own mail to who is assigned is left out.

    :param tickets: in sudo; that the acting user may was judged by the caller
    """
    tickets._end_calls()
    for ticket in tickets.with_context(mail_auto_subscribe_no_notify=True):
        state = {"state": "assigned"} if ticket.state == "new" else {}
        others = ticket.collaborator_ids - user
        with recorded_as(reason=reason):
            server_write(ticket, {"user_id": user.id, **state})
        if others != ticket.collaborator_ids:
            links = [fields.Command.set(others.ids)]
            server_write(ticket, {"collaborator_ids": links})
        ticket.activity_schedule(
            "itsm_desk.mail_activity_type_assigned",
            user_id=user.id,
            summary=ticket.env._("Given to you: %s", ticket.subject),
            note=reason,
        )


class ItsmMergedMixin(models.AbstractModel):
    """A ticket that is merged into another one, or given to another owner.

    A duplicate is ended and linked. Its messages, files and history stay with it, its
    requester follows the other ticket, and what the requester still writes goes there.
    """

    _name = "itsm.merged.mixin"
    _description = "Merged and Reassigned"

    merged_into_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="Duplicate of",
        copy=False,
        readonly=True,
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="The ticket in which the work goes on.",
    )
    merged_ids = fields.One2many(
        comodel_name="itsm.ticket",
        inverse_name="merged_into_id",
        string="Duplicates",
        readonly=True,
        copy=False,
    )
    merged_count = fields.Integer(
        string="Number of Duplicates", compute="_compute_merged_count"
    )
    can_merge = fields.Boolean(compute="_compute_flow_can")
    can_reassign = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def copy(self, default=None):
        """Duplicate; whoever does it owns and answers nothing by that."""
        token = _is_copying.set(True)
        try:
            return super().copy(default)
        finally:
            _is_copying.reset(token)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_merged_count(self):
        counts = dict(
            self._read_group(
                [("merged_into_id", "in", self.ids)], ["merged_into_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.merged_count = counts.get(ticket._origin, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_merge(self, ticket_id):
        """End these tickets as duplicates of another one.

        :param int ticket_id: the open ticket in which the work goes on
        """
        self.check_access("read")
        self._flow_check_can("merge")
        target = self._browse_argument("itsm.ticket", ticket_id)
        # sudo: who may merge was judged; who reads both was checked
        tickets, target = self.sudo(), target.sudo()
        tickets._check_merge_target(target)
        merge_tickets(tickets, target)
        return True

    def action_reassign(self, user_id, reason):
        """Give tickets to another owner, as whoever leads the team.

        :param int user_id: the new owner, a technician
        :param str reason: read by the new owner, and kept in the history
        """
        self.check_access("read")
        self._flow_check_can("reassign")
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        # sudo: whoever leads need not read all of the person; who it is is judged next
        tickets = self.sudo()
        user = tickets._browse_argument("res.users", user_id)
        for ticket in tickets:
            if not user or not ticket._may_take_over(user) or user == ticket.user_id:
                raise UserError(
                    self.env._(
                        "%(ticket)s cannot be given to %(name)s. Choose another "
                        "technician of the company, who did not ask for it.",
                        ticket=ticket.display_name,
                        name=user.name or self.env._("nobody"),
                    )
                )
        assign_tickets(tickets, user, reason)
        return True

    def action_view_merged(self):
        """Open the tickets that were merged into this one."""
        check_one(self)
        self.check_access("read")
        return self._get_tickets_action([("merged_into_id", "=", self.id)])

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_merge_reason(self):
        user = self.env.user
        busy = self._get_vendor_job().ticket_id | self._get_waiting_for_stock()
        reasons = {}
        for ticket in self:
            if ticket.state not in OPEN_STATES:
                reasons[ticket.id] = ticket._closed_message()
            elif not (
                ticket._is_handler(user)
                if ticket.user_id
                else ticket._is_responder(user)
            ):
                reasons[ticket.id] = self.env._(
                    "those who handle it merge it; %s owns it.",
                    ticket.user_id.name or self.env._("nobody"),
                )
            elif ticket._origin in busy:
                reasons[ticket.id] = self.env._(
                    "a vendor has it, or it waits for stock. Take that back first."
                )
        return reasons

    def _get_cannot_reassign_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self:
            if ticket.state not in OPEN_STATES:
                reasons[ticket.id] = ticket._closed_message()
            elif user.partner_id == ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "you asked for it, so somebody else decides who works on it."
                )
            elif not ticket._is_lead(user) and user != ticket.team_id.deputy_id:
                reasons[ticket.id] = self.env._(
                    "%s leads the team and gives it to somebody else.",
                    ticket.team_id.leader_id.name
                    or self.env._("a manager of the service desk"),
                )
        return reasons

    def _check_merge_target(self, target):
        user = self.env.user
        if not target:
            raise self._flow_missing_error([self.env._("Duplicate of")])
        if target in self:
            raise UserError(
                self.env._("%s is not its own duplicate.", target.display_name)
            )
        if target.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%s belongs to another company. Choose a ticket of the same one.",
                    target.name,
                )
            )
        if target.state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "%(ticket)s: %(reason)s",
                    ticket=target.display_name,
                    reason=target._closed_message(),
                )
            )
        if not (target._is_handler(user) or target._is_responder(user)):
            raise UserError(
                self.env._(
                    "%(ticket)s: only technicians of the team %(team)s merge into it.",
                    ticket=target.display_name,
                    team=target.team_id.name or "",
                )
            )

        self._check_merged_people(target)

    def _check_merged_people(self, target):
        """Refuse to tell one customer what another one asked."""
        people = self.partner_id | target.partner_id
        # sudo: whether requesters are staff is asked for every technician
        employees = self.env["hr.employee"].sudo()
        employees = employees.search([("work_contact_id", "in", people.ids)])
        staff = employees.work_contact_id | people.filtered(
            lambda person: any(not user.share for user in person.user_ids)
        )
        for ticket in self:
            both = ticket.partner_id | target.partner_id
            if both - staff and len(both.commercial_partner_id) > 1:
                raise UserError(
                    self.env._(
                        "%(ticket)s is of %(one)s and %(target)s of %(other)s: they "
                        "are not of the same company, and would read of each other. "
                        "Work on both.",
                        ticket=ticket.name,
                        one=ticket.partner_id.name or "",
                        target=target.name,
                        other=target.partner_id.name or "",
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _pass_on(self, message, ticket, is_public=True):
        """Post a message of the requester to the ticket that takes this one's place.

        :param bool is_public: whether followers of that ticket are told; else those
            who work on it
        """
        # sudo: the files of a message whose author may be anybody
        files = message.sudo().attachment_ids
        people = ticket._get_desk_people().partner_id
        ticket.message_post(
            body=message.body,
            author_id=message.author_id.id,
            email_from=message.email_from,
            message_type=message.message_type if is_public else "comment",
            subtype_xmlid="mail.mt_comment" if is_public else "mail.mt_note",
            attachment_ids=files.copy({"res_id": ticket.id}).ids,
            partner_ids=[] if is_public else people.ids,
        )

    def _get_successor(self):
        """Return the ticket in which the work on this one goes on, or none."""
        self.ensure_one()
        successor, seen = self.merged_into_id, self
        while successor.merged_into_id and successor not in seen:
            seen |= successor
            successor = successor.merged_into_id
        return successor
