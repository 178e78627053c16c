"""What the desk says to its own people: one-to-one meetings."""

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
