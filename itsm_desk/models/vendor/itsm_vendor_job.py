import hashlib
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_list, html2plaintext, plaintext2html
from odoo.tools.mimetypes import guess_mimetype

from ...tools import sla_clock
from ...tools.level_time import measure_stay
from ...tools.typed_number import read_number
from ...tools.working_time import OutsideHorizonError
from ..base.grants import (
    server_create,
    server_write,
)
from ..base.selections import OPEN_STATES
from ..duty.duty_calls import call_for_left
from ..event.recording import get_moment, record_event, recorded_as
from ..form.one_click import get_click_key, once
from ..handling.itsm_handling import get_drafts
from ..handling.itsm_work_line import PLACES
from ..intent.itsm_mail_intent import makes, note
from .itsm_level_stay import sync_stays

OUTCOMES = [
    ("done", "Done"),
    ("declined", "Declined"),
    ("taken_back", "Taken Back"),
    ("ended", "Ticket Ended"),
]
KIND = "vendor job"
MOST_MINUTES = 24 * 60
SAME_TIME = timedelta(minutes=1)
"""For how long the same words are the same click."""
SUBTYPES = {True: "mail.mt_comment", False: "mail.mt_note"}
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})


# ------------------------------------------------------------
# WHAT PEOPLE OF A VENDOR MAY DO
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records. Each is called by a page of
# the portal with a job that find_jobs() gave to the user.


def find_jobs(user, domain=Domain.TRUE, **options):
    """Return the jobs on which a person of a vendor works, in sudo.

    Those of the own company that nobody is named for, or that name the person.

    :param options: as of ``search``
    """
    # sudo: people of a vendor have no rights on jobs; the domain is the rule
    jobs = user.env["itsm.vendor.job"].sudo()
    if not user.share or not user.has_group("itsm_desk.group_itsm_vendor"):
        return jobs
    own = Domain("partner_id", "=", user.commercial_partner_id.id) & Domain(
        "user_id", "in", [False, user.id]
    )
    # Whoever was moved here later, of a rival for instance, reads what is sent then.
    if moved_on := user.sudo().itsm_moved_on:  # sudo: as above
        own &= Domain("sent_at", ">=", moved_on)
    # Whoever left the vendor's staff sees nothing more, of any company left.
    vendor = user.sudo().commercial_partner_id  # sudo: as above
    known = jobs._read_group(own, ["company_id"])
    companies = [
        company.id
        for (company,) in known
        if user in vendor._itsm_get_vendor_users(company)
    ]
    own &= Domain("company_id", "in", companies)
    return jobs.search(own & Domain(domain), **options)


def check_open(job):
    """Refuse what comes after the job was handed back, or the ticket ended."""
    if job.returned_at or job.ticket_id.state not in OPEN_STATES:
        raise UserError(
            job.env._(
                "%s is not with you any more. Call the service desk if something is "
                "missing.",
                job.ticket_id.name,
            )
        )


def say(job, text, is_public=False):
    """Write to the service desk, or also to the requester, in one's own name."""
    check_open(job)
    text = job.ticket_id._flow_clean_reason(job.env._("Message"), text)
    body = plaintext2html(text)
    if _is_first_click(job) and not _is_said(job, body, is_public):
        _post(job, body, is_public)


def _is_first_click(job, *said):
    """Let one of two clicks at the same moment go first.

    Both change the row of the job: the later transaction fails, the server tries the
    request again, and it finds what the first one wrote.

    :param said: what was handed in, where it is found by nothing else
    :return: False where the same was handed in a moment ago
    """
    now, key = fields.Datetime.now(), get_click_key(job.env.uid, *said)
    if (
        said
        and job.click_key == key
        and job.clicked_at
        and job.clicked_at > now - SAME_TIME
    ):
        return False
    server_write(job, {"click_key": key, "clicked_at": now})
    job.flush_recordset()
    return True


def _is_said(job, body, is_public):
    """Whether the person wrote the same a moment ago: a second click."""
    since = fields.Datetime.now() - SAME_TIME
    return any(
        message.author_id == job.env.user.partner_id
        and message.date > since
        and message.subtype_id == job.env.ref(SUBTYPES[is_public])
        and html2plaintext(message.body) == html2plaintext(body)
        for message in job.ticket_id.message_ids[:10]
    )


def _post(job, body, is_public=False, attachments=()):
    # Whoever writes here does not get the answers of others by mail.
    ticket = job.ticket_id.with_context(mail_post_autofollow_author_skip=True)
    ticket.message_post(
        body=body,
        author_id=job.env.user.partner_id.id,
        message_type="comment",
        subtype_xmlid=SUBTYPES[is_public],
        partner_ids=ticket._get_desk_people().partner_id.ids,
        attachments=attachments,
    )


def note_work(job, minutes, place=None, note=None, parts=None, opening=None):
    """Write down work of the acting person in the attempt that is in work.

    :param str opening: of the page, by which a second click is known
    """
    check_open(job)
    env = job.env
    said = (env.uid, job.id, opening, minutes, place, note, parts)
    key = get_click_key(*said) if opening else False
    # sudo: a vendor has no right on lines; whether this click came before is asked
    lines = env["itsm.work.line"].sudo()
    if key and lines.search_count([("click_key", "=", key)], limit=1):
        return
    if not 0 < read_number(minutes) <= MOST_MINUTES:
        raise UserError(env._("Minutes are a whole number from 1 to 1440."))
    with recorded_as(partner=env.user.partner_id):
        # The ticket's rules name people of the desk; who this is was found by the job.
        line = env["itsm.work.line"].with_user(env.ref("base.user_root"))
        values = {
            "ticket_id": job.ticket_id.id,
            "user_id": env.uid,
            "minutes": read_number(minutes),
            "place": place if place in dict(PLACES) else "on_site",
            "note": job.ticket_id._flow_clean_text(env._("Note"), note),
            "parts": job.ticket_id._flow_clean_text(env._("Parts"), parts),
            "click_key": key,
        }
        with once(env.cr, "itsm_work_line_click_uniq"):
            line.create(values)


def fill_form(job, cause, action_taken, answers, photos=()):
    """Write the handling form: cause, action, and the questions of the category.

    :param photos: pairs (name, bytes) of pictures, which the desk sees in the messages
    """
    check_open(job)
    ticket = job.ticket_id
    draft = get_drafts(ticket)
    label = draft._flow_field_label
    given = {
        "cause": ticket._flow_clean_text(label("cause"), cause),
        "action_taken": ticket._flow_clean_text(label("action_taken"), action_taken),
    }
    with recorded_as(partner=job.env.user.partner_id):
        server_write(draft, {**given, "answers": answers})
    if photos:
        check_photos(job.env, photos)
        digests = [hashlib.sha256(content).hexdigest() for _name, content in photos]
        if _is_first_click(job, *digests):
            _post(job, Markup(), attachments=list(photos))


def check_photos(env, photos):
    """Refuse what is no picture, by what the file is and not by its name."""
    wrong = [
        name
        for name, content in photos
        if guess_mimetype(content, default="") not in PHOTO_TYPES
    ]
    if wrong:
        raise UserError(
            env._(
                "These files are no pictures (JPEG, PNG, WebP): %s. Other files belong "
                "to the questions of the form.",
                format_list(env, wrong),
            )
        )


def hand_back(job, outcome, report):
    """Hand the ticket back to its owner: done, or declined with a reason.

    What is done comes with a complete handling form; the owner looks at it and tells
    the requester the solution.
    """
    check_open(job)
    env, ticket = job.env, job.ticket_id
    if outcome not in ("done", "declined"):
        raise UserError(env._("A ticket is handed back as done, or declined."))
    report = ticket._flow_clean_reason(env._("Report"), report)
    if outcome == "done":
        # What the owner adds: the code, what is given out of stock, and what becomes
        # of the equipment.
        own = {
            ticket._flow_field_label("resolution_code_id"),
            ticket._supply_label(),
            ticket._equipment_change_label(),
        }
        missing = ticket._flow_find_missing("solved", ticket.state, {})
        missing = [name for name in missing if name not in own]
        if missing:
            raise UserError(
                env._(
                    "%(ticket)s: fill in before you hand it back: %(names)s.",
                    ticket=ticket.name,
                    names=format_list(env, [f'"{name}"' for name in missing]),
                )
            )
    end_jobs(job, outcome, report)
    ticket.activity_schedule(
        "itsm_desk.mail_activity_type_vendor",
        user_id=ticket.user_id.id,
        summary=env._("Back from %s", job.partner_id.name),
        note=plaintext2html(report),
    )
    call_for_left(ticket)


def end_jobs(jobs, outcome, report):
    """Record that the vendors have the tickets no more."""
    jobs = jobs.filtered(lambda job: not job.returned_at)
    now = get_moment()
    for job in jobs:
        server_write(
            job,
            {
                "returned_at": now,
                "returned_by_id": job.env.user.partner_id.id,
                "outcome": outcome,
                "report": report,
            },
        )
        measure_job(job, now)
        job._drop_warning()
        with recorded_as(partner=job.env.user.partner_id):
            record_event(
                job.ticket_id,
                "vendor_back",
                old=job.partner_id.name,
                reason=report,
            )
    forget_jobs(jobs.ticket_id)
    sync_stays(jobs.ticket_id)


def measure_job(job, now):
    """Write how the supplier clock of a job stands: what is worked, until when.

    It starts at the hand-over, runs in the vendor's own hours and pauses while the
    ticket waits for the requester.
    """
    line = job._get_working_time()
    if not line:
        return
    target = round(job.target_hours * 3600)
    try:
        clock = measure_stay(
            line,
            job.sent_at,
            job.returned_at or None,
            job.ticket_id._get_waiting_pauses(),
            target,
            job.warn_percent,
        )
        worked = clock.consumed
        if clock.phase == sla_clock.RUNNING and now > clock.mark:
            worked += line.elapsed(clock.mark, now)
    except OutsideHorizonError:
        return
    due = clock.deadline if target else False
    server_write(
        job,
        {
            "worked_hours": worked / 3600,
            "due_at": due or job.returned_at and job.due_at or False,
            "warn_at": target and clock.warn_at or False,
            "is_missed": bool(target) and worked > target,
        },
    )


def measure_open_jobs(tickets):
    """Bring the clocks of those who have ``tickets`` up to what happened to these.

    :param tickets: in sudo
    """
    sent = tickets.filtered("vendor_partner_id")
    if sent:
        now = get_moment()
        for job in sent._get_vendor_job():
            measure_job(job, now)


def forget_jobs(tickets):
    """Let columns that tell of the jobs of ``tickets`` be read again."""
    tickets.invalidate_recordset(["is_with_vendor", "vendor_job_ids"])


class ItsmVendorJob(models.Model):
    """A ticket that is with a vendor: sent when and why, back when and how.

    The owner stays of the desk and answers for the ticket. The people of the vendor see
    and do in the portal what this room names, as long as the job is open.

    ========  ==============================  ==================================
    Right     Who                             Restriction
    ========  ==============================  ==================================
    read      technicians, quality, managers  of tickets that they read
    send      owner, lead, manager            the ticket is being worked on
    take back owner, lead, manager            while the vendor has it
    work      people of the vendor            in the portal, while it is open
    change    nobody
    ========  ==============================  ==================================
    """

    _name = "itsm.vendor.job"
    _inherit = ["itsm.server.rows.mixin", "itsm.told.late.mixin"]
    _description = "Ticket at a Vendor"
    _order = "sent_at desc, id desc"
    _rec_name = "ticket_id"
    _check_company_auto = True
    _late_end = "returned_at"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Vendor", required=True, index=True
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Technician of the Vendor",
        index="btree_not_null",
        help="Empty: everybody of the vendor who works on tickets.",
    )
    task = fields.Text(required=True, help="What the vendor shall do.")
    sent_by_id = fields.Many2one(
        comodel_name="res.users", string="Sent by", required=True
    )
    sent_at = fields.Datetime(string="Sent on", required=True)
    target_hours = fields.Float(
        string="Hours Given",
        aggregator="avg",
        help="Working hours that the vendor has: as its contact says, else as the "
        "service level policy of the ticket says. 0: no limit.",
    )
    due_at = fields.Datetime(
        string="Due Back on",
        help="By the working hours that the vendor has for a ticket. Empty while it "
        "waits for the requester.",
    )
    is_missed = fields.Boolean(
        string="Hours Used Up", help="The vendor took longer than the hours given."
    )
    returned_at = fields.Datetime(string="Back on")
    returned_by_id = fields.Many2one(comodel_name="res.partner", string="Returned by")
    outcome = fields.Selection(selection=OUTCOMES)
    report = fields.Text()
    worked_hours = fields.Float(
        string="Hours at the Vendor",
        aggregator="sum",
        help="Working hours of the vendor from the hand-over until it was back, "
        "without what was the requester's turn.",
    )
    click_key = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        export_string_translation=False,
        help="Of what a person of the vendor sent last: sent twice, it is said once.",
    )
    clicked_at = fields.Datetime(
        readonly=True,
        copy=False,
        groups="base.group_system",
        export_string_translation=False,
        help="When a person of the vendor sent something.",
    )
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )

    # Of the ticket, for lists, filters and reports
    team_id = fields.Many2one(related="ticket_id.team_id", store=True, index=True)
    service_id = fields.Many2one(related="ticket_id.service_id", store=True)

    _open_uniq = models.UniqueIndex(
        "(ticket_id) WHERE returned_at IS NULL",
        "A ticket is with one vendor at a time. Take it back first.",
    )
    _partner_idx = models.Index("(partner_id, returned_at, sent_at DESC)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("due_at", "returned_at", "is_missed")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for job in self:
            due = not job.returned_at and job.due_at
            job.is_late = job.is_missed or bool(due and due < now)

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        return [
            "|",
            ("is_missed", "=", True),
            "&",
            ("returned_at", "=", False),
            ("due_at", "<", now),
        ]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "What is with a vendor is recorded by the ticket itself. Use its "
            'buttons "Send to a Vendor" and "Take Back".'
        )

    def _get_late_user(self, is_late):
        """Tell the owner, who may take the ticket back."""
        return self.ticket_id.user_id or self.ticket_id.team_id.leader_id

    def _get_late_name(self):
        return self.partner_id.name

    def _get_late_summary(self, is_late):
        if is_late:
            return self.env._("%s is late with the ticket", self.partner_id.name)
        return self.env._("%s will soon be late with the ticket", self.partner_id.name)

    def _get_working_time(self):
        """Return the working hours of the vendor, or None where they are not fixed."""
        self.ensure_one()
        # sudo: whoever acts need not read calendars
        job = self.sudo()
        calendar = (
            job.partner_id.itsm_calendar_id
            or job.ticket_id.team_id.resource_calendar_id
            or job.company_id.resource_calendar_id
        )
        timeline = job.env["itsm.work.timeline"]._get_current(calendar, job.company_id)
        return timeline._get_working_time() if timeline else None


def send_to_vendor(ticket, partner, user, task):
    """Record that a ticket goes to a vendor, and tell its people by mail.

    :param ticket: in sudo; that the acting user may was judged by the caller
    """
    now = get_moment()
    jobs = ticket.env["itsm.vendor.job"]
    job = server_create(
        jobs,
        {
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "partner_id": partner.id,
            "user_id": user.id,
            "task": task,
            "sent_by_id": ticket.env.uid,
            "sent_at": now,
            **_prepare_target(ticket, partner),
        },
    )
    server_write(ticket, {"vendor_partner_id": partner.id, "vendor_user_id": user.id})
    measure_job(job, now)
    forget_jobs(ticket)
    sync_stays(ticket)
    record_event(ticket, "vendor_sent", new=partner.name, reason=task)
    people = user or partner._itsm_get_vendor_users(ticket.company_id)
    note(
        KIND,
        "itsm_desk.mail_template_vendor_job",
        [(job, person) for person in people.partner_id],
        needs=("outcome",),
    )
    return job


def tell_not_mailed(job, row):
    """Say on the ticket who of the vendor was not told, and ask the desk to do it."""
    ticket, env = job.ticket_id, job.env
    ticket._message_log(
        body=env._(
            "%s was not told of this: the mail could not be made.", row.partner_id.name
        ),
        author_id=env.ref("base.partner_root").id,
    )
    ticket._call_desk(env._("Tell the vendor: a mail failed"), ticket)


@makes(KIND, tell=tell_not_mailed)
def mail_job(job, row):
    """Mail one person of the vendor that a ticket was sent there."""
    person = row.partner_id.with_env(job.env)
    # Whoever answers the mail writes to the desk, about this ticket.
    reply_to = job.ticket_id._notify_get_reply_to().get(job.ticket_id.id)
    lang = person.lang or job.env.lang
    # Without it core takes the language of the company of the vendor.
    template = job.env.ref(row.template).with_context(template_preview_lang=lang)
    template.send_mail(
        job.id,
        email_values={
            "email_to": person.email_formatted,
            "recipient_ids": [],
            **({"reply_to": reply_to} if reply_to else {}),
        },
    )


def _prepare_target(ticket, partner):
    """Return the hours that a vendor has, and when to warn that they run out.

    The hours of its contact, else those of the ticket's policy (0 for none).
    """
    targets = ticket.env["itsm.sla.policy"]._get_targets(ticket)
    target = targets.get((ticket.id, "vendor"))
    hours = target.seconds / 3600 if target else 0.0
    return {
        "target_hours": partner.itsm_target_hours or hours,
        "warn_percent": target.warn_percent if target else sla_clock.WARN_PERCENT,
    }
