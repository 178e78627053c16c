import re
from datetime import timedelta

from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import email_normalize

from ..models.bid import vendor as portal
from ..models.evaluation.hint_search import search_hints
from ..tools import mail_table
from .common import PNG_BASE64, SIGNED_COPY, IncentiveCommon, TenderCommon

ALL_ROWS = (*mail_table.TABLE, *mail_table.VENDOR_TABLE, *mail_table.OTHER)
ASSIGNED = "assigned to"
LIST = "many tasks at once"
"""What is mailed is that they are assigned."""
PLANS = ("worker comes or goes",)
"""Events that start an activity plan, which has several steps."""


def get_names(env, message):
    """Return by what a message may name its document: number, subject, or whose it is.

    Mails that tell vendors and experts apart hang on no document.
    """
    if not message.model:
        return []
    # sudo: the name of what the mail is about, for the comparison.
    document = env[message.model].sudo().browse(message.res_id)
    fields = [name for name in ("name", "subject") if name in document._fields]
    names = [document.display_name, *(document[name] for name in fields)]
    for name in ("tender_id", "form_id", "contract_id"):
        if name in document._fields:
            names.append(document[name].name)
    for name in ("tender_id", "company_id"):
        if name in document._fields:
            names.append(document[name].display_name)
    return [name for name in names if name]


def check_message(test, message):
    """Check who wrote a message, who reads the answer, and what its subject says.

    :param test: a test of this module, or of one that is built on it
    """
    sender = email_normalize(message.email_from or "")
    colleagues = test.env["res.users"].search([("share", "=", False)])
    known = colleagues.mapped("email_normalized")
    known.append(email_normalize(test.company.email))
    test.assertIn(sender, known, "the company or a colleague")
    test.assertTrue(email_normalize(message.reply_to or ""), "answers are read")
    subject = message.subject or ""
    names = sorted(get_names(test.env, message), key=len, reverse=True)
    if message.model:
        test.assertTrue(
            any(name in subject for name in names), f"{subject!r} names {names}"
        )
    for name in names:
        subject = subject.replace(name, "")
    words = re.findall(r"[^\W\d_]{2,}", subject)
    test.assertGreaterEqual(len(words), 2, f"{message.subject!r} says what it is")


class RowWalk:
    """Walks rows of the table by the steps that cause them.

    Everybody gets one message about an event: written by a colleague or the company,
    with an address that somebody reads, and a subject that names the document and says
    what it is about.
    """

    walked_rows = ALL_ROWS

    def _start_walk(self):
        self.company.write({"email": "office@company.test", "logo": PNG_BASE64})
        self.met = set()

    def _get_told(self):
        """Return messages, mails and activities until now."""
        self.env.flush_all()
        names = ("mail.message", "mail.mail", "mail.activity")
        # sudo: a test sees what everybody got.
        return [self.env[name].sudo().search([]) for name in names]

    def _walk(self, event, act, **roles):
        """Let ``act`` happen; all roles of the event are told as the table says.

        :param roles: partners by role, or a function that gives them afterwards
        """
        before = self._get_told()
        result = act()
        messages, mails, tasks = (
            after - known for after, known in zip(self._get_told(), before, strict=True)
        )
        roles = {name: who() if callable(who) else who for name, who in roles.items()}
        self._check_walked(event, roles, messages, mails, tasks)
        return result

    def _check_walked(self, event, roles, messages, mails, tasks):
        rows = [row for row in self.walked_rows if row.event == event]
        self.assertEqual({row.role for row in rows}, set(roles), event)
        self.met.add(event)
        for row in rows:
            for partner in roles[row.role]:
                with self.subTest(event=event, role=row.role, person=partner.name):
                    self._check_row(row, partner, messages, mails, tasks)

    def _check_row(self, row, partner, messages, mails, tasks):
        told = messages.filtered(lambda item: partner in item.notified_partner_ids)
        told |= mails.filtered(
            lambda item: partner in item.recipient_ids
        ).mail_message_id
        assigned = told.filtered(lambda item: ASSIGNED in (item.subject or ""))
        if row.event == LIST:
            assigned = assigned.browse()
        own = told - assigned
        mine = tasks.filtered(lambda item: item.user_id in partner.user_ids)
        if row.way == mail_table.MAIL:
            self.assertEqual(len(own), 1, "one mail a person and event")
            self.assertFalse(mine)
            check_message(self, own)
        elif row.way == mail_table.ACTIVITY:
            if row.event in PLANS:
                # Its steps are told in one mail each.
                self.assertGreater(len(mine), 1)
                return
            self.assertEqual(len(mine), 1, "one activity a person and event")
            self.assertTrue(mine.summary or mine.activity_type_id)
            self.assertFalse(own, own.mapped("subject"))
            # Odoo mails an activity to whoever did not take it on by an own act.
            self.assertLessEqual(len(assigned), 1)
            for message in assigned:
                check_message(self, message)
        else:
            self.assertFalse(own | assigned)
            self.assertFalse(mine)


@tagged("post_install", "-at_install")
class TestMailRowsOfTender(RowWalk, TenderCommon):
    """Rows from the request to the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expert_user = new_test_user(
            cls.env,
            "outsourcing_row_expert",
            "base.group_portal",
            name="Professor Lin",
            email="lin@university.test",
        )
        cls.stand_in = cls._new_employees(
            cls._new_users({"stand_in": "base.group_user"})["stand_in"]
        )

    def test_request_and_price(self):
        self._start_walk()
        request = self._create_request()
        reviewers = self.hr_user | self.other_hr_user
        self._walk(
            "review asked",
            request.action_submit,
            reviewer=reviewers.partner_id,
        )
        self._walk(
            "request refused",
            lambda: request.with_user(self.hr_user).action_refuse("No budget left"),
            applicant=self.user_user.partner_id,
        )
        price = self._create_reference_price(self._create_approved_request())
        price.action_submit()
        self._walk(
            "review refused",
            lambda: price.with_user(self.finance_user).action_tier_refuse("Too high"),
            asker=self.officer_user.partner_id,
        )

    def test_tender(self):
        self._start_walk()
        tender = self._create_tender()
        buyer = self.procurement_user.partner_id
        tender.committee_ids[2].action_recuse("Ill")
        tender.committee_ids[1].action_recuse("Ill, too")
        employee, expert = self.env["outsourcing.committee.member"].create(
            [
                {"tender_id": tender.id, "employee_id": self.stand_in.id},
                {
                    "tender_id": tender.id,
                    "partner_id": self.expert_user.partner_id.id,
                    "role": "expert",
                },
            ]
        )
        appointed = (employee | expert).with_user(self.procurement_user)
        self._walk(
            "member appointed",
            appointed.action_appoint,
            member=employee.partner_id,
            expert=expert.partner_id,
        )
        alone = self.env["res.partner"].create(
            {
                "name": "Nobody Logs In Ltd",
                "is_company": True,
                "email": "info@alone.test",
                "vat": "TAX ALONE 2026",
            }
        )
        self._sign_off(tender)
        tender.action_publish()
        self._walk(
            "vendor without a user",
            lambda: (
                self.env["outsourcing.tender.invitation"]
                .with_user(self.other_procurement_user)
                .create({"tender_id": tender.id, "partner_id": alone.id})
                .action_send()
            ),
            procurement=buyer,
        )
        self._walk(
            "meeting planned",
            lambda: (
                self.env["outsourcing.tender.meeting"]
                .with_user(self.officer_user)
                .create(
                    {
                        "tender_id": tender.id,
                        "kind": "site",
                        "place": "Gate 2",
                        "start": self.start + timedelta(days=2),
                    }
                )
            ),
            vendor=self.vendors,
        )
        for member in tender.sudo().committee_ids:
            if member.state == "appointed":
                member.with_user(member.user_id).sudo().action_declare()
        # What two bidders have in common.
        self.vendors[:2].phone = "+86 10 6655 4433"
        for number, cost in enumerate(self.prices):
            self._bid(tender, number, cost)
        with freeze_time(self.deadline):
            self._walk(
                "bidding closed",
                lambda: tender.with_user(self.other_procurement_user).action_close(),
                procurement=buyer,
            )
        with freeze_time(self.opening):
            self._open_bids(tender)
        judges = tender.sudo().committee_ids.filtered("is_voting")
        employees = judges.filtered("employee_id")
        self._walk(
            "scores asked",
            tender.action_start_evaluation,
            member=employees.partner_id,
            expert=expert.partner_id,
        )
        hints = self._walk(
            "common signs found",
            lambda: search_hints(tender),
            **{"member, expert": judges.partner_id, "procurement": buyer},
        )
        self.assertTrue(hints)
        user = employees[0].user_id
        self._walk(
            "bidder heard",
            lambda: hints[0].with_user(user).sudo(False).action_hear("Whose is it?"),
            vendor=self._find_sellers(hints[0]),
        )

    def test_opening_of_prices(self):
        """Experts see no activities and no start page: their presence is needed."""
        self._start_walk()
        self.procedure.envelopes = "two"
        tender = self._create_tender()
        member = tender.committee_ids.filtered(
            lambda item: item.user_id == self.members[2].user_id
        )
        member.action_recuse("Ill")
        expert = self.env["outsourcing.committee.member"].create(
            {
                "tender_id": tender.id,
                "partner_id": self.expert_user.partner_id.id,
                "role": "expert",
            }
        )
        expert.with_user(self.procurement_user).action_appoint()
        self._sign_off(tender)
        tender.action_publish()
        for member in tender.sudo().committee_ids:
            if member.state == "appointed":
                member.with_user(member.user_id).sudo().action_declare()
        for number, cost in enumerate(self.prices):
            self._bid(tender, number, cost)
        with freeze_time(self.deadline):
            tender.action_close()
        with freeze_time(self.opening):
            self._open_bids(tender)
        tender.action_start_evaluation()
        employees = tender.sudo().committee_ids.filtered("employee_id") - member
        employees = employees.filtered(lambda item: item.state == "appointed")
        self._walk(
            "opening of prices",
            lambda: self._score_all(tender),
            member=employees.partner_id,
            expert=expert.partner_id,
        )
        [mail] = self._get_mails(expert.partner_id, "present")
        self.assertIn(f"/my/evaluations/{expert.id}", str(mail.body_html))

    def _score_all(self, tender):
        for score in tender.sudo().score_ids:
            mine = score.with_user(score.user_id).sudo()
            if score.kind == "pass_fail":
                mine.verdict = "pass"
            else:
                number = self.vendors.ids.index(score.bid_id.partner_id.id)
                mine.value = (90, 80, 70)[number]
        for user, scores in tender.sudo().score_ids.grouped("user_id").items():
            scores.with_user(user).sudo().action_submit()
        tender.invalidate_recordset()
        self.assertTrue(tender.is_scoring_complete)

    def _get_mails(self, partner, word):
        mails = self.env["mail.mail"].sudo()
        mails = mails.search([("recipient_ids", "in", partner.ids)])
        return mails.filtered(lambda mail: word in mail.body_html)

    def _find_sellers(self, hint):
        """Return who of the vendors of a hint sealed the bids."""
        # sudo: bids are read by a test.
        bids = hint.sudo().bid_ids
        return self.env["res.partner"].union(*(b._get_told_partners() for b in bids))

    def test_award(self):
        self._start_walk()
        award = self._create_notified()
        tender = award.tender_id
        buyer = self.procurement_user.partner_id
        bid = self._get_bid(tender, 1)
        objection = portal.object_to_award(
            bid.with_user(self.vendor_users[1]).sudo(), "References were not read"
        )
        judge = objection.with_user(self.manager_user).sudo(False)
        self._walk(
            "objection upheld",
            lambda: judge.action_decide(
                upheld=True, reason="They were not", demand="retender"
            ),
            procurement=buyer,
        )
        award = self._create_final()
        with freeze_time(award.standstill_end):
            self._walk(
                "order confirmed",
                lambda: award.tender_id.with_user(
                    self.other_procurement_user
                ).action_confirm_order(),
                procurement=buyer,
            )


@tagged("post_install", "-at_install")
class TestMailRowsOfContract(RowWalk, IncentiveCommon):
    """Rows from the contract to its end, and of conduct."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor.email = "bright@vendor.test"
        cls.owner = cls.officer_user.partner_id
        cls.buyer = cls.procurement_user.partner_id

    def test_contract(self):
        self._start_walk()
        contract = self._create_contract()
        mine = contract.with_user(self.procurement_user)
        mine.request_validation()
        self._pass_reviews(contract, self.manager_user)
        self._walk(
            "contract reviewed",
            lambda: self._pass_reviews(contract, self.finance_user),
            asker=self.buyer,
        )
        self._walk(
            "contract to sign",
            mine.action_send_to_sign,
            owner=self.owner,
            vendor=self.vendor,
        )
        mine.action_sign(self.today, SIGNED_COPY)
        mine.action_activate()
        self._walk_parts(contract)
        with freeze_time(contract.notice_date):
            self._walk(
                "contract near its end",
                lambda: self._run_cron("ir_cron_contract_calendar"),
                owner=self.owner,
            )
        with freeze_time(contract.date_end + timedelta(days=1)):
            before = self._get_told()
            self._walk(
                "handover begun",
                lambda: self._run_cron("ir_cron_contract_calendar"),
                owner=self.owner,
            )
            self.assertEqual(contract.state, "expired")
            mails = self._get_told()[1] - before[1]
            self.assertNotIn(self.vendor, mails.recipient_ids, "contract expired")

    def _walk_parts(self, contract):
        guarantee = (
            self.env["outsourcing.contract.guarantee"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "issuer": "First Bank",
                    "amount": 1200,
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                    "date_expiry": self._days(10),
                }
            )
        )
        guarantee.action_hold()
        self._walk(
            "guarantee near its end",
            lambda: self._run_cron("ir_cron_guarantee_expiry"),
            owner=self.owner,
        )
        self.env["outsourcing.contract.document"].with_user(
            self.procurement_user
        ).create(
            {
                "contract_id": contract.id,
                "name": "Insurance",
                "document_type": "certificate",
                "file": SIGNED_COPY,
                "file_name": "insurance.pdf",
                "date_expiry": self._days(5),
            }
        )
        self._walk(
            "document near its end",
            lambda: self._run_cron("ir_cron_worker_end"),
            owner=self.owner,
        )
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
                    "responsible_id": self.other_officer_user.id,
                    "date_end": self._days(8),
                }
            )
        )
        worker.action_onboard()
        self._walk(
            "worker near the end",
            lambda: self._run_cron("ir_cron_worker_end"),
            owner=worker.responsible_id.partner_id,
        )
        worker.action_leave("Moved away")

    def test_deliveries(self):
        self._start_walk()
        order = self._create_order(quantity=12, price=1000.0)
        contract = self._create_active(order=order)
        milestone = (
            self.env["outsourcing.contract.milestone"]
            .with_user(self.procurement_user)
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
        self._walk(
            "delivery reported",
            milestone.with_user(self.other_officer_user).action_submit,
            officer=self.owner,
        )
        self._walk(
            "delivery accepted",
            milestone.with_user(self.officer_user).action_accept,
            vendor=self.vendor,
        )

    def test_renewal_by_itself(self):
        self._start_walk()
        with freeze_time("2026-01-01 09:00:00"):
            contract = self._create_active(
                date_start="2026-01-01",
                date_end="2026-12-31",
                signed_date="2026-01-01",
                term="auto_renew",
                renewals_foreseen=1,
            )
        # HR files the renewal as it files each contract: that is its own row.
        with freeze_time("2027-01-01 08:00:00"):
            self._walk(
                "contract renewed itself",
                lambda: self._run_cron("ir_cron_contract_calendar"),
                owner=self.owner,
                procurement=self.buyer,
                vendor=self.vendor,
            )
        self.assertTrue(contract.successor_ids)

    def test_blacklist(self):
        self._start_walk()
        boss = self._new_user("boss2", "outsourcing_mgmt.group_outsourcing_manager")
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
        self._walk(
            "blacklisting appealed",
            lambda: entry.with_user(self.officer_user).action_appeal("They deny it"),
            manager=boss.partner_id,
        )
