"""Who gets the links of a mail, and that it is the server's own jobs that send it.

Links are put into a mail when it leaves (``tools/mailed_link``). Code that people typed
could read what it makes core mail, so that it gets none; core's own jobs are evaluated
code as well.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo.tools import email_normalize

from ..base.grants import get_evaluated_id, is_typed_act

_notifying = ContextVar("itsm_notifying_later", default=None)
_sending = ContextVar("itsm_sending", default=None)


@contextmanager
def notifying_later():
    """Send messages whose time has come as if their authors sent them now."""
    token = _notifying.set(get_evaluated_id())
    try:
        yield
    finally:
        _notifying.reset(token)


@contextmanager
def sending():
    """Hand mails to the mail server; what they are made of is told to nobody else."""
    token = _sending.set(get_evaluated_id())
    try:
        yield
    finally:
        _sending.reset(token)


def is_sending():
    """Whether the running code hands mails to the mail server.

    Code that people typed, and that runs meanwhile, does not.
    """
    return _sending.get() == get_evaluated_id()


def is_typed_mail():
    """Whether code that people typed makes core mail something, in no job of core."""
    return is_typed_act() and _notifying.get() != get_evaluated_id()


def is_filing_address(ticket, partner):
    """Whether mails to ``partner`` go to the address with which a ticket was filed.

    :param ticket: in sudo
    """
    filed = email_normalize(ticket.partner_email or "")
    is_equal = bool(filed) and filed == email_normalize(partner.email or "")
    return is_equal and partner == ticket.partner_id
