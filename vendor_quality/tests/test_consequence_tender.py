from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create
from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY, TenderCommon

BANDS = {"blocks_invitation": True, "blocks_order": True}


@tagged("post_install", "-at_install")
class TestStandingTender(TenderCommon):
    """Invitations and awards to a vendor whose grade blocks them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blocked = cls.vendors[0]
        cls.template = cls.env.ref("vendor_quality.template_cleaning")
        cls.quality_user = cls._new_user(
            "quality_manager", "vendor_quality.group_quality_manager"
        )
        cls.quality_finance_user = cls._new_user(
            "quality_finance", "vendor_quality.group_quality_finance"
        )

    @classmethod
    def _block(cls, vendor=None, **flags):
        """Give the vendor a standing of grade D, as an approved form would."""
        today = cls.company._outsourcing_today()
        start = today.replace(month=1, day=1)
        contract = (
            cls.env["outsourcing.contract"]
            .with_user(cls.manager_user)
            .create(
                {
                    "subject": "Cleaning until now",
                    "partner_id": (vendor or cls.blocked).id,
                    "date_start": start,
                    "date_end": start.replace(year=start.year + 1),
                    "amount_total": 1200,
                    "direct_reason": "Test",
                    "vendor_quality_template_id": cls.template.id,
                }
            )
        )
        form = server_create(
            cls.env["vendor.quality.form"],
            {
                "contract_id": contract.id,
                "date_start": start,
                "date_end": start.replace(day=31),
                "score": 40,
                "is_rated": True,
                "grade": "D",
                "gate_band_id": cls.template.band_ids[-1].id,
            },
        )
        return server_create(
            cls.env["vendor.quality.standing"],
            {
                "contract_id": contract.id,
                "company_id": contract.company_id.id,
                "form_id": form.id,
                "block_form_id": form.id,
                "is_rated": True,
                "score": 40,
                "grade": "D",
                **(flags or BANDS),
            },
        )

    def test_blocked_vendors_are_marked_in_the_list(self):
        self._block()
        vendors = self.vendors.with_user(self.procurement_user)
        inviting = vendors.with_context(outsourcing_inviting_company_id=self.company.id)
        names = inviting.mapped("display_name")
        self.assertEqual(names[0], f"{vendors[0].name} (blocked: D)")
        self.assertEqual(names[1:], vendors[1:].mapped("name"))
        self.assertEqual(vendors.mapped("display_name"), vendors.mapped("name"))
        for user in (self.hr_user, self.plain_user):
            self.assertEqual(
                inviting.with_user(user).mapped("display_name"), vendors.mapped("name")
            )

    def _waive(self, kind):
        waiver = (
            self.env["vendor.quality.waiver"]
            .with_user(self.quality_user)
            .create(
                {"partner_id": self.blocked.id, "kind": kind, "reason": "Only bidder"}
            )
        )
        waiver.action_submit()
        waiver.with_user(self.quality_finance_user).validate_tier()
        waiver.with_user(self.quality_finance_user).action_approve()
        return waiver

    # ------------------------------------------------------------
    # INVITATIONS
    # ------------------------------------------------------------

    def test_not_invited(self):
        self._block(blocks_invitation=True)
        with self.assertRaises(UserError) as caught:
            self._create_tender()
        self.assertIn("grade D", str(caught.exception))
        tender = self._create_tender(invitation_ids=[])
        Invitation = self.env["outsourcing.tender.invitation"]
        values = {"tender_id": tender.id}
        for env_user in (self.procurement_user, self.env.user):
            with self.assertRaises(UserError):
                Invitation.with_user(env_user).create(
                    {**values, "partner_id": self.blocked.id}
                )
        with self.assertRaises(UserError):
            Invitation.with_user(self.procurement_user).sudo().create(
                {**values, "partner_id": self.vendor_users[0].partner_id.id}
            )
        free = Invitation.with_user(self.procurement_user).create(
            {**values, "partner_id": self.vendors[1].id}
        )
        with self.assertRaises(UserError):
            free.partner_id = self.blocked

    def test_repetition_leaves_blocked_vendors_out(self):
        tender = self._create_tender()
        self._block(blocks_invitation=True)
        values = {"request_ids": False, "reference_price_id": False}
        repeat = tender.copy(values)
        self.assertEqual(repeat.invitation_ids.partner_id, self.vendors - self.blocked)
        self.assertIn(self.blocked.name, str(repeat.message_ids.mapped("body")))
        self._waive("invitation")
        self.assertEqual(tender.copy(values).invitation_ids.partner_id, self.vendors)

    def test_blocked_after_the_draft(self):
        """What was fine when it was written is judged again when it is sent."""
        tender = self._create_tender()
        self._sign_off(tender)
        self._block(blocks_invitation=True)
        with self.assertRaises(UserError) as caught:
            tender.action_publish()
        self.assertIn("not invited", str(caught.exception))
        tender.invitation_ids.filtered(
            lambda item: item.partner_id == self.blocked
        ).unlink()

    def test_only_orders_blocked(self):
        self._block(blocks_order=True)
        self.assertTrue(self._create_tender())

    def test_waiver_for_one_invitation(self):
        self._block(blocks_invitation=True)
        waiver = self._waive("invitation")
        tender = self._create_tender()
        self.assertEqual(waiver.state, "used")
        self._sign_off(tender)
        tender.action_publish()
        sent = tender.invitation_ids.mapped("state")
        self.assertEqual(set(sent), {"sent"})
        with self.assertRaises(UserError):
            self._create_tender()

    # ------------------------------------------------------------
    # AWARDS
    # ------------------------------------------------------------

    def test_bid_is_flagged_and_not_awarded(self):
        tender = self._create_scored()
        winner = self._get_bid(tender, 0)
        self.assertEqual(winner.rank, 1)
        self.assertFalse(winner.vendor_quality_block_reason)
        self._block()
        winner.invalidate_recordset()
        self.assertIn("grade D", winner.vendor_quality_block_reason)
        self.assertFalse(self._get_bid(tender, 1).vendor_quality_block_reason)
        for act in (tender.action_propose_award, tender.sudo().action_propose_award):
            with self.assertRaises(UserError) as caught:
                act()
            self.assertIn("nothing is awarded", str(caught.exception))
        self.assertFalse(tender.award_ids)
        # Procurement excludes the bid for this reason, and the next one wins.
        winner.with_user(self.procurement_user).action_disqualify("Grade D")
        tender.invalidate_recordset()
        tender.action_propose_award()
        self.assertEqual(tender.award_id.partner_id, self.vendors[1])

    def test_flag_is_part_of_the_opening_record_and_scores_are_kept(self):
        tender = self._create_closed()
        self._block()
        self._create_opened(tender=tender)
        record = self.env["outsourcing.opening.record"].search(
            [("tender_id", "=", tender.id), ("kind", "=", "bids")]
        )
        remarks = {row["vendor"]: row["remarks"] for row in record.content["bids"]}
        self.assertIn("grade D", remarks.pop(self.blocked.display_name)[0])
        self.assertEqual(list(remarks.values()), [[], []])
        tender.action_start_evaluation()
        self._score(tender)
        bid = self._get_bid(tender, 0)
        score = bid.technical_score
        self.assertTrue(score, "a blocked vendor is scored like the others")
        bid.with_user(self.procurement_user).action_disqualify("Grade D")
        self.assertEqual(bid.technical_score, score)

    def test_invitation_block_ends_an_open_tender_too(self):
        tender = self._create_scored()
        self._block(blocks_invitation=True)
        with self.assertRaises(UserError):
            tender.action_propose_award()

    def test_blocked_between_the_steps(self):
        tender = self._create_proposed()
        award = tender.award_id
        award.reasons = "<p>Best.</p>"
        award.low_price_justification = "Own staff."
        self._block()
        with self.assertRaises(UserError) as caught:
            award.action_submit()
        self.assertIn("nothing is awarded", str(caught.exception))
        with self.assertRaises(UserError):
            award.sudo().write({"state": "submitted"})
        award.invalidate_recordset()
        self.assertIn("grade D", award.vendor_quality_block_reason)
        award.action_annul("The vendor is blocked")
        self.assertEqual(award.state, "annulled")

    def test_waiver_for_one_award(self):
        tender = self._create_scored()
        bidders = tender.bid_ids.partner_id
        self.assertEqual(bidders._vendor_quality_get_known_vendors(), bidders)
        self._block()
        waiver = self._waive("award")
        tender.action_propose_award()
        award = tender.award_id
        self.assertRecordValues(
            waiver,
            [
                {
                    "state": "used",
                    "used_model": "outsourcing.award",
                    "used_id": award.id,
                }
            ],
        )
        award.reasons = "<p>Best.</p>"
        award.low_price_justification = "Own staff."
        award.action_submit()
        self.assertEqual(award.state, "submitted")

    def test_order_of_the_award_is_judged_by_itself(self):
        award = self._create_final()
        self._block()
        with self.assertRaises(UserError) as caught:
            award.tender_id.action_confirm_order()
        self.assertIn("stay unconfirmed", str(caught.exception))
        self._waive("order")
        award.tender_id.action_confirm_order()
        self.assertEqual(award.bid_id.sudo().purchase_order_id.state, "purchase")

    def test_contract_of_the_award_was_judged_with_it(self):
        """The confirmed order binds; the same vendor gets no contract beside it."""
        award = self._create_final()
        award.tender_id.action_confirm_order()
        award.action_create_contract()
        contract = award.contract_id
        self._block()
        with freeze_time(award.standstill_end):
            contract.with_user(self.procurement_user).action_send_to_sign()
            contract.with_user(self.procurement_user).action_sign(
                signed_copy=SIGNED_COPY
            )
        self.assertEqual(contract.state, "signed")
        direct = contract.with_user(self.manager_user).copy({"direct_reason": "More"})
        self.assertFalse(direct.award_ids)
        with self.assertRaises(UserError) as caught:
            direct.action_send_to_sign()
        self.assertIn("grade D", str(caught.exception))

    def test_vendor_still_reads_and_bids(self):
        """He reads the notice, and his bid stays sealed and unflagged."""
        tender = self._create_published()
        self._block()
        bid = self._bid(tender, 0, 90000)
        self.assertEqual(bid.state, "sealed")
        seen = bid.with_user(self.procurement_user)
        self.assertFalse(seen.vendor_quality_block_reason)
