from email.message import EmailMessage

from odoo import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.bid import vendor as portal
from ..models.messages.scheduling import MANY
from ..models.vendor import listed
from .common import GROUPS, SIGNED_COPY, IncentiveCommon, TenderCommon
from .test_approval_staffing import StaffingCommon
from .test_bid_person import BidPersonCommon
from .test_messages_rows import RowWalk
from .test_messages_vendor import BOUNCE
from .test_platform_watch import WatchCase


@tagged("post_install", "-at_install")
class TestMailRowsOfApproval(RowWalk, StaffingCommon):
    """Rows of reviews that nobody of the usual persons can give."""

    def test_unusual_review(self):
        self._start_walk()
        for user in (self.auditor, self.one, self.author):
            user.email = f"{user.login}@outsourcing.test"
        self._leave_nobody()
        self._name_two()
        document = self._walk(
            "unusual review", self._create_document, auditor=self.auditor.partner_id
        )
        self._walk(
            "unusual review",
            document.with_user(self.one).sudo().validate_tier,
            auditor=self.auditor.partner_id,
        )


@tagged("post_install", "-at_install")
class TestMailRowsOfPersons(RowWalk, BidPersonCommon):
    """Rows of persons who want to see what is secret."""

    def test_reader_of_prices(self):
        self._start_walk()
        self.settings_user.email = "settings@company.test"
        group = self.env.ref(GROUPS["finance"])
        self._walk(
            "reader of prices asked",
            lambda: (
                self.plain_user.with_user(self.settings_user)
                .sudo()
                .write({"group_ids": [Command.link(group.id)]})
            ),
            procurement=self.procurement_user.partner_id,
            **{role: self._get_asked(role) for role in ("finance", "hr", "auditor")},
        )

    def _get_asked(self, role):
        """Return a function that gives who of a role is asked: one person."""

        def get_asked():
            tasks = self.env["mail.activity"].sudo()
            tasks = tasks.search([("res_model", "=", "outsourcing.price.reader")])
            group = self.env.ref(GROUPS[role])
            users = tasks.user_id.filtered(lambda user: group in user.all_group_ids)
            self.assertEqual(len(users), 1, role)
            return users.partner_id

        return get_asked

    def test_person_of_a_bidder(self):
        self._start_walk()
        self.buyer_user.email = "buyer@company.test"
        self._walk(
            "person of a bidder asked",
            lambda: self.alpha_user.with_user(self.buyer_user).write(
                {"password": "by the buyer"}
            ),
            vendor=self.second_user.partner_id,
            **{
                "two persons": (self.procurement_user | self.officer_user).partner_id,
            },
        )


@tagged("post_install", "-at_install")
class TestMailRowsOfVendors(RowWalk, TenderCommon):
    """Rows of vendors that are held, of mails that come back and that are answered."""

    def test_held(self):
        self._start_walk()
        tender = self._create_published()
        other = self.vendors[2]
        entry = self._blacklist(other)
        for owner in (other, self.vendors[0]):
            self.env["res.partner.bank"].create(
                {"acc_number": "BE71 0961 2345 6769", "partner_id": owner.id}
            )
        bid = portal.start_bid(tender.with_user(self.vendor_users[0]).sudo())
        self._walk(
            "vendor held",
            lambda: listed.call_about_held(bid),
            procurement=self.procurement_user.partner_id,
        )
        self.assertTrue(entry.activity_ids)

    def _blacklist(self, vendor):
        entry = (
            self.env["outsourcing.blacklist"]
            .with_user(self.officer_user)
            .create(
                {
                    "partner_id": vendor.id,
                    "ground": "bribery",
                    "reason": "Bribed an inspector",
                    "date_from": self.start.date(),
                    "date_to": "2030-12-31",
                }
            )
        )
        entry.request_validation()
        entry.with_user(self.manager_user).action_activate()
        return entry.sudo()

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_mail_that_comes_back(self):
        self._start_walk()
        tender = self._create_published()
        vendor = tender.invitation_ids.partner_id[:1]
        vendor.sudo().email = "alpha@vendor.test"
        tender.invitation_ids.filtered(
            lambda item: item.partner_id == vendor
        ).with_user(self.procurement_user).action_send_again()
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("recipient_ids", "in", vendor.ids)], limit=1)
        )
        text = BOUNCE.format(message_id=mail.message_id)
        mail._postprocess_sent_message(vendor, [])
        self._walk(
            "mail not delivered",
            lambda: self.env["mail.thread"].message_process(None, text),
            responsible=tender.user_id.partner_id,
        )

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_answer_by_mail(self):
        self._start_walk()
        price = self._create_reference_price(self._create_approved_request())
        price.action_submit()
        mail = EmailMessage()
        mail["From"] = self.finance_user.email_formatted
        mail["To"] = "catchall@example.com"
        mail["Subject"] = "Re"
        mail["Message-Id"] = "<answer@outsourcing.test>"
        mail.set_content("240000 is too much")
        self._walk(
            "answer by mail",
            lambda: self.env["mail.thread"].message_process(
                price._name, mail.as_bytes(), thread_id=price.id
            ),
            asker=self.officer_user.partner_id,
        )

    def test_guarantee_lags_behind(self):
        self._start_walk()
        self.procedure.performance_guarantee_percent = 10
        award = self._create_final()
        award.tender_id.action_confirm_order()
        award.action_create_contract()
        contract = award.contract_id.with_user(self.procurement_user)
        contract.write({"date_end": self._later(400), "owner_id": self.officer_user.id})
        contract.action_send_to_sign()
        guarantee = contract.guarantee_ids
        guarantee.write(
            {
                "issuer": "First Bank",
                "date_expiry": contract.date_end,
                "document": SIGNED_COPY,
                "document_name": "guarantee.pdf",
            }
        )
        guarantee.action_hold()
        with freeze_time(award.final_date):
            contract.action_sign(signed_copy=SIGNED_COPY)
        amendment = (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "One month more",
                    "contract_id": contract.id,
                    "reason": "The next tender is late",
                    "new_date_end": self._later(431),
                }
            )
        )
        amendment.request_validation()
        self._pass_reviews(amendment, self.finance_user)
        self._walk(
            "guarantee lags behind",
            amendment.with_user(self.other_officer_user).action_approve,
            owner=self.officer_user.partner_id,
        )

    def _later(self, days):
        return self.start.date().fromordinal(self.start.toordinal() + days)


@tagged("post_install", "-at_install")
class TestMailRowsOfWork(RowWalk, IncentiveCommon):
    """Rows of workers, findings, appeals, and of many tasks at once."""

    def test_worker_comes(self):
        self._start_walk()
        contract = self._create_active()
        person = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.vendor.id}
        )
        worker = (
            self.env["outsourcing.worker"]
            .with_user(self.other_officer_user)
            .create(
                {
                    "partner_id": person.id,
                    "contract_id": contract.id,
                    "role": "Cleaner",
                    "responsible_id": self.officer_user.id,
                }
            )
        )
        self._walk(
            "worker comes or goes",
            worker.action_onboard,
            responsible=self.officer_user.partner_id,
        )
        self._walk(
            "worker comes or goes",
            lambda: worker.action_leave("Moved away"),
            responsible=self.officer_user.partner_id,
        )

    def test_finding_turned_down(self):
        self._start_walk()
        finding = self._create_finding()
        self._walk(
            "finding turned down",
            lambda: finding.with_user(self.finance_user).action_reject("Credited"),
            reporter=self.plain_user.partner_id,
        )

    def test_reward_appealed(self):
        self._start_walk()
        reward = self._apply(self._create_reward())
        self._walk(
            "reward appealed",
            lambda: reward.with_user(self.plain_user).action_appeal("Too little"),
            hr=lambda: (
                self.env["mail.activity"]
                .sudo()
                .search([("res_model", "=", reward._name), ("res_id", "=", reward.id)])
                .user_id.partner_id
            ),
        )

    def test_contract_expires(self):
        self._start_walk()
        self.vendor.email = "bright@vendor.test"
        contract = self._create_active()
        with freeze_time(contract.date_end):
            self._run_cron("ir_cron_contract_calendar")
        with freeze_time(self._days(365)):
            self._walk(
                "contract expired",
                lambda: self._run_cron("ir_cron_contract_calendar"),
                vendor=self.vendor,
            )
        self.assertEqual(contract.state, "expired")

    def test_many_tasks(self):
        self._start_walk()
        contracts = self.env["outsourcing.contract"].union(
            *(self._create_active() for _number in range(MANY + 1))
        )
        with freeze_time(contracts[0].notice_date):
            before = self._get_told()
            self._run_cron("ir_cron_contract_calendar")
            messages, mails, tasks = (
                after - known
                for after, known in zip(self._get_told(), before, strict=True)
            )
        partner = self.officer_user.partner_id
        self.assertGreater(
            len(tasks.filtered(lambda item: item.user_id == self.officer_user)), MANY
        )
        self._check_walked(
            "many tasks at once",
            {"person": partner},
            messages,
            mails,
            self.env["mail.activity"],
        )


@tagged("post_install", "-at_install")
class TestMailRowsOfAudit(WatchCase, RowWalk, TenderCommon):
    """Rows of what auditors are told."""

    def test_file_changed(self):
        self._start_walk()
        tender = self._create_tender()
        document = (
            self.env["outsourcing.tender.document"]
            .with_user(self.procurement_user)
            .create({"tender_id": tender.id, "name": "Plan", "file": SIGNED_COPY})
        )
        self._sign_off(tender)
        tender.action_publish()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_tender_document SET sha256 = 'x' WHERE id = %s",
            [document.id],
        )
        self.env.invalidate_all()
        self._walk(
            "file changed",
            lambda: self._run_cron("ir_cron_check_files"),
            auditor=self.auditor_user.partner_id,
        )

    def test_watched_change(self):
        self._start_walk()
        self._create_published()
        self.system.email = "system@company.test"
        rule = self.env.ref("outsourcing_mgmt.outsourcing_request_rule_company")
        self._walk(
            "watched change",
            lambda: rule.with_user(self.system).write({"name": "Another name"}),
            auditor=self.auditor_user.partner_id,
            officer=self.officer_user.partner_id,
        )
