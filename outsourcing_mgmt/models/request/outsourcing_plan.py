from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from ...tools import shares
from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.groups import HR, MANAGER
from .request_checks import ASKED

# A contract in one of these states binds no money.
UNBOUND = ("draft", "to_sign", "cancelled")


class OutsourcingPlan(models.Model):
    """HR's outsourcing plan of one year: what each department may buy, and for what.

    draft -> approved -> closed. Requests draw on the lines of an approved plan; budget,
    requested, contracted and billed amounts stand beside each other.

    =======  ============  ==========================================================
    Action   Who           Restriction
    =======  ============  ==========================================================
    write    HR, manager   in draft
    approve  the reviews:  nobody who wrote a part of it or asked for the review; with
             HR, manager   lines
    reset    HR, manager   to change it: requests stay, and it is approved again
    close    HR, manager   nothing draws on it any more
    =======  ============  ==========================================================
    """

    _name = "outsourcing.plan"
    _description = "Outsourcing Plan"
    _inherit = ["outsourcing.tier.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "year desc, company_id, id"
    _check_company_auto = True

    _state_from = ["draft"]
    _state_to = ["approved"]

    _flow_transitions = {
        "draft": {"approved"},
        "approved": {"draft", "closed"},
        "closed": {"approved"},
    }
    _flow_verbs = {
        ("draft", "approved"): "approve",
        ("closed", "approved"): "reopen",
        "draft": "reset",
        "closed": "close",
    }
    _flow_groups = {
        "approve": (HR, MANAGER),
        "reopen": (HR, MANAGER),
        "reset": (HR, MANAGER),
        "close": (HR, MANAGER),
    }
    _flow_required = {"approved": ("line_ids",)}
    _flow_system_fields = frozenset({"approved_by_id", "approved_date"})
    _flow_content_fields = frozenset({"company_id", "line_ids", "note", "year"})
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(compute="_compute_name", store=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("approved", "Approved"),
            ("closed", "Closed"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    year = fields.Integer(
        required=True,
        default=lambda self: self.env.company._outsourcing_today().year,
        aggregator=None,
        tracking=True,
    )
    note = fields.Html(string="Remarks")
    line_ids = fields.One2many(
        comodel_name="outsourcing.plan.line", inverse_name="plan_id", copy=True
    )
    request_count = fields.Integer(compute="_compute_amounts", compute_sudo=True)
    budget_amount = fields.Monetary(
        string="Budget", compute="_compute_amounts", compute_sudo=True
    )
    requested_amount = fields.Monetary(
        string="Applied For", compute="_compute_amounts", compute_sudo=True
    )
    contracted_amount = fields.Monetary(
        string="Contracted", compute="_compute_amounts", compute_sudo=True
    )
    billed_amount = fields.Monetary(
        string="Billed", compute="_compute_amounts", compute_sudo=True
    )
    over_note = fields.Text(
        string="Over Budget", compute="_compute_amounts", compute_sudo=True
    )
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_date = fields.Datetime(readonly=True, copy=False)

    # UI
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")
    can_reopen = fields.Boolean(compute="_compute_flow_can")

    _year_once = models.Constraint(
        "UNIQUE (company_id, year)", "The company has a plan for this year already."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("year")
    def _compute_name(self):
        for plan in self:
            plan.name = str(plan.year or "")

    @api.depends_context("lang")
    @api.depends("line_ids.budget", "line_ids.request_ids.estimated_amount")
    def _compute_amounts(self):
        for plan in self:
            lines = plan.line_ids
            plan.request_count = len(lines.request_ids)
            plan.budget_amount = sum(lines.mapped("budget"))
            plan.requested_amount = sum(lines.mapped("requested_amount"))
            plan.contracted_amount = sum(lines.mapped("contracted_amount"))
            plan.billed_amount = sum(lines.mapped("billed_amount"))
            plan.over_note = "\n".join(
                self.env._(
                    "%(line)s: %(over)s over its budget of %(budget)s",
                    line=line.display_name,
                    over=plan.currency_id.format(-line.left_amount),
                    budget=plan.currency_id.format(line.budget),
                )
                for line in lines.filtered("is_over")
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("year")
    def _check_year(self):
        check_years(self, "year")

    @api.constrains("year", "company_id", "line_ids")
    def _check_requests(self):
        """Requests keep to the year and the company of the plan that they draw on."""
        # sudo: HR of one company plans; the requests follow it.
        for plan in self.sudo():
            strangers = plan.line_ids.request_ids.filtered(
                lambda request, plan=plan: (
                    request.company_id != plan.company_id
                    or request.plan_year != plan.year
                )
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "These requests draw on the plan of %(year)s: %(requests)s.",
                        year=strangers[0].plan_year,
                        requests=format_list(
                            self.env, strangers.mapped("display_name")
                        ),
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def copy_data(self, default=None):
        """A copy is the plan of the next year without one, its dates moved along."""
        values = super().copy_data(default)
        for plan, vals in zip(self, values, strict=True):
            if "year" in (default or {}):
                year = default["year"]
            else:
                plans = self.search([("company_id", "=", plan.company_id.id)])
                year = max(plans.mapped("year"), default=plan.year) + 1
            vals["year"] = year
            for command in vals.get("line_ids", ()):
                if day := command[2].get("date_start"):
                    command[2]["date_start"] = fields.Date.to_date(day) + relativedelta(
                        years=year - plan.year
                    )
        return values

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_approve(self):
        """Settle the own open reviews; with the last one requests draw on the plan."""
        return self._tier_approve()

    def action_reopen(self):
        """Let requests draw on a closed plan again."""
        return self._take_step("approved")

    def action_reset(self):
        """Take the plan back to change it; it has to be approved again."""
        return self._take_step("draft")

    def action_close(self):
        """End the plan: no request draws on it any more."""
        return self._take_step("closed")

    def action_view_requests(self):
        """Open the requests that draw on the plan."""
        check_one(self)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "outsourcing_mgmt.outsourcing_request_action"
            ),
            "domain": [("plan_line_id.plan_id", "=", self.id)],
            "context": {"default_plan_year": self.year},
        }

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_approve_reason(self):
        reasons = {}
        for plan in self:
            if self.env.user in plan._tier_get_excluded_users():
                reasons[plan.id] = self.env._(
                    "you wrote a part of it, or asked for its review; somebody else "
                    "approves it."
                )
            elif reason := plan._tier_get_cannot_cross_reason():
                reasons[plan.id] = reason
        return reasons

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_approved(self, origins):
        server_write(
            self,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )

    def _on_enter_draft(self, origins):
        self._tier_void_reviews(self.env._("the plan is changed"))


class OutsourcingPlanLine(models.Model):
    """What one department plans to buy of one category, with its budget.

    Obeys the plan: it changes only while the plan is a draft. Amounts are untaxed, in
    the currency of the company.
    """

    _name = "outsourcing.plan.line"
    _inherit = ["outsourcing.flow.line.mixin"]
    _description = "Line of an Outsourcing Plan"
    _order = "plan_id, department_id, sequence, id"
    _rec_names_search = ["name", "category_id.name"]
    _check_company_auto = True

    _flow_parent = "plan_id"
    _flow_parent_lines = "line_ids"

    plan_id = fields.Many2one(
        comodel_name="outsourcing.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    year = fields.Integer(related="plan_id.year", store=True, aggregator=None)
    state = fields.Selection(related="plan_id.state", store=True)
    sequence = fields.Integer(default=10)
    department_id = fields.Many2one(
        comodel_name="hr.department", required=True, index=True, check_company=True
    )
    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        required=True,
        index=True,
        check_company=True,
    )
    name = fields.Char(string="Service", help="What is planned, where it has a name.")
    date_start = fields.Date(string="Planned Start", index="btree_not_null")
    headcount = fields.Integer(help="Outsourced people, where they are counted.")
    budget = fields.Monetary(help="Untaxed, for the year.")
    request_ids = fields.One2many(
        comodel_name="outsourcing.request", inverse_name="plan_line_id", copy=False
    )

    # What became of it
    requested_amount = fields.Monetary(
        string="Applied For",
        compute="_compute_amounts",
        compute_sudo=True,
        help="Estimates of the requests that were submitted and not refused.",
    )
    contracted_amount = fields.Monetary(
        string="Contracted",
        compute="_compute_amounts",
        compute_sudo=True,
        help="Signed contracts. One that answers several requests is divided by their "
        "estimates.",
    )
    billed_amount = fields.Monetary(
        string="Billed",
        compute="_compute_amounts",
        compute_sudo=True,
        help="Posted vendor bills on the orders of these contracts.",
    )
    left_amount = fields.Monetary(
        string="Remaining",
        compute="_compute_amounts",
        compute_sudo=True,
        help="Budget less the largest of requested, contracted and billed.",
    )
    is_over = fields.Boolean(
        string="Over Budget", compute="_compute_amounts", compute_sudo=True
    )

    _amounts_positive = models.Constraint(
        "CHECK (budget >= 0 AND headcount >= 0)",
        "Budget and headcount cannot be negative.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "category_id", "department_id", "year")
    def _compute_display_name(self):
        for line in self:
            # sudo: an applicant reads the line, and not each department of others.
            department = line.sudo().department_id.name
            what = line.name or line.category_id.name
            line.display_name = f"{what} ({department}, {line.year})"

    @api.depends("budget", "request_ids.estimated_amount", "request_ids.state")
    def _compute_amounts(self):
        asked = self.request_ids.filtered(lambda item: item.state in ASKED)
        contracted, billed = get_amounts(asked)
        for line in self:
            mine = line.request_ids & asked
            line.requested_amount = sum(mine.mapped("estimated_amount"))
            line.contracted_amount = sum(contracted.get(one.id, 0) for one in mine)
            line.billed_amount = sum(billed.get(one.id, 0) for one in mine)
            used = max(
                line.requested_amount, line.contracted_amount, line.billed_amount
            )
            line.left_amount = line.budget - used
            currency = line.currency_id or line.env.company.currency_id
            line.is_over = currency.compare_amounts(used, line.budget) > 0


# ------------------------------------------------------------
# YEAR
# ------------------------------------------------------------


def check_years(records, name):
    """Refuse a plan year that is none.

    :param str name: the field of the year
    """
    if not all(2000 <= year <= 2100 for year in records.mapped(name)):
        raise ValidationError(
            records.env._("The plan year is written with four digits, as 2026.")
        )


# ------------------------------------------------------------
# AMOUNTS
# ------------------------------------------------------------


def get_amounts(requests):
    """Return what was contracted and billed for each request.

    :param requests: outsourcing.request, with sudo
    :return: pair of ``{request id: amount}``, in the currency of its company
    """
    contracts = requests.contract_ids.filtered(lambda item: item.state not in UNBOUND)
    billed = _get_billed(contracts)
    totals = ({}, {})
    for contract in contracts:
        company = contract.company_id
        agreed = contract._to_company_currency(contract.amount_total)
        answered = contract.request_ids
        weights = answered.mapped("estimated_amount")
        if not any(weights):
            weights = [1] * len(answered)
        for total, amount in zip(totals, (agreed, billed[contract.id]), strict=True):
            parts = shares.split(amount, weights, company.currency_id.rounding)
            for request, part in zip(answered, parts, strict=True):
                total[request.id] = total.get(request.id, 0.0) + part
    return totals


def _get_billed(contracts):
    """Return ``{contract id: untaxed sum of the posted bills on its orders}``."""
    totals = dict.fromkeys(contracts.ids, 0.0)
    lines = contracts.purchase_order_ids.order_line
    for line, balance in contracts.env["account.move.line"]._read_group(
        [("purchase_line_id", "in", lines.ids), ("parent_state", "=", "posted")],
        ["purchase_line_id"],
        ["balance:sum"],
    ):
        totals[line.order_id.outsourcing_contract_id.id] += balance
    return totals


def get_hint(request):
    """Say how a request stands to the plan, or nothing where it is within it.

    :param request: outsourcing.request, with sudo
    """
    env, line = request.env, request.plan_line_id
    if not line:
        planned = env["outsourcing.plan"].search_count(
            [
                ("company_id", "=", request.company_id.id),
                ("year", "=", request.plan_year),
                ("state", "=", "approved"),
            ],
            limit=1,
        )
        if not planned:
            return ""
        return env._("Not in the outsourcing plan of %s.", request.plan_year)
    others = line.request_ids.filtered(
        lambda other: other != request._origin and other.state in ASKED
    )
    asked = sum(others.mapped("estimated_amount")) + request.estimated_amount
    if request.currency_id.compare_amounts(asked, line.budget) <= 0:
        return ""
    return env._(
        "Over budget: with this request %(asked)s are asked for of %(budget)s planned "
        "for %(line)s.",
        asked=request.currency_id.format(asked),
        budget=request.currency_id.format(line.budget),
        line=line.display_name,
    )
