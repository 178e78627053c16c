from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.base.grants import server_create
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketOwnership(DeskCommon):
    """The first who answers, takes or logs a call owns; the rest is escalation."""

    # ------------------------------------------------------------
    # TAKING
    # ------------------------------------------------------------

    def test_second_is_told_who_was_first(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        with self.assertRaisesRegex(UserError, "already taken by Tech"):
            ticket.with_user(self.colleague).action_take()
        with self.assertRaisesRegex(UserError, "own it already"):
            ticket.with_user(self.technician).action_take()
        self.assertEqual(ticket.sudo().user_id, self.technician)

    def test_activities_of_somebody_who_loses_the_role(self):
        """They wait for somebody who reads the ticket."""
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        activity = ticket.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.colleague.id
        )
        self.colleague.group_ids |= self.env.ref("base.group_partner_manager")
        self.assertEqual(activity.user_id, self.colleague, "still reads it")
        self.colleague.write(
            {"group_ids": [Command.set(self.env.ref("base.group_user").ids)]}
        )
        self.assertEqual(activity.user_id, self.technician)

    def test_activities_of_somebody_whose_group_loses_the_role(self):
        """Nobody writes the user: the group loses people, or what it implies."""
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        activity = ticket.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.colleague.id
        )
        role = self.env.ref("itsm_desk.group_itsm_technician")
        changes = {
            "people": {"user_ids": [Command.unlink(self.colleague.id)]},
            "implied": {"implied_ids": [Command.clear()]},
        }
        for name, values in changes.items():
            group = self.env["res.groups"].create(
                {"name": name, "implied_ids": [Command.set(role.ids)]}
            )
            self.colleague.group_ids = group | self.env.ref("base.group_user")
            activity.user_id = self.colleague
            with self.subTest(name):
                group.write(values)
                self.assertEqual(activity.user_id, self.technician)

    def test_a_feature_is_switched_off(self):
        """All people lose a group; what they have to do is not judged one by one."""
        people = self.env.ref("base.group_user")
        feature = self.env["res.groups"].create({"name": "Feature"})

        def count():
            people._apply_group(feature)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            people._remove_group(feature)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        def schedule(number):
            tickets = self.env["itsm.ticket"].with_user(self.requester)
            values = {"subject": "No mail", "service_id": self.service.id}
            tickets = tickets.create([dict(values) for _i in range(number)])
            tickets.sudo().activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.technician.id
            )

        schedule(10)
        count()
        few = count()
        schedule(30)
        self.assertLess(count() - few, 10)

    def test_activities_of_somebody_who_leaves_the_team(self):
        """A member, the deputy or the lead goes: whoever is next has their work."""
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        deputy = self._new_user("deputy", "group_itsm_supervisor")
        self.team.deputy_id = deputy
        check = server_create(
            self.env["itsm.daily.check"],
            {
                "team_id": self.team.id,
                "company_id": self.company.id,
                "day": "2026-11-27",
                "opened_at": "2026-11-27 00:00:00",
            },
        )
        problem = self.env["itsm.problem"].create(
            {"subject": "Disks", "team_id": self.team.id, "user_id": self.colleague.id}
        )
        other = self._new_user("other", "group_itsm_supervisor")
        for record, user, change, successor in (
            (
                ticket,
                self.colleague,
                {"member_ids": [Command.unlink(self.colleague.id)]},
                self.technician,
            ),
            (ticket, deputy, {"deputy_id": False}, self.technician),
            (check, self.lead, {"leader_id": other.id}, other),
        ):
            activity = record.sudo().activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=user.name
            )
            with self.subTest(record=record._name, change=change):
                self.team.name = "First Line"
                self.assertEqual(activity.user_id, user, "still reads it")
                self.team.with_user(self.manager).write(change)
                self.assertEqual(activity.user_id, successor)
        activity = problem.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.colleague.id
        )
        self.colleague.active = False
        self.assertEqual(activity.user_id, other)

    def test_activities_that_two_have(self):
        """Whoever has the same activity already does not get it a second time."""
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        for user in (self.technician, self.colleague):
            ticket.sudo().activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary="Look"
            )
        self.team.member_ids -= self.colleague
        both = ticket.sudo().activity_ids.filtered(lambda item: item.summary == "Look")
        self.assertEqual(both.user_id, self.technician)
        self.assertEqual(len(both), 1)

    def test_who_cannot_take(self):
        ticket = self._file()
        for user in (
            self.requester,
            self.stranger,
            self.outsider,
            self.portal,
            self.quality,
            self.env.ref("base.user_root"),
        ):
            for record in (ticket.with_user(user), ticket.with_user(user).sudo()):
                with (
                    self.subTest(user=user.login, su=record.env.su),
                    self.assertRaises(UserError),
                ):
                    record.action_take()
        self.assertFalse(ticket.sudo().user_id)

    def test_technician_of_several_companies(self):
        """A company that the acting user cannot read changes nothing."""
        second = self.env["res.company"].create({"name": "Second"})
        self.technician.company_ids = [Command.link(second.id)]
        ticket = self._file()
        self.env.flush_all()
        self.env.invalidate_all()
        # In the cache are both links, but not the company: a rule read with sudo.
        self.assertIn(second, self.technician.sudo().company_ids)
        second.invalidate_recordset()
        mine = ticket.with_user(self.colleague)
        self.assertTrue(mine._is_responder(self.technician.with_user(self.colleague)))

    def test_technician_does_not_take_his_own_ticket(self):
        ticket = self._file(
            self.technician,
            partner_id=self.technician.partner_id.id,
            channel="phone",
        )
        self.assertFalse(ticket.user_id)
        with self.assertRaisesRegex(UserError, "you asked for it"):
            ticket.action_take()
        ticket.message_post(
            body="x", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.first_response_at)

    # ------------------------------------------------------------
    # ANSWERING
    # ------------------------------------------------------------

    def _comment(self, ticket, user, **kwargs):
        kwargs.setdefault("message_type", "comment")
        kwargs.setdefault("subtype_xmlid", "mail.mt_comment")
        return (
            ticket.with_user(user)
            .sudo(ticket.env.su)
            .message_post(body="Hello", **kwargs)
        )

    def test_first_answer_makes_the_owner(self):
        ticket = self._file()
        self._comment(ticket, self.technician)
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "assigned",
                    "user_id": self.technician.id,
                    "first_responder_id": self.technician.id,
                }
            ],
        )
        at = ticket.sudo().first_response_at
        self.assertTrue(at)
        self._comment(ticket, self.colleague)
        self.assertEqual(ticket.sudo().user_id, self.technician)
        self.assertEqual(ticket.sudo().first_response_at, at)

    def test_what_is_no_answer(self):
        ticket = self._file()
        tech = self.technician
        self._comment(ticket, tech, subtype_xmlid="mail.mt_note")
        self._comment(ticket, tech, message_type="notification")
        for kind in ("auto_comment", "out_of_office"):
            self._comment(ticket.sudo(), tech, message_type=kind)
        self._comment(ticket, self.requester)
        self._comment(ticket.sudo(), self.stranger)
        self._comment(ticket.sudo(), self.outsider)
        self._comment(ticket.sudo(), self.portal)
        self.assertRecordValues(
            ticket.sudo(),
            [{"state": "new", "user_id": False, "first_response_at": False}],
        )

    def test_nobody_answers_in_anothers_name(self):
        ticket = self._file()
        for user, other in (
            (self.requester, self.technician),
            (self.technician, self.colleague),
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._comment(ticket, user, author_id=other.partner_id.id)
        self.assertFalse(ticket.sudo().user_id)
        # The server posts in the name of others; the acting user answers.
        self._comment(
            ticket.sudo(), self.technician, author_id=self.colleague.partner_id.id
        )
        self.assertEqual(ticket.sudo().user_id, self.technician)

    def test_taking_is_no_answer(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        self.assertFalse(ticket.sudo().first_response_at)
        self._comment(ticket, self.technician)
        self.assertTrue(ticket.sudo().first_response_at)

    def test_logging_a_call_owns(self):
        ticket = self._file()
        with self.assertRaises(UserError):
            ticket.action_log_call("I called.")
        ticket.with_user(self.technician).action_log_call("Called back.")
        self.assertRecordValues(
            ticket.sudo(),
            [{"state": "assigned", "user_id": self.technician.id}],
        )
        self.assertTrue(ticket.sudo().first_response_at)
        self.assertIn("Called back.", ticket.sudo().message_ids[0].body)

    def test_answering_the_phone_owns(self):
        ticket = self._file(
            self.outsider, partner_id=self.requester.partner_id.id, channel="phone"
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "assigned",
                    "user_id": self.outsider.id,
                    "first_responder_id": self.outsider.id,
                    "team_id": self.team.id,
                }
            ],
        )
        self.assertTrue(ticket.first_response_at)

    # ------------------------------------------------------------
    # HANDING ON
    # ------------------------------------------------------------

    def _taken(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        return ticket.with_user(self.technician)

    def test_only_the_owner_hands_on(self):
        ticket = self._taken()
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_escalate("l2", "too hard")
        with self.assertRaises(AccessError):
            ticket.with_user(self.colleague).team_id = self.second_team
        with self.assertRaisesRegex(UserError, "Escalate"):
            ticket.team_id = self.second_team
        with self.assertRaises(AccessError):
            ticket.with_user(self.colleague).cause = "mine"
        with self.assertRaises(AccessError):
            ticket.with_user(self.colleague).collaborator_ids = [
                Command.link(self.colleague.id)
            ]
        with self.assertRaises(UserError):
            ticket.action_escalate("l9", "x")
        with self.assertRaises(UserError):
            ticket.action_escalate("l2", "")

    def test_escalation(self):
        ticket = self._taken()
        ticket.action_escalate("l2", "Needs the server.")
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "assigned",
                    "team_id": self.second_team.id,
                    "support_level": "l2",
                    "user_id": self.technician.id,
                }
            ],
        )
        self.assertRecordValues(
            ticket.escalation_ids,
            [
                {
                    "kind": "functional",
                    "from_level": "l1",
                    "to_level": "l2",
                    "from_user_id": self.technician.id,
                    "to_team_id": self.second_team.id,
                    "escalated_by_id": self.technician.id,
                    "reason": "Needs the server.",
                    "accepted_at": False,
                }
            ],
        )
        self.assertEqual(ticket.activity_ids.user_id, self.specialist)
        with self.assertRaisesRegex(UserError, "already taken by"):
            ticket.with_user(self.lead).sudo().action_take()
        ticket.with_user(self.specialist).action_take()
        self.assertRecordValues(
            ticket,
            [
                {
                    "user_id": self.specialist.id,
                    "collaborator_ids": self.technician.ids,
                    "first_responder_id": self.technician.id,
                }
            ],
        )
        self.assertEqual(ticket.escalation_ids.accepted_by_id, self.specialist)
        self.assertFalse(ticket.activity_ids)
        with self.assertRaises(UserError):
            ticket.with_user(self.technician).action_take()
        self._solve(ticket, self.specialist)
        self.assertFalse(ticket.is_first_contact_fix)

    def test_escalation_to_a_person(self):
        ticket = self._taken()
        ticket.action_escalate("l1", "You know it.", user_id=self.colleague.id)
        with self.assertRaises(UserError):
            ticket.with_user(self.lead).action_take()
        ticket.with_user(self.colleague).action_take()
        self.assertEqual(ticket.user_id, self.colleague)
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_escalate(
                "l2", "x", user_id=self.requester.id
            )

    def test_escalations_are_not_written_by_hand(self):
        ticket = self._taken()
        ticket.action_escalate("l2", "x")
        escalation = ticket.escalation_ids
        for user in (self.technician, self.manager):
            mine = escalation.with_user(user)
            for record in (mine, mine.sudo()):
                with self.assertRaises(AccessError):
                    record.write({"to_user_id": user.id})
                with self.assertRaises(AccessError):
                    record.unlink()
                with self.assertRaises(AccessError):
                    record.copy()

    def test_collaborators_work_and_the_lead_helps(self):
        ticket = self._taken()
        ticket.collaborator_ids = [Command.link(self.colleague.id)]
        ticket.with_user(self.colleague).action_start()
        with self.assertRaises(AccessError):
            ticket.with_user(self.colleague).collaborator_ids = [Command.clear()]
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_escalate("l2", "x")
        ticket.with_user(self.lead).action_pend(self.reason_parts.id)
        ticket.with_user(self.manager).action_resume()
        with self.assertRaises(UserError):
            ticket.collaborator_ids = [Command.link(self.portal.id)]
