"""What a lead should know in the morning, each proved by a query.

A finder returns the values of findings of one team: ``kind``, ``ticket_id``,
``article_id`` or ``mail_id``, and ``detail``, which says since when or how much. Of a
kind at most ``MOST``, the worst first; how many there are is counted beside them.
"""

from datetime import timedelta

from odoo import fields
from odoo.fields import Domain

from ..base.selections import LOW_RATING, OPEN_STATES

MOST = 25
UNOWNED = timedelta(hours=2)
SILENT = timedelta(hours=48)
PAUSED = timedelta(days=5)
NO_FORM = timedelta(days=2)
NOT_ACCEPTED = timedelta(hours=4)
RATED_SINCE = timedelta(days=1)


def find_all(check, since):
    """Return the values of all findings of a check.

    :param check: one ``itsm.daily.check``, in sudo
    :param since: the moment of the check before it
    """
    now = fields.Datetime.now()
    values = []
    for finder in (
        _find_unowned,
        _find_overdue,
        _find_silent,
        _find_paused,
        _find_without_form,
        _find_escalations,
        _find_old_articles,
    ):
        values += finder(check, now)
    values += _find_bad_ratings(check, now, since)
    values += _find_mails(check, now, since)
    return values


def _tickets(check, domain, order):
    """Return at most ``MOST`` open tickets of the team and how many there are."""
    tickets = check.env["itsm.ticket"]
    domain = Domain("team_id", "=", check.team_id.id) & Domain(domain)
    found = tickets.search(domain, order=order, limit=MOST)
    return found, len(found) if len(found) < MOST else tickets.search_count(domain)


def _rows(check, kind, found, count, describe):
    more = count - len(found)
    rows = [
        {"kind": kind, "ticket_id": ticket.id, "detail": describe(ticket)}
        for ticket in found
    ]
    if more > 0:
        rows.append(
            {
                "kind": kind,
                "detail": check.env._("and %s more like these", more),
            }
        )
    return rows


def _hours(now, moment):
    return round((now - moment).total_seconds() / 3600) if moment else 0


def _find_unowned(check, now):
    found, count = _tickets(
        check,
        [
            ("state", "=", "new"),
            ("user_id", "=", False),
            (
                "event_ids",
                "any",
                [("kind", "=", "filed"), ("at", "<", now - UNOWNED)],
            ),
        ],
        "priority desc, id",
    )
    filed = _get_last(found, [("kind", "=", "filed")])
    return _rows(
        check,
        "unowned",
        found,
        count,
        lambda ticket: check.env._(
            "nobody took it for %s hours", _hours(now, filed.get(ticket.id))
        ),
    )


def _find_overdue(check, now):
    found, count = _tickets(
        check,
        [("sla_next_deadline", "<", now), ("state", "in", OPEN_STATES)],
        "sla_next_deadline, id",
    )
    return _rows(
        check,
        "overdue",
        found,
        count,
        lambda ticket: check.env._(
            "due %s hours ago", _hours(now, ticket.sla_next_deadline)
        ),
    )


def _find_silent(check, now):
    """Open tickets whose requester heard nothing, paused ones left out."""
    tickets = check.env["itsm.ticket"].search(
        [
            ("team_id", "=", check.team_id.id),
            ("state", "in", ("assigned", "in_progress")),
        ],
        limit=5000,
    )
    heard = _get_last(
        tickets, ["|", ("backlog_change", "=", 1), ("kind", "in", ("answer", "reply"))]
    )
    late = tickets.filtered(lambda item: heard.get(item.id, now) < now - SILENT)
    late = late.sorted(lambda item: heard[item.id])
    return _rows(
        check,
        "silent",
        late[:MOST],
        len(late),
        lambda ticket: check.env._(
            "the requester heard nothing for %s hours", _hours(now, heard[ticket.id])
        ),
    )


def _find_paused(check, now):
    tickets = check.env["itsm.ticket"].search(
        [("team_id", "=", check.team_id.id), ("state", "=", "pending")], limit=5000
    )
    since = _get_last(tickets, [("kind", "=", "state"), ("new_value", "=", "pending")])
    late = tickets.filtered(lambda item: since.get(item.id, now) < now - PAUSED)
    late = late.sorted(lambda item: since[item.id])
    return _rows(
        check,
        "paused",
        late[:MOST],
        len(late),
        lambda ticket: check.env._(
            "paused for %(days)s days: %(reason)s",
            days=_hours(now, since[ticket.id]) // 24,
            reason=ticket.pending_reason_id.name or "",
        ),
    )


def _find_without_form(check, now):
    tickets = check.env["itsm.ticket"].search(
        [("team_id", "=", check.team_id.id), ("state", "=", "in_progress")], limit=5000
    )
    since = _get_last(
        tickets, [("kind", "=", "state"), ("new_value", "=", "in_progress")]
    )
    late = tickets.filtered(
        lambda item: (
            since.get(item.id, now) < now - NO_FORM
            and not (item.cause or item.action_taken or item.work_line_ids)
        )
    )
    late = late.sorted(lambda item: since[item.id])
    return _rows(
        check,
        "form",
        late[:MOST],
        len(late),
        lambda ticket: check.env._(
            "worked on for %s days, and nothing is written down",
            _hours(now, since[ticket.id]) // 24,
        ),
    )


def _find_bad_ratings(check, now, since):
    found, count = _tickets(
        check,
        [
            ("rating_value", ">", 0),
            ("rating_value", "<=", LOW_RATING),
            ("closed_at", ">=", since or now - RATED_SINCE),
        ],
        "rating_value, id",
    )
    return _rows(
        check,
        "rating",
        found,
        count,
        lambda ticket: check.env._("rated %s of 5", ticket.rating_value),
    )


def _find_mails(check, now, since):
    """Mails that wait, and those since the last check that only look like a program's.

    Those that name no team are looked at by the first team of the company.
    """
    first = check.env["itsm.team"].search(
        [("company_id", "=", check.company_id.id)], limit=1
    )
    place = Domain("team_id", "=", check.team_id.id)
    if first == check.team_id:
        own = Domain("company_id", "in", (False, check.company_id.id))
        place |= Domain("team_id", "=", False) & own
    aside = Domain("state", "=", "ignored") & Domain("is_by_subject", "=", True)
    aside &= Domain("received_at", ">=", since or now - RATED_SINCE)
    mails = check.env["itsm.inbound.mail"]
    domain = place & (Domain("state", "=", "failed") | aside)
    found = mails.search(domain, order="state, received_at, id", limit=MOST)

    def describe(mail):
        hours = _hours(now, mail.received_at)
        if mail.state == "failed":
            return check.env._("could not be filed, and waits for %s hours", hours)
        return check.env._(
            "put aside %s hours ago for its subject alone; a person may have "
            "written it",
            hours,
        )

    rows = [
        {
            "kind": "mail",
            "mail_id": mail.id,
            "detail": describe(mail),
        }
        for mail in found
    ]
    count = len(found) if len(found) < MOST else mails.search_count(domain)
    if count > len(found):
        more = check.env._("and %s more like these", count - len(found))
        rows.append({"kind": "mail", "detail": more})
    return rows


def _find_escalations(check, now):
    calls = check.env["itsm.escalation"].search(
        [
            ("to_team_id", "=", check.team_id.id),
            ("state", "=", "waiting"),
            ("ticket_id.state", "in", OPEN_STATES),
            ("called_at", "<", now - NOT_ACCEPTED),
        ],
        order="called_at, id",
    )
    called = {call.ticket_id.id: call.called_at for call in reversed(calls)}
    return _rows(
        check,
        "escalation",
        calls.ticket_id[:MOST],
        len(calls.ticket_id),
        lambda ticket: check.env._(
            "called for %s hours ago, and nobody accepted",
            _hours(now, called[ticket.id]),
        ),
    )


def _find_old_articles(check, now):
    people = check.team_id.member_ids | check.team_id.leader_id
    articles = check.env["itsm.article"].search(
        [
            ("company_id", "=", check.company_id.id),
            ("owner_id", "in", people.ids),
            "|",
            ("state", "=", "stale"),
            "&",
            ("state", "=", "review"),
            ("write_date", "<", now - timedelta(days=3)),
        ],
        order="review_at, id",
        limit=MOST,
    )
    labels = dict(articles._fields["state"]._description_selection(check.env))
    return [
        {
            "kind": "article",
            "article_id": article.id,
            "detail": check.env._(
                '"%(state)s", owned by %(owner)s',
                state=labels[article.state],
                owner=article.owner_id.name,
            ),
        }
        for article in articles
    ]


def _get_last(tickets, domain):
    """Return ``{ticket id: moment}`` of the last entry of each that fits."""
    rows = tickets.env["itsm.ticket.event"]._read_group(
        [("ticket_id", "in", tickets.ids), ("clock_id", "=", False), *domain],
        ["ticket_id"],
        ["at:max"],
    )
    return {ticket.id: moment for ticket, moment in rows}
