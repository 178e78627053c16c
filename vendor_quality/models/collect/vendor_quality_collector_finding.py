from odoo import api, models
from odoo.tools import SQL

from ...tools.scoring import Figure


class VendorQualityCollectorFinding(models.AbstractModel):
    """Counts verified findings against the service; none found is a value."""

    _name = "vendor.quality.collector.finding"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Findings"

    _counted_models = ("outsourcing.finding",)

    @api.model
    def _collect(self, metric, spans):
        counted = super()._collect(metric, spans)
        none = self._get_evidence("outsourcing.finding")
        figures = {}
        for span in spans:
            figure = counted.get(span.key)
            figures[span.key] = Figure(
                figure.numerator if figure else 0.0,
                1.0,
                # A month without findings is one whole observation.
                max(figure.sample if figure else 0, metric.min_sample),
                figure.evidence_text if figure else none,
            )
        return figures

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "outsourcing.finding",
            "record": SQL("finding.id"),
            "numerator": SQL("1"),
            "failed": SQL("TRUE"),
            "source": SQL(
                """outsourcing_finding AS finding
                ON finding.contract_id = span.contract_id
               AND finding.date BETWEEN span.date_start AND span.date_end
               AND finding.verified_on IS NOT NULL
               AND finding.finding_type != 'saving'"""
            ),
        }
