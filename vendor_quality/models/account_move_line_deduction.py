from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.outsourcing_flow_mixin import FLOW_KEY


class AccountMoveLine(models.Model):
    """Lines that take the deductions of a quality form off a draft bill."""

    _inherit = "account.move.line"

    vendor_quality_deduction_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Deductions of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if lines.filtered("vendor_quality_deduction_form_id"):
            self._vendor_quality_check_deduction_key()
        return lines

    def write(self, vals):
        if "vendor_quality_deduction_form_id" in vals:
            self._vendor_quality_check_deduction_key()
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _vendor_quality_check_deduction_key(self):
        if self.env.context.get("outsourcing_flow_key") is not FLOW_KEY:
            raise AccessError(
                self.env._(
                    "Which deductions a bill line takes off is set by the list of "
                    "deductions to apply and cannot be written."
                )
            )
