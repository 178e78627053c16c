"""Links in mails that open the page of a ticket.

Functions, as evaluated code can call methods of records.
"""

from odoo import fields
from odoo.tools import consteq
from odoo.tools import hmac as sign

LINK_DAYS = 30
"""Calendar days for which a link in a mail opens its ticket."""
PAGE = "itsm-ticket-page"
COMPLAIN = "itsm-ticket-complain"
ENDED = ("solved", "closed", "refused", "cancelled")


def get_page_link(ticket):
    """Return the address, for a mail to the requester, that opens the ticket.

    It opens this page only, for the holder of the requester's address, and ends
    after ``LINK_DAYS``.
    """
    day = fields.Date.today().toordinal() + LINK_DAYS
    return f"{ticket.get_base_url()}{ticket.access_url}?link={_sign_link(ticket, day)}"


def get_complain_url(ticket):
    """Return the address, for the requester, of the form to complain about ``ticket``.

    It is for this form only, and ends after ``LINK_DAYS``.
    """
    day = fields.Date.today().toordinal() + LINK_DAYS
    link = _sign_link(ticket, day, COMPLAIN)
    return f"{ticket.get_base_url()}{ticket.access_url}/complain?link={link}"


def get_mail_buttons(ticket):
    """Return where the buttons of a mail to the requester lead.

    They are no part of the message, which those who work on the ticket read.
    """
    if ticket.state not in ENDED:
        # Core's link opens the ticket for ever and may carry a sign-up.
        return {"button_access": {"url": get_page_link(ticket)}}
    button = {"url": get_page_link(ticket)}
    if ticket.state == "solved":
        button = {
            "url": ticket._get_sign_off_url(),
            "title": ticket.env._("Sign off and rate"),
        }
    elif ticket.state == "closed":
        button = {
            "url": ticket._get_sign_off_url(),
            "title": ticket.env._("Take it up again"),
        }
    return {"button_access": button, "itsm_complain_url": get_complain_url(ticket)}


def is_complain_link(ticket, link):
    """Whether ``link``, typed by anybody, opens the form to complain now."""
    return is_page_link(ticket, link, COMPLAIN)


def is_page_link(ticket, link, purpose=PAGE):
    """Whether ``link``, from an address typed by anybody, opens the ticket now."""
    day, _dash, _signature = str(link or "").partition("-")
    if not (day.isdecimal() and day.isascii() and len(day) < 8):
        return False
    is_late = int(day) < fields.Date.today().toordinal()
    expected = _sign_link(ticket, int(day), purpose)
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
        *(
            _sign_link(ticket, today + day, purpose)
            for day in range(LINK_DAYS + 1)
            for purpose in (PAGE, COMPLAIN)
        ),
    ]


def _sign_link(ticket, day, purpose=PAGE):
    """Return the proof that a link of a mail opens ``ticket`` until ``day``.

    :param int day: ordinal of the last day, by UTC
    :param str purpose: what it opens, and nothing else
    """
    # sudo: hmac() takes the secret of the database; users read no parameters
    ticket = ticket.sudo()
    scope = (ticket.id, ticket.partner_id.id, ticket.access_token or "", day)
    return f"{day}-{sign(ticket.env, purpose, scope)}"
