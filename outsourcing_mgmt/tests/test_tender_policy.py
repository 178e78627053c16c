from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderPolicy(TenderCommon):
    """The amount decides which procedure the policy asks for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invited = cls.env.ref("outsourcing_mgmt.procedure_company_invited")
        cls.public = cls.env.ref("outsourcing_mgmt.procedure_company_public")
        # The request of the file is estimated at 120,000.
        cls.tender = cls._create_tender()
        cls.tender.procedure_id = cls.invited

    def test_changed_policy_is_logged(self):
        """A manager alone sets from which amount a tender is public."""
        public = self.public.with_user(self.manager_user)
        public.write({"amount_min": 900000, "standstill_days": 0, "name": "Public"})
        public.write({"amount_min": 900000})
        copied = public.copy({"min_bidders": 1})
        steps = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", public._name)]
        )
        self.assertEqual(steps.user_id, self.manager_user)
        of_public = steps.filtered(lambda step: step.res_id == public.id)
        self.assertEqual(len(of_public), 1)
        self.assertEqual(of_public.details["amount_min"]["to"], 900000)
        self.assertEqual(of_public.details["standstill_days"]["to"], 0)
        self.assertNotIn("name", of_public.details)
        self.assertEqual((steps - of_public).res_id, copied.id)
        self.assertEqual((steps - of_public).details["min_bidders"]["to"], 1)

    def _get_events(self, code):
        return self.env["outsourcing.compliance.event"].search(
            [
                ("code", "=", code),
                ("res_model", "=", self.tender._name),
                ("res_id", "=", self.tender.id),
            ]
        )

    def test_usual_procedure_needs_no_reason(self):
        self.assertFalse(self.tender.is_below_policy)
        self.assertEqual(self.tender.estimated_amount, 120000)
        self._sign_off(self.tender)
        self.tender.action_publish()
        self.assertEqual(self.tender.rules["estimated_amount"], 120000)
        self.assertFalse(self._get_events("below_policy"))

    def test_limit_of_the_procedure_binds(self):
        self.invited.amount_max = 50000
        self.tender.invalidate_recordset()
        self.assertTrue(self.tender.is_below_policy)
        self._sign_off(self.tender)
        with self.assertRaisesRegex(UserError, "is for up to .*50,000"):
            self.tender.action_publish()

    def test_policy_of_a_stricter_procedure_binds(self):
        """A range without an upper end does not lift what others begin with."""
        self.invited.amount_max = 0
        self.public.amount_min = 120000
        self.tender.invalidate_recordset()
        self.assertTrue(self.tender.is_below_policy)
        self.assertIn(self.public.name, self.tender.policy_notice)
        with self.assertRaisesRegex(UserError, "Choose that procedure"):
            self.tender.action_publish()
        self.tender.procedure_id = self.public
        self.assertFalse(self.tender.is_below_policy)

    def test_lower_procedure_with_reason_manager_and_event(self):
        self.invited.amount_max = 50000
        self.tender.invalidate_recordset()
        self.tender.procedure_reason = "Only five vendors of the region have crews."
        self._sign_off(self.tender)
        with self.assertRaisesRegex(UserError, "Manager reviews the lower procedure"):
            self.tender.action_publish()
        self.tender.with_user(self.manager_user).action_tier_approve()
        self.tender.action_publish()
        event = self._get_events("below_policy")
        self.assertRecordValues(
            event, [{"state": "new", "user_id": self.procurement_user.id}]
        )
        self.assertIn("Only five vendors", event.note)
        # What was published stays as it was judged.
        self.invited.amount_max = 500000
        self.tender.invalidate_recordset()
        self.assertTrue(self.tender.is_below_policy)
        self.assertEqual(self.tender.estimated_amount, 120000)

    def test_award_above_the_range(self):
        """The estimate was low enough; what came out asks for more competition."""
        award = self._create_proposed().award_id
        tender = award.tender_id
        self.assertEqual(tender.estimated_amount, 120000)
        # 90,000 wins.
        tender.procedure_id.sudo().amount_max = 80000
        tender.invalidate_recordset()
        self.assertFalse(tender.is_below_policy)
        self._approve_award(award)
        event = self.env["outsourcing.compliance.event"].search(
            [
                ("code", "=", "below_policy"),
                ("res_model", "=", tender._name),
                ("res_id", "=", tender.id),
            ]
        )
        self.assertEqual(len(event), 1)
        self.assertIn("90,000", event.note)

    def test_a_currency_that_moved_asks_for_no_more_competition(self):
        """The award was judged at the rate of its own day, and HR got an event."""
        currency = self.env.ref("base.CHF")
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            [
                {"currency_id": currency.id, "name": day, "rate": rate}
                for day, rate in (
                    (self.start.date() - timedelta(days=9), 1.0),
                    (self.start.date() + timedelta(days=7), 2.0),
                )
            ]
        )
        self.invited.write({"range_currency_id": currency.id, "amount_max": 130000})
        award = self._create_proposed().award_id
        tender = award.tender_id
        self.assertFalse(tender.is_below_policy)
        with freeze_time(self.deadline + timedelta(days=3)):
            # 90,000 wins: 180,000 francs today, 90,000 when it was published.
            self.assertTrue(self.invited._get_needed(90000, self.company)[1])
            self._approve_award(award)
        self.assertFalse(
            self.env["outsourcing.compliance.event"].search(
                [
                    ("code", "=", "below_policy"),
                    ("res_model", "=", tender._name),
                    ("res_id", "=", tender.id),
                ]
            )
        )

    def test_limit_of_a_direct_award(self):
        direct = self.env.ref("outsourcing_mgmt.procedure_direct")
        direct.amount_max = 50000
        self.assertEqual(direct._get_needed(60000, self.company)[1], True)
        self.assertEqual(direct._get_needed(50000, self.company)[1], False)

    def test_a_later_change_of_the_policy_asks_the_manager(self):
        self._sign_off(self.tender)
        self.invited.amount_max = 50000
        self.tender.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "must review it too"):
            self.tender.action_publish()

    def test_category_does_not_beat_the_policy(self):
        request = self.tender.request_ids
        Tender = self.env["outsourcing.tender"].with_user(self.procurement_user)
        self.category.procedure_id = self.invited
        values = Tender._prepare_from_requests(request)
        self.assertEqual(values["procedure_id"], self.invited.id)
        self.invited.amount_max = 120000
        self.public.amount_min = 120000
        values = Tender._prepare_from_requests(request)
        self.assertEqual(values["procedure_id"], self.public.id)
