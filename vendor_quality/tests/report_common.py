import calendar
from datetime import date

from .quality_common import QualityCommon
from .stored import put


class ReportCommon(QualityCommon):
    """Forms that are approved already, to read in reports.

    How a form gets its score and its approval is tested elsewhere, so the fixture
    writes both straight to the database.
    """

    @classmethod
    def _new_form(cls, month, score=90.0, fee=1000.0, contract=None, **values):
        """Create the form of ``month`` (``2026-02``); no score: not rated."""
        year, number = map(int, month.split("-"))
        last = calendar.monthrange(year, number)[1]
        form = cls._create_form(
            contract,
            date_start=date(year, number, 1),
            date_end=date(year, number, last),
        )
        deduction = values.pop("deduction_amount", 0.0)
        cls._set(
            form,
            **{
                "state": "approved",
                "score": score or 0.0,
                "is_rated": score is not None,
                "coverage": 100.0,
                "fee_amount": fee,
                "deduction_amount": deduction,
                "disputed_amount": 0.0,
                "payable_amount": fee - deduction,
                **values,
            },
        )
        return form.with_env(cls.env)

    @classmethod
    def _new_forms(cls, scores, contract=None, year=2025, **values):
        """Create one form a month from January on."""
        forms = cls.env["vendor.quality.form"]
        for month, score in enumerate(scores, start=1):
            forms += cls._new_form(
                f"{year}-{month:02}", score, contract=contract, **values
            )
        return forms

    @classmethod
    def _set(cls, record, **values):
        put(record, **values)

    @classmethod
    def _new_vendor_contract(cls, name, **values):
        """Create a vendor with a running contract since 2025; return the contract."""
        vendor = cls.env["res.partner"].create({"name": name, "is_company": True})
        return cls._create_contract(
            partner_id=vendor.id, date_start="2025-01-01", **values
        )
