import secrets
import uuid

from odoo import models
from odoo.exceptions import AccessError

from ..base.grants import is_typed_act, server_write


class PortalMixin(models.AbstractModel):
    """The token of a document is made by the server and read by nobody."""

    _inherit = "portal.mixin"

    def _portal_ensure_token(self):
        if not isinstance(self, self.env.registry["outsourcing.flow.mixin"]):
            return super()._portal_ensure_token()
        if not self.env.su and not self.env.user.share:
            raise AccessError(
                self.env._(
                    "%(document)s: its link is sent to the vendor only, because "
                    "whoever has it writes as the vendor. Post a message to the "
                    "vendor instead.",
                    document=self._description,
                )
            )
        self.check_access("read")
        if is_typed_act():
            # What core makes a link of that is not used; nobody's token.
            return secrets.token_hex(32)
        # sudo: no user reads or writes the token; it goes into links only.
        record = self.sudo()
        if not record.access_token:
            server_write(record, {"access_token": str(uuid.uuid4())})
        return record.access_token
