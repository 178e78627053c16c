"""The layout of files with tickets and articles of another system, and how it is read.

The first line names the columns, in any order; see ``COLUMNS``. Reading never fails for
a line: what was not understood is said, with the number of the line, and the others go
on. CSV is UTF-8 (with or without a mark) or GB18030, with commas, semicolons or tabs.
"""

import csv
import io
import zipfile
import zlib
from typing import NamedTuple

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What the reader of workbooks raises; faults of XML are syntax errors."""
MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_LINES = 20_000
MOST_LETTERS = 200_000
"""Of a value; longer ones are no text that somebody wrote."""

COLUMNS = {
    "ticket": {
        "key": True,
        "subject": True,
        "requester": True,
        "description": False,
        "service": False,
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
    header = [str(cell or "").strip().lower() for cell in next(table, [])]
    columns = COLUMNS[kind]
    if missing := [
        name for name, needed in columns.items() if needed and name not in header
    ]:
        raise LayoutError("columns", ", ".join(missing))
    faults = [(1, "unknown", name) for name in header if name and name not in columns]
    lines, seen = [], {}
    for number, cells in enumerate(table, 2):
        if number > MOST_LINES + 1:
            raise LayoutError("lines", str(MOST_LINES))
        values = {
            name: _clean(cell)
            for name, cell in zip(header, cells, strict=False)
            if name in columns
        }
        if not any(values.values()):
            continue
        if fault := _find_fault(values, columns, seen):
            faults.append((number, *fault))
            continue
        seen[values["key"]] = number
        lines.append(Line(number, values))
    return lines, faults


def _find_fault(values, columns, seen):
    """Return ``(code, detail)`` of what a line lacks, or None."""
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
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).replace("\0", "").strip()


def _read_csv(content):
    """Yield the rows of a CSV file."""
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
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise LayoutError("csv", str(error)) from error


def _read_xlsx(content):
    """Yield the rows of the first sheet of an XLSX file; formulas by their values."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(item.file_size for item in packed.infolist())
        if size > MOST_UNPACKED:
            raise LayoutError("size", str(MOST_UNPACKED // 1024 // 1024))
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True
        )
        # Sheets are read row by row: a damaged one fails in the middle.
        yield from book.worksheets[0].iter_rows(values_only=True)
    except DAMAGED as error:
        if isinstance(error, LayoutError):
            raise
        raise LayoutError("xlsx") from error
