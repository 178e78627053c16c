from odoo import fields, models


class ItsmRedactionItem(models.Model):
    """One text or file that was blanked: where it stood, its hash and its size.

    Whoever has the original can prove with the hash that it is the same. Append-only.
    """

    _name = "itsm.redaction.item"
    _inherit = "itsm.log.mixin"
    _description = "Blanked Text or File"
    _order = "id"
    _rec_name = "label"

    redaction_id = fields.Many2one(
        comodel_name="itsm.redaction",
        string="Redaction",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    label = fields.Char(string="What", required=True, readonly=True)
    res_model = fields.Char(string="Kind of Record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    digest = fields.Char(string="SHA-256", required=True, readonly=True)
    size = fields.Integer(string="Bytes", readonly=True, aggregator=None)
