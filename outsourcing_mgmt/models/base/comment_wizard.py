from odoo import models
from odoo.exceptions import AccessError


class CommentWizard(models.TransientModel):
    """Holds OCA's comment wizard to the rule of hardened reviews."""

    _inherit = "comment.wizard"

    def add_comment(self):
        self.ensure_one()
        Review = self.env["tier.review"]
        if not Review._tier_is_hardened(self.res_model):
            return super().add_comment()
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("read")
        if self.review_ids - document._tier_get_open_reviews_of_user():
            raise AccessError(document._tier_get_cannot_review_reason())
        with document._tier_granting("write"):
            return super().add_comment()
