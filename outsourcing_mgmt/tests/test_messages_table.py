import re
from pathlib import Path

from odoo.tests import freeze_time, tagged

from ..tools import mail_table
from .common import SIGNED_COPY, IncentiveCommon, TenderCommon
from .test_messages_rows import check_message

README = Path(__file__).parents[1] / "README.rst"


@tagged("post_install", "-at_install")
class TestMailTable(IncentiveCommon, TenderCommon):
    """Walks the table: who is told of each event, in which way, and once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            "applicant": cls.user_user,
            "head": cls.head_user,
            "procurement": cls.procurement_user,
            "owner": cls.officer_user,
            "reporter": cls.plain_user,
            "person": cls.plain_user,
        }
        cls.met = set()
        cls.company.email = "office@company.test"

    def _count(self):
        """Return ``{user: (mails, activities)}`` until now."""
        self.env.flush_all()
        messages = self.env["mail.message"].sudo().search([])
        mails = self.env["mail.mail"].sudo().search([])
        activities = self.env["mail.activity"].sudo().search([])
        counts = {}
        for user in self.env["res.users"].search([]):
            partner = user.partner_id
            counts[user] = (
                messages.filtered(
                    lambda message, partner=partner: (
                        partner in message.notified_partner_ids
                        # What Odoo mails with an activity is part of it.
                        and "assigned to" not in (message.subject or "")
                    )
                )
                | mails.filtered(
                    lambda mail, partner=partner: partner in mail.recipient_ids
                ).mail_message_id,
                activities.filtered(lambda item, user=user: item.user_id == user),
            )
        return counts

    def _walk(self, event, act, users=None):
        """Let ``act`` happen, and compare who was told with the table."""
        before = self._count()
        result = act()
        after = self._count()
        self.met.add(event)
        for row in (row for row in mail_table.TABLE if row.event == event):
            told = (users or {}).get(row.role) or self.users.get(row.role)
            group = [told] if told else self._get_group(row.role)
            mails = sum(len(after[user][0] - before[user][0]) for user in group)
            tasks = sum(len(after[user][1] - before[user][1]) for user in group)
            with self.subTest(event=event, role=row.role):
                if row.way == mail_table.MAIL:
                    self.assertEqual((bool(mails), tasks), (True, 0))
                    for user in group:
                        new = after[user][0] - before[user][0]
                        self.assertLessEqual(len(new), 1, "one mail a person and event")
                        for message in new:
                            check_message(self, message)
                elif row.way == mail_table.ACTIVITY:
                    self.assertTrue(tasks)
                else:
                    self.assertEqual((mails, tasks), (0, 0))
        return result

    def _get_group(self, role):
        group = self.env.ref(f"outsourcing_mgmt.group_outsourcing_{role}")
        return group.all_user_ids

    def test_table(self):
        self._walk_request()
        award = self._walk_tender()
        self._walk_contract(award)
        self._walk_conduct()
        self.assertEqual(self.met, {row.event for row in mail_table.TABLE})

    def _walk_request(self):
        request = self._create_request()
        request.action_submit()
        asked = request.sudo().message_ids.filtered(
            lambda message: "Please approve or refuse" in (message.subject or "")
        )
        self.assertIn(self.hr_user.partner_id, asked.notified_partner_ids)
        self._pass_reviews(request, self.hr_user, self.manager_user)
        self._walk(
            "request approved",
            lambda: request.with_user(self.hr_user).action_approve(),
        )
        price = self._create_reference_price(self._create_approved_request())
        price.action_submit()
        self._pass_reviews(price, self.finance_user)
        self._walk(
            "price approved",
            lambda: price.with_user(self.finance_user).action_approve(),
        )

    def _walk_tender(self):
        tender = self._create_tender()
        self._walk("file signed off", lambda: self._sign_off(tender))
        self._walk("tender published", tender.action_publish)
        self._create_opened(self._create_closed(tender=tender))
        tender.action_start_evaluation()
        self._walk("scores in", lambda: self._score(tender))
        tender.action_propose_award()
        award = tender.award_id
        award.reasons = "<p>Best total of quality and price.</p>"
        award.low_price_justification = "Own staff, no subcontractors."
        award.action_submit()
        self._pass_reviews(award, self.officer_user, self.finance_user)
        self._walk("award approved", award.action_approve)
        award.action_notify()
        with freeze_time(award.standstill_end):
            self._walk("award final", award.action_finalise)
        failed = self._create_closed()
        self._walk(
            "tender ended", lambda: failed.action_fail(reason="No bid is good enough")
        )
        return award

    def _walk_contract(self, award):
        with freeze_time(award.final_date):
            award.tender_id.action_confirm_order()
        action = award.with_user(self.procurement_user).action_create_contract()
        contract = self.env["outsourcing.contract"].browse(action["res_id"])
        mine = contract.with_user(self.procurement_user)
        mine.write({"owner_id": self.officer_user.id, "date_end": self._days(300)})
        mine.action_send_to_sign()
        with freeze_time(award.final_date):
            self._walk(
                "contract signed",
                lambda: mine.action_sign(award.final_date.date(), SIGNED_COPY),
            )
            mine.action_activate()
            self._walk("contract ended", lambda: mine.action_terminate("Moved out"))

    def _walk_conduct(self):
        contract = self._create_active()
        finding = self._walk(
            "finding reported", lambda: self._create_finding(contract_id=contract.id)
        )
        self._walk(
            "finding verified",
            lambda: finding.with_user(self.finance_user).action_verify(5000),
        )
        self._walk("event raised", lambda: self._create_event(record=contract))
        reward = self._create_reward(finding)
        self._walk("penalty submitted", lambda: self._submit(reward))
        reward.with_user(self.plain_user).action_answer("Thank you")
        self._pass_reviews(reward, self.other_hr_user)
        self._walk(
            "penalty approved",
            lambda: reward.with_user(self.other_hr_user).action_approve(),
        )
        self._walk(
            "penalty applied", lambda: reward.with_user(self.hr_user).action_apply()
        )

    def test_readme(self):
        """The README shows the table as it is."""
        shown = {
            tuple(re.split(r"\s{2,}", line.strip()))
            for line in README.read_text().splitlines()
        }
        for row in mail_table.TABLE:
            self.assertIn(tuple(row), shown)
        for row in mail_table.TABLE:
            self.assertIn(row.way, mail_table.WAYS)
