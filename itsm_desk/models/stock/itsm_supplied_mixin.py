from odoo import api, fields, models

from .consumable_moves import cancel_open


class ItsmSuppliedMixin(models.AbstractModel):
    """A ticket with which products are given out of stock."""

    _name = "itsm.supplied.mixin"
    _description = "Supplied with Consumables"

    consumable_line_ids = fields.One2many(
        comodel_name="itsm.consumable.line",
        inverse_name="ticket_id",
        string="Consumables",
        copy=False,
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )
    is_waiting_for_stock = fields.Boolean(
        string="Waits for Stock",
        compute="_compute_is_waiting_for_stock",
        search="_search_is_waiting_for_stock",
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )
    can_hand_out = fields.Boolean(
        compute="_compute_can_hand_out",
        groups="itsm_desk.group_itsm_technician",
        help="Something of its consumables can be given out now.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("consumable_line_ids.state")
    def _compute_is_waiting_for_stock(self):
        for ticket in self:
            states = ticket.consumable_line_ids.mapped("state")
            ticket.is_waiting_for_stock = "waiting" in states

    @api.model
    def _search_is_waiting_for_stock(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = self.env["itsm.consumable.line"].search([("state", "=", "waiting")])
        return [("id", "in", waiting.ticket_id.ids)]

    @api.depends("consumable_line_ids.state", "state")
    @api.depends_context("uid")
    def _compute_can_hand_out(self):
        for ticket in self:
            lines = ticket.consumable_line_ids
            ticket.can_hand_out = any(lines.mapped("can_hand_out"))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_hand_out(self):
        """Give out all consumables that were not given out yet."""
        self.check_access("read")
        lines = self.consumable_line_ids.filtered(
            lambda line: line.state in ("draft", "waiting")
        )
        return lines.action_hand_out()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _find_missing_supplies(self):
        """A solution says what was given out: nothing is left to be given out."""
        # sudo: whether something is left does not depend on who solves it
        lines = self.sudo().consumable_line_ids
        return [self._supply_label()] if "draft" in lines.mapped("state") else []

    def _supply_label(self):
        return self.env._("Consumables: give them out or remove them")

    def _get_waiting_for_stock(self):
        """Return the tickets of which a consumable waits for stock."""
        # sudo: whether something waits does not depend on the reader
        lines = self.env["itsm.consumable.line"].sudo()
        waiting = [("ticket_id", "in", self.ids), ("state", "=", "waiting")]
        return lines.search(waiting).ticket_id

    def _end_supplies(self):
        """Wait no more for stock of tickets that ended without a solution."""
        ended = self.filtered(lambda one: one.state in ("cancelled", "refused"))
        # sudo: the acting user is no stock user; only moves of these tickets end
        cancel_open(ended.sudo().consumable_line_ids)
