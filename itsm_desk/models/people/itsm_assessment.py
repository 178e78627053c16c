import logging

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..base.grants import server_create, server_unlink, server_write
from ..base.itsm_private_mixin import HR
from ..base.working_days import get_day, get_last_evening
from ..quality.itsm_complaint_analysis import FEWEST_OF_PERSON
from .assessment_counting import find_owned, make_lines, make_scope
from .itsm_meeting import leads_person

_logger = logging.getLogger(__name__)

MONTHS = {"short": 1, "mid": 6, "long": 12}
"""Months of each term."""
PERIOD = frozenset({"technician_id", "term", "date_from", "company_id"})
"""What is assessed: a change of it counts the figures anew."""
TYPE_READ = "itsm_desk.mail_activity_type_assessment"
TYPE_APPEAL = "itsm_desk.mail_activity_type_assessment_appeal"
TYPE_FINAL = "itsm_desk.mail_activity_type_assessment_final"
TYPE_PROPOSAL = "itsm_desk.mail_activity_type_assessment_proposal"


class ItsmAssessment(models.Model):
    """How a technician worked in a month, half-year or year, by figures and in words.

    States: draft -> released -> acknowledged or appealed -> final. Figures are those of
    the desk (``itsm.kpi``), each beside what is expected of the same kind of tickets;
    what they were counted from is kept with its SHA-256. Tickets that the author ever
    owned count in none.

    ==============  =============================  ===============================
    Right           Who                            Restriction
    ==============  =============================  ===============================
    create, write   supervisors                    of members of teams that they
                                                   lead, never of themselves; as a
                                                   draft
    read            the author                     own
    read            the technician                 own, from the release on
    read            who decides the appeal         the one appealed
    read            HR (``hr.group_hr_user``)      of the company, not drafts
    release         the author                     a period that is over
    acknowledge,    the technician                 also after the acknowledgement
    appeal
    answer appeal   another desk manager or HR;    never author or technician
                    HR when that one has left or
                    is late
    finalise        HR                             never author or technician; after
                                                   acknowledgement, answered appeal,
                                                   or the time to answer
    delete          the author                     drafts
    ==============  =============================  ===============================

    The proposal (money, days of leave or none) lies within limits of the company that
    are frozen here. It is passed to HR when it is final; nothing is paid or granted.
    """

    _name = "itsm.assessment"
    _description = "Assessment"
    _inherit = [
        "itsm.private.mixin",
        "itsm.flow.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "draft": {"released"},
        "released": {"acknowledged", "appealed", "final"},
        "acknowledged": {"appealed", "final"},
        "appealed": {"final"},
        "final": set(),
    }
    _flow_verbs = {
        "released": "release",
        "acknowledged": "acknowledge",
        "appealed": "appeal",
        "final": "finalise",
    }
    _flow_groups = {"finalise": (HR,)}
    _flow_personal = frozenset(
        {"release", "acknowledge", "appeal", "answer_appeal", "finalise"}
    )
    _flow_required = {"released": ("remark",), "appealed": ("appeal_reason",)}
    _flow_stamps = {"acknowledged": ("comment",)}
    _flow_system_fields = frozenset(
        {
            "author_id",
            "comment",
            "appeal_reason",
            "appeal_user_id",
            "appeal_answer",
            "appeal_result",
            "appeal_answered_at",
            "released_at",
            "answer_due_at",
            "answered_at",
            "final_at",
            "final_by_id",
            "called_at",
            "line_ids",
            "has_complaint_figure",
            "complaint_count",
            "upheld_count",
        }
    )
    _flow_content_fields = PERIOD | {
        "remark",
        "exclusion_ids",
        "proposal",
        "proposal_type",
        "proposal_reason",
        "amount",
        "leave_days",
    }
    _flow_content_states = frozenset({"draft"})
    _flow_deletable_states = frozenset({"draft", "final"})
    _flow_step_access = "read"

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # Whom and when
    technician_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician",
        required=True,
        index=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    author_id = fields.Many2one(
        comodel_name="res.users",
        string="Assessed by",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    term = fields.Selection(
        selection=[
            ("short", "Short: a month"),
            ("mid", "Middle: half a year"),
            ("long", "Long: a year"),
        ],
        required=True,
        default="short",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._default_date_from(),
        help="The first day of a month.",
    )
    date_to = fields.Date(
        string="Until", compute="_compute_date_to", store=True, precompute=True
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("released", "To Acknowledge"),
            ("acknowledged", "Acknowledged"),
            ("appealed", "Appealed"),
            ("final", "Final"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )

    # What was counted, and what it means
    line_ids = fields.One2many(
        comodel_name="itsm.assessment.line",
        inverse_name="assessment_id",
        string="Figures",
        readonly=True,
        copy=False,
    )
    exclusion_ids = fields.One2many(
        comodel_name="itsm.assessment.exclusion",
        inverse_name="assessment_id",
        string="Left Out",
        copy=False,
        help="Tickets that count in no figure, and why.",
    )
    fewest_sample = fields.Integer(
        string="Smallest Sample",
        compute="_compute_limits",
        store=True,
        precompute=True,
        help="Figures from fewer entries are shown and not judged; as the company said "
        "when this was written.",
    )
    has_complaint_figure = fields.Boolean(readonly=True, copy=False)
    complaint_count = fields.Integer(
        string="Complaints",
        readonly=True,
        copy=False,
        help="Decided ones about this technician that were filed in the period. Below "
        "five no figure names a person.",
    )
    upheld_count = fields.Integer(string="Complaints Upheld", readonly=True, copy=False)
    remark = fields.Text(
        copy=False, help="What the figures do not say; the technician reads it."
    )

    # What the technician says
    comment = fields.Text(string="Technician's Comment", readonly=True, copy=False)
    appeal_reason = fields.Text(string="Appealed Because", readonly=True, copy=False)
    appeal_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Decides the Appeal",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    appeal_result = fields.Selection(
        selection=[("upheld", "Granted"), ("rejected", "Not Granted")],
        string="Appeal",
        readonly=True,
        copy=False,
        help="Granted: a proposed penalty is dropped, and HR reads what is wrong.",
    )
    appeal_answer = fields.Text(
        string="Answer to the Appeal", readonly=True, copy=False
    )
    appeal_answered_at = fields.Datetime(
        string="Appeal Answered on", readonly=True, copy=False
    )

    # What is proposed
    proposal = fields.Selection(
        selection=[("none", "None"), ("money", "Money"), ("leave", "Days of leave")],
        required=True,
        default="none",
        copy=False,
        help="Passed to HR when the assessment is final. Nothing is paid, deducted or "
        "granted by itself.",
    )
    proposal_type = fields.Selection(
        selection=[("reward", "Reward"), ("penalty", "Penalty")],
        string="Reward or Penalty",
        required=True,
        default="reward",
        copy=False,
    )
    amount = fields.Monetary(copy=False)
    leave_days = fields.Float(string="Leave Days", copy=False)
    proposal_reason = fields.Text(string="Proposed Because", copy=False)
    most_amount = fields.Monetary(
        string="Amount at Most",
        compute="_compute_limits",
        store=True,
        precompute=True,
        help="The company's limit when this was written.",
    )
    most_leave_days = fields.Float(
        string="Days at Most", compute="_compute_limits", store=True, precompute=True
    )

    # When
    released_at = fields.Datetime(string="Released on", readonly=True, copy=False)
    answer_due_at = fields.Datetime(
        string="Answer Until",
        readonly=True,
        copy=False,
        help="Without a word of the technician by then HR may finish it.",
    )
    answered_at = fields.Datetime(string="Answered on", readonly=True, copy=False)
    final_at = fields.Datetime(string="Final on", readonly=True, copy=False)
    final_by_id = fields.Many2one(
        comodel_name="res.users", string="Made Final by", readonly=True, copy=False
    )
    called_at = fields.Datetime(string="HR Was Called on", readonly=True, copy=False)

    # What the acting user may do now
    can_release = fields.Boolean(compute="_compute_flow_can")
    can_acknowledge = fields.Boolean(compute="_compute_flow_can")
    can_appeal = fields.Boolean(compute="_compute_flow_can")
    can_answer_appeal = fields.Boolean(compute="_compute_flow_can")
    can_finalise = fields.Boolean(compute="_compute_flow_can")
    can_edit = fields.Boolean(compute="_compute_can_edit")

    _not_oneself = models.Constraint(
        "CHECK (technician_id <> author_id)", "Nobody assesses themselves."
    )
    _first_day = models.Constraint(
        "CHECK (extract(day FROM date_from) = 1)",
        "The period begins with the first day of a month.",
    )
    _period_uniq = models.UniqueIndex(
        "(technician_id, company_id, term, date_from) WHERE state <> 'draft'",
        "There is an assessment of this technician, term and period already.",
    )
    _amount_within = models.Constraint(
        "CHECK (amount >= 0 AND amount <= most_amount)",
        "The amount is positive and not above the limit that the record shows.",
    )
    _leave_within = models.Constraint(
        "CHECK (leave_days >= 0 AND leave_days <= most_leave_days)",
        "The days of leave are positive and not above the limit that the record shows.",
    )
    _one_proposal = models.Constraint(
        "CHECK ((proposal = 'money' OR COALESCE(amount, 0) = 0)"
        " AND (proposal = 'leave' OR COALESCE(leave_days, 0) = 0))",
        "Fill in the one number that goes with the proposal: an amount or days.",
    )
    _due_idx = models.Index("(answer_due_at) WHERE state = 'released'")

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_date_from(self):
        today = get_day(self.env.company, fields.Datetime.now())
        return today.replace(day=1) - relativedelta(months=1)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "author_id", "technician_id", "appeal_result")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("state", "author_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        for assessment in self:
            assessment.can_edit = (
                assessment.state == "draft" and assessment.author_id == self.env.user
            )

    @api.depends("term", "date_from")
    def _compute_date_to(self):
        for assessment in self:
            months = MONTHS.get(assessment.term, 1)
            assessment.date_to = assessment.date_from and (
                assessment.date_from + relativedelta(months=months, days=-1)
            )

    @api.depends("company_id")
    def _compute_limits(self):
        """Take the limits of the day; later settings do not touch the record."""
        for assessment in self:
            # sudo: whoever writes it need not read settings
            company = assessment.company_id.sudo()
            assessment.fewest_sample = company.itsm_fewest_sample
            assessment.most_amount = company.itsm_most_amount
            assessment.most_leave_days = company.itsm_most_leave_days

    @api.depends("technician_id", "term", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for assessment in self:
            first, last = (
                day
                and format_date(self.env, day, date_format=self.env._("MMM y"))
                or ""
                for day in (assessment.date_from, assessment.date_to)
            )
            assessment.display_name = self.env._(
                "Assessment %(person)s, %(period)s",
                person=assessment.technician_id.name or "",
                period=first if first == last else f"{first} - {last}",
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        assessments = super().create(vals_list)
        assessments._check_author()
        # sudo: figures are the procedure's
        assessments.sudo()._count()
        return assessments

    def write(self, vals):
        result = super().write(vals)
        if PERIOD.intersection(vals):
            self._check_author()
            # sudo: as above
            self.sudo()._count()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_release(self):
        """Show it to the technician; figures and limits are frozen."""
        return self._take_step("released")

    def action_acknowledge(self, comment=""):
        """Say, as the technician, that it was read; with a comment or without."""
        return self._take_step("acknowledged", comment=comment)

    def action_appeal(self, reason):
        """Bring it, as the technician, before somebody else than its author."""
        return self._take_step("appealed", appeal_reason=reason)

    def action_answer_appeal(self, is_granted, text):
        """Decide the appeal, as whoever it was brought before."""
        self.check_access("read")
        self._flow_check_can("answer_appeal")
        label = self._flow_field_label("appeal_answer")
        answer = self._flow_clean_reason(label, text)
        # sudo: who decides an appeal only reads the assessment; judged above
        self.sudo()._store_appeal(bool(is_granted), answer)
        return True

    def action_finalise(self):
        """Make it final, as HR, and pass its proposal on."""
        return self._take_step("final")

    def action_count(self):
        """Count the figures of a draft again."""
        self.check_access("write")
        for assessment in self:
            if not assessment.can_edit:
                raise UserError(
                    self.env._(
                        "%s: its author counts it again, while it is a draft.",
                        assessment._flow_names(),
                    )
                )
        # sudo: figures are the procedure's
        self.sudo()._count()
        return True

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _get_cannot_release_reason(self):
        reasons = {}
        now = fields.Datetime.now()
        for assessment in self:
            number = {"money": assessment.amount, "leave": assessment.leave_days}
            if assessment.author_id != self.env.user:
                reasons[assessment.id] = self.env._(
                    "%s wrote it and releases it.", assessment.author_id.name
                )
            elif get_day(assessment.company_id, now) <= assessment.date_to:
                reasons[assessment.id] = self.env._(
                    "its period is not over. It can be released from the day after "
                    "%s on.",
                    format_date(self.env, assessment.date_to),
                )
            elif assessment.proposal != "none" and not (
                number[assessment.proposal] and assessment.proposal_reason
            ):
                reasons[assessment.id] = self.env._(
                    "its proposal needs a number and a reason, or choose none."
                )
            elif not assessment._leads_technician():
                reasons[assessment.id] = self.env._(
                    "%s is in no team that you lead any more. Whoever leads now "
                    "assesses.",
                    assessment.technician_id.name,
                )
            elif assessment._is_assessed():
                reasons[assessment.id] = self.env._(
                    "an assessment of this technician and term was released for this "
                    "period, or a part of it. Delete the draft."
                )
        return reasons

    def _get_cannot_acknowledge_reason(self):
        return self._get_foreign_reasons()

    def _get_cannot_appeal_reason(self):
        reasons = self._get_foreign_reasons()
        for assessment in self:
            if assessment.id not in reasons and not assessment._get_judges():
                reasons[assessment.id] = self.env._(
                    "nobody is left to decide it: a manager of the desk or somebody of "
                    "HR who is neither its author nor you."
                )
        return reasons

    def _get_foreign_reasons(self):
        return {
            assessment.id: self.env._(
                "only %s, whom it is about, can say so.", assessment.technician_id.name
            )
            for assessment in self
            if assessment.technician_id != self.env.user
        }

    def _get_cannot_answer_appeal_reason(self):
        reasons = {}
        for assessment in self:
            if assessment.state != "appealed" or assessment.appeal_result:
                reasons[assessment.id] = self.env._("no appeal waits for an answer.")
            elif assessment.appeal_user_id != self.env.user and not (
                assessment._is_judge_late() and assessment._is_deputy_judge()
            ):
                reasons[assessment.id] = self.env._(
                    "%s decides the appeal, and HR once the days to answer are over.",
                    assessment.appeal_user_id.name,
                )
        return reasons

    def _get_cannot_finalise_reason(self):
        now = fields.Datetime.now()
        reasons = {}
        for assessment in self:
            if self.env.user in assessment.author_id | assessment.technician_id:
                reasons[assessment.id] = self.env._(
                    "somebody else of HR makes it final than its author and whom it is "
                    "about."
                )
            elif assessment.state == "appealed" and not assessment.appeal_result:
                reasons[assessment.id] = self.env._(
                    "%s has not decided the appeal yet.",
                    assessment.appeal_user_id.name,
                )
            elif (
                assessment.state == "released"
                and assessment.answer_due_at
                and assessment.answer_due_at >= now
            ):
                reasons[assessment.id] = self.env._(
                    "%(person)s can answer until %(day)s.",
                    person=assessment.technician_id.name,
                    day=format_date(
                        self.env,
                        get_day(assessment.company_id, assessment.answer_due_at),
                    ),
                )
        return reasons

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: the steps are taken with read access
        return self.sudo()

    def _on_enter_released(self, origins):
        now = fields.Datetime.now()
        self._count()
        for assessment in self:
            company = assessment.company_id
            due = get_last_evening(
                company, company.resource_calendar_id, now, company.itsm_answer_days
            )
            server_write(assessment, {"released_at": now, "answer_due_at": due})
            assessment._call(TYPE_READ, assessment.technician_id, due)

    def _on_enter_acknowledged(self, origins):
        server_write(self, {"answered_at": fields.Datetime.now()})
        self.activity_unlink([TYPE_READ])
        self._call_hr()

    def _on_enter_appealed(self, origins):
        for assessment in self:
            judge = assessment._get_judges()[:1]
            server_write(
                assessment,
                {"appeal_user_id": judge.id, "answered_at": fields.Datetime.now()},
            )
            assessment.activity_unlink([TYPE_READ, TYPE_FINAL])
            assessment._call(TYPE_APPEAL, judge)

    def _on_enter_final(self, origins):
        for assessment in self:
            server_write(
                assessment,
                {"final_at": fields.Datetime.now(), "final_by_id": self.env.uid},
            )
            assessment.activity_unlink([TYPE_READ, TYPE_APPEAL, TYPE_FINAL])
            if assessment.proposal != "none":
                assessment._pass_proposal_on()

    def _store_appeal(self, is_granted, answer):
        """Write what was decided; a granted appeal drops a proposed penalty."""
        for assessment in self:
            values = {
                "appeal_user_id": self.env.uid,
                "appeal_result": "upheld" if is_granted else "rejected",
                "appeal_answer": answer,
                "appeal_answered_at": fields.Datetime.now(),
            }
            if is_granted and assessment.proposal_type == "penalty":
                values.update(proposal="none", amount=0, leave_days=0)
            server_write(assessment, values)
        self.activity_unlink([TYPE_APPEAL])
        self._call_hr()

    def _pass_proposal_on(self):
        """Ask HR to do what is proposed; modules that pay rewards extend this."""
        self.ensure_one()
        self._call(TYPE_PROPOSAL, self.env.user, summary=self._describe_proposal())

    def _describe_proposal(self):
        """Return the proposal in words."""
        self.ensure_one()
        kind = dict(self._fields["proposal_type"]._description_selection(self.env))
        number = (
            self.currency_id.format(self.amount)
            if self.proposal == "money"
            else self.env._("%s days of leave", self.leave_days)
        )
        return f"{kind[self.proposal_type]}: {number}"

    def _call(self, kind, users, due=None, summary=None):
        """Give users an activity."""
        self.ensure_one()
        day = get_day(self.company_id, due or fields.Datetime.now())
        for user in users:
            self.activity_schedule(
                kind, user_id=user.id, date_deadline=day, summary=summary
            )

    def _call_hr(self):
        """Ask three of HR to make it final."""
        for assessment in self:
            parties = assessment.author_id | assessment.technician_id
            users = assessment._flow_get_users_of(HR, excluded=parties)
            assessment._call(TYPE_FINAL, users[:3])
            server_write(assessment, {"called_at": fields.Datetime.now()})

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_follow(self, limit=100):
        """Call HR where the technician said nothing in time."""
        domain = (
            Domain("state", "=", "released")
            & Domain("answer_due_at", "<", fields.Datetime.now())
            & Domain("called_at", "=", False)
        )
        done = set()
        while found := self.search(
            domain & Domain("id", "not in", list(done)), order="id", limit=limit
        ):
            done.update(found.ids)
            for assessment in found.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        assessment._call_hr()
                except Exception:
                    _logger.exception("Assessment %s was left", assessment.id)
            left = self.search_count(domain & Domain("id", "not in", list(done)))
            if not self.env["ir.cron"]._commit_progress(len(found), remaining=left):
                return
        self._renew_calls()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_private_users(self):
        people = self.author_id | self.appeal_user_id
        # A draft is not the technician's yet.
        return people | self.filtered(lambda a: a.state != "draft").technician_id

    def _check_author(self):
        """Refuse assessments of others than members of the author's teams."""
        for assessment in self:
            # sudo: who leads whom decides, whoever asks
            trusted = assessment.sudo()
            if trusted.author_id != self.env.user:
                raise AccessError(
                    self.env._("An assessment is written in one's own name.")
                )
            if not assessment._leads_technician():
                raise UserError(
                    self.env._(
                        "%(person)s is in no team that you lead. The lead or deputy of "
                        "the team, or a manager of the desk, assesses.",
                        person=trusted.technician_id.name,
                    )
                )

    def _leads_technician(self):
        """Whether the author leads the technician now."""
        self.ensure_one()
        # sudo: who leads whom decides, whoever asks
        trusted = self.sudo()
        return leads_person(
            self.env, trusted.author_id, trusted.technician_id, trusted.company_id
        )

    def _is_assessed(self):
        """Whether an assessment of the term was released for a part of the period."""
        self.ensure_one()
        # sudo: those of other authors are private; only that there is one is told
        others = self.sudo().search_count(
            [
                ("technician_id", "=", self.technician_id.id),
                ("company_id", "=", self.company_id.id),
                ("term", "=", self.term),
                ("date_from", "<=", self.date_to),
                ("date_to", ">=", self.date_from),
                ("state", "!=", "draft"),
                ("id", "!=", self._origin.id),
            ],
            limit=1,
        )
        return bool(others)

    def _count(self):
        """Count lines, automatic exclusions and complaints of drafts anew."""
        for assessment in self:
            chosen = assessment.exclusion_ids.filtered(lambda row: not row.is_automatic)
            server_unlink(assessment.exclusion_ids - chosen)
            server_unlink(assessment.line_ids)
            owned = set(find_owned(assessment)) - set(chosen.ticket_id.ids)
            rows = [
                {
                    "assessment_id": assessment.id,
                    "ticket_id": ticket,
                    "is_automatic": True,
                }
                for ticket in sorted(owned)
            ]
            if rows:
                server_create(self.env["itsm.assessment.exclusion"], rows)
            if lines := make_lines(assessment, chosen.ticket_id.ids):
                server_create(self.env["itsm.assessment.line"], lines)
            server_write(assessment, assessment._count_complaints())

    def _count_complaints(self):
        """Return how many complaints there are; none below five."""
        self.ensure_one()
        scope = make_scope(self)
        outcomes = dict(
            self.env["itsm.complaint"]._read_group(
                [
                    ("technician_id", "=", self.technician_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "closed"),
                    ("outcome", "!=", "withdrawn"),
                    ("filed_at", ">=", scope.start),
                    ("filed_at", "<", scope.end),
                ],
                ["outcome"],
                ["__count"],
            )
        )
        total = sum(outcomes.values())
        is_shown = total >= FEWEST_OF_PERSON
        return {
            "has_complaint_figure": is_shown,
            "complaint_count": is_shown and total,
            "upheld_count": is_shown
            and outcomes.get("upheld", 0) + outcomes.get("partly", 0),
        }
