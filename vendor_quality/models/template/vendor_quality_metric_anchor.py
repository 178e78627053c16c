from odoo import api, fields, models


class VendorQualityMetricAnchor(models.Model):
    """One point of the line that turns a metric's value into points."""

    _name = "vendor.quality.metric.anchor"
    _description = "Anchor of a Quality Metric"
    _order = "metric_id, value, id"

    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="metric_id.company_id", store=True)
    value = fields.Float(required=True, digits=(16, 4))
    points = fields.Float(required=True, digits=(16, 2))

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points lie between 0 and 100."
    )
    _value_unique = models.UniqueIndex(
        "(metric_id, value)", "A metric has one anchor for each value."
    )

    @api.model_create_multi
    def create(self, vals_list):
        anchors = super().create(vals_list)
        anchors._check_metric()
        return anchors

    def write(self, vals):
        self._check_metric()
        result = super().write(vals)
        self._check_metric()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self._check_metric()

    def _check_metric(self):
        """Treat the change as a change of the metric."""
        self.metric_id._check_unlocked()
        self.metric_id._note_editor()
