from odoo import api, models
from odoo.tools import format_amount, format_date, formatLang


class VendorQualityDeduction(models.Model):
    """The arithmetic of a deduction in words, in the language of the reader."""

    _inherit = "vendor.quality.deduction"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "amount",
        "basis_amount",
        "cap",
        "cap_amount",
        "date_release",
        "days",
        "disputed_amount",
        "factor",
        "rate",
        "settled_amount",
        "shared_cap",
        "shared_cap_amount",
        "state",
        "uncapped_amount",
    )
    @api.depends_context("lang")
    def _compute_explanation(self):
        for item in self:
            parts = [
                getattr(item, f"_explain_{item.kind}")(),
                item._explain_cap(),
                item._explain_shared_cap(),
                item._explain_disputed(),
                item._explain_settled(),
            ]
            item.explanation = "\n".join(filter(None, parts))

    # ------------------------------------------------------------
    # TEXTS
    # ------------------------------------------------------------

    def _explain_score(self):
        form = self.form_id
        if not self.uncapped_amount:
            return ""
        return self.env._(
            "Score %(score)s takes %(rate)s %% of the fee of %(basis)s: %(amount)s.",
            score=f"{form.score:.2f}",
            **self._get_numbers(),
        )

    def _explain_credit(self):
        if not self.uncapped_amount:
            return ""
        if self.factor != 1:
            return self.env._(
                "%(metric)s is below its mark, as in the period before: %(rate)s %% of "
                "the %(basis)s at risk x %(factor)s = %(amount)s.",
                metric=self.metric_id.name,
                factor=self._format_number(self.factor),
                **self._get_numbers(),
            )
        return self.env._(
            "%(metric)s is below its mark: %(rate)s %% of the %(basis)s at risk = "
            "%(amount)s.",
            metric=self.metric_id.name,
            **self._get_numbers(),
        )

    def _explain_fine(self):
        if not self.uncapped_amount:
            return ""
        return self.env._(
            "%(milestone)s came %(days)s days late: %(days)s x %(rate)s %% of "
            "%(basis)s = %(amount)s.",
            milestone=self.milestone_id.name,
            days=self.days,
            **self._get_numbers(),
        )

    def _explain_retention(self):
        text = self.env._(
            "%(rate)s %% of the remaining %(basis)s is paid later: %(amount)s.",
            **self._get_numbers(),
        )
        if self.released_at:
            day = self.company_id._outsourcing_date(self.released_at)
            day = format_date(self.env, day)
            return text + " " + self.env._("Released on %s.", day)
        if not self.date_release:
            return text + " " + self.env._("Due when the contract ends.")
        day = format_date(self.env, self.date_release)
        return text + " " + self.env._("Due on %s.", day)

    def _explain_cap(self):
        if self.cap == "fine":
            return self.env._(
                "At most %s for this milestone.", self._format(self.cap_amount)
            )
        if self.cap == "group":
            return self.env._(
                "The same incident gives a larger credit of %s, which counts instead.",
                self._format(self.cap_amount),
            )
        if self.cap == "waived":
            return self.env._("Waived: %s", self.waive_reason or "")
        return ""

    def _explain_shared_cap(self):
        if not self.shared_cap:
            return ""
        limit = self._format(self.shared_cap_amount)
        part = self._format(self.amount + self.disputed_amount)
        if self.shared_cap == "period":
            return self.env._(
                "All items together take at most %(limit)s in a period: %(part)s of it "
                "here.",
                limit=limit,
                part=part,
            )
        return self.env._(
            "The annual cap leaves %(limit)s for all items together: %(part)s of it "
            "here.",
            limit=limit,
            part=part,
        )

    def _explain_disputed(self):
        if not self.disputed_amount:
            return ""
        return self.env._(
            "%s of it waits for the decision of a dispute.",
            self._format(self.disputed_amount),
        )

    def _explain_settled(self):
        """Say what the superseded form took already, and what is left of it."""
        if not self.settled_amount or self.kind == "retention":
            return ""
        before = self._format(self.settled_amount)
        difference = self.difference_amount
        if self.currency_id.is_zero(difference):
            return self.env._("%s was taken off the bills already.", before)
        if difference > 0:
            return self.env._(
                "%(before)s was taken off the bills already; %(rest)s is left.",
                before=before,
                rest=self._format(difference),
            )
        return self.env._(
            "%(before)s was taken off the bills already; %(back)s goes back to the "
            "vendor.",
            before=before,
            back=self._format(-difference),
        )

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def _get_numbers(self):
        return {
            "rate": self._format_number(self.rate),
            "basis": self._format(self.basis_amount),
            "amount": self._format(self.uncapped_amount),
        }

    def _format(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _format_number(self, number):
        digits = next(
            (digits for digits in range(4) if round(number, digits) == number), 4
        )
        return formatLang(self.env, number, digits=digits)
