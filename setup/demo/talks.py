"""What the desk says to its own people: meetings, assessments, reviews of incidents."""

from datetime import timedelta

MEETINGS = (
    (
        95,
        "technician",
        "Wants to learn how the mail server works.",
        "First month on the desk. Answers fast, writes little down.",
        ("Write down what was tried, on every ticket", 20, True),
    ),
    (
        64,
        "technician",
        "The phone rings while I write.",
        "Handling forms are complete now. Calls are taken in turns.",
        ("Draw up the turns of the phone", 10, True),
    ),
    (
        31,
        "technician",
        "A course on networks would help.",
        "Satisfaction is up. Talked about the complaint of last month.",
        ("Ask for a place in the network course", 45, False),
    ),
    (
        70,
        "technician2",
        "Two days a week in the Suzhou plant: parts come late.",
        "Parts for Suzhou are kept there from now on.",
        ("Make a list of parts for Suzhou", 14, True),
    ),
)


def threads(story):
    """Off-site work, meetings that were held, and one that is planned."""
    yield people(story)
    for days, login, note, minutes, action in MEETINGS:
        yield meeting(story, days, login, note, minutes, action)
    yield planned(story)
    yield acknowledged(story)
    yield appealed(story)
    yield half_year(story)
    yield released(story)
    yield draft(story)
    for offset in (-3, -2, -1):
        yield review(story, offset)


def people(story):
    """HR says who works off-site."""
    yield story.ago(110, "09:00")
    story.env.ref("hr.group_hr_user").user_ids |= story.user("hr")
    story.act("hr", story.employee("technician2")).itsm_is_offsite = True


def plan(story, login, moment):
    """The supervisor plans a one-to-one."""
    return story.model("supervisor", "itsm.meeting").create(
        {
            "technician_id": story.user(login).id,
            "planned_at": moment,
            "agenda": "Figures, open actions, what is in the way.",
        }
    )


def meeting(story, days, login, note, minutes, action):
    """Planned, prepared by both, held, its action done in time or still open."""
    yield story.ago(days + 4, "16:20")
    talk = plan(story, login, story.ago(days, "15:00"))
    yield story.ago(days + 1, "11:10")
    story.act(login, talk).technician_note = note
    yield story.ago(days, "15:40")
    talk.minutes = minutes
    name, after, is_done = action
    agreed = story.model("supervisor", "itsm.meeting.action").create(
        {
            "meeting_id": talk.id,
            "name": name,
            "user_id": story.user(login).id,
            "date_deadline": story.day() + timedelta(days=after),
        }
    )
    talk.action_done()
    if is_done:
        yield story.later(after - 2, "17:05")
        story.act(login, agreed).is_done = True


def planned(story):
    """The next one stands in the calendar."""
    yield story.ago(1, "16:45")
    plan(story, "technician", story.ago(-2, "15:00"))


def assess(story, login, offset, remark, author="supervisor", **values):
    """Write an assessment of a month."""
    return story.model(author, "itsm.assessment").create(
        {
            "technician_id": story.user(login).id,
            "date_from": story.month(offset),
            "remark": remark,
            **values,
        }
    )


def acknowledged(story):
    """Read, commented and made final: a reward goes to HR."""
    yield story.at(story.month(-2) + timedelta(days=3), "10:40")
    mine = assess(
        story,
        "technician",
        -3,
        "Answers fast. Helped out on two Sundays of the move.",
        proposal="leave",
        leave_days=1,
        proposal_reason="Two Sundays during the move of the office.",
    )
    mine.action_release()
    yield story.later(1, "09:20")
    story.act("technician", mine).action_acknowledge("Thank you. The forms get better.")
    yield story.later(2, "14:10")
    story.act("hr", mine).action_finalise()


def appealed(story):
    """The technician appeals; the IT manager decides, HR makes it final."""
    yield story.at(story.month(-1) + timedelta(days=4), "11:05")
    mine = assess(
        story,
        "technician2",
        -2,
        "Tickets of the plant wait too long.",
        proposal="money",
        proposal_type="penalty",
        amount=50,
        proposal_reason="Three requesters of the plant heard nothing for days.",
    )
    mine.action_release()
    yield story.later(1, "10:30")
    story.act("technician2", mine).action_appeal(
        "The parts were ordered late, not by me. The pauses say so."
    )
    yield story.later(2, "16:20")
    judge = mine.sudo().appeal_user_id.login
    story.act(judge, mine).action_answer_appeal(
        True, "The pauses are right: the vendor delivered late. No penalty."
    )
    yield story.later(1, "09:50")
    story.act("hr", mine).action_finalise()


def half_year(story):
    """A middle-term one that waits for HR."""
    yield story.at(story.month(0) + timedelta(days=2), "09:30")
    mine = assess(
        story,
        "technician",
        -6,
        "Half a year on the desk: from the phone to a pillar of the first line.",
        term="mid",
        proposal="money",
        amount=300,
        proposal_reason="Best satisfaction of the first line.",
    )
    mine.action_release()
    yield story.later(1, "10:05")
    story.act("technician", mine).action_acknowledge("I would like the network course.")


def released(story):
    """Waits for the technician."""
    yield story.ago(3, "17:10")
    mine = assess(story, "technician2", -1, "Parts for Suzhou are in place now.")
    mine.action_release()


def draft(story):
    """Written, not released."""
    yield story.ago(1, "17:20")
    assess(story, "technician", -1, "Forms are complete.")


BETTER = (
    "Call the requester on the first day, even when there is no news.",
    "Try it together with the requester before it is solved.",
    "Open a problem on the second ticket of the same kind.",
)


def review(story, offset):
    """The review of a month: opened by the job, held by the supervisor."""
    yield story.at(story.month(offset + 1) + timedelta(days=4), "07:30")
    job = story.env.ref("itsm_desk.ir_cron_review")
    job.with_user(job.user_id).ir_actions_server_id.run()
    mine = story.model("supervisor", "itsm.review").search(
        [("month", "=", story.month(offset)), ("state", "=", "draft")], limit=1
    )
    if not mine:
        return
    mine.planned_at = story.later(3, "16:00")
    yield story.later(3, "16:10")
    for case, words in zip(mine.case_ids, BETTER, strict=False):
        case.better_way = words
    cases = mine.case_ids
    if cases and cases[0].ticket_id.has_access("read"):
        cases[0].action_create_article()
    story.model("supervisor", "itsm.review.action").create(
        {
            "review_id": mine.id,
            "name": "Hang the better ways up beside the phone",
            "user_id": mine.chair_id.id,
            "date_deadline": story.day() + timedelta(days=14),
        }
    )
    yield story.later(0, "17:00")
    mine.minutes = "All of the first line were there. Three better ways were agreed."
    mine.action_done()
