import logging
from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.apart import run_apart

_logger = logging.getLogger(__name__)

BATCH = 200


class OutsourcingFactMixin(models.AbstractModel):
    """Rows of figures that a job counts, and how many of them are put together.

    Rows are written by the job alone: no role has the right to. Amounts are in the
    currency of the company, at the rate of the day of the act.
    """

    _name = "outsourcing.fact.mixin"
    _description = "Figures of the Analysis"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        related="company_id.currency_id",
        store=True,
        string="Currency of the Company",
    )
    source_date = fields.Datetime(
        string="Source Changed On",
        readonly=True,
        help="When the documents behind the row were last changed. The job counts a "
        "row again when they are newer.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        name, _sep, function = aggregate_spec.partition(":")
        expression = self._fact_get_expression(name)
        is_figure = function in ("avg", "sum", "max", "min", "sum_currency")
        if not expression or not is_figure:
            figure, names = super()._read_group_select(aggregate_spec, query), {name}
        else:
            text, columns = expression
            used = {
                key: column for key, column in columns.items() if f"%({key})s" in text
            }
            figure, names = (
                SQL(
                    text,
                    **{
                        key: self._field_to_sql(self._table, column, query)
                        for key, column in used.items()
                    },
                ),
                {name, *used.values()},
            )
        if not is_figure or not any(
            column in self._fields and self._fields[column].type == "monetary"
            for column in names
        ):
            return figure
        # Amounts of companies with different currencies have no sum, mean or share.
        return SQL(
            "CASE WHEN COUNT(DISTINCT %s) = 1 THEN %s END",
            self._field_to_sql(self._table, "currency_id", query),
            figure,
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _fact_get_expression(self, name):
        """Return how rows are put together where a sum or a mean would be wrong.

        :param str name: of a field
        :return: SQL text with parameters, and the column of each; nothing for what
            Odoo does by itself
        """
        return None

    @api.model
    def _fact_refresh(self, ids, refresh):
        """Count the rows of source records again, batch by batch.

        A record that fails is logged and left for the next night, and holds back no
        other; a job that is killed goes on after the batches that it finished.

        :param ids: ids of the sources whose rows are missing or too old
        :param refresh: function of some of the ids
        """
        Cron = self.env["ir.cron"]
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            self._fact_try(batch, refresh)
            Cron._commit_progress(len(batch), remaining=len(ids) - start - len(batch))
            self.env.invalidate_all()

    @api.model
    def _fact_try(self, sources, refresh):
        """Call ``refresh`` on some sources, on each alone where that fails."""
        tell = partial(_logger.exception, "%s: not counted for %s", self._name)
        run_apart(sources, refresh, self.env.cr.savepoint, tell)

    @api.model
    def _fact_upsert(self, key, rows):
        """Write rows over those of the same key, or add them.

        :param str key: name of the many2one that a row is found by
        :param rows: values by id of ``key``
        """
        # sudo: no role writes figures; they are counted, never typed.
        known = {row[key].id: row for row in self.sudo().search([(key, "in", [*rows])])}
        # sudo: as above, figures are counted.
        self.sudo().create(
            [values for key_id, values in rows.items() if key_id not in known]
        )
        for key_id, values in rows.items():
            if key_id in known:
                known[key_id].write(values)
