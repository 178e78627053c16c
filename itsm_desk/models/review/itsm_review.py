import logging
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date
from odoo.tools.date_utils import to_timezone

from ..base.grants import is_server_act, server_create, server_write
from ..base.working_days import get_day
from ..report.kpi_days import Scope
from .review_queries import find_cases

_logger = logging.getLogger(__name__)

MANAGER = "itsm_desk.group_itsm_manager"
PLACE = frozenset({"planned_at", "duration", "participant_ids", "team_id"})
"""What the event in the calendars shows."""
TYPE = "itsm_desk.mail_activity_type_review"


class ItsmReview(models.Model):
    """A discussion of a month's incidents: what happened, and what would be better.

    States: draft -> done. Prepared by queries (missed targets, refused solutions, worst
    silence, requesters who came again), to which the chair adds tickets. Each is a case
    with the timeline of its ticket. What is agreed are activities with a due date.

    ================  ===========================  ==============================
    Right             Who                          Restriction
    ================  ===========================  ==============================
    create            supervisors                  chairs it
    read              chair, participants          own
    read              managers, quality            of the company
    write, done       the chair; managers          as a draft
    better way,       participants                 as a draft
    article
    delete            the chair; managers          drafts
    ================  ===========================  ==============================

    A job opens the review of the last month for each team that has a lead.
    """

    _name = "itsm.review"
    _description = "Review of Incidents"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "month desc, id desc"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {"draft": {"done"}, "done": set()}
    _flow_verbs = {"done": "done"}
    _flow_required = {"done": ("minutes",)}
    _flow_system_fields = frozenset({"event_id", "done_at", "done_by_id"})
    _flow_content_fields = PLACE | {"month", "company_id", "chair_id", "minutes"}
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # Who meets when
    month = fields.Date(
        required=True,
        default=lambda self: self._default_month(),
        help="The first day of the month that is talked about.",
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        check_company=True,
        index="btree_not_null",
        help="Empty: the tickets of all teams.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    chair_id = fields.Many2one(
        comodel_name="res.users",
        string="Chair",
        required=True,
        default=lambda self: self.env.user,
        index=True,
    )
    participant_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_review_participant_rel",
        string="Participants",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    planned_at = fields.Datetime(string="Planned for", index="btree_not_null")
    duration = fields.Float(string="Hours", default=1.0)
    event_id = fields.Many2one(
        comodel_name="calendar.event",
        string="In the Calendar",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    # What is talked about
    state = fields.Selection(
        selection=[("draft", "Draft"), ("done", "Done")],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    case_ids = fields.One2many(
        comodel_name="itsm.review.case",
        inverse_name="review_id",
        string="Cases",
        copy=False,
    )
    ticket_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        string="Tickets",
        compute="_compute_ticket_ids",
        inverse="_inverse_ticket_ids",
    )
    ticket_count = fields.Integer(
        string="Number of Tickets", compute="_compute_ticket_ids"
    )
    minutes = fields.Text(
        string="Minutes of the Meeting",
        copy=False,
        help="What was said beside the cases.",
    )
    action_ids = fields.One2many(
        comodel_name="itsm.review.action",
        inverse_name="review_id",
        string="Actions",
        copy=False,
    )
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)
    done_by_id = fields.Many2one(
        comodel_name="res.users", string="Closed by", readonly=True, copy=False
    )

    # What the acting user may do now
    can_done = fields.Boolean(compute="_compute_flow_can")
    is_chair = fields.Boolean(compute="_compute_is_chair")

    _first_day = models.Constraint(
        "CHECK (extract(day FROM month) = 1)",
        "The month is named by its first day.",
    )
    _month_idx = models.Index("(company_id, month, team_id)")

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_month(self):
        today = get_day(self.env.company, fields.Datetime.now())
        return today.replace(day=1) - relativedelta(months=1)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "chair_id")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("chair_id")
    @api.depends_context("uid")
    def _compute_is_chair(self):
        for review in self:
            review.is_chair = review._may_chair()

    @api.depends("case_ids.ticket_id")
    def _compute_ticket_ids(self):
        for review in self:
            review.ticket_ids = review.case_ids.ticket_id
            review.ticket_count = len(review.case_ids)

    def _inverse_ticket_ids(self):
        for review in self:
            wanted, cases = review.ticket_ids, review.case_ids
            cases.filtered(lambda case, w=wanted: case.ticket_id not in w).unlink()
            self.env["itsm.review.case"].create(
                [
                    {"review_id": review.id, "ticket_id": ticket.id}
                    for ticket in wanted - cases.ticket_id
                ]
            )

    @api.depends("month", "team_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for review in self:
            # sudo: the name of the team that the review is of
            team = review.sudo().team_id.name or self.env._("all teams")
            month = review.month and format_date(
                self.env, review.month, date_format=self.env._("MMMM y")
            )
            review.display_name = self.env._(
                "Review %(month)s, %(team)s", month=month or "", team=team
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = is_server_act(self.browse())
        reviews = super().create(vals_list)
        if not is_server:
            reviews._check_chair()
        # sudo: the event in the calendars follows from the review
        reviews.sudo()._plan_event()
        return reviews

    def write(self, vals):
        if not is_server_act(self):
            self._check_writer(vals)
        is_server = is_server_act(self)
        result = super().write(vals)
        if "team_id" in vals and not is_server:
            self._check_team()
        if PLACE.intersection(vals):
            # sudo: as above
            self.sudo()._plan_event()
        return result

    def unlink(self):
        # sudo: the event in the calendars goes with its review
        events = self.sudo().event_id
        result = super().unlink()
        events.with_context(no_mail_to_attendees=True).unlink()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_done(self):
        """Close it with its minutes."""
        return self._take_step("done")

    def action_prepare(self):
        """Look for the tickets of the month that are worth talking about."""
        self.check_access("write")
        for review in self:
            if not review._may_chair() or review.state != "draft":
                raise UserError(
                    self.env._(
                        "%(review)s: %(chair)s prepares it, while it is a draft.",
                        review=review._flow_names(),
                        chair=review.chair_id.name,
                    )
                )
        # sudo: queries look at all tickets of the team; who reads one is asked there
        self.sudo()._find_cases()
        return True

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _get_cannot_done_reason(self):
        return {
            review.id: self.env._(
                "%s chairs it and closes it; a manager of the desk may, too.",
                review.chair_id.name,
            )
            for review in self
            if not review._may_chair()
        }

    def _flow_get_hook_records(self):
        # sudo: what follows from the step is not its taker's to choose
        return self.sudo()

    def _on_enter_done(self, origins):
        server_write(
            self, {"done_at": fields.Datetime.now(), "done_by_id": self.env.uid}
        )
        self.activity_unlink([TYPE])

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_open(self):
        """Open and prepare the review of the last month for each team with a lead."""
        teams = self.env["itsm.team"].search([("leader_id", "!=", False)], order="id")
        due = [team for team in teams if self._is_due(team)]
        for left, team in zip(range(len(due) - 1, -1, -1), due, strict=True):
            try:
                with self.env.cr.savepoint():
                    self._open(team)
            except Exception:
                _logger.exception("Review of team %s was left", team.id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _get_last_month(self, company):
        today = get_day(company, fields.Datetime.now())
        return today.replace(day=1) - relativedelta(months=1)

    @api.model
    def _is_due(self, team):
        """Whether the team had tickets in the last month and has no review of it."""
        company = team.company_id
        month = self._get_last_month(company)
        if team.reviewed_month and team.reviewed_month >= month:
            return False
        return not self.search_count(
            [("team_id", "=", team.id), ("month", "=", month)], limit=1
        ) and self.env["itsm.ticket.event"].search_count(
            [
                ("company_id", "=", company.id),
                ("team_id", "=", team.id),
                ("at", ">=", month),
            ],
            limit=1,
        )

    @api.model
    def _open(self, team):
        review = server_create(
            self,
            {
                "team_id": team.id,
                "company_id": team.company_id.id,
                "month": self._get_last_month(team.company_id),
                "chair_id": team.leader_id.id,
                "participant_ids": [Command.set(team.member_ids.ids)],
            },
        )
        # One that is deleted is not opened again.
        team.reviewed_month = review.month
        review._find_cases()
        review.activity_schedule(TYPE, user_id=team.leader_id.id)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _may_chair(self):
        self.ensure_one()
        return self.chair_id == self.env.user or self._flow_user_in(MANAGER)

    def _check_chair(self):
        for review in self:
            if not review._may_chair():
                raise AccessError(
                    self.env._("Whoever opens a review of incidents chairs it.")
                )
        self._check_team()

    def _check_team(self):
        """Refuse reviews of tickets that the acting user does not lead."""
        for review in self:
            # sudo: who leads the team, whoever reads teams
            team = review.sudo().team_id
            if self.env.user not in team.leader_id | team.deputy_id and (
                not review._flow_user_in(MANAGER)
            ):
                raise AccessError(
                    self.env._(
                        "The lead or deputy of a team opens the review of its "
                        "incidents, a manager of the desk that of any team or of all."
                    )
                )

    def _check_writer(self, vals):
        names = self._flow_content_fields | {"case_ids", "action_ids", "ticket_ids"}
        if names.intersection(vals):
            for review in self:
                if not review._may_chair():
                    raise AccessError(
                        self.env._(
                            "%s chairs the review and writes it. Participants write "
                            "the better way beside a case.",
                            review.chair_id.name,
                        )
                    )

    def _get_people(self):
        """Return who takes part."""
        return self.chair_id | self.participant_ids

    def _find_cases(self):
        """Add the cases that queries find; those that are there stay."""
        for review in self:
            company = review.company_id
            zone = company._itsm_zone()
            start, end = (
                to_timezone(None)(zone.localize(datetime.combine(day, time.min)))
                for day in (review.month, review.month + relativedelta(months=1))
            )
            scope = Scope(company.id, review.month, start, end)
            known = set(review.case_ids.ticket_id.ids)
            rows = [
                {**row, "review_id": review.id}
                for row in find_cases(self.env, scope, review.team_id)
                if row["ticket_id"] not in known
            ]
            if rows:
                server_create(self.env["itsm.review.case"], rows)

    def _plan_event(self):
        """Put the meeting into the calendars of all who take part."""
        events = self.env["calendar.event"].with_context(no_mail_to_attendees=True)
        for review in self.filtered(lambda item: item.state == "draft"):
            if not review.planned_at:
                events.browse(review.event_id.id).unlink()
                continue
            values = {
                "name": review.display_name,
                "start": review.planned_at,
                "stop": review.planned_at + timedelta(hours=review.duration or 1.0),
                "user_id": review.chair_id.id,
                "partner_ids": [Command.set(review._get_people().partner_id.ids)],
            }
            if review.event_id:
                review.event_id.with_context(no_mail_to_attendees=True).write(values)
            else:
                server_write(review, {"event_id": events.create(values).id})


class ItsmReviewAction(models.Model):
    """What was agreed in a review: who does what until when.

    Read by whoever reads the review. Written by its chair while it is a draft; the
    responsible or the chair says when it is done.
    """

    _name = "itsm.review.action"
    _inherit = "itsm.agreed.mixin"
    _description = "Action of a Review"
    _check_company_auto = True

    _agreed_parent = "review_id"
    _agreed_type = "itsm_desk.mail_activity_type_review_action"

    review_id = fields.Many2one(
        comodel_name="itsm.review",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="review_id.company_id", store=True)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_chairs(self):
        return self.review_id.chair_id

    def _get_cannot_agree_reason(self):
        # sudo: the review decides, whoever asks
        review = self.sudo().review_id
        if not review.with_user(self.env.user)._may_chair():
            return self.env._("%s writes down what is agreed.", review.chair_id.name)
        if review.state != "draft":
            return self.env._("the review is done, and what was agreed stays.")
        # sudo: as above, for the action
        if self.sudo().user_id not in review._get_people():
            return self.env._("the responsible is one of those who take part.")
        return None
