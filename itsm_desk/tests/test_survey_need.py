from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.intent import itsm_mail_intent as mail_intent
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestNeed(DeskCommon):
    """What users need: who may write it down, see to it, and is told."""

    def _new_need(self, user=None, **values):
        return (
            self.env["itsm.need"]
            .with_user(user or self.technician)
            .create(
                {
                    "subject": "A second screen",
                    "partner_id": self.requester.partner_id.id,
                    "service_id": self.service.id,
                    **values,
                }
            )
        )

    def test_access(self):
        need = self._new_need()
        self.assertTrue(need.with_user(self.requester).has_access("read"))
        self.assertFalse(need.with_user(self.stranger).has_access("read"))
        self.assertFalse(need.with_user(self.portal).has_access("read"))
        with self.assertRaises(AccessError):
            self._new_need(self.requester)
        with self.assertRaises(AccessError):
            need.with_user(self.requester).write({"subject": "Two"})
        with self.assertRaises(AccessError):
            need.with_user(self.colleague).write({"subject": "Two"})
        with self.assertRaises(UserError):
            need.with_user(self.colleague).action_answer("Yes")
        with self.assertRaises(AccessError):
            need.write({"answer": "Yes"})
        with self.assertRaises(UserError):
            self._new_need(state="done")
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far", "group_itsm_manager", company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(need.with_user(far).has_access("read"))

    def test_flow_tells_the_person(self):
        need = self._new_need()
        self.assertRegex(need.name, r"^NED\d+")
        self.assertEqual(need.activity_ids.user_id, self.technician)
        with self.assertRaises(UserError):
            need.action_plan("We order one")
        before = self.env["mail.mail"].search([])
        need.action_plan("We order one", fields.Date.add(fields.Date.today(), days=9))
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(mails.recipient_ids, self.requester.partner_id)
        self.assertIn("We order one", mails.body_html)
        self.assertTrue(need.told_at and need.answered_at)
        self.assertEqual(need.activity_ids.date_deadline, need.date_due)
        with self.assertRaises(UserError):
            need.action_finish(" ")
        need.action_finish("It stands on the desk")
        self.assertEqual(need.state, "done")
        self.assertFalse(need.activity_ids)
        with self.assertRaises(UserError):
            need.write({"subject": "Other"})
        with self.assertRaises(UserError):
            need.with_user(self.quality).unlink()

    def test_person_is_told_by_the_job(self):
        need = self._new_need()
        with patch.object(mail_intent, "wake"):
            need.action_answer("We look at it")
            self.assertFalse(need.told_at)
            self._make_mails()
        self.assertTrue(need.told_at)

    def test_decline_needs_a_reason(self):
        need = self._new_need()
        with self.assertRaises(UserError):
            need.action_decline("")
        need.with_user(self.quality).action_decline("No budget this year")
        self.assertEqual(need.state, "declined")

    def test_odd_day(self):
        need = self._new_need()
        for value in ("x", 7, [1]):
            with self.subTest(value=value), self.assertRaises(UserError):
                need.action_plan("Soon", value)

    def test_survey_names_nobody(self):
        need = self._new_need(source="survey", partner_id=False)
        self.assertFalse(need.partner_id)
        need.action_answer("We look at it")
        self.assertFalse(need.told_at)

    def test_owner_is_of_the_desk(self):
        with self.assertRaises(ValidationError):
            self._new_need(user_id=self.stranger.id)

    def test_from_ticket(self):
        ticket = self._file()
        need = (
            self.env["itsm.need"]
            .with_user(self.technician)
            .create({"subject": "Faster", "source": "rating", "ticket_id": ticket.id})
        )
        self.assertEqual(need.partner_id, self.requester.partner_id)
        self.assertEqual(need.service_id, self.service)
        self.assertEqual(need.department_id, self.department)

    def test_new_owner_is_called(self):
        need = self._new_need()
        need.write({"user_id": self.colleague.id})
        self.assertEqual(need.activity_ids.user_id, self.colleague)
        with self.assertRaises(AccessError):
            need.write({"subject": "Mine no more"})
