import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..base.grants import is_server_act, server_write
from ..base.uninstall import guards_deletion
from ..base.working_days import get_day, get_last_evening
from .complaint_filing import QUALITY, check_recorder
from .itsm_complaint_mail_mixin import note_answer
from .itsm_complaint_notice import tell_person_concerned

_logger = logging.getLogger(__name__)

MANAGER = "itsm_desk.group_itsm_manager"
READERS = f"{QUALITY},{MANAGER}"
REPEAT_DAYS = 90
"""Within these days a second complaint of a person on the same thing is a repeat."""
FILED = frozenset(
    {
        "subject",
        "description",
        "partner_id",
        "channel",
        "ticket_id",
        "is_anonymous",
        "company_id",
    }
)
"""What the complainant said; it is never changed."""
OUTCOMES = [
    ("upheld", "Upheld"),
    ("partly", "Partly Upheld"),
    ("rejected", "Not Upheld"),
    ("withdrawn", "Withdrawn"),
]


class ItsmComplaint(models.Model):
    """What somebody complains about: a ticket, a service, or how it was handled.

    States: received -> being investigated -> answered -> closed. A complainant who does
    not accept the answer sends it back to received, and somebody else of quality looks
    at it where there is one.

    ==================  ============================  ==============================
    Right               Who                           Restriction
    ==================  ============================  ==============================
    file                everybody, by portal or       for oneself; technicians write
                        ticket (``complaint_filing``)  down what others tell them
    read                the complainant               own; not the investigation
    read                quality, desk managers        never whom it is about
    investigate, write  quality                       never whom it is about, nor
                                                      the complainant
    answer              who investigates it           cause, finding, action, outcome
    accept, refuse      the complainant               logged in, or by the link of
                                                      the mail (``complaint_links``)
    close               quality                       told to a complainant without
                                                      log-in
    withdraw            the complainant               before it is answered
    delete              nobody
    ==================  ============================  ==============================

    Whom it is about reads a notice (``itsm.complaint.notice``) and never this record.
    """

    _name = "itsm.complaint"
    _description = "Complaint"
    _inherit = [
        *("itsm.flow.mixin", "itsm.complaint.mail.mixin"),
        *("mail.thread", "mail.activity.mixin"),
    ]
    _order = "id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True
    _mail_post_access = "read"

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "received": {"investigating", "closed"},
        "investigating": {"answered", "closed"},
        "answered": {"closed", "received"},
        "closed": set(),
    }
    _flow_verbs = {
        "investigating": "investigate",
        "answered": "answer",
        ("answered", "closed"): "close",
        ("received", "closed"): "withdraw",
        ("investigating", "closed"): "withdraw",
        "received": "refuse_answer",
    }
    _flow_groups = {"investigate": (QUALITY,), "answer": (QUALITY,)}
    _flow_required = {
        "answered": ("cause_id", "finding", "action_taken", "outcome", "answer"),
        "received": ("refuse_reason",),
        ("received", "closed"): ("withdraw_reason",),
        ("investigating", "closed"): ("withdraw_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "filed_at",
            "handler_id",
            "answer",
            "answer_due_at",
            "answered_at",
            "link_secret",
            "accept_due_at",
            "closed_at",
            "closed_how",
            "refuse_reason",
            "refuse_count",
            "refused_handler_id",
            "withdraw_reason",
            "previous_id",
            "climbed_at",
            "filing_key",
            "text_forgotten_at",
        }
    )
    _flow_content_fields = frozenset(
        {
            "cause_id",
            "finding",
            "action_taken",
            "outcome",
            "service_id",
            "technician_id",
        }
    )
    _flow_content_states = frozenset({"investigating"})
    _flow_deletable_states = frozenset()
    _flow_step_access = "read"
    _flow_personal = frozenset(
        {"investigate", "answer", "close", "withdraw", "refuse_answer"}
    )

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What is complained about
    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        copy=False,
        default="/",
        index="trigram",
    )
    subject = fields.Char(required=True)
    description = fields.Text(required=True)
    channel = fields.Selection(
        selection=[
            ("portal", "Portal"),
            ("ticket", "From the ticket"),
            ("phone", "Phone"),
            ("mail", "Mail"),
            ("walk_in", "In person"),
        ],
        required=True,
        default="phone",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Complainant", required=True, index=True
    )
    is_anonymous = fields.Boolean(
        string="Anonymous to the Technician",
        default=True,
        help="Whom it is about is told the cause and the outcome, but neither who "
        "complained nor which ticket it is about. In a small team that person may "
        "guess it all the same.",
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket", check_company=True, index="btree_not_null"
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service", check_company=True, index="btree_not_null"
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        compute="_compute_team_id",
        store=True,
        index="btree_not_null",
    )
    technician_id = fields.Many2one(
        comodel_name="res.users",
        string="Person Concerned",
        index="btree_not_null",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        groups=READERS,
        help="Whom it is about; the owner of the ticket where nobody else is named.",
    )
    concerned_user_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_complaint_concerned_rel",
        string="Took Part",
        compute="_compute_concerned_user_ids",
        store=True,
        copy=False,
        groups=READERS,
        help="Everybody who worked on the ticket; none of them reads or handles it.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    filed_at = fields.Datetime(
        string="Filed",
        required=True,
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        index=True,
    )
    previous_id = fields.Many2one(
        comodel_name="itsm.complaint",
        string="Earlier Complaint",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=READERS,
        help="Of the same person on the same ticket or service, within 90 days.",
    )
    is_repeat = fields.Boolean(
        string="Repeated", compute="_compute_is_repeat", store=True, groups=READERS
    )

    # Where it stands
    state = fields.Selection(
        selection=[
            ("received", "Received"),
            ("investigating", "Being Investigated"),
            ("answered", "Answered"),
            ("closed", "Closed"),
        ],
        required=True,
        default="received",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    handler_id = fields.Many2one(
        comodel_name="res.users",
        string="Investigated by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
        groups=READERS,
    )
    answer_due_at = fields.Datetime(string="Answer Due", readonly=True, copy=False)
    is_late = fields.Boolean(
        string="Answered Late", compute="_compute_answer_time", store=True
    )
    days_to_answer = fields.Float(
        string="Days to Answer",
        compute="_compute_answer_time",
        store=True,
        aggregator="avg",
        digits=(16, 1),
        help="Days of 24 hours from the filing to the last answer.",
    )
    climbed_at = fields.Datetime(
        string="Told to the Managers on", readonly=True, copy=False, groups=READERS
    )

    # What was found
    cause_id = fields.Many2one(
        comodel_name="itsm.complaint.cause",
        string="Cause",
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups=READERS,
    )
    finding = fields.Text(
        string="Investigation Result",
        copy=False,
        groups=READERS,
        help="What really happened, as it was proved. Only quality and managers read "
        "it.",
    )
    action_taken = fields.Text(
        string="Action",
        copy=False,
        groups=READERS,
        help="What is done so that it does not happen again. Whom the complaint is "
        "about reads it: name neither a person nor the ticket.",
    )
    outcome = fields.Selection(
        selection=OUTCOMES,
        copy=False,
        index="btree_not_null",
        tracking=True,
        groups=READERS,
    )

    # The answer, and what the complainant says of it
    answer = fields.Text(readonly=True, copy=False)
    answered_at = fields.Datetime(string="Answered on", readonly=True, copy=False)
    link_secret = fields.Char(
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="What the link of the newest answer is made of, beside the secret of the "
        "database.",
    )
    accept_due_at = fields.Datetime(
        string="Accept Until",
        readonly=True,
        copy=False,
        help="Without a word of the complainant by then it closes.",
    )
    refuse_reason = fields.Text(
        string="Answer Not Accepted Because", readonly=True, copy=False
    )
    refuse_count = fields.Integer(
        string="Answers Not Accepted", readonly=True, copy=False
    )
    refused_handler_id = fields.Many2one(
        comodel_name="res.users",
        string="Answer Was Given by",
        readonly=True,
        copy=False,
        groups=READERS,
    )
    withdraw_reason = fields.Text(string="Withdrawn Because", readonly=True, copy=False)
    closed_at = fields.Datetime(
        string="Closed on", readonly=True, copy=False, index="btree_not_null"
    )
    closed_how = fields.Selection(
        selection=[
            ("accepted", "Accepted by the complainant"),
            ("told", "Told to the complainant, who has no log-in"),
            ("silent", "No word in time"),
            ("withdrawn", "Withdrawn"),
        ],
        string="Closed as",
        readonly=True,
        copy=False,
    )
    filing_key = fields.Char(
        readonly=True,
        copy=False,
        groups=READERS,
        export_string_translation=False,
        help="Hash of who says what about what: one click twice is one complaint. "
        "Taken off when somebody says the same again later.",
    )
    text_forgotten_at = fields.Datetime(
        string="Texts Removed on", readonly=True, copy=False, groups=READERS
    )

    # What the acting user may do now
    can_investigate = fields.Boolean(compute="_compute_flow_can")
    can_answer = fields.Boolean(compute="_compute_flow_can")
    can_close = fields.Boolean(compute="_compute_flow_can")
    can_refuse_answer = fields.Boolean(compute="_compute_flow_can")
    can_withdraw = fields.Boolean(compute="_compute_flow_can")

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "A complaint with this number exists already.",
    )
    _filing_uniq = models.UniqueIndex(
        "(filing_key) WHERE state <> 'closed'",
        "This complaint is being looked at already.",
    )
    _due_idx = models.Index(
        "(answer_due_at) WHERE state IN ('received', 'investigating')"
    )
    _accept_idx = models.Index("(accept_due_at) WHERE state = 'answered'")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "handler_id", "partner_id")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for complaint in self:
            subject = complaint.subject
            named = f"{complaint.name} {subject or ''}"
            complaint.display_name = named if complaint.name != "/" else subject

    @api.depends("ticket_id", "technician_id", "service_id")
    def _compute_team_id(self):
        for complaint in self:
            complaint.team_id = (
                complaint.ticket_id.team_id or complaint.service_id.team_id
            )

    @api.depends(
        *("technician_id", "ticket_id.user_id", "ticket_id.collaborator_ids"),
        *("ticket_id.first_responder_id", "ticket_id.work_line_ids.user_id"),
        "ticket_id.handling_ids.solved_by_id",
    )
    def _compute_concerned_user_ids(self):
        for complaint in self:
            workers = complaint.technician_id | complaint.ticket_id._get_workers()
            complaint.concerned_user_ids |= workers  # who handed it on stays

    @api.depends("previous_id")
    def _compute_is_repeat(self):
        for complaint in self:
            complaint.is_repeat = bool(complaint.previous_id)

    @api.depends("answered_at", "answer_due_at", "filed_at")
    def _compute_answer_time(self):
        for complaint in self:
            end, due = complaint.answered_at, complaint.answer_due_at
            start = complaint.filed_at
            complaint.is_late = bool(end and due and end > due)
            complaint.days_to_answer = (
                (end - start) / timedelta(days=1) if end and start else 0.0
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            {key: val for key, val in vals.items() if (key, val) != ("name", "/")}
            for vals in vals_list
        ]
        # Quality may write down what it was told by a call, too; the form was judged.
        is_judged = self.browse()._flow_is_system()
        complaints = super().create(vals_list)
        for complaint in () if is_judged else complaints:
            if complaint.partner_id != self.env.user.partner_id:
                check_recorder(self.env, complaint.ticket_id, complaint.partner_id)
        # sudo: number, deadline and who is called are set by the procedure
        complaints.sudo()._after_filing()
        return complaints

    def write(self, vals):
        if not self._flow_is_system():
            self._check_writer(vals)
        return super().write(vals)

    @guards_deletion
    def _unlink_except_kept(self):
        raise UserError(
            self.env._(
                "%s: complaints are kept. Its complainant can withdraw it.",
                self._flow_names(),
            )
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_investigate(self):
        """Take it, as somebody of quality who had no part in it."""
        return self._take_step("investigating")

    def action_answer(self, text):
        """Tell the complainant what was found and what is done."""
        return self._take_step("answered", answer=text)

    def action_close(self):
        """Accept the answer, or note that it was told to who has no log-in."""
        return self._take_step("closed")

    def action_refuse_answer(self, reason):
        """Say why the answer is not accepted; for the complainant only."""
        return self._take_step("received", refuse_reason=reason)

    def action_withdraw(self, reason):
        """Take it back before it is answered; for the complainant only."""
        self.check_access("read")
        if answered := self.filtered(lambda item: item.state == "answered"):
            raise UserError(
                self.env._(
                    "%s is answered already. Accept it, or say what is missing.",
                    answered._flow_names(),
                )
            )
        return self._take_step("closed", withdraw_reason=reason)

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _flow_get_reasons(self, verb):
        # What the server itself writes was judged before; see _cron_follow().
        if is_server_act(self):
            return {}
        # sudo: the reasons depend on people that the acting user may not read
        return super(ItsmComplaint, self.sudo())._flow_get_reasons(verb)

    def _get_cannot_investigate_reason(self):
        user = self.env.user
        reasons = {}
        for complaint in self:
            others = complaint._get_handlers() - user
            if user in complaint.concerned_user_ids:
                reasons[complaint.id] = self.env._(
                    "it is about work that you had a part in. %s can handle it.",
                    complaint._name_handlers(others),
                )
            elif user.partner_id == complaint.partner_id:
                reasons[complaint.id] = self.env._(
                    "you complained yourself. %s can handle it.",
                    complaint._name_handlers(others),
                )
            elif user == complaint.refused_handler_id and others:
                reasons[complaint.id] = self.env._(
                    "your answer was not accepted, so somebody else looks at it: %s.",
                    complaint._name_handlers(others),
                )
        return reasons

    def _get_cannot_answer_reason(self):
        return {
            complaint.id: self.env._(
                "%s investigates it and answers.", complaint.handler_id.name
            )
            for complaint in self
            if complaint.handler_id != self.env.user
        }

    def _get_cannot_close_reason(self):
        user = self.env.user
        is_quality = self._flow_user_in(QUALITY)
        reasons = {}
        for complaint in self:
            if user.partner_id == complaint.partner_id:
                continue
            has_login = bool(complaint.partner_id.user_ids)
            if has_login or not is_quality or user in complaint.concerned_user_ids:
                reasons[complaint.id] = self.env._(
                    "%s complained and accepts the answer or not. Without a word it "
                    "closes after the time to accept.",
                    complaint.partner_id.name,
                )
        return reasons

    def _get_cannot_refuse_answer_reason(self):
        return self._get_foreign_reasons()

    def _get_cannot_withdraw_reason(self):
        return self._get_foreign_reasons()

    def _get_foreign_reasons(self):
        return {
            complaint.id: self.env._(
                "only %s, who complained, can say so.", complaint.partner_id.name
            )
            for complaint in self
            if complaint.partner_id != self.env.user.partner_id
        }

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: complainants and quality take steps with read access only
        return self.sudo()

    def _after_filing(self):
        """Give each its number and its deadline, and call quality."""
        # sudo: sequences are not readable by who complains
        sequences = self.env["ir.sequence"].sudo()
        for complaint in self:
            company = complaint.company_id
            number = sequences.with_company(company).next_by_code("itsm.complaint")
            server_write(
                complaint,
                {
                    "name": number or "/",
                    "answer_due_at": complaint._get_due(company.itsm_complaint_days),
                    "previous_id": complaint._find_previous().id,
                },
            )
            complaint.message_subscribe(complaint.partner_id.ids)
            if not complaint.is_anonymous:
                # Whoever reads the ticket would see that one was filed, and when.
                complaint.ticket_id.activity_unlink(
                    ["itsm_desk.mail_activity_type_complaint_proposed"]
                )
            complaint._call_handlers(self.env._("Complaint: %s", complaint.subject))

    def _on_enter_investigating(self, origins):
        server_write(self, {"handler_id": self.env.uid})
        self.activity_unlink(["itsm_desk.mail_activity_type_complaint"])

    def _on_enter_answered(self, origins):
        for complaint in self:
            days = complaint.company_id.itsm_sign_off_days
            server_write(
                complaint,
                {
                    "answered_at": fields.Datetime.now(),
                    "accept_due_at": complaint._get_due(days),
                    "link_secret": secrets.token_hex(16),
                },
            )
            note_answer(complaint)
        self.activity_unlink(["itsm_desk.mail_activity_type_complaint_late"])

    def _on_enter_received(self, origins):
        for complaint in self:
            days = complaint.company_id.itsm_complaint_days
            server_write(
                complaint,
                {
                    "refuse_count": complaint.refuse_count + 1,
                    "refused_handler_id": complaint.handler_id.id,
                    "handler_id": False,
                    "answer_due_at": complaint._get_due(days),
                    "accept_due_at": False,
                    "climbed_at": False,
                },
            )
            complaint._call_handlers(
                self.env._("Answer not accepted: %s", complaint.subject)
            )

    def _on_enter_closed(self, origins):
        now = fields.Datetime.now()
        for complaint in self:
            is_withdrawn = origins[complaint.id] != "answered"
            if is_withdrawn:
                how = "withdrawn"
            elif self.env.user.partner_id == complaint.partner_id:
                how = "accepted"
            else:
                how = complaint.closed_how or "told"
            values = {"closed_at": now, "closed_how": how, "accept_due_at": False}
            if is_withdrawn:
                values["outcome"] = "withdrawn"
            server_write(complaint, values)
        tell_person_concerned(self.filtered(lambda item: item.outcome != "withdrawn"))
        self.activity_unlink(
            [
                "itsm_desk.mail_activity_type_complaint",
                "itsm_desk.mail_activity_type_complaint_late",
            ]
        )

    def _call_handlers(self, summary):
        """Ask three of quality to look at it; without any of them the managers."""
        self.ensure_one()
        for user in (self._get_handlers() or self._get_managers())[:3]:
            self.activity_schedule(
                "itsm_desk.mail_activity_type_complaint",
                user_id=user.id,
                date_deadline=get_day(self.company_id, self.answer_due_at),
                summary=summary,
            )

    # ------------------------------------------------------------
    # SCHEDULED JOB
    # ------------------------------------------------------------

    @api.model
    def _cron_follow(self, limit=100):
        """Tell managers of late answers; close what nobody answered in time."""
        for domain, act in (
            (self._get_late_domain(), self._climb),
            (self._get_silent_domain(), self._close_silent),
        ):
            done = set()
            while found := self.search(
                domain & Domain("id", "not in", list(done)), order="id", limit=limit
            ):
                done.update(found.ids)
                for complaint in found.try_lock_for_update():
                    try:
                        with self.env.cr.savepoint():
                            act(complaint)
                    except Exception:
                        _logger.exception("Complaint %s was left", complaint.id)
                left = self.search_count(domain & Domain("id", "not in", list(done)))
                if not self.env["ir.cron"]._commit_progress(len(found), remaining=left):
                    return

    @api.model
    def _get_late_domain(self):
        return (
            Domain("state", "in", ("received", "investigating"))
            & Domain("answer_due_at", "<", fields.Datetime.now())
            & Domain("climbed_at", "=", False)
        )

    @api.model
    def _get_silent_domain(self):
        return Domain("state", "=", "answered") & Domain(
            "accept_due_at", "<", fields.Datetime.now()
        )

    @api.model
    def _climb(self, complaint):
        server_write(complaint, {"climbed_at": fields.Datetime.now()})
        for manager in complaint._get_managers()[:3]:
            complaint.activity_schedule(
                "itsm_desk.mail_activity_type_complaint_late",
                user_id=manager.id,
                summary=self.env._("Not answered in time: %s", complaint.subject),
            )

    @api.model
    def _close_silent(self, complaint):
        server_write(complaint, {"closed_how": "silent"})
        server_write(complaint, {"state": "closed"})

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_part_takers(self):
        """Return who may not handle it: whom it is about, and who complained."""
        self.ensure_one()
        return self.concerned_user_ids | self.partner_id.user_ids

    def _get_handlers(self):
        return self._flow_get_users_of(QUALITY, excluded=self._get_part_takers())

    def _get_managers(self):
        return self._flow_get_users_of(MANAGER, excluded=self._get_part_takers())

    def _name_handlers(self, users):
        return ", ".join(users[:3].mapped("name")) or self.env._(
            "nobody is left: a manager gives somebody the role Quality of the service "
            "desk; that person"
        )

    def _get_due(self, days):
        self.ensure_one()
        company = self.company_id
        calendar = company.resource_calendar_id
        return get_last_evening(company, calendar, fields.Datetime.now(), days)

    def _find_previous(self):
        """Return the last complaint of the same person on the same thing, or none."""
        self.ensure_one()
        same = Domain("ticket_id", "=", self.ticket_id.id or -1) | Domain(
            "service_id", "=", self.service_id.id or -1
        )
        return self.search(
            same
            & Domain("partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("id", "<", self.id)
            & Domain("filed_at", ">=", self.filed_at - timedelta(REPEAT_DAYS)),
            limit=1,
        )

    def _check_writer(self, vals):
        """What was filed stays; what is found is written by who investigates it."""
        if kept := FILED.intersection(vals):
            changed = [
                complaint
                for complaint in self
                if any(
                    complaint._fields[name].convert_to_write(complaint[name], complaint)
                    != vals[name]
                    for name in kept
                )
            ]
            if changed:
                raise UserError(
                    self.env._(
                        "%s: what the complainant said is not changed. Write what you "
                        "found under Finding.",
                        changed[0]._flow_names(),
                    )
                )
        if self._flow_content_fields.intersection(vals):
            # sudo: who investigates it is compared for the rule alone
            for complaint in self.sudo():
                if complaint.handler_id and complaint.handler_id != self.env.user:
                    raise AccessError(
                        self.env._(
                            "%(complaint)s: %(handler)s investigates it and writes "
                            "down what is found.",
                            complaint=complaint._flow_names(),
                            handler=complaint.handler_id.name,
                        )
                    )
