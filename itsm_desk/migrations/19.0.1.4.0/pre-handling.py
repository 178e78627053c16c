"""Move the handling form from the columns of tickets to their first attempt.

Before the models are loaded: the columns of the ticket are computed from the newest
attempt from now on, and would be emptied where there is none.
"""

from odoo.tools.sql import column_exists, create_column, table_exists

MOVED = ("cause", "action_taken", "parts_used", "solution")
"""Columns of the ticket that are not stored any more."""


def migrate(cr, version):
    if table_exists(cr, "itsm_handling") or not column_exists(
        cr, "itsm_ticket", "cause"
    ):
        return
    _create_tables(cr)
    cr.execute(
        """
        INSERT INTO itsm_handling (
            ticket_id, company_id, number, state, cause, action_taken,
            resolution_code_id, solution, minutes_spent, solved_by_id,
            solver_partner_id, solved_at, create_uid, create_date, write_uid,
            write_date)
        SELECT id, company_id, 1,
               CASE WHEN state IN ('solved', 'closed') THEN 'solved' ELSE 'draft' END,
               cause, action_taken, resolution_code_id, solution,
               COALESCE(minutes_spent, 0), solved_by_id, solver_partner_id, solved_at,
               COALESCE(solved_by_id, user_id, create_uid),
               COALESCE(solved_at, write_date), write_uid, write_date
          FROM itsm_ticket
         WHERE state IN ('solved', 'closed') OR cause IS NOT NULL
            OR action_taken IS NOT NULL OR parts_used IS NOT NULL
            OR solution IS NOT NULL OR resolution_code_id IS NOT NULL
            OR minutes_spent > 0
         ORDER BY id
        """
    )
    cr.execute(
        """
        INSERT INTO itsm_work_line (
            ticket_id, handling_id, company_id, user_id, at, minutes, place, parts,
            create_uid, create_date, write_uid, write_date)
        SELECT ticket.id, handling.id, ticket.company_id,
               COALESCE(ticket.solved_by_id, ticket.user_id, ticket.create_uid),
               COALESCE(ticket.solved_at, ticket.write_date),
               COALESCE(ticket.minutes_spent, 0), COALESCE(ticket.place, 'remote'),
               ticket.parts_used, handling.create_uid, handling.create_date,
               ticket.write_uid, ticket.write_date
          FROM itsm_ticket ticket
          JOIN itsm_handling handling ON handling.ticket_id = ticket.id
         WHERE ticket.minutes_spent > 0 OR ticket.parts_used IS NOT NULL
         ORDER BY ticket.id
        """
    )
    create_column(cr, "itsm_ticket", "handling_id", "int4")
    cr.execute(
        """
        UPDATE itsm_ticket ticket SET handling_id = handling.id
          FROM itsm_handling handling WHERE handling.ticket_id = ticket.id
        """
    )
    for name in MOVED:
        cr.execute(f"ALTER TABLE itsm_ticket DROP COLUMN {name}")


def _create_tables(cr):
    """Create what is filled here; loading the models adds keys and indexes."""
    cr.execute(
        """
        CREATE TABLE itsm_handling (
            id serial PRIMARY KEY, ticket_id int4, company_id int4, number int4,
            state varchar, cause text, action_taken text, resolution_code_id int4,
            solution text, minutes_spent int4, solved_by_id int4,
            solver_partner_id int4, solved_at timestamp, create_uid int4,
            create_date timestamp, write_uid int4, write_date timestamp)
        """
    )
    cr.execute(
        """
        CREATE TABLE itsm_work_line (
            id serial PRIMARY KEY, ticket_id int4, handling_id int4, company_id int4,
            user_id int4, at timestamp, minutes int4, place varchar, parts varchar,
            create_uid int4, create_date timestamp, write_uid int4,
            write_date timestamp)
        """
    )
