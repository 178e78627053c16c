"""Mark the rewards and penalties that break limits from after their time.

Caps of leave and points, and one record per person and source, are constraints of
the database. They fail on the rows of before, so these are marked and left out.
Nothing is changed or deleted.
"""

import logging

from odoo.tools.sql import column_exists, create_column

_logger = logging.getLogger(__name__)

TABLE = "outsourcing_incentive"
CAPS = {"cap_leave_days": ("double precision", 10), "cap_points": ("integer", 12)}
"""The columns of the caps that the settings begin with."""

# The most advanced record of a person and source stays the one that counts.
DUPLICATES = """
    SELECT id, ROW_NUMBER() OVER (
               PARTITION BY {source}, employee_id, incentive_type
               ORDER BY ARRAY_POSITION(
                   ARRAY['applied', 'appealed', 'approved', 'submitted', 'draft'],
                   state::text), id
           ) AS number
      FROM outsourcing_incentive
     WHERE {source} IS NOT NULL AND state NOT IN ('refused', 'reversed') AND {kind}
"""
SOURCES = {"finding_id": "TRUE", "event_id": "incentive_type = 'penalty'"}


def migrate(cr, version):
    if not column_exists(cr, TABLE, "is_grandfathered"):
        create_column(cr, TABLE, "is_grandfathered", "boolean")
    for name, (kind, cap) in CAPS.items():
        if not column_exists(cr, TABLE, name):
            create_column(cr, TABLE, name, kind)
            cr.execute(f"UPDATE {TABLE} SET {name} = %s", [cap])
    cr.execute(
        """
        UPDATE outsourcing_incentive SET is_grandfathered = TRUE
         WHERE COALESCE(leave_days, 0) > COALESCE(cap_leave_days, 0)
            OR COALESCE(points, 0) > COALESCE(cap_points, 0)
        RETURNING id
        """
    )
    marked = {row[0] for row in cr.fetchall()}
    for source, kind in SOURCES.items():
        rows = DUPLICATES.format(source=source, kind=kind)
        cr.execute(
            f"""
            UPDATE outsourcing_incentive SET is_grandfathered = TRUE
             WHERE id IN (SELECT id FROM ({rows}) row WHERE number > 1)
            RETURNING id
            """
        )
        marked.update(row[0] for row in cr.fetchall())
    if marked:
        _logger.info(
            "%s rewards and penalties are from before the limits and kept; HR finds "
            "them with the filter of that name: %s",
            len(marked),
            sorted(marked),
        )
