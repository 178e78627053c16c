from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .gate_operations import GateOperations, Operation

# A busy machine is no failure, and the same run gives the same result.
PROFILE = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
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
