"""A source of a test; imported by the test that registers it, and by nothing else."""

from odoo import api, models
from odoo.tools import SQL


class VendorQualityCollectorFake(models.AbstractModel):
    """Counts the contacts of the vendor's company that carry a score as colour."""

    _name = "vendor.quality.collector.fake"
    _inherit = "vendor.quality.collector"
    _description = "Collector of a Test"

    _counted_models = ("res.partner",)

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "res.partner",
            "record": SQL("contact.id"),
            "numerator": SQL("contact.color"),
            "failed": SQL("contact.color < 5"),
            "source": SQL(
                """outsourcing_contract AS contract
                ON contract.id = span.contract_id
              JOIN res_partner AS contact
                ON contact.parent_id = contract.partner_id"""
            ),
        }
