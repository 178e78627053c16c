from datetime import date

from odoo import fields
from odoo.tests import tagged

from .attack_callers import AttackCommon
from .common import JANUARY

MANY = 120
"""More than the cron posts at once."""


@tagged("post_install", "-at_install")
class TestGateAutopost(AttackCommon):
    """Blocked bills wait aside; those that post by themselves go on."""

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "account.ir_cron_auto_post_draft_entry"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_auto_post_cron(self):
        bill = self._new_bill()
        free = self._new_bill(vendor=self.other_vendor, period=None)
        moves = bill | free
        moves.write({"auto_post": "at_date", "date": fields.Date.today()})
        self._run_cron()
        self.assertEqual(bill.state, "draft")
        self.assertEqual(bill.auto_post, "no")
        self.assertEqual(free.state, "posted")
        hold = bill.vendor_quality_hold_ids
        self.assertEqual(hold.parked_auto_post, "at_date")
        self._new_form()
        hold.action_recheck()
        self.assertEqual(hold.state, "released")
        self.assertEqual(bill.auto_post, "at_date")
        self._run_cron()
        self.assertEqual(bill.state, "posted")

    def test_many_blocked_bills_do_not_stall_the_others(self):
        """One run posts all free bills, and says nothing on the blocked ones."""
        values = {"auto_post": "at_date", "date": date(2026, 2, 5)}
        blocked = self._new_bill(amount=10, **values)
        copied = {
            **values,
            "invoice_date": blocked.invoice_date,
            "service_date_start": JANUARY[0],
            "service_date_end": JANUARY[1],
        }
        blocked |= self.env["account.move"].create(
            blocked.copy_data(copied) * (MANY - 1)
        )
        one = self._new_bill(vendor=self.other_vendor, period=None, **values)
        free = one | self.env["account.move"].create(
            one.copy_data({**values, "invoice_date": one.invoice_date}) * (MANY - 1)
        )
        before = len(blocked.message_ids)
        self._run_cron()
        self.assertEqual(set(free.mapped("state")), {"posted"})
        self.assertEqual(set(blocked.mapped("state")), {"draft"})
        self.assertEqual(set(blocked.mapped("auto_post")), {"no"})
        holds = blocked.vendor_quality_hold_ids
        self.assertEqual(len(holds), MANY)
        self.assertEqual(set(holds.mapped("parked_auto_post")), {"at_date"})
        said = len(blocked.message_ids)
        self.assertEqual(said, before)
        self._run_cron()
        self.assertEqual(len(blocked.message_ids), said)
        self.assertEqual(len(blocked.vendor_quality_hold_ids), MANY)
        self._new_form(fee_amount=MANY * 10)
        holds.action_recheck()
        self._run_cron()
        self.assertEqual(set(blocked.mapped("state")), {"posted"})

    def test_held_entry_is_parked(self):
        entry = self._new_debt(auto_post="at_date", date="2026-02-05")
        free = self._new_debt(
            partner=self.other_vendor, auto_post="at_date", date="2026-02-05"
        )
        self._run_cron()
        self.assertEqual((entry.state, free.state), ("draft", "posted"))
        self.assertEqual(entry.vendor_quality_hold_ids.parked_auto_post, "at_date")

    def test_bill_that_posts_by_itself(self):
        bill = self._new_bill()
        self.company.autopost_bills = True
        self.vendor.autopost_bills = "always"
        for user in (self.biller, self.accountant):
            bill.with_user(user)._autopost_bill()
            self.assertEqual(bill.state, "draft")
        self.assertIn("not posted by itself", str(bill.message_ids.mapped("body")))
        self._new_form()
        bill._autopost_bill()
        self.assertEqual(bill.state, "posted")
