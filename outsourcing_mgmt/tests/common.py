"""The worlds that tests of outsourcing are played in."""

import base64
from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import BaseCommon

from ..models.bid import vendor as portal
from ..models.request.outsourcing_request import PARTY_FIELDS
from .fake_person import InProcess, attend
from .fake_users import new_users

GROUPS = {
    "user": "outsourcing_mgmt.group_outsourcing_user",
    "officer": "outsourcing_mgmt.group_outsourcing_officer",
    "procurement": "outsourcing_mgmt.group_outsourcing_procurement",
    "hr": "outsourcing_mgmt.group_outsourcing_hr",
    "finance": "outsourcing_mgmt.group_outsourcing_finance",
    "manager": "outsourcing_mgmt.group_outsourcing_manager",
    "auditor": "outsourcing_mgmt.group_outsourcing_auditor",
}
PDF = b"%PDF-1.4\nsecret content of a bid\n%%EOF"
SIGNED_COPY = base64.b64encode(
    b"%PDF-1.4\ncontract with two signatures\n%%EOF"
).decode()
PNG_BASE64 = (
    "iVBORw0KGgoAAAANSUhEUgAAADwAAAAUAQAAAAD5eGOEAAAAeUlEQVR42m3OoQ3CQBhA4dcT"
    "4MDiigRXwz4kDAKbsAIbQIIoe7QD/BfMJTT3MHXw1CdfIwDkxNw/1MuMzwMvgLl1ag0crsbT"
    "SIwd7wMkXoVxsYXaDq7tI9Xjyo49FEs5WzuyU1ZvDNaTGvTWpRppR7MBQL2r0fwcfgFSTUdm"
    "/oF2VgAAAABJRU5ErkJggg=="
)


class OutsourcingCommon(InProcess, BaseCommon):
    """One company with a department and one user of each role.

    ``cls.<role>_user`` for every role, a second officer, HR and finance user
    for four-eyes tests, and ``cls.plain_user``, an employee without a role.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        others = ("officer", "hr", "finance", "procurement")
        users = cls._new_users(
            {
                **GROUPS,
                **{f"{role}2": GROUPS[role] for role in others},
                "plain": "base.group_user",
                "head": GROUPS["user"],
            }
        )
        for role in (*GROUPS, "plain", "head"):
            setattr(cls, f"{role}_user", users[role])
        for role in others:
            setattr(cls, f"other_{role}_user", users[f"{role}2"])
        cls.department = cls.env["hr.department"].create({"name": "Operations"})
        cls.head, cls.applicant = cls._new_employees(
            cls.head_user | cls.user_user, cls.department
        )
        cls.department.manager_id = cls.head
        cls.product = cls.env["product.product"].create(
            {
                "name": "Cleaning, month",
                "type": "service",
                "purchase_method": "receive",
                "purchase_ok": True,
            }
        )
        cls.category = cls.env["outsourcing.category"].create(
            {
                "name": "Cleaning",
                "code": "CLEAN-T",
                "product_id": cls.product.id,
                "procedure_id": cls.env.ref(
                    "outsourcing_mgmt.procedure_company_invited"
                ).id,
            }
        )

    @classmethod
    def _new_user(cls, login, groups, **values):
        return cls._new_users({login: groups}, **values)[login]

    @classmethod
    def _new_users(cls, groups, **values):
        """Create users from ``{login: groups}``; return them by the same logins."""
        users = new_users(
            cls.env,
            {
                f"outsourcing_{login}": {
                    "groups": names,
                    "name": f"Test {login}",
                    "email": f"{login}@outsourcing.test",
                    "company_id": cls.env.company.id,
                    **values,
                }
                for login, names in groups.items()
            },
        )
        return dict(zip(groups, users, strict=True))

    @classmethod
    def _new_employee(cls, user, department=None, **values):
        return cls._new_employees(user, department, **values)

    @classmethod
    def _new_employees(cls, users, department=None, **values):
        return cls.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "department_id": department.id if department else False,
                    "company_id": cls.env.company.id,
                    **values,
                }
                for user in users
            ]
        )

    @classmethod
    def _prepare_request(cls, **values):
        return {
            "subject": "Cleaning of the head office",
            "employee_id": cls.applicant.id,
            "category_id": cls.category.id,
            "is_non_core": True,
            **dict.fromkeys(PARTY_FIELDS, "vendor"),
            "date_start": fields.Date.to_date("2026-01-01"),
            "date_end": fields.Date.to_date("2026-12-31"),
            "plan_year": 2026,
            "line_ids": [
                Command.create(
                    {
                        "product_id": cls.product.id,
                        "product_qty": 12,
                        "price_unit": 10000,
                    }
                )
            ],
            **values,
        }

    @classmethod
    def _create_request(cls, user=None, **values):
        """Create a draft request as ``user``, by default the applicant."""
        return (
            cls.env["outsourcing.request"]
            .with_user(user or cls.user_user)
            .create(cls._prepare_request(**values))
        )

    @classmethod
    def _create_approved_request(cls, **values):
        request = cls._create_request(**values)
        request.action_submit()
        cls._pass_reviews(request, cls.hr_user, cls.manager_user)
        request.with_user(cls.hr_user).action_approve()
        return request

    @classmethod
    def _pass_reviews(cls, record, *users):
        """Let each user settle the reviews that are open to him."""
        for user in users:
            mine = record.with_user(user)
            mine.invalidate_recordset()
            if mine._tier_get_open_reviews_of_user():
                mine.validate_tier()

    def _try_undeclared_steps(self, record):
        """Try to write each state that the flow does not lead to from here."""
        origin = record.state
        for target in set(record._flow_transitions) - {origin}:
            if target not in record._flow_transitions[origin]:
                with self.subTest(origin=origin, target=target):
                    with self.assertRaises(UserError):
                        record.write({"state": target})
                    self.assertEqual(record.state, origin)

    @classmethod
    def _create_reference_price(cls, requests, amount=100000.0, **values):
        return (
            cls.env["outsourcing.reference.price"]
            .with_user(cls.officer_user)
            .create(
                {
                    "request_ids": [Command.set(requests.ids)],
                    "amount": amount,
                    "source_ids": [
                        Command.create({"method": "market", "name": "Three quotes"})
                    ],
                    **values,
                }
            )
        )

    @classmethod
    def _create_approved_reference_price(cls, requests, amount=100000.0, **values):
        price = cls._create_reference_price(requests, amount, **values)
        price.action_submit()
        cls._pass_reviews(price, cls.finance_user)
        price.with_user(cls.finance_user).action_approve()
        return price

    def _run_cron(self, name):
        """Run a scheduled action of the module as the scheduler does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"outsourcing_mgmt.{name}").method_direct_trigger()
        self.env.invalidate_all()


class TenderCommon(OutsourcingCommon):
    """An invited tender that can be taken to any state by its own roles.

    Three members judge (``members``), three vendors bid (``vendors``, each with
    a portal user in ``vendor_users``). Quality counts 60 %, the price 40 %.
    """

    vendor_names = ("Vendor 0", "Vendor 1", "Vendor 2")
    prices = (90000.0, 84000.0, 96000.0)
    reference_amount = 120000.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = fields.Datetime.now().replace(microsecond=0)
        cls.deadline = cls.start + timedelta(days=6)
        cls.opening = cls.deadline + timedelta(hours=1)
        judges = cls._new_users(
            dict.fromkeys(("member0", "member1", "member2"), "base.group_user")
        )
        users = cls.env["res.users"].union(*judges.values())
        cls.members = list(cls._new_employees(users))
        cls.vendor_users = cls._new_vendors(cls.vendor_names)
        cls.vendors = cls.vendor_users.partner_id.commercial_partner_id
        cls.procedure = cls.category.procedure_id

    @classmethod
    def _new_vendors(cls, names):
        """Create companies and return the users who sell for them."""
        logins = {name: name.lower().replace(" ", "") for name in names}
        companies = cls.env["res.partner"].create(
            [
                {
                    "name": f"{name} Ltd",
                    "is_company": True,
                    "email": f"{login}@vendor.test",
                    "vat": f"TAX {login} 2026-{number}",
                }
                for number, (name, login) in enumerate(logins.items(), start=10)
            ]
        )
        users = new_users(
            cls.env,
            {
                f"vendor_{login}": {
                    "groups": "base.group_portal",
                    "name": f"{name} Seller",
                    "email": f"seller@{login}.test",
                    "tz": "UTC",
                    "company_id": cls.env.company.id,
                }
                for name, login in logins.items()
            },
        )
        for user, company in zip(users, companies, strict=True):
            user.partner_id.parent_id = company
        return users

    @classmethod
    def _prepare_criteria(cls):
        return [
            {"name": "Licence", "kind": "pass_fail", "sequence": 1},
            {"name": "Quality", "kind": "scored", "weight": 6000, "sequence": 2},
            {"name": "Price", "kind": "price", "weight": 4000, "sequence": 3},
        ]

    @classmethod
    def _create_tender(cls, user=None, criteria=None, **values):
        """Create a complete file, as procurement; not signed off yet."""
        request = cls._create_approved_request()
        price = cls._create_approved_reference_price(
            request,
            cls.reference_amount,
            source_ids=[
                Command.create({"method": method, "name": name})
                for method, name in (("market", "Three quotes"), ("history", "2025"))
            ],
        )
        Tender = cls.env["outsourcing.tender"].with_user(user or cls.procurement_user)
        vals = Tender._prepare_from_requests(request.with_user(Tender.env.user))
        vals |= {
            "criterion_ids": [
                Command.create(row) for row in criteria or cls._prepare_criteria()
            ],
            "bid_deadline": cls.deadline,
            "opening_date": cls.opening,
            "reference_price_id": price.id,
            "invitation_ids": [
                Command.create({"partner_id": vendor.id}) for vendor in cls.vendors
            ],
            **values,
        }
        tender = Tender.create(vals)
        cls._appoint(tender, cls.members)
        return tender

    @classmethod
    def _appoint(cls, tender, employees, **values):
        members = tender.env["outsourcing.committee.member"].create(
            [
                {"tender_id": tender.id, "employee_id": employee.id, **values}
                for employee in employees
            ]
        )
        members.with_user(cls.procurement_user).action_appoint()
        return members

    @classmethod
    def _sign_off(cls, tender):
        tender.request_validation()
        cls._pass_reviews(tender, cls.officer_user)

    @classmethod
    def _create_published(cls, **values):
        tender = cls._create_tender(**values)
        cls._sign_off(tender)
        tender.action_publish()
        return tender

    @classmethod
    def _declare(cls, tender, **values):
        for member in tender.sudo().committee_ids:
            member.with_user(member.user_id).action_declare(**values)

    @classmethod
    def _bid(cls, tender, number, price):
        """Seal the bid of a vendor as its portal does."""
        tender = tender.with_user(cls.vendor_users[number]).sudo()
        bid = portal.start_bid(tender)
        share = price / sum(tender.line_ids.mapped("product_qty"))
        portal.save_draft(
            bid,
            prices={line.id: (f"{share:.2f}", "") for line in tender.line_ids},
            declared=True,
        )
        bid.action_seal()
        return bid

    @classmethod
    def _create_closed(cls, prices=None, declare=True, tender=None, **values):
        """Close a new tender, or ``tender``, which is published."""
        tender = tender or cls._create_published(**values)
        if declare:
            cls._declare(tender)
        for number, price in enumerate(prices or cls.prices):
            cls._bid(tender, number, price)
        with freeze_time(cls.deadline):
            tender.action_close()
        return tender

    @classmethod
    def _create_opened(cls, tender=None, **values):
        """Open a new tender, or ``tender``, which is closed."""
        tender = tender or cls._create_closed(**values)
        with freeze_time(cls.opening):
            cls._open_bids(tender)
        return tender

    @classmethod
    def _open_bids(cls, tender):
        """Open before the members, each of whom confirms to be present."""
        attend(tender)
        tender.action_open()

    @classmethod
    def _create_evaluation(cls, **values):
        tender = cls._create_opened(**values)
        tender.action_start_evaluation()
        return tender

    def _walk_states(self):
        """Yield a tender in each state of its flow, taken there by its verbs."""
        self.procedure.envelopes = "two"
        tender = self._create_tender()
        yield tender
        self._sign_off(tender)
        tender.action_publish()
        yield tender
        self._declare(tender)
        for number, price in enumerate(self.prices):
            self._bid(tender, number, price)
        with freeze_time(self.deadline):
            tender.action_close()
        yield tender
        with freeze_time(self.opening):
            self._open_bids(tender)
        yield tender
        tender.action_start_evaluation()
        yield tender
        self._score(tender)
        with freeze_time(self.opening):
            attend(tender)
            tender.action_open_prices()
        yield tender
        tender.action_propose_award()
        yield tender
        self._approve_award(tender.award_id).action_notify()
        yield tender
        with freeze_time(tender.award_id.standstill_end):
            tender.award_id.action_finalise()
        yield tender
        tender.action_confirm_order()
        yield tender
        tender = self._create_closed()
        tender.action_fail(reason="No bid is good enough")
        yield tender
        tender = self._create_tender()
        tender.action_cancel(reason="The need is gone")
        yield tender

    @classmethod
    def _get_scores(cls, tender, member):
        """Return the member's scores, as himself."""
        user = member.user_id
        return (
            cls.env["outsourcing.score"]
            .with_user(user)
            .search([("tender_id", "=", tender.id), ("user_id", "=", user.id)])
        )

    @classmethod
    def _score(cls, tender, points=(90, 80, 70), verdict="pass"):
        """Let every member give the bids these points, in order of the vendors."""
        by_vendor = dict(zip(cls.vendors.ids, points, strict=True))
        for member in cls.members:
            scores = cls._get_scores(tender, member)
            for score in scores:
                if score.kind == "pass_fail":
                    score.verdict = verdict
                else:
                    score.value = by_vendor[score.sudo().bid_id.partner_id.id]
            scores.action_submit()
        tender.invalidate_recordset()

    @classmethod
    def _create_scored(cls, points=(90, 80, 70), **values):
        tender = cls._create_evaluation(**values)
        cls._score(tender, points)
        return tender

    @classmethod
    def _create_proposed(cls, **values):
        tender = cls._create_scored(**values)
        tender.action_propose_award()
        return tender

    @classmethod
    def _create_approved_award(cls, **values):
        return cls._approve_award(cls._create_proposed(**values).award_id)

    @classmethod
    def _approve_award(cls, award):
        award.reasons = "<p>Best total of quality and price.</p>"
        award.low_price_justification = "Own staff, no subcontractors."
        award.action_submit()
        cls._pass_reviews(award, cls.officer_user, cls.finance_user)
        award.action_approve()
        return award

    @classmethod
    def _create_notified(cls, **values):
        award = cls._create_approved_award(**values)
        award.action_notify()
        return award

    @classmethod
    def _create_final(cls, **values):
        award = cls._create_notified(**values)
        with freeze_time(award.standstill_end):
            award.action_finalise()
        return award

    @classmethod
    def _get_bid(cls, tender, number):
        return tender.sudo().bid_ids.filtered(
            lambda bid: bid.partner_id == cls.vendors[number]
        )


class BidCommon(TenderCommon):
    """A published invited tender with two lines, and vendors with portal users.

    Three vendors are invited, ``cls.outsider`` is not.
    """

    vendor_names = ("Alpha", "Beta", "Gamma")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha_user, cls.beta_user, cls.gamma_user = cls.vendor_users
        cls.alpha, cls.beta, cls.gamma = cls.vendors
        cls.outsider_user = cls._new_vendors(["Outsider"])
        cls.settings_user = new_test_user(
            cls.env, "outsourcing_settings", "base.group_system"
        )
        cls.tender = cls._create_published_tender()

    @classmethod
    def _prepare_criteria(cls):
        return [
            {"name": "Price", "kind": "price", "weight": 6000},
            {"name": "Concept", "kind": "scored", "weight": 4000},
        ]

    @classmethod
    def _create_draft_tender(cls, procedure="procedure_company_invited", **values):
        """Create the complete file of a tender, as procurement."""
        rule = cls.env.ref(f"outsourcing_mgmt.{procedure}")
        now = fields.Datetime.now().replace(microsecond=0)
        deadline = now + timedelta(days=rule.min_tendering_days + 1)
        if rule.method != "invited":
            values.setdefault("invitation_ids", [])
        return cls._create_tender(
            **{
                "procedure_id": rule.id,
                "question_deadline": deadline - timedelta(days=2),
                "bid_deadline": deadline,
                "opening_date": deadline,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "name": name,
                            "product_qty": quantity,
                        }
                    )
                    for name, quantity in (
                        ("Cleaning by day", 12),
                        ("Window cleaning", 4),
                    )
                ],
                **values,
            }
        )

    @classmethod
    def _create_published_tender(cls, *args, **values):
        tender = cls._create_draft_tender(*args, **values)
        cls._sign_off(tender)
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            tender.action_publish()
        return tender.with_env(cls.env)

    def _close(self, tender):
        """Go to the bid deadline, close the tender, and stay at this moment."""
        moment = freeze_time(tender.bid_deadline)
        moment.start()
        self.addCleanup(moment.stop)
        tender.with_user(self.procurement_user).action_close()

    @classmethod
    def _invite(cls, tender, partners):
        invitations = (
            cls.env["outsourcing.tender.invitation"]
            .with_user(cls.procurement_user)
            .create(
                [
                    {"tender_id": tender.id, "partner_id": partner.id}
                    for partner in partners
                ]
            )
        )
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            invitations.action_send()
        return invitations

    @classmethod
    def _start_bid(cls, user, tender=None):
        tender = (tender or cls.tender).with_user(user).sudo()
        return portal.start_bid(tender)

    @classmethod
    def _draft_bid(cls, user, prices=(100, 25), tender=None, files=True):
        """Return a complete draft of ``user``, with sudo as the portal has it."""
        bid = cls._start_bid(user, tender)
        portal.save_draft(
            bid,
            prices={
                line.id: (str(price), f"from {user.name}")
                for line, price in zip(bid.tender_id.line_ids, prices, strict=True)
            },
            note=f"Remarks of {user.name}",
            declared=True,
        )
        if files:
            portal.add_file(bid, "concept.pdf", PDF)
        return bid

    @classmethod
    def _sealed_bid(cls, user, prices=(100, 25), tender=None, files=True):
        bid = cls._draft_bid(user, prices, tender, files)
        bid.action_seal()
        return bid


class ContractCommon(OutsourcingCommon):
    """A vendor with an ordered service, and contracts in any state.

    Contracts of these tests are made by the manager without a tender; the
    road from the award has its own tests.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.outsourcing_tz = "UTC"
        cls.today = cls.company._outsourcing_today()
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Bright Cleaning", "is_company": True, "vat": "TAX 2026-01"}
        )
        cls.other_vendor = cls.env["res.partner"].create(
            {"name": "Spotless Ltd", "is_company": True, "vat": "TAX 2026-02"}
        )
        names = ("plain", "hr", "other_hr", "procurement", "officer", "finance")
        users = cls.env["res.users"].union(
            *(getattr(cls, f"{name}_user") for name in names)
        )
        employees = cls._new_employees(users, cls.department)
        for name, employee in zip(names, employees, strict=True):
            setattr(cls, f"{name}_employee", employee)

    @contextmanager
    def assertRefused(self, pattern, exception=UserError):
        """Expect a refusal that says ``pattern`` and leaves nothing behind."""
        with self.assertRaises(exception) as refusal:
            yield
        self.assertRegex(str(refusal.exception), pattern)

    @classmethod
    def _days(cls, days):
        return cls.today + timedelta(days=days)

    @classmethod
    def _create_order(cls, confirm=True, quantity=12, price=1000.0, partner=None):
        order = cls.env["purchase.order"].create(
            {
                "partner_id": (partner or cls.vendor).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        if confirm:
            order.button_confirm()
        return order

    @classmethod
    def _create_contract(cls, user=None, order=None, **values):
        vals = {
            "subject": "Cleaning of the head office",
            "partner_id": cls.vendor.id,
            "date_start": cls.today,
            "date_end": cls._days(364),
            "amount_total": 12000.0,
            "notice_days": 30,
            "owner_id": cls.officer_user.id,
            "direct_reason": "Running contract taken over",
            "category_id": cls.category.id,
            **values,
        }
        if order:
            vals["purchase_order_ids"] = [Command.link(order.id)]
        return (
            cls.env["outsourcing.contract"]
            .with_user(user or cls.procurement_user)
            .create(vals)
        )

    @classmethod
    def _send_to_sign(cls, contract):
        """Let manager and finance review a contract without tender; send it."""
        mine = contract.with_user(cls.procurement_user)
        mine.request_validation()
        cls._pass_reviews(contract, cls.manager_user, cls.finance_user)
        mine.action_send_to_sign()

    @classmethod
    def _create_signed(cls, signed_date=None, **values):
        contract = cls._create_contract(**values)
        cls._send_to_sign(contract)
        contract.with_user(cls.procurement_user).action_sign(
            signed_date or cls.today, SIGNED_COPY
        )
        return contract

    @classmethod
    def _create_active(cls, **values):
        contract = cls._create_signed(**values)
        contract.with_user(cls.procurement_user).action_activate()
        return contract

    @classmethod
    def _create_finding(cls, user=None, **values):
        vals = {
            "subject": "Invoice counts a month twice",
            "reporter_id": cls.plain_employee.id,
            "estimated_amount": 8000.0,
            **values,
        }
        if "contract_id" not in vals:
            vals["contract_id"] = cls._create_active().id
        return (
            cls.env["outsourcing.finding"]
            .with_user(user or cls.plain_user)
            .create(vals)
        )

    @classmethod
    def _create_verified(cls, saving=5000.0, **values):
        finding = cls._create_finding(**values)
        finding.with_user(cls.finance_user).action_verify(saving)
        return finding

    @classmethod
    def _create_reward(cls, finding=None, user=None, amount=300.0, **values):
        return (
            cls.env["outsourcing.incentive"]
            .with_user(user or cls.hr_user)
            .create(
                {
                    "incentive_type": "reward",
                    "kind": "money",
                    "amount": amount,
                    "employee_id": cls.plain_employee.id,
                    "finding_id": (finding or cls._create_verified()).id,
                    "reason": "Found a double charge before it was paid",
                    **values,
                }
            )
        )

    @classmethod
    def _create_event(
        cls, code="filed_late", record=None, employee=None, role="actor", **values
    ):
        """Raise an event; whoever acted answers, unless ``role`` says who does."""
        rule = cls.env.ref(f"outsourcing_mgmt.compliance_rule_{code}")
        rule.responsible_role = role
        return cls.env["outsourcing.compliance.event"]._raise(
            code,
            record or cls._create_active(),
            employee=employee or cls.procurement_employee,
            note="Raised by a test",
            **values,
        )


class IncentiveCommon(ContractCommon):
    """A proposal in any state of its procedure."""

    @classmethod
    def _submit(cls, incentive):
        incentive.with_user(cls.hr_user).action_submit()
        return incentive

    @classmethod
    def _approve(cls, incentive):
        cls._submit(incentive)
        incentive.with_user(cls.plain_user).action_answer("Thank you")
        cls._pass_reviews(incentive, cls.other_hr_user)
        incentive.with_user(cls.other_hr_user).action_approve()
        return incentive

    @classmethod
    def _apply(cls, incentive):
        cls._approve(incentive)
        incentive.with_user(cls.hr_user).action_apply()
        return incentive
