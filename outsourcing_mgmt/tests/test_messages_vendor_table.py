import re
from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import email_normalize

from ..models.bid import vendor as portal
from ..tools import mail_table
from .common import PNG_BASE64, BidCommon, ContractCommon
from .test_messages_table import README

CODE = re.compile(r"\W*[\w/]+\W*")


class VendorMails:
    """Compares the mails to vendors with the table, and each with the house's rules."""

    def _start_walk(self):
        self.company.write({"email": "office@company.test", "logo": PNG_BASE64})
        self.met = set()

    def _walk(self, event, act, **roles):
        """Let ``act`` happen; each role's partners get what the table says."""
        self.env.flush_all()
        Mail = self.env["mail.mail"].sudo()
        known = Mail.search([])
        Activity = self.env["mail.activity"].sudo()
        tasks = Activity.search([])
        result = act()
        self.env.flush_all()
        mails = Mail.search([]) - known
        tasks = Activity.search([]) - tasks
        self.met.add(event)
        table = (*mail_table.VENDOR_TABLE, *mail_table.OTHER)
        rows = [row for row in table if row.event == event and row.role in roles]
        self.assertTrue(rows, event)
        for row in rows:
            for partner in roles[row.role]:
                mine = mails.filtered(lambda mail, to=partner: to in mail.recipient_ids)
                with self.subTest(event=event, role=row.role, partner=partner.name):
                    if row.way == mail_table.MAIL:
                        self.assertEqual(len(mine), 1, "one mail a person and event")
                        self._check_mail(mine)
                    elif row.way == mail_table.NOTHING:
                        self.assertFalse(mine)
                    if row.way == mail_table.ACTIVITY:
                        users = partner.user_ids
                        self.assertTrue(
                            tasks.filtered(lambda t, u=users: t.user_id in u)
                        )
        return result

    def _check_mail(self, mail):
        sender = email_normalize(mail.email_from)
        self.assertTrue(sender)
        self.assertNotIn("vendor", sender, "no vendor writes to himself")
        self.assertTrue(email_normalize(mail.reply_to or ""), "somebody reads answers")
        self.assertFalse(CODE.fullmatch(mail.subject), "a bare number is no subject")
        self.assertEqual(len(mail.recipient_ids), 1, "no vendor learns of another")
        page = html.fromstring(mail.body_html)
        self.assertTrue(page.xpath("//meta[@name='viewport']"), "fit for a phone")
        self.assertTrue(page.xpath("//img[contains(@src, '/logo.png')]"))
        for node in page.xpath("//*[@style or @width]"):
            self.assertFalse(
                re.search(r"min-width:\s*\d{3}", node.get("style") or "")
                or (node.get("width") or "").isdigit(),
                "nothing is wider than a phone",
            )
        text = page.text_content()
        for clock in re.finditer(r"\b\d{1,2}:\d{2}(:\d{2})?[^\n]{0,40}", text):
            if "[...]" in clock.group():
                continue  # the preview, which is cut anywhere
            self.assertRegex(
                clock.group(), r"UTC|GMT|\(\w+/\w+\)|[+-]\d{4}", "a time has its zone"
            )


@tagged("post_install", "-at_install")
class TestVendorMailTable(VendorMails, BidCommon):
    """Walks what vendors of a tender are told."""

    def test_tender(self):
        self._start_walk()
        tender = self.tender
        vendors = self.alpha | self.beta | self.gamma
        others = self.beta | self.gamma
        self._walk(
            "invited",
            lambda: self._invite(tender, self.outsider_user.partner_id),
            vendor=self.outsider_user.partner_id,
        )
        question = self._walk(
            "question asked",
            lambda: portal.ask_question(
                tender.with_user(self.alpha_user).sudo(), "How many floors?"
            ),
            vendor=self.alpha,
            procurement=self.procurement_user.partner_id,
        )
        answering = question.with_user(self.officer_user)
        answering.public_question = "How many floors are there?"
        self._walk(
            "question answered",
            lambda: answering.action_answer(answer="Seven."),
            vendor=self.alpha,
            **{"other vendor": others},
        )
        addendum = (
            self.env["outsourcing.tender.addendum"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": tender.id,
                    "subject": "Keys",
                    "body": "<p>Keys are at the gate.</p>",
                }
            )
        )
        self._walk("addendum published", addendum.action_publish, vendor=vendors)
        bid = self._draft_bid(self.alpha_user)
        self._walk(
            "bid sealed",
            bid.action_seal,
            vendor=self.alpha_user.partner_id,
            **{"other vendor": others},
        )
        self._walk(
            "bid withdrawn",
            bid.action_withdraw,
            vendor=self.alpha_user.partner_id,
            **{"other vendor": others},
        )
        self._walk(
            "tender cancelled",
            lambda: tender.with_user(self.procurement_user).action_cancel("No need"),
            vendor=vendors,
        )

    def test_award(self):
        self._start_walk()
        award = self._create_approved_award(
            criteria=[
                {"name": "Licence", "kind": "pass_fail", "sequence": 1},
                {"name": "Quality", "kind": "scored", "weight": 6000, "sequence": 2},
                {"name": "Price", "kind": "price", "weight": 4000, "sequence": 3},
            ]
        )
        winner = award.sudo().partner_id
        self._walk(
            "award notified",
            award.action_notify,
            winner=winner,
            **{"other vendor": self.vendors - winner},
        )
        loser = award.tender_id.sudo().bid_ids.filtered(
            lambda bid: bid.partner_id != winner
        )[:1]
        user = self.vendor_users.filtered(
            lambda user: user.partner_id.commercial_partner_id == loser.partner_id
        )
        objection = self._walk(
            "objection filed",
            lambda: portal.object_to_award(loser.with_user(user).sudo(), "Points"),
            manager=self.manager_user.partner_id,
        )
        judge = objection.with_user(self.manager_user).sudo(False)
        self._walk(
            "objection decided",
            lambda: judge.action_decide(upheld=False, reason="The points are right"),
            vendor=user.partner_id,
        )
        self._walk(
            "award annulled",
            lambda: award.action_annul(reason="The winner is bankrupt"),
            vendor=self.vendors,
        )


@tagged("post_install", "-at_install")
class TestContractMailTable(VendorMails, ContractCommon):
    """Walks what the vendor of a contract is told."""

    def test_contract(self):
        self._start_walk()
        self.vendor.email = "bright@vendor.test"
        contract = self._create_contract()
        self._walk(
            "contract to sign",
            lambda: self._send_to_sign(contract),
            vendor=self.vendor,
        )
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            entry = (
                self.env["outsourcing.blacklist"]
                .with_user(self.officer_user)
                .create(
                    {
                        "partner_id": self.vendor.id,
                        "ground": "bribery",
                        "reason": "Bribed an inspector",
                        "date_from": self.today,
                        "date_to": self._days(300),
                    }
                )
            )
            entry.request_validation()
            self._walk(
                "vendor blacklisted",
                entry.with_user(self.manager_user).action_activate,
                vendor=self.vendor,
            )

    def test_what_became_of_contract_and_deliveries(self):
        self._start_walk()
        self.vendor.email = "bright@vendor.test"
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_active(order=order)
        milestone = (
            self.env["outsourcing.contract.milestone"]
            .with_user(self.officer_user)
            .create(
                {
                    "contract_id": contract.id,
                    "name": "First month",
                    "date_due": self.today,
                    "purchase_line_id": order.order_line.id,
                    "quantity": 1.0,
                }
            )
        )
        milestone.with_user(self.officer_user).action_submit()
        self._walk(
            "delivery sent back",
            lambda: milestone.with_user(self.other_officer_user).action_reject(
                "Two floors were left out"
            ),
            vendor=self.vendor,
        )
        amendment = (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "Longer",
                    "contract_id": contract.id,
                    "reason": "The tender is late",
                    "new_date_end": self._days(400),
                }
            )
        )
        amendment.request_validation()
        mail = self._walk(
            "contract amended",
            lambda: self._approve_and_mail(amendment),
            vendor=self.vendor,
        )
        self.assertIn("ends on", str(mail.body_html))
        mine = contract.with_user(self.procurement_user)
        mail = self._walk(
            "contract terminated",
            lambda: self._terminate_and_mail(mine),
            vendor=self.vendor,
        )
        self.assertNotIn("Moved out", str(mail.body_html), "the reason stays inside")

    def _approve_and_mail(self, amendment):
        amendment.with_user(self.officer_user).action_approve()
        return self._get_last_mail()

    def _terminate_and_mail(self, contract):
        contract.action_terminate("Moved out")
        return self._get_last_mail()

    def _get_last_mail(self):
        mails = self.env["mail.mail"].sudo()
        return mails.search([("recipient_ids", "=", self.vendor.id)], limit=1)

    def test_readme(self):
        shown = {
            tuple(re.split(r"\s{2,}", line.strip()))
            for line in README.read_text().splitlines()
        }
        for row in mail_table.VENDOR_TABLE:
            self.assertIn(tuple(row), shown)
