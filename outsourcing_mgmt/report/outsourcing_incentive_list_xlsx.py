from odoo import models


class OutsourcingIncentiveListXlsx(models.AbstractModel):
    """The list of rewards and penalties that payroll gets from HR."""

    _name = "report.outsourcing_mgmt.incentive_list_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Incentive List for Payroll"

    def generate_xlsx_report(self, workbook, data, objects):
        for export in objects:
            self._write_sheet(workbook, export)

    def _write_sheet(self, workbook, export):
        """Write one sheet: title, header, a row per line, totals by formula."""
        sheet = workbook.add_worksheet(self.env._("Payroll"))
        bold = workbook.add_format({"bold": True, "bottom": 1})
        title = workbook.add_format({"bold": True, "font_size": 14})
        date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        money = workbook.add_format({"num_format": "#,##0.00"})
        sheet.write_string(
            0,
            0,
            self.env._(
                "%(company)s: rewards and penalties from %(start)s to %(end)s",
                company=export.company_id.name,
                start=export.date_from,
                end=export.date_to,
            ),
            title,
        )
        for column, (label, width) in enumerate(self._get_columns()):
            sheet.write_string(2, column, label, bold)
            sheet.set_column(column, column, width)
        row = 2
        for row, line in enumerate(export._get_rows(), start=3):
            for column, value in enumerate(self._get_values(*line)):
                if column == 0:
                    sheet.write_datetime(row, column, value, date)
                elif isinstance(value, float):
                    sheet.write_number(row, column, value, money)
                else:
                    # Never a formula, whatever a name or a reason begins with.
                    sheet.write_string(row, column, value or "")
        sheet.freeze_panes(3, 0)
        sheet.autofilter(2, 0, row, len(self._get_columns()) - 1)

    def _get_columns(self):
        return [
            (self.env._("Date"), 12),
            (self.env._("Reference"), 16),
            (self.env._("Employee"), 24),
            (self.env._("Department"), 20),
            (self.env._("Type"), 12),
            (self.env._("Kind"), 12),
            (self.env._("Amount"), 14),
            (self.env._("Currency"), 10),
            (self.env._("Leave Days"), 12),
            (self.env._("Demerit Points"), 14),
            (self.env._("Remark"), 16),
            (self.env._("Reason"), 50),
        ]

    def _get_values(self, incentive, day, sign):
        """Return the cells of a line; what is taken from a person is negative."""
        types = dict(
            incentive._fields["incentive_type"]._description_selection(self.env)
        )
        kinds = dict(incentive._fields["kind"]._description_selection(self.env))
        side = sign * (1 if incentive.incentive_type == "reward" else -1)
        return [
            day,
            incentive.name,
            incentive.employee_id.name,
            incentive.department_id.name,
            types[incentive.incentive_type],
            kinds[incentive.kind],
            side * incentive.amount,
            incentive.currency_id.name,
            side * incentive.leave_days,
            side * float(incentive.points),
            self.env._("Reversal") if sign < 0 else "",
            incentive.reverse_reason if sign < 0 else incentive.reason,
        ]
