from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import float_repr

from ...tools import periods, scoring


class VendorQualityForm(models.Model):
    """What a quality form takes from the fee, item by item, and when it pays later.

    The rules and facts of the money are frozen with the figures. The items are
    made anew by the server each time the result is computed; they are approved
    with the form.
    """

    _inherit = "vendor.quality.form"

    money_facts = fields.Json(
        readonly=True,
        copy=False,
        help="Money rules and facts of the last collection, as the document has them.",
    )
    deduction_ids = fields.One2many(
        comodel_name="vendor.quality.deduction",
        inverse_name="form_id",
        string="Deductions and Retention",
        copy=False,
    )
    retention_amount = fields.Monetary(
        string="Retention",
        readonly=True,
        copy=False,
        help="Paid later: not lost, and not payable before its release.",
    )
    retention_released_amount = fields.Monetary(
        string="Released Retention",
        readonly=True,
        copy=False,
        help="Part of the retention that may be paid now.",
    )
    retention_date = fields.Date(
        string="Retention Due", compute="_compute_retention_date"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_retention_date(self):
        for form in self:
            form.retention_date = form.deduction_ids.filtered(
                lambda item: item.kind == "retention"
            ).date_release

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {
            "deduction_ids",
            "money_facts",
            "retention_amount",
            "retention_released_amount",
        }

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "approved":
            self.sudo()._approve_deductions()
        return result

    def _get_cannot_approve_reason(self):
        reasons = super()._get_cannot_approve_reason()
        for form in self:
            if form.id not in reasons and form._is_money_outdated():
                reasons[form.id] = self.env._(
                    "the annual cap, the milestones or the period before it have "
                    "changed since the collection. Send it back and collect again."
                )
        return reasons

    def _tier_get_excluded_users(self):
        """Whoever waived an item does not approve what follows from it."""
        return (
            super()._tier_get_excluded_users() | self.sudo().deduction_ids.waived_by_id
        )

    # ------------------------------------------------------------
    # FACTS
    # ------------------------------------------------------------

    def _freeze_money_facts(self):
        """Keep the money rules and facts of this moment on the forms."""
        for form in self:
            facts = form._get_money_facts()
            if facts != (form.money_facts or False):
                form.money_facts = facts

    def _is_money_outdated(self):
        self.ensure_one()
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
        if start + relativedelta(years=years) > self.date_start:
            years -= 1
        return (
            start + relativedelta(years=years),
            start + relativedelta(years=years + 1, days=-1),
        )

    def _get_year_fee(self, year_start):
        """Return the part of the contract amount that falls on the year, or None."""
        contract = self.contract_id
        if not contract.date_end or not contract.amount_total:
            return None
        starts, start = [], contract.date_start
        while start <= contract.date_end:
            starts.append(start)
            start = contract.date_start + relativedelta(years=len(starts))
        months = [
            periods.count_months(
                start,
                min(
                    contract.date_start + relativedelta(years=index + 1, days=-1),
                    contract.date_end,
                ),
            )
            for index, start in enumerate(starts)
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

    def _get_printed_deductions(self):
        """Return the items that belong on paper: those with something to say."""
        self.ensure_one()
        return self.deduction_ids.filtered(
            lambda item: item.uncapped_amount or item.settled_amount
        )

    def _get_amount_text(self, amount):
        return float_repr(
            self.currency_id.round(amount), self.currency_id.decimal_places
        )
