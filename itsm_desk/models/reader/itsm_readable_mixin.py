from odoo import api, models
from odoo.fields import Domain
from odoo.tools import ormcache

PEOPLE = frozenset(
    {"approver_id", "collaborator_ids", "partner_id", "team_id", "user_id"}
)
"""The columns of a ticket from which its readers follow, beside open escalations."""

MANY = 10
"""Tickets whose readers are asked for at once."""


class ItsmReadableMixin(models.AbstractModel):
    """A ticket whose readers follow from its people.

    The ticket calls :func:`sync_readers` where it is created and stored. Escalations
    are no columns of the ticket and tell it themselves. The field is declared on the
    ticket.
    """

    _name = "itsm.readable.mixin"
    _description = "Read by Its People"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _check_access(self, operation):
        """Ask the database who reads many tickets: core reads all their readers."""
        if operation != "read" or len(self) < MANY or not all(self._ids):
            return super()._check_access(operation)
        if result := super(ItsmReadableMixin, self.browse())._check_access(operation):
            return self, result[1]
        domain = self.env["ir.rule"]._compute_domain(self._name, operation)
        # sudo: the rule is judged here, so that it need not be added
        tickets = self.sudo().with_context(active_test=False)
        if tickets.search_count(Domain("id", "in", self.ids) & domain) == len(
            set(self._ids)
        ):
            return None
        return super()._check_access(operation)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _readable_get_trigger_fields(self):
        """Return the fields whose writes may change who reads a ticket."""
        return self._get_source_fields(PEOPLE)
