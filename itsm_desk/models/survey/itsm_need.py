from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..base.grants import is_server_act, server_write
from ..base.selections import PRIORITIES
from ..base.uninstall import guards_deletion
from ..intent.itsm_mail_intent import makes, note

KEEPERS = ("itsm_desk.group_itsm_quality", "itsm_desk.group_itsm_manager")
KIND = "need"
TELLING = frozenset({"planned", "answered", "done", "declined"})
ACTIVITY = "itsm_desk.mail_activity_type_need"


class ItsmNeed(models.Model):
    """Something that users need and do not have, as they said it.

    It comes from a survey, a rating, a visit or a meeting, and has one owner who sees
    to it. States: new -> planned or answered -> done; declined ends it with a reason.
    Whoever said it is told each step; needs from a survey name nobody.

    ============  ==============================  ===============================
    Right         Who                             Restriction
    ============  ==============================  ===============================
    read          technicians, quality, managers  of the company
    read          employees                       what they said themselves
    create        technicians, quality
    write, step   its owner, quality, managers    until it is done or declined
    delete        quality, managers               new ones
    ============  ==============================  ===============================
    """

    _name = "itsm.need"
    _description = "Need of Users"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "priority desc, id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "new": {"planned", "answered", "declined"},
        "planned": {"done", "declined"},
        "answered": {"planned", "done", "declined"},
        "done": set(),
        "declined": set(),
    }
    _flow_verbs = {
        "planned": "plan",
        "answered": "answer",
        "done": "finish",
        "declined": "decline",
    }
    _flow_required = {
        "planned": ("answer", "date_due"),
        "answered": ("answer",),
        "done": ("outcome",),
        "declined": ("decline_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "answer",
            "outcome",
            "decline_reason",
            "answered_at",
            "ended_at",
            "told_at",
        }
    )
    _flow_content_fields = frozenset(
        {
            "subject",
            "description",
            "priority",
            "source",
            "partner_id",
            "department_id",
            "service_id",
            "ticket_id",
            "campaign_id",
            "user_id",
            "date_due",
            "company_id",
        }
    )
    _flow_content_states = frozenset({"new", "planned", "answered"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What is needed
    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        copy=False,
        default="/",
        index="trigram",
    )
    subject = fields.Char(string="What Is Needed", required=True, tracking=True)
    description = fields.Text(
        string="In Their Words", help="As the person said it, and why."
    )
    priority = fields.Selection(
        selection=PRIORITIES, required=True, default="1", tracking=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    # Where it comes from
    source = fields.Selection(
        selection=[
            ("survey", "Survey"),
            ("rating", "Rating of a ticket"),
            ("visit", "Site Visit"),
            ("meeting", "Talk or meeting"),
        ],
        string="Heard by",
        required=True,
        default="visit",
        index=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Said by",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        help="Is told what comes of it. A survey names nobody.",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index="btree_not_null",
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service",
        compute="_compute_from_ticket",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index="btree_not_null",
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )
    campaign_id = fields.Many2one(
        comodel_name="itsm.survey.campaign",
        string="Campaign",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )

    # Who sees to it, and what comes of it
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    state = fields.Selection(
        selection=[
            ("new", "New"),
            ("planned", "Planned"),
            ("answered", "Answered"),
            ("done", "Done"),
            ("declined", "Declined"),
        ],
        required=True,
        default="new",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    date_due = fields.Date(string="Promised for", copy=False, tracking=True)
    answer = fields.Text(
        readonly=True, copy=False, help="What we told whoever needs it."
    )
    outcome = fields.Text(string="What Came of It", readonly=True, copy=False)
    decline_reason = fields.Text(string="Why Not", readonly=True, copy=False)
    answered_at = fields.Datetime(string="First Answered on", readonly=True, copy=False)
    ended_at = fields.Datetime(string="Ended on", readonly=True, copy=False)
    told_at = fields.Datetime(string="Person Told on", readonly=True, copy=False)

    # What the acting user may do now
    can_plan = fields.Boolean(compute="_compute_flow_can")
    can_answer = fields.Boolean(compute="_compute_flow_can")
    can_finish = fields.Boolean(compute="_compute_flow_can")
    can_decline = fields.Boolean(compute="_compute_flow_can")
    can_edit = fields.Boolean(compute="_compute_flow_can")

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "A need with this number exists already.",
    )
    _survey_nameless = models.Constraint(
        "CHECK (source <> 'survey' OR partner_id IS NULL)",
        "Answers of a survey name nobody: leave the person out, or say that you heard "
        "it at a visit or in a meeting.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "user_id")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        for need in self:
            ticket = need.ticket_id
            if not ticket:
                continue
            if need.source != "survey":
                need.partner_id = need.partner_id or ticket.partner_id
            need.department_id = need.department_id or ticket.department_id
            need.service_id = need.service_id or ticket.service_id

    @api.depends("name", "subject")
    def _compute_display_name(self):
        for need in self:
            need.display_name = (
                f"{need.name} {need.subject or ''}"
                if need.name != "/"
                else need.subject
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
        needs = super().create(vals_list)
        # sudo: sequences are not readable by technicians
        sequences = self.env["ir.sequence"].sudo()
        for need in needs:
            number = sequences.with_company(need.company_id).next_by_code("itsm.need")
            # sudo: the number is given by the procedure
            server_write(need.sudo(), {"name": number or "/"})
        # sudo: its owner is called, whoever wrote it down
        needs.sudo()._flow_filter_first()._call_owner()
        return needs

    def write(self, vals):
        if self._flow_changes_content(vals):
            self._check_keeper()
        result = super().write(vals)
        if {"user_id", "date_due"}.intersection(vals):
            # sudo: its owner is called, whoever gave it away
            self.sudo()._call_owner()
        return result

    @guards_deletion
    def _unlink_except_said(self):
        if kept := self.filtered(lambda need: need.state != "new"):
            raise UserError(
                self.env._(
                    "%s: somebody was told of it, so it is kept.", kept._flow_names()
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_plan(self, answer, date_due=False):
        """Promise it for a day; whoever said it is told."""
        stamps = {"answer": answer}
        label = self._flow_field_label("date_due")
        if day := self._flow_clean_day(label, date_due):
            stamps["date_due"] = day
        return self._take_step("planned", **stamps)

    def action_answer(self, answer):
        """Answer it; whoever said it is told."""
        return self._take_step("answered", answer=answer)

    def action_finish(self, outcome):
        """Say what came of it; whoever said it is told."""
        return self._take_step("done", outcome=outcome)

    def action_decline(self, reason):
        """Say why it is not done; whoever said it is told."""
        return self._take_step("declined", decline_reason=reason)

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _flow_get_reasons(self, verb):
        if is_server_act(self):
            return {}
        return super()._flow_get_reasons(verb)

    def _get_cannot_edit_reason(self):
        if self._flow_user_in(*KEEPERS):
            return {}
        return {
            need.id: self.env._(
                "%s owns it; quality and managers may write on it, too.",
                # sudo: the name of the owner, whom the user may not read
                need.sudo().user_id.name,
            )
            for need in self
            if need.user_id != self.env.user
        }

    @api.constrains("user_id")
    def _check_owner(self):
        groups = ("itsm_desk.group_itsm_technician", *KEEPERS)
        for need in self:
            # sudo: whether the owner is of the desk, for whoever writes it down
            owner = need.sudo().user_id
            if not any(owner.has_group(xmlid) for xmlid in groups):
                raise ValidationError(
                    need.env._(
                        "%s is not of the service desk and could not see to a need. "
                        "Choose a technician, or somebody of quality.",
                        owner.name,
                    )
                )

    def _get_cannot_plan_reason(self):
        return self._get_cannot_edit_reason()

    def _get_cannot_answer_reason(self):
        return self._get_cannot_edit_reason()

    def _get_cannot_finish_reason(self):
        return self._get_cannot_edit_reason()

    def _get_cannot_decline_reason(self):
        return self._get_cannot_edit_reason()

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: what follows from a step is not its taker's to choose
        return self.sudo()

    def _on_step(self, target, origins):
        now = fields.Datetime.now()
        for need in self:
            values = {}
            if not need.answered_at:
                values["answered_at"] = now
            if target in ("done", "declined"):
                values["ended_at"] = now
            if values:
                server_write(need, values)
            if target in TELLING:
                note_for_person(need)
        if target in ("done", "declined"):
            self.activity_unlink([ACTIVITY])
        else:
            self._call_owner()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_keeper(self):
        """Refuse who neither owns it nor keeps the list."""
        if reasons := self._get_cannot_edit_reason():
            need = self.browse(next(iter(reasons)))
            # pylint: disable=translation-required
            raise AccessError(f"{need._flow_names()}: {reasons[need.id]}")

    def _call_owner(self):
        """Give the owner one task, due on the day that is promised."""
        self.activity_unlink([ACTIVITY])
        for need in self.filtered(lambda item: item.state not in ("done", "declined")):
            need.activity_schedule(
                ACTIVITY,
                user_id=need.user_id.id,
                date_deadline=need.date_due,
                summary=self.env._("See to it: %s", need.subject)
                if need.state == "planned"
                else self.env._("Answer: %s", need.subject),
            )


# ------------------------------------------------------------
# MAIL
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would write to people in
# the name of the desk.


def note_for_person(need):
    """Note that whoever said it is written to how it stands."""
    person = need.partner_id
    if person.email and person != need.env.user.partner_id:
        template = "itsm_desk.mail_template_need"
        note(KIND, template, [(need, person)], needs=("state",))


def tell_not_mailed(need, row):
    """Say on the need that its person was not told."""
    need._message_log(
        body=need.env._(
            "%s was not told of this: the mail could not be made.", row.partner_id.name
        ),
        author_id=need.env.ref("base.partner_root").id,
    )


@makes(KIND, tell=tell_not_mailed)
def mail_person(need, row):
    """Write to whoever said it how it stands."""
    need.env.ref(row.template).send_mail(need.id)
    server_write(need, {"told_at": fields.Datetime.now()})
