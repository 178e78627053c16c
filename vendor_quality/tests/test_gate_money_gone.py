from odoo import Command
from odoo.tests import tagged

from .attack_callers import AttackCommon, Caller

FEE = 9747.83
"""With 15 % tax the bill is over 11,210.00."""


@tagged("post_install", "-at_install")
class TestGateMoneyGone(AttackCommon):
    """Money that left is measured on the ledger, not on labels of payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._new_form(fee_amount=FEE)
        cls.bill = cls._new_posted_bill(amount=FEE)
        cls.total = cls.bill.amount_total

    def _new_payment(self, call, **values):
        outstanding = values.pop("outstanding", True)
        payment = call.create(
            "account.payment",
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.vendor.id,
                "amount": self.total,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
                **values,
            },
        )
        if not outstanding:
            call(payment, "write", {"outstanding_account_id": False})
        return payment

    def _new_statement(self, amount=None, **values):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Bank",
                "partner_id": self.vendor.id,
                "amount": -(self.total if amount is None else amount),
                "counterpart_account_id": self.payable.id,
                **values,
            }
        )

    def _get_gone(self, payments):
        """Return what left by payments that the ledger or their start shows."""
        gone = 0.0
        for payment in payments:
            bank = payment.move_id.line_ids.filtered(
                lambda line, payment=payment: (
                    line.account_id == payment.outstanding_account_id
                    and line.parent_state == "posted"
                )
            )
            if bank:
                gone -= sum(bank.mapped("balance"))
            elif payment.id in self.started:
                gone += self.started[payment.id]
        return gone

    def _repeat(self, call, change, outstanding=True):
        """Pay, change what the payment says, and pay again, and again."""
        self.started = {}
        payments = self.env["account.payment"]
        for _index in range(3):
            payment = self._new_payment(call, outstanding=outstanding)
            payments |= payment
            leak, refusal = None, None
            try:
                with self.env.cr.savepoint():
                    call(payment, "action_post")
                    self.env.flush_all()
            except Exception as error:  # pylint: disable=broad-except
                refusal = error
                self.env.invalidate_all()
            if not refusal and payment.state in ("in_process", "paid"):
                self.started[payment.id] = payment.amount
                leak, refusal = self._try(lambda payment=payment: change(call, payment))
        return self._get_gone(payments)

    def _try(self, act):
        try:
            with self.env.cr.savepoint():
                act()
                self.env.flush_all()
        except Exception as error:  # pylint: disable=broad-except
            self.env.invalidate_all()
            return None, error
        return None, None

    # ------------------------------------------------------------
    # LABELS
    # ------------------------------------------------------------

    def _changes(self):
        def write(**values):
            return lambda call, payment: call(payment, "write", values)

        def write_line(**values):
            return lambda call, payment: call(
                self._get_payable_line(payment.move_id),
                "write",
                values,
                extra={"check_move_validity": False},
            )

        other_account = self.payable.copy()
        return {
            "partner": write(partner_id=self.other_vendor.id),
            "is_reconciled": write(is_reconciled=True, is_matched=True),
            "state canceled": write(state="canceled"),
            "state draft": write(state="draft"),
            "rejected": lambda call, payment: call(payment, "action_reject"),
            "amount": write(amount=0.01),
            "direction": write(payment_type="inbound"),
            "kind": write(partner_type="customer"),
            "account": write(destination_account_id=self.expense.id),
            "no entry": write(move_id=False),
            "partner of the item": write_line(partner_id=self.other_vendor.id),
            "account of the item": write_line(account_id=other_account.id),
            "figures of the item": write_line(
                amount_residual=0, amount_residual_currency=0, reconciled=True
            ),
            "balance of the item": write_line(balance=0.01, amount_currency=0.01),
            "deleted item": lambda call, payment: call(
                self._get_payable_line(payment.move_id), "unlink"
            ),
            "expected back": self._expect_back,
            "expected back by another": self._expect_back_by_another,
        }

    def _expect_back(self, call, payment):
        """Match it with money that is only said to come back."""
        back = self._new_payment(call, payment_type="inbound")
        call(back, "action_post")
        call(self._get_payable_line((back | payment).move_id), "reconcile")

    def test_payments_are_not_repeated(self):
        leaks = []
        for user, mode in ((self.biller, "rpc"), (self.accountant, "sudo")):
            for name, change in self._changes().items():
                call = Caller(self.env(user=user), mode)
                gone, _refusal = self._attempt(
                    lambda change=change, call=call: setattr(
                        self, "gone", self._repeat(call, change)
                    ),
                    lambda: self.gone,
                )
                if (gone or 0) > self.total + 0.01:
                    leaks.append(f"{name} as {user.login} {mode}: {gone}")
        self.assertFalse(leaks, "\n".join(leaks))

    def test_payments_without_an_entry_are_not_repeated(self):
        """Where the method has no outstanding account, payments have no entry."""
        changes = self._changes()
        leaks = []
        for name in (
            "partner",
            "is_reconciled",
            "amount",
            "direction",
            "kind",
            "account",
        ):
            call = Caller(self.env(user=self.accountant), "rpc")
            gone, _refusal = self._attempt(
                lambda name=name, call=call: setattr(
                    self, "gone", self._repeat(call, changes[name], outstanding=False)
                ),
                lambda: self.gone,
            )
            if (gone or 0) > self.total + 0.01:
                leaks.append(f"{name}: {gone}")
        self.assertFalse(leaks, "\n".join(leaks))

    def test_frozen_fields_name_the_rule(self):
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(call)
        call(payment, "action_post")
        other_journal = self.bank_journal.copy()
        bank = self.env["res.partner.bank"].create(
            {"partner_id": self.vendor.id, "acc_number": "BE71 0961 2345 6769"}
        )
        currency = self.setup_other_currency("EUR")
        for values in (
            {"partner_id": self.other_vendor.id},
            {"amount": 1},
            {"currency_id": currency.id},
            {"date": "2026-02-11"},
            {"journal_id": other_journal.id},
            {"partner_bank_id": bank.id},
        ):
            with self._refused("reset it to draft"):
                call(payment, "write", values)
        call(payment, "write", {"amount": payment.amount, "memo": "Same"})
        self.assertEqual(payment.memo, "Same")

    def test_free_vendors_keep_what_core_allows(self):
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(call, partner_id=self.other_vendor.id)
        call(payment, "action_post")
        call(payment, "write", {"date": "2026-02-11"})
        self.assertEqual(str(payment.date), "2026-02-11")

    def _expect_back_by_another(self, call, payment):
        """The same, from a partner whose item is given to the vendor later."""
        back = self._new_payment(
            call, payment_type="inbound", partner_id=self.other_vendor.id
        )
        call(back, "action_post")
        line = self._get_payable_line(back.move_id)
        call(line, "write", {"partner_id": self.vendor.id})
        call(line | self._get_payable_line(payment.move_id), "reconcile")

    def test_money_that_is_only_said_to_come_back_pays_no_bill(self):
        call = Caller(self.env(user=self.accountant), "ui")
        for expect in (self._expect_back, self._expect_back_by_another):

            def act(expect=expect):
                payment = self._new_payment(call)
                call(payment, "action_post")
                expect(call, payment)
                self._pay(self.bill)

            leak, refusal = self._attempt(act, lambda: self.bill.payment_state)
            self.assertFalse(leak)
            self.assertTrue(refusal)

    # ------------------------------------------------------------
    # CORE'S OWN STEPS
    # ------------------------------------------------------------

    def test_states_of_core_stay(self):
        """Register, match with the statement, reject, reset, cancel, pay again."""
        first = payment = self._pay(self.bill)
        self.assertIn(payment.state, ("in_process", "paid"))
        payment.action_draft()
        self.assertEqual(payment.state, "draft")
        payment.write({"amount": self.total - 10, "date": "2026-02-12"})
        payment.action_post()
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(payment.state, "canceled")
        payment = self._pay(self.bill)
        statement = self._new_statement(
            counterpart_account_id=payment.outstanding_account_id.id
        )
        lines = (payment.move_id | statement.move_id).line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        lines.reconcile()
        self.assertEqual(payment.state, "paid")
        self.assertTrue(payment.is_matched)
        lines.remove_move_reconcile()
        payment.action_reject()
        self.assertEqual(payment.state, "rejected")
        payment.action_draft()
        self.assertEqual(payment.state, "draft")
        payment.action_post()
        self.assertEqual(self.bill.amount_residual, 0)
        # What was taken back and paid again is listed, and nothing else.
        self.assertEqual(self._prove(), 3)
        holds = self.env["vendor.quality.hold"].search([("stage", "=", "leak")])
        again = holds.filtered(lambda hold: hold.rule == "paid_again")
        self.assertEqual(again.payment_id, first | payment)
        # The bank line was matched with the payment, and is no longer.
        self.assertEqual((holds - again).move_id, statement.move_id)
        self.assertEqual((holds - again).rule, "bank_unbilled")

    def test_without_an_entry_the_steps_stay(self):
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(call, outstanding=False)
        call(payment, "action_post")
        self.assertFalse(payment.move_id)
        second = self._new_payment(call, outstanding=False)
        with self._refused("cannot be paid out"):
            call(second, "action_post")
        call(payment, "action_validate")
        with self._refused("cannot be paid out"):
            call(second, "action_post")
        call(payment, "action_reject")
        call(second, "action_post")
        self.assertIn(second.state, ("in_process", "paid"))

    def test_proof_lists_what_is_taken_back_and_paid_again(self):
        """Nobody but the bank can say that a payment without an entry did not leave."""
        call = Caller(self.env(user=self.accountant), "ui")
        for way in ("action_reject", "action_cancel", "action_draft"):
            with self.subTest(way=way), self.cr.savepoint() as savepoint:
                payment = self._new_payment(call, outstanding=False)
                call(payment, "action_post")
                call(payment, way)
                self.assertEqual(self._prove(), 0)
                second = self._new_payment(call, outstanding=False)
                call(second, "action_post")
                self.assertEqual(self._prove(), 1)
                hold = self.env["vendor.quality.hold"].search([("stage", "=", "leak")])
                self.assertEqual(hold.payment_id, payment)
                self.assertEqual(hold.rule, "paid_again")
                self.assertTrue(hold.reason_text)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_proof_lists_a_payment_that_leaves_twice(self):
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(call, outstanding=False)
        call(payment, "action_post")
        # A correction is one payment.
        call(payment, "action_draft")
        call(payment, "action_post")
        self.assertEqual(self._prove(), 0)
        call(payment, "action_reject")
        call(payment, "action_draft")
        call(payment, "action_post")
        self.assertEqual(self._prove(), 1)

    def test_proof_lists_what_is_reset_and_paid_by_the_bill(self):
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(
            call, outstanding=False, invoice_ids=[Command.set(self.bill.ids)]
        )
        call(payment, "action_post")
        call(payment, "action_cancel")
        self._pay(self.bill)
        self.assertEqual(self._prove(), 1)

    def test_contact_that_left_takes_no_money_along(self):
        """What went to a contact counts after the contact left its company."""
        call = Caller(self.env(user=self.accountant), "ui")
        for outstanding in (True, False):
            contact = self.env["res.partner"].create(
                {"name": "Branch", "parent_id": self.vendor.id}
            )
            with (
                self.subTest(outstanding=outstanding),
                self.cr.savepoint() as savepoint,
            ):
                payment = self._new_payment(
                    call,
                    amount=5000,
                    partner_id=contact.id,
                    outstanding=outstanding,
                )
                call(payment, "action_post")
                contact.parent_id = False
                self.env.flush_all()
                with self._refused("not matched"):
                    self._pay(self.bill)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_bank_confirms_a_payment_without_an_entry(self):
        """What the statement pays on the bill of the payment is not counted twice."""
        self._new_form((FEB := ("2026-02-01", "2026-02-28")), fee_amount=1000)
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(
            call, outstanding=False, invoice_ids=[Command.set(self.bill.ids)]
        )
        call(payment, "action_post")
        statement = self._new_statement()
        self._get_payable_line(statement.move_id | self.bill).reconcile()
        self._match_later(self.bill)
        call(payment, "action_validate")
        other = self._new_posted_bill(amount=1000, period=FEB)
        self._pay(other)
        self.assertEqual(other.payment_state, "paid")

    # ------------------------------------------------------------
    # ON ACCOUNT
    # ------------------------------------------------------------

    def test_advance_counts_when_the_bill_is_paid(self):
        statement = self._new_statement(1210)
        with self._refused("not matched"):
            self._pay(self.bill)
        call = Caller(self.env(user=self.accountant), "ui")
        with self._refused("not matched"):
            call(self._new_payment(call, amount=10000.01), "action_post")
        self._get_payable_line(statement.move_id | self.bill).reconcile()
        self._pay(self.bill)
        self.assertEqual(self.bill.amount_residual, 0)

    def test_payment_on_account_counts_when_the_bill_is_paid(self):
        call = Caller(self.env(user=self.accountant), "ui")
        first = self._new_payment(call, amount=5000)
        call(first, "action_post")
        with self._refused("not matched"):
            self._pay(self.bill)
        self._pay(self.bill, amount=self.total - 5000)
        self._get_payable_line(first.move_id | self.bill).reconcile()
        self.assertEqual(self.bill.amount_residual, 0)
        self._assert_proof()

    def test_money_back_by_the_bank_frees(self):
        call = Caller(self.env(user=self.accountant), "ui")
        first = self._new_payment(call)
        call(first, "action_post")
        back = self._new_statement(-self.total)
        self._get_payable_line(first.move_id | back.move_id).reconcile()
        call(self._new_payment(call), "action_post")

    def test_two_payments_name_one_bill(self):
        self._new_form((FEB := ("2026-02-01", "2026-02-28")), fee_amount=FEE)
        self._new_posted_bill(amount=FEE, period=FEB)
        call = Caller(self.env(user=self.accountant), "ui")
        values = {"invoice_ids": [Command.set(self.bill.ids)]}
        call(self._new_payment(call, **values), "action_post")
        with self._refused("only"):
            call(self._new_payment(call, **values), "action_post")

    # ------------------------------------------------------------
    # THE WIZARD
    # ------------------------------------------------------------

    def test_wizard_pays_each_bill_its_own_room(self):
        """Whether bills are paid together or one by one, none takes another's room."""
        feb = ("2026-02-01", "2026-02-28")
        self._new_form(feb, fee_amount=1000.0, payable_amount=900.0)
        other = self._new_posted_bill(amount=1000.0, period=feb)
        room = round(other.amount_total * 0.9, 2)
        for grouped in (True, False):
            with self.subTest(grouped=grouped), self.cr.savepoint() as savepoint:
                payments = self._pay(self.bill | other, group_payment=grouped)
                self.assertEqual(
                    sorted(payments.mapped("amount")), sorted([room, self.total])
                )
                self.assertEqual(self.bill.amount_residual, 0)
                self.assertAlmostEqual(
                    other.amount_residual, other.amount_total - room, 2
                )
                self._assert_proof()
                savepoint.rollback()
            self.env.invalidate_all()

    # ------------------------------------------------------------
    # THE BANK'S PART
    # ------------------------------------------------------------

    def _split(self, bank, written_off):
        """Book a statement line of ``bank`` on the vendor with a write-off."""
        statement = self._new_statement(bank)
        move = statement.move_id
        income = self.company_data["default_account_revenue"]
        payable = self._get_payable_line(move)
        move.with_context(force_delete=True, skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(payable.id, {"debit": bank + written_off}),
                    Command.create(
                        {"account_id": income.id, "credit": written_off, "name": "W"}
                    ),
                ]
            }
        )
        return move

    def test_only_the_banks_part_is_history(self):
        self._set(self.form, score=50.0)
        move = self._split(1, 11209)
        with self._refused("cannot be paid"):
            self._get_payable_line(move | self.bill).reconcile()
        self.assertEqual(self.bill.amount_residual, self.total)

    def test_the_banks_part_stays_history(self):
        self._set(self.form, score=50.0)
        statement = self._new_statement(11210)
        self._get_payable_line(statement.move_id | self.bill).reconcile()
        self.assertEqual(self.bill.amount_residual, 0)

    def test_a_write_off_within_the_payable_amount_passes(self):
        move = self._split(11200, 10)
        self._get_payable_line(move | self.bill).reconcile()
        self.assertEqual(self.bill.amount_residual, 0)
        self._assert_proof()

    # ------------------------------------------------------------
    # PROOF
    # ------------------------------------------------------------

    def _prove(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["vendor.quality.gate"]._cron_prove()

    def test_proof_finds_what_was_paid_beyond_the_decision(self):
        self._pay(self.bill, amount=100)
        self.assertEqual(self._prove(), 0)
        partial = self._get_payable_line(self.bill).matched_debit_ids
        self.env.flush_all()
        self._set(
            partial, amount=900, debit_amount_currency=900, credit_amount_currency=900
        )
        self.assertEqual(self._prove(), 1)
        self.assertEqual(
            self.bill.vendor_quality_hold_ids.filtered(
                lambda hold: hold.state == "active"
            ).stage,
            "leak",
        )

    def test_proof_finds_payments_around_the_gate(self):
        call = Caller(self.env(user=self.accountant), "ui")
        for outstanding in (True, False):
            payment = self._new_payment(
                call, outstanding=outstanding, partner_id=self.other_vendor.id
            )
            call(payment, "action_post")
            self.env.flush_all()
            self._set(payment, partner_id=self.vendor.id)
            if payment.move_id:
                self._set(payment.move_id.line_ids, partner_id=self.vendor.id)
                values = {"partner_id": self.vendor.id}
                values["commercial_partner_id"] = self.vendor.id
                self._set(payment.move_id, **values)
        self.assertEqual(self._prove(), 2)
        self.assertEqual(self._prove(), 2)
        holds = self.env["vendor.quality.hold"].search([("stage", "=", "leak")])
        self.assertEqual(len(holds), 2)
        self.assertEqual(holds.partner_id, self.vendor)
        self.assertEqual(holds.company_id, self.company)
        self.assertTrue(all(holds.mapped("reason_text")))

    def test_proof_is_quiet_about_what_was_decided(self):
        call = Caller(self.env(user=self.accountant), "ui")
        call(self._new_payment(call, amount=100), "action_post")
        call(self._new_payment(call, amount=100, outstanding=False), "action_post")
        self._pay(self.bill, amount=100)
        self.assertEqual(self._prove(), 0)
