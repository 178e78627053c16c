import random

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .attack_common import AttackCommon, Caller
from .gate_common import FEBRUARY, JANUARY

SEEDS = range(20)
STEPS = 30


@tagged("post_install", "-at_install")
class TestGateSequences(AttackCommon):
    """Random lives of bills, forms, exceptions and payments.

    Whatever was tried, in whatever order and by whom: no governed bill is posted
    or paid without a decision, posted bills never exceed the fee of their form,
    and what is paid without an exception never exceeds the payable amount.
    """

    def setUp(self):
        super().setUp()
        self.forms = self._new_form(
            fee_amount=1000, payable_amount=800
        ) | self._new_form(FEBRUARY, state="review")
        self.bills = self._new_bill(amount=600) | self._new_bill(amount=700)
        self.payments = self.env["account.payment"]

    def test_sequences(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                _leak, refusal = self._attempt(
                    lambda seed=seed: self._live(seed), lambda: None
                )
                self.assertIsNone(refusal)

    def _live(self, seed):
        chance = random.Random(seed)
        done = []
        for _step in range(STEPS):
            name = chance.choice(sorted(self._steps))
            caller = Caller(
                self.env(user=chance.choice([self.biller, self.accountant])),
                chance.choice(self.MODES),
            )
            bill = chance.choice(self.bills)
            try:
                with self.env.cr.savepoint():
                    self._steps[name](self, chance, caller, bill)
                    self.env.flush_all()
                done.append(name)
            except UserError:
                self.env.invalidate_all()
            self._check_invariant(seed, done)

    def _check_invariant(self, seed, done):
        trace = f"seed {seed}: {done}"
        self.env.flush_all()
        self.env.invalidate_all()
        Gate = self.env["vendor.quality.gate"]
        undecided = [
            (move.display_name, verdict.rule)
            for move, verdict in Gate._find_undecided()
        ]
        self.assertFalse(undecided, trace)
        rows = self.env["vendor.quality.decision"]._read_group(
            [
                ("stage", "=", "post"),
                ("is_current", "=", True),
                ("ground", "=", "form"),
                ("move_id.state", "=", "posted"),
            ],
            ["form_id", "move_id"],
            ["amount:sum"],
        )
        taken = {}
        for form, move, amount in rows:
            credit = sum(
                move.reversal_move_ids.filtered(
                    lambda refund: refund.state == "posted"
                ).mapped("amount_untaxed")
            )
            taken[form] = taken.get(form, 0.0) + max(amount - credit, 0.0)
        for form, amount in taken.items():
            self.assertLessEqual(amount, form.fee_amount + 0.01, trace)
        by_exception = self.env["vendor.quality.decision"].search_count(
            [("stage", "=", "payment"), ("ground", "in", ("exception", "kind"))]
        )
        posted = self.bills.filtered(lambda bill: bill.state == "posted")
        if not by_exception and posted:
            paid = sum(
                (bill.amount_total - bill.amount_residual)
                * bill.amount_untaxed
                / bill.amount_total
                for bill in posted
            )
            payable = sum(
                self.env["vendor.quality.form"]
                .search([("contract_id", "=", self.contract.id)])
                .mapped("payable_amount")
            )
            self.assertLessEqual(paid, payable + 0.02, trace)

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _step_post(self, chance, call, bill):
        call(bill, "action_post")

    def _step_write_posted(self, chance, call, bill):
        call(bill, "write", {"state": "posted"})

    def _step_draft(self, chance, call, bill):
        call(bill, "button_draft")

    def _step_cancel(self, chance, call, bill):
        call(bill, "button_cancel")

    def _step_amount(self, chance, call, bill):
        price = chance.choice([100, 300, 900, 5000])
        call(
            bill,
            "write",
            {
                "invoice_line_ids": [
                    Command.update(bill.invoice_line_ids[:1].id, {"price_unit": price})
                ]
            },
        )

    def _step_period(self, chance, call, bill):
        start, end = chance.choice([JANUARY, FEBRUARY, (JANUARY[0], FEBRUARY[1])])
        call(bill, "write", {"service_date_start": start, "service_date_end": end})

    def _step_vendor(self, chance, call, bill):
        vendor = chance.choice([self.vendor, self.other_vendor])
        call(bill, "write", {"partner_id": vendor.id})

    def _step_kind(self, chance, call, bill):
        call(bill, "write", {"outsourcing_bill_kind": "outside"})

    def _step_forge(self, chance, call, bill):
        call(bill, "write", {"payment_state": "paid", "amount_residual": 0})

    def _step_register(self, chance, call, bill):
        wizard = call.create(
            "account.payment.register",
            {
                "journal_id": self.bank_journal.id,
                "payment_date": "2026-02-10",
                "amount": chance.choice([50, 345, 690, 2000]),
            },
            {"active_model": "account.move", "active_ids": bill.ids},
        )
        call(wizard, "action_create_payments")

    def _step_payment(self, chance, call, bill):
        payment = call.create(
            "account.payment",
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.vendor.id,
                "amount": chance.choice([50, 345, 2000]),
                "journal_id": self.bank_journal.id,
            },
        )
        call(payment, "action_post")
        self.payments |= self.env["account.payment"].browse(payment.id)

    def _step_match(self, chance, call, bill):
        payments = self.payments.exists()
        lines = self._get_payable_line(payments.move_id | bill)
        call(lines.filtered(lambda line: not line.reconciled), "reconcile")

    def _step_unmatch(self, chance, call, bill):
        call(self._get_payable_line(bill), "remove_move_reconcile")

    def _step_entry(self, chance, call, bill):
        entry = self._new_entry(chance.choice([100, 2000]))
        call(self._get_payable_line(entry | bill), "reconcile")

    def _step_refund(self, chance, call, bill):
        wizard = call.create(
            "account.move.reversal",
            {"journal_id": bill.journal_id.id, "date": "2026-02-06"},
            {"active_model": "account.move", "active_ids": bill.ids},
        )
        call(wizard, "modify_moves")
        self.bills |= bill.reversal_move_ids.reversal_move_ids.filtered(
            lambda move: move.move_type == "in_invoice"
        )

    def _step_exception(self, chance, call, bill):
        purpose = chance.choice(["exception", "exception", "advance", "outside"])
        limit = chance.choice([100, bill.amount_total])
        request = self._request(bill, purpose=purpose, amount_limit=limit)
        if chance.random() < 0.7:
            self._approve(request)

    def _step_form(self, chance, call, bill):
        form = chance.choice(self.forms)
        if form.state == "review" and chance.random() < 0.5:
            self._set(form, state="approved", score=chance.choice([50, 90]))

    _steps = {
        name.removeprefix("_step_"): method
        for name, method in list(locals().items())
        if name.startswith("_step_")
    }
