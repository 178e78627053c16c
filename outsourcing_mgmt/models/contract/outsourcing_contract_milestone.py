from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools import deadline
from ..award.purchase_order import receive_line
from ..base.outsourcing_grant import server_write


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
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("purchase_line_id", "quantity", "contract_id")
    def _check_quantity(self):
        for line in self.sudo().purchase_line_id:
            milestones = line.outsourcing_milestone_ids
            planned = sum(milestones.mapped("quantity"))
            if line.product_uom_id.compare(planned, line.product_qty) > 0:
                raise ValidationError(
                    self.env._(
                        "%(line)s: the milestones plan %(planned)s, but only "
                        "%(ordered)s are ordered.",
                        line=line.display_name,
                        planned=planned,
                        ordered=line.product_qty,
                    )
                )
        for milestone in self.sudo().filtered("purchase_line_id"):
            order = milestone.purchase_line_id.order_id
            if order.outsourcing_contract_id != milestone.contract_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s is no order of %(contract)s.",
                        order=order.name,
                        contract=milestone.contract_id.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            contract = self.env["outsourcing.contract"].browse(vals.get("contract_id"))
            if contract:
                vals.setdefault("company_id", contract.sudo().company_id.id)
        return super().create(vals_list)

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        now = fields.Datetime.now()
        if target == "submitted":
            server_write(
                self,
                {
                    "submitted_by_id": self.env.uid,
                    "submitted_on": now,
                    "reject_reason": False,
                },
            )
            self._ask_for_acceptance()
        elif target == "accepted":
            server_write(self, {"accepted_by_id": self.env.uid, "accepted_on": now})
            self._receive()
        if target in ("accepted", "rejected"):
            self.activity_feedback(["outsourcing_mgmt.mail_activity_type_milestone"])
        for milestone in self:
            self.env["outsourcing.audit.log"]._record(
                milestone,
                f"milestone_{target}",
                {"quantity": milestone.quantity},
                root=milestone.contract_id,
            )
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Report the delivery, for the vendor."""
        return self._take_step("submitted")

    def action_accept(self):
        """Accept the delivery; the order line counts it as received."""
        return self._take_step("accepted")

    def action_reject(self, reason):
        """Send the delivery back to the vendor with a reason."""
        return self._take_step("rejected", reject_reason=reason)

    def action_open_reject_wizard(self):
        """Ask what is missing in the delivery."""
        self._flow_check_can("reject")
        return self.env["outsourcing.reason.wizard"]._open(self, "action_reject")

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        if self._flow_is_system():
            # The vendor in the portal; the caller checked that it is his.
            return self._reason_unless_running()
        return self._reason_unless_officer() or self._reason_unless_running()

    def _get_cannot_accept_reason(self):
        reasons = self._reason_unless_officer() or self._reason_unless_running()
        for milestone in self:
            if milestone.submitted_by_id == self.env.user:
                reasons[milestone.id] = self.env._(
                    "you submitted it, so another officer accepts it."
                )
            elif milestone.id not in reasons:
                if reason := milestone.sudo()._get_order_reason():
                    reasons[milestone.id] = reason
        return reasons

    def _get_cannot_reject_reason(self):
        return self._reason_unless_officer()

    def _get_order_reason(self):
        """Say why the order line cannot receive the quantity, or nothing."""
        self.ensure_one()
        line = self.purchase_line_id
        if not line:
            return ""
        if line.order_id.state != "purchase":
            return self.env._(
                "%s is not confirmed: procurement confirms it first.",
                line.order_id.name,
            )
        if line.qty_received_method != "manual":
            return self.env._(
                "%s is received by stock moves, not by milestones.", line.display_name
            )
        received = line.qty_received + self.quantity
        if line.product_uom_id.compare(received, line.product_qty) > 0:
            return self.env._(
                "%(line)s: %(received)s of %(ordered)s are received already, so "
                "%(more)s more are above the order.",
                line=line.display_name,
                received=line.qty_received,
                ordered=line.product_qty,
                more=self.quantity,
            )
        return ""

    def _reason_unless_officer(self):
        if self._flow_user_in("outsourcing_mgmt.group_outsourcing_officer"):
            return {}
        return dict.fromkeys(
            self.ids, self.env._("the outsourcing department accepts deliveries.")
        )

    def _reason_unless_running(self):
        return {
            milestone.id: self.env._(
                "%s is not signed or was cancelled.",
                milestone.contract_id.sudo().display_name,
            )
            for milestone in self
            if not milestone.contract_id.sudo().signed_date
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _receive(self):
        """Count the accepted quantities on the order lines.

        The lines are locked and written, so two acceptances at once cannot
        both count from the same received quantity.
        """
        # Officers are no purchase users; the accepted quantity is all they set.
        lines = self.sudo().purchase_line_id
        if not lines:
            return
        lines.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM purchase_order_line WHERE id IN %s"
                " ORDER BY id FOR UPDATE",
                tuple(lines.ids),
            )
        )
        for milestone in self.sudo().filtered("purchase_line_id"):
            if reason := milestone._get_order_reason():
                # pylint: disable=translation-required
                raise UserError(f"{milestone.display_name}: {reason}")
            line = milestone.purchase_line_id
            receive_line(line, line.qty_received + milestone.quantity)

    def _vendor_submit(self, partner):
        """Submit the delivery for the vendor who owns the contract.

        :param partner: partner of the portal user (res.partner)
        """
        for milestone in self:
            milestone.contract_id._vendor_check(partner)
        # Vendors write nothing themselves; this is their delivery.
        return server_write(self.sudo(), {"state": "submitted"})

    def _ask_for_acceptance(self):
        for milestone in self.sudo():
            users = milestone._flow_get_users_of(
                "outsourcing_mgmt.group_outsourcing_officer", milestone.submitted_by_id
            )
            owner = milestone.contract_id.owner_id & users
            user = owner or users[:1]
            if user:
                milestone.activity_schedule(
                    "outsourcing_mgmt.mail_activity_type_milestone", user_id=user.id
                )
