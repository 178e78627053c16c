from psycopg2.errors import UniqueViolation
from werkzeug.exceptions import abort

from odoo import http
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from ..models.bid import vendor
from ..models.platform.ir_http import reads_only
from ..models.vendor.listed import call_about_held
from ..tools import price_sheet, upload, xlsx_reader
from ..tools.typed_number import read_number
from .tender_portal import TenderPortal

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BidPortal(TenderPortal):
    """The bid of a vendor: draft, seal, receipt, withdraw, replace.

    The routes translate a form into calls of ``vendor``, whose functions check
    vendor, state and time themselves.
    """

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _find_bid(self, tender_id):
        """Return the acting vendor's live bid, with sudo, or end the request.

        Without a bid that is a 404 while bids are received, and afterwards the page
        that says that they are not. A person who may not act for the bidder gets the
        page that says why. A click on a page that a colleague made old gets no bid,
        and a sentence that the next page shows.
        """
        tender = self._find_tender(tender_id)
        bid = vendor.find_bids(tender)
        if bid and vendor.get_stop_reason(bid):
            return abort(request.redirect(f"/my/tenders/{tender_id}/bid"))
        if bid:
            return bid
        if tender._is_bidding_open():
            if request.httprequest.method != "POST":
                raise request.not_found()
            self._flash(
                request.env._(
                    "There is no bid of your company here any more: it was withdrawn "
                    "meanwhile, by a colleague or in another window. You can start "
                    "another one until the deadline."
                ),
                "danger",
            )
            return bid
        return abort(request.redirect(f"/my/tenders/{tender_id}/bid"))

    def _read_prices(self, post):
        """Return ``{tender line id: (price, note)}`` from the fields of the form."""
        prices = {}
        for name, text in post.items():
            prefix, _dash, line = name.rpartition("-")
            if prefix == "price" and (number := read_number(line)):
                prices[number] = (text, post.get(f"note-{line}", ""))
        return prices

    def _read_id(self, text):
        return read_number(text)

    def _read_upload(self, storage, limit):
        """Return the bytes of an upload, one more than allowed at the most.

        A request that is tried again begins anew: core rewinds the first file of each
        field only, and the others would be read as empty.
        """
        if not storage:
            return b""
        storage.stream.seek(0)
        return storage.stream.read(limit + 1)

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    @http.route(
        "/my/tenders/<int:tender_id>/bid",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_bid(self, tender_id, **kwargs):
        tender = self._find_tender(tender_id)
        bid = vendor.find_bids(tender)
        if not bid and not tender._is_bidding_open():
            return request.render(
                "outsourcing_mgmt.portal_bid_missed",
                self._prepare_page("my_bid", tender),
            )
        if bid and (reason := vendor.get_stop_reason(bid)):
            return request.render(
                "outsourcing_mgmt.portal_bid_stopped",
                self._prepare_page("my_bid", tender, reason=reason),
            )
        if not bid:
            raise request.not_found()
        template = "portal_bid_form" if bid.state == "draft" else "portal_bid_receipt"
        return self._render_bid(template, bid)

    @http.route(
        "/my/tenders/<int:tender_id>/bid/review",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def my_bid_review(self, tender_id, **kwargs):
        bid = self._find_bid(tender_id)
        if bid.state != "draft":
            return request.redirect(f"/my/tenders/{tender_id}/bid")
        return self._render_bid("portal_bid_review", bid)

    def _render_bid(self, template, bid, typed=None, problems=None):
        """Show the bid; with what was ``typed`` in place of what is kept.

        :param dict typed: fields of a form that was refused
        :param dict problems: ``{tender line id: what is wrong with its price}``
        """
        content = vendor.read_bid(bid)
        lines = {line.id: line for line in bid.tender_id.line_ids}
        mark = self._get_decimal_mark()
        for number, row in enumerate(content["rows"], start=1):
            row["number"] = number
            row["tender_line"] = lines[row["line"]]
            row["price_text"] = price_sheet.format_price(row["price"], mark)
            row["problem"] = (problems or {}).get(row["line"])
            if typed is not None:
                row["price_text"] = typed.get(f"price-{row['line']}", "")
                row["note"] = typed.get(f"note-{row['line']}", "")
        if typed is not None:
            content["note"] = typed.get("note", "")
        return request.render(
            f"outsourcing_mgmt.{template}",
            self._prepare_page(
                "my_bid",
                bid.tender_id,
                bid=bid,
                bid_state=vendor.get_state(bid),
                content=content,
                persons=vendor.read_persons(bid),
                accept=upload.ACCEPT,
                max_megabytes=upload.MAX_FILE_BYTES // upload.MEGABYTE,
                declaration=vendor.get_declaration(request.env),
                decimal_mark=mark,
            ),
            status=200 if typed is None else 422,
        )

    def _get_decimal_mark(self):
        """Return the decimal mark of the language of the page."""
        language = request.env["res.lang"]._get_data(code=request.env.lang)
        return language.decimal_point or "."

    @http.route(
        "/my/tenders/<int:tender_id>/bid/prices.xlsx",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def my_bid_prices(self, tender_id, **kwargs):
        bid = self._find_bid(tender_id)
        name = f"{bid.tender_id.name.replace('/', '-')}.xlsx"
        return request.make_response(
            vendor.export_prices(bid),
            [
                ("Content-Type", XLSX_TYPE),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
            ],
        )

    @http.route(
        "/my/tenders/<int:tender_id>/bid/files/<int:file_id>",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def my_bid_file(self, tender_id, file_id, **kwargs):
        bid = self._find_bid(tender_id)
        found = vendor.get_file(bid, file_id)
        if not found:
            raise request.not_found()
        name, content = found
        return request.make_response(
            content,
            [
                ("Content-Type", upload.mimetype(name)),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ],
        )

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    @http.route(
        "/my/tenders/<int:tender_id>/bid/start",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_start(self, tender_id, **post):
        tender = self._find_tender(tender_id)
        url = f"/my/tenders/{tender_id}"
        try:
            vendor.start_bid(tender)
        except UniqueViolation:
            # A colleague, or a second click, was faster: both get to the one bid.
            request.env.cr.rollback()
        except UserError as error:
            request.env.cr.rollback()
            self._flash(str(error), "danger")
            return request.redirect(url)
        return request.redirect(f"{url}/bid")

    @http.route(
        "/my/tenders/<int:tender_id>/bid/save",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=upload.MAX_REQUEST_BYTES,
    )
    def my_bid_save(self, tender_id, step="save", note="", **post):
        """Keep what is typed, and take the step that the pressed button names."""
        bid = self._find_bid(tender_id)
        if not bid:
            return request.redirect(f"/my/tenders/{tender_id}")
        url = f"/my/tenders/{tender_id}/bid"
        files = request.httprequest.files

        def save():
            vendor.save_draft(bid, prices=self._read_prices(post), note=note)
            if step == "import":
                sheet = files.get("sheet")
                return vendor.import_prices(
                    bid, self._read_upload(sheet, xlsx_reader.MAX_BYTES)
                )
            for kind in ("technical", "price"):
                for storage in files.getlist(f"{kind}_files"):
                    if storage.filename:
                        vendor.add_file(
                            bid,
                            storage.filename,
                            self._read_upload(storage, upload.MAX_FILE_BYTES),
                            kind,
                        )
            if step.startswith("remove-"):
                vendor.remove_file(bid, self._read_id(step.removeprefix("remove-")))
            return None

        def told(result):
            if step != "import":
                text = request.env._("Your draft is saved. Only you can see it.")
                return text, "success"
            count, unread = result
            text = request.env._("%s prices were read from the list.", count)
            return "\n".join([text, *unread]), "warning" if unread else "success"

        try:
            result = save()
        except UserError as error:
            request.env.cr.rollback()
            self._flash(str(error), "danger")
            return self._render_bid(
                "portal_bid_form",
                bid,
                {**post, "note": note},
                getattr(error, "problems", None),
            )
        if step == "review":
            return request.redirect(f"{url}/review")
        self._flash(*told(result))
        return request.redirect(url)

    @http.route(
        "/my/tenders/<int:tender_id>/bid/seal",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_seal(self, tender_id, declared="", **post):
        bid = self._find_bid(tender_id)
        if not bid:
            return request.redirect(f"/my/tenders/{tender_id}")
        url = f"/my/tenders/{tender_id}/bid"

        def seal():
            # A second click finds it sealed, which is what it wants.
            if bid.state != "sealed":
                vendor.save_draft(bid, declared=declared == "1")
                bid.action_seal()

        def refused():
            # The refused step is rolled back; who decides on the vendor is called.
            call_about_held(bid)
            return request.redirect(url)

        return self._act(
            seal,
            url,
            request.env._("Your bid is sealed. We sent you the receipt."),
            refused,
        )

    @http.route(
        "/my/tenders/<int:tender_id>/bid/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_withdraw(self, tender_id, bid_id="", **post):
        done = request.env._("Your bid is withdrawn and was not opened.")
        tender = self._find_tender(tender_id)
        if vendor.has_withdrawn(tender, self._read_id(bid_id)):
            # A second click.
            self._flash(done)
            return request.redirect(f"/my/tenders/{tender_id}")
        bid = self._find_bid(tender_id)
        if not bid:
            return request.redirect(f"/my/tenders/{tender_id}")
        return self._act(bid.action_withdraw, f"/my/tenders/{tender_id}", done)

    @http.route(
        "/my/tenders/<int:tender_id>/bid/replace",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_replace(self, tender_id, **post):
        bid = self._find_bid(tender_id)
        if not bid:
            return request.redirect(f"/my/tenders/{tender_id}")
        return self._act(
            # A second click finds the new draft.
            lambda: bid.state == "draft" or vendor.replace_bid(bid),
            f"/my/tenders/{tender_id}/bid",
            request.env._(
                "Change your bid and seal it again: until then you have no bid in "
                "this tender."
            ),
        )

    @http.route(
        "/my/tenders/<int:tender_id>/bid/confirm",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_confirm(self, tender_id, **post):
        bid = self._find_bid(tender_id)
        if not bid:
            return request.redirect(f"/my/tenders/{tender_id}")
        return self._act(
            lambda: vendor.reconfirm_bid(bid),
            f"/my/tenders/{tender_id}/bid",
            request.env._("Your bid is confirmed and stays sealed as it is."),
        )

    # ------------------------------------------------------------
    # PERSONS
    # ------------------------------------------------------------

    @http.route(
        "/my/tenders/<int:tender_id>/bid/person",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_person(self, tender_id, user_id="", digest="", **post):
        """Let a colleague act for the bidder."""
        bid = self._find_bid(tender_id)
        if not bid:
            return request.redirect(f"/my/tenders/{tender_id}")
        return self._act(
            lambda: vendor.add_colleague(bid, self._read_id(user_id), digest),
            f"/my/tenders/{tender_id}/bid",
            request.env._("Your colleague may act for this bid from now on."),
        )

    @http.route(
        "/my/tenders/<int:tender_id>/bid/ask",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def my_bid_ask(self, tender_id, **post):
        """Ask to be confirmed as a person who acts for the bidder."""
        bid = vendor.find_bids(self._find_tender(tender_id))
        if not bid:
            raise request.not_found()
        return self._act(
            lambda: vendor.ask_to_act(bid),
            f"/my/tenders/{tender_id}/bid",
            request.env._(
                "Your colleagues, procurement and the outsourcing department are asked "
                "to confirm you."
            ),
        )
