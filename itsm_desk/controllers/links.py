"""A link from a mail becomes a right of the visitor's session.

The secret would otherwise stay in the address: in the log of every server on the way,
in the history of the browser, and in what it tells the next page.
"""

from odoo.http import request

KEPT = "itsm_links"
MOST_LINKS = 20


def keep(name, ticket_id, secret):
    """Remember what a link proved.

    :param str name: what the link opens: ``page``, ``token`` or ``sign_off``
    :param str secret: from the link; it is judged again at every use
    """
    kept = dict(request.session.get(KEPT) or {})
    key = f"{name}-{ticket_id}"
    kept.pop(key, None)
    kept[key] = secret
    request.session[KEPT] = dict(list(kept.items())[-MOST_LINKS:])


def find(name, ticket_id):
    """Return the secret of the link that this session came by, or None."""
    return (request.session.get(KEPT) or {}).get(f"{name}-{ticket_id}")


def without_referrer(response):
    """Return the response, told to keep its address from the next page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
