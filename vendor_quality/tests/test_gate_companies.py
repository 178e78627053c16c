from datetime import date

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models.base.res_company import set_gate_from
from .attack_callers import AttackCommon, Caller


@tagged("post_install", "-at_install")
class TestGateCompanies(AttackCommon):
    """A company and its branches share their contracts and the gate."""

    def _new_branch(self, name="Branch"):
        branch = self.env["res.company"].create(
            {"name": name, "parent_id": self.company.id}
        )
        users = self.env.user | self.biller | self.accountant
        users.sudo().company_ids |= branch
        self.vendor.with_company(branch).property_account_payable_id = self.payable
        return branch

    def _new_bill_of(self, company, **values):
        return self._new_bill(
            company_id=company.id,
            journal_id=self.company_data["default_journal_purchase"].id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Cleaning",
                        "quantity": 1,
                        "price_unit": 10,
                        "tax_ids": [],
                        "account_id": self.expense.id,
                    }
                )
            ],
            **values,
        )

    def test_contract_of_a_branch_governs_its_parent(self):
        branch = self._new_branch()
        self._set(self.contract, company_id=branch.id)
        bill = self._new_bill()
        self.assertEqual(bill.outsourcing_contract_id, self.contract)
        with self._refused("No quality form"):
            bill.action_post()
        self._new_form()
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_contract_of_a_branch_governs_its_sister(self):
        branch, sister = self._new_branch(), self._new_branch("Sister")
        self._set(self.contract, company_id=branch.id)
        bill = self._new_bill_of(sister)
        with self._refused("No quality form"):
            bill.action_post()

    def test_gate_of_a_branch_holds_in_the_parent(self):
        """The contract of a gated branch governs, whoever books the bill."""
        branch = self._new_branch()
        self._set(self.contract, company_id=branch.id)
        branch.vendor_quality_gate_from = date(2026, 1, 1)
        set_gate_from(self.company, False)
        with self._refused("No quality form"):
            self._new_bill().action_post()

    def test_payment_in_a_branch_counts_bills_of_the_parent(self):
        branch = self._new_branch()
        self._new_form()
        bill = self._new_posted_bill()
        call = Caller(self.env(user=self.accountant), "ui")
        values = {
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": self.vendor.id,
            "amount": bill.amount_total + 1,
            "journal_id": self.bank_journal.id,
            "company_id": branch.id,
        }
        payment = call.create("account.payment", values)
        with self._refused("cannot be paid out"):
            payment.action_post()

    def test_contract_of_another_company_is_refused(self):
        other = self.setup_other_company()["company"]
        (self.owner | self.procurement | self.officer).company_ids |= other
        foreign = self._new_contract(
            self.vendor, company=other, vendor_quality_template_id=False
        )
        with self.assertRaises(ValidationError):
            self._new_bill(outsourcing_contract_id=foreign.id)
