from odoo.tests import tagged

from .attack_callers import Caller
from .attack_routes import CustomerRoutes


@tagged("post_install", "-at_install")
class TestGateCustomers(CustomerRoutes):
    """A vendor who is a customer, too, is not paid as one."""

    def test_what_a_customer_paid_goes_back(self):
        """A vendor who is a customer, too, gets back what he paid too much."""
        invoice = self._new_customer_document("out_invoice", 100)
        invoice.action_post()
        receivable = self.company_data["default_account_receivable"]
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-06",
                "payment_ref": "Paid by the customer",
                "partner_id": self.vendor.id,
                "amount": 100,
                "counterpart_account_id": receivable.id,
            }
        )
        lines = (invoice | statement.move_id).line_ids
        lines.filtered(lambda line: line.account_id == receivable).reconcile()
        self._new_customer_document("out_refund", 100).action_post()
        self._new_customer_document("out_refund", 500).action_post()
        call = Caller(self.env(user=self.accountant), "ui")
        values = {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": self.vendor.id,
            "amount": 101,
            "journal_id": self.bank_journal.id,
            "date": "2026-02-10",
        }
        payment = call.create("account.payment", values)
        with self._refused("cannot be paid out"):
            payment.action_post()
        payment.amount = 100
        payment.action_post()
        self.assertIn(payment.state, ("in_process", "paid"))
        with self._refused("cannot be paid out"):
            call.create("account.payment", {**values, "amount": 1}).action_post()

    def test_no_payment_as_a_refund_to_a_customer(self):
        """A credit note, a negative receipt or an entry alone pays no vendor."""
        self._new_form(score=50)
        self._run_routes(self._customer_routes(), self._find_paid)
