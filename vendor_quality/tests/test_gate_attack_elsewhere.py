from odoo.tests import tagged

from .attack_callers import Caller
from .test_gate_attack_ledger import LedgerCommon

VENDORS = "BE71 0961 2345 6769"
OWN = "BE68 5390 0754 7034"
NEW = "BE62 5100 0754 7061"


@tagged("post_install", "-at_install")
class TestGateAttackRedirected(LedgerCommon):
    """A payment goes to the account that it was decided for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account, cls.own = cls.env["res.partner.bank"].create(
            [
                {"partner_id": cls.vendor.id, "acc_number": VENDORS},
                {"partner_id": cls.other_vendor.id, "acc_number": OWN},
            ]
        )
        user = cls._new_users({"contacts": "base.group_partner_manager"})["contacts"]
        cls.contacts = Caller(cls.env(user=user), "rpc")

    def _new_free(self, **values):
        return self._new_payment(
            500,
            partner_id=self.other_vendor.id,
            partner_bank_id=self.own.id,
            **values,
        )

    def test_account_of_a_free_payee_becomes_the_vendors(self):
        payment = self._new_free()
        self.call(payment, "action_validate")
        for values in ({"acc_number": VENDORS}, {"sanitized_acc_number": VENDORS}):
            with self._refused("stays as it is"):
                self.contacts(self.own, "write", values)
        self.contacts(self.own, "write", {"acc_number": NEW})
        self.call(payment, "action_draft")
        self.contacts(self.own, "write", {"acc_number": VENDORS})
        with self._refused("cannot be paid out"):
            self.call(payment, "action_post")

    def test_account_without_an_entry(self):
        payment = self._new_free(post=False)
        self.call(payment, "write", {"outstanding_account_id": False})
        self.call(payment, "action_post")
        self.assertFalse(payment.move_id)
        with self._refused("stays as it is"):
            self.contacts(self.own, "write", {"acc_number": VENDORS})

    def test_account_of_a_governed_payee_stays(self):
        bank = self.env["res.bank"].create({"name": "Another Bank"})
        payment = self._new_payment(5000, partner_bank_id=self.account.id)
        for values in (
            {"acc_number": NEW},
            {"partner_id": self.other_vendor.id},
            {"bank_id": bank.id},
            {"clearing_number": "123456"},
        ):
            with self._refused("stays as it is"):
                self.contacts(self.account, "write", values)
        commands = [(1, self.account.id, {"acc_number": NEW})]
        with self._refused("stays as it is"):
            self.contacts(self.vendor, "write", {"bank_ids": commands})
        # The same account, and what says nothing about it.
        values = {"acc_number": VENDORS.replace(" ", ""), "acc_holder_name": "Clean"}
        self.contacts(self.account, "write", values)
        statement = self._new_statement(5000, payment.outstanding_account_id)
        self._match(payment.move_id | statement.move_id, payment.outstanding_account_id)
        self.contacts(self.account, "write", {"acc_number": NEW})


@tagged("post_install", "-at_install")
class TestGateAttackMoved(LedgerCommon):
    """What was decided in one company is not moved to another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.setup_other_company()
        branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )
        companies = cls.company | cls.elsewhere["company"] | branch
        cls.branch = branch
        cls.accountant.company_ids |= companies
        context = {"allowed_company_ids": companies.ids}
        cls.wide = Caller(cls.env(user=cls.accountant, context=context), "ui")

    def _move(self, move, kind, **values):
        journal = self.elsewhere[f"default_journal_{kind}"]
        self.wide(move, "write", {"journal_id": journal.id, "name": "/", **values})
        self.env.flush_all()

    def test_entry_that_pays(self):
        paid = (self.payable, self.vendor, 900), (self.bank, self.none, -900)
        entry = self._new_lines(*paid)
        named = self._new_lines(
            (self.expense, self.other_vendor, 90), (self.bank, self.none, -90)
        )
        for move in (entry, named | entry):
            with self._refused(f"{entry.name}: a posted entry"):
                self._move(move, "misc")
        self._move(named, "misc")
        self.assertEqual(named.company_id, self.elsewhere["company"])
        self.call(entry, "button_draft")
        self._move(entry, "misc")

    def test_entry_of_a_payment(self):
        payment = self._new_payment()
        with self._refused("stays in its company"):
            self._move(payment.move_id, "bank")
        with self._refused("cannot be paid out"):
            self._new_payment()

    def test_bill(self):
        for contract in (self.contract, self.contract.browse()):
            self._set(self.bill, outsourcing_contract_id=contract.id or None)
            with self._refused():
                self._move(self.bill, "purchase")
        self.wide(self.bill, "write", {"company_id": self.branch.id})
        self.assertEqual(self.bill.line_ids.company_id, self.branch)


@tagged("post_install", "-at_install")
class TestGateAttackErased(LedgerCommon):
    """What is taken back, and paid again, is listed by the nightly proof."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "account.group_account_user,account.group_account_invoice"
        cls.teller = cls._new_users({"teller": groups})["teller"]
        cls.own = Caller(cls.env(user=cls.teller), "ui")

    def _new_paid(self, amount=None):
        amount = self.total if amount is None else amount
        lines = (self.payable, self.vendor, amount), (self.bank, self.none, -amount)
        return self._new_lines(*lines)

    def test_entry_that_is_reset_or_deleted(self):
        for methods in (("button_draft",), ("button_draft", "unlink")):
            with self.subTest(methods=methods), self.cr.savepoint() as savepoint:
                entry = self._new_paid()
                for method in methods:
                    self.call(entry, method)
                self.assertFalse(self._prove())
                self._pay(self.bill)
                self.assertEqual(self._prove(), {self.bill: "paid_again"})
                savepoint.rollback()
            self.env.invalidate_all()

    def test_posted_entry_that_is_deleted_by_force(self):
        entry = self._new_paid()
        with self._refused("reset it to draft"):
            self.call(entry, "unlink", extra={"force_delete": True})

    def test_payment_that_an_entry_pays_again(self):
        payment = self._new_payment()
        self.call(payment, "action_draft")
        self.assertFalse(self._prove())
        self._new_paid()
        self.assertEqual(self._prove(), {payment: "paid_again"})

    def test_entry_that_is_corrected_is_one(self):
        entry = self._new_paid(5000)
        self.call(entry, "button_draft")
        self.call(entry, "action_post")
        self._pay(self.bill, amount=5000)
        self.assertFalse(self._prove())

    def _new_matched(self):
        statement = self._new_statement()
        self.own(self._get_payable_line(statement.move_id | self.bill), "reconcile")
        self.assertEqual(self.bill.payment_state, "paid")
        self.own(statement, "action_undo_reconciliation")
        return statement

    def test_bank_line_that_is_deleted_or_lowered(self):
        for act in ("unlink", "write"):
            with self.subTest(act=act), self.cr.savepoint() as savepoint:
                statement = self._new_matched()
                self.own(statement, act, *([{"amount": -1}] if act == "write" else []))
                self.assertFalse(self._prove())
                self._pay(self.bill)
                self.assertEqual(self._prove(), {self.bill: "paid_again"})
                savepoint.rollback()
            self.env.invalidate_all()

    def test_bank_line_that_is_booked_again(self):
        """Undone by mistake, and matched with the bill as before."""
        statement = self._new_matched()
        _liquid, suspense, _others = statement._seek_for_lines()
        self.own(
            statement.move_id,
            "write",
            {"line_ids": [(1, suspense.id, {"account_id": self.payable.id})]},
            extra={"skip_readonly_check": True},
        )
        self.own(self._get_payable_line(statement.move_id | self.bill), "reconcile")
        self.assertEqual(self.bill.payment_state, "paid")
        self.assertFalse(self._prove())

    def test_words_of_the_bank(self):
        self.env["res.partner.bank"].create(
            {"partner_id": self.vendor.id, "acc_number": VENDORS}
        )
        for name, value, other in (
            ("account_number", VENDORS.replace(" ", ""), False),
            ("partner_name", "Clean & Co", "Paper Mill"),
        ):
            with self.subTest(name=name):
                values = {"partner_id": False, name: value}
                line = self._new_statement(5000, self.expense, **values)
                self.own(line, "write", {name: value})
                self.assertFalse(line.move_id.vendor_quality_hold_ids)
                self.own(line, "write", {name: other})
                self._prove()
                self.assertRecordValues(
                    line.move_id.vendor_quality_hold_ids,
                    [{"stage": "leak", "rule": "bank_unbilled"}],
                )


@tagged("post_install", "-at_install")
class TestGateAttackConfirmed(LedgerCommon):
    """A line of the bank confirms what was paid to whom it names, and nothing else."""

    def test_bank_line_that_confirms_a_payment_to_somebody_else(self):
        """Whoever the line names, by a partner or by the words of the bank."""
        desk = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id}
        )
        words = {"partner_id": False, "partner_name": "Clean & Co"}
        for partner, values, listed in (
            (self.other_vendor, {}, True),
            (self.other_vendor, words, True),
            (self.none, {}, True),
            (self.vendor, {}, False),
            (self.vendor, words, False),
            (desk, {}, False),
        ):
            with (
                self.subTest(partner=partner.name, values=values),
                self.cr.savepoint() as savepoint,
            ):
                payment = self._new_payment(partner_id=partner.id)
                account = payment.outstanding_account_id
                statement = self._new_statement(account=account, **values)
                self._match(payment.move_id | statement.move_id, account)
                found = {statement.move_id: "bank_unbilled"} if listed else {}
                self.assertEqual(self._prove(), found)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_bank_line_that_confirms_an_entry(self):
        """One that names the vendor was decided; any other is none to it."""
        outstanding = self.env["account.payment"]._get_outstanding_account("outbound")
        journal = self.company.currency_exchange_journal_id
        named = (self.payable, self.vendor)
        for debit, values, listed in (
            (named, {}, False),
            ((self.expense, self.none), {}, True),
            ((self.expense, self.none), {"journal_id": journal.id}, True),
        ):
            with (
                self.subTest(debit=debit[0].name, values=values),
                self.cr.savepoint() as savepoint,
            ):
                entry = self._new_lines(
                    (*debit, self.total),
                    (outstanding, self.none, -self.total),
                    **values,
                )
                statement = self._new_statement(account=outstanding)
                self._match(entry | statement.move_id, outstanding)
                found = {statement.move_id: "bank_unbilled"} if listed else {}
                self.assertEqual(self._prove(), found)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_bank_line_with_the_name_of_the_vendor_and_another_partner(self):
        desk = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id}
        )
        desk.parent_id = False
        for partner, listed in (
            (self.other_vendor, True),
            (desk, False),
            (self.vendor, False),
        ):
            with (
                self.subTest(partner=partner.name),
                self.cr.savepoint() as savepoint,
            ):
                payment = self._new_payment(partner_id=partner.id)
                line = self._new_statement(
                    account=payment.outstanding_account_id,
                    partner_id=partner.id,
                    partner_name="Clean & Co",
                )
                self._match(
                    payment.move_id | line.move_id, payment.outstanding_account_id
                )
                found = {line.move_id: "bank_unbilled"} if listed else {}
                self.assertEqual(self._prove(), found)
                savepoint.rollback()
            self.env.invalidate_all()
