from odoo import api, models
from odoo.exceptions import AccessError


class MailMessage(models.Model):
    """What was said in a conversation of Discuss stays: tickets are made of it."""

    _inherit = "mail.message"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("attachment_ids", "body")
    def _itsm_check_talk(self):
        """Refuse a change of what somebody else said in a conversation.

        Core lets members do it by RPC. Its own form, which asks for the author, writes
        with sudo.
        """
        if self.env.su:
            return
        own = self.env.user.partner_id
        # sudo: where a message stands and who said it is asked for every message
        for message in self.sudo():
            if message.model == "discuss.channel" and message.author_id != own:
                raise AccessError(
                    self.env._(
                        "What somebody else said in a conversation is not changed. "
                        "Write a new message."
                    )
                )
