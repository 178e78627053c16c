from odoo import api, fields, models


class VendorQualityForm(models.Model):
    """What an officer still has to enter before the figures are complete."""

    _inherit = "vendor.quality.form"

    entry_hint = fields.Char(
        compute="_compute_entry_hint",
        help="Metrics that nobody has entered a value for.",
    )

    @api.depends("state", "line_ids.manual_note", "line_ids.metric_id.source")
    def _compute_entry_hint(self):
        for form in self:
            lines = form.line_ids.filtered(
                lambda line: line.source == "manual" and not line.manual_note
            )
            is_open = form.state in self._flow_content_states
            form.entry_hint = is_open and ", ".join(lines.mapped("metric_id.name"))
