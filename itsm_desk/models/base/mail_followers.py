from odoo import api, models
from odoo.exceptions import AccessError

from .grants import is_granted
from .itsm_private_mixin import check_private
from .mail_message import OWN_MODELS
from .uninstall import guards_deletion


class MailFollowers(models.Model):
    """Nobody is cut off from what is written on a document with a procedure.

    All routes end here: the window of followers, calls, server actions, links in
    mails. Whoever follows may stop, which is noted on the document; nobody stops or
    mutes others.
    """

    _inherit = "mail.followers"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("partner_id", "res_model", "res_id")
    def _itsm_check_private(self):
        """Only those to whom a record is private follow it."""
        # sudo: which record a row is about decides, whoever asks
        for row in self.sudo():
            if hasattr(self.env.get(row.res_model), "_check_private"):
                check_private(self.env, row.res_model, row.res_id, row.partner_id)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        followers = super().create(vals_list)
        followers._itsm_check_reader()
        followers._itsm_forget_followed()
        return followers

    def write(self, vals):
        kept = self.browse() if is_granted(self) else self._itsm_filter_others()
        if kept and {"partner_id", "res_model", "res_id"}.intersection(vals):
            raise kept._itsm_others_error()
        heard = {}
        if "subtype_ids" in vals:
            heard = {follower: follower.subtype_ids for follower in kept}
        result = super().write(vals)
        if {"partner_id", "res_model", "res_id"}.intersection(vals):
            self._itsm_check_reader()
            self.env.registry.clear_cache()
        for follower, subtypes in heard.items():
            if subtypes - follower.subtype_ids:
                raise follower._itsm_others_error()
        return result

    def unlink(self):
        left = [
            (follower.res_model, follower.res_id, follower.partner_id)
            for follower in self._itsm_filter_kept()
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
    def _itsm_unlink_except_others(self):
        others = self._itsm_filter_others()
        if others and not is_granted(self, "unlink"):
            raise others._itsm_others_error()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_reader(self):
        """Raise where somebody who makes a row himself lets in who may not read.

        An administrator would be mailed what is written on a private document.
        Requesters without a user follow their tickets by the steps of the desk.
        """
        if self.env.su:
            return
        # sudo: which record a row is about decides, whoever made it.
        for row in self.sudo():
            if not (row.res_model or "").startswith(OWN_MODELS):
                continue
            record = self.env[row.res_model].browse(row.res_id)
            if not any(
                record.with_user(user)
                .with_context(allowed_company_ids=user.company_ids.ids)
                .has_access("read")
                for user in row.partner_id.user_ids
            ):
                raise AccessError(
                    self.env._(
                        "%(partner)s may not read %(document)s and cannot follow it. "
                        "Write a message to them instead.",
                        partner=row.partner_id.name,
                        document=self.env[row.res_model]._description,
                    )
                )

    @api.ondelete(at_uninstall=True)
    def _itsm_forget_followed(self):
        """Let teams be asked again whether somebody follows them.

        :meth:`ItsmTeam._get_followed` is asked by new tickets only, in other acts.
        """
        if "itsm.team" in self.mapped("res_model"):
            self.env.registry.clear_cache()

    def _itsm_filter_kept(self):
        """Return the rows, in sudo, about existing documents with a procedure."""
        # sudo: which record a row is about decides, whoever asks.
        rows = self.sudo()
        flow = self.env.registry["itsm.flow.mixin"]
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

    def _itsm_filter_others(self):
        """Return the rows about documents with a procedure of others than the user."""
        own = self.env.user.partner_id
        kept = self._itsm_filter_kept()
        return kept.filtered(lambda row: row.partner_id != own)

    def _itsm_others_error(self):
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
