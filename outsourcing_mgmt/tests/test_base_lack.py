from odoo.tests import BaseCase, tagged

from ..tools.lack import Lack, join, split


@tagged("post_install", "-at_install")
class TestLack(BaseCase):
    def test_a_text_keeps_where_it_is_mended(self):
        text = join([Lack("Add lines.", "line_ids"), "", False, "Wait."])
        self.assertEqual(text, "Add lines.\nWait.")
        self.assertEqual(split(text)[0].field, "line_ids")
        self.assertEqual(len(split(join([text, "Sign."]))), 3)

    def test_nothing_is_missing(self):
        self.assertFalse(join([]))
        self.assertFalse(join(["", None, Lack("", "line_ids")]))
        self.assertEqual(split(False), [])
        self.assertEqual(split("One."), ["One."])
