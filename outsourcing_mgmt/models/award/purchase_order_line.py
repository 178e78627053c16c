from odoo import fields, models
from odoo.exceptions import UserError

from ..base.outsourcing_flow_mixin import FLOW_KEY


class PurchaseOrderLine(models.Model):
    """A service line whose receipt follows from accepted milestones."""

    _inherit = "purchase.order.line"

    outsourcing_milestone_ids = fields.One2many(
        comodel_name="outsourcing.contract.milestone",
        inverse_name="purchase_line_id",
        string="Outsourcing Milestones",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if {"qty_received", "qty_received_manual"}.intersection(vals):
            self._check_outsourcing_received()
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_outsourcing_received(self):
        """A line with milestones is received by their acceptance only."""
        if self.env.context.get("outsourcing_flow_key") is FLOW_KEY:
            return
        # Purchase users need not be allowed to read milestones.
        guarded = self.sudo().filtered("outsourcing_milestone_ids")
        if guarded:
            raise UserError(
                self.env._(
                    "%s: what is received follows from the milestones of its contract. "
                    "The outsourcing department accepts them.",
                    ", ".join(guarded.mapped("display_name")),
                )
            )

    def _outsourcing_receive(self, quantity):
        """Set the received quantity, from an accepted milestone."""
        keyed = self.with_context(outsourcing_flow_key=FLOW_KEY)
        keyed.write({"qty_received": quantity})
