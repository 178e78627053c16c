from odoo import api, fields, models

from .grants import server_create


class OutsourcingReviewHistory(models.Model):
    """A tier review as it was before it was removed. Append-only.

    OCA deletes reviews when a validation is restarted or a document is
    cancelled; this keeps who was asked, who decided what, and when.
    Read by those who may read the document; written by the server only.
    """

    _name = "outsourcing.review.history"
    _inherit = "outsourcing.log.mixin"
    _description = "Review History"
    _order = "id desc"
    _rec_name = "tier_name"

    company_id = fields.Many2one(comodel_name="res.company", index=True, readonly=True)
    tier_name = fields.Char(string="Tier", readonly=True)
    sequence = fields.Integer(readonly=True)
    status = fields.Selection(
        selection=[
            ("waiting", "Waiting"),
            ("pending", "Pending"),
            ("rejected", "Rejected"),
            ("approved", "Approved"),
            ("cancel", "Cancelled"),
        ],
        readonly=True,
    )
    requested_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    done_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided By", readonly=True
    )
    deputy_for_id = fields.Many2one(
        comodel_name="res.users", string="Decided For", readonly=True
    )
    first_by_id = fields.Many2one(
        comodel_name="res.users", string="Approved First By", readonly=True
    )
    reviewed_date = fields.Datetime(string="Decided On", readonly=True)
    comment = fields.Char(readonly=True)
    reviewer_names = fields.Char(string="Reviewers", readonly=True)
    reason = fields.Char(string="Removed Because", readonly=True)
    removed_by_id = fields.Many2one(comodel_name="res.users", readonly=True)

    _document_index = models.Index("(res_model, res_id)")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _record(self, reviews, reason):
        """Copy ``reviews`` (tier.review, sudo) with the ``reason`` of removal."""
        return server_create(
            self,
            [
                {
                    "res_model": review.model,
                    "res_id": review.res_id,
                    "company_id": self._get_review_company(review).id,
                    "tier_name": review.name,
                    "sequence": review.sequence,
                    "status": review.status,
                    "requested_by_id": review.requested_by.id,
                    "done_by_id": review.done_by.id,
                    "deputy_for_id": review.outsourcing_deputy_for_id.id,
                    "first_by_id": review.outsourcing_first_by_id.id,
                    "reviewed_date": review.reviewed_date,
                    "comment": review.comment,
                    "reviewer_names": ", ".join(review.reviewer_ids.mapped("name")),
                    "reason": reason,
                    "removed_by_id": self.env.uid,
                }
                for review in reviews
                if review.model and review.res_id
            ],
        )

    @api.model
    def _get_review_company(self, review):
        return self.env[review.model].browse(review.res_id)._get_company()
