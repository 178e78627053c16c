from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..models.base.ir_http import reads_only
from ..models.mail.complaining import complain_by_link
from ..models.quality.complaint_links import (
    accept_by_link,
    check_holder,
    is_answer_token,
    refuse_by_link,
)
from ..models.ticket.ticket_links import is_complain_link
from . import links
from .complaints import ItsmComplaints, read_complaint
from .portal import prepare_head


class ItsmComplaintLinks(ItsmComplaints):
    """Complain, and say what one thinks of the answer, by the links of our mails.

    For people without a log-in. A link is kept by the session; what is decided comes
    by POST with CSRF.
    """

    # ------------------------------------------------------------
    # COMPLAIN ABOUT A TICKET
    # ------------------------------------------------------------

    @http.route(
        "/my/service-tickets/<int:ticket_id>/complain",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=reads_only,
    )
    def itsm_complain_by_link(self, ticket_id, link=None, **kw):
        """Show the form to complain about the ticket of a mail."""
        is_new = bool(link)
        link = link or links.find("complain", ticket_id)
        try:
            ticket = self._itsm_linked_ticket(ticket_id, link)
        except AccessError as error:
            return self._itsm_render_refused(error)
        if is_new:
            links.keep("complain", ticket_id, link)
            return links.without_referrer(
                request.redirect(request.httprequest.path, local=True)
            )
        return self._itsm_render_linked(ticket, link)

    @http.route(
        "/my/service-tickets/<int:ticket_id>/complain",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def itsm_complain_by_link_file(self, ticket_id, link=None, **post):
        """File a complaint of whoever holds the link of the mail."""
        post = read_complaint(post)
        try:
            ticket = self._itsm_linked_ticket(ticket_id, link)
            self._itsm_check_complaint(post, ticket.partner_id)
            with request.env.cr.savepoint():
                complaint = complain_by_link(ticket, link, post)
        except AccessError as error:
            return self._itsm_render_refused(error)
        except UserError as error:
            return self._itsm_render_linked(ticket, link, post, str(error))
        return request.render(
            "itsm_desk.portal_complaint_done",
            {
                **prepare_head(request.env._("Complaint")),
                "text": request.env._(
                    "Thank you. Your complaint %s was filed. The answer comes by mail.",
                    complaint.name,
                ),
            },
        )

    def _itsm_linked_ticket(self, ticket_id, link):
        """Return the ticket, in sudo, that the holder of ``link`` may complain about.

        :raise AccessError: also for an unknown number
        """
        # sudo: whoever holds the link may have no account; it is compared next
        ticket = request.env["itsm.ticket"].sudo().browse(ticket_id).exists()
        if not link or not is_complain_link(ticket, link):
            raise AccessError(
                request.env._("This link has expired. Use the one of the last mail.")
            )
        check_holder(request.env, ticket.partner_id)
        return ticket

    def _itsm_render_linked(self, ticket, link, form=None, error=None):
        page = request.render(
            "itsm_desk.portal_complaint_new",
            {
                **prepare_head(request.env._("New complaint")),
                "page_name": "itsm_complaint",
                "ticket": ticket,
                "link": link,
                "services": request.env["itsm.service"],
                "form": form or {},
                "error": error,
            },
        )
        return links.without_referrer(page)

    # ------------------------------------------------------------
    # THE ANSWER
    # ------------------------------------------------------------

    @http.route(
        "/my/service-complaints/<int:complaint_id>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=reads_only,
    )
    def itsm_complaint_answer(self, complaint_id, token=None, **kw):
        """Show the answer to a complaint, and ask whether it is accepted."""
        is_new = bool(token)
        token = token or links.find("answer", complaint_id)
        try:
            complaint = self._itsm_linked_complaint(complaint_id, token)
        except AccessError as error:
            return self._itsm_render_refused(error)
        if is_new:
            links.keep("answer", complaint_id, token)
            return links.without_referrer(
                request.redirect(request.httprequest.path, local=True)
            )
        return self._itsm_render_answer(complaint, token)

    @http.route(
        "/my/service-complaints/<int:complaint_id>/answer",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def itsm_complaint_answer_decide(
        self, complaint_id, token=None, decision=None, reason=None, **kw
    ):
        """Accept the answer, or say what is missing."""
        try:
            complaint = self._itsm_linked_complaint(complaint_id, token)
            with request.env.cr.savepoint():
                if decision == "accept":
                    accept_by_link(complaint, token)
                    text = request.env._("Thank you, the complaint is closed.")
                else:
                    refuse_by_link(complaint, token, reason)
                    text = request.env._("Thank you. Somebody else looks at it again.")
        except AccessError as error:
            return self._itsm_render_refused(error)
        except UserError as error:
            return self._itsm_render_answer(complaint, token, str(error), reason)
        return request.render(
            "itsm_desk.portal_complaint_done",
            {**prepare_head(request.env._("Complaint")), "text": text},
        )

    def _itsm_linked_complaint(self, complaint_id, token):
        """Return the complaint, in sudo, whose answer the holder of ``token`` reads.

        :raise AccessError: also for an unknown number
        """
        # sudo: whoever holds the link may have no account; it is compared next
        complaint = request.env["itsm.complaint"].sudo().browse(complaint_id).exists()
        if not is_answer_token(complaint, token):
            raise AccessError(
                request.env._("This link has expired. Use the one of the last mail.")
            )
        check_holder(request.env, complaint.partner_id)
        return complaint

    def _itsm_render_answer(self, complaint, token, error=None, reason=None):
        page = request.render(
            "itsm_desk.portal_complaint_answer",
            {
                **prepare_head(request.env._("Complaint")),
                "page_name": "itsm_complaint",
                "complaint": complaint,
                "token": token,
                "error": error,
                "reason": reason,
            },
        )
        return links.without_referrer(page)

    def _itsm_render_refused(self, error):
        return request.render(
            "itsm_desk.portal_sign_off_refused",
            {**prepare_head(request.env._("Complaint")), "error": str(error)},
        )
