from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY

AMOUNTS = frozenset(
    {"amount_currency", "balance", "discount", "price_unit", "quantity", "tax_ids"}
)


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
        result = super().write(vals)
        if vals.keys() & AMOUNTS:
            self._vendor_quality_follow_deductions()
        return result

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

    def _vendor_quality_follow_deductions(self):
        """Count again what posted credit notes and bills take off a form."""
        moves = self.move_id.filtered(
            lambda move: move.state == "posted" and move.is_purchase_document()
        )
        marked = moves.filtered(
            lambda move: (
                move.vendor_quality_deduction_form_id
                or move.invoice_line_ids.vendor_quality_deduction_form_id
            )
        )
        if marked:
            marked._vendor_quality_follow_deductions(marked)
