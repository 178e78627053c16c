from odoo import fields, models
from odoo.tools import float_repr

from ...tools import replay


class VendorQualityForm(models.Model):
    """The result of a quality form, and the document it freezes."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # RESULT
    # ------------------------------------------------------------

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
            "band_id": bands.get(result["grade"], False),
            "gate_band_id": bands.get(result["stayed_grade"], False),
            "failed_critical": ", ".join(result["failed_critical"]) or False,
            "deduction_rate": float(result["deduction_rate"]),
            "stayed_rate": float(result["stayed_rate"]),
        }

    # ------------------------------------------------------------
    # DOCUMENT
    # ------------------------------------------------------------

    def _get_document_inputs(self, lines=None, rules=None, fee=None):
        """Return what the score follows from, as plain JSON data.

        :param list lines: what the document says of the lines, when known already
        :param dict rules: the rules of the template, when known already
        :param float fee: the fee, when it is not written yet
        """
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
            "fee": float_repr(
                self.fee_amount if fee is None else fee, currency.decimal_places
            ),
            "template": rules or template._get_rules(),
            "lines": lines
            or [line._get_document() for line in self.line_ids.sorted("code")],
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


def get_parts(split):
    """Return the parts of the fee as field values."""
    return {
        "deduction_amount": float(split.deduction),
        "retention_amount": float(split.retention),
        "disputed_amount": float(split.disputed),
        "payable_amount": float(split.payable),
    }
