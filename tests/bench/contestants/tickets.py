"""Tickets with two targets each: a calendar of 40 hours and 20 holidays.

The same on both sides: a team with a mail address, an agent in it, 200 requesters of
whom one has the portal, two targets (8 and 40 hours) that hold for every ticket.
Everything but fetched mail is done as the agent, a technician, or the portal user.
"""

import importlib
from datetime import timedelta

import screens

from odoo import Command, fields

REQUESTERS = 200
SEED = 500
"""Tickets made by the application itself; the rest are copies of their rows."""
MAIL = """From: Requester {number} <r{number}@example.com>
To: Desk <bench@bench.example.com>
Subject: Printer on floor {index} does not print
Message-ID: <bench-{index}@client.example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

It blinks twice and stops.
"""


class Tickets:
    """What both ticket systems do, each by its own names."""

    model = None
    subject = None
    group = None
    children = {}
    number = None
    team_model = None
    portal_fields = ()

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
        users = env["res.users"].with_context(no_reset_password=True)
        agent = users.create(
            {
                "name": "Agent",
                "login": "agent",
                "email": "agent@bench.example.com",
                "group_ids": [Command.link(env.ref(self.group).id)],
            }
        )
        partners = env["res.partner"].create(
            [
                {"name": f"Requester {index}", "email": f"r{index}@example.com"}
                for index in range(REQUESTERS)
            ]
        )
        portal = users.create(
            {
                "partner_id": partners[0].id,
                "login": "bench_portal",
                "group_ids": [Command.set(env.ref("base.group_portal").ids)],
            }
        )
        domain = env["mail.alias.domain"].create(
            {
                "name": "bench.example.com",
                "catchall_alias": "catchall",
                "bounce_alias": "bounce",
                "default_from": "notifications",
            }
        )
        company.alias_domain_id = domain
        company.email = "desk@bench.example.com"
        team = self.make_team(env, agent)
        team.write({"alias_name": "bench", "alias_domain_id": domain.id})
        self.agent_id, self.team_id, self.partner_ids = agent.id, team.id, partners.ids
        self.portal_id = portal.id
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
        tickets = env[self.model].with_user(self.agent_id)
        return tickets.create(self.values(count))

    def multiply(self, cr, rows):
        """Copy rows until there are ``rows`` tickets, and let the tables settle."""
        main = self.model.replace(".", "_")
        tables = {main: {}, **self.children}
        steps = {}
        for table in tables:
            cr.execute(f'SELECT max(id) FROM "{table}"')
            [steps[table]] = cr.fetchone()
        for table, links in tables.items():
            shifts = {"id": f"id + {steps[table]} * k"}
            for column, target in links.items():
                shifts[column] = f"{column} + {steps[target]} * k"
            if table == main:
                shifts[self.number] = f"{self.number} || '-' || k"
            copy_rows(cr, table, rows // SEED - 1, shifts)
        settle(cr, tables)

    def create_in_one_call(self, env):
        self.made = self.create(env, self.count)
        return self.count

    def create_one_by_one(self, env):
        self.made = env[self.model].with_user(self.agent_id)
        for values in self.values(self.singles):
            self.made += self.made.create(values)
            # as in requests of their own: nothing is remembered from the last one
            env.flush_all()
            env.invalidate_all()
        return self.singles

    def inbound_mail(self, env):
        """Mails to the team, of people who are known."""
        threads = env["mail.thread"].with_context(default_fetchmail_server_id=False)
        ids = []
        for index in range(self.singles):
            thread_id = threads.message_process(
                None,
                MAIL.format(index=index, number=index % REQUESTERS),
            )
            ids.append(thread_id)
            env.flush_all()
            env.invalidate_all()
        self.made = env[self.model].browse(ids)
        return self.singles

    def default_list(self, env):
        """What the client asks for when the list is opened."""
        tickets = env[self.model].with_user(self.agent_id)
        self.shown = screens.open_list(tickets, self.default_domain)
        return 1

    def portal_list(self, env):
        """What the page of one's own tickets asks for."""
        user = env["res.users"].browse(self.portal_id)
        tickets = env[self.model].with_user(user)
        domain = self.get_portal_domain(user)
        tickets.search_count(domain)
        tickets = tickets.search_fetch(
            domain,
            self.portal_fields,
            order=self.portal_order,
            limit=screens.LIST_LIMIT,
        )
        self.shown = len(tickets)
        return 1

    def check(self, env, figure, items):
        """Each new ticket has its two targets, or the figure means nothing."""
        if figure.endswith("list"):
            assert self.shown == screens.LIST_LIMIT, f"{self.shown} rows in the list"
        elif figure.startswith("solve"):
            self.check_solved(items, figure)
        else:
            found = self.targets(env)
            assert found == 2 * items, f"{found} targets for {items} tickets"


class ServiceDesk(Tickets):
    """itsm_desk: a response and a resolution clock, each with its event."""

    model = "itsm.ticket"
    subject = "subject"
    group = "itsm_desk.group_itsm_technician"
    children = {
        "itsm_sla_clock": {"ticket_id": "itsm_ticket"},
        "itsm_ticket_event": {"ticket_id": "itsm_ticket", "clock_id": "itsm_sla_clock"},
        "itsm_ticket_reader": {"ticket_id": "itsm_ticket"},
    }
    number = "name"
    extra = {"channel": "mail"}  # nobody owns it yet, as nobody does the peer's
    default_domain = [
        (
            "state",
            "in",
            ("new", "waiting_approval", "assigned", "in_progress", "pending"),
        )
    ]
    portal_fields = ("name", "subject", "state", "create_date", "user_id")
    portal_order = "create_date desc, id desc"

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

    def get_portal_domain(self, user):
        return screens.get_own_domain(user)

    def prepare_solve(self, env):
        """Make tickets that the agent owns, with the handling form filled in."""
        self.made = self.create(env, self.count)
        self.made.action_take()
        self.made.action_start()
        self.made.write(
            {
                "cause": "Paper jam",
                "action_taken": "Paper removed",
                "minutes_spent": 10,
                "resolution_code_id": env.ref(
                    "itsm_desk.itsm_resolution_code_fixed"
                ).id,
            }
        )
        env.flush_all()
        env.cr.precommit.run()
        env.invalidate_all()

    prepare_solve_with_mail = prepare_solve

    def prepare_solve_without_mail(self, env):
        """The requesters have no address, as those who come to the counter."""
        partners = env["res.partner"].browse(self.partner_ids)
        partners.write({"email": False})
        self.prepare_solve(env)

    def solve(self, env):
        self.made.action_solve()
        return self.count

    solve_with_mail = solve_without_mail = solve

    def check_solved(self, items, figure):
        assert set(self.made.mapped("state")) == {"solved"}
        # The step notes its mails; a job makes them, which is not measured here.
        self._make_mails()
        sent = self.made.env["mail.mail"].sudo()
        sent = sent.search_count(
            [("model", "=", self.model), ("res_id", "in", self.made.ids)]
        )
        assert bool(sent) == figure.endswith("with mail"), f"{sent} mails"

    def _make_mails(self):
        # Our modules are on the path only once Odoo has read its options.
        name = "odoo.addons.itsm_desk.models.intent.itsm_mail_intent"
        make = importlib.import_module(name).make
        for row in (
            self.made.env["itsm.mail.intent"]
            .sudo()
            .search(
                [("state", "=", "waiting"), ("res_id", "in", self.made.ids)], order="id"
            )
        ):
            make(row)


class Helpdesk(Tickets):
    """OCA helpdesk_mgmt with helpdesk_mgmt_sla: two policies of the team."""

    model = "helpdesk.ticket"
    subject = "name"
    group = "helpdesk_mgmt.group_helpdesk_user"
    children = {"helpdesk_ticket_sla": {"ticket_id": "helpdesk_ticket"}}
    number = "number"
    extra = {}
    default_domain = [("closed", "=", False)]
    portal_fields = ("number", "name", "stage_id", "create_date", "last_stage_update")
    portal_order = "create_date desc"

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

    def get_portal_domain(self, user):
        return []

    def prepare_inbound_mail(self, env):
        """Acknowledge new tickets by mail, as ours are."""
        stage = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        stage.mail_template_id = env.ref("helpdesk_mgmt.changed_stage_template")
        env.flush_all()

    def prepare_solve_with_mail(self, env):
        self.made = self.create(env, self.count)
        env.flush_all()
        env.cr.precommit.run()
        env.invalidate_all()

    def prepare_solve_without_mail(self, env):
        stage = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        stage.mail_template_id = False
        self.prepare_solve_with_mail(env)

    def solve(self, env):
        """Close them, by which the peer's closing template is sent if there is one."""
        done = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.made.write({"stage_id": done.id})
        return self.count

    solve_with_mail = solve_without_mail = solve

    def check_solved(self, items, figure):
        assert all(self.made.mapped("closed"))
        sent = self.made.env["mail.mail"].sudo()
        sent = sent.search_count(
            [("model", "=", self.model), ("res_id", "in", self.made.ids)]
        )
        assert bool(sent) == figure.endswith("with mail"), f"{sent} mails"


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


def settle(cr, tables):
    """Commit; give the tables statistics and visibility, as a database that lives has.

    What is committed but not yet in the log is visible to no vacuum.
    """
    cr.execute("SET LOCAL synchronous_commit = on")
    cr.commit()
    cr._cnx.autocommit = True
    for table in tables:
        cr.execute(f'VACUUM ANALYZE "{table}"')
    cr._cnx.autocommit = False
