from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_date

from ...tools import reward
from ...tools.one_record import check_one
from ..base.grants import server_write
from ..base.groups import AUDITOR, FINANCE, MANAGER, OFFICER, PROCUREMENT
from ..messages.vendor_news import tell_amended
from .contract_ties import complete_from_contract
from .outsourcing_contract import IN_FORCE
from .outsourcing_contract_amendment_line import write_to_orders
from .outsourcing_contract_guarantee import ask_for_guarantee
from .runner_up import get_amended_amount, get_ranking_at

ENDED = ("expired", "renewed", "terminated")


class OutsourcingContractAmendment(models.Model):
    """A change of a signed contract, with its reason and its own review.

    draft -> approved | cancelled. The officer group reviews each amendment;
    when all amendments together pass the company's cap, finance reviews it
    too. The approval applies the change and gives the contract a new version. Of a
    contract that has ended only the amount changes, and upwards: for its last bills.
    """

    _name = "outsourcing.contract.amendment"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Contract Amendment"
    _order = "contract_id, version desc, id desc"
    _check_company_auto = True
    _rate_day = "approved_on"

    _state_from = ["draft"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"

    _flow_transitions = {
        "draft": {"approved", "cancelled"},
        "approved": set(),
        "cancelled": set(),
    }
    _flow_verbs = {"approved": "approve", "cancelled": "cancel"}
    _flow_required = {"approved": ("reason",)}
    _flow_system_fields = frozenset(
        {"version", "approved_by_id", "approved_on", "amount_before", "date_end_before"}
    )
    _flow_content_fields = frozenset(
        {
            "amount_change",
            "company_id",
            "contract_id",
            "date_effective",
            "description",
            "line_ids",
            "name",
            "new_date_end",
            "new_headcount",
            "reason",
        }
    )
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(string="Subject", required=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("approved", "Approved"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('state', 'in', ('signed', 'active', 'expiring', 'expired', "
        "'renewed', 'terminated'))]",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    partner_id = fields.Many2one(related="contract_id.partner_id")
    version = fields.Integer(
        copy=False,
        readonly=True,
        aggregator=None,
        help="Version of the contract that the amendment made.",
    )

    # Change
    reason = fields.Text(tracking=True, help="Why the contract has to change.")
    description = fields.Html(string="Changed Terms")
    date_effective = fields.Date(
        default=lambda self: self.env.company._outsourcing_today()
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    line_ids = fields.One2many(
        comodel_name="outsourcing.contract.amendment.line",
        inverse_name="amendment_id",
        string="Changed Order Lines",
        copy=False,
        help="The approval writes new quantities and prices to the orders.",
    )
    amount_change = fields.Monetary(
        compute="_compute_amount_change",
        store=True,
        readonly=False,
        tracking=True,
        help="Untaxed; added to the contract amount, may be negative. With changed "
        "order lines it is their sum.",
    )
    new_date_end = fields.Date(string="New End", tracking=True)
    new_headcount = fields.Integer(
        string="New Agreed Heads",
        aggregator=None,
        tracking=True,
        help="How many people are agreed from now on; 0 changes nothing.",
    )
    cumulative_percent = fields.Float(
        string="All Amendments (%)",
        compute="_compute_cumulative_percent",
        aggregator=None,
        help="This and all approved amendments in percent of the amount at signature. "
        "Increases and decreases both count.",
    )
    exceeds_cap = fields.Boolean(
        string="Above the Cap",
        compute="_compute_cumulative_percent",
        help="Finance has to approve it too.",
    )

    runner_up_note = fields.Text(
        string="At This Price in the Tender",
        compute="_compute_runner_up_note",
        compute_sudo=True,
        groups=",".join((OFFICER, PROCUREMENT, FINANCE, MANAGER, AUDITOR)),
        help="Whether the vendor would have won the tender at the amended price, by "
        "its rules, bids and scores.",
    )
    loses_tender = fields.Boolean(
        string="Would Not Have Won",
        compute="_compute_runner_up_note",
        compute_sudo=True,
        groups=",".join((OFFICER, PROCUREMENT, FINANCE, MANAGER, AUDITOR)),
    )

    # Stamps
    amount_before = fields.Monetary(copy=False, readonly=True)
    date_end_before = fields.Date(string="End Before", copy=False, readonly=True)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    approved_on = fields.Datetime(copy=False, readonly=True)

    # UI
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _headcount_positive = models.Constraint(
        "CHECK (new_headcount >= 0)", "A number of heads cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("line_ids.amount_change")
    def _compute_amount_change(self):
        """The sum of the changed order lines; without any, what was typed stays."""
        for amendment in self:
            if amendment.line_ids and amendment.state == "draft":
                amendment.amount_change = sum(
                    amendment.line_ids.mapped("amount_change")
                )
            else:
                amendment.amount_change = amendment.amount_change

    @api.depends(
        *("amount_change", "new_date_end", "state", "contract_id.amount_total"),
        *("line_ids.quantity", "line_ids.price_unit"),
    )
    @api.depends_context("lang")
    def _compute_runner_up_note(self):
        for amendment in self:
            amendment.runner_up_note = False
            amendment.loses_tender = False
            contract = amendment.contract_id
            if not contract:
                continue
            amount = get_amended_amount(amendment)
            ranking = get_ranking_at(contract, amount)
            if not ranking:
                continue
            first, winner = ranking
            names = {
                "amount": contract.currency_id.format(amount),
                "points": winner.total,
                "tender": contract.tender_id.name,
            }
            if first.bid == winner.bid:
                amendment.runner_up_note = self.env._(
                    "At %(amount)s for what was tendered the vendor would have had "
                    "%(points)s points in %(tender)s and would still be first.",
                    **names,
                )
                continue
            amendment.loses_tender = True
            amendment.runner_up_note = self.env._(
                "At %(amount)s for what was tendered the vendor would have had "
                "%(points)s points in %(tender)s. First would be %(first)s with "
                "%(first_points)s points.",
                first=first.bid.partner_id.display_name,
                first_points=first.total,
                **names,
            )

    @api.depends(
        "amount_change",
        "state",
        "contract_id.amount_initial",
        "contract_id.amendment_ids.state",
        "contract_id.amendment_ids.amount_change",
        "company_id.outsourcing_amendment_cap",
    )
    def _compute_cumulative_percent(self):
        for amendment in self:
            # sudo: the cap counts amendments and settings that a reader may not see.
            contract = amendment.contract_id.sudo()
            others = contract.amendment_ids - amendment
            changes = others.filtered(lambda item: item.state == "approved").mapped(
                "amount_change"
            )
            percent = reward.cumulative_percent(
                contract.amount_initial, [*changes, amendment.amount_change]
            )
            # sudo: as above, for the settings.
            cap = amendment.company_id.sudo().outsourcing_amendment_cap
            amendment.exceeds_cap = percent > cap
            amendment.cumulative_percent = min(percent, 999999.0)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains(
        "amount_change", "new_date_end", "date_effective", "contract_id", "line_ids"
    )
    def _check_change(self):
        for amendment in self:
            # sudo: whoever writes an amendment need not read all of its contract.
            contract = amendment.contract_id.sudo()
            if amendment.state == "draft" and not amendment._is_possible():
                raise ValidationError(
                    self.env._(
                        "%s is not in force: a draft is changed directly, and an ended "
                        "contract is renewed. Of an ended one only the amount can be "
                        "raised, for its last bills.",
                        contract.display_name,
                    )
                )
            if amendment.state == "draft" and (
                contract.amount_total + amendment.amount_change < 0
            ):
                raise ValidationError(
                    self.env._(
                        "The amendment would make the amount of %s negative.",
                        contract.display_name,
                    )
                )
            if amendment.state == "draft" and (
                reason := amendment._get_below_orders_reason()
            ):
                raise ValidationError(reason)
            if (
                amendment.new_date_end
                and contract.date_start
                and amendment.new_date_end < contract.date_start
            ):
                raise ValidationError(
                    self.env._("%s would end before it starts.", contract.display_name)
                )
            if amendment.state == "draft" and (
                reason := amendment._get_past_end_reason()
                or amendment._get_effective_reason()
            ):
                raise ValidationError(reason)

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

    def action_approve(self):
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_cancel(self):
        """Give the amendment up."""
        return self._take_step("cancelled")

    def action_add_order_lines(self):
        """List the lines of the contract's orders, to be changed here.

        Only lines whose quantity or price is then changed need to stay.
        """
        check_one(self)
        # sudo: whoever writes the amendment need not read orders.
        orders = self.sudo().contract_id.purchase_order_ids.filtered(
            lambda order: order.state == "purchase"
        )
        lines = orders.order_line.filtered(
            lambda line: not line.display_type and not line._outsourcing_is_advance()
        )
        # sudo: as above.
        missing = lines - self.sudo().line_ids.purchase_line_id
        if not missing:
            raise UserError(
                self.env._(
                    "%s has no further line of a confirmed order.",
                    self.contract_id.display_name,
                )
            )
        self.line_ids = [
            Command.create({"purchase_line_id": line.id}) for line in missing
        ]
        return True

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_approve_reason(self):
        reasons = {}
        for amendment in self:
            # sudo: reviewers of an amendment need not read all of its contract.
            contract = amendment.contract_id.sudo()
            if not amendment._is_possible():
                reasons[amendment.id] = self.env._(
                    "%s is no longer in force: only its amount can be raised, for its "
                    "last bills.",
                    contract.display_name,
                )
            elif contract.amount_total + amendment.amount_change < 0:
                reasons[amendment.id] = self.env._(
                    "it would make the amount of %s negative.", contract.display_name
                )
            elif reason := (
                amendment._get_past_end_reason() or amendment._get_below_orders_reason()
            ):
                reasons[amendment.id] = reason
            elif reason := amendment._tier_get_cannot_cross_reason():
                reasons[amendment.id] = reason
        return reasons

    def _is_possible(self):
        """Whether the contract is in force, or has ended and only costs more."""
        self.ensure_one()
        # sudo: whoever writes an amendment need not read all of its contract.
        state = self.sudo().contract_id.state
        is_raise = self.amount_change > 0
        is_more = self.new_date_end or self.new_headcount
        return state in IN_FORCE or (state in ENDED and is_raise and not is_more)

    def _get_past_end_reason(self):
        """Say that no amendment ends a contract on a day that is over, or nothing."""
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        if not self.new_date_end or self.new_date_end >= today:
            return ""
        return self.env._(
            "%(contract)s cannot end on %(day)s, which is over. Choose today or later, "
            "or terminate it, with the reason.",
            # sudo: whoever writes an amendment need not read all of its contract.
            contract=self.contract_id.sudo().display_name,
            day=format_date(self.env, self.new_date_end),
        )

    def _get_effective_reason(self):
        """Say why a change is not in effect on its day, or nothing."""
        self.ensure_one()
        # sudo: whoever writes an amendment need not read all of its contract.
        contract = self.sudo().contract_id
        day, first = self.date_effective, contract.date_start
        last = self.new_date_end or contract.date_end
        # Before its first day it changes from the start.
        today = self.company_id._outsourcing_today()
        is_early = bool(day and first and day < min(first, today))
        # The last bills of an ended contract cost more from today on.
        is_late = bool(day and last and day > last) and contract.state not in ENDED
        if not is_early and not is_late:
            return ""
        return self.env._(
            "%(contract)s runs from %(first)s to %(last)s: the change takes effect on "
            "one of these days.",
            contract=contract.display_name,
            first=format_date(self.env, first) if first else "-",
            last=format_date(self.env, last) if last else "-",
        )

    def _get_below_orders_reason(self):
        """Say why the contract would not cover its orders, or nothing."""
        self.ensure_one()
        # sudo: reviewers of an amendment need not read orders.
        amendment = self.sudo()
        contract = amendment.contract_id
        for line in amendment.line_ids:
            if reason := line._get_order_reason():
                return reason
        changed = contract.currency_id.round(
            sum(amendment.line_ids.mapped("amount_change"))
        )
        if amendment.line_ids and contract.currency_id.compare_amounts(
            changed, amendment.amount_change
        ):
            return self.env._(
                "The order lines change by %(lines)s, the amendment says %(amount)s. "
                "Both must be equal.",
                lines=contract.currency_id.format(changed),
                amount=contract.currency_id.format(amendment.amount_change),
            )
        orders = contract._get_living_orders()
        ordered = contract._get_ordered(orders) + changed
        amount = contract.amount_total + amendment.amount_change
        room = contract._get_rounding_room(orders)
        if amendment.amount_change >= 0 or (
            contract.currency_id.compare_amounts(ordered - amount, room) <= 0
        ):
            return ""
        return self.env._(
            "%(contract)s would be %(amount)s, its orders come to %(ordered)s. Add "
            "their lines to the amendment with the new quantities and prices, or "
            "cancel orders first.",
            contract=contract.display_name,
            amount=contract.currency_id.format(amount),
            ordered=contract.currency_id.format(ordered),
        )

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_approved(self, origins):
        for amendment in self:
            _apply(amendment)
            tell_amended(amendment)
            # sudo: who approves need not read the guarantees of the contract.
            ask_for_guarantee(amendment.contract_id.sudo())


def _apply(amendment):
    """Change the contract as agreed and give it a new version.

    No method of the record, so that templates and server actions cannot call it.
    """
    # sudo: reviewers may not write contracts; what they approved says what changes.
    contract = amendment.contract_id.sudo()
    server_write(
        amendment,
        {
            "version": contract.version + 1,
            "amount_before": contract.amount_total,
            "date_end_before": contract.date_end,
            "approved_by_id": amendment.env.uid,
            "approved_on": fields.Datetime.now(),
        },
    )
    vals = {
        "version": contract.version + 1,
        "amount_total": contract.amount_total + amendment.amount_change,
    }
    if amendment.new_date_end:
        vals["date_end"] = amendment.new_date_end
    if amendment.new_headcount:
        vals["headcount_agreed"] = amendment.new_headcount
    server_write(contract, vals)
    write_to_orders(amendment.line_ids)
    contract._follow_calendar()
    amendment.env["outsourcing.audit.log"]._record(
        amendment,
        "amended",
        {
            "change": amendment.amount_change,
            "lines": len(amendment.line_ids),
            "end": amendment.new_date_end or None,
            "version": amendment.version,
        },
        root=contract,
    )
