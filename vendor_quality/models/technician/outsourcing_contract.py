from odoo import models

from .gone import tell_owners


class OutsourcingContract(models.Model):
    """When it ends, its people see no tickets any more; the owners are told."""

    _inherit = "outsourcing.contract"

    def _on_enter_expired(self, origins):
        super()._on_enter_expired(origins)
        tell_owners(self.env, self.partner_id)

    def _on_enter_terminated(self, origins):
        super()._on_enter_terminated(origins)
        tell_owners(self.env, self.partner_id)
