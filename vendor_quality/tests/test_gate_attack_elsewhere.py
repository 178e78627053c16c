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
            with self._refused("stays in its company"):
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
