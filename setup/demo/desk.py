"""Tickets of four months: steady work, and one of each that went another way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from .papers import letter
from .story import import_acts

TICKET = "itsm.ticket"
SHANGHAI = timedelta(hours=8)


@dataclass
class Case:
    """One kind of everyday ticket."""

    subject: str
    service: str
    cause: str
    action: str
    minutes: int
    code: str = "fixed"
    urgency: str = "2"
    impact: str = "1"


CASES = (
    Case(
        *("Printer jams on floor 3", "printing", "Worn rollers", "Rollers replaced"),
        *(35, "replaced"),
    ),
    Case(
        *("Cannot open the order screen", "business", "Role missing", "Role added"),
        *(20, "fixed", "3"),
    ),
    Case(
        *("Scanner does not send mail", "printing", "Password expired", "Renewed"),
        *(15, "fixed"),
    ),
    Case(
        *("Stock report shows no figures", "business", "Filter kept", "Filter reset"),
        *(10, "advised", "1"),
    ),
    Case(
        *("Badge reader of the canteen is dark", "site", "Loose plug", "Fixed plug"),
        *(25, "fixed"),
    ),
    Case(
        *("Wireless drops in meeting room 5", "site", "Old firmware", "Updated"),
        *(40, "fixed", "2", "2"),
    ),
    Case(
        *("Label printer prints half a label", "printing", "Wrong roll", "Calibrated"),
        *(15, "fixed", "3"),
    ),
    Case(
        *("Workshop terminal freezes", "site", "Disk full", "Logs cleaned"),
        *(30, "workaround", "3", "2"),
    ),
)
REQUESTERS = ("requester", "head", "applicant", "member1", "member2", "member3", "hr")
TECHNICIANS = ("technician", "technician2")
RATINGS = (5, 4, 5, 3, 4, 5, 4, 5, 2, 4)
COMMENTS = {5: "Fast and friendly.", 2: "It took two visits.", 3: ""}
# Tickets whose answer or solution comes late, by number.
LATE_ANSWER = {9, 21, 33}
LATE_SOLUTION = {5, 14, 22, 23, 37}
UNSIGNED = {8, 19, 30}


def threads(story):
    """Everyday tickets from the first service month on, then the special ones."""
    yield catalogue(story)
    day, number = story.month(-4) + timedelta(days=3), 0
    while day < story.today:
        if day.weekday() < 5:
            yield everyday(story, day, number)
            number += 1
            # two a week before the contract, three after it
            day += timedelta(days=3 if day < story.month(-3) else 2)
        else:
            day += timedelta(days=1)
    for special in SPECIALS:
        yield special(story)


def catalogue(story):
    """A second line, a service on site, equipment; the vendor answers for them."""
    yield story.at(story.month(-4), "08:00")
    env = story.env
    desk = env.ref("itsm_desk.itsm_team_desk")
    desk.sequence = 1
    second = story.model("itmanager", "itsm.team").create(
        {
            "name": "Second Line",
            "support_level": "l2",
            "sequence": 20,
            "leader_id": story.user("supervisor").id,
            "member_ids": [(4, story.user("technician2").id)],
        }
    )
    story.model("itmanager", "itsm.sla.policy").create(
        {
            "name": "Agreed between the lines",
            "company_id": env.company.id,
            "line_ids": [
                (0, 0, {"kind": "l1", "target_hours": 4}),
                (0, 0, {"kind": "l2", "target_hours": 8}),
            ],
        }
    )
    site = story.model("itmanager", "itsm.service").create(
        {
            "name": "Workplaces on site",
            "category_id": env.ref("itsm_desk.itsm_category_office").id,
            "team_id": desk.id,
            "description": "Screens, terminals, readers and the network at your place.",
        }
    )
    services = {
        "printing": env.ref("itsm_desk.demo_service_printing"),
        "business": env.ref("itsm_desk.demo_service_business"),
        "laptop": env.ref("itsm_desk.demo_service_laptop"),
        "site": site,
    }
    story.made.update(services=services, second=second)
    story.made["equipment"] = env["maintenance.equipment"].create(
        [
            {"name": "Printer, floor 3", "serial_no": "PR-3003"},
            {"name": "Terminal, workshop 1", "serial_no": "TM-0107"},
            {"name": "Laptop of Huang Mei", "serial_no": "LT-2214"},
        ]
    )
    yield story.at(story.month(-3), "08:50")
    for key in ("printing", "business", "site"):
        story.act("itmanager", services[key]).outsourcing_contract_id = story.made["it"]


def everyday(story, day, number):
    """File, answer, work, solve and sign one ticket."""
    case = CASES[number % len(CASES)]
    hour = 9 + number % 6
    yield story.at(day, f"{hour:02}:{(number * 17) % 60:02}")
    requester = REQUESTERS[number % len(REQUESTERS)]
    technician = TECHNICIANS[number % 3 == 2]
    ticket = file(story, requester, case, technician if number % 4 == 1 else None)
    if number % 5 == 0 and case.service == "printing":
        ticket.sudo().equipment_ids = story.made["equipment"][0]
    if not ticket.sudo().user_id:
        yield wait(story, 26 if number in LATE_ANSWER else 0.3 + 0.1 * (number % 4))
        story.act(technician, ticket).action_take()
        answer(story, technician, ticket, "I am looking into it.")
    yield wait(story, 75 if number in LATE_SOLUTION else 0.4 + 0.3 * (number % 5))
    solve(story, technician, ticket, case)
    if number in UNSIGNED:
        return
    yield wait(story, 2 + number % 20)
    rating = RATINGS[number % len(RATINGS)]
    sign(story, requester, ticket, rating)


def wait(story, hours):
    """Return the moment some hours later, in the daytime of a working day."""
    local = datetime.utcnow() + SHANGHAI + timedelta(hours=hours)
    if local.hour >= 17:
        local = (local + timedelta(days=1)).replace(hour=9)
    elif local.hour < 8:
        local = local.replace(hour=9)
    while local.weekday() > 4:
        local += timedelta(days=1)
    return local - SHANGHAI


def file(story, requester, case, phone=None, **values):
    """File a ticket: by the requester, or by whoever answers his call."""
    values = {
        "subject": case.subject,
        "service_id": story.made["services"][case.service].id,
        **values,
    }
    if not phone:
        return story.model(requester, TICKET).create(values)
    return story.model(phone, TICKET).create(
        {
            **values,
            "channel": "phone",
            "partner_id": story.user(requester).partner_id.id,
            "urgency": case.urgency,
            "impact": case.impact,
        }
    )


def answer(story, login, ticket, text):
    """Write to the requester, as from the chatter."""
    story.act(login, ticket).message_post(
        body=text, message_type="comment", subtype_xmlid="mail.mt_comment"
    )


def begin(story, technician, ticket):
    """Start to work, unless it is begun."""
    mine = story.act(technician, ticket)
    if mine.state == "new":
        mine.action_take()
    if mine.state == "assigned":
        mine.action_start()
    return mine


def solve(story, technician, ticket, case):
    """Fill the handling form and hand the solution over."""
    mine = begin(story, technician, ticket)
    mine.write(
        {
            "cause": case.cause,
            "action_taken": case.action,
            "minutes_spent": case.minutes,
            "resolution_code_id": story.env.ref(
                f"itsm_desk.itsm_resolution_code_{case.code}"
            ).id,
            "solution": f"<p>{case.action}; it works again.</p>",
        }
    )
    mine.action_solve()


def sign(story, requester, ticket, rating):
    """Accept and rate."""
    story.act(requester, ticket).action_sign_off(
        rating=rating, comment=COMMENTS.get(rating) or None
    )


def reason(story, name):
    return story.env.ref(f"itsm_desk.itsm_pending_reason_{name}").id


# The special ones


def by_mail(story):
    """A mail to the desk, answered, solved, refused, solved again."""
    yield story.ago(16, "09:05")
    mail = EmailMessage()
    mail["From"] = "Huang Mei <requester@company.example.com>"
    mail["To"] = "it-desk@company.example.com"
    mail["Subject"] = "Month-end postings take minutes"
    mail["Message-Id"] = "<month-end@company.example.com>"
    mail.set_content("Since Monday every posting takes two minutes.")
    mail.add_attachment(
        letter("Screenshot", "Posting 00:02:11"),
        maintype="application",
        subtype="pdf",
        filename="posting.pdf",
    )
    number = story.env["mail.thread"].message_process(TICKET, mail.as_string())
    ticket = story.env[TICKET].browse(number)
    case = CASES[1]
    yield story.later(0, "09:40")
    begin(story, "technician", ticket).service_id = story.made["services"]["business"]
    answer(story, "technician", ticket, "Thank you, I see it too.")
    yield story.later(0, "15:00")
    solve(story, "technician", ticket, case)
    yield story.later(1, "09:30")
    story.act("requester", ticket).action_refuse_solution("It is slow again today.")
    yield story.later(0, "14:30")
    solve(story, "technician", ticket, case)
    yield story.later(1, "10:00")
    sign(story, "requester", ticket, 3)


def escalated(story):
    """Handed to the second line, who solves it."""
    yield story.ago(13, "10:10")
    ticket = file(story, "head", CASES[7], "technician")
    yield story.later(0, "10:50")
    begin(story, "technician", ticket).action_escalate(
        "l2", "The disk fills up again within the hour."
    )
    yield story.later(0, "11:20")
    story.act("technician2", ticket).action_take()
    yield story.later(1, "11:00")
    solve(story, "technician2", ticket, CASES[7])
    yield story.later(1, "15:00")
    sign(story, "head", ticket, 4)
    yield story.ago(1, "11:15")
    late = file(story, "member1", CASES[5], "technician")
    yield story.ago(1, "14:00")
    begin(story, "technician", late).action_escalate(
        "l2", "Firmware is current; the controller drops the clients."
    )


def new_computers(story):
    """Requests that a manager lets through, refuses, or still has to decide."""
    yield story.ago(40, "09:30")
    ticket = laptop(story, "applicant", "Laptop for the new planner")
    yield story.later(1, "10:00")
    approver = ticket.sudo().approver_id.login or "itmanager"
    story.act(approver, ticket).action_approve()
    yield story.later(0, "11:00")
    mine = begin(story, "technician", ticket)
    yield story.later(0, "15:00")
    mine.action_pend(reason(story, "parts"))
    yield story.later(6, "10:00")
    mine.action_resume()
    yield story.later(0, "14:00")
    piece = story.env["maintenance.equipment"].create(
        {"name": "Laptop", "serial_no": "LT-2309"}
    )
    mine.env["itsm.equipment.change"].create(
        {
            "ticket_id": mine.id,
            "kind": "install",
            "equipment_id": piece.id,
            "new_employee_id": story.employee("applicant").id,
        }
    )
    solve(
        story,
        "technician",
        ticket,
        Case("", "laptop", "New colleague", "Laptop set up", 90, "delivered"),
    )
    yield story.later(1, "09:00")
    sign(story, "applicant", ticket, 5)
    yield story.ago(26, "10:30")
    ticket = laptop(story, "member1", "Second screen for the home office")
    yield story.later(1, "09:10")
    approver = ticket.sudo().approver_id.login or "itmanager"
    story.act(approver, ticket).action_refuse("Screens stay in the office.")
    yield story.ago(1, "15:40")
    laptop(story, "requester", "Laptop for a trainee")
    yield story.ago(1, "16:00")
    laptop(story, "applicant", "Laptop for the new buyer")


def laptop(story, requester, subject):
    case = Case(subject, "laptop", "", "", 0)
    return file(story, requester, case, description="<p>Starts next Monday.</p>")


def paused(story):
    """Waiting: for the requester, for parts, for the vendor."""
    for days, number, name in ((6, 0, "parts"), (3, 3, "requester"), (2, 4, "vendor")):
        yield story.ago(days, f"1{number}:20")
        ticket = file(story, REQUESTERS[number], CASES[number], "technician2")
        yield wait(story, 0.7)
        question = "Which filter is set?" if name == "requester" else None
        begin(story, "technician2", ticket).action_pend(reason(story, name), question)


def at_vendor(story):
    """Repaired by a technician of the vendor, in the portal; another is still there."""
    yield story.ago(11, "09:30")
    vendor = story.user("it1")
    vendor.group_ids += story.env.ref("itsm_desk.group_itsm_vendor")
    company = vendor.commercial_partner_id
    company.itsm_target_hours = 8
    # Only who is on site under the contract gets tickets.
    worker = story.model("officer", "outsourcing.worker").create(
        {
            "partner_id": vendor.partner_id.id,
            "contract_id": story.made["it"].id,
            "role": "Field technician",
        }
    )
    worker.action_onboard()
    ticket = story.model("member1", TICKET).create(
        {
            "subject": "Grey stripes on every page",
            "service_id": story.env.ref("itsm_desk.itsm_service_repair").id,
            "request_answers": {
                question(story, "device_number"): "PR-3003",
                question(story, "device_where"): "Floor 3, copy corner",
                question(story, "device_other_way"): "yes",
            },
        }
    )
    ticket.sudo().equipment_ids = story.made["equipment"][0]
    yield story.later(0, "10:10")
    mine = begin(story, "technician", ticket)
    mine.action_send_to_vendor(company.id, "Replace the fuser unit, please.")
    yield story.later(0, "14:20")
    acts = import_acts("itsm_desk.models.vendor.itsm_vendor_job")
    [job] = acts.find_jobs(vendor.with_user(vendor), [("ticket_id", "=", ticket.id)])
    acts.say(job, "I come at three with the part.", is_public=True)
    yield story.later(0, "15:50")
    acts.note_work(job, "45", "on_site", "Fuser unit replaced", "Fuser RM1-6406")
    worn = story.env.ref("itsm_desk.itsm_form_repair_finding_worn")
    acts.fill_form(
        job,
        "Worn fuser",
        "Fuser unit replaced, ten pages printed",
        {
            question(story, "repair_finding"): worn.id,
            question(story, "repair_replaced"): "yes",
            question(story, "repair_serial"): "Fuser RM1-6406",
            question(story, "repair_tested"): "yes",
        },
    )
    acts.hand_back(job, "done", "Replaced and tested together with the user.")
    yield story.later(0, "16:10")
    mine.resolution_code_id = story.env.ref("itsm_desk.itsm_resolution_code_replaced")
    mine.action_solve()
    yield story.later(1, "09:20")
    sign(story, "member1", ticket, 5)
    yield story.ago(2, "10:15")
    ticket = file(story, "member3", CASES[7], "technician2")
    yield wait(story, 0.5)
    begin(story, "technician2", ticket).action_send_to_vendor(
        company.id, "The disk fills up within a day. Look at the logs on site."
    )


def question(story, name):
    """Return the key of a question of a shipped form."""
    return str(story.env.ref(f"itsm_desk.itsm_form_{name}").id)


def forgotten(story):
    """Nobody took it in time, and another is solved too late."""
    yield story.ago(8, "09:15")
    file(story, "member2", CASES[2])
    yield story.ago(7, "10:25")
    ticket = file(story, "member3", CASES[6], "technician")
    begin(story, "technician", ticket)


def withdrawn(story):
    """Cancelled by the requester."""
    yield story.ago(21, "13:40")
    ticket = file(story, "hr", CASES[3])
    yield story.later(0, "16:10")
    story.act("hr", ticket).action_cancel("I found the filter myself.")


def follow_up(story):
    """Taken up again after it was closed: a new ticket that names the old one."""
    yield story.ago(18, "09:50")
    ticket = file(story, "member3", CASES[0], "technician")
    yield story.later(0, "11:30")
    solve(story, "technician", ticket, CASES[0])
    yield story.later(1, "09:00")
    sign(story, "member3", ticket, 4)
    yield story.ago(4, "10:40")
    story.act("member3", ticket).action_reopen("It jams again on thick paper.")


def today(story):
    """What the desk finds in the morning: unowned, taken, begun, solved."""
    yield story.ago(1, "14:05")
    ticket = file(story, "member2", CASES[5], "technician")
    yield story.ago(1, "14:35")
    begin(story, "technician", ticket)
    ticket = file(story, "head", CASES[2], "technician2")
    yield story.ago(1, "15:20")
    solve(story, "technician2", ticket, CASES[2])
    yield story.ago(1, "16:20")
    file(story, "hr", CASES[4], "technician")
    yield story.ago(1, "16:50")
    file(story, "member1", CASES[1])


SPECIALS = (
    by_mail,
    escalated,
    new_computers,
    paused,
    at_vendor,
    forgotten,
    withdrawn,
    follow_up,
    today,
)
