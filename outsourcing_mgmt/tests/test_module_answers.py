from email.message import EmailMessage

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import ContractCommon, TenderCommon


class Answers(MailCommon):
    """Mails that answer what a document sent."""

    def _answer(self, record, sender, text, parent=None, **headers):
        """Let the gateway take a mail; return what went out because of it."""
        mail = EmailMessage()
        mail["From"] = sender.email_formatted
        mail["To"] = "catchall@example.com"
        mail["Subject"] = "Re"
        mail["Message-Id"] = (
            f"<{record._table}.{len(text)}.{sender.id}@else.example.com>"
        )
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        if parent:
            mail["In-Reply-To"] = parent.message_id
        mail.set_content(text)
        with (
            self.mock_mail_gateway(),
            mute_logger("odoo.addons.mail.models.mail_thread"),
        ):
            self.env["mail.thread"].message_process(
                record._name, mail.as_bytes(), thread_id=record.id
            )
        return [(str(mail["email_to"]), mail["body"]) for mail in self._mails]

    def _assert_nowhere_near(self, record, words):
        """Nobody finds the words with the document, however they search."""
        found = (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", record._name), ("res_id", "=", record.id)])
        )
        self.assertNotIn(words, "".join(found.mapped("body")))


@tagged("post_install", "-at_install")
class TestAnswersOfReviewers(Answers, TenderCommon):
    """A mail is no decision, and is not read by who may not read the secret."""

    def _submitted_price(self):
        price = self._create_reference_price(self._create_approved_request())
        price.action_submit()
        return price

    def test_answer_to_the_review_of_a_price(self):
        price = self._submitted_price()
        words = "240000 is too much"
        asked = price.sudo().message_ids.filtered(
            lambda message: "press Approve or Refuse" in message.body
        )
        self.assertTrue(asked, "The mail says what decides.")
        followers = price.sudo().message_partner_ids
        sent = self._answer(price, self.finance_user, words, asked[:1])
        self._assert_nowhere_near(price, words)
        price.invalidate_recordset()
        self.assertEqual(price.sudo().message_partner_ids, followers)
        self.assertEqual(price.state, "submitted")
        self.assertEqual(len(sent), 2)
        (to_asker,) = [mail for mail in sent if words in mail[1]]
        self.assertIn(self.officer_user.email, to_asker[0])
        (to_sender,) = [mail for mail in sent if words not in mail[1]]
        self.assertIn(self.finance_user.email, to_sender[0])
        self.assertIn(f"model={price._name}&amp;res_id={price.id}", to_sender[1])
        for user in (self.procurement_user, self.hr_user, self.manager_user):
            with self.subTest(user=user.login):
                Message = self.env["mail.message"].with_user(user)
                self.assertFalse(Message.search([("body", "ilike", words)]))

    def test_answer_to_the_review_of_a_request(self):
        request = self._create_request()
        request.action_submit()
        words = "approved, go on"
        sent = self._answer(request, self.hr_user, words, request.message_ids[:1])
        self._assert_nowhere_near(request, words)
        self.assertEqual(request.state, "submitted")
        self.assertTrue(any(words in body for _to, body in sent))
        # Its applicant writes as always.
        self._answer(
            request, self.user_user, "One more reason", request.message_ids[:1]
        )
        self.assertIn("One more reason", request.message_ids[:1].body)

    def test_a_stranger_and_a_machine_get_no_answer(self):
        price = self._submitted_price()
        stranger = self.env["res.partner"].new({"name": "X", "email": "x@else.test"})
        sent = self._answer(price, stranger, "Win a prize")
        self.assertFalse([to for to, _body in sent if "x@else.test" in to])
        sent = self._answer(
            price, self.finance_user, "I am away", Auto_Submitted="auto-replied"
        )
        self.assertFalse([to for to, _body in sent if self.finance_user.email in to])
        self._assert_nowhere_near(price, "I am away")

    def test_words_about_a_tender(self):
        tender = self._create_published()
        words = "I know the owner of this vendor"
        member = tender.sudo().committee_ids[0].user_id
        for sender in (member, self.vendors[0]):
            with self.subTest(sender=sender.name):
                sent = self._answer(tender, sender, words)
                self._assert_nowhere_near(tender, words)
                (to_asker,) = [mail for mail in sent if words in mail[1]]
                self.assertIn(tender.sudo().user_id.email, to_asker[0])

    def test_who_follows(self):
        tender = self._create_opened()
        bid = tender.sudo().bid_ids[0]
        strangers = self.vendors[0] | self.vendor_users[0].partner_id
        for record in (tender, bid):
            record.sudo().message_subscribe(
                (strangers | self.plain_user.partner_id).ids
            )
            record.sudo()._message_subscribe(strangers.ids)
            record.sudo().message_post(body="Hello", author_id=strangers[0].id)
            self.assertFalse(record.sudo().message_partner_ids & strangers)
            self.assertNotIn(
                self.plain_user.partner_id, record.sudo().message_partner_ids
            )
        tender.message_subscribe(self.officer_user.partner_id.ids)
        self.assertIn(self.officer_user.partner_id, tender.sudo().message_partner_ids)
        admin = self.env.ref("base.user_admin")
        Followers = self.env["mail.followers"].with_user(admin)
        row = {"res_model": tender._name, "res_id": tender.id}
        with self.assertRaises(AccessError):
            Followers.create({**row, "partner_id": strangers[0].id})
        mine = tender.sudo().message_follower_ids[:1].with_user(admin)
        with self.assertRaises(AccessError):
            mine.write({"partner_id": strangers[0].id})


@tagged("post_install", "-at_install")
class TestAnswersOfVendors(Answers, ContractCommon):
    """What a vendor writes is kept with the contract, and decides nothing."""

    def test_answer_instead_of_a_signature(self):
        self.vendor.email = "office@bright.test"
        contract = self._create_contract()
        self._send_to_sign(contract)
        sent = self._answer(contract, self.vendor, "We do not agree")
        self.assertIn("We do not agree", contract.sudo().message_ids.mapped("body")[0])
        self.assertEqual(contract.state, "to_sign")
        to_vendor = [body for to, body in sent if "office@" in to]
        self.assertTrue(to_vendor)
        self.assertIn(f"/my/outsourcing/contracts/{contract.id}", to_vendor[0])
        self.assertTrue([to for to, _body in sent if self.officer_user.email in to])

    def test_words_between_people_are_not_answered(self):
        self.vendor.email = "office@bright.test"
        contract = self._create_active()
        sent = self._answer(contract, self.vendor, "Our new address")
        self.assertIn("Our new address", contract.sudo().message_ids[:1].body)
        self.assertFalse([to for to, _body in sent if "office@" in to])
        contract.sudo().message_subscribe(self.vendor.ids)
        self.assertNotIn(self.vendor, contract.sudo().message_partner_ids)
