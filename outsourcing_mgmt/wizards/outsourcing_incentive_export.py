from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.one_record import check_one


class OutsourcingIncentiveExport(models.TransientModel):
    """The list of rewards and penalties of a period, for payroll.

    It lists what was applied in the period and, with the opposite sign, what
    was reversed in it after an earlier list.
    """

    _name = "outsourcing.incentive.export"
    _description = "List for Payroll"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_month()[0]
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self._default_month()[1]
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends after it starts."
    )

    @api.model
    def _default_month(self):
        """Return the first and the last day of the month before this one."""
        today = self.env.company._outsourcing_today()
        first = today.replace(day=1) - relativedelta(months=1)
        return first, today.replace(day=1) - relativedelta(days=1)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_print(self):
        """Download the list."""
        check_one(self)
        if not self._get_rows():
            raise UserError(
                self.env._("Nothing was applied or reversed in this period.")
            )
        report = self.env.ref("outsourcing_mgmt.action_report_incentive_list")
        return report.report_action(self)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_rows(self):
        """Return ``(incentive, date, sign)`` of each line of the list.

        :rtype: list
        """
        self.ensure_one()
        if not self.env.user.has_group("outsourcing_mgmt.group_outsourcing_hr"):
            raise AccessError(self.env._("HR makes the list for payroll."))
        Incentive = self.env["outsourcing.incentive"]
        company = [("company_id", "=", self.company_id.id)]
        applied = Incentive.search(
            [
                *company,
                ("applied_date", ">=", self.date_from),
                ("applied_date", "<=", self.date_to),
            ]
        )
        withdrawn = Incentive.search(
            [
                *company,
                ("applied_date", "!=", False),
                ("reversed_date", ">=", self.date_from),
                ("reversed_date", "<=", self.date_to),
            ]
        )
        rows = [(item, item.applied_date, 1) for item in applied]
        rows += [(item, item.reversed_date, -1) for item in withdrawn]
        return sorted(rows, key=lambda row: (row[0].employee_id.name, row[1]))
