from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from .itsm_handling import WRITTEN_FIELDS, get_drafts


class ItsmHandledMixin(models.AbstractModel):
    """A ticket that shows its newest attempt, and through which that is written.

    The columns of the handling form are declared on the ticket. They are read from the
    attempt, and what is written to them goes there: a form, an import and the API fill
    in the handling form as one record.
    """

    _name = "itsm.handled.mixin"
    _description = "Handled in Attempts"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("handling_ids")
    def _compute_handling_id(self):
        for ticket in self:
            ticket.handling_id = ticket.handling_ids.sorted("number")[-1:]

    # Not related fields: what is given at creation must reach the inverse.

    @api.depends("handling_id.minutes_spent")
    def _compute_minutes_spent(self):
        for ticket in self:
            ticket.minutes_spent = ticket.handling_id.minutes_spent

    @api.depends("handling_id.resolution_code_id")
    def _compute_resolution_code_id(self):
        for ticket in self:
            ticket.resolution_code_id = ticket.handling_id.resolution_code_id

    def _compute_handling_count(self):
        counts = dict(
            self.env["itsm.handling"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.handling_count = counts.get(ticket._origin, 0)

    # ------------------------------------------------------------
    # INVERSE METHODS
    # ------------------------------------------------------------

    def _inverse_handling(self):
        """Write the form to the attempts in work."""
        # Read before an attempt is made, from which the values are read then.
        wanted = {
            ticket.id: {
                name: ticket._fields[name].convert_to_write(ticket[name], ticket)
                for name in (*WRITTEN_FIELDS, "minutes_spent", "parts_used")
            }
            for ticket in self
        }
        batches = {}
        drafts = get_drafts(self)
        for draft in drafts:
            values = wanted[draft.ticket_id.id]
            changes = tuple(
                (name, values[name])
                for name in WRITTEN_FIELDS
                if draft._fields[name].convert_to_write(draft[name], draft)
                != values[name]
            )
            if changes:
                batches[changes] = batches.get(changes, draft.browse()) | draft
        for changes, group in batches.items():
            group.write(dict(changes))
        for draft in drafts:
            values = wanted[draft.ticket_id.id]
            self._write_work(draft, values["minutes_spent"], values["parts_used"] or "")

    def _write_work(self, draft, minutes, parts):
        """Let the sum of the work be ``minutes``, by that of the acting user.

        :raise UserError: where the work of others says more
        """
        ticket = draft.ticket_id
        if (minutes, parts) == (draft.minutes_spent, draft.parts_used or ""):
            return
        person = self.env.user
        if person.id == SUPERUSER_ID:
            person = ticket.user_id or person
        own = draft.work_line_ids.filtered(lambda line: line.user_id == person)
        if len(own) > 1:
            own = own.browse()
        others = draft.work_line_ids - own
        values = {"minutes": minutes - sum(others.mapped("minutes"))}
        if parts != (draft.parts_used or ""):
            values["parts"] = parts
        if values["minutes"] < 0 or ("parts" in values and any(others.mapped("parts"))):
            raise UserError(
                self.env._(
                    "%(ticket)s: several lines of work say %(minutes)s minutes. "
                    "Change those instead of the sum.",
                    ticket=ticket.name,
                    minutes=draft.minutes_spent,
                )
            )
        if own:
            own.write(values)
        else:
            own.create({"ticket_id": ticket.id, "user_id": person.id, **values})

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_handlings(self):
        """Open all attempts to solve the ticket."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_handling_action"
        )
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {}}
