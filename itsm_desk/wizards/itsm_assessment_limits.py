from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.base.itsm_private_mixin import HR
from ..tools.one_record import check_one

LIMITS = ("itsm_most_amount", "itsm_most_leave_days")


class ItsmAssessmentLimits(models.TransientModel):
    """What an assessment may propose at most, changed by HR.

    They are settings of the company, which HR cannot write otherwise. Assessments keep
    the limits of their day.
    """

    _name = "itsm.assessment.limits"
    _description = "Limits of Assessments"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    itsm_most_amount = fields.Float(string="Reward or Penalty at Most")
    itsm_most_leave_days = fields.Float(string="Days of Leave at Most")

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        # sudo: HR cannot write the company and may not read all of it
        company = self.env.company.sudo()
        return {**values, **{name: company[name] for name in LIMITS}}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Write the limits to the company, as HR."""
        check_one(self)
        if not self.env.user.has_group(HR) or (
            self.company_id not in self.env.companies
        ):
            raise AccessError(
                self.env._("HR of the company changes the limits of assessments.")
            )
        # sudo: HR owns these limits, and has no other right on the company
        company = self.company_id.sudo()
        company.write({name: self[name] for name in LIMITS})
        return {"type": "ir.actions.act_window_close"}
