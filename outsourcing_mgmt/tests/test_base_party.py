from odoo.tests import BaseCase, tagged

from ..tools import party

ONE = ("BE0477472701", "0477472701", "BE 0477.472.701", "be477472701", "477472701")
NOBODY = (
    "XEXX010101000",
    "XAXX010101000",
    "UNKNOWN",
    "unknown 12345678",
    "/",
    "N/A",
    "",
    None,
    "0",
    "00000000",
    "BE9999999999",
    "OO99999999999",
    "123456789",
    "0000012345",
    "NOVAT 20261",
)


@tagged("post_install", "-at_install")
class TestBaseParty(BaseCase):
    """Two ways of writing one number or name are one; placeholders are nobody's."""

    def test_one_number_in_many_spellings(self):
        for country in (None, "BE", "NL"):
            keys = {party.number_key(number, country) for number in ONE}
            self.assertEqual(keys, {"477472701"}, country)

    def test_one_number_disguised(self):
        """In digits and letters that look the same, or with a word before it."""
        for number in (
            "BE٠٤٧٧٤٧٢٧٠١",
            "ВЕ0477472701",  # noqa: RUF001
            "BE0477472701\u200b",
            "BEO477472701",
            "BE04774727O1",
            "BE047747270I",
            "VAT BE0477472701",
            "TVA: BE 0477.472.701",
        ):
            with self.subTest(number):
                for country in ("BE", None):
                    self.assertEqual(party.number_key(number, country), "477472701")
        for number in ("IBAN BE71 0961 2345 6769", "ВE71٠96123456769"):  # noqa: RUF001
            with self.subTest(number):
                self.assertEqual(party.account_key(number), "96123456769")

    def test_one_name_disguised(self):
        key = party.name_key("Clean & Co")
        for name in (
            "Сlean & Со",  # noqa: RUF001
            "СLΕΑΝ & CO",  # noqa: RUF001
            "Clеan & Co",  # noqa: RUF001
            "Clean + Co",
            "The Clean & Co Ltd",
            "Clean\u200b & Co",
        ):
            with self.subTest(name):
                self.assertEqual(party.name_key(name), key)
        self.assertEqual(party.name_key("The"), "the")
        self.assertNotEqual(party.name_key("Чистота"), party.name_key("Чистый"))

    def test_capitals_and_small_letters_are_one_name(self):
        alphabets = [
            (0x0391, 0x03AA),
            (0x0386, 0x0390),
            (0x1F80, 0x1FB0),
            (0x0400, 0x0530),
        ]
        for first, last in alphabets:
            for code in range(first, last):
                letter = chr(code)
                if letter.isalpha():
                    with self.subTest(letter):
                        one = party.name_key(f"a{letter.upper()}b")
                        self.assertEqual(party.name_key(f"a{letter.lower()}b"), one)
        for one, two in (
            ("ΝΙΚΗ Α.Ε.", "Νίκη Α.Ε."),  # noqa: RUF001
            ("ΖΕΥΣ ΜΟΝ", "Ζευς Μον"),  # noqa: RUF001
            ("ЧИСТОТА НЕВА", "Чистота Нева"),  # noqa: RUF001
        ):
            with self.subTest(one):
                self.assertEqual(party.name_key(one), party.name_key(two))

    def test_placeholders_are_nobody(self):
        for number in NOBODY:
            with self.subTest(number):
                self.assertIsNone(party.number_key(number))
                self.assertIsNone(party.account_key(number))
                self.assertFalse(party.is_proven(number))

    def test_prefix_is_taken_off_only_where_it_is_one(self):
        cases = [
            ("ESB12345674", None, "B12345674"),
            ("B12345674", "ES", "B12345674"),
            ("EL094259216", None, "94259216"),
            ("094259216", "GR", "94259216"),
            # Begins like Germany's, and is a Mexican number.
            ("DEF010101AB1", "MX", "DEF010101AB1"),
            ("DEF010101AB1", None, "DEF010101AB1"),
            ("TAX 2026-01", None, "TAX202601"),
        ]
        for number, country, key in cases:
            with self.subTest(number=number, country=country):
                self.assertEqual(party.number_key(number, country), key)

    def test_proven_means_valid_in_its_country(self):
        self.assertTrue(party.is_proven("BE0477472701"))
        self.assertTrue(party.is_proven("0477472701", "BE"))
        self.assertFalse(party.is_proven("0477472701"))
        self.assertFalse(party.is_proven("BE0477472702"))
        self.assertFalse(party.is_proven("TAX 2026-01"))

    def test_accounts(self):
        keys = {
            party.account_key(number)
            for number in ("BE71 0961 2345 6769", "be71096123456769", "096-1234567-69")
        }
        self.assertEqual(keys, {"96123456769"})

    def test_names(self):
        for names in (
            ("Clean & Co", "CLEAN AND CO.", "clean  & co, ltd."),
            ("Lanqiao Co., Ltd.", "lanqiao ltd", "LANQIAO"),
            ("Müller GmbH", "Muller"),
            ("Foo S.A.", "Foo SA"),
            ("杭州蓝桥有限公司", "杭州蓝桥"),
        ):
            keys = {party.name_key(name) for name in names}
            self.assertEqual(len(keys), 1, keys)
        self.assertNotEqual(party.name_key("Clean & Co"), party.name_key("Clean Ltd"))
        self.assertEqual(party.name_key("Co"), "co")
        self.assertIsNone(party.name_key(""))
        self.assertIsNone(party.name_key(False))
