from odoo import models

from ...tools import gate_rules as rules


class OutsourcingContractExit(models.Model):
    """Bills that waited for a handover are free once it is signed."""

    _inherit = "outsourcing.contract.exit"

    def _on_enter_signed(self, origins):
        result = super()._on_enter_signed(origins)
        self._vendor_quality_release()
        return result

    def _on_enter_dropped(self, origins):
        result = super()._on_enter_dropped(origins)
        self._vendor_quality_release()
        return result

    def _vendor_quality_release(self):
        # sudo: whoever receives the handover need not read bills and their holds.
        holds = self.env["vendor.quality.hold"].sudo()
        holds = holds.search(
            [
                ("rule", "=", rules.EXIT_OPEN),
                ("state", "=", "active"),
                ("contract_id", "in", self.contract_id.ids),
            ]
        )
        if holds:
            # sudo: as above.
            self.env["vendor.quality.gate"].sudo()._refresh(holds.move_id)
