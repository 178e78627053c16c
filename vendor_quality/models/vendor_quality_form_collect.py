from odoo import api, fields, models
from odoo.tools import float_repr

from odoo.addons.outsourcing_mgmt.models.outsourcing_flow_mixin import FLOW_KEY

from ..tools import periods, replay, scoring
from ..tools.span import Span


class VendorQualityForm(models.Model):
    """How a quality form counts its period, and the document it freezes."""

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

    def _propose_fees(self):
        """Fill the fee of forms where nobody entered one."""
        open_forms = self.filtered(lambda form: form.fee_basis != "manual")
        milestones = self.env["outsourcing.contract.milestone"].search(
            [("contract_id", "in", open_forms.contract_id.ids)]
        )
        by_contract = milestones.grouped("contract_id")
        for form in open_forms:
            if form.fee_amount and not form.fee_basis:
                form.fee_basis = "manual"
            elif planned := by_contract.get(form.contract_id):
                accepted = planned.filtered(
                    lambda item, form=form: (
                        item.state == "accepted"
                        and form.date_start <= item.date_due <= form.date_end
                    )
                )
                form.write(
                    {
                        "fee_amount": sum(accepted.mapped("amount")),
                        "fee_basis": "milestone",
                    }
                )
            else:
                form.write(
                    {
                        "fee_amount": form._get_contract_share(),
                        "fee_basis": "contract",
                    }
                )

    def _get_contract_share(self):
        """Return the part of the contract amount that falls on the period."""
        self.ensure_one()
        contract = self.contract_id
        if not contract.date_start or not contract.date_end:
            return 0.0
        spans = list(
            periods.iterate_periods(
                contract.date_start, contract.date_end, self.template_id.period_type
            )
        )
        whole = periods.count_months(contract.date_start, contract.date_end)
        months = [periods.count_months(start, end) for start, end in spans]
        if not whole:
            return 0.0
        parts = scoring.allocate(
            contract.amount_total, months, self.currency_id.rounding
        )
        return float(
            sum(
                part
                for part, (start, end) in zip(parts, spans, strict=True)
                if self.date_start <= start and end <= self.date_end
            )
        )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_propose_forms(self):
        """Create and collect the forms of the last period of every contract."""
        contracts = self.env["outsourcing.contract"].search(
            [
                ("vendor_quality_template_id", "!=", False),
                ("signed_date", "!=", False),
            ],
            order="id",
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            contracts, lambda batch: self._propose_for(batch)
        )

    @api.model
    def _propose_for(self, contracts):
        """Create and collect the last ended period of ``contracts``, once.

        A period that somebody cancelled on purpose is not proposed again.
        """
        values = {}
        for contract in contracts:
            period = self._get_last_period(contract)
            if period:
                values[contract] = period
        existing = self.search([("contract_id", "in", contracts.ids)])
        taken = existing.grouped("contract_id")
        # The first figures of a proposal are no change worth a message each.
        silent = self.with_context(tracking_disable=True)
        forms = silent._flow_create(
            [
                {"contract_id": contract.id, "date_start": start, "date_end": end}
                for contract, (start, end) in values.items()
                if not any(
                    form.date_start <= end and form.date_end >= start
                    for form in taken.get(contract, ())
                )
            ]
        )
        forms._flow_write({"state": "collected"})
        for form in forms:
            if owner := form.contract_id.owner_id:
                form._schedule(owner, self.env._("Check the figures of the period"))
        return forms

    @api.model
    def _get_last_period(self, contract):
        """Return the last period of ``contract`` that has ended, or None."""
        template = contract.vendor_quality_template_id
        today = contract.company_id._outsourcing_today()
        start, end = periods.get_previous_period(today, template.period_type)
        start = max(start, contract.date_start)
        if contract.term != "auto_renew":
            end = min(end, contract.date_end)
        if contract.termination_date:
            end = min(end, contract.termination_date)
        if start > end or not template._get_version_for(start):
            return None
        return start, end

    # ------------------------------------------------------------
    # RESULT
    # ------------------------------------------------------------

    def _update_result(self):
        """Score the frozen figures and split the fee."""
        for form in self._as_collector():
            result, line_results = replay.compute(form._get_document_inputs())
            by_code = {item["code"]: item for item in line_results}
            for line in form.line_ids:
                line.write(line._get_result_values(by_code[line.code]))
            form.write(form._get_result_values(result))

    def _get_result_values(self, result):
        """Return the field values of a computed ``result``."""
        self.ensure_one()
        bands = {band.grade: band.id for band in self.template_id.band_ids}
        return {
            "is_rated": result["score"] is not None,
            "score": float(result["score"] or 0),
            "raw_score": float(result["raw_score"] or 0),
            "gate_score": float(result["stayed_score"] or 0),
            "coverage": float(result["coverage"]),
            "grade": result["grade"] or False,
            "band_id": bands.get(result["grade"]),
            "gate_band_id": bands.get(result["stayed_grade"]),
            "failed_critical": ", ".join(result["failed_critical"]) or False,
            "deduction_rate": float(result["deduction_rate"]),
            "stayed_rate": float(result["stayed_rate"]),
            "deduction_amount": float(result["deduction"]),
            "disputed_amount": float(result["disputed"]),
            "payable_amount": float(result["payable"]),
        }

    # ------------------------------------------------------------
    # DOCUMENT
    # ------------------------------------------------------------

    def _get_document_inputs(self):
        """Return what the score follows from, as plain JSON data."""
        self.ensure_one()
        template, currency = self.template_id, self.currency_id
        return {
            "format": replay.FORMAT,
            "form": self.name,
            "contract_id": self.contract_id.id,
            "company_id": self.company_id.id,
            "vendor_id": self.commercial_partner_id.id,
            "date_start": fields.Date.to_string(self.date_start),
            "date_end": fields.Date.to_string(self.date_end),
            "currency": currency.name,
            "rounding": str(currency.rounding),
            "fee": float_repr(self.fee_amount, currency.decimal_places),
            "template": {
                "code": template.code,
                "version": template.version,
                "min_coverage": template.min_coverage,
                "critical_cap": template.critical_cap,
                "threshold": template.threshold,
                "not_rated_policy": template.not_rated_policy,
                "bands": [[band.lower_bound, band.grade] for band in template.band_ids],
                "deductions": [
                    [row.lower_bound, row.rate] for row in template.deduction_ids
                ],
            },
            "lines": [line._get_document() for line in self.line_ids.sorted("code")],
        }

    def _get_document(self):
        """Return the whole document with its result; this is what is hashed."""
        self.ensure_one()
        document = self.sudo()._get_document_inputs()
        document["result"], _lines = replay.compute(document)
        return document

    def _get_evidence_hash(self):
        self.ensure_one()
        return replay.get_hash(self._get_document())
