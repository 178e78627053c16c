from odoo import models


class VendorQualityContractAudit(models.AbstractModel):
    """Of the audit trail: from the request to the contract and its deliveries."""

    _inherit = "report.vendor_quality.report_contract_audit"

    def _get_request_sections(self, contract):
        # sudo: only ids of the tender's papers; these are read by right, below.
        tender = contract.sudo().tender_id
        return [
            {
                "title": self.env._("Requests"),
                "model": "outsourcing.request",
                "domain": [("id", "in", tender.request_ids.ids)],
                "steps": [
                    (self.env._("Submitted"), "submitted_date", "submitted_by_id"),
                    (self.env._("Approved"), "approved_date", "approved_by_id"),
                ],
                "amount": "estimated_amount",
                "facts": lambda request: self._join(
                    request.subject, request.department_id.name
                ),
            },
            {
                "title": self.env._("Reference Price"),
                "model": "outsourcing.reference.price",
                "domain": [("id", "in", tender.reference_price_id.ids)],
                "steps": [
                    (self.env._("Set"), "create_date", "author_id"),
                    (self.env._("Approved"), "approved_date", "approved_by_id"),
                    (self.env._("Used"), "used_date", False),
                    (self.env._("Revealed"), "revealed_date", False),
                ],
                "amount": "revealed_amount",
            },
        ]

    def _get_tender_sections(self, contract):
        # sudo: only ids; every document is read with the reader's rights, below.
        chain = contract.sudo()
        return [
            {
                "title": self.env._("Tender"),
                "model": "outsourcing.tender",
                "domain": [("id", "in", chain.tender_id.ids)],
                "steps": [
                    (self.env._("Published"), "publish_date", "published_by_id"),
                    (self.env._("Closed"), "closed_date", False),
                    (self.env._("Opened"), "opened_date", "opened_by_id"),
                    (
                        self.env._("Prices Opened"),
                        "price_opened_date",
                        "price_opened_by_id",
                    ),
                ],
                "facts": lambda tender: self._join(
                    tender.subject, self._label(tender, "method")
                ),
            },
            {
                "title": self.env._("Award"),
                "model": "outsourcing.award",
                "domain": [("id", "in", chain.award_ids.ids)],
                "steps": [
                    (self.env._("Submitted"), "submitted_date", "submitted_by_id"),
                    (self.env._("Approved"), "approved_date", "approved_by_id"),
                    (self.env._("Notified"), "notified_date", "notified_by_id"),
                    (self.env._("Final"), "final_date", False),
                    (self.env._("Annulled"), "annulled_date", "annulled_by_id"),
                ],
                "amount": "amount_total",
                "facts": lambda award: award.partner_id.display_name,
            },
            {
                "title": self.env._("Objections"),
                "model": "outsourcing.objection",
                "domain": [("award_id", "in", chain.award_ids.ids)],
                "steps": [
                    (self.env._("Submitted"), "submitted_date", "partner_id"),
                    (self.env._("Decided"), "decided_date", "decided_by_id"),
                ],
                "facts": lambda objection: self._label(objection, "state"),
            },
        ]

    def _get_contract_sections(self, contract):
        return [
            {
                "title": self.env._("Orders"),
                "model": "purchase.order",
                "domain": [
                    ("outsourcing_contract_id", "=", contract.id),
                    ("company_id", "in", self.env.companies.ids),
                ],
                "steps": [(self.env._("Confirmed"), "date_approve", "user_id")],
                "amount": "amount_untaxed",
                "for_auditor": True,
                "facts": lambda order: self._label(order, "state"),
            },
            {
                "title": self.env._("Contract"),
                "model": "outsourcing.contract",
                "domain": [("id", "=", contract.id)],
                "steps": [
                    (self.env._("Signed"), "signed_date", "signed_by_id"),
                    (
                        self.env._("Signed by the Vendor"),
                        "vendor_signed_on",
                        "vendor_signed_by",
                    ),
                    (self.env._("Filed"), "filed_date", "filing_received_by_id"),
                    (self.env._("Terminated"), "termination_date", False),
                ],
                "amount": "amount_total",
                "facts": lambda item: self._join(
                    item.filing_reference, item.direct_reason, item.termination_reason
                ),
            },
            {
                "title": self.env._("Amendments"),
                "model": "outsourcing.contract.amendment",
                "domain": [("contract_id", "=", contract.id)],
                "steps": [(self.env._("Approved"), "approved_on", "approved_by_id")],
                "amount": "amount_change",
                "facts": lambda amendment: self._label(amendment, "state"),
            },
            {
                "title": self.env._("Deliveries"),
                "model": "outsourcing.contract.milestone",
                "domain": [("contract_id", "=", contract.id)],
                "order": "date_due, id",
                "steps": [
                    (self.env._("Submitted"), "submitted_on", "submitted_by_id"),
                    (self.env._("Accepted"), "accepted_on", "accepted_by_id"),
                ],
                "amount": "amount",
                "facts": lambda item: self._join(
                    self._label(item, "state"), self._tell(item.date_due)
                ),
            },
        ]
