"""The contracts: signed, filed, delivered month by month, changed, running out."""

import base64
from datetime import timedelta

from .papers import letter, signature
from .tenders import Plan, procure

CONTRACT = "outsourcing.contract"
IT = Plan(
    *("it", "IT", "IT service desk of the head office", 12, 20000.0, 240000.0),
    bids={"it1": 18000.0, "it2": 19200.0, "it3": 18600.0},
    points={"it1": 90, "it2": 82, "it3": 74},
    description="One-stop service desk with two technicians on site.",
)
CLEANING = Plan(
    *("cleaning", "CLEAN", "Cleaning of offices and workshops", 12, 13000.0, 156000.0),
    bids={"clean1": 11800.0, "clean2": 12300.0, "clean3": 12900.0},
    points={"clean1": 86, "clean2": 84, "clean3": 75},
    description="Daily cleaning of 4,200 m² of offices and two workshops.",
)
WORKERS = {
    "it": (
        ("Lin Tao", "Technician on site"),
        ("Guo Min", "Technician on site"),
        ("Pan Jie", "Desk coordinator"),
    ),
    "cleaning": (
        ("Auntie Zhang", "Team lead"),
        ("Cai Hong", "Cleaner"),
        ("Dong Mei", "Cleaner"),
        ("Fu Xia", "Cleaner"),
    ),
    "guards": (("Kong Wei", "Guard"), ("Shao Bin", "Guard")),
}


def threads(story):
    """Two contracts from tenders, one taken over that runs out."""
    yield it_service(story)
    yield cleaning(story)
    yield guards(story)
    yield objection(story)
    yield amendment(story)
    yield replacement(story)
    yield insurance(story)
    yield roster(story)
    yield unfiled(story)
    yield walked_away(story)


def it_service(story):
    """IT service desk: signed in the portal, filed in time."""
    yield from procure(story, story.at(story.month(-4), "09:00"), IT)
    contract = yield from sign(story, "it", "it1", story.month(-3))
    yield story.later(1, "15:10")
    story.act("hr", contract).action_file(f"HR-OUT-{story.day().year}-011")
    yield from start(story, "it", contract)
    yield from deliver(story, contract, "it1")


def cleaning(story):
    """Cleaning: filed late, which HR's rules notice."""
    begin = story.at(story.month(-4), "09:00") - timedelta(days=4)
    yield from procure(story, begin, CLEANING)
    contract = yield from sign(story, "cleaning", "clean1", story.month(-3))
    yield story.later(5, "16:40")
    story.act("hr", contract).action_file(f"HR-OUT-{story.day().year}-009")
    yield from start(story, "cleaning", contract)
    yield from deliver(story, contract, "clean1")


def guards(story):
    """Guards: a running contract that was taken over, and now runs out."""
    yield story.at(story.month(-4), "10:00") - timedelta(days=20)
    category = story.env["outsourcing.category"].search([("code", "=", "GUARD")])
    contract = story.model("procurement", CONTRACT).create(
        {
            "subject": "Guards of plant 1",
            "partner_id": vendor_of(story, "clean3").id,
            "category_id": category.id,
            "amount_total": 96000.0,
            "date_start": story.month(-4),
            "date_end": story.today + timedelta(days=21),
            "notice_days": 30,
            "owner_id": story.user("officer").id,
            "direct_reason": "Running contract, taken over from plant 1.",
        }
    )
    story.made["guards"] = contract
    send_direct(story, contract)
    sign_on_paper(story, contract)
    yield story.later(2, "11:20")
    story.act("hr", contract).action_file(f"HR-OUT-{story.day().year}-004")
    yield from start(story, "guards", contract)


def sign(story, key, login, begins):
    """Make the contract of an award and have both sides sign it."""
    yield story.later(1, "09:30")
    decision = story.made[key, "award"]
    action = decision.action_create_contract()
    contract = story.model("procurement", CONTRACT).browse(action["res_id"])
    contract.write(
        {
            "date_start": begins,
            "date_end": begins.replace(year=begins.year + 1) - timedelta(days=1),
            "owner_id": story.user("officer").id,
            "headcount_agreed": len(WORKERS[key]),
        }
    )
    plan_deliveries(story, contract)
    contract.action_send_to_sign()
    yield story.later(1, "14:00")
    user = story.user(login)
    story.contract_portal.sign_contract(
        story.vendor(login, contract), user.partner_id, user.name, signature()
    )
    yield story.later(0, "16:00")
    contract.action_sign(story.day())
    story.made[key] = contract
    paper = letter(
        f"Performance guarantee PG-{contract.id:04d}",
        f"Bank of Hangzhou guarantees 10 % of {contract.name}.",
    )
    guarantee = story.model("procurement", "outsourcing.contract.guarantee").create(
        {
            "contract_id": contract.id,
            "name": f"PG-{contract.id:04d}",
            "guarantee_type": "performance",
            "issuer": "Bank of Hangzhou",
            "amount": round(contract.amount_total * 0.1, 2),
            "date_issue": story.day(),
            "document": base64.b64encode(paper),
            "document_name": f"PG-{contract.id:04d}.pdf",
            "date_expiry": contract.date_end + timedelta(days=30)
            if key == "it"
            else story.today + timedelta(days=12),
        }
    )
    guarantee.action_hold()
    return contract


def sign_on_paper(story, contract):
    """Record the signature with the scanned paper."""
    paper = letter(
        f"Contract {contract.name}",
        contract.subject,
        f"Signed by both parties on {story.day()}.",
    )
    story.act("procurement", contract).action_sign(
        story.day(), base64.b64encode(paper), f"{contract.name}.pdf".replace("/", "-")
    )


def plan_deliveries(story, contract):
    """Plan one delivery a month on the order line."""
    line = contract.sudo().purchase_order_ids.order_line
    day = contract.date_start
    values = []
    while day < contract.date_end:
        following = (day + timedelta(days=32)).replace(day=1)
        values.append(
            {
                "contract_id": contract.id,
                "name": f"Service in {day:%B %Y}",
                "date_due": following - timedelta(days=1),
                "purchase_line_id": line.id,
                "quantity": 1,
            }
        )
        day = following
    # Who plans a delivery does not accept it; officers do that.
    story.model("procurement", "outsourcing.contract.milestone").create(values)


def start(story, key, contract):
    """Activate on the first day; the vendor's people come on site."""
    workers = story.model("officer", "outsourcing.worker")
    department = story.employee("head").department_id
    for name, role in WORKERS[key]:
        person = story.env["res.partner"].create(
            {"name": name, "parent_id": contract.partner_id.id, "function": role}
        )
        workers |= workers.create(
            {
                "partner_id": person.id,
                "contract_id": contract.id,
                "role": role,
                "department_id": department.id,
            }
        )
    story.made[key, "workers"] = workers
    yield story.at(contract.date_start, "08:30")
    if contract.state == "signed":
        story.act("officer", contract).action_activate()
    for worker in workers[: len(workers) - 1] or workers:
        worker.action_onboard()


def deliver(story, contract, login):
    """Each month the vendor reports in the portal and another person accepts."""
    partner = story.user(login).partner_id
    for number, milestone in enumerate(contract.milestone_ids.sorted("date_due")):
        yield story.at(milestone.date_due, "17:00")
        story.contract_portal.submit_milestones(story.vendor(login, milestone), partner)
        yield story.later(1, "11:00")
        mine = story.act("officer", milestone)
        if number == 1 and login == "clean1":
            mine.action_reject("The list of hours is missing.")
            yield story.later(1, "09:00")
            story.contract_portal.submit_milestones(
                story.vendor(login, milestone), partner
            )
            yield story.later(0, "15:00")
        mine.action_accept()


def objection(story):
    """A bidder objects to the award of the cleaning; somebody else decides."""
    key = "cleaning"
    yield story.at(story.month(-4), "12:00") - timedelta(days=3)
    while story.made.get((key, "award")) is None or (
        story.made[key, "award"].state != "notified"
    ):
        yield story.later(1, "12:00")
    yield story.later(0, "16:30")
    tender = story.vendor("clean2", story.made[key, "tender"])
    objection = story.portal.object_to_award(
        story.portal.find_bids(tender), "Our references were not counted in full."
    )
    yield story.later(1, "15:00")
    story.act("manager", objection).action_decide(
        upheld=False, reason="All three references were read and scored."
    )


def amendment(story):
    """More rooms: an approved amendment; another one waits for its review."""
    yield story.at(story.month(-2), "10:15") + timedelta(days=4)
    Amendment = "outsourcing.contract.amendment"
    change = story.model("procurement", Amendment).create(
        {
            "contract_id": story.made["cleaning"].id,
            "name": "Showroom added",
            "reason": "The showroom of 260 m² opened.",
            "amount_change": 5400.0,
        }
    )
    change.request_validation()
    yield story.later(1, "14:45")
    story.review(change, "officer", "finance")
    story.act("officer", change).action_approve()
    yield story.ago(3, "10:05")
    later = story.model("procurement", Amendment).create(
        {
            "contract_id": story.made["it"].id,
            "name": "Desk open on Saturdays",
            "reason": "The workshops work on Saturdays from next month.",
            "amount_change": 16000.0,
        }
    )
    later.request_validation()


def replacement(story):
    """A worker leaves, another one of the vendor takes his place."""
    yield story.at(story.month(-1), "09:00") + timedelta(days=8)
    worker = story.made["cleaning", "workers"][1]
    worker.action_leave("Moved back to her home town.")
    person = story.env["res.partner"].create(
        {"name": "Hu Lan", "parent_id": worker.contract_id.partner_id.id}
    )
    successor = worker.browse(worker.action_replace(person.id))
    yield story.later(2, "08:30")
    successor.action_onboard()


def insurance(story):
    """The vendor's insurance, in two versions; the second one ends soon."""
    document = story.model("officer", "outsourcing.contract.document")
    yield story.at(story.month(-3), "11:30") + timedelta(days=2)
    values = {
        "contract_id": story.made["cleaning"].id,
        "document_type": "certificate",
        "name": "Liability insurance of the vendor",
        "file_name": "insurance.pdf",
    }
    first = document.create(
        {
            **values,
            "date_expiry": story.month_end(-1),
            "file": base64.b64encode(letter("Liability insurance", "CNY 5,000,000")),
        }
    )
    yield story.at(story.month(-1), "10:40") + timedelta(days=12)
    document.create(
        {
            **values,
            "supersedes_id": first.id,
            "date_expiry": story.today + timedelta(days=11),
            "file": base64.b64encode(letter("Liability insurance", "CNY 8,000,000")),
        }
    )


def roster(story):
    """The officer confirms the days of each month; this month is planned."""
    for number in (-3, -2, -1):
        last = story.month_end(number)
        yield story.at(last, "18:40")
        for key in ("it", "cleaning"):
            month = days_of(story, key, story.month(number), last)
            month.action_plan()
            if (number, key) == (-2, "cleaning"):
                missed = month._get_days()[:1]
                missed.action_mark_absent()
            month.action_confirm()
    yield story.ago(1, "18:40")
    first = story.day().replace(day=1)
    for key in ("it", "cleaning"):
        days_of(story, key, first, story.today + timedelta(days=7)).action_plan()


def days_of(story, key, first, last):
    """Open the window for the days of a contract's people."""
    return story.model("officer", "outsourcing.roster.month").create(
        {"contract_id": story.made[key].id, "date_from": first, "date_to": last}
    )


def unfiled(story):
    """Signed the other day; HR waits for the file."""
    yield story.ago(6, "10:30")
    contract = story.model("procurement", CONTRACT).create(
        {
            "subject": "Pest control of both plants",
            "partner_id": vendor_of(story, "clean2").id,
            "amount_total": 7200.0,
            "date_start": story.today + timedelta(days=5),
            "date_end": story.today + timedelta(days=369),
            "owner_id": story.user("officer2").id,
            "direct_reason": "Under the amount from which a tender is held.",
            "category_id": story.env.ref("outsourcing_mgmt.category_other").id,
        }
    )
    send_direct(story, contract)
    yield story.ago(1, "15:00")
    sign_on_paper(story, contract)
    story.model("officer", "outsourcing.deputy").create(
        {
            "user_id": story.user("officer").id,
            "deputy_id": story.user("officer2").id,
            "date_from": story.today + timedelta(days=3),
            "date_to": story.today + timedelta(days=17),
            "reason": "Annual leave",
        }
    )


def walked_away(story):
    """A vendor stops coming: terminated, half handed over, on the blacklist."""
    yield story.at(story.month(-2), "09:20") + timedelta(days=6)
    vendor = story.env["res.partner"].create(
        {
            "name": "Yongxin Facility Services",
            "is_company": True,
            "vat": "91330110MA2YX00017",
            "email": "office@yongxin.example.com",
        }
    )
    contract = story.model("procurement", CONTRACT).create(
        {
            "subject": "Window cleaning of plant 2",
            "partner_id": vendor.id,
            "amount_total": 9600.0,
            "date_start": story.month(-1),
            "date_end": story.today + timedelta(days=300),
            "owner_id": story.user("officer").id,
            "direct_reason": "Under the amount from which a tender is held.",
            "category_id": story.env.ref("outsourcing_mgmt.category_other").id,
        }
    )
    send_direct(story, contract)
    sign_on_paper(story, contract)
    yield story.later(1, "11:40")
    story.act("hr", contract).action_file(f"HR-OUT-{story.day().year}-015")
    yield story.at(contract.date_start, "08:40")
    story.act("officer", contract).action_activate()
    yield story.ago(9, "10:20")
    story.act("procurement", contract).action_terminate(
        "Nobody came since the 3rd, and the phone is not answered."
    )
    leaving = story.act("officer", contract).exit_ids
    keys, accounts = leaving.line_ids[:2]
    keys.write(
        {"result": "missing", "note": "Two roof keys: the locks are changed, charged."}
    )
    accounts.result = "done"
    entry = story.model("procurement", "outsourcing.blacklist").create(
        {
            "partner_id": vendor.id,
            "ground": "abandoned",
            "reason": "Nobody came since the 3rd; two reminders were not answered.",
            "date_to": story.today + timedelta(days=356),
        }
    )
    entry.request_validation()
    yield story.later(1, "14:10")
    story.act("manager", entry).action_activate()


def send_direct(story, contract):
    """Let manager and finance review a contract without tender, and send it."""
    contract.request_validation()
    for login in ("manager", "finance"):
        story.act(login, contract).validate_tier()
    contract.action_send_to_sign()


def vendor_of(story, login):
    """Return the company of a vendor's user."""
    return story.user(login).partner_id.commercial_partner_id
