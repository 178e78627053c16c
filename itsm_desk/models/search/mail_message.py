from odoo import api, models

from .indexing import touch


class MailMessage(models.Model):
    """Tickets are found by what is said on them, and no more by what was blanked."""

    _inherit = "mail.message"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("body", "is_internal", "subtype_id")
    def _itsm_index_said(self):
        # sudo: where a message stands is asked for every user's message
        said = self.sudo().filtered(lambda message: message.model == "itsm.ticket")
        if said:
            touch(self.env, said.mapped("res_id"))
