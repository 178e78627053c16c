from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.knowledge import itsm_article_search
from ..tools.search_words import (
    distance,
    get_corrections,
    make_excerpt,
    make_terms,
    make_vector,
)
from .test_knowledge_article import KnowledgeCommon


@tagged("post_install", "-at_install")
class TestSearch(KnowledgeCommon):
    """What is suggested for a question, and to whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vpn = cls._write_article(
            name="VPN 连接超时怎么处理",
            body="<p>先确认家里的网络能打开网页，再把网关地址改为备用地址。</p>",
        )
        cls.printer = cls._write_article(
            name="Printer shows offline",
            body="<p>Clear the spooler queue &amp; restart it. Code 0x800.</p>",
        )
        cls.paper = cls._write_article(
            name="打印机卡纸的清理方法", body="<p>打开后盖，沿出纸方向抽出。</p>"
        )
        for article in cls.article + cls.vpn + cls.printer + cls.paper:
            cls._publish(article)

    def _suggest(self, text, user=None, **options):
        articles = self.env["itsm.article"].with_user(user or self.portal)
        return [row["id"] for row in articles.suggest(text, **options)]

    # ------------------------------------------------------------
    # WORDS
    # ------------------------------------------------------------

    def test_terms(self):
        stems = {word: word for word in ("vpn", "outlook", "wifi")}
        stems["printers"] = "printer"
        for text, expected in (
            ("ＶＰＮ连不上", ["vpn", "连", "连不", "不上"]),
            ("the printers", ["printer"]),
            ("错误0x800", ["错", "误", "错误", "0x800", "800"]),
            ("169.254", ["169.254", "169", "254"]),
            ("Wi-Fi", ["wi-fi", "wifi"]),
            ("Outlook2019", ["outlook2019", "outlook", "2019"]),
            ("", []),
            ("!? \u3000", []),
        ):
            with self.subTest(text=text):
                self.assertEqual(make_terms(text, stems), expected)

    def test_vector_is_data(self):
        text, length = make_vector([("A", ["it's", "a\\b", "词"]), ("D", ["词"])])
        self.assertEqual(length, 4)
        self.env.cr.execute("SELECT %s::tsvector::text", [text])
        self.assertEqual(
            self.env.cr.fetchone()[0],
            "'a\\\\b':2A 'it''s':1A '词':3A,4",
        )

    def test_typing_errors(self):
        self.assertEqual(distance("pritner", "printer", 2), 1)
        self.assertEqual(distance("abc", "abcdefg", 2), 3)
        self.assertEqual(
            get_corrections("pritner", ["printer", "pointer"]), ["printer"]
        )
        self.assertEqual(get_corrections("xxxx", ["printer"]), [])

    def test_excerpt(self):
        text = "word " * 100 + "needle in here " + "word " * 100
        self.assertIn("needle", make_excerpt(text, ["needle"]))
        self.assertLess(len(make_excerpt(text, ["needle"])), 180)
        self.assertEqual(make_excerpt("short", ["x"]), "short")

    # ------------------------------------------------------------
    # RANKING
    # ------------------------------------------------------------

    def test_questions(self):
        for text, expected in (
            ("VPN连不上", self.vpn),
            ("vpn timeout", self.vpn),
            ("printers are offline", self.printer),
            ("pritner ofline", self.printer),
            ("0x800", self.printer),
            ("打印机卡住了", self.paper),
            ("网关", self.vpn),
            ("passwords in outlook", self.article),
        ):
            with self.subTest(text=text):
                self.assertEqual(self._suggest(text, limit=1), expected.ids)
        for nothing in ("", "the", "的", "qqqqq zzzzz", "'\\ | & ! :*", "\x00"):
            with self.subTest(text=nothing):
                self.assertEqual(self._suggest(nothing), [])
        self.assertEqual(self._suggest("printer", limit=0), [])
        for text, limit in ((None, 5), (["x"], 5), ("x", "5")):
            with self.assertRaises(UserError):
                self._suggest(text, limit=limit)

    def test_common_words_together(self):
        """Where every word is common, those that have them together are read."""
        articles = []
        for number in range(8):
            word = "floor" if number % 2 else "lamp"
            articles.append(
                self._write_article(
                    name=f"Number {number}", body=f"<p>The {word} is old.</p>"
                )
            )
        both = self._write_article(
            name="Stairs", body="<p>A lamp for each floor, ask the caretaker.</p>"
        )
        for article in [*articles, both]:
            self._publish(article)
        self.patch(itsm_article_search, "MOST_PLACES", 3)
        self.patch(itsm_article_search, "MOST_CANDIDATES", 2)
        self.assertEqual(self._suggest("lamp floor")[:1], both.ids)

    def test_what_is_told(self):
        (row,) = self.env["itsm.article"].suggest("spooler", limit=3)
        self.assertEqual(set(row), {"id", "title", "excerpt", "score"})
        self.assertEqual(row["title"], self.printer.name)
        self.assertIn("spooler queue & restart", row["excerpt"])

    def test_words_of_requesters(self):
        ticket = self._file(
            subject="The grey box blinks",
            description="<p>Blinkenlights</p><p>Sesame</p>",
        )
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_link_article(self.printer.id)
        self.assertEqual(self._suggest("blinks"), [], "not solved yet")
        self._solve(ticket)
        self.assertEqual(self._suggest("blinks"), self.printer.ids)
        self.assertEqual(self._suggest("blinkenlights"), self.printer.ids)
        self.assertEqual(self._suggest("sesame"), [], "first line only")
        (row,) = self.env["itsm.article"].suggest("blinks")
        self.assertNotIn("link", row["excerpt"])
        ticket.with_user(self.requester).action_refuse_solution("No")
        self.assertEqual(self._suggest("blinks"), [])
        self._fill_form(ticket)
        mine.action_solve()
        mine.action_unlink_article(self.printer.id)
        self.assertEqual(self._suggest("blinks"), [])

    def test_service_and_equipment_come_first(self):
        kind = self.env["maintenance.equipment.category"].create({"name": "Laser"})
        machine = self.env["maintenance.equipment"].create(
            {"name": "L1", "category_id": kind.id}
        )
        twins = [
            self._publish(
                self._write_article(
                    name="Scanner jams",
                    body="<p>Open it.</p>",
                    service_ids=[Command.set(service.ids)],
                    equipment_category_ids=[Command.set(category.ids)],
                )
            )
            for service, category in (
                (self.service, kind.browse()),
                (self.approved_service, kind),
            )
        ]
        for options, first in (
            ({"service_id": self.service.id}, twins[0]),
            ({"service_id": self.approved_service.id}, twins[1]),
            ({"equipment_ids": machine.ids}, twins[1]),
            ({"service_id": "x", "equipment_ids": ["x"]}, twins[0]),
        ):
            with self.subTest(options=options):
                self.assertEqual(self._suggest("scanner jams", **options)[0], first.id)

    def test_counted_words(self):
        terms = self.env["itsm.article.term"]
        before = self._suggest("printer offline queue")
        terms._cron_count_terms()
        current = self.env["itsm.article.version"].search_count(
            [("is_current", "=", True)]
        )
        self.env.cr.execute("SELECT frequency FROM itsm_article_term WHERE name = ''")
        self.assertEqual(self.env.cr.fetchone()[0], current)
        self.assertEqual(self._suggest("printer offline queue"), before)
        # Common words are looked up, and this one is as common as all articles.
        self.env.cr.execute(
            "UPDATE itsm_article_term SET frequency = 10000 WHERE name = 'spooler'"
        )
        rare = self.env["itsm.article"].suggest("printer spooler")[0]["score"]
        terms._cron_count_terms()
        self.assertGreater(
            self.env["itsm.article"].suggest("printer spooler")[0]["score"], rare
        )
        self.printer.with_user(self.manager).action_retire()
        terms._cron_count_terms()
        self.env.cr.execute("SELECT 1 FROM itsm_article_term WHERE name = 'spooler'")
        self.assertFalse(self.env.cr.fetchone())

    # ------------------------------------------------------------
    # WHO FINDS WHAT
    # ------------------------------------------------------------

    def test_audience(self):
        hidden = {
            audience: self._publish(
                self._write_article(
                    name="Zebra label",
                    body="<p>Secret</p>",
                    audience=audience,
                    team_id=self.team.id,
                )
            ).id
            for audience in ("public", "requester", "technician", "team")
        }
        public = self.env.ref("base.public_user")
        for user, audiences in (
            (public, ["public"]),
            (self.portal, ["public", "requester"]),
            (self.requester, ["public", "requester"]),
            (self.outsider, ["public", "requester", "technician"]),
            (self.technician, list(hidden)),
        ):
            with self.subTest(user=user.login):
                found = set(self._suggest("zebra", user=user))
                self.assertEqual(found, {hidden[name] for name in audiences})

    def test_only_the_reviewed_text_is_searched(self):
        self.printer.action_revise()
        self.printer.write({"body": "<p>Unreviewedword</p>"})
        self.assertEqual(self._suggest("unreviewedword"), [])
        self.assertEqual(self._suggest("spooler"), self.printer.ids)
        self._publish(self.printer)
        self.assertEqual(self._suggest("unreviewedword"), self.printer.ids)
        self.assertEqual(self._suggest("spooler"), [])
        self.printer.with_user(self.manager).action_retire()
        self.assertEqual(self._suggest("unreviewedword"), [])

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far",
            "group_itsm_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertEqual(self._suggest("printer", user=far), [])

    def test_trips_to_the_database(self):
        self._suggest("printer offline spooler queue")
        self.env.invalidate_all()
        with self.assertQueryCount(9):
            self._suggest("printer offline spooler queue")

    def test_words_that_nobody_types_are_not_remembered(self):
        """They come in mails, each of them once, and would fill the memory."""
        Article = self.env["itsm.article"]
        long = "spooler" * 1000
        found = Article._get_stems({"spoolers", long})
        self.assertEqual(found["spoolers"], "spooler")
        self.assertTrue(found[long])
        self.assertIn("spoolers", itsm_article_search._stems)
        self.assertFalse(long in itsm_article_search._stems, "remembered")
