from odoo import api, models
from odoo.exceptions import AccessError

from .mail_message import OWN_MODELS


class MailFollowers(models.Model):
    """Documents of the suite are followed by who may read them.

    All routes end here: the button, mentions, authors of mails, what reviews add, and
    rows made by an administrator. Whoever follows is mailed what is written.
    """

    _inherit = "mail.followers"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        followers = super().create(vals_list)
        followers._outsourcing_check_readers()
        return followers

    def write(self, vals):
        result = super().write(vals)
        if {"partner_id", "res_model", "res_id"}.intersection(vals):
            self._outsourcing_check_readers()
        return result

    # ------------------------------------------------------------
    # MAIL OVERRIDES
    # ------------------------------------------------------------

    def _insert_followers(self, res_model, res_ids, partner_ids, *args, **kwargs):
        """Leave out who may not read the record; nobody is told of the others."""
        if not (res_model or "").startswith(OWN_MODELS) or not partner_ids:
            return super()._insert_followers(
                res_model, res_ids, partner_ids, *args, **kwargs
            )
        groups = {}
        readers = self._outsourcing_find_readers(res_model, res_ids, partner_ids)
        for res_id in res_ids:
            allowed = tuple(pid for pid in partner_ids if (res_id, pid) in readers)
            groups.setdefault(allowed, []).append(res_id)
        for allowed, ids in groups.items():
            if allowed:
                super()._insert_followers(
                    res_model, ids, list(allowed), *args, **kwargs
                )
        return None

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _outsourcing_find_readers(self, res_model, res_ids, partner_ids):
        """Return the pairs of record and partner where the partner may read it.

        :return: set of ``(record id, partner id)``; two queries per user
        """
        found = set()
        # sudo: the users behind a partner are judged, not shown.
        partners = self.env["res.partner"].sudo().browse(partner_ids)
        for user in partners.user_ids:
            records = self.env[res_model].with_user(user).browse(res_ids)
            records = records.with_context(allowed_company_ids=user.company_ids.ids)
            # sudo: none; what the user may read by own rights.
            readable = records.sudo(False)._filtered_access("read")
            found.update((res_id, user.partner_id.id) for res_id in readable.ids)
        return found

    def _outsourcing_check_readers(self):
        # sudo: which record a row is about decides, whoever made it.
        for follower in self.sudo():
            model, res_id = follower.res_model, follower.res_id
            if not (model or "").startswith(OWN_MODELS) or model not in self.env:
                continue
            partner = follower.partner_id
            if not self._outsourcing_find_readers(model, [res_id], partner.ids):
                raise AccessError(
                    self.env._(
                        "%(partner)s may not read %(document)s and cannot follow it. "
                        "Write a message to them instead.",
                        partner=partner.name,
                        document=self.env[model]._description,
                    )
                )
