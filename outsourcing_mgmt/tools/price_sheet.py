"""The price list of a bid as a spreadsheet: written for the vendor, read back."""

import io
import re
import zipfile
from decimal import Decimal, InvalidOperation

import openpyxl
import xlsxwriter

MAX_BYTES = 1024 * 1024
MAX_UNPACKED_BYTES = 20 * 1024 * 1024
MAX_ROWS = 2000
MAX_NOTE = 500
MAX_PRICE = Decimal(10) ** 12
COLUMNS = 6
THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"\d+,\d+")
KEY, PRICE, NOTE = 0, 4, 5


class PriceSheetError(ValueError):
    """What is wrong with a sheet, as a code and the row it is about."""

    def __init__(self, code, row=None, value=None):
        super().__init__(code)
        self.code = code
        self.row = row
        self.value = value


def parse_price(text, digits=2):
    """Return a price as a decimal, or None for an empty cell.

    Accepts ``1234.5``, ``1,234.50`` and ``1234,5``: commas that set off groups of
    three digits are thousands, a single other comma is the decimal mark.

    :raise ValueError: for text that is no price, negative or too large a number,
        or more decimals than ``digits``
    """
    if text is None or text == "":
        return None
    if isinstance(text, bool):
        raise ValueError(text)
    if isinstance(text, float):
        # Spreadsheets store 0.3 as 0.30000000000000004.
        text = round(text, 9)
    text = str(text).strip().replace("\u00a0", "").replace(" ", "")
    if not text:
        return None
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not price.is_finite() or not 0 <= price < MAX_PRICE:
        raise ValueError(text)
    if price != round(price, digits):
        raise ValueError(text)
    return price


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


def read(content, digits=2):
    """Return ``{key: (price or None, note)}`` from a filled sheet.

    :param bytes content: an XLSX made by :func:`write`
    :raise PriceSheetError: ``too_large``, ``unreadable``, ``too_many_rows``,
        ``key``, ``twice`` or ``price``
    """
    if len(content) > MAX_BYTES:
        raise PriceSheetError("too_large")
    prices = {}
    for number, cells in _rows(content):
        key, price, note = cells[KEY], cells[PRICE], cells[NOTE]
        if key is None and price is None:
            continue
        try:
            key = int(str(key).strip())
        except ValueError:
            raise PriceSheetError("key", number, key) from None
        if key in prices:
            raise PriceSheetError("twice", number, key)
        try:
            prices[key] = (
                parse_price(price, digits),
                str(note or "").strip()[:MAX_NOTE],
            )
        except ValueError:
            raise PriceSheetError("price", number, price) from None
    return prices


def _rows(content):
    """Return ``[(row number, cells)]`` below the title row."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise PriceSheetError("too_large")
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True
        )
        rows = []
        for number, row in enumerate(
            book.worksheets[0].iter_rows(min_row=2, values_only=True), start=2
        ):
            if number > MAX_ROWS + 1:
                raise PriceSheetError("too_many_rows")
            rows.append((number, (*row, *[None] * COLUMNS)[:COLUMNS]))
        return rows
    except PriceSheetError:
        raise
    except Exception as error:
        # Any kind of broken file: the parser raises a dozen different errors.
        raise PriceSheetError("unreadable") from error
