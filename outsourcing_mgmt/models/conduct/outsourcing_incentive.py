from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.outsourcing_grant import server_write


class OutsourcingIncentive(models.Model):
    """A reward or a penalty that is proposed to HR for an employee.

    draft -> submitted -> approved -> applied, or refused; the person may
    appeal, and HR may reverse. Private: the person himself from the
    submission on, and HR, read it; nobody else.

    ========  =============  ============================================
    Action    Who            Restriction
    ========  =============  ============================================
    propose   HR             never for himself
    answer    the person     while submitted
    approve   HR             not the proposer; after the answer or the
                             hearing period, and after the reviews
    apply     HR             an appeal is decided by another than approved
    appeal    the person     approved or applied
    reverse   HR             with a reason
    refuse    HR             with a reason
    ========  =============  ============================================
    """

    _name = "outsourcing.incentive"
    _inherit = [
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Reward or Penalty"
    _order = "create_date desc, id desc"
    _check_company_auto = True

    _state_from = ["submitted"]
    _state_to = ["approved", "applied", "appealed", "reversed"]
    _cancel_state = "refused"
    _tier_requester_fields = ("employee_id", "employee_user_id")

    _flow_transitions = {
        "draft": {"submitted", "refused"},
        "submitted": {"draft", "approved", "refused"},
        "approved": {"applied", "appealed", "reversed"},
        "applied": {"appealed", "reversed"},
        "appealed": {"applied", "reversed"},
        "reversed": set(),
        "refused": set(),
    }
    _flow_verbs = {
        "draft": "reset",
        "submitted": "submit",
        "approved": "approve",
        "applied": "apply",
        "appealed": "appeal",
        "reversed": "reverse",
        "refused": "refuse",
    }
    _flow_required = {
        "submitted": ("reason",),
        "appealed": ("appeal_reason",),
        "reversed": ("reverse_reason",),
        "refused": ("refusal_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "appeal_reason",
            "appealed_on",
            "applied_by_id",
            "applied_date",
            "approved_by_id",
            "approved_on",
            "cap_amount",
            "department_id",
            "employee_user_id",
            "heard_date",
            "hearing_deadline",
            "is_capped",
            "name",
            "refusal_reason",
            "reverse_reason",
            "reversed_date",
            "statement",
            "submitted_on",
        }
    )
    _flow_content_fields = frozenset(
        {
            "amount",
            "company_id",
            "employee_id",
            "event_id",
            "finding_id",
            "incentive_type",
            "kind",
            "leave_days",
            "points",
            "reason",
        }
    )
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(
        string="Reference", default="New", readonly=True, copy=False, index="trigram"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("applied", "Applied"),
            ("appealed", "Appealed"),
            ("reversed", "Reversed"),
            ("refused", "Refused"),
        ],
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # Person
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    employee_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person's User",
        compute="_compute_person",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_person",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The department on the day of the proposal.",
    )

    # What for
    finding_id = fields.Many2one(
        comodel_name="outsourcing.finding",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', 'in', ('verified', 'closed'))]",
    )
    event_id = fields.Many2one(
        comodel_name="outsourcing.compliance.event",
        string="Compliance Event",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'confirmed')]",
    )
    reason = fields.Text(help="Why, in words that the person concerned understands.")

    # What
    incentive_type = fields.Selection(
        selection=[("reward", "Reward"), ("penalty", "Penalty")],
        string="Type",
        default="reward",
        required=True,
        tracking=True,
    )
    kind = fields.Selection(
        selection=[
            ("money", "Money"),
            ("leave", "Leave"),
            ("demerit", "Demerit"),
        ],
        default="money",
        required=True,
        tracking=True,
    )
    amount = fields.Monetary(tracking=True)
    leave_days = fields.Float(tracking=True)
    points = fields.Integer(tracking=True)
    is_capped = fields.Boolean(compute="_compute_cap", store=True, precompute=True)
    cap_amount = fields.Monetary(
        string="Cap",
        compute="_compute_cap",
        store=True,
        precompute=True,
        help="The company's cap, or the fine of the rule, on the day of the proposal.",
    )
    counts_as_reward = fields.Boolean(compute="_compute_counts_as_reward")

    # Hearing
    submitted_on = fields.Datetime(copy=False, readonly=True)
    hearing_deadline = fields.Date(
        copy=False,
        readonly=True,
        help="Without an answer of the person, HR decides after this day.",
    )
    statement = fields.Text(
        string="Answer of the Person", copy=False, readonly=True, tracking=True
    )
    heard_date = fields.Date(string="Answered On", copy=False, readonly=True)

    # Decision
    approved_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    approved_on = fields.Datetime(copy=False, readonly=True)
    applied_by_id = fields.Many2one(comodel_name="res.users", copy=False, readonly=True)
    applied_date = fields.Date(copy=False, readonly=True, index=True)
    appeal_reason = fields.Text(copy=False, readonly=True, tracking=True)
    appealed_on = fields.Datetime(copy=False, readonly=True)
    reverse_reason = fields.Text(copy=False, readonly=True, tracking=True)
    reversed_date = fields.Date(copy=False, readonly=True, index=True)
    refusal_reason = fields.Text(copy=False, readonly=True, tracking=True)

    _positive = models.Constraint(
        "CHECK (amount >= 0 AND leave_days >= 0 AND points >= 0)",
        "Say by the type whether it is a reward or a penalty; numbers are positive.",
    )
    _one_kind = models.Constraint(
        "CHECK ((kind = 'money' OR COALESCE(amount, 0) = 0)"
        " AND (kind = 'leave' OR COALESCE(leave_days, 0) = 0)"
        " AND (kind = 'demerit' OR COALESCE(points, 0) = 0)"
        " AND (kind != 'demerit' OR incentive_type = 'penalty'))",
        "A reward is money or leave, a penalty money, leave or demerit points; fill in "
        "the one number that goes with it.",
    )
    _amount_capped = models.Constraint(
        "CHECK ((NOT is_capped OR amount <= cap_amount)"
        " AND (incentive_type != 'reward' OR is_capped))",
        "The amount is above the cap.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_person(self):
        for incentive in self:
            # Who the person is on the day of the proposal; later changes of the
            # employee's user or department do not touch it.
            employee = incentive.employee_id.sudo()
            incentive.employee_user_id = employee.user_id
            incentive.department_id = employee.department_id

    @api.depends("incentive_type", "event_id", "company_id")
    def _compute_cap(self):
        for incentive in self:
            # Not a dependency on the settings: the cap of the day stays.
            company = incentive.company_id.sudo()
            reward = incentive.incentive_type == "reward"
            fine = incentive.event_id.sudo().fine_amount
            incentive.is_capped = reward or bool(fine)
            incentive.cap_amount = company.outsourcing_reward_cap if reward else fine

    @api.depends("incentive_type", "kind", "state")
    def _compute_counts_as_reward(self):
        for incentive in self:
            incentive.counts_as_reward = (
                incentive.incentive_type == "reward"
                and incentive.kind == "money"
                and incentive.state not in ("refused", "reversed")
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("finding_id", "event_id", "incentive_type")
    def _check_source(self):
        for incentive in self:
            finding, event = incentive.finding_id, incentive.event_id
            if incentive.incentive_type == "reward" and event:
                raise ValidationError(
                    self.env._("A compliance event leads to a penalty, not a reward.")
                )
            if finding and finding.state not in ("verified", "closed"):
                raise ValidationError(
                    self.env._(
                        "%s is not verified yet: finance verifies the saving first.",
                        finding.display_name,
                    )
                )
            if event and event.state != "confirmed":
                raise ValidationError(
                    self.env._(
                        "%s is not confirmed: confirm the event first.",
                        event.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        findings = self.env["outsourcing.finding"].browse(
            {vals["finding_id"] for vals in vals_list if vals.get("finding_id")}
        )
        findings._lock_rewards()
        incentives = super().create(vals_list)
        for incentive in incentives:
            sequence = self.env["ir.sequence"].with_company(incentive.company_id)
            # Sequences are not readable by users of the suite.
            number = sequence.sudo().next_by_code("outsourcing.incentive")
            server_write(incentive, {"name": number})
        incentives.finding_id._check_reward_share()
        return incentives

    def write(self, vals):
        if not {"amount", "finding_id", "incentive_type", "kind", "state"} & set(vals):
            return super().write(vals)
        findings = self.finding_id
        if vals.get("finding_id"):
            findings |= findings.browse(vals["finding_id"])
        findings._lock_rewards()
        result = super().write(vals)
        findings._check_reward_share()
        return result
