from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create, server_write
from odoo.addons.outsourcing_mgmt.models.messages.mail_activity import (
    hand_on_activities,
)
from odoo.addons.outsourcing_mgmt.models.number.numbering import number_records

from ..base.vendor_quality_counted_mixin import lists_days

OFFICER = "vendor_quality.group_quality_officer"
COUNTED_STATES = ("done", "verified", "missed")
MOVE_DAYS = 7
"""Calendar days by which a round may be moved from the day it was planned for."""


class VendorQualityInspection(models.Model):
    """One inspection round of a contract on one day.

    planned -> done -> verified, or missed when it is not done in time, or
    waived with a reason.

    ==========  ===================================  ==========================
    step        who                                  but not
    ==========  ===================================  ==========================
    done        the inspector, or an officer          after the days of grace
    verify      the verifier, an officer, a manager   whoever did it
    move        officer                               its inspector; at most a week
                                                      from the planned day, in the
                                                      same plan and contract
    waive       officer, manager                      its inspector
    missed      the nightly job                       before its days of grace end
    ==========  ===================================  ==========================

    A missed round, and a result that is not verified in the plan's days, raise
    a compliance event.
    """

    _name = "vendor.quality.inspection"
    _description = "Inspection"
    _inherit = [
        "outsourcing.flow.mixin",
        "vendor.quality.counted.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_due desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "contract_id.name", "partner_id.name"]

    _flow_transitions = {
        "planned": {"done", "missed", "waived"},
        "done": {"verified"},
        "verified": set(),
        "missed": {"waived"},
        "waived": set(),
    }
    _flow_verbs = {
        "done": "done",
        "verified": "verify",
        "missed": "miss",
        "waived": "waive",
    }
    _flow_groups = {"waive": (OFFICER,)}
    _flow_required = {"waived": ("waive_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "date_deadline",
            "date_planned",
            "feedback_deadline",
            "done_at",
            "done_by_id",
            "verified_at",
            "verified_by_id",
            "waived_by_id",
            "waive_reason",
            "is_feedback_late",
        }
    )
    _flow_content_fields = frozenset(
        {
            "plan_id",
            "contract_id",
            "company_id",
            "date_due",
            "inspector_id",
            "place",
            "line_ids",
            "note",
        }
    )
    _flow_content_states = frozenset({"planned"})
    # A round that nobody did is missed or waived; it does not vanish.
    _flow_deletable_states = frozenset()
    _quality_columns = frozenset({"contract_id", "date_due", "state"})
    # What the plan decided: the inspector himself cannot move or hand on a round.
    _PLANNED_FIELDS = frozenset(
        {"plan_id", "contract_id", "company_id", "date_due", "inspector_id"}
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("done", "Done"),
            ("verified", "Verified"),
            ("missed", "Missed"),
            ("waived", "Waived"),
        ],
        default="planned",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    plan_id = fields.Many2one(
        comodel_name="vendor.quality.inspection.plan",
        index=True,
        ondelete="restrict",
        check_company=True,
        help="The plan that repeats this round.",
    )
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        compute="_compute_from_plan",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
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
    place = fields.Char(
        compute="_compute_from_plan", store=True, precompute=True, readonly=False
    )
    inspector_id = fields.Many2one(
        comodel_name="res.users",
        compute="_compute_from_plan",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        tracking=True,
        check_company=True,
        domain="[('share', '=', False)]",
    )
    date_due = fields.Date(
        string="Due",
        required=True,
        index=True,
        tracking=True,
        default=lambda self: self.env.company._outsourcing_today(),
        help="Day on which the round is to be done.",
    )
    date_planned = fields.Date(
        string="Planned For",
        readonly=True,
        copy=False,
        help="The day that the round had at first; it is moved by at most a week.",
    )
    date_deadline = fields.Date(
        string="Missed After",
        compute="_compute_date_deadline",
        store=True,
        precompute=True,
        help="Due day and days of grace.",
    )
    line_ids = fields.One2many(
        comodel_name="vendor.quality.inspection.line",
        inverse_name="inspection_id",
        string="Checklist",
        copy=True,
    )
    note = fields.Text(string="Remarks")

    # Result
    pass_count = fields.Integer(
        string="Items Passed", compute="_compute_result", store=True, aggregator="sum"
    )
    fail_count = fields.Integer(
        string="Items Failed", compute="_compute_result", store=True, aggregator="sum"
    )
    pass_rate = fields.Float(
        string="Passed (%)",
        compute="_compute_result",
        store=True,
        aggregator="avg",
        help="Passed items of those that passed or failed.",
    )

    # People and moments
    done_at = fields.Datetime(readonly=True, copy=False)
    done_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    result_author_ids = fields.Many2many(
        comodel_name="res.users",
        relation="vendor_quality_inspection_author_rel",
        column1="inspection_id",
        column2="user_id",
        string="Results Entered By",
        readonly=True,
        copy=False,
        help="Who entered or changed a result. They do not verify it.",
    )
    feedback_deadline = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The result must be verified until then.",
    )
    is_feedback_late = fields.Boolean(
        string="Late Feedback",
        readonly=True,
        copy=False,
        help="The result was verified later than the plan allows.",
    )
    verified_at = fields.Datetime(readonly=True, copy=False)
    verified_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    waived_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    waive_reason = fields.Text(readonly=True, copy=False)

    # UI
    can_done = fields.Boolean(compute="_compute_flow_can")
    can_verify = fields.Boolean(compute="_compute_flow_can")
    can_waive = fields.Boolean(compute="_compute_flow_can")
    can_reschedule = fields.Boolean(compute="_compute_can_reschedule")

    _plan_day_unique = models.UniqueIndex(
        "(plan_id, date_due) WHERE plan_id IS NOT NULL",
        "The plan has a round on this day already.",
    )
    _two_persons = models.Constraint(
        "CHECK (verified_by_id IS NULL OR verified_by_id <> done_by_id)",
        "Whoever did an inspection does not verify it.",
    )
    _waived_by_another = models.Constraint(
        "CHECK (waived_by_id IS NULL OR waived_by_id <> inspector_id)",
        "An inspector cannot waive their own round.",
    )
    _count_idx = models.Index(
        "(contract_id, date_due) WHERE state IN ('done', 'verified', 'missed')"
    )
    _deadline_idx = models.Index("(date_deadline) WHERE state = 'planned'")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("plan_id")
    @lists_days
    def _compute_from_plan(self):
        for inspection in self:
            plan = inspection.plan_id
            inspection.contract_id = plan.contract_id or inspection.contract_id
            inspection.inspector_id = (
                plan.inspector_id or inspection.inspector_id or self.env.user
            )
            inspection.place = plan.place or inspection.place

    @api.depends("contract_id")
    def _compute_company_id(self):
        for inspection in self:
            inspection.company_id = (
                inspection.contract_id.company_id or self.env.company
            )

    @api.depends("date_due")
    def _compute_date_deadline(self):
        for inspection in self:
            grace = inspection.plan_id.grace_days
            inspection.date_deadline = inspection.date_due and (
                inspection.date_due + timedelta(days=grace)
            )

    @api.depends("line_ids.result")
    def _compute_result(self):
        for inspection in self:
            results = inspection.line_ids.mapped("result")
            passed, failed = results.count("pass"), results.count("fail")
            inspection.pass_count = passed
            inspection.fail_count = failed
            inspection.pass_rate = (
                100 * passed / (passed + failed) if passed + failed else 0.0
            )

    @api.depends("state", "inspector_id", "date_deadline")
    @api.depends_context("uid")
    def _compute_can_reschedule(self):
        reasons = self._get_cannot_reschedule_reason()
        for inspection in self:
            inspection.can_reschedule = (
                inspection.state == "planned" and inspection.id not in reasons
            )

    @api.depends("name", "contract_id", "date_due")
    @api.depends_context("inspection_number_last")
    def _compute_display_name(self):
        for inspection in self:
            parts = [
                inspection.name,
                inspection.contract_id.subject,
                fields.Date.to_string(inspection.date_due),
            ]
            # A day of the calendar has room for the first words only.
            if self.env.context.get("inspection_number_last"):
                parts = parts[1:] + parts[:1]
            inspection.display_name = " · ".join(filter(None, parts))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        inspections = super().create(vals_list)
        # A planned round is a duty already: inspectors and missed rounds quote it.
        number_records(inspections, self._name, lambda inspection: inspection.date_due)
        for inspection in inspections:
            server_write(inspection, {"date_planned": inspection.date_due})
        inspections.filtered(lambda item: not item.line_ids)._copy_checklist()
        return inspections

    def write(self, vals):
        if self._PLANNED_FIELDS.intersection(vals) and not self._flow_is_system():
            self._check_may_reschedule()
            self._check_move(vals)
        if "inspector_id" not in vals:
            return super().write(vals)
        before = self.inspector_id
        result = super().write(vals)
        hand_on_activities(before - self.inspector_id)
        return result

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_done_reason(self):
        reasons = {}
        officer = self._flow_user_in(OFFICER)
        for inspection in self:
            today = inspection.company_id._outsourcing_today()
            missing = inspection.line_ids.filtered(lambda line: not line.result)
            unseen = inspection.line_ids.filtered(
                lambda line: (
                    line.photo_required and line.result != "na" and not line.photo
                )
            )
            if self.env.user != inspection.inspector_id and not officer:
                # sudo: users are not read; the refusal names who makes the round.
                inspector = inspection.inspector_id.sudo().name
                reason = self.env._("it is the round of %s.", inspector)
            elif inspection.date_due > today:
                reason = self.env._(
                    "it is not due before %s.",
                    format_date(self.env, inspection.date_due),
                )
            elif inspection.date_deadline < today:
                reason = self.env._(
                    "it had to be done until %s and counts as missed. An officer may "
                    "waive it with a reason.",
                    format_date(self.env, inspection.date_deadline),
                )
            elif missing:
                reason = self.env._(
                    "say whether each item passed: %s.",
                    format_list(self.env, missing[:3].mapped("name")),
                )
            elif unseen:
                reason = self.env._(
                    "take the photo that the plan asks for: %s.",
                    format_list(self.env, unseen[:3].mapped("name")),
                )
            else:
                continue
            reasons[inspection.id] = reason
        return reasons

    def _get_cannot_verify_reason(self):
        reasons = {}
        officer = self._flow_user_in(OFFICER)
        for inspection in self:
            # sudo: users are not read; the refusal names who verifies.
            verifier = inspection.plan_id.verifier_id.sudo()
            name = verifier.name or self.env._("a quality officer")
            if self.env.user in inspection._get_barred_users("verify"):
                reasons[inspection.id] = self.env._(
                    "you did it or entered a result, so somebody else verifies it: %s.",
                    name,
                )
            elif self.env.user != verifier and not officer:
                reasons[inspection.id] = self.env._("it is verified by %s.", name)
        return reasons

    @api.model
    def _get_staffed_gates(self):
        return {"verify": (self.env._("Verification"), [("state", "=", "done")])}

    @api.model
    def _get_staffed_groups(self, verb):
        return (OFFICER,)

    def _get_barred_users(self, verb):
        # sudo: authors may work in companies that the verifier cannot read.
        inspection = self.sudo()
        return inspection.done_by_id | inspection.result_author_ids

    def _get_staffed_users(self, verb, users):
        # sudo: who verifies the plan's rounds is counted, not shown.
        verifier = self.sudo().plan_id.verifier_id
        return super()._get_staffed_users(verb, users | verifier)

    def _get_cannot_waive_reason(self):
        return {
            inspection.id: self.env._(
                "it is your own round, so another officer must waive it."
            )
            for inspection in self
            if self.env.user == inspection.inspector_id
        }

    def _get_cannot_miss_reason(self):
        """Only the nightly job marks a round as missed, after its days of grace."""
        if self._flow_is_system():
            return {
                inspection.id: self.env._("its days of grace are not over.")
                for inspection in self
                if inspection.date_deadline
                >= inspection.company_id._outsourcing_today()
            }
        return dict.fromkeys(
            self.ids, self.env._("the calendar says whether a round was missed.")
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_content_changed(self, vals):
        """Note who enters results; planning a round is no result."""
        result = super()._flow_content_changed(vals)
        if {"line_ids", "note"} & vals.keys():
            self._note_result_authors(self.env.user)
        return result

    def _note_file_authors(self, users):
        """Whoever adds a file to a round that is not verified wrote a part of it."""
        open_rounds = self.filtered(lambda item: item.state in ("planned", "done"))
        open_rounds._note_result_authors(users)

    def _note_result_authors(self, users):
        # sudo: authors may work in companies that the inspector cannot read.
        for rounds in self.sudo().grouped("result_author_ids").values():
            if added := users - rounds.result_author_ids:
                links = [fields.Command.link(user.id) for user in added]
                server_write(rounds, {"result_author_ids": links})

    def _on_enter_done(self, origins):
        # sudo: the verifier's activity is no right of the inspector.
        for inspection in self.sudo():
            today = inspection.company_id._outsourcing_today()
            days = inspection.plan_id.feedback_days if inspection.plan_id else 2
            server_write(
                inspection,
                {
                    "done_at": fields.Datetime.now(),
                    "done_by_id": self.env.uid,
                    "feedback_deadline": today + timedelta(days=days),
                },
            )
            inspection._close_activities()
            verifier = inspection.plan_id.verifier_id
            if verifier and verifier != self.env.user:
                inspection.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=inspection.feedback_deadline,
                    summary=self.env._("Verify the result of the inspection"),
                    user_id=verifier.id,
                )

    def _on_enter_verified(self, origins):
        # sudo: the verifier may neither raise events nor close others' activities.
        for inspection in self.sudo():
            today = inspection.company_id._outsourcing_today()
            server_write(
                inspection,
                {"verified_at": fields.Datetime.now(), "verified_by_id": self.env.uid},
            )
            if inspection.feedback_deadline < today:
                inspection._set_feedback_late()
            inspection._close_activities()

    def _on_enter_missed(self, origins):
        self._close_activities()
        self._raise_events("inspection_missed", lambda item: item.inspector_id)

    def _on_enter_waived(self, origins):
        # sudo: the activities are those of the inspector.
        inspections = self.sudo()
        server_write(inspections, {"waived_by_id": self.env.uid})
        inspections._close_activities()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_done(self):
        """Record the result; the verifier is asked to check it."""
        return self._take_step("done")

    def action_verify(self):
        """Confirm the result as a second person, which feeds it back."""
        return self._take_step("verified")

    def action_waive(self, reason):
        """Let the round count as not due."""
        return self._take_step("waived", waive_reason=reason)

    def action_open_waive_wizard(self):
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_waive", self.env._("Why is the round waived?")
        )

    def action_pass_all(self):
        """Pass every item of the checklist that has no result yet."""
        self.line_ids.filtered(lambda line: not line.result).write({"result": "pass"})
        return True

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_follow_clock(self):
        """Mark rounds that were missed and results that were not fed back.

        The search looks up to today in any company; each round's own decides.
        """
        run = self.env["vendor.quality.batch"]._run_in_batches
        today = self.env["res.company"]._outsourcing_latest_today()
        planned = self.search(
            [("state", "=", "planned"), ("date_deadline", "<", today)], order="id"
        )
        run(planned, lambda batch: batch._mark_missed())
        unverified = self.search(
            [
                ("state", "=", "done"),
                ("is_feedback_late", "=", False),
                ("feedback_deadline", "<", today),
            ],
            order="id",
        )
        run(unverified, lambda batch: batch._mark_feedback_late())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_reschedule_reason(self):
        """Say why day and inspector stay; another officer moves a round in time."""
        officer = self._flow_user_in(OFFICER)
        reasons = {}
        for inspection in self:
            today = inspection.company_id._outsourcing_today()
            deadline = inspection.date_deadline
            if not officer or (
                inspection._origin and inspection.inspector_id == self.env.user
            ):
                reasons[inspection.id] = self.env._(
                    "day and inspector of a round are changed by a quality officer "
                    "who is not its inspector."
                )
            elif inspection._origin and deadline and deadline < today:
                reasons[inspection.id] = self.env._(
                    "it had to be done before today. It is missed, or waived with a "
                    "reason."
                )
        return reasons

    def _check_may_reschedule(self):
        reasons = self._get_cannot_reschedule_reason()
        if reasons:
            raise AccessError(
                "\n".join(
                    f"{inspection.display_name}: {reasons[inspection.id]}"
                    for inspection in self
                    if inspection.id in reasons
                )
            )

    def _check_move(self, vals):
        """Keep a round in its plan and contract, and near its planned day."""
        day = fields.Date.to_date(vals.get("date_due"))
        for inspection in self:
            for name in {"plan_id", "contract_id", "company_id"}.intersection(vals):
                if (vals[name] or False) != inspection[name].id:
                    raise UserError(
                        self.env._(
                            "%(round)s stays in its plan and contract. A quality "
                            "officer waives it with a reason and plans another one.",
                            round=inspection.display_name,
                        )
                    )
            planned = inspection.date_planned or inspection.date_due
            latest = planned + timedelta(days=MOVE_DAYS)
            if day and day > max(latest, inspection.date_due):
                raise UserError(
                    self.env._(
                        "%(round)s was planned for %(planned)s and may be moved until "
                        "%(latest)s. If it is not made by then it is missed, or a "
                        "quality officer waives it with a reason.",
                        round=inspection.display_name,
                        planned=format_date(self.env, planned),
                        latest=format_date(self.env, latest),
                    )
                )
            if day and not inspection.date_planned:
                # A round from before this field: its day until now.
                server_write(inspection, {"date_planned": planned})

    def _copy_checklist(self):
        """Give each round the checklist of its plan."""
        server_create(
            self.env["vendor.quality.inspection.line"],
            [
                {
                    "inspection_id": inspection.id,
                    "sequence": item.sequence,
                    "name": item.name,
                    "photo_required": item.photo_required,
                    "is_planned": True,
                }
                for inspection in self
                for item in inspection.plan_id.line_ids
            ],
        )

    def _get_quality_days(self):
        """A round counts on the day it was due, once it is done or missed."""
        for inspection in self:
            if inspection.state in COUNTED_STATES:
                yield inspection.contract_id, inspection.date_due, inspection.date_due

    def _mark_missed(self):
        """Move planned rounds whose days of grace are over to missed."""
        server_write(
            self.filtered(
                lambda inspection: (
                    inspection.state == "planned"
                    and inspection.date_deadline
                    < inspection.company_id._outsourcing_today()
                )
            ),
            {"state": "missed"},
        )

    def _mark_feedback_late(self):
        """Mark done rounds whose days for feedback are over."""
        self.filtered(
            lambda inspection: (
                inspection.state == "done"
                and inspection.feedback_deadline
                < inspection.company_id._outsourcing_today()
            )
        )._set_feedback_late()

    def _set_feedback_late(self):
        """Mark results that were not verified in time, once."""
        late = self.filtered(lambda inspection: not inspection.is_feedback_late)
        server_write(late, {"is_feedback_late": True})
        late._raise_events(
            "inspection_feedback_late",
            lambda item: item.plan_id.verifier_id or item.inspector_id,
        )

    def _raise_events(self, code, get_user):
        """Raise the compliance event ``code`` against the person responsible."""
        Event = self.env["outsourcing.compliance.event"]
        for inspection in self:
            user = get_user(inspection)
            # sudo: the employee of the person responsible is named and not shown.
            employee = user.sudo().with_company(inspection.company_id).employee_id
            Event._raise(
                code,
                inspection,
                employee=employee,
                user=user,
                note=inspection.display_name,
            )

    def _close_activities(self):
        self.activity_unlink(["mail.mail_activity_data_todo"])
