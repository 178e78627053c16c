"""What users think and need, what is asked and not written down, and what is read."""

from datetime import timedelta

from odoo import Command

from . import desk
from .story import import_acts

RATINGS = {
    -3: (3, 4, 3, 2, 4, 5, 3, 4),
    -2: (4, 4, 3, 4, 5, 3, 4, 5),
    -1: (4, 5, 4, 4, 5, 3, 5, 4),
}
"""Answers to the counted question, of the campaign about a month."""
WISHES = (
    "A second screen for the warehouse office; we compare lists all day.",
    "Tell us before a terminal is replaced, not on the morning itself.",
    "A short answer in Chinese with each solution.",
)
QUESTIONS = (
    ("How do I share a calendar?", ("member1", "member2", "head")),
    ("共享打印机怎么添加", ("member3", "requester")),
    ("Meeting room screen stays black", ("member2",)),
)


def threads(story):
    """Campaigns, needs, wanted articles and a training book."""
    yield quiet_days(story)
    for offset in RATINGS:
        yield campaign(story, offset)
    yield running(story)
    yield need_from_survey(story)
    yield need_from_visit(story)
    yield declined(story)
    yield open_need(story)
    yield asked(story)
    yield training(story)


def quiet_days(story):
    """The desk asks each month."""
    yield story.at(story.month(-4), "08:05")
    story.env.company.itsm_survey_quiet_days = 20


def start(story, name, month, end):
    """Ask the requesters of a month."""
    record = story.model("servicequality", "itsm.survey.campaign").create(
        {
            "name": name,
            "date_from": month,
            "date_to": end,
            "date_end": story.day() + timedelta(days=10),
            "sample_size": 0,
        }
    )
    record.action_start()
    return record


def answer(story, record, ratings, wishes=()):
    """Answer as people do on the page."""
    wishes = iter(wishes)
    questions = story.env.ref("itsm_desk.survey_satisfaction").question_ids
    answers = record.sudo().invitation_ids.user_input_id.sorted("id")
    for given, rating in zip(answers, ratings, strict=False):
        given._mark_in_progress()
        for turn, question in enumerate(questions):
            if question.question_type == "scale":
                value = max(
                    1, min(5, rating + (turn + rating) % 3 - 1 if turn else rating)
                )
                given._save_lines(question, str(value))
            elif wish := next(wishes, None):
                given._save_lines(question, wish)
        given._mark_done()


def campaign(story, offset):
    """About a month, early in the next one; closed by the job."""
    yield story.at(story.month(offset + 1) + timedelta(days=2), "09:15")
    month = story.month(offset)
    record = start(story, f"Requesters, {month:%Y-%m}", month, story.month_end(offset))
    story.made["campaign", offset] = record
    yield story.later(4, "11:00")
    answer(story, record, RATINGS[offset], WISHES if offset == -1 else ())


def running(story):
    """The one that is under way."""
    yield story.ago(3, "09:20")
    end = story.day() - timedelta(days=1)
    # Early in a month too there are enough people to ask.
    company = story.env.company
    days, company.itsm_survey_quiet_days = company.itsm_survey_quiet_days, 0
    since = end - timedelta(days=30)
    record = start(story, f"Requesters, {end:%Y-%m}", since, end)
    company.itsm_survey_quiet_days = days
    yield story.ago(1, "14:10")
    answer(story, record, (5, 4, 4))


def write_need(story, login, **values):
    """Write down a need."""
    return story.model(login, "itsm.need").create(values)


def need_from_survey(story):
    """A wish of an answer, done in the end."""
    yield story.ago(12, "15:30")
    record = write_need(
        story,
        "servicequality",
        source="survey",
        campaign_id=story.made["campaign", -1].id
        if ("campaign", -1) in story.made
        else False,
        subject="Tell users before a terminal is replaced",
        description=WISHES[1],
        user_id=story.user("supervisor").id,
    )
    yield story.ago(11, "09:40")
    mine = story.act("supervisor", record)
    mine.action_answer("From now on the owner calls the day before.")
    yield story.ago(5, "16:20")
    mine.action_finish("Three replacements were announced; nobody was surprised.")


def need_from_visit(story):
    """Promised for a day."""
    yield story.ago(9, "10:50")
    record = write_need(
        story,
        "technician",
        source="visit",
        partner_id=story.user("member1").partner_id.id,
        subject="A second screen in the warehouse office",
        description=WISHES[0],
    )
    yield story.ago(8, "09:05")
    story.act("technician", record).action_plan(
        "Two screens come with the next delivery.", story.day() + timedelta(days=21)
    )


def declined(story):
    """Not possible, with the reason."""
    yield story.ago(16, "14:00")
    record = write_need(
        story,
        "technician2",
        source="meeting",
        partner_id=story.user("member2").partner_id.id,
        subject="Private phones in the company network",
    )
    yield story.ago(15, "10:10")
    story.act("servicequality", record).action_decline(
        "The rules of information security allow company devices only."
    )


def open_need(story):
    """Nobody has answered yet."""
    yield story.ago(2, "11:45")
    write_need(
        story,
        "technician",
        source="visit",
        partner_id=story.user("head").partner_id.id,
        subject="Labels that can be read from the fork lift",
        description="The small print costs us a stop at each pallet.",
    )


def asked(story):
    """Questions that were typed into the form of a ticket, and had no answer."""
    acts = import_acts("itsm_desk.models.knowledge.itsm_search_log")
    number = 0
    for days, (question, logins) in zip((14, 8, 4), QUESTIONS, strict=True):
        yield story.ago(days, "09:55")
        for login in logins:
            number += 1
            user = story.user(login)
            ticket = story.model(login, "itsm.ticket").create(
                {
                    "subject": question,
                    "service_id": story.env.ref("itsm_desk.itsm_service_office").id,
                    "request_answers": {
                        desk.question(story, "device_where"): "At my desk",
                        desk.question(story, "device_other_way"): "yes",
                    },
                }
            )
            acts.record_search(
                story.env(user=user),
                f"{number:032x}",
                "filed",
                question,
                ticket_id=ticket.id,
                service_id=ticket.service_id.id,
            )


def training(story):
    """What everybody at the desk has read in the first weeks."""
    yield story.ago(20, "13:30")
    articles = story.env["itsm.article"].search(
        [("state", "=", "published"), ("audience", "!=", "team")], limit=4, order="id"
    )
    team = story.env.ref("itsm_desk.itsm_team_desk")
    record = story.model("supervisor", "itsm.training.book").create(
        {
            "name": "First weeks at the desk",
            "description": "<p>What everybody at the desk knows before going out.</p>",
            "team_ids": [Command.set(team.ids)],
            "line_ids": [
                Command.create(line)
                for line in (
                    {
                        "article_id": article.id,
                        "sequence": place,
                        "question": "Who is told when the solution did not hold?"
                        if place == 1
                        else False,
                        "option_ids": [
                            Command.create({"name": "Nobody"}),
                            Command.create(
                                {"name": "The owner of the ticket", "is_right": True}
                            ),
                        ]
                        if place == 1
                        else [],
                    }
                    for place, article in enumerate(articles, 1)
                )
            ],
        }
    )
    record.action_issue()
    yield story.ago(13, "08:50")
    readings = story.model("technician", "itsm.training.reading").search(
        [("book_id", "=", record.id), ("state", "=", "open")]
    )
    for reading in readings[:-1]:
        options = reading.sudo().line_id.option_ids.filtered("is_right")
        reading.action_acknowledge(options.id)
