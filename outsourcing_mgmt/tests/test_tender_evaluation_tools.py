from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..tools import evaluation

# A busy machine is no failure, and the same run gives the same result.
PROFILE = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)

PRICES = st.decimals(min_value=1, max_value=10**9, places=2)


@tagged("post_install", "-at_install")
class TestEvaluationTools(TransactionCase):
    """The arithmetic of an evaluation, without records."""

    def test_lowest_price_gets_all_points(self):
        for formula in ("lowest", "linear"):
            points = evaluation.price_points(100, 100, 40, formula)
            self.assertEqual(points, 40)

    def test_price_points_are_the_share_of_the_lowest(self):
        self.assertEqual(evaluation.price_points(200, 100, 40), 20)
        self.assertEqual(evaluation.price_points(125, 100, 50), 40)

    def test_linear_price_points(self):
        cases = [(100, 50), (150, 25), (200, 0), (250, 0)]
        for price, expected in cases:
            points = evaluation.price_points(price, 100, 50, "linear", ceiling=200)
            self.assertEqual(points, expected)

    def test_linear_without_ceiling_ends_at_twice_the_lowest(self):
        self.assertEqual(evaluation.price_points(150, 100, 50, "linear"), 25)
        self.assertEqual(evaluation.price_points(200, 100, 50, "linear"), 0)

    @PROFILE
    @given(PRICES, PRICES, st.sampled_from(["lowest", "linear"]))
    def test_price_points_stay_in_range(self, one, other, formula):
        lowest, price = sorted((one, other))
        points = evaluation.price_points(price, lowest, 100, formula)
        self.assertTrue(0 <= points <= 100)

    @PROFILE
    @given(st.lists(PRICES, min_size=2, max_size=6, unique=True))
    def test_a_lower_price_never_gets_fewer_points(self, prices):
        prices.sort()
        points = [
            evaluation.price_points(price, prices[0], 100, "lowest") for price in prices
        ]
        self.assertEqual(points, sorted(points, reverse=True))

    def test_binary_floats_do_not_leak(self):
        self.assertEqual(evaluation.mean([0.1, 0.2]), Decimal("0.15"))
        self.assertEqual(evaluation.round_points(2.00005), Decimal("2.0001"))

    def test_mean_of_nothing(self):
        self.assertEqual(evaluation.mean([]), 0)

    def test_weights_sum_to_one_hundred(self):
        total = evaluation.weighted(10, 10, 2500) + evaluation.weighted(80, 80, 7500)
        self.assertEqual(total, 100)
        self.assertEqual(evaluation.weighted(5, 0, 2500), 0)

    def test_rank(self):
        cases = [
            # rows of (key, total, price), ranks by key
            ([("a", 80, 5), ("b", 90, 9)], {"b": 1, "a": 2}),
            ([("a", 90, 9), ("b", 90, 5)], {"b": 1, "a": 2}),
            ([("a", 90, 5), ("b", 90, 5), ("c", 80, 1)], {"a": 1, "b": 1, "c": 3}),
            ([("a", 90.00001, 5), ("b", 90.00002, 5)], {"a": 1, "b": 1}),
            ([], {}),
        ]
        for rows, expected in cases:
            self.assertEqual(dict(evaluation.rank(rows)), expected)

    @PROFILE
    @given(st.lists(st.tuples(st.integers(0, 100), PRICES), min_size=1, max_size=8))
    def test_rank_does_not_depend_on_the_order_of_bids(self, rows):
        rows = [(key, *row) for key, row in enumerate(rows)]
        forward = dict(evaluation.rank(rows))
        self.assertEqual(forward, dict(evaluation.rank(rows[::-1])))
        self.assertEqual(min(forward.values()), 1)

    def test_ties_are_broken_by_technical_score_then_lot(self):
        ranked = evaluation.rank([("a", 90, 5), ("b", 90, 5), ("c", 95, 9)])
        tickets = {key: key * 3 for key in "abc"}
        technical = {"a": 50, "b": 60}
        order = [
            row.key for row in evaluation.break_ties(ranked, technical, "x", tickets)
        ]
        self.assertEqual(order, ["c", "b", "a"])
        drawn = {
            evaluation.break_ties(ranked, {}, str(seed), tickets)[1].key
            for seed in range(50)
        }
        self.assertEqual(drawn, {"a", "b"}, "either may win")
        places = [row.rank for row in evaluation.break_ties(ranked, {}, "x", tickets)]
        self.assertEqual(places, [1, 2, 3])

    def test_abnormally_low(self):
        prices = {"a": 50, "b": 100, "c": 110}
        cases = [
            ((40, 0), {"a"}),
            ((0, 30), {"a"}),
            ((60, 0), set()),
            ((0, 60), set()),
            ((0, 0), set()),
        ]
        for limits, expected in cases:
            self.assertEqual(evaluation.abnormally_low(prices, *limits), expected)

    def test_a_single_price_is_never_abnormal(self):
        self.assertEqual(evaluation.abnormally_low({"a": 1}, 40, 30), set())
