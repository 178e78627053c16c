from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .stored import put

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


class GateCommon(AccountTestInvoicingCommon):
    """A vendor under a contract with quality forms, and the people of the gate.

    The gate of the company holds from 2026 on. Forms and contracts are put in
    their final state directly: how they get there is tested elsewhere.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.vendor_quality_gate_from = date(2026, 1, 1)
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Clean & Co", "is_company": True, "vat": "BE0477472701"}
        )
        cls.other_vendor = cls.env["res.partner"].create(
            {"name": "Paper Mill", "is_company": True}
        )
        cls.template = cls._new_template()
        cls.contract = cls._new_contract(cls.vendor)
        cls.biller = cls._new_user("biller", "account.group_account_invoice")
        cls.accountant = cls._new_user("accountant", "account.group_account_manager")
        cls.finance = cls._new_user("finance", "vendor_quality.group_quality_finance")
        cls.other_finance = cls._new_user(
            "finance2", "vendor_quality.group_quality_finance"
        )
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.payable = cls.company_data["default_account_payable"]
        cls.expense = cls.company_data["default_account_expense"]

    @classmethod
    def get_default_groups(cls):
        """Whoever builds the fixture may write quality and contracts."""
        return (
            super().get_default_groups()
            | cls.env.ref("vendor_quality.group_quality_manager")
            | cls.env.ref("outsourcing_mgmt.group_outsourcing_manager")
            | cls.env.ref("outsourcing_mgmt.group_outsourcing_procurement")
        )

    # ------------------------------------------------------------
    # FACTORIES
    # ------------------------------------------------------------

    @classmethod
    def _new_user(cls, login, groups, **values):
        return new_test_user(
            cls.env,
            login=f"gate_{login}",
            groups=f"base.group_user,{groups}",
            name=f"Gate {login}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    @classmethod
    def _new_template(cls, **values):
        template = cls.env["vendor.quality.template"].create(
            {
                "name": "Cleaning",
                "code": values.pop("code", "GATE-T"),
                "gate_at": "both",
                "threshold": 80.0,
                **values,
            }
        )
        cls._set(template, state="active")
        return template

    @classmethod
    def _new_contract(cls, vendor, template=None, **values):
        contract = cls.env["outsourcing.contract"].create(
            {
                "subject": "Cleaning of the offices",
                "partner_id": vendor.id,
                "date_start": date(2026, 1, 1),
                "date_end": date(2027, 12, 31),
                "amount_total": 24000.0,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "vendor_quality_template_id": (template or cls.template).id,
                **values,
            }
        )
        cls._set(contract, state="active")
        return contract

    @classmethod
    def _new_form(cls, period=JANUARY, contract=None, state="approved", **values):
        """Create a form of the period that is ``state`` already."""
        contract = contract or cls.contract
        form = cls.env["vendor.quality.form"].create(
            {
                "contract_id": contract.id,
                "date_start": period[0],
                "date_end": period[1],
            }
        )
        fee = values.pop("fee_amount", 1000.0)
        cls._set(
            form,
            **{
                "state": state,
                "score": 90.0,
                "is_rated": True,
                "fee_amount": fee,
                "payable_amount": fee,
                "deduction_amount": fee - values.get("payable_amount", fee),
                "disputed_amount": 0.0,
                **values,
            },
        )
        return form

    @classmethod
    def _set(cls, record, **values):
        put(record, **values)

    @classmethod
    def _new_bill(cls, amount=1000.0, vendor=None, period=JANUARY, user=None, **values):
        """Create a draft bill of one line and the company's purchase tax."""
        lines = values.pop(
            "invoice_line_ids",
            [
                Command.create(
                    {
                        "name": "Cleaning",
                        "quantity": 1,
                        "price_unit": amount,
                        "account_id": cls.company_data["default_account_expense"].id,
                        "tax_ids": [Command.set(cls.tax_purchase_a.ids)],
                    }
                )
            ],
        )
        Move = cls.env["account.move"]
        if user:
            Move = Move.with_user(user)
        return Move.create(
            {
                "move_type": "in_invoice",
                "partner_id": (vendor or cls.vendor).id,
                "invoice_date": date(2026, 2, 5),
                "date": date(2026, 2, 5),
                "service_date_start": period and period[0],
                "service_date_end": period and period[1],
                "invoice_line_ids": lines,
                **values,
            }
        )

    @classmethod
    def _new_posted_bill(cls, *args, **kwargs):
        bill = cls._new_bill(*args, **kwargs)
        bill.action_post()
        return bill

    @classmethod
    def _refresh_holds(cls):
        """Run the job that lists the blocked bills; a test may not commit."""
        with patch.object(
            cls.env.registry["ir.cron"], "_commit_progress", lambda *args: 3600
        ):
            cls.env["vendor.quality.gate"]._cron_refresh()

    @contextmanager
    def _refused(self, message="", error=UserError):
        """Expect a refusal that says ``message`` and leaves nothing behind."""
        with self.assertRaises(error) as caught:
            yield
        self.assertIn(message, str(caught.exception))

    def _pay(self, bills, amount=None, user=None, **values):
        """Register payments in the wizard; return them."""
        wizard = (
            self.env["account.payment.register"]
            .with_user(user or self.accountant)
            .with_context(active_model="account.move", active_ids=bills.ids)
            .create(
                {
                    "journal_id": self.bank_journal.id,
                    "payment_date": date(2026, 2, 10),
                    **({"amount": amount} if amount else {}),
                    **values,
                }
            )
        )
        return wizard._create_payments()

    def _request(self, bill, user=None, **values):
        request = (
            self.env["vendor.quality.exception"]
            .with_user(user or self.accountant)
            .create({"move_id": bill.id, "reason": "Agreed with the head", **values})
        )
        request.action_submit()
        return request

    def _approve(self, request, user=None):
        request = request.with_user(user or self.finance)
        request.validate_tier()
        request.action_approve()
        return request

    def _except(self, bill, **values):
        return self._approve(self._request(bill, **values))

    def _assert_proof(self):
        """The nightly query: no governed bill passed without a decision."""
        self.env.flush_all()
        undecided = self.env["vendor.quality.gate"]._find_undecided()
        self.assertFalse(
            [(move.display_name, verdict.rule) for move, verdict in undecided]
        )
