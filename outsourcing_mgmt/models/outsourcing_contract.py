from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .res_company import DAY_KINDS


class OutsourcingContract(models.Model):
    """What was agreed with a vendor after the award.

    draft -> to_sign -> signed -> active -> expiring -> expired | renewed, or
    terminated once signed, or cancelled before.
    """

    _name = "outsourcing.contract"
    _inherit = [
        "outsourcing.step.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Outsourcing Contract"
    _order = "date_end desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "subject", "partner_id.name"]

    _flow_transitions = {
        "draft": {"to_sign", "cancelled"},
        "to_sign": {"draft", "signed", "cancelled"},
        "signed": {"active", "terminated"},
        "active": {"expiring", "renewed", "terminated"},
        "expiring": {"active", "expired", "renewed", "terminated"},
        "expired": {"renewed"},
        "terminated": set(),
        "renewed": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        ("draft", "to_sign"): "send_to_sign",
        "draft": "reset",
        "signed": "sign",
        ("signed", "active"): "activate",
        "expiring": "follow_calendar",
        ("expiring", "active"): "follow_calendar",
        "expired": "follow_calendar",
        "renewed": "renew",
        "terminated": "terminate",
        "cancelled": "cancel",
    }
    _flow_required = {
        "to_sign": ("partner_id", "date_start", "date_end", "owner_id"),
        "signed": ("signed_date",),
        "terminated": ("termination_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "amount_initial",
            "filed_date",
            "filing_deadline",
            "filing_received_by_id",
            "filing_reference",
            "name",
            "predecessor_id",
            "renewal_number",
            "signed_by_id",
            "signed_date",
            "termination_date",
            "termination_reason",
            "vendor_signature",
            "vendor_signed_by",
            "vendor_signed_on",
            "version",
        }
    )
    _flow_content_fields = frozenset(
        {
            "amount_total",
            "category_id",
            "company_id",
            "currency_id",
            "date_end",
            "date_start",
            "description",
            "direct_reason",
            "filing_day_kind",
            "filing_days",
            "notice_days",
            "partner_id",
            "purchase_order_ids",
            "renewals_foreseen",
            "subject",
            "term",
        }
    )
    _flow_content_states = frozenset({"draft"})

    # Identity
    name = fields.Char(
        string="Reference", default="New", readonly=True, copy=False, index="trigram"
    )
    subject = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("to_sign", "To Sign"),
            ("signed", "Signed"),
            ("active", "Active"),
            ("expiring", "Expiring"),
            ("expired", "Expired"),
            ("terminated", "Terminated"),
            ("renewed", "Renewed"),
            ("cancelled", "Cancelled"),
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
    owner_id = fields.Many2one(
        comodel_name="res.users",
        default=lambda self: self.env.user,
        tracking=True,
        index=True,
        check_company=True,
        domain="[('share', '=', False)]",
        help="Watches the dates and acts on them.",
    )
    active = fields.Boolean(default=True, copy=False)

    # Origin
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        tracking=True,
        index=True,
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        index="btree_not_null",
        check_company=True,
    )
    purchase_order_ids = fields.One2many(
        comodel_name="purchase.order",
        inverse_name="outsourcing_contract_id",
        copy=False,
    )
    purchase_order_count = fields.Integer(compute="_compute_purchase_order_count")
    predecessor_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Renews",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    successor_ids = fields.One2many(
        comodel_name="outsourcing.contract", inverse_name="predecessor_id"
    )
    direct_reason = fields.Text(
        string="Reason without Tender",
        help="Why no tender was held. Only a manager sends such a contract to sign.",
    )

    # Terms
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    amount_total = fields.Monetary(
        string="Contract Amount",
        tracking=True,
        help="Untaxed. Equals the award: nothing is bargained after it.",
    )
    amount_initial = fields.Monetary(
        string="Amount at Signature",
        copy=False,
        readonly=True,
        help="Base of the cumulative cap of the amendments.",
    )
    date_start = fields.Date(tracking=True, index=True)
    date_end = fields.Date(tracking=True, index=True)
    term = fields.Selection(
        selection=[
            ("fixed", "Fixed term"),
            ("auto_renew", "Renews itself"),
        ],
        default="fixed",
        required=True,
    )
    renewals_foreseen = fields.Integer(
        string="Renewals Foreseen",
        help="How many renewals the tender announced. One more is an award without "
        "tender and raises a compliance event.",
    )
    renewal_number = fields.Integer(copy=False, readonly=True)
    notice_days = fields.Integer(
        default=lambda self: self.env.company.outsourcing_notice_days,
        help="Days before the end at which the contract is expiring: until then it is "
        "renewed or notice is given.",
    )
    notice_date = fields.Date(compute="_compute_notice_date", store=True, index=True)
    version = fields.Integer(
        default=1,
        copy=False,
        readonly=True,
        help="Goes up by one with each approved amendment.",
    )
    description = fields.Html()

    # Signature and filing
    signed_date = fields.Date(copy=False, readonly=True, tracking=True, index=True)
    signed_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Signature Recorded By",
        copy=False,
        readonly=True,
    )
    vendor_signature = fields.Image(
        copy=False, readonly=True, attachment=True, max_width=1024, max_height=1024
    )
    vendor_signed_by = fields.Char(
        string="Signed for the Vendor By", copy=False, readonly=True
    )
    vendor_signed_on = fields.Datetime(
        string="Vendor Signed On", copy=False, readonly=True
    )
    filing_days = fields.Integer(
        default=lambda self: self.env.company.outsourcing_filing_days,
        help="Days from the signature to the filing with HR.",
    )
    filing_day_kind = fields.Selection(
        selection=DAY_KINDS,
        default=lambda self: self.env.company.outsourcing_filing_day_kind,
        required=True,
    )
    filing_deadline = fields.Date(copy=False, readonly=True, index=True)
    filed_date = fields.Date(copy=False, readonly=True, tracking=True, index=True)
    filing_reference = fields.Char(copy=False, readonly=True, index=True)
    filing_received_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Filing Received By",
        copy=False,
        readonly=True,
    )

    # End
    termination_reason = fields.Text(copy=False, readonly=True)
    termination_date = fields.Date(copy=False, readonly=True)

    # Parts
    milestone_ids = fields.One2many(
        comodel_name="outsourcing.contract.milestone", inverse_name="contract_id"
    )
    amendment_ids = fields.One2many(
        comodel_name="outsourcing.contract.amendment", inverse_name="contract_id"
    )
    guarantee_ids = fields.One2many(
        comodel_name="outsourcing.contract.guarantee", inverse_name="contract_id"
    )
    worker_ids = fields.One2many(
        comodel_name="outsourcing.worker", inverse_name="contract_id"
    )
    finding_ids = fields.One2many(
        comodel_name="outsourcing.finding", inverse_name="contract_id"
    )

    # UI
    can_send_to_sign = fields.Boolean(compute="_compute_flow_can")
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_sign = fields.Boolean(compute="_compute_flow_can")
    can_file = fields.Boolean(compute="_compute_flow_can")
    can_activate = fields.Boolean(compute="_compute_flow_can")
    can_renew = fields.Boolean(compute="_compute_flow_can")
    can_terminate = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A contract ends after it starts."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_total >= 0)", "A contract amount cannot be negative."
    )
    _days_positive = models.Constraint(
        "CHECK (notice_days >= 0 AND filing_days >= 0 AND renewals_foreseen >= 0)",
        "Numbers of days and renewals cannot be negative.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("date_end", "notice_days")
    def _compute_notice_date(self):
        for contract in self:
            contract.notice_date = contract.date_end and (
                contract.date_end - relativedelta(days=contract.notice_days)
            )

    def _compute_purchase_order_count(self):
        # Readers of the contract see the number, purchase users the orders.
        counts = dict(
            self.env["purchase.order"]
            .sudo()
            ._read_group(
                [("outsourcing_contract_id", "in", self.ids)],
                ["outsourcing_contract_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.purchase_order_count = counts.get(contract.sudo(), 0)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        for contract in contracts:
            # Sequences are not readable by users of the suite.
            sequence = self.env["ir.sequence"].with_company(contract.company_id).sudo()
            contract._flow_write(
                {"name": sequence.next_by_code("outsourcing.contract")}
            )
        return contracts

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        log = self.env["outsourcing.audit.log"]
        for contract in self:
            log._record(
                contract, target, {"from": origins[contract.id], **contract._facts()}
            )
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send_to_sign(self):
        """Freeze the contract and hand it to procurement for signature."""
        return self._take_step("to_sign")

    def action_reset(self):
        """Take an unsigned contract back to correct it."""
        return self._take_step("draft")

    def action_activate(self):
        """Start the service."""
        return self._take_step("active")

    def action_open_terminate_wizard(self):
        """Ask why the contract ends before its time."""
        self._flow_check_can("terminate")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_terminate", self.env._("Terminate the Contract")
        )

    def action_terminate(self, reason):
        """End a signed contract before its time, for a stated reason."""
        for contract in self:
            contract._take_step(
                "terminated",
                termination_reason=reason,
                termination_date=contract.company_id._outsourcing_today(),
            )
        return True

    def action_cancel(self):
        """Give up a contract that was not signed."""
        return self._take_step("cancelled")

    def action_view_purchase_orders(self):
        """Open the orders placed under the contract."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Purchase Orders"),
            "res_model": "purchase.order",
            "view_mode": "list,form",
            "domain": [("outsourcing_contract_id", "in", self.ids)],
        }

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_send_to_sign_reason(self):
        contracts = self.filtered(lambda item: not item._continues_by_term())
        reasons = contracts._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )
        for contract in contracts.filtered(lambda item: not reasons.get(item.id)):
            if reason := contract._get_origin_reason():
                reasons[contract.id] = reason
        return reasons

    def _get_cannot_reset_reason(self):
        return self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )

    def _get_cannot_activate_reason(self):
        if self._flow_is_system():
            return {}
        reasons = self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_officer",
        )
        for contract in self:
            today = contract.company_id._outsourcing_today()
            if contract.date_start and contract.date_start > today:
                reasons.setdefault(
                    contract.id,
                    self.env._(
                        "it starts on %(date)s and is activated then.",
                        date=format_date(self.env, contract.date_start),
                    ),
                )
        return reasons

    def _get_cannot_terminate_reason(self):
        return self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )

    def _get_cannot_cancel_reason(self):
        return self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )

    def _get_origin_reason(self):
        """Say what is wrong with what the contract rests on, or nothing."""
        self.ensure_one()
        orders = self.sudo().purchase_order_ids.filtered(
            lambda order: order.state != "cancel"
        )
        ordered = sum(orders.mapped("amount_untaxed"))
        if orders and self.currency_id.compare_amounts(ordered, self.amount_total):
            return self.env._(
                "its amount is %(amount)s, its orders say %(ordered)s. Nothing is "
                "bargained after the award: both must be equal.",
                amount=self.currency_id.format(self.amount_total),
                ordered=self.currency_id.format(ordered),
            )
        return self._get_direct_reason()

    def _get_direct_reason(self):
        """Say why a contract without tender cannot go on, or nothing."""
        self.ensure_one()
        manager = "outsourcing_mgmt.group_outsourcing_manager"
        if self.predecessor_id or (self.direct_reason and self._flow_user_in(manager)):
            return ""
        return self.env._(
            "it has no award. A tender comes first; only an outsourcing manager sends "
            "a contract without one to sign, and gives the reason."
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_orders(self):
        """Keep orders to what was agreed, once the contract left its draft.

        Call-offs may be added while the contract is in force, as long as all
        orders together stay within its amount.
        """
        for contract in self.sudo():
            if contract.state in ("draft", "cancelled"):
                continue
            if contract.state not in ("signed", "active", "expiring"):
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: its orders can no longer change.",
                        name=contract.name,
                        state=contract._flow_state_label(contract.state),
                    )
                )
            orders = contract.purchase_order_ids.filtered(
                lambda order: order.state != "cancel"
            )
            ordered = sum(orders.mapped("amount_untaxed"))
            if contract.currency_id.compare_amounts(ordered, contract.amount_total) > 0:
                raise UserError(
                    self.env._(
                        "%(name)s: its orders would be %(ordered)s, above the contract "
                        "amount of %(amount)s. Amend the contract first.",
                        name=contract.name,
                        ordered=contract.currency_id.format(ordered),
                        amount=contract.currency_id.format(contract.amount_total),
                    )
                )

    def _facts(self):
        """Return what the audit log says about each step."""
        self.ensure_one()
        return {
            "amount": self.currency_id.round(self.amount_total),
            "currency": self.currency_id.name,
            "partner": self.partner_id.id,
            "version": self.version,
        }
