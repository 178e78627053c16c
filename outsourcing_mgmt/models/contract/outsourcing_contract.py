from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_date

from ...tools import deadline
from ...tools.signature import read_signature
from ..base.groups import AUDITOR, FINANCE, HR, MANAGER, OFFICER, PROCUREMENT
from ..base.res_company import DAY_KINDS
from ..platform.hidden_subjects import find_told
from .contract_ties import attach_awards

DEADLINE_TYPE = "outsourcing_mgmt.mail_activity_type_deadline"
FILING_TYPE = "outsourcing_mgmt.mail_activity_type_filing"
REVIEWED_TYPE = "outsourcing_mgmt.mail_activity_type_contract_reviewed"
IN_FORCE = ("signed", "active", "expiring")


class OutsourcingContract(models.Model):
    """What was agreed with a vendor after the award.

    draft -> to_sign -> signed -> active -> expiring -> expired | renewed, or
    terminated once signed, or cancelled before. A contract says what the award says:
    vendor, amount and orders are taken from it and cannot be changed afterwards.

    =============  ======================  =========================================
    Action         Who                     Restriction
    =============  ======================  =========================================
    create         procurement, manager    from final awards, or with a reason
    send to sign   procurement, manager    amount of award and orders; without award,
                                           or beyond what was foreseen: reviewed by
                                           the manager group, then finance
    reset, cancel  procurement, manager    not signed yet; voids the vendor's signature
    sign           procurement             the vendor signed exactly this content in
                                           the portal, or with a signed copy; not in
                                           the future, not before the award, its
                                           release, or the vendor's signature
    file           HR                      not who recorded the signature
    activate       procurement, officer    from the start date on; also by schedule
    expire         by schedule             its dates decide
    renew          procurement             also by schedule, as far as foreseen; undone
                                           when the renewal is cancelled or deleted
    terminate      procurement, manager    signed; with a reason
    =============  ======================  =========================================
    """

    _name = "outsourcing.contract"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Outsourcing Contract"
    _order = "date_end desc, id desc"
    _check_company_auto = True
    _rate_day = "signed_date"
    _rec_names_search = ["name", "subject", "partner_id.name"]

    _state_from = ["draft"]
    _state_to = ["to_sign"]
    _cancel_state = "cancelled"
    _number_code = "outsourcing.contract"
    _number_states = frozenset({"to_sign"})
    _flow_transitions = {
        "draft": {"to_sign", "cancelled"},
        "to_sign": {"draft", "signed", "cancelled"},
        "signed": {"active", "terminated"},
        "active": {"expiring", "renewed", "terminated"},
        "expiring": {"active", "expired", "renewed", "terminated"},
        "expired": {"renewed"},
        "terminated": set(),
        "renewed": {"active", "expiring", "expired"},
        "cancelled": set(),
    }
    _flow_verbs = {
        ("draft", "to_sign"): "send_to_sign",
        "draft": "reset",
        "signed": "sign",
        ("signed", "active"): "activate",
        "expiring": "follow_calendar",
        ("expiring", "active"): "follow_calendar",
        ("renewed", "active"): "follow_calendar",
        "expired": "follow_calendar",
        "renewed": "renew",
        "terminated": "terminate",
        "cancelled": "cancel",
    }
    _flow_groups = {
        "activate": (PROCUREMENT, OFFICER),
        "cancel": (PROCUREMENT, MANAGER),
        "file": (HR,),
        "reset": (PROCUREMENT, MANAGER),
        "terminate": (PROCUREMENT, MANAGER),
    }
    _flow_required = {
        "to_sign": ("partner_id", "date_start", "date_end", "owner_id"),
        "signed": ("signed_date",),
        "terminated": ("termination_reason",),
    }
    _flow_stamps = {
        "signed": ("signed_copy", "signed_copy_hash", "signed_copy_name"),
        "terminated": ("termination_date",),
    }
    _flow_system_fields = frozenset(
        {
            "amount_initial",
            "award_date",
            "award_ids",
            "filed_date",
            "filing_deadline",
            "filing_received_by_id",
            "filing_reference",
            "name",
            "predecessor_id",
            "renewal_number",
            "reminded_of",
            "retention_years",
            "sign_days",
            "to_sign_date",
            "signed_by_id",
            "signed_copy",
            "signed_copy_hash",
            "signed_copy_name",
            "signed_date",
            "tender_id",
            "termination_date",
            "termination_reason",
            "vendor_signature",
            "signer_ids",
            "signers_fixed_on",
            "vendor_signed_by",
            "vendor_signed_hash",
            "vendor_signed_on",
            "version",
        }
    )
    _flow_content_fields = frozenset(
        {
            "amount_total",
            "category_id",
            "company_id",
            "currency_id",
            "date_end",
            "date_start",
            "description",
            "direct_reason",
            "filing_day_kind",
            "filing_days",
            "headcount_agreed",
            "needs_milestones",
            "notice_days",
            "partner_id",
            "purchase_order_ids",
            "renewals_foreseen",
            "subject",
            "term",
        }
    )
    _flow_content_states = frozenset({"draft"})

    # Identity
    name = fields.Char(
        string="Reference", default="New", readonly=True, copy=False, index="trigram"
    )
    subject = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("to_sign", "To Sign"),
            ("signed", "Signed"),
            ("active", "In Effect"),
            ("expiring", "Expiring"),
            ("expired", "Expired"),
            ("terminated", "Terminated"),
            ("renewed", "Renewed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        default=lambda self: self.env.user,
        tracking=True,
        index=True,
        check_company=True,
        domain="[('share', '=', False)]",
        help="Watches the dates and acts on them.",
    )
    active = fields.Boolean(default=True, copy=False)

    # Origin
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        tracking=True,
        index=True,
        check_company=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    award_ids = fields.One2many(
        comodel_name="outsourcing.award",
        inverse_name="contract_id",
        string="Awards",
        copy=False,
    )
    request_ids = fields.Many2many(
        comodel_name="outsourcing.request",
        compute="_compute_request_ids",
        compute_sudo=True,
        string="Requests",
    )
    request_count = fields.Integer(compute="_compute_request_ids", compute_sudo=True)
    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        index="btree_not_null",
        check_company=True,
    )
    purchase_order_ids = fields.One2many(
        comodel_name="purchase.order",
        inverse_name="outsourcing_contract_id",
        copy=False,
    )
    purchase_order_count = fields.Integer(compute="_compute_purchase_order_count")
    predecessor_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Renews",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    successor_ids = fields.One2many(
        comodel_name="outsourcing.contract", inverse_name="predecessor_id"
    )
    direct_reason = fields.Text(
        string="Reason without Tender",
        help="Why no tender was held. The manager group and finance review such a "
        "contract before it is sent to sign.",
    )
    is_direct = fields.Boolean(
        string="Without Tender",
        compute="_compute_is_direct",
        compute_sudo=True,
        help="No award stands behind it, and no renewal within what was foreseen.",
    )

    # Terms
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    saving_amount = fields.Monetary(
        string="Saving of the Tender",
        compute="_compute_saving",
        compute_sudo=True,
        help="Reference price less the awarded amount, at the award. Of a contract for "
        "some services of a tender: their part of the reference price.",
    )
    saving_percent = fields.Float(
        string="Saving of the Tender (%)",
        compute="_compute_saving",
        compute_sudo=True,
        digits=(6, 2),
    )
    amount_total = fields.Monetary(
        string="Contract Amount",
        tracking=True,
        help="Untaxed. Equals the award: nothing is bargained after it.",
    )
    amount_initial = fields.Monetary(
        string="Amount at Signature",
        copy=False,
        readonly=True,
        help="Base of the cumulative cap of the amendments.",
    )
    date_start = fields.Date(tracking=True, index=True)
    date_end = fields.Date(tracking=True, index=True)
    term = fields.Selection(
        selection=[
            ("fixed", "Fixed term"),
            ("auto_renew", "Renews itself"),
        ],
        default="fixed",
        required=True,
    )
    renewals_foreseen = fields.Integer(
        string="Renewals Foreseen",
        help="How many renewals the tender announced. One more is an award without "
        "tender and raises a compliance event.",
    )
    renewal_number = fields.Integer(copy=False, readonly=True)
    notice_days = fields.Integer(
        default=lambda self: self.env.company.outsourcing_notice_days,
        help="Days before the end at which the contract is expiring: until then it is "
        "renewed or notice is given.",
    )
    notice_date = fields.Date(compute="_compute_notice_date", store=True, index=True)
    reminded_of = fields.Date(string="Notice Announced For", copy=False, readonly=True)
    version = fields.Integer(
        default=1,
        copy=False,
        readonly=True,
        help="Goes up by one with each approved amendment.",
    )
    description = fields.Html()

    # Signature and filing
    award_date = fields.Date(
        copy=False, readonly=True, help="The day on which the award became final."
    )
    sign_days = fields.Integer(
        string="Days to Sign",
        copy=False,
        readonly=True,
        help="Days from the final award to the signature, by the procedure; without an "
        "award from the release for signature, by the rules of the company.",
    )
    to_sign_date = fields.Date(
        string="Released for Signature On", copy=False, readonly=True
    )
    sign_deadline = fields.Date(
        compute="_compute_sign_deadline", store=True, index=True
    )
    signed_date = fields.Date(copy=False, readonly=True, tracking=True, index=True)
    signed_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Signature Recorded By",
        copy=False,
        readonly=True,
    )
    vendor_signature = fields.Image(
        copy=False, readonly=True, attachment=True, max_width=1024, max_height=1024
    )
    signer_ids = fields.Many2many(
        comodel_name="res.users",
        relation="outsourcing_contract_signer_rel",
        column1="contract_id",
        column2="user_id",
        string="May Sign",
        readonly=True,
        copy=False,
        help="Portal users of the vendor when the contract was sent to be signed. For "
        "a contract that follows from a bid, the persons of the bidder sign.",
    )
    signers_fixed_on = fields.Datetime(readonly=True, copy=False)
    vendor_signed_by = fields.Char(
        string="Signed for the Vendor By", copy=False, readonly=True
    )
    vendor_signed_on = fields.Datetime(
        string="Vendor Signed On", copy=False, readonly=True
    )
    vendor_signed_hash = fields.Char(
        string="Content Signed by the Vendor",
        copy=False,
        readonly=True,
        help="SHA-256 of what the contract said when the vendor signed it.",
    )
    signed_copy = fields.Binary(
        copy=False,
        readonly=True,
        attachment=True,
        help="The paper with the signatures of both parties.",
    )
    signed_copy_name = fields.Char(copy=False, readonly=True)
    signed_copy_hash = fields.Char(
        string="Signed Copy SHA-256", copy=False, readonly=True
    )
    access_token = fields.Char(groups=fields.NO_ACCESS)
    filing_days = fields.Integer(
        default=lambda self: self.env.company.outsourcing_filing_days,
        help="Days from the signature to the filing with HR.",
    )
    filing_day_kind = fields.Selection(
        selection=DAY_KINDS,
        default=lambda self: self.env.company.outsourcing_filing_day_kind,
        required=True,
    )
    filing_deadline = fields.Date(copy=False, readonly=True, index=True)
    filed_date = fields.Date(copy=False, readonly=True, tracking=True, index=True)
    is_filed_late = fields.Boolean(
        string="Filed Late", compute="_compute_is_filed_late", store=True
    )
    is_filing_overdue = fields.Boolean(
        compute="_compute_is_filing_overdue",
        help="Signed, not filed, and the deadline has passed.",
    )
    filing_hint = fields.Char(compute="_compute_is_filing_overdue")
    filing_reference = fields.Char(copy=False, readonly=True, index=True)
    filing_received_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Filing Received By",
        copy=False,
        readonly=True,
    )

    # End
    termination_reason = fields.Text(copy=False, readonly=True)
    termination_date = fields.Date(copy=False, readonly=True)
    retention_years = fields.Integer(copy=False, readonly=True, aggregator=None)
    retention_date = fields.Date(
        string="Keep Until",
        compute="_compute_retention_date",
        store=True,
        index=True,
        help="The end of the contract and the company's years of retention. Nothing "
        "of the contract is deleted before.",
    )

    # People
    headcount_agreed = fields.Integer(
        string="Agreed Heads",
        aggregator="sum",
        help="How many people of the vendor were agreed; 0 where nothing was.",
    )
    headcount_on_site = fields.Integer(
        string="Heads on Site", compute="_compute_headcount", compute_sudo=True
    )
    headcount_planned = fields.Integer(
        string="Heads Planned", compute="_compute_headcount", compute_sudo=True
    )
    headcount_hint = fields.Char(compute="_compute_headcount", compute_sudo=True)
    roster_day_count = fields.Float(
        string="Days on Site",
        compute="_compute_roster_day_count",
        compute_sudo=True,
        help="Confirmed days of all people together.",
    )

    # Parts
    needs_milestones = fields.Boolean(
        string="Milestones Required",
        compute="_compute_needs_milestones",
        store=True,
        precompute=True,
        readonly=False,
        help="Deliveries are planned before it is sent to sign; taken from the "
        "category.",
    )
    milestone_ids = fields.One2many(
        comodel_name="outsourcing.contract.milestone", inverse_name="contract_id"
    )
    document_ids = fields.One2many(
        comodel_name="outsourcing.contract.document",
        inverse_name="contract_id",
        string="Documents",
        groups=",".join((OFFICER, PROCUREMENT, HR, FINANCE, MANAGER, AUDITOR)),
    )
    roster_day_ids = fields.One2many(
        comodel_name="outsourcing.roster.day", inverse_name="contract_id"
    )
    amendment_ids = fields.One2many(
        comodel_name="outsourcing.contract.amendment", inverse_name="contract_id"
    )
    guarantee_ids = fields.One2many(
        comodel_name="outsourcing.contract.guarantee", inverse_name="contract_id"
    )
    worker_ids = fields.One2many(
        comodel_name="outsourcing.worker", inverse_name="contract_id"
    )
    finding_ids = fields.One2many(
        comodel_name="outsourcing.finding", inverse_name="contract_id"
    )

    exit_ids = fields.One2many(
        comodel_name="outsourcing.contract.exit",
        inverse_name="contract_id",
        string="Handovers",
    )
    exit_count = fields.Integer(compute="_compute_exit_count", compute_sudo=True)

    bill_count = fields.Integer(compute="_compute_bill_count")
    finding_count = fields.Integer(compute="_compute_finding_count")
    step_count = fields.Integer(compute="_compute_step_count")

    # UI
    can_send_to_sign = fields.Boolean(compute="_compute_flow_can")
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_sign = fields.Boolean(compute="_compute_flow_can")
    can_file = fields.Boolean(compute="_compute_flow_can")
    can_activate = fields.Boolean(compute="_compute_flow_can")
    can_renew = fields.Boolean(compute="_compute_flow_can")
    can_terminate = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    send_hint = fields.Text(compute="_compute_send_hint")
    missing = fields.Json(
        string="Still Missing",
        compute="_compute_send_hint",
        help="What it lacks until it is signed, a row each, with where it is mended.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A contract ends after it starts."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_total >= 0)", "A contract amount cannot be negative."
    )
    _days_positive = models.Constraint(
        "CHECK (notice_days >= 0 AND filing_days >= 0 AND renewals_foreseen >= 0"
        " AND headcount_agreed >= 0)",
        "Numbers of days, renewals and heads cannot be negative.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "subject", "signed_date")
    @api.depends_context("uid")
    def _compute_display_name(self):
        # Every employee reads the card of a contract of the company that is signed.
        cards = self.filtered(
            lambda contract: (
                contract.signed_date
                and contract.company_id.id in self.env.user._get_company_ids()
            )
        )
        told = cards | find_told(self - cards)
        for contract in self:
            parts = [contract.name if contract.name != "New" else ""]
            parts.append(contract in told and contract.subject)
            contract.display_name = " ".join(filter(None, parts)) or contract.name

    @api.depends("date_end", "notice_days")
    def _compute_notice_date(self):
        for contract in self:
            contract.notice_date = contract.date_end and (
                contract.date_end - relativedelta(days=contract.notice_days)
            )

    @api.depends("tender_id")
    @api.depends_context("uid")
    def _compute_request_ids(self):
        # A reader of the contract may not read every request of its tender, or any:
        # computed with sudo, filtered by what the acting user reads.
        requests = self.tender_id.request_ids
        # sudo: back to the rights of the user, to filter by them.
        of_user = requests.sudo(False)
        readable = requests.browse()
        if of_user.has_access("read"):
            # sudo: as the field is computed; the user may read these requests.
            readable = of_user._filtered_access("read").sudo()
        for contract in self:
            own = contract.tender_id.request_ids & readable
            contract.request_ids = own
            contract.request_count = len(own)

    def _compute_purchase_order_count(self):
        # sudo: readers of the contract see the number, purchase users the orders.
        Order = self.env["purchase.order"].sudo()
        counts = dict(
            Order._read_group(
                [("outsourcing_contract_id", "in", self.ids)],
                ["outsourcing_contract_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.purchase_order_count = counts.get(contract, 0)

    @api.depends("award_date", "to_sign_date", "sign_days")
    def _compute_sign_deadline(self):
        for contract in self:
            start = contract.award_date or contract.to_sign_date
            contract.sign_deadline = start and deadline.add_days(
                start, contract.sign_days
            )

    @api.depends("filing_deadline", "filed_date")
    def _compute_is_filed_late(self):
        for contract in self:
            contract.is_filed_late = bool(
                contract.filed_date
                and contract.filing_deadline
                and contract.filed_date > contract.filing_deadline
            )

    def _compute_bill_count(self):
        for contract in self:
            # Readers of the contract see the number, accountants the bills.
            contract.bill_count = len(contract._get_bills())

    @api.depends("exit_ids")
    def _compute_exit_count(self):
        for contract in self:
            contract.exit_count = len(contract.exit_ids)

    def _compute_finding_count(self):
        counts = dict(
            self.env["outsourcing.finding"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.finding_count = counts.get(contract, 0)

    def _compute_step_count(self):
        # sudo: the number of steps is no secret to a reader of the contract.
        Step = self.env["outsourcing.audit.log"].sudo()
        counts = dict(
            Step._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        for contract in self:
            contract.step_count = counts.get(contract.id, 0)

    @api.depends(
        "amount_total",
        "award_ids",
        "currency_id",
        "date_end",
        "date_start",
        "partner_id",
        "predecessor_id",
        "renewals_foreseen",
        "term",
    )
    def _compute_is_direct(self):
        for contract in self:
            contract.is_direct = contract._is_direct()

    @api.depends("filing_deadline", "filed_date")
    def _compute_is_filing_overdue(self):
        for contract in self:
            due = not contract.filed_date and contract.filing_deadline
            today = contract.company_id._outsourcing_today()
            contract.is_filing_overdue = bool(due and due < today)
            day = format_date(self.env, due)
            contract.filing_hint = due and (
                self.env._("The filing with HR was due on %s.", day)
                if due < today
                else self.env._("HR receives the filing until %s.", day)
            )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for contract in self:
            contract.access_url = f"/my/outsourcing/contracts/{contract.id}"
        return result

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("active")
    def _check_active(self):
        """A contract in force is not archived: its dates would be forgotten."""
        for contract in self.filtered(lambda contract: not contract.active):
            if contract.state in ("to_sign", *IN_FORCE):
                raise ValidationError(
                    self.env._(
                        "%s is in force and cannot be archived. Terminate it, or wait "
                        "for its end.",
                        contract.display_name,
                    )
                )

    @api.constrains("vendor_signature", "vendor_signed_by", "vendor_signed_on")
    def _check_vendor_signature(self):
        """What is stored as a signature shows strokes, or is a typed name."""
        for contract in self.with_context(bin_size=False):
            if contract.vendor_signature:
                try:
                    read_signature(contract.vendor_signature)
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "%s: the stored signature is empty or cannot be read. The "
                            "vendor signs again.",
                            contract.display_name,
                        )
                    ) from error
            if contract.vendor_signed_on and not contract.vendor_signed_by:
                raise ValidationError(
                    self.env._(
                        "%s: a signature names who signed. The vendor signs again.",
                        contract.display_name,
                    )
                )

    @api.constrains("signed_date")
    def _check_signed_date(self):
        for contract in self.filtered("signed_date"):
            today = contract.company_id._outsourcing_today()
            if reason := contract._get_signed_early_reason():
                raise ValidationError(reason)
            if contract.signed_date > today:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be signed on %(date)s: that day is still to "
                        "come.",
                        name=contract.name,
                        date=format_date(self.env, contract.signed_date),
                    )
                )
            if contract.award_date and contract.signed_date < contract.award_date:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be signed before its award became final on "
                        "%(date)s.",
                        name=contract.name,
                        date=format_date(self.env, contract.award_date),
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        awards_list = [self._pop_awards(vals) for vals in vals_list]
        vals_list = [
            {**awards._prepare_contract(), **vals} if awards else vals
            for awards, vals in zip(awards_list, vals_list, strict=True)
        ]
        contracts = super().create(vals_list)
        for contract, awards in zip(contracts, awards_list, strict=True):
            if awards:
                attach_awards(contract, awards)
        return contracts

    @api.model
    def _pop_awards(self, vals):
        """Take the awards out of the values of a new contract and return them.

        They are attached by the server, which checks them; ``award_ids`` takes
        the usual commands or a plain list of ids.
        """
        ids = []
        for command in vals.pop("award_ids", None) or []:
            if isinstance(command, int):
                ids.append(command)
            elif command[0] == Command.LINK:
                ids.append(command[1])
            elif command[0] == Command.SET:
                ids += command[2]
            else:
                raise UserError(self.env._("Awards are linked to a contract only."))
        awards = self.env["outsourcing.award"].browse(ids)
        awards.check_access("read")
        return awards

    def _get_award_amount_reason(self, awarded):
        return self.env._(
            "its amount is %(amount)s, the award says %(awarded)s. Nothing is "
            "bargained after the award: both must be equal.",
            amount=self.currency_id.format(self.amount_total),
            awarded=self.currency_id.format(awarded),
        )
