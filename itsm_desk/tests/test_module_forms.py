from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DeskCommon
from .test_quality_complaint import ComplaintCommon

WORDS = ("cause", "action_taken", "minutes_spent", "solved_by_id", "solution")


@tagged("post_install", "-at_install")
class TestAttackForms(DeskCommon):
    """A form is computed from ids that a client sends: hidden records bring nothing."""

    def _read_form(self, user, values, context=None, names=WORDS):
        tickets = self.env["itsm.ticket"].with_user(user)
        tickets = tickets.with_context(**(context or {}))
        spec = {name: {} for name in (*values, *names)}
        try:
            result = tickets.onchange(values, list(values), spec)
        except UserError:
            return ""
        self.env.invalidate_all()
        return str({name: result["value"].get(name) for name in names})

    def test_form_of_a_new_ticket_shows_no_other_solution(self):
        """Any employee files tickets, and would read how others' were solved."""
        handling = self._solve(self._file()).sudo().handling_id
        self.assertEqual(handling.cause, "The mailbox was full.")
        for values, context in (
            ({"handling_id": handling.id}, {}),
            ({"handling_id": [handling.id, "x"]}, {}),
            ({"handling_id": {"id": handling.id}}, {}),
            ({}, {"default_handling_id": handling.id}),
            ({"handling_ids": [[4, handling.id]]}, {}),
            ({"handling_ids": [[6, 0, handling.ids]]}, {}),
            ({"child_ids": [[0, "a", {"handling_id": handling.id}]]}, {}),
        ):
            with self.subTest(values=values, context=context):
                shown = self._read_form(self.stranger, values, context)
                self.assertNotIn("mailbox", shown)
                self.assertNotIn("Old mail", shown)
                self.assertNotIn("15", shown)

    def test_form_shows_what_its_user_reads(self):
        handling = self._solve(self._file()).sudo().handling_id
        shown = self._read_form(self.technician, {"handling_id": handling.id})
        self.assertIn("mailbox", shown)


@tagged("post_install", "-at_install")
class TestAttackRows(ComplaintCommon):
    """Core shows every employee who is told of a document, and who follows it."""

    def test_technician_learns_nothing_of_a_complaint(self):
        """Who complained, of what, and who of quality was told."""
        complaint = self._complain().sudo()
        self._answer(complaint)
        complaint.message_subscribe(self.requester.partner_id.ids)
        follows = [("res_model", "=", complaint._name), ("res_id", "=", complaint.id)]
        told = [
            ("mail_message_id.model", "=", complaint._name),
            ("mail_message_id.res_id", "=", complaint.id),
        ]
        for name, domain in (("mail.followers", follows), ("mail.notification", told)):
            rows = self.env[name].search(domain)
            with self.subTest(model=name):
                self.assertTrue(rows)
                theirs = rows.with_user(self.technician)
                for search in (domain, [("id", "in", rows.ids)]):
                    self.assertFalse(theirs.search(search))
                    self.assertFalse(theirs.search_count(search))
                    self.assertFalse(theirs._read_group(search, ["id"]))
                for row in theirs:
                    with self.assertRaises(AccessError):
                        row.read()
                reading = rows.with_user(self.quality)
                self.assertEqual(reading.search([("id", "in", rows.ids)]), rows)
                self.assertTrue(reading.has_access("read"))
                mine = rows.with_user(self.requester)
                self.assertTrue(mine.search(domain), "One's own stay.")

    def test_windows_name_no_hidden_document(self):
        """Core names what a window is about in the rights of the server."""
        ticket = self._file()
        windows = {
            "itsm.complaint.file": {"subject": "Late", "description": "Late"},
            "itsm.ticket.rate": {"rating": "5"},
            "itsm.ticket.reason": {"verb": "cancel", "reason": "Done"},
        }
        for name, values in windows.items():
            window = self.env[name].with_user(self.stranger)
            for way in (window, window.with_context(default_ticket_id=ticket.id)):
                linked = (
                    {}
                    if way.env.context.get("default_ticket_id")
                    else {"ticket_id": ticket.id}
                )
                with (
                    self.subTest(window=name),
                    self.assertRaisesRegex(AccessError, "access"),
                    self.cr.savepoint(),
                ):
                    way.create({**values, **linked})
            mine = window.with_user(self.requester)
            self.assertTrue(mine.create({**values, "ticket_id": ticket.id}))

    def test_administrator_reads_no_translation_of_a_complaint(self):
        complaint = self._complain().sudo()
        message = complaint.message_post(body="The technician was rude.")
        row = self.env["mail.message.translation"].create(
            {
                "body": "Le technicien",
                "message_id": message.id,
                "source_lang": "en",
                "target_lang": "fr",
            }
        )
        mine = row.with_user(self.env.ref("base.user_admin"))
        self.assertFalse(mine.search([("id", "=", row.id)]))
        for attempt in (mine.read, lambda: mine.write({"body": "Nothing"})):
            with self.assertRaises(AccessError):
                attempt()

    def test_other_rows_stay(self):
        """A document that its reader reads, and those of other models."""
        ticket = self._file()
        partner = self.requester.partner_id
        ticket.sudo().message_subscribe(partner.ids)
        partner.message_subscribe(self.quality.partner_id.ids)
        for record in (ticket, partner):
            rows = self.env["mail.followers"].with_user(self.technician)
            found = rows.search(
                [("res_model", "=", record._name), ("res_id", "=", record.id)]
            )
            self.assertTrue(found)
            self.assertTrue(found.read(["partner_id"]))
            page = rows.search([], limit=1, order="id desc")
            self.assertTrue(page.read(["partner_id"]))
            self.assertGreaterEqual(rows.search_count([]), len(found))

    def test_administrator_takes_no_message_of_others(self):
        """Whoever is told of a message reads it, and followers are mailed."""
        complaint = self._complain().sudo()
        self._answer(complaint)
        admin = self.env.ref("base.user_admin")
        message = complaint.message_ids.filtered("notification_ids")[:1]
        told = self.requester.partner_id.message_notify(
            body="Hello", partner_ids=admin.partner_id.ids
        )
        mine = told.notification_ids.with_user(admin)
        self.assertEqual(mine.res_partner_id, admin.partner_id)
        theirs = message.notification_ids[:1].with_user(admin)
        for rows, values in (
            (mine, {"mail_message_id": message.id}),
            (theirs, {"res_partner_id": admin.partner_id.id}),
        ):
            with self.assertRaises(AccessError):
                rows.write(values)
        with self.assertRaises(AccessError):
            message.with_user(admin).read(["body"])
        changes = self.env["mail.tracking.value"].search(
            [("mail_message_id", "in", complaint.message_ids.ids)]
        )
        self.assertTrue(changes)
        theirs = changes.with_user(admin)
        self.assertFalse(theirs.search([("id", "in", changes.ids)]))
        with self.assertRaises(AccessError):
            theirs.read()
        followers = self.env["mail.followers"].with_user(admin)
        values = {"res_model": complaint._name, "res_id": complaint.id}
        with self.assertRaisesRegex(AccessError, "cannot follow"):
            followers.create({**values, "partner_id": admin.partner_id.id})
        own = followers.create(
            {
                "res_model": "res.partner",
                "res_id": self.requester.partner_id.id,
                "partner_id": admin.partner_id.id,
            }
        )
        with self.assertRaisesRegex(AccessError, "cannot follow"):
            own.write(values)
