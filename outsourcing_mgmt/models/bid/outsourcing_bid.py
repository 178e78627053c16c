from odoo import api, fields, models
from odoo.tools import email_normalize

from ...tools import sealing
from ...tools.one_record import check_one
from ..award.purchase_order import cancel_quotations
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import server_write
from ..base.groups import MANAGER, PROCUREMENT
from ..base.outsourcing_flow_mixin import check_entering
from ..vendor.listed import get_listed_reasons
from .outsourcing_bid_envelope import get_total, has_changed_files, seal
from .outsourcing_bid_person import filter_acting, find_acting, get_acting_users
from .vendor import record_answer


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
    draft, seal  the vendor (portal)    before the deadline of the server clock,
                                        by a person who is fixed with the bid
    withdraw     the vendor (portal)    as above
    open, rank   the tender             after the deadline, never by hand
    disqualify   procurement            opened, with a reason
    guarantee    procurement            received with its paper; given back once it
                                        secures nothing, or claimed with a reason (the
                                        manager, too)
    read         employees              facts of sealed bids, content of opened ones
    ===========  =====================  =======================================

    Vendors have no access rights: the portal shows each vendor its own bid, and
    nobody else ever finds a draft. Who acts for the vendor is fixed when the bid
    begins (``person_ids``) and does not follow from contacts.
    """

    _name = "outsourcing.bid"
    _description = "Bid"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.flow.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "tender_id desc, rank, id"
    _check_company_auto = True
    _rate_day = "price_opened_at"
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
    _flow_groups = {
        "disqualify": (PROCUREMENT,),
        "receive_guarantee": (PROCUREMENT,),
        "release_guarantee": (PROCUREMENT,),
        "call_guarantee": (PROCUREMENT, MANAGER),
    }
    _flow_personal = PERSONAL_VERBS | {"call_guarantee"}
    _flow_required = {"disqualified": ("disqualification_reason",)}
    _flow_system_fields = frozenset(
        {
            "tender_id",
            "partner_id",
            "sha256",
            "received_at",
            "receipt_code",
            "sealed_by_id",
            "person_ids",
            "vendor_email",
            "withdrawn_at",
            "needs_reconfirmation",
            "reconfirmed_at",
            "technical_opened_at",
            "price_opened_at",
            "attachment_ids",
            "declaration",
            "technical_note",
            "line_ids",
            "amount_total",
            "is_abnormally_low",
            "score_ids",
            "technical_score",
            "price_score",
            "total_score",
            "rank",
            "guarantee_reference",
            "guarantee_received_on",
            "guarantee_released_on",
            "guarantee_called_on",
            "guarantee_called_by_id",
            "guarantee_call_amount",
            "guarantee_call_reason",
            "guarantee_document",
            "guarantee_document_hash",
            "guarantee_document_name",
            "disqualification_reason",
            "disqualification_basis",
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
    person_ids = fields.One2many(
        comodel_name="outsourcing.bid.person",
        inverse_name="bid_id",
        string="Persons",
        readonly=True,
        copy=False,
        help="Who may act for the vendor, and who waits to be confirmed.",
    )
    vendor_email = fields.Char(
        string="Mail Address of the Vendor",
        readonly=True,
        copy=False,
        help="When the bid began. Results are not mailed to an address that somebody "
        "put in its place.",
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
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="outsourcing_bid_file_rel",
        column1="bid_id",
        column2="attachment_id",
        string="Files",
        readonly=True,
        copy=False,
        help="What the vendor sealed, as it was opened; not what was posted later.",
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
        help="Sum of the prices without tax, rounded as the company rounds its orders; "
        "empty until the prices are opened.",
    )

    # Evaluation, written by the tender
    score_ids = fields.One2many(
        comodel_name="outsourcing.score",
        inverse_name="bid_id",
        string="Scores",
        groups="base.group_user",
    )
    is_abnormally_low = fields.Boolean(
        string="Abnormally Low",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The price lies far under the others; an award must justify it.",
    )
    technical_score = fields.Float(digits=(6, 4), readonly=True, copy=False)
    price_score = fields.Float(digits=(6, 4), readonly=True, copy=False)
    total_score = fields.Float(digits=(6, 4), readonly=True, copy=False)
    rank = fields.Integer(readonly=True, copy=False, aggregator=None)
    guarantee_reference = fields.Char(
        string="Number of the Bid Guarantee", readonly=True, copy=False
    )
    guarantee_received_on = fields.Date(
        string="Bid Guarantee Received On", readonly=True, copy=False
    )
    guarantee_released_on = fields.Date(
        string="Bid Guarantee Given Back On", readonly=True, copy=False
    )
    guarantee_called_on = fields.Date(
        string="Bid Guarantee Claimed On",
        readonly=True,
        copy=False,
        help="The day on which its issuer got the claim.",
    )
    guarantee_called_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Claim Entered By",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    guarantee_call_amount = fields.Monetary(
        string="Amount Claimed", readonly=True, copy=False, groups="base.group_user"
    )
    guarantee_call_reason = fields.Text(
        string="Why It Was Claimed", readonly=True, copy=False, groups="base.group_user"
    )
    guarantee_document = fields.Binary(
        string="Bid Guarantee",
        attachment=True,
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The guarantee as the bank wrote it, or the receipt of the deposit.",
    )
    guarantee_document_name = fields.Char(
        readonly=True, copy=False, groups="base.group_user"
    )
    guarantee_document_hash = fields.Char(
        string="Bid Guarantee SHA-256",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    disqualification_reason = fields.Text(
        string="Reason of the Disqualification",
        readonly=True,
        copy=False,
        help="The vendor sees it with the result.",
    )
    disqualification_basis = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The rule that excluded the bid, and the scores on which it did; empty "
        "where a person decided.",
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
    can_receive_guarantee = fields.Boolean(compute="_compute_flow_can")
    can_release_guarantee = fields.Boolean(compute="_compute_flow_can")
    can_call_guarantee = fields.Boolean(compute="_compute_flow_can")

    _live_unique = models.UniqueIndex(
        "(tender_id, partner_id) WHERE state <> 'withdrawn'",
        "The vendor has a bid in this tender already. Withdraw or change that one.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("tender_id.name", "partner_id.name")
    def _compute_display_name(self):
        for bid in self:
            # sudo: a vendor may read the name of its own bid, but not the tender.
            system = bid.sudo()
            names = [system.tender_id.name, system.partner_id.name]
            bid.display_name = ", ".join(filter(None, names))

    @api.depends("line_ids.price_unit", "line_ids.product_qty")
    def _compute_amount_total(self):
        for bid in self:
            amounts = [line.product_qty * line.price_unit for line in bid.line_ids]
            bid.amount_total = get_total(bid, amounts)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _message_subscribe(self, partner_ids=None, subtype_ids=None, customer_ids=None):
        """Keep the vendor out of the followers: the chatter is internal."""
        # sudo: whoever adds the follower may not read every partner.
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

        :param str reason: told to the vendor with the result; asked for in a
            dialog where it is missing
        """
        if not reason or (isinstance(reason, str) and not reason.strip()):
            return self.env["outsourcing.reason.wizard"]._open(
                self, "action_disqualify", self.env._("Disqualify")
            )
        return self._take_step("disqualified", disqualification_reason=reason)

    def action_view_order(self):
        check_one(self)
        self.check_access("read")
        return self.purchase_order_id._get_records_action()

    # ------------------------------------------------------------
    # RULES
    # ------------------------------------------------------------

    def _get_cannot_seal_reason(self):
        reasons = {}
        acting = find_acting(self, self.env.user)
        for bid in self:
            if bid not in acting:
                reasons[bid.id] = self.env._("only the vendor seals it, in the portal.")
            elif reason := bid.tender_id._get_cannot_bid_reason(bid.partner_id):
                reasons[bid.id] = reason
        return get_listed_reasons(self) | reasons

    def _get_cannot_withdraw_reason(self):
        reasons = {}
        acting = find_acting(self, self.env.user)
        for bid in self:
            if bid not in acting:
                reasons[bid.id] = self.env._(
                    "only the vendor withdraws it, in the portal."
                )
            elif reason := bid.tender_id._get_cannot_bid_reason():
                reasons[bid.id] = reason
        return reasons

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

    def _get_opening_remarks(self):
        """Return what the opening record says of bids beside their facts.

        Other modules add what they know of the vendors.

        :return: ``{bid id: list of texts}``, of every bid
        """
        listed = get_listed_reasons(self)
        return {id_: [listed[id_]] if id_ in listed else [] for id_ in self.ids}

    def _get_offers(self):
        """Return the prices of the bids that can win; a price of zero offers nothing.

        :rtype: outsourcing.bid.line
        """
        return self.line_ids.filtered(
            lambda line: line.price_unit or not line.tender_id.award_by_line
        )

    def _is_vendor(self):
        """Whether the acting user may act for this bidder; ``sudo()`` is no help."""
        return self in filter_acting(self)

    # ------------------------------------------------------------
    # HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _on_enter_sealed(self, origins):
        """Seal what the vendor wrote, stamp the receipt and mail it to the vendor."""
        for bid in self:
            digest = seal(bid)
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(
                bid.sudo(),
                {
                    "sha256": digest,
                    "received_at": fields.Datetime.now(),
                    "receipt_code": sealing.new_receipt_code(),
                    "sealed_by_id": self.env.uid,
                },
            )
            bid._audit("seal", sha256=digest)
            record_answer(bid.tender_id, bid.partner_id, "bid")
            bid._mail_vendor("outsourcing_mgmt.mail_template_bid_receipt")

    def _on_enter_withdrawn(self, origins):
        """Keep the envelopes of the bids: they stay sealed and nobody reads them."""
        check_entering(self, "withdrawn")
        # sudo: nobody has write access to bids; only the procedure writes them.
        server_write(self.sudo(), {"withdrawn_at": fields.Datetime.now()})
        self._audit("withdraw")
        for bid in self:
            record_answer(bid.tender_id, bid.partner_id, "accepted")
            bid._mail_vendor("outsourcing_mgmt.mail_template_bid_withdrawn")

    def _on_enter_disqualified(self, origins):
        """Cancel the quotations and let the other bids move up."""
        # sudo: procurement disqualifies, or a rule when a member scores; neither
        # has write access to bids and orders.
        bids = self.sudo()
        server_write(
            bids,
            {
                "disqualified_by_id": self.env.uid,
                "disqualified_at": fields.Datetime.now(),
                # The scores stay as they were: the exclusion is a decision of its own.
                "rank": 0,
            },
        )
        server_write(bids.line_ids, {"rank": 0, "total_score": 0})
        self._audit("disqualify")
        cancel_quotations(bids.purchase_order_id)
        for tender in bids.tender_id:
            if tender.is_scoring_complete:
                tender._rank()

    # ------------------------------------------------------------
    # TRACES AND MAIL
    # ------------------------------------------------------------

    def _audit(self, verb, **details):
        """Record a step of each bid in the chain of its tender."""
        # sudo: the vendor who acts may read neither the tender nor its log.
        for tender, bids in self.sudo().grouped("tender_id").items():
            self.env["outsourcing.audit.log"]._record(bids, verb, details, root=tender)

    def _has_changed_files(self):
        """Whether a file that was opened is not what the vendor sealed."""
        self.ensure_one()
        return has_changed_files(self)

    def _audit_after_rollback(self, verb, once=False):
        """Record a refused step, which itself leaves no trace in the database.

        :param bool once: only the first one of the acting user for each bid
        """
        registry, uid, name, ids = self.env.registry, self.env.uid, self._name, self.ids

        @self.env.cr.postrollback.add
        def record():
            with registry.cursor() as cr:
                env = api.Environment(cr, uid, {})
                # sudo: the vendor who tried may not read the bid by itself.
                bids = env[name].sudo().browse(ids).exists()
                (bids - bids._filter_recorded(verb) if once else bids)._audit(verb)

    def _audit_if_late(self, verb):
        late = self.filtered(lambda bid: not bid.tender_id._is_bidding_open())
        if late:
            # A vendor who tries in a loop fills the log of the tender with nothing.
            late._audit_after_rollback(verb, once=True)

    def _filter_recorded(self, verb):
        """Return the bids that the acting user took the step ``verb`` of before."""
        # sudo: whoever acts may not read the log; their own steps are looked up.
        rows = self.env["outsourcing.audit.log"].sudo()
        rows = rows.search(
            [
                ("res_model", "=", "outsourcing.tender"),
                ("res_id", "in", self.tender_id.ids),
                ("part_model", "=", self._name),
                ("part_id", "in", self.ids),
                ("user_id", "=", self.env.uid),
                ("verb", "=", verb),
            ]
        )
        return self.browse(rows.mapped("part_id")) & self

    def _mail_vendor(self, template):
        """Mail a template to the person who acts and to the vendor, one by one."""
        self.ensure_one()
        self.tender_id._mail_partners(template, self._get_told_partners(), bid=self)

    def _get_told_partners(self):
        """Return whom mails about the bid go to: the vendor, and who sealed it.

        Not a person who changed since the bid began, and not an address of the vendor
        that somebody wrote in the place of the one of that moment.

        :rtype: res.partner
        """
        self.ensure_one()
        # sudo: the vendor who acts may read neither the bid nor other users.
        bid = self.sudo()
        acting = get_acting_users(bid)
        people = (bid.sealed_by_id | self.env.user) & acting
        company = bid.partner_id.filtered(
            lambda vendor: (
                email_normalize(vendor.email or "") == (bid.vendor_email or False)
            )
        )
        told = (people.partner_id | company).filtered("email")
        # Whoever sealed it may have left, and the company have no address.
        return told or acting.partner_id.filtered("email")


class OutsourcingBidLine(models.Model):
    """One price of an opened bid.

    Lines come out of the sealed price envelope when the prices are opened and
    never change: neither vendor nor buyer edits a price after the opening.
    """

    _name = "outsourcing.bid.line"
    _inherit = ["outsourcing.server.rows.mixin", "outsourcing.dated.amount.mixin"]
    _description = "Bid Line"
    _order = "bid_id, sequence, id"
    _rec_name = "name"
    _check_company_auto = True
    _rate_day = "bid_id.price_opened_at"

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="bid_id.company_id", store=True, index=True)
    tender_id = fields.Many2one(related="bid_id.tender_id", store=True, index=True)
    partner_id = fields.Many2one(related="bid_id.partner_id", store=True, index=True)
    currency_id = fields.Many2one(related="bid_id.currency_id")
    tender_line_id = fields.Many2one(
        comodel_name="outsourcing.tender.line",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    sequence = fields.Integer(default=10)
    name = fields.Text(string="Description", required=True)
    product_qty = fields.Float(string="Quantity", digits="Product Unit", required=True)
    price_unit = fields.Float(
        string="Unit Price", digits="Product Price", required=True
    )
    price_subtotal = fields.Monetary(
        string="Subtotal", compute="_compute_price_subtotal", store=True
    )
    delivery_note = fields.Char(string="Delivery")
    is_abnormally_low = fields.Boolean(
        string="Abnormally Low",
        help="The price lies far under those of the others for this service; where "
        "the tender is awarded by line.",
    )
    total_score = fields.Float(
        string="Score for the Line",
        digits=(16, 4),
        aggregator=None,
        help="The technical part and the price of this line, of a total of 100; where "
        "the tender is awarded by line.",
    )
    rank = fields.Integer(
        string="Rank for the Line",
        aggregator=None,
        help="The first one wins the line, where the tender is awarded by line.",
    )

    _line_unique = models.UniqueIndex(
        "(bid_id, tender_line_id)", "A bid prices each line of the tender once."
    )
    _price_positive = models.Constraint(
        "CHECK (price_unit >= 0)", "A price cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("product_qty", "price_unit", "currency_id")
    def _compute_price_subtotal(self):
        for line in self:
            subtotal = line.product_qty * line.price_unit
            line.price_subtotal = (
                line.currency_id.round(subtotal) if line.currency_id else subtotal
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "Prices of a bid come out of its sealed envelope and are never "
            "edited. Ask for a new tender if they are wrong."
        )
