from odoo import models


class VendorQualityContractAudit(models.AbstractModel):
    """Of the audit trail: inspections, forms, bills, payments and what the gate did."""

    _inherit = "report.vendor_quality.report_contract_audit"

    def _get_form_sections(self, contract):
        own = [("contract_id", "=", contract.id)]
        return [
            {
                "title": self.env._("Inspections"),
                "model": "vendor.quality.inspection",
                "domain": own,
                "order": "date_due, id",
                # One line a round: a daily plan would fill the page otherwise.
                "steps": [(self.env._("Done"), "done_at", "done_by_id")],
                "facts": lambda item: self._join(
                    self._label(item, "state"),
                    item.verified_by_id
                    and self.env._(
                        "by %(user)s on %(moment)s",
                        user=item.verified_by_id.name,
                        moment=self._tell(item.verified_at),
                    ),
                    item.waived_by_id and item.waived_by_id.name,
                ),
            },
            {
                "title": self.env._("Quality Forms, All Versions"),
                "model": "vendor.quality.form",
                "domain": own,
                "order": "date_start, id",
                "steps": [
                    (self.env._("Collected"), "collected_at", "collected_by_id"),
                    (self.env._("Sent to the Vendor"), "sent_at", False),
                    (
                        self.env._("Answered by the Vendor"),
                        "vendor_answered_at",
                        "vendor_answered_by_id",
                    ),
                    (self.env._("Submitted"), "submitted_at", "submitted_by_id"),
                    (self.env._("Approved"), "approved_at", "approved_by_id"),
                ],
                "amount": "payable_amount",
                "facts": self._get_form_facts,
            },
            {
                "title": self.env._("Disputes"),
                "model": "vendor.quality.dispute",
                "domain": own,
                "steps": [
                    (self.env._("Submitted"), "create_date", "submitted_by_id"),
                    (self.env._("Decided"), "decided_at", "decided_by_id"),
                ],
                "facts": lambda dispute: self._join(
                    self._label(dispute, "state"), dispute.decision_reason
                ),
            },
        ]

    def _get_consequence_sections(self, contract):
        own = [("contract_id", "=", contract.id)]
        return [
            {
                "title": self.env._("Deductions and Retention"),
                "model": "vendor.quality.deduction",
                "domain": own,
                "order": "form_id, sequence, id",
                "steps": [
                    (self.env._("Computed"), "create_date", False),
                    (self.env._("Waived"), "waived_at", "waived_by_id"),
                    (
                        self.env._("Retention Released"),
                        "released_at",
                        "released_by_id",
                    ),
                ],
                "amount": "amount",
                "facts": lambda item: self._join(
                    self._label(item, "kind"),
                    self._label(item, "state"),
                    item.form_id.name,
                    item.waive_reason,
                ),
            },
            {
                "title": self.env._("Improvement Plans"),
                "model": "vendor.quality.improvement.plan",
                "domain": own,
                "steps": [
                    (self.env._("Plan Opened"), "create_date", "owner_id"),
                    (self.env._("Plan Started"), "started_at", "started_by_id"),
                    (
                        self.env._("Check Requested"),
                        "check_requested_at",
                        "check_requested_by_id",
                    ),
                    (self.env._("Decided"), "closed_at", "closed_by_id"),
                ],
                "facts": lambda plan: self._join(
                    plan.subject, self._label(plan, "state")
                ),
            },
        ]

    def _get_form_facts(self, form):
        """Return the score, the money and the signatures of a form."""
        tell = form.currency_id.format
        money = self.env._(
            "fee %(fee)s, deducted %(deduction)s, retained %(retention)s, "
            "in dispute %(disputed)s",
            fee=tell(form.fee_amount),
            deduction=tell(form.deduction_amount),
            retention=tell(form.retention_amount),
            disputed=tell(form.disputed_amount),
        )
        return self._join(
            self._label(form, "state"),
            self.env._(
                "score %(score).2f (%(grade)s)", score=form.score, grade=form.grade
            )
            if form.is_rated
            else self.env._("not rated"),
            money,
            form.department_head_id
            and self.env._("department head %s", form.department_head_id.name),
            form.finance_approver_id
            and self.env._("finance %s", form.finance_approver_id.name),
            form.supersedes_id and self.env._("supersedes %s", form.supersedes_id.name),
            form.supersede_reason,
        )

    def _get_bill_sections(self, contract):
        bills = self._get_bills(contract)
        payments = bills.reconciled_payment_ids | bills.matched_payment_ids
        return [
            {
                "title": self.env._("Bills"),
                "model": "account.move",
                "domain": [("id", "in", bills.ids)],
                "order": "invoice_date, id",
                "steps": [
                    (self.env._("Bill Entered"), "create_date", "create_uid"),
                    (self.env._("Bill Date"), "invoice_date", False),
                ],
                "amount": "amount_untaxed",
                "for_auditor": True,
                "facts": lambda bill: self._join(
                    self._label(bill, "state"), self._label(bill, "payment_state")
                ),
            },
            {
                "title": self.env._("Payments"),
                "model": "account.payment",
                "domain": [("id", "in", payments.ids)],
                "order": "date, id",
                "steps": [(self.env._("Paid"), "date", "create_uid")],
                "amount": "amount",
                "for_auditor": True,
                "facts": lambda payment: self._join(
                    self._label(payment, "state"), payment.memo
                ),
            },
        ]

    def _get_bills(self, contract):
        """Return the bills and refunds of the contract, for their ids."""
        # sudo: only ids; what is shown of the bills is read with the reader's rights.
        moves = self.env["account.move"].sudo()
        return moves.search(
            [
                ("outsourcing_contract_id", "=", contract.id),
                ("move_type", "in", ("in_invoice", "in_refund", "in_receipt")),
                ("company_id", "in", self.env.companies.ids),
            ]
        )

    def _get_gate_sections(self, contract):
        return [
            {
                "title": self.env._("Decisions of Bill Control"),
                "model": "vendor.quality.decision",
                "domain": [("contract_id", "=", contract.id)],
                "steps": [(self.env._("Decided"), "create_date", "user_id")],
                "amount": "amount",
                "facts": lambda decision: self._join(
                    self._label(decision, "stage"),
                    self._label(decision, "ground"),
                    decision.form_id.name,
                ),
            },
            {
                "title": self.env._("Holds"),
                "model": "vendor.quality.hold",
                "domain": [("contract_id", "=", contract.id)],
                "steps": [
                    (self.env._("Held"), "create_date", "placed_by_id"),
                    (self.env._("Released"), "released_at", "released_by_id"),
                ],
                "facts": lambda hold: self._join(
                    self._label(hold, "stage"), hold.reason_text, hold.release_reason
                ),
            },
            {
                "title": self.env._("Exceptions"),
                "model": "vendor.quality.exception",
                "domain": [("move_id", "in", self._get_bills(contract).ids)],
                "steps": [
                    (self.env._("Requested"), "create_date", "requester_id"),
                    (self.env._("Approved"), "approved_at", "approved_by_id"),
                    (self.env._("Used to Post"), "posting_used_at", False),
                    (self.env._("Used to Pay"), "payment_used_at", False),
                ],
                "amount": "amount_limit",
                "facts": lambda request: self._join(
                    self._label(request, "purpose"),
                    self._label(request, "state"),
                    request.reason,
                    request.refuse_reason,
                ),
            },
        ]
