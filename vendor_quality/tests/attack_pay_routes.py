from odoo import Command

from .attack_common import AttackCommon


class PayRoutes(AttackCommon):
    """Two posted bills and a draft one of a form under the threshold, and every
    way to pay them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._new_form(score=50.0)
        cls.bill = cls._new_posted_bill(amount=400)
        cls.other_bill = cls._new_posted_bill(amount=300)
        cls.draft = cls._new_bill(amount=300)
        cls.total = cls.bill.amount_total
        cls.method_line = cls.outbound_payment_method_line

    def _routes(self):
        return {
            **self._wizard_routes(),
            **self._payment_routes(),
            **self._ledger_routes(),
        }

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    def _wizard_routes(self):
        bill = self.bill
        return {
            "wizard": lambda call: self._register(call, bill),
            "wizard, two bills": lambda call: self._register(
                call, bill | self.other_bill
            ),
            "wizard, grouped": lambda call: self._register(
                call, bill | self.other_bill, group_payment=True
            ),
            "wizard, difference written off": lambda call: self._register(
                call,
                bill,
                amount=0.01,
                payment_difference_handling="reconcile",
                writeoff_account_id=self.expense.id,
            ),
            "wizard from the items": lambda call: self._register(
                call, bill, items=True
            ),
            "wizard on a draft bill": lambda call: self._register(call, self.draft),
            "wizard on a draft and a posted bill": lambda call: self._register(
                call, self.draft | bill
            ),
            "wizard, too much": lambda call: self._register(
                call, bill, amount=self.total * 5
            ),
        }

    def _payment_routes(self):
        bill, total = self.bill, self.total
        return {
            "payment posted, then matched": lambda call: self._pay_and_match(call),
            "payment of the bill": lambda call: call(
                self._new_payment(call, invoice_ids=[Command.set(bill.ids)]),
                "action_post",
            ),
            "payment validated": lambda call: call(
                self._new_payment(call), "action_validate"
            ),
            "payment created under way": lambda call: self._new_payment(
                call, state="in_process"
            ),
            "payment created as paid": lambda call: self._new_payment(
                call, state="paid"
            ),
            "payment created as paid by default": lambda call: self._new_payment(
                call, extra={"default_state": "paid"}
            ),
            "payment with a write-off": lambda call: self._new_payment(
                call, write_off_line_vals=[]
            ),
            "payment written under way": lambda call: call(
                self._new_payment(call), "write", {"state": "in_process"}
            ),
            "payment raised after posting": lambda call: self._raise_payment(call),
            "payment redirected after posting": lambda call: self._redirect(call),
            "payment as customer": lambda call: call(
                self._new_payment(call, partner_type="customer"), "action_post"
            ),
            "payment to a contact": lambda call: call(
                self._new_payment(call, partner_id=self._new_contact().id),
                "action_post",
            ),
            "payment linked on the bill": lambda call: self._link(call),
            "payment imported": lambda call: call(
                self.env["account.payment"],
                "load",
                [
                    "payment_type",
                    "partner_type",
                    "partner_id/.id",
                    "amount",
                    "journal_id/.id",
                    "state",
                ],
                [
                    [
                        "outbound",
                        "supplier",
                        str(self.vendor.id),
                        str(total),
                        str(self.bank_journal.id),
                        "in_process",
                    ]
                ],
            ),
        }

    def _ledger_routes(self):
        bill = self.bill
        line = self._get_payable_line(bill)
        return {
            "outstanding entry": lambda call: call(
                bill,
                "js_assign_outstanding_line",
                self._get_payable_line(self._new_entry(self.total)).id,
            ),
            "reconcile": lambda call: call(
                self._get_payable_line(self._new_entry(self.total)) | line,
                "reconcile",
            ),
            "reconcile the draft bill": lambda call: call(
                self._get_payable_line(self._new_entry(self.total) | self.draft),
                "reconcile",
            ),
            "created reconciliation": lambda call: self._create_partial(call, line),
            "reversed reconciliation": lambda call: self._create_partial(
                call, line, sign=-1
            ),
            "raised reconciliation": lambda call: self._raise_partial(call, line),
            "reconciliation through the line": lambda call: call(
                line,
                "write",
                {
                    "matched_debit_ids": [
                        Command.create(
                            {
                                "debit_move_id": self._get_payable_line(
                                    self._new_entry(self.total)
                                ).id,
                                "amount": self.total,
                                "debit_amount_currency": self.total,
                                "credit_amount_currency": self.total,
                            }
                        )
                    ]
                },
            ),
            "matched through the line": lambda call: call(
                line,
                "write",
                {
                    "reconciled_lines_ids": [
                        Command.set(
                            self._get_payable_line(self._new_entry(self.total)).ids
                        )
                    ]
                },
            ),
            "entry of another partner": lambda call: call(
                self._get_payable_line(
                    self._new_entry(self.total, partner=self.other_vendor)
                )
                | line,
                "reconcile",
            ),
            "imported matching number": lambda call: self._import_matching(call, line),
            "transfer to another account": lambda call: self._transfer(call, line),
            "forged payment state": lambda call: call(
                bill, "write", {"payment_state": "paid"}
            ),
            "forged residual": lambda call: call(bill, "write", {"amount_residual": 0}),
            "forged residual of the line": lambda call: call(
                line, "write", {"amount_residual": 0, "reconciled": True}
            ),
            "forged by import": lambda call: call(
                self.env["account.move"],
                "load",
                [".id", "payment_state"],
                [[str(bill.id), "paid"]],
            ),
        }

    def _register(self, call, bills, items=False, **values):
        records = self._get_payable_line(bills) if items else bills
        wizard = call.create(
            "account.payment.register",
            {
                "journal_id": self.bank_journal.id,
                "payment_date": "2026-02-10",
                **values,
            },
            {"active_model": records._name, "active_ids": records.ids},
        )
        call(wizard, "action_create_payments")

    def _new_payment(self, call, amount=None, extra=None, **values):
        return call.create(
            "account.payment",
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.vendor.id,
                "amount": amount or self.total,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
                **values,
            },
            extra,
        )

    def _new_contact(self):
        return self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id}
        )

    def _pay_and_match(self, call):
        payment = self._new_payment(call)
        call(payment, "action_post")
        call(
            self._get_payable_line(payment.move_id | self.bill),
            "reconcile",
        )

    def _raise_payment(self, call):
        payment = self._new_payment(call, partner_id=self.other_vendor.id)
        call(payment, "action_post")
        call(payment, "write", {"partner_id": self.vendor.id, "amount": self.total * 3})

    def _redirect(self, call):
        bank = self.env["res.partner.bank"].create(
            {"partner_id": self.vendor.id, "acc_number": "BE71 0961 2345 6769"}
        )
        payment = self._new_payment(call, partner_id=self.other_vendor.id)
        call(payment, "action_post")
        call(payment, "write", {"partner_bank_id": bank.id})

    def _link(self, call):
        payment = self._new_payment(call)
        call(self.bill, "write", {"matched_payment_ids": [Command.link(payment.id)]})
        call(payment, "write", {"state": "paid"})

    def _create_partial(self, call, line, sign=1):
        entry_line = self._get_payable_line(self._new_entry(self.total))
        debit, credit = (entry_line, line) if sign > 0 else (line, entry_line)
        return call.create(
            "account.partial.reconcile",
            {
                "debit_move_id": debit.id,
                "credit_move_id": credit.id,
                "amount": sign * self.total,
                "debit_amount_currency": sign * self.total,
                "credit_amount_currency": sign * self.total,
            },
        )

    def _raise_partial(self, call, line):
        refund = self._new_bill(amount=1, move_type="in_refund")
        refund.action_post()
        partial = call.create(
            "account.partial.reconcile",
            {
                "debit_move_id": self._get_payable_line(refund).id,
                "credit_move_id": line.id,
                "amount": 0.01,
                "debit_amount_currency": 0.01,
                "credit_amount_currency": 0.01,
            },
        )
        entry_line = self._get_payable_line(self._new_entry(self.total))
        call(
            partial,
            "write",
            {
                "debit_move_id": entry_line.id,
                "amount": self.total,
                "credit_amount_currency": self.total,
                "debit_amount_currency": self.total,
            },
        )

    def _import_matching(self, call, line):
        entry = self._new_entry(self.total, post=False)
        lines = self._get_payable_line(entry) | line
        call(lines, "write", {"matching_number": "I77"})
        call(entry, "action_post")

    def _transfer(self, call, line):
        other = self.payable.copy()
        wizard = call.create(
            "account.automatic.entry.wizard",
            {
                "action": "change_account",
                "date": "2026-02-10",
                "journal_id": self.company_data["default_journal_misc"].id,
                "destination_account_id": other.id,
            },
            {"active_model": "account.move.line", "active_ids": line.ids},
        )
        call(wizard, "do_action")
