"""The cells of the sheets of an XLSX from an unknown hand, without the ORM.

Numbers, texts, days, shares in percent, and which cells are formulas without a stored
result. Each part is limited before it is unpacked, read in one pass and never held as
a tree; of the styles only the formats of the cells are read that hold numbers. Where
the file says how large its sheet is, nothing is believed: programs write ``A1`` for any
size.
"""

import io
import re
import zipfile
from contextlib import suppress
from datetime import datetime, timedelta
from posixpath import join, normpath
from typing import NamedTuple
from xml.parsers import expat

MAX_BYTES = 1024 * 1024
MAX_PARTS = 1000
MAX_SHEETS = 20
"""So many of the sheets that are shown are looked at."""
MAX_PART_BYTES = 4 * 1024 * 1024
MAX_CELLS = 50_000
MAX_STRINGS = 20_000
MAX_TEXT = 10_000
MAX_SERIAL = 2_958_466
"""The day after 31 December 9999, as programs count days."""
FIRST_DAYS = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
DAY_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Formats of days and times that have a number and no text."""
PERCENT_FORMATS = {9, 10}
NO_FORMAT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)
"""What of the text of a format is shown as it stands, or is a colour or currency."""
COLUMN = re.compile(r"[A-Z]{1,3}")
AREA = re.compile(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})")
RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)

FORMULA = object()
"""Stands for a formula whose result is not stored."""


class Percent(float):
    """A number that is shown in percent: 0.05 as 5 %."""


class Limits(NamedTuple):
    """How much of a workbook is read at the most; a larger one is refused."""

    size: int = MAX_BYTES
    part: int = MAX_PART_BYTES
    cells: int = MAX_CELLS
    strings: int = MAX_STRINGS
    text: int = MAX_TEXT


class XlsxError(ValueError):
    """Why a workbook is not read: ``too_large`` or ``unreadable``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Table(NamedTuple):
    """A sheet that is shown, and what of it says something."""

    name: str
    rows: list
    """``[(row number, {column number: value})]``; see :func:`read_tables`."""
    merged: list
    """``[(first row, first column, last row, last column)]`` of cells made one."""


def read_rows(content, limits=None):
    """Return the rows of the first sheet that is shown; see :func:`read_tables`."""
    return read_tables(content, limits, 1)[0].rows


def read_tables(content, limits=None, most=MAX_SHEETS):
    """Return the :class:`Table` of each sheet; where all are hidden, of the first one.

    A value is a float, a :class:`Percent`, a bool, a datetime, a text, or
    :data:`FORMULA`. Cells without content, formatted or not, are left out. Numbers of
    rows and columns begin with 1 and 0.

    :param bytes content: the file
    :param Limits limits: others than those of a short list, for all sheets together
    :param int most: sheets that are read
    :raise XlsxError: see there
    """
    limits = limits or Limits()
    if len(content) > limits.size:
        raise XlsxError("too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MAX_PARTS:
                raise XlsxError("too_large")
            book = _read_book(archive, limits)
            sheets = _read_sheets(archive, book, limits, most)
            cells = [
                cell
                for sheet in sheets
                for _number, row in sheet.rows
                for cell in row.values()
            ]
            texts = {cell.value for cell in cells if cell.kind == "s"}
            styles = {cell.style for cell in cells if cell.kind == "n"} - {None}
            strings = _read_strings(archive, texts, limits) if texts else {}
            formats = _read_formats(archive, book, styles, limits) if styles else {}
        return [
            Table(
                name,
                [
                    (
                        number,
                        {
                            column: _get_value(cell, strings, formats, book.is_1904)
                            for column, cell in row.items()
                        },
                    )
                    for number, row in sheet.rows
                ],
                sheet.merged,
            )
            for (name, _part), sheet in zip(book.sheets, sheets, strict=False)
        ]
    except XlsxError:
        raise
    except Exception as error:
        # Any kind of broken file: zip and parser raise a dozen different errors.
        raise XlsxError("unreadable") from error


class _Cell(NamedTuple):
    """A cell as it stands in the sheet: a shared text, a number, or what it says."""

    kind: str
    value: object
    style: object = None


def _get_value(cell, strings, formats, is_1904):
    if cell.kind == "s":
        return strings[cell.value]
    kind = formats.get(cell.style) if cell.kind == "n" else None
    if kind == "percent":
        return Percent(cell.value)
    if kind == "day" and 0 <= cell.value < MAX_SERIAL:
        seconds = round(cell.value * 24 * 3600)
        return FIRST_DAYS[is_1904] + timedelta(seconds=seconds)
    return cell.value


# ------------------------------------------------------------
# PARTS
# ------------------------------------------------------------


def _parse(archive, name, handler, limits):
    """Give the elements of a part to ``handler`` without their namespaces."""
    info = archive.getinfo(name)
    if info.file_size > limits.part:
        raise XlsxError("too_large")
    with archive.open(info) as stream:
        # The size that the archive states may be a lie.
        text = stream.read(limits.part + 1)
    if len(text) > limits.part:
        raise XlsxError("too_large")
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    most, count = 10 * limits.cells, 0

    def start(tag, attributes):
        nonlocal count
        count += 1
        if count > most:
            raise XlsxError("too_large")
        handler.start(tag.rpartition("}")[2], attributes)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: handler.end(tag.rpartition("}")[2])
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(text, True)


def _refuse_doctype(*arguments):
    raise XlsxError("unreadable")


class _Book(NamedTuple):
    """The names of the parts that are read, and from which day on days are counted."""

    sheets: list
    """``[(name, part)]``"""
    styles: object
    is_1904: bool


def _read_book(archive, limits):
    """Return the :class:`_Book` with the sheets that are shown."""
    book, relations = _Attributes("sheet", "workbookPr"), _Attributes("Relationship")
    _parse(archive, "xl/workbook.xml", book, limits)
    _parse(archive, "xl/_rels/workbook.xml.rels", relations, limits)
    sheets = book.found["sheet"]
    shown = [item for item in sheets if item.get("state", "visible") == "visible"]
    parts = relations.found["Relationship"]
    # Sheets of charts and macros have no cells.
    kinds = {item["Id"]: item["Type"].rpartition("/")[2] for item in parts}
    shown = [item for item in shown if kinds.get(_get_key(item)) == "worksheet"]
    names = {item["Id"]: _get_name(item) for item in parts}
    properties = book.found["workbookPr"][:1] or [{}]
    return _Book(
        [(item.get("name", ""), names[_get_key(item)]) for item in shown or sheets[:1]],
        next(
            (_get_name(item) for item in parts if item["Type"].endswith("/styles")),
            None,
        ),
        properties[0].get("date1904") in ("1", "true"),
    )


def _get_key(sheet):
    """Return the key of the relation that leads to the part of a sheet."""
    return next(
        sheet[name]
        for name in (f"{relation}}}id" for relation in RELATIONS)
        if name in sheet
    )


def _read_sheets(archive, book, limits, most):
    """Return the :class:`_Sheet` of each part; the limits are for all of them.

    Those behind the first one are left out from where they cannot be read.
    """
    sheets = []
    left = limits
    for _name, part in book.sheets[:most]:
        sheet = _Sheet(left)
        try:
            _parse(archive, part, sheet, left)
        except (XlsxError, KeyError, ValueError, expat.ExpatError):
            if not sheets:
                raise
            break
        size = archive.getinfo(part).file_size
        left = left._replace(
            cells=left.cells - sheet.cell_count, part=max(left.part - size, 0)
        )
        sheets.append(sheet)
    if not sheets:
        raise XlsxError("unreadable")
    return sheets


def _get_name(relation):
    target = relation["Target"]
    return target.lstrip("/") if target[:1] == "/" else normpath(join("xl", target))


def _read_strings(archive, wanted, limits):
    """Return ``{index: text}`` of the shared strings that cells use."""
    strings = _Strings(wanted, limits)
    _parse(archive, "xl/sharedStrings.xml", strings, limits)
    return strings.found


def _read_formats(archive, book, wanted, limits):
    """Return ``{style: "day" or "percent"}`` of the styles that cells use.

    Styles that cannot be read say nothing: the cells are numbers then.
    """
    formats = _Formats(wanted)
    try:
        _parse(archive, book.styles, formats, limits)
    except (XlsxError, KeyError, ValueError, expat.ExpatError):
        return {}
    return {
        style: kind
        for style, number in formats.numbers.items()
        if (kind := _get_kind(number, formats.codes.get(number)))
    }


def _get_kind(number, code):
    """Return what a format shows: ``day``, ``percent`` or nothing of both."""
    if code is None:
        if number in PERCENT_FORMATS:
            return "percent"
        return "day" if number in DAY_FORMATS else None
    plain = NO_FORMAT_CODE.sub("", code)
    if "%" in plain:
        return "percent"
    is_general = plain.lower().startswith("general")
    return "day" if not is_general and re.search("[dmyhs]", plain, re.I) else None


class _Attributes:
    """Collects the attributes of all elements of some names."""

    def __init__(self, *tags):
        self.found = {tag: [] for tag in tags}

    def start(self, tag, attributes):
        if tag in self.found:
            self.found[tag].append(attributes)

    def end(self, tag):
        """Nothing ends here."""

    def data(self, text):
        """Texts are not wanted."""


class _Formats:
    """Collects the formats of numbers: which one a style has, and how it is written."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.numbers = {}
        self.codes = {}
        self.index = None

    def start(self, tag, attributes):
        if tag == "numFmt":
            self.codes[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self.index = -1
        elif tag == "xf" and self.index is not None:
            self.index += 1
            if self.index in self.wanted:
                self.numbers[self.index] = int(attributes.get("numFmtId") or 0)

    def end(self, tag):
        if tag == "cellXfs":
            self.index = None

    def data(self, text):
        """Formats have no text."""


class _Text:
    """Collects the text of one cell or string, without its reading aids."""

    def __init__(self, most):
        self.most = most
        self.parts = []
        self.length = 0
        self.is_open = False
        self.is_hidden = False

    def clear(self):
        self.parts, self.length, self.is_open = [], 0, False

    def add(self, text):
        self.length += len(text)
        if self.length > self.most:
            raise XlsxError("too_large")
        self.parts.append(text)

    def get(self):
        return "".join(self.parts)


class _Strings:
    """Collects the shared strings with the wanted indexes."""

    def __init__(self, wanted, limits):
        self.wanted = wanted
        self.most = limits.strings
        self.found = {}
        self.index = -1
        self.text = _Text(limits.text)

    def start(self, tag, attributes):
        if tag == "si":
            self.index += 1
            if self.index >= self.most:
                raise XlsxError("too_large")
            self.text.clear()
        elif tag == "t":
            self.text.is_open = not self.text.is_hidden
        elif tag == "rPh":
            self.text.is_hidden = True

    def end(self, tag):
        if tag == "t":
            self.text.is_open = False
        elif tag == "rPh":
            self.text.is_hidden = False
        elif tag == "si" and self.index in self.wanted:
            self.found[self.index] = self.text.get()

    def data(self, text):
        if self.text.is_open and self.index in self.wanted:
            self.text.add(text)


class _Sheet:
    """Collects the rows with their cells."""

    def __init__(self, limits):
        self.most = limits.cells
        self.style = None
        self.rows = []
        self.merged = []
        self.number = 0
        self.column = -1
        self.cells = {}
        self.cell_count = 0
        self.kind = "n"
        self.has_formula = False
        self.has_value = False
        self.text = _Text(limits.text)

    def start(self, tag, attributes):
        if tag == "row":
            self.number = int(attributes.get("r") or self.number + 1)
            self.column, self.cells = -1, {}
        elif tag == "c":
            self.cell_count += 1
            if self.cell_count > self.most:
                raise XlsxError("too_large")
            place = COLUMN.match(attributes.get("r") or "")
            self.column = _get_column(place[0]) if place else self.column + 1
            self.kind = attributes.get("t", "n")
            self.style = int(attributes["s"]) if "s" in attributes else None
            self.has_formula = self.has_value = False
            self.text.clear()
        elif tag == "f":
            self.has_formula = True
        elif tag == "v":
            self.has_value = self.text.is_open = True
        elif tag == "t":
            self.has_value = True
            self.text.is_open = not self.text.is_hidden
        elif tag == "rPh":
            self.text.is_hidden = True
        elif tag == "mergeCell" and (area := AREA.fullmatch(attributes.get("ref", ""))):
            left, top, right, bottom = area.groups()
            self.merged.append(
                (int(top), _get_column(left), int(bottom), _get_column(right))
            )

    def end(self, tag):
        if tag in ("v", "t"):
            self.text.is_open = False
        elif tag == "rPh":
            self.text.is_hidden = False
        elif tag == "c":
            self._end_cell()
        elif tag == "row" and self.cells:
            self.rows.append((self.number, self.cells))

    def data(self, text):
        if self.text.is_open:
            self.text.add(text)

    def _end_cell(self):
        text = self.text.get()
        if not self.has_value or (self.has_formula and not text):
            if self.has_formula:
                self.cells[self.column] = _Cell("v", FORMULA)
        elif self.kind == "s":
            self.cells[self.column] = _Cell("s", int(text))
        elif text.strip():
            self.cells[self.column] = _read_cell(self.kind, text, self.style)


def _read_cell(kind, text, style):
    """Return a cell that is no shared text."""
    if kind == "b":
        return _Cell("v", text.strip() in ("1", "true"))
    # What is no number and no date is the text that stands there.
    with suppress(ValueError):
        if kind == "n":
            return _Cell("n", float(text), style)
        if kind == "d":
            return _Cell("v", datetime.fromisoformat(text.strip()))
    return _Cell("v", text)


def _get_column(letters):
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
