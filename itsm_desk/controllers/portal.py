from datetime import timedelta
from uuid import uuid4

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import consteq, plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.base.selections import OPEN_STATES
from ..models.knowledge.itsm_search_log import record_search
from ..models.ticket.itsm_ticket_sign_off import (
    follow_up_by_link,
    refuse_solution_by_link,
    sign_off_by_link,
)
from ..models.ticket.ticket_links import is_page_link
from ..tools.upload import MAX_FILE_BYTES, MAX_FILES, MAX_REQUEST_BYTES, clean_name
from . import links

SUBJECT_LENGTH = 200
DESCRIPTION_LENGTH = 20_000
TICKETS_AN_HOUR = 20
"""How many tickets one person may file in the portal within an hour."""


def prepare_head(title):
    """Return the values that name a page of ours, for all layouts of the portal."""
    return {"title": title, "additional_title": title, "pageName": "o_itsm_portal"}


class ItsmPortal(CustomerPortal):
    """The requester's side of the desk: file, follow, answer, sign off.

    Reading routes stay on the read-only cursor. Writing ones are POST with CSRF and
    end in the ticket's verbs as the acting user, which judge person and state.
    """

    # ------------------------------------------------------------
    # LIST
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "itsm_ticket_count" in counters:
            tickets = request.env["itsm.ticket"]
            values["itsm_ticket_count"] = (
                tickets.search_count(self._itsm_domain())
                if tickets.has_access("read")
                else 0
            )
        return values

    def _itsm_domain(self):
        """Return the tickets of the user, and of a customer that shares them.

        Technicians may read more, but this is the page for one's own tickets.
        """
        partner = request.env.user.partner_id
        domain = Domain("partner_id", "=", partner.id)
        if request.env.user.share:
            domain |= (
                Domain("company_id.itsm_portal_share", "=", True)
                & Domain("requester_company_id", "=", partner.commercial_partner_id.id)
                & Domain("shared_user_ids", "in", request.env.user.ids)
            )
        return domain

    def _itsm_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "create_date desc, id desc",
            },
            "name": {"label": request.env._("Number"), "order": "name, id"},
            "state": {"label": request.env._("State"), "order": "state, id desc"},
        }

    def _itsm_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {
                "label": request.env._("Open"),
                "domain": Domain("state", "in", (*OPEN_STATES, "solved")),
            },
            "solved": {
                "label": request.env._("To sign off"),
                "domain": Domain("state", "=", "solved"),
            },
            "closed": {
                "label": request.env._("Closed"),
                "domain": Domain("state", "in", ("closed", "refused", "cancelled")),
            },
        }

    @http.route(
        ["/my/service-tickets", "/my/service-tickets/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def itsm_tickets(
        self, page=1, sortby=None, filterby=None, search=None, search_in=None, **kw
    ):
        """List the tickets of the user."""
        sortings, filters = self._itsm_sortings(), self._itsm_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        domain = self._itsm_domain() & filters[filterby]["domain"]
        search = (search or "").replace("\0", "")
        if search:
            domain &= Domain("name", "ilike", search) | Domain(
                "subject", "ilike", search
            )
        tickets = request.env["itsm.ticket"]
        pager = portal_pager(
            url="/my/service-tickets",
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
            total=tickets.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        tickets = tickets.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        request.session["itsm_tickets_history"] = tickets.ids[:100]
        return request.render(
            "itsm_desk.portal_my_tickets",
            {
                **self._prepare_portal_layout_values(),
                "tickets": tickets,
                **prepare_head(request.env._("Tickets")),
                "page_name": "itsm_ticket",
                "default_url": "/my/service-tickets",
                "pager": pager,
                "searchbar_sortings": sortings,
                "sortby": sortby,
                "searchbar_filters": filters,
                "filterby": filterby,
                "searchbar_inputs": {
                    "all": {
                        "input": "all",
                        "label": request.env._("Search in number and subject"),
                    }
                },
                "search_in": "all",
                "search": search,
            },
        )

    # ------------------------------------------------------------
    # FILING
    # ------------------------------------------------------------

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

    def _itsm_render_new(self, values, error=None, field=None):
        """Show the form; ``error`` belongs to ``field``, where it names one."""
        return request.render(
            "itsm_desk.portal_new_ticket",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "itsm_ticket_new",
                "services": self._itsm_services(),
                **prepare_head(request.env._("New ticket")),
                "form": values,
                "search_session": values.get("search_session") or uuid4().hex,
                "error": error,
                "error_field": field,
            },
        )

    @http.route(
        "/my/service-tickets/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=True,
    )
    def itsm_ticket_new(self, service_id=None, **kw):
        """Show the form for a new ticket."""
        return self._itsm_render_new({"service_id": service_id})

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
        subject = (post.get("subject") or "").strip()
        service = self._itsm_find_service(post.get("service_id"))
        files = [
            (clean_name(file.filename), self._itsm_read_upload(file))
            for file in request.httprequest.files.getlist("attachments")[
                : MAX_FILES + 1
            ]
            if file.filename
        ]
        error = self._itsm_filing_error(
            subject,
            post.get("description") or "",
            [content for _name, content in files],
        )
        if error:
            field, text = error
            return self._itsm_render_new(post, text, field)
        partner = request.env.user.partner_id
        # sudo: portal users have no right to create; the values are chosen here
        tickets = request.env["itsm.ticket"].sudo()
        try:
            with request.env.cr.savepoint():
                ticket = tickets.create(
                    {
                        "subject": subject,
                        "description": plaintext2html(post.get("description") or ""),
                        "service_id": service.id,
                        "place": "on_site"
                        if post.get("place") == "on_site"
                        else "remote",
                        "channel": "portal",
                        "partner_id": partner.id,
                        "company_id": request.env.company.id,
                    }
                )
        except UserError as error:
            # Nobody works at the desk of this company yet.
            return self._itsm_render_new(post, str(error))
        record_search(
            request.env,
            post.get("search_session"),
            "filed",
            subject,
            ticket_id=ticket.id,
            service_id=service.id,
        )
        if files:
            ticket.message_post(
                body=request.env._("Files of the requester"),
                attachments=files,
                author_id=partner.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self._itsm_flash(
            request.env._("Thank you. Your ticket %s was filed.", ticket.name)
        )
        return request.redirect(f"/my/service-tickets/{ticket.id}")

    def _itsm_read_upload(self, file):
        """Return the bytes of an upload, one more than allowed at the most.

        A request that is tried again begins anew: core rewinds the first file of each
        field only, and the others would be stored empty.
        """
        file.seek(0)
        return file.read(MAX_FILE_BYTES + 1)

    def _itsm_filing_error(self, subject, description, contents):
        """Return ``(field, what is wrong)`` of a new ticket, or None.

        :param contents: list of the bytes of the files
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
            or sum(map(len, contents)) > MAX_REQUEST_BYTES
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

    # ------------------------------------------------------------
    # ONE TICKET
    # ------------------------------------------------------------

    def _itsm_read(self, ticket_id, access_token=None, link=None):
        """Return the ticket for reading, or a page that says there is none.

        An unknown number is compared like a known one, and answers alike.

        :param str access_token: the requester's, from the ticket's own page
        :param str link: from a mail
        """
        ticket = request.env["itsm.ticket"].browse(ticket_id)
        # sudo: whoever holds a link may have no account; it is compared next
        found = ticket.sudo().exists()
        expected = found.access_token or "no token"
        is_holder = consteq(
            expected.encode(), str(access_token or "").encode(errors="replace")
        )
        is_holder |= is_page_link(found, link)
        if not found or not (is_holder or ticket.has_access("read")):
            raise NotFound()
        return found

    def _itsm_exchange(self, ticket_id, **secrets):
        """Keep the secrets of a link in the session and go to the plain address."""
        for name, secret in secrets.items():
            if secret:
                links.keep(name, ticket_id, secret)
        return links.without_referrer(
            request.redirect(request.httprequest.path, local=True)
        )

    def _itsm_own(self, ticket_id):
        """Return the user's own ticket, with no more than the user's rights."""
        ticket = request.env["itsm.ticket"].browse(ticket_id).exists()
        if (
            not ticket.has_access("read")
            or ticket.partner_id != request.env.user.partner_id
        ):
            raise NotFound()
        return ticket

    @http.route(
        "/my/service-tickets/<int:ticket_id>",
        type="http",
        auth="public",
        website=True,
        readonly=True,
    )
    def itsm_ticket(self, ticket_id, access_token=None, link=None, **kw):
        """Show one ticket with its messages."""
        if access_token or link:
            self._itsm_read(ticket_id, access_token, link)
            return self._itsm_exchange(ticket_id, token=access_token, page=link)
        access_token = links.find("token", ticket_id)
        link = links.find("page", ticket_id)
        ticket = self._itsm_read(ticket_id, access_token, link)
        if is_page_link(ticket, link):
            # The chatter of the page asks for the token with each call.
            access_token = ticket.access_token
        user = request.env.user
        own = ticket.partner_id == user.partner_id
        # what the user himself may do, not the superuser who reads
        own_ticket = request.env["itsm.ticket"].browse(ticket_id if own else [])
        if user._is_internal() and not own:
            return request.redirect(f"/odoo/service-tickets/{ticket.id}")
        values = self._get_page_view_values(
            ticket, access_token, {}, "itsm_tickets_history", False, **kw
        )
        for name in ("prev_record", "next_record"):
            # Core leads to the neighbours by their tokens.
            values[name] = (values.get(name) or "").partition("?")[0]
        page = request.render(
            "itsm_desk.portal_ticket",
            {
                **values,
                **prepare_head(f"{ticket.name} {ticket.subject}"),
                "page_name": "itsm_ticket",
                "ticket": ticket,
                "own_ticket": own_ticket,
                "flash": request.session.pop("itsm_flash", None),
            },
        )
        return links.without_referrer(page)

    def _itsm_flash(self, text, kind="success"):
        """Keep what the next page says about the last step."""
        request.session["itsm_flash"] = {"text": text, "kind": kind}

    def _itsm_step(self, ticket_id, step, done):
        """Take a step as the user, and go back to the ticket.

        :param str done: what the ticket says then
        """
        ticket = self._itsm_own(ticket_id)
        try:
            with request.env.cr.savepoint():
                result = step(ticket)
        except UserError as error:
            self._itsm_flash(str(error), "danger")
            result = None
        else:
            self._itsm_flash(done)
        target = result["res_id"] if isinstance(result, dict) else ticket.id
        return request.redirect(f"/my/service-tickets/{target}")

    @http.route(
        "/my/service-tickets/<int:ticket_id>/reopen",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_ticket_reopen(self, ticket_id, reason=None, **kw):
        """Take a solved ticket up again, or follow up a closed one."""
        return self._itsm_step(
            ticket_id,
            lambda ticket: ticket.action_reopen(reason),
            request.env._("Thank you, we take it up again."),
        )

    @http.route(
        "/my/service-tickets/<int:ticket_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_ticket_cancel(self, ticket_id, reason=None, **kw):
        """Withdraw a ticket that is not needed any more."""
        return self._itsm_step(
            ticket_id,
            lambda ticket: ticket.action_cancel(reason),
            request.env._("The ticket is cancelled."),
        )

    # ------------------------------------------------------------
    # SIGN-OFF
    # ------------------------------------------------------------

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
        readonly=True,
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

    def _itsm_render_closed(self, ticket, token, error=None):
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
                return self._itsm_render_closed(ticket, token, str(error))
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
