"""The layout of files with tickets and articles of another system, and how it is read.

The first line names the columns, in any order; see ``COLUMNS``. Reading never fails for
a line: what was not understood is said, with the number of the line, and the others go
on. CSV is UTF-8 (with or without a mark) or GB18030, with commas, semicolons or tabs.
"""

import csv
import io
from typing import NamedTuple

from .xlsx_reader import FORMULA, Limits, XlsxError, read_rows

MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 20_000
MOST_LETTERS = 200_000
"""Of a value; longer ones are no text that somebody wrote."""

LIMITS = Limits(
    size=MOST_BYTES,
    part=32 * 1024 * 1024,
    cells=20 * MOST_LINES,
    strings=20 * MOST_LINES,
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


def read_file(content, kind):
    """Return ``(lines, faults)`` of a file.

    :param bytes content: of a CSV or XLSX file
    :param str kind: ``ticket`` or ``article``
    :return: lines, and ``[(number, code, detail)]`` of what was not understood
    :raise LayoutError: where nothing can be read at all
    """
    if len(content) > MOST_BYTES:
        raise LayoutError("size", str(MOST_BYTES // 1024 // 1024))
    table = _read_xlsx(content) if content[:2] == b"PK" else _read_csv(content)
    _first, cells = next(table, (1, {}))
    header = {column: _clean(cell).lower() for column, cell in cells.items()}
    columns = COLUMNS[kind]
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
        if fault := _find_fault(values, columns, seen, unsaved):
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
        if len(values.get(name) or "") > MOST_LETTERS:
            return "long", name
    if values["key"] in seen:
        return "twice", str(seen[values["key"]])
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
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise LayoutError("encoding")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MOST_BYTES)
    try:
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for number, cells in enumerate(table, 1):
            yield number, dict(enumerate(cells))
    except csv.Error as error:
        raise LayoutError("csv", str(error)) from error


def _read_xlsx(content):
    """Yield the rows of the first sheet of an XLSX file that say something.

    Formulas by their values.
    """
    try:
        yield from read_rows(content, LIMITS)
    except XlsxError as error:
        code = "large" if error.code == "too_large" else "xlsx"
        raise LayoutError(code) from error
