from odoo import fields, models


class VendorQualityMetricTrialLine(models.TransientModel):
    """One contract and period of a metric's trial."""

    _name = "vendor.quality.metric.trial.line"
    _description = "Trial of a Quality Metric: Period"
    _order = "trial_id, is_measured desc, contract_id, date_start desc"

    trial_id = fields.Many2one(
        comodel_name="vendor.quality.metric.trial",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    contract_id = fields.Many2one(comodel_name="outsourcing.contract", readonly=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", related_sudo=False, string="Vendor"
    )
    date_start = fields.Date(string="Period From", readonly=True)
    date_end = fields.Date(string="Period To", readonly=True)
    counted = fields.Char(
        readonly=True, help="Numerator and denominator: what was good, of what counts."
    )
    sample = fields.Integer(
        string="Events", readonly=True, help="Compared with the minimum sample."
    )
    evidence_count = fields.Integer(
        string="Records", readonly=True, help="Records behind the count."
    )
    is_measured = fields.Boolean(readonly=True)
    value = fields.Float(readonly=True, digits=(16, 2))
    points = fields.Float(readonly=True, digits=(16, 2))
    outcome = fields.Char(readonly=True)
