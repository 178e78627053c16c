"""The cells of the first sheet of an XLSX from an unknown hand, without the ORM.

Only what prices need: numbers, texts, and which cells are formulas without a stored
result. Each part is limited before it is unpacked, read in one pass and never held as
a tree; styles are not read at all. Where the file says how large its sheet is, nothing
is believed: programs write ``A1`` for any size.
"""

import io
import re
import zipfile
from posixpath import join, normpath
from xml.parsers import expat

MAX_BYTES = 1024 * 1024
MAX_PARTS = 1000
MAX_PART_BYTES = 4 * 1024 * 1024
MAX_CELLS = 50_000
MAX_STRINGS = 20_000
MAX_TEXT = 10_000
COLUMN = re.compile(r"[A-Z]{1,3}")
RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)

FORMULA = object()
"""Stands for a formula whose result is not stored."""


class XlsxError(ValueError):
    """Why a workbook is not read: ``too_large`` or ``unreadable``."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def read_rows(content):
    """Return ``[(row number, {column number: value})]`` of the rows that say something.

    A value is a float, a text, or :data:`FORMULA`. Cells without content, formatted
    or not, are left out. Numbers of rows and columns begin with 1 and 0.

    :param bytes content: the file
    :raise XlsxError: see there
    """
    if len(content) > MAX_BYTES:
        raise XlsxError("too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MAX_PARTS:
                raise XlsxError("too_large")
            sheet = _Sheet()
            _parse(archive, _find_first_sheet(archive), sheet)
            wanted = {
                index
                for _number, cells in sheet.rows
                for kind, index in cells.values()
                if kind == "s"
            }
            strings = _read_strings(archive, wanted) if wanted else {}
        return [
            (number, {column: _get_value(*cell, strings) for column, cell in row})
            for number, cells in sheet.rows
            if (row := list(cells.items()))
        ]
    except XlsxError:
        raise
    except Exception as error:
        # Any kind of broken file: zip and parser raise a dozen different errors.
        raise XlsxError("unreadable") from error


def _get_value(kind, value, strings):
    if kind == "s":
        return strings[value]
    return value


# ------------------------------------------------------------
# PARTS
# ------------------------------------------------------------


def _parse(archive, name, handler):
    """Give the elements of a part to ``handler`` without their namespaces."""
    info = archive.getinfo(name)
    if info.file_size > MAX_PART_BYTES:
        raise XlsxError("too_large")
    with archive.open(info) as stream:
        # The size that the archive states may be a lie.
        text = stream.read(MAX_PART_BYTES + 1)
    if len(text) > MAX_PART_BYTES:
        raise XlsxError("too_large")
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: handler.start(
        tag.rpartition("}")[2], attributes
    )
    parser.EndElementHandler = lambda tag: handler.end(tag.rpartition("}")[2])
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(text, True)


def _refuse_doctype(*arguments):
    raise XlsxError("unreadable")


def _find_first_sheet(archive):
    """Return the name of the part that holds the first sheet."""
    book, relations = _Attributes("sheet"), _Attributes("Relationship")
    _parse(archive, "xl/workbook.xml", book)
    _parse(archive, "xl/_rels/workbook.xml.rels", relations)
    first = book.found[0]
    key = next(
        first[name]
        for name in (f"{relation}}}id" for relation in RELATIONS)
        if name in first
    )
    target = next(item["Target"] for item in relations.found if item["Id"] == key)
    if target.startswith("/"):
        return target.lstrip("/")
    return normpath(join("xl", target))


def _read_strings(archive, wanted):
    """Return ``{index: text}`` of the shared strings that cells use."""
    strings = _Strings(wanted)
    _parse(archive, "xl/sharedStrings.xml", strings)
    return strings.found


class _Attributes:
    """Collects the attributes of all elements of one name."""

    def __init__(self, tag):
        self.tag = tag
        self.found = []

    def start(self, tag, attributes):
        if tag == self.tag:
            self.found.append(attributes)

    def end(self, tag):
        """Nothing ends here."""

    def data(self, text):
        """Texts are not wanted."""


class _Text:
    """Collects the text of one cell or string, without its reading aids."""

    def __init__(self):
        self.parts = []
        self.length = 0
        self.is_open = False
        self.is_hidden = False

    def clear(self):
        self.parts, self.length, self.is_open = [], 0, False

    def add(self, text):
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise XlsxError("too_large")
        self.parts.append(text)

    def get(self):
        return "".join(self.parts)


class _Strings:
    """Collects the shared strings with the wanted indexes."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.found = {}
        self.index = -1
        self.text = _Text()

    def start(self, tag, attributes):
        if tag == "si":
            self.index += 1
            if self.index >= MAX_STRINGS:
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
    """Collects the rows with their cells: ``("s", index)`` or ``("v", value)``."""

    def __init__(self):
        self.rows = []
        self.number = 0
        self.column = -1
        self.cells = {}
        self.cell_count = 0
        self.kind = "n"
        self.has_formula = False
        self.has_value = False
        self.text = _Text()

    def start(self, tag, attributes):
        if tag == "row":
            self.number = int(attributes.get("r") or self.number + 1)
            self.column, self.cells = -1, {}
        elif tag == "c":
            self.cell_count += 1
            if self.cell_count > MAX_CELLS:
                raise XlsxError("too_large")
            place = COLUMN.match(attributes.get("r") or "")
            self.column = _get_column(place[0]) if place else self.column + 1
            self.kind = attributes.get("t", "n")
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
                self.cells[self.column] = ("v", FORMULA)
        elif self.kind == "s":
            self.cells[self.column] = ("s", int(text))
        elif self.kind in ("n", "d") and text.strip():
            self.cells[self.column] = ("v", _get_number(text))
        elif text.strip():
            self.cells[self.column] = ("v", text)


def _get_number(text):
    try:
        return float(text)
    except ValueError:
        return text


def _get_column(letters):
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
