from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderAccess(TenderCommon):
    """Who reads what of a tender, at which time, in which company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_closed()
        cls.award = cls._create_approved_award()

    def _visible(self, model, user, domain=()):
        return self.env[model].with_user(user).search([*domain])

    def test_readers_of_the_tender(self):
        member_user = self.members[0].user_id
        readers = [
            self.procurement_user,
            self.officer_user,
            self.hr_user,
            self.finance_user,
            self.manager_user,
            self.auditor_user,
            self.user_user,
            self.head_user,
            member_user,
        ]
        for user in readers:
            self.assertIn(self.tender, self._visible("outsourcing.tender", user))
        self.assertNotIn(
            self.tender, self._visible("outsourcing.tender", self.plain_user)
        )
        vendor = self.env["outsourcing.tender"].with_user(self.vendor_users[0])
        with self.assertRaises(AccessError):
            vendor.search([])

    def test_form_opens_for_every_reader(self):
        """No field of the form is out of reach of a role that may open it."""
        view = "outsourcing_mgmt.outsourcing_tender_view_form"
        award = self.award
        for tender in (self.tender, award.tender_id):
            for user in (
                self.procurement_user,
                self.officer_user,
                self.hr_user,
                self.finance_user,
                self.manager_user,
                self.auditor_user,
                self.user_user,
                self.members[0].user_id,
            ):
                with self.subTest(user=user.name):
                    # Each request of a client begins with an empty cache.
                    self.env.invalidate_all()
                    Form(tender.with_user(user), view=view)

    def test_award_and_score_forms_open(self):
        award = self.award
        for user in (
            self.procurement_user,
            self.officer_user,
            self.hr_user,
            self.finance_user,
            self.manager_user,
            self.auditor_user,
        ):
            Form(
                award.with_user(user),
                view="outsourcing_mgmt.outsourcing_award_view_form",
            )
        member = award.tender_id.sudo().committee_ids[0]
        score = self._get_scores(award.tender_id, member)[0]
        Form(score, view="outsourcing_mgmt.outsourcing_score_view_form")

    def test_reference_price_is_secret_until_the_opening(self):
        price = self.tender.reference_price_id
        for role in ("procurement", "manager", "auditor", "hr", "other_officer"):
            user = getattr(self, f"{role}_user")
            mine = price.with_user(user)
            mine.invalidate_recordset()
            self.assertFalse(mine.amount, role)
            self.assertFalse(mine.revealed_amount, role)
            self.assertFalse(self.tender.with_user(user).reference_amount, role)
        opened = self._create_opened(tender=self.tender)
        opened.reference_price_id.invalidate_recordset()
        self.assertEqual(
            opened.reference_price_id.with_user(self.auditor_user).amount,
            self.reference_amount,
        )

    def test_requester_reads_neither_bids_nor_committee(self):
        tender = self._create_scored(tender=self.tender)
        for user in (self.user_user, self.head_user):
            domain = [("tender_id", "=", tender.id)]
            self.assertFalse(self._visible("outsourcing.bid", user, domain))
            self.assertFalse(self._visible("outsourcing.score", user, domain))
            self.assertFalse(
                self._visible("outsourcing.committee.member", user, domain)
            )
            comparison = tender.with_user(user).comparison
            self.assertNotIn("Vendor 0", comparison)
            self.assertNotIn("90", comparison)

    def test_member_reads_bids_after_opening_and_declaration(self):
        tender = self._create_closed(declare=False)
        first, second, third = tender.sudo().committee_ids
        for member in (first, second):
            member.with_user(member.user_id).action_declare(has_conflict=False)
        domain = [("tender_id", "=", tender.id)]
        self.assertFalse(self._visible("outsourcing.bid", first.user_id, domain))
        with freeze_time(self.opening):
            self._open_bids(tender)
        self.assertEqual(
            len(self._visible("outsourcing.bid", first.user_id, domain)), 3
        )
        self.assertFalse(self._visible("outsourcing.bid", third.user_id, domain))
        self.assertTrue(first.is_open_to_bids)
        self.assertFalse(third.is_open_to_bids)

    def test_auditor_writes_nothing(self):
        award = self.award
        tender = award.tender_id
        for record in (
            tender,
            award,
            tender.line_ids,
            tender.criterion_ids[0],
            tender.committee_ids[0],
        ):
            self.assertFalse(record.with_user(self.auditor_user).has_access("write"))
            self.assertFalse(record.with_user(self.auditor_user).has_access("unlink"))

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            login="outsourcing_stranger",
            groups="outsourcing_mgmt.group_outsourcing_procurement,"
            "outsourcing_mgmt.group_outsourcing_officer,"
            "outsourcing_mgmt.group_outsourcing_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        award = self.award
        tender = award.tender_id
        for model in (
            "outsourcing.tender",
            "outsourcing.tender.line",
            "outsourcing.criterion",
            "outsourcing.committee.member",
            "outsourcing.score",
            "outsourcing.award",
            "outsourcing.award.line",
            "outsourcing.objection",
        ):
            self.assertFalse(self._visible(model, stranger), model)
        for step in (
            lambda: tender.with_user(stranger).action_cancel(reason="x"),
            lambda: award.with_user(stranger).action_annul(reason="x"),
            lambda: award.with_user(stranger).action_notify(),
        ):
            with self.assertRaises(UserError):
                step()
        self.assertEqual(award.state, "approved")
        # Parts of one company do not go into a tender of another.
        with self.assertRaises(UserError):
            tender.sudo().copy({"company_id": other.id})

    def test_vendor_reads_nothing_by_rpc(self):
        award = self.award
        for record in (
            award,
            award.line_ids,
            award.tender_id,
            award.tender_id.criterion_ids,
            award.tender_id.sudo().committee_ids,
            award.tender_id.sudo().score_ids,
        ):
            with self.assertRaises(AccessError):
                record.with_user(self.vendor_users[0]).sudo(False).read()
