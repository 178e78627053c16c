from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DeskCommon


class NeighbourCommon(DeskCommon):
    def _new_import(self, origin, user=None):
        windows = self.env["itsm.import"].with_user(user or self.manager)
        return windows.create({"origin": origin})

    def _get_made(self, model, origin):
        keys = self.env["itsm.import.key"].search([("source", "=", origin)])
        return self.env[model].browse(keys.mapped("res_id"))


@tagged("post_install", "-at_install")
class TestImportWithoutNeighbours(NeighbourCommon):
    """The window where no other module is."""

    def test_a_file_is_needed(self):
        window = self._new_import("file")
        with self.assertRaisesRegex(UserError, "Choose a file"):
            window.action_try()

    def test_only_what_is_installed(self):
        if "helpdesk.ticket" in self.env or "document.page" in self.env:
            self.skipTest("other modules are installed")
        window = self._new_import("file")
        self.assertFalse(window.has_neighbours)
        for origin in ("helpdesk_mgmt", "document_page"):
            window = self._new_import(origin)
            with self.subTest(origin=origin):
                with self.assertRaisesRegex(UserError, "not installed here"):
                    window.action_try()


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestImportTickets(NeighbourCommon):
    """Tickets of ``helpdesk_mgmt``: tried, taken over, and not twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.group_ids += cls.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        cls.env["helpdesk.ticket"].search([]).active = False
        stages = cls.env["helpdesk.ticket.stage"]
        cls.waiting = stages.create({"name": "Waiting for parts"})
        cls.done = stages.create({"name": "Done there", "closed": True})
        cls.their_team = cls.env["helpdesk.ticket.team"].create(
            {"name": "first LINE", "user_ids": [Command.set(cls.technician.ids)]}
        )
        cls.theirs = cls._new_theirs(
            partner_id=cls.requester.partner_id.id,
            team_id=cls.their_team.id,
            category_id=cls.env["helpdesk.ticket.category"]
            .create({"name": cls.category.name})
            .id,
            tag_ids=[Command.create({"name": "urgent matter"})],
            priority="3",
            user_id=cls.technician.id,
        )
        cls.theirs.stage_id = cls.waiting
        cls.theirs.message_post(
            body="It is the cable.",
            author_id=cls.requester.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("photo.txt", b"a cable")],
        )

    @classmethod
    def _new_theirs(cls, **values):
        return cls.env["helpdesk.ticket"].create(
            {"name": "Screen is dark", "description": "<p>Since noon</p>", **values}
        )

    def test_try_changes_nothing(self):
        before = self.env["itsm.ticket"].search_count([])
        window = self._new_import("helpdesk_mgmt")
        window.action_try()
        self.assertEqual(self.env["itsm.ticket"].search_count([]), before)
        self.assertFalse(self._get_made("itsm.ticket", "helpdesk_mgmt"))
        self.assertIn("1 lines would be taken over", window.report)

    def test_what_a_ticket_becomes(self):
        seen = self.theirs.read()[0]
        self._new_import("helpdesk_mgmt").action_import()
        ticket = self._get_made("itsm.ticket", "helpdesk_mgmt")
        self.assertRecordValues(
            ticket,
            [
                {
                    "subject": "Screen is dark",
                    "state": "new",
                    "partner_id": self.requester.partner_id.id,
                    "team_id": self.team.id,
                    "category_id": self.category.id,
                    "urgency": "3",
                    "user_id": False,
                }
            ],
        )
        for text in (self.theirs.number, "Since noon"):
            self.assertIn(text, ticket.description)
        note = ticket.message_ids.filtered("attachment_ids")
        self.assertTrue(note.subtype_id.internal)
        self.assertIn("It is the cable.", note.body)
        # What the desk knows is no text for the requester.
        for text in ("Waiting for parts", self.technician.name, "urgent matter"):
            self.assertIn(text, note.body)
            self.assertNotIn(text, ticket.description)
        self.assertFalse(ticket.message_ids.notification_ids)
        self.assertEqual(note.attachment_ids.raw, b"a cable")
        self.assertEqual(self.theirs.read()[0], seen)

    def test_not_twice(self):
        self._new_import("helpdesk_mgmt").action_import()
        made = self._get_made("itsm.ticket", "helpdesk_mgmt")
        self._new_theirs(partner_id=self.stranger.partner_id.id)
        window = self._new_import("helpdesk_mgmt")
        window.action_import()
        self.assertIn("1 lines were taken over.", window.report)
        self.assertIn("1 lines were taken over before", window.report)
        self.assertEqual(len(self._get_made("itsm.ticket", "helpdesk_mgmt") - made), 1)

    def test_what_is_not_understood(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Of the moon"})
        self._new_theirs(partner_id=self.requester.partner_id.id, team_id=team.id)
        self._new_theirs(partner_email="nobody@nowhere.example")
        by_mail = self._new_theirs(partner_email=self.requester.email.upper())
        closed = self._new_theirs(partner_id=self.requester.partner_id.id)
        closed.stage_id = self.done
        self._new_theirs(partner_id=self.requester.partner_id.id).active = False
        window = self._new_import("helpdesk_mgmt")
        window.action_import()
        for text in (
            "4 lines were taken over.",
            "1 of them closed",
            "nobody@nowhere.example",
            'team "Of the moon": 1 times',
            "archived there",
        ):
            self.assertIn(text, window.report)
        keys = self.env["itsm.import.key"].search([("source", "=", "helpdesk_mgmt")])
        self.assertIn(str(by_mail.id), keys.mapped("key"))
        key = keys.filtered(lambda item: item.key == str(closed.id))
        history = self.env["itsm.ticket"].browse(key.res_id)
        self.assertEqual((history.state, history.is_history), ("closed", True))
        window.with_closed = False
        window.action_try()
        self.assertIn("1 closed there", window.report)

    def test_rights_of_whoever_imports(self):
        manager = self._new_user("other_manager", "group_itsm_manager")
        manager.group_ids += self.env.ref("helpdesk_mgmt.group_helpdesk_user_own")
        window = self._new_import("helpdesk_mgmt", manager)
        window.action_import()
        self.assertFalse(self._get_made("itsm.ticket", "helpdesk_mgmt"))
        self.assertIn("not yours to read there", window.report)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.theirs.company_id = other
        self._new_import("helpdesk_mgmt").action_import()
        self.assertFalse(self._get_made("itsm.ticket", "helpdesk_mgmt"))


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestImportPages(NeighbourCommon):
    """Pages of ``document_page``: drafts in folders, with their history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.group_ids += cls.env.ref("document_page.group_document_manager")
        pages = cls.env["document.page"]
        pages.search([]).active = False
        cls.top = pages.create({"name": "Network", "type": "category"})
        cls.category = pages.create(
            {"name": "Remote access", "type": "category", "parent_id": cls.top.id}
        )
        cls.page = pages.create(
            {
                "name": "VPN does not connect",
                "parent_id": cls.category.id,
                "draft_name": "1.0",
                "draft_summary": "first text",
                "content": "<p>Restart it.</p>",
            }
        )
        # Another day: what came first is in the database, not in the cache.
        cls.env.flush_all()
        cls.env.invalidate_all()
        cls.page.write(
            {
                "draft_name": "2.0",
                "draft_summary": "with the token",
                "content": "<p>Renew the token.</p><script>x</script>",
            }
        )
        cls.env["ir.attachment"].create(
            {
                "name": "token.txt",
                "raw": b"how to",
                "res_model": "document.page",
                "res_id": cls.page.id,
            }
        )

    def test_try_changes_nothing(self):
        before = [
            self.env[model].search_count([])
            for model in ("itsm.article", "itsm.article.folder", "itsm.import.key")
        ]
        window = self._new_import("document_page")
        window.action_try()
        after = [
            self.env[model].search_count([])
            for model in ("itsm.article", "itsm.article.folder", "itsm.import.key")
        ]
        self.assertEqual(before, after)
        self.assertIn("1 lines would be taken over", window.report)

    def test_what_a_page_becomes(self):
        self._new_import("document_page").action_import()
        article = self._get_made("itsm.article", "document_page")
        self.assertRecordValues(
            article,
            [
                {
                    "name": "VPN does not connect",
                    "state": "draft",
                    "audience": "technician",
                    "owner_id": self.manager.id,
                }
            ],
        )
        self.assertEqual(str(article.body), "<p>Renew the token.</p>")
        self.assertEqual(article.folder_id.complete_name, "Network / Remote access")
        self.assertEqual(article.attachment_ids.mapped("raw"), [b"how to"])
        note = article.message_ids.filtered("attachment_ids")
        self.assertIn("with the token", note.body)
        history = note.attachment_ids.raw.decode()
        self.assertLess(history.index("Renew the"), history.index("Restart it."))

    def test_rights_of_whoever_imports(self):
        manager = self._new_user("other_manager", "group_itsm_manager")
        with self.assertRaises(AccessError):
            self._new_import("document_page", manager).action_try()

    def test_not_twice(self):
        for _run in range(2):
            window = self._new_import("document_page")
            window.action_import()
        self.assertIn("1 lines were taken over before", window.report)
        self.assertEqual(len(self._get_made("itsm.article", "document_page")), 1)
        folders = self.env["itsm.article.folder"]
        self.assertEqual(folders.search_count([("name", "=", "Remote access")]), 1)

    def test_what_is_not_understood(self):
        self.env["document.page"].create({"name": "Nothing yet"})
        self.env.invalidate_all()
        self.page.content = '<p>See <img src="/web/image/1"/></p>'
        window = self._new_import("document_page")
        window.action_import()
        for text in (
            "1 lines were taken over.",
            "The page has no text.",
            "pictures in the text",
        ):
            self.assertIn(text, window.report)
