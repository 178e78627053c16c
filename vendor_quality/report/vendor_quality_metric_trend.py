from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class VendorQualityMetricTrend(models.Model):
    """Points of each metric over time, one row per line of an approved form.

    Only what was measured counts; a row has the id of its line. Read by whoever
    reads forms; nobody writes it.
    """

    _name = "vendor.quality.metric.trend"
    _description = "Metric Trend"
    _auto = False
    _order = "date_end desc, id desc"
    _rec_name = "metric_id"
    _depends = {
        "vendor.quality.form": [
            "commercial_partner_id",
            "company_id",
            "contract_id",
            "date_end",
            "state",
            "template_id",
        ],
        "vendor.quality.form.line": [
            "denominator",
            "form_id",
            "is_failed_critical",
            "metric_id",
            "numerator",
            "points",
            "sample",
            "status",
        ],
        "outsourcing.contract": ["category_id"],
    }

    form_id = fields.Many2one(comodel_name="vendor.quality.form", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    metric_id = fields.Many2one(comodel_name="vendor.quality.metric", readonly=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Vendor", readonly=True
    )
    contract_id = fields.Many2one(comodel_name="outsourcing.contract", readonly=True)
    category_id = fields.Many2one(comodel_name="outsourcing.category", readonly=True)
    template_id = fields.Many2one(comodel_name="vendor.quality.template", readonly=True)
    date_end = fields.Date(string="Period To", readonly=True)
    points = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="0 to 100 by the rules of the form's template. The mean of points treats "
        "every form alike.",
    )
    numerator = fields.Float(readonly=True, aggregator="sum")
    denominator = fields.Float(readonly=True, aggregator="sum")
    sample = fields.Integer(
        readonly=True,
        aggregator="sum",
        help="How many cases were counted. Sums of numerator and denominator give the "
        "pooled rate, which a mean of monthly rates does not.",
    )
    is_failed_critical = fields.Boolean(string="Critical Failure", readonly=True)

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
            SELECT line.id, line.form_id, form.company_id, line.metric_id,
                   form.commercial_partner_id AS partner_id, form.contract_id,
                   contract.category_id, form.template_id, form.date_end, line.points,
                   line.numerator, line.denominator, line.sample,
                   line.is_failed_critical
              FROM vendor_quality_form_line line
              JOIN vendor_quality_form form ON form.id = line.form_id
              JOIN outsourcing_contract contract ON contract.id = form.contract_id
             WHERE form.state = 'approved' AND line.status = 'measured'
            """
        )
