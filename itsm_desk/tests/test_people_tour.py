from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged

from .test_people_assessment import AssessedCommon


@tagged("post_install", "-at_install")
class TestPeopleTour(AssessedCommon, HttpCase):
    """People of the desk in a real browser, about their own work."""

    def test_technician_comments_and_appeals(self):
        assessment = self._release()
        self.start_tour(
            "/odoo/action-itsm_desk.itsm_assessment_action",
            "itsm_desk_own_assessment",
            login=self.technician.login,
        )
        self.assertRecordValues(
            assessment.sudo(),
            [
                {
                    "state": "appealed",
                    "comment": "I have read it. A week is missing.",
                    "appeal_reason": "The server was down for a week.",
                }
            ],
        )
        judge = assessment.sudo().appeal_user_id
        self.assertTrue(judge)
        self.assertNotIn(judge, self.lead | self.technician)

    def test_morning_of_the_lead(self):
        """The check of today, whatever day it is: nobody took a ticket for hours."""
        self.env["itsm.sla.policy"].search([]).active = False
        with freeze_time(fields.Datetime.now() - timedelta(hours=5)):
            ticket = self._file()
        self.env["itsm.daily.check"]._open(self.team)
        check = self.env["itsm.daily.check"].search([("team_id", "=", self.team.id)])
        self.assertRecordValues(
            check.finding_ids, [{"kind": "unowned", "ticket_id": ticket.id}]
        )
        self.start_tour("/odoo/daily-check", "itsm_desk_morning", login=self.lead.login)
        self.assertRecordValues(
            check,
            [
                {
                    "state": "signed",
                    "signed_by_id": self.lead.id,
                    "is_late": False,
                    "answered_count": 1,
                }
            ],
        )
        self.assertRecordValues(
            check.finding_ids,
            [{"act": "taken_up", "remark": "Taken up after the stand-up"}],
        )
