from odoo import fields, models
from odoo.tools import float_repr

from ..tools import money, replay


class VendorQualityForm(models.Model):
    """The result of a quality form, and the document it freezes."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # RESULT
    # ------------------------------------------------------------

    def _update_result(self):
        """Score the frozen figures and split the fee."""
        moneys = {}
        for form in self._as_collector():
            document = form._get_document_inputs()
            result, line_results = replay.compute(document)
            by_code = {item["code"]: item for item in line_results}
            for line in form.line_ids:
                line.write(line._get_result_values(by_code[line.code]))
            moneys[form] = split = money.get_money(
                document, result["deduction_rate"], result["stayed_rate"], line_results
            )
            form.write({**form._get_result_values(result), **_get_parts(split)})
        self._sync_deductions(moneys)

    def _get_result_values(self, result):
        """Return the field values of a computed ``result``."""
        self.ensure_one()
        bands = {band.grade: band.id for band in self.template_id.band_ids}
        return {
            "is_rated": result["score"] is not None,
            "score": float(result["score"] or 0),
            "raw_score": float(result["raw_score"] or 0),
            "gate_score": float(result["stayed_score"] or 0),
            "coverage": float(result["coverage"]),
            "grade": result["grade"] or False,
            "band_id": bands.get(result["grade"]),
            "gate_band_id": bands.get(result["stayed_grade"]),
            "failed_critical": ", ".join(result["failed_critical"]) or False,
            "deduction_rate": float(result["deduction_rate"]),
            "stayed_rate": float(result["stayed_rate"]),
        }

    # ------------------------------------------------------------
    # DOCUMENT
    # ------------------------------------------------------------

    def _get_document_inputs(self):
        """Return what the score follows from, as plain JSON data."""
        self.ensure_one()
        template, currency = self.template_id, self.currency_id
        extra = self._get_money_document()
        return {
            **({"money": extra} if extra else {}),
            "format": replay.MONEY_FORMAT if extra else replay.FORMAT,
            "form": self.name,
            "contract_id": self.contract_id.id,
            "company_id": self.company_id.id,
            "vendor_id": self.commercial_partner_id.id,
            "date_start": fields.Date.to_string(self.date_start),
            "date_end": fields.Date.to_string(self.date_end),
            "currency": currency.name,
            "rounding": str(currency.rounding),
            "fee": float_repr(self.fee_amount, currency.decimal_places),
            "template": template._get_rules(),
            "lines": [line._get_document() for line in self.line_ids.sorted("code")],
        }

    def _get_document(self):
        """Return the whole document with its result; this is what is hashed."""
        self.ensure_one()
        document = self.sudo()._get_document_inputs()
        document["result"], _lines = replay.compute(document)
        return document

    def _get_evidence_hash(self):
        self.ensure_one()
        return replay.get_hash(self._get_document())


def _get_parts(split):
    """Return the parts of the fee as field values."""
    return {
        "deduction_amount": float(split.deduction),
        "retention_amount": float(split.retention),
        "disputed_amount": float(split.disputed),
        "payable_amount": float(split.payable),
    }
