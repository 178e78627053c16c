from odoo import api, models
from odoo.exceptions import AccessError

from ..base.itsm_flow_mixin import FLOW_KEY


class RatingRating(models.Model):
    """Guards the ratings of tickets: they are given by the sign-off only.

    Stock lets every employee write ratings. Ratings of other documents keep that.
    """

    _inherit = "rating.rating"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        # The model may come from a default of the context.
        ratings._itsm_check_key()
        return ratings

    def write(self, vals):
        self._itsm_check_key()
        result = super().write(vals)
        if {"res_model_id", "res_model", "res_id"}.intersection(vals):
            self._itsm_check_key()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ticket_rating(self):
        self._itsm_check_key()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_key(self):
        if self.env.context.get("itsm_flow_key") is FLOW_KEY:
            return
        # sudo: whether it is a ticket's rating does not depend on the reader
        if any(rating.res_model == "itsm.ticket" for rating in self.sudo()):
            raise AccessError(
                self.env._(
                    "A service desk ticket is rated by its requester, when he signs "
                    "it off, and the rating stays as it is."
                )
            )
