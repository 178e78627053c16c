from contextlib import suppress

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import DeskCommon

REFUSALS = (AccessError, UserError, ValidationError, AttributeError)
KEPT = {
    "itsm_ticket": (
        *("partner_id", "user_id", "team_id", "state", "name", "create_date"),
        *("first_response_at", "first_responder_id", "solved_at", "solved_by_id"),
        *(
            "closed_at",
            "rating_value",
            "rating_comment",
            "signed_off_at",
            "reopen_count",
        ),
        *("reopen_reason", "description", "partner_email", "channel", "email_cc"),
    ),
    "itsm_ticket_event": ("ticket_id", "kind", "at", "user_id", "old_value", "reason"),
    "itsm_handling": (
        *("ticket_id", "state", "cause", "action_taken", "solution", "solved_by_id"),
        *("solved_at", "refusal_reason", "resolution_code_id"),
    ),
    "itsm_work_line": ("ticket_id", "user_id", "minutes", "at", "note", "parts"),
    "itsm_sla_clock": (
        *("ticket_id", "kind", "state", "target_seconds", "deadline_at"),
        *("breached_at", "stopped_at", "consumed_seconds", "paused_seconds"),
    ),
    "rating_rating": ("res_model", "res_id", "rating", "feedback", "partner_id"),
    "mail_message": (
        *("model", "res_id", "author_id", "body", "subject", "date", "message_type"),
        *("is_internal", "subtype_id", "email_from", "parent_id"),
    ),
    "mail_tracking_value": ("mail_message_id", "old_value_char", "new_value_char"),
    "mail_followers": ("res_model", "res_id", "partner_id"),
    "message_attachment_rel": ("message_id", "attachment_id"),
    "ir_attachment": ("name", "checksum", "res_model", "res_id", "mimetype"),
}
"""Columns of evidence: what stands there stays, whatever anybody calls."""


class EvidenceAttacks(DeskCommon):
    """A closed ticket and one in work, with words, files, work, rating, activities."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = new_test_user(
            cls.env,
            login="desk_keeper",
            groups="base.group_user,maintenance.group_equipment_manager",
            context={"no_reset_password": True},
        )
        cls.closed = cls._solve(cls._file(description="<p>It is broken</p>")).sudo()
        cls.closed.with_user(cls.requester).action_sign_off(2, "Slow")
        cls.portal_ticket = cls._file_portal(description="<p>Portal</p>").sudo()
        cls.open = cls._file(description="<p>Broken again</p>").sudo()
        cls.open.with_user(cls.technician).action_take()
        cls.open.with_user(cls.technician).action_start()
        cls._fill_form(cls.open)
        cls.open.email_cc = "cc@example.com"
        cls.said = cls._say(cls.open, cls.requester, "It is broken")
        cls.answer = cls._say(cls.open, cls.technician, "We come at ten")
        cls.note = cls.open.with_user(cls.lead).message_post(body="Look closer")
        cls.asked = cls.open.activity_schedule(
            "mail.mail_activity_data_todo", user_id=cls.lead.id, summary="Look at it"
        )
        cls.proposed = cls.closed.activity_schedule(
            "itsm_desk.mail_activity_type_complaint_proposed",
            user_id=cls.quality.id,
            summary="Rated badly. A complaint?",
        )
        cls.rated = cls.closed.activity_ids.filtered(
            lambda item: (
                item.activity_type_id
                == cls.env.ref("itsm_desk.mail_activity_type_low_rating")
            )
        )
        cls.env.flush_all()
        cls.env.cr.precommit.run()
        cls.people = (
            *(cls.colleague, cls.technician, cls.requester, cls.portal),
            *(cls.quality, cls.lead, cls.keeper, cls.manager),
        )

    @classmethod
    def _say(cls, ticket, user, text):
        message = ticket.with_user(user).message_post(
            body=text,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[(f"{user.login}.txt", text.encode())],
        )
        cls.env.cr.execute(
            "UPDATE mail_message SET create_date = create_date - interval '1 hour'"
            " WHERE id = %s",
            [message.id],
        )
        message.invalidate_recordset()
        return message.sudo()

    def _snapshot(self):
        """Return ``{table: {id: values}}`` of all that is evidence of these tickets."""
        self.env.flush_all()
        ids = tuple((self.open | self.closed | self.portal_ticket).ids)
        messages = SQL(
            "SELECT id FROM mail_message WHERE model = 'itsm.ticket' AND res_id IN %s",
            ids,
        )
        files = SQL(
            "SELECT attachment_id FROM message_attachment_rel WHERE message_id IN (%s)",
            messages,
        )
        scopes = {
            "itsm_ticket": SQL("id IN %s", ids),
            "rating_rating": SQL("res_model = 'itsm.ticket' AND res_id IN %s", ids),
            "mail_message": SQL("id IN (%s)", messages),
            "mail_tracking_value": SQL("mail_message_id IN (%s)", messages),
            "mail_followers": SQL("res_model = 'itsm.ticket' AND res_id IN %s", ids),
            "message_attachment_rel": SQL("message_id IN (%s)", messages),
            "ir_attachment": SQL("id IN (%s)", files),
        }
        found = {}
        for table, names in KEPT.items():
            self.env.cr.execute(
                SQL(
                    "SELECT column_name FROM information_schema.columns"
                    " WHERE table_name = %s",
                    table,
                )
            )
            known = {row[0] for row in self.env.cr.fetchall()}
            self.assertFalse(set(names) - known, table)
            key = "id" if "id" in known else "attachment_id"
            rows = self.env.execute_query(
                SQL(
                    "SELECT %s, %s FROM %s WHERE %s",
                    SQL.identifier(key),
                    SQL(", ").join(map(SQL.identifier, names)),
                    SQL.identifier(table),
                    scopes.get(table, SQL("ticket_id IN %s", ids)),
                )
            )
            found[table] = {
                row[0]: dict(zip(names, row[1:], strict=True)) for row in rows
            }
        return found

    def _call(self, user, model, name, ids=None, *args, **kwargs):
        """Call a method as a client does, and send what it tells to be sent."""
        env = self.env(user=user.id, su=False)
        arguments = [*([ids] if ids is not None else []), *args]
        result = call_kw(env[model], name, arguments, kwargs)
        env.flush_all()
        return result

    def _assert_kept(self, before, what, allowed=()):
        after = self._snapshot()
        for table, rows in before.items():
            for key, values in rows.items():
                now = after[table].get(key)
                self.assertIsNotNone(now, f"{what}: {table} {key} is gone")
                changed = {name for name in values if values[name] != now[name]}
                self.assertFalse(changed - set(allowed), f"{what}: {table} {key}")

    def _attack(self, user, attacks, allowed=()):
        before = self._snapshot()
        for name, attack in attacks.items():
            with self.subTest(user=user.login, attack=name):
                try:
                    with self.env.cr.savepoint():
                        with suppress(*REFUSALS):
                            attack(user)
                        self.env.cr.precommit.run()
                        self._assert_kept(before, name, allowed)
                        raise ZeroDivisionError
                except ZeroDivisionError:
                    self.env.invalidate_all()
                    self.env.cr.precommit.clear()


@tagged("post_install", "-at_install")
class TestAttackEvidence(EvidenceAttacks):
    """What nobody may bend, tried by those who would like to, as clients call."""

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_evidence_stays(self):
        open_id, closed_id = self.open.id, self.closed.id
        said, answer = self.said.id, self.answer.id
        note = self.env.ref("mail.mt_note").id
        comment = self.env.ref("mail.mt_comment").id
        event = self.open.event_ids[:1].id
        handling = self.closed.handling_id.id
        line = self.closed.work_line_ids[:1].id
        clock = self.open.clock_ids[:1].id
        file = self.said.attachment_ids.id
        rating = self.env["rating.rating"].search(
            [("res_model", "=", "itsm.ticket"), ("res_id", "=", closed_id)]
        )
        follower = self.open.message_follower_ids.filtered(
            lambda item: item.partner_id == self.requester.partner_id
        )
        log = self.open.message_ids.filtered("tracking_value_ids")[:1]
        call = self._call

        def write(model, key, **vals):
            return lambda user: call(user, model, "write", [key], vals)

        def command(name, key, verb):
            return write("itsm.ticket", open_id, **{name: [verb(key)]})

        attacks = {
            "message body": write("mail.message", said, body="All is well"),
            "message subject": write("mail.message", said, subject="Other"),
            "message subtype": write("mail.message", answer, subtype_id=note),
            "note made public": write("mail.message", self.note.id, subtype_id=comment),
            "message internal": write("mail.message", said, is_internal=True),
            "message author": write("mail.message", answer, author_id=1),
            "message moved": write("mail.message", said, res_id=closed_id),
            "message date": write("mail.message", said, date="2020-01-01"),
            "message sender": write("mail.message", said, email_from="x@example.com"),
            "message parent": write("mail.message", answer, parent_id=said),
            "message files": write(
                "mail.message", said, attachment_ids=[Command.unlink(file)]
            ),
            "message deleted": lambda user: call(
                user, "mail.message", "unlink", [said]
            ),
            "message by command": command("message_ids", said, Command.delete),
            "message cut off": command("message_ids", said, Command.unlink),
            "message rewritten by command": write(
                "itsm.ticket",
                open_id,
                message_ids=[Command.update(said, {"body": "All is well"})],
            ),
            "change of thread": lambda user: call(
                user, "itsm.ticket", "message_change_thread", [open_id], closed_id
            ),
            "tracking": lambda user: call(
                user,
                "mail.tracking.value",
                "write",
                log.tracking_value_ids.ids,
                {"new_value_char": "x"},
            ),
            "tracking deleted": lambda user: call(
                user, "mail.tracking.value", "unlink", log.tracking_value_ids.ids
            ),
            "event": write("itsm.ticket.event", event, at="2020-01-01 00:00:00"),
            "event deleted": lambda user: call(
                user, "itsm.ticket.event", "unlink", [event]
            ),
            "event made": lambda user: call(
                user,
                "itsm.ticket.event",
                "create",
                None,
                [{"ticket_id": open_id, "kind": "answer"}],
            ),
            "event by command": command("event_ids", event, Command.delete),
            "handling": write("itsm.handling", handling, cause="Other"),
            "handling by the ticket": write("itsm.ticket", closed_id, cause="Other"),
            "handling by command": write(
                "itsm.ticket",
                closed_id,
                handling_ids=[Command.update(handling, {"cause": "Other"})],
            ),
            "handling deleted": lambda user: call(
                user, "itsm.handling", "unlink", [handling]
            ),
            "work of a closed attempt": write("itsm.work.line", line, minutes=1),
            "work given to others": write(
                "itsm.work.line", line, user_id=self.colleague.id
            ),
            "work deleted": lambda user: call(user, "itsm.work.line", "unlink", [line]),
            "clock": write("itsm.sla.clock", clock, deadline_at="2030-01-01 00:00:00"),
            "clock deleted": lambda user: call(
                user, "itsm.sla.clock", "unlink", [clock]
            ),
            "rating": write("rating.rating", rating.id, rating=5, feedback="Great"),
            "rating deleted": lambda user: call(
                user, "rating.rating", "unlink", rating.ids
            ),
            "rating moved": write("rating.rating", rating.id, res_id=open_id),
            "rating made": lambda user: call(
                user,
                "rating.rating",
                "create",
                None,
                [
                    {
                        "res_model_id": self.env["ir.model"]._get_id("itsm.ticket"),
                        "res_id": closed_id,
                        "rating": 5,
                        "consumed": True,
                    }
                ],
            ),
            "rating on the ticket": write("itsm.ticket", closed_id, rating_value="5"),
            "follower off": lambda user: call(
                user,
                "itsm.ticket",
                "message_unsubscribe",
                [open_id],
                self.requester.partner_id.ids,
            ),
            "follower deleted": lambda user: call(
                user, "mail.followers", "unlink", follower.ids
            ),
            "follower by command": command(
                "message_follower_ids", follower.id, Command.delete
            ),
            "followers by partner": write(
                "itsm.ticket", open_id, message_partner_ids=[Command.clear()]
            ),
            "file content": write("ir.attachment", file, raw=b"x".decode()),
            "file name": write("ir.attachment", file, name="x.txt"),
            "file moved": write("ir.attachment", file, res_id=closed_id),
            "file deleted": lambda user: call(user, "ir.attachment", "unlink", [file]),
            "requester": write(
                "itsm.ticket", open_id, partner_id=self.colleague.partner_id.id
            ),
            "requester's address": write(
                "itsm.ticket", open_id, partner_email="x@example.com"
            ),
            "description": write("itsm.ticket", open_id, description="All is well"),
            "channel": write("itsm.ticket", open_id, channel="phone"),
            "owner": write("itsm.ticket", open_id, user_id=self.colleague.id),
            "response": write(
                "itsm.ticket", self.portal_ticket.id, first_response_at="2020-01-01"
            ),
            "people in copy": write("itsm.ticket", open_id, email_cc=False),
            "merged contacts": lambda user: call(
                user,
                "base.partner.merge.automatic.wizard",
                "create",
                None,
                [
                    {
                        "partner_ids": [
                            Command.set(
                                (
                                    self.requester.partner_id
                                    | self.colleague.partner_id
                                ).ids
                            )
                        ],
                        "dst_partner_id": self.colleague.partner_id.id,
                        "state": "selection",
                    }
                ],
            ),
        }
        for user in self.people:
            own = dict(attacks)
            if user == self.requester:
                # Anybody may stop to follow.
                own.pop("follower off")
            if user not in (self.colleague, self.requester, self.portal):
                # Who handles a ticket says who is told, which is noted.
                own.pop("people in copy")
            self._attack(user, own)
        for user in (self.technician, self.lead):
            self.open.with_user(user).email_cc = f"{user.login}@example.com"
            note = self.open.message_ids[:1]
            self.assertIn(f"{user.login}@example.com", note.body)
            self.assertEqual(note.author_id, user.partner_id)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_files_that_were_added_otherwise(self):
        """A file that belongs to nothing, or elsewhere, is evidence once sent."""
        for place in ("nothing", "contact"):
            with self.subTest(place):
                mine = self.env["ir.attachment"].with_user(self.technician)
                vals = {"name": "proof.txt", "raw": b"We come at ten"}
                if place == "contact":
                    partner = self.technician.partner_id
                    vals |= {"res_model": "res.partner", "res_id": partner.id}
                    rights = self.env.ref("base.group_partner_manager")
                    self.technician.group_ids |= rights
                file = mine.create(vals)
                message = self.open.with_user(self.technician).message_post(
                    body="See the file",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                    attachment_ids=file.ids,
                )
                sent = message.sudo().attachment_ids
                self.assertEqual(sent.mapped("raw"), [b"We come at ten"])
                for attack in (
                    lambda file=file: file.write({"raw": b"Never said"}),
                    lambda file=file: file.write({"name": "x.txt"}),
                    lambda file=file: file.unlink(),
                ):
                    with suppress(*REFUSALS), self.env.cr.savepoint():
                        attack()
                    self.env.invalidate_all()
                    self.assertEqual(message.sudo().attachment_ids, sent)
                    self.assertEqual(sent.raw, b"We come at ten")
                    self.assertEqual(sent.name, "proof.txt")

    def test_a_file_that_everybody_reads_stays_there(self):
        """A picture of a page is not taken away by sending it: a copy is sent."""
        picture = self.env["ir.attachment"].create(
            {"name": "logo.txt", "raw": b"For everybody", "public": True}
        )
        message = self.open.with_user(self.technician).message_post(
            body="See the file",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=picture.ids,
        )
        sent = message.sudo().attachment_ids
        self.assertEqual(sent.mapped("raw"), [b"For everybody"])
        self.assertNotEqual(sent, picture)
        self.assertFalse(sent.public)
        self.assertTrue(picture.public)
        self.assertFalse(picture.res_model)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_activities_of_others(self):
        """Whom a ticket concerns takes no activity away that asks others about it."""
        call = self._call
        kind = self.env.ref("mail.mail_activity_data_todo").id
        for user in (self.technician, self.colleague, self.requester, self.portal):
            for activity in (self.proposed, self.rated):
                key, ticket = activity.id, activity.res_id
                for name, attack in {
                    "deleted": lambda key=key, user=user: call(
                        user, "mail.activity", "unlink", [key]
                    ),
                    "cancelled": lambda key=key, user=user: call(
                        user, "mail.activity", "action_cancel", [key]
                    ),
                    "given away": lambda key=key, user=user: call(
                        user, "mail.activity", "write", [key], {"user_id": user.id}
                    ),
                    "reworded": lambda key=key, user=user: call(
                        user, "mail.activity", "write", [key], {"summary": "Nothing"}
                    ),
                    "another kind": lambda key=key, user=user: call(
                        user,
                        "mail.activity",
                        "write",
                        [key],
                        {"activity_type_id": kind, "note": "x"},
                    ),
                    "later": lambda key=key, user=user: call(
                        user,
                        "mail.activity",
                        "write",
                        [key],
                        {"date_deadline": fields.Date.to_date("2099-01-01")},
                    ),
                    "moved": lambda key=key, user=user: call(
                        user,
                        "mail.activity",
                        "write",
                        [key],
                        {"res_id": self.portal_ticket.id},
                    ),
                    "done": lambda key=key, user=user: call(
                        user, "mail.activity", "action_feedback", [key], feedback="Done"
                    ),
                    "by command": lambda key=key, user=user, ticket=ticket: call(
                        user,
                        "itsm.ticket",
                        "write",
                        [ticket],
                        {"activity_ids": [Command.delete(key)]},
                    ),
                    "by kind": lambda user=user, ticket=ticket, activity=activity: call(
                        user,
                        "itsm.ticket",
                        "activity_unlink",
                        [ticket],
                        list(activity.activity_type_id.get_external_id().values()),
                        only_automated=False,
                    ),
                    "handed on": lambda user=user, ticket=ticket, one=activity: call(
                        user,
                        "itsm.ticket",
                        "activity_reschedule",
                        [ticket],
                        list(one.activity_type_id.get_external_id().values()),
                        new_user_id=user.id,
                        only_automated=False,
                    ),
                }.items():
                    with self.subTest(user=user.login, how=name, on=activity.summary):
                        before = activity.read()[0]
                        try:
                            with self.env.cr.savepoint():
                                with suppress(*REFUSALS):
                                    attack()
                                self.env.invalidate_all()
                                self.assertTrue(activity.exists(), "is gone")
                                now = activity.read()[0]
                                for column in (
                                    *("user_id", "summary", "active", "res_id"),
                                    *("date_deadline", "activity_type_id"),
                                ):
                                    self.assertEqual(now[column], before[column])
                                raise ZeroDivisionError
                        except ZeroDivisionError:
                            self.env.invalidate_all()

    def test_activities_still_work(self):
        """Who has one does it; colleagues help each other; managers arrange."""
        for activity in (self.proposed, self.rated):
            activity.with_user(self.manager).date_deadline = "2099-01-01"
            mine = activity.with_user(activity.user_id)
            mine.action_feedback(feedback="Done")
            self.assertFalse(activity.active)
        self.asked.with_user(self.technician).action_feedback(feedback="Done for you")
        self.assertFalse(self.asked.active)


@tagged("post_install", "-at_install")
class TestAttackEvidenceRoutes(EvidenceAttacks, HttpCase):
    """The same by the routes of the chatter, logged in."""

    def _post(self, route, **params):
        answer = self.url_open(
            route, json={"jsonrpc": "2.0", "method": "call", "params": params}
        )
        return answer.json()

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_routes(self):
        before = self._snapshot()
        said, answer = self.said, self.answer
        for user in (self.colleague, self.technician, self.lead, self.requester):
            self.authenticate(user.login, user.login)
            for message in (said, answer):
                if message.author_id == user.partner_id and user != self.technician:
                    continue
                for body in ("All is well", ""):
                    self._post(
                        "/mail/message/update_content",
                        message_id=message.id,
                        update_data={"body": body, "attachment_ids": []},
                    )
                self._post(
                    "/mail/message/reaction",
                    message_id=message.id,
                    content="👍",
                    action="add",
                )
                self._post(
                    "/mail/attachment/delete", attachment_id=message.attachment_ids.id
                )
            self._post(
                "/mail/thread/unsubscribe",
                res_model="itsm.ticket",
                res_id=self.open.id,
                partner_ids=self.requester.partner_id.ids
                if user != self.requester
                else [],
            )
            self.env.invalidate_all()
            self._assert_kept(before, f"routes as {user.login}")
