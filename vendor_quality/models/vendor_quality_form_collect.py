from odoo import fields, models

from odoo.addons.outsourcing_mgmt.models.outsourcing_flow_mixin import FLOW_KEY

from ..tools import periods, scoring
from ..tools.span import Span


class VendorQualityForm(models.Model):
    """How a quality form counts its period and freezes the figures."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # COLLECTION
    # ------------------------------------------------------------

    def _sync_lines(self):
        """Give each draft form one line for each metric of its template."""
        vals_list = []
        stale = self.env["vendor.quality.form.line"]
        for form in self.filtered(lambda item: item.state == "draft"):
            wanted = form.template_id.line_ids
            stale |= form.line_ids.filtered(
                lambda line, wanted=wanted: line.metric_id not in wanted.metric_id
            )
            known = form.line_ids.metric_id
            vals_list += [
                {
                    "form_id": form.id,
                    "metric_id": item.metric_id.id,
                    "code": item.metric_id.code,
                    "sequence": item.sequence,
                    "weight_bp": item.weight_bp,
                }
                for item in wanted
                if item.metric_id not in known
            ]
        lines = self._as_collector().env["vendor.quality.form.line"]
        stale.with_env(lines.env).unlink()
        return lines.create(vals_list)

    def _collect(self):
        """Count each metric once over all forms, then freeze and score.

        The sources are counted whatever the acting user may read: a score must
        not depend on who collects it. Only totals and record ids are kept.
        """
        forms = self._as_collector()
        forms._propose_fees()
        spans = {form.id: form._get_span() for form in forms}
        figures = {}
        for metric, lines in forms.line_ids.grouped("metric_id").items():
            metric_spans = [spans[form.id] for form in lines.form_id]
            figures[metric.id] = self.env["vendor.quality.collector"]._collect_metric(
                metric, metric_spans
            )
        carried = forms._get_carried_points()
        nothing = scoring.Figure()
        for line in forms.line_ids:
            figure = figures[line.metric_id.id].get(line.form_id.id, nothing)
            points = carried.get((line.form_id.id, line.metric_id.id))
            line.write(
                {
                    "numerator": figure.numerator,
                    "denominator": figure.denominator,
                    "sample": figure.sample,
                    "evidence": figure.evidence,
                    "rules": line.metric_id._get_rules(),
                    "has_carried_points": points is not None,
                    "carried_points": points or 0.0,
                }
            )
        forms._apply_disputes()
        forms._freeze_money_facts()
        forms.write(
            {
                "collected_at": fields.Datetime.now(),
                "collected_by_id": self.env.uid,
                "is_stale": False,
            }
        )
        forms._update_result()

    def _as_collector(self):
        """Return the forms with the right to write what is collected."""
        return self.sudo().with_context(outsourcing_flow_key=FLOW_KEY)

    def _get_span(self):
        """Return contract, period and entered values as plain data."""
        self.ensure_one()
        utc_start, utc_end = periods.to_utc_range(
            self.date_start, self.date_end, self.company_id._outsourcing_zone().zone
        )
        return Span(
            key=self.id,
            contract_id=self.contract_id.id,
            date_start=self.date_start,
            date_end=self.date_end,
            utc_start=utc_start,
            utc_end=utc_end,
            entered={
                line.metric_id.id: (line.manual_value, line.manual_note)
                for line in self.line_ids
                if line.manual_note
            },
        )

    def _get_carried_points(self):
        """Return ``{(form id, metric id): points}`` of the last approved forms."""
        lines = self.line_ids.filtered(
            lambda line: line.metric_id.missing_policy == "carry"
        )
        if not lines:
            return {}
        history = self.env["vendor.quality.form.line"].search(
            [
                ("contract_id", "in", lines.contract_id.ids),
                ("metric_id", "in", lines.metric_id.ids),
                ("form_id.state", "=", "approved"),
                ("status", "=", "measured"),
            ]
        )
        # Newest first; a period's own predecessor is the first that ended before.
        history = history.sorted(lambda line: line.form_id.date_end, reverse=True)
        by_key = history.grouped(lambda line: (line.contract_id.id, line.metric_id.id))
        carried = {}
        for line in lines:
            form = line.form_id
            for old in by_key.get((line.contract_id.id, line.metric_id.id), ()):
                age = (form.date_end - old.form_id.date_end).days
                if old.form_id.date_end < form.date_start:
                    if age <= line.metric_id.carry_days:
                        carried[form.id, line.metric_id.id] = old.points
                    break
        return carried
