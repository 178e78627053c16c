import secrets

from odoo import models

from .grants import granting, is_typed_act
from .mail_gateway import RECEIVED, is_filing_mail
from .mail_message import OWN_MODELS, check_message_id


class MailThread(models.AbstractModel):
    """A record that may be deleted takes its messages along."""

    _inherit = "mail.thread"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def message_notify(self, **kwargs):
        """Core names a document to whoever is told, and asks for no right to read."""
        if self and self._name.startswith(OWN_MODELS) and not self.env.su:
            self.check_access("read")
        return super().message_notify(**kwargs)

    def message_post(self, **kwargs):
        """Believe what a mail says of itself where the gateway files one only.

        Not its Message-Id either, by which the answers to it are filed.
        """
        if not RECEIVED.isdisjoint(kwargs) and not is_filing_mail():
            if self._name.startswith(OWN_MODELS):
                kwargs = {key: kwargs[key] for key in kwargs.keys() - RECEIVED}
            else:
                check_message_id(self.env, kwargs)
        return super().message_post(**kwargs)

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

    def _sign_token(self, pid):
        """Give code that people typed a token that nobody has."""
        if self._name.startswith(OWN_MODELS) and is_typed_act():
            return secrets.token_hex(32)
        return super()._sign_token(pid)
