from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OutsourcingCommitteeMember(models.Model):
    """A person who judges the bids of one tender.

    Proposed -> appointed -> recused. An employee, or an outside expert with a
    portal user. Before a member sees a bid he declares, for himself, that he
    has no conflict of interest; a conflict excludes him. Requesters and the
    author of the reference price cannot be members. A secretary keeps the
    record and does not vote.

    ============  ===========================  ============================
    Action        Who                          Restriction
    ============  ===========================  ============================
    propose       officer, procurement         until the prices are opened
    appoint       procurement, manager         not an excluded person
    declare       the member himself           once, when appointed
    recuse        procurement, manager         with a reason
    ============  ===========================  ============================
    """

    _name = "outsourcing.committee.member"
    _description = "Committee Member"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "tender_id, role, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    _flow_transitions = {
        "proposed": {"appointed", "recused"},
        "appointed": {"recused"},
        "recused": set(),
    }
    _flow_verbs = {"appointed": "appoint", "recused": "recuse"}
    _flow_required = {"recused": ("recusal_reason",)}
    _flow_system_fields = frozenset(
        {
            "conflict_state",
            "recusal_reason",
            "conflict_note",
            "declared_date",
            "appointed_by_id",
            "appointed_date",
            "is_open_to_bids",
            "opening_attended",
        }
    )
    _flow_content_fields = frozenset(
        {"tender_id", "employee_id", "partner_id", "user_id", "role"}
    )
    _flow_content_states = frozenset({"proposed"})

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    tender_state = fields.Selection(related="tender_id.state", string="Tender Status")
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Employee",
        index="btree_not_null",
        check_company=True,
        help="Leave empty for an outside expert.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Person",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="User",
        compute="_compute_user_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The account with which the member declares and scores.",
    )
    role = fields.Selection(
        selection=[
            ("chair", "Chair"),
            ("member", "Member"),
            ("expert", "Expert"),
            ("secretary", "Secretary"),
        ],
        required=True,
        default="member",
    )
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("appointed", "Appointed"),
            ("recused", "Recused"),
        ],
        required=True,
        default="proposed",
        copy=False,
        index=True,
        tracking=True,
    )
    is_voting = fields.Boolean(
        compute="_compute_is_voting",
        store=True,
        help="Appointed and not the secretary: scores and counts for the quorum.",
    )
    appointed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    appointed_date = fields.Datetime(readonly=True, copy=False)
    conflict_state = fields.Selection(
        selection=[
            ("none", "Not declared"),
            ("clear", "No conflict"),
            ("conflict", "Conflict"),
        ],
        string="Declaration",
        required=True,
        default="none",
        readonly=True,
        copy=False,
        tracking=True,
    )
    conflict_note = fields.Text(string="Declaration Note", readonly=True, copy=False)
    declared_date = fields.Datetime(readonly=True, copy=False)
    recusal_reason = fields.Text(copy=False)
    is_open_to_bids = fields.Boolean(
        string="Sees the Bids",
        compute="_compute_is_open_to_bids",
        store=True,
        help="The tender is opened and the member declared no conflict.",
    )
    opening_attended = fields.Boolean(
        string="Counted at the Opening", readonly=True, copy=False
    )
    is_excluded = fields.Boolean(
        compute="_compute_is_excluded",
        help="Asked for the service or set its reference price.",
    )

    can_appoint = fields.Boolean(compute="_compute_flow_can")
    can_declare = fields.Boolean(compute="_compute_flow_can")
    can_recuse = fields.Boolean(compute="_compute_flow_can")

    _person_unique = models.UniqueIndex(
        "(tender_id, partner_id) WHERE state <> 'recused'",
        "The person is in the committee already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_partner_id(self):
        for member in self.sudo():
            employee = member.employee_id
            if employee:
                member.partner_id = employee.user_partner_id or (
                    employee.work_contact_id
                )

    @api.depends("employee_id.user_id", "partner_id.user_ids")
    def _compute_user_id(self):
        for member in self.sudo():
            member.user_id = (
                member.employee_id.user_id or member.partner_id.user_ids[:1]
            )

    @api.depends("role", "state")
    def _compute_is_voting(self):
        for member in self:
            member.is_voting = (
                member.state == "appointed" and member.role != "secretary"
            )

    @api.depends("state", "conflict_state", "tender_id.is_opened")
    def _compute_is_open_to_bids(self):
        for member in self:
            member.is_open_to_bids = (
                member.state == "appointed"
                and member.conflict_state == "clear"
                and member.tender_id.is_opened
            )

    @api.depends(
        "partner_id",
        "user_id",
        "tender_id.reference_price_id.author_id",
        "tender_id.request_ids.employee_id",
    )
    def _compute_is_excluded(self):
        for member in self.sudo():
            excluded = member.tender_id._get_committee_excluded_partners()
            people = member.partner_id | member.user_id.partner_id
            member.is_excluded = bool(people & excluded)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("employee_id", "partner_id", "tender_id")
    def _check_not_excluded(self):
        """Requesters and the author of the reference price do not judge."""
        for member in self.sudo():
            if member.is_excluded:
                raise ValidationError(
                    self.env._(
                        "%(person)s asked for the service or set its reference price "
                        "and cannot judge the bids of %(tender)s. Choose somebody "
                        "else.",
                        person=member.partner_id.display_name,
                        tender=member.tender_id.display_name,
                    )
                )

    @api.constrains("tender_id", "state")
    def _check_tender_running(self):
        for member in self:
            if member.tender_id.state in ("contracted", "failed", "cancelled"):
                raise ValidationError(
                    self.env._(
                        "%s is over; its committee does not change.",
                        member.tender_id.display_name,
                    )
                )
