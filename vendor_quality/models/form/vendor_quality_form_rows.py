from odoo import models
from odoo.tools import SQL

from ...tools import replay
from ...tools.form_rows import COUNTED, ITEM, get_names, get_row_table
from ..base.vendor_quality_batch import get_column
from .vendor_quality_form_document import get_parts


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
        # Form by form: told of many forms and no statistics yet, PostgreSQL would
        # read all lines there are. OFFSET keeps it from joining the two.
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT line.*
                  FROM UNNEST(%s::int[]) AS form(id)
                 CROSS JOIN LATERAL (
                       SELECT line.id, line.form_id, line.metric_id, line.code,
                              line.weight_bp AS weight, %s
                         FROM vendor_quality_form_line AS line
                        WHERE line.form_id = form.id
                       OFFSET 0
                       ) AS line
                """,
                self.ids,
                columns,
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
                "numerator": None,
                "denominator": None,
                "sample": None,
                "evidence": None,
                "result": None,
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
            result, line_results, splits[form] = scorer.compute_all(document)
            for row, line_result in zip(own, line_results, strict=True):
                row["result"] = line_result
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
                           rules = COALESCE(new.rules, line.rules)
                      FROM %(source)s
                     WHERE line.id = new.id
                       AND (%(old)s, line.rules) IS DISTINCT FROM
                           (%(new)s, COALESCE(new.rules, line.rules))
                    """,
                    names=get_names(COUNTED),
                    new=get_names(COUNTED, "new"),
                    old=get_names(COUNTED, "line"),
                    source=get_row_table(known, rules),
                )
            )
        self._forget_lines()

    def _insert_rows(self, rows, rules=None):
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO vendor_quality_form_line (form_id, %(names)s)
                SELECT new.form_id, %(new)s
                  FROM %(source)s
                """,
                names=get_names(ITEM + COUNTED),
                new=get_names(ITEM + COUNTED, "new"),
                source=get_row_table(rows, rules or {}),
            )
        )

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
                forms.ids,
                SQL(", ").join(
                    get_column(self._fields[name], values)
                    for name, values in columns.items()
                ),
                SQL(", ").join(SQL.identifier(name) for name in columns),
            )
        )
        forms.invalidate_recordset([*names, "write_uid", "write_date"], flush=False)
        forms.modified(names)
