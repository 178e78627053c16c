from odoo import models

from .taking_over import taken_over


class MailThread(models.AbstractModel):
    """What is only tried tells nobody.

    A mail or push that was prepared in a transaction is not taken back with it: core
    sends it after the commit, or at once.
    """

    _inherit = "mail.thread"

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        if taken_over.get() == "trial":
            return []
        return super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
