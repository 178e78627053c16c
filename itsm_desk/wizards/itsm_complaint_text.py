from odoo import api, fields, models

from ..tools.one_record import check_one


class ItsmComplaintText(models.TransientModel):
    """Asks for the text of a step of a complaint: the answer, or why not."""

    _name = "itsm.complaint.text"
    _description = "Text for a Step of a Complaint"

    complaint_id = fields.Many2one(
        comodel_name="itsm.complaint",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    verb = fields.Selection(
        selection=[
            ("answer", "Answer"),
            ("refuse_answer", "Not accepted"),
            ("withdraw", "Withdraw"),
        ],
        required=True,
    )
    text = fields.Text(
        required=True, compute="_compute_text", store=True, readonly=False
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("complaint_id", "verb")
    def _compute_text(self):
        """Begin an answer with what is done; the rest is for whoever answers."""
        for window in self:
            complaint = window.complaint_id
            if window.verb == "answer" and complaint.has_access("write"):
                window.text = self.env._(
                    "Thank you for telling us. What we found and do: %s",
                    complaint.action_taken or "",
                )
            else:
                window.text = window.text

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Take the step; whether the user may is judged by the complaint."""
        check_one(self)
        complaint = self.complaint_id
        steps = {
            "answer": complaint.action_answer,
            "refuse_answer": complaint.action_refuse_answer,
            "withdraw": complaint.action_withdraw,
        }
        steps[self.verb](self.text)
        return {"type": "ir.actions.act_window_close"}
