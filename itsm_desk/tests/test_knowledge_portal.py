import json
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from ..controllers import knowledge
from ..tools.rate import RateLimit
from .fake_browser import AxeCase
from .test_knowledge_article import KnowledgeCommon


class KnowledgePages(KnowledgeCommon):
    """An article for everybody, one for requesters and one for technicians."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.public = cls._write_article(
            name="Opening hours", body="<p>From nine on.</p>", audience="public"
        )
        cls.internal = cls._write_article(
            name="Root passwords", body="<p>In the safe.</p>", audience="technician"
        )
        file = (
            cls.env["ir.attachment"]
            .with_user(cls.technician)
            .create({"name": "plan.txt", "raw": b"plan", "res_model": "itsm.article"})
        )
        cls.article.attachment_ids = file
        cls.file = file.sudo(False).with_env(cls.env)
        for article in cls.article + cls.public + cls.internal:
            cls._publish(article)


@tagged("post_install", "-at_install")
class TestKnowledgePortal(KnowledgePages, HttpCase):
    """What visitors and requesters find, read and say in the portal."""

    def setUp(self):
        super().setUp()
        self.patch(knowledge, "QUESTIONS", RateLimit(60, 60))

    def _ask(self, text, **options):
        return self.make_jsonrpc_request(
            "/my/service-tickets/suggest", {"text": text, **options}
        )

    def test_suggestions_while_typing(self):
        self.authenticate(self.portal.login, self.portal.login)
        (row,) = self._ask("outlook password", service_id=str(self.service.id))
        self.assertEqual(row["url"], f"/service-knowledge/{self.article.id}")
        self.assertEqual(self._ask("root"), [], "not for requesters")
        for text, options in (
            (None, {}),
            (["outlook"], {}),
            ({"a": 1}, {}),
            ("outlook \ud800", {"service_id": "9" * 30}),
            ("outlook", {"service_id": "x"}),
            ("outlook", {"service_id": [1]}),
            ("outlook" * 10_000, {}),
        ):
            with self.subTest(text=str(text)[:20], options=options):
                self.assertIsInstance(self._ask(text, **options), list)

    # ------------------------------------------------------------
    # TICKETS NOT NEEDED
    # ------------------------------------------------------------

    def _open(self, session, article=None, **values):
        return self.make_jsonrpc_request(
            "/my/service-tickets/opened",
            {
                "session": session,
                "article_id": (article or self.article).id,
                "text": "outlook",
                "service_id": str(self.service.id),
                **values,
            },
        )

    def _grow_older(self, days):
        """Let all that was logged have happened ``days`` ago."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsm_search_log SET create_date = create_date - %s * interval"
            " '1 day'",
            [days],
        )
        self.env.invalidate_all()

    def test_tickets_not_needed(self):
        self._solve(self._file())
        self.authenticate(self.portal.login, self.portal.login)
        sessions = [letter * 32 for letter in "abc"]
        for session in sessions:
            self.assertTrue(self._open(session))
        page = self.url_open(
            "/my/service-tickets/new",
            data={
                "csrf_token": Request.csrf_token(self),
                "subject": "Outlook again",
                "service_id": "",
                "search_session": sessions[0],
            },
        )
        self.assertEqual(page.status_code, 200)
        deflections = self.env["itsm.article.deflection"]
        self.assertFalse(deflections.search([]), "seven days have not passed")
        self._grow_older(8)
        # Two looks of a person within the days would have been one ticket.
        self.assertEqual(len(deflections.search([])), 1)
        self.assertTrue(self._open("d" * 32))
        self._grow_older(8)
        self.assertRecordValues(
            deflections.with_user(self.quality).search([]),
            [
                {
                    "article_id": self.article.id,
                    "service_id": self.service.id,
                    "question": "outlook",
                    "median_minutes": 15,
                    "saved_hours": 0.25,
                }
            ]
            * 2,
        )
        # A ticket on another service counts for nothing, one on the same for all.
        other = self.service.copy({"name": "Telephone"})
        self._file_portal(service_id=other.id)
        self._move_tickets()
        self.assertEqual(len(deflections.search([])), 2)
        self._file_portal()
        self._move_tickets()
        # That of more than a week before needed none.
        self.assertEqual(len(deflections.search([])), 1)

    def test_look_before_the_service_was_chosen(self):
        """It may have been on the same service, and is no second ticket not filed."""
        self.authenticate(self.portal.login, self.portal.login)
        deflections = self.env["itsm.article.deflection"]
        other = self.service.copy({"name": "Telephone"})
        for number, service in enumerate(("", self.service.id, "", other.id)):
            self.assertTrue(self._open(f"{number}" * 32, service_id=str(service)))
            self._grow_older(1)
        self._grow_older(8)
        self.assertEqual(len(deflections.search([])), 1)
        # Two services that were named are two.
        for number, service in enumerate((self.service, other), start=4):
            self.assertTrue(self._open(f"{number}" * 32, service_id=str(service.id)))
        self._grow_older(8)
        self.assertEqual(len(deflections.search([])), 3)

    def _move_tickets(self):
        """Let the newest ticket have been filed three days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsm_ticket SET create_date = create_date - interval '3 days'"
            " WHERE id = (SELECT max(id) FROM itsm_ticket)"
        )
        self.env.invalidate_all()

    def test_what_is_not_logged(self):
        self.authenticate(self.portal.login, self.portal.login)
        logs = self.env["itsm.search.log"]
        for session in (None, "x", 1, ["a" * 32], "A" * 32):
            self._open(session)
        self.assertFalse(logs.search([]))
        self._open("d" * 32, article_id="1")
        with (
            mute_logger("odoo.http"),
            self.assertRaisesRegex(JsonRpcException, "NotFound"),
        ):
            self._open("d" * 32, article_id=10**12)
        self._open("d" * 32, service_id={"a": 1}, text=["x"])
        self.assertRecordValues(
            logs.search([]), [{"service_id": False, "question": ""}]
        )
        for _turn in range(25):
            self._open("d" * 32)
        self.assertEqual(len(logs.search([])), 20)
        # Nobody writes in the name of somebody else's form.
        self.authenticate(self.other_portal.login, self.other_portal.login)
        self._open("d" * 32)
        self.assertEqual(logs.search([]).partner_id, self.portal.partner_id)
        with self.assertRaises(AccessError):
            logs.with_user(self.lead).search([])
        with self.assertRaises(AccessError):
            logs.search([], limit=1).sudo().unlink()

    def test_suggestions_are_limited(self):
        self.authenticate(self.portal.login, self.portal.login)
        self.patch(knowledge, "QUESTIONS", RateLimit(2, 60))
        self.assertTrue(self._ask("outlook"))
        self.assertTrue(self._ask("outlook"))
        self.assertEqual(self._ask("outlook"), [])
        answer = self.url_open("/service-knowledge?search=outlook")
        self.assertEqual(answer.status_code, 429)

    def test_rate(self):
        now = [0]
        rate = RateLimit(2, 60, clock=lambda: now[0])
        self.assertEqual([rate.take("a") for _turn in range(3)], [True, True, False])
        self.assertTrue(rate.take("b"))
        now[0] = 61
        self.assertTrue(rate.take("a"))
        with patch.object(RateLimit, "MOST_KEYS", 1):
            rate.take("c")
        self.assertEqual(list(rate._acts), ["c"])

    @mute_logger("odoo.http")
    def test_suggestions_need_a_log_in(self):
        answer = self.url_open(
            "/my/service-tickets/suggest",
            data=json.dumps({"params": {"text": "outlook"}}),
            headers={"Content-Type": "application/json"},
        )
        self.assertIn("SessionExpired", answer.text)

    def test_pages(self):
        pages = {
            self.article: {"portal", "employee", "technician"},
            self.public: {"visitor", "portal", "employee", "technician"},
            self.internal: {"technician"},
        }
        for who, user in (
            ("visitor", None),
            ("portal", self.portal),
            ("employee", self.stranger),
            ("technician", self.technician),
        ):
            self.authenticate(user and user.login, user and user.login)
            listed = self.url_open("/service-knowledge").text
            for article, readers in pages.items():
                with self.subTest(who=who, article=article.name):
                    answer = self.url_open(f"/service-knowledge/{article.id}")
                    self.assertEqual(answer.status_code, 200 if who in readers else 404)
                    self.assertEqual(article.name in listed, who in readers)
            file = self.url_open(
                f"/service-knowledge/{self.article.id}/files/{self.file.id}"
            )
            self.assertEqual(file.status_code, 404 if who == "visitor" else 200)
        found = self.url_open("/service-knowledge?search=opening+hours").text
        self.assertIn(f"/service-knowledge/{self.public.id}", found)
        self.assertIn(
            "Nothing was found", self.url_open("/service-knowledge?search=qqqq%00").text
        )

    def test_files_of_other_records_are_not_sent(self):
        self.authenticate(self.portal.login, self.portal.login)
        secret = self.env["ir.attachment"].create(
            {
                "name": "note.txt",
                "raw": b"x",
                "res_model": "itsm.article",
                "res_id": self.article.id,
            }
        )
        answer = self.url_open(
            f"/service-knowledge/{self.article.id}/files/{secret.id}"
        )
        self.assertEqual(answer.status_code, 404)

    def test_votes(self):
        self.authenticate(self.portal.login, self.portal.login)
        address = f"/service-knowledge/{self.article.id}/vote"

        def vote(**values):
            return self.url_open(
                address, data={"csrf_token": Request.csrf_token(self), **values}
            ).text

        with mute_logger("odoo.http"):
            self.assertEqual(
                self.url_open(address, data={"answer": "helpful"}).status_code, 400
            )
        self.assertIn("Say why", vote(answer="no", reason="x"))
        self.assertIn("Thank you", vote(answer="no", reason="wrong", comment="Old"))
        self.assertIn("You told us already", vote(answer="helpful"))
        self.assertRecordValues(
            self.article.feedback_ids,
            [
                {
                    "partner_id": self.portal.partner_id.id,
                    "is_helpful": False,
                    "reason": "wrong",
                    "comment": "Old",
                }
            ],
        )
        hidden = self.url_open(
            f"/service-knowledge/{self.internal.id}/vote",
            data={"csrf_token": Request.csrf_token(self), "answer": "helpful"},
        )
        self.assertEqual(hidden.status_code, 404)

    # ------------------------------------------------------------
    # OTHER PLACES
    # ------------------------------------------------------------

    def test_acknowledgement_names_articles(self):
        ticket = self._file_portal(subject="Outlook wants my password")
        mail = ticket.sudo().message_ids.filtered(
            lambda message: message.message_type == "auto_comment"
        )
        self.assertIn(f"/service-knowledge/{self.article.id}", mail.body)
        self.assertNotIn(self.internal.name, mail.body)
        # Without a log-in only what everybody reads.
        partner = self.env["res.partner"].create({"name": "Guest"})
        other = ticket.sudo().copy(
            {"partner_id": partner.id, "subject": "Outlook opening hours"}
        )
        titles = [row["title"] for row in other._get_articles_to_read()]
        self.assertEqual(titles, [self.public.name])

    def test_form_of_a_ticket(self):
        ticket = self._file(subject="Outlook, root passwords")
        for user, expected in (
            (self.technician, self.internal + self.article),
            (self.requester, self.article),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(
                    set(ticket.with_user(user).suggested_article_ids.ids),
                    set(expected.ids),
                )
        self.article.action_revise()
        self.env.invalidate_all()
        self.assertFalse(ticket.with_user(self.requester).suggested_article_ids)
        draft = self.env["itsm.ticket"].with_user(self.technician)
        draft = draft.new({"subject": "Opening hours?", "service_id": self.service.id})
        self.assertEqual(draft.suggested_article_ids.ids, self.public.ids)


@tagged("post_install", "-at_install")
class TestKnowledgePages(KnowledgePages, AxeCase, HttpCase):
    """The pages on a phone and on a desk, in two languages, and in a browser."""

    def test_pages_are_usable(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        urls = [
            "/service-knowledge",
            "/service-knowledge?search=outlook",
            f"/service-knowledge/{self.article.id}",
        ]
        self.assertUsable(self.portal.login, urls)
        self.assertUsable(self.portal.login, urls, width=1280)
        self.portal.lang = "zh_CN"
        self.assertUsable(self.portal.login, urls, width=360, lang="zh")

    def test_question_without_a_ticket_in_the_back_office(self):
        """Who reads an article in the form of the back office and leaves is counted."""
        self.start_tour(
            "/odoo/my-service-tickets/new",
            "itsm_desk_back_office_suggest",
            login=self.requester.login,
        )
        log = self.env["itsm.search.log"].search(
            [("partner_id", "=", self.requester.partner_id.id)]
        )
        self.assertRecordValues(
            log,
            [
                {
                    "kind": "read",
                    "article_id": self.article.id,
                    "question": "Outlook asks for the password",
                }
            ],
        )
        self.assertFalse(
            self.env["itsm.ticket"].search(
                [("partner_id", "=", self.requester.partner_id.id)]
            )
        )

    def test_nothing_found_is_wanted(self):
        logs = self.env["itsm.search.log"]
        for login in (None, self.portal.login, self.portal.login):
            if login:
                self.authenticate(login, login)
            page = self.url_open("/service-knowledge?search=zzyzx")
            self.assertEqual(page.status_code, 200)
        log = logs.search([("kind", "=", "missed")])
        self.assertRecordValues(
            log,
            [{"question": "zzyzx", "partner_id": self.portal.partner_id.id}],
        )

    def test_question_without_a_ticket(self):
        self.start_tour(
            "/my/service-tickets/new",
            "itsm_desk_portal_suggest",
            login=self.portal.login,
        )
        self.assertFalse(
            self.env["itsm.ticket"].search(
                [("partner_id", "=", self.portal.partner_id.id)]
            )
        )
