from werkzeug.exceptions import Conflict

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import formatLang

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.bid import vendor, vendor_tasks
from ..models.integrity.kept_files import check_intact
from ..models.platform.ir_http import reads_only
from ..tools import upload
from ..tools.typed_number import read_number

FLASH = "outsourcing_flash"
MAX_TEXT_BYTES = 256 * 1024
"""The largest form without a file. A Chinese letter takes nine bytes of a form; longer
texts than the fields keep are cut or refused with a sentence."""


def prepare_head(title):
    """Return the values that name a page of ours, for all layouts of the portal."""
    return {
        "title": title,
        "additional_title": title,
        "pageName": "o_outsourcing_portal",
        "moment": format_moment,
        "number": format_number,
    }


def format_number(value, digits=None):
    """Return a number in the language of the page.

    :param int digits: decimals; as many as it needs, at most two, by default
    """
    if digits is None:
        needed = [count for count in (0, 1) if value == round(value, count)]
        digits = needed[0] if needed else 2
    return formatLang(request.env, value, digits=digits)


def format_moment(moment, company):
    """Return a moment as every page, refusal and notice names it.

    The browser says in which zone a visitor is; it may hold anything.
    """
    zone = request.env.user.tz or request.httprequest.cookies.get("tz")
    return company._outsourcing_format_moment(moment, zone)


class TenderPortal(CustomerPortal):
    """Notices for everybody, invited tenders for vendors.

    Visitors and vendors have no access rights on tenders. A route finds a
    tender by a domain that holds the right (public notice, own invitation, own
    bid) and shows chosen facts of it; what does not exist and what one may not
    see give the same 404.
    """

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "outsourcing_tender_count" in counters:
            Tender = request.env["outsourcing.tender"]
            # sudo: a vendor has no access to tenders; the domain finds its own.
            values["outsourcing_tender_count"] = Tender.sudo().search_count(
                Tender._get_vendor_domain()
            )
        wanted = {
            "outsourcing_confirm_count": "confirm",
            "outsourcing_hearing_count": "hearing",
            "outsourcing_invitation_count": "invitation",
        }
        if not wanted.keys().isdisjoint(counters):
            tasks = vendor_tasks.find_tasks(request.env)
            values |= {name: len(tasks[key]) for name, key in wanted.items()}
        return values

    def _find_tender(self, tender_id):
        """Return the tender, with sudo, when the acting user may see it."""
        Tender = request.env["outsourcing.tender"]
        domain = Tender._get_public_domain()
        if not request.env.user._is_public():
            domain |= Tender._get_vendor_domain()
        # sudo: visitors have no access; the domain finds public notices and the
        # tenders of the vendor.
        tender = Tender.sudo().search(Domain("id", "=", tender_id) & domain, limit=1)
        if not tender:
            raise request.not_found()
        return tender

    def _prepare_page(self, page_name, tender=None, **values):
        """Return the values that every page of ours needs."""
        page = self._prepare_portal_layout_values()
        record = tender or values.get("contract")
        # sudo: visitors may not read companies; how it counts days is no secret.
        ours = (record.company_id if record else request.env.company).sudo()
        page.update(
            {
                **prepare_head(self._get_page_title(page_name, record)),
                "page_name": page_name,
                "tender": tender,
                "moment": lambda moment, company=None: format_moment(
                    moment, company or ours
                ),
                "is_vendor": request.env.user.has_group("base.group_portal"),
                "flash": request.session.pop(FLASH, None),
                **values,
            }
        )
        return page

    def _get_page_title(self, page_name, record):
        """Return what the tab of the browser says."""
        if page_name == "my_bid":
            return request.env._("Your bid: %s", record.subject)
        if page_name == "my_contract_days":
            return request.env._("Days on site: %s", record.subject)
        if record:
            return record.subject
        titles = {
            "my_tenders": request.env._("Tenders"),
            "tender_notices": request.env._("Public tenders"),
            "my_contracts": request.env._("Service contracts"),
            "my_evaluations": request.env._("Evaluations"),
        }
        return titles.get(page_name, "")

    def _flash(self, text, kind="success"):
        request.session[FLASH] = {"text": text, "kind": kind}

    def _act(self, act, url, done=None, refused=None):
        """Call ``act``, and come back to ``url`` with its result or its refusal.

        A refused step is rolled back before the page is shown again, so that
        nothing of it stays; what must stay (a late attempt) is recorded by the
        model after the rollback.

        :param refused: renders the page with what was typed, in place of going back
        """
        try:
            result = act()
        except UserError as error:
            request.env.cr.rollback()
            self._flash(str(error), "danger")
            if refused:
                return refused()
        else:
            if done:
                self._flash(done(result) if callable(done) else done)
        return request.redirect(url)

    # ------------------------------------------------------------
    # PUBLIC NOTICES
    # ------------------------------------------------------------

    @http.route(
        ["/tenders", "/tenders/page/<int:page>"],
        type="http",
        auth="public",
        website=True,
        readonly=reads_only,
    )
    def tender_notices(self, page=1, show="open", **kwargs):
        Tender = request.env["outsourcing.tender"]
        running = Domain("state", "=", "published") & Domain(
            "bid_deadline", ">", fields.Datetime.now()
        )
        domain = Tender._get_public_domain()
        domain &= running if show == "open" else ~running
        # sudo: published notices of the public procedure are for everybody.
        Tender = Tender.sudo()
        pager = portal_pager(
            url="/tenders",
            url_args={"show": show},
            total=Tender.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        tenders = Tender.search(
            domain,
            order="bid_deadline, id" if show == "open" else "bid_deadline desc, id",
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        return request.render(
            "outsourcing_mgmt.portal_tender_notices",
            self._prepare_page(
                "tender_notices", tenders=tenders, pager=pager, show=show
            ),
        )

    @http.route(
        "/tenders/<int:tender_id>",
        type="http",
        auth="public",
        website=True,
        readonly=reads_only,
    )
    def tender_notice(self, tender_id, **kwargs):
        tender = self._find_tender(tender_id)
        return request.render(
            "outsourcing_mgmt.portal_tender_notice",
            self._prepare_page("tender_notice", tender),
        )

    @http.route(
        "/tenders/<int:tender_id>/documents/<int:document_id>",
        type="http",
        auth="public",
        readonly=reads_only,
    )
    def tender_document(self, tender_id, document_id, **kwargs):
        tender = self._find_tender(tender_id)
        document = tender.document_ids.filtered(
            lambda item: item.id == document_id and item.state != "draft"
        )
        if not document:
            raise request.not_found()
        try:
            check_intact(document)
        except UserError as error:
            request.env.cr.rollback()
            raise Conflict(str(error)) from None
        stream = request.env["ir.binary"]._get_stream_from(
            document,
            "file",
            filename=upload.clean_path(document.file_name or document.name),
        )
        return stream.get_response(as_attachment=True)

    # ------------------------------------------------------------
    # TENDERS OF A VENDOR
    # ------------------------------------------------------------

    @http.route(
        ["/my/tenders", "/my/tenders/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_tenders(self, page=1, **kwargs):
        Tender = request.env["outsourcing.tender"]
        domain = Tender._get_vendor_domain()
        # sudo: a vendor has no access; the domain finds the tenders that concern it.
        Tender = Tender.sudo()
        pager = portal_pager(
            url="/my/tenders",
            total=Tender.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        tenders = Tender.search(
            domain,
            order="bid_deadline desc, id desc",
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        bids = vendor.find_bids(tenders)
        invitations = vendor.find_invitations(tenders)
        bid_of, invitation_of = (
            {record.tender_id: record for record in records}
            for records in (bids, invitations)
        )
        state_of = {bid.tender_id: vendor.get_state(bid) for bid in bids}
        return request.render(
            "outsourcing_mgmt.portal_my_tenders",
            self._prepare_page(
                "my_tenders",
                rows=[
                    {
                        "tender": tender,
                        "bid": bid_of.get(tender, bids.browse()),
                        "bid_state": state_of.get(tender),
                        "invitation": invitation_of.get(tender, invitations.browse()),
                    }
                    for tender in tenders
                ],
                asked=vendor_tasks.find_asked(bids),
                pager=pager,
                default_url="/my/tenders",
            ),
        )

    @http.route(
        "/my/tenders/<int:tender_id>",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_tender(self, tender_id, **kwargs):
        return self._render_my_tender(self._find_tender(tender_id))

    def _render_my_tender(self, tender, field=None, typed=""):
        """Show a tender; with what was ``typed`` into a ``field`` and refused."""
        bid = vendor.find_bids(tender)
        bid_state = vendor.get_state(bid) if bid else None
        may_read = bid and bid_state != "stopped"
        return request.render(
            "outsourcing_mgmt.portal_my_tender",
            self._prepare_page(
                "my_tender",
                tender,
                refused=field,
                typed=typed,
                invitation=vendor.find_invitations(tender),
                bid=bid,
                bid_state=bid_state,
                result=vendor.get_result(bid) if may_read else None,
                hearings=vendor.get_hearings(bid) if may_read else (),
            ),
            status=422 if field else 200,
        )

    @http.route(
        "/my/tenders/<int:tender_id>/visit",
        type="http",
        auth="user",
        methods=["POST"],
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_tender_visit(self, tender_id, **post):
        """Note that the vendor saw the tender; sent by the page that is shown.

        Not by its address, which any page in the vendor's browser can call.
        """
        vendor.note_visit(self._find_tender(tender_id))
        return request.make_response("")

    @http.route(
        "/my/tenders/<int:tender_id>/answer",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_tender_answer(self, tender_id, response="", **post):
        tender = self._find_tender(tender_id)
        return self._act(
            lambda: vendor.answer_invitation(tender, response),
            f"/my/tenders/{tender_id}",
            request.env._("Thank you for your answer."),
        )

    @http.route(
        "/my/tenders/<int:tender_id>/question",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_tender_question(self, tender_id, question="", **post):
        tender = self._find_tender(tender_id)
        return self._act(
            lambda: vendor.ask_question(tender, question),
            f"/my/tenders/{tender_id}",
            request.env._(
                "Your question was received. The answer goes to all vendors, without "
                "your name."
            ),
            lambda: self._render_my_tender(tender, "question", question),
        )

    @http.route(
        "/my/tenders/<int:tender_id>/objection",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_tender_objection(self, tender_id, reason="", award="", **post):
        tender = self._find_tender(tender_id)
        bid = vendor.find_bids(tender)
        award_id = read_number(award) or None
        return self._act(
            lambda: vendor.object_to_award(bid, reason, award_id),
            f"/my/tenders/{tender_id}",
            request.env._(
                "Your objection was received. You will be told the decision."
            ),
            lambda: self._render_my_tender(tender, f"reason-{award_id}", reason),
        )

    @http.route(
        "/my/tenders/<int:tender_id>/hearing/<int:hearing_id>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def my_tender_hearing(self, tender_id, hearing_id, answer="", **post):
        tender = self._find_tender(tender_id)
        bid = vendor.find_bids(tender)
        return self._act(
            lambda: vendor.answer_hearing(bid, hearing_id, answer),
            f"/my/tenders/{tender_id}",
            request.env._("Thank you, the committee reads your answer."),
            lambda: self._render_my_tender(tender, f"hearing-{hearing_id}", answer),
        )
