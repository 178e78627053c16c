import calendar
import math
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..tools import ranking
from .common import TODAY, QualityCommon, dates


def get_expected(scores, fees, ages, overall, spread):
    """The arithmetic of ``tools/ranking.py`` once more, in plain Python."""
    recency = [0.5 ** (age / 6) for age in ages]
    weights = [fee * part for fee, part in zip(fees, recency, strict=True)]
    if not sum(weights):
        weights = recency
    count = len(scores)
    score = sum(s * w for s, w in zip(scores, weights, strict=True)) / sum(weights)
    plain = sum(scores) / count
    own = sum((s - plain) ** 2 for s in scores)
    effective = sum(weights) ** 2 / sum(w * w for w in weights)
    reach = ranking.T_TABLE[min(count + 2, 30) - 1] * math.sqrt(
        (own + 3 * spread) / (count + 2) / effective
    )
    return {
        "score": score,
        "score_low": max(0, score - reach),
        "score_high": min(100, score + reach),
        "ranking_score": (count * score + 3 * overall) / (count + 3),
    }


class ReportCommon(QualityCommon):
    """Forms that are approved already, to read in reports.

    How a form gets its score and its approval is tested elsewhere, so the fixture
    writes both straight to the database.
    """

    @classmethod
    def _new_form(cls, month, score=90.0, fee=1000.0, contract=None, **values):
        """Create the form of ``month`` (``2026-02``); no score: not rated."""
        year, number = map(int, month.split("-"))
        last = calendar.monthrange(year, number)[1]
        form = cls._create_form(
            contract,
            **dates((date(year, number, 1), date(year, number, last))),
        )
        deduction = values.pop("deduction_amount", 0.0)
        cls._set(
            form,
            **{
                "state": "approved",
                "score": score or 0.0,
                "is_rated": score is not None,
                "coverage": 100.0,
                "fee_amount": fee,
                "deduction_amount": deduction,
                "disputed_amount": 0.0,
                "payable_amount": fee - deduction,
                **values,
            },
        )
        return form.with_env(cls.env)

    @classmethod
    def _new_forms(cls, scores, contract=None, year=2025, **values):
        """Create one form a month from January on."""
        forms = cls.env["vendor.quality.form"]
        for month, score in enumerate(scores, start=1):
            forms += cls._new_form(
                f"{year}-{month:02}", score, contract=contract, **values
            )
        return forms

    @classmethod
    def _new_vendor_contract(cls, name, **values):
        """Create a vendor with a running contract since 2025; return the contract."""
        vendor = cls.env["res.partner"].create({"name": name, "is_company": True})
        return cls._create_contract(
            partner_id=vendor.id, date_start="2025-01-01", **values
        )


@tagged("post_install", "-at_install")
@freeze_time("2026-01-10 02:00:00")
class TestRanking(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steady = cls._new_vendor_contract("Steady")
        cls.lucky = cls._new_vendor_contract("Lucky")
        cls.silent = cls._new_vendor_contract("Silent")

    def _rows(self, user=None, **context):
        self.env.flush_all()
        self.env.invalidate_all()
        Ranking = self.env["vendor.quality.ranking"].with_user(
            user or self.auditor_user
        )
        rows = Ranking.with_context(**context).search([])
        return {row.partner_id.name: row for row in rows}

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def test_figures_are_the_documented_ones(self):
        """Two vendors, different fees: by hand."""
        steady = [80.0, 82.0, 78.0, 81.0]
        fees = [1000.0, 3000.0, 500.0, 1500.0]
        for month, (score, fee) in enumerate(zip(steady, fees, strict=True), start=9):
            self._new_form(f"2025-{month:02}", score, fee, contract=self.steady)
        lucky = [99.0, 61.0]
        for month, score in enumerate(lucky, start=11):
            self._new_form(f"2025-{month}", score, 0.0, contract=self.lucky)
        overall = sum(steady + lucky) / 6
        # sums of squares 8.75 and 722, degrees of freedom 3 and 1
        spread = (8.75 + 722) / 4
        rows = self._rows()
        for name, scores, amounts, ages in (
            ("Steady", steady, fees, (4, 3, 2, 1)),
            ("Lucky", lucky, [0.0, 0.0], (2, 1)),
        ):
            expected = get_expected(scores, amounts, ages, overall, spread)
            for field, value in expected.items():
                self.assertAlmostEqual(rows[name][field], value, 2, f"{name} {field}")

    def test_one_lucky_month_does_not_win(self):
        self._new_forms([70, 90, 80, 81], self.steady)
        self._new_form("2025-12", 100, contract=self.lucky)
        rows = self._rows()
        self.assertFalse(rows["Steady"].is_few)
        self.assertEqual(rows["Steady"].rank, 1)
        self.assertTrue(rows["Lucky"].is_few)
        self.assertFalse(rows["Lucky"].rank)
        self.assertIn("2 more rated periods", rows["Lucky"].rank_hint)
        self.assertIn("trend from 6 months", rows["Steady"].rank_hint)
        self.assertEqual(rows["Lucky"].score, 100)
        self.assertLess(rows["Lucky"].score_low, 90, "one month is no certainty")
        self.assertLess(rows["Lucky"].ranking_score, 90)

    def test_equal_ranking_scores_share_the_rank(self):
        self._new_forms([80, 80, 80], self.steady)
        self._new_forms([80, 80, 80], self.silent)
        self._new_forms([70, 70, 70], self.lucky)
        rows = self._rows()
        ranks = {name: row.rank for name, row in rows.items()}
        self.assertEqual(ranks, {"Steady": 1, "Silent": 1, "Lucky": 3})

    def test_vendor_without_score_is_not_zero(self):
        self._new_forms([None, None, None], self.silent)
        self._new_forms([50, 50, 50], self.steady)
        rows = self._rows()
        self.assertRecordValues(
            rows["Silent"], [{"rated_count": 0, "form_count": 3, "is_few": True}]
        )
        self.assertFalse(rows["Silent"].rank)
        self.assertEqual(rows["Steady"].rank, 1)
        [[average]] = self.env["vendor.quality.ranking"]._read_group(
            [], [], ["score:avg"]
        )
        self.assertAlmostEqual(average, 50, 9)

    def test_unrated_periods_do_not_count(self):
        self._new_forms([80, None, 90, None, 80], self.steady, fee=1000)
        row = self._rows()["Steady"]
        self.assertRecordValues(row, [{"rated_count": 3, "form_count": 5}])
        self.assertEqual(row.fee_amount, 5000)
        self.assertTrue(80 < row.score < 90)

    def test_trend_needs_six_months(self):
        self._new_forms([60, 70, 80, 90, 90], self.steady)
        row = self._rows()["Steady"]
        self.assertEqual(row.trend_direction, "unknown")
        self._new_form("2025-06", 93, contract=self.steady)
        row = self._rows()["Steady"]
        self.assertAlmostEqual(row.trend, 91 - 70, 9)
        self.assertEqual(row.trend_direction, "rising")

    def test_trend_skips_months_without_score(self):
        self._new_forms([90, 90, None, 90, 80, None, 80, 80], self.steady)
        row = self._rows()["Steady"]
        self.assertAlmostEqual(row.trend, -10, 9)
        self.assertEqual(row.trend_direction, "falling")

    # ------------------------------------------------------------
    # WHAT COUNTS
    # ------------------------------------------------------------

    def test_superseded_and_open_forms_do_not_count(self):
        forms = self._new_forms([80, 80, 80, 20], self.steady)
        self._set(forms[3], state="superseded")
        self._set(forms[2], state="review")
        row = self._rows()["Steady"]
        self.assertRecordValues(row, [{"form_count": 2, "score": 80}])

    def test_period(self):
        self._new_form("2025-01", 10, contract=self.steady)
        self._new_form("2025-08", 50, contract=self.steady)
        self._new_form("2025-12", 90, contract=self.steady)
        self.assertEqual(self._rows()["Steady"].form_count, 3)
        six = self._rows(vendor_quality_months=6)["Steady"]
        self.assertEqual(six.form_count, 2)
        self.assertIn(("date_end", ">=", six._get_period()[0]), self._domain(six))
        exact = self._rows(
            vendor_quality_date_from="2025-08-01", vendor_quality_date_to="2025-08-31"
        )["Steady"]
        self.assertRecordValues(exact, [{"form_count": 1, "score": 50}])
        self.assertEqual(
            self.env["vendor.quality.form"].search_count(self._domain(exact)), 1
        )

    def test_bad_period_is_refused(self):
        for context in (
            {"vendor_quality_months": "many"},
            {"vendor_quality_date_to": "tomorrow"},
            {"vendor_quality_date_to": "0001-01-01"},
            {"vendor_quality_date_from": 5},
        ):
            with self.subTest(context=context), self.assertRaises(UserError):
                self._rows(**context)
        self._new_form("2025-12", 90, contract=self.steady)
        self.assertTrue(self._rows(vendor_quality_months=10**9))
        self.assertFalse(self._rows(vendor_quality_date_from="2026-02-01"))

    def _domain(self, row):
        return row.action_view_forms()["domain"]

    def test_several_versions_are_said(self):
        forms = self._new_forms([80, 80, 80], self.steady)
        self.assertFalse(self._rows()["Steady"].is_mixed)
        template = self._create_active_template(
            [(self.metric_presence, 10000)], code="other_test"
        )
        self._set(forms[2], template_id=template.id)
        self.assertTrue(self._rows()["Steady"].is_mixed)

    def test_fees_at_the_closing_rate(self):
        currency = self.env.ref("base.EUR")
        if currency == self.company.currency_id:
            currency = self.env.ref("base.USD")
        currency.active = True
        self.env["res.currency.rate"].search(
            [("currency_id", "=", currency.id)]
        ).unlink()
        self.env["res.currency.rate"].create(
            [
                {"currency_id": currency.id, "name": day, "rate": rate}
                for day, rate in (("2025-01-01", 2.0), ("2025-02-28", 4.0))
            ]
        )
        contract = self._new_vendor_contract("Abroad", currency_id=currency.id)
        january, february = self._new_forms([80, 80], contract, fee=1000)
        self.assertEqual(january.currency_id, currency)
        row = self._rows()["Abroad"]
        expected = sum(
            currency._convert(
                form.fee_amount,
                self.company.currency_id,
                self.company,
                form.date_end,
                round=False,
            )
            for form in (january, february)
        )
        self.assertAlmostEqual(row.fee_amount, expected, 9)
        self.assertAlmostEqual(row.fee_amount, 750, 9)
        # A rate that comes, or is mended, later changes neither ranking nor trend.
        rates = self.env["res.currency.rate"].search(
            [("currency_id", "=", currency.id)]
        )
        rates.rate = 10.0
        self.env.invalidate_all()
        self.assertAlmostEqual(self._rows()["Abroad"].fee_amount, 750, 9)
        near = self._new_vendor_contract("Near")
        home = self._new_form("2025-03", 80, contract=near, fee=1000)
        trend = self.env["vendor.quality.trend"]
        ids = (january | february | home).ids
        ((total,),) = trend._read_group(
            [("id", "in", ids)], [], ["fee_amount:sum_currency"]
        )
        self.assertAlmostEqual(total, 1750, 9)

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_companies_are_ranked_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.owner_user.company_ids += other
        self.procurement_user.company_ids += other
        self.officer_user.company_ids += other
        contract = self._create_contract(
            company=other,
            partner_id=self.steady.partner_id.id,
            date_start="2025-01-01",
            owner_id=self.owner_user.id,
        )
        self._new_forms([60, 60, 60], contract)
        self._new_forms([80, 80, 80], self.steady)
        self._new_forms([90, 90, 90], self.lucky)
        rows = self._rows()
        self.assertEqual(set(rows), {"Steady", "Lucky"})
        self.assertEqual(rows["Steady"].rank, 2)
        self.assertEqual(rows["Steady"].score, 80)
        both = self.env["vendor.quality.ranking"].search(
            [("company_id", "=", other.id)]
        )
        self.assertRecordValues(both, [{"rank": 1, "score": 60, "form_count": 3}])

    def test_readers(self):
        self._new_forms([80, 80, 80], self.steady)
        for user in (self.officer_user, self.manager_user, self.finance_user):
            self.assertTrue(self._rows(user))
        for user in (self.inspector_user, self.plain_user, self.procurement_user):
            with self.assertRaises(AccessError):
                self._rows(user)
        row = self._rows(self.manager_user)["Steady"]
        with self.assertRaises(AccessError):
            row.write({"rank": 1})

    def test_queries_do_not_grow(self):
        """The list and its count, each with one query for the currencies of forms."""
        fields = {
            "rank": {},
            "score": {},
            "partner_id": {"fields": {"display_name": {}}},
        }
        Ranking = self.env["vendor.quality.ranking"].with_user(self.auditor_user)
        for size in (2, 9):
            for number in range(size):
                self._new_forms([80] * 4, self._new_vendor_contract(f"V{number}"))
            Ranking.web_search_read([], fields)
            self.env.invalidate_all()
            with self.assertQueryCount(7):
                Ranking.web_search_read([], fields)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestTrend(ReportCommon):
    def test_rows_are_forms_in_force(self):
        category = self.env["outsourcing.category"].create(
            {"name": "Cleaning", "code": "CLN-T"}
        )
        contract = self._new_vendor_contract("Steady", category_id=category.id)
        forms = self._new_forms([80, 90, None], contract, deduction_amount=10)
        old = self._new_form("2025-04", 10, contract=contract)
        self._set(old, state="superseded")
        Trend = self.env["vendor.quality.trend"].with_user(self.finance_user)
        rows = Trend.search([("contract_id", "=", contract.id)], order="date_end")
        self.assertEqual(rows.form_id.ids, forms.ids)
        self.assertEqual(rows.category_id, category.with_user(self.finance_user))
        self.assertEqual(rows.mapped("payable_amount"), [990.0] * 3)
        groups = Trend._read_group(
            [("contract_id", "=", contract.id)],
            ["category_id"],
            ["score:avg", "__count"],
        )
        self.assertEqual(groups[0][1:], (85.0, 3), "not rated is not zero")
        self.assertEqual(rows[0].action_view_form()["res_id"], forms[0].id)

    def test_metric_rows_are_measured_lines(self):
        form = self._create_approved_form(presence=95)
        self.env.flush_all()
        Metric = self.env["vendor.quality.metric.trend"].with_user(self.auditor_user)
        rows = Metric.search([("form_id", "=", form.id)])
        self.assertRecordValues(
            rows, [{"metric_id": self.metric_presence.id, "points": 75.0}]
        )
        self.assertEqual(rows.action_view_form()["res_id"], form.id)

    def test_readers(self):
        for name in ("vendor.quality.trend", "vendor.quality.metric.trend"):
            for user in (self.officer_user, self.finance_user, self.auditor_user):
                self.env[name].with_user(user).search([], limit=1)
            for user in (self.inspector_user, self.plain_user):
                with self.assertRaises(AccessError):
                    self.env[name].with_user(user).search([], limit=1)
