"""Scores quality forms and stores what follows: lines, score, split of the fee.

A row is what the document of the form says about a line, with the ids around it.
Lines have no mail, no tracking and no computed columns of their own, so statements
for many rows take nothing away from them.

These are functions and no methods, because evaluated code (mail templates, server
actions) can call methods of records: it would write any figure that it likes.
"""

from odoo.tools import SQL, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_unlink, server_write

from ...tools import replay
from ...tools.form_rows import COUNTED, ITEM, get_names, get_row_table
from ..base.vendor_quality_batch import get_columns, insert_rows

OPEN_STATES = ("collected", "vendor_review")
"""States in which figures and money of a form still follow new facts."""

# ------------------------------------------------------------
# LINES
# ------------------------------------------------------------


def sync_lines(forms):
    """Give each draft form one line for each metric of its template."""
    drafts = forms.filtered(lambda form: form.state == "draft")
    rows = _read_rows(drafts, SQL("FALSE AS counted"))
    wanted = {form.id: form.template_id.line_ids.metric_id for form in drafts}
    stale = [
        row["id"] for row in rows if row["metric_id"] not in wanted[row["form_id"]].ids
    ]
    if stale:
        forms.env.cr.execute(
            "DELETE FROM vendor_quality_form_line WHERE id = ANY(%s)", [stale]
        )
    _insert_rows(drafts, _get_missing_rows(drafts, rows))
    _forget_lines(drafts)


def read_frozen_rows(forms):
    """Return the lines of the forms with the figures and rules they froze."""
    return _read_rows(
        forms,
        SQL(
            """line.rules, line.numerator, line.denominator, line.sample,
               line.evidence::text,
               CASE WHEN line.has_carried_points
                    THEN line.carried_points END AS carried"""
        ),
    )


def read_rows_to_count(forms):
    """Return the lines of the forms, and those their template still wants."""
    rows = _read_rows(
        forms,
        SQL("COALESCE(line.manual_value, 0) AS entered, line.manual_note AS note"),
    )
    for row in rows:
        row["entered"] = (row["entered"], row.pop("note"))
    return rows + _get_missing_rows(forms, rows)


def _read_rows(forms, columns):
    """Return the lines of the forms as dicts with ``columns``.

    SQL: one run counts 2.4 million lines (figure "collect all" of ``tests/bench``),
    which took hours with the ORM's write of figures and result for each line.
    """
    forms.env["vendor.quality.form.line"].flush_model()
    # Form by form: told of many forms and no statistics yet, PostgreSQL would
    # read all lines there are. OFFSET keeps it from joining the two.
    return forms.env.execute_query_dict(
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
            forms.ids,
            columns,
        )
    )


def _get_missing_rows(forms, rows):
    """Return a row for each metric of the templates that ``rows`` lack."""
    known = {(row["form_id"], row["metric_id"]) for row in rows}
    items = {
        template: [
            (item.metric_id.id, item.metric_id.code, item.sequence, item.weight_bp)
            for item in template.line_ids
        ]
        for template in forms.template_id
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
        for form in forms
        for metric_id, code, sequence, weight in items[form.template_id]
        if (form.id, metric_id) not in known
    ]


def _forget_lines(forms):
    """Drop from memory what a statement changed in the database."""
    forms.env["vendor.quality.form.line"].invalidate_model()
    forms.invalidate_recordset(["line_ids"])


# ------------------------------------------------------------
# SCORE
# ------------------------------------------------------------


def update_result(forms):
    """Score the frozen figures of open forms again and split the fee."""
    # sudo: users may not write lines and deductions, which follow from the figures.
    forms = forms.sudo().filtered(lambda form: form.state in OPEN_STATES)
    store_result(forms, read_frozen_rows(forms))


def store_result(forms, rows, rules=None, counted=None):
    """Score ``rows``, then write them and the result of the forms.

    :param forms: with sudo
    :param dict rules: ``{metric id: rules}`` to freeze; none keeps those of the lines
    :param dict counted: ``{form: values}`` to write together with the result
    """
    decisions = forms._get_dispute_decisions()
    by_form = {form_id: [] for form_id in forms.ids}
    for row in rows:
        row["disputed"], row["awarded"] = decisions.get(
            (row["form_id"], row["metric_id"]), (False, None)
        )
        by_form[row["form_id"]].append(row)
    templates = {template: template._get_rules() for template in forms.template_id}
    scorer = replay.Scorer()
    values, splits = {}, {}
    for form in forms:
        own, known = by_form[form.id], (counted or {}).get(form, {})
        document = form._get_document_inputs(
            own, templates[form.template_id], known.get("fee_amount")
        )
        result, line_results, splits[form] = scorer.compute_all(document)
        for row, line_result in zip(own, line_results, strict=True):
            row["result"] = line_result
        values[form] = {
            **known,
            **_get_score_values(form, result),
            **_get_split_values(splits[form]),
        }
    _write_rows(forms, rows, rules or {})
    _write_counted(forms, values)
    lapsed = sync_deductions(forms, splits)
    if lapsed:
        _lapse_waivers(lapsed)
        update_result(lapsed.form_id)


def _get_score_values(form, result):
    """Return the field values of a computed ``result``."""
    bands = {band.grade: band.id for band in form.template_id.band_ids}
    return {
        "is_rated": result["score"] is not None,
        "score": float(result["score"] or 0),
        "raw_score": float(result["raw_score"] or 0),
        "gate_score": float(result["stayed_score"] or 0),
        "coverage": float(result["coverage"]),
        "grade": result["grade"] or False,
        "band_id": bands.get(result["grade"], False),
        "gate_band_id": bands.get(result["stayed_grade"], False),
        "failed_critical": ", ".join(result["failed_critical"]) or False,
        "deduction_rate": float(result["deduction_rate"]),
        "upheld_deduction_rate": float(result["stayed_rate"]),
    }


def _get_split_values(split):
    """Return the parts of the fee as field values."""
    return {
        "deduction_amount": float(split.deduction),
        "retention_amount": float(split.retention),
        "disputed_amount": float(split.disputed),
        "payable_amount": float(split.payable),
    }


# ------------------------------------------------------------
# STATEMENTS FOR MANY ROWS
# ------------------------------------------------------------


def _write_rows(forms, rows, rules):
    """Insert the lines that are missing, update those that changed."""
    _insert_rows(forms, [row for row in rows if row["id"] is None], rules)
    known = [row for row in rows if row["id"] is not None]
    if known:
        # SQL: one statement for all lines of a batch, see _read_rows.
        forms.env.cr.execute(
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
    _forget_lines(forms)


def _insert_rows(forms, rows, rules=None):
    if not rows:
        return
    # SQL: one statement for all lines of a batch, see _read_rows.
    forms.env.cr.execute(
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


def _write_counted(forms, values):
    """Write what the server counted of each form by one statement.

    SQL: the values differ from form to form, so the ORM would write the forms of a
    batch one by one; see _read_rows. Tracking goes on; rights and flow were checked
    by whoever asked to count.

    :param dict values: ``{form: values}``, the same fields for each form
    """
    if not values:
        return
    env = forms.env
    forms = forms.browse().concat(*values)
    names = list(next(iter(values.values())))
    if not env.context.get("tracking_disable"):
        forms._track_prepare(names)
    columns = {name: [vals[name] for vals in values.values()] for name in names}
    forms.flush_recordset()
    env.cr.execute(
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
            env.uid,
            env.cr.now(),
            forms.ids,
            get_columns(forms, columns),
            SQL(", ").join(SQL.identifier(name) for name in columns),
        )
    )
    forms.invalidate_recordset([*names, "write_uid", "write_date"], flush=False)
    forms.modified(names)


# ------------------------------------------------------------
# DEDUCTIONS
# ------------------------------------------------------------


def sync_deductions(forms, splits):
    """Make the deductions of the forms what the split of each fee says.

    :param forms: with sudo
    :param dict splits: ``{form: fee_split.FeeSplit}``
    :return: waived deductions whose amount is not the one that was waived
    """
    # The form has the log; the first figures of a deduction are no news each.
    forms = forms.with_context(tracking_disable=True, mail_create_nolog=True)
    Deduction = forms.env["vendor.quality.deduction"]
    fresh, stale, lapsed = [], Deduction, Deduction
    for form, split in splits.items():
        settled = form._get_settled()
        rows = {row.key: row for row in split.rows}
        known = {item.key: item for item in form.deduction_ids}
        for index, key in enumerate(dict.fromkeys([*rows, *settled])):
            values = form._prepare_deduction(index, key, rows.get(key), settled)
            item = known.pop(key, None)
            if not item:
                fresh.append(values)
                continue
            if item.state == "waived" and not item._keeps_waiver(values):
                lapsed |= item
            if changed := item._get_changed(values):
                server_write(item.with_env(forms.env), changed)
        stale = stale.union(*known.values())
    server_unlink(stale.with_env(forms.env))
    _insert_deductions(forms, fresh)
    return lapsed


def _insert_deductions(forms, vals_list):
    """Create deductions with what they take over from their forms."""
    Deduction = forms.env["vendor.quality.deduction"]
    copied = {
        name: field.related.partition(".")[2]
        for name, field in Deduction._fields.items()
        if field.store and field.related and field.related.startswith("form_id.")
    }
    rows = []
    for vals in vals_list:
        form = forms.browse(vals["form_id"]).with_prefetch(forms._prefetch_ids)
        kind = vals["kind"]
        rows.append(
            {
                **vals,
                **{
                    name: form._fields[source].convert_to_write(form[source], form)
                    for name, source in copied.items()
                },
                "currency_rate": form.currency_rate,
                "date_release": Deduction._get_date_release(kind, form),
                "difference_amount": Deduction._get_difference(
                    kind, vals["amount"], vals["settled_amount"]
                ),
            }
        )
    insert_rows(Deduction, rows)


def _lapse_waivers(items):
    """End waivers whose amount is no longer the one that was waived."""
    env = items.env
    for form, mine in items.grouped("form_id").items():
        form.message_post(
            body=env._(
                "The amount has changed, so the waiver ends: %s. Waive it again if "
                "the reason still holds.",
                format_list(env, mine.mapped("display_name")),
            )
        )
    server_write(
        items,
        {
            "state": "computed",
            "waive_reason": False,
            "waived_by_id": False,
            "waived_at": False,
        },
    )
