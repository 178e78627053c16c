"""Whoever is on duty is told of tickets that wait: once each, several in one list.

Functions, as evaluated code can call methods of records.
"""

from markupsafe import Markup

from odoo.fields import Domain

from ..base.selections import OPEN_STATES
from .on_duty import get_absent, get_on_duty

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

    :param tickets: in sudo
    """
    known = _find_calls(tickets, Domain("user_id", "=", user.id)).mapped("res_id")
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
