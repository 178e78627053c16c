from odoo import fields, models

from ..tools.one_record import check_one


class OutsourcingWorkerReplace(models.TransientModel):
    """Asks who of the vendor takes the place of a worker."""

    _name = "outsourcing.worker.replace"
    _description = "Replace a Worker"

    worker_id = fields.Many2one(
        comodel_name="outsourcing.worker", required=True, readonly=True
    )
    vendor_commercial_id = fields.Many2one(related="worker_id.vendor_commercial_id")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="New Person",
        required=True,
        domain="[('is_company', '=', False),"
        " ('commercial_partner_id', '=', vendor_commercial_id)]",
    )

    def action_confirm(self):
        """Plan the new person and open the record."""
        check_one(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.worker",
            "view_mode": "form",
            "res_id": self.worker_id.action_replace(self.partner_id.id),
        }
