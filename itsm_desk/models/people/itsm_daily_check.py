import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.grants import is_server_act, server_create, server_write
from ..base.uninstall import guards_deletion
from ..base.working_days import get_day, get_local, is_working_day
from ..duty.on_duty import get_absent
from .morning_findings import find_all

_logger = logging.getLogger(__name__)

MANAGER = "itsm_desk.group_itsm_manager"
MORNING = 7
"""From this hour on, where the company works, the checks of the day are opened."""

MOST_MANAGERS = 3
"""So many managers are asked at the most."""


class ItsmDailyCheck(models.Model):
    """The round of a lead through a team's work, on the morning of a working day.

    States: open -> signed. A job opens it with findings that queries proved; each needs
    an act and a remark before it is signed. When its day is over only a manager signs
    it, late and marked; until then it stands in the managers' list.

    =========  =============================  ==============================
    Right      Who                            Restriction
    =========  =============================  ==============================
    read       the team's lead and deputy     of the team
    read       managers, quality              of the company
    answer,    lead, deputy                   on its day
    sign       managers                       also later
    create     the server                     one a team and working day
    delete     nobody
    =========  =============================  ==============================
    """

    _name = "itsm.daily.check"
    _description = "Daily Check"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "day desc, team_id, id"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {"open": {"signed"}, "signed": set()}
    _flow_verbs = {"signed": "sign"}
    _flow_system_fields = frozenset(
        {
            "team_id",
            "company_id",
            "day",
            "opened_at",
            "signed_by_id",
            "signed_at",
            "is_late",
            "climbed_at",
        }
    )
    _flow_content_fields = frozenset({"remark", "finding_ids"})
    _flow_content_states = frozenset({"open"})
    _flow_deletable_states = frozenset()

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    team_id = fields.Many2one(
        comodel_name="itsm.team",
        required=True,
        readonly=True,
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    day = fields.Date(required=True, readonly=True)
    opened_at = fields.Datetime(string="Made on", required=True, readonly=True)
    state = fields.Selection(
        selection=[("open", "To Sign"), ("signed", "Signed")],
        required=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
    )
    leader_id = fields.Many2one(related="team_id.leader_id", string="Lead")
    finding_ids = fields.One2many(
        comodel_name="itsm.daily.finding",
        inverse_name="check_id",
        string="Findings",
        copy=False,
    )
    finding_count = fields.Integer(
        string="Number of Findings", compute="_compute_counts", store=True
    )
    answered_count = fields.Integer(
        string="Answered", compute="_compute_counts", store=True
    )
    remark = fields.Text(help="What else was noticed this morning.")
    signed_by_id = fields.Many2one(
        comodel_name="res.users", string="Signed by", readonly=True, copy=False
    )
    signed_at = fields.Datetime(string="Signed on", readonly=True, copy=False)
    is_late = fields.Boolean(string="Signed Late", readonly=True, copy=False)
    climbed_at = fields.Datetime(
        string="Told to the Managers on", readonly=True, copy=False
    )

    # What the acting user may do now
    can_sign = fields.Boolean(compute="_compute_can_sign")
    can_answer = fields.Boolean(compute="_compute_can_sign")

    _day_uniq = models.UniqueIndex(
        "(team_id, day)", "There is a check of this team and day already."
    )
    _open_idx = models.Index("(day) WHERE state = 'open' AND climbed_at IS NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("finding_ids.is_answered")
    def _compute_counts(self):
        for check in self:
            check.finding_count = len(check.finding_ids)
            check.answered_count = len(check.finding_ids.filtered("is_answered"))

    @api.depends("state", "day", "finding_ids.is_answered")
    @api.depends_context("uid")
    def _compute_can_sign(self):
        for check in self:
            may = check.state == "open" and not check._get_foreign_reason()
            check.can_answer = may
            check.can_sign = may

    @api.depends("team_id", "day")
    def _compute_display_name(self):
        for check in self:
            # sudo: the name of the team that the check is of
            check.display_name = f"{check.sudo().team_id.name or ''} {check.day or ''}"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise UserError(
                self.env._(
                    "Daily checks are opened in the morning of each working day by the "
                    "scheduled job, for teams that have a lead."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        if self._flow_changes_content(vals):
            self._check_answering()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_kept(self):
        raise UserError(self.env._("%s: daily checks are kept.", self._flow_names()))

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sign(self):
        """Sign that the findings were looked at, in one's own name."""
        return self._take_step("signed")

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    def _get_cannot_sign_reason(self):
        reasons = {}
        for check in self:
            foreign = check._get_foreign_reason()
            left = check.finding_ids.filtered(lambda item: not item.is_answered)
            if foreign:
                reasons[check.id] = foreign
            elif left:
                reasons[check.id] = self.env._(
                    "%s findings have no act or no remark yet. Write both beside each, "
                    "then sign.",
                    len(left),
                )
        return reasons

    def _get_foreign_reason(self):
        """Return why the acting user may neither answer nor sign, or None."""
        self.ensure_one()
        user = self.env.user
        if self._flow_user_in(MANAGER):
            return None
        # sudo: lead and deputy are asked for the rule alone
        team = self.sudo().team_id
        if user not in team.leader_id | team.deputy_id:
            return self.env._(
                "%(lead)s leads the team and signs; the deputy (%(deputy)s) and "
                "managers may, too.",
                lead=team.leader_id.name or "-",
                deputy=team.deputy_id.name or self.env._("nobody"),
            )
        if self._is_over():
            return self.env._(
                "its day is over, so that it is locked. A manager of the service desk "
                "signs it late."
            )
        return None

    def _is_over(self):
        self.ensure_one()
        # sudo: the day of the company
        return self.day < get_day(self.sudo().company_id, fields.Datetime.now())

    def _check_answering(self):
        """Refuse answers to findings by others, after the signature or the day."""
        for check in self:
            if check.state != "open":
                raise UserError(
                    self.env._("%s is signed and stays as it is.", check._flow_names())
                )
            if reason := check._get_foreign_reason():
                # pylint: disable=translation-required
                raise UserError(f"{check._flow_names()}: {reason}")

    def _flow_get_hook_records(self):
        # sudo: what follows from the signature is not its taker's to choose
        return self.sudo()

    def _on_enter_signed(self, origins):
        now = fields.Datetime.now()
        for check in self:
            server_write(
                check,
                {
                    "signed_by_id": self.env.uid,
                    "signed_at": now,
                    "is_late": check._is_over(),
                },
            )
        # sudo: the managers who were told that it is late look no more, either
        self.sudo().activity_unlink(
            [
                "itsm_desk.mail_activity_type_daily_check",
                "itsm_desk.mail_activity_type_daily_check_late",
            ]
        )

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_open(self):
        """Open the checks of today; let those of yesterday climb that nobody signed."""
        teams = self.env["itsm.team"].search(
            [
                "|",
                "|",
                ("leader_id", "!=", False),
                ("deputy_id", "!=", False),
                ("member_ids", "!=", False),
            ],
            order="id",
        )
        due = [team for team in teams if self._is_due(team)]
        late = self.search(
            Domain("state", "=", "open") & Domain("climbed_at", "=", False), order="id"
        ).filtered(lambda check: check._is_over())
        acts = [
            *((self._open, team) for team in due),
            *((self._climb, check) for check in late),
        ]
        for left, (act, record) in zip(range(len(acts) - 1, -1, -1), acts, strict=True):
            try:
                with self.env.cr.savepoint():
                    act(record)
            except Exception:
                _logger.exception("Daily check of %s was left", record.display_name)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                return

    @api.model
    def _is_due(self, team):
        """Whether a team works today, has no check yet, and the morning has come."""
        company = team.company_id
        local = get_local(company, fields.Datetime.now())
        if local.hour < MORNING:
            return False
        today = local.date()
        calendar = team.resource_calendar_id or company.resource_calendar_id
        return not self.search_count(
            [("team_id", "=", team.id), ("day", "=", today)], limit=1
        ) and is_working_day(company, calendar, today)

    @api.model
    def _open(self, team):
        now = fields.Datetime.now()
        before = self.search([("team_id", "=", team.id)], order="day desc", limit=1)
        check = server_create(
            self,
            {
                "team_id": team.id,
                "company_id": team.company_id.id,
                "day": get_day(team.company_id, now),
                "opened_at": now,
            },
        )
        signers = check._get_signers()
        language = signers[:1].lang or self.env.lang
        check = check.with_context(lang=language)
        rows = find_all(check, before.opened_at)
        findings = self.env["itsm.daily.finding"]
        if rows:
            server_create(findings, [{**row, "check_id": check.id} for row in rows])
        for signer in signers:
            check.activity_schedule(
                "itsm_desk.mail_activity_type_daily_check",
                user_id=signer.id,
                date_deadline=check.day,
                summary=check.env._("%s findings this morning", len(rows)),
            )

    def _get_signers(self):
        """Return who is asked to sign: lead, deputy, else managers; who is away is not.

        :return: users of the same rank, at most as many managers as are told of a
            check that nobody signed
        """
        self.ensure_one()
        team = self.team_id
        for users in (team.leader_id, team.deputy_id):
            if present := users.filtered("active") - get_absent(users):
                return present
        managers = self._flow_get_users_of(MANAGER)
        return (managers - get_absent(managers) or managers)[:MOST_MANAGERS]

    @api.model
    def _climb(self, check):
        server_write(check, {"climbed_at": fields.Datetime.now()})
        check.activity_unlink(["itsm_desk.mail_activity_type_daily_check"])
        for manager in check._flow_get_users_of(MANAGER)[:MOST_MANAGERS]:
            check.activity_schedule(
                "itsm_desk.mail_activity_type_daily_check_late",
                user_id=manager.id,
                summary=self.env._(
                    "Nobody signed: %(answered)s of %(count)s findings answered",
                    answered=check.answered_count,
                    count=check.finding_count,
                ),
            )
