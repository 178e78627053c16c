import re
from datetime import timedelta
from unittest.mock import patch

from lxml import html

from odoo.fields import Domain
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from ..models.bid import vendor as portal
from ..tools import price_sheet, upload
from .common import PDF, BidCommon

ONCE = """
    CREATE SEQUENCE %(name)s;
    CREATE FUNCTION %(name)s() RETURNS trigger AS $$
    BEGIN
        IF nextval('%(name)s') = %(at)s THEN
            RAISE EXCEPTION 'once' USING ERRCODE = '40001';
        END IF;
        RETURN NEW;
    END $$ LANGUAGE plpgsql;
    CREATE TRIGGER %(name)s BEFORE INSERT ON %(table)s
        FOR EACH ROW EXECUTE FUNCTION %(name)s();
"""
"""Lets one insert fail as if another transaction had won; a sequence keeps count."""


@tagged("post_install", "-at_install")
class TestBidPortal(BidCommon, HttpCase):
    """Each route as its vendor, another vendor, nobody, too late, with forged input."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = cls.tender.line_ids
        cls.public_tender = cls._create_published_tender(
            "procedure_company_public", subject="Security guards"
        )

    def setUp(self):
        super().setUp()
        self.page = f"/my/tenders/{self.tender.id}"

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, path, data=None, page=None, **kwargs):
        """Post like a form of ``page``, with its token."""
        values = {"csrf_token": self._get_token(page or self.page), **(data or {})}
        return self.url_open(path, data=values, **kwargs)

    def _get_token(self, page):
        text = self.url_open(page).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        return token.group(1) if token else ""

    def _prices(self, *prices):
        return {
            f"price-{line.id}": price
            for line, price in zip(self.lines, prices, strict=True)
        }

    def _bid_of(self, user):
        return self.env["outsourcing.bid"].search(
            [
                ("tender_id", "=", self.tender.id),
                ("partner_id", "=", user.partner_id.commercial_partner_id.id),
                ("state", "!=", "withdrawn"),
            ]
        )

    def _content(self, user):
        self.env.invalidate_all()
        return portal.read_bid(self._bid_of(user).with_user(user).sudo())

    # ------------------------------------------------------------
    # THE WHOLE WAY
    # ------------------------------------------------------------

    def test_tour(self):
        self.start_tour("/my", "outsourcing_vendor_bid", login=self.alpha_user.login)
        bid = self._bid_of(self.alpha_user)
        self.assertEqual(bid.state, "sealed")
        invitation = self.tender.invitation_ids.filtered(
            lambda item: item.partner_id == self.alpha
        )
        self.assertTrue(invitation.opened_at)
        self.assertEqual(invitation.response, "bid")

    def test_where_the_bid_guarantee_is(self):
        """Nobody told a bidder whether it came, came back, or was claimed."""
        server_write(self.tender, {"bid_guarantee_amount": 2000})
        self._login(self.alpha_user)
        self._post(f"{self.page}/bid/start")

        def read():
            page = html.fromstring(self.url_open(self.page).text)
            return " ".join(page.xpath("//div[@name='guarantee']//text()"))

        bid = self._bid_of(self.alpha_user)
        self.assertFalse(read(), "a draft has none yet")
        # How a bid is sealed is tested elsewhere.
        self.env.cr.execute(
            "UPDATE outsourcing_bid SET state = 'sealed' WHERE id = %s", [bid.id]
        )
        self.env.invalidate_all()
        self.assertIn("Not noted as received", read())
        self.assertIn("2,000.00", read())
        for name, text in (
            ("received", "Received on"),
            ("released", "Given back on"),
            ("called", "Claimed on"),
        ):
            server_write(bid, {f"guarantee_{name}_on": "2026-03-02"})
            self.assertIn(text, read())
            self.assertIn("03/02/2026", read())

    def test_bid_withdraw_and_bid_again(self):
        self._login(self.alpha_user)
        self._post(f"{self.page}/bid/start")
        self._post(
            f"{self.page}/bid/save",
            {**self._prices("100", "25"), "note": "Own staff", "step": "review"},
            page=f"{self.page}/bid",
            files={"technical_files": ("concept.pdf", PDF, "application/pdf")},
        )
        content = self._content(self.alpha_user)
        self.assertEqual(content["total"], 1300)
        self.assertEqual(content["note"], "Own staff")
        self.assertEqual(content["files"][0]["name"], "concept.pdf")
        response = self._post(
            f"{self.page}/bid/seal", {"declared": "1"}, page=f"{self.page}/bid/review"
        )
        bid = self._bid_of(self.alpha_user)
        self.assertIn(bid.receipt_code, response.text)
        self.assertIn(bid.sha256, response.text)
        response = self._post(f"{self.page}/bid/replace", page=f"{self.page}/bid")
        self.assertIn("until then you have no bid", response.text)
        draft = self._bid_of(self.alpha_user)
        self.assertEqual((bid.state, draft.state), ("withdrawn", "draft"))
        self._post(f"{self.page}/bid/seal", {"declared": "1"}, page=f"{self.page}/bid")
        self.assertEqual(draft.state, "sealed")
        self._post(f"{self.page}/bid/withdraw", page=f"{self.page}/bid")
        self.assertEqual(draft.state, "withdrawn")
        self.assertEqual(self.url_open(f"{self.page}/bid").status_code, 404)

    def test_second_clicks_say_what_the_first_ones_said(self):
        self._login(self.alpha_user)
        self._post(f"{self.page}/bid/start")
        page = f"{self.page}/bid"
        self._post(f"{page}/save", self._prices("100", "25"), page=page)
        text = self.url_open(page).text
        token = re.search(r'csrf_token: "([^"]+)"', text).group(1)
        values = {"csrf_token": token, "declared": "1"}
        for step, told in (
            ("seal", "Your bid is sealed"),
            ("replace", "until then you have no bid"),
            ("seal", "Your bid is sealed"),
            ("withdraw", "Your bid is withdrawn"),
        ):
            bid = self._bid_of(self.alpha_user)
            for number in ("first", "second"):
                answer = self.url_open(
                    f"{page}/{step}", data={**values, "bid_id": bid.id}
                )
                with self.subTest(step=step, click=number):
                    self.assertIn(told, answer.text)
                    self.assertNotIn("alert-danger o_outsourcing_flash", answer.text)
            self.env.invalidate_all()
        self.assertEqual(len(self.tender.bid_ids), 2)

    def test_two_windows_of_one_bid(self):
        """Whoever comes second after a withdrawal is told so, and gets no bare 404."""
        bid = self._sealed_bid(self.alpha_user)
        self.env.flush_all()
        self._login(self.alpha_user)
        token = re.search(
            r'csrf_token: "([^"]+)"', self.url_open(f"{self.page}/bid").text
        )
        values = {"csrf_token": token.group(1), "declared": "1"}
        self.url_open(f"{self.page}/bid/withdraw", data=values)
        for step in ("replace", "withdraw", "seal", "save", "confirm"):
            response = self.url_open(f"{self.page}/bid/{step}", data=values)
            self.assertEqual(response.status_code, 200, step)
            self.assertTrue(response.url.endswith(self.page), response.url)
            self.assertIn("it was withdrawn meanwhile", response.text, step)
        self.assertEqual(bid.state, "withdrawn")
        self.assertFalse(self._bid_of(self.alpha_user))

    def test_finding_one_tender_is_one_query(self):
        Tender = self.env["outsourcing.tender"].with_user(self.alpha_user)
        self._sealed_bid(self.alpha_user)
        self.env.flush_all()
        mine = Tender._get_vendor_domain() & Domain("id", "=", self.tender.id)
        self.assertEqual(Tender.sudo().search(mine), self.tender)
        self.env.invalidate_all()
        # The user, its company, and the tender.
        with self.assertQueryCount(3):
            mine = Tender._get_vendor_domain() & Domain("id", "=", self.tender.id)
            Tender.sudo().search(mine, limit=1)

    def test_price_list_goes_out_and_comes_back(self):
        self._login(self.alpha_user)
        self._post(f"{self.page}/bid/start")
        response = self.url_open(f"{self.page}/bid/prices.xlsx")
        headers = self._get_titles()
        self.assertEqual(
            price_sheet.read(response.content, [headers]).found,
            dict.fromkeys(self.lines.ids, (None, "")),
        )
        sheet = price_sheet.write(
            headers,
            [(line.id, "x", 1, "", 12.5, "soon") for line in self.lines],
        )
        response = self._import(sheet)
        self.assertIn("2 prices were read", response.text)
        self.assertEqual(self._content(self.alpha_user)["total"], 200)

    def _get_titles(self):
        price = f"Unit Price ({self.tender.currency_id.name}, without tax)"
        return ["Line", "Description", "Quantity", "Unit", price, "Delivery"]

    def _import(self, sheet, **typed):
        return self._post(
            f"{self.page}/bid/save",
            {"step": "import", **typed},
            page=f"{self.page}/bid",
            files={"sheet": ("prices.xlsx", sheet)},
        )

    def test_price_list_changes_what_it_states_only(self):
        self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        self._login(self.alpha_user)
        first, second = self.lines
        typed = self._prices("100", "25")
        sheet = price_sheet.write(
            self._get_titles(), [(second.id, "x", 1, "", 30, ""), (first.id, *[""] * 5)]
        )
        self.assertIn("1 prices were read", self._import(sheet, **typed).text)
        rows = self._content(self.alpha_user)["rows"]
        self.assertEqual([row["price"] for row in rows], ["100", "30"])
        for value in ("cheap", ""):
            sheet = price_sheet.write(
                self._get_titles(), [(second.id, "x", 1, "", value, "")]
            )
            response = self._import(sheet, **typed)
            self.assertIn("No price was read", response.text)
        rows = self._content(self.alpha_user)["rows"]
        self.assertEqual([row["price"] for row in rows], ["100", "30"])

    def test_refused_save_keeps_what_was_typed(self):
        self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        self._login(self.alpha_user)
        response = self._post(
            f"{self.page}/bid/save",
            {**self._prices("18.500", "33"), "note": "Own staff of ours"},
            page=f"{self.page}/bid",
        )
        page = html.fromstring(response.content)
        first, second = (
            page.xpath(f"//input[@name='price-{line.id}']")[0] for line in self.lines
        )
        self.assertEqual((first.get("value"), second.get("value")), ("18.500", "33"))
        self.assertEqual(first.get("aria-invalid"), "true")
        self.assertIsNone(second.get("aria-invalid"))
        self.assertEqual(page.xpath("//*[@autofocus]/@name"), [first.get("name")])
        problem = page.get_element_by_id(first.get("aria-describedby")).text_content()
        self.assertIn("Line 1", problem)
        self.assertIn("can mean two numbers", problem)
        self.assertEqual(page.get_element_by_id("note").text, "Own staff of ours")
        rows = self._content(self.alpha_user)["rows"]
        self.assertEqual([row["price"] for row in rows], ["100", "25"], "not saved")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_request_that_is_tried_again_keeps_every_file(self):
        self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        names = {"name": "bid_file_once", "table": "outsourcing_bid_file", "at": 3}
        self.env.cr.execute(ONCE % names)  # pylint: disable=sql-injection
        self._login(self.alpha_user)
        files = [
            ("technical_files", (f"{number}.pdf", PDF + bytes(number), "x/y"))
            for number in range(1, 4)
        ]
        response = self._post(
            f"{self.page}/bid/save",
            self._prices("1", "2"),
            page=f"{self.page}/bid",
            files=files,
        )
        self.assertIn("Your draft is saved", response.text)
        kept = self._content(self.alpha_user)["files"]
        self.assertEqual(
            [(file["name"], file["size"]) for file in kept],
            [(f"{number}.pdf", len(PDF) + number) for number in range(1, 4)],
        )

    def _show_prices(self, response=None):
        """Return what the fields of the prices show."""
        if response is None:
            response = self.url_open(f"{self.page}/bid")
        page = html.fromstring(response.content)
        return [
            page.xpath(f"//input[@name='price-{line.id}']")[0].get("value")
            for line in self.lines
        ]

    def _save(self, *prices):
        return self._post(
            f"{self.page}/bid/save", self._prices(*prices), page=f"{self.page}/bid"
        )

    def test_prices_in_the_format_of_the_vendor(self):
        """What is shown can be sent back as it is; what may be two numbers is asked."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.alpha_user.lang = "de_DE"
        currency = self.tender.currency_id.name
        self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        self._login(self.alpha_user)
        for typed, kept, shown in (
            (("1.234,50", f"25 {currency}"), ["1234.50", "25"], ["1234,50", "25"]),
            (("1234,5", "0,07"), ["1234.5", "0.07"], ["1234,50", "0,07"]),
            (("1.234.567", "18500"), ["1234567", "18500"], ["1234567", "18500"]),
            (("18.500,00", "1 234,5"), ["18500.00", "1234.5"], ["18500", "1234,50"]),
        ):
            with self.subTest(typed):
                self._save(*typed)
                rows = self._content(self.alpha_user)["rows"]
                self.assertEqual([row["price"] for row in rows], kept)
                self.assertEqual(self._show_prices(), shown)
                self._save(*shown)
                rows = self._content(self.alpha_user)["rows"]
                self.assertEqual(
                    [float(row["price"]) for row in rows], [float(one) for one in kept]
                )
        for typed in (("18.500", "1.234,50"), ("18,500", "33,1"), ("12,3,4", "3")):
            with self.subTest(typed):
                response = self._save(*typed)
                self.assertEqual(response.status_code, 422)
                self.assertEqual(self._show_prices(response), list(typed))
        self.assertEqual(self._show_prices(), ["18500", "1234,50"], "nothing was kept")
        server_write(self.lines[0], {"product_qty": 1.5})
        review = self.url_open(f"{self.page}/bid/review").text
        self.assertIn("1,50", review)
        self.assertNotRegex(review, r"\b1\.50?\b")

    def test_price_list_in_the_format_of_the_vendor(self):
        """Cells of text, as a program with decimal commas writes them."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.alpha_user.lang = "de_DE"
        self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        self._login(self.alpha_user)
        first, second = self.lines
        for typed, kept in (
            (("1.234,50", "25,5"), ["1234.50", "25.5"]),
            (("18.500", 30.25), ["1234.50", "30.25"]),
        ):
            cells = dict(zip((first.id, second.id), typed, strict=True))
            sheet = price_sheet.write(
                self._get_titles(),
                [(line, "x", 1, "", price, "") for line, price in cells.items()],
            )
            with self.subTest(typed):
                response = self._import(sheet, **self._prices(*self._show_prices()))
                rows = self._content(self.alpha_user)["rows"]
                self.assertEqual([row["price"] for row in rows], kept)
        self.assertIn("18.500", response.text, "what was not read is named")

    @mute_logger("odoo.sql_db")
    def test_two_who_start_get_to_the_one_bid(self):
        bid = self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        self._login(self.alpha_user)
        nothing = bid.browse()
        with patch.object(portal, "_find_own_bids", return_value=nothing):
            # As of a colleague whose bid is not yet seen by this request.
            token = self._get_token(self.page)
            response = self.url_open(
                f"{self.page}/bid/start",
                data={"csrf_token": token},
                allow_redirects=False,
            )
        self.assertEqual(response.status_code, 303)
        self.assertURLEqual(response.headers["Location"], f"{self.page}/bid")
        self.assertEqual(self._bid_of(self.alpha_user), bid.with_env(self.env))

    def test_own_file_is_downloaded(self):
        self._draft_bid(self.alpha_user)
        file_id = self._content(self.alpha_user)["files"][0]["id"]
        self.env.flush_all()
        self._login(self.alpha_user)
        response = self.url_open(f"{self.page}/bid/files/{file_id}")
        self.assertEqual(response.content, PDF)
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("attachment", response.headers["Content-Disposition"])

    def test_reconfirm(self):
        bid = self._sealed_bid(self.alpha_user)
        self._addendum().with_user(self.procurement_user).action_publish()
        self.assertTrue(bid.needs_reconfirmation)
        self._login(self.alpha_user)
        self.assertIn("Confirm the bid", self.url_open(f"{self.page}/bid").text)
        self._post(f"{self.page}/bid/confirm", page=f"{self.page}/bid")
        self.assertFalse(bid.needs_reconfirmation)
        self.assertTrue(bid.reconfirmed_at)

    def test_answer_and_question(self):
        self._login(self.alpha_user)
        self._post(f"{self.page}/answer", {"response": "declined"})
        invitation = self.tender.invitation_ids.filtered(
            lambda item: item.partner_id == self.alpha
        )
        self.assertEqual(invitation.response, "declined")
        self._post(f"{self.page}/answer", {"response": "bid"})
        self.assertEqual(invitation.response, "declined", "not a vendor's answer")
        self._post(f"{self.page}/question", {"question": "How many floors?"})
        question = self.tender.question_ids
        self.assertEqual(question.partner_id, self.alpha)
        self.assertFalse(question.create_uid.share, "the creator tells nothing")
        with freeze_time(self.tender.question_deadline + timedelta(seconds=1)):
            response = self._post(f"{self.page}/question", {"question": "And doors?"})
            self.assertNotIn("Your question was received", response.text)
            self.assertEqual(response.status_code, 422)
            self.assertIn(">And doors?</textarea>", response.text)
        response = self._post(f"{self.page}/question", {"question": "How many floors?"})
        self.assertIn("Your question was received", response.text, "a second click")
        self.assertEqual(len(self.tender.question_ids), 1)

    # ------------------------------------------------------------
    # WHO SEES WHAT
    # ------------------------------------------------------------

    def test_public_sees_open_notices_only(self):
        self.authenticate(None, None)
        text = self.url_open("/tenders").text
        self.assertIn("Security guards", text)
        self.assertNotIn("Cleaning of the head office", text)
        notice = self.url_open(f"/tenders/{self.public_tender.id}")
        self.assertIn("Price", notice.text)
        self.assertIn("60 %", notice.text)
        for path in (
            f"/tenders/{self.tender.id}",
            "/tenders/999999999",
            f"/tenders/{self.tender.id}/documents/1",
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)
        for path in ("/my/tenders", self.page, f"{self.page}/bid"):
            self.assertIn("/web/login", self.url_open(path).url)

    def test_drafts_are_not_public(self):
        draft = self._create_draft_tender(
            "procedure_company_public", subject="Fire watch"
        )
        for user in (None, self.alpha_user):
            self.authenticate(user and user.login, user and user.login)
            self.assertNotIn("Fire watch", self.url_open("/tenders").text)
            for root in ("/tenders", "/my/tenders"):
                response = self.url_open(f"{root}/{draft.id}")
                self.assertNotIn("Fire watch", response.text)

    def test_other_vendor_sees_nothing(self):
        bid = self._sealed_bid(self.alpha_user)
        file_id = self._content(self.alpha_user)["files"][0]["id"]
        self.env.flush_all()
        self._login(self.outsider_user)
        for path in (
            self.page,
            f"{self.page}/bid",
            f"{self.page}/bid/review",
            f"{self.page}/bid/prices.xlsx",
            f"{self.page}/bid/files/{file_id}",
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)
        self.assertNotIn("Cleaning of the head", self.url_open("/my/tenders").text)
        self._login(self.beta_user)
        text = self.url_open(self.page).text
        self.assertIn("Cleaning of the head", text)
        for secret in ("Alpha", "Gamma", bid.receipt_code, bid.sha256):
            self.assertNotIn(secret, text)
        self.assertEqual(self.url_open(f"{self.page}/bid").status_code, 404)
        self._post(f"{self.page}/bid/start")
        path = f"{self.page}/bid/files/{file_id}"
        self.assertEqual(self.url_open(path).status_code, 404)
        self._post(
            f"{self.page}/bid/save",
            {"step": f"remove-{file_id}"},
            page=f"{self.page}/bid",
        )
        self.assertTrue(self._content(self.alpha_user)["files"])

    def test_home_counts_own_tenders_only(self):
        for user, count in ((self.alpha_user, 1), (self.outsider_user, 0)):
            self._login(user)
            result = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["outsourcing_tender_count"]}
            )
            self.assertEqual(result["outsourcing_tender_count"], count)

    def _read_tasks(self, user):
        self._login(user)
        names = (
            "outsourcing_confirm_count",
            "outsourcing_hearing_count",
            "outsourcing_invitation_count",
        )
        result = self.make_jsonrpc_request("/my/counters", {"counters": [*names]})
        return tuple(result[name] for name in names)

    def test_home_says_what_is_due(self):
        """An invitation without an answer, then a bid to confirm after an addendum."""
        self.assertEqual(self._read_tasks(self.alpha_user), (0, 0, 1))
        self.assertEqual(self._read_tasks(self.outsider_user), (0, 0, 0))
        self._sealed_bid(self.alpha_user)
        self.assertEqual(self._read_tasks(self.alpha_user), (0, 0, 0))
        self._addendum().with_user(self.procurement_user).action_publish()
        self.assertEqual(self._read_tasks(self.alpha_user), (1, 0, 0))
        self.assertEqual(self._read_tasks(self.beta_user), (0, 0, 1))

    def test_document_of_own_tender(self):
        document = self.env["outsourcing.tender.document"].create(
            {
                "tender_id": self.tender.id,
                "name": "Specification",
                "addendum_id": self._addendum().id,
                "file": "JVBERi0=",
                "file_name": "spec.pdf",
            }
        )
        path = f"/tenders/{self.tender.id}/documents/{document.id}"
        self._login(self.alpha_user)
        self.assertEqual(self.url_open(path).status_code, 404, "a draft")
        document._publish()
        self.env.flush_all()
        self.assertEqual(self.url_open(path).content, b"%PDF-")
        foreign = f"/tenders/{self.public_tender.id}/documents/{document.id}"
        self.assertEqual(self.url_open(foreign).status_code, 404)
        self._login(self.outsider_user)
        self.assertEqual(self.url_open(path).status_code, 404)

    def _addendum(self):
        return self.env["outsourcing.tender.addendum"].create(
            {
                "tender_id": self.tender.id,
                "subject": "New plan",
                "body": "<p>One floor more.</p>",
            }
        )

    # ------------------------------------------------------------
    # BAD INPUT
    # ------------------------------------------------------------

    def test_post_needs_the_token(self):
        self._sealed_bid(self.alpha_user)
        self.env.flush_all()
        self._login(self.alpha_user)
        with mute_logger("odoo.http"):
            for step in ("start", "save", "seal", "withdraw", "replace", "confirm"):
                response = self.url_open(f"{self.page}/bid/{step}", data={"x": "1"})
                self.assertEqual(response.status_code, 400, step)
            for step in ("answer", "question", "objection"):
                response = self.url_open(f"{self.page}/{step}", data={"x": "1"})
                self.assertEqual(response.status_code, 400, step)
        self.assertEqual(self._bid_of(self.alpha_user).state, "sealed")

    def test_numbers_of_thousands_of_digits(self):
        """Python refuses to read them; they name no line and no file."""
        self._draft_bid(self.alpha_user, files=False)
        self.env.flush_all()
        self._login(self.alpha_user)
        long = "9" * 5000
        response = self._post(
            f"{self.page}/bid/save",
            {**self._prices("100", "25"), f"price-{long}": "1", "step": "review"},
            page=f"{self.page}/bid",
        )
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self._content(self.alpha_user)["total"], 1300)

    def test_an_address_does_not_mark_an_invitation(self):
        """Any page in the vendor's browser can call it; the shown page posts."""
        invitation = self.tender.invitation_ids.filtered(
            lambda item: item.partner_id == self.alpha
        )
        self._login(self.alpha_user)
        page = self.url_open(f"/my/tenders/{self.tender.id}")
        self.assertIn("o_outsourcing_visit", page.text)
        self.assertEqual(invitation.state, "sent")
        url = f"/my/tenders/{self.tender.id}/visit"
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url).status_code, 405)
            self.assertEqual(self.url_open(url, data={"x": "1"}).status_code, 400)
        self.assertEqual(invitation.state, "sent")
        self._post(url)
        invitation.invalidate_recordset()
        self.assertEqual(invitation.state, "opened")
        page = self.url_open(f"/my/tenders/{self.tender.id}")
        self.assertNotIn("o_outsourcing_visit", page.text)

    def test_questions_have_limits(self):
        self._login(self.alpha_user)
        url = f"/my/tenders/{self.tender.id}/question"
        Question = self.env["outsourcing.tender.question"]
        for number in range(portal.QUESTIONS_AN_HOUR + 2):
            self._post(url, {"question": f"Number {number}?\0"})
        domain = [("tender_id", "=", self.tender.id)]
        self.assertEqual(Question.search_count(domain), portal.QUESTIONS_AN_HOUR)
        with mute_logger("odoo.http"):
            answer = self._post(url, {"question": "x" * 300_000})
        self.assertEqual(answer.status_code, 413)

    def test_get_writes_nothing(self):
        self._sealed_bid(self.alpha_user)
        self.env.flush_all()
        self._login(self.alpha_user)
        for step in ("start", "save", "seal", "withdraw", "replace", "confirm"):
            response = self.url_open(f"{self.page}/bid/{step}")
            self.assertIn(response.status_code, (404, 405), step)
        self.assertEqual(self._bid_of(self.alpha_user).state, "sealed")

    def test_forged_values_are_refused_or_ignored(self):
        self._login(self.alpha_user)
        self._post(f"{self.page}/bid/start")
        page = f"{self.page}/bid"
        foreign = self.public_tender.line_ids[0].id
        for data, message in (
            ({f"price-{foreign}": "1"}, "not part of this tender"),
            ({"price-999999999": "1"}, "not part of this tender"),
            (self._prices("-5", "1"), "is not a price"),
            (self._prices("1e9", "x"), "is not a price"),
            (self._prices("1.234", "1"), "can mean two numbers"),
            (self._prices("1.2345", "1"), "is not a price"),
            ({"step": "remove-abc"}, "not part of your bid"),
            ({"step": "remove-999999"}, "not part of your bid"),
        ):
            with self.subTest(data=data):
                response = self._post(f"{page}/save", data, page=page)
                self.assertIn(message, response.text)
        self._post(
            f"{page}/save",
            {
                **self._prices("10", "10"),
                "total": "1",
                "amount_total": "1",
                "subtotal": "1",
                "state": "won",
                "partner_id": str(self.beta.id),
                "price-": "7",
                "price-x": "7",
                "step": "unknown",
            },
            page=page,
        )
        self.assertEqual(self._content(self.alpha_user)["total"], 160)
        self.assertEqual(self._bid_of(self.alpha_user).state, "draft")

    def test_html_in_a_bid_is_text(self):
        portal.save_draft(
            self._draft_bid(self.alpha_user), note="<script>alert(1)</script>"
        )
        self.env.flush_all()
        self._login(self.alpha_user)
        text = self.url_open(f"{self.page}/bid").text
        self.assertNotIn("<script>alert(1)", text)
        self.assertIn("&lt;script&gt;alert(1)", text)

    def test_bad_files_are_refused(self):
        self._login(self.alpha_user)
        self._post(f"{self.page}/bid/start")
        page = f"{self.page}/bid"
        huge = b"%PDF-" + b"0" * upload.MAX_FILE_BYTES
        for name, content, message in (
            ("virus.exe", b"MZ", "not accepted"),
            ("page.html", b"<html>", "not accepted"),
            ("fake.pdf", b"<html>", "not what its name says"),
            ("empty.pdf", b"", "not empty"),
            ("huge.pdf", huge, "larger than 10 MB"),
        ):
            with self.subTest(name=name):
                response = self._post(
                    f"{page}/save",
                    self._prices("1", "1"),
                    page=page,
                    files={"technical_files": (name, content)},
                )
                self.assertIn(message, response.text)
                self.assertFalse(self._content(self.alpha_user)["files"])
        response = self._post(
            f"{page}/save",
            {"step": "import"},
            page=page,
            files={"sheet": ("prices.xlsx", b"no sheet")},
        )
        self.assertIn("cannot be read", response.text)

    def test_seal_without_declaration(self):
        self._draft_bid(self.alpha_user)
        self.env.flush_all()
        self._login(self.alpha_user)
        response = self._post(f"{self.page}/bid/seal", page=f"{self.page}/bid/review")
        self.assertIn("tick the declaration", response.text)
        self.assertEqual(self._bid_of(self.alpha_user).state, "draft")

    def test_late_attempts_are_refused_and_logged(self):
        draft = self._draft_bid(self.alpha_user)
        sealed = self._sealed_bid(self.beta_user)
        self.env.flush_all()
        late = self.tender.bid_deadline
        for user, steps in (
            (self.alpha_user, ("seal", "save")),
            (self.beta_user, ("withdraw", "replace", "confirm")),
        ):
            self._login(user)
            for step in steps:
                page = self.url_open(f"{self.page}/bid").text
                token = re.search(r'csrf_token: "([^"]+)"', page)
                with freeze_time(late):
                    response = self.url_open(
                        f"{self.page}/bid/{step}",
                        data={"csrf_token": token.group(1), "declared": "1"},
                    )
                self.assertIn("this moment has passed", response.text, step)
        self.env.invalidate_all()
        self.assertEqual((draft.state, sealed.state), ("draft", "sealed"))
        steps = self.env["outsourcing.audit.log"].search(
            [
                ("res_model", "=", "outsourcing.tender"),
                ("res_id", "=", self.tender.id),
                ("verb", "in", ("late_attempt", "withdrawn_refused")),
            ]
        )
        self.assertEqual(steps.user_id, self.alpha_user | self.beta_user)
        kinds = [(step.user_id, step.verb) for step in steps]
        self.assertEqual(len(kinds), len(set(kinds)), "each kind is recorded once")

    def test_page_without_a_bid_after_the_deadline(self):
        self._login(self.alpha_user)
        token = re.search(r'csrf_token: "([^"]+)"', self.url_open(self.page).text)
        self._close(self.tender)
        bid_page = f"{self.page}/bid"
        answers = [
            self.url_open(f"{bid_page}{path}")
            for path in ("", "/review", "/prices.xlsx", "/files/1")
        ]
        answers += [
            self.url_open(f"{bid_page}/{step}", data={"csrf_token": token.group(1)})
            for step in ("save", "seal", "withdraw", "replace", "confirm")
        ]
        for answer in answers:
            self.assertEqual(answer.status_code, 200)
            self.assertTrue(answer.url.endswith(bid_page), answer.url)
            self.assertIn("Bids are no longer received.", answer.text)
            self.assertIn("this moment has passed", answer.text)
            for path in (self.page, "/my/tenders", "/tenders"):
                self.assertIn(f'href="{path}"', answer.text)
        self.assertFalse(self._bid_of(self.alpha_user))
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("base.module_outsourcing_mgmt")._update_translations("zh_CN")
        self.env.flush_all()
        text = self.url_open(f"/zh_CN{bid_page}").text
        for told in ("已停止接收投标", "您还可以", "招标文件和答疑"):
            self.assertTrue(told in text, told)
        self._login(self.outsider_user)
        self.assertEqual(self.url_open(bid_page).status_code, 404)
