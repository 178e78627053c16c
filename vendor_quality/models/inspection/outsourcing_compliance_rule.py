from datetime import timedelta

from odoo import models
from odoo.tools import format_date

from .vendor_quality_inspection_plan import RUNNING_STATES

INSPECTION_CODES = frozenset(
    {"inspection_missed", "inspection_feedback_late", "no_inspection_plan"}
)
PLAN_DAYS = 7
"""How long after its start a contract may be without a plan of inspections."""


class OutsourcingComplianceRule(models.Model):
    """Watches that running contracts are inspected; takes the fine for inspections.

    The fine comes from the company's regulations.
    """

    _inherit = "outsourcing.compliance.rule"

    # ------------------------------------------------------------
    # FINDING BREACHES
    # ------------------------------------------------------------

    def _find_breaches_no_inspection_plan(self):
        latest = self._get_latest_today() - timedelta(days=PLAN_DAYS)
        # sudo: who plans the inspections is no question of who asks.
        planned = self.env["vendor.quality.inspection.plan"].sudo()._search([])
        contracts = self._search_unraised(
            "outsourcing.contract",
            [
                ("state", "in", RUNNING_STATES),
                ("date_start", "<", latest),
                ("id", "not in", planned.subselect("contract_id")),
            ],
        )
        return [
            self._prepare_row(
                contract,
                contract.owner_id,
                max(contract.date_start + timedelta(days=PLAN_DAYS), self.date_from),
                self.env._(
                    "The contract runs since %(start)s without a plan of inspections.",
                    start=format_date(self.env, contract.date_start),
                ),
            )
            for contract in contracts
        ]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_fine(self, company):
        if self.code in INSPECTION_CODES:
            # sudo: the fine is a figure of the regulations, read for any person.
            return company.sudo().outsourcing_fine_missed_inspection
        return super()._get_fine(company)
