from datetime import timedelta

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.base.ir_http import reads_only
from ..models.quality.complaint_filing import file_complaint
from ..tools.typed_number import read_number
from .portal import REASON_LENGTH, prepare_head
from .portal_filing import DESCRIPTION_LENGTH, SUBJECT_LENGTH

COMPLAINTS_AN_HOUR = 5
"""How many complaints one person may file in the portal within an hour."""


def read_complaint(posted):
    """Return the texts of the form of a complaint; a box without a tick is empty.

    Files and other values that are no text are left out, and so is NUL, which
    PostgreSQL refuses.
    """
    texts = {
        name: value.replace("\0", "").strip()
        for name, value in posted.items()
        if isinstance(value, str)
    }
    return {"is_anonymous": "", **texts}


class ItsmComplaints(CustomerPortal):
    """Complaints of a requester: file, read the answer, accept it or not.

    Writing routes are POST with CSRF and end in ``file_complaint`` or the verbs of the
    complaint as the acting user.
    """

    @http.route(
        ["/my/service-complaints", "/my/service-complaints/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def itsm_complaints(self, page=1, **kw):
        """List the complaints of the user."""
        complaints = request.env["itsm.complaint"]
        domain = [("partner_id", "=", request.env.user.partner_id.id)]
        pager = portal_pager(
            url="/my/service-complaints",
            total=complaints.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        return request.render(
            "itsm_desk.portal_complaints",
            {
                **prepare_head(request.env._("Complaints")),
                "page_name": "itsm_complaint",
                "pager": pager,
                "complaints": complaints.search(
                    domain, limit=self._items_per_page, offset=pager["offset"]
                ),
            },
        )

    @http.route(
        "/my/service-complaints/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=reads_only,
    )
    def itsm_complaint_new(self, ticket_id=None, **kw):
        """Show the form for a new complaint."""
        return self._itsm_render_complaint({"ticket_id": ticket_id})

    @http.route(
        "/my/service-complaints/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_complaint_create(self, **post):
        """File a complaint of the user."""
        post = read_complaint(post)
        try:
            self._itsm_check_complaint(post)
            with request.env.cr.savepoint():
                complaint = file_complaint(
                    request.env,
                    {
                        "subject": post.get("subject"),
                        "description": post.get("description"),
                        "ticket_id": self._itsm_complained_ticket(post).id,
                        "service_id": self._itsm_complained_service(post).id,
                        "is_anonymous": post["is_anonymous"],
                        "channel": "portal",
                    },
                )
        except UserError as error:
            return self._itsm_render_complaint(post, str(error))
        self._itsm_tell(
            request.env._("Thank you. Your complaint %s was filed.", complaint.name)
        )
        return request.redirect(f"/my/service-complaints/{complaint.id}")

    @http.route(
        "/my/service-complaints/<int:complaint_id>",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def itsm_complaint(self, complaint_id, **kw):
        """Show one complaint with its answer."""
        complaint = self._itsm_own_complaint(complaint_id)
        return request.render(
            "itsm_desk.portal_complaint",
            {
                **prepare_head(f"{complaint.name} {complaint.subject}"),
                "page_name": "itsm_complaint",
                "complaint": complaint,
                "flash": request.session.pop("itsm_flash", None),
            },
        )

    @http.route(
        "/my/service-complaints/<int:complaint_id>/close",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_complaint_close(self, complaint_id, **kw):
        """Accept the answer."""
        return self._itsm_complaint_step(
            complaint_id,
            lambda complaint: complaint.action_close(),
            request.env._("Thank you, the complaint is closed."),
        )

    @http.route(
        "/my/service-complaints/<int:complaint_id>/refuse_answer",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_complaint_refuse_answer(self, complaint_id, reason=None, **kw):
        """Say why the answer is not accepted."""
        return self._itsm_complaint_step(
            complaint_id,
            lambda complaint: complaint.action_refuse_answer(reason),
            request.env._("Thank you. Somebody else looks at it again."),
            refuse_answer=reason,
        )

    @http.route(
        "/my/service-complaints/<int:complaint_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_complaint_withdraw(self, complaint_id, reason=None, **kw):
        """Take a complaint back."""
        return self._itsm_complaint_step(
            complaint_id,
            lambda complaint: complaint.action_withdraw(reason),
            request.env._("The complaint is withdrawn."),
            withdraw=reason,
        )

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _itsm_own_complaint(self, complaint_id):
        """Return the user's own complaint, with no more than the user's rights."""
        complaint = request.env["itsm.complaint"].browse(complaint_id).exists()
        if (
            not complaint.has_access("read")
            or complaint.partner_id != request.env.user.partner_id
        ):
            raise NotFound()
        return complaint

    def _itsm_complained_ticket(self, values):
        """Return the user's own ticket that the form names, or none."""
        tickets = request.env["itsm.ticket"]
        number = read_number(values.get("ticket_id"))
        if not number:
            return tickets
        return tickets.search(
            [
                ("id", "=", number),
                ("partner_id", "=", request.env.user.partner_id.id),
            ]
        )

    def _itsm_complained_service(self, values):
        services = self._itsm_portal_services()
        return services.filtered(
            lambda item: str(item.id) == str(values.get("service_id") or "")
        )

    def _itsm_portal_services(self):
        return request.env["itsm.service"].search(
            [
                ("is_portal", "=", True),
                ("company_id", "in", [False, request.env.company.id]),
            ]
        )

    def _itsm_check_complaint(self, values, partner=None):
        """Refuse texts that are too long, and more than a few complaints an hour.

        :param partner: who complains; without one the user
        """
        env = request.env
        partner = partner or env.user.partner_id
        if len(values.get("subject") or "") > SUBJECT_LENGTH:
            raise UserError(
                env._("Keep the subject short, and tell more in the description.")
            )
        if len(values.get("description") or "") > DESCRIPTION_LENGTH:
            raise UserError(env._("The description is too long. Shorten it."))
        # sudo: who complains by a link reads none; they are only counted
        complaints = env["itsm.complaint"].sudo()
        recent = complaints.search_count(
            [
                ("partner_id", "=", partner.id),
                ("filed_at", ">=", fields.Datetime.now() - timedelta(hours=1)),
            ],
            limit=COMPLAINTS_AN_HOUR,
        )
        if recent >= COMPLAINTS_AN_HOUR:
            raise UserError(
                env._(
                    "You filed %s complaints within an hour. Wait a little, or call "
                    "the service desk.",
                    COMPLAINTS_AN_HOUR,
                )
            )

    def _itsm_render_complaint(self, values, error=None):
        return request.render(
            "itsm_desk.portal_complaint_new",
            {
                **prepare_head(request.env._("New complaint")),
                "page_name": "itsm_complaint",
                "ticket": self._itsm_complained_ticket(values),
                "services": self._itsm_portal_services(),
                "form": values,
                "error": error,
            },
        )

    def _itsm_tell(self, text, kind="success", **typed):
        request.session["itsm_flash"] = {
            "text": text,
            "kind": kind,
            "typed": {
                name: str(value or "")[:REASON_LENGTH] for name, value in typed.items()
            },
        }

    def _itsm_complaint_step(self, complaint_id, step, done, **typed):
        """Take a step as the user, and go back to the complaint.

        :param typed: what was typed, shown again where the step is refused
        """
        complaint = self._itsm_own_complaint(complaint_id)
        try:
            with request.env.cr.savepoint():
                step(complaint)
        except UserError as error:
            self._itsm_tell(str(error), "danger", **typed)
        else:
            self._itsm_tell(done)
        return request.redirect(f"/my/service-complaints/{complaint_id}")
