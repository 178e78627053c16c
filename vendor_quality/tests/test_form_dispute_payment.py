from odoo.tests import freeze_time, tagged

from ..models.form.vendor_quality_form_flow import record_answer, record_dispute
from .common import TODAY, MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormDisputePayment(MoneyCommon):
    """The undisputed part is paid; the decision pays or credits the rest.

    Presence 90 % (50 points): 10 % by the score and a credit of 5 %. With the
    line at full points the score is 100: nothing is deducted.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money_contract = cls._new_money_contract(
            credit_ids=[(0, {"below_points": 60, "allocation_rate": 5})]
        )
        cls.vendor.email = "vendor@clean.test"
        cls.portal_user = cls.env["res.users"].create(
            {
                "name": "Vendor",
                "login": "money_vendor",
                "partner_id": cls.env["res.partner"]
                .create({"name": "Vendor contact", "parent_id": cls.vendor.id})
                .id,
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )

    def _approve_disputed(self):
        form = self._collect(self.money_contract)
        form.action_send_to_vendor()
        line = form.line_ids.filtered(lambda item: item.code == "presence")
        dispute = record_dispute(
            form.with_user(self.portal_user),
            self.portal_user,
            line.id,
            "Our list says 98 %",
        )
        record_answer(form.sudo(), self.portal_user, "See the dispute")
        form.invalidate_recordset()
        return self._approve_form(form), dispute.with_env(self.env)

    def test_stay_of_score_and_credit(self):
        form, _dispute = self._approve_disputed()
        self.assertRecordValues(
            form,
            [
                {
                    "deduction_amount": 0,
                    "disputed_amount": 1500,
                    "payable_amount": 8500,
                }
            ],
        )
        items = self._items(form)
        self.assertEqual(items["score"].disputed_amount, 1000)
        self.assertEqual(items["credit:presence"].disputed_amount, 500)
        self.assertIn("dispute", items["score"].explanation)

    def test_exactly_the_undisputed_part_is_paid(self):
        _form, _dispute = self._approve_disputed()
        bill = self._bill(10000, self.money_contract)
        with self._refused("cannot be paid"):
            self._pay(bill, amount=9775.01)
        self._pay(bill, amount=9775)  # 8,500 x 1.15
        with self._refused("cannot be paid"):
            self._pay(bill, amount=0.01)
        with self._refused("Nothing to take off"):
            self._apply(_form)

    def test_upheld_pays_the_rest(self):
        form, dispute = self._approve_disputed()
        bill = self._bill(10000, self.money_contract)
        self._pay(bill, amount=9775)
        dispute.with_user(self.other_manager).action_decide("upheld", "Right")
        successor = form.superseded_by_ids
        self.assertRecordValues(
            successor, [{"state": "collected", "payable_amount": 10000}]
        )
        with self._refused("cannot be paid"):
            self._pay(bill, amount=1)
        self._approve_form(successor, preparer=self.other_officer)
        self._pay(bill, amount=1725)
        self.assertEqual(bill.payment_state, "paid")

    def test_rejected_credits_the_rest(self):
        form, dispute = self._approve_disputed()
        bill = self._bill(10000, self.money_contract)
        self._pay(bill, amount=9775)
        dispute.with_user(self.other_manager).action_decide("rejected", "No list")
        successor = self._approve_form(
            form.superseded_by_ids, preparer=self.other_officer
        )
        self.assertEqual(successor.deduction_amount, 1500)
        note = self._apply(successor)
        self.assertEqual(note.amount_untaxed, 1500)
        self.assertEqual(bill.amount_residual, 0)
        self._assert_items("applied", successor)
        self._assert_proof()

    def test_decided_after_another_supersession(self):
        """The decision reaches the form that holds now."""
        form, dispute = self._approve_disputed()
        successor = self._supersede(form)
        self.assertEqual(successor.disputed_amount, 1500)
        dispute.with_user(self.other_manager).action_decide("upheld", "Right")
        successor.invalidate_recordset()
        self.assertRecordValues(
            successor, [{"disputed_amount": 0, "payable_amount": 10000}]
        )
