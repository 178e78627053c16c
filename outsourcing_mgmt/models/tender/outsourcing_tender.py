from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.outsourcing_grant import server_write


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
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "bid_deadline desc, id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True
    _mail_post_access = "read"

    _state_from = ["draft"]
    _state_to = ["published"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("user_id",)

    _flow_transitions = {
        "draft": {"published", "cancelled"},
        "published": {"closed", "cancelled"},
        "closed": {"opened", "failed", "cancelled"},
        "opened": {"evaluation", "failed", "cancelled"},
        "evaluation": {"price_opened", "award_proposed", "failed", "cancelled"},
        "price_opened": {"award_proposed", "failed", "cancelled"},
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
    _flow_required = {"failed": ("end_reason",), "cancelled": ("end_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "rules",
            "is_opened",
            "is_price_opened",
            "is_scoring_complete",
            "reference_amount",
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
            ("closed", "Closed"),
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
    min_bidders = fields.Integer(compute="_compute_rules", store=True)
    standstill_days = fields.Integer(compute="_compute_rules", store=True)
    has_price_ceiling = fields.Boolean(compute="_compute_rules", store=True)
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
    publish_date = fields.Datetime(
        string="Published On", readonly=True, copy=False, index=True
    )
    published_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
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
    closed_date = fields.Datetime(string="Closed On", readonly=True, copy=False)
    opened_date = fields.Datetime(string="Opened On", readonly=True, copy=False)
    opened_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    price_opened_date = fields.Datetime(
        string="Prices Opened On", readonly=True, copy=False
    )
    price_opened_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
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

    # People and results
    committee_ids = fields.One2many(
        comodel_name="outsourcing.committee.member",
        inverse_name="tender_id",
        string="Committee",
        copy=False,
    )
    _name_company_unique = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "Another tender of the company has this reference.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for tender in self:
            parts = [tender.name if tender.name != "/" else False, tender.subject]
            tender.display_name = " ".join(filter(None, parts))

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

    @api.depends("criterion_ids.weight")
    def _compute_weight_total(self):
        for tender in self:
            tender.weight_total = sum(tender.criterion_ids.mapped("weight")) / 100

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

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
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tenders = super().create(vals_list)
        for tender in tenders:
            # Sequences are not readable by users of the suite.
            sequence = self.env["ir.sequence"].with_company(tender.company_id).sudo()
            server_write(tender, {"name": sequence.next_by_code("outsourcing.tender")})
        return tenders

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
