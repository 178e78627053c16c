from datetime import timedelta

from odoo import api, fields, models

VALID_DAYS = 30


class VendorQualityException(models.Model):
    """A request to let one bill pass the gate once, or to decide its kind.

    draft -> submitted -> approved -> used; or refused, expired, or void because
    the bill was changed. It is bound to a fingerprint of the bill: any change
    of vendor, contract, period, lines, amount or bank account voids it.

    =========  =======================  ==========================================
    step       who                      but not
    =========  =======================  ==========================================
    request    accounting, officer
    submit     the requester
    approve    quality finance          requester, last editor, author or poster
                                        of the bill
    refuse     quality finance          the requester
    use        the gate itself          a second time, above the limit, after the
                                        expiry, on a changed bill
    =========  =======================  ==========================================

    An exception lets the bill be posted once and paid once. A decision on the
    kind (advance, deposit, outside) sets the kind of the bill and holds as long
    as the bill stays what it was.
    """

    _name = "vendor.quality.exception"
    _description = "Bill Exception"
    _inherit = ["vendor.quality.request.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _cancel_state = "void"
    _request_sequence = "vendor.quality.exception"
    _tier_requester_fields = ("requester_id", "bill_author_ids")

    _flow_transitions = {
        "draft": {"submitted", "void"},
        "submitted": {"approved", "refused", "expired", "void"},
        "approved": {"used", "expired", "void"},
        "used": set(),
        "refused": set(),
        "expired": set(),
        "void": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "approved": "approve",
        "refused": "refuse",
        "used": "use",
        "expired": "expire",
        "void": "void",
    }
    _flow_required = {"submitted": ("reason", "amount_limit")}
    _flow_system_fields = frozenset(
        {
            "approved_at",
            "approved_by_id",
            "bill_author_ids",
            "fingerprint",
            "name",
            "payment_used_at",
            "posting_used_at",
            "refuse_reason",
            "requester_id",
        }
    )
    _flow_content_fields = frozenset(
        {
            "amount_limit",
            "company_id",
            "expiry_date",
            "move_id",
            "purpose",
            "reason",
            "stage",
        }
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(default="/", readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("used", "Used"),
            ("refused", "Refused"),
            ("expired", "Expired"),
            ("void", "Void"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        related="move_id.company_id", store=True, index=True, precompute=True
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Bill",
        required=True,
        index=True,
        ondelete="cascade",
        copy=False,
        domain="[('move_type', 'in', ('in_invoice', 'in_receipt', 'entry'))]",
    )
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", string="Vendor", store=True, index=True
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    bill_total = fields.Monetary(related="move_id.amount_total", string="Bill Total")
    purpose = fields.Selection(
        selection=[
            ("exception", "Let the bill through once"),
            ("advance", "It is an advance"),
            ("deposit", "It is a deposit"),
            ("outside", "It is outside of the contracts"),
        ],
        required=True,
        default="exception",
        tracking=True,
    )
    stage = fields.Selection(
        selection=[
            ("post", "Posting"),
            ("payment", "Payment"),
            ("both", "Posting and payment"),
        ],
        compute="_compute_stage",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="What the bill is let through. A posted bill only has payment left.",
    )
    amount_limit = fields.Monetary(
        string="Limit",
        compute="_compute_amount_limit",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
        help="Tax included. For posting, the whole bill must be within it; for "
        "payment, what is paid beyond what the form allows.",
    )
    expiry_date = fields.Date(
        default=lambda self: (
            fields.Date.context_today(self) + timedelta(days=VALID_DAYS)
        ),
        tracking=True,
        help="Last day on which an approved exception may be used.",
    )
    gate_reason = fields.Text(related="move_id.vendor_quality_gate_reason")
    bill_author_ids = fields.Many2many(
        comodel_name="res.users",
        relation="vendor_quality_exception_bill_author_rel",
        column1="exception_id",
        column2="user_id",
        string="Authors of the Bill",
        readonly=True,
        copy=False,
        help="Who entered, posted or owns the bill. They never approve.",
    )
    posting_used_at = fields.Datetime(string="Used to Post", readonly=True, copy=False)
    payment_used_at = fields.Datetime(string="Used to Pay", readonly=True, copy=False)
    fingerprint = fields.Char(readonly=True, copy=False)

    _limit_positive = models.Constraint(
        "CHECK (amount_limit >= 0)", "The limit of an exception is not negative."
    )
    _open_unique = models.UniqueIndex(
        "(move_id, purpose) WHERE state IN ('submitted', 'approved')",
        "Another request of the same kind is open for the bill.",
    )
    _gate_idx = models.Index("(move_id) WHERE state IN ('approved', 'used')")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("move_id", "purpose")
    def _compute_stage(self):
        for request in self:
            is_posted = request.move_id.state == "posted"
            request.stage = (
                "payment" if is_posted and request.purpose == "exception" else "both"
            )

    @api.depends("move_id")
    def _compute_amount_limit(self):
        for request in self:
            request.amount_limit = request.move_id.amount_total
