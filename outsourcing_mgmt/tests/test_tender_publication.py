from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderPublication(TenderCommon):
    """What a tender file needs, who publishes it, and what then stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_tender()

    def _assert_refused(self, pattern):
        self._sign_off(self.tender)
        with self.assertRaisesRegex(UserError, pattern):
            self.tender.action_publish()
        self.assertEqual(self.tender.state, "draft")

    def test_prepared_from_the_request(self):
        request = self.tender.request_ids
        self.assertRecordValues(
            self.tender,
            [
                {
                    "subject": request.subject,
                    "category_id": self.category.id,
                    "procedure_id": self.procedure.id,
                    "description": False,
                }
            ],
        )
        self.assertRecordValues(
            self.tender.line_ids,
            [
                {
                    "product_id": self.product.id,
                    "product_qty": 12,
                    "request_line_id": request.line_ids.id,
                }
            ],
        )

    def test_criteria_come_from_the_nearest_category(self):
        self.category.criterion_ids = [
            Command.create({"name": "Price", "kind": "price", "weight": 3000}),
            Command.create({"name": "Staff", "kind": "scored", "weight": 7000}),
        ]
        child = self.category.create({"name": "Windows", "parent_id": self.category.id})
        rows = self.env["outsourcing.tender"]._prepare_criteria_from_category(child)
        self.assertEqual([row["weight"] for row in rows], [3000, 7000])

    def test_procedure_is_proposed_by_amount(self):
        self.category.procedure_id = False
        request = self._create_approved_request(
            line_ids=[
                Command.create(
                    {"product_id": self.product.id, "product_qty": 1, "price_unit": 9e5}
                )
            ]
        )
        vals = self.env["outsourcing.tender"]._prepare_from_requests(request)
        self.assertEqual(
            vals["procedure_id"],
            self.env.ref("outsourcing_mgmt.procedure_company_public").id,
        )

    def test_needs_the_sign_off(self):
        with self.assertRaisesRegex(UserError, "request its validation"):
            self.tender.action_publish()

    def test_author_does_not_sign_off(self):
        tender = self._create_tender(user=self.officer_user)
        tender.request_validation()
        with self.assertRaises(UserError):
            tender.validate_tier()
        self._pass_reviews(tender, self.other_officer_user)
        tender.with_user(self.procurement_user).action_publish()
        self.assertEqual(tender.state, "published")

    def test_a_change_voids_the_sign_off(self):
        self._sign_off(self.tender)
        self.tender.line_ids.product_qty = 24
        with self.assertRaisesRegex(UserError, "request its validation"):
            self.tender.action_publish()

    def test_only_procurement_publishes(self):
        self._sign_off(self.tender)
        for role in ("officer", "manager", "user", "finance", "auditor", "plain"):
            with self.assertRaises(UserError):
                self.tender.with_user(getattr(self, f"{role}_user")).action_publish()
        self.assertEqual(self.tender.state, "draft")

    def test_sudo_does_not_publish(self):
        self._sign_off(self.tender)
        with self.assertRaises(UserError):
            self.tender.with_user(self.officer_user).sudo().action_publish()

    def test_weights_sum_to_one_hundred(self):
        self.tender.criterion_ids[1].weight = 5000
        self._assert_refused("sum to 90")

    def test_one_price_criterion(self):
        self.tender.criterion_ids[2].kind = "scored"
        self._assert_refused("exactly one price criterion")

    def test_needs_lines(self):
        self.tender.line_ids.unlink()
        self._assert_refused("Add the services")

    def test_needs_a_request(self):
        self.tender.request_ids = False
        self._assert_refused("approved requests")

    def test_request_must_be_approved(self):
        request = self._create_request()
        self.tender.request_ids = [Command.link(request.id)]
        self._assert_refused("Not approved by HR")

    def test_request_is_tendered_once(self):
        rival = self.tender.copy(
            {
                "request_ids": [Command.set(self.tender.request_ids.ids)],
                "bid_deadline": self.deadline,
            }
        )
        self._sign_off(self.tender)
        self.tender.action_publish()
        self.assertIn("tendered already", rival._get_cannot_publish_reason()[rival.id])

    def test_needs_the_reference_price(self):
        self.tender.reference_price_id = False
        self._assert_refused("reference price")

    def test_reference_price_must_be_approved(self):
        price = self._create_reference_price(self.tender.request_ids)
        self.tender.reference_price_id = price
        self._assert_refused("has not approved the reference price")

    def test_reference_price_must_fit_the_request(self):
        price = self._create_approved_reference_price(self._create_approved_request())
        self.tender.reference_price_id = price
        self._assert_refused("not for all of the requests")

    def test_reference_price_needs_its_sources(self):
        """The rule of the tender's own procedure, whatever it was when it was set."""
        self.procedure.min_price_sources = 3
        self._assert_refused("rests on 2 sources; the procedure asks for 3")

    def test_bidders_get_their_days(self):
        self.tender.bid_deadline = self.start + timedelta(days=4)
        self._assert_refused("Bidders need 5 days")

    def test_calendar_in_order(self):
        with self.assertRaises(ValidationError):
            self.tender.opening_date = self.deadline - timedelta(hours=1)

    def test_committee_rules(self):
        self.tender.committee_ids[0].action_recuse(reason="On leave")
        self._assert_refused("2 voting members(?s:.*)odd")

    def test_share_of_experts(self):
        self.procedure.expert_share_percent = 60
        self._assert_refused("Experts must make up")

    def test_enough_invitations(self):
        self.tender.invitation_ids[0].unlink()
        self._assert_refused("Invite at least 3")

    def test_manager_only_procedure(self):
        self.procedure.manager_only = True
        self._assert_refused("Only the outsourcing manager")

    def test_rules_are_frozen(self):
        self._sign_off(self.tender)
        self.tender.action_publish()
        self.procedure.write({"min_bidders": 1, "standstill_days": 0})
        self.env.flush_all()
        self.tender.invalidate_recordset()
        self.assertRecordValues(self.tender, [{"min_bidders": 3, "standstill_days": 3}])
        self.assertEqual(self.tender._get_rule("min_bidders"), 3)

    def test_content_is_frozen(self):
        self._sign_off(self.tender)
        self.tender.action_publish()
        criterion, line = self.tender.criterion_ids[1], self.tender.line_ids
        for change in (
            lambda: self.tender.write({"bid_deadline": self.deadline}),
            lambda: self.tender.write({"reference_price_id": False}),
            lambda: criterion.write({"weight": 1}),
            lambda: criterion.unlink(),
            lambda: line.write({"product_qty": 1}),
            lambda: line.copy({"tender_id": self.tender.id}),
            lambda: self.tender.unlink(),
        ):
            with self.assertRaises(UserError):
                change()

    def test_system_fields_are_refused(self):
        for vals in (
            {"rules": {"min_bidders": 1}},
            {"is_opened": True},
            {"is_price_opened": True},
            {"is_scoring_complete": True},
            {"few_bids_date": self.start},
            {"reference_amount": 1},
            {"published_by_id": self.procurement_user.id},
        ):
            with self.assertRaises(AccessError):
                self.tender.write(vals)
            with self.assertRaises(AccessError):
                self.tender.copy(vals)

    def test_context_does_not_set_system_fields(self):
        tender = self.tender.with_context(
            default_is_price_opened=True,
            default_state="awarded",
            default_rules={"min_bidders": 1},
        ).copy()
        self.assertRecordValues(
            tender, [{"state": "draft", "is_price_opened": False, "rules": False}]
        )

    def test_not_created_beyond_draft(self):
        with self.assertRaises(UserError):
            self.tender.copy({"state": "published"})
