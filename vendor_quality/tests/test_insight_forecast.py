import random

from odoo.tests import BaseCase, tagged

from ..tools import forecast, scoring, trend

PASS_RATE = ((80, 0), (100, 100))
RATING = ((1, 0), (5, 100))
FINDINGS = ((0, 100), (5, 0))
BANDS = [(90, "A"), (75, "B"), (60, "C"), (0, "D")]
TEMPLATE = {"bands": BANDS, "min_coverage": 60, "critical_cap": 59}


def line(code, weight, good, total, **values):
    """Return the line of a share; ``good`` of ``total`` went well."""
    rules = {
        "anchors": PASS_RATE,
        "scale": 100,
        "min_sample": 1,
        "critical_minimum": None,
        "formula": None,
    } | values.pop("rules", {})
    return {
        "code": code,
        "weight": weight,
        "rules": rules,
        "numerator": good,
        "denominator": total,
        "sample": total,
        "assumed": None,
        "failure": (0, 1, 1),
        **values,
    }


def get_loss(lines, code):
    """Return the loss by failures of the one metric ``code``."""
    losses = forecast.get_forecast(lines, TEMPLATE).losses
    return next(loss for loss in losses if loss.code == code)


def add_failures(lines, code, number):
    """Return ``lines`` after ``number`` more failures of the metric ``code``."""
    names = ("numerator", "denominator", "sample")
    return [
        item
        | {
            name: item[name] + number * step
            for name, step in zip(names, item["failure"], strict=True)
        }
        if item["code"] == code
        else item
        for item in lines
    ]


@tagged("post_install", "-at_install")
class TestForecast(BaseCase):
    """Early warnings as plain arithmetic, checked by hand and by chance."""

    def _get_grade(self, lines, template=TEMPLATE):
        return forecast.get_forecast(lines, template).grade

    def test_three_more_late_tickets(self):
        """97 of 100 is 85 points; 97 of 103 is 94.17 %, 70.87 points: grade C.

        97 of 102 is 95.098 %, 75.49 points: still B.
        """
        result = forecast.get_forecast([line("late", 10000, 97, 100)], TEMPLATE)
        self.assertEqual(result.status, "warning")
        self.assertEqual((result.score, result.grade), (85, "B"))
        self.assertEqual(result.losses, (forecast.Loss("late", 3, "C"),))
        self.assertEqual(result.nearest.failures, 3)

    def test_two_metrics_name_the_nearest(self):
        lines = [line("few", 5000, 9, 10), line("many", 5000, 100, 100)]
        result = forecast.get_forecast(lines, TEMPLATE)
        self.assertEqual((result.score, result.grade), (75, "B"))
        self.assertEqual(result.nearest.code, "few")
        self.assertEqual(result.nearest.failures, 1)
        self.assertEqual(result.small, ("few",))

    def test_grade_that_cannot_be_lost(self):
        """A light metric alone cannot cost the grade, whatever happens."""
        lines = [line("heavy", 9500, 100, 100), line("light", 500, 10, 10)]
        light = get_loss(lines, "light")
        self.assertEqual(light, forecast.Loss("light", None))
        manual = line("heavy", 10000, 0, 0, assumed=95, failure=None)
        result = forecast.get_forecast([manual], TEMPLATE)
        self.assertEqual((result.status, result.losses), ("safe", ()))
        self.assertEqual(result.assumed, ("heavy",))
        self.assertIsNone(result.nearest)

    def test_too_few_events_are_left(self):
        """Three failures cost the grade, but only two deliveries are still due."""
        for remaining, failures in ((3, 3), (2, None), (0, None)):
            lines = [line("late", 10000, 97, 100, remaining=remaining)]
            loss = get_loss(lines, "late")
            self.assertEqual(loss.failures, failures, remaining)

    def test_lowest_grade_and_unrated(self):
        result = forecast.get_forecast([line("a", 10000, 1, 10)], TEMPLATE)
        self.assertEqual((result.status, result.grade), ("lowest", "D"))
        lines = [line("a", 5000, 10, 10), line("b", 5000, 0, 0)]
        result = forecast.get_forecast(lines, TEMPLATE)
        self.assertEqual((result.status, result.score), ("unrated", None))
        self.assertEqual(result.missing, ("b",))
        self.assertEqual(forecast.get_forecast([], TEMPLATE).status, "unrated")

    def test_nothing_counted_is_no_zero(self):
        """A policy about the whole period says nothing about its first days."""
        lines = [
            line("a", 7000, 10, 10),
            line("b", 3000, 0, 0, rules={"missing_policy": "zero"}),
        ]
        self.assertEqual(forecast.get_forecast(lines, TEMPLATE).score, 100)

    def test_minimum_sample_may_jump(self):
        """Two good events are too few to count; with one bad one they do."""
        lines = [
            line("a", 7000, 100, 100),
            line("b", 3000, 2, 2, rules={"min_sample": 3}),
        ]
        self.assertEqual(get_loss(lines, "b"), forecast.Loss("b", 1, "C"))

    def test_critical_minimum(self):
        lines = [
            line("a", 9500, 100, 100),
            line("b", 500, 99, 100, rules={"critical_minimum": 60}),
        ]
        loss = get_loss(lines, "b")
        self.assertEqual(loss.grade, "D")
        self.assertEqual(self._get_grade(add_failures(lines, "b", loss.failures)), "D")

    def test_exact_number_by_chance(self):
        """n failures lose the grade and n - 1 do not, for any figures."""
        chance = random.Random(20260302)
        met = {"lost": 0, "kept": 0}
        for _index in range(150):
            lines = self._get_random_lines(chance)
            before = forecast.get_forecast(lines, TEMPLATE)
            for loss in before.losses:
                if loss.failures is None:
                    met["kept"] += 1
                    self._check_kept(lines, loss, before)
                    continue
                met["lost"] += 1
                after = add_failures(lines, loss.code, loss.failures)
                self.assertEqual(self._get_grade(after), loss.grade, lines)
                held = self._get_bound(before.grade)
                self.assertLess(self._get_bound(loss.grade), held)
                for number in range(max(loss.failures - 3, 0), loss.failures):
                    still = add_failures(lines, loss.code, number)
                    self.assertGreaterEqual(
                        self._get_bound(self._get_grade(still)),
                        held,
                        (lines, loss, number),
                    )
        self.assertGreater(min(met.values()), 20)

    def _check_kept(self, lines, loss, before):
        for number in (1, 2, 3, 10, 100, forecast.MAX_FAILURES):
            after = self._get_grade(add_failures(lines, loss.code, number))
            self.assertGreaterEqual(
                self._get_bound(after), self._get_bound(before.grade), (lines, number)
            )

    def _get_bound(self, grade):
        return {name: bound for bound, name in BANDS}[grade]

    def _get_random_lines(self, chance):
        lines = []
        weights = [chance.randint(1, 9) for _index in range(chance.randint(1, 5))]
        for index, weight in enumerate(weights):
            total = chance.choice((0, 1, 2, 5, 20, 100, 3000))
            good = chance.randint(total * 8 // 10, total)
            rules = {
                "min_sample": chance.choice((1, 1, 3, 10)),
                "critical_minimum": chance.choice((None, None, 60)),
            }
            kind = chance.choice(("rate", "rate", "rating", "finding", "target"))
            values = {"rules": rules}
            if kind == "target":
                rules["anchors"] = ((60, 20), (90, 100), (100, 50))
            if kind == "rating":
                rules |= {"anchors": RATING, "scale": 1}
                good = total * 5 - chance.randint(0, total)
                values["failure"] = (1, 1, 1)
            if kind == "finding":
                rules |= {"anchors": FINDINGS, "scale": 1, "min_sample": 1}
                good, total = chance.randint(0, 4), 1
                values["failure"] = (1, 0, 1)
            lines.append(line(f"m{index}", weight * 1000, good, total, **values))
        return lines


@tagged("post_install", "-at_install")
class TestTrend(BaseCase):
    """The chart of a vendor's own scores."""

    def test_gap_and_labels(self):
        chart = trend.get_chart(
            [("2026-01", 100), ("2026-02", None), ("2026-03", 50), ("2026-04", 0)],
            [("B", 75)],
        )
        self.assertEqual([dot["score"] for dot in chart["dots"]], [100, 50, 0])
        self.assertEqual(len(chart["strokes"]), 1)
        self.assertEqual(chart["dots"][0]["y"], trend.TOP)
        self.assertEqual(chart["dots"][-1]["y"], trend.HEIGHT - trend.BOTTOM)
        self.assertEqual(chart["lines"][0]["name"], "B")
        self.assertEqual(len(chart["labels"]), 4)

    def test_one_point_and_many(self):
        self.assertEqual(len(trend.get_chart([("x", 5)])["labels"]), 1)
        many = trend.get_chart([(str(index), scoring.HUNDRED) for index in range(24)])
        self.assertLessEqual(len(many["labels"]), 6)
        self.assertEqual(len(many["strokes"]), 1)
        self.assertFalse(trend.get_chart([])["dots"])
