from odoo import Command
from odoo.tests import tagged

from .attack_callers import AttackCommon, Caller
from .test_gate_attack_ledger import LedgerCommon


class CoverCommon(LedgerCommon):
    """Pays on account what may be paid on the bill, covers it, and pays the bill."""

    def _find_second(self, cover):
        """Pay on account, cover it, and pay the bill; return what nobody noticed."""
        first = self._new_payment()
        cover(first)
        self.env.flush_all()
        self.env.invalidate_all()
        second = self._pay(self.bill)
        gone = sum((first | second).mapped("amount"))
        return not self._prove() and f"{gone} of {self.total}"

    def _assert_counted(self, covers):
        leaks = []
        for name, cover in covers.items():
            with self.subTest(cover=name):
                leak, _refusal = self._attempt(
                    lambda cover=cover: setattr(self, "leak", self._find_second(cover)),
                    lambda: self.leak,
                )
                if leak:
                    leaks.append(f"{name}: {leak}")
        self.assertFalse(leaks, "\n".join(leaks))

    def _new_partial(self, payment, amount, debit, credit):
        rpc = Caller(self.env(user=self.accountant), "rpc")
        return rpc.create(
            "account.partial.reconcile",
            {
                "debit_move_id": self._get_payable_line(payment.move_id).id,
                "credit_move_id": self._get_payable_line(self.bill).id,
                "amount": amount,
                "debit_amount_currency": debit,
                "credit_amount_currency": credit,
            },
        )

    def _match_with(self, payment, move):
        self._match(payment.move_id | move, self.payable)


@tagged("post_install", "-at_install")
class TestGateAttackCovers(CoverCommon):
    """Money to a vendor is covered by bills, and by what the bank got back.

    A payment on account may leave within what may be paid on the bill. Whoever then
    matches it with something else could pay the bill once more.
    """

    # ------------------------------------------------------------
    # AMOUNTS OF A RECONCILIATION
    # ------------------------------------------------------------

    def test_both_sides_of_a_reconciliation_are_worth_the_same(self):
        total = self.total

        def rewrite(payment, **values):
            partial = self._new_partial(payment, 0.01, 0.01, 0.01)
            rpc = Caller(self.env(user=self.accountant), "rpc")
            rpc(partial, "write", values)

        self._assert_counted(
            {
                "bill by a cent": lambda payment: self._new_partial(
                    payment, total, total, 0.01
                ),
                "both by a cent": lambda payment: self._new_partial(
                    payment, total, 0.01, 0.01
                ),
                "payment in its currency": lambda payment: self._new_partial(
                    payment, 0.01, total, 0.01
                ),
                "no currency": lambda payment: self._new_partial(payment, total, 0, 0),
                "written later": lambda payment: rewrite(
                    payment, amount=total, debit_amount_currency=total
                ),
                "amount written later": lambda payment: rewrite(payment, amount=total),
            }
        )

    def test_more_than_there_is_covers_no_more(self):
        """A credit of 10, which two persons let through, is matched with 11,210."""
        entry = self._new_lines(
            (self.expense, self.none, 10), (self.payable, self.vendor, -10), post=False
        )
        self._except(entry, stage="post", amount_limit=10)
        self.call(entry, "action_post")

        def cover(payment):
            rpc = Caller(self.env(user=self.accountant), "rpc")
            rpc.create(
                "account.partial.reconcile",
                {
                    "debit_move_id": self._get_payable_line(payment.move_id).id,
                    "credit_move_id": self._get_payable_line(entry).id,
                    "amount": self.total,
                    "debit_amount_currency": self.total,
                    "credit_amount_currency": self.total,
                },
            )

        self._assert_counted({"entry of 10": cover})

    # ------------------------------------------------------------
    # ENTRIES AND DOCUMENTS
    # ------------------------------------------------------------

    def _cover_to_and_fro(self, payment):
        """With the credit of an entry whose debit on the account stays open."""
        entry = self._new_lines(
            (self.payable, self.vendor, self.total),
            (self.payable, self.vendor, -self.total),
        )
        lines = self._get_payable_line(entry | payment.move_id)
        self.call(
            lines.filtered(
                lambda line: line.balance < 0 or line.move_id == payment.move_id
            ),
            "reconcile",
        )

    def _cover_by_difference(self, payment):
        loss = self.company.expense_currency_exchange_account_id
        entry = self._new_lines(
            (loss, self.none, self.total),
            (self.payable, self.vendor, -self.total),
            journal_id=self.company.currency_exchange_journal_id.id,
        )
        self._match_with(payment, entry)

    def _cover_by_invoice(self, payment, move_type="out_invoice", sign=1):
        invoice = self.call.create(
            "account.move",
            {
                "move_type": move_type,
                "partner_id": self.vendor.id,
                "invoice_date": "2026-02-05",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Back",
                            "price_unit": sign * self.total,
                            "account_id": self.payable.id,
                            "tax_ids": False,
                        }
                    )
                ],
            },
        )
        self.call(invoice, "action_post")
        self._match_with(payment, invoice)

    def test_only_what_is_owed_covers(self):
        self._assert_counted(
            {
                "to and fro": self._cover_to_and_fro,
                "exchange difference": self._cover_by_difference,
                "invoice of a customer": self._cover_by_invoice,
                "receipt of a customer": lambda payment: self._cover_by_invoice(
                    payment, "out_receipt"
                ),
            }
        )

    def test_proof_lists_differences_made_by_hand(self):
        loss = self.company.expense_currency_exchange_account_id
        entry = self._new_lines(
            (loss, self.none, 50),
            (self.payable, self.vendor, -50),
            journal_id=self.company.currency_exchange_journal_id.id,
        )
        self.assertEqual(self._prove(), {entry: "entry_payable"})
        entry.with_user(self.accountant)._reverse_moves(
            [{"date": entry.date}], cancel=True
        )
        self.assertFalse(self._prove())

    def test_who_names_a_difference(self):
        """Core alone says for which reconciliation it booked a difference of rates."""
        loss = self.company.expense_currency_exchange_account_id
        entry = self._new_lines(
            (loss, self.none, 50),
            (self.payable, self.vendor, -50),
            journal_id=self.company.currency_exchange_journal_id.id,
        )
        payment = self._new_payment()
        partial = self._new_partial(payment, 1, 1, 1)
        values = {
            "debit_move_id": partial.debit_move_id.id,
            "credit_move_id": partial.credit_move_id.id,
            "amount": 1,
            "debit_amount_currency": 1,
            "credit_amount_currency": 1,
        }
        named = {"exchange_move_id": entry.id}
        for mode in self.MODES:
            call = Caller(self.env(user=self.accountant), mode)
            for act in (
                lambda c=call: c(partial, "write", named),
                lambda c=call: c.create(partial._name, {**values, **named}),
                lambda c=call: c.create(
                    partial._name, values, {"default_exchange_move_id": entry.id}
                ),
                lambda c=call: c(
                    entry,
                    "write",
                    {"exchange_diff_partial_ids": [Command.link(partial.id)]},
                ),
            ):
                with self._refused("names the difference of exchange rates"):
                    act()
        self.assertEqual(self._prove(), {entry: "entry_payable"})

    def test_a_difference_is_a_part_of_what_is_foreign(self):
        """One euro among eight thousand of the own currency covers a quarter of it."""
        euro = self._new_currency("XEU", 1)
        february = ("2026-02-01", "2026-02-28")
        self._new_form(february, fee_amount=100)
        foreign = self._new_posted_bill(1, period=february, currency_id=euro.id)
        loss = self.company.expense_currency_exchange_account_id
        payment = self._new_payment()
        self._new_partial(payment, 8000, 8000, 8000)
        rpc = Caller(self.env(user=self.accountant), "rpc")
        one = foreign.amount_total
        rpc.create(
            "account.partial.reconcile",
            {
                "debit_move_id": self._get_payable_line(payment.move_id).id,
                "credit_move_id": self._get_payable_line(foreign).id,
                "amount": one,
                "debit_amount_currency": one,
                "credit_amount_currency": one,
            },
        )
        entry = self._new_lines(
            (loss, self.none, 2000),
            (self.payable, self.vendor, -2000),
            journal_id=self.company.currency_exchange_journal_id.id,
        )
        self._match_with(payment, entry)
        money = self.env["vendor.quality.gate"]._get_open_money(
            self.company,
            self.vendor,
            "supplier",
            self.company.currency_id,
            self.bill.date,
        )
        self.assertAlmostEqual(sum(money.values()), self.total - 8000 - one * 1.25, 2)

    def test_a_difference_of_rates_is_no_open_money(self):
        """Bill and payment in another currency, whose rate rose and fell."""
        currency = self._new_currency("ZWG", 2)
        for rate in (1.9, 2.1):
            with self.subTest(rate=rate), self.cr.savepoint() as savepoint:
                self._new_form(
                    period=(first := "2026-02-01", "2026-02-28"), fee_amount=9000
                )
                self.assertTrue(first)
                self.env["res.currency.rate"].create(
                    {
                        "name": "2026-02-10",
                        "currency_id": currency.id,
                        "company_rate": rate,
                        "company_id": self.company.id,
                    }
                )
                bill = self._new_posted_bill(
                    amount=1000,
                    currency_id=currency.id,
                    period=("2026-02-01", "2026-02-28"),
                )
                self._pay(bill, amount=bill.amount_total / 2)
                self._pay(bill)
                self.assertIn(bill.payment_state, ("paid", "in_payment"))
                self.assertFalse(
                    self.env["vendor.quality.gate"]._get_open_money(
                        self.company,
                        self.vendor,
                        "supplier",
                        self.company.currency_id,
                        bill.date,
                    )
                )
                self._pay(self.bill)
                self.assertFalse(self._prove())
                savepoint.rollback()
            self.env.invalidate_all()

    # ------------------------------------------------------------
    # MONEY THAT CAME BACK
    # ------------------------------------------------------------

    def _new_receipt(self, payment, amount):
        """A payment of the vendor that a statement line of ``amount`` confirms."""
        back = self._new_payment(payment_type="inbound")
        statement = self._new_statement(-amount, back.outstanding_account_id)
        self._match(back.move_id | statement.move_id, back.outstanding_account_id)
        self._match_with(payment, back.move_id)

    def _cover_by_coin(self, payment):
        """By a bank line of a cent with a write-off beside it."""
        move = self._new_statement(-0.01).move_id
        payable = self._get_payable_line(move)
        move.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(payable.id, {"credit": self.total}),
                    Command.create(
                        {
                            "account_id": self.expense.id,
                            "debit": self.total - 0.01,
                            "name": "Rest",
                        }
                    ),
                ]
            }
        )
        self._match_with(payment, move)

    def test_only_what_the_bank_received_covers(self):
        self._assert_counted(
            {
                "receipt confirmed by a cent": lambda payment: self._new_receipt(
                    payment, 0.01
                ),
                "bank line of a cent": self._cover_by_coin,
            }
        )

    def test_what_the_bank_received_frees(self):
        payment = self._new_payment()
        self._new_receipt(payment, self.total)
        self._pay(self.bill)
        self.assertEqual(self.bill.amount_residual, 0)


@tagged("post_install", "-at_install")
class TestGateAttackStarted(LedgerCommon):
    """What a payment says when it starts: its entry, its payee and its bills."""

    def _new_unbooked(self, amount=None, **values):
        payment = self._new_payment(amount, post=False, **values)
        self.call(payment, "write", {"outstanding_account_id": False})
        self.call(payment, "action_post")
        return payment

    def test_two_payments_share_an_entry(self):
        first = self._new_payment()
        second = self._new_payment(post=False)
        with self._refused("cannot be paid out"):
            self.call(
                second, "write", {"move_id": first.move_id.id, "state": "in_process"}
            )

    def test_a_payment_takes_an_entry_that_pays_nothing(self):
        """The bill is settled by an entry, which then stands for a payment, too."""
        revenue = self.company_data["default_account_revenue"]
        entry = self._new_lines(
            (self.payable, self.vendor, self.total), (revenue, self.none, -self.total)
        )
        self._match(entry | self.bill, self.payable)
        payment = self._new_payment(post=False)
        for values in ({}, {"outstanding_account_id": revenue.id}):
            with (
                self.subTest(values=values),
                self._refused("another amount"),
            ):
                values = {**values, "move_id": entry.id, "state": "in_process"}
                self.call(payment, "write", values)

    def test_an_entry_pays_less_than_its_payment_says(self):
        payment = self._new_payment()
        self.call(payment, "action_draft")
        self._edit(
            payment.move_id,
            {payment.outstanding_account_id: -10, self.payable: 10},
        )
        with self._refused("another amount"):
            self.call(payment, "action_post")

    def test_account_of_the_vendor_for_another_payee(self):
        account = self.env["res.partner.bank"].create(
            {"partner_id": self.vendor.id, "acc_number": "BE71 0961 2345 6769"}
        )
        bill = self._new_posted_bill(amount=500, vendor=self.other_vendor, period=None)
        with self._refused("an account of Clean & Co"):
            self._pay(bill, partner_bank_id=account.id)
        for payee in (self.other_vendor, self.none):
            for make in (self._new_payment, self._new_unbooked):
                with self._refused("an account of Clean & Co"):
                    make(500, partner_id=payee.id, partner_bank_id=account.id)
        own = self.env["res.partner.bank"].create(
            {"partner_id": self.other_vendor.id, "acc_number": "BE68 5390 0754 7034"}
        )
        self._pay(bill, partner_bank_id=own.id)
        self.assertEqual(bill.amount_residual, 0)
        self._pay(self.bill, partner_bank_id=account.id)
        self.assertEqual(self.bill.amount_residual, 0)

    def test_account_of_another_governed_vendor(self):
        """Also where a bill is paid in full, so that nothing stays on account."""
        second = self._new_contract(self.other_vendor)
        account = self.env["res.partner.bank"].create(
            {"partner_id": self.other_vendor.id, "acc_number": "BE68 5390 0754 7034"}
        )
        for pay in (
            lambda: self._new_payment(partner_bank_id=account.id),
            lambda: self._pay(self.bill, partner_bank_id=account.id),
        ):
            with self._refused("an account of Paper Mill"):
                pay()
        # A vendor that is governed in another company only is one like others.
        other = self.setup_other_company()["company"]
        self._set(second, company_id=other.id)
        self._new_payment(partner_bank_id=account.id)

    def test_payment_without_an_entry_names_no_other_bill(self):
        """One that the bank paid would confirm it, and free its own bill."""
        february = ("2026-02-01", "2026-02-28")
        self._new_form(february, fee_amount=9747.83)
        paid = self._new_posted_bill(amount=9747.83, period=february)
        payment = self._new_unbooked(invoice_ids=[Command.set(self.bill.ids)])
        statement = self._new_statement()
        self._match(statement.move_id | paid, self.payable)
        link = [Command.link(payment.id)]
        for act in (
            lambda: self.call(
                payment, "write", {"invoice_ids": [Command.set(paid.ids)]}
            ),
            lambda: self.call(
                payment, "write", {"invoice_ids": [Command.link(paid.id)]}
            ),
            lambda: self.call(paid, "write", {"matched_payment_ids": link}),
            lambda: self._new_bill(matched_payment_ids=link),
            # One bill of a batch has the payment, the other one has not.
            lambda: self.call(paid | self.bill, "write", {"matched_payment_ids": link}),
            # What is judged at the end of the act covers payments of that act only.
            lambda: self._new_payment(
                1,
                post=False,
                invoice_ids=[Command.update(paid.id, {"matched_payment_ids": link})],
            ),
            lambda: self._new_payment(
                1,
                post=False,
                invoice_ids=[
                    Command.update(
                        self.bill.id,
                        {
                            "matched_payment_ids": [
                                Command.update(
                                    payment.id,
                                    {"invoice_ids": [Command.link(paid.id)]},
                                )
                            ]
                        },
                    )
                ],
            ),
        ):
            with self._refused("it names the bills"):
                act()
        with self._refused("not matched"):
            self._pay(self.bill)
        self.call(payment, "action_draft")
        self.call(payment, "write", {"invoice_ids": [Command.set(paid.ids)]})

    def test_payee_at_the_start_is_no_default(self):
        rpc = Caller(self.env(user=self.accountant), "rpc")
        with self._refused("noted when it starts"):
            rpc.create(
                "account.payment",
                {"partner_id": self.vendor.id, "payment_type": "outbound"},
                {"default_vendor_quality_payee_id": self.other_vendor.id},
            )

    def test_payment_that_names_no_bill_counts(self):
        """Without an entry, as Enterprise pays: counted, and listed if undecided."""
        payment = self._new_unbooked(5000)
        self.assertFalse(payment.move_id)
        self.assertFalse(payment.invoice_ids)
        self.assertFalse(self._prove())
        with self._refused("not matched"):
            self._pay(self.bill)
        self._pay(self.bill, amount=self.total - 5000)
        with self._refused("cannot be paid out"):
            self._new_unbooked(1)
        other = self._new_unbooked(5000, partner_id=self.other_vendor.id)
        self.env.flush_all()
        self._set(other, partner_id=self.vendor.id)
        self.assertEqual(self._prove(), {other: "entry_paid"})


@tagged("post_install", "-at_install")
class TestGateAttackKeys(AttackCommon):
    """What vendors are compared by follows from what they are called."""

    def test_nobody_enters_a_key(self):
        values = {"name": "Clean Services", "is_company": True, "vat": "BE0477472701"}
        keys = ("vendor_quality_number_key", "vendor_quality_name_key")
        number = {"acc_number": "BE71 0961 2345 6769", "partner_id": self.vendor.id}
        roles = {"contacts": "base.group_partner_manager"}
        for user in self._new_users(roles).values():
            call = Caller(self.env(user=user), "rpc")
            twin = call.create("res.partner", values)
            account = call.create("res.partner.bank", number)
            for name, value in ((keys[0], False), (keys[1], "x"), (keys[0], "y")):
                for act in (
                    lambda c=call, t=twin, n=name, v=value: c(t, "write", {n: v}),
                    lambda c=call, n=name, v=value: c.create(
                        "res.partner", {**values, n: v}
                    ),
                    lambda c=call, n=name, v=value: c.create(
                        "res.partner", values, {f"default_{n}": v}
                    ),
                ):
                    with self._refused("is not entered"):
                        act()
            for act in (
                lambda c=call, a=account: c(a, "write", {"vendor_quality_key": "x"}),
                lambda c=call: c.create(
                    "res.partner.bank", {**number, "vendor_quality_key": False}
                ),
            ):
                with self._refused("is not entered"):
                    act()
            bill = self._new_bill(vendor=twin)
            with self._refused("cannot be posted"):
                bill.action_post()
            account.unlink()
