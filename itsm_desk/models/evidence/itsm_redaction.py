from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.mail_quote import read_own_words
from ..base.acting_person import PERSONAL_VERBS
from ..base.grants import is_server_act, server_create, server_write
from ..base.itsm_flow_mixin import check_entering
from . import blanking, copies
from .repeats import blank_repeats

DECIDERS = "itsm_desk.group_itsm_supervisor,itsm_desk.group_itsm_quality"
"""Groups of the second person; managers are supervisors."""
VALID_DAYS = 30
"""Days of 24 hours in which the second person decides."""


def open_request(ticket, values):
    """Record what the acting user asks to be blanked, and call who may agree.

    :param ticket: one ticket that the user leads, as the caller has checked
    :param dict values: reason and what is meant
    """
    # sudo: nobody creates requests but by the button of a ticket
    requests = ticket.env["itsm.redaction"].sudo()
    request = server_create(
        requests,
        {
            "ticket_id": ticket.id,
            "requester_id": ticket.env.uid,
            "expires_at": fields.Datetime.now() + timedelta(days=VALID_DAYS),
            **values,
        },
    )
    for user in request._get_deciders():
        request.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=ticket.env._("Agree or refuse: blank a text of %s", ticket.name),
        )
    # sudo: none; as the user reads it.
    return request.sudo(False)


class ItsmRedaction(models.Model):
    """A request to blank what should never have been written, such as a password.

    asked -> done, refused or expired. The lead of a ticket asks, with a reason; a
    second person agrees. Then the texts and files that are named are blanked with
    their copies: messages with their subjects, their mails, subject, description, what
    repeats them on the ticket (quotes, reasons of steps, handling, activities, articles
    and problems that began with it), follow-ups, merged tickets, conversations,
    and other tickets of the company that got the same mail, or the same words or file
    of the same person (``copies``). What was removed is listed with its hash, when, and
    who asked and agreed; each ticket says that something is gone. What was sent before,
    by mail or messenger, stays with its readers.

    ========  ======================================  =======================
    Step      Who                                     Restriction
    ========  ======================================  =======================
    ask       the lead of the ticket, a manager       by ``action_redact``
    approve   another supervisor, manager or quality  who reads the ticket
    refuse    the same; whoever asked takes it back   with a reason
    expire    the daily job                           after 30 days
    ========  ======================================  =======================
    """

    _name = "itsm.redaction"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Request to Blank a Text"
    _order = "id desc"
    _rec_names_search = ["ticket_id.name"]
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "asked": {"done", "refused", "expired"},
        "done": set(),
        "refused": set(),
        "expired": set(),
    }
    _flow_verbs = {"done": "approve", "refused": "refuse", "expired": "expire"}
    _flow_required = {"refused": ("refuse_reason",)}
    _flow_personal = PERSONAL_VERBS
    _flow_system_fields = frozenset(
        {
            "ticket_id",
            "reason",
            "with_subject",
            "with_description",
            "message_id",
            "file_ids",
            "requester_id",
            "expires_at",
            "decided_by_id",
            "decided_at",
            "refuse_reason",
            "item_ids",
        }
    )
    _flow_step_access = "read"
    _flow_deletable_states = frozenset()

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, index=True, precompute=True
    )
    state = fields.Selection(
        selection=[
            ("asked", "Asked"),
            ("done", "Blanked"),
            ("refused", "Refused"),
            ("expired", "Expired"),
        ],
        string="Status",
        required=True,
        default="asked",
        readonly=True,
        copy=False,
        index=True,
    )

    # What is asked
    reason = fields.Text(required=True, readonly=True)
    with_subject = fields.Boolean(string="Subject", readonly=True)
    with_description = fields.Boolean(string="Description", readonly=True)
    message_id = fields.Many2one(
        comodel_name="mail.message",
        string="Message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    message_text = fields.Html(
        string="What It Says", compute="_compute_message_text", compute_sudo=True
    )
    file_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="itsm_redaction_file_rel",
        column1="redaction_id",
        column2="attachment_id",
        string="Files",
        readonly=True,
        copy=False,
    )

    # Who
    requester_id = fields.Many2one(
        comodel_name="res.users",
        string="Asked By",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    expires_at = fields.Datetime(string="To Decide until", readonly=True, copy=False)
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided By", readonly=True, copy=False
    )
    decided_at = fields.Datetime(string="Decided on", readonly=True, copy=False)
    refuse_reason = fields.Text(
        string="Reason of the Refusal", readonly=True, copy=False
    )
    item_ids = fields.One2many(
        comodel_name="itsm.redaction.item",
        inverse_name="redaction_id",
        string="Blanked",
        readonly=True,
        copy=False,
    )

    # What the acting user may do now
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id.name")
    def _compute_display_name(self):
        for request in self:
            # sudo: the name of a request is that of its ticket
            name = request.sudo().ticket_id.name
            request.display_name = self.env._("Blank a text of %s", name)

    @api.depends("message_id.body")
    def _compute_message_text(self):
        for request in self:
            request.message_text = request.message_id.body

    @api.depends("state", "requester_id")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(
                self.env._(
                    'Open the ticket and use "Blank a Text" there; its lead may ask.'
                )
            )
        return super().create(vals_list)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_approve(self):
        """Agree: what was asked for is blanked now."""
        return self._take_step("done")

    def action_refuse(self, reason):
        """Refuse the request, or take back one's own."""
        return self._take_step("refused", refuse_reason=reason)

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: steps are taken with read access, and what follows is not chosen
        return self.sudo()

    def _on_enter_done(self, origins):
        """Blank what was asked for and list it."""
        check_entering(self, "done")
        self._stamp_decision()
        for request in self:
            _blank(request)

    def _on_enter_refused(self, origins):
        self._stamp_decision()

    def _on_enter_expired(self, origins):
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _stamp_decision(self):
        server_write(
            self, {"decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()}
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_approve_reason(self):
        user = self.env.user
        reasons = {}
        for request in self:
            if user == request.requester_id:
                reasons[request.id] = self.env._(
                    "you asked for it, so a second person must agree: another "
                    "supervisor, a manager of the service desk or somebody of quality."
                )
            elif not request._is_decider(user):
                reasons[request.id] = self.env._(
                    "a supervisor or manager of the service desk, or somebody of "
                    "quality, who reads the ticket decides."
                )
            elif request._is_past():
                reasons[request.id] = self.env._("it has expired. Ask again.")
        return reasons

    def _get_cannot_refuse_reason(self):
        reasons = self._get_cannot_approve_reason()
        for request in self:
            if self.env.user == request.requester_id:
                reasons.pop(request.id, None)
        return reasons

    def _get_cannot_expire_reason(self):
        if self._flow_is_system():
            return {}
        text = self.env._("this happens by itself when the time is over.")
        return dict.fromkeys(self.ids, text)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_past(self):
        """Whether the time to decide is over."""
        self.ensure_one()
        return self.expires_at < fields.Datetime.now()

    def _is_decider(self, user):
        """Whether the user is of those who may agree and reads the ticket."""
        self.ensure_one()
        # sudo: who acts may not see the groups and companies of the person judged
        user = user.sudo()
        if user.share or not user.active or not user.has_groups(DECIDERS):
            return False
        ticket = self.ticket_id.with_user(user)
        ticket = ticket.with_context(allowed_company_ids=user.company_ids.ids)
        # sudo: none; what the user reads by own rights.
        return ticket.sudo(False).has_access("read")

    def _get_deciders(self):
        """Return the users who may agree to one request."""
        self.ensure_one()
        users = self.env["res.users"]
        for name in DECIDERS.split(","):
            # sudo: employees read neither groups nor their users
            users |= self.env.ref(name).sudo().all_user_ids
        others = users - self.requester_id
        return others.filtered(lambda user: self._is_decider(user))

    @api.model
    def _expire(self):
        """End the requests that nobody has decided on in time."""
        late = self.search(
            [("state", "=", "asked"), ("expires_at", "<", fields.Datetime.now())]
        )
        for request in late:
            server_write(request, {"state": "expired"})


def _describe(ticket, record, name, content):
    """Return what an item says of something that was blanked.

    Complaints have other readers than tickets: that there is one is not told.

    :param str name: of the field of ``record``
    :param bytes content: that was there
    """
    is_open = record._name != "itsm.complaint"
    shown = record if is_open else ticket
    return {
        "label": (
            f"{record._description}: {record._fields[name].string}"
            if is_open
            else ticket.env._("Text in another document")
        ),
        "res_model": shown._name,
        "res_id": shown.id,
        "digest": blanking.get_digest(content),
        "size": len(content) if is_open else False,
    }


def _blank(request):
    """Blank what one approved request names, with its copies, and list it."""
    env, ticket = request.env, request.ticket_id
    mark = env._(
        "(Removed on %(moment)s: asked by %(asker)s, agreed by %(decider)s.)",
        moment=ticket.company_id._itsm_stamp(request.decided_at),
        asker=request.requester_id.name,
        decider=request.decided_by_id.name,
    )
    near = copies.get_family(ticket)
    family, messages, tickets = copies.find_copies(
        near,
        request.message_id,
        ticket if request.with_description else ticket.browse(),
        request.file_ids,
    )
    texts = {blanking.plain(message.body) for message in messages}
    texts |= {blanking.plain(one.description) for one in tickets}
    # A step repeats what the author wrote himself, or else the subject.
    reasons = texts | {read_own_words(message.body) for message in messages}
    reasons |= {message.subject or "" for message in messages}
    written = [message.body for message in messages if message.body]
    written += [one.description for one in tickets if one.description]
    removed = blanking.blank_reasons(family, reasons - {""}, mark)
    removed += blanking.blank_queue(family, messages, texts)
    removed += blanking.blank_messages(messages, mark)
    removed += blanking.blank_descriptions(tickets, mark)
    asked = [request.message_id] if request.message_id else []
    asked += [ticket] if request.with_description else []
    since = min((one.create_date for one in asked), default=None)
    removed += blank_repeats(family, messages, written, mark, since)
    if request.with_description:
        removed += blanking.blank_answers(ticket, mark)
    if request.with_subject:
        # Elsewhere the subject is another one, or none of what was asked for.
        subject = ticket.subject
        named = near | family.filtered(lambda one: one.subject == subject)
        removed += blanking.blank_subjects(named, subject, env._("(Removed subject)"))
    removed += blanking.blank_files(
        request.file_ids, family, mark, blanking.get_said(family)
    )
    blanking.forget_words(family, removed)
    server_create(
        env["itsm.redaction.item"],
        [{"redaction_id": request.id, **_describe(ticket, *item)} for item in removed],
    )
    counts = blanking.count_by_ticket(removed)
    for one in ticket | family.filtered(lambda one: counts.get(one.id)):
        one._message_log(
            body=env._(
                "%(count)s texts and files were removed. %(asker)s asked: %(reason)s. "
                "%(decider)s agreed.",
                count=len(removed) if one == ticket else counts[one.id],
                asker=request.requester_id.name,
                reason=request.reason,
                decider=request.decided_by_id.name,
            ),
            author_id=request.decided_by_id.partner_id.id,
        )
