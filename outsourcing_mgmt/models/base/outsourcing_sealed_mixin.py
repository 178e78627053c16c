from odoo import api, models
from odoo.exceptions import AccessError

SEAL_KEY = object()
"""Proof that the code of bids asks for sealed content.

Compared by identity, like the key of the flow, and not the same: the flow's key
is in the context while steps are written, where automations and mail templates
of an administrator may run. This one goes to the sealed models only.
"""


class OutsourcingSealedMixin(models.AbstractModel):
    """Content that nobody may read, whatever his rights.

    No group has access rights on a model that inherits this, and ``sudo()``
    does not help either: rows are searched, read and written only with the
    server's own key, which no remote caller, server action or template can
    send. Values that were read are dropped from the cache of the transaction
    by :meth:`_forget`, because a cached value is not checked again.
    """

    _name = "outsourcing.sealed.mixin"
    _description = "Sealed Content"
    _allow_sudo_commands = False

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_key()
        return super().create(vals_list)

    def write(self, vals):
        self._check_key()
        return super().write(vals)

    def unlink(self):
        self._check_key()
        return super().unlink()

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._check_key()
        return super()._search(domain, *args, **kwargs)

    def _fetch_query(self, query, fields):
        self._check_key()
        return super()._fetch_query(query, fields)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _unlocked(self):
        """Return the model with the right to read it; for the bid's own code."""
        # The key is the right: no group has one.
        return self.sudo().with_context(outsourcing_seal_key=SEAL_KEY, bin_size=False)

    @api.model
    def _check_key(self):
        if self.env.context.get("outsourcing_seal_key") is not SEAL_KEY:
            raise AccessError(
                self.env._(
                    "Bids are sealed: nobody reads or changes what is inside before "
                    "the opening, and then only the opening itself does."
                )
            )

    @api.model
    def _forget(self):
        """Drop what was read from the cache of the transaction."""
        self.env.flush_all()
        self.invalidate_model()
