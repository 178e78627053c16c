from odoo import api, fields, models

from ..tools import deadline


class OutsourcingContractMilestone(models.Model):
    """A delivery that the contract plans and the vendor is paid for.

    planned -> submitted -> accepted | rejected -> submitted. The vendor
    submits in the portal or an officer for him; another officer accepts, which
    raises the received quantity of the order line and so native billing.
    """

    _name = "outsourcing.contract.milestone"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Contract Milestone"
    _order = "contract_id, date_due, id"
    _check_company_auto = True

    _flow_transitions = {
        "planned": {"submitted"},
        "submitted": {"accepted", "rejected"},
        "rejected": {"submitted"},
        "accepted": set(),
    }
    _flow_verbs = {"submitted": "submit", "accepted": "accept", "rejected": "reject"}
    _flow_system_fields = frozenset(
        {
            "accepted_by_id",
            "accepted_on",
            "reject_reason",
            "submitted_by_id",
            "submitted_on",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "date_due",
            "description",
            "name",
            "purchase_line_id",
            "quantity",
            "share",
        }
    )
    _flow_content_states = frozenset({"planned"})
    _flow_required = {"rejected": ("reject_reason",)}

    name = fields.Char(required=True)
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("submitted", "Submitted"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
        ],
        default="planned",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", store=True, index=True
    )
    date_due = fields.Date(string="Due", required=True, index=True, tracking=True)
    description = fields.Text(help="What has to be there to accept it.")

    # Quantity
    purchase_line_id = fields.Many2one(
        comodel_name="purchase.order.line",
        string="Order Line",
        index="btree_not_null",
        check_company=True,
        domain="[('order_id.outsourcing_contract_id', '=', contract_id),"
        " ('display_type', '=', False)]",
    )
    share = fields.Float(
        string="Share (%)", help="Percent of the ordered quantity of the line."
    )
    quantity = fields.Float(
        compute="_compute_quantity", store=True, readonly=False, digits="Product Unit"
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    amount = fields.Monetary(
        compute="_compute_amount", store=True, help="Untaxed value of the quantity."
    )

    # Stamps
    submitted_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    submitted_on = fields.Datetime(copy=False, readonly=True)
    accepted_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    accepted_on = fields.Datetime(copy=False, readonly=True)
    reject_reason = fields.Text(copy=False, readonly=True)
    days_late = fields.Integer(
        compute="_compute_days_late",
        help="Calendar days between the due date and the submission, or today.",
    )

    # UI
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_accept = fields.Boolean(compute="_compute_flow_can")
    can_reject = fields.Boolean(compute="_compute_flow_can")

    _share_valid = models.Constraint(
        "CHECK (share BETWEEN 0 AND 100)", "A share lies between 0 and 100 %."
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quantity cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("share", "purchase_line_id.product_qty")
    def _compute_quantity(self):
        for milestone in self:
            line = milestone.sudo().purchase_line_id
            if milestone.share and line:
                milestone.quantity = line.product_uom_id.round(
                    line.product_qty * milestone.share / 100
                )

    @api.depends("quantity", "purchase_line_id.price_unit_discounted")
    def _compute_amount(self):
        for milestone in self:
            line = milestone.sudo().purchase_line_id
            milestone.amount = milestone.quantity * line.price_unit_discounted

    @api.depends("date_due", "submitted_on", "state")
    def _compute_days_late(self):
        for milestone in self:
            today = milestone.company_id._outsourcing_today()
            done = milestone.submitted_on and milestone.submitted_on.date()
            milestone.days_late = deadline.days_late(milestone.date_due, done, today)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Report the delivery, for the vendor."""
        self.write({"state": "submitted"})
        return True

    def action_accept(self):
        """Accept the delivery; the order line counts it as received."""
        self.write({"state": "accepted"})
        return True

    def action_reject(self, reason):
        """Send the delivery back to the vendor with a reason."""
        self._flow_write({"state": "rejected", "reject_reason": reason})
        return True
