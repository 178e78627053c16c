from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.models.intent import (
    outsourcing_mail_intent as mail_intent,
)

from .common import TODAY, QualityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormVendorMail(QualityCommon):
    """The portal users who are in charge hear of a form, each in its language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("de_DE")
        cls.vendor.email = "office@vendor.test"
        persons = cls.env["res.partner"]
        for login, lang in (("ann", "en_US"), ("bernd", "de_DE")):
            user = new_test_user(cls.env, f"quality_{login}", "base.group_portal")
            user.partner_id.parent_id = cls.vendor
            user.lang = lang
            persons |= user.partner_id
        cls.ann, cls.bernd = persons

    def _get_told(self, record):
        return record.message_ids.filtered("partner_ids").mapped("partner_ids")

    def _make_mails(self):
        """Run the job that makes the mails of steps, as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(mail_intent.JOB).method_direct_trigger()
        self.env.invalidate_all()

    def _get_rows(self, record):
        return self.env[mail_intent.MODEL].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )

    def test_step_waits_for_no_mail(self):
        """The job posts the message, once; the step only notes it."""
        form = self._create_collected_form()
        mails = self.env["mail.mail"].search_count([])
        with patch.object(mail_intent, "wake"):
            form.with_user(self.officer_user).action_send_to_vendor()
            self.assertFalse(self._get_told(form))
            self.assertEqual(self.env["mail.mail"].search_count([]), mails)
            rows = self._get_rows(form)
            self.assertEqual(set(rows.mapped("state")), {"waiting"})
            self._make_mails()
            self._make_mails()
        self.assertEqual(set(rows.mapped("state")), {"sent"})
        told = form.message_ids.filtered("partner_ids")
        self.assertEqual(len(told), 2, "One for each language.")
        self.assertEqual(told.author_id, self.officer_user.partner_id)
        self.assertEqual(told.partner_ids, self.ann | self.bernd)

    def test_form_that_went_on_is_not_mailed(self):
        form = self._create_collected_form()
        with patch.object(mail_intent, "wake"):
            form.action_send_to_vendor()
            form.action_cancel()
            self._make_mails()
        self.assertEqual(set(self._get_rows(form).mapped("state")), {"overtaken"})
        self.assertFalse(self._get_told(form))

    def test_reminder_is_noted_once(self):
        form = self._create_collected_form()
        form.action_send_to_vendor()
        known = self._get_rows(form)
        with (
            freeze_time("2026-03-04 02:00:00"),
            patch.object(mail_intent, "wake"),
        ):
            self.assertEqual(form._vendor_quality_remind_vendor(), 1)
            self.assertEqual(form._vendor_quality_remind_vendor(), 0)
            rows = self._get_rows(form) - known
            self.assertEqual(len(rows), 2)
            self._make_mails()
            self.assertEqual(form._vendor_quality_remind_vendor(), 0)
        self.assertEqual(set(rows.mapped("state")), {"sent"})

    @mute_logger("odoo.addons.outsourcing_mgmt.models.intent.outsourcing_mail_intent")
    def test_mail_that_cannot_be_made_asks_the_handler(self):
        form = self._create_collected_form()
        now = fields.Datetime.now()
        broken = patch.object(
            self.registry["mail.thread"],
            "message_post_with_source",
            side_effect=ValueError("broken template"),
        )
        with patch.object(mail_intent, "wake"), broken:
            form.action_send_to_vendor()
            rows = self._get_rows(form)
            for minutes in (0, *mail_intent.PAUSES):
                now += timedelta(minutes=minutes)
                self.assertFalse(form.activity_ids.filtered("note"))
                with freeze_time(now):
                    self._make_mails()
        self.assertEqual(set(rows.mapped("state")), {"failed"})
        activities = form.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )
        self.assertEqual(len(activities), 2, "One for each person.")
        self.assertEqual(activities.user_id, form.collected_by_id)
        self.assertIn("broken template", activities[0].note)

    def test_form_goes_to_the_portal_users(self):
        template = self.env.ref("vendor_quality.mail_template_form_vendor_review")
        template.with_context(lang="de_DE").subject = "Bitte {{ object.name }}"
        form = self._create_collected_form()
        form.action_send_to_vendor()
        told = form.message_ids.filtered("partner_ids")
        subjects = {message.partner_ids: message.subject for message in told}
        self.assertEqual(set(subjects), {self.ann, self.bernd})
        self.assertIn("please answer", subjects[self.ann])
        self.assertIn("Bitte", subjects[self.bernd])

    def test_only_who_is_in_charge_of_quality(self):
        self.bernd.outsourcing_vendor_duty = "quality"
        form = self._create_collected_form()
        form.action_send_to_vendor()
        self.assertEqual(self._get_told(form), self.bernd)
        with freeze_time("2026-03-04 02:00:00"):
            self.assertEqual(form._vendor_quality_remind_vendor(), 1)
            self.assertEqual(form._vendor_quality_remind_vendor(), 0)
        self.assertEqual(self._get_told(form), self.bernd)

    def test_mail_that_does_not_arrive_asks_the_handler(self):
        form = self._create_collected_form()
        form.action_send_to_vendor()
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", form._name), ("res_id", "=", form.id)])
        )
        for mail in mails:
            mail._postprocess_sent_message(
                mail.recipient_ids & self.ann,
                [],
                failure_reason="550 mailbox unavailable",
                failure_type="mail_smtp",
            )
        activity = form.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )
        self.assertEqual(activity.user_id, form.collected_by_id)
        self.assertIn(self.bernd.display_name, activity.summary)
        self.assertIn("550", activity.note)

    def test_vendor_without_an_address(self):
        (self.ann | self.bernd).user_ids.action_archive()
        self.vendor.email = False
        form = self._create_collected_form()
        form.action_send_to_vendor()
        self.assertFalse(self._get_told(form))
        summaries = [item.summary or "" for item in form.activity_ids]
        self.assertTrue(any("did not arrive" in text for text in summaries), summaries)

    def test_vendor_without_users(self):
        (self.ann | self.bernd).user_ids.action_archive()
        form = self._create_collected_form()
        form.action_send_to_vendor()
        self.assertEqual(self._get_told(form), self.vendor)
