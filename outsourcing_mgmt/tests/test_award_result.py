import re

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from ..models.bid import vendor as portal
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestBidResult(TenderCommon, HttpCase):
    """What a vendor learns of the result, when, and how he objects."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.award = cls._create_approved_award()

    def _page(self, number, tender):
        user = self.vendor_users[number]
        self.env.flush_all()
        self.authenticate(user.login, user.login)
        return self.url_open(f"/my/tenders/{tender.id}").text

    def _object(self, tender, reason):
        page = self.url_open(f"/my/tenders/{tender.id}").text
        token = re.search(r'csrf_token: "([^"]+)"', page).group(1)
        return self.url_open(
            f"/my/tenders/{tender.id}/objection",
            data={"csrf_token": token, "reason": reason},
        ).text

    def test_result_is_shown_after_the_notice_only(self):
        award = self.award
        tender = award.tender_id
        bid = self._get_bid(tender, 0).with_user(self.vendor_users[0]).sudo()
        self.assertEqual(portal.get_state(bid), "evaluation")
        page = self._page(0, tender)
        self.assertNotIn('id="result"', page)
        self.assertNotIn("Best total", page)
        self.assertIn("In evaluation", page)
        award.action_notify()
        winner = self.vendors.ids.index(award.partner_id.id)
        loser = (winner + 1) % 3
        page = self._page(winner, tender)
        self.assertIn("Your bid wins this tender", page)
        self.assertNotIn("Object to the award", page)
        page = self._page(loser, tender)
        self.assertIn("was not successful", page)
        self.assertIn("Best total of quality and price", page)
        self.assertIn(award.partner_id.name, page)
        self.assertIn("Your points by criterion", page)
        bid = self._get_bid(tender, loser).with_user(self.vendor_users[loser]).sudo()
        rows = portal.get_result(bid)["points"]
        self.assertEqual(
            rows[0], {"name": "Licence", "kind": "pass_fail", "passed": True}
        )
        points = dict(zip(self.vendors.ids, (90, 80, 70), strict=True))
        self.assertEqual(rows[1]["points"], points[self.vendors[loser].id])
        self.assertAlmostEqual(
            sum(row.get("part", 0) for row in rows), bid.total_score, places=2
        )
        self.assertIn(f"{rows[1]['points']:.2f}", page)
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.vendors[loser].ids)], order="id desc", limit=1
        )
        self.assertIn("Your points by criterion", mail.body_html)
        other = self.vendors - award.partner_id - self.vendors[loser]
        self.assertNotIn(other.name, page, "the other loser stays unknown")
        self.env["res.lang"]._activate_lang("de_DE")
        self.vendor_users[loser].lang = "de_DE"
        told = f"{rows[1]['points']:.2f}".replace(".", ",")
        self.assertIn(told, self._page(loser, tender))

    def test_loser_objects_once_in_the_standstill(self):
        award = self.award
        award.action_notify()
        tender = award.tender_id
        winner = self.vendors.ids.index(award.partner_id.id)
        loser = (winner + 1) % 3
        self._page(winner, tender)
        self.assertNotIn("was received", self._object(tender, "I want more"))
        self._page(loser, tender)
        self.assertIn("Write the reason", self._object(tender, "  "))
        self.assertIn("was received", self._object(tender, "The scores are wrong"))
        objection = tender.sudo().objection_ids
        self.assertRecordValues(
            objection,
            [
                {
                    "partner_id": self.vendors[loser].id,
                    "state": "submitted",
                    "reason": "The scores are wrong",
                }
            ],
        )
        self.assertIn("The scores are wrong", self._page(loser, tender))
        page = self._object(tender, "The scores are wrong")
        self.assertIn("was received", page, "a second click")
        self.assertEqual(tender.sudo().objection_ids, objection)
        page = self._object(tender, "Again")
        self.assertIn("once from each vendor", page)
        self.assertIn(">Again</textarea>", page)
        with freeze_time(award.standstill_end), self.assertRaises(UserError):
            award.action_finalise()
        third = ({0, 1, 2} - {winner, loser}).pop()
        self.assertNotIn("The scores are wrong", self._page(third, tender))

    def test_no_objection_for_another_or_too_late(self):
        award = self.award
        award.action_notify()
        with freeze_time(award.standstill_end):
            award.action_finalise()
        tender = award.tender_id
        winner = self.vendors.ids.index(award.partner_id.id)
        loser = (winner + 1) % 3
        bid = self._get_bid(tender, loser)
        with self.assertRaises(AccessError):
            portal.object_to_award(bid.with_user(self.vendor_users[winner]).sudo(), "x")
        with self.assertRaisesRegex(UserError, "in the standstill"):
            portal.object_to_award(bid.with_user(self.vendor_users[loser]).sudo(), "x")
        self.assertNotIn("Object to the award", self._page(loser, tender))

    def test_end_without_award_is_told(self):
        tender = self._create_closed()
        self.env["mail.mail"].search([]).unlink()
        tender.action_fail(reason="All bids are above the budget.")
        mails = self.env["mail.mail"].search([("subject", "ilike", "Tender ended")])
        self.assertLessEqual(self.vendors, mails.recipient_ids)
        self.assertTrue(all(len(mail.recipient_ids) == 1 for mail in mails))
        page = self._page(0, tender)
        self.assertIn("ended without an award", page)
        self.assertIn("All bids are above the budget.", page)
