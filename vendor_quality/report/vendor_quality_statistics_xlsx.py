from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import date_utils, split_every

from ..tools import workbook as writer

BATCH = 1000
HEATMAP_MONTHS = 12
MONEY = (
    "fee_amount",
    "deduction_amount",
    "retention_amount",
    "disputed_amount",
    "payable_amount",
)


class VendorQualityStatisticsXlsx(models.AbstractModel):
    """The workbook of a period: summary, forms, metrics, money, heatmap.

    Everything is read with the rights of whoever asks, in batches of forms, and
    written row by row.
    """

    _name = "report.vendor_quality.statistics_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Quality Statistics of a Period"

    def generate_xlsx_report(self, workbook, data, objects):
        for statistics in objects:
            report = self.with_company(statistics.company_ids[:1]).with_context(
                allowed_company_ids=statistics.company_ids.ids
            )
            report._write_sheets(writer.Book(workbook), statistics.with_env(report.env))

    def get_workbook_options(self):
        return dict(writer.OPTIONS)

    def _write_workbook(self, file, statistics):
        """Write the workbook to an open file."""
        workbook = writer.open_workbook(file)
        self.generate_xlsx_report(workbook, None, statistics)
        workbook.close()

    def _write_sheets(self, book, statistics):
        domain = [
            *statistics._get_period_domain(),
            ("state", "=", "approved"),
        ]
        self._write_summary(book, statistics, domain)
        self._write_forms(book, domain)
        self._write_metrics(book, domain)
        self._write_lines(book, domain)
        self._write_money(book, domain)
        self._write_heatmap(book, statistics)

    # ------------------------------------------------------------
    # SHEETS
    # ------------------------------------------------------------

    def _write_summary(self, book, statistics, domain):
        Form = self.env["vendor.quality.form"]
        sheet = book.add_sheet(
            self.env._("Summary"),
            [(self.env._("Quality statistics"), 34, None), ("", 30, "number")],
        )
        [(contracts, vendors, coverage)] = Form._read_group(
            domain,
            [],
            [
                "contract_id:count_distinct",
                "commercial_partner_id:count_distinct",
                "coverage:avg",
            ],
        )
        [(rated, score)] = Form._read_group(
            [*domain, ("is_rated", "=", True)], [], ["__count", "score:avg"]
        )
        for label, value in (
            (self.env._("From"), fields.Date.to_string(statistics.date_from)),
            (self.env._("To"), fields.Date.to_string(statistics.date_to)),
            (
                self.env._("Companies"),
                ", ".join(statistics.company_ids.mapped("name")),
            ),
            (
                self.env._("Categories"),
                ", ".join(statistics.category_ids.mapped("display_name"))
                or self.env._("All"),
            ),
            (self.env._("Made By"), self.env.user.name),
            (self.env._("Contracts"), contracts),
            (self.env._("Vendors"), vendors),
            (self.env._("Approved Forms"), statistics.form_count),
            (self.env._("Not Approved Yet"), statistics.open_count),
            (self.env._("Rated"), rated),
            (self.env._("Mean Score"), score if rated else None),
            (self.env._("Mean Coverage (%)"), coverage),
        ):
            sheet.add([label, value])
        sheet.add([])
        sheet.add([self.env._("Grade"), self.env._("Forms")])
        for grade, count in Form._read_group(domain, ["grade"], ["__count"]):
            sheet.add([grade or self.env._("Not rated"), count])

    def _write_forms(self, book, domain):
        label = self.env["vendor.quality.form"]._fields
        sheet = book.add_sheet(
            self.env._("Forms"),
            [
                (self.env._("Number"), 16, None),
                (self.env._("Company"), 20, None),
                (self.env._("Vendor"), 30, None),
                (self.env._("Contract"), 16, None),
                (self.env._("Subject"), 34, None),
                (self.env._("Category"), 20, None),
                (self.env._("Template"), 26, None),
                (self.env._("Period From"), 12, "date"),
                (self.env._("Period To"), 12, "date"),
                (self.env._("Score"), 10, "number"),
                (self.env._("Grade"), 8, None),
                (self.env._("Coverage (%)"), 12, "number"),
                (self.env._("Currency"), 10, None),
                *(
                    (label[name]._description_string(self.env), 15, "money")
                    for name in MONEY
                ),
                (self.env._("Department Head"), 20, None),
                (self.env._("Finance"), 20, None),
                (self.env._("Approved On"), 12, "date"),
            ],
        )
        for form in self._iterate_forms(domain):
            contract, money = form.contract_id, form.currency_id
            approved = form.approved_at and form.company_id._outsourcing_date(
                form.approved_at
            )
            sheet.add(
                [
                    form.name,
                    form.company_id.name,
                    form.partner_id.display_name,
                    contract.name,
                    contract.subject,
                    contract.category_id.display_name,
                    form.template_id.display_name,
                    form.date_start,
                    form.date_end,
                    form.score if form.is_rated else None,
                    form.grade,
                    form.coverage,
                    money.name,
                    *(form[name] for name in MONEY),
                    form.department_head_id.name,
                    form.finance_approver_id.name,
                    approved or None,
                ],
                book.get_money_format(money.decimal_places),
            )
        sheet.close()

    def _write_metrics(self, book, domain):
        """Pool each metric: sums of numerators by sums of denominators."""
        sheet = book.add_sheet(
            self.env._("Metrics"),
            [
                (self.env._("Code"), 16, None),
                (self.env._("Metric"), 34, None),
                (self.env._("Lines"), 10, "integer"),
                (self.env._("Numerator"), 14, "exact"),
                (self.env._("Denominator"), 14, "exact"),
                (self.env._("Sample"), 12, "integer"),
                (self.env._("Pooled Value"), 14, "exact"),
                (self.env._("Unit"), 12, None),
                (self.env._("Mean Points"), 12, "number"),
            ],
        )
        units = self._get_labels("vendor.quality.metric", "unit")
        rows = self.env["vendor.quality.form.line"]._read_group(
            [("form_id", "any", domain), ("status", "=", "measured")],
            ["metric_id"],
            ["__count", "numerator:sum", "denominator:sum", "sample:sum", "points:avg"],
        )
        for metric, count, numerator, denominator, sample, points in rows:
            scale = 100 if metric.unit == "percent" else 1
            sheet.add(
                [
                    metric.code,
                    metric.name,
                    count,
                    numerator,
                    denominator,
                    sample,
                    numerator * scale / denominator if denominator else None,
                    units[metric.unit],
                    points,
                ]
            )
        sheet.close()

    def _write_lines(self, book, domain):
        sheet = book.add_sheet(
            self.env._("Metric Lines"),
            [
                (self.env._("Form"), 16, None),
                (self.env._("Vendor"), 30, None),
                (self.env._("Contract"), 16, None),
                (self.env._("Period To"), 12, "date"),
                (self.env._("Code"), 16, None),
                (self.env._("Metric"), 34, None),
                (self.env._("Weight (%)"), 10, "number"),
                (self.env._("Numerator"), 12, "exact"),
                (self.env._("Denominator"), 12, "exact"),
                (self.env._("Sample"), 10, "integer"),
                (self.env._("Value"), 12, "exact"),
                (self.env._("Points"), 10, "number"),
                (self.env._("Data"), 24, None),
                (self.env._("Critical Failure"), 10, None),
            ],
        )
        statuses = self._get_labels("vendor.quality.form.line", "status")
        for form in self._iterate_forms(domain):
            for line in form.line_ids:
                measured = line.status == "measured"
                sheet.add(
                    [
                        form.name,
                        form.partner_id.display_name,
                        form.contract_id.name,
                        form.date_end,
                        line.code,
                        line.metric_id.name,
                        line.weight_bp / 100,
                        line.numerator,
                        line.denominator,
                        line.sample,
                        line.value if measured else None,
                        line.points if line.status != "exclude" else None,
                        statuses.get(line.status),
                        line.is_failed_critical,
                    ]
                )
        sheet.close()

    def _write_money(self, book, domain):
        label = self.env["vendor.quality.form"]._fields
        sheet = book.add_sheet(
            self.env._("Money"),
            [
                (self.env._("Company"), 24, None),
                (self.env._("Currency"), 10, None),
                (self.env._("Forms"), 10, "integer"),
                *(
                    (label[name]._description_string(self.env), 18, "money")
                    for name in MONEY
                ),
            ],
            note=self.env._("Untaxed, each currency by itself."),
        )
        rows = self.env["vendor.quality.form"]._read_group(
            domain,
            ["company_id", "currency_id"],
            ["__count", *(f"{name}:sum" for name in MONEY)],
        )
        for company, currency, *values in rows:
            sheet.add(
                [company.name, currency.name, *values],
                book.get_money_format(currency.decimal_places),
            )
        sheet.close()

    def _write_heatmap(self, book, statistics):
        """Write categories by months, at least the last twelve."""
        first = date_utils.start_of(statistics.date_to, "month")
        first -= relativedelta(months=HEATMAP_MONTHS - 1)
        first = min(first, date_utils.start_of(statistics.date_from, "month"))
        months = list(
            date_utils.date_range(first, statistics.date_to, relativedelta(months=1))
        )
        rows = self._get_heatmap_rows(statistics, first)
        sheet = book.add_sheet(
            self.env._("Heatmap"),
            [
                (self.env._("Category"), 30, None),
                *((f"{month:%Y-%m}", 10, "number") for month in months),
            ],
            note=self.env._("Mean score of the rated forms by category and month."),
        )
        for category, scores in rows.items():
            sheet.add(
                [
                    category.display_name or self.env._("No category"),
                    *(scores.get(month) for month in months),
                ]
            )
        sheet.color(1)

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    def _get_heatmap_rows(self, statistics, first):
        """Return ``{category: {first day of the month: mean score}}``."""
        domain = [
            ("date_end", ">=", first),
            ("date_end", "<=", statistics.date_to),
            ("company_id", "in", statistics.company_ids.ids),
            ("is_rated", "=", True),
        ]
        if statistics.category_ids:
            domain.append(("category_id", "child_of", statistics.category_ids.ids))
        rows = {}
        for category, month, score in self.env["vendor.quality.trend"]._read_group(
            domain, ["category_id", "date_end:month"], ["score:avg"]
        ):
            rows.setdefault(category, {})[month] = score
        return rows

    def _iterate_forms(self, domain):
        """Yield the forms of a domain, a batch in memory at a time."""
        Form = self.env["vendor.quality.form"]
        ids = Form.search(domain, order="company_id, date_end, id").ids
        for batch in split_every(BATCH, ids):
            yield from Form.browse(batch)
            self.env.invalidate_all()

    def _get_labels(self, model, name):
        """Return the translated labels of a selection."""
        return dict(self.env[model]._fields[name]._description_selection(self.env))
