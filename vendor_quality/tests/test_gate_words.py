from email.message import EmailMessage

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import GateCommon


@tagged("post_install", "-at_install")
class TestGateWords(GateCommon, HttpCase):
    """What stands on a bill was said by whoever is named there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls._new_user("words", "account.group_account_invoice")
        cls.employee = cls._new_user("plain", "base.group_user")
        cls.bill = cls._new_bill()
        cls.order = cls.env["purchase.order"].create({"partner_id": cls.vendor.id})
        cls.payment = cls.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": cls.vendor.id,
                "amount": 5.0,
                "journal_id": cls.bank_journal.id,
            }
        )

    def _get_mail(self, sender):
        mail = EmailMessage()
        mail["From"] = sender.email_formatted
        mail["To"] = "x@example.com"
        mail["Subject"] = "Re"
        mail["Message-Id"] = f"<{sender.id}@forged.example.com>"
        mail.set_content("Checked, pay it")
        return mail.as_string()

    def _hand_in(self, record, sender):
        """Hand in a mail on ``record`` by RPC; return what the client is told."""
        path = "mail.thread/message_process"
        mail = self._get_mail(sender)
        answer = self.url_open(
            f"/web/dataset/call_kw/{path}",
            json={
                "params": {
                    "model": "mail.thread",
                    "method": "message_process",
                    "args": [record._name, mail],
                    "kwargs": {"thread_id": record.id},
                }
            },
        )
        return answer.json().get("error", {}).get("data", {}).get("message", "")

    @mute_logger("odoo.addons.mail.models.mail_thread", "odoo.http")
    def test_mails_come_from_the_mail_server(self):
        admin = self._new_user("system", "base.group_user,base.group_system")
        for record in (self.bill, self.order, self.payment):
            words, followers = record.message_ids, record.message_partner_ids
            for user in (self.employee, self.accountant, admin):
                user.password = user.login
                self.authenticate(user.login, user.login)
                for sender in (self.finance_user, user):
                    with self.subTest(record=record, user=user.login):
                        self.assertIn("mail server", self._hand_in(record, sender))
            record.invalidate_recordset()
            self.assertEqual(record.message_ids, words)
            self.assertEqual(record.message_partner_ids, followers)
        # A user whom the company named for it hands in what the mail server took.
        self.env["ir.config_parameter"].set_param(
            "mail.gateway.login", self.employee.login
        )
        self.env["mail.thread"].with_user(self.employee).sudo(False).with_context(
            mail_create_nosubscribe=True
        ).message_process(
            "account.move", self._get_mail(self.finance_user), thread_id=self.bill.id
        )
        self.assertIn("pay it", self.bill.message_ids[:1].body)

    def test_nobody_writes_as_somebody_else(self):
        finance = self.finance_user.partner_id
        manager = self._new_user("payer", "account.group_account_manager")
        for record in (self.bill, self.payment):
            for attack in (
                lambda mine: mine.message_post(body="Approved", author_id=finance.id),
                lambda mine: mine.message_post(
                    body="Approved", email_from=finance.email_formatted
                ),
                lambda mine: mine.message_post(
                    body="Approved", date="2020-01-02 08:00:00"
                ),
            ):
                with self.subTest(record=record), self.assertRaises(AccessError):
                    attack(record.with_user(manager))
        invoice = self.env["account.move"].create({"move_type": "out_invoice"})
        message = invoice.with_user(manager).message_post(
            body="Yours", author_id=finance.id
        )
        self.assertEqual(message.author_id, finance)

    def test_an_ordinary_word_costs_nothing(self):
        bill = self.bill.with_user(self.accountant)
        message = bill.message_post(body="Please look")
        self.assertEqual(message.author_id, self.accountant.partner_id)
