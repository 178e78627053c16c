from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion

from .form_result import OPEN_STATES, update_result

WAIVERS = (
    "vendor_quality.group_quality_manager",
    "vendor_quality.group_quality_finance",
)
FINANCE = "vendor_quality.group_quality_finance"


class VendorQualityDeduction(models.Model):
    """One item that a quality form takes from the fee, with its arithmetic.

    What the score costs, a service credit, a late fine, or a retention. The
    server makes the rows each time the form is computed; they are approved with
    the form and do not change any more.

    computed -> approved -> applied, or waived before the approval. A deduction
    is applied when posted credit notes or bill lines took it off the bills, or
    the vendor billed without it; it goes back when they are reset. A retention
    is applied when it is released.

    =========  ==============================  ================================
    step       who                             but not
    =========  ==============================  ================================
    waive      quality manager, finance        the handler of the form, nor
                                               after its approval
    apply      accounting, with its own
               rights to post
    release    quality finance                 before the day of release, nor
                                               who prepared or approved the form
    =========  ==============================  ================================
    """

    _name = "vendor.quality.deduction"
    _description = "Deduction of a Quality Form"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.flow.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "form_id desc, sequence, id"
    _check_company_auto = True
    _rate_day = "form_id.date_end"

    _flow_transitions = {
        "computed": {"approved", "waived"},
        "waived": {"computed"},
        "approved": {"applied"},
        "applied": {"approved"},
    }
    _flow_verbs = {
        ("computed", "approved"): "approve",
        ("computed", "waived"): "waive",
        ("waived", "computed"): "restore",
        ("approved", "applied"): "apply",
        ("applied", "approved"): "reopen",
    }
    _flow_groups = {"waive": WAIVERS, "release": (FINANCE,)}
    _flow_required = {"waived": ("waive_reason",)}
    # Deleted only by the rebuild of the server, and never once approved.
    _flow_deletable_states = frozenset({"computed", "waived"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    state = fields.Selection(
        selection=[
            ("computed", "Computed"),
            ("approved", "Approved"),
            ("applied", "Applied"),
            ("waived", "Waived"),
        ],
        default="computed",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
        help="Applied: taken off the bills, or released if it is a retention.",
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Quality Form",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    form_state = fields.Selection(
        related="form_id.state", string="Status of the Form", store=True, index=True
    )
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
    date_end = fields.Date(
        related="form_id.date_end", string="Period To", store=True, index=True
    )
    currency_id = fields.Many2one(related="form_id.currency_id", store=True)
    sequence = fields.Integer(readonly=True)
    key = fields.Char(
        string="Item Code",
        required=True,
        readonly=True,
        help="Names the item within its form and the forms that supersede it.",
    )
    kind = fields.Selection(
        selection=[
            ("score", "Deduction by the score"),
            ("credit", "Service credit"),
            ("fine", "Late fine"),
            ("retention", "Retention"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="By the score, for an incident, for a late delivery, or money that is "
        "only withheld.",
    )
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    milestone_id = fields.Many2one(
        comodel_name="outsourcing.contract.milestone",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The delivery that was late.",
    )

    # Arithmetic
    basis_amount = fields.Monetary(
        string="Basis",
        readonly=True,
        help="Untaxed amount of which the rate is taken.",
    )
    rate = fields.Float(
        string="Rate (%)",
        digits=(16, 4),
        readonly=True,
        help="Share of the basis, in per cent.",
    )
    factor = fields.Float(
        string="Repetition Factor",
        digits=(16, 2),
        readonly=True,
        help="Above 1 when the metric was below its mark in the period before, too.",
    )
    days = fields.Integer(readonly=True, help="Calendar days of delay.")
    uncapped_amount = fields.Monetary(
        string="Before Caps",
        readonly=True,
        help="Basis x rate x factor x days, rounded once.",
    )
    cap = fields.Selection(
        selection=[
            ("fine", "Limit of the milestone"),
            ("group", "Larger credit of the same incident"),
            ("waived", "Waived"),
        ],
        string="Own Cap",
        readonly=True,
        help="Why less is taken than the rate gives.",
    )
    cap_amount = fields.Monetary(
        string="Own Cap At",
        readonly=True,
        help="The most that this deduction alone may be.",
    )
    shared_cap = fields.Selection(
        selection=[
            ("period", "Fee at risk in the period"),
            ("year", "Annual cap"),
        ],
        string="Cap of All",
        readonly=True,
        help="Which limit of all deductions together made this one smaller.",
    )
    shared_cap_amount = fields.Monetary(
        string="Cap of All At",
        readonly=True,
        help="The most that all deductions together may be.",
    )
    amount = fields.Monetary(
        readonly=True,
        tracking=True,
        help="Untaxed. What the vendor loses, or what is withheld.",
    )
    disputed_amount = fields.Monetary(
        string="In Dispute",
        readonly=True,
        help="What the item would cost besides, if the open disputes were rejected.",
    )
    settled_amount = fields.Monetary(
        string="Applied Before",
        readonly=True,
        help="What the superseded form had taken off the bills already.",
    )
    difference_amount = fields.Monetary(
        string="Difference",
        compute="_compute_difference_amount",
        store=True,
        help="What is still to be taken off the bills; below zero, it goes back to "
        "the vendor.",
    )
    explanation = fields.Text(
        compute="_compute_explanation",
        compute_sudo=True,
        help="How the amount came about.",
    )

    # Retention
    date_release = fields.Date(
        string="Release From",
        compute="_compute_date_release",
        store=True,
        index="btree_not_null",
        help="Empty while the contract has no end.",
    )
    released_at = fields.Datetime(
        string="Released On",
        readonly=True,
        copy=False,
        help="When the withheld money was released to the vendor.",
    )
    released_by_id = fields.Many2one(
        string="Retention Released By",
        comodel_name="res.users",
        readonly=True,
        copy=False,
    )

    # Waiver
    waive_reason = fields.Text(readonly=True, copy=False)
    waived_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    waived_at = fields.Datetime(readonly=True, copy=False)

    # UI
    can_waive = fields.Boolean(compute="_compute_flow_can")
    can_release = fields.Boolean(compute="_compute_can_release")

    _key_unique = models.UniqueIndex(
        "(form_id, key)", "A form takes each item from its fee once."
    )
    _amounts_positive = models.Constraint(
        "CHECK (amount >= 0 AND disputed_amount >= 0 AND settled_amount >= 0)",
        "A deduction is not negative.",
    )
    _open_idx = models.Index(
        "(company_id, kind, date_release) WHERE state = 'approved'"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kind", "amount", "settled_amount")
    def _compute_difference_amount(self):
        for item in self:
            item.difference_amount = self._get_difference(
                item.kind, item.amount, item.settled_amount
            )

    @api.depends(
        "kind",
        "form_id.date_end",
        "form_id.template_id",
        "contract_id.date_end",
        "contract_id.termination_date",
    )
    def _compute_date_release(self):
        for item in self:
            item.date_release = self._get_date_release(item.kind, item.form_id)

    @api.depends("state", "kind", "date_release", "form_state")
    @api.depends_context("uid")
    def _compute_can_release(self):
        held = self.filtered(
            lambda item: item.kind == "retention" and item.state == "approved"
        )
        reasons = held._flow_get_reasons("release")
        for item in self:
            item.can_release = item in held and not reasons.get(item.id)

    @api.depends("kind", "metric_id", "milestone_id", "form_id.name")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for item in self:
            # sudo: accounting reads neither forms nor metrics.
            source = item.sudo()
            subject = source.metric_id.name or source.milestone_id.name
            parts = [source.form_id.name, labels.get(item.kind), subject]
            item.display_name = " · ".join(filter(None, parts))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.browse()._flow_is_system():
            raise AccessError(
                self.env._(
                    "Deductions follow from the quality form and are not entered. "
                    "Collect the form."
                )
            )
        return super().create(vals_list)

    @guards_deletion
    def _unlink_except_rebuild(self):
        if not self._flow_is_system():
            raise AccessError(
                self.env._(
                    "Deductions follow from the quality form and are not deleted. "
                    "Waive them with a reason, or collect the form again."
                )
            )

    @api.model
    def _flow_get_system_fields(self):
        """Everything but the state, which has its own verbs, is the server's."""
        stored = {
            name
            for name, field in self._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS and name != "state"
        }
        return super()._flow_get_system_fields() | frozenset(
            stored
            - {
                name
                for name in stored
                if name.startswith(("message_", "activity_", "website_message"))
            }
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_waive(self, reason):
        """Let the vendor keep what the item would cost; the form follows."""
        return self._take_step("waived", waive_reason=reason)

    def action_open_waive_wizard(self):
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_waive", self.env._("Why is it waived?")
        )

    def action_release(self):
        """Let the retained amount be paid."""
        others = self.filtered(lambda item: item.kind != "retention")
        if others:
            raise UserError(
                self.env._(
                    "%s: only a retention is released. Deductions are applied to the "
                    "bills.",
                    others._flow_names(),
                )
            )
        return self._take_step("applied")

    def action_open_apply_wizard(self):
        """Take the approved deductions of these forms off the bills."""
        self.check_access("read")
        # sudo: accounting applies deductions and need not read forms.
        return self.sudo().form_id._open_apply_wizard()

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_waived(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        items = self.sudo()
        server_write(
            items, {"waived_at": fields.Datetime.now(), "waived_by_id": self.env.uid}
        )
        for form, mine in items.grouped("form_id").items():
            form.message_post(
                body=self.env._(
                    "Waived: %(items)s. Reason: %(reason)s",
                    items=format_list(self.env, mine.mapped("display_name")),
                    reason=mine[0].waive_reason,
                )
            )
        update_result(items.form_id)

    def _on_enter_applied(self, origins):
        # sudo: what follows from the step is not limited to what its taker may write.
        released = self.sudo().filtered(lambda item: item.kind == "retention")
        if not released:
            return
        server_write(
            released,
            {"released_at": fields.Datetime.now(), "released_by_id": self.env.uid},
        )
        released.activity_unlink(["mail.mail_activity_data_todo"])
        released.form_id._update_released()

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_approve_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids, self.env._("it is approved together with its form.")
        )

    def _get_cannot_restore_reason(self):
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._(
                "a waiver ends only when another collection changes the amount."
            ),
        )

    def _get_cannot_waive_reason(self):
        reasons = {}
        for item in self:
            # sudo: whoever waives or releases need not read the form.
            form = item.sudo().form_id
            if form.state not in OPEN_STATES:
                reasons[item.id] = self.env._(
                    '%(form)s is "%(state)s". Waive before it is submitted: send it '
                    "back, or supersede it if it is approved.",
                    form=form.name,
                    state=form._flow_state_label(form.state),
                )
            elif self.env.user in form._get_handlers():
                reasons[item.id] = self.env._(
                    "you prepared the form, so somebody else waives."
                )
        return reasons

    def _get_cannot_apply_reason(self):
        retained = self.filtered(lambda item: item.kind == "retention")
        reasons = retained._flow_get_reasons("release")
        if not self._flow_is_system():
            reasons |= dict.fromkeys(
                (self - retained).ids,
                self.env._(
                    "it is applied when its credit note or its line on a bill is "
                    "posted. Accounting does that from the list of deductions to apply."
                ),
            )
        return reasons

    def _get_cannot_reopen_reason(self):
        released = self.filtered(lambda item: item.kind == "retention")
        if released:
            return dict.fromkeys(
                released.ids, self.env._("what is released stays released.")
            )
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._("it follows the credit note: reset or cancel that one."),
        )

    def _get_cannot_release_reason(self):
        """Say which retentions may not be released, and why."""
        reasons = {}
        for item in self:
            # sudo: as above.
            form = item.sudo().form_id
            if form.state != "approved":
                reasons[item.id] = self.env._(
                    "%s is not approved or is superseded.", form.name
                )
            elif not item.date_release:
                reasons[item.id] = self.env._(
                    "it is released at the end of the contract, which has none yet."
                )
            elif item.date_release > item.company_id._outsourcing_today():
                reasons[item.id] = self.env._(
                    "it is due on %s.", format_date(self.env, item.date_release)
                )
            elif self.env.user in form._get_involved_users():
                reasons[item.id] = self.env._(
                    "you prepared or approved the form, so somebody else of quality "
                    "finance releases it."
                )
        return reasons

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_remind_retentions(self):
        """Ask quality finance to release the retentions that are due."""
        # Today in any company; what is due is judged by company below.
        today = self.env["res.company"]._outsourcing_latest_today()
        due = self.search(
            [
                ("kind", "=", "retention"),
                ("state", "=", "approved"),
                ("form_state", "=", "approved"),
                ("date_release", "<=", today),
                ("activity_ids", "=", False),
            ],
            order="id",
        ).filtered(
            lambda item: item.date_release <= item.company_id._outsourcing_today()
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            due, lambda batch: batch._remind_retention()
        )

    @api.model
    def _cron_follow_bills(self):
        """Mark as applied what vendors left out of their bills by themselves."""
        open_items = self.search(
            [
                ("kind", "!=", "retention"),
                ("state", "=", "approved"),
                ("form_state", "=", "approved"),
            ]
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            open_items.form_id.sorted("id"), lambda batch: batch._update_applied()
        )

    def _remind_retention(self):
        for item in self:
            able = item._flow_get_users_of(FINANCE, item.form_id._get_involved_users())
            for user in able[:1]:
                item.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=item.date_release,
                    summary=self.env._("Release the retention"),
                    user_id=user.id,
                )

    # ------------------------------------------------------------
    # AMOUNTS
    # ------------------------------------------------------------

    def _get_changed(self, values):
        """Return those of ``values`` that differ from what is stored."""
        self.ensure_one()
        changed = {}
        for name, value in values.items():
            field = self._fields[name]
            current = field.convert_to_write(self[name], self)
            if field.type == "monetary":
                same = self.currency_id.compare_amounts(current, value) == 0
            else:
                same = (current or False) == (value or False)
            if not same:
                changed[name] = value
        return changed

    @api.model
    def _get_difference(self, kind, amount, settled):
        """Return what is still to be taken off the bills; retention is none."""
        return amount - settled if kind != "retention" else 0.0

    @api.model
    def _get_date_release(self, kind, form):
        """Return from when on an item of ``form`` is paid after all."""
        return form._get_retention_date() if kind == "retention" else False

    def _keeps_waiver(self, values):
        """A waiver is of one amount: another figure needs another decision."""
        self.ensure_one()
        return not self.currency_id.compare_amounts(
            self.uncapped_amount, values["uncapped_amount"]
        )
