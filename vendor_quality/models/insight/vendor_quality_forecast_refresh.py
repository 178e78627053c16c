from collections import Counter
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import (
    server_create,
    server_unlink,
    server_write,
)
from odoo.addons.outsourcing_mgmt.models.messages.vendor_mail import (
    get_persons,
    note_message,
)

from ...tools import forecast, periods, scoring
from ...tools.span import Span
from ..consequence.vendor_quality_standing import RUNNING_STATES
from .vendor_quality_forecast import NEAR

MAIL_EVERY = timedelta(days=7)
# What one more failure adds: numerator, denominator, sample.
FAILURES = {
    "inspection": (0, 1, 1),
    "ticket_sla": (0, 1, 1),
    "ticket_rating": (1, 1, 1),
    "milestone": (0, 1, 1),
    "finding": (1, 0, 1),
    "complaint": (1, 0, 1),
    "second_repair": (1, 0, 1),
}


class VendorQualityForecast(models.Model):
    """The nightly computation of early warnings, in bulk, and their mails."""

    _inherit = "vendor.quality.forecast"

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Count the running period of every scored contract until yesterday."""
        contracts = self.env["outsourcing.contract"].search(
            [
                ("vendor_quality_template_id", "!=", False),
                ("state", "in", RUNNING_STATES),
            ],
            order="id",
        )
        ended = self.search([("contract_id.state", "not in", RUNNING_STATES)])
        server_unlink(ended.sudo())  # sudo: nobody deletes warnings by access rights
        self.env["vendor.quality.batch"]._run_in_batches(
            contracts, lambda batch: self._refresh(batch)
        )

    @api.model
    def _refresh(self, contracts):
        """Write one row per contract of ``contracts`` and warn the vendors."""
        spans, templates = self._get_spans(contracts)
        rules = {
            metric: metric._get_rules()
            for template in set(templates.values())
            for metric in template.line_ids.metric_id
        }
        figures = self._get_figures(spans, templates)
        last_forms = self._get_last_forms(contracts)
        due = self._get_due_milestones(spans)
        # sudo: nobody writes warnings by access rights; they follow from the evidence.
        rows = self.sudo().search([("contract_id", "in", contracts.ids)])
        known = rows.grouped("contract_id")
        new = []
        for contract in contracts:
            span = spans.get(contract.id)
            row = known.get(contract, rows.browse())
            if not span:
                server_unlink(row)
                continue
            form = last_forms.get(contract, self.env["vendor.quality.form"])
            template = templates[contract.id]
            lines = self._get_lines(template, rules, figures[contract.id], form)
            for line in lines:
                if line["source"] == "milestone":
                    line["remaining"] = due.get(contract.id, 0)
            values = self._prepare_row(contract, span, template, lines, form)
            if row:
                server_write(row, values)
            else:
                new.append(values)
        rows |= server_create(rows.browse(), new)
        rows = rows.exists()
        rows._warn_vendors()
        return rows.with_env(self.env)

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    @api.model
    def _get_spans(self, contracts):
        """Return ``{contract id: span until yesterday}`` and their templates."""
        spans, templates = {}, {}
        versions = {}
        for contract in contracts:
            company = contract.company_id
            last = company._outsourcing_today() - timedelta(days=1)
            agreed = contract.vendor_quality_template_id
            start, end = periods.get_period(last, agreed.period_type)
            start = max(start, contract.date_start)
            if contract.term != "auto_renew":
                end = min(end, contract.date_end)
            if start > last or end < last:
                continue
            key = (agreed, start)
            if key not in versions:
                versions[key] = agreed._get_version_for(start)
            if not versions[key]:
                continue
            templates[contract.id] = versions[key]
            zone = company._outsourcing_zone().zone
            spans[contract.id] = Span.of_days(
                contract.id, contract.id, start, last, zone
            )
        return spans, templates

    @api.model
    def _get_figures(self, spans, templates):
        """Count each metric once over all contracts that use it."""
        figures = {key: {} for key in spans}
        users = {}
        for key in spans:
            for metric in templates[key].line_ids.metric_id:
                users.setdefault(metric, []).append(spans[key])
        Collector = self.env["vendor.quality.collector"]
        for metric, metric_spans in users.items():
            counted = Collector._collect_metric(metric, metric_spans)
            for key, figure in counted.items():
                figures[key][metric] = figure
        return figures

    @api.model
    def _get_due_milestones(self, spans):
        """Return ``{contract id: milestones that fall due later in the period}``."""
        if not spans:
            return {}
        milestones = self.env["outsourcing.contract.milestone"].search_fetch(
            [
                ("contract_id", "in", list(spans)),
                ("date_due", ">", min(span.date_end for span in spans.values())),
            ],
            ["contract_id", "date_due"],
        )
        counts = Counter()
        for milestone in milestones:
            span = spans[milestone.contract_id.id]
            kind = milestone.contract_id.vendor_quality_template_id.period_type
            _start, end = periods.get_period(span.date_end, kind)
            counts[span.contract_id] += span.date_end < milestone.date_due <= end
        return counts

    @api.model
    def _get_last_forms(self, contracts):
        # sudo: the warning names the grade of the last form, to whoever reads it.
        forms = self.env["vendor.quality.form"].sudo()
        forms = forms.search(
            [("contract_id", "in", contracts.ids), ("state", "=", "approved")],
            order="date_end, id",
        )
        return {form.contract_id: form for form in forms}

    @api.model
    def _get_lines(self, template, rules, figures, form):
        """Return the lines as :mod:`~..tools.forecast` reads them."""
        last = {line.metric_id: line for line in form.line_ids}
        lines = []
        for item in template.line_ids:
            metric = item.metric_id
            figure = figures.get(metric, scoring.Figure())
            assumed = None
            if metric.source == "manual":
                if metric not in last or last[metric].status != "measured":
                    continue
                assumed = last[metric].points
            lines.append(
                {
                    "code": metric.code,
                    "weight": item.weight_bp,
                    "rules": rules[metric],
                    "numerator": figure.numerator,
                    "denominator": figure.denominator,
                    "sample": figure.sample,
                    "assumed": assumed,
                    "failure": FAILURES.get(metric.source),
                    "source": metric.source,
                }
            )
        return lines

    # ------------------------------------------------------------
    # ROWS
    # ------------------------------------------------------------

    @api.model
    def _prepare_row(self, contract, span, template, lines, form):
        result = forecast.get_forecast(
            lines,
            {
                "bands": [(band.lower_bound, band.grade) for band in template.band_ids],
                "min_coverage": template.min_coverage,
                "critical_cap": template.critical_cap,
            },
        )
        nearest = result.nearest
        metrics = {metric.code: metric for metric in template.line_ids.metric_id}
        worse = self._is_worse(result, form, template)
        _start, end = periods.get_period(span.date_start, template.period_type)
        return {
            "contract_id": contract.id,
            "company_id": contract.company_id.id,
            "template_id": template.id,
            "date_start": span.date_start,
            "date_end": min(end, contract.date_end or end),
            "date_counted": span.date_end,
            "status": result.status,
            "score": float(result.score or 0),
            "grade": result.grade,
            "last_grade": form.grade if form.is_rated else False,
            "is_worse": worse,
            "coverage": float(result.coverage),
            "metric_id": nearest and metrics[nearest.code].id,
            "failures_left": nearest.failures if nearest else 0,
            "next_grade": nearest and nearest.grade,
            "is_near": worse or bool(nearest and nearest.failures <= NEAR),
            "details": self._get_details(result),
            "computed_at": fields.Datetime.now(),
        }

    @api.model
    def _is_worse(self, result, form, template):
        """Whether the grade of the last form is lost already."""
        if not result.grade or not form.is_rated:
            return False
        bounds = {band.grade: band.lower_bound for band in template.band_ids}
        before = bounds.get(form.grade)
        return before is not None and bounds[result.grade] < before

    @api.model
    def _get_details(self, result):
        return {
            "losses": [
                {
                    "code": loss.code,
                    "failures": loss.failures,
                    "grade": loss.grade,
                }
                for loss in sorted(
                    result.losses,
                    key=lambda loss: (loss.failures is None, loss.failures, loss.code),
                )
            ],
            "missing": list(result.missing),
            "small": list(result.small),
            "assumed": list(result.assumed),
        }

    # ------------------------------------------------------------
    # MAIL
    # ------------------------------------------------------------

    def _get_key(self):
        """Return what identifies a warning, which a vendor is sent once."""
        self.ensure_one()
        parts = (
            self.date_start,
            self.grade,
            self.is_worse,
            self.metric_id.id,
            self.failures_left,
        )
        return "|".join(str(part) for part in parts)

    def _warn_vendors(self):
        """Mail each vendor a warning that it has not had, at most once a week."""
        now = fields.Datetime.now()
        # sudo: the mail reads the vendor and what the contract says about warnings.
        for row in self.sudo().filtered("is_near"):
            key = row._get_key()
            if (
                row.contract_id.vendor_quality_no_warning
                or row.sent_key == key
                or (row.sent_at and row.sent_at > now - MAIL_EVERY)
                or not get_persons(row.contract_id, "quality")
            ):
                continue
            server_write(row, {"sent_key": key, "sent_at": now})
            note_message(
                row,
                row.contract_id,
                "quality",
                "vendor_quality.mail_template_forecast_vendor",
            )
