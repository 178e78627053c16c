"""The desk of a million tickets in a process of its own; called by million.py."""

import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path
from unittest.mock import patch

import desk_generator
import screens
from desk_figures import (  # noqa: F401
    act_count_days,
    act_night,
    act_report,
    act_screen,
)
from desk_kept import act_rebuild, act_retention  # noqa: F401
from desk_search import act_search, act_write_words  # noqa: F401

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config


def act_fill(env, tickets, seed):
    """Fill the database; answer the rows of each table."""
    started = time.monotonic()
    counts = desk_generator.fill(env, tickets, seed)
    return {"rows": counts, "seconds": round(time.monotonic() - started)}


def act_measure(env, figure, login):
    """Do what a user does once, with an empty cache; answer what it took."""
    if figure.startswith("portal"):
        login = "bench_portal"
    user = env["res.users"].search([("login", "=", login)])
    env = env(user=user.id, context={"lang": "en_US", "tz": "UTC"})
    if figure == "form":
        # Finding it is what the lists are measured for.
        shown = env["itsm.ticket"].search(OPEN, limit=1)
        shown.ensure_one()
        env = env(context={**env.context, "ticket_id": shown.id})
    env.invalidate_all()
    gc.collect()
    backend = _get_backend_seconds(env)
    queries, started = env.cr.sql_log_count, time.perf_counter()
    cpu = time.process_time()
    shown = FIGURES[figure](env)
    seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu
    queries = env.cr.sql_log_count - queries
    return {
        "seconds": seconds,
        "cpu": cpu,
        "database": _get_backend_seconds(env) - backend,
        "queries": queries,
        "shown": shown,
    }


def _get_backend_seconds(env):
    """Return the CPU seconds of the server's process of this connection, or 0."""
    try:
        stat = Path(f"/proc/{env.cr._cnx.get_backend_pid()}/stat").read_text()
    except OSError:  # the server is on another machine
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def act_due(env, count):
    """Run the job of the clocks at the moment when ``count`` more have become due."""
    env.cr.execute(
        "SELECT next_event_at FROM itsm_sla_clock WHERE next_event_at IS NOT NULL"
        " ORDER BY next_event_at LIMIT %s",
        [count],
    )
    moment = env.cr.fetchall()[-1][0]
    env.cr.execute(
        "SELECT count(*) FROM itsm_sla_clock WHERE next_event_at <= %s", [moment]
    )
    [due] = env.cr.fetchone()
    backend = _get_backend_seconds(env)
    queries, started = env.cr.sql_log_count, time.perf_counter()
    cpu = time.process_time()
    with patch.object(fields.Datetime, "now", staticmethod(lambda *_args: moment)):
        env["itsm.sla.clock"]._cron_process()
        env.flush_all()
    answer = {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "queries": env.cr.sql_log_count - queries,
        "shown": due,
    }
    env.cr.commit()
    answer["database"] = _get_backend_seconds(env) - backend
    return answer


def act_replay(env, start, size):
    """Derive ``size`` tickets again; answer those that differ, and where to go on."""
    from odoo.addons.itsm_desk.models.event.ticket_proof import find_differences

    tickets = env["itsm.ticket"].search([("id", ">", start)], order="id", limit=size)
    started = time.perf_counter()
    differences = find_differences(tickets)
    return {
        "checked": len(tickets),
        "different": {
            key: sorted(values) for key, values in list(differences.items())[:5]
        },
        "last": tickets[-1:].id,
        "seconds": time.perf_counter() - started,
    }


def act_backlog(env):
    """Backlog at each midnight of the last year, and time per owner of a month."""
    from datetime import datetime, timedelta

    from odoo.addons.itsm_desk.models.event import ticket_measures

    today = datetime.combine(env.cr.now().date(), datetime.min.time())
    days = [today - timedelta(days=number) for number in range(365)]
    answers = {}
    for name, measure in {
        "backlog of 365 midnights": lambda: ticket_measures.get_backlog(
            env, env.company, days
        ),
        "backlog of 1 midnight": lambda: ticket_measures.get_backlog(
            env, env.company, days[:1]
        ),
        "backlog of 30 midnights by team": lambda: ticket_measures.get_backlog(
            env, env.company, days[:30], by="team"
        ),
        "time per owner, yesterday": lambda: ticket_measures.get_time_spent(
            env, env.company, days[1], days[0]
        ),
        "time per owner, 30 days": lambda: ticket_measures.get_time_spent(
            env, env.company, days[30], days[0]
        ),
        "reopened, 30 days": lambda: ticket_measures.get_reopened(
            env, env.company, days[30], days[0]
        ),
        "longest silence, 7 days": lambda: ticket_measures.get_longest_silence(
            env, env.company, days[7], days[0], limit=20
        ),
    }.items():
        started = time.perf_counter()
        measure()
        answers[name] = time.perf_counter() - started
    return answers


OPEN = [
    ("state", "in", ("new", "waiting_approval", "assigned", "in_progress", "pending"))
]
"""What the action of the tickets filters by when it is opened."""


def _list(env, domain):
    return screens.open_list(env["itsm.ticket"], domain)


def _kanban(env, domain):
    return screens.open_kanban(env["itsm.ticket"], domain)


def _form(env):
    """A ticket that a list of the user has shown."""
    return screens.open_form(env["itsm.ticket"].browse(env.context["ticket_id"]))


def _portal(env):
    """What the page of one's own tickets asks for."""
    domain = screens.get_own_domain(env.user)
    tickets = env["itsm.ticket"]
    tickets.search_count(domain)
    tickets = tickets.search_fetch(
        domain,
        ["name", "subject", "state", "create_date", "user_id"],
        order="create_date desc, id desc",
        limit=screens.LIST_LIMIT,
    )
    return len(tickets)


FIGURES = {
    "list": lambda env: _list(env, []),
    "list of open ones": lambda env: _list(env, OPEN),
    "kanban with counts": lambda env: _kanban(env, OPEN),
    "kanban of all": lambda env: _kanban(env, []),
    "my tickets": lambda env: _list(env, [("user_id", "=", env.uid)]),
    "portal list": _portal,
    "form": _form,
}


def main():
    answers, sys.stdout = sys.stdout, sys.stderr
    config.parse_config(sys.argv[1:], setup_logging=True)
    server.start(preload=[], stop=True)
    registry = Registry(config["db_name"][0])
    for line in sys.stdin:
        request = json.loads(line)
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            try:
                answer = globals()[f"act_{request.pop('act')}"](env, **request)
            except Exception as error:
                traceback.print_exc()
                answer = {"error": f"{type(error).__name__}: {error}"}
            cr.rollback()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
