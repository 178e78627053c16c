from odoo import api, fields, models
from odoo.exceptions import AccessError


class OutsourcingReviewHistory(models.Model):
    """A tier review as it was before it was removed. Append-only.

    OCA deletes reviews when a validation is restarted or a document is
    cancelled; this keeps who was asked, who decided what, and when.
    Read by those who may read the document; written by the server only.
    """

    _name = "outsourcing.review.history"
    _description = "Review History"
    _order = "id desc"
    _rec_name = "tier_name"

    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document",
        model_field="res_model",
        required=True,
        readonly=True,
    )
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
    reviewed_date = fields.Datetime(string="Decided On", readonly=True)
    comment = fields.Char(readonly=True)
    reviewer_names = fields.Char(string="Reviewers", readonly=True)
    reason = fields.Char(string="Removed Because", readonly=True)
    removed_by_id = fields.Many2one(comodel_name="res.users", readonly=True)

    _document_index = models.Index("(res_model, res_id)")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        raise AccessError(self._append_only_message())

    def unlink(self):
        raise AccessError(self._append_only_message())

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su and not kwargs.get("bypass_access"):
            domain = fields.Domain(domain) & self._readable_domain()
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self or result:
            return result
        readable = self.browse()
        for name, rows in self.sudo().grouped("res_model").items():
            if name in self.env:
                documents = self.env[name].browse(rows.mapped("res_id")).exists()
                visible = set(documents._filtered_access("read").ids)
                readable |= rows.filtered(lambda row, ids=visible: row.res_id in ids)
        forbidden = self - readable.sudo(False)
        if forbidden:
            return forbidden, lambda: AccessError(
                self.env._("You may not read the document of this review.")
            )
        return None

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _record(self, reviews, reason):
        """Copy ``reviews`` (tier.review, sudo) with the ``reason`` of removal."""
        return self.create(
            [
                {
                    "res_model": review.model,
                    "res_id": review.res_id,
                    "company_id": self._company_of(review).id,
                    "tier_name": review.name,
                    "sequence": review.sequence,
                    "status": review.status,
                    "requested_by_id": review.requested_by.id,
                    "done_by_id": review.done_by.id,
                    "reviewed_date": review.reviewed_date,
                    "comment": review.comment,
                    "reviewer_names": ", ".join(review.reviewer_ids.mapped("name")),
                    "reason": reason,
                    "removed_by_id": self.env.uid,
                }
                for review in reviews
                if review.model and review.res_id
            ]
        )

    @api.model
    def _company_of(self, review):
        return self.env[review.model].browse(review.res_id)._get_company()

    @api.model
    def _readable_domain(self):
        domain = fields.Domain.FALSE
        for name in self.env["tier.review"]._tier_hardened_models():
            documents = self.env[name]
            if documents.has_access("read"):
                domain |= fields.Domain("res_model", "=", name) & fields.Domain(
                    "res_id",
                    "in",
                    documents.with_context(active_test=False)._search([]),
                )
        return domain

    def _append_only_message(self):
        return self.env._("The review history is append-only; nothing in it changes.")
