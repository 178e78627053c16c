from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

DUE_DAYS = 30
LIVE_STATES = ("open", "in_progress", "verify")


class VendorQualityImprovementPlan(models.Model):
    """Improvement plan: what is done about a poor result, and whether it helped.

    open -> in_progress -> verify -> closed | failed; cancelled on the way. A
    form approved with a grade that asks for it opens one by itself; others are
    opened by hand from a form, a line, a dispute or a finding. The vendor
    answers in the portal.

    =============  ===========================  ===============================
    step           who                          but not
    =============  ===========================  ===============================
    open, edit     officer                      the content, once verified
    start          responsible, officer         without cause, plan and day
    request check  responsible, officer
    close          officer, manager             the responsible; whoever asked
                                                for the check; before a later
                                                form shows the effect
    fail           officer, manager             the responsible
    cancel         manager                      the responsible
    =============  ===========================  ===============================

    The effect is measured: the points of the plan's metrics in the first form
    approved for a later period are compared with their targets. A plan that
    failed opens the next one.
    """

    _name = "vendor.quality.improvement.plan"
    _description = "Improvement Plan"
    _inherit = [
        "outsourcing.flow.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "subject", "contract_id.name", "partner_id.name"]

    _flow_transitions = {
        "open": {"in_progress", "cancelled"},
        "in_progress": {"verify", "cancelled"},
        "verify": {"closed", "failed"},
        "closed": set(),
        "failed": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        "in_progress": "start",
        "verify": "request_check",
        "closed": "close",
        "failed": "fail",
        "cancelled": "cancel",
    }
    _flow_required = {
        "in_progress": ("root_cause", "plan", "owner_id", "date_due"),
        "closed": ("result",),
        "failed": ("result",),
        "cancelled": ("result",),
    }
    _flow_system_fields = frozenset(
        {
            "check_form_id",
            "check_requested_at",
            "check_requested_by_id",
            "closed_at",
            "closed_by_id",
            "name",
            "past_owner_ids",
            "previous_id",
            "reminded_on",
            "result",
            "started_at",
            "started_by_id",
            "vendor_answered_at",
            "vendor_answered_by_id",
            "vendor_response",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "date_due",
            "dispute_id",
            "finding_id",
            "form_id",
            "owner_id",
            "plan",
            "root_cause",
            "subject",
            "target_ids",
        }
    )
    _flow_content_states = frozenset({"open", "in_progress"})
    _flow_deletable_states = frozenset()

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(
        string="Number", default="/", readonly=True, copy=False, index="trigram"
    )
    subject = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        selection=[
            ("open", "Open"),
            ("in_progress", "In Progress"),
            ("verify", "Effect to Check"),
            ("closed", "Closed, Effective"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', 'not in', ('draft', 'to_sign', 'cancelled'))]",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, index=True
    )

    # Where it comes from
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Quality Form",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
    )
    dispute_id = fields.Many2one(
        comodel_name="vendor.quality.dispute",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
    )
    finding_id = fields.Many2one(
        comodel_name="outsourcing.finding",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
    )
    previous_id = fields.Many2one(
        comodel_name="vendor.quality.improvement.plan",
        string="Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The plan that failed before this one.",
        check_company=True,
    )
    next_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan",
        inverse_name="previous_id",
        string="Followed By",
    )
    target_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan.target",
        inverse_name="improvement_plan_id",
        string="Metrics",
        copy=True,
    )
    grade = fields.Char(related="form_id.grade", store=True)

    # What is done
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Sees to it that the plan is carried out. Never checks its effect.",
    )
    past_owner_ids = fields.Many2many(
        comodel_name="res.users",
        relation="vendor_quality_improvement_plan_past_owner_rel",
        column1="improvement_plan_id",
        column2="user_id",
        string="Responsible Before",
        readonly=True,
        copy=False,
        help="They do not check the effect either.",
    )
    date_due = fields.Date(
        string="Due",
        index=True,
        tracking=True,
        default=lambda self: (
            self.env.company._outsourcing_today() + timedelta(days=DUE_DAYS)
        ),
    )
    root_cause = fields.Text(tracking=True)
    plan = fields.Text(
        tracking=True, help="Which measures, by whom, until when. The vendor reads it."
    )
    vendor_response = fields.Text(
        string="Vendor's Answer",
        readonly=True,
        copy=False,
        help="Written by the vendor in the portal.",
    )
    vendor_answered_at = fields.Datetime(
        string="Vendor Answered", readonly=True, copy=False
    )
    vendor_answered_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )

    # Whether it helped
    check_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Checked By Form",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The first approved form of a later period that measures the metrics.",
        check_company=True,
    )
    effect = fields.Selection(
        selection=[
            ("unknown", "Not measured yet"),
            ("effective", "Targets reached"),
            ("missed", "Targets missed"),
        ],
        compute="_compute_effect",
        store=True,
        index=True,
    )
    result = fields.Text(readonly=True, copy=False, tracking=True)
    reminded_on = fields.Date(readonly=True, copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    started_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    check_requested_at = fields.Datetime(readonly=True, copy=False)
    check_requested_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    closed_at = fields.Datetime(string="Decided On", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided By", readonly=True, copy=False
    )

    # UI
    is_late = fields.Boolean(compute="_compute_is_late")
    can_start = fields.Boolean(compute="_compute_flow_can")
    can_request_check = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")
    can_fail = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _previous_unique = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL",
        "A plan that failed is followed by one plan.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id")
    def _compute_company_id(self):
        for action in self:
            action.company_id = action.contract_id.company_id or self.env.company

    @api.depends("check_form_id", "target_ids.is_reached", "target_ids.target_points")
    def _compute_effect(self):
        for action in self:
            if not action.check_form_id or not action.target_ids:
                action.effect = "unknown"
            elif all(action.target_ids.mapped("is_reached")):
                action.effect = "effective"
            else:
                action.effect = "missed"

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        for action in self:
            action.is_late = bool(
                action.state in ("open", "in_progress")
                and action.date_due
                and action.date_due < action.company_id._outsourcing_today()
            )

    def _compute_access_url(self):
        super()._compute_access_url()
        for action in self:
            action.access_url = f"/my/improvement-plans/{action.id}"

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for action in self:
            action.display_name = (
                f"{action.name} {action.subject}" if action.subject else action.name
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        actions = super().create(vals_list)
        for action in actions:
            # Reading a number needs no right of the user.
            sequence = self.env["ir.sequence"].sudo().with_company(action.company_id)
            server_write(
                action,
                {
                    "name": sequence.next_by_code("vendor.quality.improvement.plan")
                    or "/"
                },
            )
        actions._schedule_owner()
        return actions

    def write(self, vals):
        owners = {}
        if "owner_id" in vals:
            owners = {action: action.owner_id for action in self if action.owner_id}
        result = super().write(vals)
        for action, owner in owners.items():
            if owner != action.owner_id:
                server_write(action, {"past_owner_ids": [Command.link(owner.id)]})
                action._schedule_owner()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_start(self):
        """Carry the plan out: cause, measures, responsible and day are known."""
        return self.write({"state": "in_progress"})

    def action_request_check(self):
        """Say that the measures are done; the next form shows their effect."""
        return self.write({"state": "verify"})

    def action_close(self, result):
        """Close the plan as effective, with what was found."""
        return self._decide("closed", result)

    def action_fail(self, reason):
        """Say that the plan did not help; a follow-up opens by itself."""
        return self._decide("failed", reason)

    def action_cancel(self, reason):
        """Give up a plan that is not needed after all."""
        return self._decide("cancelled", reason)

    def action_close_effective(self, reason):
        """Close the plan; the name under which the wizard asks for the result."""
        return self.action_close(reason)

    def action_open_close_wizard(self):
        return self._open_reason("close", self.env._("What shows the effect?"))

    def action_open_fail_wizard(self):
        return self._open_reason("fail", self.env._("Why did it not help?"))

    def action_open_cancel_wizard(self):
        return self._open_reason("cancel", self.env._("Why is it not needed?"))

    def _open_reason(self, verb, title):
        self._flow_check_can(verb)
        method = "action_close_effective" if verb == "close" else f"action_{verb}"
        return self.env["outsourcing.reason.wizard"]._open(self, method, title)
