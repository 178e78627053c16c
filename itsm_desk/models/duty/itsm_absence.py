import logging
from datetime import datetime, time

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.one_record import check_one
from ..base.grants import server_create
from ..base.selections import OPEN_STATES
from ..base.working_days import get_day, get_local
from .duty_calls import call_for, end_calls_of_returned, find_left
from .on_duty import find_leaves

_logger = logging.getLogger(__name__)


class ItsmAbsence(models.Model):
    """An absent technician on one day, with the open tickets that he left.

    A scheduled job finds it at the start of his shift and hands the list to the lead,
    who gives the tickets to somebody else. Why he is away is not told.

    =======  ======================  ======================
    Right    Who                     Restriction
    =======  ======================  ======================
    read     supervisors             of teams that they lead
    read     managers                of the company
    change   nobody
    =======  ======================  ======================
    """

    _name = "itsm.absence"
    _inherit = ["itsm.server.rows.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Absent Technician"
    _order = "day desc, id desc"
    _rec_name = "user_id"
    _check_company_auto = True

    user_id = fields.Many2one(
        comodel_name="res.users", string="Absent", required=True, index=True
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    day = fields.Date(required=True)
    back_at = fields.Datetime(string="Away Until")
    ticket_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        relation="itsm_absence_ticket_rel",
        string="Open Tickets",
        check_company=True,
        help="What the absent person owned when the shift began.",
    )
    is_on_duty = fields.Boolean(
        string="Was on Duty", help="The rota names the person: plan somebody else."
    )
    left_count = fields.Integer(
        string="Still to Hand On",
        compute="_compute_left_count",
        help="Tickets of the list that are open and still owned by the absent person.",
    )

    _day_uniq = models.UniqueIndex(
        "(user_id, team_id, day)", "This absence is known already."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_left_count(self):
        for absence in self:
            absence.left_count = len(absence._get_left())

    def _get_left(self):
        self.ensure_one()
        return self.ticket_ids.filtered(
            lambda ticket: (
                ticket.user_id == self.user_id and ticket.state in OPEN_STATES
            )
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_tickets(self):
        """Open the tickets that are still to be given to somebody else."""
        check_one(self)
        self.check_access("read")
        action = self.env["itsm.ticket"]._get_tickets_action(
            [("id", "in", self._get_left().ids)]
        )
        return {**action, "name": self.env._("Tickets of %s", self.user_id.name)}

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_find(self):
        """Hand over the lists of those whose shift began and who are away.

        Those on duty are called no more for tickets of whoever is back.
        """
        end_calls_of_returned(self.env)
        now = fields.Datetime.now()
        teams = self.env["itsm.team"].search([("company_id", "!=", False)])
        people = teams.member_ids | teams.leader_id
        domain = Domain("resource_id.user_id", "in", people.ids)
        leaves = find_leaves(self.env, domain, now)
        for number, leave in enumerate(leaves, start=1):
            try:
                with self.env.cr.savepoint():
                    self._hand_over(leave, now)
            except Exception:
                _logger.exception("Leave %s: its tickets were not handed on", leave.id)
            left = len(leaves) - number
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Absences are read from the leaves of people. Enter a leave there."
        )

    @api.model
    def _hand_over(self, leave, now):
        """Make the lists of one absent person, one for each team, once a day."""
        user = leave.resource_id.user_id
        for team in user.itsm_team_ids:
            day = get_day(team.company_id, now)
            if not self._is_shift_begun(leave.resource_id, team.company_id, now):
                continue
            known = [("user_id", "=", user.id), ("team_id", "=", team.id)]
            if self.search_count([*known, ("day", "=", day)], limit=1):
                continue
            tickets = self.env["itsm.ticket"].search(
                [*known, ("state", "in", OPEN_STATES)]
            )
            rotas = self.env["itsm.rota"].search_count(
                [*known, ("date_from", "<=", leave.date_to), ("date_to", ">", now)],
                limit=1,
            )
            if not tickets and not rotas:
                continue
            absence = server_create(
                self,
                {
                    "user_id": user.id,
                    "team_id": team.id,
                    "company_id": team.company_id.id,
                    "day": day,
                    "back_at": leave.date_to,
                    "ticket_ids": [fields.Command.set(tickets.ids)],
                    "is_on_duty": bool(rotas),
                },
            )
            absence._call_lead()
            # Whoever is on duty is told, too: requesters write and call meanwhile.
            call_for(find_left(tickets))

    @api.model
    def _is_shift_begun(self, resource, company, now):
        """Whether the person would be working by now on this day."""
        calendar = resource.calendar_id or resource.company_id.resource_calendar_id
        if not calendar:
            return True
        end = get_local(company, now)
        start = company._itsm_zone().localize(
            datetime.combine(get_day(company, now), time.min)
        )
        if end <= start:
            return False
        public = [("resource_id", "=", False), ("time_type", "=", "leave")]
        worked = calendar._work_intervals_batch(
            start, end, resources=resource, domain=public
        )
        return bool(list(worked[resource.id]))

    def _call_lead(self):
        """Ask whoever leads the team to give the tickets to somebody else."""
        self.ensure_one()
        team = self.team_id
        leaders = (team.leader_id | team.deputy_id) - self.user_id
        for lead in leaders[:1] or self.ticket_ids[:1]._get_company_managers():
            self.activity_schedule(
                "itsm_desk.mail_activity_type_absence",
                user_id=lead.id,
                summary=self.env._(
                    "%(name)s is absent: %(count)s open tickets",
                    name=self.user_id.name,
                    count=len(self.ticket_ids),
                ),
            )
