from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTrainingBook(DeskCommon):
    """Books of articles, their reading lists, and who acknowledges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviewer = cls._new_user("reviewer", "group_itsm_kb_reviewer")
        cls.first = cls._publish("Printers", "<p>Open the cover.</p>")
        cls.second = cls._publish("Badges", "<p>Go to the gate.</p>")

    def setUp(self):
        super().setUp()
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    @classmethod
    def _publish(cls, name, body, **values):
        article = (
            cls.env["itsm.article"]
            .with_user(cls.technician)
            .create({"name": name, "body": body, **values})
        )
        article.action_submit()
        cls._release_article(article)
        return article.with_user(cls.env.user)

    @classmethod
    def _release_article(cls, article):
        mine = article.with_user(cls.reviewer)
        mine.check_ids.write({"is_met": True})
        mine.action_publish()

    def _new_book(self, **values):
        return (
            self.env["itsm.training.book"]
            .with_user(self.lead)
            .create(
                {
                    "name": "First weeks",
                    "team_ids": [Command.set(self.team.ids)],
                    "line_ids": [
                        Command.create({"sequence": 1, "article_id": self.first.id}),
                        Command.create(
                            {
                                "sequence": 2,
                                "article_id": self.second.id,
                                "question": "Where do you go?",
                                "option_ids": [
                                    Command.create({"name": "Home"}),
                                    Command.create({"name": "Gate", "is_right": True}),
                                ],
                            }
                        ),
                    ],
                    **values,
                }
            )
        )

    def _get_list(self, book, user):
        return (
            self.env["itsm.training.reading"]
            .with_user(user)
            .search([("book_id", "=", book.id), ("user_id", "=", user.id)])
        )

    def test_access(self):
        book = self._new_book()
        self.assertFalse(book.with_user(self.technician).has_access("read"))
        for user in (self.requester, self.quality, self.portal):
            self.assertFalse(book.with_user(user).has_access("read"))
        with self.assertRaises(AccessError):
            book.with_user(self.technician).action_issue()
        book.action_issue()
        mine = book.with_user(self.technician)
        self.assertTrue(mine.has_access("read"))
        with self.assertRaises(AccessError):
            mine.write({"name": "Other"})
        right = mine.line_ids.option_ids
        with self.assertRaises(AccessError):
            right.read(["is_right"])
        self.assertFalse(mine.line_ids.has_access("write"))
        with self.assertRaises(AccessError):
            book.write({"reading_ids": [Command.clear()]})
        with self.assertRaises(AccessError):
            book.write({"released_at": fields.Datetime.now()})
        with self.assertRaises(UserError):
            self._new_book(state="released")
        with self.assertRaises(UserError):
            book.unlink()

    def test_released_books_stay_answerable(self):
        book = self._new_book()
        book.action_issue()
        line = book.line_ids[1]
        wrong, right = line.option_ids
        for attack in (
            lambda: wrong.unlink(),
            lambda: right.unlink(),
            lambda: right.write({"is_right": False}),
            lambda: wrong.write({"is_right": True}),
            lambda: wrong.write({"line_id": book.line_ids[0].id}),
            lambda: wrong.create(
                {"line_id": line.id, "name": "Moon", "is_right": True}
            ),
            lambda: book.line_ids[0].write({"question": "What opens?"}),
            lambda: book.line_ids[0].write(
                {"option_ids": [Command.update(right.id, {"is_right": False})]}
            ),
        ):
            with self.assertRaisesRegex(UserError, "exactly one"), self.cr.savepoint():
                attack()
        # What is changed together is asked at the end.
        line.write(
            {
                "option_ids": [
                    Command.delete(right.id),
                    Command.create({"name": "Moon", "is_right": True}),
                ]
            }
        )
        book.write(
            {
                "line_ids": [
                    Command.update(
                        line.id,
                        {
                            "option_ids": [
                                Command.clear(),
                                Command.create({"name": "North"}),
                                Command.create({"name": "South", "is_right": True}),
                            ]
                        },
                    )
                ]
            }
        )
        self.assertEqual(line.option_ids.mapped("name"), ["North", "South"])
        book.action_end()
        option = line.option_ids[0]
        for attack in (
            lambda: option.write({"name": "West"}),
            lambda: option.unlink(),
            lambda: option.create({"line_id": line.id, "name": "East"}),
        ):
            with self.assertRaisesRegex(UserError, "retired"), self.cr.savepoint():
                attack()

    def test_rows_are_the_servers(self):
        book = self._new_book()
        book.action_issue()
        row = self._get_list(book, self.technician)[0]
        for user in (self.technician, self.lead, self.manager, self.reviewer):
            with self.subTest(user=user.login):
                found = row.with_user(user)
                with self.assertRaises(AccessError):
                    found.write({"state": "read"})
                with self.assertRaises(AccessError):
                    found.unlink()
        with self.assertRaises(AccessError):
            row.sudo().write({"state": "read"})
        # A peer reads another's list no more than an outsider.
        self.assertFalse(row.with_user(self.colleague).has_access("read"))
        self.assertFalse(row.with_user(self.outsider).has_access("read"))
        with self.assertRaises(AccessError):
            row.with_user(self.lead).action_acknowledge()
        with self.assertRaises(AccessError):
            row.with_user(self.colleague).action_acknowledge()

    def test_lists_and_acknowledgement(self):
        book = self._new_book()
        book.action_issue()
        rows = self._get_list(book, self.technician)
        self.assertEqual(rows.mapped("title"), ["Printers", "Badges"])
        self.assertEqual(
            set(book.reading_ids.mapped("user_id")), {*self.team.member_ids}
        )
        task = book.activity_ids.filtered(lambda item: item.user_id == self.technician)
        self.assertEqual(task.date_deadline, rows[0].date_due)
        rows[0].action_acknowledge()
        self.assertEqual((rows[0].state, bool(rows[0].read_at)), ("read", True))
        with self.assertRaises(UserError):
            rows[0].action_acknowledge()
        asked = rows[1].action_acknowledge()
        self.assertEqual(asked["res_model"], "itsm.training.answer")
        self.assertEqual(rows[1].state, "open")
        wrong, right = rows[1].line_id.option_ids
        with self.assertRaisesRegex(UserError, "not the right"), self.cr.savepoint():
            rows[1].action_acknowledge(wrong.id)
        for odd in ("x", 10**12, [1], True):
            with self.subTest(value=odd), self.assertRaises(UserError):
                rows[1].action_acknowledge(odd)
        window = (
            self.env["itsm.training.answer"]
            .with_user(self.technician)
            .create({"reading_id": rows[1].id, "option_id": right.id})
        )
        window.action_confirm()
        self.assertEqual(rows[1].state, "read")
        self.assertFalse(
            book.activity_ids.filtered(lambda item: item.user_id == self.technician)
        )
        self.assertEqual((book.read_count, book.open_count), (2, 2))

    def test_new_version_is_read_again(self):
        book = self._new_book()
        book.action_issue()
        mine = self._get_list(book, self.technician)
        mine[0].action_acknowledge()
        article = self.first.with_user(self.technician)
        article.action_revise()
        article.write({"body": "<p>Open both covers.</p>"})
        article.action_submit()
        self._release_article(article)
        self.env["itsm.training.book"]._cron_follow()
        states = {
            (row.title, row.version_id.number): row.state
            for row in self._get_list(book, self.technician).sudo()
        }
        self.assertEqual(
            states,
            {
                ("Printers", 1): "read",
                ("Printers", 2): "open",
                ("Badges", 1): "open",
            },
        )
        other = {
            row.version_id.number: row.state
            for row in self._get_list(book, self.colleague).sudo()
            if row.title == "Printers"
        }
        self.assertEqual(other, {1: "dropped", 2: "open"})

    def test_overdue(self):
        book = self._new_book(reading_days=3)
        book.action_issue()
        self.assertFalse(book.overdue_count)
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            self.env.invalidate_all()
            self.assertEqual(book.overdue_count, 4)
            found = self.env["itsm.training.reading"].search(
                [("is_overdue", "=", True), ("book_id", "=", book.id)]
            )
            self.assertEqual(len(found), 4)

    def _get_told(self, book):
        kind = self.env.ref("itsm_desk.mail_activity_type_training_late")
        tasks = book.sudo().activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )
        self.assertEqual(len(tasks), len(tasks.user_id), "one task a person")
        return tasks

    def test_overdue_climbs(self):
        """Leads are told what their people did not read; after a week managers."""
        self.env.ref("base.user_admin").group_ids -= self.env.ref(
            "itsm_desk.group_itsm_manager"
        )
        book = self._new_book(reading_days=3)
        book.action_issue()
        follow = self.env["itsm.training.book"]._cron_follow
        issued = fields.Datetime.now()
        with freeze_time(issued + timedelta(days=3)):
            follow()
        self.assertFalse(self._get_told(book))
        with freeze_time(issued + timedelta(days=5)):
            follow()
            follow()
            told = self._get_told(book)
            self.assertEqual(told.user_id, self.lead)
            for user in self.team.member_ids:
                self.assertIn(user.name, told.summary)
            option = book.line_ids[1].option_ids.filtered("is_right")
            for row in self._get_list(book, self.technician):
                row.action_acknowledge(row.question and option.id)
            self.assertNotIn(self.technician.name, self._get_told(book).summary)
        with freeze_time(issued + timedelta(days=12)):
            follow()
            self.assertEqual(self._get_told(book).user_id, self.manager)
            for row in self._get_list(book, self.colleague):
                row.action_acknowledge(row.question and option.id)
        self.assertFalse(self._get_told(book))

    def test_overdue_of_a_lead(self):
        """Nobody is told of the own delay: of a lead's it is the managers."""
        self.lead.group_ids |= self.env.ref("itsm_desk.group_itsm_technician")
        self.team.member_ids = self.lead
        book = self._new_book(reading_days=3)
        book.action_issue()
        with freeze_time(fields.Datetime.now() + timedelta(days=5)):
            self.env["itsm.training.book"]._cron_follow()
        self.assertIn(self.manager, self._get_told(book).user_id)
        self.assertNotIn(self.lead, self._get_told(book).user_id)

    def test_reader_changes(self):
        book = self._new_book()
        book.action_issue()
        book.write({"reader_ids": [Command.link(self.outsider.id)]})
        self.assertEqual(len(self._get_list(book, self.outsider)), 2)
        book.write({"team_ids": [Command.clear()]})
        rows = self._get_list(book, self.technician)
        self.assertEqual(set(rows.mapped("state")), {"dropped"})
        book.action_take_back()
        self.assertEqual(
            set(self._get_list(book, self.outsider).mapped("state")), {"dropped"}
        )
        self.assertFalse(book.activity_ids)

    def test_article_of_a_team_stays_there(self):
        secret = self._publish(
            "Keys", "<p>Safe.</p>", audience="team", team_id=self.team.id
        )
        book = self._new_book(reader_ids=[Command.link(self.outsider.id)])
        book.write({"line_ids": [Command.create({"article_id": secret.id})]})
        book.action_issue()
        self.assertEqual(len(self._get_list(book, self.technician)), 3)
        self.assertEqual(len(self._get_list(book, self.outsider)), 2)
        titles = [row["title"] for row in book.with_user(self.outsider)._get_chapters()]
        self.assertEqual(titles, ["Printers", "Badges"])

    def test_release_needs_content(self):
        book = self._new_book(line_ids=[])
        with self.assertRaisesRegex(UserError, "no articles"), self.cr.savepoint():
            book.action_issue()
        bad = self._new_book()
        bad.line_ids[1].option_ids.write({"is_right": False})
        with self.assertRaisesRegex(UserError, "right one"), self.cr.savepoint():
            bad.action_issue()
        draft = self.env["itsm.article"].create({"name": "Later"})
        bad.line_ids[1].unlink()
        bad.write({"line_ids": [Command.create({"article_id": draft.id})]})
        with self.assertRaisesRegex(UserError, "no published"), self.cr.savepoint():
            bad.action_issue()
        bad.action_end()
        with self.assertRaises(UserError):
            bad.line_ids[0].write({"sequence": 3})

    def test_print(self):
        book = self._new_book()
        book.action_issue()
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.technician)
            ._render_qweb_html("itsm_desk.report_training_book", book.ids)
        )
        html = html.decode()
        self.assertIn("Open the cover.", html)
        self.assertLess(html.index("Printers"), html.index("Badges"))
        self.assertIn("Where do you go?", html)
        self.assertNotIn("Gate</", html)
