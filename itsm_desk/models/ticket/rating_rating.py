from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import is_granted, spend
from ..base.uninstall import guards_deletion

OWN_MODELS = ("itsm.", "outsourcing.", "vendor.quality.")
"""Beginnings of the names of models whose documents nobody rates, but tickets."""


class RatingRating(models.Model):
    """Guards the ratings of tickets: they are given by the sign-off only.

    Stock lets every employee read and write ratings, and shows in them the name of any
    document. Ratings of documents of others keep that; those of a ticket are read by
    its readers, and no other document of the suite has any.
    """

    _inherit = "rating.rating"

    itsm_ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="Service Desk Ticket",
        compute="_compute_itsm_ticket_id",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        ondelete="cascade",
        export_string_translation=False,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("res_model", "res_id")
    def _compute_itsm_ticket_id(self):
        ratings = self.filtered(lambda rating: rating.res_model == "itsm.ticket")
        tickets = self.env["itsm.ticket"].browse(ratings.mapped("res_id")).exists()
        for rating in self:
            is_known = rating in ratings and rating.res_id in tickets.ids
            rating.itsm_ticket_id = rating.res_id if is_known else False

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_sign_off = is_granted(self, "create")
        spend(self, "create")
        ratings = super().create(vals_list)
        if not is_sign_off:
            # Asked afterwards: the model may come from a default of the context.
            ratings._itsm_check_not_ours()
        return ratings

    def write(self, vals):
        if is_granted(self):
            return super().write(vals)
        self._itsm_check_not_ours()
        result = super().write(vals)
        if any(name.startswith(("itsm_", "res_", "parent_res_")) for name in vals):
            self._itsm_check_not_ours()
        return result

    @guards_deletion
    def _unlink_except_ticket_rating(self):
        self._itsm_check_not_ours()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_not_ours(self):
        """Refuse the ratings of tickets; only the sign-off writes one, once."""
        # sudo: whose rating it is does not depend on the reader
        ratings = self.sudo()
        if ratings.itsm_ticket_id or any(
            (name or "").startswith(OWN_MODELS)
            for rating in ratings
            for name in (rating.res_model, rating.parent_res_model)
        ):
            raise AccessError(
                self.env._(
                    "A service desk ticket is rated by its requester at the sign-off, "
                    "and the rating is not changed afterwards."
                )
            )
