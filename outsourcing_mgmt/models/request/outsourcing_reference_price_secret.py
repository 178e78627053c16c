from odoo import fields, models


class OutsourcingReferencePriceSecret(models.Model):
    """The amount and nonce of a reference price before it is revealed.

    Nobody has access rights: the reference price reads it for its author and
    finance, and opens it when the prices of the tender are opened.
    """

    _name = "outsourcing.reference.price.secret"
    _description = "Secret of a Reference Price"
    _rec_name = "price_id"

    price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="price_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="price_id.currency_id")
    amount = fields.Monetary()
    nonce = fields.Char(required=True)

    _price_unique = models.UniqueIndex(
        "(price_id)", "A reference price has one secret."
    )
