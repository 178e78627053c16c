from odoo.tests import tagged

from .attack_callers import Caller
from .test_gate_attack_ledger import LedgerCommon


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
