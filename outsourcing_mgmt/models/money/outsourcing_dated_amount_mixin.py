from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL


class OutsourcingDatedAmountMixin(models.AbstractModel):
    """A document whose amounts are summed up at the rate of its own day.

    Odoo converts the rows of a pivot, a graph or a list at the rate of today, so that
    the sum over past years changes every morning. The rate of a document is stored
    when its day is set, and stays: neither a later rate nor a mended one changes it.

    ``_rate_day``
        The field with the day, a path from the document. While it is empty, the rate
        is that of the day on which currency or company were written last.
    """

    _name = "outsourcing.dated.amount.mixin"
    _description = "Amounts at the Rate of Their Day"

    _rate_day = None

    currency_rate = fields.Float(
        string="Rate of the Day",
        digits=0,
        compute="_compute_currency_rate",
        store=True,
        aggregator=None,
        help="What one of its currency was worth in the currency of the company, on "
        "the day of the document. Sums of several currencies use it.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(lambda self: ("company_id", "currency_id", self._rate_day))
    def _compute_currency_rate(self):
        for record in self:
            own, company = record.currency_id, record.company_id
            if not own or own == company.currency_id:
                record.currency_rate = 1.0
                continue
            record.currency_rate = get_rate(own, company, record._get_rate_day())

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        name, _sep, function = aggregate_spec.partition(":")
        field = self._fields.get(name)
        if (
            function != "sum_currency"
            or field.type != "monetary"
            or field.get_currency_field(self) != "currency_id"
        ):
            return super()._read_group_select(aggregate_spec, query)
        company = query.left_join(
            self._table, "company_id", "res_company", "id", "company_id"
        )
        # Amounts of companies with different currencies have no sum.
        return SQL(
            "CASE WHEN COUNT(DISTINCT %s) = 1 THEN SUM(%s * COALESCE(%s, 1)) END",
            SQL.identifier(company, "currency_id"),
            self._field_to_sql(self._table, name, query),
            self._field_to_sql(self._table, "currency_rate", query),
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_rate_day(self):
        """Return the day of the document, where its company works."""
        self.ensure_one()
        day = next(iter(self.mapped(self._rate_day)), False)
        if isinstance(day, datetime):
            day = self.company_id._outsourcing_date(day)
        return day or self.company_id._outsourcing_today()

    def _to_company_currency(self, amount):
        """Return an amount of the document in the company's currency, of its day."""
        self.ensure_one()
        return self.company_id.currency_id.round(amount * self.currency_rate)


def get_rate(currency, company, day):
    """Return what one of a currency is worth in that of a company on a day."""
    target = company.currency_id
    if not target or currency == target:
        return 1.0
    return currency._get_conversion_rate(currency, target, company, day)
