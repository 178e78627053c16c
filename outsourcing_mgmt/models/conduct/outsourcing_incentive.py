from odoo import api, fields, models
from odoo.tools import format_date

from ..base.grants import server_write
from ..base.groups import HR
from .incentive_mail import note_person


class OutsourcingIncentive(models.Model):
    """A reward or a penalty that is proposed to HR for an employee.

    draft -> submitted -> approved -> applied, or refused; the person may
    appeal, and HR may reverse. Private: only HR reads it, and from the submission
    on the person concerned. Nobody decides on a record about themselves.

    ========  =============  ============================================
    Action    Who            Restriction
    ========  =============  ============================================
    propose   HR             not about oneself; within the caps of the day; once
                             per person and finding or event; a penalty by an event
                             that names the person, a reward by a finding
    answer    the person     while submitted
    approve   HR             not the proposer; after the answer or the
                             hearing period, and after the reviews
    apply     HR             an appeal: not who approved it
    appeal    the person     approved or applied, once
    reverse   HR             with a reason
    refuse    HR             with a reason
    ========  =============  ============================================
    """

    _name = "outsourcing.incentive"
    _inherit = [
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Reward or Penalty"
    _order = "create_date desc, id desc"
    _check_company_auto = True

    _state_from = ["submitted"]
    _state_to = ["approved", "applied", "appealed", "reversed"]
    _cancel_state = "refused"
    _tier_requester_fields = ("employee_id", "employee_user_id")
    _tier_refuse_verb = "refuse"

    _number_code = "outsourcing.incentive"
    _number_states = frozenset({"submitted"})
    _flow_transitions = {
        "draft": {"submitted", "refused"},
        "submitted": {"draft", "approved", "refused"},
        "approved": {"applied", "appealed", "reversed"},
        "applied": {"appealed", "reversed"},
        "appealed": {"applied", "reversed"},
        "reversed": set(),
        "refused": set(),
    }
    _flow_verbs = {
        "draft": "reset",
        "submitted": "submit",
        "approved": "approve",
        "applied": "apply",
        "appealed": "appeal",
        "reversed": "reverse",
        "refused": "refuse",
    }
    _flow_groups = {
        "reset": (HR,),
        "submit": (HR,),
        "apply": (HR,),
        "reverse": (HR,),
        "refuse": (HR,),
    }
    _flow_required = {
        "submitted": ("reason",),
        "appealed": ("appeal_reason",),
        "reversed": ("reverse_reason",),
        "refused": ("refusal_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "appeal_reason",
            "appealed_on",
            "applied_by_id",
            "applied_date",
            "approved_by_id",
            "approved_on",
            "cap_amount",
            "cap_leave_days",
            "cap_points",
            "department_id",
            "employee_user_id",
            "heard_date",
            "hearing_deadline",
            "is_capped",
            "is_grandfathered",
            "name",
            "refusal_reason",
            "reverse_reason",
            "reversed_date",
            "statement",
            "submitted_on",
        }
    )
    _flow_content_fields = frozenset(
        {
            "amount",
            "company_id",
            "employee_id",
            "event_id",
            "finding_id",
            "incentive_type",
            "kind",
            "leave_days",
            "points",
            "reason",
        }
    )
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(
        string="Reference", default="New", readonly=True, copy=False, index="trigram"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("applied", "Applied"),
            ("appealed", "Appealed"),
            ("reversed", "Reversed"),
            ("refused", "Refused"),
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
    currency_id = fields.Many2one(related="company_id.currency_id")

    # Person
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    employee_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person's User",
        compute="_compute_person",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_person",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The department on the day of the proposal.",
    )

    # What for
    finding_id = fields.Many2one(
        comodel_name="outsourcing.finding",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', 'in', ('verified', 'closed'))]",
    )
    event_id = fields.Many2one(
        comodel_name="outsourcing.compliance.event",
        string="Compliance Event",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('state', '=', 'confirmed')]",
    )
    reason = fields.Text(help="Why, in words that the person concerned understands.")

    # What
    incentive_type = fields.Selection(
        selection=[("reward", "Reward"), ("penalty", "Penalty")],
        string="Reward or Penalty",
        default="reward",
        required=True,
        tracking=True,
    )
    kind = fields.Selection(
        selection=[
            ("money", "Money"),
            ("leave", "Leave"),
            ("demerit", "Demerit"),
        ],
        string="Given As",
        default="money",
        required=True,
        tracking=True,
    )
    amount = fields.Monetary(tracking=True)
    leave_days = fields.Float(tracking=True)
    points = fields.Integer(string="Demerit Points", tracking=True)
    is_capped = fields.Boolean(compute="_compute_cap", store=True, precompute=True)
    cap_amount = fields.Monetary(
        string="Cap",
        compute="_compute_cap",
        store=True,
        precompute=True,
        help="The company's cap, or the fine of the rule, on the day of the proposal.",
    )
    cap_leave_days = fields.Float(
        string="Leave at Most",
        compute="_compute_cap_numbers",
        store=True,
        precompute=True,
    )
    cap_points = fields.Integer(
        string="Points at Most",
        compute="_compute_cap_numbers",
        store=True,
        precompute=True,
    )
    is_grandfathered = fields.Boolean(
        string="From Before the Limits",
        copy=False,
        readonly=True,
        help="It breaks a limit that did not exist when it was proposed: a cap, or one "
        "record per person and source. It is kept; undecided, it is proposed again.",
    )
    counts_as_reward = fields.Boolean(compute="_compute_counts_as_reward")

    # Hearing
    submitted_on = fields.Datetime(copy=False, readonly=True)
    hearing_deadline = fields.Date(
        copy=False,
        readonly=True,
        help="Without an answer of the person, HR decides after this day.",
    )
    statement = fields.Text(
        string="Answer of the Person", copy=False, readonly=True, tracking=True
    )
    heard_date = fields.Date(string="Answered On", copy=False, readonly=True)

    # Decision
    approved_by_id = fields.Many2one(
        comodel_name="res.users", copy=False, readonly=True
    )
    approved_on = fields.Datetime(copy=False, readonly=True)
    applied_by_id = fields.Many2one(comodel_name="res.users", copy=False, readonly=True)
    applied_date = fields.Date(copy=False, readonly=True, index=True)
    appeal_reason = fields.Text(copy=False, readonly=True, tracking=True)
    appealed_on = fields.Datetime(copy=False, readonly=True)
    reverse_reason = fields.Text(copy=False, readonly=True, tracking=True)
    reversed_date = fields.Date(copy=False, readonly=True, index=True)
    refusal_reason = fields.Text(copy=False, readonly=True, tracking=True)

    # UI
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_answer = fields.Boolean(compute="_compute_flow_can")
    can_apply = fields.Boolean(compute="_compute_flow_can")
    can_appeal = fields.Boolean(compute="_compute_flow_can")
    can_reverse = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    is_mine = fields.Boolean(compute="_compute_is_mine")
    hearing_hint = fields.Char(compute="_compute_is_mine")

    _positive = models.Constraint(
        "CHECK (amount >= 0 AND leave_days >= 0 AND points >= 0)",
        "Say by the type whether it is a reward or a penalty; numbers are positive.",
    )
    _one_kind = models.Constraint(
        "CHECK ((kind = 'money' OR COALESCE(amount, 0) = 0)"
        " AND (kind = 'leave' OR COALESCE(leave_days, 0) = 0)"
        " AND (kind = 'demerit' OR COALESCE(points, 0) = 0"
        " OR (kind = 'money' AND incentive_type = 'penalty'))"
        " AND (kind != 'demerit' OR incentive_type = 'penalty'))",
        "A reward is money or leave, a penalty money, leave or demerit points; fill in "
        "the one number that goes with it. Only a fine may carry points too.",
    )
    _amount_capped = models.Constraint(
        "CHECK ((NOT is_capped OR amount <= cap_amount)"
        " AND (incentive_type != 'reward' OR is_capped))",
        "The amount is above the cap.",
    )
    _numbers_capped = models.Constraint(
        "CHECK (is_grandfathered IS TRUE OR (COALESCE(leave_days, 0) <= cap_leave_days"
        " AND COALESCE(points, 0) <= cap_points))",
        "The days of leave or the demerit points are above the cap that the record "
        "shows.",
    )
    _finding_person_unique = models.UniqueIndex(
        "(finding_id, employee_id, incentive_type) WHERE finding_id IS NOT NULL"
        " AND is_grandfathered IS NOT TRUE AND state NOT IN ('refused', 'reversed')",
        "One finding leads to one reward or penalty per person. Change that one while "
        "it is a draft, or refuse or reverse it first.",
    )
    _event_person_unique = models.UniqueIndex(
        "(event_id, employee_id) WHERE event_id IS NOT NULL"
        " AND incentive_type = 'penalty' AND is_grandfathered IS NOT TRUE"
        " AND state NOT IN ('refused', 'reversed')",
        "One event leads to one penalty per person, which may carry a fine and points "
        "together. Change that one while it is a draft, or refuse or reverse it first.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_person(self):
        for incentive in self:
            # Who the person is on the day of the proposal; later changes of the
            # employee's user or department do not touch it.
            # sudo: the user behind an employee is hidden from other employees.
            employee = incentive.employee_id.sudo()
            incentive.employee_user_id = employee.user_id
            incentive.department_id = employee.department_id

    @api.depends("incentive_type", "event_id", "company_id")
    def _compute_cap(self):
        for incentive in self:
            # Not a dependency on the settings: the cap of the day stays.
            # sudo: whoever proposes need not read settings.
            company = incentive.company_id.sudo()
            reward = incentive.incentive_type == "reward"
            # sudo: as above, for the event.
            fine = incentive.event_id.sudo().fine_amount
            most = company.outsourcing_fine_cap
            incentive.is_capped = True
            incentive.cap_amount = (
                company.outsourcing_reward_cap if reward else min(fine or most, most)
            )

    @api.depends("company_id")
    def _compute_cap_numbers(self):
        for incentive in self:
            # As the cap of the amount: not a dependency on the settings.
            # sudo: whoever proposes need not read settings.
            company = incentive.company_id.sudo()
            incentive.cap_leave_days = company.outsourcing_leave_cap
            incentive.cap_points = company.outsourcing_points_cap

    @api.depends("incentive_type", "kind", "state")
    def _compute_counts_as_reward(self):
        for incentive in self:
            incentive.counts_as_reward = (
                incentive.incentive_type == "reward"
                and incentive.kind == "money"
                and incentive.state not in ("refused", "reversed")
            )

    @api.depends("employee_user_id", "hearing_deadline")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for incentive in self:
            mine = incentive.employee_user_id == self.env.user
            day = format_date(self.env, incentive.hearing_deadline)
            incentive.is_mine = mine
            incentive.hearing_hint = day and (
                self.env._(
                    "Please answer until %s. HR reads it before it decides.", day
                )
                if mine
                else self.env._(
                    "The person can answer until %s; it is decided after the answer, "
                    "or after that day.",
                    day,
                )
            )

    @api.depends_context("uid")
    def _compute_hide_reviews(self):
        result = super()._compute_hide_reviews()
        # The person concerned answers and appeals; the reviews are HR's work.
        for incentive in self.filtered("is_mine"):
            incentive.hide_reviews = True
        return result

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        findings = self.env["outsourcing.finding"].browse(
            {vals["finding_id"] for vals in vals_list if vals.get("finding_id")}
        )
        findings._lock_rewards()
        incentives = super().create(vals_list)
        incentives.finding_id._check_reward_share()
        return incentives

    def write(self, vals):
        if not {"amount", "finding_id", "incentive_type", "kind", "state"} & set(vals):
            return super().write(vals)
        findings = self.finding_id
        if vals.get("finding_id"):
            findings |= findings.browse(vals["finding_id"])
        findings._lock_rewards()
        result = super().write(vals)
        findings._check_reward_share()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Send the proposal to the person for an answer and to HR for review."""
        return self._take_step("submitted")

    def action_reset(self):
        """Take a submitted proposal back to change it."""
        return self._take_step("draft")

    def action_answer(self, statement):
        """Answer the proposal, as the person concerned.

        :param str statement: what HR reads before it decides
        """
        self.check_access("read")
        self._flow_check_can("answer")
        statement = self._flow_clean_reason(
            self._flow_field_label("statement"), statement
        )
        for incentive in self:
            today = incentive.company_id._outsourcing_today()
            # sudo: the person concerned may not write the record, only answer it.
            answered = incentive.sudo()
            server_write(answered, {"statement": statement, "heard_date": today})
        return True

    def action_approve(self):
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_apply(self):
        """Hand the decision on to payroll; after an appeal, uphold it."""
        return self._take_step("applied")

    def action_appeal(self, reason):
        """Appeal against the decision, as the person concerned."""
        self.check_access("read")
        # sudo: who may not write may appeal; the reason function refuses others.
        return self.sudo()._take_step("appealed", appeal_reason=reason)

    def action_reverse(self, reason):
        """Take the decision back, for a stated reason."""
        return self._take_step("reversed", reverse_reason=reason)

    def action_refuse(self, reason):
        """Turn the proposal down, for a stated reason."""
        return self._tier_refuse("refused", "refusal_reason", reason)

    def action_open_refuse_wizard(self):
        """Ask why the proposal is turned down."""
        self.check_access("read")
        return self._open_reason("refuse")

    def action_open_reverse_wizard(self):
        """Ask why the decision is taken back."""
        self.check_access("read")
        return self._open_reason("reverse")

    def action_open_appeal_wizard(self):
        """Ask the person concerned for the reason of the appeal."""
        self.check_access("read")
        return self._open_reason("appeal")

    def action_open_answer_wizard(self):
        """Ask the person concerned for an answer."""
        self.check_access("read")
        return self._open_reason("answer", self.env._("Your Answer"))

    def _open_reason(self, verb, title=None):
        self._flow_check_can(verb)
        wizard = self.env["outsourcing.reason.wizard"]
        return wizard._open(self, f"action_{verb}", title)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = self._reason_if_person()
        for incentive in self.filtered(lambda item: item.id not in reasons):
            if reason := incentive._get_incomplete_reason():
                reasons[incentive.id] = reason
        return reasons

    def _get_cannot_reset_reason(self):
        return self._reason_if_person()

    def _get_cannot_answer_reason(self):
        reasons = self._reason_unless_person()
        for incentive in self:
            if incentive.state != "submitted":
                reasons[incentive.id] = self.env._("it waits for no answer.")
            elif incentive.heard_date:
                reasons[incentive.id] = self.env._("you have answered it.")
        return reasons

    def _get_cannot_approve_reason(self):
        reasons = self._reason_if_person()
        for incentive in self.filtered(lambda item: item.id not in reasons):
            today = incentive.company_id._outsourcing_today()
            if not incentive.heard_date and (
                not incentive.hearing_deadline or today <= incentive.hearing_deadline
            ):
                # sudo: the name of the person concerned is on the record.
                person = incentive.employee_id.sudo().name
                reasons[incentive.id] = self.env._(
                    "%(person)s has not answered yet. It can be decided after the "
                    "answer, or after %(date)s without one.",
                    person=person,
                    date=format_date(self.env, incentive.hearing_deadline),
                )
            elif reason := incentive._get_outdated_reason():
                reasons[incentive.id] = reason
            elif reason := incentive._tier_get_cannot_cross_reason():
                reasons[incentive.id] = reason
            elif self.env.user in incentive._tier_get_excluded_users():
                reasons[incentive.id] = self.env._(
                    "you proposed it, so somebody else of HR approves it."
                )
        return reasons

    def _get_cannot_apply_reason(self):
        reasons = self._reason_if_person()
        for incentive in self:
            deciders = incentive.approved_by_id | incentive._get_deciders()
            if incentive.state == "appealed" and self.env.user in deciders:
                reasons[incentive.id] = self.env._(
                    "you approved it, so somebody else of HR decides the appeal."
                )
        return reasons

    def _get_cannot_appeal_reason(self):
        reasons = self._reason_unless_person()
        for incentive in self.filtered("appealed_on"):
            reasons[incentive.id] = self.env._(
                "the appeal was decided already, and one may appeal once."
            )
        return reasons

    def _get_cannot_reverse_reason(self):
        return self._reason_if_person()

    def _get_cannot_refuse_reason(self):
        return self._reason_if_person()

    def _reason_if_person(self):
        return {
            incentive.id: self.env._("nobody decides on their own reward or penalty.")
            # sudo: the user behind an employee is hidden from other employees.
            for incentive in self.sudo()
            if self.env.user in incentive._get_own_users()
        }

    def _reason_unless_person(self):
        return {
            incentive.id: self.env._("only the person concerned does this.")
            # sudo: the user behind an employee is hidden from other employees.
            for incentive in self.sudo()
            if self.env.user not in incentive._get_person_users()
        }

    def _get_incomplete_reason(self):
        """Say what the proposal still lacks, or return an empty string."""
        self.ensure_one()
        if reason := self._get_outdated_reason():
            return reason
        if not self._get_source():
            return self.env._(
                "say what it follows from: a verified finding or a confirmed event."
            )
        number = {"money": "amount", "leave": "leave_days", "demerit": "points"}
        name = number[self.kind]
        if not self[name]:
            return self.env._('fill in "%s".', self._flow_field_label(name))
        return ""

    def _get_outdated_reason(self):
        """Say that the proposal breaks later limits, or return an empty string."""
        # sudo: whom an event names is told to HR.
        event = self.event_id.sudo()
        is_named = event.employee_id | event.second_employee_id or not event
        if self.incentive_type == "penalty" and (self.finding_id or not is_named):
            return self.env._(
                "it was proposed before each penalty had a compliance event that names "
                "the person. HR refuses it and proposes it again by such an event."
            )
        if self.is_capped and not self.is_grandfathered:
            return ""
        return self.env._(
            "it was proposed before every reward and penalty had a cap and a person "
            "one record per source. HR refuses it and proposes it again."
        )

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        for incentive in self:
            company = incentive.company_id
            days = company.outsourcing_hearing_days
            server_write(
                incentive,
                {
                    "submitted_on": fields.Datetime.now(),
                    "hearing_deadline": fields.Date.add(
                        company._outsourcing_today(), days=days
                    ),
                    "statement": False,
                    "heard_date": False,
                },
            )
        reviewed = self.filtered(lambda item: item._tier_get_definitions())
        reviewed.request_validation()
        note_person(self)

    def _on_enter_approved(self, origins):
        server_write(
            self, {"approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
        )
        note_person(self)

    def _on_enter_applied(self, origins):
        for incentive in self:
            server_write(
                incentive,
                {
                    "applied_by_id": self.env.uid,
                    "applied_date": incentive.applied_date
                    or incentive.company_id._outsourcing_today(),
                },
            )
        # The approval told the rest already.
        note_person(self.filtered(lambda item: origins[item.id] == "appealed"))

    def _on_enter_appealed(self, origins):
        server_write(self, {"appealed_on": fields.Datetime.now()})
        self._ask_hr(self.env._("Decide the appeal"))

    def _on_enter_reversed(self, origins):
        for incentive in self:
            today = incentive.company_id._outsourcing_today()
            server_write(incentive, {"reversed_date": today})
        note_person(self)

    def _on_enter_refused(self, origins):
        note_person(self.filtered("submitted_on"))

    def _on_step(self, target, origins):
        result = super()._on_step(target, origins)
        for incentive in self:
            # The chain proves that the procedure was kept; what was decided about
            # whom stays on the record, which fewer people may read.
            self.env["outsourcing.audit.log"]._record(
                incentive, target, {"from": origins[incentive.id]}
            )
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_source(self):
        """Return the record that the proposal follows from; extended elsewhere."""
        self.ensure_one()
        return self.finding_id or self.event_id

    def _ask_hr(self, summary):
        # sudo: the person who appeals may not give HR activities.
        for incentive in self.sudo():
            user = incentive._flow_get_users_of(
                HR, incentive._get_own_users() | incentive.approved_by_id
            )[:1]
            if user:
                incentive.activity_schedule(
                    "mail.mail_activity_data_todo", summary=summary, user_id=user.id
                )

    def _may_follow(self, partner):
        """Whether a partner may get messages about the record."""
        self.ensure_one()
        # sudo: the users of a partner are read to ask for their rights only.
        users = partner.sudo().user_ids
        return bool(users & self._get_person_users()) or any(
            user.has_group(HR) for user in users
        )

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Keep followers to those who may read the record."""
        for incentive in self:
            partners = self.env["res.partner"].browse(partner_ids or [])
            # sudo: whoever adds followers need not read the users of the person.
            allowed = partners.filtered(incentive.sudo()._may_follow)
            super(OutsourcingIncentive, incentive).message_subscribe(
                partner_ids=allowed.ids, subtype_ids=subtype_ids
            )
        return True
