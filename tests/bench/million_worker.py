"""The desk of a million tickets in a process of its own; called by million.py."""

import gc
import json
import sys
import time
import traceback

import desk_generator

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import config

LIST_FIELDS = ("name", "subject", "partner_id", "service_id", "priority", "state")


def act_fill(env, tickets, seed):
    """Fill the database; answer the rows of each table."""
    started = time.monotonic()
    counts = desk_generator.fill(env, tickets, seed)
    return {"rows": counts, "seconds": round(time.monotonic() - started)}


def act_measure(env, figure):
    """Do what a user does once, with an empty cache; answer seconds and queries."""
    user = env["res.users"].search([("login", "=", "bench_technician_7")])
    if figure.startswith("portal"):
        user = env["res.users"].search([("login", "=", "bench_portal")])
    env = env(user=user.id, context={"lang": "en_US", "tz": "UTC"})
    env.invalidate_all()
    gc.collect()
    queries, started = env.cr.sql_log_count, time.perf_counter()
    FIGURES[figure](env)
    return {
        "seconds": time.perf_counter() - started,
        "queries": env.cr.sql_log_count - queries,
    }


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


def _list(env, domain):
    env["itsm.ticket"].web_search_read(
        domain, {name: {} for name in LIST_FIELDS}, limit=80, count_limit=10001
    )


def _kanban(env):
    env["itsm.ticket"].web_read_group(
        [("state", "not in", ["closed", "refused", "cancelled"])],
        ["state"],
        ["__count"],
        auto_unfold=True,
        unfold_read_specification={name: {} for name in LIST_FIELDS},
        unfold_read_default_limit=40,
    )


def _form(env):
    ticket = env["itsm.ticket"].search([("state", "=", "pending")], limit=1)
    views = env["itsm.ticket"].get_views([(False, "form")])
    names = views["models"]["itsm.ticket"]["fields"]
    env.invalidate_all()
    ticket.web_read({name: {} for name in names if name in ticket._fields})


def _portal(env):
    env["itsm.ticket"].search_fetch([], ["name", "subject", "state"], limit=80)
    env["itsm.ticket"].search_count([])


FIGURES = {
    "list": lambda env: _list(env, []),
    "list of open ones": lambda env: _list(
        env, [("state", "not in", ["closed", "refused", "cancelled"])]
    ),
    "kanban with counts": _kanban,
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
