from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.intent import outsourcing_mail_intent as mail_intent
from .common import BidCommon

RECEIPT = "outsourcing_mgmt.mail_template_bid_receipt"
INVITATION = "outsourcing_mgmt.mail_template_invitation"


@tagged("post_install", "-at_install")
class TestMailOfStep(BidCommon):
    """Mails to vendors are made by a job, after the step that they follow from."""

    def setUp(self):
        super().setUp()
        self.intents = self.env["outsourcing.mail.intent"]
        self.known = self.intents.search([])
        self.mails = self.env["mail.mail"].search([])
        self.enterContext(patch.object(mail_intent, "wake"))

    def _make_mails(self):
        """Run the job that makes the mails of steps, as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(mail_intent.JOB).method_direct_trigger()
        self.env.invalidate_all()

    def _get_rows(self, template):
        return self.intents.search(
            [("id", "not in", self.known.ids), ("template", "=", template)], order="id"
        )

    def _get_mails(self, text):
        mails = self.env["mail.mail"].search(
            [("id", "not in", self.mails.ids)], order="id"
        )
        return mails.filtered(lambda mail: text in mail.body_html)

    def _get_vendor_mails(self, tender):
        vendors = tender.invitation_ids.partner_id
        return self._get_mails(tender.subject).filtered(
            lambda mail: mail.recipient_ids & vendors
        )

    def test_receipt_is_made_by_the_job_once(self):
        bid = self._sealed_bid(self.alpha_user)
        rows = self._get_rows(RECEIPT)
        self.assertEqual(rows.partner_id, bid._get_told_partners())
        self.assertEqual(set(rows.mapped("state")), {"waiting"})
        self.assertEqual(rows.user_id, self.alpha_user)
        self.assertFalse(self._get_mails(bid.receipt_code))
        self._make_mails()
        self._make_mails()
        mails = self._get_mails(bid.receipt_code)
        self.assertEqual(mails.recipient_ids, rows.partner_id)
        self.assertEqual(len(mails), len(rows), "One mail each.")
        self.assertIn(bid.sha256, mails[0].body_html)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"}, "The queue sends.")

    def test_receipt_of_a_bid_that_is_withdrawn_at_once(self):
        """Each step is told, in order, and of the bid that it was about."""
        bid = self._sealed_bid(self.alpha_user)
        bid.action_withdraw()
        self._make_mails()
        receipt = self._get_mails(bid.sha256)
        withdrawal = self._get_mails(bid.receipt_code) - receipt
        self.assertTrue(receipt)
        self.assertTrue(withdrawal)
        self.assertLess(max(receipt.ids), min(withdrawal.ids))

    def test_row_holds_nothing_that_is_sealed(self):
        bid = self._sealed_bid(self.alpha_user, prices=(4711, 25))
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT to_jsonb(t)::text FROM outsourcing_mail_intent t"
            " WHERE id = ANY(%s)",
            [self._get_rows(RECEIPT).ids],
        )
        text = " ".join(row for [row] in self.env.cr.fetchall())
        self.assertIn(RECEIPT, text)
        for secret in (bid.receipt_code, bid.sha256):
            self.assertNotIn(secret, text)

    def test_invitations_wait_until_they_are_made(self):
        tender = self._create_published_tender()
        rows = self._get_rows(INVITATION)
        self.assertEqual(rows.partner_id, tender.invitation_ids.partner_id)
        self.assertEqual(set(tender.invitation_ids.mapped("mail_outcome")), {"waiting"})
        self.assertFalse(self._get_vendor_mails(tender))
        self._make_mails()
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        mails = self._get_vendor_mails(tender)
        self.assertEqual(len(mails), len(rows))
        for mail in mails:
            self.assertEqual(len(mail.recipient_ids), 1, "No vendor learns of another.")

    @mute_logger("odoo.addons.outsourcing_mgmt.models.intent.outsourcing_mail_intent")
    def test_invitation_that_cannot_be_made(self):
        original = self.registry["outsourcing.tender"]._mail_partner
        partner = self.outsider_user.partner_id

        def fail(tender, template, to, values):
            if to == partner:
                # pylint: disable=translation-required
                raise UserError("broken template")
            return original(tender, template, to, values)

        invitation = self._invite(self.tender, partner)
        now = fields.Datetime.now()
        with patch.object(self.registry["outsourcing.tender"], "_mail_partner", fail):
            for _pause in mail_intent.PAUSES:
                with freeze_time(now):
                    self._make_mails()
                self.assertEqual(invitation.mail_outcome, "waiting")
                now = self._get_rows(INVITATION).next_try
            with freeze_time(now):
                self._make_mails()
        self.assertRecordValues(
            invitation,
            [{"mail_outcome": "failed", "mail_problem": "broken template"}],
        )
        activity = self.tender.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )
        self.assertEqual(activity.user_id, self.tender.user_id)
        self.assertNotIn(partner.name, activity.summary)
        # Sent again once the template is mended.
        invitation.with_user(self.procurement_user).action_send_again()
        self._make_mails()
        self.assertEqual(invitation.mail_outcome, "waiting", "It is in the queue.")
        self.assertEqual(self._get_rows(INVITATION).mapped("state"), ["failed", "sent"])

    def test_nobody_learns_who_bids(self):
        self._sealed_bid(self.alpha_user)
        row = self._get_rows(RECEIPT)[0]
        for user in (
            self.procurement_user,
            self.officer_user,
            self.manager_user,
            self.alpha_user,
        ):
            with self.assertRaises(AccessError):
                self.intents.with_user(user).search([])
        mine = row.with_user(self.settings_user)
        self.assertEqual(mine.state, "waiting")
        for name in ("partner_id", "values_read", "needed_values", "step_context"):
            with self.assertRaises(AccessError):
                mine.read([name])
        with self.assertRaises(AccessError):
            mine.write({"state": "sent"})
        with self.assertRaises(AccessError):
            row.unlink()
