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
        return super(CommentWizard, self._with_review_key()).add_comment()

    def _with_review_key(self):
        return self.with_env(self.env["tier.review"]._tier_with_key().env)
