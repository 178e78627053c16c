from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.outsourcing_grant import server_write
from ..base.res_company import DAY_KINDS

RUNNING_STATES = ("to_sign", "signed", "active", "expiring")


class OutsourcingContract(models.Model):
    """What was agreed with a vendor after the award.

    draft -> to_sign -> signed -> active -> expiring -> expired | renewed, or
    terminated once signed, or cancelled before.
    """

    _name = "outsourcing.contract"
    _inherit = [
        "outsourcing.flow.mixin",
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

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for contract in self:
            parts = [contract.name if contract.name != "New" else "", contract.subject]
            contract.display_name = " ".join(filter(None, parts))

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
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("active")
    def _check_active(self):
        """A contract in force is not archived: its dates would be forgotten."""
        for contract in self.filtered(lambda contract: not contract.active):
            if contract.state in RUNNING_STATES:
                raise ValidationError(
                    self.env._(
                        "%s is in force and cannot be archived. Terminate it, or wait "
                        "for its end.",
                        contract.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        for contract in contracts:
            # Sequences are not readable by users of the suite.
            sequence = self.env["ir.sequence"].with_company(contract.company_id).sudo()
            server_write(
                contract, {"name": sequence.next_by_code("outsourcing.contract")}
            )
        return contracts
