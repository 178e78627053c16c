"""Write a large workbook row by row. No ORM.

Text is always written as text: what begins with ``=`` is no formula, whoever named
a vendor so. Numbers are numbers and dates are dates, so that a sheet can be summed
and sorted.
"""

import re
from datetime import date

import xlsxwriter

# What a sheet's name and a cell may hold.
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
NAME_LENGTH = 31
CELL_LENGTH = 32767
OPTIONS = {
    # Rows go to disk as they are written: the size of a sheet costs no memory.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}
FORMATS = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "bold": {"bold": True},
    "number": {"num_format": "#,##0.00"},
    "exact": {"num_format": "#,##0.####"},
    "integer": {"num_format": "#,##0"},
    "date": {"num_format": "yyyy-mm-dd"},
}


def open_workbook(target):
    """Return a workbook that writes to a file or a path."""
    return xlsxwriter.Workbook(target, OPTIONS)


class Book:
    """A workbook with its formats."""

    def __init__(self, workbook):
        self.workbook = workbook
        self.formats = {
            name: workbook.add_format(values) for name, values in FORMATS.items()
        }

    def get_money_format(self, digits):
        """Return the format of amounts with ``digits`` decimals."""
        name = f"money{digits}"
        if name not in self.formats:
            zeros = f".{'0' * digits}" if digits else ""
            self.formats[name] = self.workbook.add_format(
                {"num_format": f"#,##0{zeros}"}
            )
        return self.formats[name]

    def add_sheet(self, name, columns, note=""):
        """Return a new sheet.

        :param list columns: ``(heading, width, format name or None)``
        :param str note: a line above the headings
        """
        return Sheet(self, FORBIDDEN.sub(" ", name)[:NAME_LENGTH], columns, note)


class Sheet:
    """A sheet that is written from the top down."""

    def __init__(self, book, name, columns, note):
        self.book = book
        self.sheet = book.workbook.add_worksheet(name)
        self.columns = columns
        self.row = 0
        for column, (_heading, width, _kind) in enumerate(columns):
            self.sheet.set_column(column, column, width)
        if note:
            self.sheet.write_string(0, 0, note)
            self.row = 1
        self.head = self.row
        for column, (heading, _width, _kind) in enumerate(columns):
            self.sheet.write_string(self.row, column, heading, book.formats["head"])
        self.row += 1
        self.sheet.freeze_panes(self.row, 0)

    def add(self, values, cell_format=None):
        """Write one row.

        :param cell_format: for the amounts of the row, of ``get_money_format``
        """
        for column, value in enumerate(values):
            kind = self.columns[column][2]
            if kind == "money":
                style = cell_format
            else:
                style = self.book.formats.get(kind)
            self._write(column, value, style)
        self.row += 1

    def close(self):
        """Offer a filter on every column."""
        if self.row > self.head + 1:
            self.sheet.autofilter(
                self.head, 0, self.row - 1, max(len(self.columns) - 1, 0)
            )

    def color(self, first_column):
        """Colour the numbers from red (0) over yellow (60) to green (100)."""
        if self.row > self.head + 1 and len(self.columns) > first_column:
            self.sheet.conditional_format(
                self.head + 1,
                first_column,
                self.row - 1,
                len(self.columns) - 1,
                {
                    "type": "3_color_scale",
                    "min_type": "num",
                    "mid_type": "num",
                    "max_type": "num",
                    "min_value": 0,
                    "mid_value": 60,
                    "max_value": 100,
                    "min_color": "#F8696B",
                    "mid_color": "#FFEB84",
                    "max_color": "#63BE7B",
                },
            )

    def _write(self, column, value, style):
        if value is None or value is False or value == "":
            if style:
                self.sheet.write_blank(self.row, column, None, style)
        elif value is True:
            self.sheet.write_boolean(self.row, column, True, style)
        elif isinstance(value, date):
            self.sheet.write_datetime(self.row, column, value, style)
        elif isinstance(value, int | float):
            self.sheet.write_number(self.row, column, value, style)
        else:
            self.sheet.write_string(self.row, column, str(value)[:CELL_LENGTH], style)
