from odoo import models
from odoo.exceptions import AccessError

GUARDED_MODELS = ("outsourcing.", "vendor.quality.")
"""Beginnings of the names of the models of the suite that have a chatter."""


class MailThread(models.AbstractModel):
    """Takes mails to documents of the suite from the mail gateway only."""

    _inherit = "mail.thread"

    def _message_route_process(self, message, message_dict, routes):
        """Refuse mails that an employee hands in by a call.

        ``message_process`` is public: any employee may call it, with a forged
        sender and the id of any record, and would follow that record.
        """
        models = {route[0] for route in routes or () if route}
        if (
            any(str(name).startswith(GUARDED_MODELS) for name in models)
            and not self.env.su
            and not self.env.user.has_group("base.group_system")
        ):
            raise AccessError(
                self.env._(
                    "Mails to documents of outsourcing are taken from the mail server "
                    "only. Open the document and write there, if you may read it."
                )
            )
        return super()._message_route_process(message, message_dict, routes)
