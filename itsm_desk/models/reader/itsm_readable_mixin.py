from odoo import api, models
from odoo.tools import ormcache

PEOPLE = frozenset(
    {"approver_id", "collaborator_ids", "partner_id", "team_id", "user_id"}
)
"""The columns of a ticket from which its readers follow, beside open escalations."""


class ItsmReadableMixin(models.AbstractModel):
    """A ticket whose readers follow from its people.

    The ticket calls :func:`sync_readers` where it is created and stored. Escalations
    are no columns of the ticket and tell it themselves. The field is declared on the
    ticket.
    """

    _name = "itsm.readable.mixin"
    _description = "Read by Its People"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _readable_get_trigger_fields(self):
        """Return the fields whose writes may change who reads a ticket."""
        return self._get_source_fields(PEOPLE)
