"""What the nightly jobs take that go over everything: a year's figures, retention.

Acts of ``million_worker``, asked by ``figures.py``.
"""

import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from desk_figures import get_peak, time_act

STOPPED_SHARE = 30
"""One of so many tickets is made a cancelled one."""
FIRST_DAYS = 30
"""After so many days of a rebuild the memory has its size."""
STOP = (
    """
    UPDATE itsm_ticket SET state = 'cancelled', closed_at = NULL
     WHERE state = 'closed' AND id %% %(share)s = 0
    """,
    """
    UPDATE itsm_ticket_event AS event SET new_value = 'cancelled'
      FROM itsm_ticket AS ticket
     WHERE ticket.id = event.ticket_id AND ticket.state = 'cancelled'
       AND event.kind = 'state' AND event.new_value = 'closed'
    """,
)


def act_rebuild(env):
    """Count all days of the company as after its first installation.

    :return: seconds, days, facts, and the largest memory of both processes after the
        first days and at the end, in MB
    """
    from odoo.addons.itsm_desk.models.report.kpi_days import count_due_days

    company = env.company
    kpis = env["itsm.kpi"].search([])
    env.cr.execute("TRUNCATE itsm_kpi_day, itsm_kpi_team_day")
    company.itsm_kpi_day = False
    env.cr.commit()
    sizes = []

    def commit(_cron, _done, **_options):
        env.cr.commit()
        sizes.append((get_peak(), _get_backend_peak(env)))
        return 1

    started = time.perf_counter()
    with patch.object(env.registry["ir.cron"], "_commit_progress", commit):
        answer = time_act(env, lambda: int(count_due_days(company, kpis)))
    env.cr.execute("SELECT count(*) FROM itsm_kpi_day")
    return {
        **answer,
        "days": len(sizes),
        "a_day": (time.perf_counter() - started) / len(sizes),
        "facts": env.cr.fetchone()[0],
        "first": sizes[: FIRST_DAYS + 1][-1],
        "last": sizes[-1],
    }


def act_retention(env):
    """Look for what is to be forgotten, and forget the first of it.

    :return: ``{what: what it took}``
    """
    from odoo.fields import Domain

    from odoo.addons.itsm_desk.models.evidence.itsm_retention import BATCH
    from odoo.addons.itsm_desk.models.report.kpi_counting import forget_people

    company = env.company
    for statement in STOP:
        env.cr.execute(statement, {"share": STOPPED_SHARE})
    company.write({"itsm_keep_text_months": 6, "itsm_keep_people_months": 6})
    env.cr.execute("UPDATE res_company SET itsm_kept_longer = NULL")
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()
    retention = env["itsm.retention"]
    limit = env.cr.now() - timedelta(days=180)
    waiting = [
        ("company_id", "=", company.id),
        ("state", "in", ("closed", "refused", "cancelled")),
        ("text_forgotten_at", "=", False),
    ]

    def take(batches):
        return len(next(batches, ()))

    def run():
        with patch.object(
            env.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 0
        ):
            retention._cron_forget()
        return BATCH

    answers = {
        "closed ones": time_act(
            env, lambda: take(retention._find_closed(Domain(waiting), limit, set()))
        ),
        "cancelled ones": time_act(
            env, lambda: take(retention._find_stopped(Domain(waiting), limit))
        ),
        "all cancelled ones": time_act(
            env,
            lambda: sum(map(len, retention._find_stopped(Domain(waiting), limit))),
        ),
        "a batch of texts": time_act(env, run),
        "names of 7 days": time_act(env, lambda: forget_people(company, 7)),
        "names of all days": time_act(env, lambda: forget_people(company)),
    }
    env.cr.commit()
    answers["names, nothing due"] = time_act(env, lambda: forget_people(company))
    return answers


def _get_backend_peak(env):
    """Return the largest memory of the server's process of this connection, in MB."""
    try:
        text = Path(f"/proc/{env.cr._cnx.get_backend_pid()}/status").read_text()
    except OSError:  # the server is on another machine
        return 0
    sizes = dict(line.split(":", 1) for line in text.splitlines())
    return int(sizes["VmHWM"].split()[0]) // 1024
