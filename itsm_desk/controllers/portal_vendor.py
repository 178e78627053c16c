import base64
from uuid import uuid4

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.base.ir_http import reads_only
from ..models.form.itsm_form_answer import get_payload
from ..models.handling.itsm_work_line import PLACES
from ..models.ticket.ticket_answer import is_public
from ..models.vendor.itsm_vendor_job import (
    fill_form,
    find_jobs,
    hand_back,
    note_work,
    say,
)
from ..tools.upload import MAX_FILE_BYTES, MAX_FILES, MAX_REQUEST_BYTES, clean_name
from .portal import prepare_head

JOB = "/my/vendor-jobs/<int:job_id>"
NOTE_LENGTH = 500


def get_messages(job):
    """Return the messages of the ticket that the acting person of the vendor reads.

    Those to the requester, until the ticket was back, and one's own.
    """
    partner = job.env.user.partner_id
    until = job.returned_at or fields.Datetime.now()
    return job.ticket_id.message_ids.filtered(
        lambda message: (
            message.author_id == partner
            or (is_public(message) and message.date <= until)
        )
    )


class ItsmPortalVendor(CustomerPortal):
    """The side of a vendor: the tickets that were sent to it, and work on them.

    Each page begins with the jobs of the user, without which there is nothing to see.
    It shows number, subject, description, equipment and place of a ticket, the name of
    the requester, and what was said in public; no addresses and no phones.
    """

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "itsm_job_count" in counters:
            values["itsm_job_count"] = len(
                find_jobs(request.env.user, [("returned_at", "=", False)])
            )
        return values

    def _itsm_find_job(self, job_id):
        """Return the job for the user's own vendor, in sudo, or a page of none."""
        job = find_jobs(request.env.user, [("id", "=", job_id)])
        if not job:
            raise NotFound()
        return job

    def _itsm_check_vendor(self):
        if not request.env.user.has_group("itsm_desk.group_itsm_vendor"):
            raise NotFound()

    @http.route(
        ["/my/vendor-jobs", "/my/vendor-jobs/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def itsm_vendor_jobs(self, page=1, filterby=None, **kw):
        """List the tickets that are with the vendor of the user, or were."""
        self._itsm_check_vendor()
        filters = {
            "open": {
                "label": request.env._("With you"),
                "domain": Domain("returned_at", "=", False),
            },
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }
        filterby = filterby if filterby in filters else "open"
        user, domain = request.env.user, filters[filterby]["domain"]
        pager = portal_pager(
            url="/my/vendor-jobs",
            url_args={"filterby": filterby},
            total=len(find_jobs(user, domain)),
            page=page,
            step=self._items_per_page,
        )
        return request.render(
            "itsm_desk.portal_vendor_jobs",
            {
                **self._prepare_portal_layout_values(),
                **prepare_head(request.env._("Tickets for my company")),
                "page_name": "itsm_vendor_job",
                "default_url": "/my/vendor-jobs",
                "jobs": find_jobs(
                    user,
                    domain,
                    order="due_at, sent_at, id",
                    limit=self._items_per_page,
                    offset=pager["offset"],
                ),
                "pager": pager,
                "searchbar_filters": filters,
                "filterby": filterby,
            },
        )

    @http.route(JOB, type="http", auth="user", website=True, readonly=reads_only)
    def itsm_vendor_job(self, job_id, **kw):
        """Show one ticket, as far as a vendor may see it: less when it is back."""
        return self._itsm_render_job(self._itsm_find_job(job_id))

    def _itsm_render_job(self, job, form=None, field=None):
        """Show the page of a job.

        :param dict form: what was typed and refused, to be shown again
        :param str field: to be marked
        """
        ticket = job.ticket_id
        handling = ticket.handling_id.filtered(lambda one: one.state != "refused")
        payload = get_payload(
            ticket._get_handling_questions(),
            handling.answer_ids,
            ticket._get_own_equipment(),
        )
        given = {
            f"question_{key}": str(value)
            for key, value in payload["answers"].items()
            if not isinstance(value, dict)
        }
        files = {
            int(key): value["name"]
            for key, value in payload["answers"].items()
            if isinstance(value, dict)
        }
        return request.render(
            "itsm_desk.portal_vendor_job",
            {
                **self._prepare_portal_layout_values(),
                **prepare_head(f"{ticket.name} {ticket.subject}"),
                "page_name": "itsm_vendor_job",
                "job": job,
                "job_ticket": ticket,
                "handling": handling,
                # A file that was handed in is kept until another one takes its place.
                "questions": [
                    {**one, "need": "optional", "hint": files[one["id"]]}
                    if one["id"] in files
                    else one
                    for one in payload["questions"]
                ],
                "form": {**given, **(form or {})},
                "error_field": field,
                "opening": uuid4().hex,
                "asked_service": request.env["itsm.service"],
                "messages": get_messages(job),
                "places": PLACES,
                "flash": request.session.pop("itsm_flash", None),
            },
            status=200 if form is None else 422,
        )

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    def _itsm_work(self, job_id, act, done, post=None, field=None):
        """Let the user act on a job, and go back to its page.

        :param dict post: what was typed, to be shown again where it is refused
        :param str field: where something is wrong with what was typed, there
        """
        job = self._itsm_find_job(job_id)
        try:
            with request.env.cr.savepoint():
                act(job)
        except UserError as error:
            request.session["itsm_flash"] = {"text": str(error), "kind": "danger"}
            if post:
                return self._itsm_render_job(job, post, field)
        else:
            request.session["itsm_flash"] = {"text": done, "kind": "success"}
        return request.redirect(f"/my/vendor-jobs/{job.id}")

    @http.route(
        f"{JOB}/reply", type="http", auth="user", website=True, methods=["POST"]
    )
    def itsm_vendor_reply(self, job_id, text=None, to_requester=None, **kw):
        """Write to the service desk, or also to the requester."""
        return self._itsm_work(
            job_id,
            lambda job: say(job, text, is_public=to_requester == "1"),
            request.env._("Your message was sent."),
            {"text": text, "to_requester": to_requester},
            "text",
        )

    @http.route(f"{JOB}/work", type="http", auth="user", website=True, methods=["POST"])
    def itsm_vendor_work(
        self, job_id, minutes=None, place=None, note=None, parts=None, **post
    ):
        """Write down work that was done."""
        note, parts = ((text or "")[:NOTE_LENGTH] for text in (note, parts))
        opening = str(post.get("opening") or "")[:NOTE_LENGTH]
        return self._itsm_work(
            job_id,
            lambda job: note_work(job, minutes, place, note, parts, opening),
            request.env._("Your work was written down."),
            {"minutes": minutes, "place": place, "note": note, "parts": parts},
            "minutes",
        )

    @http.route(f"{JOB}/form", type="http", auth="user", website=True, methods=["POST"])
    def itsm_vendor_form(self, job_id, cause=None, action_taken=None, **post):
        """Fill in the handling form, with its files, and photos of the work."""
        typed = {name: text for name, text in post.items() if isinstance(text, str)}
        return self._itsm_work(
            job_id,
            lambda job: self._itsm_fill_form(job, cause, action_taken, typed),
            request.env._("The handling form was saved."),
            {**typed, "cause": cause, "action_taken": action_taken},
        )

    def _itsm_fill_form(self, job, cause, action_taken, typed):
        questions = job.ticket_id._get_handling_questions()
        answers, contents = {}, []
        for question in questions:
            name = f"question_{question.id}"
            if question.kind != "file":
                answers[question.id] = typed.get(name)
                continue
            for file_name, content in self._itsm_read_uploads(name)[:1]:
                contents.append(content)
                answers[question.id] = {
                    "name": file_name,
                    "data": base64.b64encode(content).decode(),
                }
        photos = self._itsm_read_uploads("photos")
        self._itsm_check_uploads(
            len(photos), [*contents, *(content for _name, content in photos)]
        )
        fill_form(job, cause, action_taken, answers, photos)

    def _itsm_read_uploads(self, name):
        """Return pairs (name, bytes) of the files of a field, at most a byte too many.

        A request that is tried again begins anew, see ``portal_filing``.
        """
        pairs = []
        for file in request.httprequest.files.getlist(name)[: MAX_FILES + 1]:
            if file.filename:
                file.seek(0)
                content = file.read(MAX_FILE_BYTES + 1)
                pairs.append((clean_name(file.filename), content))
        return pairs

    def _itsm_check_uploads(self, count, contents):
        """Refuse more photos, or larger files, than requesters may hand in.

        :param int count: how many photos there are
        """
        if count > MAX_FILES:
            raise UserError(
                request.env._("Add at most %s photos at a time.", MAX_FILES)
            )
        if (
            any(len(content) > MAX_FILE_BYTES for content in contents)
            or sum(map(len, contents)) > MAX_REQUEST_BYTES
        ):
            raise UserError(
                request.env._("A file may have 10 MB, and all files together 32 MB.")
            )

    @http.route(
        f"{JOB}/return", type="http", auth="user", website=True, methods=["POST"]
    )
    def itsm_vendor_return(self, job_id, outcome=None, report=None, **kw):
        """Hand the ticket back to the service desk."""
        return self._itsm_work(
            job_id,
            lambda job: hand_back(job, outcome, report),
            request.env._("Thank you. The service desk has it back."),
            {"report": report},
        )
