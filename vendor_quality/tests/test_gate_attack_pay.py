from odoo import Command
from odoo.tests import tagged

from .attack_common import AttackCommon, Caller
from .gate_common import FEBRUARY


@tagged("post_install", "-at_install")
class TestGateAttackPay(AttackCommon):
    """Every way to a paid bill, while the score is under the threshold."""

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
    # TESTS
    # ------------------------------------------------------------

    def test_no_route_pays_a_blocked_bill(self):
        self._run_routes(self._routes(), self._find_paid)

    def test_routes_work_with_a_good_score(self):
        """The attempts are real: with a good score, they pay the bill."""
        self._set(self.form, score=95.0)
        routes = self._routes()
        refused = []
        for name in (
            "wizard",
            "wizard, two bills",
            "wizard, difference written off",
            "wizard from the items",
            "payment posted, then matched",
            "payment of the bill",
            "payment written under way",
            "outstanding entry",
            "reconcile",
            "created reconciliation",
            "reconciliation through the line",
            "matched through the line",
        ):
            caller = Caller(self.env(user=self.accountant), "ui")
            leak, refusal = self._attempt(
                lambda name=name, caller=caller: routes[name](caller), self._find_paid
            )
            if not leak:
                refused.append(f"{name}: {refusal}")
        self.assertFalse(refused, "\n".join(refused))

    def test_no_route_pays_above_the_payable_amount(self):
        self._set(self.form, score=95.0, payable_amount=200.0, deduction_amount=800.0)
        room = self.total * 0.5

        def find_leak():
            self.env["account.move"].flush_model()
            paid = self.total - self.bill.amount_residual
            other = self.other_bill.amount_total - self.other_bill.amount_residual
            out = sum(
                payment.amount
                for payment in self.env["account.payment"].search(
                    [
                        ("company_id", "=", self.company.id),
                        ("state", "in", ("in_process", "paid")),
                    ]
                )
            )
            return (
                max(paid + other, out) > room + 0.01 and (paid, other, out)
            ) or self.draft.payment_state == "paid"

        routes = self._routes()
        for name in [name for name in routes if "forged" in name]:
            routes.pop(name)
        callers = [
            (Caller(self.env(user=self.biller), "rpc"), "biller rpc"),
            (Caller(self.env(user=self.accountant), "sudo"), "accountant sudo"),
        ]
        self._run_routes(routes, find_leak, callers)

    def test_many_payments_do_not_add_up(self):
        """Money paid out and not matched yet counts for the next payment."""
        self._set(self.form, score=95.0)
        room = self.bill.amount_total + self.other_bill.amount_total
        first = self._new_payment(Caller(self.env(user=self.accountant), "ui"), room)
        first.action_post()
        self.assertIn(first.state, ("in_process", "paid"))
        second = self._new_payment(Caller(self.env(user=self.accountant), "ui"), 1)
        with self._refused("cannot be paid out"):
            second.action_post()
        lines = self._get_payable_line(first.move_id) | self._get_payable_line(
            self.bill | self.other_bill
        )
        lines.reconcile()
        self.assertEqual(self.bill.amount_residual, 0)
        self._assert_proof()

    def test_bank_line_is_history_and_an_incident(self):
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Paid at the counter",
                "partner_id": self.vendor.id,
                "amount": -self.total,
                "counterpart_account_id": self.payable.id,
            }
        )
        lines = self._get_payable_line(statement.move_id | self.bill)
        lines.with_user(self.biller).reconcile()
        self.assertEqual(self.bill.amount_residual, 0)
        incident = self.bill.vendor_quality_hold_ids.filtered(
            lambda hold: hold.stage == "bank"
        )
        self.assertRecordValues(
            incident,
            [
                {
                    "state": "active",
                    "actor": "finance",
                    "amount": self.total,
                    "placed_by_id": self.biller.id,
                }
            ],
        )
        self.assertTrue(incident.activity_ids)
        self._assert_proof()
        incident = incident.with_user(self.finance)
        with self._refused("what was found"):
            incident.action_resolve_incident()
        incident.resolution = "The vendor paid it back"
        incident.action_resolve_incident()
        self.assertEqual(incident.state, "released")

    def test_entry_that_poses_as_bank_line(self):
        """Only a real statement line is history."""
        entry = self._new_entry(self.total)
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Other",
                "amount": -1,
            }
        )
        self._set(entry, statement_line_id=statement.id)
        with self._refused():
            self._get_payable_line(entry | self.bill).reconcile()

    def test_credit_note_passes(self):
        refund = self.bill._reverse_moves(
            [{"invoice_date": self.bill.invoice_date, "date": self.bill.date}],
            cancel=True,
        )
        self.assertEqual(refund.state, "posted")
        self.assertEqual(self.bill.payment_state, "reversed")
        self._assert_proof()

    def test_credit_note_is_no_cover_for_a_payment(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.other_vendor.id,
                "amount": self.total,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
            }
        )
        payment.action_post()
        payment.move_id.with_context(skip_readonly_check=True).move_type = "in_refund"
        with self._refused():
            self._get_payable_line(payment.move_id | self.bill).reconcile()

    def test_exchange_difference_passes(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-02-10", 4.0)]
        )
        form = self._new_form(FEBRUARY, fee_amount=1000)
        bill = self._new_posted_bill(
            amount=100, currency_id=currency.id, period=FEBRUARY
        )
        self._pay(bill, currency_id=currency.id)
        self.assertEqual(bill.amount_residual, 0)
        self.assertTrue(
            bill.line_ids.matched_debit_ids.exchange_move_id
            or bill.line_ids.matched_credit_ids.exchange_move_id
        )
        self.assertAlmostEqual(form.paid_amount, 50)
        self._assert_proof()

    def test_cash_basis_passes(self):
        self.company.tax_exigibility = True
        self._set(self.form, score=95.0)
        transition = self.copy_account(
            self.company_data["default_account_assets"], {"reconcile": True}
        )
        tax = self.env["account.tax"].create(
            {
                "name": "Cash basis",
                "type_tax_use": "purchase",
                "amount": 10,
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )
        bill = self._new_posted_bill(
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Cleaning",
                        "price_unit": 100,
                        "account_id": self.expense.id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
            ]
        )
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self.assertTrue(bill.tax_cash_basis_created_move_ids)

    def test_customer_refund_up_to_the_credit(self):
        """A vendor who is a customer, too, gets back what he paid too much."""
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.vendor.id,
                "invoice_date": "2026-02-05",
                "invoice_line_ids": [
                    Command.create({"name": "Back", "price_unit": 100, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        call = Caller(self.env(user=self.accountant), "ui")
        payment = self._new_payment(call, 101, partner_type="customer")
        with self._refused("cannot be paid out"):
            payment.action_post()
        payment.amount = 100
        payment.action_post()
        self.assertIn(payment.state, ("in_process", "paid"))

    def test_inbound_payments_are_free(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.vendor.id,
                "amount": 50,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.assertIn(payment.state, ("in_process", "paid"))

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
                call, context={"default_state": "paid"}
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

    def _new_payment(self, call, amount=None, context=None, **values):
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
            context,
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
