from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import consteq

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.base.ir_http import reads_only
from ..models.base.selections import OPEN_STATES
from ..models.ticket.ticket_links import get_complain_url, is_page_link
from . import links

REASON_LENGTH = 4000
"""How much of a refused reason is shown again."""


def prepare_head(title):
    """Return the values that name a page of ours, for all layouts of the portal."""
    return {
        "title": title,
        "additional_title": title,
        "pageName": "o_itsm_portal",
        "moment": format_moment,
    }


def format_moment(moment, company):
    """Return a moment as every page and mail names it: with its zone.

    The browser says in which zone a visitor is; it may hold anything.
    """
    zone = request.env.user.tz or request.httprequest.cookies.get("tz")
    return company._itsm_format_moment(moment, zone)


class ItsmPortal(CustomerPortal):
    """The requester's side of the desk: find and follow tickets, take steps.

    Filing is in ``portal_filing``, signing off in ``portal_sign_off``.

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
            "open": {
                "label": request.env._("Open first"),
                "order": "is_ended, create_date desc, id desc",
            },
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
        readonly=reads_only,
    )
    def itsm_tickets(
        self, page=1, sortby=None, filterby=None, search=None, search_in=None, **kw
    ):
        """List the tickets of the user."""
        sortings, filters = self._itsm_sortings(), self._itsm_filters()
        sortby = sortby if sortby in sortings else "open"
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
        readonly=reads_only,
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
                # Who came by a link of a mail has its requester's rights here.
                "complain_url": user._is_public() and get_complain_url(ticket),
                "flash": request.session.pop("itsm_flash", None),
            },
        )
        return links.without_referrer(page)

    def _itsm_flash(self, text, kind="success", **typed):
        """Keep what the next page says about the last step.

        :param typed: what was typed and refused, by the name of the step
        """
        request.session["itsm_flash"] = {
            "text": text,
            "kind": kind,
            "typed": {
                name: str(value or "")[:REASON_LENGTH] for name, value in typed.items()
            },
        }

    def _itsm_step(self, ticket_id, step, done, target=None, **typed):
        """Take a step as the user, and go back to the ticket.

        :param str done: what the ticket says then
        :param str target: state in which a second click finds the step taken
        :param typed: what was typed, shown again where the step is refused
        """
        ticket = self._itsm_own(ticket_id)
        try:
            with request.env.cr.savepoint():
                result = step(ticket)
        except UserError as error:
            result = None
            if target and ticket.state == target:
                self._itsm_flash(done)
            else:
                self._itsm_flash(str(error), "danger", **typed)
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
            reopen=reason,
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
            "cancelled",
            cancel=reason,
        )
