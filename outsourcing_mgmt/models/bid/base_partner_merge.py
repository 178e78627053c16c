from odoo import models

from ..intent.outsourcing_mail_intent import follow_merge
from .outsourcing_bid_person import note_changes


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged contacts of a bidder wait to be confirmed, and no bid or mail is lost.

    The merge rewrites references by SQL, which no other guard sees.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        partners._outsourcing_check_merge()
        users = partners._outsourcing_get_portal_users(is_deep=True)
        result = super()._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )
        self.env.invalidate_all()
        kept = partners.exists()
        if len(kept) == 1:
            follow_merge(self.env, "res.partner", (partners - kept).ids, kept.id)
        note_changes(users | kept._outsourcing_get_portal_users(is_deep=True))
        return result
