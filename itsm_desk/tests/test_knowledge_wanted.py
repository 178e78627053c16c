from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged

from ..models.catalogue.team_wall import get_wall
from ..models.knowledge.itsm_search_log import record_missed, record_search
from .common import DeskCommon

BOX = ("name", "keywords", "body")
"""What the search box of the article list looks into."""


@tagged("post_install", "-at_install")
class TestWanted(DeskCommon):
    """What is asked in forms of tickets and has no article."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviewer = cls._new_user("reviewer", "group_itsm_kb_reviewer")
        cls.session = 0

    def _ask(self, question, user=None):
        """File a ticket from the form, whose search found nothing."""
        user = user or self.requester
        ticket = self._file(user, subject=question)
        type(self).session += 1
        record_search(
            self.env(user=user),
            f"{self.session:032x}",
            "filed",
            question,
            ticket_id=ticket.id,
            service_id=self.service.id,
        )
        return ticket

    def _find(self, user=None):
        return self.env["itsm.article.wanted"].with_user(user or self.lead).search([])

    def test_ranking(self):
        self._ask("Printers are jammed")
        self._ask("jammed the PRINTER", self.stranger)
        self._ask("打印机卡纸")
        self._ask("打印机卡纸了吗")
        self._ask("打印机卡纸！", self.stranger)
        self._ask("Badge lost")
        self.env.flush_all()
        wanted = self._find()
        # What one person alone asked is the subject of that person's ticket.
        self.assertNotIn("Badge lost", wanted.mapped("question"))
        self.assertNotIn(1, wanted.mapped("requester_count"))
        self.assertEqual(wanted.mapped("ask_count"), [2, 2])
        first = wanted.filtered(lambda row: "PRINTER" in row.question)
        self.assertEqual((first.ask_count, first.requester_count), (2, 2))
        self.assertEqual(first.service_id, self.service)

    def test_asked_without_the_form(self):
        """Tickets of any channel count, noted in the night, once."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        logs = self.env["itsm.search.log"]
        by_form = self._ask("Badge lost")
        self._file(self.stranger, subject="Lost: badge")
        self._file(
            self.technician,
            subject="badges lost",
            channel="phone",
            partner_id=self.requester.partner_id.id,
        )
        # An article was opened in the form of the back office before.
        article = self.env["itsm.article"].create({"name": "Gate"})
        reader = self.env(user=self.boss)
        record_search(reader, "e" * 32, "read", "scanner", article_id=article.id)
        scanner = self._file(self.boss, subject="Scanner silent")
        self.env.flush_all()
        self.assertFalse(self._find())
        for _night in range(2):
            logs._cron_note_filed()
            self.env.flush_all()
            self.env.invalidate_all()
            wanted = self._find()
            self.assertRecordValues(wanted, [{"ask_count": 3, "requester_count": 2}])
        log = logs.search([("ticket_id", "=", scanner.id)])
        self.assertEqual((log.session, log.kind), ("e" * 32, "filed"))
        self.assertEqual(len(logs.search([("ticket_id", "=", by_form.id)])), 1)
        # What nobody finds among the articles is wanted, too, once a day and person.
        for user in (self.requester, self.requester, self.stranger):
            record_missed(self.env(user=user), "moon calendar")
        record_missed(self.env(user=self.env.ref("base.public_user")), "moon calendar")
        self.env.flush_all()
        self.env.invalidate_all()
        missed = self._find() - wanted
        self.assertRecordValues(
            missed, [{"ask_count": 2, "requester_count": 2, "minutes": 0}]
        )

    def test_asked_in_the_list_of_the_desk(self):
        """What the desk looks for in vain is wanted, too."""
        articles = self.env["itsm.article"]
        draft = articles.with_user(self.technician).create(
            {"name": "Moon calendar", "body": "<p>On the wall.</p>"}
        )
        draft.action_submit()
        review = draft.with_user(self.manager)
        review.check_ids.write({"is_met": True})
        review.action_publish()
        articles.create({"name": "Sun calendar", "body": "<p>Next to it.</p>"})
        logs = self.env["itsm.search.log"].search([])

        def look(text, user, *more, **options):
            domain = ["|", "|", *([name, "ilike", text] for name in BOX), *more]
            args = [domain, {"name": {}}]
            call_kw(articles.with_user(user), "web_search_read", args, options)

        for user in (self.technician, self.colleague, self.colleague):
            look("tape robot", user, limit=80)
        # It is there, and hidden by a filter only; or nothing was typed.
        look("Sun calendar", self.technician, ["state", "=", "retired"])
        look("calendar of the moon", self.technician)
        look("tape robot", self.lead, offset=80)
        look("", self.lead)
        self.env.flush_all()
        self.env.invalidate_all()
        found = self.env["itsm.search.log"].search([]) - logs
        self.assertEqual(found.mapped("kind"), ["missed"] * 2)
        self.assertEqual(
            found.partner_id, (self.technician | self.colleague).partner_id
        )
        self.assertRecordValues(
            self._find(), [{"question": "tape robot", "requester_count": 2}]
        )

    def test_access(self):
        self._ask("Badge lost")
        self._ask("Badge lost", self.stranger)
        self.env.flush_all()
        for user in (self.technician, self.requester, self.portal):
            self.assertFalse(
                self.env["itsm.article.wanted"].with_user(user).has_access("read")
            )
        wanted = self._find(self.quality)
        with self.assertRaises(AccessError):
            wanted.action_write_article()
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far", "group_itsm_manager", company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(self._find(far))

    def test_article_answers_it(self):
        self._ask("Badge lost")
        self._ask("Badge lost", self.stranger)
        self.env.flush_all()
        wanted = self._find(self.reviewer)
        action = wanted.action_write_article()
        article = self.env["itsm.article"].browse(action["res_id"])
        self.assertEqual(article.name, "Badge lost")
        self.assertEqual(article.service_ids, self.service)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self._find(self.reviewer).article_id, article)
        again = self._find(self.lead).action_write_article()
        self.assertEqual(again["res_id"], article.id)
        with self.assertRaises(AccessError):
            article.with_user(self.reviewer).write({"asked_words": "other"})
        article.with_user(self.reviewer).write({"body": "<p>Go to the gate.</p>"})
        article.with_user(self.reviewer).action_submit()
        mine = article.with_user(self.manager)
        mine.check_ids.write({"is_met": True})
        mine.action_publish()
        self.env.flush_all()
        self.assertFalse(self._find())

    def test_linked_article_is_an_answer(self):
        ticket = self._ask("Badge lost")
        self._solve(ticket)
        ticket.with_user(self.technician).action_create_article()
        self.env.flush_all()
        self.assertFalse(self._find())


@tagged("post_install", "-at_install")
class TestWall(DeskCommon, HttpCase):
    """The wall board: numbers without names, for whoever has the address."""

    def test_who_shows_it(self):
        for user in (self.technician, self.requester, self.quality):
            team = self.team.with_user(user)
            self.assertFalse(team.can_show_wall)
            with self.assertRaises(AccessError):
                team.action_show_wall()
            with self.assertRaises(AccessError):
                team.action_renew_wall()
        url = self.team.with_user(self.lead).action_show_wall()["url"]
        self.assertEqual(self.team.with_user(self.lead).action_show_wall()["url"], url)
        for user in (self.lead, self.manager):
            with self.assertRaises(AccessError):
                self.team.with_user(user).read(["wall_token"])
        with self.assertRaises(AccessError):
            self.team.with_user(self.manager).write({"wall_token": "1"})

    def test_page(self):
        self._file()
        late = self._file()
        late.with_user(self.technician).action_take()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE itsm_ticket SET sla_next_deadline = now() - interval '1 hour'"
            " WHERE id = %s",
            [late.id],
        )
        self.env.invalidate_all()
        wall = get_wall(self.team)
        self.assertEqual((wall["open"], wall["unowned"], wall["overdue"]), (2, 1, 1))
        self.assertIsNone(wall["response"])
        url = self.team.with_user(self.lead).action_show_wall()["url"]
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertIn("First line", page.text)
        for person in (self.technician, self.lead, self.requester):
            self.assertNotIn(person.name, page.text)
        for odd in ("_", "%C3%A9", "%E6%89%93"):
            self.assertEqual(self.url_open(url[:-1] + odd).status_code, 404)
        self.team.with_user(self.lead).action_renew_wall()
        self.assertEqual(self.url_open(url).status_code, 404)
        other = f"/service-desk/wall/{self.second_team.id}/"
        self.assertEqual(self.url_open(other + "False").status_code, 404)
