"""Who hands in mails: the server's own fetching, or one user named for it.

``message_process`` of Odoo is public: whoever is logged in may call it with a forged
sender and the id of any record. For the documents that the suite guards a mail is
taken from OdooBot, from a mailbox that the server fetches, or from the one user whose
login stands in the system parameter :data:`GATEWAY_LOGIN`.
"""

from contextvars import ContextVar
from inspect import unwrap

from odoo import models
from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.mail.models.mail_thread import MailThread

from .grants import find_caller, get_evaluated_id, is_evaluated_code_running

GATEWAY_LOGIN = "mail.gateway.login"
"""System parameter: login of the user as whom a script hands in mails by RPC."""

RECEIVED = frozenset({"incoming_email_cc", "incoming_email_to", "message_id"})
"""What a message says of a mail that was received: its addresses, its Message-Id."""

_fetching = ContextVar("itsm_mail_fetching", default=None)
FILING_CODE = unwrap(MailThread._message_route_process).__code__
"""The function of core that makes messages of a mail, for the sender of the mail."""


def is_gateway(env):
    """Whether mails that the running code hands in come from the mail server.

    Code that people typed is no mail server, in whose environment it may run.
    """
    evaluated = get_evaluated_id()
    if _fetching.get() == evaluated:
        return True
    if evaluated != id(None):
        return False
    if env.su:
        return True
    # sudo: which login is named is asked for everybody who hands in a mail.
    login = env["ir.config_parameter"].sudo().get_param(GATEWAY_LOGIN)
    return bool(login) and login == env.user.login


def check_values(env):
    """Refuse values for the record of a mail that somebody hands in by a call.

    ``message_process`` writes them with sudo, for the sender that the mail names, to
    a model of the caller's choice. Code of other add-ons that no client calls may name
    values for documents of its own.
    """
    is_called = bool(request) or is_evaluated_code_running()
    if is_called and not is_gateway(env):
        raise AccessError(
            env._(
                "What a mail becomes follows from its address. Values for the new "
                "record are taken from the mail server only."
            )
        )


def is_filing_mail():
    """Whether the gateway makes messages of a mail now, which name their sender."""
    return find_caller(FILING_CODE) is not None


class FetchmailServer(models.Model):
    """Mails of a mailbox come from the mail server, whoever has it fetched."""

    _inherit = "fetchmail.server"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _fetch_mail(self, *args, **kwargs):
        token = _fetching.set(get_evaluated_id())
        try:
            return super()._fetch_mail(*args, **kwargs)
        finally:
            _fetching.reset(token)
