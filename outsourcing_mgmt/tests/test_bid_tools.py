import io
from datetime import datetime, timedelta
from decimal import Decimal

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools import addendum, price_sheet, sealing, upload


@tagged("standard", "at_install")
class TestSealing(BaseCase):
    """Canonical text, digests and codes."""

    def test_canonical_ignores_key_order(self):
        self.assertEqual(
            sealing.canonical({"b": 1, "a": [2, "ü"]}), '{"a":[2,"ü"],"b":1}'
        )

    def test_seal_differs_for_equal_payloads(self):
        first, second = sealing.seal({"total": "1.00"}), sealing.seal({"total": "1.00"})
        self.assertNotEqual(first, second)
        self.assertEqual(sealing.digest(first[0]), first[1])

    def test_receipt_codes_do_not_repeat(self):
        codes = {sealing.new_receipt_code() for _ in range(1000)}
        self.assertEqual(len(codes), 1000)
        self.assertTrue(all(len(code) == 24 for code in codes))


@tagged("standard", "at_install")
class TestPriceSheet(BaseCase):
    """Prices as people type them, and the sheet that goes out and comes back."""

    headers = ("Line", "Description", "Quantity", "Unit", "Price", "Delivery")

    def _sheet(self, *rows):
        book = openpyxl.Workbook()
        book.active.append(self.headers)
        for row in rows:
            book.active.append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        return buffer.getvalue()

    def test_parse_price(self):
        for text, price in (
            ("", None),
            (None, None),
            ("  ", None),
            ("0", "0"),
            ("12", "12"),
            ("12.5", "12.5"),
            ("12,5", "12.5"),
            ("1,234", "1234"),
            ("1,234.50", "1234.50"),
            ("1 234.50", "1234.50"),
            (12.3, "12.3"),
            (0.1 + 0.2, "0.3"),
            (7, "7"),
        ):
            with self.subTest(text=text):
                expected = None if price is None else Decimal(price)
                self.assertEqual(price_sheet.parse_price(text), expected)

    def test_parse_price_refuses(self):
        for text in (
            "abc",
            "-1",
            "1.234",
            "1e20",
            "NaN",
            "Infinity",
            "1,23,4",
            "1.2.3",
            "€5",
            "=1+1",
            True,
            "1000000000000",
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                price_sheet.parse_price(text)

    @given(st.decimals(min_value=0, max_value=999999999, places=2))
    def test_parse_price_round_trip(self, price):
        self.assertEqual(price_sheet.parse_price(f"{price:f}"), price)
        self.assertEqual(price_sheet.parse_price(f"{price:,}"), price)

    def test_round_trip(self):
        content = price_sheet.write(
            self.headers,
            [
                (3, "=HYPERLINK(1)", 2.0, "Days", Decimal("9.50"), "now"),
                (4, "B", 1, "", None, ""),
            ],
        )
        self.assertEqual(
            price_sheet.read(content), {3: (Decimal("9.5"), "now"), 4: (None, "")}
        )
        cell = openpyxl.load_workbook(io.BytesIO(content)).active["B2"]
        self.assertEqual(cell.data_type, "s", "text stays text")

    def test_read_refuses(self):
        rows = [(1, "A", 1, "", 5, "")]
        for content, code in (
            (b"not a sheet", "unreadable"),
            (b"PK\x03\x04 broken", "unreadable"),
            (b"0" * (price_sheet.MAX_BYTES + 1), "too_large"),
            (self._sheet(*rows, *rows), "twice"),
            (self._sheet(("x", "A", 1, "", 5, "")), "key"),
            (self._sheet((1, "A", 1, "", "cheap", "")), "price"),
            (self._sheet((1, "A", 1, "", -5, "")), "price"),
            (
                self._sheet(*[(n, "A", 1, "", 5, "") for n in range(2001)]),
                "too_many_rows",
            ),
        ):
            with (
                self.subTest(code=code),
                self.assertRaises(price_sheet.PriceSheetError) as caught,
            ):
                price_sheet.read(content)
            self.assertEqual(caught.exception.code, code)


@tagged("standard", "at_install")
class TestUpload(BaseCase):
    """Which files are taken."""

    def test_clean_name(self):
        for name, clean in (
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\bid.pdf", "bid.pdf"),
            ("a\x00b\n.pdf", "a_b_.pdf"),
            ("gpj.\u202efdp.exe", "gpj._fdp.exe"),
            ("../../x\u202egnp.js", "x_gnp.js"),
            ("x\u200f\u061c\x85.pdf", "x_.pdf"),
            ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
            (None, ""),
            (" .. ", ""),
        ):
            self.assertEqual(upload.clean_name(name), clean)

    def test_clean_path(self):
        for name, clean in (
            ("OC/2026/1.pdf", "OC-2026-1.pdf"),
            ("../../x\u202egnp.js", "x_gnp.js"),
            ("..\\a/../b.pdf", "a-b.pdf"),
            ("...", "file"),
            (None, "file"),
        ):
            with self.subTest(name=name):
                self.assertEqual(upload.clean_path(name), clean)

    def test_problem(self):
        pdf = b"%PDF-1.4"
        for name, content, count, code in (
            ("a.pdf", pdf, 0, None),
            ("a.PDF", pdf, 19, None),
            ("a.docx", b"PK\x03\x04", 0, None),
            ("a.pdf", b"", 0, "empty"),
            ("", pdf, 0, "empty"),
            ("a.pdf", pdf, 20, "too_many"),
            ("a.pdf", pdf + b"0" * upload.MAX_FILE_BYTES, 0, "too_large"),
            ("a.exe", b"MZ", 0, "type"),
            ("a.html", b"<script>", 0, "type"),
            ("a.svg", b"<svg>", 0, "type"),
            ("a", pdf, 0, "type"),
            ("a.pdf", b"MZ\x90", 0, "content"),
            ("a.png", b"<html>", 0, "content"),
        ):
            with self.subTest(name=name, code=code):
                self.assertEqual(upload.problem(name, content, count), code)


@tagged("standard", "at_install")
class TestAddendumDeadline(BaseCase):
    """The deadline after an addendum."""

    current = datetime(2026, 3, 10, 12)

    def test_extended_deadline(self):
        for now, days, wanted, expected in (
            # Early enough: nothing moves.
            (datetime(2026, 3, 1), 2, None, self.current),
            # Too late: bidders keep their days, to the full minute.
            (datetime(2026, 3, 9, 12), 2, None, datetime(2026, 3, 11, 12)),
            (datetime(2026, 3, 9, 12, 0, 30), 2, None, datetime(2026, 3, 11, 12, 1)),
            # The buyer wants more, or less than they need.
            (datetime(2026, 3, 1), 2, datetime(2026, 3, 20), datetime(2026, 3, 20)),
            (
                datetime(2026, 3, 9, 12),
                2,
                datetime(2026, 3, 11),
                datetime(2026, 3, 11, 12),
            ),
            # Never earlier.
            (datetime(2026, 3, 1), 0, datetime(2026, 3, 5), self.current),
        ):
            self.assertEqual(
                addendum.extended_deadline(self.current, now, days, wanted), expected
            )

    @given(st.integers(0, 30), st.integers(0, 20 * 86400))
    def test_bidders_keep_their_days(self, days, seconds):
        now = self.current - timedelta(seconds=seconds)
        deadline = addendum.extended_deadline(self.current, now, days)
        self.assertGreaterEqual(deadline, self.current)
        self.assertGreaterEqual(deadline - now, timedelta(days=days if seconds else 0))
