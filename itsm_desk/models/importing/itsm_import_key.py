from odoo import fields, models

from ...tools.one_record import check_one


class ItsmImportKey(models.Model):
    """That a line of another system was taken over. Written by the import alone.

    A line with the same source and key is not taken over again, also after the record
    was deleted: then it was not wanted.
    """

    _name = "itsm.import.key"
    _description = "Imported Line"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "id desc"
    _rec_name = "key"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    source = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        selection=[("ticket", "Tickets"), ("article", "Articles")],
        required=True,
        readonly=True,
    )
    key = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    res_model = fields.Char(required=True, readonly=True)

    _key_uniq = models.UniqueIndex(
        "(company_id, source, kind, key)", "This line was imported already."
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open(self):
        """Open what the line became."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._("Lines are noted by the import. Import a file instead.")
