from odoo import api, models
from odoo.exceptions import UserError, ValidationError

ORIGINS = ("contract_id", "form_id", "dispute_id", "finding_id")


class VendorQualityImprovementPlan(models.Model):
    """What a plan may say: its origin is of its contract and stays."""

    _inherit = "vendor.quality.improvement.plan"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains(*ORIGINS)
    def _check_origin(self):
        # Whoever is responsible need not read where the plan comes from.
        for action in self.sudo():
            for name in ORIGINS[1:]:
                origin = action[name]
                if origin and origin.contract_id != action.contract_id:
                    raise ValidationError(
                        self.env._(
                            "%(origin)s belongs to another contract than the plan.",
                            origin=origin.display_name,
                        )
                    )

    @api.constrains("owner_id", "company_id")
    def _check_owner(self):
        for action in self.sudo():
            owner = action.owner_id
            if owner and (owner.share or action.company_id not in owner.company_ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be responsible: choose an employee who works "
                        "in %(company)s.",
                        user=owner.name,
                        company=action.company_id.name,
                    )
                )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_content(self, vals):
        result = super()._flow_check_content(vals)
        if self._flow_is_system():
            return result
        for action in self:
            for name in ORIGINS:
                if name in vals and action[name] and action[name].id != vals[name]:
                    raise UserError(
                        self.env._(
                            "%(name)s: “%(field)s” stays as it is. Open another plan.",
                            name=action.display_name,
                            field=self._flow_field_label(name),
                        )
                    )
        return result
