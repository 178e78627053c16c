"""A desk where each scheduled job has tickets to work on, in several batches."""

from datetime import timedelta

from contestants.stored import put

from odoo import Command, fields
from odoo.tests import freeze_time

from odoo.addons.itsm_desk.models.base.acting_person import acting_in_process

TICKETS = 6
"""Of each kind; jobs that are killed work two at a time."""
CRITICAL = {"impact": "3", "urgency": "3"}
"""Of critical tickets the desk is told at any hour."""


def build(env):
    """Make tickets that are late, to be reminded of, to be closed, and altered."""
    now = fields.Datetime.now()
    with acting_in_process():
        people = _make_desk(env)
        with freeze_time(now - timedelta(days=30)):
            _make_tickets(env, people, "Late")
        reminded = _solve(_make_tickets(env, people, "To be reminded of"), people)
        closed = _solve(_make_tickets(env, people, "To be closed"), people)
        altered = _make_tickets(env, people, "Altered")
    put(
        reminded,
        sign_off_reminder_at=now - timedelta(hours=1),
        sign_off_deadline=now + timedelta(days=1),
    )
    put(closed, sign_off_deadline=now - timedelta(hours=1))
    put(altered, reopen_count=7)


def _make_desk(env):
    users = env["res.users"].with_context(no_reset_password=True)
    technician, lead, manager = users.create(
        [
            {
                "name": login,
                "login": f"kill_{login}",
                "email": f"{login}@kill.example.com",
                "group_ids": [
                    Command.set(env.ref(f"itsm_desk.group_itsm_{login}").ids)
                ],
            }
            for login in ("technician", "supervisor", "manager")
        ]
    )
    env["itsm.sla.policy"].search([]).active = False
    env["itsm.sla.policy"].create(
        {
            "name": "All",
            "line_ids": [
                Command.create({"kind": "response", "target_hours": 1}),
                Command.create({"kind": "resolution", "target_hours": 4}),
            ],
        }
    )
    team = env["itsm.team"].create(
        {
            "name": "Kill",
            "leader_id": lead.id,
            "member_ids": [Command.set((technician | manager).ids)],
        }
    )
    partner = env["res.partner"].create(
        {"name": "Requester", "email": "requester@kill.example.com"}
    )
    return {"technician": technician, "team": team, "partner": partner}


def _make_tickets(env, people, subject):
    tickets = env["itsm.ticket"].create(
        [
            {
                "subject": f"{subject} {number}",
                "partner_id": people["partner"].id,
                "team_id": people["team"].id,
                "channel": "portal",
                **CRITICAL,
            }
            for number in range(TICKETS)
        ]
    )
    env.flush_all()
    return tickets


def _solve(tickets, people):
    tickets = tickets.with_user(people["technician"])
    tickets.action_take()
    tickets.write(
        {
            "cause": "Paper jam",
            "action_taken": "Paper removed",
            "minutes_spent": 10,
            "resolution_code_id": tickets.env.ref(
                "itsm_desk.itsm_resolution_code_fixed"
            ).id,
        }
    )
    tickets.action_solve()
    return tickets.sudo()
