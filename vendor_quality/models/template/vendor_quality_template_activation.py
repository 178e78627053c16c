from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_list

from ...tools import scoring
from ..gate.outsourcing_contract import SETUP_STATES

BACKTEST_DAYS = 30
"""How old the back-test may be on which a version is put in force."""


class VendorQualityTemplate(models.Model):
    """What a version needs before it is put in force.

    Complete rules, a manager who neither wrote nor last edited it, and a recent
    back-test: a version whose contracts are scored already needs a test of exactly
    its content over all of these contracts.
    """

    _inherit = "vendor.quality.template"

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_activate_reason(self):
        reasons = {}
        is_system = self._flow_is_system()
        for template in self:
            reason = template._get_incomplete_reason()
            if not reason and not is_system:
                reason = template._get_second_person_reason()
            if reason := reason or template._get_backtest_reason():
                reasons[template.id] = reason
        return reasons

    def _get_second_person_reason(self):
        """Say that the acting user wrote this version or a part of it."""
        self.ensure_one()
        if self.env.user in self._get_authors():
            return self.env._(
                "you wrote or last edited it, or a part of it, so another quality "
                "manager must put it in force."
            )
        return ""

    # ------------------------------------------------------------
    # COMPLETE RULES
    # ------------------------------------------------------------

    def _get_incomplete_reason(self):
        """Say what is missing before this version can score anything."""
        self.ensure_one()
        total = sum(self.line_ids.mapped("weight_bp"))
        if total != scoring.TOTAL_WEIGHT:
            return self.env._(
                "the weights sum to %(total)s %%, not 100 %%. Adjust the metrics.",
                total=f"{total / 100:.2f}",
            )
        unusable = self.line_ids.metric_id._get_cannot_use_reason()
        for metric in self.line_ids.metric_id:
            if reason := unusable.get(metric.id):
                return reason
        if reason := self._get_formula_reason():
            return reason
        bounds = self.band_ids.mapped("lower_bound")
        if scoring.check_lower_bounds(bounds):
            return self.env._(
                "the grades do not cover every score once. Begin one grade at 0 and "
                "give each its own lower bound."
            )
        return (
            self._get_deduction_reason()
            or self._get_money_reason()
            or self._get_late_reason()
        )

    def _get_formula_reason(self):
        codes = set(self.line_ids.metric_id.mapped("code"))
        for metric in self.line_ids.metric_id:
            if metric.source != "formula":
                continue
            unknown = metric._compile_formula().names - codes
            if unknown:
                return self.env._(
                    "the formula of %(metric)s uses %(codes)s, which the template does "
                    "not measure.",
                    metric=metric.display_name,
                    codes=format_list(self.env, sorted(unknown)),
                )
        return ""

    def _get_deduction_reason(self):
        rows = self.deduction_ids.sorted("lower_bound")
        if not rows:
            return ""
        if scoring.check_lower_bounds(rows.mapped("lower_bound")):
            return self.env._("the deductions do not cover every score: begin at 0.")
        rates = rows.mapped("rate")
        if rates != sorted(rates, reverse=True):
            return self.env._("a better score must not lead to a higher deduction.")
        return ""

    def _get_money_reason(self):
        """Say which money rule does not work before the version is in force."""
        self.ensure_one()
        missing = self.credit_ids.metric_id - self.line_ids.metric_id
        if missing:
            return self.env._(
                "a service credit follows %(metrics)s, which the template does not "
                "measure. Add the metric or remove the credit.",
                metrics=format_list(self.env, missing.mapped("display_name")),
            )
        if self.credit_ids and not self.at_risk_rate:
            return self.env._(
                "service credits are shares of the fee at risk, which is 0 %%. Enter "
                "the share of the fee at risk."
            )
        if self.late_fine_rate and not self.late_fine_cap:
            return self.env._(
                "a late fine needs a limit: enter the most that one milestone costs."
            )
        if self.late_fine_rate > self.late_fine_cap:
            return self.env._("the late fine of one day is above its own limit.")
        if self.retention_rate and not self.retention_release:
            return self.env._("say from when on the retention is released.")
        return ""

    def _get_late_reason(self):
        """Say that the first day of a draft has come before it was put in force."""
        self.ensure_one()
        today = self._get_today()
        if self.previous_id and self.date_from and self.date_from <= today:
            return self.env._(
                "its first day, %s, has come, and periods that have begun keep their "
                "rules. Let it be valid from a later day on.",
                format_date(self.env, self.date_from),
            )
        return ""

    # ------------------------------------------------------------
    # RECENT BACK-TEST
    # ------------------------------------------------------------

    def _get_valid_backtests(self):
        """Return the finished tests of exactly this content, the newest first."""
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=BACKTEST_DAYS)
        # sudo: a test of a shared template counts in whichever company it was run.
        tests = self.env["vendor.quality.backtest"].sudo()
        return tests.search(
            [
                ("template_id", "=", self.id),
                ("state", "=", "done"),
                ("finished_at", ">=", since),
                ("content_hash", "=", self._get_content_hash()),
            ],
            order="finished_at desc, id desc",
        )

    def _get_backtest_reason(self):
        """Say which test on past months is missing, or return an empty string."""
        self.ensure_one()
        # sudo: contracts of every company fall under the version; only counted.
        used = self.env["outsourcing.contract"].sudo()
        versions = self.sudo()._get_versions()  # sudo: as above, only their ids
        domain = Domain(
            [
                ("vendor_quality_template_id", "in", versions.ids),
                ("state", "not in", SETUP_STATES),
            ]
        )
        count = used.search_count(domain)
        if not count:
            return ""
        tests = self._get_valid_backtests()
        if not tests:
            # sudo: tests of other companies as well; only whether one was finished.
            if self.sudo().backtest_ids.filtered(lambda test: test.state == "done"):
                return self.env._(
                    "it was changed after its last test on past months, or the test is "
                    "older than %(days)s days. Test it again.",
                    days=BACKTEST_DAYS,
                )
            return self.env._(
                "it changes the rules of %(count)s contracts. Test it on past months "
                "first, so that whoever puts it in force sees what it means.",
                count=count,
            )
        first = min(tests.mapped("date_from"))
        last = max(tests.mapped("date_to"))
        untested = used.search_count(
            domain
            & Domain("id", "not in", tests.contract_ids.ids)
            & Domain("date_start", "<=", last)
            & (Domain("date_end", ">=", first) | Domain("term", "=", "auto_renew"))
        )
        if untested:
            return self.env._(
                "its test leaves out %(count)s of the contracts that it changes. Test "
                "it on all of them, in each company.",
                count=untested,
            )
        return ""
