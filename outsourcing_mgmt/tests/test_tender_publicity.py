from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.bid import vendor as portal
from ..models.bid.outsourcing_bid_envelope import open_bids
from .common import BidCommon


@tagged("post_install", "-at_install")
class TestTenderPublicity(BidCommon):
    """Invitations, questions, documents and addenda: what vendors are told."""

    def setUp(self):
        super().setUp()
        self.env["mail.mail"].search([]).unlink()

    def _mails(self, text):
        return self.env["mail.mail"].search([("subject", "ilike", text)])

    def _addendum(self, **values):
        return (
            self.env["outsourcing.tender.addendum"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": self.tender.id,
                    "subject": "New floor plan",
                    "body": "<p>One floor more.</p>",
                    **values,
                }
            )
        )

    def _document(self, **values):
        return (
            self.env["outsourcing.tender.document"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": self.tender.id,
                    "name": "Specification",
                    "file": "JVBERi0=",
                    "file_name": "spec.pdf",
                    **values,
                }
            )
        )

    def _ask(self, user, text="How many floors?"):
        tender = self.tender.with_user(user).sudo()
        return portal.ask_question(tender, text)

    # ------------------------------------------------------------
    # INVITATIONS
    # ------------------------------------------------------------

    def test_invitation_is_mailed_once_to_each(self):
        tender = self._create_published_tender()
        mails = self._mails("Invitation")
        self.assertEqual(len(mails), 3)
        self.assertEqual(mails.recipient_ids, self.vendors)
        for mail in mails:
            self.assertEqual(len(mail.recipient_ids), 1)
            self.assertIn(f"/my/tenders/{tender.id}", mail.body_html)
            self.assertFalse(mail.model, "not kept in the chatter of the tender")
            others = self.vendors - mail.recipient_ids
            for name in others.mapped("name"):
                self.assertNotIn(name, mail.body_html)
        self.assertRecordValues(
            tender.invitation_ids, [{"state": "sent", "response": False}] * 3
        )
        with self.assertRaisesRegex(UserError, "cannot become|bid deadline"):
            tender.invitation_ids.with_user(self.procurement_user).write(
                {"state": "draft"}
            )

    def test_vendor_without_account_gets_a_way_in(self):
        company = self.env["res.partner"].create(
            {"name": "New Ltd", "is_company": True, "email": "new@vendor.test"}
        )
        self._invite(self.tender, company)
        mail = self._mails("Invitation")
        # Whoever reads this mail would sign up for the whole vendor.
        self.assertNotIn("signup", mail.body_html)
        self.assertNotIn("token=", mail.body_html)
        self.assertIn(f"/my/tenders/{self.tender.id}", mail.body_html)
        self.assertIn("we open one for this person", mail.body_html)
        activity = self.tender.activity_ids.filtered(
            lambda item: "Portal account" in (item.summary or "")
        )
        self.assertEqual(activity.user_id, self.tender.user_id)
        self.assertNotIn("New Ltd", f"{activity.summary}{activity.note}")

    def test_vendor_is_invited_once(self):
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": self.alpha.id, "email": "c@alpha.test"}
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception):  # noqa: B017
            self.env["outsourcing.tender.invitation"].create(
                {"tender_id": self.tender.id, "partner_id": colleague.id}
            )

    def test_invitation_needs_mail_procurement_and_time(self):
        silent = self.env["res.partner"].create({"name": "Silent", "is_company": True})
        invitation = self.env["outsourcing.tender.invitation"].create(
            {"tender_id": self.tender.id, "partner_id": silent.id}
        )
        with self.assertRaisesRegex(UserError, "mail address"):
            invitation.with_user(self.procurement_user).action_send()
        silent.email = "silent@vendor.test"
        with self.assertRaisesRegex(UserError, "group: Procurement"):
            invitation.with_user(self.officer_user).action_send()
        with freeze_time(self.tender.bid_deadline):
            with self.assertRaisesRegex(UserError, "bid deadline"):
                invitation.with_user(self.procurement_user).action_send()
        invitation.with_user(self.procurement_user).action_send()
        with self.assertRaisesRegex(UserError, "kept"):
            invitation.with_user(self.procurement_user).unlink()

    def test_nobody_answers_for_the_vendor(self):
        invitation = self.tender.invitation_ids[0]
        as_buyer = invitation.with_user(self.procurement_user)
        for vals in (
            {"state": "answered"},
            {"state": "opened"},
            {"response": "declined"},
            {"opened_at": fields.Datetime.now()},
            {"partner_id": self.outsider_user.partner_id.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                as_buyer.write(vals)
        tender = self.tender.with_user(self.alpha_user).sudo()
        for user in (self.outsider_user, self.procurement_user):
            with self.assertRaises(AccessError):
                portal.answer_invitation(self.tender.with_user(user).sudo(), "declined")
        portal.answer_invitation(
            self.tender.with_user(self.beta_user).sudo(), "accepted"
        )
        self.assertFalse(invitation.response, "a vendor answers for itself alone")
        portal.answer_invitation(tender, "declined")
        self.assertRecordValues(
            invitation, [{"state": "answered", "response": "declined"}]
        )
        self.assertNotIn(self.alpha, self.tender._get_vendor_partners())
        self._sealed_bid(self.alpha_user)
        self.assertEqual(invitation.response, "bid", "a vendor may change its mind")
        with self.assertRaisesRegex(UserError, "Withdraw"):
            portal.answer_invitation(tender, "declined")

    def test_wizard_finds_vendors_by_tag_and_history(self):
        bid = self._sealed_bid(self.alpha_user)
        self._close(self.tender)
        open_bids(bid, "price")
        tag = self.env["res.partner.category"].create({"name": "Guards"})
        tagged_vendor = self.outsider_user.partner_id.commercial_partner_id
        tagged_vendor.category_id = tag
        tender = self._create_published_tender("procedure_company_public")
        wizard = (
            self.env["outsourcing.tender.invite"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": tender.id,
                    "tag_ids": [Command.set(tag.ids)],
                    "category_id": self.category.id,
                }
            )
        )
        self.assertEqual(wizard.partner_ids, tagged_vendor | self.alpha)
        wizard.action_invite()
        self.assertEqual(
            tender.invitation_ids.mapped("state"),
            ["sent", "sent"],
            "at once, as the tender is published",
        )
        with self.assertRaisesRegex(UserError, "not invited yet"):
            wizard.action_invite()

    # ------------------------------------------------------------
    # QUESTIONS
    # ------------------------------------------------------------

    def test_answer_goes_to_all_without_the_asker(self):
        question = self._ask(self.alpha_user)
        self.assertTrue(
            self.tender.activity_ids.filtered(
                lambda activity: activity.user_id == self.procurement_user
            )
        )
        answering = question.with_user(self.officer_user)
        answering.public_question = "How many floors are there?"
        answering.action_answer(answer="Seven.")
        self.assertRecordValues(
            question, [{"state": "answered", "answered_by_id": self.officer_user.id}]
        )
        mails = self._mails("Question and answer")
        persons = self.vendor_users.partner_id
        self.assertEqual(mails.recipient_ids, self.vendors | persons)
        for mail in mails:
            self.assertEqual(len(mail.recipient_ids), 1)
            self.assertIn("How many floors are there?", mail.body_html)
            self.assertIn("Seven.", mail.body_html)
            self.assertNotIn(
                "Alpha", mail.body_html.replace(mail.recipient_ids.name, "")
            )
        self.assertFalse(
            self.tender.activity_ids.filtered(
                lambda activity: activity.user_id == self.procurement_user
            ),
            "nothing is left to answer",
        )
        with self.assertRaises(UserError):
            answering.answer = "Eight."
        with self.assertRaises(UserError):
            question.with_user(self.procurement_user).unlink()

    def test_asker_is_known_to_few(self):
        question = self._ask(self.alpha_user)
        for user in (self.officer_user, self.procurement_user):
            self.assertEqual(question.with_user(user).partner_id, self.alpha)
        for user in (self.auditor_user, self.manager_user, self.finance_user):
            rows = question.with_user(user).read()[0]
            self.assertNotIn("partner_id", rows)
            self.assertFalse(
                {"alpha"} & {str(value).lower() for value in rows.values()}
            )
            with self.assertRaises(AccessError):
                question.with_user(user).read(["partner_id"])
            with self.assertRaises(AccessError):
                question.with_user(user).search([("partner_id", "=", self.alpha.id)])
        for user in (self.alpha_user, self.beta_user, self.plain_user):
            with self.assertRaises(AccessError):
                question.with_user(user).read(["public_question"])
        self.assertFalse(question.create_uid.share)
        self.assertFalse(question.write_uid.share)

    def test_questions_end_in_time(self):
        with freeze_time(self.tender.question_deadline):
            with self.assertRaisesRegex(UserError, "Questions were received until"):
                self._ask(self.alpha_user)
        with self.assertRaisesRegex(AccessError, "not invited"):
            self._ask(self.outsider_user)
        with self.assertRaisesRegex(UserError, "Write your question"):
            self._ask(self.alpha_user, "  ")
        with self.assertRaisesRegex(UserError, "at most"):
            self._ask(self.alpha_user, "x" * 5000)
        question = self._ask(self.alpha_user)
        with freeze_time(self.tender.bid_deadline):
            with self.assertRaisesRegex(UserError, "not answered any more"):
                question.with_user(self.procurement_user).action_answer(answer="Yes")
        with self.assertRaisesRegex(UserError, "Answer"):
            question.with_user(self.procurement_user).action_answer()

    # ------------------------------------------------------------
    # DOCUMENTS AND ADDENDA
    # ------------------------------------------------------------

    def test_document_of_published_tender_needs_addendum(self):
        with self.assertRaisesRegex(ValidationError, "addendum"):
            self._document()
        document = self._document(addendum_id=self._addendum().id)
        with self.assertRaisesRegex(UserError, "with the tender"):
            document.write({"state": "published"})
        self.assertEqual(len(document.sha256), 64)

    def test_published_document_never_changes(self):
        addendum = self._addendum()
        document = self._document(addendum_id=addendum.id)
        addendum.action_publish()
        self.assertEqual(document.state, "published")
        for vals in (
            {"file": "AAAA"},
            {"name": "Other"},
            {"sha256": "0" * 64},
            {"state": "draft"},
            {"version": 9},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                document.write(vals)
        with self.assertRaises(UserError):
            document.unlink()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", document._name),
                    ("res_id", "=", document.id),
                    ("res_field", "=", "file"),
                ]
            )
        )
        self.assertTrue(attachment)

    def test_new_version_supersedes(self):
        first_addendum = self._addendum()
        first = self._document(addendum_id=first_addendum.id)
        first_addendum.action_publish()
        second_addendum = self._addendum()
        second = self._document(
            addendum_id=second_addendum.id, supersedes_id=first.id, file="JVBERi0x"
        )
        self.assertEqual((first.version, second.version), (1, 2))
        self.assertEqual(first.state, "published")
        second_addendum.action_publish()
        self.assertEqual((first.state, second.state), ("superseded", "published"))
        self.assertNotEqual(first.sha256, second.sha256)

    def test_addendum_extends_tells_and_asks_for_confirmation(self):
        sealed = self._sealed_bid(self.alpha_user)
        draft = self._draft_bid(self.beta_user)
        self.env["mail.mail"].search([]).unlink()
        addendum = self._addendum()
        late = self.tender.bid_deadline - timedelta(days=1)
        days = self.tender._get_rule("addendum_extension_days")
        old = self.tender.bid_deadline
        with freeze_time(late):
            addendum.action_publish()
        left = self.tender.bid_deadline - late
        self.assertGreaterEqual(left, timedelta(days=days))
        self.assertLess(left, timedelta(days=days, minutes=1))
        self.assertGreaterEqual(self.tender.opening_date, self.tender.bid_deadline)
        self.assertRecordValues(
            addendum,
            [
                {
                    "state": "published",
                    "number": 1,
                    "old_deadline": old,
                    "bid_deadline": self.tender.bid_deadline,
                    "published_by_id": self.procurement_user.id,
                }
            ],
        )
        self.assertTrue(sealed.needs_reconfirmation)
        self.assertFalse(draft.needs_reconfirmation)
        mails = self._mails("Addendum 1")
        self.assertLessEqual(self.vendors, mails.recipient_ids)
        self.assertTrue(all(len(mail.recipient_ids) == 1 for mail in mails))

    def test_early_addendum_keeps_or_moves_the_deadline(self):
        old = self.tender.bid_deadline
        self._addendum().action_publish()
        self.assertEqual(self.tender.bid_deadline, old)
        self._addendum(new_deadline=old + timedelta(days=7)).action_publish()
        self.assertEqual(self.tender.bid_deadline, old + timedelta(days=7))
        self.assertEqual(self.tender.addendum_ids.mapped("number"), [1, 2])
        with self.assertRaisesRegex(ValidationError, "never shortens"):
            self._addendum(new_deadline=old)

    def test_addendum_refused(self):
        empty = self._addendum(body="<p><br></p>")
        with self.assertRaisesRegex(UserError, "say what changes"):
            empty.action_publish()
        addendum = self._addendum()
        with self.assertRaisesRegex(UserError, "group: Procurement"):
            addendum.with_user(self.officer_user).action_publish()
        with freeze_time(self.tender.bid_deadline):
            with self.assertRaisesRegex(UserError, "no longer received"):
                addendum.action_publish()
        addendum.action_publish()
        for vals in ({"body": "other"}, {"number": 7}, {"state": "draft"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                addendum.write(vals)
        with self.assertRaisesRegex(UserError, "publish the addendum that replaces"):
            addendum.write({"state": "superseded"})

    def test_addendum_replaces_an_earlier_one(self):
        first = self._addendum()
        first.action_publish()
        self._addendum(supersedes_id=first.id).action_publish()
        self.assertEqual(first.state, "superseded")

    def test_unconfirmed_bid_is_returned_unopened(self):
        unconfirmed = self._sealed_bid(self.alpha_user)
        confirmed = self._sealed_bid(self.beta_user)
        self._addendum().action_publish()
        self.assertTrue(unconfirmed.needs_reconfirmation)
        digest = confirmed.sha256
        portal.reconfirm_bid(confirmed)
        self.assertFalse(confirmed.needs_reconfirmation)
        self.assertEqual(confirmed.sha256, digest, "the bid itself stays as it was")
        self._close(self.tender)
        open_bids(unconfirmed | confirmed, "price")
        self.assertRecordValues(
            unconfirmed,
            [
                {
                    "state": "disqualified",
                    "amount_total": 0,
                    "technical_opened_at": False,
                }
            ],
        )
        self.assertFalse(unconfirmed.line_ids or unconfirmed.attachment_ids)
        self.assertEqual(confirmed.state, "opened")

    def test_second_addendum_asks_again(self):
        bid = self._sealed_bid(self.alpha_user)
        self._addendum().action_publish()
        portal.reconfirm_bid(bid)
        self._addendum().action_publish()
        self.assertTrue(bid.needs_reconfirmation)
        self.assertFalse(bid.reconfirmed_at)

    # ------------------------------------------------------------
    # FOLLOWERS AND RIGHTS
    # ------------------------------------------------------------

    def test_vendors_have_no_rights_on_tenders(self):
        for name in (
            "outsourcing.tender",
            "outsourcing.tender.line",
            "outsourcing.criterion",
            "outsourcing.tender.document",
            "outsourcing.tender.addendum",
            "outsourcing.tender.invitation",
            "outsourcing.tender.question",
            "outsourcing.bid",
            "outsourcing.bid.line",
        ):
            for user in (self.alpha_user, self.env.ref("base.public_user")):
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(
                        self.env[name].with_user(user).has_access(operation), name
                    )

    def test_other_company_sees_nothing(self):
        bid = self._sealed_bid(self.alpha_user)
        question = self._ask(self.alpha_user)
        addendum = self._addendum()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._new_user(
            "stranger",
            "outsourcing_mgmt.group_outsourcing_procurement",
        )
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        for record in (bid, question, addendum, self.tender.invitation_ids):
            model = self.env[record._name].with_user(stranger).with_company(other)
            self.assertFalse(model.search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["display_name"])
