import re
from pathlib import Path

from lxml import html

from odoo.tests import freeze_time, tagged
from odoo.tools import email_normalize

from ..tools import mail_table
from .common import TODAY
from .test_form_dispute import DisputeCommon

README = Path(__file__).parents[1] / "README.rst"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormMailTable(DisputeCommon):
    """Walks who is told of a form and its disputes, in which way, and once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.email = "office@company.test"
        cls.met = set()

    def _walk(self, event, act):
        people = {
            "vendor": self.vendor_user,
            "other vendor": self.peer_user,
            "handler": self.form.collected_by_id,
        }
        Message = self.env["mail.message"].sudo()
        Activity = self.env["mail.activity"].sudo()
        self.env.flush_all()
        messages, tasks = Message.search([]), Activity.search([])
        result = act()
        self.env.flush_all()
        messages = Message.search([]) - messages
        tasks = Activity.search([]) - tasks
        self.met.add(event)
        for row in (row for row in mail_table.TABLE if row.event == event):
            user = people[row.role]
            told = messages.filtered(
                lambda item, to=user.partner_id: to in item.notified_partner_ids
            )
            asked = tasks.filtered(lambda item, user=user: item.user_id == user)
            with self.subTest(event=event, role=row.role):
                if row.way == mail_table.MAIL:
                    self.assertEqual((len(told), len(asked)), (1, 0))
                    self._check_message(told)
                elif row.way == mail_table.ACTIVITY:
                    self.assertEqual(len(asked), 1)
                else:
                    self.assertFalse(told or asked)
        return result

    def _check_message(self, message):
        self.assertNotEqual(message.author_id, self.vendor_user.partner_id)
        self.assertNotIn("@x.test", email_normalize(message.email_from) or "")
        self.assertFalse(re.fullmatch(r"\W*[\w/]*\W*", message.subject or ""))
        (mail,) = message.sudo().mail_ids.filtered(
            lambda item: self.vendor_user.partner_id in item.recipient_ids
        )
        page = html.fromstring(mail.body_html)
        self.assertTrue(page.xpath("//meta[@name='viewport']"), "fit for a phone")
        self.assertTrue(self.env.company.uses_default_logo)
        self.assertFalse(page.xpath("//img"), "the logo of nobody is left out")

    def test_table(self):
        self._walk("form sent", self.form.action_send_to_vendor)
        with freeze_time("2026-03-04 02:00:00"):
            self._walk("vendor reminded", self.form._vendor_quality_remind_vendor)
        dispute = self._walk("line disputed", self._dispute)
        self._walk(
            "dispute decided",
            lambda: dispute.with_user(self.other_officer_user).action_decide(
                "rejected", "Counted again: 90 %"
            ),
        )
        self.assertEqual(self.met, {row.event for row in mail_table.TABLE})

    def test_readme(self):
        """The README shows the table as it is."""
        shown = {
            tuple(re.split(r"\s{2,}", line.strip()))
            for line in README.read_text().splitlines()
        }
        for row in mail_table.TABLE:
            self.assertIn(tuple(row), shown)
