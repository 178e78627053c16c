from odoo import models

from ..base.grants import server_unlink
from ..intent.itsm_mail_intent import follow_merge


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """What the desk noted of merged contacts goes on with the one that is left.

    The merge rewrites references by SQL. Contacts that were asked by the same campaign,
    or voted on the same version of an article, are one person after it.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        self._itsm_drop_repeated(partners, dst_partner)
        result = super()._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )
        self.env.invalidate_all()
        kept = partners.exists()
        if len(kept) == 1:
            follow_merge(self.env, "res.partner", (partners - kept).ids, kept.id)
        return result

    def _itsm_drop_repeated(self, partners, kept):
        """Leave one row where two contacts that become one have one each.

        The rows of the contact that is kept go before those of others.
        """
        for name, key in (
            ("itsm.survey.invitation", "campaign_id"),
            ("itsm.article.feedback", "version_id"),
        ):
            # sudo: nobody writes these rows.
            rows = self.env[name].sudo()
            rows = rows.search([("partner_id", "in", partners.ids)], order="id")
            rows = rows.sorted(lambda row: row.partner_id != kept)
            repeated = rows.browse()
            for same in rows.grouped(key).values():
                repeated |= same[1:]
            if repeated:
                server_unlink(repeated)
