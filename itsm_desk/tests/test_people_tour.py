from odoo.tests import HttpCase, tagged

from .test_people_assessment import AssessedCommon


@tagged("post_install", "-at_install")
class TestPeopleTour(AssessedCommon, HttpCase):
    """People of the desk in a real browser, about their own work."""

    def test_technician_comments_and_appeals(self):
        assessment = self._release()
        self.start_tour(
            "/odoo/action-itsm_desk.itsm_assessment_action_mine",
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
