from odoo import api, fields, models
from odoo.tools import format_date

from ..base.outsourcing_grant import server_write


class OutsourcingIncentive(models.Model):
    """The procedure of a reward or penalty: hearing, decision, appeal."""

    _inherit = "outsourcing.incentive"

    # UI
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_answer = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_apply = fields.Boolean(compute="_compute_flow_can")
    can_appeal = fields.Boolean(compute="_compute_flow_can")
    can_reverse = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    is_mine = fields.Boolean(compute="_compute_is_mine")
    hearing_hint = fields.Char(compute="_compute_is_mine")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

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
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        stamp = getattr(self, f"_enter_{target}", None)
        if stamp:
            stamp()
        for incentive in self:
            # The chain proves that the procedure was kept; what was decided about
            # whom stays on the record, which fewer people may read.
            self.env["outsourcing.audit.log"]._record(
                incentive, target, {"from": origins[incentive.id]}
            )
        return result

    def _enter_submitted(self):
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
        self._tell_person()

    def _enter_approved(self):
        server_write(
            self, {"approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()}
        )
        self._tell_person()

    def _enter_applied(self):
        for incentive in self:
            server_write(
                incentive,
                {
                    "applied_by_id": self.env.uid,
                    "applied_date": incentive.applied_date
                    or incentive.company_id._outsourcing_today(),
                },
            )
        self._tell_person()

    def _enter_appealed(self):
        server_write(self, {"appealed_on": fields.Datetime.now()})
        self._ask_hr(self.env._("Decide the appeal"))

    def _enter_reversed(self):
        for incentive in self:
            today = incentive.company_id._outsourcing_today()
            server_write(incentive, {"reversed_date": today})
        self._tell_person()

    def _enter_refused(self):
        self.filtered("submitted_on")._tell_person()

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
        for incentive in self:
            today = incentive.company_id._outsourcing_today()
            # The person may not write the record; his answer is his right.
            server_write(
                incentive.sudo(), {"statement": statement, "heard_date": today}
            )
        return True

    def action_approve(self):
        """Decide for the proposal once its reviews are approved."""
        return self._take_step("approved")

    def action_apply(self):
        """Hand the decision on to payroll; after an appeal, uphold it."""
        return self._take_step("applied")

    def action_appeal(self, reason):
        """Appeal against the decision, as the person concerned."""
        self.check_access("read")
        # The person may not write the record; the reason function of the flow
        # decides that only he appeals.
        return self.sudo()._take_step("appealed", appeal_reason=reason)

    def action_reverse(self, reason):
        """Take the decision back, for a stated reason."""
        return self._take_step("reversed", reverse_reason=reason)

    def action_refuse(self, reason):
        """Turn the proposal down, for a stated reason."""
        return self._take_step("refused", refusal_reason=reason)

    def action_open_refuse_wizard(self):
        """Ask why the proposal is turned down."""
        return self._open_reason("refuse")

    def action_open_reverse_wizard(self):
        """Ask why the decision is taken back."""
        return self._open_reason("reverse")

    def action_open_appeal_wizard(self):
        """Ask the person for his reason."""
        return self._open_reason("appeal")

    def action_open_answer_wizard(self):
        """Ask the person for his answer."""
        return self._open_reason("answer", self.env._("Your Answer"))

    def _open_reason(self, verb, title=None):
        self._flow_check_can(verb)
        wizard = self.env["outsourcing.reason.wizard"]
        return wizard._open(self, f"action_{verb}", title)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = self._reason_unless_hr()
        for incentive in self.filtered(lambda item: item.id not in reasons):
            if reason := incentive._get_incomplete_reason():
                reasons[incentive.id] = reason
        return reasons

    def _get_cannot_reset_reason(self):
        return self._reason_unless_hr()

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
                reasons[incentive.id] = self.env._(
                    "%(person)s has not answered yet. It can be decided after the "
                    "answer, or after %(date)s without one.",
                    person=incentive.employee_id.sudo().name,
                    date=format_date(self.env, incentive.hearing_deadline),
                )
            elif reason := incentive._tier_get_cannot_cross_reason():
                reasons[incentive.id] = reason
            elif self.env.user in incentive._tier_get_excluded_users():
                reasons[incentive.id] = self.env._(
                    "you proposed it, so somebody else of HR approves it."
                )
        return reasons

    def _get_cannot_apply_reason(self):
        reasons = self._reason_unless_hr()
        for incentive in self:
            if incentive.state == "appealed" and (
                incentive.approved_by_id == self.env.user
            ):
                reasons[incentive.id] = self.env._(
                    "you approved it, so somebody else of HR decides the appeal."
                )
        return reasons

    def _get_cannot_appeal_reason(self):
        return self._reason_unless_person()

    def _get_cannot_reverse_reason(self):
        return self._reason_unless_hr()

    def _get_cannot_refuse_reason(self):
        return self._reason_unless_hr()

    def _reason_unless_hr(self):
        """Return reasons unless HR acts, and not on itself."""
        if not self._flow_user_in("outsourcing_mgmt.group_outsourcing_hr"):
            return dict.fromkeys(
                self.ids, self.env._("HR decides on rewards and penalties.")
            )
        return self._reason_if_person()

    def _reason_if_person(self):
        return {
            incentive.id: self.env._("nobody decides on himself.")
            for incentive in self.sudo()
            if self.env.user in incentive._get_person_users()
        }

    def _reason_unless_person(self):
        return {
            incentive.id: self.env._("only the person concerned does this.")
            for incentive in self.sudo()
            if self.env.user not in incentive._get_person_users()
        }

    def _get_incomplete_reason(self):
        """Say what the proposal still lacks, or return an empty string."""
        self.ensure_one()
        if not self._get_source():
            return self.env._(
                "say what it follows from: a verified finding or a confirmed event."
            )
        number = {"money": "amount", "leave": "leave_days", "demerit": "points"}
        name = number[self.kind]
        if not self[name]:
            return self.env._("fill in “%s”.", self._flow_field_label(name))
        return ""

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_source(self):
        """Return the record that the proposal follows from; extended elsewhere."""
        self.ensure_one()
        return self.finding_id or self.event_id

    def _get_person_users(self):
        """Return the users that stand for the person, then and now."""
        self.ensure_one()
        return self.employee_user_id | self.employee_id.user_id

    def _tell_person(self):
        """Tell the person of each step; the record itself says the rest."""
        template = self.env.ref("outsourcing_mgmt.mail_template_incentive")
        for incentive in self.sudo():
            if incentive.employee_user_id.partner_id:
                template.send_mail(incentive.id)

    def _ask_hr(self, summary):
        for incentive in self.sudo():
            user = incentive._flow_get_users_of(
                "outsourcing_mgmt.group_outsourcing_hr",
                incentive._get_person_users() | incentive.approved_by_id,
            )[:1]
            if user:
                incentive.activity_schedule(
                    "mail.mail_activity_data_todo", summary=summary, user_id=user.id
                )

    def _may_follow(self, partner):
        """Whether a partner may get messages about the record."""
        self.ensure_one()
        users = partner.sudo().user_ids
        return bool(users & self._get_person_users()) or any(
            user.has_group("outsourcing_mgmt.group_outsourcing_hr") for user in users
        )

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Keep followers to those who may read the record."""
        for incentive in self:
            partners = self.env["res.partner"].browse(partner_ids or [])
            allowed = partners.filtered(incentive.sudo()._may_follow)
            super(OutsourcingIncentive, incentive).message_subscribe(
                partner_ids=allowed.ids, subtype_ids=subtype_ids
            )
        return True
