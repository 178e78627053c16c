from odoo import models


class MailThread(models.AbstractModel):
    """Recognises automatic replies to tickets by their header.

    A vacation answer is neither a first response nor a reason to reopen.
    """

    _inherit = "mail.thread"

    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        result = super()._routing_check_route(
            message, message_dict, route, raise_exception=raise_exception
        )
        kind = str(message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        if result and result[0] == "itsm.ticket" and kind != "no":
            message_dict["message_type"] = "auto_comment"
        return result
