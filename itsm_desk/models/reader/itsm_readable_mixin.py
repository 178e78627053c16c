from odoo import api, models
from odoo.tools import ormcache

from .itsm_ticket_reader import sync_readers

PEOPLE = frozenset(
    {"approver_id", "collaborator_ids", "partner_id", "team_id", "user_id"}
)
"""The columns of a ticket from which its readers follow, beside open escalations."""


class ItsmReadableMixin(models.AbstractModel):
    """A ticket whose readers follow from its people.

    Whatever route a change takes, it ends here. Escalations are no columns of the
    ticket and tell it themselves. The field is declared on the ticket.
    """

    _name = "itsm.readable.mixin"
    _description = "Read by Its People"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        # sudo: whoever files may read neither the people nor the readers
        sync_readers(tickets.sudo(), is_new=True)
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if not self._readable_get_trigger_fields().isdisjoint(vals):
            # sudo: as above, for whoever writes
            sync_readers(self.sudo())
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _readable_get_trigger_fields(self):
        """Return the fields whose writes may change who reads a ticket."""
        return self._get_source_fields(PEOPLE)
