from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_amount

MOST_AFFECTED = 5
BILL_TOTALS = (
    "count",
    "before",
    "after",
    "newly",
    "freed",
    "total",
    "withheld_before",
    "withheld",
)


class VendorQualityBacktest(models.Model):
    """The result of a test on one page: what moves, what is held, what it costs."""

    _inherit = "vendor.quality.backtest"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("result", "failure", "content_hash")
    @api.depends_context("lang")
    def _compute_result_html(self):
        for test in self:
            test.result_html = test.result and Markup(
                self.env["ir.qweb"]._render(
                    "vendor_quality.backtest_result", test._get_page_values()
                )
            )

    # ------------------------------------------------------------
    # RESULT
    # ------------------------------------------------------------

    def _get_result(self):
        """Return the totals that are frozen with the test, as plain data."""
        self.ensure_one()
        Line, Bill = self.line_ids.browse(), self.bill_ids.browse()
        domain = [("backtest_id", "=", self.id)]
        moves = Line._read_group(domain, ["grade_move"], ["__count"])
        bases = Line._read_group(domain, ["old_basis"], ["__count"])
        matrix = Line._read_group(domain, ["old_grade", "new_grade"], ["__count"])
        money = Line._read_group(
            domain,
            ["currency_id"],
            ["fee_amount:sum", "old_deduction:sum", "new_deduction:sum"],
        )
        bills = Bill._read_group(
            domain,
            ["currency_id", "is_held_before", "is_held"],
            ["__count", "amount_total:sum", "old_withheld:sum", "new_withheld:sum"],
        )
        tested = Line._read_group(domain, [], ["__count", "contract_id:count_distinct"])
        return {
            "periods": tested[0][0],
            "contracts": tested[0][1],
            "moves": {move: count for move, count in moves if move},
            "bases": {basis: count for basis, count in bases if basis},
            "matrix": [[old or "", new or "", count] for old, new, count in matrix],
            "grades": self._get_grade_order(matrix),
            "money": [
                [currency.id, fee, old, new] for currency, fee, old, new in money
            ],
            "bills": [
                [currency.id, before, after, count, total, old, new]
                for currency, before, after, count, total, old, new in bills
            ],
            "affected": self._get_most_affected(domain),
        }

    def _get_grade_order(self, matrix):
        """Return the grades of the matrix, the best first, not rated last."""
        bands = self.line_ids.form_id.band_id | self.template_id.previous_id.band_ids
        bounds = {band.grade: band.lower_bound for band in bands}
        bounds |= {grade: bound for bound, grade in self.rules["template"]["bands"]}
        grades = {grade or "" for row in matrix for grade in row[:2]}
        return sorted(grades, key=lambda grade: (-bounds.get(grade, -1), grade))

    def _get_most_affected(self, domain):
        """Return the contracts whose deductions grow most: id, amount, falls."""
        groups = self.line_ids.browse()._read_group(
            [*domain, ("deduction_change", ">", 0)],
            ["contract_id"],
            ["deduction_change:sum", "__count"],
            order="deduction_change:sum DESC",
            limit=MOST_AFFECTED,
        )
        return [[contract.id, amount, count] for contract, amount, count in groups]

    # ------------------------------------------------------------
    # PAGE
    # ------------------------------------------------------------

    def _get_page_values(self):
        """Return the values of the page, in the language of the reader."""
        self.ensure_one()
        result = self.result
        moves = result["moves"]
        grades = result["grades"]
        counts = {(old, new): count for old, new, count in result["matrix"]}
        bills = self._get_bill_rows()
        return {
            "test": self,
            "result": result,
            "falls": moves.get("fall", 0) + moves.get("lost", 0),
            "rises": moves.get("rise", 0) + moves.get("gained", 0),
            "newly_held": sum(row["newly"] for row in bills),
            "counts": counts,
            "old_grades": [
                grade for grade in grades if any(grade == old for old, _new in counts)
            ],
            "new_grades": [
                grade for grade in grades if any(grade == new for _old, new in counts)
            ],
            "rank": {grade: at for at, grade in enumerate(grades)},
            "money": self._get_money_rows(),
            "bills": bills,
            "affected": self._get_affected_rows(),
        }

    def _get_money_rows(self):
        rows = []
        for currency_id, fee, old, new in self.result["money"]:
            currency = self.env["res.currency"].browse(currency_id)
            rows.append(
                {
                    "currency": currency.name,
                    "fee": format_amount(self.env, fee, currency),
                    "old": format_amount(self.env, old, currency),
                    "new": format_amount(self.env, new, currency),
                    "change": self._get_signed_amount(new - old, currency),
                }
            )
        return rows

    def _get_bill_rows(self):
        """Return per currency how many bills are held before and by the new rules."""
        rows = {}
        for currency_id, before, after, count, total, old, new in self.result["bills"]:
            row = rows.setdefault(currency_id, dict.fromkeys(BILL_TOTALS, 0))
            row["count"] += count
            row["before"] += count if before else 0
            row["after"] += count if after else 0
            row["newly"] += count if after and not before else 0
            row["freed"] += count if before and not after else 0
            row["total"] += total
            row["withheld_before"] += old
            row["withheld"] += new
        for currency_id, row in rows.items():
            currency = self.env["res.currency"].browse(currency_id)
            for name in ("total", "withheld_before", "withheld"):
                row[name] = format_amount(self.env, row[name], currency)
        return list(rows.values())

    def _get_affected_rows(self):
        rows = []
        for contract_id, amount, count in self.result["affected"]:
            # sudo: who may read the test may read the names of its contracts.
            contract = self.env["outsourcing.contract"].sudo().browse(contract_id)
            rows.append(
                {
                    "contract": contract.display_name,
                    "vendor": contract.partner_id.name,
                    "amount": self._get_signed_amount(amount, contract.currency_id),
                    "count": count,
                }
            )
        return rows

    @api.model
    def _get_signed_amount(self, amount, currency):
        text = format_amount(self.env, amount, currency)
        return f"+{text}" if currency.compare_amounts(amount, 0) > 0 else text
