"""Gives out and takes back what lines of tickets ask for, by pickings of Odoo.

Functions, as evaluated code can call methods of records. The lines come in sudo: the
caller has judged that the acting user may write them. Nothing else is moved here.
"""

from odoo.exceptions import UserError

from ..base.grants import server_create, server_write

OPEN_MOVES = ("draft", "waiting", "confirmed", "partially_available", "assigned")
TYPE_CODE = "DESK"


# ------------------------------------------------------------
# FROM WHERE, TO WHERE
# ------------------------------------------------------------


def get_source(team):
    """Return the location that the team gives out from, or none."""
    return team.location_id or _get_warehouse(team.company_id).lot_stock_id


def get_consumption_location(company):
    """Return where consumables of the company go; it is made on first use.

    :param company: in sudo
    """
    if not company.itsm_consumption_location_id:
        locations = company.env["stock.location"]
        location = locations.create(
            {
                "name": company.env._("Service Desk Consumption"),
                "usage": "production",
                "company_id": company.id,
            }
        )
        company.itsm_consumption_location_id = location
    return company.itsm_consumption_location_id


def get_picking_type(company):
    """Return the operation type of the desk's pickings; it is made on first use."""
    types = company.env["stock.picking.type"]
    warehouse = _get_warehouse(company)
    own = types.search(
        [("sequence_code", "=", TYPE_CODE), ("company_id", "=", company.id)], limit=1
    )
    return own or types.create(
        {
            "name": company.env._("Service Desk"),
            "code": "internal",
            "sequence_code": TYPE_CODE,
            "warehouse_id": warehouse.id,
            "company_id": company.id,
            "default_location_src_id": warehouse.lot_stock_id.id,
            "default_location_dest_id": get_consumption_location(company).id,
            "create_backorder": "always",
            "use_create_lots": False,
            "use_existing_lots": True,
        }
    )


def _get_warehouse(company):
    warehouses = company.env["stock.warehouse"]
    return warehouses.search([("company_id", "=", company.id)], limit=1)


# ------------------------------------------------------------
# OUT
# ------------------------------------------------------------


def hand_out(lines):
    """Give out what the lines ask for; what stock lacks becomes a backorder."""
    asked = lines.filtered(lambda line: line.state == "draft")
    for ticket, group in asked.grouped("ticket_id").items():
        _create_picking(ticket, group)
    for picking in _get_open_moves(lines).picking_id:
        _validate(picking)


def cancel_open(lines):
    """Cancel what is still waiting for stock."""
    _get_open_moves(lines)._action_cancel()


def _get_open_moves(lines):
    return lines.move_ids.filtered(lambda move: move.state in OPEN_MOVES)


def _create_picking(ticket, lines):
    """Make a picking of the lines of one ticket that were asked for."""
    env = lines.with_company(ticket.company_id).env
    server_write(lines, {"user_id": env.uid})
    places = {
        "location_id": get_source(ticket.team_id).id,
        "location_dest_id": get_consumption_location(ticket.company_id).id,
    }
    picking = env["stock.picking"].create(
        {
            **places,
            "picking_type_id": get_picking_type(ticket.company_id).id,
            "partner_id": ticket.partner_id.id,
            "user_id": env.uid,
            "origin": ticket.name,
            "company_id": ticket.company_id.id,
        }
    )
    for line in lines:
        server_create(
            env["stock.move"],
            {
                **places,
                "picking_id": picking.id,
                "picking_type_id": picking.picking_type_id.id,
                "product_id": line.product_id.id,
                "product_uom": line.product_id.uom_id.id,
                "product_uom_qty": line.quantity,
                "partner_id": ticket.partner_id.id,
                "origin": ticket.name,
                "company_id": ticket.company_id.id,
                "itsm_line_id": line.id,
                "itsm_unit_cost": 0,
            },
        )
    # Two lines of one product stay two moves: each has its lot.
    picking.move_ids._action_confirm(merge=False)
    return picking


def _validate(picking):
    """Validate what can be reserved; the rest waits in a backorder."""
    moves = picking.move_ids.filtered(lambda move: move.state in OPEN_MOVES)
    for move in moves:
        if lot := move.itsm_line_id.lot_id:
            move._do_unreserve()
            need = move.product_qty
            move._update_reserved_quantity(need, move.location_id, lot_id=lot)
            move._recompute_state()
        elif move.state != "assigned":
            move._action_assign()
    found = moves.filtered("quantity")
    if not found:
        return
    found.picked = True
    _finish(picking)


def _finish(picking):
    """Validate a picking; one that asks something instead has moved nothing."""
    picking.with_context(skip_backorder=True).button_validate()
    if picking.state != "done":
        raise UserError(
            picking.env._(
                "%(picking)s (%(ticket)s): the warehouse asks something before it is "
                "validated. Let somebody of the warehouse validate it under Inventory.",
                picking=picking.name,
                ticket=picking.origin,
            )
        )


# ------------------------------------------------------------
# BACK
# ------------------------------------------------------------


def take_back(line, quantity):
    """Move ``quantity`` of what was given out back to where it came from."""
    line = line.with_company(line.company_id)
    for move in line.move_ids.filtered(lambda one: one.state == "done"):
        back = move.returned_move_ids.filtered(lambda one: one.state == "done")
        left = min(quantity, move.quantity - sum(back.mapped("quantity")))
        if line.product_id.uom_id.compare(left, 0) > 0:
            _return_move(move, left)
            quantity -= left


def _return_move(move, quantity):
    """Make and validate the return of a part of one move, with its lots."""
    places = {
        "location_id": move.location_dest_id.id,
        "location_dest_id": move.location_id.id,
        "picking_type_id": move.picking_type_id.id,
        "company_id": move.company_id.id,
        "partner_id": move.partner_id.id,
        "origin": move.origin,
    }
    env = move.env
    picking = env["stock.picking"].create(
        {**places, "return_id": move.picking_id.id, "user_id": env.uid}
    )
    back = env["stock.move"].create(
        {
            **places,
            "picking_id": picking.id,
            "product_id": move.product_id.id,
            "product_uom": move.product_uom.id,
            "product_uom_qty": quantity,
            "origin_returned_move_id": move.id,
        }
    )
    back._action_confirm(merge=False)
    back.move_line_ids.unlink()
    returned = move.returned_move_ids.filtered(lambda one: one.state == "done")
    for part in move.move_line_ids:
        lot = part.lot_id
        gone = returned.move_line_ids.filtered(lambda one, lot=lot: one.lot_id == lot)
        there = part.quantity - (sum(gone.mapped("quantity")) if lot else 0)
        taken = min(quantity, there)
        if back.product_uom.compare(taken, 0) > 0:
            values = back._prepare_move_line_vals(quantity=taken)
            env["stock.move.line"].create(
                {**values, "quantity": taken, "lot_id": lot.id}
            )
            quantity -= taken
    back.picked = True
    _finish(picking)
