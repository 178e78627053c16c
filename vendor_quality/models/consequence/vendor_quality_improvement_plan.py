from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from odoo.addons.outsourcing_mgmt.models.base.acting_person import PERSONAL_VERBS
from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.contract.vendor_acts import filter_own
from odoo.addons.outsourcing_mgmt.models.messages.vendor_mail import note_message
from odoo.addons.outsourcing_mgmt.models.number.numbering import number_records

OFFICER = "vendor_quality.group_quality_officer"
MANAGER = "vendor_quality.group_quality_manager"
DUE_DAYS = 30
LIVE_STATES = ("open", "in_progress", "verify")
ANSWER_STATES = ("open", "in_progress")
ORIGINS = ("contract_id", "form_id", "dispute_id", "finding_id")
WRITTEN = frozenset({"plan", "root_cause", "target_ids"})
"""What a plan says; whoever wrote of it does not judge its effect."""
MAX_TEXT = 5000
"""Characters of an answer that are kept."""
REMIND_EVERY = 7
"""Days between two reminders of an overdue plan."""


class VendorQualityImprovementPlan(models.Model):
    """Improvement plan: what is done about a poor result, and whether it helped.

    open -> in_progress -> verify -> closed | failed; cancelled on the way. A
    form approved with a grade that asks for it opens one by itself; others are
    opened by hand from a form, a line, a dispute or a finding. The vendor
    answers in the portal.

    =============  ===========================  ===============================
    step           who                          but not
    =============  ===========================  ===============================
    open, edit     officer                      the content, once verified
    start          responsible, officer         without cause, plan and day
    request check  responsible, officer
    close          officer, manager             the responsible; whoever asked
                                                for the check; before a later
                                                form shows the effect
    fail           officer, manager             the responsible
    cancel         manager                      the responsible
    =============  ===========================  ===============================

    The effect is measured: the points of the plan's metrics in the first form
    approved for a later period are compared with their targets. A plan that
    failed opens the next one.
    """

    _name = "vendor.quality.improvement.plan"
    _description = "Improvement Plan"
    _inherit = [
        "outsourcing.flow.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "subject", "contract_id.name", "partner_id.name"]

    _flow_transitions = {
        "open": {"in_progress", "cancelled"},
        "in_progress": {"verify", "cancelled"},
        "verify": {"closed", "failed"},
        "closed": set(),
        "failed": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        "in_progress": "start",
        "verify": "request_check",
        "closed": "close",
        "failed": "fail",
        "cancelled": "cancel",
    }
    _flow_personal = PERSONAL_VERBS | {"close"}
    _flow_groups = {
        "close": (OFFICER,),
        "fail": (OFFICER,),
        "cancel": (MANAGER,),
    }
    _flow_required = {
        "in_progress": ("root_cause", "plan", "owner_id", "date_due"),
        "closed": ("result",),
        "failed": ("result",),
        "cancelled": ("result",),
    }
    _flow_system_fields = frozenset(
        {
            "check_form_id",
            "check_requested_at",
            "check_requested_by_id",
            "closed_at",
            "closed_by_id",
            "name",
            "past_owner_ids",
            "previous_id",
            "reminded_on",
            "result",
            "started_at",
            "started_by_id",
            "vendor_answered_at",
            "vendor_answered_by_id",
            "vendor_response",
            "writer_ids",
        }
    )
    _flow_content_fields = frozenset(
        {
            "company_id",
            "contract_id",
            "date_due",
            "dispute_id",
            "finding_id",
            "form_id",
            "owner_id",
            "plan",
            "root_cause",
            "subject",
            "target_ids",
        }
    )
    _flow_content_states = frozenset({"open", "in_progress"})
    _flow_deletable_states = frozenset()

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(
        string="Number", default="/", readonly=True, copy=False, index="trigram"
    )
    access_token = fields.Char(groups=fields.NO_ACCESS)
    subject = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        selection=[
            ("open", "Open"),
            ("in_progress", "In Progress"),
            ("verify", "Effect to Check"),
            ("closed", "Closed, Effective"),
            ("failed", "Closed, Not Effective"),
            ("cancelled", "Cancelled"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
        help="Effect to Check: the measures are done, the next form shows what they "
        "brought.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', 'not in', ('draft', 'to_sign', 'cancelled'))]",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, index=True
    )

    # Where it comes from
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Quality Form",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
    )
    dispute_id = fields.Many2one(
        comodel_name="vendor.quality.dispute",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
        help="The dispute that led to the plan.",
    )
    finding_id = fields.Many2one(
        comodel_name="outsourcing.finding",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('contract_id', '=', contract_id)]",
        help="The finding that led to the plan.",
    )
    previous_id = fields.Many2one(
        comodel_name="vendor.quality.improvement.plan",
        string="Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The plan that failed before this one.",
        check_company=True,
    )
    next_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan",
        inverse_name="previous_id",
        string="Followed By",
        help="The plan that followed because this one had no effect.",
    )
    target_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan.target",
        inverse_name="improvement_plan_id",
        string="Metrics",
        copy=True,
        help="The metrics that are to become better, each with its target.",
    )
    grade = fields.Char(related="form_id.grade", store=True)

    # What is done
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        index=True,
        tracking=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Sees to it that the plan is carried out. Never checks its effect.",
    )
    past_owner_ids = fields.Many2many(
        comodel_name="res.users",
        relation="vendor_quality_improvement_plan_past_owner_rel",
        column1="improvement_plan_id",
        column2="user_id",
        string="Responsible Before",
        readonly=True,
        copy=False,
        help="They do not check the effect either.",
    )
    writer_ids = fields.Many2many(
        comodel_name="res.users",
        relation="vendor_quality_improvement_plan_writer_rel",
        column1="improvement_plan_id",
        column2="user_id",
        string="Written By",
        readonly=True,
        copy=False,
        help="Who wrote what is wrong, what is done or the targets. They do not check "
        "the effect either.",
    )
    date_due = fields.Date(
        string="Due",
        index=True,
        tracking=True,
        default=lambda self: (
            self.env.company._outsourcing_today() + timedelta(days=DUE_DAYS)
        ),
        help="Day by which the measures are to be done.",
    )
    root_cause = fields.Text(
        tracking=True,
        help="Why it came about, not only what happened.",
    )
    plan = fields.Text(
        tracking=True, help="Which measures, by whom, until when. The vendor reads it."
    )
    vendor_response = fields.Text(
        string="Vendor's Answer",
        readonly=True,
        copy=False,
        help="Written by the vendor in the portal.",
    )
    vendor_answered_at = fields.Datetime(
        string="Vendor Answered", readonly=True, copy=False
    )
    vendor_answered_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )

    # Whether it helped
    check_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Checked By Form",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The first approved form of a later period that measures the metrics.",
        check_company=True,
    )
    effect = fields.Selection(
        selection=[
            ("unknown", "Not measured yet"),
            ("effective", "Targets reached"),
            ("missed", "Targets missed"),
        ],
        compute="_compute_effect",
        store=True,
        index=True,
        help="Metrics of the first later form beside their targets.",
    )
    result = fields.Text(
        readonly=True,
        copy=False,
        tracking=True,
        help="What was found when the effect was checked.",
    )
    reminded_on = fields.Date(readonly=True, copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    started_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    check_requested_at = fields.Datetime(readonly=True, copy=False)
    check_requested_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    closed_at = fields.Datetime(string="Decided On", readonly=True, copy=False)
    closed_by_id = fields.Many2one(
        comodel_name="res.users", string="Closed By", readonly=True, copy=False
    )

    # UI
    is_late = fields.Boolean(compute="_compute_is_late")
    can_start = fields.Boolean(compute="_compute_flow_can")
    can_request_check = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")
    can_fail = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _previous_unique = models.UniqueIndex(
        "(previous_id) WHERE previous_id IS NOT NULL",
        "A plan that failed is followed by one plan.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id")
    def _compute_company_id(self):
        for plan in self:
            plan.company_id = plan.contract_id.company_id or self.env.company

    @api.depends("check_form_id", "target_ids.is_reached", "target_ids.target_points")
    def _compute_effect(self):
        for plan in self:
            if not plan.check_form_id or not plan.target_ids:
                plan.effect = "unknown"
            elif all(plan.target_ids.mapped("is_reached")):
                plan.effect = "effective"
            else:
                plan.effect = "missed"

    @api.depends("date_due", "state")
    def _compute_is_late(self):
        for plan in self:
            plan.is_late = bool(
                plan.state in ("open", "in_progress")
                and plan.date_due
                and plan.date_due < plan.company_id._outsourcing_today()
            )

    def _compute_access_url(self):
        super()._compute_access_url()
        for plan in self:
            plan.access_url = f"/my/improvement-plans/{plan.id}"

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = (
                f"{plan.name} {plan.subject}" if plan.subject else plan.name
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains(*ORIGINS)
    def _check_origin(self):
        # sudo: whoever is responsible need not read where the plan comes from.
        for plan in self.sudo():
            for name in ORIGINS[1:]:
                origin = plan[name]
                if origin and origin.contract_id != plan.contract_id:
                    raise ValidationError(
                        self.env._(
                            "%(origin)s belongs to another contract than the plan.",
                            origin=origin.display_name,
                        )
                    )

    @api.constrains("owner_id", "company_id")
    def _check_owner(self):
        # sudo: the companies of the responsible may be hidden from the user.
        for plan in self.sudo():
            owner = plan.owner_id
            if owner and (owner.share or plan.company_id not in owner.company_ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be responsible: choose an employee who works "
                        "in %(company)s.",
                        user=owner.name,
                        company=plan.company_id.name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        plans = super().create(vals_list)
        # A plan is told to its owner and to the vendor as soon as it is there.
        number_records(plans, self._name)
        plans._flow_filter_first()._ask_owner()
        return plans

    def write(self, vals):
        owners = {}
        if "owner_id" in vals:
            owners = {plan: plan.owner_id for plan in self if plan.owner_id}
        result = super().write(vals)
        for plan, owner in owners.items():
            if owner != plan.owner_id:
                server_write(plan, {"past_owner_ids": [Command.link(owner.id)]})
                plan._ask_owner()
        return result

    def _flow_check_content(self, vals):
        """Refuse another origin of a plan: contract, form, dispute or finding."""
        result = super()._flow_check_content(vals)
        if self._flow_is_system():
            return result
        for plan in self:
            for name in ORIGINS:
                if name in vals and plan[name] and plan[name].id != vals[name]:
                    raise UserError(
                        self.env._(
                            '%(name)s: "%(field)s" stays as it is. Open another plan.',
                            name=plan.display_name,
                            field=self._flow_field_label(name),
                        )
                    )
        return result

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        if WRITTEN.intersection(vals):
            self._note_file_authors(self.env.user)
        return result

    def _note_file_authors(self, users):
        """Keep who wrote a part of the plan, or added a file, before it is judged."""
        # sudo: writers may work in companies that the acting user cannot read.
        for plan in self.sudo():
            if plan.state in (*self._flow_content_states, "verify"):
                links = [Command.link(user.id) for user in users - plan.writer_ids]
                if links:
                    server_write(plan, {"writer_ids": links})

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_start(self):
        """Carry the plan out: cause, measures, responsible and day are known."""
        return self._take_step("in_progress")

    def action_request_check(self):
        """Report the measures as done; the next form shows their effect."""
        return self._take_step("verify")

    def action_close(self, result):
        """Close the plan as effective, with what was found."""
        return self._take_step("closed", result=result)

    def action_fail(self, reason):
        """Close the plan as not effective; a follow-up opens."""
        return self._take_step("failed", result=reason)

    def action_cancel(self, reason):
        """Give up a plan that is not needed after all."""
        return self._take_step("cancelled", result=reason)

    def action_close_effective(self, reason):
        """Close the plan; the wizard for reasons calls its verb with a reason."""
        return self.action_close(reason)

    def action_open_close_wizard(self):
        self.check_access("read")
        return self._open_reason("close", self.env._("What shows the effect?"))

    def action_open_fail_wizard(self):
        self.check_access("read")
        return self._open_reason("fail", self.env._("Why did it not help?"))

    def action_open_cancel_wizard(self):
        self.check_access("read")
        return self._open_reason("cancel", self.env._("Why is it not needed?"))

    def _open_reason(self, verb, title):
        self._flow_check_can(verb)
        method = "action_close_effective" if verb == "close" else f"action_{verb}"
        return self.env["outsourcing.reason.wizard"]._open(self, method, title)

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_in_progress(self, origins):
        now = fields.Datetime.now()
        server_write(self, {"started_at": now, "started_by_id": self.env.uid})
        self._mail_vendor()

    def _on_enter_verify(self, origins):
        now = fields.Datetime.now()
        server_write(
            self, {"check_requested_at": now, "check_requested_by_id": self.env.uid}
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._measure()

    def _on_enter_closed(self, origins):
        self._stamp_decision()
        self.env["vendor.quality.standing"]._update(self.contract_id)

    def _on_enter_failed(self, origins):
        self._stamp_decision()
        self._open_follow_up()
        self.env["vendor.quality.standing"]._update(self.contract_id)

    def _on_enter_cancelled(self, origins):
        self._stamp_decision()

    def _stamp_decision(self):
        now = fields.Datetime.now()
        server_write(self, {"closed_at": now, "closed_by_id": self.env.uid})
        self.activity_unlink(["mail.mail_activity_data_todo"])

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_start_reason(self):
        return self._get_not_acting_reason()

    def _get_cannot_request_check_reason(self):
        return self._get_not_acting_reason()

    def _get_not_acting_reason(self):
        """Return a reason for plans that the acting user does not carry out."""
        if self._flow_user_in(OFFICER):
            return {}
        return {
            plan.id: self.env._(
                "only %s or a quality officer does this.",
                plan.owner_id.name or self.env._("the responsible"),
            )
            for plan in self
            if plan.owner_id != self.env.user
        }

    def _get_cannot_close_reason(self):
        reasons = self._get_not_checking_reason()
        for plan in self:
            if plan.id in reasons or not plan.target_ids:
                continue
            if plan.effect == "unknown":
                reasons[plan.id] = self.env._(
                    "no form of a later period is approved that measures its metrics. "
                    "Wait for the next form."
                )
            elif plan.effect == "missed":
                reasons[plan.id] = self.env._(
                    "its targets were missed in %s. Fail it: a follow-up opens.",
                    # sudo: whoever judges a plan need not read the form.
                    plan.sudo().check_form_id.name,
                )
        return reasons

    def _get_cannot_fail_reason(self):
        return self._get_not_checking_reason()

    def _get_not_checking_reason(self):
        """The effect is judged by somebody who did not carry the plan out."""
        return {
            plan.id: self.env._(
                "you are responsible for the plan, wrote a part of it or asked for the "
                "check, so somebody else judges its effect."
            )
            for plan in self
            if self.env.user in plan._get_doers()
        }

    def _get_cannot_cancel_reason(self):
        return {
            plan.id: self.env._(
                "you are responsible for it, so another manager gives it up."
            )
            for plan in self
            if self.env.user == plan.owner_id
        }

    def _get_doers(self):
        """Return who carried the plan out, by stored ids."""
        self.ensure_one()
        people = self.owner_id | self.past_owner_ids | self.writer_ids
        return people | self.started_by_id | self.check_requested_by_id

    # ------------------------------------------------------------
    # VENDOR
    # ------------------------------------------------------------

    def _get_cannot_answer_reason(self):
        """Say why the vendor may no longer answer, or return an empty string."""
        self.ensure_one()
        if self.state in ANSWER_STATES:
            return ""
        return self.env._("The plan is no longer open for an answer.")

    def _mail_vendor(self):
        """Mail the plan to who is in charge at the vendor."""
        # sudo: the responsible need not be allowed to read the vendor's users.
        for plan in self.sudo():
            note_message(
                plan,
                plan.contract_id,
                "quality",
                "vendor_quality.mail_template_improvement_plan_vendor",
                needs=("state",),
            )

    # ------------------------------------------------------------
    # REMINDERS
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Remind of overdue plans, once in ``REMIND_EVERY`` days."""
        # Today in any company; what is overdue is judged by company below.
        today = self.env["res.company"]._outsourcing_latest_today()
        plans = self.search(
            [("state", "in", ANSWER_STATES), ("date_due", "<", today)],
            order="date_due, id",
        ).filtered(lambda plan: plan._is_reminder_due())
        self.env["vendor.quality.batch"]._run_in_batches(
            plans, lambda batch: batch._remind()
        )

    def _is_reminder_due(self):
        self.ensure_one()
        today = self.company_id._outsourcing_today()
        last = self.reminded_on
        return self.is_late and (
            not last or last <= today - timedelta(days=REMIND_EVERY)
        )

    def _remind(self):
        for plan in self:
            today = plan.company_id._outsourcing_today()
            server_write(plan, {"reminded_on": today})
            plan._ask(
                plan.owner_id, self.env._("The improvement plan is overdue"), today
            )
            plan._ask(
                plan._flow_get_users_of(MANAGER, plan.owner_id),
                self.env._("An improvement plan is overdue: see to it"),
            )
        self.filtered(lambda plan: not plan.vendor_answered_at)._mail_vendor()

    def _ask_owner(self):
        # sudo: activities of the responsible, whoever opens the plan.
        for plan in self.sudo().filtered(lambda item: item.state in ANSWER_STATES):
            plan._ask(
                plan.owner_id,
                self.env._("Find the cause and carry out the improvement plan"),
                plan.date_due,
            )

    def _ask(self, users, summary, deadline=None):
        """Ask the first of ``users`` to act, once for the same thing."""
        self.ensure_one()
        for user in users[:1]:
            known = self.activity_ids.filtered(
                lambda item, user=user: item.user_id == user and item.summary == summary
            )
            if not known:
                self.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=summary,
                    user_id=user.id,
                    date_deadline=deadline,
                )

    def _outsourcing_get_awaited(self, author):
        users = super()._outsourcing_get_awaited(author)
        vendor = author.commercial_partner_id
        if (
            self.state in ANSWER_STATES
            and vendor == self.partner_id.commercial_partner_id
        ):
            users |= self.owner_id or self.create_uid
        return users


# ------------------------------------------------------------
# ACTING FOR THE VENDOR
# ------------------------------------------------------------


def record_answer(plan, user, text):
    """Record what the vendor says about cause and measures.

    A function, as evaluated code may call methods of records and would answer for
    any vendor.

    :param user: portal user of the vendor
    :raise UserError: where the vendor may not answer, or ``text`` is empty
    """
    plan.ensure_one()
    # sudo: vendors have no right on the model; it is checked that the plan is theirs.
    plan = plan.sudo()
    env = plan.env
    own = filter_own(plan.contract_id, user.partner_id)
    if plan.contract_id not in own or plan.state == "cancelled":
        raise UserError(env._("This plan is not yours."))
    if reason := plan._get_cannot_answer_reason():
        raise UserError(reason)
    text = (text or "").replace("\0", "").strip()[:MAX_TEXT]
    if not text:
        raise UserError(env._("Say what you found and what you will do."))
    before = plan.vendor_response
    if before == text and plan.vendor_answered_by_id == user:
        # A second click.
        return
    server_write(
        plan,
        {
            "vendor_response": text,
            "vendor_answered_at": fields.Datetime.now(),
            "vendor_answered_by_id": user.id,
        },
    )
    if before:
        plan.message_post(body=env._("The vendor's answer before: %s", before))
    plan._ask(plan.owner_id, env._("The vendor answered the improvement plan"))
