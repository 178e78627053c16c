from odoo.tests import BaseCase, tagged

from ..tools import reward


@tagged("standard", "at_install")
class TestRewardLimits(BaseCase):
    """Shares and caps of rewards and amendments, by plain numbers."""

    def test_share(self):
        self.assertEqual(reward.share_limit(5000, 10), 500)
        self.assertEqual(reward.share_limit(-1, 10), 0)
        cases = [
            (5000, [500], False),
            (5000, [300, 200], False),
            (5000, [300, 200.01], True),
            (0, [0.01], True),
            (0, [], False),
            (3, [0.1, 0.1, 0.1], False),  # binary fractions do not exceed
        ]
        for saving, granted, expected in cases:
            with self.subTest(saving=saving, granted=granted):
                self.assertEqual(reward.exceeds_share(saving, 10, granted), expected)

    def test_cumulative_percent(self):
        cases = [
            (1000, [], 0),
            (1000, [0], 0),
            (1000, [50], 5),
            (1000, [50, -50], 10),  # ups and downs both drift
            (0, [1], float("inf")),
            (0, [0], 0),
        ]
        for initial, changes, expected in cases:
            with self.subTest(initial=initial, changes=changes):
                self.assertEqual(reward.cumulative_percent(initial, changes), expected)
