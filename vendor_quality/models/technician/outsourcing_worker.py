from odoo import models

from .gone import tell_owners


class OutsourcingWorker(models.Model):
    """Whoever leaves sees no tickets any more; their owners are told."""

    _inherit = "outsourcing.worker"

    def _on_enter_left(self, origins):
        super()._on_enter_left(origins)
        tell_owners(self.env, self.partner_id)
