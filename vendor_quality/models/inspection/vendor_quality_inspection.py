from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY
from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

DONE_STATES = ("done", "verified")


class VendorQualityInspection(models.Model):
    """One inspection round of a contract on one day.

    planned -> done -> verified, or missed when it is not done in time, or
    waived with a reason.

    ==========  ===================================  ==========================
    step        who                                  but not
    ==========  ===================================  ==========================
    done        the inspector, or an officer          after the days of grace
    verify      the verifier, an officer, a manager   whoever did it
    waive       officer, manager                      its inspector
    missed      the server's clock
    ==========  ===================================  ==========================

    A missed round, and a result that is not verified in the plan's days, raise
    a compliance event.
    """

    _name = "vendor.quality.inspection"
    _description = "Inspection"
    _inherit = [
        "outsourcing.flow.mixin",
        "vendor.quality.counted.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "contract_id.name", "partner_id.name"]

    _flow_transitions = {
        "planned": {"done", "missed", "waived"},
        "done": {"verified"},
        "verified": set(),
        "missed": {"waived"},
        "waived": set(),
    }
    _flow_verbs = {
        "done": "done",
        "verified": "verify",
        "missed": "miss",
        "waived": "waive",
    }
    _flow_required = {"waived": ("waive_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "date_deadline",
            "feedback_deadline",
            "done_at",
            "done_by_id",
            "verified_at",
            "verified_by_id",
            "waived_by_id",
            "waive_reason",
            "is_feedback_late",
        }
    )
    _flow_content_fields = frozenset(
        {
            "plan_id",
            "contract_id",
            "company_id",
            "date_due",
            "inspector_id",
            "place",
            "line_ids",
            "note",
        }
    )
    _flow_content_states = frozenset({"planned"})
    # A round that nobody did is missed or waived; it does not vanish.
    _flow_deletable_states = frozenset()
    _quality_columns = frozenset({"contract_id", "date_due", "state"})
    # What the plan decided: the inspector himself cannot move or hand on a round.
    _PLANNED_FIELDS = frozenset(
        {"plan_id", "contract_id", "company_id", "date_due", "inspector_id"}
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("done", "Done"),
            ("verified", "Verified"),
            ("missed", "Missed"),
            ("waived", "Waived"),
        ],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    plan_id = fields.Many2one(
        comodel_name="vendor.quality.inspection.plan",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        compute="_compute_from_plan",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
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
    place = fields.Char(
        compute="_compute_from_plan", store=True, precompute=True, readonly=False
    )
    inspector_id = fields.Many2one(
        comodel_name="res.users",
        compute="_compute_from_plan",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        domain="[('share', '=', False)]",
    )
    date_due = fields.Date(
        string="Due",
        required=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.company._outsourcing_today(),
    )
    date_deadline = fields.Date(
        string="Missed After",
        compute="_compute_date_deadline",
        store=True,
        precompute=True,
        help="Due day and days of grace.",
    )
    line_ids = fields.One2many(
        comodel_name="vendor.quality.inspection.line",
        inverse_name="inspection_id",
        string="Checklist",
        copy=True,
    )
    note = fields.Text(string="Remarks")

    # Result
    pass_count = fields.Integer(
        string="Passed", compute="_compute_result", store=True, aggregator="sum"
    )
    fail_count = fields.Integer(
        string="Failed", compute="_compute_result", store=True, aggregator="sum"
    )
    pass_rate = fields.Float(
        string="Passed (%)", compute="_compute_result", store=True, aggregator="avg"
    )

    # People and moments
    done_at = fields.Datetime(readonly=True, copy=False)
    done_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    feedback_deadline = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The result must be verified until then.",
    )
    is_feedback_late = fields.Boolean(string="Late Feedback", readonly=True, copy=False)
    verified_at = fields.Datetime(readonly=True, copy=False)
    verified_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    waived_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    waive_reason = fields.Text(readonly=True, copy=False)

    # UI
    can_done = fields.Boolean(compute="_compute_flow_can")
    can_verify = fields.Boolean(compute="_compute_flow_can")
    can_waive = fields.Boolean(compute="_compute_flow_can")
    can_reschedule = fields.Boolean(compute="_compute_can_reschedule")

    _plan_day_unique = models.UniqueIndex(
        "(plan_id, date_due) WHERE plan_id IS NOT NULL",
        "The plan has a round on this day already.",
    )
    _two_persons = models.Constraint(
        "CHECK (verified_by_id IS NULL OR verified_by_id <> done_by_id)",
        "Whoever did an inspection does not verify it.",
    )
    _waived_by_another = models.Constraint(
        "CHECK (waived_by_id IS NULL OR waived_by_id <> inspector_id)",
        "An inspector does not waive his own round.",
    )
    _count_idx = models.Index(
        "(contract_id, date_due) WHERE state IN ('done', 'verified', 'missed')"
    )
    _deadline_idx = models.Index("(date_deadline) WHERE state = 'planned'")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("plan_id")
    def _compute_from_plan(self):
        for inspection in self:
            plan = inspection.plan_id
            inspection.contract_id = plan.contract_id or inspection.contract_id
            inspection.inspector_id = (
                plan.inspector_id or inspection.inspector_id or self.env.user
            )
            inspection.place = plan.place or inspection.place

    @api.depends("contract_id")
    def _compute_company_id(self):
        for inspection in self:
            inspection.company_id = (
                inspection.contract_id.company_id or self.env.company
            )

    @api.depends("date_due")
    def _compute_date_deadline(self):
        for inspection in self:
            grace = inspection.plan_id.grace_days
            inspection.date_deadline = inspection.date_due and (
                inspection.date_due + timedelta(days=grace)
            )

    @api.depends("line_ids.result")
    def _compute_result(self):
        for inspection in self:
            results = inspection.line_ids.mapped("result")
            passed, failed = results.count("pass"), results.count("fail")
            inspection.pass_count = passed
            inspection.fail_count = failed
            inspection.pass_rate = (
                100 * passed / (passed + failed) if passed + failed else 0.0
            )

    @api.depends("state", "inspector_id", "date_deadline")
    @api.depends_context("uid")
    def _compute_can_reschedule(self):
        reasons = self._get_cannot_reschedule_reason()
        for inspection in self:
            inspection.can_reschedule = (
                inspection.state == "planned" and inspection.id not in reasons
            )

    @api.depends("name", "contract_id", "date_due")
    @api.depends_context("inspection_number_last")
    def _compute_display_name(self):
        for inspection in self:
            parts = [
                inspection.name,
                inspection.contract_id.subject,
                fields.Date.to_string(inspection.date_due),
            ]
            # A day of the calendar has room for the first words only.
            if self.env.context.get("inspection_number_last"):
                parts = parts[1:] + parts[:1]
            inspection.display_name = " · ".join(filter(None, parts))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inspections = super().create(vals_list)
        Sequence = self.env["ir.sequence"].sudo()
        for inspection in inspections:
            server_write(
                inspection,
                {
                    "name": Sequence.with_company(inspection.company_id).next_by_code(
                        "vendor.quality.inspection", inspection.date_due
                    )
                },
            )
        inspections.filtered(lambda item: not item.line_ids)._copy_checklist()
        return inspections

    def write(self, vals):
        if self._PLANNED_FIELDS.intersection(vals) and not self._flow_is_system():
            self._check_may_reschedule()
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_done(self):
        """Record the result; the verifier is asked to check it."""
        return self.write({"state": "done"})

    def action_verify(self):
        """Confirm the result as a second person, which feeds it back."""
        return self.write({"state": "verified"})

    def action_waive(self, reason):
        """Let the round count as not due."""
        if not (reason or "").strip():
            raise UserError(self.env._("Give a reason: it stays with the inspection."))
        self.check_access("write")
        return server_write(self, {"state": "waived", "waive_reason": reason.strip()})

    def action_open_waive_wizard(self):
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_waive", self.env._("Why is the round waived?")
        )

    def action_pass_all(self):
        """Pass every item of the checklist that has no result yet."""
        self.line_ids.filtered(lambda line: not line.result).write({"result": "pass"})
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_reschedule_reason(self):
        """Say why day and inspector stay; another officer moves a round in time."""
        officer = self._flow_user_in("vendor_quality.group_quality_officer")
        reasons = {}
        for inspection in self:
            today = inspection.company_id._outsourcing_today()
            deadline = inspection.date_deadline
            if not officer or (
                inspection._origin and inspection.inspector_id == self.env.user
            ):
                reasons[inspection.id] = self.env._(
                    "day and inspector of a round are changed by a quality officer "
                    "who does not make it himself."
                )
            elif inspection._origin and deadline and deadline < today:
                reasons[inspection.id] = self.env._(
                    "it had to be done before today. It is missed, or waived with a "
                    "reason."
                )
        return reasons

    def _check_may_reschedule(self):
        reasons = self._get_cannot_reschedule_reason()
        if reasons:
            raise AccessError(
                "\n".join(
                    f"{inspection.display_name}: {reasons[inspection.id]}"
                    for inspection in self
                    if inspection.id in reasons
                )
            )

    def _copy_checklist(self):
        """Give each round the checklist of its plan."""
        lines = self.env["vendor.quality.inspection.line"]
        lines.with_context(outsourcing_flow_key=FLOW_KEY).create(
            [
                {
                    "inspection_id": inspection.id,
                    "sequence": item.sequence,
                    "name": item.name,
                    "photo_required": item.photo_required,
                    "is_planned": True,
                }
                for inspection in self
                for item in inspection.plan_id.line_ids
            ]
        )
