from odoo import api, fields, models
from odoo.tools import formatLang

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create


class ItsmAssessment(models.Model):
    """A final assessment proposes exactly one reward or penalty to HR.

    A draft of ``outsourcing.incentive``, whose own rules go on: HR submits it, the
    person is heard, somebody else of HR approves. What the company's limits of that
    day do not allow is cut to them, and said.
    """

    _inherit = "itsm.assessment"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_release_reason(self):
        reasons = super()._get_cannot_release_reason()
        for assessment in self:
            number = {"money": assessment.amount, "leave": assessment.leave_days}
            wanted = number.get(assessment.proposal, 0)
            most = assessment._get_incentive_limit()
            if assessment.id not in reasons and wanted > most:
                reasons[assessment.id] = self.env._(
                    "HR allows %(most)s at most for such a reward or penalty.",
                    most=formatLang(self.env, most, digits=2),
                )
        return reasons

    def _get_incentive_limit(self):
        """Return what a reward or penalty may be today, by the rules of HR."""
        self.ensure_one()
        # sudo: supervisors need not read the settings
        company = self.sudo().company_id
        if self.proposal == "leave":
            return company.outsourcing_leave_cap
        if self.proposal_type == "penalty":
            return company.outsourcing_fine_cap
        return company.outsourcing_reward_cap

    def _pass_proposal_on(self):
        self.ensure_one()
        employee = self.env["hr.employee"].search(
            [
                ("user_id", "=", self.technician_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        if not employee:
            return super()._pass_proposal_on()
        most = self._get_incentive_limit()
        number = "amount" if self.proposal == "money" else "leave_days"
        reason = f"{self.display_name}\n{self.proposal_reason}"
        if self[number] > most:
            reason += "\n" + self.env._(
                "Proposed was: %s. It is cut to what is allowed now.",
                self._describe_proposal(),
            )
        incentive = server_create(
            self.env["outsourcing.incentive"],
            {
                "assessment_id": self.id,
                "employee_id": employee.id,
                "company_id": self.company_id.id,
                "incentive_type": self.proposal_type,
                "kind": self.proposal,
                number: min(self[number], most),
                "reason": reason,
            },
        )
        incentive._ask_hr(self.env._("Submit what an assessment proposes"))
        return None


class OutsourcingIncentive(models.Model):
    """A reward or penalty may follow from the assessment of a technician."""

    _inherit = "outsourcing.incentive"

    assessment_id = fields.Many2one(
        comodel_name="itsm.assessment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="The final assessment of the desk that proposed it.",
    )

    _assessment_uniq = models.UniqueIndex(
        "(assessment_id) WHERE assessment_id IS NOT NULL",
        "This assessment has proposed a reward or penalty already.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"assessment_id"}

    def _get_source(self):
        return super()._get_source() or self.assessment_id

    def _get_authors(self):
        # Whoever wrote the assessment proposed the reward or penalty in it.
        # sudo: who wrote is judged whoever asks; HR need not read the assessment.
        return super()._get_authors() | self.sudo().assessment_id.author_id
