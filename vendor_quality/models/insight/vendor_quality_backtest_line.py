from odoo import fields, models

BASES = [
    ("form", "Approved form"),
    ("computed", "Computed again"),
    ("none", "No rules"),
]


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
