"""Records are guarded against deletion until the guarding module is uninstalled.

Core leaves the guards out when the context says that a module is being uninstalled,
and the context comes from the caller.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo import api, models

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .acting_person import is_evaluated_code_running

GUARDING_MODULES = frozenset({"itsm_desk"})

_removed_modules = ContextVar("itsm_removed_modules", default=frozenset())


def get_removed_modules():
    """Return the names of the modules that are uninstalled or updated now."""
    return _removed_modules.get()


@contextmanager
def _removing(modules):
    """Lift the guards of ``modules``, unless evaluated code asks for it."""
    names = frozenset() if is_evaluated_code_running() else frozenset(modules)
    token = _removed_modules.set(names)
    try:
        yield
    finally:
        _removed_modules.reset(token)


class IrModelData(models.Model):
    """Tells the guards which modules are uninstalled, or updated, now."""

    _inherit = "ir.model.data"

    @api.model
    def _module_data_uninstall(self, modules_to_remove):
        with _removing(modules_to_remove):
            return super()._module_data_uninstall(modules_to_remove)

    @api.model
    def _process_end_unlink_record(self, record):
        with _removing([record.env.context.get("module")]):
            return super()._process_end_unlink_record(record)


class Base(models.AbstractModel):
    """Asks the guards of the suite that core leaves out for the caller's context."""

    _inherit = "base"

    def unlink(self):
        if self and self.env.context.get(MODULE_UNINSTALL_FLAG):
            self.check_access("unlink")
            kept = GUARDING_MODULES - get_removed_modules()
            for guard in self._ondelete_methods:
                module = guard.__module__.removeprefix("odoo.addons.").split(".")[0]
                if not guard._ondelete and module in kept:
                    guard(self)
        return super().unlink()
