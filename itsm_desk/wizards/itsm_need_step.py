from odoo import fields, models

from ..tools.one_record import check_one


class ItsmNeedStep(models.TransientModel):
    """Asks for the text of a step of a need: an answer, what came of it, or why not."""

    _name = "itsm.need.step"
    _description = "Text for a Step of a Need"

    need_id = fields.Many2one(
        comodel_name="itsm.need",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    verb = fields.Selection(
        selection=[
            ("plan", "Plan It"),
            ("answer", "Answer"),
            ("finish", "Done"),
            ("decline", "Decline"),
        ],
        required=True,
    )
    text = fields.Text(required=True)
    date_due = fields.Date(string="Promised for")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Take the step; whether the user may is judged by the need."""
        check_one(self)
        need = self.need_id
        if self.verb == "plan":
            need.action_plan(self.text, self.date_due)
        elif self.verb == "answer":
            need.action_answer(self.text)
        elif self.verb == "finish":
            need.action_finish(self.text)
        else:
            need.action_decline(self.text)
        return {"type": "ir.actions.act_window_close"}
