from odoo import models

from .grants import granting
from .mail_message import OWN_MODELS


class MailThread(models.AbstractModel):
    """A record that may be deleted takes its messages along."""

    _inherit = "mail.thread"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def unlink(self):
        if not self or not self._name.startswith(OWN_MODELS):
            return super().unlink()
        self.check_access("unlink")
        # sudo: whoever deletes the record need not read all its messages.
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [("model", "=", self._name), ("res_id", "in", self.ids)]
        )
        with granting(messages, operations=("unlink",)):
            return super().unlink()
