from odoo import api, models
from odoo.exceptions import AccessError

from ...tools import mail_links
from .itsm_ticket_inbound import get_link_secrets

GUARDED_MODELS = ("itsm.",)
"""Beginnings of the names of the models of the desk that have a chatter."""


class MailThread(models.AbstractModel):
    """What the mail gateway may do with records of the desk."""

    _inherit = "mail.thread"

    def _message_route_process(self, message, message_dict, routes):
        """Take mails to the desk from the gateway only, and clean them.

        ``message_process`` is public: any employee may call it, with a forged
        sender and the id of any record.
        """
        guarded = [route for route in routes or () if self._itsm_is_guarded(route[0])]
        if (
            guarded
            and not self.env.su
            and not self.env.user.has_group("base.group_system")
        ):
            raise AccessError(
                self.env._(
                    "Mails to the service desk are taken from the mail server only. "
                    "Send a mail to the address of the team, or write in the ticket."
                )
            )
        secrets, urls = [], {self.browse().get_base_url()}
        for model, thread_id, *_rest in guarded:
            # sudo: the gateway's user need not read the record.
            record = self.env[model].sudo().browse(thread_id or []).exists()
            urls.add(record.get_base_url())
            if record._name == "itsm.ticket":
                secrets += get_link_secrets(record)
        hosts = set(map(mail_links.get_host, urls))
        mail_links.clean_message(message_dict, hosts, secrets)
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _itsm_is_guarded(self, name):
        return str(name).startswith(GUARDED_MODELS)

    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        """Recognise automatic replies by their header.

        A vacation answer is neither a first response nor a reason to reopen.
        """
        result = super()._routing_check_route(
            message, message_dict, route, raise_exception=raise_exception
        )
        kind = str(message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
        if result and result[0] == "itsm.ticket" and kind != "no":
            message_dict["message_type"] = "auto_comment"
        return result

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kw
    ):
        """Take a token or number of another form for a wrong one, not for an error."""
        if self._itsm_is_guarded(self._name):
            hash, token = (
                value if isinstance(value, str) and value.isascii() else None
                for value in (hash, token)
            )
            pid = pid if str(pid or "").isdecimal() else None
        return super()._get_thread_with_access(
            thread_id, hash=hash, pid=pid, token=token, **kw
        )
