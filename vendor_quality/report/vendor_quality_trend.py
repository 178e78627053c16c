from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class VendorQualityTrend(models.Model):
    """Scores and money of approved forms over time, one row per form.

    Superseded forms are left out: the row of a period is its form in force. A row
    has the id of its form. Read by whoever reads forms; nobody writes it.
    """

    _name = "vendor.quality.trend"
    _description = "Score Trend"
    _inherit = ["outsourcing.dated.amount.mixin"]
    _auto = False
    _order = "date_end desc, id desc"
    _rec_name = "form_id"
    _depends = {
        "vendor.quality.form": [
            "commercial_partner_id",
            "company_id",
            "contract_id",
            "coverage",
            "currency_id",
            "currency_rate",
            "date_end",
            "date_start",
            "deduction_amount",
            "disputed_amount",
            "fee_amount",
            "grade",
            "is_rated",
            "payable_amount",
            "retention_amount",
            "score",
            "state",
            "template_id",
        ],
        "outsourcing.contract": ["category_id"],
    }

    form_id = fields.Many2one(comodel_name="vendor.quality.form", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Vendor", readonly=True
    )
    contract_id = fields.Many2one(comodel_name="outsourcing.contract", readonly=True)
    category_id = fields.Many2one(comodel_name="outsourcing.category", readonly=True)
    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        readonly=True,
        help="Scores of different versions are measured by different rules: group by "
        "template before you compare them.",
    )
    date_start = fields.Date(string="Period From", readonly=True)
    date_end = fields.Date(string="Period To", readonly=True)
    is_rated = fields.Boolean(string="Rated", readonly=True)
    grade = fields.Char(readonly=True)
    score = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Empty when the period is not rated, so that it counts in no mean.",
    )
    coverage = fields.Float(
        string="Coverage (%)", digits=(16, 2), readonly=True, aggregator="avg"
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    currency_rate = fields.Float(compute=None, readonly=True)
    fee_amount = fields.Monetary(string="Fee", readonly=True)
    deduction_amount = fields.Monetary(string="Deduction", readonly=True)
    retention_amount = fields.Monetary(string="Retention", readonly=True)
    disputed_amount = fields.Monetary(string="In Dispute", readonly=True)
    payable_amount = fields.Monetary(string="Payable", readonly=True)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_form(self):
        """Open the form of the row."""
        check_one(self)
        return self.form_id._get_records_action()

    # ------------------------------------------------------------
    # QUERY
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT form.id, form.id AS form_id, form.company_id, form.contract_id,
                   form.commercial_partner_id AS partner_id, contract.category_id,
                   form.template_id, form.date_start, form.date_end, form.is_rated,
                   form.grade, form.coverage, form.currency_id,
                   form.currency_rate,
                   CASE WHEN form.is_rated THEN form.score END AS score,
                   form.fee_amount, form.deduction_amount, form.retention_amount,
                   form.disputed_amount, form.payable_amount
              FROM vendor_quality_form form
              JOIN outsourcing_contract contract ON contract.id = form.contract_id
             WHERE form.state = 'approved'
            """
        )
