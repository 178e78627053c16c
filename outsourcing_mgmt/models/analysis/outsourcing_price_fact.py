from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import figures
from ..contract.contract_ties import get_versions


class OutsourcingPriceFact(models.Model):
    """What a head costs a month under a contract, year by year.

    The amount of a signed contract, shared out over its months, by the heads agreed on.
    In the currency of the company at the rate of the day of the signature. Nobody
    writes the rows.
    """

    _name = "outsourcing.price.fact"
    _description = "Price per Head"
    _inherit = ["outsourcing.fact.mixin"]
    _order = "date desc, contract_id"

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    date = fields.Date(
        string="Year", required=True, readonly=True, index=True, help="Its first day."
    )
    category_id = fields.Many2one(
        comodel_name="outsourcing.category", index="btree_not_null", readonly=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Vendor", index=True, readonly=True
    )
    heads = fields.Integer(string="Heads Agreed", readonly=True, aggregator=None)
    amount = fields.Monetary(
        string="Share of the Amount",
        readonly=True,
        help="Of the contract amount, by the months of this year.",
    )
    head_months = fields.Float(
        string="Months of Heads",
        digits=(16, 4),
        readonly=True,
        help="Heads agreed, times the months of this year.",
    )
    head_price = fields.Monetary(
        string="Price per Head and Month",
        readonly=True,
        aggregator="avg",
        help="Amount by months of heads; over several contracts weighted by both.",
    )

    _row_unique = models.UniqueIndex("(contract_id, date)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id", "date")
    def _compute_display_name(self):
        for row in self:
            # sudo: whoever reads the row reads of which contract it is.
            name = row.sudo().contract_id.display_name
            row.display_name = f"{name} {row.date:%Y}" if row.date else name

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Count the years of contracts that changed since they were counted.

        SQL, as no domain compares a column with one of another table.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contract.id
                  FROM outsourcing_contract contract
                  LEFT JOIN (
                       SELECT contract_id, MIN(source_date) AS source_date
                         FROM outsourcing_price_fact
                        GROUP BY contract_id) fact
                    ON fact.contract_id = contract.id
                 WHERE contract.signed_date IS NOT NULL
                   AND contract.headcount_agreed > 0
                   AND contract.date_start IS NOT NULL
                   AND contract.date_end >= contract.date_start
                   AND fact.source_date IS DISTINCT FROM contract.write_date
                 ORDER BY contract.id
                """
            )
        )
        self._fact_refresh([row[0] for row in rows], self._refresh_contracts)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _refresh_contracts(self, ids):
        # sudo: the job counts for every company; roles read the rows.
        contracts = self.env["outsourcing.contract"].sudo().browse(ids).exists()
        # sudo: no role writes figures; they are counted, never typed.
        self.sudo().search([("contract_id", "in", contracts.ids)]).unlink()
        # sudo: as above, figures are counted.
        self.sudo().create([row for item in contracts for row in self._count(item)])

    @api.model
    def _count(self, contract):
        """Return the rows of a contract, whose amounts are together its amount.

        A contract that was terminated has rows until then; its price stays. What an
        amendment changes falls on the days from which on it is effective.
        """
        company = contract.company_id
        currency = company.currency_id
        parts = figures.split_versions(
            [
                (
                    since,
                    contract._to_company_currency(amount),
                    last,
                )
                for since, amount, last in get_versions(contract)
            ]
        )
        start, end = contract.date_start, contract.date_end
        ended = min(filter(None, (contract.termination_date, end)))
        heads = contract.headcount_agreed
        rows, done = [], 0.0
        for year, first, last in figures.split_years(start, min(end, ended)):
            # From the beginning on, so that what is rounded in one year is in the next.
            until = currency.round(figures.sum_until(parts, last))
            amount, done = currency.round(until - done), until
            months = figures.count_months(first, last)
            if not months:
                continue
            rows.append(
                {
                    "company_id": company.id,
                    "contract_id": contract.id,
                    "source_date": contract.write_date,
                    "date": f"{year}-01-01",
                    "category_id": contract.category_id.id,
                    "partner_id": contract.partner_id.id,
                    "heads": heads,
                    "amount": amount,
                    "head_months": heads * months,
                    "head_price": amount / (heads * months),
                }
            )
        return rows

    @api.model
    def _fact_get_expression(self, name):
        if name == "head_price":
            return (
                "SUM(%(amount)s) / NULLIF(SUM(%(head_months)s), 0)",
                {"amount": "amount", "head_months": "head_months"},
            )
        return super()._fact_get_expression(name)
