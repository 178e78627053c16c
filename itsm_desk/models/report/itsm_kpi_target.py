from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.working_days import get_day


class ItsmKpiTarget(models.Model):
    """What a figure should be: for the company, a team, a service or a person.

    The narrowest one holds: person, service, team, company. Supervisors read them,
    managers write them; a technician reads those of the company, the teams and the own
    one. Beside each stands the figure of the running month, for those who may read all
    that it is made of: a technician sees the own one, a lead those of the team.
    """

    _name = "itsm.kpi.target"
    _description = "Target of a KPI"
    _order = "kpi_id, date_from desc, id"
    _rec_name = "kpi_id"
    _check_company_auto = True

    kpi_id = fields.Many2one(
        comodel_name="itsm.kpi", string="KPI", required=True, index=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team", check_company=True, index="btree_not_null"
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service", check_company=True, index="btree_not_null"
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician",
        index="btree_not_null",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    value = fields.Float(required=True, aggregator=None, digits=(16, 2))
    unit = fields.Selection(related="kpi_id.unit")
    direction = fields.Selection(related="kpi_id.direction")
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", help="Empty: until further notice.")
    current_value = fields.Float(
        string="This Month",
        compute="_compute_current_value",
        digits=(16, 2),
        help="Of the days that were counted; empty where nothing was, or where you do "
        "not read all of it.",
    )
    current_status = fields.Selection(
        selection=[("met", "Target Met"), ("missed", "Target Missed")],
        string="Status",
        compute="_compute_current_value",
    )

    _one_scope = models.Constraint(
        "CHECK (num_nonnulls(team_id, service_id, user_id) <= 1)",
        "A target is for a team, a service or a person, or for the whole company.",
    )
    _dates = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A target ends after it begins.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("value", "kpi_id", "team_id", "service_id", "user_id", "company_id")
    @api.depends_context("uid")
    def _compute_current_value(self):
        facts = self.env["itsm.kpi.day"]
        for target in self:
            target.current_value, target.current_status = 0.0, False
            if not target.kpi_id or not target._is_figure_read():
                continue
            today = get_day(target.company_id, fields.Datetime.now())
            domain = [
                ("kpi_id", "=", target.kpi_id.id),
                ("company_id", "=", target.company_id.id),
                ("day", ">=", today.replace(day=1)),
            ]
            for name in ("team_id", "service_id", "user_id"):
                if target[name]:
                    domain.append((name, "=", target[name].id))
            ((value, sample),) = facts._read_group(
                domain, [], ["value:avg", "sample:sum"]
            )
            # A mean of nothing open is a figure; of no case there is none.
            if value is None or not (sample or target.kpi_id.kind == "level"):
                continue
            target.current_value = value
            is_met = (
                value >= target.value
                if target.direction == "higher"
                else value <= target.value
            )
            target.current_status = "met" if is_met else "missed"

    def _is_figure_read(self):
        """Whether the acting user reads every fact that the figure is made of."""
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_groups(
            "itsm_desk.group_itsm_manager,itsm_desk.group_itsm_quality"
        ):
            return True
        return bool(self.user_id == user or self.team_id.leader_id == user)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains(
        "kpi_id",
        "company_id",
        "team_id",
        "service_id",
        "user_id",
        "date_from",
        "date_to",
    )
    def _check_one_at_a_time(self):
        """On no day two targets hold for the same figure and scope."""
        for target in self:
            others = self.search(
                [
                    ("id", "!=", target.id),
                    ("kpi_id", "=", target.kpi_id.id),
                    ("company_id", "=", target.company_id.id),
                    ("team_id", "=", target.team_id.id),
                    ("service_id", "=", target.service_id.id),
                    ("user_id", "=", target.user_id.id),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", target.date_from),
                ]
            )
            if target.date_to:
                others = others.filtered(
                    lambda other, end=target.date_to: other.date_from <= end
                )
            if others:
                raise ValidationError(
                    self.env._(
                        "%(kpi)s has a target from %(day)s on already. End that one "
                        "before a new one begins.",
                        kpi=target.kpi_id.name,
                        day=others[0].date_from,
                    )
                )
