from odoo import Command
from odoo.tests import tagged

from .attack_callers import Caller
from .test_gate_attack_covers import CoverCommon
from .test_gate_attack_ledger import FEE

FEBRUARY = ("2026-02-01", "2026-02-28")


@tagged("post_install", "-at_install")
class TestGateAttackForged(CoverCommon):
    """What entries say of each other by links and lines that anybody can write."""

    def setUp(self):
        super().setUp()
        self.rpc = Caller(self.env(user=self.accountant), "rpc")
        self.loss = self.company.expense_currency_exchange_account_id
        self.exchange = self.company.currency_exchange_journal_id

    # ------------------------------------------------------------
    # WHAT COVERS MONEY
    # ------------------------------------------------------------

    def _cover_by_refund(self, payment):
        """By one of two terms of a credit note that takes ten off."""
        term = {
            "display_type": "payment_term",
            "account_id": self.payable.id,
            "partner_id": self.vendor.id,
            "date_maturity": "2026-02-28",
        }
        refund = self.rpc.create(
            "account.move",
            {
                "move_type": "in_refund",
                "partner_id": self.vendor.id,
                "invoice_date": "2026-02-05",
                "date": "2026-02-05",
                "line_ids": [
                    Command.create(
                        {
                            "display_type": "product",
                            "account_id": self.expense.id,
                            "name": "Back",
                            "price_unit": 10,
                            "balance": -10,
                            "tax_ids": False,
                        }
                    ),
                    Command.create({**term, "balance": self.total + 10}),
                    Command.create({**term, "balance": -self.total}),
                ],
            },
        )
        self.rpc(refund, "write", {"state": "posted"})
        lines = self._get_payable_line(refund).filtered(lambda line: line.balance < 0)
        lines |= self._get_payable_line(payment.move_id)
        self.call(lines, "reconcile")

    def _cover_by_named_reversal(self, payment):
        entry = self._new_lines(
            (self.loss, self.none, self.total),
            (self.payable, self.vendor, -self.total),
            journal_id=self.exchange.id,
            reversed_entry_id=payment.move_id.id,
        )
        self._match_with(payment, entry)

    def _cover_by_moved_receipt(self, payment):
        """By money that is said to come back, in another journal than the bank's."""
        back = self._new_payment(payment_type="inbound")
        self.call(back, "action_draft")
        misc = self.company_data["default_journal_misc"]
        self.rpc(back.move_id, "write", {"name": "/", "journal_id": misc.id})
        self.rpc(back.move_id, "action_post")
        self._match_with(payment, back.move_id)

    def _cover_by_receipt_of_changed_journal(self, payment):
        journal = self.bank_journal.copy({"name": "Other Bank", "code": "OBNK"})
        back = self._new_payment(payment_type="inbound", journal_id=journal.id)
        self.rpc(journal, "write", {"type": "general"})
        self._match_with(payment, back.move_id)

    def _cover_by_opening_entry(self, payment):
        entry = self._new_lines(
            (self.loss, self.none, self.total),
            (self.payable, self.vendor, -self.total),
            post=False,
        )
        self.company.account_opening_move_id = entry
        self.call(entry, "action_post")
        self._match_with(payment, entry)

    def _cover_by_reversed_bank_line(self, payment):
        """By the reversal of what the bank paid on another bill of the vendor."""
        line = self._new_statement(50)
        line.move_id.with_user(self.accountant)._reverse_moves(
            [
                {
                    "date": "2026-02-12",
                    "journal_id": self.company_data["default_journal_misc"].id,
                }
            ]
        )
        back = line.move_id.reversal_move_ids
        self.call(back, "action_post")
        # Core matches both.
        self.call(self._get_payable_line(back), "remove_move_reconcile")
        self._match_with(payment, back)

    def _cover_by_line(self, payment, line):
        amounts = ("amount", "debit_amount_currency", "credit_amount_currency")
        self.rpc.create(
            "account.partial.reconcile",
            {
                "debit_move_id": self._get_payable_line(payment.move_id).id,
                "credit_move_id": line.id,
                **dict.fromkeys(amounts, self.total),
            },
        )

    def _cover_by_revenue(self, payment):
        revenue = self.company_data["default_account_revenue"]
        entry = self._new_lines(
            (self.expense, self.none, self.total), (revenue, self.vendor, -self.total)
        )
        self._cover_by_line(payment, entry.line_ids.filtered("partner_id"))

    def _cover_by_draft(self, payment):
        entry = self._new_debt(self.total)
        self._cover_by_line(payment, self._get_payable_line(entry))

    def _cover_by_draft_bill(self, payment):
        bill = self._new_bill(amount=FEE)
        self._cover_by_line(payment, self._get_payable_line(bill))

    def test_what_is_forged_covers_nothing(self):
        self._assert_counted(
            {
                "opening entry": self._cover_by_opening_entry,
                "line of another account": self._cover_by_revenue,
                "draft": self._cover_by_draft,
                "draft bill": self._cover_by_draft_bill,
                "reversed bank line": self._cover_by_reversed_bank_line,
                "credit note of two terms": self._cover_by_refund,
                "reversal in name": self._cover_by_named_reversal,
                "receipt in another journal": self._cover_by_moved_receipt,
                "receipt of a changed journal": (
                    self._cover_by_receipt_of_changed_journal
                ),
            }
        )

    def test_an_exact_reversal_covers(self):
        payment = self._new_payment()
        payment.move_id.with_user(self.accountant)._reverse_moves(
            [{"date": payment.date}], cancel=True
        )
        self._pay(self.bill)
        self.assertEqual(self.bill.amount_residual, 0)

    def test_a_difference_is_not_hidden_by_a_reversal_in_name(self):
        entry = self._new_lines(
            (self.loss, self.none, 50),
            (self.payable, self.vendor, -50),
            journal_id=self.exchange.id,
            reversed_entry_id=self.bill.id,
        )
        self._new_lines(
            (self.expense, self.none, 1),
            (self.loss, self.none, -1),
            reversed_entry_id=entry.id,
        )
        self.assertEqual(self._prove(), {entry: "entry_payable"})

    def test_a_reversal_covers_what_it_takes_back(self):
        """Not other money: of the bank line 50 left, and 50 stay paid in advance."""
        payment = self._new_payment(50)
        self._cover_by_reversed_bank_line(payment)
        with self._refused("not matched"):
            self._pay(self.bill, amount=self.total - 99)

    def test_opening_entry_covers_what_left_before_the_gate(self):
        payment = self._new_payment()
        self._set(payment.move_id.line_ids, create_date="2025-12-31 10:00:00")
        self._cover_by_opening_entry(payment)
        self._pay(self.bill)
        self.assertEqual(self.bill.amount_residual, 0)

    # ------------------------------------------------------------
    # WHAT MAY BE PAID
    # ------------------------------------------------------------

    def test_an_entry_that_pays_owes_nothing(self):
        """It debits 1,050 and credits 1,000 on the vendor's account, and pays 50."""
        self._new_lines(
            (self.payable, self.vendor, 1050),
            (self.payable, self.vendor, -1000),
            (self.bank, self.none, -50),
        )
        with self._refused("cannot be paid out"):
            self._new_payment()
        self._new_payment(self.total - 50)

    def test_an_entry_owes_what_two_persons_let_through(self):
        entry = self._new_lines(
            (self.expense, self.none, 100),
            (self.payable, self.vendor, 900),
            (self.payable, self.vendor, -1000),
            post=False,
        )
        self._except(entry, stage="post", amount_limit=100)
        self.call(entry, "action_post")
        with self._refused("cannot be paid out"):
            self._new_payment(self.total + 101)
        self._new_payment(self.total + 100)

    def test_entry_of_a_payment_in_weaker_money(self):
        yen = self._new_currency("XJP", 100)
        payment = self._new_payment()
        self.call(payment, "action_draft")
        commands = [
            Command.update(
                line.id,
                {
                    "currency_id": yen.id,
                    "amount_currency": line.amount_currency,
                    "balance": line.balance / 100,
                },
            )
            for line in payment.move_id.line_ids
        ]
        self.rpc(payment.move_id, "write", {"line_ids": commands})
        self.assertEqual(payment.amount, self.total)
        with self._refused("another amount"):
            self.call(payment, "action_post")

    def test_entry_of_a_payment_that_names_another_partner(self):
        """It counts with what its payment says when the bill is paid."""
        payment = self._new_payment()
        self.call(payment.move_id, "button_draft")
        self.assertEqual(payment.state, "in_process")
        line = self._get_payable_line(payment.move_id)
        named = {"partner_id": self.other_vendor.id}
        self.rpc(
            payment.move_id, "write", {"line_ids": [Command.update(line.id, named)]}
        )
        with self._refused("not matched"):
            self._pay(self.bill)
        with self._refused("It pays the vendor"):
            self.call(payment.move_id, "action_post")

    def test_bill_that_a_credit_note_settles_beside_another(self):
        """What waits to be matched is told with either of both bills."""
        self._new_form(FEBRUARY, fee_amount=FEE)
        other = self._new_posted_bill(amount=FEE, period=FEBRUARY)
        refund = self._new_bill(
            amount=FEE,
            move_type="in_refund",
            invoice_date="2026-02-01",
            date="2026-02-01",
        )
        refund.action_post()
        self._new_payment(self.total * 2)
        with self._refused("not matched"):
            self._pay(self.bill | other | refund, group_payment=True)

    # ------------------------------------------------------------
    # CUSTOMERS
    # ------------------------------------------------------------

    def _receive_a_cent(self):
        """A payment of the customer that the bank confirms by a cent."""
        back = self._new_payment(1000, payment_type="inbound", partner_type="customer")
        outstanding = back.outstanding_account_id
        statement = self._new_statement(-0.01, outstanding)
        self._match(back.move_id | statement.move_id, outstanding)

    def _write_a_cent_up(self):
        """A line of the bank over a cent with a write-off beside it."""
        move = self._new_statement(-0.01, self.receivable).move_id
        line = move.line_ids.filtered(lambda item: item.account_id == self.receivable)
        move.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(line.id, {"credit": 1000}),
                    Command.create(
                        {"account_id": self.expense.id, "debit": 999.99, "name": "Rest"}
                    ),
                ]
            }
        )

    def test_customer_gets_back_what_the_bank_received(self):
        self.call(
            self._new_document("out_refund", self.expense, (1000, False)), "action_post"
        )
        for receive in (self._receive_a_cent, self._write_a_cent_up):
            with self.subTest(receive=receive.__name__):
                receive()
                with self._refused("cannot be paid out"):
                    self._new_payment(1000, partner_type="customer")
        self._new_statement(-1000, self.receivable)
        self._new_payment(1000, partner_type="customer")

    # ------------------------------------------------------------
    # DOCUMENTS THAT PAY
    # ------------------------------------------------------------

    def _new_document(self, move_type, outstanding, *lines):
        """A draft of lines ``(price, whether from the bank)``."""
        return self.call.create(
            "account.move",
            {
                "move_type": move_type,
                "partner_id": self.vendor.id,
                "invoice_date": "2026-02-05",
                "date": "2026-02-05",
                "service_date_start": FEBRUARY[0],
                "service_date_end": FEBRUARY[1],
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Line",
                            "price_unit": price,
                            "account_id": (outstanding if paid else self.expense).id,
                            "tax_ids": False,
                        }
                    )
                    for price, paid in lines
                ],
            },
        )

    def test_no_document_takes_money_from_the_bank(self):
        self._new_form(FEBRUARY, fee_amount=100)
        outstanding = self._new_payment(post=False).outstanding_account_id
        documents = {
            "in_refund": ((500, True),),
            "in_invoice": ((600, False), (-500, True)),
            "out_invoice": ((500, True),),
            "out_receipt": ((500, True),),
        }
        for move_type, lines in documents.items():
            for account in (outstanding, self.bank):
                document = self._new_document(move_type, account, *lines)
                with self._refused("a line takes money"):
                    self.call(document, "action_post")
        later = self._new_document("out_invoice", self.expense, (500, True))
        self.call(later, "action_post")
        with self._refused("a line takes money"):
            line = later.line_ids.filtered(lambda item: item.balance < 0)
            self.rpc(line, "write", {"account_id": outstanding.id})
        free = self._new_document("in_refund", outstanding, (500, True))
        free.partner_id = self.other_vendor
        self.call(free, "action_post")
        self.assertFalse(self._prove())
        # What got around the gate is listed.
        self._set(free, partner_id=self.vendor.id)
        self._set(free.line_ids, partner_id=self.vendor.id)
        self.assertEqual(self._prove(), {free: "entry_paid"})

    # ------------------------------------------------------------
    # PAYMENTS WITHOUT AN ENTRY
    # ------------------------------------------------------------

    def _new_unbooked(self, **values):
        payment = self._new_payment(post=False, **values)
        self.call(payment, "write", {"outstanding_account_id": False})
        self.call(payment, "action_post")
        return payment

    def test_bank_confirms_nothing_that_starts_later(self):
        self._new_form(FEBRUARY, fee_amount=FEE)
        other = self._new_posted_bill(amount=FEE, period=FEBRUARY)
        self._match(self._new_statement().move_id | self.bill, self.payable)
        with self._refused("may be paid"):
            self._new_unbooked(invoice_ids=[Command.set(self.bill.ids)])
        both = [Command.set((self.bill | other).ids)]
        payment = self._new_unbooked(invoice_ids=both)
        with self._refused("not matched"):
            self._pay(other)
        # The bank line of this payment does.
        self._match(self._new_statement().move_id | other, self.payable)
        self._match_later(other)
        self.assertFalse(
            self.env["vendor.quality.gate"]._get_open_money(
                self.company,
                self.vendor,
                "supplier",
                self.company.currency_id,
                payment.date,
            )
        )

    # ------------------------------------------------------------
    # WHAT CORE BOOKS
    # ------------------------------------------------------------

    def test_difference_on_the_account_of_the_payment(self):
        """The bank takes another rate than the payment had."""
        euro = self._new_currency("XEU", 1)
        payment = self._new_payment(100, currency_id=euro.id)
        outstanding = payment.outstanding_account_id
        statement = self._new_statement(
            105, outstanding, foreign_currency_id=euro.id, amount_currency=-100
        )
        self._match(payment.move_id | statement.move_id, outstanding)
        self.assertTrue(payment.is_matched)
        self.assertFalse(self._prove())

    def test_bank_line_that_pays_more_than_its_payment(self):
        """What is beyond a difference of rates is no difference."""
        euro = self._new_currency("XEU", 1)
        payment = self._new_payment(100, currency_id=euro.id)
        outstanding = payment.outstanding_account_id
        statement = self._new_statement(
            5000, outstanding, foreign_currency_id=euro.id, amount_currency=-100
        )
        with self._refused("It pays the vendor"):
            self._match(payment.move_id | statement.move_id, outstanding)
