from odoo import Command
from odoo.tests import tagged

from .attack_common import AttackCommon, Caller


@tagged("post_install", "-at_install")
class TestGateCustomers(AttackCommon):
    """A vendor who is a customer, too, is not paid as one."""

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
        refund = self._new_customer_document("out_refund")
        refund.action_post()
        receivable = self.company_data["default_account_receivable"]

        def pay(call, amount=1000, **values):
            payment = call.create(
                "account.payment",
                {
                    "payment_type": "outbound",
                    "partner_type": "customer",
                    "partner_id": self.vendor.id,
                    "amount": amount,
                    "journal_id": self.bank_journal.id,
                    "date": "2026-02-10",
                    **values,
                },
            )
            call(payment, "action_post")
            return payment

        def register(call, document):
            wizard = call.create(
                "account.payment.register",
                {"journal_id": self.bank_journal.id, "payment_date": "2026-02-10"},
                {"active_model": "account.move", "active_ids": document.ids},
            )
            call(wizard, "action_create_payments")

        def forced(call, document):
            call(document, "write", {"state": "posted"})
            register(call, document)

        def expected(call):
            """Say that the customer paid, though no statement shows it."""
            payment = call.create(
                "account.payment",
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.vendor.id,
                    "amount": 1000,
                    "journal_id": self.bank_journal.id,
                },
            )
            call(payment, "action_post")
            pay(call)

        def turned(call):
            payment = call.create(
                "account.payment",
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.vendor.id,
                    "amount": 1000,
                    "journal_id": self.bank_journal.id,
                },
            )
            call(payment, "action_post")
            call(payment, "write", {"payment_type": "outbound"})

        def through_entry(call):
            entry = self._new_debt(account=self.expense)
            self._get_payable_line(entry).account_id = receivable
            call(entry, "action_post")
            pay(call)

        routes = {
            "refund": pay,
            "refund registered": lambda call: register(call, refund),
            "negative invoice": lambda call: forced(
                call, self._new_customer_document("out_invoice", -1000)
            ),
            "negative receipt": lambda call: forced(
                call, self._new_customer_document("out_receipt", -1000)
            ),
            "negative payment": lambda call: call.create(
                "account.payment",
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.vendor.id,
                    "amount": -1000,
                    "journal_id": self.bank_journal.id,
                    "state": "in_process",
                },
            ),
            "receipt that was only expected": expected,
            "receipt turned around": turned,
            "credit by an entry": through_entry,
        }

        def find_leak():
            payments = self.env["account.payment"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("state", "in", ("in_process", "paid")),
                ]
            )
            return payments.filtered(
                lambda payment: payment.payment_type == "outbound" or payment.amount < 0
            )

        self._run_routes(routes, find_leak)
