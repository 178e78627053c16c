from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestAttackRows(MailCase, ContractCommon):
    """Core shows every employee who is told of a document, and who follows it."""

    def test_employee_learns_nothing_of_a_contract(self):
        contract = self._create_active().sudo()
        contract.message_subscribe(self.officer_user.partner_id.ids)
        contract.message_notify(
            body="Penalty", subject="Secret", partner_ids=self.hr_user.partner_id.ids
        )
        follows = [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        told = [
            ("mail_message_id.model", "=", contract._name),
            ("mail_message_id.res_id", "=", contract.id),
        ]
        for name, domain in (("mail.followers", follows), ("mail.notification", told)):
            rows = self.env[name].search(domain)
            with self.subTest(model=name):
                self.assertTrue(rows)
                theirs = rows.with_user(self.plain_user)
                for search in (domain, [("id", "in", rows.ids)]):
                    self.assertFalse(theirs.search(search))
                with self.assertRaises(AccessError):
                    theirs.read()
                reading = rows.with_user(self.officer_user)
                self.assertEqual(reading.search([("id", "in", rows.ids)]), rows)

    def test_words_of_messages_are_read_by_readers_and_made_by_nobody(self):
        """Administrators read no contract, and not what is said there in French."""
        contract = self._create_active().sudo()
        message = contract.message_post(body="Penalty")
        admin = self._new_user("words_admin", "base.group_system")
        both = self._new_user(
            "words_auditor",
            "base.group_system,outsourcing_mgmt.group_outsourcing_auditor",
        )
        page = self.env["mail.link.preview"].create({"source_url": "https://a.example"})
        values = {
            "mail.message.translation": {
                "body": "Amende",
                "source_lang": "en",
                "target_lang": "fr",
            },
            "mail.message.link.preview": {"link_preview_id": page.id},
        }
        other = self.vendor.sudo().message_post(body="Hello")
        for name, vals in values.items():
            rows = self.env[name].create({"message_id": message.id, **vals})
            harmless = self.env[name].create({"message_id": other.id, **vals})
            with self.subTest(model=name):
                mine = rows.with_user(admin)
                self.assertFalse(mine.search([("message_id", "=", message.id)]))
                self.assertEqual(mine.search([("id", "=", harmless.id)]), harmless)
                self.assertEqual(
                    rows.with_user(both).search([("id", "in", rows.ids)]), rows
                )
                for attempt in (
                    mine.read,
                    lambda mine=mine: mine.write({"message_id": other.id}),
                    lambda rows=rows: rows.with_user(both).write(
                        {"message_id": other.id}
                    ),
                    lambda harmless=harmless: harmless.with_user(admin).write(
                        {"message_id": message.id}
                    ),
                ):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        attempt()
                        self.env.flush_all()
                    self.env.invalidate_all()
                rows.unlink()
                with self.assertRaises(AccessError), self.cr.savepoint():
                    self.env[name].with_user(both).create(
                        {"message_id": message.id, **vals}
                    )

    def test_a_page_is_full_and_counted_right(self):
        """What others may not read takes no place on a page, and is not counted."""
        contract = self._create_active().sudo()
        contract.message_subscribe((self.hr_user | self.finance_user).partner_id.ids)
        vendor = self.vendor.sudo()
        vendor.message_subscribe(self.hr_user.partner_id.ids)
        records = contract, vendor
        domain = Domain.OR(
            Domain("res_model", "=", one._name) & Domain("res_id", "=", one.id)
            for one in records
        )
        rows = self.env["mail.followers"].search(domain)
        theirs = rows.filtered(lambda row: row.res_model == contract._name)
        mine = rows.with_user(self.plain_user)
        self.assertTrue(theirs)
        self.assertEqual(mine.search(domain), rows - theirs)
        self.assertEqual(mine.search_count(domain), len(rows - theirs))
        for order in ("id", "id desc"):
            page = mine.search(domain, limit=1, order=order)
            self.assertEqual(len(page), 1)
            self.assertNotIn(page, theirs)
        self.assertEqual(
            mine.with_user(self.officer_user).search_count(domain), len(rows)
        )

    def test_who_sends_a_mail_settles_who_was_told(self):
        """Administrators read no contracts, and press Send Now."""
        contract = self._create_active().sudo()
        message = contract.message_notify(
            body="Look", subject="Look", partner_ids=self.hr_user.partner_id.ids
        )
        told = message.notification_ids
        mail = self.env["mail.mail"].create(
            {
                "body_html": "Look",
                "email_to": "hr@example.com",
                "is_notification": True,
                "mail_message_id": message.id,
            }
        )
        told.sudo().write(
            {
                "mail_mail_id": mail.id,
                "notification_status": "exception",
                "notification_type": "email",
            }
        )
        admin = self._new_user("an_admin", "base.group_system")
        self.assertFalse(told.with_user(admin).search([("id", "in", told.ids)]))
        with self.mock_mail_gateway():
            mail.with_user(admin).send()
        self.assertEqual(told.notification_status, "sent")
        mail = mail.copy({"is_notification": True})
        with self.assertRaises(AccessError):
            mail.with_user(self.plain_user)._send()
