from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class VendorQualityTemplateActivate(models.TransientModel):
    """Shows the last test of a template version before it is put in force."""

    _name = "vendor.quality.template.activate"
    _description = "Put a Quality Template in Force"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template", required=True, readonly=True
    )
    date_from = fields.Date(related="template_id.date_from")
    previous_id = fields.Many2one(related="template_id.previous_id")
    backtest_id = fields.Many2one(
        comodel_name="vendor.quality.backtest", compute="_compute_backtest_id"
    )
    result_html = fields.Html(related="backtest_id.result_html", sanitize=False)
    finished_at = fields.Datetime(related="backtest_id.finished_at")
    run_by_id = fields.Many2one(related="backtest_id.run_by_id")

    @api.depends("template_id")
    def _compute_backtest_id(self):
        for wizard in self:
            tests = wizard.template_id._get_valid_backtests()
            # What the reader may see: tests of the own companies.
            wizard.backtest_id = tests.with_env(self.env)._filtered_access("read")[:1]

    def action_confirm(self):
        """Put the version in force."""
        check_one(self)
        self.template_id.action_activate()
        return {"type": "ir.actions.act_window_close"}
