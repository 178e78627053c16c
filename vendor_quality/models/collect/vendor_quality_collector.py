from odoo import api, models
from odoo.tools import SQL

from ...tools.scoring import Figure
from ...tools.span import Spans


class VendorQualityCollector(models.AbstractModel):
    """Counts one source for many contracts and periods with one query.

    A source ``x`` of a metric is a model ``vendor.quality.collector.x`` that
    inherits this one and gives :meth:`_get_counted`; the source itself is one
    more value of the metric's ``source``.
    """

    _name = "vendor.quality.collector"
    _description = "Collector of Quality Figures"

    # Models whose pending changes the query must see.
    _counted_models = ()

    @api.model
    def _collect_metric(self, metric, spans):
        """Return ``{span key: Figure}`` of ``metric``; a key without data is left out.

        Formulas are no source: they are computed from the other figures.
        """
        if metric.source == "formula" or not spans:
            return {}
        return self.env[f"vendor.quality.collector.{metric.source}"]._collect(
            metric, spans
        )

    @api.model
    def _collect(self, metric, spans):
        """Count with the query parts of :meth:`_get_counted`."""
        for name in self._counted_models:
            self.env[name].flush_model()
        counted = self._get_counted(metric)
        rows = self.env.execute_query(
            SQL(
                """
                WITH span AS MATERIALIZED (SELECT * FROM %(span)s)
                SELECT span.key,
                       SUM(%(numerator)s)::float8,
                       SUM(%(denominator)s)::float8,
                       COUNT(*),
                       COUNT(DISTINCT %(record)s),
                       ARRAY_AGG(DISTINCT %(record)s ORDER BY %(record)s)::text,
                       (ARRAY_AGG(DISTINCT %(record)s ORDER BY %(record)s)
                           FILTER (WHERE %(failed)s))::text
                  FROM span
                  JOIN %(source)s
                 GROUP BY span.key
                """,
                span=self._get_span_table(spans),
                numerator=counted["numerator"],
                denominator=counted.get("denominator", SQL("1")),
                record=counted["record"],
                failed=counted.get("failed", SQL("FALSE")),
                source=counted["source"],
            )
        )
        model = counted["model"]
        return {
            key: Figure(
                numerator,
                denominator,
                sample,
                self._get_evidence(model, count, records, failed),
            )
            for key, numerator, denominator, sample, count, records, failed in rows
        }

    @api.model
    def _get_counted(self, metric):
        """Return the parts of the query.

        ``source`` joins the table of the source to ``span`` (``contract_id``,
        ``date_start``, ``date_end``, ``utc_start``, ``utc_end``); ``numerator``
        and ``denominator`` are summed; ``record`` is the id behind a row,
        ``failed`` tells which rows cost points, ``model`` is their model.

        :rtype: dict of SQL, with ``model`` as str
        """
        raise NotImplementedError

    @api.model
    def _get_evidence(self, model, count=0, records="{}", failed=None):
        """Return what stands behind a figure, counts and record ids, as JSON text.

        :param str records: ids as PostgreSQL prints an array, which is sorted
        :param str failed: the ids that cost points, or None
        """
        text = f'"model": "{model}", "count": {count}, "ids": [{records[1:-1]}]'
        if failed:
            text += f', "failed_ids": [{failed[1:-1]}]'
        return f"{{{text}}}"

    @api.model
    def _get_span_table(self, spans):
        return SQL(
            """UNNEST(%s::int[], %s::int[], %s::date[], %s::date[],
                      %s::timestamp[], %s::timestamp[])
               AS span(key, contract_id, date_start, date_end, utc_start, utc_end)""",
            *(spans if isinstance(spans, Spans) else Spans(spans)).columns,
        )
