from contextlib import suppress
from datetime import datetime
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.intent import outsourcing_mail_intent as mail_intent
from ..models.messages.vendor_mail import get_persons
from .common import BidCommon, ContractCommon

BOUNCE = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@alpha.test>
To: bounce@buyer.test
Subject: Undelivered Mail Returned to Sender
Message-Id: <returned@alpha.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

<alpha@vendor.test>: 550 5.1.1 mailbox unavailable

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; alpha.test

Final-Recipient: rfc822; alpha@vendor.test
Action: failed
Status: 5.1.1

--part
Content-Type: message/rfc822

Message-Id: {message_id}
From: buyer@buyer.test
To: alpha@vendor.test
Subject: Invitation

Hello

--part--
"""


@tagged("post_install", "-at_install")
class TestVendorMail(BidCommon):
    """What became of the mails on which deadlines rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invitation = cls.tender.invitation_ids.filtered(
            lambda item: item.partner_id == cls.alpha
        )

    def _get_mail(self, partner=None):
        return self.env["mail.mail"].search(
            [("recipient_ids", "in", (partner or self.alpha).ids)], limit=1
        )

    def _get_activities(self):
        return self.tender.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )

    def test_mail_that_is_sent(self):
        self.assertEqual(self.invitation.mail_outcome, "waiting")
        self._get_mail()._postprocess_sent_message(self.alpha, [])
        self.assertEqual(self.invitation.mail_outcome, "sent")
        self.assertFalse(self._get_activities())

    def test_mail_that_is_not_sent(self):
        self._get_mail()._postprocess_sent_message(
            [], [], failure_reason="Connection refused", failure_type="mail_smtp"
        )
        self.assertRecordValues(
            self.invitation,
            [{"mail_outcome": "failed", "mail_problem": "Connection refused"}],
        )
        activity = self._get_activities()
        self.assertEqual(activity.user_id, self.tender.user_id)
        self.assertNotIn(self.alpha.name, activity.summary)
        # Another mail that fails asks for nothing more.
        self._get_mail(self.beta)._postprocess_sent_message(
            [], [], failure_type="mail_smtp"
        )
        self.assertEqual(self._get_activities(), activity)

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_mail_that_comes_back(self):
        mail = self._get_mail()
        text = BOUNCE.format(message_id=mail.message_id)
        mail._postprocess_sent_message(self.alpha, [])
        self.assertFalse(mail.exists())
        self.env["mail.thread"].message_process(None, text)
        self.assertEqual(self.invitation.mail_outcome, "bounced")
        self.assertIn("550", self.invitation.mail_problem)
        self.assertTrue(self._get_activities())
        # What leaves later does not hide it; sending it again does.
        self.tender._mail_vendors("outsourcing_mgmt.mail_template_tender_ended")
        self.assertEqual(self.invitation.mail_outcome, "bounced")
        self.invitation.with_user(self.procurement_user).action_send_again()
        self.assertEqual(self.invitation.mail_outcome, "waiting")

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_nobody_forges_what_became_of_a_mail(self):
        mail = self._get_mail()
        thread = self.env["mail.thread"].with_user(self.officer_user)
        thread.message_process(None, BOUNCE.format(message_id=mail.message_id))
        self.assertEqual(self.invitation.mail_outcome, "waiting")
        for user in (self.procurement_user, self.officer_user):
            with self.assertRaises(AccessError):
                self.invitation.with_user(user).mail_outcome = "bounced"
            with self.assertRaises(AccessError):
                self.env["outsourcing.vendor.mail"].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["outsourcing.vendor.mail"].search([], limit=1).outcome = "sent"

    def test_mails_about_a_draft_leave_no_trace(self):
        self._get_mail()._postprocess_sent_message(self.alpha, [])
        self.tender._mail_partners(
            "outsourcing_mgmt.mail_template_bid_person", self.alpha
        )
        self.assertEqual(self.invitation.mail_outcome, "sent")

    def test_who_prepares_a_bid_hears_of_changes(self):
        """The portal users, where the company has another address or none."""
        seller = self.alpha_user.partner_id
        colleague = new_test_user(
            self.env, "outsourcing_colleague", "base.group_portal", email="c@alpha.test"
        )
        colleague.partner_id.parent_id = self.alpha
        self.alpha.email = "office@alpha.test"
        told = self.tender._find_told()
        self.assertEqual(told[self.alpha], self.alpha | seller | colleague.partner_id)
        self.assertEqual(told[self.beta], self.beta | self.beta_user.partner_id)
        colleague.partner_id.outsourcing_vendor_duty = "contract"
        self.assertEqual(self.tender._find_told()[self.alpha], self.alpha | seller)
        self.alpha.email = False
        colleague.partner_id.outsourcing_vendor_duty = "tender"
        self.assertEqual(self.tender._find_told()[self.alpha], colleague.partner_id)

    @mute_logger("odoo.addons.outsourcing_mgmt.models.tender.outsourcing_tender_vendor")
    def test_vendor_without_an_address_is_named(self):
        (self.alpha | self.alpha_user.partner_id).email = False
        self.tender._mail_vendors("outsourcing_mgmt.mail_template_tender_ended")
        self.assertEqual(self.invitation.mail_outcome, "failed")
        self.assertIn("Nobody", self.invitation.mail_problem)
        self.assertTrue(self._get_activities())

    def test_deadline_is_one_time_with_its_zone(self):
        """On the page, in the refusal and on the notice, the bidder's own beside it."""
        tender = self.tender
        self.company.outsourcing_tz = "Europe/Brussels"
        self.alpha_user.tz = "Asia/Shanghai"
        moment = datetime(2026, 10, 30, 16)
        mine = tender.with_user(self.alpha_user).sudo()
        text = mine._format_moment(moment)
        self.assertIn("(Europe/Brussels)", text)
        self.assertIn("(Asia/Shanghai)", text)
        self.assertLess(text.index("5:00"), text.index("12:00"))
        self.alpha_user.tz = "Europe/Paris"
        self.assertNotIn("Paris", mine._format_moment(moment))
        notice = self.env["ir.qweb"]._render(
            "outsourcing_mgmt.report_tender_head", {"doc": tender}
        )
        self.assertIn("(Europe/Brussels)", str(notice))


@tagged("post_install", "-at_install")
class TestVendorPersons(ContractCommon):
    """Whom at a vendor a message reaches, and who goes on where somebody has left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.vendor.email = "office@bright.test"
        cls.persons = cls.env["res.partner"]
        for login, lang in (("ann", "en_US"), ("bernd", "de_DE"), ("carl", "en_US")):
            # With the vendor from the start: who is moved there later reads nothing.
            person = cls.vendor.child_ids.create(
                {"name": login, "parent_id": cls.vendor.id}
            )
            user = new_test_user(
                cls.env,
                f"bright_{login}",
                "base.group_portal",
                partner_id=person.id,
            )
            user.lang = lang
            cls.persons |= user.partner_id
        cls.ann, cls.bernd, cls.carl = cls.persons

    def test_persons_in_charge(self):
        contract = self._create_contract()
        self.assertEqual(get_persons(contract, "quality"), self.persons)
        self.bernd.outsourcing_vendor_duty = "contract"
        self.assertEqual(get_persons(contract, "contract"), self.bernd)
        self.assertEqual(get_persons(contract, "quality"), self.ann | self.carl)
        self.persons.user_ids.action_archive()
        self.assertEqual(get_persons(contract, "quality"), self.vendor)

    def test_contract_to_sign_is_mailed(self):
        self.carl.outsourcing_vendor_duty = "quality"
        template = self.env.ref("outsourcing_mgmt.mail_template_contract_to_sign")
        template.with_context(lang="de_DE").subject = "Bitte {{ object.name }}"
        contract = self._create_contract()
        self._send_to_sign(contract)
        told = contract.message_ids.filtered(lambda message: message.partner_ids)
        by_person = {message.partner_ids: message for message in told}
        self.assertEqual(set(by_person), {self.ann, self.bernd})
        self.assertIn("Please sign", by_person[self.ann].subject)
        self.assertIn("Bitte", by_person[self.bernd].subject)
        self.assertIn(
            f"/my/outsourcing/contracts/{contract.id}", by_person[self.ann].body
        )

    def test_contract_is_mailed_by_the_job(self):
        """Neither the step nor whoever signs at once waits for a mail."""
        contract, other = self._create_contract(), self._create_contract()
        with patch.object(mail_intent, "wake"):
            self._send_to_sign(contract)
            self._send_to_sign(other)
            self.assertFalse(contract.message_ids.partner_ids)
            other.with_user(self.procurement_user).action_cancel()
            with self.enter_registry_test_mode():
                self.env.ref(mail_intent.JOB).method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual(contract.message_ids.partner_ids, self.persons)
        self.assertFalse(other.message_ids.partner_ids, "It is signed no more.")

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_contract_mail_that_comes_back(self):
        person = self.ann
        person.email = "ann@bright.test"
        contract = self._create_contract(owner_id=self.officer_user.id)
        self._send_to_sign(contract)
        message = contract.message_ids.filtered(lambda item: person in item.partner_ids)
        text = BOUNCE.format(message_id=message.message_id)
        text = text.replace("alpha@vendor.test", person.email)
        self.env["mail.thread"].with_user(self.officer_user).message_process(None, text)
        self.assertFalse(self._get_returned(contract), "an employee hands it in")
        self.env["mail.thread"].message_process(None, text)
        activity = self._get_returned(contract)
        self.assertEqual(activity.user_id, contract.owner_id)
        self.assertIn(person.display_name, activity.summary)
        self.env["mail.thread"].message_process(None, text)
        self.assertEqual(self._get_returned(contract), activity)

    def _get_returned(self, record):
        return record.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )

    def test_activity_for_somebody_who_left(self):
        contract = self._create_contract(owner_id=self.officer_user.id)
        self.officer_user.active = False
        activity = contract.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.officer_user.id
        )
        self.assertTrue(activity.user_id.active)
        self.assertTrue(
            contract.with_user(activity.user_id).has_access("write"), "may act"
        )

    def test_activities_of_somebody_who_loses_the_role(self):
        contract = self._create_contract(owner_id=self.officer_user.id)
        activity = contract.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.officer_user.id
        )
        self.officer_user.write(
            {"group_ids": [Command.link(self.env.ref("base.group_partner_manager").id)]}
        )
        self.assertEqual(activity.user_id, self.officer_user, "still reads it")
        self.officer_user.write(
            {"group_ids": [Command.set(self.env.ref("base.group_user").ids)]}
        )
        self.assertNotEqual(activity.user_id, self.officer_user)
        self.assertTrue(contract.with_user(activity.user_id).has_access("write"))

    def test_files_that_were_sent_stay(self):
        """Also those that belonged to nothing, or go on at another document."""
        contract = self._create_contract(owner_id=self.officer_user.id)
        self.officer_user.group_ids |= self.env.ref("base.group_partner_manager")
        mine = contract.with_user(self.officer_user)
        for place in ({}, {"res_model": "res.partner"}):
            if place:
                place["res_id"] = self.officer_user.partner_id.id
            file = mine.env["ir.attachment"].create(
                {"name": "proof.txt", "raw": b"As agreed", **place}
            )
            sent = mine.message_post(body="See", attachment_ids=file.ids).sudo()
            with suppress(UserError):
                file.raw = b"Never agreed"
            with suppress(UserError):
                file.unlink()
            with self.subTest(place=place):
                self.assertEqual(sent.attachment_ids.raw, b"As agreed")

    def test_a_file_that_everybody_reads_stays_there(self):
        """A picture of a page is not taken away by sending it: a copy is sent."""
        contract = self._create_contract(owner_id=self.officer_user.id)
        picture = self.env["ir.attachment"].create(
            {"name": "logo.txt", "raw": b"For everybody", "public": True}
        )
        message = contract.with_user(self.officer_user).message_post(
            body="See", attachment_ids=picture.ids
        )
        sent = message.sudo().attachment_ids
        self.assertEqual(sent.mapped("raw"), [b"For everybody"])
        self.assertNotEqual(sent, picture)
        self.assertFalse(sent.public)
        self.assertTrue(picture.public)
        self.assertFalse(picture.res_model)

    def test_activities_of_somebody_whose_group_loses_the_role(self):
        """Nobody writes the user: the group loses people, or what it implies."""
        officers = self.env.ref("outsourcing_mgmt.group_outsourcing_officer")
        user = self.officer_user
        contract = self._create_contract(owner_id=user.id)
        activity = contract.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=user.id
        )
        changes = {
            "people": lambda: group.write({"user_ids": [Command.unlink(user.id)]}),
            "all people": lambda: group.write({"all_user_ids": [Command.clear()]}),
            "implied": lambda: group.write({"implied_ids": [Command.clear()]}),
            "implied by": lambda: officers.write(
                {"implied_by_ids": [Command.unlink(group.id)]}
            ),
            "deleted": lambda: group.unlink(),
        }
        for name, change in changes.items():
            group = self.env["res.groups"].create(
                {"name": name, "implied_ids": [Command.set(officers.ids)]}
            )
            user.group_ids = group | self.env.ref("base.group_user")
            activity.user_id = user
            with self.subTest(name):
                group.write({"user_ids": [Command.link(self.hr_user.id)]})
                self.assertEqual(activity.user_id, user, "still reads it")
                change()
                self.assertNotEqual(activity.user_id, user)
                self.assertTrue(
                    contract.with_user(activity.user_id).has_access("write")
                )

    def test_a_feature_is_switched_off(self):
        """All people lose a group; what they have to do is not judged one by one."""
        people = self.env.ref("base.group_user")
        feature = self.env["res.groups"].create({"name": "Feature"})

        def count():
            people._apply_group(feature)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._remove_group(feature)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        def schedule(number):
            for _i in range(number):
                self._create_contract().sudo().activity_schedule(
                    "mail.mail_activity_data_todo", user_id=self.officer_user.id
                )

        schedule(2)
        count()
        few = count()
        schedule(20)
        self.assertLess(count() - few, 10)

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_mail_that_comes_back_to_somebody_without_the_role(self):
        """The activity waits for somebody who can open the contract."""
        self.ann.email = "ann@bright.test"
        contract = self._create_contract(owner_id=self.officer_user.id)
        self._send_to_sign(contract)
        self.officer_user.write(
            {"group_ids": [Command.set(self.env.ref("base.group_user").ids)]}
        )
        message = contract.message_ids.filtered(
            lambda item: self.ann in item.partner_ids
        )
        text = BOUNCE.format(message_id=message.message_id)
        text = text.replace("alpha@vendor.test", self.ann.email)
        self.env["mail.thread"].message_process(None, text)
        user = self._get_returned(contract).user_id
        self.assertNotEqual(user, self.officer_user)
        self.assertTrue(contract.with_user(user).has_access("read"))

    def test_activities_of_somebody_who_leaves(self):
        contract = self._create_contract(owner_id=self.officer_user.id)
        activity = contract.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.officer_user.id
        )
        self.env["outsourcing.deputy"].with_user(self.officer_user).create(
            {
                "user_id": self.officer_user.id,
                "deputy_id": self.hr_user.id,
                "date_from": self.today,
                "date_to": self._days(1),
                "reason": "Leave",
                "company_id": contract.company_id.id,
            }
        )
        self.officer_user.active = False
        self.assertEqual(activity.user_id, self.hr_user)
