"""Who came to a vendor after it got its work."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import (
    is_evaluated_code_running,
    is_granted,
    server_write,
    spend,
)

MOVED_ON = "itsm_moved_on"


class ItsmMovedMixin(models.AbstractModel):
    """When a portal user came to the company of today.

    Contacts of vendors are moved by employees, and a person of one vendor would read
    what another one got.
    """

    _name = "itsm.moved.mixin"
    _description = "Company of a Portal User"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(MOVED_ON in vals for vals in vals_list):
            self._itsm_refuse_moved_on()
        return super().create(vals_list)

    def write(self, vals):
        if MOVED_ON in vals:
            if not is_granted(self, names={MOVED_ON}):
                self._itsm_refuse_moved_on()
            spend(self)
        if "partner_id" not in vals:
            return super().write(vals)
        before = get_companies(self)
        result = super().write(vals)
        note_moved(before)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_refuse_moved_on(self):
        raise AccessError(
            self.env._("When a portal user was moved is noted and cannot be written.")
        )


class ResUsers(models.Model):
    """Notes when users get the contact of another company."""

    _name = "res.users"
    _inherit = ["res.users", "itsm.moved.mixin"]


def get_moved_users(partners):
    """Return the portal users whose company follows from that of ``partners``."""
    # sudo: whoever moves contacts need not read their users.
    users = partners.env["res.users"].sudo().with_context(active_test=False)
    return users.search(
        [("share", "=", True), ("partner_id", "child_of", partners.ids)]
    )


def get_companies(users):
    """Return ``{user: company}`` of portal users, to be compared after a change."""
    # sudo: whoever moves contacts need not read their users.
    return {user: user.commercial_partner_id for user in users.sudo() if user.share}


def note_moved(before):
    """Note the moment for users whose company is another one than ``before``.

    The server itself, which sets things up, moves nobody to a rival.
    """
    for user, company in before.items():
        is_setup = user.env.uid == SUPERUSER_ID and not is_evaluated_code_running()
        if user.commercial_partner_id != company and not is_setup:
            server_write(user, {MOVED_ON: fields.Datetime.now()})
