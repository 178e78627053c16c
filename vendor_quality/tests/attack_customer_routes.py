from odoo import Command

from .attack_common import AttackCommon


class CustomerRoutes(AttackCommon):
    """Every way to pay a governed vendor as if it were a customer."""

    def _customer_routes(self):
        return {
            "credit note refunded": lambda call: self._refund(call),
            "credit note registered": lambda call: self._register_refund(call),
            "negative invoice": lambda call: self._force(call, "out_invoice"),
            "negative receipt": lambda call: self._force(call, "out_receipt"),
            "negative payment": lambda call: self._pay_customer(
                call, payment_type="inbound", amount=-1000, state="in_process"
            ),
            "receipt that was only expected": lambda call: self._expect(call),
            "receipt turned around": lambda call: self._turn_around(call),
            "credit by an entry": lambda call: self._credit_by_entry(call),
        }

    def _new_customer_document(self, move_type, amount=1000, **values):
        document = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.vendor.id,
                "invoice_date": "2026-02-05",
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Back", "price_unit": amount, "tax_ids": []}
                    )
                ],
                **values,
            }
        )
        return document

    def _pay_customer(self, call, **values):
        payment = call.create(
            "account.payment",
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.vendor.id,
                "amount": 1000,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
                **values,
            },
        )
        call(payment, "action_post")
        return payment

    def _new_posted_refund(self):
        refund = self._new_customer_document("out_refund")
        refund.action_post()
        return refund

    def _refund(self, call):
        self._new_posted_refund()
        self._pay_customer(call)

    def _register_refund(self, call, document=None):
        wizard = call.create(
            "account.payment.register",
            {"journal_id": self.bank_journal.id, "payment_date": "2026-02-10"},
            {
                "active_model": "account.move",
                "active_ids": (document or self._new_posted_refund()).ids,
            },
        )
        call(wizard, "action_create_payments")

    def _force(self, call, move_type):
        document = self._new_customer_document(move_type, -1000)
        call(document, "write", {"state": "posted"})
        self._register_refund(call, document)

    def _expect(self, call):
        """Say that the customer paid, though no statement shows it."""
        self._pay_customer(call, payment_type="inbound")
        self._pay_customer(call)

    def _turn_around(self, call):
        payment = self._pay_customer(call, payment_type="inbound")
        call(payment, "write", {"payment_type": "outbound"})

    def _credit_by_entry(self, call):
        entry = self._new_debt()
        receivable = self.company_data["default_account_receivable"]
        self._get_payable_line(entry).account_id = receivable
        call(entry, "action_post")
        self._pay_customer(call)
