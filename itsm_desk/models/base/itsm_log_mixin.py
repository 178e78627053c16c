from odoo import api, models
from odoo.exceptions import AccessError

from .grants import is_custom_only, is_granted, is_server_act, spend


class ItsmLogMixin(models.AbstractModel):
    """Append-only rows: what happened, and is not changed afterwards.

    Rows are created by the server's own code only (``server_create``). Nobody changes
    or deletes one through the ORM, with whatever rights. Who reads them is a matter of
    the model's access rights and record rules.

    ``_log_redactable``
        Texts of people that the server blanks once two persons agreed, or their time
        is over (room ``evidence``).
    """

    _name = "itsm.log.mixin"
    _description = "Append-Only Rows"

    _log_redactable = frozenset()

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(self._append_only_message())
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        is_redaction = self._log_redactable.issuperset(vals) and is_granted(self)
        if is_redaction or is_custom_only(self, vals):
            return super().write(vals)
        raise AccessError(self._append_only_message())

    def unlink(self):
        raise AccessError(self._append_only_message())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _append_only_message(self):
        return self.env._(
            "%s: entries are only added; none is changed or deleted.",
            self._description,
        )
