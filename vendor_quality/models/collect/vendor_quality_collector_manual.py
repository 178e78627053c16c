import json

from odoo import api, models

from ...tools.scoring import Figure


class VendorQualityCollectorManual(models.AbstractModel):
    """Takes the value that an officer entered together with its basis."""

    _name = "vendor.quality.collector.manual"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Entered Values"

    @api.model
    def _collect(self, metric, spans):
        scale = 100 if metric.unit == "percent" else 1
        figures = {}
        for span in spans:
            value, note = span.entered.get(metric.id, (0.0, ""))
            if note:
                basis = json.dumps({"entered": value, "note": note})
                figures[span.key] = Figure(value, scale, metric.min_sample, basis)
        return figures
