from odoo import models

INSPECTION_CODES = frozenset({"inspection_missed", "inspection_feedback_late"})


class OutsourcingComplianceRule(models.Model):
    """Takes the fine for inspections from the company's regulations."""

    _inherit = "outsourcing.compliance.rule"

    def _get_fine(self, company):
        if self.code in INSPECTION_CODES:
            # sudo: the fine is a figure of the regulations, read for any person.
            return company.sudo().outsourcing_fine_missed_inspection
        return super()._get_fine(company)
