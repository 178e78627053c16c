from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import (
    get_granted_names,
    granting,
    server_write,
    spend,
    without_defaults,
)

GUARDED = frozenset({"itsm_line_id", "itsm_unit_cost"})


class StockMove(models.Model):
    """A move that gives out what a line of a ticket asks for.

    The line is named by the server only, so that nobody lets a move of another kind
    count as given out. A backorder goes on with the line of the move that it is split
    from; a return is known by the move that it returns.
    """

    _inherit = "stock.move"

    itsm_line_id = fields.Many2one(
        comodel_name="itsm.consumable.line",
        string="Consumable of a Ticket",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    itsm_unit_cost = fields.Float(
        string="Cost When Given Out",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Cost of one unit of the product at the moment of the move.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        granted = get_granted_names(self.browse())
        spend(self.browse(), "create")
        moves = super(StockMove, without_defaults(self, GUARDED)).create(vals_list)
        if not granted >= GUARDED and any(
            move.itsm_line_id or move.itsm_unit_cost for move in moves
        ):
            raise self._itsm_guarded_error()
        return moves.with_env(self.env)

    def write(self, vals):
        named = GUARDED.intersection(vals)
        if named and not get_granted_names(self) >= named:
            raise self._itsm_guarded_error()
        if named:
            spend(self)
        return super().write(vals)

    def _itsm_guarded_error(self):
        return AccessError(
            self.env._(
                "Which consumable of a ticket a move gives out is set by the service "
                "desk itself. Hand it out on the ticket."
            )
        )

    # ------------------------------------------------------------
    # STOCK
    # ------------------------------------------------------------

    def _prepare_move_split_vals(self, qty):
        vals = super()._prepare_move_split_vals(qty)
        if self.itsm_line_id:
            vals["itsm_line_id"] = self.itsm_line_id.id
        return vals

    def _create_backorder(self):
        new = self.env["stock.move"]
        with granting(new, *GUARDED, operations=("create",)):
            return super()._create_backorder()

    def _action_done(self, cancel_backorder=False):
        for move in self.filtered("itsm_line_id"):
            # sudo: whoever validates the picking need not read what products cost
            product = move.sudo().product_id.with_company(move.company_id)
            server_write(move, {"itsm_unit_cost": product.standard_price})
        return super()._action_done(cancel_backorder=cancel_backorder)
