from odoo import fields, models

RULES = [
    ("grade_blocks", "The grade blocks it"),
    ("score_low", "Score under the threshold"),
    ("not_rated", "No score"),
    ("over_payable", "More than is payable"),
    ("over_fee", "More than the fee"),
    ("rate_missing", "No exchange rate"),
    ("other", "Another rule"),
]


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
