from odoo import api, models
from odoo.exceptions import AccessError

from ...tools.open_activities import MANAGER, OWN_MODELS, find_next_user

WATCHING = (
    *("history", "complaint", "complaint_late", "complaint_proposed", "low_rating"),
    *("sla_breach", "daily_check_late"),
)
"""Kinds of activities that call somebody to look at the work of others."""


class MailActivity(models.Model):
    """An activity on a document of the desk never waits for somebody who has left.

    What calls somebody to look at the work of others is changed, done and taken away
    by whoever is called and by managers: not by those whose work it is.
    """

    _inherit = "mail.activity"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._itsm_hand_on(vals) for vals in vals_list])

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation not in ("write", "unlink") or self.env.su:
            return result
        if watching := self._itsm_filter_watching():
            forbidden = watching | result[0] if result else watching
            return forbidden, watching._itsm_watching_error
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_filter_watching(self):
        """Return the activities that look at others, and are not the user's."""
        # sudo: of which kind an activity is decides, whoever asks.
        others = self.sudo().filtered(
            lambda item: (
                item.user_id != self.env.user
                and str(item.res_model).startswith(OWN_MODELS)
            )
        )
        if not others or self.env.user.has_group(MANAGER):
            return self.browse()
        refs = (f"itsm_desk.mail_activity_type_{name}" for name in WATCHING)
        kinds = {self.env.ref(ref, raise_if_not_found=False) for ref in refs}
        return self & others.filtered(lambda item: item.activity_type_id in kinds)

    def _itsm_watching_error(self):
        """Return the refusal to change what somebody else is called for."""
        # sudo: who is called is no secret to those who see the activity.
        names = ", ".join(self.sudo().user_id.mapped("name"))
        return AccessError(
            self.env._(
                "%(names)s is called here to look at the work of others. Whoever is "
                "called marks it as done; managers of the service desk may call "
                "somebody else.",
                names=names,
            )
        )

    @api.model
    def _itsm_hand_on(self, vals):
        """Return the values with the next who may act, where the user has left."""
        # sudo: whoever schedules need not read other users and the document.
        env = self.sudo().env
        user = env["res.users"].browse(vals.get("user_id") or [])
        model = env["ir.model"].browse(vals.get("res_model_id") or []).model
        if not user or user.active or not str(model).startswith(OWN_MODELS):
            return vals
        record = env[model].browse(vals.get("res_id") or []).exists()
        successor = find_next_user(record, user) if record else None
        return {**vals, "user_id": successor.id} if successor else vals
