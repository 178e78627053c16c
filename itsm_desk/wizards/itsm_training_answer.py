from odoo import fields, models

from ..tools.one_record import check_one


class ItsmTrainingAnswer(models.TransientModel):
    """Asks the control question of an article that somebody has read."""

    _name = "itsm.training.answer"
    _description = "Control Question"

    reading_id = fields.Many2one(
        comodel_name="itsm.training.reading", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one(related="reading_id.line_id")
    question = fields.Char(related="reading_id.question")
    option_id = fields.Many2one(
        comodel_name="itsm.training.option",
        string="Your Answer",
        required=True,
        ondelete="cascade",
        domain="[('line_id', '=', line_id)]",
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Answer; whether it is right, and whose list it is, the reading judges."""
        check_one(self)
        self.reading_id.action_acknowledge(self.option_id.id)
        return {"type": "ir.actions.act_window_close"}
