from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import scoring

HIGHER = ((80, 0), (90, 60), (100, 100))
LOWER = ((2, 100), (10, 0))
TARGET = ((50, 0), (60, 100), (70, 100), (80, 0))
BANDS = [0, 60, 75, 90]
STEPS = [Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")]
PROFILE = settings(max_examples=200, deadline=None, derandomize=True)

points = st.decimals(0, 100, places=12, allow_nan=False)
scores = st.decimals(0, 100, places=2, allow_nan=False)
weights = st.integers(1, 10000)
values = st.decimals(-1000, 1000, places=4, allow_nan=False)


def make(items):
    """Return measured points from ``[(weight, points)]``."""
    return [
        scoring.Points(str(index), weight, item, True)
        for index, (weight, item) in enumerate(items)
    ]


class TestAnchors(BaseCase):
    def test_linear_between_and_flat_outside(self):
        for value, expected in [
            (0, 0),
            (80, 0),
            (85, 30),
            (90, 60),
            (95, 80),
            (100, 100),
            (140, 100),
        ]:
            self.assertEqual(scoring.normalise(value, HIGHER), expected, value)

    def test_direction_follows_from_the_anchors(self):
        self.assertEqual(scoring.get_direction(HIGHER), "higher")
        self.assertEqual(scoring.get_direction(LOWER), "lower")
        self.assertEqual(scoring.get_direction(TARGET), "target")
        self.assertIsNone(scoring.get_direction(((1, 50), (2, 50))))
        self.assertIsNone(scoring.get_direction(((1, 0), (2, 9), (3, 1), (4, 9))))
        self.assertIsNone(scoring.get_direction(((1, 9), (2, 1), (3, 9))))

    def test_unusable_anchors_are_named(self):
        self.assertEqual(scoring.check_anchors([]), "few")
        self.assertEqual(scoring.check_anchors([(1, 0)]), "few")
        self.assertEqual(scoring.check_anchors([(1, 0), (1, 100)]), "order")
        self.assertEqual(scoring.check_anchors([(1, 0), (2, 101)]), "range")
        self.assertEqual(scoring.check_anchors([(1, 7), (2, 7)]), "shape")
        self.assertEqual(scoring.check_anchors(HIGHER), "")

    @PROFILE
    @given(values, values)
    def test_monotone(self, left, right):
        low, high = sorted((left, right))
        self.assertLessEqual(
            scoring.normalise(low, HIGHER), scoring.normalise(high, HIGHER)
        )
        self.assertGreaterEqual(
            scoring.normalise(low, LOWER), scoring.normalise(high, LOWER)
        )

    @PROFILE
    @given(values)
    def test_target_never_leaves_the_range(self, value):
        self.assertTrue(0 <= scoring.normalise(value, TARGET) <= 100)


class TestPoints(BaseCase):
    def _metric(self, **rules):
        return scoring.Metric("m", 10000, HIGHER, **rules)

    def test_missing_policies(self):
        for policy, expected in [
            ("exclude", None),
            ("zero", 0),
            ("neutral", 55),
            ("carry", 70),
        ]:
            metric = self._metric(missing_policy=policy, neutral_points=55)
            item = scoring.get_points(metric, None, 0, carried=70)
            self.assertEqual(item.points, expected, policy)
            self.assertFalse(item.measured)

    def test_nothing_to_carry_is_left_out(self):
        item = scoring.get_points(self._metric(missing_policy="carry"), None, 0)
        self.assertIsNone(item.points)

    def test_small_sample_counts_as_missing(self):
        metric = self._metric(missing_policy="exclude", min_sample=5)
        self.assertIsNone(scoring.get_points(metric, 0, 4).points)
        self.assertEqual(scoring.get_points(metric, 100, 5).points, 100)

    def test_critical_minimum_is_exclusive(self):
        metric = self._metric(critical_minimum=60)
        self.assertFalse(scoring.get_points(metric, 90, 1).failed_critical)
        self.assertTrue(scoring.get_points(metric, 89.9, 1).failed_critical)

    def test_awarded_points_replace_the_measured_ones(self):
        item = scoring.get_points(self._metric(), 80, 9, awarded=88)
        self.assertEqual((item.points, item.measured), (88, True))


class TestScore(BaseCase):
    def test_worked_case(self):
        """40/30/20/10 with 90/80/-/50: 81.25 left out, 65.00 under zero."""
        items = make([(4000, Decimal(90)), (3000, Decimal(80)), (1000, Decimal(50))])
        missing = scoring.Points("x", 2000, None, False)
        result = scoring.get_score([*items, missing])
        self.assertEqual(result.score, Decimal("81.25"))
        self.assertEqual(result.coverage, Decimal("80.00"))
        zero = scoring.Points("x", 2000, Decimal(0), False)
        self.assertEqual(scoring.get_score([*items, zero]).score, Decimal("65.00"))

    def test_thin_coverage_is_not_rated(self):
        items = [
            *make([(5900, Decimal(100))]),
            scoring.Points("x", 4100, Decimal(0), False),
        ]
        result = scoring.get_score(items, min_coverage=60)
        self.assertIsNone(result.score)
        self.assertEqual(result.coverage, Decimal("59.00"))
        self.assertEqual(scoring.get_score(items, 59).score, Decimal("59.00"))

    def test_nothing_measured_is_neither_zero_nor_full(self):
        self.assertIsNone(scoring.get_score([]).score)
        zero = scoring.Points("x", 10000, Decimal(0), False)
        self.assertIsNone(scoring.get_score([zero]).score)

    def test_critical_failure_caps(self):
        good = scoring.Points("a", 9000, Decimal(100), True)
        bad = scoring.Points("b", 1000, Decimal(50), True, failed_critical=True)
        result = scoring.get_score([good, bad], critical_cap=59)
        self.assertEqual((result.score, result.raw_score), (59, 95))
        self.assertEqual(result.failed_critical, ("b",))

    def test_rounded_once_half_up(self):
        self.assertEqual(
            scoring.get_score(make([(1, Decimal("79.995"))])).score, Decimal("80.00")
        )
        self.assertEqual(
            scoring.get_score(make([(1, Decimal("79.994999"))])).score,
            Decimal("79.99"),
        )

    @PROFILE
    @given(st.lists(st.tuples(weights, points), min_size=1, max_size=20), st.data())
    def test_order_free(self, items, data):
        shuffled = data.draw(st.permutations(make(items)))
        self.assertEqual(scoring.get_score(make(items)), scoring.get_score(shuffled))

    @PROFILE
    @given(
        st.lists(st.tuples(weights, points), min_size=1, max_size=20),
        st.integers(2, 1000),
    )
    def test_weight_scale_free(self, items, factor):
        scaled = [(weight * factor, item) for weight, item in items]
        self.assertEqual(
            scoring.get_score(make(items)), scoring.get_score(make(scaled))
        )

    @PROFILE
    @given(
        st.lists(st.tuples(weights, points), min_size=1, max_size=20),
        st.data(),
        points,
    )
    def test_monotone_in_every_metric(self, items, data, better):
        index = data.draw(st.integers(0, len(items) - 1))
        weight, old = items[index]
        raised = list(items)
        raised[index] = (weight, max(old, better))
        self.assertLessEqual(
            scoring.get_score(make(items)).score, scoring.get_score(make(raised)).score
        )

    @PROFILE
    @given(st.lists(st.tuples(weights, points), min_size=1, max_size=20))
    def test_range(self, items):
        self.assertTrue(0 <= scoring.get_score(make(items)).score <= 100)

    @PROFILE
    @given(
        st.lists(st.tuples(weights, values), min_size=2, max_size=20),
        st.data(),
        st.one_of(st.none(), st.integers(0, 100)),
    )
    def test_missing_never_raises_under_zero(self, items, data, critical):
        """Hiding the data of one metric does not pay."""
        metrics = [
            (
                scoring.Metric(
                    str(index),
                    weight,
                    HIGHER,
                    missing_policy="zero",
                    critical_minimum=critical,
                ),
                value,
            )
            for index, (weight, value) in enumerate(items)
        ]
        hidden = data.draw(st.integers(0, len(items) - 1))
        full = scoring.get_score(
            [scoring.get_points(metric, value, 1) for metric, value in metrics],
            critical_cap=59,
        )
        without = scoring.get_score(
            [
                scoring.get_points(metric, None if index == hidden else value, 1)
                for index, (metric, value) in enumerate(metrics)
            ],
            critical_cap=59,
        )
        self.assertLessEqual(without.score, full.score)


class TestBands(BaseCase):
    def test_edges(self):
        for score, expected in [
            (0, 0),
            ("59.99", 0),
            (60, 1),
            ("74.99", 1),
            (75, 2),
            ("75.50", 2),
            (90, 3),
            (100, 3),
        ]:
            self.assertEqual(scoring.find_band(score, BANDS), expected, score)

    def test_bad_bounds(self):
        self.assertEqual(scoring.check_lower_bounds([10, 60]), "start")
        self.assertEqual(scoring.check_lower_bounds([0, 60, 60]), "double")
        self.assertEqual(scoring.check_lower_bounds([0, 101]), "range")
        self.assertEqual(scoring.check_lower_bounds(BANDS), "")

    @PROFILE
    @given(scores, st.lists(scores, max_size=10, unique=True))
    def test_every_score_has_exactly_one_band(self, score, bounds):
        bounds = sorted({Decimal(0), *bounds})
        uppers = [*bounds[1:], Decimal("100.01")]
        holding = [
            index
            for index, (low, high) in enumerate(zip(bounds, uppers, strict=True))
            if low <= score < high
        ]
        self.assertEqual([scoring.find_band(score, bounds)], holding)

    def test_deduction_table(self):
        table = [[0, 20], [60, 10], [80, 0]]
        self.assertEqual(scoring.get_rate("59.99", table), 20)
        self.assertEqual(scoring.get_rate(60, table), 10)
        self.assertEqual(scoring.get_rate(100, table), 0)
        self.assertEqual(scoring.get_rate(100, []), 0)


class TestMoney(BaseCase):
    @PROFILE
    @given(
        st.integers(0, 10**12),
        st.sampled_from(STEPS),
        st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any),
    )
    def test_allocation_sums_to_the_total(self, units, step, shares):
        total = units * step
        parts = scoring.allocate(total, shares, step)
        self.assertEqual(sum(parts), total)
        for part, share in zip(parts, shares, strict=True):
            exact = total * share / sum(shares)
            self.assertLess(abs(part - exact), step)
