"""Who is on duty for a team, and who is away.

Functions, as evaluated code can call methods of records.
"""

from odoo import SUPERUSER_ID, fields
from odoo.fields import Domain

from ..base.itsm_private_mixin import HR


def get_on_duty(team, level=None, at=None):
    """Return the users who are on duty for the team and not away.

    :param level: support level; without one that of the team
    :param at: naive UTC, by default now
    """
    at = at or fields.Datetime.now()
    # sudo: whoever files a ticket need not read the rota
    rotas = team.env["itsm.rota"].sudo()
    if team.id not in rotas._get_planned_teams():
        return rotas.user_id
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
    """Return leaves of people at a moment, in sudo: they are private to read.

    Every employee may enter leaves, and then write whose they are: only those count
    whose last word is that of the person, of HR or of the server.
    """
    # sudo: whether somebody is away is asked for the lead; why is not told
    leaves = env["resource.calendar.leaves"].sudo()
    own = Domain("resource_id.user_id", "!=", False) & Domain("time_type", "=", "leave")
    covering = Domain("date_from", "<=", at) & Domain("date_to", ">", at)
    return leaves.search(own & covering & Domain(domain)).filtered(_is_believed)


def _is_believed(leave):
    """Whether somebody wrote a leave who may say that its person is away.

    :param leave: in sudo
    """
    writer, person = leave.write_uid, leave.resource_id.user_id
    return (
        writer == person
        or writer.id == SUPERUSER_ID
        or (writer and writer.has_group(HR))
        or _is_granted(leave)
    )


def _is_granted(leave):
    """Whether the time off application made it, of a granted leave of that time."""
    if "holiday_id" not in leave._fields:
        return False
    granted = leave.holiday_id
    return (
        granted.state == "validate"
        and granted.employee_id.resource_id == leave.resource_id
        and granted.date_from <= leave.date_from
        and granted.date_to >= leave.date_to
    )
