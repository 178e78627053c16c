from odoo import api, fields, models

from ...tools.phone_digits import join_digits


class HrEmployee(models.Model):
    """Whoever leaves gives back what was handed over; callers are found by number."""

    _inherit = "hr.employee"

    itsm_phone_digits = fields.Char(
        string="Digits of Work Phones",
        compute="_compute_itsm_phone_digits",
        store=True,
        index="trigram",
        groups="hr.group_hr_user",
        export_string_translation=False,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("work_phone", "mobile_phone")
    def _compute_itsm_phone_digits(self):
        for employee in self:
            numbers = employee.work_phone, employee.mobile_phone
            employee.itsm_phone_digits = join_digits(*numbers) or False

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: whoever archives employees need not read hand-over slips
            slips = self.env["itsm.equipment.handover"].sudo()
            slips.search(
                [("employee_id", "in", self.ids), ("state", "=", "signed")]
            )._call_for_return()
        return result
