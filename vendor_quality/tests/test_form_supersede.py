from odoo.tests import freeze_time, tagged

from .common import TODAY, MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormSupersede(MoneyCommon):
    """A form is superseded after its deductions were taken off the bill.

    The first form takes 10 % for the score and 10 % for presence: 2,000.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money_contract = cls._new_money_contract(
            credit_ids=[(0, {"below_points": 60, "allocation_rate": 10})]
        )
        cls.form = cls._new_approved(cls.money_contract)

    def setUp(self):
        super().setUp()
        self.bill = self._bill(10000, self.money_contract)
        self.note = self._apply(self.form)
        self.assertEqual(self.note.amount_untaxed, 2000)

    def test_less_is_deducted(self):
        """Presence 92 % gives 60 points: no credit, so 1,000 go back."""
        self._pay(self.bill, amount=9200)
        successor = self._supersede(self.form, presence=92)
        items = self._items(successor)
        self.assertRecordValues(
            items["score"], [{"amount": 1000, "settled_amount": 1000}]
        )
        self.assertRecordValues(
            items["credit:presence"],
            [{"amount": 0, "settled_amount": 1000, "difference_amount": -1000}],
        )
        self.assertIn("goes back", items["credit:presence"].explanation)
        successor = self._approve_form(successor)
        self.assertRecordValues(
            successor,
            [
                {
                    "credited_amount": 2000,
                    "deduction_amount": 1000,
                    "to_credit_amount": 0,
                    "to_return_amount": 1000,
                }
            ],
        )
        self._assert_items("approved", successor)
        self.assertEqual(set(self.form.deduction_ids.mapped("state")), {"applied"})
        with self._refused("fee"):
            self._bill(1000.01, self.money_contract)
        back = self._apply(successor)
        self.assertRecordValues(
            back,
            [
                {
                    "move_type": "in_invoice",
                    "state": "posted",
                    "amount_untaxed": 1000,
                    "amount_total": 1150,
                }
            ],
        )
        self._run_cron("_cron_follow_bills")
        self._assert_items("applied", successor)
        with self._refused("Nothing to take off"):
            self._apply(successor)
        with self._refused("fee"):
            self._bill(1, self.money_contract)
        self._pay(back, amount=1150)
        self.assertEqual(back.payment_state, "paid")
        self._assert_proof()

    def test_vendor_bills_again_what_goes_back(self):
        successor = self._approve_form(self._supersede(self.form, presence=92))
        self._bill(1000, self.money_contract)
        self.assertEqual(successor.to_return_amount, 0)
        with self._refused("Nothing to take off"):
            self._apply(successor)
        self._run_cron("_cron_follow_bills")
        self._assert_items("applied", successor)

    def test_draft_that_gives_back_is_made_once(self):
        successor = self._approve_form(self._supersede(self.form, presence=92))
        draft = self._apply(successor, is_posted=False)
        self.assertEqual(draft.state, "draft")
        with self._refused("gives the deductions back already"):
            self._apply(successor, is_posted=False)
        draft.unlink()
        self.assertEqual(self._apply(successor).amount_untaxed, 1000)

    def test_more_is_deducted(self):
        """The old credit note counts; only the rest is credited."""
        form = self.form
        contract = self.money_contract
        self._set(contract.vendor_quality_template_id.credit_ids, allocation_rate=15)
        successor = self._supersede(form)
        self.assertEqual(successor.deduction_amount, 2500)
        item = self._items(successor)["credit:presence"]
        self.assertRecordValues(
            item, [{"settled_amount": 1000, "difference_amount": 500}]
        )
        self.assertIn(
            "500.00 is left", item.explanation.replace("\N{NO-BREAK SPACE}", " ")
        )
        successor = self._approve_form(successor)
        note = self._apply(successor)
        self.assertEqual(note.amount_untaxed, 500)
        self.assertEqual(note.reversed_entry_id, self.bill)
        self._assert_items("applied", successor)
        self.assertEqual(successor.credited_amount, 2500)
        self.assertEqual(self.bill.amount_residual, 8625)

    def test_same_deduction_is_applied_at_once(self):
        successor = self._approve_form(self._supersede(self.form))
        self._assert_items("applied", successor)
        with self._refused("Nothing to take off"):
            self._apply(successor)
        with self._refused("fee"):
            self._bill(1, self.money_contract)

    def test_old_credit_note_is_reset_afterwards(self):
        successor = self._approve_form(self._supersede(self.form))
        self.note.button_draft()
        self.env.invalidate_all()
        self._assert_items("approved", self.form)
        self._assert_items("approved", successor)
        self.assertEqual(set(successor.deduction_ids.mapped("settled_amount")), {0})
        self.note.action_post()
        self._assert_items("applied", successor)
        self.note.button_draft()
        self.note.button_cancel()
        self.assertEqual(self._apply(successor).amount_untaxed, 2000)

    def test_returned_money_keeps_its_credit_note(self):
        """Once the difference is billed again, the credit note cannot go."""
        successor = self._approve_form(self._supersede(self.form, presence=92))
        self._apply(successor)
        with self._refused("fee"):
            self.note.button_draft()

    def test_nothing_is_deducted_any_more(self):
        successor = self._supersede(self.form, presence=100)
        self.assertEqual(successor.deduction_amount, 0)
        self.assertEqual(len(successor.deduction_ids), 2)
        successor = self._approve_form(successor)
        self.assertEqual(successor.to_return_amount, 2000)
        self.assertEqual(self._apply(successor).amount_untaxed, 2000)

    def test_draft_of_the_old_form_waits(self):
        self.note.button_draft()
        successor = self._supersede(self.form)
        with self._refused("once it is approved"):
            self.note.action_post()
        successor = self._approve_form(successor)
        with self._refused("draft credit note"):
            self._apply(successor)
        self.note.action_post()
        self._assert_items("applied", successor)
