from odoo import fields, models

from ..tools.one_record import check_one


class ItsmArticleSendBack(models.TransientModel):
    """Asks what is missing in an article that goes back to its author."""

    _name = "itsm.article.send.back"
    _description = "Send an Article Back"

    article_id = fields.Many2one(
        comodel_name="itsm.article",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Send it back; whether the user may is judged by the article."""
        check_one(self)
        self.article_id.action_send_back(self.reason)
        return {"type": "ir.actions.act_window_close"}
