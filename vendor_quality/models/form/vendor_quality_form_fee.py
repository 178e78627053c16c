from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_repr, format_date, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.contract.contract_ties import get_versions
from odoo.addons.outsourcing_mgmt.tools import deadline

from ...tools import contract_share, periods, replay, scoring

AMOUNT_FIELDS = (
    "basis_amount",
    "uncapped_amount",
    "cap_amount",
    "shared_cap_amount",
    "amount",
    "disputed_amount",
)


class VendorQualityForm(models.Model):
    """The fee of a period, what is deducted from it, and the document that says so.

    The fee is that of accepted milestones, or a share of the contract amount. Rules
    and facts of the deductions are frozen with the figures. A superseding form keeps
    the keys of the form before it, so that each deduction knows what was taken off
    the bills already.
    """

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_retention_date(self):
        for form in self:
            form.retention_date = form.deduction_ids.filtered(
                lambda item: item.kind == "retention"
            ).date_release

    @api.depends("fee_basis", "contract_id", "date_start", "date_end")
    @api.depends_context("lang")
    def _compute_fee_open_note(self):
        """Say which deliveries of the period are not accepted, and so in no fee."""
        paid = self.filtered(lambda form: form.fee_basis == "milestone")
        (self - paid).fee_open_note = False
        # sudo: readers of a form need not read the deliveries of its contract.
        milestones = self.env["outsourcing.contract.milestone"].sudo()
        by_contract = milestones.search(
            [
                ("contract_id", "in", paid.contract_id.ids),
                ("state", "!=", "accepted"),
                ("amount", "!=", 0),
            ]
        ).grouped("contract_id")
        for form in paid:
            mine = by_contract.get(form.contract_id, milestones).filtered(
                lambda item, form=form: (
                    form.date_start <= item.date_due <= form.date_end
                )
            )
            form.fee_open_note = bool(mine) and self.env._(
                "%(count)s deliveries of the period, worth %(amount)s, are not "
                "accepted and not in the fee.",
                count=len(mine),
                amount=form.currency_id.format(sum(mine.mapped("amount"))),
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("contract_id", "date_start")
    def _check_begins_in_contract(self):
        """A terminated contract has no service, and no fee, of the time after it.

        The period in which it ended is scored; its fee is that of the days before.
        """
        for form in self:
            ended = form.contract_id.termination_date
            if ended and form.date_start > ended:
                raise ValidationError(
                    self.env._(
                        "The period begins after %(contract)s ended, which was "
                        "terminated on %(day)s.",
                        contract=form.contract_id.display_name,
                        day=format_date(self.env, ended),
                    )
                )

    # ------------------------------------------------------------
    # FEE
    # ------------------------------------------------------------

    def _get_proposed_fees(self):
        """Return ``{form: values}`` of the fee; what somebody entered stays."""
        open_forms = self.filtered(
            lambda form: (
                form.fee_basis != "manual" and (form.fee_basis or not form.fee_amount)
            )
        )
        fees = {
            form: {"fee_amount": form.fee_amount, "fee_basis": "manual"}
            for form in self - open_forms
        }
        by_milestone = open_forms._get_milestone_fees()
        rest = open_forms.filtered(lambda form: form.id not in by_milestone)
        for form in open_forms - rest:
            fees[form] = {
                "fee_amount": by_milestone[form.id],
                "fee_basis": "milestone",
            }
        for form, share in rest._get_contract_shares().items():
            fees[form] = {"fee_amount": share, "fee_basis": "contract"}
        return fees

    def _get_milestone_fees(self):
        """Return ``{form id: accepted amount}`` of contracts paid by milestone.

        A contract whose milestones carry no money is not paid by them.
        """
        milestones = self.env["outsourcing.contract.milestone"].search(
            [("contract_id", "in", self.contract_id.ids)]
        )
        by_contract = {
            contract: mine
            for contract, mine in milestones.grouped("contract_id").items()
            if any(mine.mapped("amount"))
        }
        return {
            form.id: form.currency_id.round(
                sum(
                    item.amount
                    for item in by_contract[form.contract_id]
                    if item.state == "accepted"
                    and form.date_start <= item.date_due <= form.date_end
                )
            )
            for form in self
            if form.contract_id in by_contract
        }

    def _get_contract_shares(self):
        """Return ``{form: part of the contract amount that falls on its period}``.

        Nothing falls on the days after the termination of the contract.
        """
        parts = {}
        shares = {}
        for form in self:
            contract, step = form.contract_id, form.currency_id.rounding
            key = contract, form.template_id.period_type, step
            if key not in parts:
                parts[key] = self._split_contract(*key)
            last = min(filter(None, (form.date_end, contract.termination_date)))
            shares[form] = float(
                contract_share.get_share(parts[key], form.date_start, last, step)
            )
        return shares

    def _split_contract(self, contract, kind, step):
        """Return ``[(start, end, part)]`` of the amount, which sum to it exactly."""
        return contract_share.split_versions(get_versions(contract), kind, step)

    def _ask_about_late_acceptance(self, milestones):
        """Ask who collected a form to take deliveries in that were accepted after it.

        Otherwise they are in the fee of no period.

        :param milestones: accepted now, due in the period of the form
        """
        self.ensure_one()
        users = (self.collected_by_id, self.contract_id.owner_id)
        user = next((one for one in users if one), self.env.user)
        form = self.with_context(lang=user.lang)
        names = format_list(form.env, milestones.mapped("name"))
        summary = form.env._("Accepted after the form, in no fee yet: %s", names)
        if summary not in form.activity_ids.mapped("summary"):
            form.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=form.env._(
                    "Supersede the form, so that the deliveries are paid with their "
                    "period, or enter their amount by hand in the next form."
                ),
                user_id=user.id,
            )

    # ------------------------------------------------------------
    # RULES AND FACTS OF THE DEDUCTIONS
    # ------------------------------------------------------------

    def _is_money_outdated(self):
        self.ensure_one()
        # sudo: whoever approves the form need not read what its money follows from.
        form = self.sudo()
        return bool(form.money_facts) and form.money_facts != form._get_money_facts()

    def _get_money_facts(self):
        """Return rules and facts as plain JSON data, or False without rules."""
        self.ensure_one()
        template = self.template_id
        if not template._has_money_rules():
            return False
        return {
            "rules": template._get_money_document(),
            "facts": {
                "repeated": self._get_repeated_codes(),
                "milestones": self._get_late_milestones(),
                **({"year": self._get_year()} if template.annual_cap_rate else {}),
            },
        }

    def _get_money_document(self):
        """Return what the document says about money, or None: nothing special."""
        self.ensure_one()
        waivers = {
            item.key: item.waive_reason
            for item in self.deduction_ids
            if item.state == "waived"
        }
        if not self.money_facts and not waivers:
            return None
        return {
            "rules": {},
            "facts": {},
            **(self.money_facts or {}),
            "waivers": waivers,
        }

    def _get_repeated_codes(self):
        """Return the metrics that were below their mark in the period before."""
        if all(credit.repeat_factor == 1 for credit in self.template_id.credit_ids):
            return []
        previous = self.search(
            [
                ("contract_id", "=", self.contract_id.id),
                ("state", "=", "approved"),
                ("date_end", "=", self.date_start - timedelta(days=1)),
            ],
            limit=1,
        )
        return sorted(
            previous.deduction_ids.filtered(
                lambda item: item.kind == "credit" and item.uncapped_amount
            ).metric_id.mapped("code")
        )

    def _get_late_milestones(self):
        """Return the accepted milestones that were delivered late in the period."""
        if not self.template_id.late_fine_rate:
            return []
        milestones = self.env["outsourcing.contract.milestone"].search(
            [
                ("contract_id", "=", self.contract_id.id),
                ("state", "=", "accepted"),
                ("submitted_on", "!=", False),
                ("date_due", "<=", self.date_end),
            ],
            order="id",
        )
        late = []
        for milestone in milestones:
            day = self._to_local_date(milestone.submitted_on)
            if self.date_start <= day <= self.date_end and day > milestone.date_due:
                late.append(
                    {
                        "key": str(milestone.id),
                        "name": milestone.name,
                        "amount": self._get_amount_text(milestone.amount),
                        "days": (day - milestone.date_due).days,
                    }
                )
        return late

    def _get_year(self):
        """Return the contract year of the period: its fees, and what it lost."""
        start, end = self._get_contract_year()
        others = self.search(
            [
                ("contract_id", "=", self.contract_id.id),
                ("state", "=", "approved"),
                ("date_start", ">=", start),
                ("date_start", "<=", end),
                ("id", "!=", self.id),
            ]
        )
        lost = sum(others.mapped("deduction_amount"))
        return {
            "date_start": fields.Date.to_string(start),
            "fee": self._get_year_fee(start),
            "months": str(periods.count_months(self.date_start, self.date_end)),
            "lost": self._get_amount_text(lost),
        }

    def _get_contract_year(self):
        """Return the year from an anniversary of the contract to the next."""
        start = self.contract_id.date_start or self.date_start
        years = self.date_start.year - start.year
        if deadline.get_anniversary(start, years) > self.date_start:
            years -= 1
        return (
            deadline.get_anniversary(start, years),
            deadline.get_anniversary(start, years + 1) - timedelta(days=1),
        )

    def _get_year_fee(self, year_start):
        """Return the part of the contract amount that falls on the year, or None."""
        contract = self.contract_id
        if not contract.date_end or not contract.amount_total:
            return None
        starts, start = [], contract.date_start
        while start <= contract.date_end:
            starts.append(start)
            start = deadline.get_anniversary(contract.date_start, len(starts))
        ends = [day - timedelta(days=1) for day in starts[1:]] + [contract.date_end]
        months = [
            periods.count_months(start, end)
            for start, end in zip(starts, ends, strict=True)
        ]
        if year_start not in starts:
            return None
        parts = scoring.allocate(
            contract.amount_total, months, self.currency_id.rounding
        )
        return self._get_amount_text(float(parts[starts.index(year_start)]))

    def _get_retention_date(self):
        """Return from when on the retention may be released, or False."""
        self.ensure_one()
        template = self.template_id
        contract = self.contract_id
        if template.retention_release == "contract_end":
            return contract.termination_date or contract.date_end
        return self.date_end + timedelta(days=template.retention_days)

    def _get_amount_text(self, amount):
        return float_repr(
            self.currency_id.round(amount), self.currency_id.decimal_places
        )

    # ------------------------------------------------------------
    # DEDUCTIONS
    # ------------------------------------------------------------

    def _prepare_deduction(self, index, key, row, settled):
        """Return the values of the item ``key``; without a row it costs nothing."""
        self.ensure_one()
        kind, _colon, subject = key.partition(":")
        values = {
            "form_id": self.id,
            "key": key,
            "kind": kind,
            "sequence": index + (100 if kind == "retention" else 0),
            "metric_id": False,
            "milestone_id": False,
            "rate": float(row.rate) if row else 0.0,
            "factor": float(row.factor) if row else 1.0,
            "days": row.days if row and kind == "fine" else 0,
            "cap": row and row.cap or False,
            "shared_cap": row and row.shared_cap or False,
            "settled_amount": settled.get(key, 0.0),
            **dict.fromkeys(AMOUNT_FIELDS, 0.0),
        }
        if row:
            values.update(
                basis_amount=float(row.basis),
                uncapped_amount=float(row.uncapped),
                cap_amount=float(row.cap_amount),
                shared_cap_amount=float(row.shared_cap_amount),
                amount=float(row.amount),
                disputed_amount=float(row.disputed),
            )
        if kind == "credit":
            line = self.line_ids.filtered(lambda item: item.code == subject)
            values["metric_id"] = line.metric_id.id
        elif kind == "fine":
            values["milestone_id"] = int(subject)
        return values

    def _get_settled(self):
        """Return ``{key: amount}`` that the superseded form had applied already."""
        self.ensure_one()
        before = self.supersedes_id
        settled = {
            item.key: item.amount if item.state == "applied" else item.settled_amount
            for item in before.deduction_ids
            if item.kind != "retention"
        }
        settled["retention"] = before.retention_released_amount
        return {key: amount for key, amount in settled.items() if amount}

    def _get_printed_deductions(self):
        """Return the items that belong on paper: those with something to say."""
        self.ensure_one()
        return self.deduction_ids.filtered(
            lambda item: item.uncapped_amount or item.settled_amount
        )

    def _refresh_settled(self):
        """Count again what the superseded forms have applied by now."""
        for form in self:
            settled = form._get_settled()
            for item in form.deduction_ids:
                amount = settled.get(item.key, 0.0)
                if form.currency_id.compare_amounts(item.settled_amount, amount):
                    server_write(item, {"settled_amount": amount})

    def _update_released(self):
        """Count what of the retention may be paid now, and judge the bills again."""
        for form in self:
            retained = form.deduction_ids.filtered(
                lambda item: item.kind == "retention"
            )
            released = 0.0
            for item in retained:
                released = (
                    item.amount
                    if item.state == "applied"
                    else min(item.settled_amount, item.amount)
                )
            if form.currency_id.compare_amounts(
                form.retention_released_amount, released
            ):
                server_write(form, {"retention_released_amount": released})
        self._refresh_held_bills()

    # ------------------------------------------------------------
    # DOCUMENT
    # ------------------------------------------------------------

    def _get_document_inputs(self, lines=None, rules=None, fee=None):
        """Return what the score follows from, as plain JSON data.

        :param list lines: what the document says of the lines, when known already
        :param dict rules: the rules of the template, when known already
        :param float fee: the fee, when it is not written yet
        """
        self.ensure_one()
        template, currency = self.template_id, self.currency_id
        extra = self._get_money_document()
        return {
            **({"money": extra} if extra else {}),
            "format": replay.MONEY_FORMAT if extra else replay.FORMAT,
            "form": self.name,
            "contract_id": self.contract_id.id,
            "company_id": self.company_id.id,
            "vendor_id": self.commercial_partner_id.id,
            "date_start": fields.Date.to_string(self.date_start),
            "date_end": fields.Date.to_string(self.date_end),
            "currency": currency.name,
            "rounding": str(currency.rounding),
            "fee": float_repr(
                self.fee_amount if fee is None else fee, currency.decimal_places
            ),
            "template": rules or template._get_rules(),
            "lines": lines
            or [line._get_document() for line in self.line_ids.sorted("code")],
        }

    def _get_document(self):
        """Return the whole document with its result; this is what is hashed."""
        self.ensure_one()
        # sudo: the document is one, whatever its reader may read by itself.
        document = self.sudo()._get_document_inputs()
        document["result"], _lines = replay.compute(document)
        return document

    def _get_evidence_hash(self):
        self.ensure_one()
        return replay.get_hash(self._get_document())


def approve_deductions(forms):
    """Approve the deductions of approved forms; what was applied before stays so.

    A function, as evaluated code can call methods of records.
    """
    forms._refresh_settled()
    items = forms.deduction_ids.filtered(lambda item: item.state == "computed")
    server_write(items, {"state": "approved"})
    forms._update_released()
    forms._update_applied()
