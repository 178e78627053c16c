"""Records are guarded against deletion until the guarding module is uninstalled.

Core leaves guards out when the context says that a module is being uninstalled, and
the context comes from the caller.
"""

import functools
from contextlib import contextmanager
from contextvars import ContextVar

from odoo import api, models

from .grants import is_evaluated_code_running

_removed_modules = ContextVar("itsm_removed_modules", default=frozenset())
"""The modules that are uninstalled or updated now."""


def guards_deletion(method):
    """Call ``method`` before records are deleted, whatever the context says.

    In place of ``api.ondelete``. Only removing or updating the module that defines
    the method lifts it.
    """
    module = method.__module__.removeprefix("odoo.addons.").split(".")[0]

    @api.ondelete(at_uninstall=True)
    @functools.wraps(method)
    def guard(self):
        if module not in _removed_modules.get():
            method(self)

    return guard


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
