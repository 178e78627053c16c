from odoo import fields, models

from .giving_back import call_for_return, end_calls


class HrEmployee(models.Model):
    """Whoever leaves gives back all that he has, with a slip or without."""

    _inherit = "hr.employee"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        was_active = self.filtered("active")
        result = super().write(vals)
        if "active" in vals:
            if vals["active"]:
                # sudo: whoever archives employees need not read equipment and slips
                end_calls((self - was_active).sudo())
            else:
                call_for_return(was_active.sudo())  # sudo: as above
        return result


class HrDepartureWizard(models.TransientModel):
    """Frees no equipment: whoever leaves has it until it is given back."""

    _inherit = "hr.departure.wizard"

    unassign_equipment = fields.Boolean(default=False)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_register_departure(self):
        self.unassign_equipment = False
        result = super().action_register_departure()
        # sudo: as above; some leave on a later day and are archived then
        call_for_return(self.employee_ids.sudo())
        return result
