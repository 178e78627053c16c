from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .attack_callers import AttackCommon, Caller
from .common import FEBRUARY, JANUARY

PERIODS = (JANUARY, FEBRUARY, (JANUARY[0], FEBRUARY[1]))

# A busy machine is no failure, and the same run gives the same result.
PROFILE = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Operation:
    """One thing that somebody does to a bill, a form or a payment."""

    name: str
    user: int
    mode: str
    target: int
    pick: int

    def choose(self, options, shift=0):
        """Return one of the options."""
        return options[(self.pick + shift) % len(options)]


class GateOperations(AttackCommon):
    """What people do in the life of bills, one operation after the other."""

    def _start_life(self):
        self.forms = self._new_form(
            fee_amount=1000, payable_amount=500
        ) | self._new_form(FEBRUARY, state="review")
        self.bills = self._new_posted_bill(amount=600) | self._new_bill(amount=700)
        self.payments = self.env["account.payment"]
        self.paid_before = 0.0

    def _operate(self, operation):
        user = (self.biller, self.accountant)[operation.user]
        caller = Caller(self.env(user=user), operation.mode)
        bill = self.bills[operation.target % len(self.bills)]
        getattr(self, f"_do_{operation.name}")(operation, caller, bill)

    @classmethod
    def _get_operation_names(cls):
        return sorted(
            name.removeprefix("_do_") for name in dir(cls) if name.startswith("_do_")
        )

    def _get_paid(self):
        """Return the untaxed amount paid on posted bills; credit notes pay nothing."""
        paid = 0.0
        for bill in self.bills:
            if bill.state != "posted" or not bill.amount_total:
                continue
            partials = self._get_payable_line(bill).matched_debit_ids.filtered(
                lambda part: part.debit_move_id.move_id.move_type != "in_refund"
            )
            share = bill.amount_untaxed / bill.amount_total
            paid += sum(partials.mapped("credit_amount_currency")) * share
        return paid

    # ------------------------------------------------------------
    # BILLS
    # ------------------------------------------------------------

    def _do_post(self, operation, call, bill):
        call(bill, "action_post")

    def _do_write_posted(self, operation, call, bill):
        call(bill, "write", {"state": "posted"})

    def _do_draft(self, operation, call, bill):
        call(bill, "button_draft")

    def _do_cancel(self, operation, call, bill):
        call(bill, "button_cancel")

    def _do_enter(self, operation, call, bill):
        amount = operation.choose([50, 200, 950])
        self.bills |= self._new_bill(amount=amount, period=operation.choose(PERIODS))

    def _do_amount(self, operation, call, bill):
        price = operation.choose([100, 300, 900, 5000])
        line = bill.invoice_line_ids[:1].id
        values = {"invoice_line_ids": [Command.update(line, {"price_unit": price})]}
        call(bill, "write", values)

    def _do_period(self, operation, call, bill):
        start, end = operation.choose(PERIODS)
        call(bill, "write", {"service_date_start": start, "service_date_end": end})

    def _do_vendor(self, operation, call, bill):
        vendor = operation.choose([self.vendor, self.other_vendor])
        call(bill, "write", {"partner_id": vendor.id})

    def _do_kind(self, operation, call, bill):
        call(bill, "write", {"outsourcing_bill_kind": "outside"})

    def _do_forge(self, operation, call, bill):
        call(bill, "write", {"payment_state": "paid", "amount_residual": 0})

    def _do_credit_note(self, operation, call, bill):
        wizard = call.create(
            "account.move.reversal",
            {"journal_id": bill.journal_id.id, "date": "2026-02-06"},
            {"active_model": "account.move", "active_ids": bill.ids},
        )
        call(wizard, operation.choose(["modify_moves", "refund_moves"]))
        refunds = bill.reversal_move_ids
        refunds.filtered(lambda move: move.state == "draft").action_post()
        self.bills |= refunds.reversal_move_ids.filtered(
            lambda move: move.move_type == "in_invoice"
        )

    def _do_entry(self, operation, call, bill):
        call(self._new_debt(operation.choose([100, 2000])), "action_post")

    # ------------------------------------------------------------
    # PAYMENTS
    # ------------------------------------------------------------

    def _do_register(self, operation, call, bill):
        wizard = call.create(
            "account.payment.register",
            {
                "journal_id": self.bank_journal.id,
                "payment_date": "2026-02-10",
                "amount": operation.choose([50, 345, 690, 2000]),
            },
            {"active_model": "account.move", "active_ids": bill.ids},
        )
        call(wizard, "action_create_payments")

    def _do_pay(self, operation, call, bill):
        payment = call.create(
            "account.payment",
            {
                "payment_type": "outbound",
                "partner_type": operation.choose(["supplier", "supplier", "customer"]),
                "partner_id": self.vendor.id,
                "amount": operation.choose([50, 345, 2000], shift=1),
                "journal_id": self.bank_journal.id,
            },
        )
        call(payment, "action_post")
        self.payments |= self.env["account.payment"].browse(payment.id)

    def _do_match(self, operation, call, bill):
        lines = self._get_payable_line(self.payments.exists().move_id | bill)
        call(lines.filtered(lambda line: not line.reconciled), "reconcile")

    def _do_unmatch(self, operation, call, bill):
        call(self._get_payable_line(bill), "remove_move_reconcile")

    def _do_match_entry(self, operation, call, bill):
        entry = self._new_entry(operation.choose([100, 2000]))
        call(self._get_payable_line(entry | bill), "reconcile")

    # ------------------------------------------------------------
    # DECISIONS
    # ------------------------------------------------------------

    def _do_exception(self, operation, call, bill):
        purpose = operation.choose(["exception", "exception", "advance", "outside"])
        limit = operation.choose([100, bill.amount_total], shift=1)
        request = self._request(bill, purpose=purpose, amount_limit=limit)
        if operation.mode != "ui":
            self._approve(request)

    def _do_approve_form(self, operation, call, bill):
        for form in self.forms.filtered(lambda item: item.state == "review"):
            self._set(form, state="approved", score=operation.choose([50, 90]))

    def _do_supersede_form(self, operation, call, bill):
        """A new version of January: the fee may grow, the payable may shrink."""
        old = self.forms.filtered(
            lambda form: form.date_start == JANUARY[0] and form.state == "approved"
        )
        self._set(old, state="superseded")
        fee = old.fee_amount + operation.choose([0, 200])
        payable = operation.choose([400, 800, fee], shift=1)
        self.paid_before = self._get_paid()
        self.forms |= self._new_form(
            fee_amount=fee, payable_amount=payable, score=operation.choose([60, 90])
        )


# What moves a bill on comes more often, or few lives would get to a payment.
NAMES = [
    *GateOperations._get_operation_names(),
    *("post", "register", "register", "pay", "match", "match_entry"),
]

LIVES = st.lists(
    st.builds(
        Operation,
        name=st.sampled_from(NAMES),
        user=st.integers(0, 1),
        mode=st.sampled_from(GateOperations.MODES),
        target=st.integers(0, 3),
        pick=st.integers(0, 11),
    ),
    min_size=10,
    max_size=25,
)


@tagged("post_install", "-at_install")
class TestGateSequences(GateOperations):
    """Random lives of bills, forms, exceptions and payments.

    Whatever was tried, in whatever order and by whom: no governed bill is posted
    or paid without a decision, posted bills never exceed the fee of their form,
    and what is paid without an exception never exceeds the payable amount.
    """

    @PROFILE
    @given(LIVES)
    def test_sequences(self, life):
        _leak, refusal = self._attempt(lambda: self._live(life), lambda: None)
        self.assertIsNone(refusal)

    def _live(self, life):
        self._start_life()
        # What a test writes is never committed, so the database has no statistics
        # of its own and would look for each payment in all rows of the ledger.
        self.env.cr.execute(
            "ANALYZE account_move, account_move_line, account_partial_reconcile, "
            "account_payment"
        )
        for operation in life:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self._operate(operation)
                    self.env.flush_all()
            except (UserError, IntegrityError):
                self.env.invalidate_all()
                self._forget_undone()
            self.env.flush_all()
            self.env.invalidate_all()
            self._check_decided()
            self._check_fees()
            self._check_paid()

    def _forget_undone(self):
        self.bills = self.bills.exists()
        self.payments = self.payments.exists()
        self.forms = self.forms.exists()

    # ------------------------------------------------------------
    # INVARIANTS
    # ------------------------------------------------------------

    def _check_decided(self):
        self.assertFalse(
            [
                (move.display_name, verdict.rule)
                for move, verdict in self.env["vendor.quality.gate"]._find_undecided()
            ]
        )

    def _check_fees(self):
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
        live = self.forms.filtered(lambda form: form.state == "approved")
        for form in live:
            taken = 0.0
            for decided, move, amount in rows:
                if decided.date_start == form.date_start:
                    credit = sum(
                        move.reversal_move_ids.filtered(
                            lambda refund: refund.state == "posted"
                        ).mapped("amount_untaxed")
                    )
                    taken += max(amount - credit, 0.0)
            self.assertLessEqual(taken, form.fee_amount + 0.01)

    def _check_paid(self):
        granted = self.env["vendor.quality.decision"].search_count(
            [
                ("stage", "=", "payment"),
                ("ground", "in", ("exception", "kind", "bank")),
            ]
        )
        if granted:
            return
        payable = sum(
            self.forms.filtered(lambda form: form.state == "approved").mapped(
                "payable_amount"
            )
        )
        self.assertLessEqual(self._get_paid(), max(payable, self.paid_before) + 0.02)
