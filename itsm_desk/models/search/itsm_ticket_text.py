from odoo import api, fields, models
from odoo.tools import SQL

from .indexing import index_tickets

BATCH = 200


class ItsmTicketText(models.Model):
    """The words of one ticket: what everybody reads there, and that with the notes.

    Rows are written in SQL as transactions end, see ``indexing``. Nobody reads them
    through the ORM: the field ``search_text`` of tickets asks them.
    """

    _name = "itsm.ticket.text"
    _description = "Words of a Ticket"
    _log_access = False
    _allow_sudo_commands = False

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket", required=True, readonly=True, ondelete="cascade"
    )

    _ticket_uniq = models.UniqueIndex("(ticket_id)", "A ticket has one row.")

    def init(self):
        """Add what the ORM has no field for: the words, in two readings."""
        self.env.cr.execute(
            SQL(
                """
                ALTER TABLE itsm_ticket_text
                    ADD COLUMN IF NOT EXISTS public_vector tsvector,
                    ADD COLUMN IF NOT EXISTS desk_vector tsvector;
                CREATE INDEX IF NOT EXISTS itsm_ticket_text_public_idx
                    ON itsm_ticket_text USING gin (public_vector);
                CREATE INDEX IF NOT EXISTS itsm_ticket_text_desk_idx
                    ON itsm_ticket_text USING gin (desk_vector);
                """
            )
        )

    @api.model
    def _cron_index(self):
        """Write the words of tickets that have none: of early versions and imports.

        Each batch is committed; it may be killed and run again at any point.
        """
        self.env.flush_all()
        query = SQL(
            """
            SELECT t.id FROM itsm_ticket t
             WHERE NOT EXISTS (
                   SELECT FROM itsm_ticket_text x WHERE x.ticket_id = t.id)
             ORDER BY t.id DESC LIMIT %s
            """,
            BATCH,
        )
        while rows := self.env.execute_query(query):
            index_tickets(self.env, [row[0] for row in rows])
            self.env.invalidate_all()
            if not self.env["ir.cron"]._commit_progress(len(rows), remaining=BATCH):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)
