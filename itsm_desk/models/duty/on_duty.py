"""Who is on duty for a team, and who is away.

Functions, as evaluated code can call methods of records.
"""

from odoo import fields
from odoo.fields import Domain


def get_on_duty(team, level=None, at=None):
    """Return the users who are on duty for the team and not away.

    :param level: support level; without one that of the team
    :param at: naive UTC, by default now
    """
    at = at or fields.Datetime.now()
    # sudo: whoever files a ticket need not read the rota
    rotas = team.env["itsm.rota"].sudo()
    users = rotas.search(
        [
            ("team_id", "=", team.id),
            ("support_level", "=", level or team.support_level),
            ("date_from", "<=", at),
            ("date_to", ">", at),
        ],
        order="date_from, id",
    ).user_id.filtered("active")
    return users - get_absent(users, at)


def get_absent(users, at=None):
    """Return who of the users is on leave.

    :param at: naive UTC, by default now
    """
    if not users:
        return users
    domain = Domain("resource_id.user_id", "in", users.ids)
    leaves = find_leaves(users.env, domain, at or fields.Datetime.now())
    away = leaves.resource_id.user_id.ids
    return users.filtered(lambda user: user.id in away)


def find_leaves(env, domain, at):
    """Return leaves of people at a moment, in sudo: they are private to read."""
    # sudo: whether somebody is away is asked for the lead; why is not told
    leaves = env["resource.calendar.leaves"].sudo()
    own = Domain("resource_id.user_id", "!=", False) & Domain("time_type", "=", "leave")
    covering = Domain("date_from", "<=", at) & Domain("date_to", ">", at)
    return leaves.search(own & covering & Domain(domain))
