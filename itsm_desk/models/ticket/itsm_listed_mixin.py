from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..base.selections import ENDED_STATES

NAMED = {
    "company_id": ("name",),
    "partner_id": (
        *("name", "parent_id", "company_name", "commercial_company_name"),
        *("is_company", "type"),
    ),
    "team_id": ("name",),
}
"""What the names of records in a list are made of; each has dozens of columns."""


class ItsmListedMixin(models.AbstractModel):
    """A ticket as lists show it: its name, what is still open first, counts."""

    _name = "itsm.listed.mixin"
    _description = "Shown in Lists"

    is_ended = fields.Boolean(
        string="Ended",
        compute="_compute_is_ended",
        search="_search_is_ended",
        help="Closed, refused or cancelled. Lists in its order begin with open ones.",
    )
    visit_at = fields.Datetime(
        string="Visit",
        copy=False,
        tracking=True,
        index="btree_not_null",
        help="When a technician comes to the requester's place.",
    )

    # The board counts all that its reader may see, twice, and shows some of each state:
    # from this alone, at 400,000 tickets, in 60 % of the processor time for a team and
    # in 35 % for a company.
    _board_idx = models.Index("(company_id, state, priority, id)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for ticket in self:
            ticket.display_name = " ".join(filter(None, (ticket.name, ticket.subject)))

    @api.depends("state")
    def _compute_is_ended(self):
        for ticket in self:
            ticket.is_ended = ticket.state in ENDED_STATES

    def _search_is_ended(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("state", "in", ENDED_STATES)]

    def _compute_partner_ticket_count(self):
        counts = dict(
            self._read_group(
                [("partner_id", "in", self.partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.partner_ticket_count = counts.get(ticket.partner_id, 0)

    def _compute_follow_up_count(self):
        counts = dict(
            self._read_group(
                [("parent_id", "in", self.ids)], ["parent_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.follow_up_count = counts.get(ticket._origin, 0)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name == "is_ended":
            state = self._field_to_sql(alias, "state", query)
            return SQL("(%s IN %s) %s %s", state, ENDED_STATES, direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.readonly
    def web_read(self, specification):
        if len(self) > 1:
            shown = [
                name
                for name in NAMED
                if ((specification.get(name) or {}).get("fields") or {}).keys()
                == {"display_name"}
            ]
            # sudo: as core, which shows names of what may not be read
            tickets = self.sudo()
            # A board, or a client, has read none of their columns yet: asked for one
            # field, core would read all, texts included.
            tickets.fetch(shown)
            for name in shown:
                # Core leaves out rows that somebody deleted meanwhile.
                with suppress(MissingError):
                    tickets[name].fetch(NAMED[name])
        return super().web_read(specification)
