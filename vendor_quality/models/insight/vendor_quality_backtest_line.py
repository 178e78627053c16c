from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.base.grants import is_server_act, spend

BASES = [
    ("form", "Approved form"),
    ("computed", "Computed again"),
    ("none", "No rules"),
]
RULES = [
    ("grade_blocks", "The grade blocks it"),
    ("score_low", "Score under the threshold"),
    ("not_rated", "No score"),
    ("over_payable", "More than is payable"),
    ("over_fee", "More than the fee"),
    ("rate_missing", "No exchange rate"),
    ("other", "Another rule"),
]


class VendorQualityBacktestEvidence(models.AbstractModel):
    """A row of the result of a template test.

    Written once by the run of the test, signed with it and never changed.
    """

    _name = "vendor.quality.backtest.evidence"
    _inherit = ["outsourcing.dated.amount.mixin"]
    _description = "Result of a Template Test"
    _rate_day = "create_date"

    backtest_id = fields.Many2one(
        comodel_name="vendor.quality.backtest",
        string="Test",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(self.env["vendor.quality.backtest"]._get_fixed_message())
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        raise AccessError(self.env["vendor.quality.backtest"]._get_fixed_message())

    def unlink(self):
        raise AccessError(self.env["vendor.quality.backtest"]._get_fixed_message())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _read_stored(self):
        """Return the records in the order of their ids, read from the database."""
        self.invalidate_model()
        names = [name for name, field in self._fields.items() if field.store]
        return self.search_fetch([("id", "in", self.ids)], names, order="id")


class VendorQualityBacktestLine(models.Model):
    """One contract and period under the old and under the new rules.

    Written once by the run of the test and never changed. Quality roles read.
    """

    _name = "vendor.quality.backtest.line"
    _description = "Period of a Template Test"
    _inherit = ["vendor.quality.backtest.evidence"]
    _order = "backtest_id, contract_id, date_start, id"
    _rec_name = "contract_id"
    _check_company_auto = True

    template_id = fields.Many2one(
        related="backtest_id.template_id", store=True, index=True
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    category_id = fields.Many2one(
        related="contract_id.category_id", store=True, index=True
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Quality Form",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    date_start = fields.Date(string="Period From", readonly=True, index=True)
    date_end = fields.Date(string="Period To", readonly=True)
    fee_amount = fields.Monetary(string="Fee", readonly=True)
    figures = fields.Json(
        readonly=True,
        help="Counted by metric: code, numerator, denominator, sample, carried and "
        "awarded points. With the rules of the test, anyone re-computes the result.",
    )

    # Old rules
    old_basis = fields.Selection(
        selection=BASES,
        string="Old Result From",
        readonly=True,
        help="The approved form of the period; without one, the old version of the "
        "template over the same figures.",
    )
    is_old_rated = fields.Boolean(string="Old Rated", readonly=True)
    old_score = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    old_grade = fields.Char(readonly=True, index=True)
    old_deduction = fields.Monetary(readonly=True)
    old_held_count = fields.Integer(string="Bills Held Before", readonly=True)

    # New rules
    is_new_rated = fields.Boolean(string="New Rated", readonly=True)
    new_score = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    new_grade = fields.Char(readonly=True, index=True)
    new_coverage = fields.Float(
        string="Coverage (%)", digits=(16, 2), readonly=True, aggregator="avg"
    )
    new_deduction = fields.Monetary(readonly=True)
    new_held_count = fields.Integer(string="Bills Held", readonly=True)

    # Difference
    score_change = fields.Float(digits=(16, 2), readonly=True, aggregator="avg")
    deduction_change = fields.Monetary(
        readonly=True, help="What the new rules deduct more (less, when negative)."
    )
    grade_move = fields.Selection(
        selection=[
            ("rise", "Rises"),
            ("fall", "Falls"),
            ("same", "Stays"),
            ("gained", "Rated only now"),
            ("lost", "No longer rated"),
            ("first", "First rules"),
            ("none", "Not rated"),
        ],
        string="Grade",
        readonly=True,
        index=True,
    )
    bill_ids = fields.One2many(
        comodel_name="vendor.quality.backtest.bill",
        inverse_name="line_id",
        string="Bills",
        readonly=True,
    )

    _period_unique = models.UniqueIndex(
        "(backtest_id, contract_id, date_start)", "A test has each period once."
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_signed(self):
        """Return the line as plain data, as the test signs it."""
        self.ensure_one()
        return {
            "contract": self.contract_id.id,
            "start": fields.Date.to_string(self.date_start),
            "end": fields.Date.to_string(self.date_end),
            "currency": self.currency_id.name,
            "fee": self.fee_amount,
            "figures": self.figures,
            "old": [
                self.old_basis,
                self.is_old_rated,
                self.old_score,
                self.old_grade,
                self.old_deduction,
                self.old_held_count,
            ],
            "new": [
                self.is_new_rated,
                self.new_score,
                self.new_grade,
                self.new_deduction,
                self.new_held_count,
            ],
            "move": self.grade_move,
        }


class VendorQualityBacktestBill(models.Model):
    """A real bill of the tested months, judged by the old and the new rules.

    The gate's own rules judge it as if a form of each period were approved with
    the tested result; exceptions are left out, since each would have to be asked
    for. Written once by the run of the test and never changed.
    """

    _name = "vendor.quality.backtest.bill"
    _description = "Bill of a Template Test"
    _inherit = ["vendor.quality.backtest.evidence"]
    _order = "backtest_id, is_newly_held desc, invoice_date, id"
    _rec_name = "move_name"
    _check_company_auto = True

    line_id = fields.Many2one(
        comodel_name="vendor.quality.backtest.line",
        string="Period",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    contract_id = fields.Many2one(related="line_id.contract_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="line_id.partner_id", string="Vendor", store=True, index=True
    )
    move_id = fields.Many2one(
        comodel_name="account.move",
        string="Bill",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_name = fields.Char(string="Bill Number", readonly=True)
    invoice_date = fields.Date(string="Bill Date", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    old_post_rule = fields.Selection(
        selection=RULES, string="Held at Posting Before", readonly=True
    )
    old_payment_rule = fields.Selection(
        selection=RULES, string="Held at Payment Before", readonly=True
    )
    old_withheld = fields.Monetary(string="Not Payable Before", readonly=True)
    new_post_rule = fields.Selection(
        selection=RULES, string="Held at Posting", readonly=True
    )
    new_payment_rule = fields.Selection(
        selection=RULES, string="Held at Payment", readonly=True
    )
    new_withheld = fields.Monetary(string="Not Payable", readonly=True)
    is_held_before = fields.Boolean(string="Was Held", readonly=True)
    is_held = fields.Boolean(
        string="Would Be Held",
        readonly=True,
        index=True,
        help="Somebody would have had to act before the bill is posted or paid.",
    )
    is_newly_held = fields.Boolean(
        string="Held Only Now", readonly=True, help="By the new rules alone."
    )

    _move_unique = models.UniqueIndex(
        "(backtest_id, move_id)", "A test judges each bill once."
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_signed(self):
        """Return the bill as plain data, as the test signs it."""
        self.ensure_one()
        return {
            "bill": self.move_name,
            "line": self.line_id.id,
            "currency": self.currency_id.name,
            "total": self.amount_total,
            "old": [self.old_post_rule, self.old_payment_rule, self.old_withheld],
            "new": [self.new_post_rule, self.new_payment_rule, self.new_withheld],
        }
