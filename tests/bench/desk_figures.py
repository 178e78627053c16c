"""What figures of a large desk take: counting them, and the screens made of them.

Acts of ``million_worker``, asked by ``figures.py``.
"""

import gc
import json
import resource
import time
from datetime import timedelta
from unittest.mock import patch

import screens
from dateutil.relativedelta import relativedelta

from odoo.tools import file_open

YEAR = timedelta(days=365)
OLD_DAYS = 300
"""Days that are counted again begin so long ago: nearly all tickets came later."""
COPIED = {
    "itsm_kpi_day": "company_id, kpi_id, kind, scale, team_id, service_id, user_id,"
    " numerator, denominator, squares, sample, value",
    "itsm_kpi_team_day": "company_id, kpi_id, kind, scale, team_id, numerator,"
    " denominator, squares, sample, value",
}
COPY = """
    WITH counted AS (
        SELECT day, row_number() OVER (ORDER BY day) - 1 AS place
          FROM (SELECT DISTINCT day FROM %(table)s) AS days
    ), missing AS (
        SELECT day::date, (row_number() OVER (ORDER BY day) - 1)
                   %%%% (SELECT count(*) FROM counted) AS place
          FROM generate_series(%%s, CURRENT_DATE - 1, interval '1 day') AS day
         WHERE day::date NOT IN (SELECT day FROM counted)
    )
    INSERT INTO %(table)s (day, %(columns)s)
    SELECT missing.day, %(columns)s
      FROM missing
      JOIN counted USING (place)
      JOIN %(table)s AS fact ON fact.day = counted.day
"""
DASHBOARD = "itsm_desk/data/files/service_desk_dashboard.json"


def act_count_days(env, days, busy_entries):
    """Count facts of the last ``days`` days, and of the busiest one once more.

    The days of the year before them get the facts of these, one day after the other.

    :param int busy_entries: a day is made as busy as that, by its neighbours' entries
    :return: seconds of the busiest day, of all days, of old days that are counted
        again one after the other, and how the memory grew
    """
    from odoo.addons.itsm_desk.models.report.kpi_counting import count_day
    from odoo.addons.itsm_desk.models.report.kpi_days import make_scope

    company = env.company
    kpis = env["itsm.kpi"].search([])
    today = env.cr.now().date()
    entries = _make_busy(env, company, today - timedelta(days=40), busy_entries)
    scope = make_scope(company, today - timedelta(days=40))
    busy = time_act(env, lambda: count_day(env, scope, kpis))
    env.cr.commit()

    def count(first):
        open_ids = None
        for number in range(days):
            scope = make_scope(company, first + timedelta(days=number))
            open_ids = count_day(env, scope, kpis, open_ids)
            env.cr.commit()

    before = get_peak()
    started = time.perf_counter()
    count(today - timedelta(days=days))
    seconds = time.perf_counter() - started
    rebuilt = time_act(env, lambda: count(today - timedelta(days=OLD_DAYS)))
    grown = get_peak() - before
    for table, columns in COPIED.items():
        env.cr.execute(COPY % {"table": table, "columns": columns}, [today - YEAR])
    company.itsm_kpi_day = today - timedelta(days=1)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.cr.execute("SELECT count(*) FROM itsm_kpi_day")
    return {
        "entries": entries,
        "busy": busy,
        "rebuilt": rebuilt,
        "days": days,
        "seconds": seconds,
        "facts": env.cr.fetchone()[0],
        "grown": grown,
    }


def _make_busy(env, company, day, entries):
    """Move entries of the weeks after a day onto it, until it has so many."""
    env.cr.execute(
        """
        WITH moved AS (
            SELECT id FROM itsm_ticket_event
             WHERE company_id = %(company)s AND at >= %(day)s
             ORDER BY at, id LIMIT %(entries)s
        )
        UPDATE itsm_ticket_event e SET at = e.at - date_trunc('day', e.at) + %(day)s
          FROM moved WHERE moved.id = e.id
        """,
        {"company": company.id, "day": day, "entries": entries},
    )
    env.cr.execute(
        "SELECT count(*) FROM itsm_ticket_event"
        " WHERE company_id = %s AND at >= %s AND at < %s",
        [company.id, day, day + timedelta(days=1)],
    )
    return env.cr.fetchone()[0]


def act_night(env):
    """Run the whole job of a night, which counts the last eight days."""
    company = env.company
    company.itsm_kpi_day = env.cr.now().date() - timedelta(days=2)
    env.cr.commit()
    with patch.object(
        env.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: True
    ):
        return time_act(env, env["itsm.kpi.day"]._cron_count)


def act_screen(env, name, login):
    """Open a screen once, with an empty cache; answer the seconds."""
    user = env["res.users"].search([("login", "=", login)])
    env = env(user=user.id, context={"lang": "en_US", "tz": "UTC"})
    env.invalidate_all()
    return time_act(env, lambda: SCREENS[name](env))


def act_report(env, repetitions):
    """Create a service report and make its sheet and workbook."""
    user = env["res.users"].search([("login", "=", "bench_manager")])
    env = env(user=user.id, context={"lang": "en_US", "tz": "UTC"})
    reports = env["itsm.service.report"]
    actions = env["ir.actions.report"]
    # The month before can be issued from the second day of this one on.
    month = reports._default_month() - relativedelta(months=1)
    made = []
    acts = {
        "create": lambda: made.append(reports.create({"month": month})),
        "issue": lambda: made[-1].action_issue(),
        "page": lambda: actions._render_qweb_html(
            "itsm_desk.report_service_report", made[-1].ids
        ),
    }
    answers = {name: [] for name in acts}
    for _number in range(repetitions):
        for name, act in acts.items():
            env.invalidate_all()
            answers[name].append(time_act(env, act))
        env.cr.rollback()
    return answers


def time_act(env, act):
    """Return ``{seconds, cpu, database, shown}`` of an act."""
    from million_worker import _get_backend_seconds

    gc.collect()
    backend = _get_backend_seconds(env)
    started, cpu = time.perf_counter(), time.process_time()
    shown = act()
    env.flush_all()
    return {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "database": _get_backend_seconds(env) - backend,
        "shown": shown if isinstance(shown, int) else None,
    }


def get_peak():
    """Return the largest memory that this process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _open_board(env):
    """Open the board as its menu does: the company, the last months, by month."""
    action = env["ir.actions.act_window"]._for_xml_id("itsm_desk.itsm_kpi_board_action")
    board = env["itsm.kpi.board"]
    domain = _get_default_domain(board, action)
    return screens.open_list(board, domain)


def _open_board_pivot(env):
    """Open the board as a pivot of all teams and months."""
    answer = env["itsm.kpi.board"].formatted_read_grouping_sets(
        [], [[], ["kpi_id"], ["kpi_id", "month:month"]], ["value:avg", "__count"]
    )
    return sum(len(rows) for rows in answer)


def _open_dashboard(env):
    """Ask for what each chart of the dashboard asks for, of the last twelve months."""
    with file_open(DASHBOARD) as file:
        figures = json.load(file)["sheets"][0]["figures"]
    first = env.cr.now().date() - timedelta(days=365)
    shown = 0
    for chart in (figure["data"] for figure in figures):
        records = env[chart["metaData"]["resModel"]]
        [chain] = {
            match["chain"]
            for match in chart["fieldMatching"].values()
            if match["type"] == "date"
        }
        shown += len(
            records.formatted_read_group(
                [*chart["searchParams"]["domain"], (chain, ">=", first)],
                chart["metaData"]["groupBy"],
                [f"{chart['metaData']['measure']}:avg", "__count"],
            )
        )
    return shown


def _get_default_domain(records, action):
    """Return the domain of the filters that an action switches on."""
    from ast import literal_eval

    from odoo.tools.safe_eval import datetime as safe_datetime
    from odoo.tools.safe_eval import safe_eval

    arch = screens.get_arch(records, "search")
    domain = []
    for key in literal_eval(action["context"]):
        name = key.removeprefix("search_default_")
        for node in arch.iterfind(f".//filter[@name='{name}'][@domain]"):
            domain += safe_eval(
                node.get("domain"), {"uid": records.env.uid, "datetime": safe_datetime}
            )
    return domain


SCREENS = {
    "board": _open_board,
    "pivot of the board": _open_board_pivot,
    "dashboard": _open_dashboard,
}
