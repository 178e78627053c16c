from odoo import api, fields, models
from odoo.exceptions import AccessError


class VendorQualityBacktestEvidence(models.AbstractModel):
    """A row of the result of a template test.

    Written once by the run of the test, signed with it and never changed.
    """

    _name = "vendor.quality.backtest.evidence"
    _description = "Result of a Template Test"

    backtest_id = fields.Many2one(
        comodel_name="vendor.quality.backtest",
        string="Test",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.env["vendor.quality.backtest"]._check_running()
        return super().create(vals_list)

    def write(self, vals):
        raise AccessError(self.env["vendor.quality.backtest"]._get_fixed_message())

    def unlink(self):
        raise AccessError(self.env["vendor.quality.backtest"]._get_fixed_message())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _read_stored(self):
        """Return the records in the order of their ids, read from the database."""
        self.invalidate_model()
        names = [name for name, field in self._fields.items() if field.store]
        return self.search_fetch([("id", "in", self.ids)], names, order="id")
