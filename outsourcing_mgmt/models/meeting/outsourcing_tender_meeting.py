from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..base.grants import server_write
from ..base.groups import OFFICER, PROCUREMENT

VENDOR_KINDS = ("prebid", "site")
"""Meetings to which vendors come; place and time stand on the notice."""
ENDED = ("contracted", "failed", "cancelled")
MOVED = frozenset({"start", "stop", "place", "kind"})


class OutsourcingTenderMeeting(models.Model):
    """A meeting of a tender, its entry in the calendar, and who came.

    Planned -> held | cancelled. Colleagues and experts are invited by the calendar.
    Vendors never are, as each would read there who else is: they find place and time
    on the notice, and a mail tells each alone what is new or moved. Who came is noted
    by name and frozen with the minutes when the meeting was held.

    ========  ========================  ===================================
    Action    Who                       Restriction
    ========  ========================  ===================================
    plan      officer, procurement      with vendors: before the bid deadline;
                                        opening: not before its moment
    hold      officer, procurement      it has begun, somebody came
    cancel    officer, procurement      with a reason
    ========  ========================  ===================================
    """

    _name = "outsourcing.tender.meeting"
    _description = "Tender Meeting"
    _inherit = ["outsourcing.flow.mixin", "mail.thread"]
    _order = "start desc, id desc"
    _check_company_auto = True

    _flow_transitions = {
        "planned": {"held", "cancelled"},
        "held": set(),
        "cancelled": set(),
    }
    _flow_verbs = {"held": "hold", "cancelled": "cancel"}
    _flow_groups = {"hold": (OFFICER, PROCUREMENT), "cancel": (OFFICER, PROCUREMENT)}
    _flow_required = {"cancelled": ("cancel_reason",)}
    _flow_system_fields = frozenset(
        {"event_id", "cancel_reason", "held_by_id", "held_date"}
    )
    _flow_content_fields = frozenset(
        {
            "tender_id",
            "kind",
            "start",
            "stop",
            "place",
            "note",
            "user_ids",
            "attendance_ids",
            "minutes",
        }
    )
    _flow_content_states = frozenset({"planned"})
    _flow_deletable_states = frozenset()

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("state", "not in", ENDED)],
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    kind = fields.Selection(
        selection=[
            ("prebid", "Pre-bid meeting"),
            ("site", "Site visit"),
            ("opening", "Opening"),
            ("evaluation", "Evaluation"),
        ],
        required=True,
        default="prebid",
        index=True,
    )
    state = fields.Selection(
        selection=[
            ("planned", "Planned"),
            ("held", "Took Place"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        default="planned",
        copy=False,
        index=True,
        tracking=True,
    )
    start = fields.Datetime(
        string="Begins",
        compute="_compute_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        tracking=True,
    )
    stop = fields.Datetime(
        string="Ends",
        compute="_compute_stop",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    place = fields.Char(
        tracking=True, help="Address, room, or link; vendors read it where they come."
    )
    note = fields.Text(string="What It Is For", help="Vendors read it where they come.")
    user_ids = fields.Many2many(
        comodel_name="res.users",
        relation="outsourcing_tender_meeting_user_rel",
        column1="meeting_id",
        column2="user_id",
        string="Invited by the Calendar",
        compute="_compute_user_ids",
        store=True,
        readonly=False,
        help="Colleagues and experts. Vendors are not invited here, where each would "
        "read who else is: they find the meeting on the notice.",
    )
    event_id = fields.Many2one(
        comodel_name="calendar.event",
        string="Calendar Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    attendance_ids = fields.One2many(
        comodel_name="outsourcing.tender.attendance",
        inverse_name="meeting_id",
        string="Who Came",
        copy=False,
    )
    attendance_count = fields.Integer(
        string="Persons", compute="_compute_attendance_count"
    )
    minutes = fields.Html(
        copy=False,
        help="What was said. Answers to vendors go to all of them by the questions of "
        "the tender, changes by addendum.",
    )
    cancel_reason = fields.Text(
        string="Reason of the Cancellation", copy=False, tracking=True
    )
    held_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)
    held_date = fields.Datetime(string="Noted On", readonly=True, copy=False)

    can_hold = fields.Boolean(string="Can Take Place", compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _order_of_times = models.Constraint(
        "CHECK (stop > start)", "A meeting ends after it begins."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kind", "tender_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for meeting in self:
            parts = [meeting.kind and meeting._get_kind_label(), meeting.tender_id.name]
            meeting.display_name = ": ".join(filter(None, parts))

    @api.depends("kind", "tender_id")
    def _compute_start(self):
        for meeting in self:
            if meeting.kind == "opening" and not meeting.start:
                meeting.start = meeting.tender_id._get_opening_moment()

    @api.depends("start")
    def _compute_stop(self):
        for meeting in self:
            if meeting.start and not (meeting.stop and meeting.stop > meeting.start):
                meeting.stop = meeting.start + timedelta(hours=1)

    @api.depends("kind", "tender_id")
    def _compute_user_ids(self):
        for meeting in self:
            tender = meeting.tender_id
            users = meeting.user_ids or tender.user_id
            if meeting.kind not in VENDOR_KINDS:
                users |= tender.committee_ids.filtered(
                    lambda member: member.state != "recused"
                ).user_id
            meeting.user_ids = users

    def _compute_attendance_count(self):
        counts = dict(
            self.env["outsourcing.tender.attendance"]._read_group(
                [("meeting_id", "in", self.ids)], ["meeting_id"], ["__count"]
            )
        )
        for meeting in self:
            meeting.attendance_count = counts.get(meeting, 0)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("kind", "start", "tender_id")
    def _check_start(self):
        for meeting in self:
            tender = meeting.tender_id
            if meeting.state != "planned":
                continue
            if tender.state in ENDED:
                raise ValidationError(
                    self.env._(
                        "%s is over: no meeting is planned for it.", tender.display_name
                    )
                )
            deadline = tender.bid_deadline
            with_vendors = meeting.kind in VENDOR_KINDS
            if with_vendors and deadline and meeting.start >= deadline:
                raise ValidationError(
                    self.env._(
                        "%(meeting)s: vendors come before they bid, so it begins "
                        "before %(deadline)s.",
                        meeting=meeting.display_name,
                        deadline=tender._format_moment(deadline),
                    )
                )
            opening = tender._get_opening_moment()
            if meeting.kind == "opening" and opening and meeting.start < opening:
                raise ValidationError(
                    self.env._(
                        "%(meeting)s: bids are opened at %(opening)s or later.",
                        meeting=meeting.display_name,
                        opening=tender._format_moment(opening),
                    )
                )

    @api.constrains("user_ids", "tender_id", "kind")
    def _check_users(self):
        """Vendors are invited to nothing: each would read who else is."""
        for meeting in self:
            # sudo: whoever plans need not read portal users and all members.
            meeting_sudo = meeting.sudo()
            members = meeting_sudo.tender_id.committee_ids.filtered(
                lambda member: member.state != "recused"
            )
            outside = meeting_sudo.user_ids.filtered("share") - members.user_id
            if outside and meeting.state == "planned":
                raise ValidationError(
                    self.env._(
                        "%(meeting)s: %(person)s is no colleague and no member of the "
                        "committee, and is not invited by the calendar, where each "
                        "reads who else is. Vendors find meetings on the notice.",
                        meeting=meeting.display_name,
                        person=outside[0].name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        for meeting in meetings:
            meeting._put_in_calendar()
            meeting._tell_vendors()
            meeting._audit("meeting_planned")
        return meetings

    def write(self, vals):
        if "kind" in vals:
            self._check_kind_kept(vals["kind"])
        result = super().write(vals)
        moved = MOVED.intersection(vals)
        if moved or "user_ids" in vals:
            for meeting in self.filtered(lambda item: item.state == "planned"):
                meeting._put_in_calendar()
                if moved:
                    meeting._tell_vendors()
                    meeting._audit("meeting_moved")
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_hold(self):
        """Note that the meeting took place, and freeze who came and the minutes."""
        for meeting in self.filtered(lambda item: item.kind == "opening"):
            meeting._note_members()
        return self._take_step("held")

    def action_cancel(self, reason):
        """Call the meeting off.

        :param str reason: why; told to whoever was invited
        """
        return self._take_step("cancelled", cancel_reason=reason)

    def action_open_cancel_wizard(self):
        self._flow_check_can("cancel")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_cancel", self.env._("Cancel the Meeting")
        )

    # ------------------------------------------------------------
    # RULES AND HOOKS OF THE FLOW
    # ------------------------------------------------------------

    def _get_cannot_hold_reason(self):
        now = fields.Datetime.now()
        reasons = {}
        for meeting in self:
            if now < meeting.start:
                reasons[meeting.id] = self.env._(
                    "it begins at %s.", meeting.tender_id._format_moment(meeting.start)
                )
            elif not meeting.attendance_ids:
                reasons[meeting.id] = self.env._(
                    'nobody is noted as having come. Fill in "%s" first.',
                    self._flow_field_label("attendance_ids"),
                )
        return reasons

    def _on_enter_held(self, origins):
        server_write(
            self, {"held_by_id": self.env.uid, "held_date": fields.Datetime.now()}
        )

    def _on_enter_cancelled(self, origins):
        for meeting in self:
            # sudo: whoever cancels need not own the entry in the calendar.
            meeting.event_id.sudo().write({"active": False})
            # sudo: whoever cancels need not read the contacts of experts.
            partners = meeting.sudo().user_ids.partner_id.filtered("email")
            meeting._mail(partners - self.env.user.partner_id)
            meeting._tell_vendors()

    def _on_step(self, target, origins):
        for meeting in self:
            meeting._audit(f"meeting_{target}")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_kind_kept(self, kind):
        """Refuse another kind once vendors read, or were told, of the meeting."""
        for meeting in self:
            told = {meeting.kind, kind}.intersection(VENDOR_KINDS)
            if meeting.kind != kind and told and meeting.tender_id.publish_date:
                raise UserError(
                    self.env._(
                        "%s: the tender is published, and vendors were told what this "
                        "meeting is. Cancel it and plan another one.",
                        meeting.display_name,
                    )
                )

    def _audit(self, verb):
        self.env["outsourcing.audit.log"]._record(
            self,
            verb,
            {
                "kind": self.kind,
                "start": fields.Datetime.to_string(self.start),
                "persons": len(self.attendance_ids),
            },
            root=self.tender_id,
        )

    def _get_kind_label(self):
        """Return the kind of meeting in the reader's language."""
        self.ensure_one()
        return dict(self._fields["kind"]._description_selection(self.env))[self.kind]

    def _note_members(self):
        """Add the members who confirmed to be present at the opening."""
        self.ensure_one()
        known = self.attendance_ids.partner_id
        present = self.tender_id.committee_ids.filtered("opening_attended").partner_id
        self.attendance_ids.create(
            [
                {"meeting_id": self.id, "partner_id": partner.id, "name": partner.name}
                for partner in present - known
            ]
        )

    def _put_in_calendar(self):
        """Make the calendar entry, or move it; invitations are the calendar's."""
        self.ensure_one()
        tender = self.tender_id
        vals = {
            "name": f"{self.display_name} {tender.subject}",
            "start": self.start,
            "stop": self.stop,
            "location": self.place,
            # sudo: whoever plans need not read the contacts of experts.
            "partner_ids": [Command.set(self.sudo().user_ids.partner_id.ids)],
        }
        # sudo: the entry belongs to the responsible user, whoever plans the meeting.
        if event := self.event_id.sudo():
            event.write(vals)
            return
        # sudo: as above.
        models_ = self.env["ir.model"].sudo()
        vals |= {
            "user_id": tender.user_id.id,
            "privacy": "private",
            "res_model_id": models_._get_id(self._name),
            "res_id": self.id,
        }
        # sudo: as above.
        event = self.env["calendar.event"].sudo().create(vals)
        server_write(self, {"event_id": event.id})

    def _tell_vendors(self):
        """Mail each vendor alone; before the publication the notice tells them."""
        self.ensure_one()
        if self.kind in VENDOR_KINDS and self.tender_id.state == "published":
            self._mail(self.tender_id._get_vendor_partners(), for_vendor=True)

    def _mail(self, partners, **values):
        self.tender_id._mail_partners(
            "outsourcing_mgmt.mail_template_tender_meeting",
            partners,
            meeting=self,
            **values,
        )


class OutsourcingTenderAttendance(models.Model):
    """A person who came to a meeting of a tender, as noted there."""

    _name = "outsourcing.tender.attendance"
    _description = "Attendance of a Tender Meeting"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "meeting_id, id"
    _check_company_auto = True

    _flow_parent = "meeting_id"
    _flow_parent_lines = "attendance_ids"

    meeting_id = fields.Many2one(
        comodel_name="outsourcing.tender.meeting",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="meeting_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor or Person",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    name = fields.Char(
        string="Name of the Person",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The person who was there.",
    )
    note = fields.Char(string="Remarks")

    @api.depends("partner_id")
    def _compute_name(self):
        for attendance in self:
            attendance.name = attendance.name or attendance.partner_id.name


def get_public_meetings(tender):
    """Return the meetings that vendors read of, the next one first.

    :param tender: outsourcing.tender, with sudo
    """
    return tender.env["outsourcing.tender.meeting"].search(
        [
            ("tender_id", "=", tender.id),
            ("kind", "in", VENDOR_KINDS),
            ("state", "!=", "cancelled"),
        ],
        order="start, id",
    )


def move_opening(tender):
    """Let the planned opening follow the tender, whose dates an addendum moved.

    :param tender: outsourcing.tender
    """
    # sudo: whoever publishes the addendum need not have planned the meeting.
    meetings = tender.env["outsourcing.tender.meeting"].sudo()
    begins = tender._get_opening_moment()
    for meeting in meetings.search(
        [
            ("tender_id", "=", tender.id),
            ("kind", "=", "opening"),
            ("state", "=", "planned"),
            ("start", "<", begins),
        ]
    ):
        length = meeting.stop - meeting.start
        server_write(meeting, {"start": begins, "stop": begins + length})
