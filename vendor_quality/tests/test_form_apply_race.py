from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race_cases import QualityRaceCase


@tagged("post_install", "-at_install")
class TestCreditRace(QualityRaceCase):
    """Deductions are taken off once, however many clerks apply them at one moment."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            contract = self._make_contract(env)
            form = self._make_approved_form(env, contract)
            self.assertEqual(form.deduction_amount, 1000)
            bills = [
                self._make_bill(env, contract, amount, journal)
                for journal, amount in enumerate((6000, 4000))
            ]
            for bill in bills:
                bill.action_post()
            self.form_id, self.contract_id = form.id, contract.id
            self.bill_ids = [bill.id for bill in bills]

    def _apply(self, login, is_posted=True):
        """Return the act of a clerk who applies the deductions in the wizard."""

        def act(env):
            wizard = (
                env["vendor.quality.deduction.apply"]
                .with_context(
                    active_model="vendor.quality.form", active_ids=[self.form_id]
                )
                .create({"is_posted": is_posted, "date": "2025-03-02"})
            )
            return wizard.action_apply()

        return self.users[login], act

    def _post(self, login, *move_ids):
        def act(env):
            return env["account.move"].browse(move_ids).action_post()

        return self.users[login], act

    def _get_notes(self, env):
        return env["account.move"].search(
            [("vendor_quality_deduction_form_id", "=", self.form_id)]
        )

    def _draft_notes(self):
        """Return two draft credit notes, of one bill each, of 1,000 each.

        People may have made them so by hand: each takes off all that is deducted.
        """
        with self._env() as env:
            form = env["vendor.quality.form"].browse(self.form_id)
            shares = form._get_ledgers()[form].shares
            notes = [form._create_credit_note(share, 1000, None) for share in shares]
            return [note.id for note in notes]

    def _assert_taken_off_once(self):
        with self._env() as env:
            form = env["vendor.quality.form"].browse(self.form_id)
            notes = self._get_notes(env).filtered(lambda note: note.state == "posted")
            self.assertEqual(sum(notes.mapped("amount_untaxed")), 1000)
            self.assertEqual(form.credited_amount, 1000)
            self.assertEqual(form.to_credit_amount, 0)
            self.assertEqual(
                form.deduction_ids.filtered("amount").mapped("state"), ["applied"]
            )
            bills = env["account.move"].browse(self.bill_ids)
            self.assertEqual(
                sum(bills.mapped("amount_total")) - sum(notes.mapped("amount_total")),
                form.payable_amount,
            )

    @mute_logger("odoo.sql_db")
    def test_two_clerks_apply_and_post_at_once(self):
        outcomes = self._race(self._apply("clerk"), self._apply("clerk2"))
        done = [outcome for outcome in outcomes if not outcome.error]
        self.assertEqual(len(done), 1, [outcome.error for outcome in outcomes])
        [refused] = [outcome.error for outcome in outcomes if outcome.error]
        self.assertIsInstance(refused, UserError)
        self.assertRegex(str(refused), "at this moment|Nothing to take off")
        self._assert_taken_off_once()

    @mute_logger("odoo.sql_db")
    def test_clerk_applies_in_a_transaction_that_began_before_another(self):
        outcomes = self._overtake(self._apply("clerk"), self._apply("clerk2"))
        self._assert_one(outcomes, UserError, "Nothing to take off")
        self._assert_taken_off_once()

    @mute_logger("odoo.sql_db")
    def test_two_clerks_make_drafts(self):
        late, first = self._overtake(
            self._apply("clerk", is_posted=False),
            self._apply("clerk2", is_posted=False),
        )
        self.assertFalse(first.error)
        self.assertIsInstance(late.error, UserError)
        self.assertRegex(str(late.error), "draft credit note")
        with self._env() as env:
            self.assertEqual(self._get_notes(env).mapped("amount_untaxed"), [1000])

    @mute_logger("odoo.sql_db")
    def test_two_credit_notes_of_a_form_posted_at_once(self):
        """Both have been posted, each as the only one, before the form is written."""
        notes = self._draft_notes()
        outcomes = self._race(
            self._post("clerk", notes[0]),
            self._post("clerk2", notes[1]),
            meet=("vendor.quality.form", "_follow_entries"),
        )
        self._assert_one(outcomes, UserError, "deducts")
        self._assert_taken_off_once()

    @mute_logger("odoo.sql_db")
    def test_one_credit_note_posted_twice_at_once(self):
        [note, _other] = self._draft_notes()
        outcomes = self._race(self._post("clerk", note), self._post("clerk2", note))
        self._assert_one(outcomes, UserError, "draft")
        self._assert_taken_off_once()

    @mute_logger("odoo.sql_db")
    def test_credit_note_posted_while_another_is_applied(self):
        """A draft of a colleague is posted; the other one still counts without it."""
        [note, other] = self._draft_notes()
        with self._env() as env:
            env["account.move"].browse(other).unlink()
        late, first = self._overtake(self._apply("clerk"), self._post("clerk2", note))
        self.assertFalse(first.error)
        self.assertIsInstance(late.error, UserError)
        self.assertGreater(late.tries, 1)
        self._assert_taken_off_once()
