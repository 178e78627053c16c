from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..models.base.working_days import get_day
from ..models.report.kpi_days import count_again
from ..tools.one_record import check_one


class ItsmKpiRecount(models.TransientModel):
    """Asks from which day on the figures are counted again."""

    _name = "itsm.kpi.recount"
    _description = "Count Figures Again"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    counted_until = fields.Date(related="company_id.itsm_kpi_day")
    day = fields.Date(string="From", required=True)

    def action_confirm(self):
        """Let the job begin again at the chosen day."""
        check_one(self)
        if not self.env.user.has_group("itsm_desk.group_itsm_manager"):
            raise AccessError(
                self.env._("Figures are counted again by managers of the desk.")
            )
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You do not work for this company."))
        if self.day >= get_day(self.company_id, fields.Datetime.now()):
            raise UserError(self.env._("Only days that are over are counted."))
        count_again(self.company_id, self.day)
        # sudo: managers of the desk start no scheduled actions; only this one
        self.env.ref("itsm_desk.ir_cron_kpi").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "The days are counted again, one after the other. It may take some "
                    "minutes."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
