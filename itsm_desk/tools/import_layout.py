"""The layout of files with tickets and articles of another system, and how it is read.

The first line names the columns, in any order; see ``COLUMNS``. Reading never fails for
a line: what was not understood is said, with the number of the line, and the others go
on. CSV is UTF-8 (with or without a mark), UTF-16 with one, GB18030 or Windows-1252,
with commas, semicolons or tabs.
"""

import codecs
import csv
import io
import re
from contextlib import suppress
from typing import NamedTuple

from .written_day import Several, read_day
from .xlsx_reader import FORMULA, Limits, XlsxError, read_rows

MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 50_000
MOST_LETTERS = 200_000
"""Of a value; longer ones are no text that somebody wrote."""
MOST_SHOWN = 80
"""Letters of a value that is no day, as it is named."""
MOST_KEY = 200
"""Letters of a key, by which the database finds it."""

LIMITS = Limits(
    size=MOST_BYTES,
    part=32 * 1024 * 1024,
    cells=12 * MOST_LINES,
    strings=12 * MOST_LINES,
    text=5 * MOST_LETTERS,
)
"""Of workbooks, for each of their parts."""

COLUMNS = {
    "ticket": {
        "key": True,
        "subject": True,
        "requester": True,
        "description": False,
        "service": False,
        "team": False,
        "state": False,
        "filed": False,
        "note": False,
    },
    "article": {
        "key": True,
        "title": True,
        "body": True,
        "keywords": False,
        "language": False,
        "folder": False,
        "audience": False,
    },
}
"""``{kind: {column: whether each line needs it}}``."""
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of Excel 97 to 2003 begin, whatever their names end with."""
DAYS = ("filed",)
"""Columns with a day, or a moment."""


class Line(NamedTuple):
    """A line of the file that was understood so far."""

    number: int
    values: dict


class LayoutError(ValueError):
    """The file as a whole cannot be read; ``code`` and ``detail`` say why."""

    def __init__(self, code, detail=""):
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def read_file(content, kind, today=None, order=None):
    """Return ``(lines, faults)`` of a file.

    :param bytes content: of a CSV or XLSX file
    :param str kind: ``ticket`` or ``article``
    :param date today: the last day on which something was filed
    :param str order: of the numbers of days, as of :func:`read_day`
    :return: lines, and ``[(number, code, detail)]`` of what was not understood
    :raise LayoutError: where nothing can be read at all
    """
    if len(content) > MOST_BYTES:
        raise LayoutError("size", str(MOST_BYTES // 1024 // 1024))
    if content[:8] == OLD_WORKBOOK:
        raise LayoutError("xlsx")
    is_csv = content[:2] != b"PK"
    table = _read_csv(content) if is_csv else _read_xlsx(content)
    _first, cells = next(table, (1, {}))
    header = {column: _clean(cell).lower() for column, cell in cells.items()}
    columns = COLUMNS[kind]
    named = [name for name in header.values() if name in columns]
    if double := [name for name in columns if named.count(name) > 1]:
        raise LayoutError("double", ", ".join(double))
    if missing := [
        name
        for name, needed in columns.items()
        if needed and name not in header.values()
    ]:
        raise LayoutError("columns", ", ".join(missing))
    faults = [
        (1, "unknown", name) for name in header.values() if name and name not in columns
    ]
    lines, seen = [], {}
    for count, (number, cells) in enumerate(table, 1):
        if count > MOST_LINES:
            raise LayoutError("lines", str(MOST_LINES))
        values = {
            name: _clean(cells.get(column))
            for column, name in header.items()
            if name in columns
        }
        unsaved = [
            name
            for column, name in header.items()
            if name in columns and cells.get(column) is FORMULA
        ]
        if not any(values.values()) and not unsaved:
            continue
        fault = _find_fault(values, columns, seen, unsaved) or _read_days(
            values, today, order
        )
        if is_csv and any(_clean(cells[one]) for one in cells.keys() - header.keys()):
            # A comma in a text moved all that is behind it.
            fault = ("more", "")
        if fault:
            faults.append((number, *fault))
            continue
        seen[values["key"]] = number
        lines.append(Line(number, values))
    return lines, faults


def _find_fault(values, columns, seen, unsaved):
    """Return ``(code, detail)`` of what a line lacks, or None.

    :param list unsaved: columns with a formula whose result is not in the file
    """
    if unsaved:
        return "formula", unsaved[0]
    for name, needed in columns.items():
        if needed and not values.get(name):
            return "empty", name
        most = MOST_KEY if name == "key" else MOST_LETTERS
        if len(values.get(name) or "") > most:
            return "long", name
    if values["key"] in seen:
        return "twice", str(seen[values["key"]])
    return None


def _read_days(values, today, order):
    """Let days be written in one way; ``(code, detail)`` of one that is none."""
    for name in DAYS:
        if not (text := values.get(name)):
            continue
        try:
            values[name] = read_day(text, today, order)
        except Several as found:
            days = ", ".join(map(str, found.days))
            return "order", f'{name} "{text}" ({days})'
        if not values[name]:
            return "day", f'{name} "{text[:MOST_SHOWN]}"'
    return None


def _clean(cell):
    """Return a cell as text without what the database refuses."""
    if cell is None or cell is FORMULA:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).replace("\0", "").strip()


def _read_csv(content):
    """Yield the rows of a CSV file: ``(number, {column number: text})``."""
    text = _decode(content)
    # A line before the titles, by which Excel is told the mark between cells.
    told = re.match(r"sep=(.)\r?\n", text, re.I)
    text = text[told.end() :] if told else text
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = told[1] if told else max(",;\t", key=first.count)
    csv.field_size_limit(MOST_BYTES)
    before = number = 1 if told else 0
    try:
        # Strict: a mark that is not closed would make one text of all that follows.
        lines = io.StringIO(text, newline="")
        table = csv.reader(lines, delimiter=delimiter, strict=True)
        for number, cells in enumerate(table, before + 1):
            yield number, dict(enumerate(cells))
    except csv.Error as error:
        raise LayoutError("quotes", str(number + 1)) from error


def _decode(content):
    """Return the text of a CSV file."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encodings = ("utf-16",)
    elif _is_western(content):
        encodings = ("utf-8-sig", "cp1252")
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise LayoutError("encoding")


def _is_western(content):
    """Whether bytes are rather accents between letters than pairs of Chinese.

    Both can be read as GB18030, where "ü" swallows the letter behind it.
    """
    letters = re.findall(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])", content)
    pairs = re.findall(rb"[\x81-\xfe][\x80-\xfe]", content)
    return len(letters) > len(pairs)


def _read_xlsx(content):
    """Yield the rows of the first sheet of an XLSX file that say something.

    Formulas by their values.
    """
    try:
        yield from read_rows(content, LIMITS)
    except XlsxError as error:
        code = "large" if error.code == "too_large" else "xlsx"
        raise LayoutError(code) from error
