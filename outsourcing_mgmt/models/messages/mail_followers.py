from odoo import api, models
from odoo.exceptions import AccessError

from ..base.grants import is_granted
from ..base.uninstall import guards_deletion
from .mail_message import OWN_MODELS


class MailFollowers(models.Model):
    """Documents of the suite are followed by who may read them.

    All routes end here: the button, mentions, authors of mails, what reviews add, and
    rows made by an administrator. Whoever follows is mailed what is written, may stop,
    which is noted on the document, and is stopped or muted by nobody else.
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
        kept = self.browse() if is_granted(self) else self._outsourcing_filter_others()
        if kept and {"partner_id", "res_model", "res_id"}.intersection(vals):
            raise kept._outsourcing_others_error()
        heard = {}
        if "subtype_ids" in vals:
            heard = {follower: follower.subtype_ids for follower in kept}
        result = super().write(vals)
        if {"partner_id", "res_model", "res_id"}.intersection(vals):
            self._outsourcing_check_readers()
        for follower, subtypes in heard.items():
            if subtypes - follower.subtype_ids:
                raise follower._outsourcing_others_error()
        return result

    def unlink(self):
        left = [
            (follower.res_model, follower.res_id, follower.partner_id)
            for follower in self._outsourcing_filter_kept()
        ]
        result = super().unlink()
        for model, res_id, partner in left:
            # sudo: whoever stops to follow need not read the document any more.
            record = self.env[model].sudo().browse(res_id)
            record._message_log(
                body=self.env._("%s does not follow any more.", partner.name),
                author_id=partner.id,
            )
        return result

    @guards_deletion
    def _outsourcing_unlink_except_others(self):
        others = self._outsourcing_filter_others()
        if others and not is_granted(self, "unlink"):
            raise others._outsourcing_others_error()

    # ------------------------------------------------------------
    # MAIL OVERRIDES
    # ------------------------------------------------------------

    def _add_followers(self, res_model, res_ids, partner_ids, *args, **kwargs):
        """Leave out who may not read the record; nobody is told of the others."""
        if not (res_model or "").startswith(OWN_MODELS) or not partner_ids:
            return super()._add_followers(
                res_model, res_ids, partner_ids, *args, **kwargs
            )
        groups = {}
        readers = self._outsourcing_find_readers(res_model, res_ids, partner_ids)
        for res_id in res_ids:
            allowed = tuple(pid for pid in partner_ids if (res_id, pid) in readers)
            groups.setdefault(allowed, []).append(res_id)
        added, changed = {}, {}
        for allowed, ids in groups.items():
            if allowed:
                new, update = super()._add_followers(
                    res_model, ids, list(allowed), *args, **kwargs
                )
                added |= new
                changed |= update
        return added, changed

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

    def _outsourcing_filter_kept(self):
        """Return the rows, in sudo, about existing documents with a procedure."""
        # sudo: which record a row is about decides, whoever asks.
        rows = self.sudo()
        flow = self.env.registry["outsourcing.flow.mixin"]
        kept = rows.browse()
        for model, group in rows.grouped("res_model").items():
            if not (model or "").startswith(OWN_MODELS) or model not in self.env:
                continue
            if issubclass(self.env.registry[model], flow):
                # sudo: as above, for the documents.
                records = self.env[model].sudo().browse(group.mapped("res_id"))
                found = set(records.exists().ids)
                kept |= group.filtered(lambda row, found=found: row.res_id in found)
        return kept

    def _outsourcing_filter_others(self):
        """Return the rows about documents with a procedure of others than the user."""
        own = self.env.user.partner_id
        kept = self._outsourcing_filter_kept()
        return kept.filtered(lambda row: row.partner_id != own)

    def _outsourcing_others_error(self):
        """Return the refusal to take somebody off the followers."""
        follower = self[:1]
        return AccessError(
            self.env._(
                "%(partner)s follows %(document)s and is told what is written there. "
                "Nobody but %(partner)s ends or narrows that.",
                partner=follower.partner_id.name,
                document=self.env[follower.res_model]._description,
            )
        )
