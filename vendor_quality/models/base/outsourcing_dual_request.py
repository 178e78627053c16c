from odoo import api, models


class OutsourcingDualRequest(models.Model):
    """The one list of two-person requests holds those of the service desk, too."""

    _inherit = "outsourcing.dual.request"

    @api.model
    def _get_request_models(self):
        return sorted([*super()._get_request_models(), "itsm.redaction"])
