from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_duration

from ...tools.party_time import Span, claim_working_hours, split_time
from ...tools.working_time import OutsideHorizonError
from .itsm_vendor_job import end_jobs, send_to_vendor

NOBODY = ("nobody", 0)
REQUESTER = ("requester", 0)


class ItsmVendorMixin(models.AbstractModel):
    """A ticket that its owner sends to a vendor, and whose the time of it was.

    Every working minute from the filing to the solution is somebody's: the
    requester's while the ticket waits for an answer or an approval, the vendor's while
    it is there, that of the team which escalated until the call is accepted, else that
    of the team. What falls outside the hours of the vendor is nobody's.
    """

    _name = "itsm.vendor.mixin"
    _description = "Sent to Vendors"

    vendor_job_ids = fields.One2many(
        comodel_name="itsm.vendor.job",
        string="At Vendors",
        compute="_compute_vendor_job_ids",
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )
    vendor_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        copy=False,
        readonly=True,
        index="btree_not_null",
        tracking=True,
        help="Whose people work on it beside its owner.",
    )
    vendor_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician of the Vendor",
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    is_with_vendor = fields.Boolean(
        string="With a Vendor",
        compute="_compute_is_with_vendor",
        search="_search_is_with_vendor",
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )
    time_by_party = fields.Char(
        string="Whose Time",
        compute="_compute_time_by_party",
        groups="itsm_desk.group_itsm_technician",
        help="Working time from the filing to the solution, by whose turn it was.",
    )
    can_send_to_vendor = fields.Boolean(compute="_compute_flow_can")
    can_take_back = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("vendor_partner_id")
    def _compute_vendor_job_ids(self):
        jobs = self.env["itsm.vendor.job"].search([("ticket_id", "in", self.ids)])
        by_ticket = jobs.grouped("ticket_id")
        for ticket in self:
            ticket.vendor_job_ids = by_ticket.get(ticket._origin, False)

    @api.depends("vendor_partner_id")
    def _compute_is_with_vendor(self):
        sent = self._get_vendor_job().ticket_id
        for ticket in self:
            ticket.is_with_vendor = ticket._origin in sent

    def _search_is_with_vendor(self, operator, value):
        if operator != "in":
            return NotImplemented
        jobs = self.env["itsm.vendor.job"].search([("returned_at", "=", False)])
        return [("id", "in", jobs.ticket_id.ids)]

    def _compute_time_by_party(self):
        for ticket in self:
            # sudo: whose time it was does not depend on the reader
            parts = ticket.sudo()._get_time_by_party() if ticket.id else {}
            ticket.time_by_party = ", ".join(
                f"{self._get_party_name(party)} "
                f"{format_duration(time.total_seconds() / 3600)}"
                for party, time in sorted(
                    parts.items(), key=lambda item: item[1], reverse=True
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send_to_vendor(self, partner_id, reason, user_id=None):
        """Let the people of a vendor work on it in the portal; the owner stays.

        :param int partner_id: the vendor
        :param str reason: what the vendor shall do
        :param int user_id: one person of the vendor, by default all who work on tickets
        """
        self.check_access("read")
        self._flow_check_can("send_to_vendor")
        reason = self._flow_clean_reason(self.env._("Task"), reason)
        partner = self._browse_argument("res.partner", partner_id)
        # sudo: technicians read no portal users; who they are is judged next
        tickets = self.sudo()
        partner = tickets.env["res.partner"].browse(partner.id).commercial_partner_id
        user = tickets._browse_argument("res.users", user_id)
        for company in tickets.company_id:
            people = partner._itsm_get_vendor_users(company)
            if not partner or not people or (user and user not in people):
                raise UserError(partner._itsm_get_no_people_text())
        for ticket in tickets:
            send_to_vendor(ticket, partner, user, reason)
        return True

    def action_take_back(self, reason):
        """Take it back from the vendor, who sees it no more."""
        self.check_access("read")
        self._flow_check_can("take_back")
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        self._end_vendor_jobs("taken_back", reason)
        return True

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_send_to_vendor_reason(self):
        reasons = self._get_cannot_escalate_reason()
        jobs = self._get_vendor_job().grouped("ticket_id")
        for ticket in self:
            if job := jobs.get(ticket._origin):
                reasons[ticket.id] = self.env._(
                    "%s has it. Take it back first.", job.partner_id.name
                )
        return reasons

    def _get_cannot_take_back_reason(self):
        user = self.env.user
        sent = self._get_vendor_job().ticket_id
        reasons = {}
        for ticket in self:
            if ticket._origin not in sent:
                reasons[ticket.id] = self.env._("no vendor has it.")
            elif user.partner_id == ticket.partner_id or not ticket._is_answerable(
                user
            ):
                reasons[ticket.id] = self.env._(
                    "%s owns it and takes it back, or the team's lead does.",
                    ticket.user_id.name,
                )
        return reasons

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_vendor_job(self):
        """Return the open job of each ticket that a vendor has now, in sudo."""
        # sudo: whether a vendor has it does not depend on the reader
        jobs = self.env["itsm.vendor.job"].sudo()
        return jobs.search([("ticket_id", "in", self.ids), ("returned_at", "=", False)])

    def _end_vendor_jobs(self, outcome, reason):
        end_jobs(self._get_vendor_job(), outcome, reason)

    def _is_vendor_technician(self, user):
        """Whether somebody of the vendor that has the ticket works on it."""
        self.ensure_one()
        job = self._get_vendor_job()
        if not job or job.user_id not in (user, user.browse()):
            return False
        return user in job.partner_id._itsm_get_vendor_users(job.company_id)

    def _is_vendor_address(self, address):
        """Whether ``address`` is that of somebody who works on it for the vendor.

        :param str address: whole, in lower case
        """
        self.ensure_one()
        if not address or not self._get_vendor_job():
            return False
        # sudo: a mail has no acting user who could read others
        users = self.env["res.users"].sudo()
        users = users.search(
            [("partner_id.email_normalized", "=", address), ("share", "=", True)],
            limit=5,
        )
        return any(self._is_vendor_technician(user) for user in users)

    # ------------------------------------------------------------
    # WHOSE TIME
    # ------------------------------------------------------------

    def _get_time_by_party(self):
        """Return ``{party: timedelta}`` of the working time up to the solution.

        A party is ``("team", id)``, ``("vendor", id)``, ``REQUESTER`` or ``NOBODY``.
        """
        self.ensure_one()
        events = self.event_ids.filtered(lambda one: not one.clock_id).sorted("id")
        if not events:
            return {}
        start = events[0].at
        end = self._get_time_end(events)
        calendar = (
            self.team_id.resource_calendar_id or self.company_id.resource_calendar_id
        )
        timeline = self.env["itsm.work.timeline"]._get_current(
            calendar, self.company_id
        )
        if not timeline or not end or end <= start:
            return {}
        try:
            periods = timeline._cover(start)._get_working_time().periods(start, end)
            claims = [
                *self._claim_waiting(end),
                *self._claim_vendors(end),
                *self._claim_calls(end),
                *self._claim_teams(events, end),
            ]
        except OutsideHorizonError:
            return {}
        return split_time(periods, claims, ("team", self.team_id.id))

    def _get_time_end(self, events):
        """Return when the work ended, or now."""
        if self.state in ("solved", "closed"):
            return self.solved_at
        if self.state in ("refused", "cancelled"):
            return events.filtered(lambda one: one.kind == "state")[-1:].at
        return fields.Datetime.now()

    def _claim_waiting(self, end):
        """Claim for the requester what waited for answer, approval or sign-off."""
        return [
            Span(start, until or end, REQUESTER)
            for start, until in self._get_waiting_pauses()
        ]

    def _get_waiting_pauses(self):
        """Return pairs (start, end) of what was the requester's turn; end may be None.

        The ticket waited for an answer or an approval, or was solved.
        """
        self.ensure_one()
        spans, since = [], None
        events = self.event_ids.filtered(lambda one: one.kind in ("filed", "state"))
        for event in events.sorted("id"):
            if since:
                spans.append((since, event.at))
            is_waiting = event.ticket_state in ("waiting_approval", "solved") or (
                event.ticket_state == "pending" and event.reason_id.resume_on_reply
            )
            since = event.at if is_waiting else None
        return [*spans, (since, None)] if since else spans

    def _get_vendor_pauses(self):
        """Return pairs (start, end) in which a vendor had the ticket."""
        self.ensure_one()
        if not self.vendor_partner_id:
            return []
        jobs = self.env["itsm.vendor.job"].search([("ticket_id", "=", self.id)])
        return [(job.sent_at, job.returned_at or None) for job in jobs]

    def _claim_vendors(self, end):
        spans = []
        for job in self.env["itsm.vendor.job"].search([("ticket_id", "=", self.id)]):
            line = job._get_working_time()
            until = min(job.returned_at or end, end)
            if line and job.sent_at < until:
                spans += claim_working_hours(
                    job.sent_at,
                    until,
                    line.periods(job.sent_at, until),
                    ("vendor", job.partner_id.id),
                    NOBODY,
                )
        return spans

    def _claim_calls(self, end):
        """Claim for the team that escalated until somebody takes over."""
        return [
            Span(
                call.called_at,
                call.accepted_at or call.declined_at or call.superseded_at or end,
                ("team", call.from_team_id.id),
            )
            for call in self.escalation_ids
            if call.from_team_id and call.called_at
        ]

    def _claim_teams(self, events, end):
        """Claim for each team the time in which the ticket was its own."""
        spans = []
        for event, following in zip(
            events, [*events[1:], events.browse()], strict=True
        ):
            if event.team_id:
                until = following.at or end
                spans.append(Span(event.at, until, ("team", event.team_id.id)))
        return spans

    @api.model
    def _get_party_name(self, party):
        kind, res_id = party
        if kind == "requester":
            return self.env._("Requester")
        if kind == "nobody":
            return self.env._("Outside the vendor's hours")
        model = {"team": "itsm.team", "vendor": "res.partner"}[kind]
        # sudo: names of teams and vendors of a ticket that the reader sees
        return self.env[model].sudo().browse(res_id).name or self.env._("No team")
