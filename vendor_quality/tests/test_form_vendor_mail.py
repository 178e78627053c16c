from odoo.tests import freeze_time, new_test_user, tagged

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
