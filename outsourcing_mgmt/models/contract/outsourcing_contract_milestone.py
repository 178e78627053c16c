import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...tools import deadline, shares
from ..award.purchase_order import receive_line
from ..base.grants import server_write
from ..base.groups import OFFICER
from ..base.row_lock import lock_rows
from ..messages.vendor_news import tell_sent_back
from .contract_ties import complete_from_contract

MILESTONE_TYPE = "outsourcing_mgmt.mail_activity_type_milestone"


class OutsourcingContractMilestone(models.Model):
    """A delivery that the contract plans and the vendor is paid for.

    planned -> submitted -> accepted | rejected -> submitted. The acceptance raises
    the received quantity of the order line, from which Odoo bills.

    =======  ====================  ==========================================
    Action   Who                   Restriction
    =======  ====================  ==========================================
    submit   vendor in the portal  its own, of a signed contract
    submit   officer               for the vendor, of a signed contract
    accept   officer               neither who planned nor who submitted it;
                                   within the order
    reject   officer               with a reason
    =======  ====================  ==========================================
    """

    _name = "outsourcing.contract.milestone"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.author.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Contract Milestone"
    _order = "contract_id, date_due, id"
    _check_company_auto = True
    _rate_day = "accepted_on"

    _flow_transitions = {
        "planned": {"submitted"},
        "submitted": {"accepted", "rejected"},
        "rejected": {"submitted"},
        "accepted": set(),
    }
    _flow_verbs = {"submitted": "submit", "accepted": "accept", "rejected": "reject"}
    _flow_groups = {
        "submit": (OFFICER,),
        "accept": (OFFICER,),
        "reject": (OFFICER,),
    }
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
            ("rejected", "Sent Back"),
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
    reject_reason = fields.Text(
        string="Reason for Sending Back", copy=False, readonly=True
    )
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

    @api.depends("name", "contract_id.name", "contract_id.subject")
    @api.depends_context("outsourcing_with_contract")
    def _compute_display_name(self):
        """Name the contract as well where deliveries of several stand side by side."""
        super()._compute_display_name()
        if self.env.context.get("outsourcing_with_contract"):
            for milestone in self.filtered("contract_id"):
                contract = milestone.contract_id
                milestone.display_name = (
                    f"{contract.name} · {milestone.name} · {contract.subject}"
                )

    @api.depends(
        "share",
        "purchase_line_id.product_qty",
        "purchase_line_id.outsourcing_milestone_ids.share",
    )
    def _compute_quantity(self):
        """Split the ordered quantity by the shares, so that the parts sum to it.

        What is submitted keeps its quantity; the plan divides what is left.
        """
        for milestone in self:
            # sudo: readers of the milestone need not read the order.
            line = milestone.sudo().purchase_line_id
            if not milestone.share or not line or milestone.state != "planned":
                continue
            shared = milestone._get_planned_with().filtered("share")
            planned = shared.filtered(lambda item: item.state == "planned")
            whole = line.product_uom_id.round(
                line.product_qty * sum(shared.mapped("share")) / 100
            )
            milestone.quantity = _get_part(
                milestone,
                planned,
                whole - sum((shared - planned).mapped("quantity")),
                planned.mapped("share"),
                line.product_uom_id.rounding,
            )

    @api.depends(
        "quantity",
        "purchase_line_id.price_unit_discounted",
        "purchase_line_id.outsourcing_milestone_ids.quantity",
    )
    def _compute_amount(self):
        """Split the value of the planned quantity, so that the parts sum to it."""
        for milestone in self:
            # sudo: readers of the milestone need not read the order.
            line = milestone.sudo().purchase_line_id
            currency = line.currency_id or milestone.currency_id
            price = line.price_unit_discounted
            value = currency.round(milestone.quantity * price)
            if milestone.state == "planned" and line:
                valued = milestone._get_planned_with()
                planned = valued.filtered(lambda item: item.state == "planned")
                whole = sum(valued.mapped("quantity")) * price
                milestone.amount = _get_part(
                    milestone,
                    planned,
                    currency.round(whole) - sum((valued - planned).mapped("amount")),
                    planned.mapped("quantity"),
                    currency.rounding,
                )
            elif currency.is_zero(value) or abs(milestone.amount - value) > (
                1.5 * currency.rounding
            ):
                # What is submitted keeps the part that it got of the rounding.
                milestone.amount = value

    @api.depends("date_due", "submitted_on", "state")
    def _compute_days_late(self):
        for milestone in self:
            company = milestone.company_id
            today, done = company._outsourcing_today(), milestone.submitted_on
            done = done and company._outsourcing_date(done)
            milestone.days_late = deadline.days_late(milestone.date_due, done, today)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("purchase_line_id", "quantity", "contract_id")
    def _check_quantity(self):
        # sudo: whoever plans deliveries need not read the order.
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
        # sudo: as above.
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
        complete_from_contract(self.env, vals_list, "company_id")
        return super().create(vals_list)

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
        return {
            milestone.id: self.env._(
                "%s is not signed or was cancelled.",
                contract.display_name,
            )
            for milestone in self
            # sudo: officers and vendors need not read the whole contract.
            if not (contract := milestone.contract_id.sudo()).signed_date
        }

    def _get_cannot_accept_reason(self):
        reasons = self._get_cannot_submit_reason()
        for milestone in self:
            if self.env.user in milestone._get_involved_users():
                reasons[milestone.id] = self.env._(
                    "you planned or submitted it, so another officer accepts it."
                )
            elif milestone.id not in reasons:
                # sudo: officers are no purchase users.
                if reason := milestone.sudo()._get_order_reason():
                    reasons[milestone.id] = reason
        return reasons

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

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        server_write(
            self,
            {
                "submitted_by_id": self.env.uid,
                "submitted_on": fields.Datetime.now(),
                "reject_reason": False,
            },
        )
        self._ask_for_acceptance()

    def _on_enter_accepted(self, origins):
        server_write(
            self, {"accepted_by_id": self.env.uid, "accepted_on": fields.Datetime.now()}
        )
        _receive(self)
        self.activity_feedback([MILESTONE_TYPE])

    def _on_enter_rejected(self, origins):
        self.activity_feedback([MILESTONE_TYPE])
        tell_sent_back(self)

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        for milestone in self:
            self.env["outsourcing.audit.log"]._record(
                milestone,
                f"milestone_{target}",
                {"quantity": milestone.quantity},
                root=milestone.contract_id,
            )
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_due_to_report(self):
        """Whether the vendor may report the delivery now: once its month has begun."""
        self.ensure_one()
        # sudo: vendors have no rights on contracts and companies.
        milestone = self.sudo()
        today = milestone.company_id._outsourcing_today()
        return bool(
            milestone.state in ("planned", "rejected")
            and milestone.contract_id.signed_date
            and milestone.date_due.replace(day=1) <= today
        )

    def _get_planned_with(self):
        """Return the milestones of the order line, this one as it is typed now."""
        self.ensure_one()
        # sudo: readers of the milestone need not read the order.
        milestone = self.sudo()
        others = milestone.purchase_line_id.outsourcing_milestone_ids._origin
        together = (others - milestone._origin) | milestone
        return together.sorted(lambda item: item._origin.id or math.inf)

    def _get_involved_users(self):
        """Return who planned or submitted the milestone, with sudo."""
        self.ensure_one()
        # sudo: who wrote and submitted is judged whoever asks.
        return self._get_authors() | self.sudo().submitted_by_id

    def _is_undecided(self):
        return super()._is_undecided() or self.state == "submitted"

    def _may_approve(self, user):
        return user.has_group(OFFICER)

    @api.model
    def _get_staffed_gates(self):
        return {"accept": (self.env._("Acceptance"), [("state", "=", "submitted")])}

    def _get_barred_users(self, verb):
        return self._get_involved_users()

    def _ask_for_acceptance(self):
        # sudo: the vendor who submits may not give officers activities.
        for milestone in self.sudo():
            users = milestone._flow_get_users_of(
                OFFICER, milestone._get_involved_users()
            )
            owner = milestone.contract_id.owner_id & users
            user = owner or users[:1]
            if user:
                milestone.activity_schedule(MILESTONE_TYPE, user_id=user.id)


def _get_part(milestone, together, whole, weights, step):
    """Return the part of one of the milestones that divide ``whole``."""
    parts = shares.split(max(0.0, whole), weights, step)
    return parts[list(together).index(milestone)]


def _receive(milestones):
    """Count the accepted quantities on the order lines.

    The lines are locked and written, so two acceptances at once cannot both count
    from the same received quantity. No method of the record, so that templates and
    server actions cannot call it.
    """
    # sudo: officers are no purchase users; the accepted quantity is all they set.
    milestones = milestones.sudo().filtered("purchase_line_id")
    lock_rows(milestones.purchase_line_id)
    for milestone in milestones:
        if reason := milestone._get_order_reason():
            # pylint: disable=translation-required
            raise UserError(f"{milestone.display_name}: {reason}")
        line = milestone.purchase_line_id
        receive_line(line, line.qty_received + milestone.quantity)
