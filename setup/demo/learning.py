"""What the desk learns from: complaints, causes behind tickets, figures, mornings."""

from dataclasses import dataclass
from datetime import timedelta

from .story import import_acts

TICKET = "itsm.ticket"


@dataclass
class Case:
    """A complaint, and what quality finds."""

    days: int
    login: str
    subject: str
    text: str
    cause: str
    finding: str
    action: str
    outcome: str
    is_anonymous: bool = True


CASES = (
    Case(
        *(84, "head", "Printer was out for three days"),
        *("Nobody told us how it stands.", "slow"),
        *("The history shows two days without an answer.",),
        *("The owner writes at the end of each day while a printer is out.", "upheld"),
    ),
    Case(
        *(66, "member1", "Rude on the phone"),
        *("I was told to read the manual.", "manner"),
        *("The technician regrets the tone; the call came at the change of shifts.",),
        *("Talked about it in the one-to-one meeting.", "partly"),
    ),
    Case(
        *(52, "applicant", "Laptop came a week late"),
        *("My colleague had nothing to work with.", "service"),
        *("The vendor delivered late; the desk had ordered in time.",),
        *("A stock of two laptops is kept.", "rejected"),
        False,
    ),
    Case(
        *(37, "member3", "Scanner stopped again after an hour"),
        *("The second time that nobody tried it before closing.", "quality"),
        *("The password was renewed, the mail route was not tested.",),
        *("A test scan is part of the handling form.", "upheld"),
    ),
    Case(
        *(20, "head", "Second visit for the same terminal"),
        *("The line stood still twice.", "quality"),
        *("The log files filled the disk again; the cause was not looked for.",),
        *("Repeated tickets become a problem on the second time.", "upheld"),
        False,
    ),
)
OPEN_CASES = (
    (4, "requester", "Postings are still slow", "It was closed, and it is slow again."),
    (1, "member2", "Nobody calls back", "I left my number twice."),
)


TARGETS = {
    "response": 90,
    "resolution": 85,
    "first_contact": 40,
    "reopened": 8,
    "aged": 3,
    "silence": 72,
    "satisfaction": 4.2,
    "unsigned": 10,
    "complaints": 2,
}


def threads(story):
    """Targets, complaints one after the other, and problems."""
    yield targets(story)
    for case in CASES:
        yield complaint(story, case)
    yield refused(story)
    for case in OPEN_CASES:
        yield waiting(story, *case)
    yield problem(story)
    yield solved_problem(story)
    for offset in (-3, -2, -1):
        yield report(story, offset)
    yield schedule(story)
    yield mornings(story)


def targets(story):
    """What the IT manager expects of the desk, of its first line and of a person."""
    yield story.at(story.month(-4), "08:20")
    model = story.model("itmanager", "itsm.kpi.target")
    for code, value in TARGETS.items():
        model.create(
            {
                "kpi_id": story.env.ref(f"itsm_desk.itsm_kpi_{code}").id,
                "value": value,
                "date_from": story.month(-4),
            }
        )
    yield story.at(story.month(-2), "08:20")
    model.create(
        {
            "kpi_id": story.env.ref("itsm_desk.itsm_kpi_first_contact").id,
            "team_id": story.env.ref("itsm_desk.itsm_team_desk").id,
            "value": 50,
            "date_from": story.month(-2),
        }
    )
    model.create(
        {
            "kpi_id": story.env.ref("itsm_desk.itsm_kpi_resolution").id,
            "user_id": story.user("technician2").id,
            "value": 90,
            "date_from": story.month(-2),
        }
    )


def file(story, login, subject, text, is_anonymous=True):
    """File a complaint about the last closed ticket of somebody."""
    acts = import_acts("itsm_desk.models.quality.complaint_filing")
    user = story.user(login)
    ticket = story.env[TICKET].search(
        [("partner_id", "=", user.partner_id.id), ("state", "=", "closed")],
        order="closed_at desc, id desc",
        limit=1,
    )
    return acts.file_complaint(
        story.env(user=user),
        {
            "subject": subject,
            "description": text,
            "ticket_id": ticket.id,
            "is_anonymous": is_anonymous,
        },
    )


def investigate(story, login, record):
    """Take it as somebody of quality."""
    mine = story.act(login, record)
    mine.action_investigate()
    return mine


def answer(story, mine, case):
    """Write down what was found, and tell it."""
    cause = story.env.ref(f"itsm_desk.itsm_complaint_cause_{case.cause}")
    mine.write(
        {
            "cause_id": cause.id,
            "finding": case.finding,
            "action_taken": case.action,
            "outcome": case.outcome,
        }
    )
    mine.action_answer(f"We looked into it. {case.action}")


def complaint(story, case):
    """Filed, investigated, answered, accepted."""
    yield story.ago(case.days, "10:20")
    record = file(story, case.login, case.subject, case.text, case.is_anonymous)
    yield story.later(1, "09:10")
    mine = investigate(story, "servicequality", record)
    yield story.later(1, "16:00")
    answer(story, mine, case)
    yield story.later(2, "11:30")
    story.act(case.login, record).action_close()


def refused(story):
    """The first answer is not accepted; somebody else of quality answers."""
    yield story.ago(30, "15:05")
    record = file(story, "member1", "Role was given to the wrong person", "See mail.")
    yield story.later(0, "16:40")
    mine = investigate(story, "servicequality", record)
    yield story.later(2, "10:00")
    case = Case(
        *(0, "member1", "", "", "rule", "The role was mixed up by name.", ""),
        "partly",
    )
    case.action = "Roles are given by the number of the employee."
    answer(story, mine, case)
    yield story.later(1, "09:40")
    story.act("member1", record).action_refuse_answer("Who saw my figures meanwhile?")
    yield story.later(1, "10:30")
    mine = investigate(story, "servicequality2", record)
    yield story.later(1, "15:20")
    case.finding = "The log of the application shows no access in these two hours."
    case.action = "Nobody opened them; roles are given by the number of the employee."
    answer(story, mine, case)
    yield story.later(1, "08:50")
    story.act("member1", record).action_close()


def waiting(story, days, login, subject, text):
    """Filed lately; the older one is being investigated."""
    yield story.ago(days, "09:25")
    record = file(story, login, subject, text)
    if days > 1:
        yield story.later(1, "10:15")
        investigate(story, "servicequality2", record)


def find_tickets(story, subject, owner, limit):
    """Return tickets of the same kind that somebody owns."""
    return story.env[TICKET].search(
        [
            ("subject", "=", subject),
            ("user_id", "=", story.user(owner).id),
            ("state", "not in", ("cancelled", "refused")),
        ],
        order="id desc",
        limit=limit,
    )


def open_problem(story, subject, owner, limit):
    """Open a problem from the newest ticket of its kind and link the others."""
    tickets = find_tickets(story, subject, owner, limit)
    first = story.act(owner, tickets[:1])
    number = first.action_create_problem()["res_id"]
    for ticket in story.act(owner, tickets[1:]):
        ticket.action_link_problem(number)
    return story.model(owner, "itsm.problem").browse(number)


def problem(story):
    """A known error: technicians see it on the next terminal that freezes."""
    yield story.ago(24, "14:10")
    mine = open_problem(story, "Workshop terminal freezes", "technician", 4)
    mine.action_analyse()
    yield story.ago(21, "10:35")
    mine.write(
        {
            "root_cause": "The client writes a log of each scan and never cleans it.",
            "workaround": "Clean C:\\Logs and restart the client; ten minutes.",
        }
    )
    mine.action_known_error()
    yield story.ago(2, "11:10")
    open_problem(story, "Wireless drops in meeting room 5", "technician", 3)


def solved_problem(story):
    """Found, fixed and told to those who asked."""
    yield story.ago(45, "09:35")
    mine = open_problem(story, "Scanner does not send mail", "technician", 3)
    mine.action_analyse()
    yield story.ago(43, "15:15")
    mine.write(
        {
            "root_cause": "The password of the scanner's mail account ends in 30 days.",
            "workaround": "Renew the password in the scanner's menu.",
        }
    )
    mine.action_known_error()
    yield story.ago(40, "10:05")
    mine.action_fix()
    yield story.ago(34, "16:45")
    mine.solution = "Scanners send mail by a certificate now, which lasts five years."
    mine.action_close()


def report(story, offset):
    """The IT manager issues the report of a month, early in the next one."""
    yield story.at(story.month(offset + 1) + timedelta(days=3), "10:15")
    mine = story.model("itmanager", "itsm.service.report").create(
        {"month": story.month(offset)}
    )
    mine.action_issue()


def schedule(story):
    """From now on the report goes out by itself."""
    yield story.ago(2, "15:30")
    story.model("itmanager", "itsm.service.report.schedule").create(
        {
            "name": "Monthly report for the management",
            "recipient_ids": [(4, story.user("manager").partner_id.id)],
        }
    )


ANSWERS = {
    "unowned": ("taken_up", "The first line takes it before ten."),
    "overdue": ("requester", "Called the requester and agreed on a new day."),
    "silent": ("requester", "The owner writes today."),
    "paused": ("planned", "Parts are due this week; asked the vendor."),
    "form": ("taken_up", "The owner writes down what was tried."),
    "rating": ("requester", "Called the requester; quality looks at it."),
    "escalation": ("reassigned", "Given to the second line by name."),
    "article": ("planned", "Half an hour on Friday."),
}


def mornings(story):
    """Daily checks of the last two weeks: signed, one forgotten, one of today."""
    days = [day for day in range(14, -1, -1) if _is_working(story, day)]
    for day in days:
        yield story.ago(day, "07:05")
        job = story.env.ref("itsm_desk.ir_cron_daily_check")
        job.with_user(job.user_id).ir_actions_server_id.run()
        if day in days[-2:]:
            continue
        yield story.ago(day, "08:40")
        checks = story.model("supervisor", "itsm.daily.check").search(
            [("state", "=", "open"), ("day", "=", story.day())]
        )
        for finding in checks.finding_ids:
            act, remark = ANSWERS[finding.kind]
            finding.write({"act": act, "remark": remark})
        for check in checks:
            check.action_sign()


def _is_working(story, days):
    return (story.today - timedelta(days=days)).weekday() < 5
