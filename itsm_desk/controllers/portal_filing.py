import base64
from datetime import timedelta
from uuid import uuid4

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import plaintext2html

from ..models.base.ir_http import reads_only
from ..models.base.selections import URGENCIES
from ..models.form.itsm_form_answer import say_faults
from ..models.form.one_click import get_click_key
from ..models.knowledge.itsm_search_log import find_filed, record_search
from ..tools.upload import MAX_FILE_BYTES, MAX_FILES, MAX_REQUEST_BYTES, clean_name
from .portal import ItsmPortal, prepare_head

SUBJECT_LENGTH = 200
DESCRIPTION_LENGTH = 20_000
TICKETS_AN_HOUR = 20
"""How many tickets one person may file in the portal within an hour."""


def _get_size(answer):
    """Return the bytes of an answer that is a file."""
    return len(base64.b64decode(answer["data"])) if isinstance(answer, dict) else 0


class ItsmPortalFiling(ItsmPortal):
    """The page on which a requester files a ticket, with the questions of its service.

    Without scripts a button shows the questions; with them they follow the choice of
    the service. What an answer means, and which is missing, the ticket decides.
    """

    def _itsm_services(self):
        return request.env["itsm.service"].search(
            [
                ("is_portal", "=", True),
                ("company_id", "in", [False, request.env.company.id]),
            ]
        )

    def _itsm_find_service(self, service_id):
        """Return the service that was chosen in the form, or none."""
        return self._itsm_services().filtered(
            lambda item: str(item.id) == str(service_id or "")
        )

    def _itsm_draft(self, service):
        """Return a ticket of ``service`` that is not filed yet."""
        # sudo: portal users read no forms; only the one of their service is shown
        draft = request.env["itsm.ticket"].sudo()
        return draft.new(
            {
                "service_id": service.id,
                "partner_id": request.env.user.partner_id.id,
                "company_id": request.env.company.id,
                "channel": "portal",
            }
        )

    def _itsm_prepare_questions(self, service, values, wrong=None):
        """Return what the questions of ``service`` are shown with.

        :param dict values: what was typed into the page, by name
        :param dict wrong: what is wrong with answers, by question id
        """
        return {
            "asked_service": service,
            "form": values,
            "questions": self._itsm_draft(service).request_answers["questions"],
            "wrong_answers": wrong or {},
        }

    def _itsm_render_new(self, values, error=None, field=None, wrong=None):
        """Show the form; ``error`` belongs to ``field``, where it names one.

        A browser fills no file in again.

        :param dict wrong: what is wrong with answers, by question id
        """
        service = self._itsm_find_service(values.get("service_id"))
        return request.render(
            "itsm_desk.portal_new_ticket",
            {
                **self._prepare_portal_layout_values(),
                **self._itsm_prepare_questions(service, values, wrong),
                "page_name": "itsm_ticket_new",
                "services": self._itsm_services(),
                **prepare_head(request.env._("New ticket")),
                "urgencies": request.env["itsm.ticket"]
                ._fields["urgency"]
                ._description_selection(request.env),
                "search_session": values.get("search_session") or uuid4().hex,
                "error": error,
                "error_field": field,
                "files_lost": any(
                    file.filename for file in request.httprequest.files.values()
                ),
            },
        )

    @http.route(
        "/my/service-tickets/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=reads_only,
    )
    def itsm_ticket_new(self, service_id=None, **kw):
        """Show the form for a new ticket."""
        return self._itsm_render_new({"service_id": service_id})

    @http.route(
        "/my/service-tickets/new/questions",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=reads_only,
    )
    def itsm_ticket_questions(self, service_id=None, **kw):
        """Return the part of the page that asks what a service needs to know."""
        service = self._itsm_find_service(service_id)
        return request.render(
            "itsm_desk.portal_ticket_questions",
            self._itsm_prepare_questions(service, {}),
        )

    @http.route(
        "/my/service-tickets/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_ticket_create(self, **post):
        """File a ticket for the user himself."""
        # PostgreSQL takes no NUL.
        post = {
            name: value.replace("\0", "")
            for name, value in post.items()
            if isinstance(value, str)
        }
        if post.get("step") == "questions":
            # Without scripts: show what the chosen service asks.
            return self._itsm_render_new(post)
        subject = (post.get("subject") or "").strip()
        service = self._itsm_find_service(post.get("service_id"))
        answers = self._itsm_read_answers(service, post)
        files = [
            (clean_name(file.filename), self._itsm_read_upload(file))
            for file in request.httprequest.files.getlist("attachments")[
                : MAX_FILES + 1
            ]
            if file.filename
        ]
        wrong = self._itsm_find_wrong_answers(service, answers)
        error = self._itsm_filing_error(
            subject,
            post.get("description") or "",
            [content for _name, content in files],
            sum(map(_get_size, answers.values())),
        )
        key = self._itsm_get_filing_key(post, files)
        if filed := key and find_filed(request.env, key):
            return self._itsm_show_filed(filed)
        if error or wrong:
            field, text = error or (None, None)
            return self._itsm_render_new(post, text, field, wrong)
        partner = request.env.user.partner_id
        # sudo: portal users have no right to create; the values are chosen here
        tickets = request.env["itsm.ticket"].sudo()
        try:
            with request.env.cr.savepoint():
                ticket = tickets.create(
                    self._itsm_prepare_ticket(post, subject, service, answers)
                )
        except UserError as error:
            # Nobody works at the desk of this company yet, or the form was changed.
            return self._itsm_render_new(post, str(error))
        record_search(
            request.env,
            post.get("search_session"),
            "filed",
            subject,
            ticket_id=ticket.id,
            service_id=service.id,
            filing_key=key,
        )
        if files:
            ticket.message_post(
                body=request.env._("Files of the requester"),
                attachments=files,
                author_id=partner.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return self._itsm_show_filed(ticket)

    def _itsm_show_filed(self, ticket):
        self._itsm_flash(
            request.env._("Thank you. Your ticket %s was filed.", ticket.name)
        )
        return request.redirect(f"/my/service-tickets/{ticket.id}")

    def _itsm_get_filing_key(self, post, files):
        """Return the key of this click, nothing for a form that was not opened here.

        Whoever goes back, writes something else and sends again files another ticket.
        """
        if not post.get("search_session"):
            return False
        said = sorted(item for item in post.items() if item[0] != "csrf_token")
        sent = [get_click_key(name, content) for name, content in files]
        return get_click_key(request.env.uid, said, sent)

    def _itsm_prepare_ticket(self, post, subject, service, answers):
        """Return the values of a ticket that the user files in the page for himself."""
        values = {
            "subject": subject,
            "description": plaintext2html(post.get("description") or ""),
            "service_id": service.id,
            "place": "on_site" if post.get("place") == "on_site" else "remote",
            "channel": "portal",
            "partner_id": request.env.user.partner_id.id,
            "company_id": request.env.company.id,
        }
        if answers:
            values["request_answers"] = answers
        if post.get("urgency") in dict(URGENCIES):
            values["urgency"] = post["urgency"]
        return values

    def _itsm_read_answers(self, service, post):
        """Return ``{question id: value}`` of the answers in the page."""
        # sudo: portal users read no forms; their service is shown to them
        form = service.sudo().request_form_id.filtered("active")
        answers = {}
        for question in form.question_ids:
            name = f"question_{question.id}"
            if question.kind != "file":
                answers[question.id] = post.get(name)
                continue
            file = request.httprequest.files.get(name)
            if file and file.filename:
                answers[question.id] = {
                    "name": clean_name(file.filename),
                    "data": base64.b64encode(self._itsm_read_upload(file)).decode(),
                }
        return answers

    def _itsm_find_wrong_answers(self, service, answers):
        """Return ``{question id: what is wrong with its answer}``."""
        draft = self._itsm_draft(service)
        questions = draft._get_request_questions()
        wrong = say_faults(questions, answers, draft._get_own_equipment())
        for question in questions:
            if _get_size(answers.get(question.id)) > MAX_FILE_BYTES:
                wrong[question.id] = request.env._(
                    '"%s": choose a file of at most 10 MB.', question.name
                )
        return wrong

    def _itsm_read_upload(self, file):
        """Return the bytes of an upload, one more than allowed at the most.

        A request that is tried again begins anew: core rewinds the first file of each
        field only, and the others would be stored empty.
        """
        file.seek(0)
        return file.read(MAX_FILE_BYTES + 1)

    def _itsm_filing_error(self, subject, description, contents, answered):
        """Return ``(field, what is wrong)`` of a new ticket, or None.

        :param contents: list of the bytes of the files
        :param int answered: bytes of the files that are answers
        """
        env = request.env
        if not subject:
            return "subject", env._("Say in a few words what it is about.")
        if len(subject) > SUBJECT_LENGTH:
            return "subject", env._(
                "Keep the subject short, and tell more in the description."
            )
        if len(description) > DESCRIPTION_LENGTH:
            return "description", env._(
                "The description is too long. Attach it as a file."
            )
        if len(contents) > MAX_FILES:
            return "attachments", env._(
                "Attach at most %s files, or send them in a second message.", 10
            )
        if (
            any(len(content) > MAX_FILE_BYTES for content in contents)
            or answered + sum(map(len, contents)) > MAX_REQUEST_BYTES
        ):
            return "attachments", env._(
                "A file may have 10 MB, and all files together 32 MB. Tell the service "
                "desk in the description where it finds larger ones."
            )
        # sudo: counts what the user filed, whatever the user may read of it
        recent = request.env["itsm.ticket"].sudo()
        recent = recent.search_count(
            [
                ("partner_id", "=", request.env.user.partner_id.id),
                ("channel", "=", "portal"),
                ("create_date", ">=", fields.Datetime.now() - timedelta(hours=1)),
            ],
            limit=TICKETS_AN_HOUR,
        )
        if recent >= TICKETS_AN_HOUR:
            return None, env._(
                "You filed %s tickets within an hour. Wait a little, write in one of "
                "them, or call the service desk.",
                TICKETS_AN_HOUR,
            )
        return None
