from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DeskCommon, plan_change


@tagged("post_install", "-at_install")
class TestMerge(DeskCommon):
    """Duplicates end and are linked; nothing of either is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.main = cls._file().with_user(cls.technician)
        cls.main.action_take()
        cls.double = cls._file(
            user=cls.stranger, subject="Mail is gone", description="<p>Since noon</p>"
        ).with_user(cls.technician)

    def test_merged(self):
        equipment = self.env["maintenance.equipment"].create({"name": "Server"})
        self.double.sudo().equipment_ids = equipment
        self.double.message_post(body="Seen", subtype_xmlid="mail.mt_note")
        messages = self.double.message_ids
        clock = self.double.clock_ids.filtered(lambda one: one.state == "running")
        self.double.action_merge(self.main.id)
        self.assertRecordValues(
            self.double,
            [
                {
                    "state": "cancelled",
                    "merged_into_id": self.main.id,
                    "first_response_at": False,
                    "user_id": False,
                }
            ],
        )
        self.assertIn(self.main.name, self.double.stop_reason)
        self.assertEqual(self.double.message_ids & messages, messages)
        self.assertIn(self.stranger.partner_id, self.main.message_partner_ids)
        self.assertEqual(self.main.merged_ids, self.double)
        self.assertEqual(self.main.merged_count, 1)
        self.assertIn(equipment, self.main.equipment_ids)
        note = self.main.message_ids[0]
        self.assertIn("Since noon", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertTrue(clock)
        self.assertTrue(all(self.double.clock_ids.mapped("is_cancelled")))
        self.assertEqual(self.main.state, "assigned")
        # It owns and answers nothing: nobody takes it, nobody merges it again.
        for act in (
            lambda: self.double.action_take(),
            lambda: self.double.action_merge(self.main.id),
            lambda: self.main.action_merge(self.double.id),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()
        self.assertFalse(self.main.copy().merged_ids)

    def test_what_is_still_written_goes_on(self):
        self.double.action_merge(self.main.id)
        before = self.main.message_ids
        self.double.with_user(self.stranger).message_post(
            body="Still nothing",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        said = self.main.message_ids - before
        self.assertIn("Still nothing", said.body)
        self.assertEqual(said.author_id, self.stranger.partner_id)
        self.assertTrue(said.subtype_id.internal)
        self.assertFalse(self.double.activity_ids)
        self.assertEqual(self.main.state, "assigned")

    def test_customers_do_not_read_of_each_other(self):
        one = self._file_portal().sudo()
        two = self._file_portal(self.other_portal).sudo()
        inner = self._file().sudo()
        for ticket, target in ((one, two), (one, inner), (inner, one)):
            with self.assertRaisesRegex(UserError, "read of each other"):
                ticket.with_user(self.technician).sudo(False).action_merge(target.id)
        self.assertNotIn(self.portal.partner_id, two.message_partner_ids)
        customer = self.env["res.partner"].create({"name": "Buyer", "is_company": True})
        (self.portal | self.other_portal).partner_id.parent_id = customer
        one.with_user(self.technician).sudo(False).action_merge(two.id)
        self.assertEqual(one.merged_into_id, two)
        # People of the staff without a log-in are no customers.
        worker = self.env["res.partner"].create({"name": "Worker"})
        self.env["hr.employee"].create({"name": "Worker", "work_contact_id": worker.id})
        theirs = self._file(self.technician, partner_id=worker.id, channel="phone")
        theirs.with_user(self.technician).action_merge(inner.id)
        self.assertEqual(theirs.merged_into_id.id, inner.id)

    def test_chain(self):
        third = self._file(user=self.boss).with_user(self.technician)
        third.action_merge(self.double.id)
        self.double.action_merge(self.main.id)
        self.assertEqual(third._get_successor(), self.main)

    def test_who_may(self):
        for user in (self.specialist, self.outsider, self.portal):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.double.with_user(user).action_merge(self.main.id)
        for user in (self.stranger, self.requester):
            with self.assertRaises(UserError), self.cr.savepoint():
                self.double.with_user(user).action_merge(self.main.id)
        with self.assertRaises(UserError):
            self.main.with_user(self.colleague).action_merge(self.double.id)
        for wrong in (False, 10**8, self.double.id, "x"):
            with self.assertRaises(UserError), self.cr.savepoint():
                self.double.action_merge(wrong)
        with self.assertRaises(AccessError):
            self.double.merged_into_id = self.main
        far = self.env["res.company"].create({"name": "Far"})
        self.manager.company_ids = [Command.link(far.id)]
        team = self.env["itsm.team"].create({"name": "Far", "company_id": far.id})
        other = (
            self.env["itsm.ticket"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=(self.company | far).ids)
            .create(
                {
                    "subject": "There",
                    "partner_id": self.boss.partner_id.id,
                    "company_id": far.id,
                    "team_id": team.id,
                }
            )
        )
        mine = self.double.with_env(other.env)
        with self.assertRaises(UserError), self.cr.savepoint():
            mine.action_merge(other.id)
        self.assertEqual(self.double.state, "new")

    def test_given_to_somebody_else(self):
        mine = self.main.with_user(self.lead)
        self.assertTrue(mine.can_reassign)
        with self.assertRaises(UserError):
            mine.action_reassign(self.colleague.id, "")
        for wrong in (self.technician, self.requester, self.stranger, self.portal):
            with self.assertRaises(UserError):
                mine.action_reassign(wrong.id, "Ill")
        mine.action_escalate("l2", "Help")
        mine = self.main.with_user(self.manager)
        mine.action_reassign(self.colleague.id, "Ill")
        self.assertEqual(mine.user_id, self.colleague)
        self.assertEqual(mine.escalation_ids.state, "superseded")
        self.assertEqual(mine.activity_ids.user_id, self.colleague)
        event = mine.event_ids.filtered(lambda one: one.kind == "owner")[0]
        self.assertEqual((event.reason, event.user_id), ("Ill", self.manager))
        for user in (self.technician, self.colleague, self.requester):
            with self.assertRaises(UserError):
                self.main.with_user(user).action_reassign(self.technician.id, "No")
        self.team.deputy_id = self.colleague
        self.double.with_user(self.colleague).action_reassign(
            self.technician.id, "Your turn"
        )
        self.assertRecordValues(
            self.double,
            [
                {
                    "state": "assigned",
                    "user_id": self.technician.id,
                    "first_responder_id": False,
                    "first_response_at": False,
                }
            ],
        )

    def test_several_get_one_solution(self):
        """As after an outage; what was written down already stays."""
        third = self._file(user=self.boss)
        both = (self.double | third).with_user(self.technician)
        both.action_take()
        both[0].write({"cause": "The mailbox was full.", "minutes_spent": 5})
        bulk = self.env["itsm.ticket.bulk"].with_user(self.technician)
        bulk = bulk.with_context(active_ids=both.ids)
        with self.assertRaises(UserError), self.cr.savepoint():
            bulk.create({"verb": "solve", "cause": "Outage"}).action_confirm()
        self.assertEqual(set(both.mapped("state")), {"assigned"})
        for ticket in both:
            plan_change(ticket.with_env(self.env), self.technician)
        bulk.create(
            {
                "verb": "solve",
                "cause": "Outage",
                "action_taken": "Restarted",
                "minutes_spent": 10,
                "resolution_code_id": self.code_fixed.id,
            }
        ).action_confirm()
        self.assertRecordValues(
            both.sudo(),
            [
                {
                    "state": "solved",
                    "cause": cause,
                    "action_taken": "Restarted",
                    "minutes_spent": minutes,
                }
                for cause, minutes in (("The mailbox was full.", 5), ("Outage", 10))
            ],
        )

    def test_several_at_once(self):
        third = self._file(user=self.boss)
        both = (self.double | third).with_user(self.lead)
        bulk = self.env["itsm.ticket.bulk"].with_user(self.lead)
        bulk = bulk.with_context(active_ids=both.ids)
        bulk.create({"verb": "take"}).action_confirm()
        self.assertEqual(both.user_id, self.lead)
        bulk.create(
            {"verb": "reassign", "person_id": self.colleague.id, "reason": "Share"}
        ).action_confirm()
        self.assertEqual(both.user_id, self.colleague)
        with self.assertRaises(UserError), self.cr.savepoint():
            bulk.create({"verb": "cancel"}).action_confirm()
        bulk.create({"verb": "merge", "into_id": self.main.id}).action_confirm()
        self.assertEqual(both.merged_into_id, self.main)
        with self.assertRaises(UserError):
            bulk.create({"verb": "cancel", "reason": "x"}).action_confirm()
