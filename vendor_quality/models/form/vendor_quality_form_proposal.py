from datetime import timedelta

from odoo import api, models

from ...tools import periods
from ..base.vendor_quality_batch import insert_rows

BATCH = 250
"""Contracts whose missing forms are made and counted in one transaction."""


class VendorQualityForm(models.Model):
    """The nightly proposal of forms for the periods that have ended."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # CRON
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
        forms = self.with_context(tracking_disable=True)._insert_proposals(proposals)
        forms._renew_plans()
        forms._flow_entered("collected", dict.fromkeys(forms.ids, "draft"))
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

    # ------------------------------------------------------------
    # MANY AT ONCE
    # ------------------------------------------------------------

    @api.model
    def _insert_proposals(self, proposals):
        """Create a form for each ``(contract, template, start, end)``.

        What a form says follows from contract and template, so the rows are made
        in one statement; the constraints of the table hold for them as well. They
        are in the state that collecting them in this transaction leads to: to write
        a row costs as much as to insert it.
        """
        if not proposals:
            return self.browse()
        contracts, _templates, _starts, ends = zip(*proposals, strict=True)
        numbers = self._draw_numbers(contracts, ends)
        return insert_rows(
            self,
            [
                {
                    "name": number,
                    "contract_id": contract.id,
                    "company_id": contract.company_id.id,
                    "currency_id": contract.currency_id.id,
                    "partner_id": contract.partner_id.id,
                    "commercial_partner_id": contract.commercial_partner_id.id,
                    "template_id": template.id,
                    "state": "collected",
                    "date_start": start,
                    "date_end": end,
                    "content_editor_id": self.env.uid,
                }
                for (contract, template, start, end), number in zip(
                    proposals, numbers, strict=True
                )
            ],
        )

    @api.model
    def _draw_numbers(self, contracts, days):
        """Return a number for each pair of contract and last day of the period."""
        ranges = {}
        numbers = []
        for contract, day in zip(contracts, days, strict=True):
            company = contract.company_id
            if (company, day) not in ranges:
                ranges[company, day] = self._get_number_range(company, day)
            numbers.append(ranges[company, day]._next())
        return numbers

    @api.model
    def _get_number_range(self, company, day):
        """Return the sequence, or its range of ``day``, looked up once for many."""
        # sudo: to take a number needs no right of the user.
        sequence = self.env["ir.sequence"].sudo().with_company(company)
        sequence = sequence.search(
            [("code", "=", self._name), ("company_id", "in", [company.id, False])],
            order="company_id",
            limit=1,
        )
        number_range = sequence._get_current_sequence(day)
        if number_range == sequence:
            return sequence
        return number_range.with_context(ir_sequence_date_range=number_range.date_from)

    def _renew_plans(self):
        """Let PostgreSQL look at the table again after it has grown a lot.

        A session keeps its plan for the check of references, which may read the
        whole table for each line if it was made when there were few forms.
        """
        self.env.cr.execute(
            "SELECT reltuples FROM pg_class WHERE oid = 'vendor_quality_form'::regclass"
        )
        [known] = self.env.cr.fetchone()
        if len(self) > max(known / 5, 500):
            self.env.cr.execute("ANALYZE vendor_quality_form")

    def _ask_to_check(self):
        """Ask the owner of each contract once, on its last form, to check figures.

        He finds it among his activities: a mail for each contract would be a flood.
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
