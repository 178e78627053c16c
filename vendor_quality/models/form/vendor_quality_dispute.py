from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.messages.vendor_mail import note_message
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from .vendor_quality_form_flow import follow_decision

DECIDERS = (
    "vendor_quality.group_quality_officer",
    "vendor_quality.group_quality_finance",
)


class VendorQualityDispute(models.Model):
    """The vendor contests one line of a quality form.

    submitted -> upheld, partial or rejected, or lapsed with its form. While it
    is open, what the line costs is neither deducted nor paid, and the payment
    threshold looks at the score without it.

    ========  ==============================  ===============================
    step      who                             but not
    ========  ==============================  ===============================
    submit    the vendor, in the portal       after the day to answer
    decide    officer, manager, finance       whoever prepared or approved
                                              the form
    ========  ==============================  ===============================

    A decision before the approval changes the form; one after it makes a form
    that supersedes the approved one.
    """

    _name = "vendor.quality.dispute"
    _description = "Dispute of a Quality Form"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _flow_transitions = {
        "submitted": {"upheld", "partial", "rejected", "lapsed"},
        "upheld": set(),
        "partial": set(),
        "rejected": set(),
        "lapsed": set(),
    }
    _flow_verbs = {
        "upheld": "decide",
        "partial": "decide",
        "rejected": "decide",
        "lapsed": "lapse",
    }
    _flow_groups = {"decide": DECIDERS}
    _flow_required = {
        "upheld": ("decision_reason",),
        "partial": ("decision_reason",),
        "rejected": ("decision_reason",),
    }
    _flow_stamps = {
        "upheld": ("awarded_points",),
        "partial": ("awarded_points",),
        "rejected": ("awarded_points",),
    }
    _flow_system_fields = frozenset(
        {
            "form_id",
            "line_id",
            "claim",
            "submitted_by_id",
            "awarded_points",
            "decision_reason",
            "decided_by_id",
            "decided_at",
        }
    )
    _flow_deletable_states = frozenset()

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    state = fields.Selection(
        selection=[
            ("submitted", "Submitted"),
            ("upheld", "Upheld"),
            ("partial", "Upheld in Part"),
            ("rejected", "Not Upheld"),
            ("lapsed", "Lapsed"),
        ],
        default="submitted",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
        help="Upheld: the line gets 100 points. Lapsed: its form ended before "
        "anybody decided.",
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    line_id = fields.Many2one(
        comodel_name="vendor.quality.form.line",
        string="Line",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    metric_id = fields.Many2one(related="line_id.metric_id", store=True, index=True)
    contract_id = fields.Many2one(related="form_id.contract_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="form_id.partner_id", string="Vendor", store=True, index=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        related="form_id.company_id",
        store=True,
        precompute=True,
        index=True,
    )
    claim = fields.Text(
        string="What the Vendor Says",
        required=True,
        readonly=True,
        help="As the vendor wrote it in the portal.",
    )
    submitted_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        help="Who filed it in the portal for the vendor.",
    )
    points = fields.Float(
        related="line_id.points",
        string="Points Collected",
        help="What the line got by the collected figures, from 0 to 100.",
    )

    weight = fields.Float(related="line_id.weight")
    value = fields.Float(related="line_id.value")
    counted = fields.Char(related="line_id.counted")

    # Decision
    awarded_points = fields.Float(
        readonly=True,
        copy=False,
        help="Points that the line gets by the decision.",
    )
    decision_reason = fields.Text(
        readonly=True,
        copy=False,
        help="The vendor reads it.",
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False, tracking=True
    )
    decided_at = fields.Datetime(readonly=True, copy=False)
    can_decide = fields.Boolean(compute="_compute_flow_can")
    decide_notice = fields.Char(
        string="Who Decides Instead", compute="_compute_decide_notice"
    )

    _line_open_unique = models.UniqueIndex(
        "(line_id) WHERE state = 'submitted'",
        "The line is disputed already; wait for the decision.",
    )
    _points_range = models.Constraint(
        "CHECK (awarded_points IS NULL OR awarded_points BETWEEN 0 AND 100)",
        "Points lie between 0 and 100.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("form_id", "metric_id")
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = self.env._(
                "%(form)s: %(metric)s",
                form=dispute.form_id.name,
                metric=dispute.metric_id.name,
            )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_decide_notice(self):
        """Say to whoever sees no button to decide why there is none."""
        undecided = self.filtered(lambda dispute: dispute.state == "submitted")
        (self - undecided).decide_notice = False
        reasons = undecided._get_cannot_decide_reason()
        for dispute in undecided:
            dispute.decide_notice = reasons.get(dispute.id)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_decide(self, result, reason, points=None):
        """Decide the dispute; the line and the money follow.

        :param str result: ``upheld``, ``partial`` or ``rejected``
        :param str reason: the vendor reads it
        :param float points: for ``partial``, the points that the line gets
        """
        if result not in ("upheld", "partial", "rejected"):
            raise UserError(
                self.env._("Decide a dispute as upheld, partial or rejected.")
            )
        for dispute in self:
            dispute._take_step(
                result,
                decision_reason=reason,
                awarded_points=dispute._get_award(result, points),
            )
        return True

    def action_open_decide_wizard(self):
        check_one(self)
        self._flow_check_can("decide")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide the Dispute"),
            "res_model": "vendor.quality.dispute.decide",
            "view_mode": "form",
            "target": "new",
            "context": {"default_dispute_id": self.id},
        }

    def action_new_improvement_plan(self):
        """Open a new plan about the metric in dispute."""
        check_one(self)
        self.check_access("read")
        return self.env["vendor.quality.improvement.plan"]._open_new(
            self.contract_id,
            self.display_name,
            metrics=self.metric_id,
            dispute_id=self.id,
            form_id=self.form_id.id,
        )

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_upheld(self, origins):
        _follow_decision(self)

    def _on_enter_partial(self, origins):
        _follow_decision(self)

    def _on_enter_rejected(self, origins):
        _follow_decision(self)

    def _on_enter_lapsed(self, origins):
        _update_forms(self)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_decide_reason(self):
        return {
            dispute.id: self.env._(
                "you prepared or approved the form, so somebody else decides."
            )
            for dispute in self
            if self.env.user in dispute._get_barred_users("decide")
        }

    @api.model
    def _get_staffed_gates(self):
        return {"decide": (self.env._("Decision"), [("state", "=", "submitted")])}

    def _get_barred_users(self, verb):
        return self.form_id._get_involved_users()

    def _get_cannot_lapse_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(self.ids, self.env._("it lapses only with its form."))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_award(self, result, points):
        """Return the points that the line gets by the decision."""
        self.ensure_one()
        if result == "upheld":
            return 100.0
        current = self.line_id.points
        if result == "rejected":
            return current
        is_number = isinstance(points, int | float)
        if not is_number or not current < points < 100:
            raise UserError(
                self.env._(
                    "%(name)s: upheld in part gives more than the %(points)s points "
                    "collected and less than 100.",
                    name=self.display_name,
                    points=f"{current:.2f}",
                )
            )
        return points

    def _mail_decision(self):
        """Mail the decision to who is in charge at the vendor."""
        for dispute in self:
            note_message(
                dispute,
                dispute.contract_id,
                "quality",
                "vendor_quality.mail_template_dispute_decided",
            )


# ------------------------------------------------------------
# SERVER'S OWN ACTS
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would replace approved
# forms.


def _follow_decision(disputes):
    """Stamp and mail the decision, and bring the forms in line with it."""
    # sudo: what a decision brings about does not depend on who may write the form.
    disputes = disputes.sudo()
    server_write(
        disputes,
        {"decided_by_id": disputes.env.uid, "decided_at": fields.Datetime.now()},
    )
    disputes._mail_decision()
    _update_forms(disputes)


def _update_forms(disputes):
    """Bring the forms that hold now in line with their disputes."""
    # sudo: as above.
    for form in disputes.sudo().form_id._get_heads():
        follow_decision(form)
