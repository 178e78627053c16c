import re
from datetime import timedelta
from urllib.parse import urlsplit

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.knowledge.itsm_search_log import record_search
from ..models.ticket.ticket_links import (
    LINK_DAYS,
    get_page_link,
    get_sign_off_token,
    get_sign_off_url,
    is_page_link,
)
from .common import SIGNATURE, DeskCommon

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
class TestTicketPortal(DeskCommon, HttpCase):
    """The pages of the requester, and those who try them on others' tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._file_portal()
        cls.url = f"/my/service-tickets/{cls.ticket.id}"

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, url, **data):
        data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(url, data=data)

    def test_list(self):
        self._login(self.portal)
        page = self.url_open("/my/service-tickets")
        self.assertIn(self.ticket.name, page.text)
        for query, shown in (
            ("filterby=open", True),
            ("filterby=closed", False),
            ("search=mail", True),
            ("search=printer", False),
            (f"search={self.ticket.name}", True),
            ("sortby=state", True),
            ("sortby=nonsense&filterby=nonsense", True),
        ):
            with self.subTest(query=query):
                page = self.url_open(f"/my/service-tickets?{query}")
                self.assertEqual(page.status_code, 200)
                self.assertEqual(f'href="{self.url}"' in page.text, shown)
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["itsm_ticket_count"]}
        )
        self.assertEqual(counters["itsm_ticket_count"], 1)
        self.assertIn("/my/service-tickets", self.url_open("/my/home").text)

    def test_pager(self):
        # Calls are not acknowledged by a mail each.
        values = {
            "partner_id": self.portal.partner_id.id,
            "service_id": self.service.id,
            "channel": "phone",
        }
        self.env["itsm.ticket"].create(
            [{**values, "subject": f"Ticket number {number}"} for number in range(85)]
        )
        self._login(self.portal)
        self.assertIn(
            "/my/service-tickets/page/2", self.url_open("/my/service-tickets").text
        )
        self.assertEqual(self.url_open("/my/service-tickets/page/2").status_code, 200)

    @mute_logger("odoo.http")
    def test_others_see_nothing(self):
        """A foreign ticket looks like one that does not exist."""
        urls = (self.url, f"{self.url}/sign_off", "/my/service-tickets/99999999")
        self._login(self.other_portal)
        for url in urls:
            self.assertEqual(self.url_open(url).status_code, 404, url)
        self.assertNotIn(self.ticket.name, self.url_open("/my/service-tickets").text)
        for step in ("reopen", "cancel", "sign_off"):
            page = self._post(f"{self.url}/{step}", reason="x", rating="5")
            self.assertEqual(page.status_code, 404, step)
        self._login(self.stranger)
        self.assertEqual(self.url_open(self.url).status_code, 404)
        self.authenticate(None, None)
        self.assertEqual(self.url_open(self.url).status_code, 404)
        self.assertEqual(self.url_open(f"{self.url}/sign_off").status_code, 404)
        self.assertIn("/web/login", self.url_open("/my/service-tickets").url)
        self.assertEqual(self.ticket.state, "new")

    def test_former_address(self):
        """Links of old mails go on, as long as nobody else serves the address."""
        self._login(self.portal)
        for former in (
            "/my/tickets",
            "/my/tickets/page/1",
            f"/my/tickets/{self.ticket.id}?access_token=x%2Fy",
        ):
            page = self.url_open(former, allow_redirects=False)
            self.assertEqual(page.status_code, 307, former)
            self.assertURLEqual(
                page.headers["Location"],
                former.replace("/my/tickets", "/my/service-tickets"),
            )
        self.assertIn(self.ticket.name, self.url_open("/my/tickets").text)
        page = self._post(f"/my/tickets/{self.ticket.id}/cancel", reason="A mistake")
        self.assertTrue(page.url.endswith(self.url))
        self.assertEqual(self.ticket.state, "cancelled")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open("/my/ticketsx").status_code, 404)

    def test_technicians_are_led_to_the_back_office(self):
        self._login(self.technician)
        page = self.url_open(self.url, allow_redirects=False)
        self.assertIn(
            f"/odoo/service-tickets/{self.ticket.id}", page.headers["Location"]
        )

    def test_links_become_a_right_of_the_session(self):
        """Neither the log nor the next page learns what opens a ticket."""
        self._solve(self.ticket)
        ticket = self.ticket.sudo()
        for link in (
            get_page_link(ticket),
            f"{self.url}?access_token={ticket._portal_ensure_token()}",
            get_sign_off_url(ticket),
        ):
            self.authenticate(None, None)
            path = urlsplit(link)
            with self.subTest(path=path.query[:12]):
                first = self.url_open(
                    f"{path.path}?{path.query}", allow_redirects=False
                )
                self.assertEqual(first.status_code, 303)
                self.assertEqual(urlsplit(first.headers["Location"]).path, path.path)
                self.assertFalse(urlsplit(first.headers["Location"]).query)
                page = self.url_open(path.path)
                self.assertEqual(page.status_code, 200)
                self.assertIn(self.ticket.subject, page.text)
                for answer in (first, page):
                    self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
                self.authenticate(None, None)
                with mute_logger("odoo.http"):
                    self.assertEqual(self.url_open(path.path).status_code, 404)

    @mute_logger("odoo.http")
    def test_link_ends_and_opens_one_ticket(self):
        ticket = self.ticket.sudo()
        link = urlsplit(get_page_link(ticket)).query
        other = self._file_portal()
        token = urlsplit(get_sign_off_url(self._solve(other))).query
        self.authenticate(None, None)
        self.assertEqual(
            self.url_open(f"/my/tickets/{other.id}?{link}").status_code, 404
        )
        wrong = self.url_open(f"{self.url}/sign_off?{token}")
        none = self.url_open(f"/my/tickets/{10**9}/sign_off?{token}")
        self.assertIn("Use the link of the last mail", wrong.text)
        self.assertIn("Use the link of the last mail", none.text)
        self.assertNotIn(self.ticket.subject, wrong.text)
        self.assertEqual(self.url_open(f"/my/tickets/{10**9}?{link}").status_code, 404)
        self.assertTrue(is_page_link(ticket, link.removeprefix("link=")))
        with freeze_time(fields.Datetime.now() + timedelta(days=LINK_DAYS + 1)):
            self.assertFalse(is_page_link(ticket, link.removeprefix("link=")))
        day = link.removeprefix("link=").partition("-")[0]
        for forged in (
            f"{int(day) + 1}-{link.partition('-')[2]}",
            "é",
            "1-é",
            "1-",
            "",
            None,
            "9" * 50,
        ):
            with self.subTest(link=forged):
                self.assertFalse(is_page_link(ticket, forged))

    def test_an_old_link_does_not_lock_the_requester_out(self):
        self._solve(self.ticket)
        old = urlsplit(get_sign_off_url(self.ticket.sudo()))
        self._login(self.portal)
        self.url_open(f"{old.path}?{old.query}")
        self.ticket.with_user(self.portal).action_refuse_solution("No")
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self._fill_form(self.ticket)
            self.ticket.with_user(self.technician).action_solve()
        page = self.url_open(old.path)
        self.assertEqual(page.status_code, 200)

    def test_token_reads_but_does_not_sign(self):
        token = self.ticket.sudo()._portal_ensure_token()
        self._solve(self.ticket)
        self.authenticate(None, None)
        page = self.url_open(f"{self.url}?access_token={token}")
        self.assertIn(self.ticket.subject, page.text)
        self.assertNotIn("o_itsm_go_sign_off", page.text)
        with mute_logger("odoo.http"):
            page = self.url_open(f"{self.url}/sign_off?token={token}")
            self.assertIn("Use the link of the last mail", page.text)
            page = self._post(
                f"{self.url}/sign_off", token=token, rating="5", signature=SIGNATURE
            )
        self.assertIn("Use the link of the last mail", page.text)
        self.assertEqual(self.ticket.state, "solved")

    def test_used_and_outdated_links_say_so(self):
        """Neither a used link nor one of an earlier solution ends in "not found"."""
        self._solve(self.ticket)
        url = urlsplit(get_sign_off_url(self.ticket.sudo()))
        old = f"{url.path}?{url.query}"
        self.ticket.with_user(self.portal).action_refuse_solution("No")
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self._fill_form(self.ticket)
            self.ticket.with_user(self.technician).action_solve()
        self.authenticate(None, None)
        self.assertIn("Use the link of the last mail", self.url_open(old).text)
        url = urlsplit(get_sign_off_url(self.ticket.sudo()))
        self.ticket.with_user(self.portal).action_sign_off(5, signature=SIGNATURE)
        page = self.url_open(f"{url.path}?{url.query}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Signed off on", page.text)

    def test_link_takes_up_a_closed_ticket(self):
        """Once, however often the form is sent; with words only."""
        self._solve(self.ticket)
        with freeze_time(fields.Datetime.now() + timedelta(days=60)):
            self.ticket.sudo()._close_unsigned()
        url = urlsplit(get_sign_off_url(self.ticket.sudo()))
        self.authenticate(None, None)
        page = self.url_open(f"{url.path}?{url.query}")
        self.assertIn("Closed without a signature", page.text)
        token = get_sign_off_token(self.ticket.sudo())
        for reason in ("", "It is black again", "It is black again"):
            self._post(url.path, token=token, answer="refuse", reason=reason)
        self.assertEqual(len(self.ticket.child_ids), 1)
        self.assertIn("black again", self.ticket.child_ids.description)
        self.assertTrue(self.ticket.child_ids.sudo().activity_ids)

    def test_filing(self):
        self._login(self.portal)
        page = self.url_open("/my/service-tickets/new")
        self.assertIn(self.service.name, page.text)
        page = self.url_open(
            "/my/service-tickets/new",
            data={
                "csrf_token": Request.csrf_token(self),
                "subject": "Screen is black",
                "description": "Since today.\n<b>Help</b>",
                "service_id": str(self.service.id),
                "place": "on_site",
                # What a requester may not choose.
                "partner_id": str(self.stranger.partner_id.id),
                "state": "closed",
                "user_id": str(self.technician.id),
            },
            files=[("attachments", ("screen.txt", b"black", "text/plain"))],
        )
        ticket = self.env["itsm.ticket"].search([("subject", "=", "Screen is black")])
        self.assertIn(f"/my/service-tickets/{ticket.id}", page.url)
        self.assertRecordValues(
            ticket,
            [
                {
                    "partner_id": self.portal.partner_id.id,
                    "service_id": self.service.id,
                    "team_id": self.team.id,
                    "place": "on_site",
                    "channel": "portal",
                    "state": "new",
                    "user_id": False,
                }
            ],
        )
        self.assertIn("&lt;b&gt;", str(ticket.description))
        files = ticket.message_ids.attachment_ids
        self.assertEqual(files.mapped("name"), ["screen.txt"])

    def test_refused_reason_is_shown_again(self):
        self._login(self.portal)
        long = "Nobody needs it " * 3
        self.patch(
            self.env.registry["itsm.ticket"],
            "action_cancel",
            lambda ticket, reason: self._refuse("Not today"),
        )
        page = html.fromstring(self._post(f"{self.url}/cancel", reason=long).text)
        [field] = page.xpath("//textarea[@name='reason']")
        self.assertEqual(field.text.strip(), long.strip())
        self.assertEqual(field.get("aria-invalid"), "true")
        self.assertTrue(field.xpath("ancestor::details[@open]"))
        page = html.fromstring(self.url_open(self.url).text)
        self.assertFalse(page.xpath("//details[@open]"))

    def _refuse(self, text):
        raise UserError(text)

    def test_filing_twice(self):
        """One click that comes twice is one ticket; other words are another one."""
        self._login(self.portal)
        page = html.fromstring(self.url_open("/my/service-tickets/new").text)
        [session] = page.xpath("//input[@name='search_session']/@value")
        tickets = self.env["itsm.ticket"].sudo()
        seen = []
        for subject, text in (("Screen", "x"), ("Screen", "x"), ("Screen", "y")):
            page = self._post(
                "/my/service-tickets/new",
                subject=subject,
                description=text,
                search_session=session,
            )
            self.assertIn("was filed", page.text)
            seen.append(page.url)
        self.assertEqual(seen[0], seen[1])
        self.assertNotEqual(seen[0], seen[2])
        self.assertEqual(tickets.search_count([("subject", "=", "Screen")]), 2)
        # The same at the same moment, over two connections: the index says no.
        log = self.env["itsm.search.log"].sudo().search([], limit=1)
        with self.assertRaises(ConcurrencyError), mute_logger("odoo.sql_db"):
            record_search(
                self.env(user=self.portal),
                session,
                "filed",
                ticket_id=log.ticket_id.id,
                filing_key=log.filing_key,
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_filing_that_is_tried_again_keeps_every_file(self):
        names = {"name": "ticket_once", "table": "itsm_ticket", "at": 1}
        self.env.cr.execute(ONCE % names)  # pylint: disable=sql-injection
        self._login(self.portal)
        self.url_open(
            "/my/service-tickets/new",
            data={
                "csrf_token": Request.csrf_token(self),
                "subject": "Three screens",
                "service_id": str(self.service.id),
            },
            files=[
                ("attachments", (f"{number}.txt", b"x" * number, "text/plain"))
                for number in range(1, 4)
            ],
        )
        ticket = self.env["itsm.ticket"].search([("subject", "=", "Three screens")])
        files = ticket.message_ids.attachment_ids.sorted("name")
        self.assertEqual(files.mapped("name"), ["1.txt", "2.txt", "3.txt"])
        self.assertEqual(files.mapped("file_size"), [1, 2, 3])

    def test_bad_forms(self):
        self._login(self.portal)
        hidden = self.env["itsm.service"].create(
            {"name": "Hidden", "category_id": self.category.id, "is_portal": False}
        )
        count = self.env["itsm.ticket"].search_count([])
        for data in ({"subject": " "}, {"subject": "x" * 201}):
            page = self._post("/my/service-tickets/new", **data)
            self.assertIn("alert-danger", page.text)
        self.assertEqual(self.env["itsm.ticket"].search_count([]), count)
        for number, service in enumerate((str(hidden.id), "nonsense", "")):
            self._post(
                "/my/service-tickets/new", subject=f"Odd {number}", service_id=service
            )
            ticket = self.env["itsm.ticket"].search([("subject", "=", f"Odd {number}")])
            self.assertFalse(ticket.service_id)
        with mute_logger("odoo.http"):
            page = self.url_open(
                "/my/service-tickets/new", data={"subject": "No token"}
            )
        self.assertEqual(page.status_code, 400)

    def test_writing_needs_post(self):
        self._login(self.portal)
        self._solve(self.ticket)
        with mute_logger("odoo.http"):
            for step in ("cancel", "reopen"):
                page = self.url_open(f"{self.url}/{step}?reason=x")
                self.assertEqual(page.status_code, 405)
        self.url_open(f"{self.url}/sign_off?rating=5&signature={SIGNATURE}")
        self.assertEqual(self.ticket.state, "solved")

    def test_signing_off(self):
        self._solve(self.ticket)
        self._login(self.portal)
        self.assertIn("o_itsm_go_sign_off", self.url_open(self.url).text)
        url = f"{self.url}/sign_off"
        self.assertIn("o_itsm_signature", self.url_open(url).text)
        for data in (
            {"rating": "5"},
            {"rating": "9", "signature": SIGNATURE},
            {"signature": SIGNATURE},
        ):
            page = self._post(url, **data)
            self.assertIn("alert-danger", page.text)
        self.assertEqual(self.ticket.state, "solved")
        page = self._post(url, rating="4", comment="Fine", signature=SIGNATURE)
        self.assertTrue(page.url.endswith(self.url))
        self.assertRecordValues(
            self.ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "portal",
                    "rating_value": 4,
                    "rating_comment": "Fine",
                }
            ],
        )
        page = self._post(url, rating="1", signature=SIGNATURE)
        self.assertEqual(self.ticket.rating_value, 4)

    def test_refusing_the_solution(self):
        self._solve(self.ticket)
        self._login(self.portal)
        page = self._post(f"{self.url}/sign_off", answer="refuse", reason="")
        self.assertIn("alert-danger", page.text)
        self._post(f"{self.url}/sign_off", answer="refuse", reason="Still black")
        self.assertEqual(self.ticket.state, "in_progress")

    def test_cancel_and_follow_up(self):
        self._login(self.portal)
        self.assertIn("/cancel", self.url_open(self.url).text)
        self._solve(self.ticket)
        page = self._post(f"{self.url}/cancel", reason="x")
        self.assertIn("alert-danger", page.text)
        self.ticket.action_sign_off(5, signature=SIGNATURE)
        page = self._post(f"{self.url}/reopen", reason="Again")
        child = self.ticket.sudo().child_ids
        self.assertTrue(page.url.endswith(f"/my/service-tickets/{child.id}"))
        page = self._post(f"{self.url}/reopen", reason="Again")
        self.assertEqual(self.ticket.sudo().child_ids, child, "a second click")
        self.assertTrue(page.url.endswith(f"/my/service-tickets/{child.id}"))
        page = self._post(f"/my/service-tickets/{child.id}/cancel", reason="A mistake")
        self.assertIn("alert-success", page.text)
        page = self._post(f"/my/service-tickets/{child.id}/cancel", reason="A mistake")
        self.assertIn("alert-success", page.text, "a second click")
        self.assertEqual(child.state, "cancelled")
        self.assertIn("A mistake", page.text)

    def test_mail_link(self):
        self._solve(self.ticket)
        url = re.sub(r"^https?://[^/]+", "", get_sign_off_url(self.ticket))
        path, _sep, query = url.partition("?")
        token = query.removeprefix("token=")
        self._login(self.technician)
        self.assertIn("logged in as", self.url_open(url).text)
        page = self._post(path, token=token, rating="5", signature=SIGNATURE)
        self.assertIn("logged in as", page.text)
        self.assertEqual(self.ticket.state, "solved")
        self.authenticate(None, None)
        self.assertIn("o_itsm_signature", self.url_open(url).text)
        page = self._post(path, token=token, rating="5", signature=SIGNATURE)
        self.assertIn("Thank you", page.text)
        self.assertRecordValues(
            self.ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "mail",
                    "signed_off_by_id": self.portal.partner_id.id,
                }
            ],
        )
        with mute_logger("odoo.http"):
            page = self._post(path, token=token, rating="1", signature=SIGNATURE)
        self.assertEqual(self.ticket.rating_value, 5)

    def test_reply_by_the_mail_link(self):
        self._solve(self.ticket)
        url = f"{self.url}/sign_off"
        self.authenticate(None, None)
        self._post(
            url,
            token=get_sign_off_token(self.ticket),
            answer="refuse",
            reason="Still black",
        )
        self.assertEqual(self.ticket.state, "in_progress")
        message = self.ticket.sudo().message_ids.filtered(
            lambda item: "Still black" in item.body
        )
        self.assertEqual(message.author_id, self.portal.partner_id)

    def test_portal_message_reopens(self):
        self._solve(self.ticket)
        self._login(self.portal)
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "itsm.ticket",
                "thread_id": self.ticket.id,
                "post_data": {
                    "body": "Still black",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        self.assertEqual(self.ticket.state, "in_progress")

    def test_employees_use_the_portal_too(self):
        ticket = self._solve(self._file())
        self._login(self.requester)
        self.assertIn(ticket.name, self.url_open("/my/service-tickets").text)
        page = self._post(
            f"/my/service-tickets/{ticket.id}/sign_off", rating="3", signature=SIGNATURE
        )
        self.assertEqual(page.status_code, 200)
        self.assertEqual(ticket.sign_off_method, "portal")

    def test_handling_form_prints(self):
        self._solve(self.ticket)
        self.ticket.action_sign_off(5, signature=SIGNATURE)
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.technician)
            ._render_qweb_html("itsm_desk.report_ticket", self.ticket.ids)
        )
        text = html.decode()
        for part in (
            self.ticket.name,
            "The mailbox was full.",
            "Old mail was archived.",
            "data:image/png;base64",
        ):
            self.assertIn(part, text)
        # What the desk prints for itself is no page of the requester.
        for user in (self.portal, self.stranger, self.requester):
            with self.assertRaises(AccessError):
                self.env["ir.actions.report"].with_user(user)._render_qweb_html(
                    "itsm_desk.report_ticket", self.ticket.ids
                )
