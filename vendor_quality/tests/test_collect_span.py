from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase
from odoo.tools import SQL, mute_logger

from ..models.base.vendor_quality_batch import get_column

PROFILE = settings(max_examples=100, deadline=None, derandomize=True)
# Surrogates and the zero character have no place in a database of UTF-8.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from('\\"{},N '),
    min_size=1,
)


class TestColumn(TransactionCase):
    """Values come back from PostgreSQL as they were sent."""

    def _read(self, name, values):
        field = self.env["vendor.quality.form"]._fields[name]
        [(result,)] = self.env.execute_query(
            SQL("SELECT %s", get_column(field, values))
        )
        return result

    @PROFILE
    @given(st.lists(st.none() | texts | st.sampled_from(["NULL", "None", "N"])))
    def test_texts(self, values):
        self.assertEqual(self._read("name", values), values)

    @mute_logger("odoo.sql_db")
    def test_text_with_zero_character(self):
        for text in ("\0", "a\0,b", "\0N"):
            with self.assertRaises(ValueError):
                self._read("name", ["a", text, None])

    @PROFILE
    @given(st.lists(st.none() | st.floats(allow_nan=False)))
    def test_numbers(self, values):
        self.assertEqual(self._read("score", values), values)

    def test_other_kinds(self):
        for name, values in (
            ("is_rated", [True, None, False]),
            ("contract_id", [None, 7]),
            ("date_start", [date(2026, 2, 28), None]),
            ("collected_at", [datetime(2026, 2, 28, 23, 59, 59, 5), None]),
            ("contract_id", []),
        ):
            self.assertEqual(self._read(name, values), values)
