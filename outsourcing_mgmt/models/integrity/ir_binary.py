from odoo import models

from .kept_files import KEPT_FIELDS, find_changed, refuse_changed


class IrBinary(models.AbstractModel):
    """Downloads of files with a digest stop when a file is not what was kept.

    This is the way of browsers (``/web/content``, ``/web/image``, the portal). Whoever
    may read a record and reads the field by RPC gets its bytes as they are; the check
    of every night and each decision compare them.
    """

    _inherit = "ir.binary"

    def _record_to_stream(self, record, field_name):
        kept, name = record, field_name
        if record._name == "ir.attachment" and record.res_model in KEPT_FIELDS:
            kept = self.env[record.res_model].browse(record.res_id)
            name = record.res_field
        if kept._name in KEPT_FIELDS and name == KEPT_FIELDS[kept._name][0]:
            refuse_changed(self.env, list(find_changed(kept)))
        return super()._record_to_stream(record, field_name)
