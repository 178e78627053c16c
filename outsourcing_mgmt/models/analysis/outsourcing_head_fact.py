from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import groupby

from ...tools import figures

MONTHS_BACK = 24
# These people are on somebody else's payroll.
NOT_OWN = ("contractor", "freelance")


class OutsourcingHeadFact(models.Model):
    """Outsourced heads beside own ones, by department and month.

    Heads are counted on the last day of a month, in the running month today. Months
    that are over stay as they were counted. Nobody writes the rows.
    """

    _name = "outsourcing.head.fact"
    _description = "Outsourced and Own Heads"
    _inherit = ["outsourcing.fact.mixin"]
    _order = "date desc, department_id"

    date = fields.Date(
        string="Month", required=True, readonly=True, index=True, help="Its first day."
    )
    department_id = fields.Many2one(
        comodel_name="hr.department", readonly=True, index="btree_not_null"
    )
    outsourced_heads = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="People of vendors on site. Over several months: the mean month.",
    )
    own_heads = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Employees, without contractors and freelancers. Over several months: the "
        "mean month.",
    )
    outsourced_share = fields.Float(
        string="Outsourced Share (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Outsourced heads by all heads.",
    )

    _row_unique = models.UniqueIndex("(company_id, date, (COALESCE(department_id, 0)))")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("department_id", "date")
    def _compute_display_name(self):
        for row in self:
            # sudo: whoever reads the row reads of which department it is.
            name = row.sudo().department_id.display_name or self.env._("No Department")
            row.display_name = f"{name} {row.date:%Y-%m}" if row.date else name

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Count the running month and the last one, and older ones never counted.

        A company that fails is logged and counted the next night.
        """
        # sudo: the job counts for every company.
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        Cron = self.env["ir.cron"]
        for index, company in enumerate(companies, start=1):
            self._fact_try(company, self._refresh_company)
            Cron._commit_progress(1, remaining=len(companies) - index)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _refresh_company(self, company):
        today = company._outsourcing_today()
        people = self._get_people(company)
        if not people:
            return
        first = max(
            min(row["start"] for row in people),
            today - relativedelta(months=MONTHS_BACK),
        )
        kept = {
            month
            # sudo: the job counts for every company.
            for (month,) in self.sudo()._read_group(
                [("company_id", "=", company.id)], ["date:month"]
            )
        }
        again = {today.replace(day=1), today.replace(day=1) - relativedelta(months=1)}
        days = [
            day
            for day in figures.get_month_ends(first, today)
            if day.replace(day=1) in again or day.replace(day=1) not in kept
        ]
        versions = self._get_versions(company)
        # sudo: no role writes figures; they are counted, never typed.
        self.sudo().search(
            [("company_id", "=", company.id), ("date", "in", [*again])]
        ).unlink()
        # sudo: as above, figures are counted.
        self.sudo().create(
            [
                row
                for day in days
                for row in self._count_day(company, day, people, versions)
            ]
        )

    @api.model
    def _count_day(self, company, day, people, versions):
        """Return the rows of one day, one for each department with heads."""
        outsourced = {}
        for person in people:
            if person["start"] <= day and (not person["end"] or day <= person["end"]):
                outsourced.setdefault(person["department"], set()).add(person["who"])
        own = {}
        for rows in versions:
            version = figures.get_version(rows, day)
            if version and version["type"] not in NOT_OWN:
                department = version["department"]
                own[department] = own.get(department, 0) + 1
        if not own:
            # Before the employees were recorded their number is not known.
            return []
        # A department whose people all left has its zero.
        known = {person["department"] for person in people} | own.keys()
        result = []
        for department in known:
            heads = len(outsourced.get(department, ()))
            mine = own.get(department, 0)
            result.append(
                {
                    "company_id": company.id,
                    "date": day.replace(day=1),
                    "department_id": department,
                    "outsourced_heads": heads,
                    "own_heads": mine,
                    "outsourced_share": 100 * heads / ((heads + mine) or 1),
                }
            )
        return result

    @api.model
    def _get_people(self, company):
        """Return who of vendors came, to which department, from when to when."""
        # sudo: the job counts heads, whoever may read the people.
        workers = (
            self.env["outsourcing.worker"]
            # sudo: as above; only numbers leave this method.
            .sudo()
            .search_fetch(
                [("company_id", "=", company.id), ("came_on", "!=", False)],
                ["partner_id", "department_id", "date_start", "date_end", "state"],
            )
        )
        return [
            {
                "who": worker.partner_id.id,
                "department": worker.department_id.id,
                "start": worker.date_start or worker.came_on,
                # Who is still there is, whatever was planned.
                "end": worker.date_end if worker.state == "left" else None,
            }
            for worker in workers
        ]

    @api.model
    def _get_versions(self, company):
        """Return the versions of each employee of the company, oldest first."""
        # sudo: only numbers leave this method.
        versions = (
            self.env["hr.version"]
            # sudo: as above, the job counts heads.
            .sudo()
            .search(
                [
                    ("company_id", "=", company.id),
                    ("employee_id", "!=", False),
                    "|",
                    ("employee_id.active", "=", True),
                    ("departure_date", "!=", False),
                ],
                order="employee_id, date_version, id",
            )
        )
        return [
            [self._describe_version(version) for version in group]
            for _employee, group in groupby(versions, lambda item: item.employee_id)
        ]

    @api.model
    def _describe_version(self, version):
        return {
            "date": version.date_version,
            "start": version.contract_date_start,
            "end": version.contract_date_end,
            "departure": version.departure_date,
            "department": version.department_id.id,
            "type": version.employee_type,
        }

    @api.model
    def _fact_get_expression(self, name):
        columns = {
            column: column for column in ("outsourced_heads", "own_heads", "date")
        }
        if name in ("outsourced_heads", "own_heads"):
            # Heads of departments add up, heads of months do not.
            return f"SUM(%({name})s) / NULLIF(COUNT(DISTINCT %(date)s), 0)", columns
        if name == "outsourced_share":
            return (
                "100 * SUM(%(outsourced_heads)s)"
                " / NULLIF(SUM(%(outsourced_heads)s + %(own_heads)s), 0)",
                columns,
            )
        return super()._fact_get_expression(name)
