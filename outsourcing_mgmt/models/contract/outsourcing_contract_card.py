from odoo import fields, models
from odoo.tools import SQL


class OutsourcingContractCard(models.Model):
    """What every employee may know of a contract: its name and its vendor.

    Employees choose the contract of a finding from the cards of signed
    contracts; the contract itself, its amounts and its messages stay with the
    people who work on it. A card has the id of its contract.
    """

    _name = "outsourcing.contract.card"
    _description = "Contract Card"
    _auto = False
    _order = "name desc"
    _rec_names_search = ["name", "subject", "vendor_name"]

    name = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    vendor_name = fields.Char(string="Vendor", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            "SELECT contract.id, contract.name, contract.subject,"
            " partner.complete_name AS vendor_name, contract.company_id"
            " FROM outsourcing_contract AS contract"
            " LEFT JOIN res_partner AS partner ON partner.id = contract.partner_id"
            " WHERE contract.signed_date IS NOT NULL"
        )

    def _compute_display_name(self):
        for card in self:
            parts = (card.name, card.subject, card.vendor_name)
            card.display_name = " · ".join(filter(None, parts))
