from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...tools.sla_clock import WARN_PERCENT
from ..base.selections import PRIORITIES, SUPPORT_LEVELS, TICKET_TYPES

KINDS = [("response", "Response"), ("resolution", "Resolution")]
"""What the clocks of a ticket measure; levels have ``itsm.level.stay``."""


class Target(NamedTuple):
    """A target of a policy as plain data."""

    line_id: int
    kind: str
    seconds: int
    warn_percent: int
    calendar_id: int | bool


class PolicyRule(NamedTuple):
    """A policy as plain data, for matching without queries.

    The criteria carry the names of the policy's fields.
    """

    service_ids: frozenset
    department_ids: frozenset
    team_ids: frozenset
    ticket_type: str | bool
    priority: str | bool
    targets: tuple

    def matches(self, service, departments, team, ticket_type, priority):
        """Whether a ticket with these ids and values is meant.

        :param departments: ids of the ticket's department and all above it
        """
        return (
            (not self.service_ids or service in self.service_ids)
            and (
                not self.department_ids
                or not self.department_ids.isdisjoint(departments)
            )
            and (not self.team_ids or team in self.team_ids)
            and self.ticket_type in (False, ticket_type)
            and self.priority in (False, priority)
        )


CRITERIA = tuple(name for name in PolicyRule._fields if name != "targets")


class ItsmSlaPolicy(models.Model):
    """How fast tickets of a certain kind have to be answered and solved.

    A policy without criteria holds for all tickets of the company. For each kind of
    target the most specific policy that has one wins: the one with most criteria, then
    the first in the list. A change of a policy concerns tickets filed or changed after
    it. A support level and a vendor may have targets of their own, which start when
    the ticket is handed over to them.
    """

    _name = "itsm.sla.policy"
    _description = "Service Level Policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty for a policy that holds in all companies.",
    )
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        check_company=True,
        domain="[('flexible_hours', '=', False)]",
        index="btree_not_null",
        help="The hours in which the clocks run. Empty: those of the ticket's team, "
        "then those of the company.",
    )
    line_ids = fields.One2many(
        comodel_name="itsm.sla.policy.line",
        inverse_name="policy_id",
        string="Targets",
        copy=True,
    )

    # Which tickets are meant
    service_ids = fields.Many2many(
        comodel_name="itsm.service",
        relation="itsm_sla_policy_service_rel",
        column1="policy_id",
        column2="service_id",
        string="Services",
        check_company=True,
    )
    department_ids = fields.Many2many(
        comodel_name="hr.department",
        relation="itsm_sla_policy_department_rel",
        column1="policy_id",
        column2="department_id",
        string="Departments",
        check_company=True,
        help="Departments of the requester, with those below them.",
    )
    team_ids = fields.Many2many(
        comodel_name="itsm.team",
        relation="itsm_sla_policy_team_rel",
        column1="policy_id",
        column2="team_id",
        string="Teams",
        check_company=True,
    )
    ticket_type = fields.Selection(selection=TICKET_TYPES, string="Type")
    priority = fields.Selection(selection=PRIORITIES)
    criteria_count = fields.Integer(
        string="Criteria",
        compute="_compute_criteria_count",
        help="How many criteria are set: the more, the more specific the policy.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(*CRITERIA)
    def _compute_criteria_count(self):
        for policy in self:
            policy.criteria_count = sum(bool(policy[name]) for name in CRITERIA)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("calendar_id")
    def _check_calendar_id(self):
        for policy in self:
            if policy.calendar_id.flexible_hours:
                raise ValidationError(
                    self.env._(
                        '%(policy)s: "%(calendar)s" has flexible hours, in which no '
                        "deadline can be computed. Choose a calendar with fixed hours.",
                        policy=policy.name,
                        calendar=policy.calendar_id.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self.env.registry.clear_cache()
        return policies

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache("company_id")
    def _get_rules(self, company_id):
        """Return the policies of a company as data, the most specific first."""
        policies = self.search([("company_id", "in", [company_id, False])])
        return tuple(
            PolicyRule(
                service_ids=frozenset(policy.service_ids.ids),
                department_ids=frozenset(policy.department_ids.ids),
                team_ids=frozenset(policy.team_ids.ids),
                ticket_type=policy.ticket_type,
                priority=policy.priority,
                targets=tuple(
                    Target(
                        line_id=line.id,
                        kind=line.kind,
                        seconds=round(line.target_hours * 3600),
                        warn_percent=line.warn_percent,
                        calendar_id=policy.calendar_id.id,
                    )
                    for line in policy.line_ids
                ),
            )
            for policy in policies.sorted(lambda policy: -policy.criteria_count)
        )

    @api.model
    def _get_targets(self, tickets):
        """Return ``{(ticket id, kind): Target}`` for what holds for each ticket."""
        result = {}
        for ticket in tickets:
            path = ticket.department_id.parent_path or ""
            facts = (
                ticket.service_id.id,
                [int(part) for part in path.split("/") if part],
                ticket.team_id.id,
                ticket.ticket_type,
                ticket.priority,
            )
            for rule in self._get_rules(ticket.company_id.id):
                if rule.matches(*facts):
                    for target in rule.targets:
                        result.setdefault((ticket.id, target.kind), target)
        return result


class ItsmSlaPolicyLine(models.Model):
    """A target of a policy: the working time until an answer, a solution, a hand-over.

    Those of levels are agreed inside the company, that of a vendor holds where the
    contact of the vendor names no hours.
    """

    _name = "itsm.sla.policy.line"
    _description = "Service Level Target"
    _order = "policy_id, kind desc, id"

    policy_id = fields.Many2one(
        comodel_name="itsm.sla.policy",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    kind = fields.Selection(
        selection=[*KINDS, *SUPPORT_LEVELS],
        string="Clock",
        required=True,
        help="Response: until a technician answers the requester. "
        "Resolution: until the ticket is solved. A level: from the hand-over to it "
        "until it hands the ticket on or solves it.",
    )
    target_hours = fields.Float(
        string="Target",
        required=True,
        aggregator=None,
        help="In hours and minutes of working time.",
    )
    warn_percent = fields.Integer(
        string="Warn at (%)",
        default=WARN_PERCENT,
        aggregator=None,
        help="The owner is warned when this share of the target is used up. "
        "Zero: no warning.",
    )

    _kind_uniq = models.UniqueIndex(
        "(policy_id, kind)",
        "A policy has one target of each kind.",
    )
    _target_positive = models.Constraint(
        "CHECK (target_hours >= 0)",
        "A target cannot be negative.",
    )
    _warn_percent_range = models.Constraint(
        "CHECK (warn_percent BETWEEN 0 AND 99)",
        "Warn before the target is used up: from 0 (never) to 99 percent.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("policy_id", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            line.display_name = f"{line.policy_id.name}: {labels.get(line.kind, '')}"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env.registry.clear_cache()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
