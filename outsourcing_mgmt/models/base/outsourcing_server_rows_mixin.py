from odoo import api, models
from odoo.exceptions import AccessError

from .grants import is_custom_only, is_server_act, spend
from .uninstall import guards_deletion


class OutsourcingServerRowsMixin(models.AbstractModel):
    """Rows that only the server's own code creates, changes and deletes.

    Unlike those of ``outsourcing.log.mixin`` they may change. A model says in
    ``_get_server_only_message`` where people do instead what the rows record.
    """

    _name = "outsourcing.server.rows.mixin"
    _description = "Rows of the Server"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_server()
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        if not is_custom_only(self, vals):
            self._check_server()
            spend(self)
        return super().write(vals)

    @guards_deletion
    def _unlink_except_by_server(self):
        self._check_server()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_server(self):
        if not is_server_act(self):
            raise AccessError(self._get_server_only_message())

    def _get_server_only_message(self):
        """Say where people do what the rows record.

        :rtype: str
        """
        raise NotImplementedError
