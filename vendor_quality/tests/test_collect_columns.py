import re

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

TABLE = re.compile(r"\b(\w+) AS (\w+)")
COLUMN = re.compile(r"\b(\w+)\.(\w+)\b")
# Set when the row is inserted, and never changed.
FIXED = {"id", "create_date", "company_id"}
# The day of a company is moved by two persons; what was counted by it stays. So does
# what was counted before the contact of a vendor went to another company.
UNLISTED = {"res.company", "res.partner"}
MEASURES = ("inspection_measure", "sla_measure", "duty_measure")


@tagged("post_install", "-at_install")
class TestCollectColumns(TransactionCase):
    """What the sources count is what lets their forms be counted again."""

    def _get_metrics(self):
        """Yield a metric of every source that is counted by a query."""
        Metric = self.env["vendor.quality.metric"]
        for source in Metric._fields["source"].get_values(self.env):
            if source in ("manual", "formula"):
                continue
            for name in MEASURES:
                for measure in Metric._fields[name].get_values(self.env):
                    yield Metric.new({"source": source, name: measure})

    def _get_read_columns(self):
        """Return ``{model: columns}`` that the queries of the sources read."""
        models = {model._table: name for name, model in self.env.registry.items()}
        columns = {}
        for metric in self._get_metrics():
            collector = self.env[f"vendor.quality.collector.{metric.source}"]
            parts = collector._get_counted(metric).values()
            code = " ".join(part.code for part in parts if isinstance(part, SQL))
            aliases = {
                alias: models[table]
                for table, alias in TABLE.findall(code)
                if table in models
            }
            for alias, column in COLUMN.findall(code):
                model = aliases.get(alias)
                if model in UNLISTED:
                    continue
                if model and column in self.env[model]._fields:
                    columns.setdefault(model, set()).add(column)
        return columns

    def test_every_computed_column_lists_its_days(self):
        """Otherwise a change of the column would not let forms be counted again."""
        mixin = self.env["vendor.quality.counted.mixin"]
        computed = [
            (model, field.compute)
            for name in self.env.registry.descendants([mixin._name], "_inherit")
            for model in [self.env[name]]
            for field in map(model._fields.get, model._quality_columns)
            if field.store and field.compute
        ]
        self.assertEqual(len(computed), 6)
        for model, compute in computed:
            method = getattr(type(model), compute)
            self.assertTrue(
                hasattr(method, "_lists_quality_days"), f"{model._name}.{compute}"
            )

    def test_every_column_that_is_counted_is_listed(self):
        columns = self._get_read_columns()
        self.assertEqual(len(columns), 11)
        for model, names in columns.items():
            listed = self.env[model]._quality_columns
            self.assertLessEqual(names - FIXED, listed, model)
