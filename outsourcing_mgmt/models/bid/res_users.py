from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.acting_person import refuse_evaluated_code
from ..base.grants import is_granted, spend
from ..messages.mail_activity import hand_on_activities
from ..request.outsourcing_price_reader import note_readers
from .committee_accounts import note_accounts, read_accounts
from .outsourcing_bid_person import (
    CHANGED_ON,
    HOME,
    MOVED_ON,
    get_own_rows,
    keep_own,
    note_changes,
)

IDENTITY = frozenset(
    {
        "login",
        "password",
        "new_password",
        "partner_id",
        "active",
        "group_ids",
        "oauth_uid",
        "oauth_provider_id",
    }
)
PASSWORDS = frozenset({"password", "new_password"})
NOTED = frozenset({CHANGED_ON, HOME, MOVED_ON})
GROUPS = frozenset({"group_ids", "active", "company_ids"})


class ResUsers(models.Model):
    """A changed or new log-in of a bidder waits to be confirmed for its bids.

    What a person changes of its own log-in is no change of the person. When somebody
    else made or changed a portal user is kept, for bids that begin later. Whoever joins
    finance waits to read the reference prices of before.
    """

    _inherit = "res.users"

    outsourcing_changed_on = fields.Datetime(
        string="Changed for a Vendor On",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        help="When somebody else last made this portal user, or changed its log-in, "
        "mail address, password, contact or company.",
    )
    outsourcing_home_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor of the User",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The company of this portal user, whatever its contact is moved under.",
    )
    outsourcing_moved_on = fields.Datetime(
        string="Moved to Another Vendor On",
        readonly=True,
        copy=False,
        help="When the contact was moved under a vendor that has users of its own. "
        "What was agreed with that vendor before is not shown.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(NOTED.intersection(vals) for vals in vals_list):
            self._outsourcing_check_changed_on()
        users = super().create(vals_list)
        note_changes(users)
        if any(not user.share for user in users):
            note_readers(self.env)
        return users

    def write(self, vals):
        if noted := NOTED.intersection(vals):
            if not is_granted(self, names=noted):
                self._outsourcing_check_changed_on()
            spend(self)
        is_identity = bool(IDENTITY.intersection(vals))
        own = get_own_rows(self) if is_identity else None
        accounts = read_accounts(self) if is_identity else {}
        result = super().write(vals)
        if is_identity:
            keep_own(own)
            note_changes(self)
            note_accounts(accounts, bool(PASSWORDS.intersection(vals)))
        if GROUPS.intersection(vals):
            note_readers(self.env)
            hand_on_activities(self)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_changed_on(self):
        raise AccessError(
            self.env._("When a portal user was changed is noted and cannot be written.")
        )

    def _set_encrypted_password(self, uid, pw):
        """Follow a password that its owner sets, or that is hashed anew at log-in.

        Typed code sets none.
        """
        refuse_evaluated_code(self)
        own = get_own_rows(self.browse(uid))
        result = super()._set_encrypted_password(uid, pw)
        keep_own(own)
        return result
