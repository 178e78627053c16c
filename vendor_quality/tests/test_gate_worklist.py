from datetime import date
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..hooks import uninstall_hook
from ..models.base.res_company import set_gate_from
from ..models.gate.vendor_quality_hold import place_holds, update_holds
from .common import FEBRUARY, GateCommon


@tagged("post_install", "-at_install")
class TestGateWorklist(GateCommon):
    """The list of held bills, as finance works it off; and the gate turned off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls._new_bill(user=cls.biller)
        cls.form = cls._new_form(FEBRUARY, score=50)
        cls.posted = cls._new_posted_bill(amount=500, period=FEBRUARY)
        cls._refresh_holds()
        cls.holds = (cls.bill | cls.posted).vendor_quality_hold_ids

    def _ask(self, user, holds=None, **values):
        wizard = (
            self.env["vendor.quality.hold.request"]
            .with_user(user)
            .with_context(active_ids=(holds or self.holds).ids)
            .create({"reason": "Head of department agreed", **values})
        )
        action = wizard.action_request()
        domain = action.get("domain") or [("id", "=", action["res_id"])]
        return self.env["vendor.quality.exception"].search(domain)

    def test_refused_bill_is_listed_at_once(self):
        """The refusal is rolled back with all that the act did, the list is not."""
        bill = self._new_bill(amount=700, user=self.biller)
        self.assertFalse(bill.vendor_quality_hold_ids)
        with self.assertRaises(UserError) as refusal:
            bill.with_user(self.biller).action_post()
        self.assertIn("cannot be posted", str(refusal.exception))
        self.env.invalidate_all()
        self.assertEqual(bill.state, "draft")
        self.assertFalse(bill.vendor_quality_hold_ids)
        with self.enter_registry_test_mode():
            self.env.cr.postrollback.run()
        self.env.invalidate_all()
        hold = bill.vendor_quality_hold_ids
        self.assertEqual((hold.state, hold.stage), ("active", "post"))

    def test_reason_is_worded_for_each_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        hold = self.bill.vendor_quality_hold_ids
        self.assertEqual(hold.reason_text, hold.reason)
        self.assertEqual(hold.unblock_text, hold.unblock)
        chinese = hold.with_context(lang="zh_CN")
        self.assertIn(self.contract.name, chinese.reason_text)
        self.assertNotIn("quality form", chinese.reason_text)
        self.assertNotIn("collected", chinese.unblock_text)

    def test_reason_without_facts_stays_until_the_next_look(self):
        hold = self.bill.vendor_quality_hold_ids
        update_holds(hold, {"reason_values": False})
        self.assertEqual(hold.reason_text, hold.reason)
        hold.action_recheck()
        self.assertTrue(hold.reason_values)

    def test_who_must_act_follows_the_form(self):
        form = self._new_form(state="collected")
        self.env["vendor.quality.gate"]._refresh(self.bill)
        hold = self.bill.vendor_quality_hold_ids.filtered(
            lambda item: item.state == "active"
        )
        self.assertEqual(hold.actor, "officer")
        hold.action_remind()
        self.assertTrue(hold.activity_ids)
        for state, actor in [("vendor_review", "vendor"), ("review", "approver")]:
            self._set(form, state=state)
            hold.action_recheck()
            self.assertEqual((hold.state, hold.actor), ("active", actor))
            self.assertFalse(hold.activity_ids, "another one must act now")

    def test_answer_of_the_vendor_hands_over_to_the_officer(self):
        form = self._new_form(state="vendor_review")
        self._refresh_holds()
        hold = self.bill.vendor_quality_hold_ids.filtered("form_id")
        self.assertEqual(hold.actor, "vendor")
        server_write(form, {"vendor_answered_at": fields.Datetime.now()})
        self._refresh_holds()
        self.assertEqual((hold.state, hold.actor), ("active", "officer"))

    def test_noted_reason_stays(self):
        first = self._new_form(state="collected")
        self._refresh_holds()
        hold = self.bill.vendor_quality_hold_ids.filtered("form_id")
        noted = hold.reason, hold.unblock
        self.assertIn(first.name, hold.reason)
        hold.action_remind()
        self._set(first, state="cancelled")
        second = self._new_form(state="collected")
        hold.action_recheck()
        self.assertEqual((hold.state, hold.form_id), ("active", second))
        self.assertEqual((hold.reason, hold.unblock), noted)
        self.assertIn(second.name, hold.reason_text)
        self.assertFalse(hold.activity_ids, "they name the cancelled form")
        hold.action_remind()
        self.assertIn(second.name, hold.sudo().activity_ids.note)

    def test_settled_bills_are_released_first(self):
        self._set(self.posted, payment_state="paid")
        hold = self.posted.vendor_quality_hold_ids

        def stop(*_args):
            self.assertEqual(hold.state, "released")

        with patch.object(type(self.env["vendor.quality.gate"]), "_refresh_all", stop):
            self._refresh_holds()
        self.assertEqual(hold.release_reason, "The bill is settled or cancelled.")

    def test_list_says_who_must_act(self):
        self.assertEqual(
            {hold.move_id: (hold.actor, hold.stage) for hold in self.holds},
            {
                self.bill: ("officer", "post"),
                self.posted: ("finance", "payment"),
            },
        )
        for hold in self.holds:
            self.assertTrue(hold.reason and hold.unblock)

    def test_many_exceptions_with_one_reason(self):
        requests = self._ask(self.biller)
        self.assertEqual(requests.move_id, self.bill | self.posted)
        self.assertEqual(set(requests.mapped("state")), {"submitted"})
        self.assertEqual(requests.requester_id, self.biller)
        with self._refused("Nothing to request"):
            self._ask(self.biller)
        for request in requests:
            self._approve(request)
        self.bill.action_post()
        self._pay(self.posted)
        self.assertEqual(self.posted.payment_state, "paid")
        self._assert_proof()

    def test_only_drafts_become_outside(self):
        requests = self._ask(self.accountant, purpose="outside")
        self.assertEqual(requests.move_id, self.bill)

    def test_remind_once(self):
        self.holds.with_user(self.biller).action_remind()
        for hold in self.holds:
            self.assertEqual(len(hold.activity_ids), 1)
        self.assertNotIn(self.biller, self.holds.activity_ids.user_id)
        self.holds.with_user(self.accountant).action_remind()
        self.assertEqual(len(self.holds.activity_ids), 2)
        self._set(self.form, score=95)
        self.holds.action_recheck()
        with self._refused("nobody to remind"):
            self.posted.vendor_quality_hold_ids.action_remind()

    def test_remind_the_vendor(self):
        self.vendor.email = "office@clean.example"
        waiting = self._new_form(state="vendor_review")
        self.env["vendor.quality.gate"]._refresh(self.bill)
        hold = self.bill.vendor_quality_hold_ids.filtered(
            lambda item: item.state == "active"
        )
        self.assertEqual(hold.actor, "vendor")
        hold.with_user(self.biller).action_remind()
        self.assertIn(self.vendor, waiting.message_ids.partner_ids)

    def test_release_in_bulk(self):
        self._new_form()
        self._set(self.form, score=95)
        action = self.holds.with_user(self.biller).action_recheck()
        self.assertEqual(set(self.holds.mapped("state")), {"released"})
        self.assertEqual(action["params"]["message"], "2 of 2 holds released.")

    def test_quality_roles_work_the_list_without_reading_bills(self):
        officer = self._new_user("worklist", "vendor_quality.group_quality_officer")
        for user in (self.finance, officer):
            with self.assertRaises(AccessError):
                self.bill.with_user(user).read(["name"])
            action = self.holds.with_user(user).action_recheck()
            self.assertEqual(action["params"]["message"], "0 of 2 holds released.")
        self.assertEqual(self._ask(officer).move_id, self.bill | self.posted)
        self._new_form()
        self.holds.with_user(self.finance).action_recheck()
        self.assertEqual(self.bill.vendor_quality_hold_ids.state, "released")

    def test_who_only_reads_holds_does_not_act_on_them(self):
        readers = self._new_user("auditor", "vendor_quality.group_quality_auditor")
        readers |= self._new_user("reader", "account.group_account_readonly")
        self._new_form()
        self._set(self.form, score=95)
        for user in readers:
            holds = self.holds.with_user(user)
            self.assertTrue(holds.mapped("reason_text"))
            for verb in ("action_recheck", "action_remind"):
                with self._refused("act on holds", AccessError):
                    getattr(holds, verb)()
                for kind in ("list", "form"):
                    self.assertNotIn(verb, holds.get_view(None, kind)["arch"])
        self.assertEqual(set(self.holds.mapped("state")), {"active"})

    def test_recheck_does_not_count_incidents(self):
        [values] = self.holds[:1].copy_data({"stage": "leak"})
        incident = place_holds(self.env, [values])
        action = (self.holds | incident).with_user(self.biller).action_recheck()
        self.assertEqual(action["params"]["message"], "0 of 2 holds released.")
        self.assertEqual(incident.state, "active")

    def test_request_about_holds_that_one_may_not_read(self):
        outsider = self._new_user("outsider", "account.group_account_invoice")
        outsider.group_ids -= self.env.ref("account.group_account_invoice")
        with self.assertRaises(AccessError):
            self._ask(outsider)

    def test_native_block_is_shown_and_not_relied_on(self):
        self.posted.with_user(self.accountant).action_toggle_block_payment()
        hold = self.posted.vendor_quality_hold_ids
        self.assertEqual(hold.payment_state, "blocked")
        self.posted.with_user(self.accountant).action_toggle_block_payment()
        with self._refused("under the threshold"):
            self._pay(self.posted)
        self._set(self.form, score=95)
        self._pay(self.posted)
        self.assertEqual(self.posted.payment_state, "paid")

    def test_gate_turned_off_leaves_bills_usable(self):
        due = self._new_bill(auto_post="at_date", date=date(2026, 2, 5))
        due._vendor_quality_park()
        self.assertEqual(due.auto_post, "no")
        set_gate_from(self.company, False)
        self.assertEqual(due.auto_post, "at_date")
        self.assertEqual(set(self.holds.mapped("state")), {"released"})
        self.bill.action_post()
        self._pay(self.posted)
        self.posted.button_draft()
        self.assertEqual(self.posted.state, "draft")

    def test_gate_turned_on_again_judges_what_passed_meanwhile(self):
        set_gate_from(self.company, False)
        self.bill.action_post()
        set_gate_from(self.company, "2026-01-01")
        with self.assertRaises(UserError):
            self._pay(self.bill)

    def test_uninstall_arms_parked_bills(self):
        due = self._new_bill(auto_post="at_date", date=date(2026, 2, 5))
        due._vendor_quality_park()
        uninstall_hook(self.env)
        self.assertEqual(due.auto_post, "at_date")
