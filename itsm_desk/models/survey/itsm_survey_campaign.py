import secrets
from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.date_utils import to_timezone

from ...tools.one_record import check_one
from ...tools.survey_figures import draw, get_mean_interval
from ..base.grants import server_create, server_write
from ..base.working_days import get_day
from .campaign_audience import find_audience, find_recently_asked

QUALITY = "itsm_desk.group_itsm_quality"
SURVEY_TYPE = "itsm_desk"
LEAST_ANSWERS = 5
"""Below so many answers no figure is shown: it would be the answer of a person."""
SEEDS = 2**31 - 1


class ItsmSurveyCampaign(models.Model):
    """People who are asked, once and by mail, how satisfied they are with the desk.

    States: draft -> running -> done. Whom it asks is drawn when it starts, by a seed
    that is kept, among those who were not asked in the last days (a setting of the
    company). Its figures are counted while it runs and frozen when it ends.

    ============  ================================  ===============================
    Right         Who                               Restriction
    ============  ================================  ===============================
    read figures  supervisors, managers, quality    of the company, from 5 answers on
    create,       quality                           whom it asks: in draft only
    write
    start, close  quality                           the job closes it on its last day
    read answers  quality                           without the name of who answered,
                                                    from 5 answers on
    read who was  nobody
    asked
    delete        quality                           drafts
    ============  ================================  ===============================

    Technicians read neither campaigns nor answers. Native survey officers write the
    questions and read no answer.
    """

    _name = "itsm.survey.campaign"
    _description = "Satisfaction Campaign"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_end desc, id desc"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {"draft": {"running"}, "running": {"done"}, "done": set()}
    _flow_verbs = {"running": "start", "done": "close"}
    _flow_groups = {"start": (QUALITY,), "close": (QUALITY,)}
    _flow_required = {"running": ("survey_id", "question_id", "date_end")}
    _flow_system_fields = frozenset(
        {
            "seed",
            "started_at",
            "closed_at",
            "eligible_count",
            "skipped_count",
            "invited_count",
            "answer_count",
            "response_rate",
            "rating_count",
            "rating_sum",
            "rating_squares",
            "satisfaction",
            "satisfaction_low",
            "satisfaction_high",
            "invitation_ids",
            "need_ids",
        }
    )
    _flow_content_fields = frozenset(
        {
            "name",
            "survey_id",
            "question_id",
            "audience",
            "date_from",
            "date_to",
            "department_ids",
            "service_ids",
            "sample_size",
            "date_end",
            "reminder_days",
            "reminder_count",
            "company_id",
        }
    )
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What it asks
    name = fields.Char(required=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    state = fields.Selection(
        selection=[("draft", "Draft"), ("running", "Running"), ("done", "Done")],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    survey_id = fields.Many2one(
        comodel_name="survey.survey",
        string="Questionnaire",
        required=True,
        default=lambda self: self._default_survey_id(),
        domain=[("survey_type", "=", SURVEY_TYPE)],
        index=True,
        ondelete="restrict",
    )
    question_id = fields.Many2one(
        comodel_name="survey.question",
        string="Counted Question",
        compute="_compute_question_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('survey_id', '=', survey_id), ('question_type', '=', 'scale')]",
        help="Satisfaction is the mean of the answers to this question.",
    )

    # Whom it asks
    audience = fields.Selection(
        selection=[
            ("requesters", "Requesters of tickets"),
            ("employees", "Employees"),
        ],
        required=True,
        default="requesters",
    )
    date_from = fields.Date(
        string="Tickets from",
        default=lambda self: self._default_day(months=-1),
        help="Requesters of tickets that were filed from this day on.",
    )
    date_to = fields.Date(
        string="Tickets until", default=lambda self: self._default_day()
    )
    department_ids = fields.Many2many(
        comodel_name="hr.department",
        relation="itsm_survey_campaign_department_rel",
        column1="campaign_id",
        column2="department_id",
        string="Departments",
        check_company=True,
        help="Empty: all of them.",
    )
    service_ids = fields.Many2many(
        comodel_name="itsm.service",
        relation="itsm_survey_campaign_service_rel",
        column1="campaign_id",
        column2="service_id",
        string="Services",
        check_company=True,
        help="Of the tickets. Empty: all of them.",
    )
    sample_size = fields.Integer(
        string="People to Ask",
        default=100,
        help="So many are drawn of those who may be asked. 0: all of them.",
    )
    date_end = fields.Date(
        string="Answers until",
        required=True,
        copy=False,
        default=lambda self: self._default_day(days=14),
        index=True,
    )
    reminder_days = fields.Integer(
        string="Days to a Reminder",
        default=5,
        help="Who has not answered after so many days is written to again.",
    )
    reminder_count = fields.Integer(
        string="Reminders", default=1, help="How often at most. 0: never."
    )

    # What was drawn
    seed = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        groups=fields.NO_ACCESS,
        help="Decides, with the people who could be asked, who was drawn. With it one "
        "could draw them again.",
    )
    started_at = fields.Datetime(string="Started on", readonly=True, copy=False)
    closed_at = fields.Datetime(string="Closed on", readonly=True, copy=False)
    eligible_count = fields.Integer(
        string="Could Be Asked",
        readonly=True,
        copy=False,
        help="People of the audience who were not asked shortly before.",
    )
    skipped_count = fields.Integer(
        string="Asked Shortly Before", readonly=True, copy=False
    )

    # What was answered
    invited_count = fields.Integer(string="People Asked", readonly=True, copy=False)
    answer_count = fields.Integer(string="Responses", readonly=True, copy=False)
    response_rate = fields.Float(
        string="Response Rate (%)", readonly=True, copy=False, aggregator="avg"
    )
    rating_count = fields.Integer(
        string="Ratings Counted",
        readonly=True,
        copy=False,
        help="Answers to that question.",
    )
    rating_sum = fields.Float(readonly=True, copy=False)
    rating_squares = fields.Float(readonly=True, copy=False)
    satisfaction = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Mean of the answers to the counted question.",
    )
    satisfaction_low = fields.Float(
        string="At Least",
        readonly=True,
        copy=False,
        aggregator=None,
        help="The true mean lies between these bounds in 95 of 100 cases (t interval).",
    )
    satisfaction_high = fields.Float(
        string="At Most", readonly=True, copy=False, aggregator=None
    )
    has_figures = fields.Boolean(compute="_compute_has_figures")
    invitation_ids = fields.One2many(
        comodel_name="itsm.survey.invitation",
        inverse_name="campaign_id",
        copy=False,
        groups=fields.NO_ACCESS,
    )
    need_ids = fields.One2many(
        comodel_name="itsm.need",
        inverse_name="campaign_id",
        string="Needs",
        readonly=True,
        copy=False,
    )
    need_count = fields.Integer(
        string="Number of Needs", compute="_compute_need_count", compute_sudo=True
    )

    # What the acting user may do now
    can_start = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")

    _numbers_positive = models.Constraint(
        "CHECK (sample_size >= 0 AND reminder_days >= 1"
        " AND reminder_count BETWEEN 0 AND 3)",
        "A sample is 0, everybody, or more; reminders go out after a day at the "
        "earliest and three times at most.",
    )
    _period = models.Constraint(
        "CHECK (date_from <= date_to)",
        "The period of the tickets ends before it begins.",
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_survey_id(self):
        return self.env.ref("itsm_desk.survey_satisfaction", raise_if_not_found=False)

    def _default_day(self, **shift):
        """Return the day of the company, moved by ``shift``."""
        today = get_day(self.env.company, fields.Datetime.now())
        return fields.Date.add(today, **shift)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("survey_id")
    def _compute_question_id(self):
        for campaign in self:
            # sudo: the questions of a survey that was chosen
            scales = campaign.sudo().survey_id.question_ids.filtered(
                lambda question: question.question_type == "scale"
            )
            if campaign.question_id not in scales:
                campaign.question_id = scales[:1].id

    @api.depends("rating_count")
    def _compute_has_figures(self):
        for campaign in self:
            campaign.has_figures = bool(campaign.rating_count)

    @api.depends("need_ids")
    def _compute_need_count(self):
        counts = dict(
            self.env["itsm.need"]._read_group(
                [("campaign_id", "in", self.ids)], ["campaign_id"], ["__count"]
            )
        )
        for campaign in self:
            campaign.need_count = counts.get(campaign._origin, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_start(self):
        """Draw the people; the scheduled job writes to them at once."""
        return self._take_step("running")

    def action_close(self):
        """Take no more answers, and freeze the figures."""
        return self._take_step("done")

    def action_view_answers(self):
        """Open the answers, which name nobody."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_survey_answer_action"
        )
        return {
            **action,
            "domain": [("user_input_id.itsm_campaign_id", "=", self.id)],
        }

    def action_view_needs(self):
        """Open the needs that were read from its answers."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_need_action"
        )
        return {**action, "domain": [("campaign_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _get_cannot_start_reason(self):
        reasons = {}
        for campaign in self:
            # sudo: survey and its questions are read for the rule alone
            trusted = campaign.sudo()
            survey = trusted.survey_id
            today = get_day(trusted.company_id, fields.Datetime.now())
            if not survey.active or survey.survey_type != SURVEY_TYPE:
                reasons[campaign.id] = self.env._(
                    "%s is no questionnaire of the service desk, or is archived. "
                    "Choose another one.",
                    survey.title,
                )
            elif survey.access_mode != "token" or survey.users_login_required:
                reasons[campaign.id] = self.env._(
                    "%s must be for invited people only, without a log-in. A survey "
                    "officer changes it in its options.",
                    survey.title,
                )
            elif naming := survey.question_ids.filtered(
                lambda question: question.save_as_email or question.save_as_nickname
            ):
                reasons[campaign.id] = self.env._(
                    'the question "%s" saves who answers as name or address. A survey '
                    "officer changes it in its options.",
                    naming[0].title,
                )
            elif trusted.question_id.survey_id != survey:
                reasons[campaign.id] = self.env._(
                    "the counted question is one of the questionnaire, on a scale. "
                    "Choose it again."
                )
            elif campaign.date_end and campaign.date_end <= today:
                reasons[campaign.id] = self.env._(
                    "the last day to answer must come after today. Change it."
                )
        return reasons

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: what follows from a step is not its taker's to choose
        return self.sudo()

    def _on_enter_running(self, origins):
        for campaign in self:
            campaign._draw_people()
        # sudo: jobs are not for users; this one writes the mails
        self.env.ref("itsm_desk.ir_cron_survey").sudo()._trigger()

    def _on_enter_done(self, origins):
        now = fields.Datetime.now()
        for campaign in self:
            waiting = campaign.invitation_ids.user_input_id.filtered(
                lambda answer: answer.state != "done"
            )
            waiting.write({"deadline": now})
        self._count_figures()
        server_write(self, {"closed_at": now})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _draw_people(self):
        """Keep who is asked; answers are made in an order that tells nothing."""
        self.ensure_one()
        people = find_audience(self)
        recent = find_recently_asked(self, people)
        seed = secrets.randbelow(SEEDS) + 1
        drawn = people.browse(draw((people - recent).ids, seed, self.sample_size))
        if not drawn:
            raise UserError(
                self.env._(
                    "%(campaign)s: nobody is left to ask. %(recent)s people were asked "
                    "in the last %(days)s days. Widen the period, or take out "
                    "departments and services.",
                    campaign=self._flow_names(),
                    recent=len(recent),
                    days=self.company_id.itsm_survey_quiet_days,
                )
            )
        if len(drawn) < LEAST_ANSWERS:
            raise UserError(
                self.env._(
                    "%(campaign)s would ask %(count)s people. Ask %(least)s at least, "
                    "so that answers tell of nobody: widen the period or the sample.",
                    campaign=self._flow_names(),
                    count=len(drawn),
                    least=LEAST_ANSWERS,
                )
            )
        answers = self._create_answers(drawn)
        now = fields.Datetime.now()
        server_create(
            self.env["itsm.survey.invitation"],
            [
                {
                    "campaign_id": self.id,
                    "partner_id": person.id,
                    "user_input_id": answers[person].id,
                    "asked_at": now,
                }
                for person in drawn
            ],
        )
        server_write(
            self,
            {
                "seed": seed,
                "started_at": now,
                "eligible_count": len(people - recent),
                "skipped_count": len(recent),
                "invited_count": len(drawn),
            },
        )

    def _create_answers(self, people):
        """Return ``{person: empty answer}``; an answer says nothing of the person.

        :param people: res.partner
        """
        survey = self.survey_id
        languages = {lang.code: lang.id for lang in survey.lang_ids} or {
            lang.code: lang.id for lang in self.env["res.lang"].search([])
        }
        questions = survey._prepare_user_input_predefined_questions()
        shuffled = list(people)
        secrets.SystemRandom().shuffle(shuffled)
        answers = (
            self.env["survey.user_input"]
            .with_context(mail_create_nolog=True, mail_create_nosubscribe=True)
            .create(
                [
                    {
                        "survey_id": survey.id,
                        "itsm_campaign_id": self.id,
                        "deadline": self._get_deadline(),
                        "lang_id": languages.get(person.lang),
                        "predefined_question_ids": [(6, 0, questions.ids)],
                    }
                    for person in shuffled
                ]
            )
        )
        return dict(zip(shuffled, answers, strict=True))

    def _get_deadline(self):
        """Return the end of the last day in the zone of the company (naive UTC)."""
        self.ensure_one()
        evening = datetime.combine(self.date_end, time(23, 59, 59))
        return to_timezone(None)(self.company_id._itsm_zone().localize(evening))

    def _count_figures(self):
        """Count the answers that were sent so far."""
        lines = self.env["survey.user_input.line"]
        counts = dict(
            self.env["survey.user_input"]._read_group(
                [("itsm_campaign_id", "in", self.ids), ("state", "=", "done")],
                ["itsm_campaign_id"],
                ["__count"],
            )
        )
        for campaign in self:
            values = [
                value
                for value, count in lines._read_group(
                    [
                        ("user_input_id.itsm_campaign_id", "=", campaign.id),
                        ("user_input_id.state", "=", "done"),
                        ("question_id", "=", campaign.question_id.id),
                        ("skipped", "=", False),
                    ],
                    ["value_scale"],
                    ["__count"],
                )
                for _turn in range(count)
            ]
            server_write(campaign, campaign._prepare_figures(counts, values))

    def _prepare_figures(self, counts, values):
        """Return the figures of the answers.

        :param dict counts: ``{campaign: answers}``
        :param list values: what was answered to the counted question
        """
        count = counts.get(self, 0)
        question = self.question_id
        figure = get_mean_interval(
            len(values),
            sum(values),
            sum(value * value for value in values),
            question.scale_min,
            question.scale_max,
        )
        is_shown = figure is not None and len(values) >= LEAST_ANSWERS
        return {
            "answer_count": count,
            "response_rate": 100 * count / self.invited_count
            if self.invited_count
            else 0,
            "rating_count": len(values) if is_shown else 0,
            "rating_sum": sum(values) if is_shown else 0,
            "rating_squares": sum(value * value for value in values) if is_shown else 0,
            "satisfaction": figure.value if is_shown else 0,
            "satisfaction_low": figure.low if is_shown else 0,
            "satisfaction_high": figure.high if is_shown else 0,
        }
