from odoo.tests import BaseCase, tagged

from ..tools.disclosure import find_names, short_name


@tagged("standard", "at_install")
class TestDisclosure(BaseCase):
    """Whether a text tells who asked, by plain words."""

    def test_legal_forms(self):
        for name, short in (
            ("Alpha Ltd", "Alpha"),
            ("Alpha Cleaning Co., Ltd.", "Alpha Cleaning"),
            ("恒泰保洁有限公司", "恒泰保洁"),
            ("Alpha", "Alpha"),
        ):
            self.assertEqual(short_name(name), short)

    def test_names(self):
        names = ["Alpha Ltd", "seller@alpha.test", "恒泰保洁有限公司"]
        for text, found in (
            ("How many floors?", []),
            ("We at ALPHA ask", ["Alpha Ltd"]),
            ("in alphabetical order", []),
            ("write to Seller@alpha.test, please", ["Alpha Ltd", "seller@alpha.test"]),
            ("我们恒泰保洁想问", ["恒泰保洁有限公司"]),
        ):
            self.assertEqual(find_names(text, names), found, text)
        self.assertTrue(find_names("Is Cleaning by day?", ["Cleaning Ltd"]))
        self.assertFalse(
            find_names("Is Cleaning by day?", ["Cleaning Ltd"], "Cleaning of offices")
        )
