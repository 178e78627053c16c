import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..base.grants import is_server_act, server_write
from ..base.working_days import get_day

_logger = logging.getLogger(__name__)

MANAGER = "itsm_desk.group_itsm_manager"
TECHNICIAN = "itsm_desk.group_itsm_technician"
OWN_WORDS = frozenset({"technician_note"})
"""What the technician writes; all else is the supervisor's."""
PAIR = frozenset({"technician_id", "supervisor_id", "company_id"})
"""Who meets; it stays."""
TYPE = "itsm_desk.mail_activity_type_meeting"
TYPE_DUE = "itsm_desk.mail_activity_type_meeting_due"


class ItsmMeeting(models.Model):
    """A talk of a supervisor with a technician, private to both and to HR.

    States: planned -> done. Planned with the figures of the technician since the last
    one and the actions that were left open; both write down what they want to talk
    about. Done with minutes, which stay; what is agreed are activities with a due date.

    =============  ===========================  ==============================
    Right          Who                          Restriction
    =============  ===========================  ==============================
    read           supervisor, technician       own
    read           HR (``hr.group_hr_user``)    of the company
    create         supervisors                  with members of teams that they
                                                lead or deputise for; managers of
                                                the desk with every technician
    write          supervisor                   own, planned; not the technician's
                                                own words
    write          technician                   own words, while planned
    done           supervisor                   own, with minutes
    delete         supervisor                   own, planned
    =============  ===========================  ==============================

    Nobody else reads it: no manager, other supervisor, peer or administrator.
    """

    _name = "itsm.meeting"
    _description = "One-to-One Meeting"
    _inherit = [
        "itsm.private.mixin",
        "itsm.flow.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "planned_at desc, id desc"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {"planned": {"done"}, "done": set()}
    _flow_verbs = {"done": "done"}
    _flow_required = {"done": ("minutes",)}
    _flow_system_fields = frozenset({"is_offsite", "figures", "done_at"})
    _flow_content_fields = PAIR | {
        "planned_at",
        "duration",
        "agenda",
        "technician_note",
        "minutes",
    }
    _flow_content_states = frozenset({"planned"})
    _flow_deletable_states = frozenset({"planned", "done"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # Who and when
    technician_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician",
        required=True,
        index=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    supervisor_id = fields.Many2one(
        comodel_name="res.users",
        string="Supervisor",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    planned_at = fields.Datetime(
        string="Planned for", required=True, index=True, tracking=True
    )
    duration = fields.Float(string="Hours", default=0.5)
    is_offsite = fields.Boolean(
        string="Works Off-Site",
        readonly=True,
        copy=False,
        help="Whether the technician did not work in the office when it was planned. "
        "HR says so on the employee.",
    )

    # What it is about
    state = fields.Selection(
        selection=[("planned", "Planned"), ("done", "Done")],
        required=True,
        default="planned",
        copy=False,
        index=True,
        tracking=True,
    )
    figures = fields.Json(readonly=True, copy=False)
    preview = fields.Html(
        string="Figures since the Last Meeting",
        compute="_compute_preview",
        sanitize=False,
    )
    agenda = fields.Text(help="What the supervisor wants to talk about.")
    technician_note = fields.Text(
        string="Technician's Own Points",
        help="Only the technician writes here: wishes, worries, ideas.",
    )
    minutes = fields.Text(
        string="Minutes of the Meeting",
        copy=False,
        help="What was said. It stays once the meeting is done.",
    )
    action_ids = fields.One2many(
        comodel_name="itsm.meeting.action",
        inverse_name="meeting_id",
        string="Actions",
        copy=False,
    )
    open_action_ids = fields.Many2many(
        comodel_name="itsm.meeting.action",
        string="Still Open from Before",
        compute="_compute_open_action_ids",
    )
    done_at = fields.Datetime(string="Done on", readonly=True, copy=False)

    # What the acting user may do now
    can_done = fields.Boolean(compute="_compute_flow_can")
    is_chair = fields.Boolean(compute="_compute_part")
    is_technician = fields.Boolean(compute="_compute_part")

    _two_people = models.Constraint(
        "CHECK (technician_id <> supervisor_id)",
        "A one-to-one meeting has two people.",
    )
    _duration_positive = models.Constraint(
        "CHECK (duration > 0)", "A meeting takes some time."
    )
    _pair_idx = models.Index("(technician_id, supervisor_id, state, planned_at)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "supervisor_id")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("supervisor_id", "technician_id")
    @api.depends_context("uid")
    def _compute_part(self):
        for meeting in self:
            meeting.is_chair = meeting.supervisor_id == self.env.user
            meeting.is_technician = meeting.technician_id == self.env.user

    @api.depends("technician_id", "planned_at")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for meeting in self:
            day = meeting.planned_at and get_day(
                meeting.company_id or self.env.company, meeting.planned_at
            )
            meeting.display_name = self.env._(
                "One-to-one %(person)s, %(day)s",
                person=meeting.technician_id.name or "",
                day=day and format_date(self.env, day) or "",
            )

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_preview(self):
        for meeting in self:
            meeting.preview = self.env["ir.qweb"]._render(
                "itsm_desk.meeting_figures", {"meeting": meeting}
            )

    @api.depends("technician_id", "supervisor_id", "action_ids.is_done")
    def _compute_open_action_ids(self):
        actions = self.env["itsm.meeting.action"].search(
            [
                ("technician_id", "in", self.technician_id.ids),
                ("is_done", "=", False),
                ("meeting_id.state", "=", "done"),
            ]
        )
        for meeting in self:
            meeting.open_action_ids = actions.filtered(
                lambda action, meeting=meeting: (
                    action.technician_id == meeting.technician_id
                    and action.supervisor_id == meeting.supervisor_id
                    and action.meeting_id != meeting._origin
                )
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        meetings._check_pair()
        # sudo: figures and activities are the procedure's
        meetings.sudo()._prepare_talk()
        return meetings

    def write(self, vals):
        if not is_server_act(self):
            self._check_writer(vals)
        result = super().write(vals)
        if "planned_at" in vals:
            # sudo: as at the creation
            self.sudo()._plan_reminders()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_done(self):
        """Close it with its minutes, as its supervisor."""
        return self._take_step("done")

    def action_count(self):
        """Count the figures of a planned meeting again."""
        self.check_access("write")
        if held := self.filtered(lambda meeting: meeting.state != "planned"):
            raise UserError(
                self.env._("%s is done and stays as it is.", held._flow_names())
            )
        # sudo: figures are the procedure's
        self.sudo()._fill()
        return True

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _get_cannot_done_reason(self):
        return {
            meeting.id: self.env._(
                "%s planned it and closes it.", meeting.supervisor_id.name
            )
            for meeting in self
            if meeting.supervisor_id != self.env.user
        }

    def _flow_get_hook_records(self):
        # sudo: what follows from the step is not its taker's to choose
        return self.sudo()

    def _on_enter_done(self, origins):
        server_write(self, {"done_at": fields.Datetime.now()})
        self.activity_unlink([TYPE])

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Tell each lead whom to meet, those off-site first; one activity a lead."""
        dues = self.env["itsm.meeting.due"].search(
            [("is_late", "=", True), ("planned_at", "=", False)]
        )
        kind = self.env.ref(TYPE_DUE)
        # sudo: the job looks after the activities of all leads
        old = self.env["mail.activity"].sudo()
        old = old.search([("activity_type_id", "=", kind.id)])
        leads = dues.grouped("supervisor_id")
        old.filtered(lambda item: item.user_id not in leads).unlink()
        for left, (lead, mine) in zip(
            range(len(leads) - 1, -1, -1), leads.items(), strict=True
        ):
            try:
                with self.env.cr.savepoint():
                    self._remind(
                        lead,
                        mine,
                        old.exists().filtered(lambda a, u=lead: a.user_id == u),
                    )
            except Exception:
                _logger.exception("Reminder of user %s was left", lead.id)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _remind(self, lead, dues, old):
        """Put the one activity of a lead, which belongs to no document."""
        env = self.with_context(lang=lead.lang or self.env.lang).env
        names = [
            env._("%s (off-site)", due.technician_id.name)
            if due.is_offsite
            else due.technician_id.name
            for due in dues
        ]
        summary = env._("One-to-one meetings are due: %s", ", ".join(names))
        if old[:1].summary == summary:
            return
        old.unlink()
        # sudo: an activity of somebody else, given by the server
        self.env["mail.activity"].sudo().create(
            {
                "activity_type_id": self.env.ref(TYPE_DUE).id,
                "user_id": lead.id,
                "summary": summary,
                "date_deadline": get_day(dues[:1].company_id, fields.Datetime.now()),
            }
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_private_users(self):
        return self.supervisor_id | self.technician_id

    def _check_pair(self):
        """Refuse meetings of people who do not work together."""
        for meeting in self:
            # sudo: who leads whom decides, whoever asks
            trusted = meeting.sudo()
            lead, member = trusted.supervisor_id, trusted.technician_id
            if lead != self.env.user:
                raise AccessError(
                    self.env._(
                        "A one-to-one is planned by the supervisor who holds it."
                    )
                )
            if not leads_person(self.env, lead, member, trusted.company_id):
                raise UserError(
                    self.env._(
                        "%(person)s is in no team that you lead. The lead or deputy of "
                        "the team, or a manager of the desk, plans it.",
                        person=member.name,
                    )
                )

    def _check_writer(self, vals):
        """Refuse what the other one of the two writes."""
        for meeting in self:
            if any(meeting._is_changed(name, vals) for name in PAIR):
                raise AccessError(
                    self.env._(
                        "%s: who meets stays. Plan another meeting.",
                        meeting._flow_names(),
                    )
                )
            names = {
                name for name in meeting._flow_content_fields - PAIR if name in vals
            } | {"action_ids"}.intersection(vals)
            user = self.env.user
            if user == meeting.technician_id and not names <= OWN_WORDS:
                raise AccessError(
                    self.env._(
                        "%(lead)s writes agenda, minutes and actions. Your own points "
                        "have a field of their own.",
                        lead=meeting.supervisor_id.name,
                    )
                )
            if user == meeting.supervisor_id and names & OWN_WORDS:
                raise AccessError(
                    self.env._(
                        "Only %(person)s writes the own points.",
                        person=meeting.technician_id.name,
                    )
                )

    def _is_changed(self, name, vals):
        """Whether ``vals`` give a field another value than it has."""
        if name not in vals:
            return False
        return self._fields[name].convert_to_write(self[name], self) != vals[name]

    def _prepare_talk(self):
        for meeting in self:
            server_write(
                meeting,
                {
                    "is_offsite": works_offsite(
                        meeting.technician_id, meeting.company_id
                    )
                },
            )
        self._fill()
        self._plan_reminders()

    def _plan_reminders(self):
        """Put an activity for both on the day of each planned meeting."""
        for meeting in self.filtered(lambda item: item.state == "planned"):
            meeting.activity_unlink([TYPE])
            for user in meeting.supervisor_id | meeting.technician_id:
                meeting.activity_schedule(
                    TYPE,
                    user_id=user.id,
                    date_deadline=get_day(meeting.company_id, meeting.planned_at),
                )

    def _fill(self):
        """Write the figures since the last meeting, beside those before."""
        for meeting in self:
            company = meeting.company_id
            days = company.itsm_meeting_days
            today = get_day(company, fields.Datetime.now())
            last = self.search(
                [
                    ("technician_id", "=", meeting.technician_id.id),
                    ("supervisor_id", "=", meeting.supervisor_id.id),
                    ("company_id", "=", company.id),
                    ("state", "=", "done"),
                    ("id", "!=", meeting.id),
                ],
                limit=1,
            )
            start = (
                get_day(company, last.planned_at)
                if last
                else today - timedelta(days=days)
            )
            start = min(start, today - timedelta(days=1))
            server_write(
                meeting,
                {"figures": read_figures(meeting.technician_id, company, start, today)},
            )

    def _get_figure_rows(self):
        """Return what the page shows: ``[{name, unit, value, before, sample}]``."""
        self.ensure_one()
        figures = self.figures or {}
        # sudo: HR reads the names of figures here alone
        kpis = self.env["itsm.kpi"].sudo()
        by_id = {kpi.id: kpi for kpi in kpis.search([])}
        units = dict(kpis._fields["unit"]._description_selection(self.env))
        return [
            {
                **row,
                "name": by_id[row["kpi"]].name,
                "unit": units[by_id[row["kpi"]].unit],
                **{
                    name: kpis._format_figure(row[name], by_id[row["kpi"]].unit)
                    for name in ("value", "before")
                },
            }
            for row in figures.get("rows", [])
            if row["kpi"] in by_id
        ]


class ItsmMeetingAction(models.Model):
    """What was agreed in a one-to-one: who does what until when.

    Read by whoever reads the meeting. Written by its supervisor while the meeting is
    planned; either of the two says when it is done, HR only reads.
    """

    _name = "itsm.meeting.action"
    _inherit = "itsm.agreed.mixin"
    _description = "Action of a One-to-One"
    _check_company_auto = True

    _agreed_parent = "meeting_id"
    _agreed_type = "itsm_desk.mail_activity_type_meeting_action"

    meeting_id = fields.Many2one(
        comodel_name="itsm.meeting",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="meeting_id.company_id", store=True)
    technician_id = fields.Many2one(
        related="meeting_id.technician_id", store=True, index=True
    )
    supervisor_id = fields.Many2one(
        related="meeting_id.supervisor_id", store=True, index=True
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_chairs(self):
        return self.meeting_id.supervisor_id

    def _get_cannot_agree_reason(self):
        # sudo: the meeting decides, whoever asks
        meeting = self.sudo().meeting_id
        if meeting.supervisor_id != self.env.user:
            return self.env._(
                "%s writes down what is agreed.", meeting.supervisor_id.name
            )
        if meeting.state != "planned":
            return self.env._(
                "the meeting is done. What is agreed now belongs to the next one."
            )
        # sudo: as above, for the action
        if self.sudo().user_id not in meeting._get_private_users():
            return self.env._("the responsible is one of the two who meet.")
        return None


def leads_person(env, lead, member, company):
    """Whether somebody leads a technician in a company, or manages its desk.

    :param member: in sudo
    """
    # sudo: which teams there are is asked for every user
    teams = env["itsm.team"].sudo()
    is_technician = (
        not member.share
        and company in member.company_ids
        and member.has_group(TECHNICIAN)
    )
    return lead != member and (
        (is_technician and lead.has_group(MANAGER))
        or bool(
            teams.search_count(
                [
                    ("company_id", "=", company.id),
                    ("member_ids", "in", member.ids),
                    "|",
                    ("leader_id", "=", lead.id),
                    ("deputy_id", "=", lead.id),
                ],
                limit=1,
            )
        )
    )


def works_offsite(user, company):
    """Whether HR says that somebody works off-site.

    :param user: in sudo
    """
    people = user.env["hr.employee"].search_count(
        [
            ("user_id", "=", user.id),
            ("company_id", "=", company.id),
            ("itsm_is_offsite", "=", True),
        ],
        limit=1,
    )
    return bool(people)


def read_figures(user, company, start, end):
    """Return the figures of a person from ``start`` on, and of as many days before.

    :param user: in sudo
    :param end: the first day that is left out
    :return: ``{"start": day, "end": day, "rows": [{kpi, value, sample, before}]}``
    """
    spans = {"value": (start, end), "before": (start - (end - start), start)}
    found = {}
    for name, (first, last) in spans.items():
        for kpi, value, sample in user.env["itsm.kpi.day"]._read_group(
            [
                ("company_id", "=", company.id),
                ("user_id", "=", user.id),
                ("day", ">=", first),
                ("day", "<", last),
            ],
            ["kpi_id"],
            ["value:avg", "sample:sum"],
        ):
            row = found.setdefault(kpi, {"kpi": kpi.id, "value": None, "before": None})
            row[name] = value
            if name == "value":
                row["sample"] = sample
    return {
        "start": f"{start}",
        "end": f"{end - timedelta(days=1)}",
        "rows": [
            {"sample": 0, **found[kpi]}
            for kpi in sorted(found, key=lambda item: (item.sequence, item.id))
        ],
    }
