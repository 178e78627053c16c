from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ..base.outsourcing_flow_mixin import FLOW_KEY
from ..base.outsourcing_grant import server_create, server_write


class OutsourcingAward(models.Model):
    """The decision which bid wins a tender, and why.

    Draft -> submitted -> approved -> notified -> final; annulled on the way.
    The gate submitted -> approved is a tier review by the outsourcing
    department and finance. Notifying the bidders starts the standstill; an
    open objection stops the award from becoming final.

    ============  =========================  ================================
    Action        Who                        Restriction
    ============  =========================  ================================
    edit, submit  procurement                reasons filled in
    approve       procurement                after the reviews
    notify        procurement                approved
    finalise      server clock               standstill over, no objection
    annul         procurement, manager       with a reason, before the order
    ============  =========================  ================================
    """

    _name = "outsourcing.award"
    _description = "Award"
    _inherit = [
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "annulled"

    _flow_transitions = {
        "draft": {"submitted", "annulled"},
        "submitted": {"approved", "annulled"},
        "approved": {"notified", "annulled"},
        "notified": {"final", "annulled"},
        "final": {"annulled"},
        "annulled": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "approved": "approve",
        "notified": "notify",
        "final": "finalise",
        "annulled": "annul",
    }
    _flow_required = {"annulled": ("annul_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "tender_id",
            "line_ids",
            "amount_total",
            "is_tie",
            "is_abnormally_low",
            "evaluation_report",
            "submitted_by_id",
            "submitted_date",
            "approved_by_id",
            "approved_date",
            "notified_by_id",
            "notified_date",
            "standstill_end",
            "final_date",
            "annul_reason",
            "annulled_by_id",
            "annulled_date",
        }
    )
    _flow_content_fields = frozenset({"bid_id", "reasons", "low_price_justification"})
    _flow_content_states = frozenset({"draft", "submitted"})
    _flow_deletable_states = frozenset()

    name = fields.Char(
        string="Reference", readonly=True, copy=False, default="/", index="trigram"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("notified", "Notified"),
            ("final", "Final"),
            ("annulled", "Annulled"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tender_id.currency_id")
    user_id = fields.Many2one(related="tender_id.user_id", store=True, index=True)

    # The winner
    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        string="Winning Bid",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('tender_id', '=', tender_id), ('rank', '=', 1)]",
    )
    partner_id = fields.Many2one(
        related="bid_id.partner_id", string="Winner", store=True, index=True
    )
    line_ids = fields.One2many(
        comodel_name="outsourcing.award.line",
        inverse_name="award_id",
        string="Awarded Services",
        copy=False,
    )
    amount_total = fields.Monetary(
        string="Amount",
        readonly=True,
        copy=False,
        help="Amount of the winning bid without taxes; the order cannot differ.",
    )
    reasons = fields.Html(
        help="Why this bid wins; told to all bidders.", sanitize_attributes=True
    )
    is_tie = fields.Boolean(
        string="Tie",
        readonly=True,
        help="Several bids share the first place; the reasons say why this one wins.",
    )
    is_abnormally_low = fields.Boolean(
        string="Abnormally Low",
        readonly=True,
        help="The price lies far under the others and must be justified.",
    )
    low_price_justification = fields.Text(
        help="How the vendor explains the price, and why the company accepts it."
    )
    evaluation_report = fields.Html(
        readonly=True,
        copy=False,
        help="The evaluation as it was when the award was proposed.",
    )

    # Who and when
    submitted_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    submitted_date = fields.Datetime(string="Submitted On", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_date = fields.Datetime(string="Approved On", readonly=True, copy=False)
    notified_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    notified_date = fields.Datetime(string="Notified On", readonly=True, copy=False)
    standstill_end = fields.Datetime(
        string="Standstill Until",
        readonly=True,
        copy=False,
        index=True,
        help="Bidders may object until then.",
    )
    final_date = fields.Datetime(
        string="Final On", readonly=True, copy=False, index=True
    )
    annulled_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    annulled_date = fields.Datetime(string="Annulled On", readonly=True, copy=False)
    annul_reason = fields.Text(copy=False, tracking=True)
    objection_ids = fields.One2many(
        comodel_name="outsourcing.objection", inverse_name="award_id"
    )

    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_notify = fields.Boolean(compute="_compute_flow_can")
    can_finalise = fields.Boolean(compute="_compute_flow_can")
    can_annul = fields.Boolean(compute="_compute_flow_can")

    _tender_unique = models.UniqueIndex(
        "(tender_id) WHERE state <> 'annulled'",
        "The tender has an award already; annul it first.",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("bid_id", "tender_id")
    def _check_bid(self):
        for award in self.sudo():
            bid = award.bid_id
            if bid.tender_id != award.tender_id or bid.rank != 1:
                raise ValidationError(
                    self.env._(
                        "%s: only a bid of the tender that ranks first wins.",
                        award.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        awards = super().create(vals_list)
        for award in awards:
            # Sequences are not readable by users of the suite.
            sequence = self.env["ir.sequence"].with_company(award.company_id).sudo()
            server_write(award, {"name": sequence.next_by_code("outsourcing.award")})
        return awards

    def write(self, vals):
        result = super().write(vals)
        if "bid_id" in vals:
            self._fill_from_bid()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _propose(self, tender):
        """Make the award of ``tender`` for the bid that ranks first."""
        bids = tender._get_racing_bids()
        first = bids.filtered(lambda bid: bid.rank == 1)
        # The database counts an award as alive until its annulment is written.
        self.flush_model(["state"])
        award = server_create(
            self,
            [
                {
                    "tender_id": tender.id,
                    "bid_id": first[:1].id,
                    "is_tie": len(first) > 1,
                }
            ],
        )
        award._fill_from_bid()
        report = self.env["ir.qweb"]._render(
            "outsourcing_mgmt.evaluation_report_content",
            tender._prepare_report_values(),
        )
        server_write(award, {"evaluation_report": report})
        return award

    def _fill_from_bid(self):
        """Copy the lines and the amount of the winning bid."""
        for award in self:
            bid = award.sudo().bid_id
            # Lines are frozen facts of the bid; nobody has the right to edit them.
            award.sudo().line_ids.with_context(outsourcing_flow_key=FLOW_KEY).unlink()
            server_write(
                award.sudo(),
                {
                    "amount_total": bid.amount_total,
                    "is_abnormally_low": bid.is_abnormally_low,
                    "line_ids": [
                        Command.create(award._prepare_line_values(line))
                        for line in bid.line_ids
                    ],
                },
            )

    @api.model
    def _prepare_line_values(self, line):
        return {
            "tender_line_id": line.tender_line_id.id,
            "sequence": line.sequence,
            "product_id": line.tender_line_id.product_id.id,
            "name": line.name,
            "product_qty": line.product_qty,
            "product_uom_id": line.tender_line_id.product_uom_id.id,
            "price_unit": line.price_unit,
            "price_subtotal": line.price_subtotal,
        }

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
