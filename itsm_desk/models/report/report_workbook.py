"""The workbook of a service report: figures, causes, and the facts behind them."""

from datetime import date
from typing import NamedTuple

from ...tools.recompute_report import COLUMNS
from .itsm_kpi import get_digits

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
"""Whatever a name begins with, it is no formula."""
NUMBER_FORMATS = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}
"""Formats of numbers by their decimals."""


class Figure(NamedTuple):
    """A figure, shown with the decimals of its unit."""

    value: float | None
    unit: str


def write_workbook(workbook, report, rows):
    """Write the sheets of a report.

    :param workbook: of xlsxwriter
    :param list rows: the facts, as ``tools/recompute_report.py`` reads them
    """
    env = report.env
    styles = {
        "head": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
        "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for digits, pattern in NUMBER_FORMATS.items():
        styles[digits] = workbook.add_format({"num_format": pattern})
    kpis = report._get_kpi_rows()
    months = [item["month"] for item in kpis[0]["trend"]] if kpis else []
    _write_sheet(
        workbook,
        styles,
        env._("Figures"),
        [
            env._("KPI"),
            env._("Unit"),
            env._("Value"),
            env._("Target"),
            env._("Lower Bound"),
            env._("Upper Bound"),
            env._("Sample"),
            *months,
            env._("Left Out"),
        ],
        [
            [
                kpi["name"],
                kpi["unit_name"],
                *(
                    Figure(kpi[name], kpi["unit"])
                    for name in ("value", "target", "low", "high")
                ),
                kpi["sample"],
                *(Figure(item["value"], kpi["unit"]) for item in kpi["trend"]),
                kpi["exclusions"],
            ]
            for kpi in kpis
        ],
    )
    for title, key in (
        (env._("Categories"), "categories"),
        (env._("Resolution Codes"), "codes"),
    ):
        _write_sheet(
            workbook,
            styles,
            title,
            [env._("Name"), env._("Tickets"), env._("Minutes")],
            [
                [row["name"], row["count"], row["minutes"]]
                for row in (report.figures or {}).get(key, [])
            ],
        )
    _write_sheet(
        workbook,
        styles,
        env._("Facts"),
        list(COLUMNS),
        [
            [date.fromisoformat(row["day"]), *(row[name] for name in COLUMNS[1:])]
            for row in rows
        ],
    )


def _write_sheet(workbook, styles, title, heads, rows):
    sheet = workbook.add_worksheet(title[:31])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(heads), 12)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, str(head), styles["head"])
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            unit = ""
            if isinstance(value, Figure):
                value, unit = value
            if value is None or value is False or value == "":
                continue
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, styles["date"])
            elif isinstance(value, int | float):
                digits = get_digits(value, unit or "count")
                sheet.write_number(number, column, value, styles[digits])
            else:
                sheet.write_string(number, column, str(value))
