from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import new_test_user

from .common import OutsourcingCommon


class TenderCommon(OutsourcingCommon):
    """An invited tender that can be taken to any state by its own roles.

    Three members judge (``members``), three vendors bid (``vendors``, each with
    a portal user in ``vendor_users``). Quality counts 60 %, the price 40 %.
    """

    prices = (90000.0, 84000.0, 96000.0)
    reference_amount = 120000.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = fields.Datetime.now().replace(microsecond=0)
        cls.deadline = cls.start + timedelta(days=6)
        cls.opening = cls.deadline + timedelta(hours=1)
        cls.members = [
            cls._new_employee(cls._new_user(f"member{number}", "base.group_user"))
            for number in range(3)
        ]
        cls.vendors = cls.env["res.partner"].create(
            [
                {
                    "name": f"Vendor {number}",
                    "is_company": True,
                    "email": f"vendor{number}@vendor.test",
                }
                for number in range(3)
            ]
        )
        cls.vendor_users = [
            new_test_user(
                cls.env,
                login=f"outsourcing_vendor{number}",
                groups="base.group_portal",
                email=f"clerk{number}@vendor.test",
            )
            for number in range(3)
        ]
        for vendor, user in zip(cls.vendors, cls.vendor_users, strict=True):
            user.partner_id.parent_id = vendor
        cls.procedure = cls.category.procedure_id

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
        price = cls._create_approved_reference_price(request, cls.reference_amount)
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
        """Seal the bid of a vendor through the methods of his portal."""
        Bid = cls.env["outsourcing.bid"].with_user(cls.vendor_users[number])
        tender = tender.with_user(cls.vendor_users[number]).sudo()
        bid = Bid._vendor_start(tender)
        share = price / sum(tender.line_ids.mapped("product_qty"))
        bid._vendor_save(
            prices={line.id: (f"{share:.2f}", "") for line in tender.line_ids},
            declared=True,
        )
        bid.action_seal()
        return bid

    @classmethod
    def _create_closed(cls, prices=None, declare=True, **values):
        tender = cls._create_published(**values)
        if declare:
            cls._declare(tender)
        for number, price in enumerate(prices or cls.prices):
            cls._bid(tender, number, price)
        with freeze_time(cls.deadline):
            tender.action_close()
        return tender

    @classmethod
    def _create_opened(cls, **values):
        tender = cls._create_closed(**values)
        with freeze_time(cls.opening):
            tender.action_open()
        return tender

    @classmethod
    def _create_evaluation(cls, **values):
        tender = cls._create_opened(**values)
        tender.action_start_evaluation()
        return tender

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
        award = cls._create_proposed(**values).award_id
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
