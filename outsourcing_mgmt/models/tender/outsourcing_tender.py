from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.acting_person import PERSONAL_VERBS
from ..base.groups import MANAGER, PROCUREMENT
from ..platform.hidden_subjects import find_told


class OutsourcingTender(models.Model):
    """A tender: how the vendor of one or more approved requests is chosen.

    Draft -> published -> closed -> opened -> evaluation -> award proposed ->
    standstill -> awarded -> contracted; with two envelopes the prices are
    opened after the technical ranking (evaluation -> price opened -> award
    proposed), with one envelope at the opening. Failed and cancelled on the
    way; a failed tender may be repeated.

    ==================  ========================  ================================
    Action              Who                       Restriction
    ==================  ========================  ================================
    create, edit        officer, procurement      in draft
    sign off            officer (tier review)     not the author or last editor
    publish             procurement               file complete, committee lawful
    close               server clock              not before the bid deadline
    open                procurement               quorum, enough bids or exception
    start evaluation    procurement               opened
    open prices         procurement               two envelopes, all scores in
    propose the award   procurement               ranking complete
    confirm the order   procurement               award final
    fail, cancel        procurement, manager      with a reason
    ==================  ========================  ================================
    """

    _name = "outsourcing.tender"
    _description = "Tender"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "bid_deadline desc, id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True
    _rate_day = "opened_date"
    _mail_post_access = "read"

    _state_from = ["draft"]
    _state_to = ["published"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("user_id",)

    _number_code = "outsourcing.tender"
    _number_states = frozenset({"published"})
    _flow_transitions = {
        "draft": {"published", "cancelled"},
        "published": {"closed", "cancelled"},
        "closed": {"opened", "failed", "cancelled"},
        "opened": {"evaluation", "failed", "cancelled"},
        "evaluation": {"price_opened", "award_proposed", "failed", "cancelled"},
        "price_opened": {"award_proposed", "evaluation", "failed", "cancelled"},
        "award_proposed": {
            "standstill",
            "evaluation",
            "price_opened",
            "failed",
            "cancelled",
        },
        "standstill": {
            "awarded",
            "evaluation",
            "price_opened",
            "failed",
            "cancelled",
        },
        "awarded": {"contracted", "evaluation", "price_opened", "failed", "cancelled"},
        "contracted": set(),
        "failed": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        "published": "publish",
        "closed": "close",
        "opened": "open",
        ("opened", "evaluation"): "start_evaluation",
        ("evaluation", "price_opened"): "open_prices",
        "award_proposed": "propose_award",
        ("price_opened", "evaluation"): "reopen",
        ("award_proposed", "evaluation"): "reopen",
        ("award_proposed", "price_opened"): "reopen",
        ("standstill", "evaluation"): "reopen",
        ("standstill", "price_opened"): "reopen",
        ("awarded", "evaluation"): "reopen",
        ("awarded", "price_opened"): "reopen",
        "standstill": "notify",
        "awarded": "finalise",
        "contracted": "contract",
        "failed": "fail",
        "cancelled": "cancel",
    }
    _flow_personal = PERSONAL_VERBS | {"cancel"}
    _flow_groups = {
        "publish": (PROCUREMENT,),
        "open": (PROCUREMENT,),
        "accept_few_bids": (MANAGER,),
        "start_evaluation": (PROCUREMENT,),
        "open_prices": (PROCUREMENT,),
        "propose_award": (PROCUREMENT,),
        "confirm_order": (PROCUREMENT,),
        "retender": (PROCUREMENT,),
        "fail": (PROCUREMENT, MANAGER),
        "cancel": (PROCUREMENT, MANAGER),
    }
    _flow_required = {"failed": ("end_reason",), "cancelled": ("end_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "rules",
            "is_opened",
            "is_price_opened",
            "is_scoring_complete",
            "reference_amount",
            "begun_at",
            "publish_date",
            "published_by_id",
            "closed_date",
            "opened_date",
            "opened_by_id",
            "price_opened_date",
            "price_opened_by_id",
            "previous_tender_id",
            "end_reason",
            "few_bids_reason",
            "few_bids_user_id",
            "few_bids_date",
            "purchase_order_ids",
            "opening_record_ids",
            "lot_seed",
            "hint_stage",
            "past_quality",
        }
    )
    _flow_content_fields = frozenset(
        {
            "subject",
            "company_id",
            "currency_id",
            "category_id",
            "procedure_id",
            "request_ids",
            "reference_price_id",
            "description",
            "line_ids",
            "criterion_ids",
            "question_deadline",
            "bid_deadline",
            "opening_date",
            "opening_place",
            "bid_guarantee_amount",
            "award_by_line",
            "partial_bids",
            "procedure_reason",
            "direct_reason_id",
            "direct_evidence",
            "direct_evidence_name",
        }
    )
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(
        string="Reference", readonly=True, copy=False, default="/", index="trigram"
    )
    subject = fields.Char(
        required=True, tracking=True, help="The service that is tendered."
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("published", "Published"),
            ("closed", "Bids Closed"),
            ("opened", "Opened"),
            ("evaluation", "Evaluation"),
            ("price_opened", "Prices Opened"),
            ("award_proposed", "Award Proposed"),
            ("standstill", "Standstill"),
            ("awarded", "Awarded"),
            ("contracted", "Contracted"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
        group_expand=True,
    )
    state_now = fields.Selection(
        selection=lambda self: self._fields["state"]._description_selection(self.env),
        string="Status",
        compute="_compute_state_now",
        search="_search_state_now",
        help="By the clock: bids are closed at the deadline, also in the minute until "
        "the job has written it.",
    )
    phase = fields.Selection(
        selection=[
            ("file", "Tender File"),
            ("bidding", "Bidding"),
            ("evaluation", "Evaluation"),
            ("award", "Award"),
            ("contract", "Order and Contract"),
            ("ended", "Ended"),
        ],
        compute="_compute_phase",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency in which all vendors bid.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        help="Runs the procedure: publishes, opens, proposes the award.",
    )
    active = fields.Boolean(default=True)

    # What is tendered
    request_ids = fields.Many2many(
        comodel_name="outsourcing.request",
        relation="outsourcing_tender_request_rel",
        column1="tender_id",
        column2="request_id",
        string="Requests",
        domain="[('state', 'in', ('approved', 'in_tender'))]",
        check_company=True,
        copy=False,
    )
    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        required=True,
        index=True,
        check_company=True,
    )
    description = fields.Html(
        string="Scope of Service", help="Printed in the notice and shown to vendors."
    )
    line_ids = fields.One2many(
        comodel_name="outsourcing.tender.line",
        inverse_name="tender_id",
        string="Services",
        copy=True,
    )
    criterion_ids = fields.One2many(
        comodel_name="outsourcing.criterion",
        inverse_name="tender_id",
        string="Criteria",
        copy=True,
    )
    award_by_line = fields.Boolean(
        string="Award by Line",
        help="Each service goes to the bid that is best for it, so that several "
        "vendors may win, each with an order and a contract of its own. Announced in "
        "the notice.",
    )
    partial_bids = fields.Boolean(
        string="Bids for Some Services",
        help="A vendor prices only the services that it offers. Announced in the "
        "notice.",
    )
    weight_total = fields.Float(
        string="Sum of Weights (%)", compute="_compute_weight_total", digits=(6, 2)
    )

    # Rules
    procedure_id = fields.Many2one(
        comodel_name="outsourcing.procedure",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
        ondelete="restrict",
    )
    rules = fields.Json(
        copy=False,
        readonly=True,
        help="The rules of the procedure as they were at the publication.",
    )
    method = fields.Selection(
        selection=lambda self: self._selection_of_procedure("method"),
        compute="_compute_rules",
        store=True,
        index=True,
    )
    envelopes = fields.Selection(
        selection=lambda self: self._selection_of_procedure("envelopes"),
        compute="_compute_rules",
        store=True,
    )
    estimated_amount = fields.Monetary(
        string="Estimate",
        compute="_compute_policy",
        compute_sudo=True,
        currency_field="company_currency_id",
        help="What the requests are estimated at, in the currency of the company. It "
        "decides which procedure the policy asks for.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Company"
    )
    is_below_policy = fields.Boolean(
        string="Lower Procedure than the Policy",
        compute="_compute_policy",
        compute_sudo=True,
        help="The policy asks for more competition at this estimate. It needs a "
        "reason and is reviewed by the manager group too.",
    )
    policy_notice = fields.Char(compute="_compute_policy", compute_sudo=True)
    procedure_reason = fields.Text(
        string="Why the Lower Procedure",
        copy=False,
        help="Why less competition than the policy asks for is right here.",
    )
    direct_reason_id = fields.Many2one(
        comodel_name="outsourcing.direct.reason",
        string="Reason of the Direct Award",
        ondelete="restrict",
        check_company=True,
        copy=False,
    )
    direct_evidence = fields.Binary(
        string="Evidence of the Reason", attachment=True, copy=False
    )
    direct_evidence_name = fields.Char(string="File Name of the Evidence", copy=False)
    min_bidders = fields.Integer(compute="_compute_rules", store=True)
    standstill_days = fields.Integer(compute="_compute_rules", store=True)
    has_price_ceiling = fields.Boolean(compute="_compute_rules", store=True)
    bid_guarantee_amount = fields.Monetary(
        string="Bid Guarantee",
        help="What each bidder hands in with the bid; printed in the notice. Given "
        "back when the tender is over.",
    )
    reference_price_id = fields.Many2one(
        comodel_name="outsourcing.reference.price",
        index=True,
        check_company=True,
        copy=False,
        domain="[('state', '=', 'approved'), ('request_ids', 'in', request_ids)]",
        ondelete="restrict",
    )
    reference_amount = fields.Monetary(
        string="Revealed Reference Price",
        readonly=True,
        copy=False,
        help="Revealed and checked against the published commitment when the prices "
        "are opened.",
    )

    # Calendar
    begun_at = fields.Datetime(
        string="Begun On",
        default=fields.Datetime.now,
        readonly=True,
        copy=False,
        help="A user of a vendor who is new or was changed since waits to be confirmed "
        "by an earlier one before it bids.",
    )
    publish_date = fields.Datetime(
        string="Published On", readonly=True, copy=False, index=True
    )
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    question_deadline = fields.Datetime(copy=False)
    bid_deadline = fields.Datetime(
        copy=False,
        index=True,
        tracking=True,
        help="Bids are received until this moment of the server's clock.",
    )
    opening_date = fields.Datetime(
        string="Opening",
        copy=False,
        index=True,
        help="The bids are opened at this moment or later.",
    )
    opening_place = fields.Char()
    closed_date = fields.Datetime(string="Bids Closed On", readonly=True, copy=False)
    opened_date = fields.Datetime(string="Opened On", readonly=True, copy=False)
    opened_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    price_opened_date = fields.Datetime(
        string="Prices Opened On", readonly=True, copy=False
    )
    price_opened_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    is_opened = fields.Boolean(
        readonly=True, copy=False, index=True, help="The technical parts are open."
    )
    is_price_opened = fields.Boolean(
        readonly=True, copy=False, index=True, help="The prices are open."
    )
    is_scoring_complete = fields.Boolean(
        readonly=True,
        copy=False,
        help="All scores are in; from now on they are visible.",
    )

    # Vendors
    document_ids = fields.One2many(
        comodel_name="outsourcing.tender.document",
        inverse_name="tender_id",
        string="Documents",
        copy=False,
    )
    addendum_ids = fields.One2many(
        comodel_name="outsourcing.tender.addendum",
        inverse_name="tender_id",
        string="Addenda",
        copy=False,
    )
    invitation_ids = fields.One2many(
        comodel_name="outsourcing.tender.invitation",
        inverse_name="tender_id",
        string="Invitations",
        copy=True,
    )
    invitation_count = fields.Integer(compute="_compute_invitation_count")
    question_ids = fields.One2many(
        comodel_name="outsourcing.tender.question",
        inverse_name="tender_id",
        string="Questions",
        copy=False,
    )
    open_question_count = fields.Integer(compute="_compute_open_question_count")

    # Bids
    bid_ids = fields.One2many(
        comodel_name="outsourcing.bid",
        inverse_name="tender_id",
        string="Bids",
        domain=[("state", "!=", "draft")],
        copy=False,
    )
    bid_count = fields.Integer(
        string="Bids Received",
        compute="_compute_bid_count",
        help="Sealed bids that were not withdrawn.",
    )
    opening_record_ids = fields.One2many(
        comodel_name="outsourcing.opening.record",
        inverse_name="tender_id",
        string="Opening Records",
        copy=False,
    )
    few_bids_reason = fields.Text(
        string="Exception for Too Few Bids", readonly=True, copy=False
    )
    few_bids_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Exception Approved By",
        readonly=True,
        copy=False,
    )
    few_bids_date = fields.Datetime(
        string="Exception Approved On", readonly=True, copy=False
    )

    # Committee
    committee_ids = fields.One2many(
        comodel_name="outsourcing.committee.member",
        inverse_name="tender_id",
        string="Committee",
        copy=False,
    )
    has_proposed_members = fields.Boolean(compute="_compute_has_proposed_members")
    score_ids = fields.One2many(
        comodel_name="outsourcing.score",
        inverse_name="tender_id",
        string="Scores",
        copy=False,
    )
    scoring_progress = fields.Float(
        compute="_compute_scoring_progress",
        compute_sudo=True,
        help="Share of the scores that are in.",
    )

    past_quality = fields.Json(
        readonly=True,
        copy=False,
        groups="outsourcing_mgmt.group_outsourcing_officer,"
        "outsourcing_mgmt.group_outsourcing_procurement,"
        "outsourcing_mgmt.group_outsourcing_auditor",
        help="Quality scores of vendors when the tender was published, out of 100; for "
        "a criterion of past quality.",
    )

    # Award and order
    lot_seed = fields.Char(
        string="Seed of the Lot",
        readonly=True,
        copy=False,
        help="Bids with the same total, price and technical score are put in order by "
        "a lot: the SHA-256 of this seed and the digest on each receipt.",
    )
    award_ids = fields.One2many(
        comodel_name="outsourcing.award",
        inverse_name="tender_id",
        string="Awards",
        copy=False,
    )
    award_id = fields.Many2one(
        comodel_name="outsourcing.award",
        string="Award",
        compute="_compute_award_id",
        compute_sudo=True,
        help="The award that is not annulled.",
    )
    objection_ids = fields.One2many(
        comodel_name="outsourcing.objection",
        inverse_name="tender_id",
        string="Objections",
        copy=False,
    )
    purchase_order_ids = fields.One2many(
        comodel_name="purchase.order",
        inverse_name="outsourcing_tender_id",
        string="Quotations",
        copy=False,
    )
    purchase_order_count = fields.Integer(compute="_compute_purchase_order_count")
    purchase_group_id = fields.Many2one(
        string="Group of Quotations",
        comodel_name="purchase.order.group",
        compute="_compute_purchase_group_id",
        help="Groups the quotations as alternatives while several are open.",
    )

    # End
    end_reason = fields.Text(
        string="Reason of the End",
        copy=False,
        tracking=True,
        help="Why the tender failed or was cancelled; bidders read it.",
    )
    previous_tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        string="Repeats",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    next_tender_ids = fields.One2many(
        comodel_name="outsourcing.tender",
        inverse_name="previous_tender_id",
        string="Repeated By",
    )

    # What the acting user sees
    is_my_committee = fields.Boolean(
        string="In My Committee",
        compute="_compute_is_my_committee",
        search="_search_is_my_committee",
        help="I am, or was, a member of its committee.",
    )
    is_my_request = fields.Boolean(
        string="For My Request",
        compute="_compute_is_my_request",
        search="_search_is_my_request",
        help="I wrote one of its requests, applied for it, or head its department.",
    )
    my_member_id = fields.Many2one(
        comodel_name="outsourcing.committee.member",
        string="My Membership",
        compute="_compute_my_member",
        help="The current user in the committee, if appointed.",
    )
    my_can_declare = fields.Boolean(compute="_compute_my_member")
    my_can_withdraw = fields.Boolean(compute="_compute_my_member")
    my_can_attend = fields.Boolean(
        compute="_compute_my_member", search="_search_my_can_attend"
    )
    my_score_count = fields.Integer(
        string="Scores to Submit", compute="_compute_my_member"
    )
    hint_stage = fields.Selection(
        selection=[("bids", "Bids compared"), ("prices", "Prices compared")],
        readonly=True,
        copy=False,
        help="How far the opened bids were compared for signs that they were made "
        "together.",
    )
    hint_count = fields.Integer(
        string="Hints",
        compute="_compute_hint_count",
        help="Signs that bids were made together, as far as the reader may know of "
        "them.",
    )
    my_outlier_count = fields.Integer(
        string="Points to Explain", compute="_compute_my_member"
    )
    saving_amount = fields.Monetary(
        string="Saving",
        compute="_compute_saving",
        compute_sudo=True,
        store=True,
        aggregator=None,
        help="Reference price less what was awarded, once the bidders are told.",
    )
    saving_percent = fields.Float(
        string="Saving (%)",
        compute="_compute_saving",
        compute_sudo=True,
        store=True,
        digits=(6, 2),
        aggregator="avg",
    )
    comparison = fields.Html(
        compute="_compute_comparison",
        sanitize=False,
        help="Bids and criteria side by side, as far as the reader may see them.",
    )
    next_step = fields.Char(compute="_compute_next_step")
    is_contract_due = fields.Boolean(compute="_compute_next_step")
    blocked_reason = fields.Text(compute="_compute_next_step")
    missing = fields.Json(
        string="Still Missing",
        compute="_compute_next_step",
        help="What the next step still lacks, a row each, with where it is mended.",
    )

    can_close = fields.Boolean(compute="_compute_flow_can")
    can_open = fields.Boolean(compute="_compute_flow_can")
    can_fail = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    can_accept_few_bids = fields.Boolean(compute="_compute_flow_can")
    can_retender = fields.Boolean(compute="_compute_flow_can")
    can_start_evaluation = fields.Boolean(compute="_compute_flow_can")
    can_open_prices = fields.Boolean(compute="_compute_flow_can")
    can_propose_award = fields.Boolean(compute="_compute_flow_can")
    can_confirm_order = fields.Boolean(compute="_compute_flow_can")
    can_publish = fields.Boolean(compute="_compute_flow_can")

    _name_company_unique = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "Another tender of the company has this reference.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "subject")
    @api.depends_context("uid")
    def _compute_display_name(self):
        told = find_told(self)
        for tender in self:
            parts = [tender.name if tender.name != "/" else False]
            parts.append(tender in told and tender.subject)
            tender.display_name = " ".join(filter(None, parts)) or tender.name

    @api.model
    def _selection_of_procedure(self, name):
        field = self.env["outsourcing.procedure"]._fields[name]
        return field._description_selection(self.env)

    @api.depends(
        "rules",
        "procedure_id.method",
        "procedure_id.envelopes",
        "procedure_id.min_bidders",
        "procedure_id.standstill_days",
        "procedure_id.price_ceiling",
    )
    def _compute_rules(self):
        for tender in self:
            tender.method = tender._get_rule("method")
            tender.envelopes = tender._get_rule("envelopes")
            tender.min_bidders = tender._get_rule("min_bidders")
            tender.standstill_days = tender._get_rule("standstill_days")
            tender.has_price_ceiling = tender._get_rule("price_ceiling")

    @api.depends(
        "rules",
        "company_id",
        "procedure_id",
        "request_ids.estimated_amount",
        "request_ids.currency_id",
    )
    @api.depends_context("lang")
    def _compute_policy(self):
        for tender in self:
            amount, needed, is_below = tender._get_policy()
            tender.estimated_amount = amount
            tender.is_below_policy = is_below
            tender.policy_notice = is_below and tender._get_policy_notice(needed)

    @api.depends("criterion_ids.weight")
    def _compute_weight_total(self):
        for tender in self:
            tender.weight_total = sum(tender.criterion_ids.mapped("weight")) / 100

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("question_deadline", "bid_deadline", "opening_date")
    def _check_calendar(self):
        for tender in self:
            dates = [
                date
                for date in (
                    tender.question_deadline,
                    tender.bid_deadline,
                    tender.opening_date,
                )
                if date
            ]
            if dates != sorted(dates):
                raise ValidationError(
                    self.env._(
                        "%s: questions end before the bids, and bids end before the "
                        "opening.",
                        tender.display_name,
                    )
                )

    @api.onchange("award_by_line")
    def _onchange_award_by_line(self):
        self.partial_bids = self.award_by_line

    @api.constrains("active")
    def _check_active(self):
        """A running tender is not archived: its deadline would be forgotten."""
        for tender in self.filtered(lambda tender: not tender.active):
            if tender.state not in ("draft", "contracted", "failed", "cancelled"):
                raise ValidationError(
                    self.env._(
                        "%s is running and cannot be archived. End it first.",
                        tender.display_name,
                    )
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_rule(self, name):
        """Return a rule of the procedure: frozen one once published.

        :param str name: one of ``FROZEN_RULES``
        """
        self.ensure_one()
        if self.rules:
            return self.rules.get(name)
        return self.procedure_id[name]

    def _get_scored_criteria(self):
        """Return the criteria for which the committee gives points or a verdict."""
        return self.criterion_ids.filtered(
            lambda item: item.kind in ("pass_fail", "scored")
        )

    def _takes_partial_bids(self):
        """Whether a bid may leave services out: each of them is awarded alone."""
        self.ensure_one()
        return self.award_by_line and self.partial_bids
