from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race_cases import QualityRaceCase

GATE = ("vendor.quality.gate", "_prepare_lock")


@tagged("post_install", "-at_install")
class TestBillRace(QualityRaceCase):
    """Bills never take more of a form than its fee, whoever posts beside whom."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            contract = self._make_contract(env)
            self.form_id = self._make_approved_form(env, contract).id
            self.contract_id = contract.id

    def _bill(self, amount, journal=0, post=False):
        with self._env() as env:
            contract = env["outsourcing.contract"].browse(self.contract_id)
            bill = self._make_bill(env, contract, amount, journal)
            if post:
                bill.action_post()
            return bill.id

    def _post(self, login, move_id):
        def act(env):
            return env["account.move"].browse(move_id).action_post()

        return self.users[login], act

    def _get_billed(self):
        """What posted bills less posted credit notes ask for the form's period."""
        with self._env() as env:
            moves = env["account.move"].search(
                [
                    ("partner_id", "=", self.vendor_id),
                    ("state", "=", "posted"),
                    ("vendor_quality_deduction_form_id", "=", False),
                ]
            )
            form = env["vendor.quality.form"].browse(self.form_id)
            self.assertEqual(form.fee_amount, 10000)
            self.assertFalse(env["vendor.quality.gate"]._find_undecided())
            return -sum(moves.mapped("amount_untaxed_signed"))

    @mute_logger("odoo.sql_db")
    def test_two_bills_of_a_form_posted_at_once(self):
        """Both were judged with the whole fee left before either took of it."""
        bills = self._bill(6000, 0), self._bill(6000, 1)
        outcomes = self._race(
            self._post("clerk", bills[0]), self._post("clerk2", bills[1]), meet=GATE
        )
        self._assert_one(outcomes, UserError, "fee")
        self.assertEqual(self._get_billed(), 6000)

    @mute_logger("odoo.sql_db")
    def test_two_bills_that_fit_are_both_posted(self):
        bills = self._bill(6000, 0), self._bill(4000, 1)
        outcomes = self._race(
            self._post("clerk", bills[0]), self._post("clerk2", bills[1]), meet=GATE
        )
        self.assertEqual([outcome.error for outcome in outcomes], [None, None])
        self.assertEqual(self._get_billed(), 10000)
        with self._env() as env:
            form = env["vendor.quality.form"].browse(self.form_id)
            self.assertEqual(form.billed_amount, 10000)

    @mute_logger("odoo.sql_db")
    def test_bill_posted_in_a_transaction_that_began_before_another(self):
        bills = self._bill(6000, 0), self._bill(6000, 1)
        outcomes = self._overtake(
            self._post("clerk", bills[0]), self._post("clerk2", bills[1])
        )
        self._assert_one(outcomes, UserError, "fee")
        self.assertEqual(self._get_billed(), 6000)

    @mute_logger("odoo.sql_db")
    def test_one_bill_posted_twice_at_once(self):
        bill = self._bill(6000)
        outcomes = self._race(self._post("clerk", bill), self._post("clerk2", bill))
        self._assert_one(outcomes, UserError, "draft")
        with self._env() as env:
            decisions = env["account.move"].browse(bill).vendor_quality_decision_ids
            self.assertEqual(decisions.mapped("amount"), [6000])

    @mute_logger("odoo.sql_db")
    def test_bill_takes_the_room_of_a_credit_note_that_is_reset(self):
        """The one counts on the credit note, the other on the room it leaves."""
        note = self._credit(self._bill(10000, post=True), 4000)
        bill = self._bill(4000, 1)
        self.assertEqual(self._get_billed(), 6000)
        outcomes = self._overtake(self._post("clerk", bill), self._reset(note))
        self._assert_one(outcomes, UserError, "fee")
        self.assertEqual(self._get_billed(), 10000)

    @mute_logger("odoo.sql_db")
    def test_credit_note_reset_while_a_bill_takes_its_room(self):
        note = self._credit(self._bill(10000, post=True), 4000)
        bill = self._bill(4000, 1)
        outcomes = self._overtake(self._reset(note), self._post("clerk", bill))
        self._assert_one(outcomes, UserError, "fee")
        self.assertEqual(self._get_billed(), 10000)

    def _credit(self, bill_id, amount):
        """Post an ordinary credit note, as a vendor sends one."""
        with self._env() as env:
            note = (
                env["account.move"]
                .browse(bill_id)
                ._reverse_moves([{"invoice_date": "2025-03-02", "date": "2025-03-02"}])
            )
            note.invoice_line_ids.price_unit = amount
            note.action_post()
            return note.id

    def _reset(self, move_id):
        def act(env):
            return env["account.move"].browse(move_id).button_draft()

        return self.users["clerk2"], act

    @mute_logger("odoo.sql_db")
    def test_two_bills_of_a_form_paid_at_once(self):
        """Of 10,000 a tenth is deducted: whoever pays second pays too much."""
        bills = self._bill(6000, 0, post=True), self._bill(4000, 1, post=True)
        outcomes = self._race(
            self._pay("clerk", bills[0]), self._pay("clerk2", bills[1], 1), meet=GATE
        )
        self._assert_one(outcomes, UserError, "cannot be paid")
        with self._env() as env:
            moves = env["account.move"].browse(bills)
            paid = [move.amount_total - move.amount_residual for move in moves]
            self.assertIn(sorted(paid), ([0, 6000], [0, 4000]))
            self.assertFalse(env["vendor.quality.gate"]._find_undecided())

    @mute_logger("odoo.sql_db")
    def test_one_bill_paid_twice_at_once(self):
        bill = self._bill(6000, post=True)
        outcomes = self._overtake(self._pay("clerk", bill), self._pay("clerk2", bill))
        self._assert_one(outcomes, UserError, "nothing left to pay")
        with self._env() as env:
            move = env["account.move"].browse(bill)
            self.assertEqual(move.amount_residual, 0)
            payments = env["account.payment"].search(
                [("partner_id", "=", self.vendor_id)]
            )
            self.assertEqual(payments.mapped("amount"), [6000])

    @mute_logger("odoo.sql_db")
    def test_two_payments_on_account_at_once(self):
        """Each alone is within what may be paid on the posted bill."""
        self._bill(6000, post=True)
        outcomes = self._overtake(
            self._advance("clerk", 6000), self._advance("clerk2", 6000, 1)
        )
        self._assert_one(outcomes, UserError, "cannot be paid out")

    @mute_logger("odoo.sql_db")
    def test_payment_on_account_while_the_bill_is_paid(self):
        bill = self._bill(6000, post=True)
        outcomes = self._overtake(
            self._pay("clerk", bill), self._advance("clerk2", 6000, 1)
        )
        self._assert_one(outcomes, UserError, "cannot be paid out")

    def _advance(self, login, amount, bank=0):
        """Return the act of a clerk who pays the vendor without naming a bill."""

        def act(env):
            payment = env["account.payment"].create(
                {
                    "payment_type": "outbound",
                    "partner_type": "supplier",
                    "partner_id": self.vendor_id,
                    "amount": amount,
                    "journal_id": self.bank_ids[bank],
                    "date": "2025-03-05",
                }
            )
            return payment.action_post()

        return self.users[login], act

    def _pay(self, login, move_id, bank=0):
        """Return the act of a clerk who pays the whole bill, whatever is proposed."""

        def act(env):
            bill = env["account.move"].browse(move_id)
            wizard = (
                env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=[move_id])
                .create(
                    {
                        "journal_id": self.bank_ids[bank],
                        "payment_date": "2025-03-05",
                        "amount": bill.amount_total,
                    }
                )
            )
            return wizard._create_payments()

        return self.users[login], act
