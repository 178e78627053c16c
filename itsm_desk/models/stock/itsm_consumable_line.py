from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .consumable_moves import OPEN_MOVES, cancel_open, get_source, hand_out, take_back

CONTENT = frozenset({"product_id", "quantity", "lot_id", "note"})
"""What those who handle the ticket write, until it is given out."""
STATES = [
    ("draft", "To Give Out"),
    ("waiting", "Waiting for Stock"),
    ("done", "Given Out"),
    ("returned", "Taken Back"),
    ("cancelled", "Cancelled"),
]


class ItsmConsumableLine(models.Model):
    """A product that is given out with a ticket, moved by the stock of Odoo.

    The state follows from the moves and is never written: given out is what a done
    move took from stock. Stock that lacks leaves a backorder, which the warehouse or
    the technician validates later; what was given out is taken back by a return.

    ==========  ==================================  ===============================
    Right       Who                                 Restriction
    ==========  ==================================  ===============================
    read        technicians, managers, quality      of tickets that they read
    write       owner, collaborators, lead          the ticket is open, nothing moved
    give out    owner, collaborators, lead          the ticket is being worked on and
                                                    not waiting for its approval
    take back   owner, collaborators, lead          at most what was given out
    delete      owner, collaborators, lead          before anything moved
    ==========  ==================================  ===============================
    """

    _name = "itsm.consumable.line"
    _inherit = "itsm.handled.line.mixin"
    _description = "Consumable of a Ticket"
    _order = "id desc"
    _check_company_auto = True
    _handled_content = CONTENT

    product_id = fields.Many2one(
        comodel_name="product.product",
        required=True,
        domain="[('type', '=', 'consu'), ('company_id', 'in', [False, company_id])]",
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    quantity = fields.Float(
        required=True, default=1, digits="Product Unit", aggregator="sum"
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    tracking = fields.Selection(
        related="product_id.tracking", string="Traced by", readonly=True
    )
    lot_id = fields.Many2one(
        comodel_name="stock.lot",
        string="Lot or Serial Number",
        domain="[('id', 'in', allowed_lot_ids)]",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Asked of products that are traced by lots or serial numbers.",
    )
    allowed_lot_ids = fields.Many2many(
        comodel_name="stock.lot", compute="_compute_available"
    )
    available_quantity = fields.Float(
        string="In Stock",
        compute="_compute_available",
        digits="Product Unit",
        help="What the stock of the team has and nobody has reserved.",
    )
    note = fields.Char(string="What For")

    # What became of it
    state = fields.Selection(
        selection=STATES,
        compute="_compute_moved",
        store=True,
        index=True,
    )
    move_ids = fields.One2many(
        comodel_name="stock.move",
        inverse_name="itsm_line_id",
        string="Moves",
        readonly=True,
        copy=False,
        groups="stock.group_stock_user",
    )
    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Picking",
        compute="_compute_moved",
        store=True,
        index="btree_not_null",
        help="The newest picking, which is the backorder while stock lacks.",
    )
    done_quantity = fields.Float(
        string="Quantity Given Out",
        compute="_compute_moved",
        store=True,
        digits="Product Unit",
        aggregator="sum",
    )
    returned_quantity = fields.Float(
        string="Quantity Taken Back",
        compute="_compute_moved",
        store=True,
        digits="Product Unit",
        aggregator="sum",
    )
    used_quantity = fields.Float(
        string="Quantity Used",
        compute="_compute_moved",
        store=True,
        digits="Product Unit",
        aggregator="sum",
        help="Given out and not taken back.",
    )
    cost = fields.Monetary(
        compute="_compute_moved",
        store=True,
        aggregator="sum",
        help="Value of the moves, less what was taken back; where stock is not valued, "
        "by the cost of the product when it was given out.",
    )
    done_at = fields.Datetime(
        string="Given Out on", compute="_compute_moved", store=True, index=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who gave it out.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    # Of the ticket, for reports
    partner_id = fields.Many2one(
        related="ticket_id.partner_id", store=True, index=True, string="Requester"
    )
    department_id = fields.Many2one(
        related="ticket_id.department_id", store=True, index="btree_not_null"
    )
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, index=True)
    service_id = fields.Many2one(related="ticket_id.service_id", store=True)

    can_hand_out = fields.Boolean(compute="_compute_can")
    can_return = fields.Boolean(compute="_compute_can")

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "Give out a quantity of more than nothing."
    )
    _report_idx = models.Index("(company_id, done_at)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("product_id", "ticket_id.name")
    def _compute_display_name(self):
        for line in self:
            # sudo: the name of a line is told to those who validate its picking
            found = line.sudo()
            line.display_name = (
                f"{found.ticket_id.name or ''}: {found.product_id.display_name or ''}"
            )

    @api.depends("product_id", "ticket_id")
    def _compute_available(self):
        for line in self:
            # sudo: technicians have no rights on stock; they see what they may give out
            found = line.sudo()
            source = get_source(found.ticket_id.team_id)
            quants = (
                found.env["stock.quant"]._gather(found.product_id, source)
                if source and found.product_id
                else found.env["stock.quant"]
            )
            line.available_quantity = sum(quants.mapped("available_quantity"))
            lots = quants.filtered(lambda quant: quant.available_quantity > 0).lot_id
            line.allowed_lot_ids = [fields.Command.set(lots.ids)]

    @api.depends(
        "quantity",
        "move_ids.state",
        "move_ids.quantity",
        "move_ids.picking_id",
        "move_ids.returned_move_ids.state",
        "move_ids.returned_move_ids.quantity",
    )
    def _compute_moved(self):
        for line in self:
            moves = line.move_ids.sorted("id")
            done = moves.filtered(lambda move: move.state == "done")
            back = done.returned_move_ids.filtered(lambda move: move.state == "done")
            given = sum(done.mapped("quantity"))
            returned = sum(back.mapped("quantity"))
            line.done_quantity = given
            line.returned_quantity = returned
            line.used_quantity = given - returned
            line.picking_id = moves.picking_id.sorted("id")[-1:]
            line.done_at = max(done.mapped("date"), default=False)
            cost = sum(map(line._get_move_cost, done))
            line.cost = cost * (given - returned) / given if given else 0
            if not moves:
                line.state = "draft"
            elif any(move.state in OPEN_MOVES for move in moves):
                line.state = "waiting"
            elif not given:
                line.state = "cancelled"
            else:
                line.state = "done" if given > returned else "returned"

    def _get_move_cost(self, move):
        """Return what a done move took: its value, where stock is valued."""
        valued = move.value if "value" in move._fields else 0
        return abs(valued) or move.quantity * move.itsm_unit_cost

    @api.depends("state", "ticket_id.state")
    @api.depends_context("uid")
    def _compute_can(self):
        stuck = self._get_cannot_hand_out_reason()
        kept = self._get_cannot_return_reason()
        for line in self:
            line.can_hand_out = not stuck.get(line.id)
            line.can_return = not kept.get(line.id)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("product_id", "lot_id", "quantity")
    def _check_product(self):
        # sudo: technicians read no lots but those that they choose
        for line in self.sudo():
            product, lot = line.product_id, line.lot_id
            if product.type != "consu":
                raise UserError(
                    self.env._(
                        "%s is a service and is not given out of stock.",
                        product.display_name,
                    )
                )
            if lot and lot.product_id != product:
                raise UserError(
                    self.env._(
                        "%(lot)s is no lot of %(product)s. Choose one of the list.",
                        lot=lot.name,
                        product=product.display_name,
                    )
                )
            if product.tracking == "serial" and line.quantity != 1:
                raise UserError(
                    self.env._(
                        "%s has serial numbers: add one line for each piece.",
                        product.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_hand_out(self):
        """Give out of stock what is asked for, or what has been waiting for stock."""
        self.check_access("write")
        self._check_reasons(self._get_cannot_hand_out_reason())
        # sudo: technicians are no stock users. What is moved are the products of lines
        # that the acting user may write, from the stock of the ticket's team to the
        # consumption location, and nothing else.
        hand_out(self.sudo())
        return True

    def action_return(self, quantity=None):
        """Take what was given out back to stock.

        :param float quantity: how much, by default all that is left
        """
        self.check_access("write")
        self._check_reasons(self._get_cannot_return_reason())
        # sudo: as when it was given out; the return is of the same moves
        for line in self.sudo():
            left = line.used_quantity
            # A button sends False; 0 is a quantity, which is refused.
            wanted = left if quantity is None or quantity is False else quantity
            if not isinstance(wanted, int | float) or not 0 < wanted <= left:
                raise UserError(
                    self.env._(
                        "%(line)s: take back more than nothing and at most %(left)s.",
                        line=line.display_name,
                        left=left,
                    )
                )
            take_back(line, wanted)
        return True

    def action_drop(self):
        """Wait no more for what stock lacks; what was given out stays so."""
        self.check_access("write")
        waiting = self.filtered(lambda line: line.state == "waiting")
        if waiting != self:
            raise UserError(
                self.env._(
                    "%s: only what waits for stock is cancelled. Remove what was not "
                    "given out yet, take back what was.",
                    ", ".join((self - waiting).mapped("display_name")),
                )
            )
        self._check_reasons(self._get_not_handled_reason())
        # sudo: technicians are no stock users; only moves of these lines are cancelled
        cancel_open(self.sudo())
        return True

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_hand_out_reason(self):
        """Return ``{line id: text}`` for the lines that cannot be given out now."""
        reasons = self._get_not_handled_reason()
        # sudo: the ticket and the stock of its team are judged, whoever reads them
        for line in self.sudo():
            ticket = line.ticket_id
            if reasons.get(line.id):
                continue
            if line.state not in ("draft", "waiting"):
                reasons[line.id] = self.env._("it was given out or cancelled already.")
            elif ticket.state == "waiting_approval":
                reasons[line.id] = self.env._(
                    "the request waits for its approval by %s.",
                    ticket.approver_id.name or self.env._("a manager of the desk"),
                )
            elif ticket.state not in ("assigned", "in_progress", "pending"):
                reasons[line.id] = self.env._(
                    "products are given out while somebody works on the ticket."
                )
            elif line.tracking not in (False, "none") and not line.lot_id:
                reasons[line.id] = self.env._(
                    "choose the lot or serial number that is given out."
                )
            elif not get_source(ticket.team_id):
                reasons[line.id] = self.env._(
                    "the team %s has no stock. A manager chooses one on the team.",
                    ticket.team_id.name or "",
                )
        return reasons

    def _get_cannot_return_reason(self):
        """Return ``{line id: text}`` for the lines of which nothing is taken back."""
        reasons = self._get_not_handled_reason()
        for line in self:
            if not reasons.get(line.id) and line.used_quantity <= 0:
                reasons[line.id] = self.env._("nothing of it is given out.")
        return reasons

    def _get_not_handled_reason(self):
        # sudo: who handles the ticket does not depend on the reader
        lines = self.sudo()
        reasons = lines.ticket_id._get_cannot_handle_reason()
        return {line.id: reasons.get(line.ticket_id.id) for line in lines}

    def _check_reasons(self, reasons):
        blocked = [line for line in self if reasons.get(line.id)]
        if blocked:
            raise UserError(
                "\n".join(
                    f"{line.display_name}: {reasons[line.id]}" for line in blocked
                )
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_carried_out(self):
        return self.state != "draft"

    def _carried_out_error(self):
        return AccessError(
            self.env._(
                "What was given out is told by the moves of the stock and is not "
                'written. Use "Hand Out" and "Take Back" on the ticket.'
            )
        )
