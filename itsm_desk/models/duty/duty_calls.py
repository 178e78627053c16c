"""Whoever is on duty is told of tickets that wait: once each, several in one list.

A ticket waits that nobody owns, and one whose owner is away: until the owner is back.

Functions, as evaluated code can call methods of records.
"""

from markupsafe import Markup

from odoo import fields
from odoo.fields import Domain

from ..base.selections import OPEN_STATES
from .on_duty import find_leaves, get_absent, get_on_duty

DUTY = "itsm_desk.mail_activity_type_on_duty"
MOST_TOLD = 100
"""Tickets of one list; the queue of the team shows the others."""
WAITING = [("state", "=", "new"), ("user_id", "=", False)]


def find_left(tickets):
    """Return those on which nobody works now: without owner, or its owner is away.

    :param tickets: in sudo
    """
    away = get_absent(tickets.user_id)
    return tickets.filtered(
        lambda ticket: (
            ticket.state in OPEN_STATES
            and (not ticket.user_id or ticket.user_id in away)
        )
    )


def find_waiting(env, team, level, limit):
    """Return what waits at a team and level: new and of nobody, or its owner is away.

    :param env: of a job of the server
    """
    here = Domain("team_id", "=", team.id) & Domain("support_level", "=", level)
    tickets = env["itsm.ticket"]
    still_open = Domain("state", "in", OPEN_STATES)
    owned = here & still_open & Domain("user_id", "!=", False)
    owners = env["res.users"].union(
        *(user for (user,) in tickets._read_group(owned, ["user_id"]))
    )
    left = still_open & Domain("user_id", "in", get_absent(owners).ids)
    return tickets.search(here & (Domain(WAITING) | left), limit=limit)


def call_for_left(tickets):
    """Tell whoever is on duty of tickets that came back, or else the lead of the team.

    Those only on which nobody works now.

    :param tickets: in sudo
    """
    left = find_left(tickets)
    call_for(left)
    for ticket in left.filtered("user_id"):
        team = ticket.team_id
        if not team or get_on_duty(team, ticket.support_level):
            continue
        leaders = (team.leader_id | team.deputy_id).filtered(
            lambda user, ticket=ticket: (
                user != ticket.user_id and ticket._may_take_over(user)
            )
        )
        for lead in (leaders - get_absent(leaders))[:1] or leaders[:1]:
            if not _find_calls(ticket, Domain("user_id", "=", lead.id)).filtered(
                "active"
            ):
                told = ticket.with_context(lang=lead.lang or ticket.env.lang)
                told.activity_schedule(
                    DUTY,
                    user_id=lead.id,
                    summary=told.env._("Its owner is away: %s", told.subject),
                )


def call_for(tickets):
    """Tell whoever is on duty for the team and level of ``tickets``.

    :param tickets: in sudo
    """
    for (team, level), group in tickets.grouped(
        lambda ticket: (ticket.team_id, ticket.support_level)
    ).items():
        for user in get_on_duty(team, level) if team else ():
            call(user, group)


def call(user, tickets):
    """Give ``user`` a call for each ticket that was not told to the person before.

    What was done in an earlier absence of the owner is told again.

    :param tickets: in sudo
    """
    known = _find_known(user, tickets)
    told = tickets.filtered(
        lambda ticket: (
            ticket.id not in known
            and ticket.user_id != user
            and ticket._may_take_over(user)
        )
    )
    count = len(told)
    told = told[:MOST_TOLD]
    for ticket in told.with_context(
        lang=user.lang or told.env.lang,
        # Several are told in one mail, which names them.
        mail_activity_quick_update=count > 1,
    ):
        ticket.activity_schedule(
            DUTY,
            user_id=user.id,
            summary=ticket.env._("On duty: %s", ticket.subject),
        )
    if count > 1:
        _send_list(user, told, count)


def _find_known(user, tickets):
    """Return the numbers of the tickets that were told to ``user``."""
    away_since = {}
    if owners := tickets.user_id:
        domain = Domain("resource_id.user_id", "in", owners.ids)
        for leave in find_leaves(tickets.env, domain, fields.Datetime.now()):
            owner = leave.resource_id.user_id
            since = away_since.get(owner, leave.date_from)
            away_since[owner] = min(since, leave.date_from)
    begun = {
        ticket.id: away_since[ticket.user_id]
        for ticket in tickets
        if ticket.user_id in away_since
    }
    known = set()
    for one in _find_calls(tickets, Domain("user_id", "=", user.id)):
        since = begun.get(one.res_id)
        # Core keeps the day of what was done, in UTC; the last change says when.
        if (
            one.active
            or not since
            or (one.date_done or since.date(), one.write_date) >= (since.date(), since)
        ):
            known.add(one.res_id)
    return known


def end_calls_of_returned(env):
    """End the calls for tickets whose owner is back.

    :param env: of a job of the server
    """
    # sudo: as in _find_calls
    calls = env["mail.activity"].sudo()
    calls = calls.search(
        Domain("res_model", "=", "itsm.ticket")
        & Domain("activity_type_id", "=", env.ref(DUTY).id)
    )
    tickets = env["itsm.ticket"].browse(calls.mapped("res_id")).exists()
    owned = tickets.filtered("user_id")
    away = get_absent(owned.user_id)
    back = owned.filtered(lambda ticket: ticket.user_id not in away).ids
    calls.filtered(lambda one: one.res_id in back).unlink()


def end_calls_of_others(tickets, users):
    """End the calls of those who are on duty no more: ``users`` are."""
    _find_calls(tickets, Domain("user_id", "not in", users.ids)).filtered(
        "active"
    ).unlink()


def _find_calls(tickets, domain):
    """Return calls for ``tickets``, those that were done, too."""
    # sudo: whoever files or hands on a ticket need not read whom it calls
    calls = tickets.env["mail.activity"].sudo().with_context(active_test=False)
    kind = tickets.env.ref(DUTY)
    return calls.search(
        Domain("res_model", "=", "itsm.ticket")
        & Domain("res_id", "in", tickets.ids)
        & Domain("activity_type_id", "=", kind.id)
        & domain
    )


def _send_list(user, tickets, count):
    """Send one mail that names the tickets."""
    tickets = tickets.with_context(lang=user.lang or tickets.env.lang)
    env = tickets.env
    url = tickets[0].get_base_url()
    rows = Markup("").join(
        Markup('<li><a href="%s">%s</a> %s</li>')
        % (
            f"{url}/mail/view?model=itsm.ticket&res_id={ticket.id}",
            ticket.name,
            ticket.subject,
        )
        for ticket in tickets
    )
    body = Markup("<p>%s</p><ul>%s</ul>") % (
        env._("You are on duty, and nobody works on these tickets:"),
        rows,
    )
    if count > len(tickets):
        body += Markup("<p>%s</p>") % env._("and %s more tickets", count - len(tickets))
    root = env.ref("base.user_root")
    # sudo: nobody writes it; OdooBot is its author
    thread = env["mail.thread"].with_user(root).sudo()
    thread.message_notify(
        partner_ids=user.partner_id.ids,
        subject=env._("On duty: %s tickets wait", count),
        body=body,
    )
