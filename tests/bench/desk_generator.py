"""Fill a database with a service desk of any size, the same for the same seed.

People, teams, services and the policy are made by the ORM; tickets, clocks, entries,
attempts and messages by SQL, in the order in which the desk would have written them.
What is stored follows from the entries (``ticket_proof``). The clocks run in hours
without nights, so that their figures are differences of moments.

Of 100 tickets 97 are closed, 5 of these solved after their deadline; the others wait
for their requester or are new.
"""

from datetime import datetime, timedelta

from odoo import Command, fields

from odoo.addons.itsm_desk.models.base.grants import server_create

TEAMS, PEOPLE, SERVICES, REQUESTERS = 20, 10, 40, 2000
RESPONSE, RESOLUTION = 8 * 3600, 40 * 3600
DAYS = 365


def fill(env, tickets, seed=1, messages=4):
    """Create ``tickets`` tickets that were filed in the last year.

    :return: ``{table: rows}``
    """
    world = _make_world(env)
    env.flush_all()
    _plan(env.cr, world, tickets, seed)
    _insert(env.cr, world, messages)
    for table in TABLES:
        env.cr.execute(
            f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"
        )
    env.invalidate_all()
    env.cr.commit()
    # Statistics for the planner, as a database that lives has them.
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    counts = {}
    for table in TABLES:
        env.cr.execute(f"SELECT count(*) FROM {table}")
        counts[table] = env.cr.fetchone()[0]
    return counts


TABLES = (
    "itsm_ticket",
    "itsm_ticket_reader",
    "itsm_sla_clock",
    "itsm_ticket_event",
    "itsm_handling",
    "itsm_work_line",
    "mail_message",
)


def _make_world(env):
    """Return what tickets refer to, as parameters of the SQL below."""
    company = env.company
    users = env["res.users"].with_context(no_reset_password=True)
    group = env.ref("itsm_desk.group_itsm_technician")
    technicians = users.create(
        [
            {
                "name": f"Technician {number}",
                "login": f"bench_technician_{number}",
                "group_ids": [Command.set(group.ids)],
            }
            for number in range(TEAMS * PEOPLE)
        ]
    )
    users.create(
        {
            "name": "Manager",
            "login": "bench_manager",
            "group_ids": [Command.set(env.ref("itsm_desk.group_itsm_manager").ids)],
        }
    )
    portal = users.create(
        {
            "name": "Portal",
            "login": "bench_portal",
            "group_ids": [Command.set(env.ref("base.group_portal").ids)],
        }
    )
    calendar = env["resource.calendar"].create(
        {"name": "Without nights", "tz": "UTC", "company_id": company.id}
    )
    env["itsm.sla.policy"].search([]).active = False
    policy = env["itsm.sla.policy"].create(
        {
            "name": "All",
            "company_id": company.id,
            "calendar_id": calendar.id,
            "line_ids": [
                Command.create({"kind": "response", "target_hours": RESPONSE / 3600}),
                Command.create(
                    {"kind": "resolution", "target_hours": RESOLUTION / 3600}
                ),
            ],
        }
    )
    begin, end = _get_horizon()
    timeline = server_create(
        env["itsm.work.timeline"],
        {
            "calendar_id": calendar.id,
            "company_id": company.id,
            "date_from": begin,
            "date_to": end,
            "slots": [[_to_microseconds(begin), _to_microseconds(end)]],
        },
    )
    teams = env["itsm.team"].create(
        [
            {
                "name": f"Team {number}",
                "company_id": company.id,
                "leader_id": technicians[number * PEOPLE].id,
                "member_ids": [
                    Command.set(
                        technicians[number * PEOPLE : (number + 1) * PEOPLE].ids
                    )
                ],
            }
            for number in range(TEAMS)
        ]
    )
    category = env.ref("itsm_desk.itsm_category_office")
    services = env["itsm.service"].create(
        [
            {
                "name": f"Service {number}",
                "category_id": category.id,
                "company_id": company.id,
                "team_id": teams[number % TEAMS].id,
            }
            for number in range(SERVICES)
        ]
    )
    partners = env["res.partner"].create(
        [
            {"name": f"Requester {number}", "email": f"requester{number}@example.com"}
            for number in range(REQUESTERS - 1)
        ]
    )
    lines = {line.kind: line.id for line in policy.line_ids}
    return {
        "company": company.id,
        "technicians": technicians.ids,
        "authors": technicians.partner_id.ids,
        "partners": [*partners.ids, portal.partner_id.id],
        "teams": teams.ids,
        "services": services.ids,
        "category": category.id,
        "timeline": timeline.id,
        "response_line": lines["response"],
        "resolution_line": lines["resolution"],
        "response": RESPONSE,
        "resolution": RESOLUTION,
        "reason": env.ref("itsm_desk.itsm_pending_reason_requester").id,
        "code": env.ref("itsm_desk.itsm_resolution_code_fixed").id,
        "comment": env.ref("mail.mt_comment").id,
        "root": env.ref("base.user_root").id,
        "now": fields.Datetime.now(),
        "people": PEOPLE,
    }


def _get_horizon():
    year = fields.Datetime.now().year
    return datetime(year - 3, 1, 1), datetime(year + 6, 1, 1)


def _to_microseconds(moment):
    return (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def _plan(cr, world, tickets, seed):
    """Decide, in a table of its own, what happens to each ticket and when."""
    cr.execute("SELECT COALESCE(max(id), 0) FROM itsm_ticket")
    first = cr.fetchone()[0]
    cr.execute("SELECT COALESCE(max(id), 0) FROM itsm_sla_clock")
    first_clock = cr.fetchone()[0]
    cr.execute("SELECT COALESCE(max(id), 0) FROM itsm_handling")
    first_handling = cr.fetchone()[0]
    cr.execute(
        """
        CREATE TEMPORARY TABLE bench_plan AS
        WITH dice AS (
            SELECT number, %(first)s + number AS id,
                   abs(hashint8extended(number, %(seed)s)) AS a,
                   abs(hashint8extended(number, %(seed)s + 1)) AS b,
                   abs(hashint8extended(number, %(seed)s + 2)) AS c
              FROM generate_series(1, %(tickets)s) AS number
        ),
        kinds AS (
            SELECT *,
                   CASE WHEN number <= %(tickets)s * 0.97 THEN 'closed'
                        WHEN a %% 5 > 0 THEN 'pending' ELSE 'new' END AS state,
                   1 + (a %% array_length(%(services)s, 1))::int AS service,
                   (a %% array_length(%(teams)s, 1))::int AS team
              FROM dice
        ),
        filed AS (
            SELECT *,
                   date_trunc('second', CASE WHEN state = 'new'
                       THEN %(now)s - interval '1 minute' * (b %% 300 + 2)
                       ELSE %(now)s - interval '1 day' * %(days)s
                            + interval '1 second' * floor(number * 86400.0
                                * (%(days)s - 1) / %(tickets)s)
                       END) AS filed_at,
                   state = 'closed' AND c %% 20 = 0 AS is_late
              FROM kinds
        )
        SELECT id, number, state, is_late, filed_at, b,
               %(first_clock)s + 2 * number - 1 AS response_id,
               %(first_clock)s + 2 * number AS resolution_id,
               %(first_handling)s + number AS handling_id,
               (%(services)s)[service] AS service_id,
               (%(teams)s)[1 + team] AS team_id,
               1 + team * %(people)s + (b %% %(people)s)::int AS person,
               (%(partners)s)[1 + (c %% array_length(%(partners)s, 1))::int]
                   AS partner_id,
               (c %% 4)::text AS priority,
               filed_at + interval '1 minute' * (10 + b %% 40) AS taken_at,
               filed_at + interval '1 minute' * (60 + b %% 300) AS answered_at,
               filed_at + CASE WHEN is_late THEN interval '60 hours'
                          ELSE interval '1 minute' * (400 + c %% 1300) END AS solved_at
          FROM filed
        """,
        {
            **world,
            "first": first,
            "first_clock": first_clock,
            "first_handling": first_handling,
            "seed": seed,
            "tickets": tickets,
            "days": DAYS,
        },
    )
    cr.execute("CREATE INDEX ON bench_plan (id)")
    cr.execute("ANALYZE bench_plan")


def _insert(cr, world, messages):
    """Write the rows of all tables, each in the order of its ids.

    Constraints and indexes are made again afterwards: one row at a time, they cost more
    than all the rest.
    """
    cr.execute("SET LOCAL maintenance_work_mem = '1GB'")
    cr.execute("SET LOCAL synchronous_commit = off")
    definitions = _take_off(cr)
    for statement in (TICKETS, READERS, CLOCKS, EVENTS, HANDLINGS, WORK, MESSAGES):
        cr.execute(statement, {**world, "messages": messages})
    for definition in definitions:
        cr.execute(definition)


def _take_off(cr):
    """Drop foreign keys and indexes of the tables; return how to make them again."""
    cr.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint
         WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
        """,
        [list(TABLES)],
    )
    keys = cr.fetchall()
    for table, name, _definition in keys:
        cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cr.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
          FROM pg_index
         WHERE indrelid::regclass::text = ANY(%s)
           AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)
        """,
        [list(TABLES)],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    return [
        *(definition for _name, definition in indexes),
        *(
            f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
            for table, name, definition in keys
        ),
    ]


TICKETS = """
    INSERT INTO itsm_ticket (
        id, name, subject, ticket_type, channel, place, service_id, category_id,
        partner_id, requester_company_id, partner_email, company_id, impact,
        urgency, priority, team_id,
        support_level, user_id, first_responder_id, first_response_at, state,
        pending_reason_id, reopen_count, handling_id, minutes_spent,
        minutes_in_all, resolution_code_id, solved_by_id, solver_partner_id, solved_at,
        closed_at,
        sign_off_method, is_first_contact_fix, is_satisfaction_counted, rating_value,
        sla_next_deadline, sla_state, response_seconds, resolution_seconds,
        response_met, resolution_met, is_response_counted, access_token, create_uid,
        create_date, write_uid, write_date)
    SELECT id, 'BENCH' || lpad(number::text, 8, '0'),
           'Printer on floor ' || number %% 97 || ' does not print', 'incident',
           'portal', 'remote', service_id, %(category)s, partner_id, partner_id,
           'requester@example.com', %(company)s, '1', '2', priority, team_id, 'l1',
           CASE WHEN state <> 'new' THEN (%(technicians)s)[person] END,
           CASE WHEN state <> 'new' THEN (%(technicians)s)[person] END,
           CASE WHEN state <> 'new' THEN answered_at END, state,
           CASE WHEN state = 'pending' THEN %(reason)s END, 0,
           CASE WHEN state = 'closed' THEN handling_id END,
           CASE WHEN state = 'closed' THEN 5 + b %% 90 END,
           CASE WHEN state = 'closed' THEN 5 + b %% 90 END,
           CASE WHEN state = 'closed' THEN %(code)s END,
           CASE WHEN state = 'closed' THEN (%(technicians)s)[person] END,
           CASE WHEN state = 'closed' THEN (%(authors)s)[person] END,
           CASE WHEN state = 'closed' THEN solved_at END,
           CASE WHEN state = 'closed' THEN solved_at + interval '1 day' END,
           CASE WHEN state = 'closed' THEN 'unsigned' END, FALSE, FALSE, 0,
           CASE WHEN state = 'new' THEN filed_at + interval '1 second' * %(response)s
           END,
           CASE state WHEN 'new' THEN 'on_time' WHEN 'pending' THEN 'paused'
                ELSE CASE WHEN is_late THEN 'breached' ELSE 'met' END END,
           CASE WHEN state = 'new' THEN 0
                ELSE extract(epoch FROM answered_at - filed_at) END,
           CASE state WHEN 'new' THEN 0
                WHEN 'pending' THEN extract(epoch FROM answered_at - filed_at)
                ELSE extract(epoch FROM solved_at - filed_at) END,
           state <> 'new', state = 'closed' AND NOT is_late, TRUE,
           gen_random_uuid()::text, %(root)s, filed_at, %(root)s, filed_at
      FROM bench_plan ORDER BY id
"""
READERS = """
    INSERT INTO itsm_ticket_reader (ticket_id, role, partner_id, team_id)
    SELECT id, 'requester', partner_id, NULL::int4 FROM bench_plan
     UNION ALL
    SELECT id, 'team', NULL, team_id FROM bench_plan
     UNION ALL
    SELECT id, 'owner', (%(authors)s)[person], NULL FROM bench_plan
     WHERE state <> 'new'
"""
CLOCKS = """
    INSERT INTO itsm_sla_clock (
        id, ticket_id, company_id, kind, state, is_cancelled, policy_line_id,
        timeline_id, target_seconds, warn_percent, started_at, resumed_at, paused_at,
        reason_id, consumed_seconds, paused_seconds, deadline_at, next_event_at,
        warned_at, breached_at, stopped_at, met_share, consumed_hours, create_uid,
        create_date, write_uid, write_date)
    SELECT clock.id, plan.id, %(company)s, clock.kind, clock.state, FALSE, clock.line,
           %(timeline)s, clock.target, line.warn_percent, filed_at,
           CASE WHEN clock.state = 'running' THEN filed_at END,
           CASE WHEN clock.state = 'paused' THEN answered_at END,
           CASE WHEN clock.state = 'paused' THEN %(reason)s END,
           clock.consumed, 0,
           CASE WHEN clock.state <> 'paused'
                THEN filed_at + interval '1 second' * clock.target END,
           CASE WHEN clock.state = 'running' THEN filed_at + interval '1 second'
                * (clock.target * line.warn_percent / 100) END,
           CASE WHEN clock.state = 'breached' THEN filed_at + interval '1 second'
                * (clock.target * line.warn_percent / 100) END,
           CASE WHEN clock.state = 'breached'
                THEN filed_at + interval '1 second' * clock.target END,
           CASE WHEN clock.state IN ('met', 'breached') THEN clock.stopped END,
           (clock.state = 'met')::int, clock.consumed / 3600.0, %(root)s, filed_at,
           %(root)s, filed_at
      FROM bench_plan AS plan
     CROSS JOIN LATERAL (VALUES
           (response_id, 'response', %(response_line)s, %(response)s,
            CASE WHEN plan.state = 'new' THEN 'running' ELSE 'met' END, answered_at,
            CASE WHEN plan.state = 'new' THEN 0
                 ELSE extract(epoch FROM answered_at - filed_at) END),
           (resolution_id, 'resolution', %(resolution_line)s, %(resolution)s,
            CASE plan.state WHEN 'new' THEN 'running' WHEN 'pending' THEN 'paused'
                 ELSE CASE WHEN is_late THEN 'breached' ELSE 'met' END END, solved_at,
            CASE plan.state WHEN 'new' THEN 0
                 WHEN 'pending' THEN extract(epoch FROM answered_at - filed_at)
                 ELSE extract(epoch FROM solved_at - filed_at) END)
           ) AS clock(id, kind, line, target, state, stopped, consumed)
      JOIN itsm_sla_policy_line AS line ON line.id = clock.line
     ORDER BY clock.id
"""
EVENTS = """
    INSERT INTO itsm_ticket_event (
        ticket_id, clock_id, company_id, at, kind, user_id, old_value, new_value,
        reason_id, worked_seconds, backlog_change, ticket_state, owner_id, team_id,
        support_level, priority, policy_line_id, target_seconds, warn_percent,
        timeline_id, create_uid, create_date, write_uid, write_date)
    SELECT plan.id, event.clock_id, %(company)s, event.at, event.kind,
           CASE WHEN event.step < 4 THEN %(root)s ELSE (%(technicians)s)[person] END,
           event.old_value, event.new_value, event.reason_id,
           extract(epoch FROM event.at - filed_at),
           event.backlog, event.ticket_state,
           CASE WHEN event.step > 3 AND event.clock_id IS NULL
                THEN (%(technicians)s)[person] END,
           CASE WHEN event.clock_id IS NULL THEN team_id END,
           CASE WHEN event.clock_id IS NULL THEN 'l1' END,
           CASE WHEN event.clock_id IS NULL THEN priority END,
           CASE event.step WHEN 2 THEN %(response_line)s
                WHEN 3 THEN %(resolution_line)s END,
           CASE event.step WHEN 2 THEN %(response)s WHEN 3 THEN %(resolution)s
                ELSE 0 END,
           CASE WHEN event.step IN (2, 3) THEN line.warn_percent ELSE 0 END,
           CASE WHEN event.step IN (2, 3) THEN %(timeline)s END,
           %(root)s, event.at, %(root)s, event.at
      FROM bench_plan AS plan
      JOIN itsm_sla_policy_line AS line ON line.id = %(resolution_line)s
     CROSS JOIN LATERAL (VALUES
           (1, NULL::int, 'filed', filed_at, NULL, 'new', NULL::int, 1, 'new', TRUE),
           (2, response_id, 'start', filed_at, NULL, NULL, NULL, 0, NULL, TRUE),
           (3, resolution_id, 'start', filed_at, NULL, NULL, NULL, 0, NULL, TRUE),
           (4, NULL, 'owner', taken_at, NULL, ((%(technicians)s)[person])::text, NULL,
            0, 'new', plan.state <> 'new'),
           (5, NULL, 'state', taken_at, 'new', 'assigned', NULL, 0, 'assigned',
            plan.state <> 'new'),
           (6, NULL, 'answer', answered_at, NULL,
            to_char(answered_at, 'YYYY-MM-DD HH24:MI:SS'), NULL, 0, 'assigned',
            plan.state <> 'new'),
           (7, response_id, 'stop', answered_at, NULL, NULL, NULL, 0, NULL,
            plan.state <> 'new'),
           (8, NULL, 'state', answered_at, 'assigned', 'pending', %(reason)s, 0,
            'pending', plan.state = 'pending'),
           (9, resolution_id, 'pause', answered_at, NULL, NULL, %(reason)s, 0, NULL,
            plan.state = 'pending'),
           (10, NULL, 'state', answered_at, 'assigned', 'in_progress', NULL, 0,
            'in_progress', plan.state = 'closed'),
           (11, resolution_id, 'warn', filed_at + interval '1 second'
            * (%(resolution)s * line.warn_percent / 100), NULL, NULL, NULL, 0, NULL,
            is_late),
           (12, resolution_id, 'breach', filed_at + interval '1 second'
            * %(resolution)s, NULL, NULL, NULL, 0, NULL, is_late),
           (13, NULL, 'state', solved_at, 'in_progress', 'solved', NULL, -1, 'solved',
            plan.state = 'closed'),
           (14, resolution_id, 'stop', solved_at, NULL, NULL, NULL, 0, NULL,
            plan.state = 'closed'),
           (15, NULL, 'state', solved_at + interval '1 day', 'solved', 'closed', NULL,
            0, 'closed', plan.state = 'closed')
           ) AS event(step, clock_id, kind, at, old_value, new_value, reason_id,
                      backlog, ticket_state, happens)
     WHERE event.happens
     ORDER BY plan.id, event.step
"""
HANDLINGS = """
    INSERT INTO itsm_handling (
        id, ticket_id, company_id, number, state, cause, action_taken,
        resolution_code_id, minutes_spent, solved_by_id, solver_partner_id, solved_at,
        create_uid, create_date, write_uid, write_date)
    SELECT handling_id, id, %(company)s, 1, 'solved', 'Paper jam', 'Paper removed',
           %(code)s, 5 + b %% 90, (%(technicians)s)[person], (%(authors)s)[person],
           solved_at, (%(technicians)s)[person], solved_at, (%(technicians)s)[person],
           solved_at
      FROM bench_plan WHERE state = 'closed' ORDER BY id
"""
WORK = """
    INSERT INTO itsm_work_line (
        ticket_id, handling_id, company_id, user_id, at, minutes, place, create_uid,
        create_date, write_uid, write_date)
    SELECT id, handling_id, %(company)s, (%(technicians)s)[person], solved_at,
           5 + b %% 90, 'remote', (%(technicians)s)[person], solved_at,
           (%(technicians)s)[person], solved_at
      FROM bench_plan WHERE state = 'closed' ORDER BY id
"""
MESSAGES = """
    INSERT INTO mail_message (
        model, res_id, message_type, subtype_id, date, author_id, body, is_internal,
        create_uid, create_date, write_uid, write_date)
    SELECT 'itsm.ticket', id, 'comment', %(comment)s,
           filed_at + interval '20 minutes' * part,
           CASE WHEN part %% 2 = 0 THEN (%(authors)s)[person] ELSE partner_id END,
           '<p>The printer on this floor does not print, part ' || part || '.</p>',
           FALSE, %(root)s, filed_at, %(root)s, filed_at
      FROM bench_plan CROSS JOIN generate_series(1, %(messages)s) AS part
     ORDER BY id, part
"""
