from odoo import api, models


class TierDefinition(models.Model):
    """Offers the suite's documents in OCA's configuration of reviews."""

    _inherit = "tier.definition"

    @api.model
    def _get_tier_validation_model_names(self):
        return [
            *super()._get_tier_validation_model_names(),
            *self.env["tier.review"]._tier_hardened_models(),
        ]
