"""What the lines of an assessment are counted from, by the SQL of the nightly facts.

The entries of one person in a period, one for each solution, clock or rating, beside
the sums of everybody's entries of the same kind: category and priority of the ticket.
Tickets that are excluded count for nobody. Plain functions; they look at a company, not
at the rights of a reader.
"""

from datetime import datetime, time, timedelta

from odoo.tools import SQL
from odoo.tools.date_utils import to_timezone

from ...tools.case_mix import make_digest, make_figure
from ..report.kpi_counting import COUNTERS
from ..report.kpi_days import Scope

ASSESSED = (
    "solved",
    "response",
    "resolution",
    "time_to_solve",
    "handling_minutes",
    "first_contact",
    "reopened",
    "satisfaction",
    "escalation",
    "second_repair",
    "article_reuse",
)
"""Figures that say something of one person's work."""
COUNTED = (
    "itsm.escalation",
    "itsm.handling",
    "itsm.sla.clock",
    "itsm.ticket",
    "itsm.ticket.event",
)


def make_lines(assessment, excluded):
    """Return the values of the lines of an assessment.

    :param assessment: one ``itsm.assessment``, in sudo
    :param excluded: ids of tickets that its author left out
    """
    scope = make_scope(assessment)
    first, last = f"{assessment.date_from}", f"{assessment.date_to}"
    person = assessment.technician_id.id
    lines = []
    for kpi in _get_kpis(assessment):
        own, everybody = _read_entries(assessment, scope, kpi, excluded)
        if not own:
            continue
        entries = [[entry[0], entry[2], entry[3]] for entry in own]
        figure = make_figure(
            own,
            everybody,
            kpi.kind,
            kpi.unit == "percent",
            kpi.direction,
            assessment.fewest_sample,
        )
        lines.append(
            {
                "assessment_id": assessment.id,
                "kpi_id": kpi.id,
                **figure,
                "has_value": figure["value"] is not None,
                "value": figure["value"] or 0.0,
                "has_expected": figure["expected"] is not None,
                "expected": figure["expected"] or 0.0,
                "counted": entries,
                "evidence_hash": make_digest(kpi.code, person, first, last, entries),
            }
        )
    return lines


def find_owned(assessment):
    """Return the ids of counted tickets that the author of an assessment ever owned."""
    scope = make_scope(assessment)
    found = set()
    for kpi in _get_kpis(assessment):
        rows = assessment.env.execute_query(
            SQL(
                """
                SELECT DISTINCT entry.ticket_id FROM (%(rows)s) AS entry
                 WHERE entry.user_id = %(person)s AND %(owned)s
                """,
                rows=COUNTERS[kpi.code](scope),
                person=assessment.technician_id.id,
                owned=_is_owned(assessment),
            )
        )
        found.update(ticket for (ticket,) in rows)
    return sorted(found)


def make_scope(assessment):
    """Return when an assessment's period begins and ends, in its company's zone."""
    company = assessment.company_id
    zone = company._itsm_zone()
    start, end = (
        to_timezone(None)(zone.localize(datetime.combine(day, time.min)))
        for day in (assessment.date_from, assessment.date_to + timedelta(days=1))
    )
    return Scope(company.id, assessment.date_from, start, end)


def _get_kpis(assessment):
    for name in COUNTED:
        assessment.env[name].flush_model()
    return assessment.env["itsm.kpi"].search([("code", "in", ASSESSED)])


def _is_owned(assessment):
    return SQL(
        "EXISTS (SELECT FROM itsm_ticket_event AS held"
        " WHERE held.ticket_id = entry.ticket_id AND held.owner_id = %s)",
        assessment.author_id.id,
    )


def _read_entries(assessment, scope, kpi, excluded):
    """Return a person's entries of a figure, and everybody's sums of the same kinds.

    :return: ``(own, everybody)`` as ``tools.case_mix.make_figure`` takes them
    """
    env = assessment.env
    entries = SQL(
        """
        SELECT entry.ticket_id, entry.user_id, ticket.category_id, ticket.priority,
               entry.numerator, entry.denominator
          FROM (%(rows)s) AS entry
          JOIN itsm_ticket AS ticket ON ticket.id = entry.ticket_id
         WHERE entry.user_id IS NOT NULL AND NOT entry.ticket_id = ANY(%(excluded)s)
           AND NOT %(owned)s
        """,
        rows=COUNTERS[kpi.code](scope),
        excluded=list(excluded),
        owned=_is_owned(assessment),
    )
    own = env.execute_query(
        SQL(
            """
            SELECT ticket_id, category_id, priority, numerator, denominator
              FROM (%s) AS entry WHERE user_id = %s
             ORDER BY ticket_id, numerator, denominator
            """,
            entries,
            assessment.technician_id.id,
        )
    )
    if not own:
        return [], {}
    sums = env.execute_query(
        SQL(
            """
            SELECT category_id, priority, sum(numerator), sum(denominator)
              FROM (%s) AS entry GROUP BY category_id, priority
            """,
            entries,
        )
    )
    return (
        [(ticket, (kind, level), n, d) for ticket, kind, level, n, d in own],
        {(kind, level): (n, d) for kind, level, n, d in sums},
    )
