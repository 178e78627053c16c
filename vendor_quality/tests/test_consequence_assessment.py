from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.common import BaseCommon

from .fake_person import InProcess

RELEASE = "2026-04-02 02:00:00"


@tagged("post_install", "-at_install")
class TestAssessmentIncentive(InProcess, BaseCommon):
    """A final assessment proposes one reward or penalty, and HR's rules go on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        roles = {
            "lead": "itsm_desk.group_itsm_supervisor",
            "tech": "itsm_desk.group_itsm_technician",
            "judge": "itsm_desk.group_itsm_manager",
            "human": "hr.group_hr_user",
            "payer": "outsourcing_mgmt.group_outsourcing_hr",
            "reviewer": "outsourcing_mgmt.group_outsourcing_hr",
            "auditor": "outsourcing_mgmt.group_outsourcing_auditor",
        }
        for name, group in roles.items():
            user = new_test_user(
                cls.env,
                f"assessed_{name}",
                f"base.group_user,{group}",
                context={"no_reset_password": True},
            )
            setattr(cls, name, user)
        cls.company = cls.env.company
        cls.employee = cls.env["hr.employee"].create(
            {"name": "Tech", "user_id": cls.tech.id, "company_id": cls.company.id}
        )
        cls.env["itsm.team"].create(
            {
                "name": "Assessed",
                "leader_id": cls.lead.id,
                "member_ids": [Command.link(cls.tech.id)],
            }
        )

    def _bring_to_end(self, **values):
        with freeze_time(RELEASE):
            assessment = (
                self.env["itsm.assessment"]
                .with_user(self.lead)
                .create(
                    {
                        "technician_id": self.tech.id,
                        "date_from": "2026-03-01",
                        "remark": "Reliable.",
                        **values,
                    }
                )
            )
            assessment.action_release()
            assessment.with_user(self.tech).action_acknowledge("Thanks")
            assessment.with_user(self.human).action_finalise()
        return assessment

    def _find(self, assessment):
        return self.env["outsourcing.incentive"].search(
            [("assessment_id", "=", assessment.id)]
        )

    def test_exactly_one(self):
        assessment = self._bring_to_end(
            proposal="money", amount=500, proposal_reason="Ten tickets a day"
        )
        incentive = self._find(assessment)
        self.assertRecordValues(
            incentive,
            [
                {
                    "employee_id": self.employee.id,
                    "state": "draft",
                    "incentive_type": "reward",
                    "kind": "money",
                    "amount": 500,
                }
            ],
        )
        self.assertIn("Ten tickets a day", incentive.reason)
        self.assertIn(assessment.display_name, incentive.reason)
        kind = self.env.ref("itsm_desk.mail_activity_type_assessment_proposal")
        self.assertNotIn(kind, assessment.sudo().activity_ids.activity_type_id)
        with self.assertRaises(UserError):
            assessment.with_user(self.human).action_finalise()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env.cr.execute(
                "INSERT INTO outsourcing_incentive (assessment_id, employee_id, name,"
                " company_id, state, incentive_type, kind, is_capped)"
                " VALUES (%s, %s, 'x', %s, 'draft', 'reward', 'money', TRUE)",
                [assessment.id, self.employee.id, self.company.id],
            )
        for attack in (
            {"assessment_id": False},
            {"assessment_id": assessment.id + 1},
        ):
            with self.assertRaises(UserError):
                incentive.with_user(self.payer).write(attack)
        with self.assertRaises(UserError):
            self.env["outsourcing.incentive"].with_user(self.payer).create(
                {"employee_id": self.employee.id, "assessment_id": assessment.id}
            )
        incentive.with_user(self.payer).action_submit()
        self.assertEqual(incentive.state, "submitted")
        self.assertGreaterEqual(incentive.hearing_deadline, fields.Date.today())

    def test_leave_and_none(self):
        leave = self._bring_to_end(
            proposal="leave", leave_days=2, proposal_reason="Two Sundays"
        )
        self.assertRecordValues(
            self._find(leave), [{"kind": "leave", "leave_days": 2, "amount": 0}]
        )
        none = self._bring_to_end(term="mid", date_from="2025-10-01")
        self.assertFalse(self._find(none))

    def test_limits_of_hr(self):
        self.company.outsourcing_reward_cap = 200
        with self.assertRaisesRegex(UserError, "200"):
            self._bring_to_end(proposal="money", amount=500, proposal_reason="Good")
        self.company.outsourcing_reward_cap = 1000
        with freeze_time(RELEASE):
            assessment = (
                self.env["itsm.assessment"]
                .with_user(self.lead)
                .create(
                    {
                        "technician_id": self.tech.id,
                        "date_from": "2026-02-01",
                        "remark": "Good",
                        "proposal": "money",
                        "amount": 500,
                        "proposal_reason": "Good",
                    }
                )
            )
            assessment.action_release()
            assessment.with_user(self.tech).action_acknowledge()
            self.company.outsourcing_reward_cap = 300
            assessment.with_user(self.human).action_finalise()
        incentive = self._find(assessment)
        self.assertEqual(incentive.amount, 300)
        self.assertIn("It is cut", incentive.reason)

    def test_who_proposed_it_does_not_approve_it(self):
        incentive = self._find(
            self._bring_to_end(
                proposal="money", amount=100, proposal_reason="Ten tickets a day"
            )
        )
        self.assertIn(self.lead, incentive._get_authors())
        self.assertIn(self.lead, incentive._tier_get_excluded_users())
        incentive.with_user(self.payer).action_submit()
        incentive.with_user(self.tech).action_answer("Thanks")
        hr = self.env.ref("outsourcing_mgmt.group_outsourcing_hr")
        self.lead.group_ids = [Command.link(hr.id)]
        with self.assertRaises(UserError):
            incentive.with_user(self.lead).action_approve()
        self.assertEqual(incentive.state, "submitted")

    def test_nobody_without_employee(self):
        self.employee.active = False
        assessment = self._bring_to_end(
            proposal="leave", leave_days=1, proposal_reason="One Sunday"
        )
        self.assertFalse(self._find(assessment))
        kind = self.env.ref("itsm_desk.mail_activity_type_assessment_proposal")
        self.assertEqual(assessment.sudo().activity_ids.activity_type_id, kind)
