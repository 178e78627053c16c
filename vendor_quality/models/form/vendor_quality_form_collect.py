from odoo import SUPERUSER_ID, fields, models

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import FLOW_KEY

from ...tools import periods, scoring
from ...tools.span import Span, Spans


class VendorQualityForm(models.Model):
    """How quality forms count their periods and freeze the figures.

    One form or thousands take the same way: each metric is counted by one query
    over all forms, and the lines are written by two statements.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # COLLECTION
    # ------------------------------------------------------------

    def _collect(self):
        """Count each metric once over all forms, then freeze and score.

        The sources are counted whatever the acting user may read: a score must
        not depend on who collects it. Only totals and record ids are kept.
        """
        forms = self._as_collector()
        fees = forms._get_proposed_fees()
        rows = forms._read_rows_to_count()
        rules = forms._count(rows)
        forms._freeze_money_facts()
        counted = {form: {**fees[form], **form._get_stamp()} for form in forms}
        forms._store_result(rows, rules, counted)

    def _as_collector(self):
        """Return the forms with the right to write what is collected."""
        return self.sudo().with_context(outsourcing_flow_key=FLOW_KEY)

    def _count(self, rows):
        """Put figures and carried points into ``rows``; return the rules of now."""
        metrics = self.env["vendor.quality.metric"].browse(
            {row["metric_id"] for row in rows}
        )
        rules = {metric.id: metric._get_rules() for metric in metrics}
        spans = self._get_spans(rows)
        by_metric = {}
        for row in rows:
            by_metric.setdefault(row["metric_id"], []).append(row)
        carried = self._get_carried_points()
        nothing = scoring.Figure()
        for metric in metrics:
            own = by_metric[metric.id]
            wanted = {row["form_id"] for row in own}
            everywhere = len(wanted) == len(spans)
            figures = self.env["vendor.quality.collector"]._collect_metric(
                metric,
                spans
                if everywhere
                else Spans(span for span in spans if span.key in wanted),
            )
            for row in own:
                figure = figures.get(row["form_id"], nothing)
                row["rules"] = rules[metric.id]
                row["numerator"] = figure.numerator
                row["denominator"] = figure.denominator
                row["sample"] = figure.sample
                row["evidence"] = figure.evidence_text
                row["carried"] = carried.get((row["form_id"], metric.id))
        return rules

    def _get_stamp(self):
        """Return when the figures were counted, and who answers for them.

        The nightly job answers for nothing: a form that a person collected stays
        his, or he could approve what he prepared.
        """
        by_job = self.env.uid == SUPERUSER_ID
        return {
            "collected_at": fields.Datetime.now(),
            "collected_by_id": (by_job and self.collected_by_id.id) or self.env.uid,
            "is_stale": False,
        }

    def _get_span(self):
        """Return contract, period and entered values as plain data."""
        self.ensure_one()
        entered = [
            {
                "form_id": self.id,
                "metric_id": line.metric_id.id,
                "entered": (line.manual_value, line.manual_note),
            }
            for line in self.line_ids
        ]
        return self._get_spans(entered)[0]

    def _get_spans(self, rows):
        """Return the spans of the forms, with what is entered in ``rows``."""
        entered = {}
        for row in rows:
            if row["entered"][1]:
                mine = entered.setdefault(row["form_id"], {})
                mine[row["metric_id"]] = row["entered"]
        zones = {
            company: company._outsourcing_zone().zone for company in self.company_id
        }
        moments = {}
        spans = []
        for form in self:
            period = form.date_start, form.date_end, zones[form.company_id]
            if period not in moments:
                moments[period] = periods.to_utc_range(*period)
            spans.append(
                Span(
                    form.id,
                    form.contract_id.id,
                    form.date_start,
                    form.date_end,
                    *moments[period],
                    entered.get(form.id, {}),
                )
            )
        return Spans(spans)

    def _get_carried_points(self):
        """Return ``{(form id, metric id): points}`` of the last approved forms."""
        metrics = self.template_id.line_ids.metric_id.filtered(
            lambda metric: metric.missing_policy == "carry"
        )
        if not metrics:
            return {}
        history = self.env["vendor.quality.form.line"].search(
            [
                ("form_id.contract_id", "in", self.contract_id.ids),
                ("form_id.state", "=", "approved"),
                ("metric_id", "in", metrics.ids),
                ("status", "=", "measured"),
            ]
        )
        # Newest first; a period's own predecessor is the first that ended before.
        history = history.sorted(lambda line: line.form_id.date_end, reverse=True)
        by_key = history.grouped(
            lambda line: (line.form_id.contract_id, line.metric_id)
        )
        carried = {}
        for form in self:
            for metric in metrics:
                for old in by_key.get((form.contract_id, metric), ()):
                    age = (form.date_end - old.form_id.date_end).days
                    if old.form_id.date_end < form.date_start:
                        if age <= metric.carry_days:
                            carried[form.id, metric.id] = old.points
                        break
        return carried
