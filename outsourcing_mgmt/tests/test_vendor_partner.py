from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestVendorPartner(TenderCommon):
    """What a contact says of the vendor that it is."""

    def test_counts_are_what_the_reader_may_read(self):
        award = self._create_notified()
        tender, winner = award.tender_id, award.partner_id
        mine = winner.with_user(self.procurement_user)
        self.assertEqual(
            (mine.outsourcing_tender_count, mine.outsourcing_bid_count), (1, 1)
        )
        for action, found in (
            (mine.action_view_outsourcing_tenders(), tender),
            (mine.action_view_outsourcing_bids(), award.bid_id),
        ):
            records = self.env[action["res_model"]].with_user(self.procurement_user)
            self.assertEqual(records.search(action["domain"]).ids, found.ids)
        self.assertNotIn(
            "outsourcing_bid_count", winner.with_user(self.plain_user).fields_get()
        )
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": winner.id}
        )
        self.assertEqual(
            contact.with_user(self.procurement_user).outsourcing_bid_count, 1
        )

    def test_suppliers_are_proposed(self):
        vendor = self.vendors[2]
        tender = self._create_tender()
        tender.invitation_ids.unlink()
        category = tender.category_id
        with self.assertRaises(AccessError):
            vendor.with_user(self.user_user).write(
                {"outsourcing_category_ids": [Command.set(category.ids)]}
            )
        vendor.sudo().outsourcing_category_ids = category
        wizard = (
            self.env["outsourcing.tender.invite"]
            .with_user(self.procurement_user)
            .create({"tender_id": tender.id})
        )
        self.assertEqual(wizard.category_id, category)
        self.assertEqual(wizard.partner_ids, vendor.commercial_partner_id)
        wizard.action_invite()
        self.assertEqual(tender.invitation_ids.partner_id, vendor)
