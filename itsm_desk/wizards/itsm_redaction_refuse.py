from odoo import fields, models

from ..tools.one_record import check_one


class ItsmRedactionRefuse(models.TransientModel):
    """Asks why a request to blank a text is refused."""

    _name = "itsm.redaction.refuse"
    _description = "Refuse to Blank a Text"

    redaction_id = fields.Many2one(
        comodel_name="itsm.redaction",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Refuse; whether the user may is judged by the request."""
        check_one(self)
        self.redaction_id.action_refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
