from odoo.tests import tagged

from ..models.search.indexing import index_tickets
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketSearch(DeskCommon):
    """Tickets are found by what is written in them, by those who may read it."""

    def _index(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def _find(self, user, text):
        self._index()
        tickets = self.env["itsm.ticket"].with_user(user)
        return tickets.search([("search_text", "ilike", text)]).with_env(self.env)

    def test_all_that_is_written_finds(self):
        ticket = self._file(
            subject="Drucker",
            description="<p>The printers on floor 3 jam 打印机卡纸</p>",
        )
        other = self._file(subject="Mouse")
        mine = ticket.with_user(self.technician)
        mine.message_post(
            body="Try the paper tray",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        for text in ("Drucker", "printer jam", "打印机", "卡纸", "paper", ticket.name):
            with self.subTest(text=text):
                self.assertEqual(self._find(self.technician, text), ticket)
        self.assertFalse(self._find(self.technician, "printer mouse"))
        self.assertEqual(self._find(self.technician, "mou"), other)
        self._solve(ticket)
        ticket.with_user(self.technician)
        self.assertEqual(self._find(self.technician, "archived"), ticket)
        negated = self.env["itsm.ticket"].search(
            [("search_text", "not ilike", "paper"), ("id", "in", (ticket | other).ids)]
        )
        self.assertEqual(negated, other)

    def test_only_readers_find(self):
        ticket = self._file(description="Zebra")
        for user, is_found in (
            (self.requester, True),
            (self.technician, True),
            (self.manager, True),
            (self.stranger, False),
            (self.outsider, False),
            (self.portal, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(bool(self._find(user, "zebra")), is_found)
        self.assertTrue(ticket)

    def test_notes_are_found_by_employees_only(self):
        ticket = self._file_portal(description="Zebra")
        mine = ticket.with_user(self.technician)
        mine.message_post(
            body="Giraffe", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.assertEqual(self._find(self.technician, "giraffe"), ticket)
        self.assertEqual(self._find(self.portal, "zebra"), ticket)
        self.assertFalse(self._find(self.portal, "giraffe"))
        mine.action_take()
        mine.action_start()
        self._fill_form(ticket)
        mine.solution = "<p>Elephant</p>"
        self.assertFalse(self._find(self.portal, "elephant"), "it is not told yet")
        mine.action_solve()
        self.assertEqual(self._find(self.portal, "elephant"), ticket)

    def test_what_is_blanked_is_not_found(self):
        ticket = self._file()
        message = ticket.with_user(self.requester).message_post(
            body="My word is hunter2",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self._find(self.technician, "hunter2"), ticket)
        asked = ticket.with_user(self.lead).action_redact(
            "A password", message_id=message.id
        )
        request = self.env["itsm.redaction"].browse(asked["res_id"])
        request.with_user(self.manager).action_approve()
        self.assertFalse(self._find(self.technician, "hunter2"))

    def test_older_tickets_are_indexed_by_the_job(self):
        ticket = self._file(description="Okapi")
        self._index()
        self.cr.execute("DELETE FROM itsm_ticket_text")
        self.assertFalse(self._find(self.technician, "okapi"))
        index_tickets(self.env["itsm.ticket"].sudo().env, ticket.ids)
        self.assertEqual(self._find(self.technician, "okapi"), ticket)

    def test_odd_words(self):
        self._file(description="Zebra")
        for text in ("'", "\\", "& | !", ":*", "", " ", "\x00", "(", "的", "a" * 5000):
            with self.subTest(text=text):
                self._find(self.technician, text)
