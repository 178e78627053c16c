from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..audit.rule_changes import find_changes, log_changes, read_rules

# How much competition each method means.
COMPETITION = {"direct": 0, "invited": 1, "open": 2}
WORDS = frozenset({"description", "name", "sequence"})
"""What is no rule."""


class OutsourcingProcedure(models.Model):
    """The rules under which a tender runs, as data.

    A tender keeps a frozen copy of the rules it was published under, so an
    edit here touches later tenders only. Kept by the manager, each change is a step of
    the audit log; archived, never deleted, once a tender used it.
    """

    _name = "outsourcing.procedure"
    _description = "Tender Procedure"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to offer the procedure to every company.",
    )
    range_currency_id = fields.Many2one(
        comodel_name="res.currency",
        string="Currency of the Range",
        help="Estimates in another currency are converted at the rate of the day. "
        "Empty: the currency of the company, and of the first company where the "
        "procedure is offered to all.",
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        string="Currency",
        compute="_compute_currency_id",
        compute_sudo=True,
    )
    method = fields.Selection(
        selection=[
            ("open", "Public tender"),
            ("invited", "Invited tender"),
            ("direct", "Direct award"),
        ],
        required=True,
        default="invited",
        tracking=True,
    )
    description = fields.Html(translate=True)

    # When it is proposed
    amount_min = fields.Monetary(
        string="From Amount",
        default=0.0,
        help="The policy from this estimate on: a procedure with less competition "
        "then needs a reason and a review by the manager group.",
    )
    amount_max = fields.Monetary(
        string="To Amount",
        default=0.0,
        help="Above this estimate the procedure needs a reason and a review by the "
        "manager group. Zero means that there is no upper limit.",
    )

    # Bidders and time
    min_bidders = fields.Integer(
        string="Minimum Bidders",
        default=3,
        tracking=True,
        help="With fewer valid bids at the opening the tender fails.",
    )
    min_invited = fields.Integer(string="Minimum Invited Vendors", default=3)
    min_tendering_days = fields.Integer(
        string="Minimum Days to Bid",
        default=5,
        tracking=True,
        help="Calendar days from publication to the bid deadline.",
    )
    question_days = fields.Integer(
        string="Questions End Before Deadline",
        default=2,
        help="Calendar days before the bid deadline at which questions end.",
    )
    addendum_extension_days = fields.Integer(
        string="Extension by Addendum",
        default=2,
        help="An addendum published later than this many calendar days before the "
        "deadline moves the deadline so that bidders have these days left.",
    )

    # Bids
    envelopes = fields.Selection(
        selection=[
            ("one", "One: technical part and price together"),
            ("two", "Two: price after the technical ranking"),
        ],
        required=True,
        default="one",
        tracking=True,
    )
    sealing = fields.Selection(
        selection=[("access", "By access: nobody can read a bid before the opening")],
        required=True,
        default="access",
    )
    min_price_sources = fields.Integer(
        string="Sources of the Reference Price",
        default=1,
        tracking=True,
        help="So many different sources (quotes, past contracts, calculations) the "
        "reference price needs before the tender is published.",
    )
    price_ceiling = fields.Boolean(
        string="Reject Bids Above the Reference Price", default=True, tracking=True
    )
    abnormally_low_mean_percent = fields.Float(
        string="Abnormally Low Under Mean (%)",
        default=40.0,
        help="A bid this much under the mean of the other bids needs a justification "
        "in the award.",
    )
    abnormally_low_next_percent = fields.Float(
        string="Abnormally Low Under Next (%)",
        default=30.0,
        help="A bid this much under the next higher bid needs a justification.",
    )

    # Award, signature and filing
    standstill_days = fields.Integer(
        default=3,
        help="Calendar days between the notice of award and the order, in which "
        "bidders may object.",
    )
    sign_days = fields.Integer(
        string="Days to Sign",
        default=lambda self: self.env.company.outsourcing_sign_days,
        help="Calendar days from the final award.",
    )
    filing_days = fields.Integer(
        string="Days to File",
        default=3,
        help="Days from signature within which the contract is filed with HR.",
    )
    filing_day_kind = fields.Selection(
        selection=[("calendar", "Calendar days"), ("working", "Working days")],
        required=True,
        default="calendar",
    )

    # Committee
    committee_min = fields.Integer(string="Minimum Members", default=3)
    committee_odd = fields.Boolean(string="Odd Number of Members", default=True)
    expert_share_percent = fields.Float(
        string="Share of Experts (%)", help="Least share of experts in the committee."
    )
    quorum = fields.Integer(
        default=2, help="Members with a clear declaration needed at the opening."
    )

    presence_required = fields.Boolean(
        string="Presence Confirmed at the Opening",
        default=True,
        help="The quorum counts only members who confirm, each in person, that they "
        "are present when the bids are opened, and again when the prices are opened "
        "apart. Whoever cannot come is recused with a reason, and another is "
        "appointed.",
    )

    outlier_limit = fields.Float(
        string="Explain Points From",
        default=2.0,
        help="Standard deviations from the mean of the other members from which on a "
        "member explains the points, or scores once more, before the ranking is shown. "
        "At least two others must have scored. Zero: never.",
    )

    # Guarantees
    bid_guarantee_percent = fields.Float(
        string="Bid Guarantee (% of estimate)",
        help="Bidders hand in a guarantee of the amount in the notice, which is at "
        "most this share of the estimate. Without it a bid is not evaluated. Zero: "
        "none.",
    )
    performance_guarantee_percent = fields.Float(
        string="Performance Guarantee (% of contract)",
        help="The winner hands in a guarantee of this share of the contract before it "
        "is signed. Zero: none.",
    )

    # Who may use it
    manager_only = fields.Boolean(
        help="Only the outsourcing manager may publish a tender under it."
    )

    _days_positive = models.Constraint(
        """CHECK (min_tendering_days >= 0 AND question_days >= 0
            AND addendum_extension_days >= 0 AND standstill_days >= 0
            AND sign_days >= 0 AND filing_days >= 0)""",
        "Days cannot be negative.",
    )
    _counts_positive = models.Constraint(
        """CHECK (min_bidders >= 1 AND min_invited >= 0 AND committee_min >= 0
            AND quorum >= 0 AND min_price_sources >= 1 AND outlier_limit >= 0)""",
        "Numbers of bidders and members cannot be negative; one bidder and one source "
        "of the price are the least.",
    )
    _amount_range = models.Constraint(
        "CHECK (amount_min >= 0 AND (amount_max = 0 OR amount_max >= amount_min))",
        "The upper amount must not be under the lower one.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("company_id.currency_id", "range_currency_id")
    def _compute_currency_id(self):
        # sudo: whoever reads a shared procedure need not read the first company.
        companies = self.env["res.company"].sudo()
        for procedure in self:
            own = procedure.range_currency_id or procedure.company_id.currency_id
            if not own:
                first = companies.search([("active", "=", True)], order="id", limit=1)
                own = first.currency_id
            procedure.currency_id = own

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("method", "min_invited", "min_bidders")
    def _check_min_invited(self):
        for procedure in self:
            if (
                procedure.method == "invited"
                and procedure.min_invited < procedure.min_bidders
            ):
                raise ValidationError(
                    self.env._(
                        "%(name)s: invite at least as many vendors as must bid "
                        "(%(count)s).",
                        name=procedure.name,
                        count=procedure.min_bidders,
                    )
                )

    @api.constrains("question_days", "min_tendering_days")
    def _check_question_days(self):
        for procedure in self:
            if procedure.question_days > procedure.min_tendering_days:
                raise ValidationError(
                    self.env._(
                        "%s: questions cannot end before the tender is published.",
                        procedure.name,
                    )
                )

    @api.constrains("quorum", "committee_min")
    def _check_quorum(self):
        for procedure in self:
            if procedure.committee_min and procedure.quorum > procedure.committee_min:
                raise ValidationError(
                    self.env._(
                        "%s: the quorum is larger than the smallest committee.",
                        procedure.name,
                    )
                )

    @api.constrains(
        "expert_share_percent",
        "abnormally_low_mean_percent",
        "abnormally_low_next_percent",
        "bid_guarantee_percent",
        "performance_guarantee_percent",
    )
    def _check_percents(self):
        names = (
            "expert_share_percent",
            "abnormally_low_mean_percent",
            "abnormally_low_next_percent",
            "bid_guarantee_percent",
            "performance_guarantee_percent",
        )
        for procedure in self:
            if any(not 0 <= procedure[name] <= 100 for name in names):
                raise ValidationError(
                    self.env._("%s: a share lies between 0 and 100 %%.", procedure.name)
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        procedures = super().create(vals_list)
        for procedure, vals in zip(procedures, vals_list, strict=True):
            names = procedure._get_rules_of(vals)
            log_changes(procedure, find_changes(procedure, dict.fromkeys(names)))
        return procedures

    def write(self, vals):
        names = self._get_rules_of(vals)
        before = {procedure: read_rules(procedure, names) for procedure in self}
        result = super().write(vals)
        for procedure, rules in before.items():
            log_changes(procedure, find_changes(procedure, rules))
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_rules_of(self, vals):
        """Return the names of the rules among values."""
        rules = map(self._fields.get, vals.keys() - WORDS)
        return [
            field.name
            for field in rules
            if field and field.store and field.type not in ("one2many", "many2many")
        ]

    @api.model
    def _propose(self, amount, company):
        """Return the procedure to propose for an estimate.

        :param float amount: the estimate, in the company's currency
        :param res.company company: the buying company
        :rtype: outsourcing.procedure (empty when none fits)
        """
        return self._get_fitting(amount, company)[:1]

    @api.model
    def _get_fitting(self, amount, company, day=None):
        """Return the procedures in whose range an estimate lies, the narrowest first.

        Ranges are compared in the currency of each, at the rate of the day.

        :param float amount: in the currency of ``company``
        :param date day: whose rate counts; by default today
        """
        procedures = self.search(
            [("company_id", "in", [False, company.id]), ("manager_only", "=", False)]
        )
        fitting = procedures.filtered(lambda rule: rule._covers(amount, company, day))
        return fitting.sorted(
            lambda rule: (
                -rule._convert_to(rule.amount_min, company, day),
                rule.sequence,
            )
        )

    def _covers(self, amount, company, day=None):
        """Whether an amount of a company lies in the range."""
        self.ensure_one()
        own = self._convert_from(amount, company, day)
        compare = self.currency_id.compare_amounts
        is_enough = compare(own, self.amount_min) >= 0
        return is_enough and not self._is_exceeded(amount, company, day)

    def _is_exceeded(self, amount, company, day=None):
        """Whether an amount of a company is above the upper limit."""
        self.ensure_one()
        own = self._convert_from(amount, company, day)
        return bool(
            self.amount_max
            and self.currency_id.compare_amounts(own, self.amount_max) > 0
        )

    def _convert_from(self, amount, company, day=None):
        """Return an amount of a company in the currency of the range."""
        day = day or company._outsourcing_today()
        return company.currency_id._convert(amount, self.currency_id, company, day)

    def _convert_to(self, amount, company, day=None):
        """Return an amount of the range in the currency of a company."""
        day = day or company._outsourcing_today()
        return self.currency_id._convert(amount, company.currency_id, company, day)

    @api.model
    def _propose_for(self, requests):
        """Return the procedure that a tender of ``requests`` starts with.

        What is usual for the category, unless the policy asks for more competition.
        """
        company, category = requests[:1].company_id, requests[:1].category_id
        amount = self.env["outsourcing.tender"]._get_estimate(requests, company)
        rule = category.procedure_id
        if not rule or rule._get_needed(amount, company)[1]:
            rule = self._propose(amount, company) or rule
        return rule

    def _get_needed(self, amount, company, day=None):
        """Return the procedure that the policy asks for instead of this one.

        :param float amount: the estimate, in the company's currency
        :param res.company company: the buying company
        :param date day: whose rate counts: that of the publication, once there was
            one; by default today
        :return: ``(procedure, is_below)``: the procedure, if one is configured for the
            amount, and whether this one means less competition than the policy. A
            direct award is judged by its own limit alone: it has reasons of its own.
        """
        self.ensure_one()
        is_above = self._is_exceeded(amount, company, day)
        if self.method == "direct":
            return self.browse(), is_above
        # sudo: the policy binds also those who may not read procedures.
        policies = self.sudo()._get_fitting(amount, company, day)
        policies = policies.filtered("amount_min")
        own = COMPETITION[self.method]
        stricter = policies.filtered(lambda item: COMPETITION[item.method] > own)[:1]
        return stricter, bool(stricter) or is_above
