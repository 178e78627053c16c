import io
import re
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
from hypothesis import given
from hypothesis import strategies as st
from pytz import UTC

from odoo.tests import BaseCase, tagged

from ..tools import addendum, price_sheet, sealing, upload, xlsx_reader

SHEET = "xl/worksheets/sheet1.xml"


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
            ("1,234.50", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("1'234.50", "1234.50"),
            ("1 234,5", "1234.5"),
            ("'1200", "1200"),
            ("0.500", "0.5"),
            ("0,500", "0.5"),
            ("1234.500", "1234.5"),
            ("18.5000", "18.5"),
            (".5", "0.5"),
            ("12.", "12"),
            ("\uff11\uff12\uff10\uff10", "1200"),
            ("\uff11\uff0c\uff12\uff10\uff10\uff0e\uff15\uff10", "1200.50"),
            ("1 234.50", "1234.50"),
            (12.3, "12.3"),
            (0.1 + 0.2, "0.3"),
            (7, "7"),
        ):
            with self.subTest(text=text):
                expected = None if price is None else Decimal(price)
                self.assertEqual(price_sheet.parse_price(text), expected)

    def test_parse_price_with_currency(self):
        marks = price_sheet.get_currency_marks("CNY", "\u00a5")
        for text in (
            "1200 CNY",
            "CNY 1200",
            "cny1,200.00",
            "1200\u5143",
            "\u00a51200",
            "\uffe5 1,200.00",
            "1200 RMB",
            "\u00a51200\u5143",
            "1,200.00\u5143\u6574",
        ):
            with self.subTest(text=text):
                price = price_sheet.parse_price(text, 2, marks)
                self.assertEqual(price, Decimal(1200))
        for text in ("1200 EUR", "1200 CNY CNY", "CNY", "1200 per month", "$5"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                if price_sheet.parse_price(text, 2, marks) is None:
                    raise ValueError(text)

    def test_parse_price_asks_where_it_can_mean_two_numbers(self):
        for text in ("18.500", "18,500", "1.234", "1,234", "999.000", "1.000 CNY"):
            with (
                self.subTest(text=text),
                self.assertRaises(price_sheet.PriceError) as caught,
            ):
                price_sheet.parse_price(text, 2, ("CNY",))
            self.assertEqual(caught.exception.code, "ambiguous")

    def test_format_price(self):
        for price, mark, text in (
            (None, ".", ""),
            ("18.500", ".", "18.50"),
            ("18.5", ",", "18,50"),
            ("1200", ",", "1200"),
            ("18.125", ".", "18.1250"),
            ("0.00", ".", "0"),
        ):
            with self.subTest(price=price):
                self.assertEqual(price_sheet.format_price(price, mark), text)

    @given(
        st.decimals(min_value=0, max_value=999999999, places=3),
        st.sampled_from([".", ","]),
    )
    def test_format_price_is_read_again(self, price, mark):
        text = price_sheet.format_price(f"{price:f}", mark)
        self.assertEqual(price_sheet.parse_price(text, 3), price)

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
            "12 50",
            "1e2",
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
            self._read(content).found, {3: (Decimal("9.5"), "now"), 4: (None, "")}
        )
        cell = openpyxl.load_workbook(io.BytesIO(content)).active["B2"]
        self.assertEqual(cell.data_type, "s", "text stays text")

    def _read(self, content):
        return price_sheet.read(content, [self.headers])

    def _change(self, content, name, change):
        """Return the file with ``change`` applied to the text of one part."""
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(content)) as old,
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for info in old.infolist():
                text = old.read(info)
                new.writestr(info, change(text) if info.filename == name else text)
        return buffer.getvalue()

    def test_read_believes_no_dimension(self):
        """Programs write A1 for any size; the cells count."""
        content = self._change(
            self._sheet((1, "A", 1, "", 5, "x"), (2, "B", 1, "", 7.25, "")),
            "xl/worksheets/sheet1.xml",
            lambda text: re.sub(
                rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', text
            ),
        )
        self.assertIn(b'ref="A1"', zipfile.ZipFile(io.BytesIO(content)).read(SHEET))
        self.assertEqual(
            self._read(content).found, {1: (Decimal(5), "x"), 2: (Decimal("7.25"), "")}
        )

    def test_read_names_what_it_cannot_read(self):
        prices = self._read(
            self._sheet(
                (1, "A", 1, "", "=3+4", "x"),
                (2, "B", 1, "", "cheap", ""),
                (3, "C", 1, "", "18.500", ""),
                (4, "D", 1, "", -5, ""),
                (5, "E", 1, "", "12,5", ""),
            )
        )
        self.assertEqual(
            [(row, key, error.code) for row, key, error in prices.unread],
            [
                (2, 1, "formula"),
                (3, 2, "text"),
                (4, 3, "ambiguous"),
                (5, 4, "text"),
            ],
        )
        self.assertEqual(prices.found[1], (None, "x"))
        self.assertEqual(prices.found[5], (Decimal("12.5"), ""))

    def test_read_finds_columns_by_their_titles(self):
        book = openpyxl.Workbook()
        book.active.append(("Prices of Alpha",))
        book.active.append(("Ours", "Line", "Description", "Price", "Quantity"))
        book.active.append(("x", 3, "A", 9.5, 12))
        buffer = io.BytesIO()
        book.save(buffer)
        found = self._read(buffer.getvalue()).found
        self.assertEqual(found, {3: (Decimal("9.5"), "")})
        for headers in (
            ("Line", "Description", "Quantity", "Unit", "Delivery"),
            ("Line", "Description", "Price", "Price"),
            ("Description", "Quantity"),
            (),
        ):
            book = openpyxl.Workbook()
            book.active.append(headers)
            book.active.append((3, "A", 12, 9.5, 7))
            buffer = io.BytesIO()
            book.save(buffer)
            with (
                self.subTest(headers=headers),
                self.assertRaises(price_sheet.PriceSheetError) as caught,
            ):
                self._read(buffer.getvalue())
            self.assertEqual(caught.exception.code, "columns")

    def test_read_knows_the_titles_of_other_languages(self):
        content = self._sheet((1, "A", 1, "", 5, "x"))
        other = ("Zeile", "Beschreibung", "Menge", "Einheit", "Preis", "Lieferung")
        prices = price_sheet.read(content, [other, self.headers])
        self.assertEqual(prices.found, {1: (Decimal(5), "x")})

    def test_read_leaves_out_empty_rows_with_a_format(self):
        book = openpyxl.Workbook()
        book.active.append(self.headers)
        for number in range(3):
            book.active.append((number, "A", 1, "", 5, ""))
        bold = openpyxl.styles.Font(bold=True)
        for row in range(5, 3005):
            for column in range(1, 7):
                book.active.cell(row, column).font = bold
        buffer = io.BytesIO()
        book.save(buffer)
        self.assertEqual(len(self._read(buffer.getvalue()).found), 3)

    def test_read_names_what_a_program_changed(self):
        """TRUE, a day and a share look like numbers in the file, and are no prices."""
        book = openpyxl.Workbook()
        book.active.append(self.headers)
        rows = [
            (True, "General", "text", "TRUE"),
            (date(2026, 5, 18), "yyyy-mm-dd", "day", "2026-05-18"),
            (46160, "d. mmm", "day", "2026-05-18"),
            (46160, '[$-409]d"day"', "day", "2026-05-18"),
            (0.05, "0.00%", "percent", "5 %"),
            (46160, '[Red]#,##0.00\\d "days"', "", ""),
            (46160.5, "#,##0.00 [$EUR-407]", "", ""),
        ]
        for number, (value, style, _code, _text) in enumerate(rows, 1):
            book.active.append((number, "A", 1, "", value, ""))
            book.active.cell(number + 1, 5).number_format = style
        buffer = io.BytesIO()
        book.save(buffer)
        prices = self._read(buffer.getvalue())
        self.assertEqual(
            [(error.code, error.text) for _row, _key, error in prices.unread],
            [(code, text) for _value, _style, code, text in rows if code],
        )
        self.assertEqual(
            [price for price, _note in prices.found.values() if price is not None],
            [Decimal(46160), Decimal("46160.5")],
        )

    def test_read_leaves_out_totals(self):
        content = self._sheet(
            (1, "A", 1, "", 5, ""),
            (2, "B", 1, "", 6, ""),
            ("Total", "", "", "", 11, ""),
            ("", "", "", "", 11, ""),
            ("We deliver within a week", "", "", "", "", ""),
        )
        prices = self._read(content)
        self.assertEqual([*prices.found], [1, 2])
        self.assertEqual(
            [(row, error.code, error.text) for row, _key, error in prices.unread],
            [(4, "line", "Total"), (5, "line", "11.0")],
        )
        with self.assertRaises(price_sheet.PriceSheetError):
            self._read(self._sheet(("x", "", 1, "", 5, ""), (2, "", 1, "", 5, "")))

    def test_read_asks_for_the_price_of_merged_cells(self):
        """One price for two lines is that of each, or of both: nobody can tell."""
        book = openpyxl.Workbook()
        book.active.append(self.headers)
        for number in range(1, 5):
            book.active.append((number, "A", 1, "", 5, ""))
        book.active.merge_cells("E3:E4")
        book.active.merge_cells("B2:B5")
        buffer = io.BytesIO()
        book.save(buffer)
        prices = self._read(buffer.getvalue())
        self.assertEqual(
            [(row, key, error.code) for row, key, error in prices.unread],
            [(3, 2, "merged"), (4, 3, "merged")],
        )
        stated = {key: price for key, (price, _note) in prices.found.items() if price}
        self.assertEqual(stated, {1: Decimal(5), 4: Decimal(5)})

    def test_read_finds_the_list_among_sheets(self):
        """A letter may stand before the list; what is hidden is not the list."""
        book = openpyxl.Workbook()
        cover = book.active
        cover.append(("We thank you for the invitation",))
        prices = book.create_sheet("Prices")
        prices.append(self.headers)
        prices.append((1, "A", 1, "", 5, ""))
        sums = book.create_sheet("Sums")
        sums.append((1, "A", 7))

        def read():
            buffer = io.BytesIO()
            book.save(buffer)
            return self._read(buffer.getvalue()).found

        self.assertEqual(read(), {1: (Decimal(5), "")})
        cover.append(self.headers)
        cover.append((1, "A", 1, "", 99, ""))
        with self.assertRaises(price_sheet.PriceSheetError) as caught:
            read()
        self.assertEqual(
            (caught.exception.code, caught.exception.value[-8:]), ("sheets", '"Prices"')
        )
        cover.sheet_state = "hidden"
        book.active = 1
        self.assertEqual(read(), {1: (Decimal(5), "")})

    def test_read_refuses(self):
        rows = [(1, "A", 1, "", 5, "")]
        bomb = b'<!DOCTYPE x [<!ENTITY a "b">]>'
        for content, code in (
            (b"not a sheet", "unreadable"),
            (b"PK\x03\x04 broken", "unreadable"),
            (b"0" * (xlsx_reader.MAX_BYTES + 1), "too_large"),
            (
                self._change(self._sheet(*rows), SHEET, lambda text: bomb + text),
                "unreadable",
            ),
            (self._sheet(*rows, *rows), "twice"),
            (self._sheet(("x", "A", 1, "", 5, "")), "key"),
            (self._sheet((1.5, "A", 1, "", 5, "")), "key"),
            (
                self._sheet(*[(n, "A", 1, "", 5, "") for n in range(2001)]),
                "too_many_rows",
            ),
        ):
            with (
                self.subTest(code=code),
                self.assertRaises(price_sheet.PriceSheetError) as caught,
            ):
                self._read(content)
            self.assertEqual(caught.exception.code, code)

    def test_read_refuses_large_parts_before_they_are_read(self):
        """Small files whose parts are large; what is not needed is not looked at."""
        content = price_sheet.write(self.headers, [(1, "A", 1, "", 5, "x")])
        strings = b"<si><t/></si>" * (xlsx_reader.MAX_STRINGS + 1)
        cells = b"<c><v>1</v></c>" * (xlsx_reader.MAX_CELLS + 1)
        for name, change in (
            (SHEET, lambda text: text + b" " * xlsx_reader.MAX_PART_BYTES),
            (
                SHEET,
                lambda text: text.replace(b"</row>", cells + b"</row>", 1),
            ),
            (
                "xl/sharedStrings.xml",
                lambda text: text.replace(b"</sst>", strings + b"</sst>"),
            ),
        ):
            large = self._change(content, name, change)
            with (
                self.subTest(name=name),
                self.assertRaises(price_sheet.PriceSheetError) as caught,
            ):
                self._read(large)
            self.assertEqual(caught.exception.code, "too_large")
        styled = self._change(
            content, "xl/styles.xml", lambda text: text + b"<xf/>" * 10**6
        )
        self.assertEqual(self._read(styled).found, {1: (Decimal(5), "x")})


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
            (5, ""),
            ({"x": 1}, ""),
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
                addendum.extended_deadline(self.current, now, days, UTC, wanted),
                expected,
            )

    @given(st.integers(0, 30), st.integers(0, 20 * 86400))
    def test_bidders_keep_their_days(self, days, seconds):
        now = self.current - timedelta(seconds=seconds)
        deadline = addendum.extended_deadline(self.current, now, days, UTC)
        self.assertGreaterEqual(deadline, self.current)
        self.assertGreaterEqual(deadline - now, timedelta(days=days if seconds else 0))
