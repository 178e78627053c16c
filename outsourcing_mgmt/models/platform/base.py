from odoo import api, models

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .change_watch import WATCHED, note_change
from .uninstall import GUARDING_MODULES, get_removed_modules


class Base(models.AbstractModel):
    """Watches what could get around a procedure, on the one way of all models."""

    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if self._name in WATCHED:
            note_change(records, "create")
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._name in WATCHED:
            note_change(self, "write", vals)
        return result

    def unlink(self):
        if self._name in WATCHED:
            note_change(self, "unlink")
        if self and self.env.context.get(MODULE_UNINSTALL_FLAG):
            # Core leaves guards out for what the context says, and callers write it.
            self.check_access("unlink")
            kept = GUARDING_MODULES - get_removed_modules()
            for guard in self._ondelete_methods:
                module = guard.__module__.removeprefix("odoo.addons.").split(".")[0]
                if not guard._ondelete and module in kept:
                    guard(self)
        return super().unlink()
