from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.contract.outsourcing_roster_day import get_last_day
from ..tools.one_record import check_one


class OutsourcingRosterMonth(models.TransientModel):
    """Plans the days of a contract's people in a month, and confirms them at once.

    Days that are there already, under this contract or another, stay as they are, and
    nothing is planned after the end of the contract; who did not come is marked in the
    list before or after.
    """

    _name = "outsourcing.roster.month"
    _description = "Days of a Month"

    contract_id = fields.Many2one(comodel_name="outsourcing.contract", required=True)
    company_id = fields.Many2one(related="contract_id.company_id")
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_month()[0]
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self._default_month()[1]
    )
    every_day = fields.Boolean(
        string="Also Weekends and Holidays",
        help="Otherwise the working days of the company's calendar.",
    )
    worker_ids = fields.Many2many(
        comodel_name="outsourcing.worker",
        compute="_compute_worker_ids",
        store=True,
        readonly=False,
        string="People",
        domain="[('contract_id', '=', contract_id), ('state', '!=', 'planned')]",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends after it starts."
    )

    @api.model
    def _default_month(self):
        """Return the first and the last day of this month."""
        today = self.env.company._outsourcing_today()
        return today.replace(day=1), today.replace(day=1) + relativedelta(
            months=1, days=-1
        )

    @api.depends("contract_id", "date_from", "date_to")
    def _compute_worker_ids(self):
        for wizard in self:
            workers = self.env["outsourcing.worker"].search(
                [
                    ("contract_id", "=", wizard.contract_id.id),
                    ("state", "!=", "planned"),
                    ("date_start", "<=", wizard.date_to),
                ]
            )
            wizard.worker_ids = [
                Command.set(
                    workers.filtered(
                        lambda item, first=wizard.date_from: (
                            not item.date_end or (first and item.date_end >= first)
                        )
                    ).ids
                )
            ]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_plan(self):
        """Make the missing days."""
        self._plan()
        return self._open_days()

    def action_confirm(self):
        """Make the missing days, and confirm those until today."""
        self._plan()
        today = self.contract_id.company_id._outsourcing_today()
        days = self._get_days().filtered(
            lambda row: row.state == "planned" and row.date <= today
        )
        if not days:
            raise UserError(
                self.env._("There is no planned day until today in this period.")
            )
        days.action_confirm()
        return self._open_days()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _plan(self):
        check_one(self)
        # sudo: the calendar of the company is read, whoever plans.
        company = self.contract_id.sudo().company_id
        first, last = self.date_from, self.date_to
        if (last - first).days > 366:
            raise UserError(self.env._("Plan at most one year at once."))
        dates = {first + relativedelta(days=n) for n in range((last - first).days + 1)}
        if not self.every_day:
            dates &= company._outsourcing_get_working_days(
                company.resource_calendar_id, first, last
            )
        # sudo: the day of a person counts under contracts of others, too.
        rows = self.env["outsourcing.roster.day"].sudo()
        rows = rows.search(
            [
                ("partner_id", "in", self.worker_ids.partner_id.ids),
                ("date", ">=", first),
                ("date", "<=", last),
            ]
        )
        known = {(row.partner_id.id, row.date) for row in rows}
        end = get_last_day(self.contract_id.sudo())  # sudo: as above
        self.env["outsourcing.roster.day"].create(
            [
                {"worker_id": worker.id, "date": day}
                for day in sorted(dates)
                for worker in self.worker_ids
                if day <= end
                and (worker.partner_id.id, day) not in known
                and worker.came_on
                and worker.date_start
                and worker.date_start <= day
                and (not worker.date_end or day <= worker.date_end)
            ]
        )

    def _get_days(self):
        """Return the days of the chosen people in the period."""
        return self.env["outsourcing.roster.day"].search(
            [
                ("worker_id", "in", self.worker_ids.ids),
                ("date", ">=", self.date_from),
                ("date", "<=", self.date_to),
            ]
        )

    def _open_days(self):
        action = self.contract_id.action_view_roster()
        return {
            **action,
            "domain": [
                ("contract_id", "=", self.contract_id.id),
                ("date", ">=", self.date_from),
                ("date", "<=", self.date_to),
            ],
        }
