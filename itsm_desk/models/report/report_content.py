"""What a service report says: figures, their trend, causes, and what is left out.

Plain functions over a company, a month and a scope. They look at all of the company:
who may read the report is a matter of its rules.
"""

from datetime import datetime, time

from dateutil.relativedelta import relativedelta

from odoo.tools import SQL
from odoo.tools.date_utils import to_timezone

from ...tools.recompute_report import make_digest, make_figure

TREND_MONTHS = 6
TOP = 5


def make_content(report):
    """Return the figures and the evidence of a report.

    :param report: one ``itsm.service.report``, in sudo
    :return: ``(figures, evidence)``, both of plain values
    """
    months = [
        report.month - relativedelta(months=number)
        for number in range(TREND_MONTHS - 1, -1, -1)
    ]
    rows = _read_facts(report, months[0])
    # Hundreds of thousands of facts are looked at once.
    by_month = {}
    for row in rows:
        by_month.setdefault((row["code"], row["day"][:7]), []).append(row)
    known = {code for code, _month in by_month}
    kpis = []
    for kpi in report.env["itsm.kpi"].search([]):
        if kpi.code not in known:
            continue
        kpis.append(
            {
                "id": kpi.id,
                "code": kpi.code,
                "kind": kpi.kind,
                "unit": kpi.unit,
                "direction": kpi.direction,
                **_get_target(report, kpi),
                "months": {
                    f"{month:%Y-%m}": make_figure(
                        by_month.get((kpi.code, f"{month:%Y-%m}"), []),
                        kpi.kind,
                        kpi.unit == "percent",
                    )
                    for month in months
                },
            }
        )
    digest = make_digest(rows)
    figures = {
        "month": f"{report.month:%Y-%m}",
        "kpis": kpis,
        "sha256": digest,
        "facts": len(rows),
        "categories": _count_tickets(report, "category_id"),
        "codes": _count_tickets(report, "resolution_code_id"),
        "complaints": _count_complaints(report),
        "saved": _count_saved(report),
        "excluded": _count_excluded(report),
    }
    return figures, {"sha256": digest, "kpis": kpis, "rows": rows}


def get_span(report):
    """Return when the month of a report begins and ends (naive UTC)."""
    zone = report.company_id._itsm_zone()
    return [
        to_timezone(None)(zone.localize(datetime.combine(day, time.min)))
        for day in (report.month, report.month + relativedelta(months=1))
    ]


def _read_facts(report, first):
    """Return the facts of the scope without persons, from the month ``first`` on."""
    env = report.env
    env["itsm.kpi.day"].flush_model()
    return env.execute_query_dict(
        SQL(
            """
            SELECT fact.day::text AS day, kpi.code,
                   COALESCE(fact.team_id, 0) AS team_id,
                   COALESCE(fact.service_id, 0) AS service_id,
                   CASE fact.kind WHEN 'max' THEN max(fact.numerator)
                        ELSE sum(fact.numerator) END::float8 AS numerator,
                   sum(fact.denominator)::float8 AS denominator,
                   sum(fact.squares)::float8 AS squares,
                   sum(fact.sample)::int AS sample
              FROM itsm_kpi_day AS fact
              JOIN itsm_kpi AS kpi ON kpi.id = fact.kpi_id
             WHERE fact.company_id = %(company)s AND fact.day >= %(first)s
               AND fact.day < %(end)s AND %(scope)s
             GROUP BY fact.day, kpi.code, fact.team_id, fact.service_id, fact.kind
             ORDER BY 1, 2, 3, 4
            """,
            company=report.company_id.id,
            first=first,
            end=report.month + relativedelta(months=1),
            scope=_get_scope(report, "fact"),
        )
    )


def _get_scope(report, alias):
    """Return the condition for the team or service of a report."""
    if report.team_id:
        return SQL("%s = %s", SQL.identifier(alias, "team_id"), report.team_id.id)
    if report.service_id:
        return SQL("%s = %s", SQL.identifier(alias, "service_id"), report.service_id.id)
    return SQL("TRUE")


def _get_target(report, kpi):
    """Return the target that holds in the month: of the scope, else of the company."""
    day = report.month
    targets = report.env["itsm.kpi.target"].search(
        [
            ("kpi_id", "=", kpi.id),
            ("company_id", "=", report.company_id.id),
            ("team_id", "in", [False, report.team_id.id]),
            ("service_id", "in", [False, report.service_id.id]),
            ("user_id", "=", False),
            ("date_from", "<", day + relativedelta(months=1)),
            "|",
            ("date_to", "=", False),
            ("date_to", ">=", day),
        ],
        order="date_from desc",
    )
    own = targets.filtered(lambda item: item.team_id or item.service_id) or targets
    return {"target": own[0].value if own else None}


def _count_tickets(report, column):
    """Return the most frequent values of a column of the tickets filed in the month."""
    start, end = get_span(report)
    rows = report.env["itsm.ticket"]._read_group(
        [
            ("company_id", "=", report.company_id.id),
            *_filed_between(start, end),
            (column, "!=", False),
            *_get_domain(report),
        ],
        [column],
        ["__count", "minutes_in_all:sum"],
    )
    rows = sorted(rows, key=lambda row: (-row[1], row[0].id))[:TOP]
    return [
        {"name": record.display_name, "count": count, "minutes": minutes or 0}
        for record, count, minutes in rows
    ]


def _filed_between(start, end):
    """Return the domain of the tickets whose history begins in a span."""
    return [
        (
            "event_ids",
            "any",
            [("kind", "=", "filed"), ("at", ">=", start), ("at", "<", end)],
        )
    ]


def _get_domain(report):
    if report.team_id:
        return [("team_id", "=", report.team_id.id)]
    if report.service_id:
        return [("service_id", "=", report.service_id.id)]
    return []


def _count_complaints(report):
    start, end = get_span(report)
    complaints = report.env["itsm.complaint"].search(
        [
            ("company_id", "=", report.company_id.id),
            ("filed_at", ">=", start),
            ("filed_at", "<", end),
            *_get_domain(report),
        ]
    )
    decided = complaints.filtered(lambda item: item.outcome in UPHELD | {"rejected"})
    return {
        "count": len(complaints),
        "decided": len(decided),
        "upheld": len(decided.filtered(lambda item: item.outcome in UPHELD)),
        "late": len(complaints.filtered("is_late")),
        "causes": sorted(
            (
                {"name": cause.name, "count": len(group)}
                for cause, group in complaints.grouped("cause_id").items()
                if cause
            ),
            key=lambda row: -row["count"],
        ),
    }


UPHELD = {"upheld", "partly"}


def _count_saved(report):
    """Return tickets that articles made needless, and the hours that this saved."""
    if report.team_id:
        return {"count": 0, "hours": 0}
    start, end = get_span(report)
    domain = [
        ("company_id", "=", report.company_id.id),
        ("asked_at", ">=", start),
        ("asked_at", "<", end),
    ]
    if report.service_id:
        domain.append(("service_id", "=", report.service_id.id))
    ((count, hours),) = report.env["itsm.article.deflection"]._read_group(
        domain, [], ["__count", "saved_hours:sum"]
    )
    return {"count": count, "hours": round(hours or 0, 2)}


def _count_excluded(report):
    """Return ``{key: count}`` of the tickets that some figures leave out."""
    start, end = get_span(report)
    tickets = report.env["itsm.ticket"]
    domain = [("company_id", "=", report.company_id.id), *_get_domain(report)]
    filed = _filed_between(start, end)
    closed = [("closed_at", ">=", start), ("closed_at", "<", end)]
    return {
        "spoken": tickets.search_count(
            [*domain, *filed, ("channel", "in", ("phone", "walk_in"))]
        ),
        "stopped": tickets.search_count(
            [*domain, *filed, ("state", "in", ("cancelled", "refused"))]
        ),
        "unsigned": tickets.search_count(
            [*domain, *closed, ("sign_off_method", "=", "unsigned")]
        ),
        "desk": tickets.search_count(
            [*domain, *closed, ("sign_off_method", "=", "desk")]
        ),
    }
