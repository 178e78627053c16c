from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase

from ..tools.span import to_array, to_text_array

PROFILE = settings(max_examples=100, deadline=None, derandomize=True)
# Surrogates and the zero character have no place in a database of UTF-8.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from('\\"{},N ')
)


class TestSpan(TransactionCase):
    """Values come back from PostgreSQL as they were sent."""

    def _read(self, text, kind):
        self.env.cr.execute(f"SELECT %s::{kind}[]", [text])
        return self.env.cr.fetchone()[0]

    @PROFILE
    @given(st.lists(st.none() | texts | st.sampled_from(["NULL", "None", "N"])))
    def test_texts(self, values):
        self.assertEqual(self._read(to_text_array(values), "text"), values)

    def test_text_with_zero_character(self):
        for text in ("\0", "a\0,b", "\0N"):
            with self.assertRaises(ValueError):
                to_text_array(["a", text, None])

    @PROFILE
    @given(st.lists(st.none() | st.floats(allow_nan=False)))
    def test_numbers(self, values):
        self.assertEqual(self._read(to_array(values), "float8"), values)

    def test_other_kinds(self):
        for kind, values in (
            ("bool", [True, None, False]),
            ("int", [None, 0, -7]),
            ("date", [date(2026, 2, 28), None]),
            ("timestamp", [datetime(2026, 2, 28, 23, 59, 59, 5), None]),
            ("int", []),
        ):
            self.assertEqual(self._read(to_array(values), kind), values)
