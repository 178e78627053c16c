from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_create
from ..models.bid import vendor as portal
from ..models.bid.outsourcing_bid_envelope import open_bids
from ..tools import sealing
from .common import PDF, BidCommon
from .fake_person import attend


@tagged("post_install", "-at_install")
class TestBidFlow(BidCommon):
    """Draft, seal, withdraw, replace, open."""

    def test_seal_stamps_receipt_and_mails_vendor_alone(self):
        self.env["mail.mail"].search([]).unlink()
        bid = self._sealed_bid(self.alpha_user)
        self.assertRecordValues(
            bid,
            [
                {
                    "state": "sealed",
                    "partner_id": self.alpha.id,
                    "sealed_by_id": self.alpha_user.id,
                    "amount_total": 0,
                    "needs_reconfirmation": False,
                }
            ],
        )
        self.assertRegex(bid.sha256, r"^[0-9a-f]{64}$")
        self.assertRegex(
            bid.receipt_code, r"^([2-9A-HJ-NP-Z]{4}-){4}[2-9A-HJ-NP-Z]{4}$"
        )
        self.assertFalse(bid.line_ids)
        self.assertFalse(bid.attachment_ids)
        mails = self.env["mail.mail"].search([("subject", "ilike", "receipt")])
        self.assertEqual(
            mails.recipient_ids, self.alpha | self.alpha_user.partner_id, "nobody else"
        )
        for mail in mails:
            self.assertEqual(len(mail.recipient_ids), 1, "one mail for one reader")
            self.assertFalse(mail.email_to)
            self.assertFalse(mail.email_cc)
            self.assertIn(bid.sha256, mail.body_html)
            self.assertIn(bid.receipt_code, mail.body_html)
            self.assertNotIn("1,300", mail.body_html)
        invitation = self.tender.invitation_ids.filtered(
            lambda item: item.partner_id == self.alpha
        )
        self.assertRecordValues(invitation, [{"state": "answered", "response": "bid"}])

    def test_vendor_never_follows(self):
        bid = self._sealed_bid(self.alpha_user)
        bid.message_subscribe(partner_ids=(self.alpha | self.beta).ids)
        bid.message_post(body="Internal", partner_ids=self.alpha.ids)
        self.assertFalse(bid.message_partner_ids & (self.alpha | self.beta))
        self.assertFalse(self.tender.message_partner_ids.filtered("partner_share"))

    def test_incomplete_bid_is_not_sealed(self):
        bid = self._start_bid(self.alpha_user)
        lines = bid.tender_id.line_ids
        steps = [
            ({}, "price for every line"),
            ({"prices": {lines[0].id: ("10", "")}}, "price for every line"),
            ({"prices": {line.id: ("0", "") for line in lines}}, "above zero"),
            ({"prices": {line.id: ("5", "") for line in lines}}, "declaration"),
        ]
        for values, message in steps:
            portal.save_draft(bid, **values)
            with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
                bid.action_seal()
            self.assertEqual(bid.state, "draft")
        portal.save_draft(bid, declared=True)
        bid.action_seal()
        self.assertEqual(bid.state, "sealed")

    def test_seal_twice_is_refused(self):
        bid = self._sealed_bid(self.alpha_user)
        digest = bid.sha256
        with self.assertRaisesRegex(UserError, "already"):
            bid.action_seal()
        self.assertEqual(bid.sha256, digest)

    def test_sealed_content_does_not_change(self):
        bid = self._sealed_bid(self.alpha_user)
        line = bid.tender_id.line_ids[0]
        file_id = portal.read_bid(bid)["files"][0]["id"]
        for change in (
            lambda: portal.save_draft(bid, prices={line.id: ("1", "")}),
            lambda: portal.add_file(bid, "late.pdf", PDF),
            lambda: portal.remove_file(bid, file_id),
            lambda: portal.import_prices(bid, b"PK"),
        ):
            with self.assertRaisesRegex(UserError, "sealed"):
                change()

    def test_one_live_bid_per_vendor(self):
        bid = self._draft_bid(self.alpha_user)
        self.assertEqual(self._start_bid(self.alpha_user), bid)
        colleague = self.alpha_user.copy({"login": "alpha2", "email": "b@alpha.test"})
        colleague.partner_id.parent_id = self.alpha
        self.assertEqual(self._start_bid(colleague), bid)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(Exception),  # noqa: B017
            self.cr.savepoint(),
        ):
            bid.copy_data()
            server_create(
                self.env["outsourcing.bid"],
                [{"tender_id": self.tender.id, "partner_id": self.alpha.id}],
            )
            self.env.flush_all()

    def test_withdraw_keeps_content_sealed_and_allows_another(self):
        bid = self._sealed_bid(self.alpha_user)
        bid.action_withdraw()
        self.assertEqual(bid.state, "withdrawn")
        self.assertTrue(bid.withdrawn_at and bid.receipt_code and bid.sha256)
        self.assertEqual(self._count_rows("outsourcing_bid_envelope", bid), 2)
        self.assertEqual(self._count_rows("outsourcing_bid_file", bid), 1)
        with self.assertRaisesRegex(UserError, "stays sealed"):
            portal.read_bid(bid)
        other = self._sealed_bid(self.alpha_user, (90, 20))
        self.assertNotEqual(other, bid)
        self.assertNotEqual(other.receipt_code, bid.receipt_code)
        with self.assertRaisesRegex(UserError, "final"):
            bid.action_seal()

    def test_replace_keeps_content_for_the_vendor(self):
        bid = self._sealed_bid(self.alpha_user, (80, 15))
        draft = portal.replace_bid(bid)
        self.assertEqual(bid.state, "withdrawn")
        self.assertEqual(draft.state, "draft")
        content = portal.read_bid(draft)
        self.assertEqual([row["price"] for row in content["rows"]], ["80", "15"])
        self.assertEqual([file["name"] for file in content["files"]], ["concept.pdf"])
        self.assertFalse(content["declared"], "declared again for the new bid")
        portal.save_draft(draft, declared=True)
        draft.action_seal()
        self.assertEqual(draft.state, "sealed")

    def test_deadline_is_the_server_clock(self):
        bid = self._draft_bid(self.alpha_user)
        sealed = self._sealed_bid(self.beta_user)
        deadline = self.tender.bid_deadline
        with freeze_time(deadline - timedelta(seconds=1)):
            bid.action_seal()
            self.assertEqual(bid.received_at, fields.Datetime.now())
        for moment in (deadline, deadline + timedelta(seconds=1)):
            with freeze_time(moment):
                for late in (
                    sealed.action_withdraw,
                    lambda: portal.replace_bid(sealed),
                    lambda: self._start_bid(self.gamma_user),
                    bid.with_context(now="2000-01-01").action_withdraw,
                ):
                    with (
                        self.assertRaisesRegex(UserError, "clock of the server"),
                        self.cr.savepoint(),
                    ):
                        late()
        self.assertEqual(sealed.state, "sealed")

    def test_late_attempt_leaves_a_trace(self):
        """Each person leaves one a bid: a loop does not fill the log of a tender."""
        bid = self._draft_bid(self.alpha_user)
        colleague = new_test_user(self.env, "alpha_two", "base.group_portal")
        colleague.partner_id.parent_id = self.alpha_user.partner_id.parent_id
        self.registry_enter_test_mode()
        with freeze_time(self.tender.bid_deadline):
            for user in (self.alpha_user, self.alpha_user, colleague):
                with self.assertRaises(UserError):
                    bid.with_user(user).sudo(bid.env.su).action_seal()
                # What the end of the refused request does.
                self.cr.postrollback.run()
        steps = self.env["outsourcing.audit.log"].search(
            [
                ("res_model", "=", "outsourcing.tender"),
                ("res_id", "=", self.tender.id),
                ("verb", "=", "sealed_refused"),
            ],
            order="id",
        )
        self.assertEqual([step.user_id for step in steps], [self.alpha_user, colleague])

    def test_only_the_vendor_seals_and_withdraws(self):
        bid = self._draft_bid(self.alpha_user)
        for user in (
            self.procurement_user,
            self.manager_user,
            self.settings_user,
            self.beta_user,
        ):
            for sudo in (False, True):
                acting = bid.with_user(user).sudo(sudo)
                with self.assertRaises(UserError):
                    acting.action_seal()
                with self.assertRaises(UserError):
                    acting.write({"state": "sealed"})
        bid.action_seal()
        for user in (self.procurement_user, self.settings_user, self.beta_user):
            with self.assertRaises(UserError):
                bid.with_user(user).sudo().action_withdraw()
        self.assertEqual(bid.state, "sealed")

    def test_uninvited_vendor_cannot_bid(self):
        with self.assertRaisesRegex(AccessError, "not invited"):
            self._start_bid(self.outsider_user)
        for user in (self.procurement_user, self.plain_user, self.settings_user):
            with self.assertRaisesRegex(AccessError, "portal account"):
                self._start_bid(user)

    def test_open_procedure_takes_any_vendor(self):
        tender = self._create_published_tender("procedure_company_public")
        bid = self._sealed_bid(self.outsider_user, tender=tender)
        self.assertEqual(bid.state, "sealed")

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    def test_opening_before_the_deadline_is_refused(self):
        bid = self._sealed_bid(self.alpha_user)
        for kind in ("technical", "price"):
            with self.assertRaisesRegex(UserError, "stay sealed"):
                open_bids(bid.with_user(self.procurement_user), kind)
        with freeze_time(self.tender.bid_deadline):
            self.tender.with_user(self.procurement_user).action_close()
        # The clock of the server is put back.
        with self.assertRaisesRegex(UserError, "stay sealed"):
            open_bids(bid.with_user(self.procurement_user), "price")
        self.assertEqual(bid.state, "sealed")
        self.assertFalse(bid.attachment_ids)

    def test_state_is_not_opened_by_hand(self):
        bid = self._sealed_bid(self.alpha_user)
        self._close(self.tender)
        for state in ("opened", "qualified", "ranked", "won", "lost", "disqualified"):
            for user in (self.procurement_user, self.manager_user, self.alpha_user):
                with self.assertRaises(UserError):
                    bid.with_user(user).sudo().write({"state": state})

    def test_one_envelope_opens_lines_files_and_total(self):
        bid = self._sealed_bid(self.alpha_user, (100, 25.5))
        self._close(self.tender)
        open_bids(bid.with_user(self.procurement_user), "price")
        self.assertRecordValues(
            bid,
            [
                {
                    "state": "opened",
                    "amount_total": 1302.0,
                    "technical_note": f"Remarks of {self.alpha_user.name}",
                }
            ],
        )
        self.assertTrue(bid.technical_opened_at and bid.price_opened_at)
        self.assertRecordValues(
            bid.line_ids,
            [
                {
                    "name": "Cleaning by day",
                    "product_qty": 12,
                    "price_unit": 100,
                    "price_subtotal": 1200,
                    "delivery_note": f"from {self.alpha_user.name}",
                },
                {
                    "name": "Window cleaning",
                    "product_qty": 4,
                    "price_unit": 25.5,
                    "price_subtotal": 102,
                    "delivery_note": f"from {self.alpha_user.name}",
                },
            ],
        )
        self.assertEqual(bid.attachment_ids.name, "concept.pdf")
        self.assertEqual(bid.attachment_ids.raw, PDF)
        open_bids(bid, "price")
        self.assertEqual(len(bid.line_ids), 2, "opening twice changes nothing")
        self.assertEqual(len(bid.attachment_ids), 1)

    def test_two_envelopes_keep_prices_until_the_ranking(self):
        self.tender.procedure_id.envelopes = "two"
        tender = self._create_published_tender()
        bid = self._draft_bid(self.alpha_user, tender=tender)
        portal.add_file(bid, "prices.pdf", PDF, "price")
        bid.action_seal()
        for user in (self.beta_user, self.gamma_user):
            self._sealed_bid(user, tender=tender)
        self._declare(tender)
        self._close(tender)
        buyer = tender.with_user(self.procurement_user)
        bids = bid.with_user(self.procurement_user)
        self._open_bids(buyer)
        self.assertEqual(bid.state, "opened")
        self.assertEqual(bid.attachment_ids.mapped("name"), ["concept.pdf"])
        self.assertFalse(bid.line_ids or bid.amount_total or bid.price_opened_at)
        with self.assertRaisesRegex(UserError, "after the technical ranking"):
            open_bids(bids, "price")
        buyer.action_start_evaluation()
        self._score(tender)
        attend(buyer)
        buyer.action_open_prices()
        self.assertEqual(bid.amount_total, 1300)
        self.assertEqual(
            sorted(bid.attachment_ids.mapped("name")), ["concept.pdf", "prices.pdf"]
        )

    def test_tampering_stops_the_opening(self):
        cases = [
            "UPDATE outsourcing_bid_envelope SET payload = replace(payload, '\"100\"', "
            "'\"99\"') WHERE kind = 'price' AND bid_id = %s",
            "UPDATE outsourcing_bid_file SET content = 'aGFjaw==' WHERE bid_id = %s",
            "UPDATE outsourcing_bid_file SET name = 'other.pdf' WHERE bid_id = %s",
            "DELETE FROM outsourcing_bid_file WHERE bid_id = %s",
            "DELETE FROM outsourcing_bid_envelope WHERE kind = 'price' AND bid_id = %s",
        ]
        bid = self._sealed_bid(self.alpha_user)
        self._close(self.tender)
        for query in cases:
            with self.subTest(query=query), self.cr.savepoint() as savepoint:
                self.cr.execute(query, (bid.id,))
                self.assertTrue(self.cr.rowcount)
                self.env.invalidate_all()
                with self.assertRaisesRegex(UserError, "no longer matches"):
                    open_bids(bid, "price")
                self.assertFalse(bid.line_ids or bid.attachment_ids)
                savepoint.rollback()
            self.env.invalidate_all()
        forged = '{"files":[],"lines":[],"nonce":"0"}'
        self.cr.execute(
            "UPDATE outsourcing_bid_envelope SET payload = %s, sha256 = %s "
            "WHERE kind = 'price' AND bid_id = %s",
            (forged, sealing.digest(forged), bid.id),
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "no longer matches"):
            open_bids(bid, "price")

    def test_draft_and_withdrawn_stay_closed(self):
        draft = self._draft_bid(self.alpha_user)
        withdrawn = self._sealed_bid(self.beta_user)
        withdrawn.action_withdraw()
        self._close(self.tender)
        open_bids(draft | withdrawn, "price")
        self.assertEqual(draft.state, "draft")
        self.assertEqual(withdrawn.state, "withdrawn")
        self.assertFalse((draft | withdrawn).line_ids)

    def test_lines_never_change(self):
        bid = self._sealed_bid(self.alpha_user)
        self._close(self.tender)
        open_bids(bid, "price")
        line = bid.line_ids[0]
        for attack in (
            lambda: line.sudo().write({"price_unit": 1}),
            lambda: line.sudo().unlink(),
            lambda: line.sudo().copy(),
            lambda: bid.sudo().write({"line_ids": [(1, line.id, {"price_unit": 1})]}),
        ):
            with self.assertRaises(UserError):
                attack()
        attachment = bid.attachment_ids.with_user(self.procurement_user)
        with self.assertRaises(AccessError):
            attachment.write({"raw": b"other"})
        with self.assertRaises(AccessError):
            attachment.unlink()

    # ------------------------------------------------------------
    # DISQUALIFICATION
    # ------------------------------------------------------------

    def test_disqualify(self):
        bid = self._sealed_bid(self.alpha_user)
        as_buyer = bid.with_user(self.procurement_user)
        with self.assertRaisesRegex(UserError, "sealed"):
            as_buyer.action_disqualify("Too late")
        self._close(self.tender)
        open_bids(bid, "price")
        for user in (self.officer_user, self.manager_user, self.auditor_user):
            with self.assertRaisesRegex(UserError, "group: Procurement"):
                bid.with_user(user).action_disqualify("No licence")
        self.assertEqual(
            as_buyer.action_disqualify()["res_model"], "outsourcing.reason.wizard"
        )
        as_buyer.action_disqualify(reason="No licence")
        self.assertRecordValues(
            bid,
            [
                {
                    "state": "disqualified",
                    "disqualification_reason": "No licence",
                    "disqualified_by_id": self.procurement_user.id,
                }
            ],
        )

    def _count_rows(self, table, bid):
        self.env.flush_all()
        self.cr.execute(f"SELECT count(*) FROM {table} WHERE bid_id = %s", (bid.id,))
        return self.cr.fetchone()[0]
