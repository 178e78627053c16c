from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import JANUARY, TODAY, MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormRetention(MoneyCommon):
    """10 % deducted, 5 % of the remaining 9,000 retained for 30 days: 450."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money_contract = cls._new_money_contract(
            retention_rate=5, retention_days=30
        )
        cls.form = cls._new_approved(cls.money_contract)
        cls.retention = cls.form.deduction_ids.filtered(
            lambda item: item.kind == "retention"
        )

    def _release(self, records=None, user=None):
        (records or self.retention).with_user(
            user or self.other_finance
        ).action_release()
        self.env.invalidate_all()

    def test_paid_later(self):
        bill = self._bill(10000, self.money_contract)
        self._apply(self.form)
        with self._refused("cannot be paid"):
            self._pay(bill, amount=9832.51)
        self._pay(bill, amount=9832.50)  # 8,550 x 1.15
        self.assertEqual(bill.amount_residual, 517.5)
        with freeze_time("2026-03-30 02:00:00"):
            self._release()
        self.assertRecordValues(
            self.retention,
            [{"state": "applied", "released_by_id": self.other_finance.id}],
        )
        self.assertEqual(self.form.retention_released_amount, 450)
        self._pay(bill, amount=517.5)
        self.assertEqual(bill.payment_state, "paid")
        self._assert_proof()

    def test_released_by_the_right_person_in_time(self):
        with self._refused("due on"):
            self._release()
        with freeze_time("2026-03-30 02:00:00"):
            for user in (self.finance, self.manager, self.officer, self.accountant):
                with self.assertRaises(UserError):
                    self._release(user=user)
                with self.assertRaises(UserError):
                    self.retention.with_user(user).sudo().action_release()
                with self.assertRaises(UserError):
                    self.retention.with_user(user).write({"state": "applied"})
            self.assertFalse(self.retention.with_user(self.finance).can_release)
            self.assertTrue(self.retention.with_user(self.other_finance).can_release)
            self._release()
            with self.assertRaises(UserError):
                self._release()
            for record in (
                self.retention.with_user(self.other_finance),
                self.retention,
            ):
                with self.assertRaises(UserError):
                    record.write({"state": "approved"})

    def test_only_retentions_are_released(self):
        with (
            freeze_time("2026-03-30 02:00:00"),
            self._refused("only a retention"),
        ):
            self._release(self.form.deduction_ids)
        with self.assertRaises(AccessError):
            self.retention.with_user(self.other_finance).write(
                {"date_release": "2026-03-01"}
            )

    def test_released_in_bulk(self):
        january = self._new_approved(self.money_contract, period=JANUARY)
        retentions = (self.form | january).deduction_ids.filtered(
            lambda item: item.kind == "retention"
        )
        with freeze_time("2026-03-30 02:00:00"):
            self._release(retentions)
        self.assertEqual(set(retentions.mapped("state")), {"applied"})
        self.assertEqual(january.retention_released_amount, 450)

    def test_finance_is_reminded_once(self):
        self._run_cron("_cron_remind_retentions")
        self.assertFalse(self.retention.activity_ids)
        with freeze_time("2026-03-30 02:00:00"):
            self._run_cron("_cron_remind_retentions")
            self._run_cron("_cron_remind_retentions")
            self.assertEqual(len(self.retention.activity_ids), 1)
            group = self.env.ref("vendor_quality.group_quality_finance")
            self.assertIn(self.retention.activity_ids.user_id, group.all_user_ids)
            self.assertNotEqual(self.retention.activity_ids.user_id, self.finance)
            self._release()
        self.assertFalse(self.retention.activity_ids)

    def test_superseded_form_keeps_what_was_released(self):
        with freeze_time("2026-03-30 02:00:00"):
            self._release()
            successor = self._supersede(self.form, presence=100)
            self.assertRecordValues(
                successor, [{"retention_amount": 500, "retention_released_amount": 0}]
            )
            successor = self._approve_form(successor)
            self.assertEqual(successor.retention_released_amount, 450)
            item = self._items(successor)["retention"]
            self.assertEqual(item.state, "approved")
            self._release(item)
        self.assertEqual(successor.retention_released_amount, 500)

    def test_waived_retention(self):
        contract = self._new_money_contract(code="W", retention_rate=5)
        form = self._collect(contract, presence=100)
        self.assertEqual(form.payable_amount, 9500)
        self._items(form)["retention"].with_user(self.manager).action_waive("Trusted")
        self.assertRecordValues(
            form, [{"payable_amount": 10000, "retention_amount": 0}]
        )
