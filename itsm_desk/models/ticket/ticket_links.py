"""Links in mails that open the page of a ticket, or sign off its solution.

A mail that waits carries the place of its link only (``tools/mailed_link``): the link
is put there when the mail leaves, for the requester alone.

Functions, as evaluated code can call methods of records. What it makes core mail has
links behind the log-in only.
"""

import re

from odoo import fields
from odoo.tools import consteq
from odoo.tools import hmac as sign

from ...tools.mailed_link import get_place
from ..intent.leaving_mail import is_filing_address, is_typed_mail

LINK_DAYS = 30
"""Calendar days for which a link in a mail opens its ticket."""
PAGE = "itsm-ticket-page"
COMPLAIN = "itsm-ticket-complain"
ENDED = ("solved", "closed", "refused", "cancelled")


def get_sign_off_token(ticket):
    """Return the proof that a link came from a mail about the newest solution.

    It is never stored, so that nobody who reads tickets can sign in the requester's
    name, and it ends with the solution it belongs to. What it is made of is read by
    nobody: the secret of the database alone, which administrators know, is not enough.
    """
    # sudo: hmac() takes the secret of the database; users read no parameters
    ticket = ticket.sudo()
    secret = ticket.handling_id.link_secret or ""
    scope = (ticket.id, ticket.partner_id.id, str(ticket.solved_at), secret)
    return sign(ticket.env, "itsm-ticket-sign-off", scope)


def get_sign_off_url(ticket):
    """Return the address that signs off the newest solution of ``ticket``."""
    return (
        f"{ticket.get_base_url()}/my/service-tickets/{ticket.id}/sign_off"
        f"?token={get_sign_off_token(ticket)}"
    )


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

    They are no part of the message, which those who work on the ticket read, and they
    are places: :func:`get_mailed_url` puts the links there when the mail leaves. They
    lead to the page behind the log-in only, where the mail goes to another address than
    the ticket was filed with, or code that people typed sends it.
    """
    # sudo: who works on a ticket need not read the contact of its requester
    ticket = ticket.sudo()
    page = f"{ticket.get_base_url()}{ticket.access_url}"
    if is_typed_mail() or not is_filing_address(ticket, ticket.partner_id):
        return {"button_access": {"url": page}}
    # Core's link opens the ticket for ever and may carry a sign-up.
    button = {"url": get_place(page, "page")}
    if ticket.state not in ENDED:
        return {"button_access": button}
    signing = get_place(page, "sign_off", ticket.handling_id.id)
    if ticket.state == "solved":
        button = {"url": signing, "title": ticket.env._("Sign off and rate")}
    elif ticket.state == "closed":
        button = {"url": signing, "title": ticket.env._("Take it up again")}
    return {
        "button_access": button,
        "itsm_complain_url": get_place(f"{page}/complain", "complain"),
    }


def get_mailed_url(ticket, kind, key):
    """Return the link for one place in a text that leaves for the requester, or None.

    A text about a solution that was told again since signs off nothing: it opens the
    ticket.

    :param ticket: in sudo
    :param str kind: see :func:`get_mail_buttons`
    :param str key: number of the solution
    """
    if kind == "complain":
        return get_complain_url(ticket)
    if kind == "sign_off" and key == str(ticket.handling_id.id):
        return get_sign_off_url(ticket)
    return get_page_link(ticket) if kind in ("page", "sign_off") else None


def mark_page(ticket, partner, text):
    """Return a mail that leaves, with the address of the ticket as a place of its link.

    For requesters without a log-in, whom the address alone leads to a page that they
    cannot open. Companies print it in templates of theirs, as a link or as words.

    :param ticket: in sudo
    :param str text: HTML
    """
    if partner != ticket.partner_id or partner.user_ids:
        return text
    page = f"{ticket.get_base_url()}{ticket.access_url}"
    whole = re.compile(rf"{re.escape(page)}(?![\w?&=#/-])", re.A)
    return whole.sub(lambda _found: get_place(page, "page"), text)


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
        get_sign_off_token(ticket),
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
