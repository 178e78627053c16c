from datetime import date

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import JANUARY, GateCommon

PAGO = "Pacific/Pago_Pago"


@tagged("post_install", "-at_install")
class TestGateException(GateCommon):
    """Two persons let one bill through once, or decide what kind of bill it is."""

    def test_exception_lets_one_bill_through_once(self):
        self._new_form(score=70)
        bill = self._new_posted_bill(amount=400)
        other = self._new_posted_bill(amount=400)
        request = self._request(bill)
        with self.assertRaises(UserError):
            self._pay(bill)
        self._approve(request)
        with self.assertRaises(UserError):
            self._pay(other)
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self.assertEqual(request.state, "used")
        self.assertTrue(request.payment_used_at)
        with self.assertRaises(UserError):
            self._pay(other)
        self.assertEqual(bill.vendor_quality_hold_ids.mapped("state"), ["released"])
        self._assert_proof()

    def test_asking_again_opens_what_waits(self):
        """Nobody fills in a second request that the server then refuses."""
        bill = self._new_bill().with_user(self.accountant)
        self.assertFalse(bill.action_vendor_quality_request_exception()["res_id"])
        request = self._request(bill)
        action = bill.action_vendor_quality_request_exception()
        self.assertEqual(action["res_id"], request.id)
        self.assertIn("group: Finance", request.approve_notice)
        self.assertFalse(request.with_user(self.finance).approve_notice)

    def test_bill_says_what_was_asked_and_whom_it_waits_for(self):
        """Who enters bills sees it in the banner, with a link where he may read it."""
        bill = self._new_bill().with_user(self.accountant)
        self.assertFalse(bill.vendor_quality_request_notice)
        request = self._request(bill)
        reader = self._new_user("buyer", "purchase.group_purchase_user")
        for user, shown in (
            (self.accountant, request),
            (self.biller, request),
            (reader, self.env["vendor.quality.exception"]),
        ):
            seen = bill.with_user(user)
            with self.subTest(user=user.login):
                self.assertEqual(seen.vendor_quality_open_request_id, shown)
                text = seen.vendor_quality_request_notice
                self.assertIn("Let the bill through once: asked for on", text)
                self.assertIn(self.finance.name, text)
        with Form(bill) as form:
            self.assertEqual(form.vendor_quality_open_request_id, request)
        self._request(bill, purpose="advance")
        bill.invalidate_recordset()
        self.assertIn("It is an advance", bill.vendor_quality_request_notice)
        self.assertTrue(bill.vendor_quality_is_exception_asked)
        self._approve(request)
        bill.invalidate_recordset()
        self.assertNotIn("Let the bill", bill.vendor_quality_request_notice)
        drafts = self.env["account.move"].new({"move_type": "in_invoice"})
        self.assertFalse(drafts.vendor_quality_request_notice)

    def test_another_request_keeps_nobody_from_asking(self):
        """Whether it is an advance waits; the button to let it through stays."""
        bill = self._new_bill().with_user(self.accountant)
        self._refresh_holds()
        hold = bill.vendor_quality_hold_ids
        advance = self._request(bill, purpose="advance")
        self.assertEqual(bill.vendor_quality_open_request_id, advance)
        self.assertFalse(bill.vendor_quality_is_exception_asked)
        self.assertEqual(hold.open_request_id, advance)
        self.assertFalse(hold.is_exception_asked)
        self.assertFalse(bill.action_vendor_quality_request_exception()["res_id"])
        request = self._request(bill)
        (bill | hold.move_id).invalidate_recordset()
        hold.invalidate_recordset()
        self.assertTrue(bill.vendor_quality_is_exception_asked)
        self.assertTrue(hold.is_exception_asked)
        self.assertEqual(hold.open_request_id, request)

    def test_notice_names_the_day_of_the_submission(self):
        """A draft of a request may be weeks older."""
        bill = self._new_bill().with_user(self.accountant)
        request = self._request(bill)
        self.assertTrue(request.submitted_at)
        self._set(request, submitted_at="2026-02-20 10:00:00")
        self._set(request, create_date="2026-01-03 10:00:00")
        text = bill.vendor_quality_request_notice
        self.assertIn("asked for on 02/20/2026", text)

    def test_exception_is_used_up_by_a_part_payment(self):
        self._new_form(score=70)
        bill = self._new_posted_bill()
        self._except(bill)
        self._pay(bill, amount=100)
        with self.assertRaises(UserError):
            self._pay(bill, amount=100)

    def test_exception_that_posted_a_bill_pays_once(self):
        """Two payments in one transaction: the first one is not flushed yet."""
        bill = self._new_bill()
        request = self._except(bill)
        bill.action_post()
        self.assertEqual(request.state, "used")
        self._pay(bill, amount=100)
        self.assertTrue(request.payment_used_at)
        with self.assertRaises(UserError):
            self._pay(bill, amount=100)

    def test_payment_by_exception_can_be_matched_again(self):
        self._new_form(score=70)
        bill = self._new_posted_bill()
        self._except(bill)
        payment = self._pay(bill)
        lines = (bill | payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        )
        lines.remove_move_reconcile()
        lines.reconcile()
        self.assertEqual(bill.amount_residual, 0)
        self._assert_proof()

    def test_exception_to_post_before_the_form(self):
        bill = self._new_bill()
        request = self._except(bill)
        bill.action_post()
        self.assertEqual(request.state, "used")
        bill.button_draft()
        with self.assertRaises(UserError):
            bill.action_post()

    def test_bill_posted_by_exception_counts_against_the_later_form(self):
        bill = self._new_bill(amount=600)
        self._except(bill)
        bill.action_post()
        self._new_form()
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=500)
        self._new_posted_bill(amount=400)

    def test_duties_of_the_exception(self):
        self._new_form(score=70)
        both = self._new_user(
            "both",
            "account.group_account_invoice,vendor_quality.group_quality_finance",
        )
        bill = self._new_bill(user=both)
        bill.action_post()
        request = self._request(bill, user=self.accountant)
        with self.assertRaises(UserError):
            request.with_user(both).validate_tier()
        with self.assertRaises(UserError):
            request.with_user(both).write({"state": "approved"})
        with self.assertRaises(UserError):
            request.with_user(self.accountant).validate_tier()
        with self.assertRaises(UserError):
            request.sudo().write({"state": "approved"})
        own = self._new_posted_bill(amount=0)
        self.assertTrue(own)
        self._approve(request)

    def test_exception_system_fields(self):
        bill = self._new_bill()
        with self.assertRaises(AccessError):
            self._request(bill, fingerprint="x")
        request = self._request(bill)
        for values in (
            {"fingerprint": "x"},
            {"posting_used_at": False},
            {"requester_id": self.finance.id},
        ):
            with self.assertRaises(AccessError):
                request.write(values)
        with self.assertRaises(UserError):
            request.write({"amount_limit": 9999})

    def test_change_of_the_bill_voids_the_exception(self):
        bill = self._new_bill()
        request = self._except(bill)
        bill.invoice_line_ids.price_unit = 1100
        with self.assertRaises(UserError):
            bill.action_post()
        self.env["vendor.quality.exception"]._cron_close()
        self.assertEqual(request.state, "void")

    def test_exception_expires(self):
        bill = self._new_bill()
        request = self._except(bill)
        self._set(request, expiry_date=date(2020, 1, 1))
        with self.assertRaises(UserError):
            bill.action_post()
        self.env["vendor.quality.exception"]._cron_close()
        self.assertEqual(request.state, "expired")

    def test_whoever_wrote_the_bill_does_not_approve(self):
        """Quality finance edits the bill, or a line, and lets it through then."""
        self.finance.group_ids |= self.env.ref("account.group_account_invoice")
        acts = (
            lambda bill: bill.write({"invoice_date": "2026-02-06"}),
            lambda bill: bill.invoice_line_ids.write({"price_unit": 55000}),
            lambda bill: bill.invoice_line_ids.sudo().write({"quantity": 2}),
            lambda bill: bill.write(
                {"line_ids": [(1, bill.invoice_line_ids.id, {"price_unit": 7})]}
            ),
            lambda bill: bill.invoice_line_ids.create(
                {"move_id": bill.id, "name": "More", "price_unit": 1}
            ),
            lambda bill: bill.write({"service_date_end": "2026-01-30"}),
        )
        for act in acts:
            bill = self._new_bill(amount=100)
            act(bill.with_user(self.finance))
            # Somebody else writes it last.
            bill.with_user(self.biller).write({"invoice_date": "2026-02-07"})
            self.assertLessEqual(
                {self.finance.id, self.biller.id}, set(bill.vendor_quality_author_uids)
            )
            request = self._request(bill)
            self.assertIn(self.finance, request.bill_author_ids)
            with self.assertRaises(UserError):
                self._approve(request)
            self._approve(request, self.other_finance)

    def test_whoever_writes_the_bill_after_the_request_does_not_approve(self):
        self.finance.group_ids |= self.env.ref("account.group_account_invoice")
        bill = self._new_bill(amount=100)
        request = self._request(bill)
        # Not part of what the request is bound to.
        bill.with_user(self.finance).write({"invoice_date": "2026-02-06"})
        with self.assertRaises(UserError):
            self._approve(request)
        self._approve(request, self.other_finance)

    def test_whoever_adds_a_file_to_the_bill_does_not_approve(self):
        self.finance.group_ids |= self.env.ref("account.group_account_invoice")
        file = {"name": "invoice.pdf", "raw": b"%PDF-1.4 bill"}
        mine = self.env["ir.attachment"].with_user(self.finance)
        acts = {
            "call": lambda bill: mine.create(
                {**file, "res_model": bill._name, "res_id": bill.id}
            ),
            "message": lambda bill: bill.with_user(self.finance).message_post(
                attachment_ids=mine.create(file).ids
            ),
        }
        for name, act in acts.items():
            bill = self._new_bill(amount=100)
            request = self._request(bill)
            act(bill)
            with self.subTest(name), self.assertRaises(UserError):
                self._approve(request)
            self._approve(request, self.other_finance)
        bill = self._new_bill(amount=100)
        request = self._request(bill)
        mine.create({**file, "res_model": request._name, "res_id": request.id})
        with self.assertRaises(UserError):
            self._approve(request)

    def test_authors_of_a_batch(self):
        bills = self._new_bill() | self._new_bill(user=self.accountant)
        bills.with_user(self.biller).write({"invoice_date": "2026-02-06"})
        for bill in bills:
            self.assertIn(self.biller.id, bill.vendor_quality_author_uids)
            self.assertEqual(len(bill.vendor_quality_author_uids), 2)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            bills.write({"vendor_quality_author_uids": []})
        forged = self._new_bill(vendor_quality_author_uids=[self.finance.id])
        self.assertEqual(forged.vendor_quality_author_uids, [self.env.uid])

    def test_decider_is_told_before_a_change_of_the_bill_is_saved(self):
        self.finance.group_ids |= self.env.ref("account.group_account_invoice")
        bill = self._new_bill()
        mine = bill.with_user(self.finance)
        self.assertIn("no longer decide", mine.vendor_quality_author_notice)
        self.assertFalse(bill.with_user(self.biller).vendor_quality_author_notice)
        mine.write({"invoice_date": "2026-02-06"})
        self.assertIn("somebody else", mine.vendor_quality_author_notice)

    def test_exception_expires_by_the_day_of_the_company(self):
        """Neither a caller nor the zone of the working hours prolongs it."""
        self._new_form(score=70)
        bill = self._new_posted_bill()
        request = self._except(bill)
        self._set(request, expiry_date=date(2026, 5, 10))
        # Set up by the server: the zone of a company that decided takes two persons.
        company = self.company.with_user(SUPERUSER_ID)
        company.outsourcing_tz = "Asia/Shanghai"
        company.resource_calendar_id.tz = PAGO
        admin = self.env.ref("base.user_admin")
        for user in (self.accountant, self.accountant_user, admin):
            user.tz = PAGO
        zones = {"tz": PAGO, "employee_timezone": PAGO}
        with freeze_time("2026-05-10 17:00:00"):
            with self.assertRaises(UserError):
                self._pay(bill)
            self.env = self.env(context={**self.env.context, **zones})
            with self.assertRaises(UserError):
                self._pay(bill.with_env(self.env))
        with freeze_time("2026-05-10 15:00:00"):
            self._pay(bill)
        self.assertEqual(request.state, "used")

    def test_advance_takes_two_persons(self):
        bill = self._new_bill(amount=300, period=JANUARY)
        for user in (self.biller, self.accountant):
            with self.assertRaises(AccessError):
                bill.with_user(user).outsourcing_bill_kind = "advance"
            with self.assertRaises(AccessError):
                self._new_bill(user=user, outsourcing_bill_kind="outside")
            with self.assertRaises(AccessError):
                self.env["account.move"].with_user(user).with_context(
                    default_outsourcing_bill_kind="outside"
                ).create({"move_type": "in_invoice", "partner_id": self.vendor.id})
        self._except(bill, purpose="advance")
        self.assertEqual(bill.outsourcing_bill_kind, "advance")
        bill.action_post()
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self._new_form()
        with self.assertRaises(UserError):
            self._new_posted_bill(amount=1000)
        self._new_posted_bill(amount=700)
        self._assert_proof()

    def test_outside_is_free_until_it_changes(self):
        bill = self._new_bill()
        self._except(bill, purpose="outside")
        bill.invoice_line_ids.price_unit = 5000
        with self._refused("was not decided"):
            bill.action_post()
        bill.invoice_line_ids.price_unit = 1000
        bill.action_post()
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
