from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..models.base.groups import HR
from ..tools.one_record import check_one

PREFIX = "outsourcing_"
RATES = (
    "reward_share",
    "reward_cap",
    "fine_cap",
    "leave_cap",
    "points_cap",
    "fine_missed_inspection",
)


class OutsourcingIncentiveLimits(models.TransientModel):
    """Rates and caps of rewards and penalties, changed by HR.

    They are settings of the company, which HR cannot write otherwise. Each change
    is kept in the audit log of the company. Proposals keep the caps of their day.
    """

    _name = "outsourcing.incentive.limits"
    _description = "Rates and Caps"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    reward_share = fields.Float(
        string="Reward Share (%)",
        help="All rewards from one finding together, in percent of its saving.",
    )
    reward_cap = fields.Monetary(help="The most one reward may be.")
    fine_cap = fields.Monetary(
        help="The most one fine may be, also where the rule names no fine."
    )
    leave_cap = fields.Float(
        help="The most days of leave that one reward or penalty may be."
    )
    points_cap = fields.Integer(
        string="Demerit Cap", help="The most demerit points that one penalty may be."
    )
    fine_missed_inspection = fields.Monetary(
        string="Fine for a Missed Inspection",
        help="Fine for an inspection that was missed or not fed back in time.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        # sudo: HR cannot write the company and may not read all of it.
        company = self.env.company.sudo()
        wanted = set(RATES).intersection(fields_list)
        return {**values, **{name: company[PREFIX + name] for name in wanted}}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Write the rates to the company, as HR, and keep what they were."""
        check_one(self)
        if not self.env.user.has_group(HR):
            raise AccessError(
                self.env._("HR changes the rates and caps of rewards and penalties.")
            )
        # sudo: HR owns these rates, and has no other right on the company.
        company = self.company_id.sudo()
        changed = {
            name: self[name] for name in RATES if company[PREFIX + name] != self[name]
        }
        if changed:
            # The company logs what is changed.
            company.write({PREFIX + name: value for name, value in changed.items()})
        return {"type": "ir.actions.act_window_close"}
