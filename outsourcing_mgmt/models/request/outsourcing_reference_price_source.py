from odoo import api, fields, models


class OutsourcingReferencePriceSource(models.Model):
    """Evidence for a reference price: a quote, a past contract, a calculation.

    As secret as the amount: read by the author and finance, by everybody with
    access to the reference price once it is revealed.
    """

    _name = "outsourcing.reference.price.source"
    _inherit = ["outsourcing.flow.line.mixin"]
    _description = "Source of a Reference Price"
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "price_id"
    _flow_parent_lines = "source_ids"

    price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="price_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="price_id.currency_id")
    sequence = fields.Integer(default=10)
    method = fields.Selection(
        selection=[
            ("market", "Market inquiry"),
            ("history", "Past contract"),
            ("cost", "Cost build-up"),
            ("expert", "Expert opinion"),
        ],
        required=True,
        default="market",
    )
    name = fields.Char(string="Source", required=True)
    date = fields.Date(default=fields.Date.context_today)
    amount = fields.Monetary(string="Amount Found")
    note = fields.Text()
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="outsourcing_reference_price_source_attachment_rel",
        string="Files",
        bypass_search_access=True,
    )

    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "The amount of a source cannot be negative."
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        sources._bind_files()
        return sources

    def write(self, vals):
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._bind_files()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _bind_files(self):
        """Give the files the access rule of their source."""
        for source in self:
            loose = source.attachment_ids.filtered(
                lambda file: not file.res_id and file.create_uid == self.env.user
            )
            loose.write({"res_model": self._name, "res_id": source.id})
