"""From the application to the award: one way for all, stopped at any step."""

import base64
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import Command

from .consequences import let_in
from .papers import letter

TENDER = "outsourcing.tender"
MEMBERS = ("member1", "member2", "member3")
STEPS = (
    *("request", "price", "draft", "published", "closed", "opened", "scored"),
    *("proposed", "notified", "ordered"),
)


@dataclass
class Plan:
    """What is bought, from whom, and how far it came."""

    key: str
    category: str
    subject: str
    months: int
    price: float
    reference: float
    bids: dict
    points: dict = field(default_factory=dict)
    until: str = "ordered"
    clerk: str = "head"
    invited: tuple = ()
    start_in: int = 40
    open_days: int = 7
    description: str = ""
    authors: dict = field(default_factory=dict)
    """Who wrote the concepts, as their files say."""

    def reaches(self, step):
        """Whether the way goes as far as this step."""
        return STEPS.index(step) <= STEPS.index(self.until)


RUNNING = (
    (
        3,
        Plan(
            *("signage", "STAFF", "Reception staff of plant 2", 12, 9000.0, 105000.0),
            bids={"clean1": 8600.0, "clean2": 8900.0, "clean3": 9100.0},
            until="draft",
        ),
    ),
    (
        12,
        Plan(
            *("garden", "CLEAN", "Garden and outdoor areas", 12, 7000.0, 90000.0),
            bids={"clean1": 6900.0, "clean2": 7100.0},
            until="published",
            invited=("clean1", "clean2", "clean3"),
            open_days=16,
        ),
    ),
    (
        18,
        Plan(
            *("printers", "IT", "Care of the printers", 24, 4000.0, 105000.0),
            bids={"it1": 3800.0, "it2": 4100.0, "it3": 3950.0},
            until="scored",
        ),
    ),
    (
        24,
        Plan(
            *("canteen", "CLEAN", "Cleaning of the canteen", 12, 6000.0, 78000.0),
            bids={"clean1": 5900.0, "clean2": 5600.0, "clean3": 6200.0},
            points={"clean1": 78, "clean2": 88, "clean3": 80},
            authors={"clean1": "Lin Tao", "clean3": "Lin Tao"},
            until="notified",
        ),
    ),
    (
        48,
        Plan(
            *("moving", "STAFF", "Moving services between plants", 6, 5000.0, 33000.0),
            bids={"clean1": 5200.0},
            until="closed",
            invited=("clean1", "it2", "it3"),
        ),
    ),
)


def threads(story):
    """The tenders of the last weeks; those of the contracts are contracts' own."""
    for days, plan in RUNNING:
        yield ENDINGS.get(plan.key, procure)(story, story.ago(days, "09:10"), plan)


def procure(story, start, plan):
    """Take a service from the application to ``plan.until``."""
    yield start
    request = yield from apply_for(story, plan)
    if not plan.reaches("price"):
        return
    price = yield from set_price(story, plan, request)
    if not plan.reaches("draft"):
        return
    tender = yield from make_tender(story, plan, request, price)
    if not plan.reaches("published"):
        return
    yield from publish(story, plan, tender)
    yield from receive_bids(story, plan, tender)
    if not plan.reaches("closed"):
        return
    yield tender.bid_deadline + timedelta(minutes=1)
    story.act("procurement", tender).action_close()
    if plan.reaches("opened"):
        yield from award(story, plan, tender)


def apply_for(story, plan):
    """The department files, HR approves."""
    category = story.env["outsourcing.category"].search([("code", "=", plan.category)])
    start = story.day() + timedelta(days=plan.start_in)
    request = story.model(plan.clerk, "outsourcing.request").create(
        {
            "subject": plan.subject,
            "employee_id": story.employee(plan.clerk).id,
            "category_id": category.id,
            "description": f"<p>{plan.description or plan.subject}</p>",
            "is_non_core": True,
            "who_directs": "vendor",
            "whose_tools": "vendor",
            "who_sets_hours": "vendor",
            "is_long_term": plan.months >= 12,
            "plan_year": start.year,
            "date_start": start,
            "date_end": start + timedelta(days=plan.months * 30),
            "current_cost": plan.price * plan.months * 1.1,
            "line_ids": [
                Command.create(
                    {
                        "product_id": category.product_id.id,
                        "product_qty": plan.months,
                        "price_unit": plan.price,
                    }
                )
            ],
        }
    )
    request.action_submit()
    story.made[plan.key, "request"] = request
    yield story.later(1, "09:40")
    story.review(request, "hr", "manager")
    story.act("hr", request).action_approve()
    return request


def set_price(story, plan, request):
    """The outsourcing department records the price, finance approves it."""
    yield story.later(0, "14:20")
    price = story.model("officer", "outsourcing.reference.price").create(
        {
            "request_ids": [Command.set(request.ids)],
            "amount": plan.reference,
            "payment_conditions": "<p>Monthly, on the approved quality form.</p>",
            "quality_conditions": "<p>Rounds by plan; 95 % of the points passed.</p>",
            "qualification_conditions": "<p>Licence and three references.</p>",
            "source_ids": [
                Command.create(
                    {
                        "method": "market",
                        "name": "Three quotes",
                        "amount": plan.reference * 1.02,
                    }
                ),
                Command.create(
                    {
                        "method": "history",
                        "name": "Cost of last year",
                        "amount": plan.price * plan.months * 1.1,
                    }
                ),
            ],
        }
    )
    price.action_submit()
    yield story.later(1, "11:00")
    story.review(price, "finance")
    story.act("finance", price).action_approve()
    return price


def make_tender(story, plan, request, price):
    """Procurement makes the file, appoints the committee and asks for review."""
    yield story.later(0, "15:00")
    action = story.act("procurement", request).action_create_tender()
    tender = story.model("procurement", TENDER).browse(action["res_id"])
    story.made[plan.key, "tender"] = tender
    vendors = plan.invited or tuple(plan.bids)
    let_in(story, vendors)
    tender.write(
        {
            "reference_price_id": price.id,
            "bid_deadline": story.later(plan.open_days, "17:00"),
            "opening_date": story.later(plan.open_days + 1, "10:00"),
            "question_deadline": story.later(plan.open_days - 2, "17:00"),
            "committee_ids": [
                Command.create(
                    {"employee_id": story.employee(login).id, "role": "member"}
                )
                for login in MEMBERS
            ],
            "invitation_ids": [
                Command.create(
                    {"partner_id": story.user(login).partner_id.parent_id.id}
                )
                for login in vendors
            ],
            "document_ids": [
                Command.create(
                    {
                        "name": "Specification",
                        "file_name": "specification.pdf",
                        "file": encoded(letter(plan.subject, "Scope and duties")),
                    }
                )
            ],
        }
    )
    tender.committee_ids.action_appoint()
    for member in tender.sudo().committee_ids:
        member.with_user(member.user_id).sudo(False).action_declare(
            has_conflict=False, note="None of the vendors is known to me."
        )
    tender.request_validation()
    return tender


def publish(story, plan, tender):
    """An officer signs the file off, procurement publishes it."""
    yield story.later(1, "09:30")
    story.review(tender, "officer2")
    tender.action_publish()


def receive_bids(story, plan, tender):
    """Each vendor seals his bid in the portal."""
    for number, (login, price) in enumerate(plan.bids.items()):
        yield story.later(1, f"1{number}:15")
        bid(story, login, tender, price, plan.authors.get(login))


def bid(story, login, tender, price, author=None):
    """Write, declare and seal the bid of one vendor."""
    offer = write_bid(story, login, tender, price, author)
    offer.action_seal()
    return offer


def write_bid(story, login, tender, price, author=None):
    """Write and declare the bid of one vendor."""
    offer = story.portal.start_bid(story.vendor(login, tender))
    story.portal.save_draft(
        offer,
        prices={line.id: (f"{price:.2f}", "") for line in offer.tender_id.line_ids},
        note="Own staff only.",
        declared=True,
    )
    story.portal.add_file(
        offer,
        "concept.pdf",
        letter("Service concept", offer.partner_id.name, author=author),
    )
    return offer


def award(story, plan, tender):
    """Opening, scores, award, its approval and notice, the order."""
    yield tender.opening_date + timedelta(minutes=5)
    attend(story, tender)
    tender.action_open()
    tender.action_start_evaluation()
    for number, login in enumerate(MEMBERS):
        yield story.later(0, f"1{4 + number}:00")
        if not plan.reaches("proposed") and login == MEMBERS[-1]:
            return
        score(story, plan, tender, login, number)
    yield story.later(1, "10:20")
    action = tender.action_propose_award()
    decision = story.model("procurement", "outsourcing.award").browse(action["res_id"])
    decision.reasons = "<p>Best total of quality and price.</p>"
    decision.action_submit()
    story.made[plan.key, "award"] = decision
    yield story.later(1, "09:45")
    story.review(decision, "officer2", "finance")
    decision.action_approve()
    if not plan.reaches("notified"):
        return
    decision.action_notify()
    if not plan.reaches("ordered"):
        return
    while decision.state != "final":
        yield story.later(1, "08:45")
        decision.invalidate_recordset()
    tender.action_confirm_order()


def attend(story, tender):
    """Each member confirms to be present at the opening."""
    for login in MEMBERS:
        members = story.model(login, "outsourcing.committee.member").search(
            [("tender_id", "=", tender.id), ("user_id", "=", story.user(login).id)]
        )
        members.action_attend()


def score(story, plan, tender, login, number):
    """Give the points of one member and hand them in."""
    scores = story.model(login, "outsourcing.score").search(
        [("tender_id", "=", tender.id), ("user_id", "=", story.user(login).id)]
    )
    points = {
        story.user(bidder).partner_id.commercial_partner_id: plan.points.get(bidder, 80)
        for bidder in plan.bids
    }
    for row in scores:
        if row.kind == "pass_fail":
            row.verdict = "pass"
        else:
            row.value = points[row.sudo().bid_id.partner_id] + 3 * number - 3
    scores.action_submit()


def encoded(content):
    """Return bytes as Odoo stores them in a field."""
    return base64.b64encode(content)


# Ways that end otherwise


def garden(story, start, plan):
    """A running tender with questions, an addendum and one vendor who declines."""
    yield start
    request = yield from apply_for(story, plan)
    price = yield from set_price(story, plan, request)
    tender = yield from make_tender(story, plan, request, price)
    yield from publish(story, plan, tender)
    visit = meet(story, tender, "site", story.later(2, "09:00"), "Gate 2 of plant 1")
    meet(story, tender, "opening", tender.opening_date, "Room 302")
    yield story.later(1, "10:30")
    for login, answer in (("clean1", "accepted"), ("clean3", "declined")):
        story.portal.answer_invitation(story.vendor(login, tender), answer)
    yield from receive_bids(story, plan, tender)
    note_visit(story, visit)
    ask(story, "clean1", tender, "Is the machine for the snow the company's?")
    yield story.later(0, "16:00")
    question = story.model("procurement", "outsourcing.tender.question").search(
        [("tender_id", "=", tender.id)], limit=1
    )
    question.public_question = "Does the company own the machine for the snow?"
    question.action_answer("Yes, it stays in the shed of plant 1 and is insured.")
    addendum = story.model("procurement", "outsourcing.tender.addendum").create(
        {
            "tender_id": tender.id,
            "subject": "Parking area of plant 2",
            "body": "<p>The parking area of plant 2 (900 m²) is part of it.</p>",
        }
    )
    addendum.action_publish()
    yield story.later(0, "17:30")
    offer = story.portal.find_bids(story.vendor("clean1", tender))
    story.portal.reconfirm_bid(offer)
    yield story.later(1, "09:20")
    ask(story, "clean2", tender, "May leaves be composted on site?")


def meet(story, tender, kind, start, place):
    """Plan a meeting of a tender."""
    return story.model("procurement", "outsourcing.tender.meeting").create(
        {"tender_id": tender.id, "kind": kind, "start": start, "place": place}
    )


def note_visit(story, visit):
    """Note which vendors came to the site."""
    people = [story.user(login).partner_id for login in ("clean1", "clean2")]
    visit.write(
        {
            "attendance_ids": [
                Command.create({"partner_id": person.parent_id.id, "name": person.name})
                for person in people
            ],
            "minutes": "<p>Shed, machines and parking areas were shown.</p>",
        }
    )
    visit.action_hold()


def ask(story, login, tender, text):
    """Ask as a vendor."""
    return story.portal.ask_question(story.vendor(login, tender), text)


def canteen(story, start, plan):
    """An award in its standstill, with an objection that waits.

    Two concepts name the same author: the committee hears both vendors.
    """
    yield from procure(story, start, plan)
    made = story.made[plan.key, "tender"]
    yield story.later(0, "15:10")
    hints = story.model("member2", "outsourcing.bid.hint")
    hints.search([("tender_id", "=", made.id)]).action_hear()
    yield story.later(0, "16:40")
    offer = story.portal.find_bids(story.vendor("clean1", made))
    [question] = story.portal.get_hearings(offer)
    story.portal.answer_hearing(
        offer, question.id, "A freelance writer, Lin Tao, edits our texts."
    )
    yield story.later(1, "11:30")
    tender = story.vendor("clean1", story.made[plan.key, "tender"])
    story.portal.object_to_award(
        story.portal.find_bids(tender),
        "Our concept got fewer points than our references justify.",
    )


def moving(story, start, plan):
    """Too few bids: the tender fails and is made anew."""
    yield from procure(story, start, plan)
    yield story.later(1, "09:30")
    tender = story.made[plan.key, "tender"]
    tender.action_fail("One bid was received; the rules ask for three.")
    yield story.later(2, "10:10")
    tender.action_retender()


ENDINGS = {"garden": garden, "canteen": canteen, "moving": moving}
