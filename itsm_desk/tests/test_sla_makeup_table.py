from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools.makeup_days import get_announced, pair


@tagged("post_install", "-at_install")
class TestMakeupTable(BaseCase):
    """What was announced, from the tables of the package."""

    def test_pairs_belong_to_one_holiday(self):
        worked = {
            date(2025, 9, 28): "National Day",
            date(2025, 10, 11): "National Day",
            date(2025, 4, 27): "Labour Day",
        }
        free = {
            date(2025, 10, 7): "National Day",
            date(2025, 10, 8): "National Day",
            date(2025, 5, 5): "Labour Day",
        }
        self.assertEqual(
            pair(worked, free),
            {
                date(2025, 4, 27): date(2025, 5, 5),
                date(2025, 9, 28): date(2025, 10, 7),
                date(2025, 10, 11): date(2025, 10, 8),
            },
        )

    def test_a_day_without_a_partner_is_left_open(self):
        self.assertEqual(
            pair({date(2025, 4, 27): "Labour Day"}, {}), {date(2025, 4, 27): None}
        )

    def test_every_year_of_late_is_paired(self):
        for year in range(2013, 2027):
            _rows, worked = get_announced(year)
            with self.subTest(year=year):
                self.assertTrue(all(day.date.weekday() > 4 for day in worked))
                self.assertTrue(all(day.weekday in range(5) for day in worked))

    def test_days_in_a_row_are_one_entry(self):
        rows, _worked = get_announced(2025, is_chinese=True)
        names = [row.name for row in rows]
        self.assertIn("\u56fd\u5e86\u8282 / \u4e2d\u79cb", names)
        self.assertEqual(
            [(row.first, row.last) for row in rows][-1],
            (date(2025, 10, 1), date(2025, 10, 8)),
        )

    def test_an_unknown_year_names_those_that_are_known(self):
        with self.assertRaises(LookupError) as caught:
            get_announced(2999)
        self.assertEqual(caught.exception.args[0], 2004)
