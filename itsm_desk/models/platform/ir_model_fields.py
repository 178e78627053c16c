from odoo import api, models
from odoo.exceptions import ValidationError

OWN_TABLES = "itsm_"


class IrModelFields(models.Model):
    """A field of the database's own does not share a relation table of the suite.

    A Many2many on such a table is another side of ours: whoever writes it changes our
    records without their rules.
    """

    _inherit = "ir.model.fields"

    @api.constrains("relation_table", "state", "ttype")
    def _check_itsm_relation_table(self):
        for field in self:
            table = (field.relation_table or "").lower()
            if field.state == "manual" and table.startswith(OWN_TABLES):
                raise ValidationError(
                    self.env._(
                        'Field "%(field)s": the table "%(table)s" belongs to records '
                        "with a procedure. Leave the relation table empty; a table of "
                        "its own is then made.",
                        field=field.name,
                        table=field.relation_table,
                    )
                )
