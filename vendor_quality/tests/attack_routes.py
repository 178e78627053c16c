"""Ways to a posted and to a paid bill, as attempts that the gate must refuse."""

from odoo import Command

from .attack_callers import AttackCommon
from .common import FEBRUARY


class PostRoutes(AttackCommon):
    """A draft bill without a form, and every way to post it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls._new_bill()
        cls.bill_line = cls.bill.invoice_line_ids

    def _routes(self):
        bill, line = self.bill, self.bill_line
        return {
            "button": lambda call: call(bill, "action_post"),
            "mass confirm": lambda call: call(
                bill, "action_validate_moves_with_confirmation"
            ),
            "validate wizard": lambda call: self._validate(call, bill, False),
            "validate wizard, forced": lambda call: self._validate(call, bill, True),
            "write state": lambda call: call(bill, "write", {"state": "posted"}),
            "write state and other figures": lambda call: call(
                bill,
                "write",
                {"state": "posted", "amount_untaxed": 0, "amount_total": 0},
            ),
            "write state and kind": lambda call: call(
                bill, "write", {"state": "posted", "outsourcing_bill_kind": "outside"}
            ),
            "write state without contract": lambda call: call(
                bill, "write", {"state": "posted", "outsourcing_contract_id": False}
            ),
            "write state of another period": lambda call: call(
                bill,
                "write",
                {
                    "state": "posted",
                    "service_date_start": "2020-01-01",
                    "service_date_end": "2020-01-31",
                },
            ),
            "dated back": lambda call: self._date_back(call, bill),
            "write through the lines": lambda call: call(
                line, "write", {"move_id": bill.id, "parent_state": "posted"}
            ),
            "import of the state": lambda call: call(
                self.env["account.move"],
                "load",
                [".id", "state"],
                [[bill.id, "posted"]],
            ),
            "create posted": lambda call: self._create(call, {"state": "posted"}),
            "create posted by default": lambda call: self._create(
                call, {}, {"default_state": "posted"}
            ),
            "copy posted": lambda call: call(bill, "copy", {"state": "posted"}),
            "receipt": lambda call: call(
                self._create(call, {"move_type": "in_receipt"}), "action_post"
            ),
            "contact of the vendor": lambda call: call(
                self._create(call, {"partner_id": self._new_contact().id}),
                "action_post",
            ),
            "twin by tax number": lambda call: call(
                self._create(
                    call, {"partner_id": self._new_twin(vat="be 0477.472.701").id}
                ),
                "action_post",
            ),
            "twin by bank account": lambda call: call(
                self._create(call, {"partner_id": self._new_bank_twin().id}),
                "action_post",
            ),
            "bank account of the vendor on the bill": lambda call: self._post_by_bank(
                call
            ),
            "vendor after posting": lambda call: self._set_vendor_late(call),
            "reversed credit note": lambda call: self._reverse(call),
            "negative credit note": lambda call: self._post_negative_refund(call),
            "switched credit note": lambda call: self._switch(call),
            "recurring copy": lambda call: call(
                bill,
                "write",
                {"auto_post": "monthly", "state": "posted"},
            ),
        }

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    def _validate(self, call, bill, force):
        wizard = call.create(
            "validate.account.move",
            {"force_post": force},
            {"active_model": "account.move", "active_ids": bill.ids},
        )
        call(wizard, "validate_move")

    def _date_back(self, call, bill):
        call(
            bill,
            "write",
            {
                "invoice_date": "2020-01-05",
                "date": "2020-01-05",
                "service_date_start": "2020-01-01",
                "service_date_end": "2020-01-31",
            },
        )
        call(bill, "action_post")

    def _create(self, call, values, context=None):
        values = {
            "move_type": "in_invoice",
            "partner_id": self.vendor.id,
            "invoice_date": "2026-02-05",
            "date": "2026-02-05",
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Cleaning",
                        "price_unit": 1000,
                        "account_id": self.expense.id,
                    }
                )
            ],
            **values,
        }
        return call.create("account.move", values, context)

    def _new_contact(self):
        return self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id, "type": "invoice"}
        )

    def _new_twin(self, **values):
        return self.env["res.partner"].create(
            {"name": "Clean and Co.", "is_company": True, **values}
        )

    def _new_bank_twin(self):
        twin = self._new_twin()
        for partner in twin | self.vendor:
            self.env["res.partner.bank"].create(
                {"partner_id": partner.id, "acc_number": "BE71 0961 2345 6769"}
            )
        return twin

    def _post_by_bank(self, call):
        bank = self.env["res.partner.bank"].create(
            {"partner_id": self.vendor.id, "acc_number": "BE71 0961 2345 6769"}
        )
        bill = self._create(
            call,
            {"partner_id": self.other_vendor.id, "partner_bank_id": bank.id},
        )
        call(bill, "action_post")

    def _set_vendor_late(self, call):
        bill = self._create(call, {"partner_id": False})
        call(bill, "write", {"state": "posted"})
        call(
            bill,
            "write",
            {"partner_id": self.vendor.id},
            extra={"skip_readonly_check": True},
        )

    def _new_refund(self, call, amount=1000):
        return self._create(
            call,
            {
                "move_type": "in_refund",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Cleaning",
                            "price_unit": amount,
                            "account_id": self.expense.id,
                        }
                    )
                ],
            },
        )

    def _reverse(self, call):
        refund = self._new_refund(call)
        call(refund, "action_post")
        wizard = call.create(
            "account.move.reversal",
            {"journal_id": refund.journal_id.id, "date": "2026-02-06"},
            {"active_model": "account.move", "active_ids": refund.ids},
        )
        call(wizard, "modify_moves")

    def _post_negative_refund(self, call):
        refund = self._new_refund(call, -1000)
        call(refund, "write", {"state": "posted"})

    def _switch(self, call):
        refund = self._new_refund(call)
        call(refund, "action_switch_move_type")
        call(refund, "action_post")

    def _raise_balance(self, call, bill):
        context = {"check_move_validity": False}
        for line in bill.line_ids.filtered("balance"):
            call(
                line,
                "write",
                {
                    "balance": line.balance * 9,
                    "amount_currency": line.amount_currency * 9,
                },
                extra=context,
            )

    def _post_again(self, call, bill):
        call(bill, "button_draft")
        call(
            bill,
            "write",
            {
                "invoice_line_ids": [
                    Command.update(bill.invoice_line_ids.id, {"price_unit": 9000})
                ]
            },
        )
        call(bill, "action_post")


class EntryRoutes(AttackCommon):
    """A draft entry, and every way to owe a vendor something without a bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debt = cls._new_debt()

    def _entry_routes(self):
        return {
            "entry by button": lambda call: call(self.debt, "action_post"),
            "entry by state": lambda call: call(
                self.debt, "write", {"state": "posted"}
            ),
            "entry imported": lambda call: call(
                self.env["account.move"],
                "load",
                [".id", "state"],
                [[self.debt.id, "posted"]],
            ),
            "entry created": lambda call: call(
                call.create("account.move", self._get_entry_values()), "action_post"
            ),
            "entry created posted": lambda call: call.create(
                "account.move", {**self._get_entry_values(), "state": "posted"}
            ),
            "entry of a contact": lambda call: call(
                self._new_debt(partner=self._new_desk()), "action_post"
            ),
            "partner after posting": lambda call: self._set_partner_late(call),
            "partner through the entry": lambda call: self._set_partner_late(
                call, by_entry=True
            ),
            "bill turned into an entry": lambda call: self._turn_into_entry(call),
            "false reversal": lambda call: self._reverse_falsely(call),
        }

    def _get_entry_values(self):
        return {
            "journal_id": self.company_data["default_journal_misc"].id,
            "date": "2026-02-06",
            "line_ids": [
                Command.create(
                    {
                        "account_id": self.payable.id,
                        "partner_id": self.vendor.id,
                        "credit": 10,
                    }
                ),
                Command.create({"account_id": self.expense.id, "debit": 10}),
            ],
        }

    def _new_desk(self):
        return self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.vendor.id}
        )

    def _set_partner_late(self, call, by_entry=False):
        free = self._new_debt(partner=self.other_vendor)
        line = self._get_payable_line(free)
        call(free, "action_post")
        values = {"partner_id": self.vendor.id}
        if by_entry:
            call(free, "write", {"line_ids": [Command.update(line.id, values)]})
        else:
            call(line, "write", values)

    def _turn_into_entry(self, call):
        bill = self._new_bill(period=FEBRUARY)
        call(bill, "write", {"move_type": "entry"})
        call(bill, "action_post")

    def _reverse_falsely(self, call):
        """Something that looks like a reversal, but books an expense."""
        payment = self._new_entry(1000)
        call(self._new_debt(reversed_entry_id=payment.id), "action_post")


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
        cls.entry = cls._new_entry(cls.total)
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
                self._get_payable_line(self.entry).id,
            ),
            "reconcile": lambda call: call(
                self._get_payable_line(self.entry) | line,
                "reconcile",
            ),
            "reconcile the draft bill": lambda call: call(
                self._get_payable_line(self.entry | self.draft),
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
                                "debit_move_id": self._get_payable_line(self.entry).id,
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
                        Command.set(self._get_payable_line(self.entry).ids)
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
        entry_line = self._get_payable_line(self.entry)
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
        entry_line = self._get_payable_line(self.entry)
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


class CustomerRoutes(AttackCommon):
    """Every way to pay a governed vendor as if it were a customer."""

    def _customer_routes(self):
        return {
            "credit note refunded": lambda call: self._refund(call),
            "credit note registered": lambda call: self._register_refund(call),
            "negative invoice": lambda call: self._force(call, "out_invoice"),
            "negative receipt": lambda call: self._force(call, "out_receipt"),
            "negative payment": lambda call: self._pay_customer(
                call, payment_type="inbound", amount=-1000, state="in_process"
            ),
            "receipt that was only expected": lambda call: self._expect(call),
            "receipt turned around": lambda call: self._turn_around(call),
            "credit by an entry": lambda call: self._credit_by_entry(call),
        }

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

    def _pay_customer(self, call, **values):
        payment = call.create(
            "account.payment",
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.vendor.id,
                "amount": 1000,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
                **values,
            },
        )
        call(payment, "action_post")
        return payment

    def _new_posted_refund(self):
        refund = self._new_customer_document("out_refund")
        refund.action_post()
        return refund

    def _refund(self, call):
        self._new_posted_refund()
        self._pay_customer(call)

    def _register_refund(self, call, document=None):
        wizard = call.create(
            "account.payment.register",
            {"journal_id": self.bank_journal.id, "payment_date": "2026-02-10"},
            {
                "active_model": "account.move",
                "active_ids": (document or self._new_posted_refund()).ids,
            },
        )
        call(wizard, "action_create_payments")

    def _force(self, call, move_type):
        document = self._new_customer_document(move_type, -1000)
        call(document, "write", {"state": "posted"})
        self._register_refund(call, document)

    def _expect(self, call):
        """Say that the customer paid, though no statement shows it."""
        self._pay_customer(call, payment_type="inbound")
        self._pay_customer(call)

    def _turn_around(self, call):
        payment = self._pay_customer(call, payment_type="inbound")
        call(payment, "write", {"payment_type": "outbound"})

    def _credit_by_entry(self, call):
        entry = self._new_debt()
        receivable = self.company_data["default_account_receivable"]
        self._get_payable_line(entry).account_id = receivable
        call(entry, "action_post")
        self._pay_customer(call)
