from odoo import api, fields, models

from ..base.outsourcing_grant import server_write


class OutsourcingBid(models.Model):
    """The bid of one vendor in one tender.

    Draft -> sealed -> opened -> qualified -> ranked -> won | lost; withdrawn
    before the deadline, disqualified after it. Until the opening the record
    holds facts only (who, when, digest): what the bid says lies in sealed
    envelopes that nobody reads. Opening the technical envelope makes the files
    readable, opening the price envelope the lines and the total.

    ===========  =====================  =======================================
    Action       Who                    Restriction
    ===========  =====================  =======================================
    draft, seal  the vendor (portal)    before the deadline of the server clock
    withdraw     the vendor (portal)    before the deadline of the server clock
    open, rank   the tender             after the deadline, never by hand
    disqualify   procurement            opened, with a reason
    read         employees              facts of sealed bids, content of opened ones
    ===========  =====================  =======================================

    Vendors have no access rights: the portal shows each his own bid, and
    nobody else ever finds a draft.
    """

    _name = "outsourcing.bid"
    _description = "Bid"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "tender_id desc, rank, id"
    _check_company_auto = True
    _mail_post_access = "read"

    _flow_transitions = {
        "draft": {"sealed"},
        "sealed": {"withdrawn", "opened", "disqualified"},
        "withdrawn": set(),
        "opened": {"qualified", "disqualified"},
        "qualified": {"ranked", "disqualified"},
        "disqualified": {"qualified"},
        "ranked": {"qualified", "disqualified", "won", "lost"},
        "won": {"ranked", "lost", "disqualified"},
        "lost": {"ranked", "won"},
    }
    _flow_verbs = {
        "sealed": "seal",
        "withdrawn": "withdraw",
        "disqualified": "disqualify",
        "opened": "proceed",
        "qualified": "proceed",
        "ranked": "proceed",
        "won": "proceed",
        "lost": "proceed",
    }
    # Nobody has write rights on a bid, or its files could be deleted with them.
    _flow_step_access = "read"
    _flow_required = {"disqualified": ("disqualification_reason",)}
    _flow_system_fields = frozenset(
        {
            "tender_id",
            "partner_id",
            "sha256",
            "received_at",
            "receipt_code",
            "sealed_by_id",
            "withdrawn_at",
            "needs_reconfirmation",
            "reconfirmed_at",
            "technical_opened_at",
            "price_opened_at",
            "declaration",
            "technical_note",
            "line_ids",
            "amount_total",
            "technical_score",
            "price_score",
            "total_score",
            "rank",
            "disqualification_reason",
            "disqualified_by_id",
            "disqualified_at",
            "purchase_order_id",
        }
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tender_id.currency_id", store=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The company that bids; its colleagues share one bid.",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("sealed", "Sealed"),
            ("withdrawn", "Withdrawn"),
            ("opened", "Opened"),
            ("qualified", "Qualified"),
            ("disqualified", "Disqualified"),
            ("ranked", "Ranked"),
            ("won", "Won"),
            ("lost", "Lost"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )

    # Receipt
    sha256 = fields.Char(
        string="SHA-256",
        readonly=True,
        copy=False,
        help="Digest over the sealed envelopes and a secret number: proves later that "
        "nothing was changed, and tells nothing about the content.",
    )
    received_at = fields.Datetime(
        string="Received On", readonly=True, copy=False, index=True
    )
    receipt_code = fields.Char(readonly=True, copy=False)
    sealed_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    withdrawn_at = fields.Datetime(string="Withdrawn On", readonly=True, copy=False)
    needs_reconfirmation = fields.Boolean(
        readonly=True,
        copy=False,
        help="An addendum was published after the bid was sealed. A bid that the "
        "vendor does not confirm before the deadline is returned unopened.",
    )
    reconfirmed_at = fields.Datetime(string="Confirmed On", readonly=True, copy=False)

    # Content, filled by the opening
    technical_opened_at = fields.Datetime(
        string="Technical Part Opened On", readonly=True, copy=False
    )
    price_opened_at = fields.Datetime(
        string="Price Opened On", readonly=True, copy=False, index=True
    )
    declaration = fields.Text(readonly=True, copy=False)
    technical_note = fields.Text(
        string="Remarks of the Vendor", readonly=True, copy=False
    )
    attachment_ids = fields.One2many(
        comodel_name="ir.attachment",
        inverse_name="res_id",
        string="Files",
        domain=[("res_model", "=", "outsourcing.bid")],
        readonly=True,
    )
    line_ids = fields.One2many(
        comodel_name="outsourcing.bid.line",
        inverse_name="bid_id",
        string="Prices",
        readonly=True,
        copy=False,
    )
    amount_total = fields.Monetary(
        string="Total",
        compute="_compute_amount_total",
        store=True,
        help="Sum of the prices without tax; empty until the prices are opened.",
    )

    # Evaluation, written by the tender
    technical_score = fields.Float(digits=(6, 4), readonly=True, copy=False)
    price_score = fields.Float(digits=(6, 4), readonly=True, copy=False)
    total_score = fields.Float(digits=(6, 4), readonly=True, copy=False)
    rank = fields.Integer(readonly=True, copy=False, aggregator=None)
    disqualification_reason = fields.Text(
        string="Reason of the Disqualification",
        readonly=True,
        copy=False,
        help="The vendor reads it in his result.",
    )
    disqualified_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    disqualified_at = fields.Datetime(
        string="Disqualified On", readonly=True, copy=False
    )
    purchase_order_id = fields.Many2one(
        comodel_name="purchase.order",
        string="Request for Quotation",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    can_disqualify = fields.Boolean(compute="_compute_flow_can")

    _live_unique = models.UniqueIndex(
        "(tender_id, partner_id) WHERE state <> 'withdrawn'",
        "The vendor has a bid in this tender already. Withdraw or change that one.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("tender_id.name", "partner_id.name")
    def _compute_display_name(self):
        # A vendor may read the name of his own bid, but not the tender.
        for bid in self:
            names = [bid.sudo().tender_id.name, bid.sudo().partner_id.name]
            bid.display_name = ", ".join(filter(None, names))

    @api.depends("line_ids.price_subtotal")
    def _compute_amount_total(self):
        for bid in self:
            bid.amount_total = sum(bid.line_ids.mapped("price_subtotal"))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Keep the vendor out of the followers: the chatter is internal."""
        # Whoever adds the follower may not read every partner.
        partners = self.env["res.partner"].sudo().browse(partner_ids or [])
        internal = partners.filtered(lambda partner: not partner.partner_share)
        return super()._message_subscribe(internal.ids, subtype_ids, customer_ids)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_seal(self):
        """Close the envelopes and receive the bid; by its vendor, in time."""
        self._audit_if_late("sealed_refused")
        return self._take_step("sealed")

    def action_withdraw(self):
        """Give the bid back unopened; by its vendor, in time."""
        self._audit_if_late("withdrawn_refused")
        return self._take_step("withdrawn")

    def action_disqualify(self, reason=None):
        """Exclude opened bids.

        :param str reason: told to the vendor with the result
        """
        if not (reason or "").strip():
            return self.env["outsourcing.reason.wizard"]._open(
                self, "action_disqualify", self.env._("Disqualify")
            )
        return self._take_step("disqualified", disqualification_reason=reason)

    def action_view_order(self):
        self.ensure_one()
        return self.purchase_order_id._get_records_action()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_proceed_reason(self):
        """Opening, ranking and result belong to the tender."""
        if self._flow_is_system():
            return {}
        return dict.fromkeys(
            self.ids,
            self.env._(
                "the tender opens and ranks its bids; use the buttons of the tender."
            ),
        )

    def _get_cannot_disqualify_reason(self):
        if self._flow_is_system():
            return {}
        if not self._flow_user_in("outsourcing_mgmt.group_outsourcing_procurement"):
            return dict.fromkeys(
                self.ids, self.env._("only procurement disqualifies a bid.")
            )
        reasons = {}
        for bid in self:
            if bid.state == "sealed":
                reasons[bid.id] = self.env._(
                    "it is sealed. Open the bids of the tender first."
                )
            elif bid.state in ("ranked", "won") and bid.tender_id.state not in (
                "opened",
                "evaluation",
                "price_opened",
            ):
                reasons[bid.id] = self.env._(
                    "the award is proposed already. Annul the award first."
                )
        return reasons

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        if target == "sealed":
            self._close_envelopes()
        elif target == "withdrawn":
            self._return_unopened()
        elif target == "disqualified":
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(
                self.sudo(),
                {
                    "disqualified_by_id": self.env.uid,
                    "disqualified_at": fields.Datetime.now(),
                },
            )
            self._audit("disqualify")
        return result
