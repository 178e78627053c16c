"""The price list of a bid as a spreadsheet, and prices as people type them."""

import io
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import xlsxwriter

from .xlsx_reader import FORMULA, Percent, XlsxError, read_tables

MAX_ROWS = 2000
MAX_HEADER_ROWS = 20
MAX_NOTE = 500
MAX_PRICE = Decimal(10) ** 12
KEY, PRICE, NOTE = 0, 4, 5
COLUMNS = ("key", "price", "note")
MARKS_OF_CURRENCIES = {
    "CNY": (
        "RMB",
        "\u4eba\u6c11\u5e01",
        "\u5143",
        "\u5143\u6574",
        "\u5706",
        "\u5706\u6574",
        "\u00a5",
    ),
    "JPY": ("\u5186", "\u00a5"),
    "EUR": ("\u20ac",),
    "GBP": ("\u00a3",),
    "USD": ("US$", "$"),
}
GROUPS = re.compile(r"\d{1,3}(?:[ '\u2019]\d{3})+(?=[.,]|$)")
WITH_COMMAS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
WITH_DOTS = re.compile(r"\d{1,3}(\.\d{3})+(,\d*)?")
WITH_ONE_MARK = re.compile(r"(\d*)([.,])(\d*)")


class PriceError(ValueError):
    """Why a text is no price.

    ``ambiguous``: it can mean two numbers. ``text``: it means none that a price can
    be. ``formula``: a cell of a list has a formula without its result. ``day``: a
    program made a day of what was typed. ``percent``: a cell shows a share. ``line``: a
    price below the list, of no line. ``merged``: one cell holds the price of several
    lines, each of them or all together.
    """

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = str(text)


class PriceSheetError(ValueError):
    """What is wrong with a sheet, as a code and the row it is about."""

    def __init__(self, code, row=None, value=None):
        super().__init__(code)
        self.code = code
        self.row = row
        self.value = value


@dataclass
class Prices:
    """What a list states, and what of it could not be read."""

    found: dict = field(default_factory=dict)
    """``{key: (price or None, note)}``; None and an empty note state nothing."""
    unread: list = field(default_factory=list)
    """``(row number, key, PriceError)``"""


def get_currency_marks(name, symbol=""):
    """Return the words and signs by which people write the currency ``name``."""
    marks = {name, symbol, *MARKS_OF_CURRENCIES.get(name, ())}
    return tuple(sorted(filter(None, marks), key=len, reverse=True))


def parse_price(text, digits=2, marks=()):
    """Return a price as a decimal, or None for an empty text.

    Understands ``1234.5``, ``1,234.50``, ``1.234,50``, ``1 234,50``, ``1'234.50``, the
    full-width forms of them, and the currency before or behind. A single dot or comma
    before exactly three digits can set off thousands or decimals.

    :param int digits: most decimals of a price
    :param marks: see :func:`get_currency_marks`
    :raise PriceError: for a text that is no price, or could be two
    """
    if text is None or text == "":
        return None
    if text is FORMULA:
        raise PriceError("formula", "")
    if isinstance(text, bool):
        raise PriceError("text", str(text).upper())
    if isinstance(text, datetime):
        raise PriceError("day", f"{text:%Y-%m-%d}")
    if isinstance(text, Percent):
        raise PriceError("percent", f"{text * 100:.7g} %")
    if isinstance(text, int | float):
        # Spreadsheets store 0.3 as 0.30000000000000004, and 30 as 30.0.
        plain = f"{text:.9f}".rstrip("0").rstrip(".")
        return _check_price(Decimal(plain), digits, text)
    clean = _take_off(unicodedata.normalize("NFKC", str(text)).strip(), marks)
    if not clean:
        return None
    if found := GROUPS.match(clean):
        clean = re.sub(r"[ '\u2019]", "", found[0]) + clean[found.end() :]
    return _check_price(_read_number(clean, text), digits, text)


def _take_off(text, marks):
    """Return the text without the currency, once on each side, and an apostrophe."""
    clean = text.removeprefix("'").strip()
    # The same form as the text has.
    marks = [unicodedata.normalize("NFKC", mark).upper() for mark in marks]
    front = next((mark for mark in marks if clean.upper().startswith(mark)), "")
    clean = clean[len(front) :].strip()
    back = next((mark for mark in marks if clean.upper().endswith(mark)), "")
    return clean[: len(clean) - len(back)].strip()


def _read_number(clean, text):
    """Return the number that digits with dots and commas mean."""
    if found := WITH_ONE_MARK.fullmatch(clean):
        whole, _mark, part = found.groups()
        if not whole and not part:
            raise PriceError("text", text)
        if len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
            raise PriceError("ambiguous", text)
        clean = f"{whole or 0}.{part or 0}"
    elif WITH_COMMAS.fullmatch(clean):
        clean = clean.replace(",", "")
    elif WITH_DOTS.fullmatch(clean):
        clean = clean.replace(".", "").replace(",", ".")
    elif not (clean.isascii() and clean.isdecimal()):
        raise PriceError("text", text)
    return Decimal(clean.rstrip("."))


def _check_price(price, digits, text):
    if not price.is_finite() or not 0 <= price < MAX_PRICE:
        raise PriceError("text", text)
    if price != round(price, digits):
        raise PriceError("text", text)
    return price


def format_price(price, mark="."):
    """Return a price as a text that :func:`parse_price` reads as the same price.

    :param str price: plain decimal text, or None
    :param str mark: decimal mark of the reader's language
    """
    if price is None:
        return ""
    whole, _dot, part = f"{Decimal(price):f}".partition(".")
    part = part.rstrip("0").ljust(2, "0") if part.rstrip("0") else ""
    # Three digits behind one mark could be thousands.
    part = part.ljust(4, "0") if len(part) == 3 else part
    return f"{whole}{mark}{part}" if part else whole


def write(headers, lines):
    """Return an XLSX with one row per line.

    :param list headers: six titles
    :param list lines: ``(key, description, quantity, unit, price, note)``
    :rtype: bytes
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False}
    ) as book:
        sheet = book.add_worksheet()
        title = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        free = book.add_format({"locked": False, "bg_color": "#FFF8DC"})
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, title)
        for row, line in enumerate(lines, start=1):
            for column, value in enumerate(line):
                cell_format = free if column in (PRICE, NOTE) else None
                if value in (None, False, ""):
                    sheet.write_blank(row, column, None, cell_format)
                elif isinstance(value, int | float | Decimal):
                    sheet.write_number(row, column, float(value), cell_format)
                else:
                    sheet.write_string(row, column, str(value), cell_format)
        sheet.set_column(0, 0, 8)
        sheet.set_column(1, 1, 48)
        sheet.set_column(2, 4, 14)
        sheet.set_column(5, 5, 40)
        sheet.freeze_panes(1, 0)
        sheet.protect()
    return buffer.getvalue()


def read(content, headers, digits=2, marks=()):
    """Return the :class:`Prices` of a filled sheet.

    Columns are known by their titles, so that somebody may insert or move them. Of
    several sheets the one with the titles is read; where two have them, the vendor
    says which one is meant by taking the other out.

    :param bytes content: an XLSX, made by :func:`write` or not
    :param headers: lists of six titles, one for each language
    :param int digits: most decimals of a price
    :param marks: see :func:`get_currency_marks`
    :raise PriceSheetError: ``too_large``, ``unreadable``, ``too_many_rows``,
        ``columns``, ``sheets``, ``key`` or ``twice``
    """
    try:
        tables = read_tables(content)
    except XlsxError as error:
        raise PriceSheetError(error.code) from error
    rows, merged, start, columns = _find_list(tables, headers)
    shared = _find_shared(merged, columns["price"])
    prices = Prices()
    rows = [
        (number, *(cells.get(columns.get(name)) for name in COLUMNS))
        for number, cells in rows[start:]
    ]
    last = max((at for at, row in enumerate(rows) if _has_digit(row[1])), default=-1)
    for at, (number, key, price, note) in enumerate(rows):
        if key is None and price is None:
            continue
        if prices.found and at > last:
            # Totals and remarks below the list.
            if price is not None:
                text = next((x for x in (key, price) if x not in (None, FORMULA)), "=")
                prices.unread.append((number, "", PriceError("line", text)))
            continue
        if len(prices.found) >= MAX_ROWS:
            raise PriceSheetError("too_many_rows")
        key = _read_key(key, number)
        if key in prices.found:
            raise PriceSheetError("twice", number, key)
        note = "" if note is FORMULA else str(note or "").strip()[:MAX_NOTE]
        try:
            if number in shared:
                raise PriceError("merged", "" if price is None else price)
            prices.found[key] = (parse_price(price, digits, marks), note)
        except PriceError as error:
            prices.found[key] = (None, note)
            prices.unread.append((number, key, error))
    return prices


def _has_digit(key):
    """Return whether a cell can be the number of a line, also a damaged one."""
    return key is not None and any(letter.isdigit() for letter in str(key))


def _read_key(key, number):
    try:
        value = float(str(key).strip())
        if key is FORMULA or value != int(value):
            raise ValueError(key)
    except (OverflowError, ValueError):
        value = "" if key in (None, FORMULA) else key
        raise PriceSheetError("key", number, value) from None
    return int(value)


def _find_list(tables, headers):
    """Return the rows of the list, its merged cells, its beginning and columns."""
    found = []
    for table in tables:
        with suppress(PriceSheetError):
            found.append((table, *_find_columns(table.rows, headers)))
    if not found:
        raise PriceSheetError("columns")
    if len(found) > 1:
        names = [f'"{table.name}"' for table, *_rest in found]
        raise PriceSheetError("sheets", value=", ".join(names))
    ((table, start, columns),) = found
    return table.rows, table.merged, start, columns


def _find_shared(merged, column):
    """Return the numbers of the rows whose cell of a column is one with other rows."""
    return {
        number
        for top, left, bottom, right in merged
        if left <= column <= right and 0 < bottom - top < MAX_ROWS
        for number in range(top, bottom + 1)
    }


def _find_columns(rows, headers):
    """Return where the lines begin and ``{name: column}``, by the titles."""
    titles = {
        name: {_fold(titles[index]) for titles in headers}
        for name, index in zip(COLUMNS, (KEY, PRICE, NOTE), strict=True)
    }
    for index, (_number, cells) in enumerate(rows[:MAX_HEADER_ROWS]):
        found = {
            name: [column for column, value in cells.items() if _fold(value) in wanted]
            for name, wanted in titles.items()
        }
        if found["key"] or found["price"]:
            if len(found["key"]) != 1 or len(found["price"]) != 1:
                break
            if len(found["note"]) > 1:
                break
            return index + 1, {name: own[0] for name, own in found.items() if own}
    raise PriceSheetError("columns")


def _fold(text):
    """Return a title without differences that people do not see."""
    text = unicodedata.normalize("NFKC", text) if isinstance(text, str) else ""
    return " ".join(text.split()).casefold()
