"""Tickets with two targets each: a calendar of 40 hours and 20 holidays.

The same on both sides: a team, an agent in it, 200 requesters, two targets (8 and 40
hours) that hold for every ticket, no mail to the requester.
"""

from datetime import timedelta

from lxml import etree

from odoo import Command, fields

REQUESTERS = 200
SEED = 500
"""Tickets made by the application itself; the rest are copies of their rows."""


class Tickets:
    """What both ticket systems do, each by its own names."""

    model = None
    subject = None
    group = None
    children = {}
    number = None

    def set_up(self, env, count, rows, singles, figures):
        self.count, self.singles = count, singles
        company = env.company
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        env["resource.calendar.leaves"].create(
            [
                {
                    "name": f"Holiday {index}",
                    "company_id": company.id,
                    "date_from": today + timedelta(days=9 + 18 * index),
                    "date_to": today + timedelta(days=10 + 18 * index),
                }
                for index in range(20)
            ]
        )
        agent = env["res.users"].create(
            {
                "name": "Agent",
                "login": "agent",
                "group_ids": [Command.link(env.ref(self.group).id)],
            }
        )
        partners = env["res.partner"].create(
            [
                {"name": f"Requester {index}", "email": f"r{index}@example.com"}
                for index in range(REQUESTERS)
            ]
        )
        team = self.make_team(env, agent)
        self.agent_id, self.team_id, self.partner_ids = agent.id, team.id, partners.ids
        self.create(env, SEED)
        env.flush_all()
        self.multiply(env.cr, rows)

    def values(self, count):
        """Return the values of ``count`` tickets, the same on both sides."""
        return [
            {
                self.subject: f"Printer on floor {index} does not print",
                "description": "<p>It blinks twice and stops.</p>",
                "partner_id": self.partner_ids[index % REQUESTERS],
                "team_id": self.team_id,
                **self.extra,
            }
            for index in range(count)
        ]

    def create(self, env, count):
        return env[self.model].create(self.values(count))

    def multiply(self, cr, rows):
        """Copy rows until there are ``rows`` tickets, and let the tables settle."""
        tables = {self.model.replace(".", "_"): None, **self.children}
        steps = {}
        for table in tables:
            cr.execute(f'SELECT max(id) FROM "{table}"')
            [steps[table]] = cr.fetchone()
        for table, link in tables.items():
            shifts = {"id": f"id + {steps[table]} * k"}
            if link:
                shifts[link] = f"{link} + {steps[next(iter(tables))]} * k"
            else:
                shifts[self.number] = f"{self.number} || '-' || k"
            copy_rows(cr, table, rows // SEED - 1, shifts)
            cr.execute(f'ANALYZE "{table}"')

    def create_in_one_call(self, env):
        self.made = self.create(env, self.count)
        return self.count

    def create_one_by_one(self, env):
        self.made = env[self.model]
        for values in self.values(self.singles):
            self.made += self.made.create(values)
            # as in requests of their own: nothing is remembered from the last one
            env.flush_all()
            env.invalidate_all()
        return self.singles

    def list_of_80(self, env):
        """What the client asks for when the list is opened."""
        tickets = env[self.model].with_user(self.agent_id)
        arch = etree.fromstring(tickets.get_view(view_type="list")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        relational = ("many2one", "many2many", "one2many")
        specification = {
            name: {"fields": {"display_name": {}}}
            if tickets._fields[name].type in relational
            else {}
            for name in names
        }
        answer = tickets.web_search_read([], specification, limit=80, count_limit=10001)
        self.shown = len(answer["records"])
        return 1

    def check(self, env, figure, items):
        """Each new ticket has its two targets, or the figure means nothing."""
        if figure.startswith("create"):
            found = self.targets(env)
            assert found == 2 * items, f"{found} targets for {items} tickets"
        else:
            assert self.shown == 80, f"{self.shown} rows in the list"


class ServiceDesk(Tickets):
    """itsm_desk: a response and a resolution clock, each with its event."""

    model = "itsm.ticket"
    subject = "subject"
    group = "itsm_desk.group_itsm_manager"
    children = {"itsm_sla_clock": "ticket_id"}
    number = "name"
    extra = {"channel": "phone"}

    def make_team(self, env, agent):
        env["itsm.sla.policy"].search([]).active = False
        env["itsm.sla.policy"].create(
            {
                "name": "All",
                "line_ids": [
                    Command.create({"kind": "response", "target_hours": 8}),
                    Command.create({"kind": "resolution", "target_hours": 40}),
                ],
            }
        )
        return env["itsm.team"].create(
            {
                "name": "Bench",
                "member_ids": agent.ids,
                "resource_calendar_id": env.company.resource_calendar_id.id,
            }
        )

    def targets(self, env):
        return env["itsm.sla.clock"].search_count([("ticket_id", "in", self.made.ids)])


class Helpdesk(Tickets):
    """OCA helpdesk_mgmt with helpdesk_mgmt_sla: two policies of the team."""

    model = "helpdesk.ticket"
    subject = "name"
    group = "helpdesk_mgmt.group_helpdesk_manager"
    children = {"helpdesk_ticket_sla": "ticket_id"}
    number = "number"
    extra = {}

    def make_team(self, env, agent):
        team = env["helpdesk.ticket.team"].create(
            {
                "name": "Bench",
                "use_sla": True,
                "user_ids": agent.ids,
                "resource_calendar_id": env.company.resource_calendar_id.id,
            }
        )
        done = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        env["helpdesk.sla"].create(
            [
                {
                    "name": name,
                    "hours": hours,
                    "stage_id": done.id,
                    "team_ids": team.ids,
                }
                for name, hours in (("Response", 8), ("Resolution", 40))
            ]
        )
        return team

    def targets(self, env):
        return len(self.made.ticket_sla_ids)


def copy_rows(cr, table, times, shifts):
    """Insert each row ``times`` times more, with what ``shifts`` says made its own."""
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
        [table],
    )
    columns = [name for [name] in cr.fetchall()]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(shifts.get(name, f'"{name}"') for name in columns)
    cr.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {values}'
        f' FROM "{table}", generate_series(1, {times}) AS k'
    )
    cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM \"{table}\"))")
