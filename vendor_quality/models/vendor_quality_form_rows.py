import json

from odoo import models
from odoo.tools import SQL

from ..tools import money, replay
from ..tools.span import to_array, to_text_array
from .vendor_quality_batch import get_column
from .vendor_quality_form_document import get_parts

COUNTED = (
    ("numerator", "float8"),
    ("denominator", "float8"),
    ("sample", "int"),
    ("has_carried_points", "bool"),
    ("carried_points", "float8"),
    ("is_disputed", "bool"),
    ("has_awarded_points", "bool"),
    ("awarded_points", "float8"),
    ("value", "float8"),
    ("points", "float8"),
    ("status", "text"),
    ("is_failed_critical", "bool"),
    ("evidence", "jsonb"),
)
"""Columns of a line that the server counts, in the order in which they are sent."""


class VendorQualityForm(models.Model):
    """Reads, scores and writes the lines of many forms as plain rows.

    A row is what the document of the form says about a line, with the ids around
    it. Lines have no mail, no tracking and no computed columns of their own, so
    statements for many rows take nothing away from them.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    def _sync_lines(self):
        """Give each draft form one line for each metric of its template."""
        drafts = self.filtered(lambda form: form.state == "draft")
        rows = drafts._read_rows(SQL("FALSE AS counted"))
        wanted = {form.id: form.template_id.line_ids.metric_id for form in drafts}
        stale = [
            row["id"]
            for row in rows
            if row["metric_id"] not in wanted[row["form_id"]].ids
        ]
        if stale:
            self.env.cr.execute(
                "DELETE FROM vendor_quality_form_line WHERE id = ANY(%s)", [stale]
            )
        drafts._insert_rows(drafts._get_missing_rows(rows))
        drafts._forget_lines()

    def _forget_lines(self):
        """Drop from memory what a statement changed in the database."""
        self.env["vendor.quality.form.line"].invalidate_model()
        self.invalidate_recordset(["line_ids"])

    def _read_frozen_rows(self):
        """Return the lines of the forms with the figures and rules they froze."""
        return self._read_rows(
            SQL(
                """line.rules, line.numerator, line.denominator, line.sample,
                   line.evidence::text,
                   CASE WHEN line.has_carried_points
                        THEN line.carried_points END AS carried"""
            )
        )

    def _read_rows_to_count(self):
        """Return the lines of the forms, and those their template still wants."""
        rows = self._read_rows(
            SQL("COALESCE(line.manual_value, 0) AS entered, line.manual_note AS note")
        )
        for row in rows:
            row["entered"] = (row["entered"], row.pop("note"))
        return rows + self._get_missing_rows(rows)

    def _read_rows(self, columns):
        self.env["vendor.quality.form.line"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT line.id, line.form_id, line.metric_id, line.code,
                       line.weight_bp AS weight, %s
                  FROM vendor_quality_form_line AS line
                 WHERE line.form_id = ANY(%s)
                """,
                columns,
                self.ids,
            )
        )

    def _get_missing_rows(self, rows):
        """Return a row for each metric of the templates that ``rows`` lack."""
        known = {(row["form_id"], row["metric_id"]) for row in rows}
        items = {
            template: [
                (item.metric_id.id, item.metric_id.code, item.sequence, item.weight_bp)
                for item in template.line_ids
            ]
            for template in self.template_id
        }
        nothing = (0.0, False)
        return [
            {
                "id": None,
                "form_id": form.id,
                "metric_id": metric_id,
                "code": code,
                "sequence": sequence,
                "weight": weight,
                "entered": nothing,
            }
            for form in self
            for metric_id, code, sequence, weight in items[form.template_id]
            if (form.id, metric_id) not in known
        ]

    # ------------------------------------------------------------
    # SCORE
    # ------------------------------------------------------------

    def _update_result(self):
        """Score the frozen figures again and split the fee."""
        forms = self._as_collector()
        forms._store_result(forms._read_frozen_rows())

    def _store_result(self, rows, rules=None, counted=None):
        """Score ``rows``, then write them and the result of the forms.

        :param dict rules: ``{metric id: rules}`` to freeze; none keeps those of
            the lines
        :param dict counted: ``{form: values}`` to write together with the result
        """
        self._add_decisions(rows)
        by_form = {form_id: [] for form_id in self.ids}
        for row in rows:
            by_form[row["form_id"]].append(row)
        templates = {template: template._get_rules() for template in self.template_id}
        scorer = replay.Scorer()
        values, splits = {}, {}
        for form in self:
            own, known = by_form[form.id], (counted or {}).get(form, {})
            document = form._get_document_inputs(
                own, templates[form.template_id], known.get("fee_amount")
            )
            result, line_results = scorer.compute(document)
            for row, line_result in zip(own, line_results, strict=True):
                row["result"] = line_result
            splits[form] = money.get_money(
                document, result["deduction_rate"], result["stayed_rate"], line_results
            )
            values[form] = {
                **known,
                **form._get_result_values(result),
                **get_parts(splits[form]),
            }
        self._write_rows(rows, rules or {})
        self._write_counted(values)
        self._sync_deductions(splits)

    def _add_decisions(self, rows):
        """Put open disputes and decided points into ``rows``."""
        decisions = self._get_dispute_decisions()
        for row in rows:
            row["disputed"], row["awarded"] = decisions.get(
                (row["form_id"], row["metric_id"]), (False, None)
            )

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    def _write_rows(self, rows, rules):
        """Insert the lines that are missing, update those that changed."""
        self._insert_rows([row for row in rows if row["id"] is None], rules)
        known = [row for row in rows if row["id"] is not None]
        if known:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE vendor_quality_form_line AS line
                       SET (%(names)s) = ROW(%(new)s),
                           rules = COALESCE(%(rules)s, line.rules)
                      FROM %(source)s
                     WHERE line.id = new.id
                       AND (%(old)s, line.rules) IS DISTINCT FROM
                           (%(new)s, COALESCE(%(rules)s, line.rules))
                    """,
                    names=_get_names(),
                    new=_get_names("new"),
                    old=_get_names("line"),
                    rules=self._get_rules_column(rules),
                    source=self._get_row_table(known, rules),
                )
            )
        self._forget_lines()

    def _insert_rows(self, rows, rules=None):
        if not rows:
            return
        rules = rules or {}
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO vendor_quality_form_line (
                       form_id, metric_id, code, sequence, weight_bp, %(names)s, rules)
                SELECT new.form_id, new.metric_id, new.code, new.sequence,
                       new.weight_bp, %(new)s, %(rules)s
                  FROM %(source)s
                """,
                names=_get_names(),
                new=_get_names("new"),
                rules=self._get_rules_column(rules),
                source=self._get_row_table(rows, rules),
            )
        )

    def _get_row_table(self, rows, rules):
        """Return ``rows`` as a table ``new`` of typed columns, in their order."""
        position = {metric_id: index for index, metric_id in enumerate(rules, 1)}
        columns = [
            ("id", "int", [row["id"] for row in rows]),
            ("form_id", "int", [row["form_id"] for row in rows]),
            ("metric_id", "int", [row["metric_id"] for row in rows]),
            ("code", "text", [row["code"] for row in rows]),
            ("sequence", "int", [row.get("sequence") for row in rows]),
            ("weight_bp", "int", [row["weight"] for row in rows]),
            ("rules_at", "int", [position.get(row["metric_id"]) for row in rows]),
        ]
        counted = zip(*_get_counted(rows), strict=True)
        columns += [
            (*column, values) for column, values in zip(COUNTED, counted, strict=True)
        ]
        return SQL(
            "UNNEST(%s) AS new(%s)",
            SQL(", ").join(
                SQL(
                    "%s::%s[]",
                    to_text_array(values)
                    if kind in ("text", "jsonb")
                    else to_array(values),
                    SQL(kind),
                )
                for _name, kind, values in columns
            ),
            SQL(", ").join(SQL.identifier(name) for name, _kind, _values in columns),
        )

    def _get_rules_column(self, rules):
        """Return the rules of a row of the table ``new``: each is sent once."""
        texts = [json.dumps(item) for item in rules.values()]
        return SQL("(%s::jsonb[])[new.rules_at]", to_text_array(texts))

    def _write_counted(self, values):
        """Write what the server counted of each form by one statement.

        Tracking goes on; rights and flow were checked by whoever asked to count.

        :param dict values: ``{form: values}``, the same fields for each form
        """
        if not values:
            return
        forms = self.browse().concat(*values)
        names = list(next(iter(values.values())))
        if not self.env.context.get("tracking_disable"):
            forms._track_prepare(names)
        columns = {name: [vals[name] for vals in values.values()] for name in names}
        forms.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE vendor_quality_form AS form
                   SET %s, write_uid = %s, write_date = %s
                  FROM UNNEST(%s::int[], %s) AS new(id, %s)
                 WHERE form.id = new.id
                """,
                SQL(", ").join(
                    SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in columns
                ),
                self.env.uid,
                self.env.cr.now(),
                to_array(forms.ids),
                SQL(", ").join(
                    get_column(self._fields[name], values)
                    for name, values in columns.items()
                ),
                SQL(", ").join(SQL.identifier(name) for name in columns),
            )
        )
        forms.invalidate_recordset([*names, "write_uid", "write_date"], flush=False)
        forms.modified(names)


def _get_names(table=None):
    """Return the counted columns, those of ``table`` if it is given."""
    names = [SQL.identifier(name) for name, _kind in COUNTED]
    if table:
        names = [SQL("%s.%s", SQL.identifier(table), name) for name in names]
    return SQL(", ").join(names)


def _get_counted(rows):
    """Yield the counted columns of each row; equal results are converted once."""
    known = {}
    for row in rows:
        result = row.get("result")
        if result is None:
            yield (None,) * len(COUNTED)
            continue
        outcome = known.get(id(result))
        if outcome is None:
            outcome = known[id(result)] = (
                float(result["value"] or 0),
                float(result["points"] or 0),
                _get_status(row["rules"], result),
                result["failed_critical"],
            )
        carried, awarded = row["carried"], row["awarded"]
        evidence = row["evidence"]
        yield (
            row["numerator"],
            row["denominator"],
            row["sample"],
            carried is not None,
            carried or 0.0,
            row["disputed"],
            awarded is not None,
            awarded or 0.0,
            *outcome,
            None if evidence == "{}" else evidence,
        )


def _get_status(rules, result):
    """Return where the points come from: a measurement, or which policy."""
    if result["measured"]:
        return "measured"
    return "exclude" if result["points"] is None else rules["missing_policy"]
