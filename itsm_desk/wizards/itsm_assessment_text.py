from odoo import fields, models

from ..tools.one_record import check_one


class ItsmAssessmentText(models.TransientModel):
    """Asks for the words of a step of an assessment."""

    _name = "itsm.assessment.text"
    _description = "Words for a Step of an Assessment"

    assessment_id = fields.Many2one(
        comodel_name="itsm.assessment",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    verb = fields.Selection(
        selection=[
            ("acknowledge", "Acknowledge"),
            ("appeal", "Appeal"),
            ("answer_appeal", "Answer the appeal"),
        ],
        required=True,
    )
    is_granted = fields.Boolean(
        string="Grant the Appeal",
        help="A proposed penalty is dropped. HR reads your answer and makes the "
        "assessment final.",
    )
    text = fields.Text()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Take the step; whether the user may is judged by the assessment."""
        check_one(self)
        assessment = self.assessment_id
        if self.verb == "acknowledge":
            assessment.action_acknowledge(self.text)
        elif self.verb == "appeal":
            assessment.action_appeal(self.text)
        else:
            assessment.action_answer_appeal(self.is_granted, self.text)
        return {"type": "ir.actions.act_window_close"}
