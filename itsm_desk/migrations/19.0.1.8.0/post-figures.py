"""What older rows lack of this version.

Nobody wrote a notice of a complaint at any time: its columns of who and when named the
complainant. Days that were counted before get a level of nothing for each service and
person, so that a mean over days counts them. A 0 in brackets is no digit of a number.
"""

from odoo import SUPERUSER_ID, api

LOG_COLUMNS = ("create_uid", "create_date", "write_uid", "write_date")


def migrate(cr, version):
    if not version:
        return
    for column in LOG_COLUMNS:
        cr.execute(f"ALTER TABLE itsm_complaint_notice DROP COLUMN IF EXISTS {column}")
    _add_levels(cr)
    env = api.Environment(cr, SUPERUSER_ID, {})
    for model, names in (
        ("res.partner", ["phone"]),
        ("hr.employee", ["work_phone", "mobile_phone"]),
    ):
        records = env[model].with_context(active_test=False)
        domain = [(name, "like", "(0)") for name in names]
        found = records.search(["|"] * (len(names) - 1) + domain)
        env.add_to_compute(records._fields["itsm_phone_digits"], found)
    env.flush_all()


def _add_levels(cr):
    """Add the rows that the nightly job adds now (``kpi_counting._with_zeros``).

    From the first day on which a service or a person has a figure; of persons and of
    services that were archived up to the last one.
    """
    cr.execute(
        """
        WITH days AS (
            SELECT DISTINCT company_id, day, kpi_id, kind, scale
              FROM itsm_kpi_day WHERE kind = 'level'
        ), holders AS (
            SELECT fact.company_id, service.team_id, service.id AS service_id,
                   NULL::int AS user_id, min(fact.day) AS since,
                   CASE WHEN service.active THEN 'infinity'::date
                        ELSE max(fact.day) END AS until
              FROM itsm_kpi_day AS fact
              JOIN itsm_service AS service ON service.id = fact.service_id
             GROUP BY fact.company_id, service.id
             UNION ALL
            SELECT company_id, team_id, NULL::int, user_id, min(day), max(day)
              FROM itsm_kpi_day
             WHERE user_id IS NOT NULL AND team_id IS NOT NULL
             GROUP BY company_id, team_id, user_id
        )
        INSERT INTO itsm_kpi_day (company_id, day, kpi_id, kind, scale, team_id,
                                  service_id, user_id, numerator, denominator, squares,
                                  sample, value)
        SELECT days.company_id, days.day, days.kpi_id, days.kind, days.scale,
               holders.team_id, holders.service_id, holders.user_id, 0, 0, 0, 0, 0
          FROM days JOIN holders ON holders.company_id = days.company_id
           AND days.day BETWEEN holders.since AND holders.until
        """
    )
