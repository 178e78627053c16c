"""Links in mails that open the page of a ticket.

Functions, as evaluated code can call methods of records.
"""

from odoo import fields
from odoo.tools import consteq
from odoo.tools import hmac as sign

LINK_DAYS = 30
"""Calendar days for which a link in a mail opens its ticket."""


def get_page_link(ticket):
    """Return the address, for a mail to the requester, that opens the ticket.

    It opens this page only, for the holder of the requester's address, and ends
    after ``LINK_DAYS``.
    """
    day = fields.Date.today().toordinal() + LINK_DAYS
    return f"{ticket.get_base_url()}{ticket.access_url}?link={_sign_link(ticket, day)}"


def is_page_link(ticket, link):
    """Whether ``link``, from an address typed by anybody, opens the ticket now."""
    day, _dash, _signature = str(link or "").partition("-")
    if not (day.isdecimal() and day.isascii() and len(day) < 8):
        return False
    is_late = int(day) < fields.Date.today().toordinal()
    expected = _sign_link(ticket, int(day))
    return consteq(expected.encode(), link.encode(errors="replace")) and not is_late


def get_link_secrets(ticket):
    """Return the secrets that mails about ``ticket`` may have carried."""
    if not ticket:
        return []
    # sudo: the tokens are read by nobody; they are looked for and taken out.
    ticket = ticket.sudo()
    today = fields.Date.today().toordinal()
    return [
        *filter(None, [ticket.access_token]),
        ticket._get_sign_off_token(),
        ticket._sign_token(ticket.partner_id.id),
        *(_sign_link(ticket, today + day) for day in range(LINK_DAYS + 1)),
    ]


def _sign_link(ticket, day):
    """Return the proof that a link of a mail opens ``ticket`` until ``day``.

    :param int day: ordinal of the last day, by UTC
    """
    # sudo: hmac() takes the secret of the database; users read no parameters
    ticket = ticket.sudo()
    scope = (ticket.id, ticket.partner_id.id, ticket.access_token or "", day)
    return f"{day}-{sign(ticket.env, 'itsm-ticket-page', scope)}"
