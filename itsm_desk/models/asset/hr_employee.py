from odoo import models


class HrEmployee(models.Model):
    """Whoever leaves gives back what was handed over."""

    _inherit = "hr.employee"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: whoever archives employees need not read hand-over slips
            slips = self.env["itsm.equipment.handover"].sudo()
            slips.search(
                [("employee_id", "in", self.ids), ("state", "=", "signed")]
            )._call_for_return()
        return result
