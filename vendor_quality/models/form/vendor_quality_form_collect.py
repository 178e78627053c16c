import json
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.outsourcing_flow_mixin import run_hooks
from odoo.addons.outsourcing_mgmt.models.money.outsourcing_dated_amount_mixin import (
    get_rate,
)
from odoo.addons.outsourcing_mgmt.models.number.numbering import make_draft_name

from ...tools import periods, scoring
from ...tools.span import Span, Spans
from ..base.vendor_quality_batch import insert_rows
from .form_result import read_frozen_rows, read_rows_to_count, store_result

BATCH = 250
"""Contracts whose missing forms are made and counted in one transaction."""
UNSENT_STATES = ("draft", "collected")
FIGURES = ("numerator", "denominator", "sample")


class VendorQualityForm(models.Model):
    """Counts the figures of forms, proposes forms at night, and finds late data.

    One form or thousands take the same way: each metric is counted by one query
    over all forms, and the lines are written by two statements.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # COUNTING
    # ------------------------------------------------------------

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

    def _get_collection_values(self):
        """Return when the figures were counted, and who answers for them.

        The nightly job answers for nothing: a form that a person collected stays
        with that person, who may not approve what was prepared by the same hand.
        """
        by_job = self.env.uid == SUPERUSER_ID
        return {
            "collected_at": fields.Datetime.now(),
            "collected_by_id": (by_job and self.collected_by_id.id) or self.env.uid,
            "is_stale": False,
            "has_late_data": None,
        }

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

    # ------------------------------------------------------------
    # LATE DATA
    # ------------------------------------------------------------

    def _note_late_data(self):
        """Compare the frozen figures with those of now, and ask for a decision.

        The figures of a form that was sent on stay. An officer sends it back, or
        supersedes it once it is approved.
        """
        # sudo: figures are counted whatever the user may read.
        forms = self.sudo()
        now = read_rows_to_count(forms)
        forms._count(now)
        frozen = {row["id"]: row for row in read_frozen_rows(forms)}
        late = {
            row["form_id"]
            for row in now
            if _is_other_figure(row, frozen.get(row["id"]))
        }
        changed = forms.filtered(
            lambda form: bool(form.has_late_data) != (form.id in late)
        )
        for form in changed:
            server_write(form, {"has_late_data": form.id in late or None})
            person = form.collected_by_id or form.contract_id.owner_id
            if form.has_late_data and person.active and not person.share:
                form._schedule(
                    person, self.env._("Evidence arrived after the form: supersede it?")
                )

    def _list_carried(self):
        """Recount the forms that follow, where points are carried over to them."""
        carrying = self.filtered(
            lambda form: (
                "carry" in form.template_id.line_ids.metric_id.mapped("missing_policy")
            )
        )
        if carrying:
            self.env["vendor.quality.recompute"]._add(
                (form.contract_id, form.date_end + timedelta(days=1), False)
                for form in carrying
            )

    # ------------------------------------------------------------
    # NIGHTLY PROPOSAL
    # ------------------------------------------------------------

    @api.model
    def _cron_propose_forms(self):
        """Create and collect the forms of every ended period that has none."""
        contracts = self.env["outsourcing.contract"].search(
            [
                ("vendor_quality_template_id", "!=", False),
                ("signed_date", "!=", False),
            ],
            order="id",
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            contracts, lambda batch: self._propose_for(batch), size=BATCH
        )

    @api.model
    def _propose_for(self, contracts, date_from=None, date_to=None):
        """Create and collect the ended periods of ``contracts`` without form, once.

        A period that somebody cancelled on purpose is not proposed again.

        :param date_from: first day wanted, instead of the one that follows from
            the gate and the template
        :param date_to: last day wanted, instead of yesterday
        """
        contracts = contracts.filtered("vendor_quality_template_id")
        versions = {
            template: template._get_versions()
            for template in contracts.vendor_quality_template_id
        }
        taken = self.search([("contract_id", "in", contracts.ids)]).grouped(
            "contract_id"
        )
        proposals = [
            (contract, version, start, end)
            for contract in contracts
            for version, start, end in self._get_ended_periods(
                contract,
                versions[contract.vendor_quality_template_id],
                date_from,
                date_to,
            )
            if not any(
                form.date_start <= end and form.date_end >= start
                for form in taken.get(contract, ())
            )
        ]
        # The first figures of a proposal are no change worth a message each.
        forms = insert_proposals(self.with_context(tracking_disable=True), proposals)
        forms._renew_statistics()
        run_hooks(forms, "collected", dict.fromkeys(forms.ids, "draft"))
        forms._ask_to_check()
        return forms

    @api.model
    def _get_ended_periods(self, contract, versions, date_from=None, date_to=None):
        """Return ``[(version, start, end)]`` of the periods that have ended."""
        today = contract.company_id._outsourcing_today()
        last = min(date_to or today, today - timedelta(days=1))
        wanted = date_from or self._get_first_proposed_day(contract, versions, today)
        kind = versions._pick_for(wanted).period_type or "month"
        day = max(contract.date_start, periods.get_period(wanted, kind)[0])
        limit = contract._get_vendor_quality_last_day()
        found = []
        while day <= last:
            version = versions._pick_for(day)
            _start, whole = periods.get_period(day, version.period_type or "month")
            end = min(whole, limit or whole)
            if not day <= end <= last:
                break
            if version:
                found.append((version, day, end))
            day = whole + timedelta(days=1)
        return found

    @api.model
    def _get_first_proposed_day(self, contract, versions, today):
        """Return from when on the job makes forms by itself.

        That is the start of the gate, and the period before the template came in
        force; the last period is proposed in any case unless the gate is later.
        """
        first = versions.filtered(lambda version: version.state != "draft")[-1:]
        begun = first.activated_at or first.create_date
        kind = first.period_type or "month"
        last = periods.get_previous_period(today, kind)[0]
        if begun:
            company = contract.company_id
            day = company._outsourcing_date(begun)
            last = min(last, periods.get_previous_period(day, kind)[0])
        gate_from = contract.company_id._get_vendor_quality_gate_from()
        return max(last, gate_from or last)

    def _renew_statistics(self):
        """Let PostgreSQL look at the table again after it has grown a lot.

        A session keeps its query plan for the check of references, which may read
        the whole table for each line if it was made when there were few forms: see
        the figure "collect all" of ``tests/bench``.
        """
        self.env.cr.execute(
            "SELECT reltuples FROM pg_class WHERE oid = 'vendor_quality_form'::regclass"
        )
        [known] = self.env.cr.fetchone()
        if len(self) > max(known / 5, 500):
            self.env.cr.execute("ANALYZE vendor_quality_form")

    def _ask_to_check(self):
        """Ask the owner of each contract once, on its last form, to check figures.

        It is an activity: a mail for each contract would be a flood.
        """
        last = {form.contract_id: form.id for form in self.sorted("date_end")}
        # Activities name their records one by one: know all names before.
        self.browse(last.values()).mapped("display_name")
        by_owner = {}
        for contract, form_id in last.items():
            by_owner.setdefault(contract.owner_id, []).append(form_id)
        for owner, form_ids in by_owner.items():
            if owner:
                quiet = self.browse(form_ids).with_context(
                    mail_activity_quick_update=True
                )
                quiet.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Check the figures of the period"),
                    user_id=owner.id,
                )


# ------------------------------------------------------------
# SERVER'S OWN ACTS
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would count or make
# forms without being allowed to.


def collect(forms):
    """Count each metric once over all open forms, then freeze and score.

    The sources are counted whatever the acting user may read: a score must not
    depend on who collects it. Only totals and record ids are kept. Forms that were
    sent on keep their figures.
    """
    # sudo: as said above; users may write neither lines nor figures.
    forms = forms.sudo().filtered(lambda form: form.state in UNSENT_STATES)
    fees = forms._get_proposed_fees()
    rows = read_rows_to_count(forms)
    rules = forms._count(rows)
    for form in forms:
        facts = form._get_money_facts()
        if facts != (form.money_facts or False):
            server_write(form, {"money_facts": facts})
    counted = {form: {**fees[form], **form._get_collection_values()} for form in forms}
    store_result(forms, rows, rules, counted)


def get_draft_label(contract, end):
    """Tell drafts apart by their contract and the last day of their period."""
    # sudo: whoever prepares a form need not read the contract.
    return f"{contract.sudo().name} {end}"


def insert_proposals(forms, proposals):
    """Create a form for each ``(contract, template, start, end)``.

    What a form says follows from contract and template, so the rows are made
    in one statement; the constraints of the table hold for them as well. They
    are in the state that collecting them in this transaction leads to: to write
    a row costs as much as to insert it.
    """
    if not proposals:
        return forms.browse()
    return insert_rows(
        forms,
        [
            {
                "name": make_draft_name(
                    contract.company_id, get_draft_label(contract, end)
                ),
                "contract_id": contract.id,
                "company_id": contract.company_id.id,
                "currency_id": contract.currency_id.id,
                "currency_rate": get_rate(
                    contract.currency_id, contract.company_id, end
                ),
                "partner_id": contract.partner_id.id,
                "commercial_partner_id": contract.commercial_partner_id.id,
                "template_id": template.id,
                "state": "collected",
                "date_start": start,
                "date_end": end,
                "content_editor_id": forms.env.uid,
            }
            for contract, template, start, end in proposals
        ],
    )


def _is_other_figure(row, frozen):
    """Whether the count of now differs from ``frozen``, in numbers or evidence."""
    if frozen is None:
        return True
    if any(row[name] != frozen[name] for name in FIGURES):
        return True
    before, after = frozen["evidence"] or "{}", row["evidence"]
    return before != after and json.loads(before) != json.loads(after)
