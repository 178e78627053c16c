from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.http import request

from ..models.base.ir_http import reads_only
from ..models.ticket.itsm_ticket_sign_off import (
    follow_up_by_link,
    refuse_solution_by_link,
    sign_off_by_link,
)
from ..models.ticket.ticket_links import get_complain_url
from . import links
from .portal import ItsmPortal, prepare_head


class ItsmPortalSignOff(ItsmPortal):
    """The page on which a requester signs off and rates, or says it is not solved.

    Logged in, or by the signed link of a mail. Writing is POST with CSRF.
    """

    def _itsm_signer(self, ticket_id, token):
        """Return the ticket that whoever asks may sign off as its requester.

        Logged in, or by the signed link of the mail that told the solution.
        """
        if not token:
            if request.env.user._is_public():
                raise NotFound()
            return self._itsm_own(ticket_id)
        # sudo: whoever holds the link may have no account; the token is checked next
        ticket = request.env["itsm.ticket"].sudo().browse(ticket_id).exists()
        if not ticket._is_sign_off_token(token):
            # An unknown number and a wrong link are told the same.
            raise AccessError(
                request.env._(
                    "This link is out of date: the ticket was solved again, or was "
                    "given to somebody else, after it was sent. Use the link of the "
                    "last mail."
                )
            )
        ticket._check_link_holder(token)
        return ticket

    def _itsm_find_sign_off(self, ticket_id):
        """Return the token of the link that this session came by, while it holds."""
        token = links.find("sign_off", ticket_id)
        # sudo: as above
        ticket = request.env["itsm.ticket"].sudo().browse(ticket_id).exists()
        return token if token and ticket._is_sign_off_token(token) else None

    def _itsm_render_sign_off(self, ticket, token, error=None, form=None):
        page = request.render(
            "itsm_desk.portal_sign_off",
            {
                **prepare_head(ticket.sudo().subject),  # sudo: as below
                "page_name": "itsm_ticket",
                # sudo: the page names owner and company, unreadable to its reader
                "ticket": ticket.sudo(),
                "token": token or "",
                "error": error,
                "form": form or {},
                "complain_url": token and get_complain_url(ticket.sudo()),  # as above
                "no_breadcrumbs": bool(token),
            },
        )
        return links.without_referrer(page)

    @http.route(
        "/my/service-tickets/<int:ticket_id>/sign_off",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        readonly=reads_only,
    )
    def itsm_sign_off_page(self, ticket_id, token=None, **kw):
        """Show the solution and the form to sign it off."""
        is_new = bool(token)
        token = token or self._itsm_find_sign_off(ticket_id)
        if not token and request.env.user._is_public():
            # A link that this session came by, and that has ended since.
            token = links.find("sign_off", ticket_id)
        try:
            ticket = self._itsm_signer(ticket_id, token)
        except AccessError as error:
            return request.render(
                "itsm_desk.portal_sign_off_refused",
                {**prepare_head(request.env._("Sign-off")), "error": str(error)},
            )
        if is_new:
            return self._itsm_exchange(ticket_id, sign_off=token)
        if token and ticket.state == "closed":
            return self._itsm_render_closed(ticket, token)
        if ticket.state != "solved":
            return request.redirect(f"/my/service-tickets/{ticket_id}")
        return self._itsm_render_sign_off(ticket, token)

    def _itsm_render_closed(self, ticket, token, error=None, reason=None):
        """Say when a ticket was signed off, and let its requester take it up again."""
        page = request.render(
            "itsm_desk.portal_sign_off_closed",
            {
                **prepare_head(ticket.sudo().subject),  # sudo: as below
                "page_name": "itsm_ticket",
                # sudo: whoever holds the link may have no account
                "ticket": ticket.sudo(),
                "token": token,
                "error": error,
                "reason": reason,
                # sudo: as above
                "complain_url": get_complain_url(ticket.sudo()),
                "no_breadcrumbs": True,
            },
        )
        return links.without_referrer(page)

    @http.route(
        "/my/service-tickets/<int:ticket_id>/sign_off",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
    )
    def itsm_sign_off(self, ticket_id, token=None, **post):
        """Sign off and rate, or say that it is not solved."""
        try:
            ticket = self._itsm_signer(ticket_id, token)
            with request.env.cr.savepoint():
                self._itsm_answer(ticket, token, post)
        except AccessError as error:
            return request.render(
                "itsm_desk.portal_sign_off_refused",
                {**prepare_head(request.env._("Sign-off")), "error": str(error)},
            )
        except (UserError, ValidationError) as error:
            if token and ticket.state == "closed":
                return self._itsm_render_closed(
                    ticket, token, str(error), post.get("reason")
                )
            return self._itsm_render_sign_off(ticket, token, str(error), post)
        if token and request.env.user._is_public():
            # sudo: a visitor has no right on the ticket just signed by the link
            values = {"ticket": ticket.sudo()}
            values.update(prepare_head(values["ticket"].subject))
            return request.render("itsm_desk.portal_sign_off_done", values)
        self._itsm_flash(
            request.env._("Thank you. We continue to work on it.")
            if post.get("answer") == "refuse"
            else request.env._("Thank you, it is signed off.")
        )
        return request.redirect(f"/my/service-tickets/{ticket_id}")

    def _itsm_answer(self, ticket, token, post):
        """Sign off or send back, by the link or as the user who is logged in."""
        if post.get("answer") == "refuse":
            if token and ticket.state == "closed":
                follow_up_by_link(ticket, token, post.get("reason"))
            elif token:
                refuse_solution_by_link(ticket, token, post.get("reason"))
            else:
                ticket.action_refuse_solution(post.get("reason"))
            return
        names = "rating", "comment", "signature", "signed_name"
        answer = [post.get(name) for name in names]
        if token:
            sign_off_by_link(ticket, token, *answer)
        else:
            ticket._sign_off("portal", *answer)
