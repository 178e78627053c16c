from odoo import Command
from odoo.tests import tagged

from .common import DeskCommon

SECRET = "my password is hunter2"


@tagged("post_install", "-at_install")
class TestEvidenceCopies(DeskCommon):
    """One text that stands in tickets which do not follow each other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._new_user("second", "group_itsm_supervisor")
        cls.other_lead = cls._new_user("other_lead", "group_itsm_supervisor")
        cls.other_team = cls.team.copy(
            {
                "name": "Elsewhere",
                "leader_id": cls.other_lead.id,
                "member_ids": [Command.set(cls.other_lead.ids)],
            }
        )
        cls.team.member_ids |= cls.second

    def _say(self, ticket, user=None, body=SECRET, **values):
        return ticket.with_user(user or self.requester).message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )

    def _blank(self, ticket, **values):
        asked = ticket.with_user(self.lead).action_redact("A password", **values)
        request = self.env[asked["res_model"]].browse(asked["res_id"])
        request.with_user(self.second).action_approve()
        self.env.invalidate_all()
        return request

    def _says(self, ticket):
        """Return the words of a ticket, in its description, messages and files."""
        ticket = ticket.sudo()
        files = ticket.message_ids.attachment_ids.mapped("raw")
        return "\n".join(
            [
                str(ticket.description or ""),
                *map(str, ticket.message_ids.mapped("body")),
                *(raw.decode() for raw in files if raw),
            ]
        )

    def test_merged_tickets(self):
        """The words of a duplicate stand in a note of the ticket that goes on."""
        kept, duplicate = self._file(), self._file(description=f"<p>{SECRET}</p>")
        duplicate.with_user(self.lead).action_merge(kept.id)
        self.assertIn("hunter2", self._says(kept))
        self._blank(duplicate)
        for ticket in (kept, duplicate):
            self.assertNotIn("hunter2", self._says(ticket))

    def test_the_note_of_a_merge(self):
        """Asked for where the work goes on, the duplicate is blanked, too."""
        kept, duplicate = self._file(), self._file(description=f"<p>{SECRET}</p>")
        duplicate.with_user(self.lead).action_merge(kept.id)
        note = kept.sudo().message_ids.filtered(lambda one: "hunter2" in one.body)
        self.assertEqual(len(note), 1)
        self._blank(kept, message_id=note.id)
        for ticket in (kept, duplicate):
            self.assertNotIn("hunter2", self._says(ticket))

    def test_said_in_two_tickets(self):
        """By the same person; another one's words are his own."""
        ticket, other = self._file(), self._file(description=f"<p>{SECRET}</p>")
        other.sudo().team_id = self.other_team
        foreign = self._file(self.boss, description=f"<p>{SECRET}</p>")
        message = self._say(ticket, attachments=[("a.txt", SECRET.encode())])
        self._say(other, attachments=[("b.txt", SECRET.encode())])
        self._say(other, body="Thank you")
        request = self._blank(
            ticket, message_id=message.id, attachment_ids=message.attachment_ids.ids
        )
        for one in (ticket, other):
            self.assertNotIn("hunter2", self._says(one))
        self.assertIn("Thank you", self._says(other))
        self.assertIn("hunter2", self._says(foreign))
        # Each ticket says that something is gone, and the request lists all of it.
        self.assertIn(self.second.name, other.sudo().message_ids[:1].body)
        self.assertIn(
            ("itsm.ticket", other.id),
            [(item.res_model, item.res_id) for item in request.sudo().item_ids],
        )

    def test_one_mail_to_two_teams(self):
        """The copies of a mail have one Message-Id, whatever became of their words."""
        ticket, other = self._file(), self._file(self.boss)
        said = [
            self._say(one, user, body=body)
            for one, user, body in (
                (ticket, self.requester, SECRET),
                (other, self.boss, f"Fwd: {SECRET}"),
            )
        ]
        for message in said:
            message.sudo().message_id = "<one@example.com>"
        self._blank(ticket, message_id=said[0].id)
        for one in (ticket, other):
            self.assertNotIn("hunter2", self._says(one))

    def test_a_file_in_two_tickets(self):
        """A file is known by its content, from the same person."""
        ticket, other = self._file(), self._file()
        message = self._say(ticket, body="See", attachments=[("a.txt", b"hunter2")])
        self._say(other, body="Look", attachments=[("b.txt", b"hunter2")])
        self._say(other, body="More", attachments=[("c.txt", b"nothing")])
        self._blank(ticket, attachment_ids=message.attachment_ids.ids)
        for one in (ticket, other):
            self.assertNotIn("hunter2", self._says(one))
        self.assertIn("nothing", self._says(other))
        self.assertIn("Look", self._says(other))

    def test_other_companies_stay(self):
        """Nothing is blanked where neither of both persons works."""
        ticket, other = self._file(), self._file()
        message = self._say(ticket)
        self._say(other)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.cr.execute(
            "UPDATE itsm_ticket SET company_id = %s WHERE id = %s",
            [company.id, other.id],
        )
        self.env.invalidate_all()
        self._blank(ticket, message_id=message.id)
        self.assertIn("hunter2", self._says(other))
