from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...tools.one_record import check_one
from ..base.selections import OPEN_STATES
from ..form.itsm_form_answer import get_payload
from .itsm_handling import WRITTEN_FIELDS, get_drafts


class ItsmHandledMixin(models.AbstractModel):
    """A ticket that shows its newest attempt, and through which that is written.

    The columns of the handling form are declared on the ticket. They are read from the
    attempt, and what is written to them goes there: a form, an import and the API fill
    in the handling form as one record.
    """

    _name = "itsm.handled.mixin"
    _description = "Handled in Attempts"

    handling_answers = fields.Json(
        string="Answers of the Handling Form",
        compute="_compute_handling_answers",
        inverse="_inverse_handling_answers",
        copy=False,
        groups="itsm_desk.group_itsm_technician",
    )

    minutes_in_all = fields.Integer(
        string="Minutes in All",
        compute="_compute_minutes_in_all",
        store=True,
        aggregator="sum",
        groups="itsm_desk.group_itsm_technician",
        help="Of all attempts, those that were not accepted included.",
    )
    earlier_repair = fields.Char(
        compute="_compute_earlier_repair",
        groups="itsm_desk.group_itsm_technician",
        help="The last solution for the equipment, where this is a second repair.",
    )

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

    @api.depends("handling_ids.minutes_spent")
    def _compute_minutes_in_all(self):
        for ticket in self:
            ticket.minutes_in_all = sum(ticket.handling_ids.mapped("minutes_spent"))

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

    @api.depends("state", "category_id", "handling_id.state")
    def _compute_handling_answers(self):
        for ticket in self:
            # sudo: a colleague who helps reads the equipment of the requester
            found = ticket.sudo()
            handling = found.handling_id
            if handling.state == "refused" and found.state in OPEN_STATES:
                # The next attempt begins with the first word written into it.
                handling = handling.browse()
            ticket.handling_answers = get_payload(
                found._get_handling_questions(),
                handling.answer_ids,
                found._get_own_equipment(),
                is_open=found.state in OPEN_STATES,
            )

    @api.depends("equipment_ids", "ticket_type")
    def _compute_earlier_repair(self):
        for ticket in self:
            # sudo: which solution came before does not depend on who reads it
            found = ticket.sudo()
            filed = found.event_ids.filtered(lambda event: event.kind == "filed")
            filed_at = filed[:1].at or fields.Datetime.now()
            days = found.company_id.itsm_second_repair_days
            earlier = found.env["itsm.handling"].search(
                [
                    ("ticket_id.equipment_ids", "in", found.equipment_ids.ids),
                    ("ticket_id", "not in", found.ids),
                    ("ticket_id.ticket_type", "=", "incident"),
                    ("company_id", "=", found.company_id.id),
                    ("solved_at", "<=", filed_at),
                    ("solved_at", ">=", filed_at - timedelta(days=days)),
                ]
                if found.equipment_ids and days and found.ticket_type == "incident"
                else [(0, "=", 1)],
                order="solved_at desc, id desc",
                limit=1,
            )
            ticket.earlier_repair = (
                self.env._(
                    "Second repair: %(person)s told a solution for the same equipment "
                    "on %(day)s in %(ticket)s.",
                    person=earlier.solved_by_id.name,
                    day=format_date(self.env, earlier.solved_at),
                    ticket=earlier.ticket_id.name,
                )
                if earlier
                else False
            )

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

    def _inverse_handling_answers(self):
        given = {ticket.id: ticket.handling_answers for ticket in self}
        for draft in get_drafts(self):
            draft.write({"answers": given[draft.ticket_id.id]})
        self.invalidate_recordset(["handling_answers", "solve_missing"])

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
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_handling_action"
        )
        return {**action, "domain": [("ticket_id", "=", self.id)], "context": {}}
