from odoo.tests import tagged

from ..models.base.grants import server_write
from .test_vendor_job import VendorCommon

TEMPLATES = (
    ("mail_template_ticket_solved", "sign_off_deadline"),
    ("mail_template_ticket_reminder", "sign_off_deadline"),
    ("mail_template_reply_visit", "visit_at"),
)


@tagged("post_install", "-at_install")
class TestMailMoments(VendorCommon):
    """A mail names the time by which it is judged, with its zone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in {"itsm_tz", "outsourcing_tz"}.intersection(cls.company._fields):
            cls.company[name] = "Asia/Shanghai"
        # A job that mails has a zone, too, which is nobody's.
        cls.env.user.tz = "America/New_York"

    def _render(self, template, record):
        # sudo: mails of steps are rendered by a job
        mail = self.env.ref(f"itsm_desk.{template}").sudo()
        return str(mail._render_field("body_html", record.ids)[record.id])

    def test_moments_of_tickets(self):
        ticket = self._solve(self._file()).sudo()
        server_write(ticket, {"visit_at": "2026-12-01 15:59:59"})
        for zone, told in ((False, 1), ("Asia/Tokyo", 2), ("Asia/Shanghai", 1)):
            ticket.partner_id.tz = zone
            for template, name in TEMPLATES:
                with self.subTest(template=template, zone=zone):
                    text = self._render(template, ticket)
                    moment = self.company._itsm_format_moment(
                        ticket[name], zone or "Asia/Shanghai"
                    )
                    self.assertIn(moment, text)
                    self.assertEqual(moment.count("(Asia/"), told)
                    self.assertNotIn("New_York", text)

    def test_moment_of_a_job_for_a_vendor(self):
        # sudo: the mail is rendered by a job
        job = self._job(self._send()).sudo()
        self.assertTrue(job.due_at)
        moment = self.company._itsm_format_moment(job.due_at, "Asia/Shanghai")
        text = self._render("mail_template_vendor_job", job)
        self.assertIn(moment, text)
        self.assertNotIn("New_York", text)
