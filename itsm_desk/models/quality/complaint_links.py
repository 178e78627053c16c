"""What a complainant says of the answer by the link of its mail, without a log-in.

The link is for this purpose only and ends; it decides nothing by itself: the form
behind it does. Functions, as evaluated code can call methods of records.
"""

import hashlib

from odoo.exceptions import AccessError
from odoo.tools import consteq
from odoo.tools import hmac as sign

from ...tools.mailed_link import get_place
from ..base.grants import server_write
from ..base.ir_http import find_sender_address
from ..intent.leaving_mail import is_filing_address, is_typed_mail


def accept_by_link(complaint, token):
    """Accept the answer as the holder of the link in its mail.

    :param str token: from the link
    :raise AccessError: for a wrong link, or another person who is logged in
    """
    complaint, address = _open_answer(complaint, token)
    server_write(complaint, {"closed_how": "accepted"})
    server_write(complaint, {"state": "closed"})
    log_link(complaint, token, address)


def refuse_by_link(complaint, token, reason):
    """Say why the answer is not accepted, as the holder of the link in its mail.

    :param str token: from the link
    :raise AccessError: for a wrong link, or another person who is logged in
    """
    complaint, address = _open_answer(complaint, token)
    label = complaint._flow_field_label("refuse_reason")
    reason = complaint._flow_clean_reason(label, reason)
    server_write(complaint, {"state": "received", "refuse_reason": reason})
    log_link(complaint, token, address)


def get_answer_url(complaint):
    """Return the address, for the complainant, of the answer and what to say of it."""
    return (
        f"{complaint.get_base_url()}/my/service-complaints/{complaint.id}/answer"
        f"?token={get_answer_token(complaint)}"
    )


def get_answer_place(complaint):
    """Return where the button of the mail with the answer leads while the mail waits.

    :func:`get_mailed_url` puts the link there.
    """
    page = f"{complaint.get_base_url()}/my/service-complaints/{complaint.id}"
    moment = complaint.answered_at
    if is_typed_mail() or not moment:
        return page
    return get_place(page, "answer", int(moment.timestamp()))


def get_mailed_url(complaint, partner, kind, key):
    """Return the link for one place in a mail that leaves for ``partner``, or None.

    There is none where the mail goes to another address than the ticket was filed with,
    or tells an answer that was followed by another one.

    :param complaint: in sudo
    :param str key: the moment of the answer
    """
    ticket, moment = complaint.ticket_id, complaint.answered_at
    if partner != complaint.partner_id or kind != "answer" or not moment:
        return None
    is_other = ticket.partner_id == partner and not is_filing_address(ticket, partner)
    if is_other or key != str(int(moment.timestamp())):
        return None
    return get_answer_url(complaint)


def get_answer_token(complaint):
    """Return the proof that a link came from the mail of this answer.

    It is stored nowhere, and ends with the answer that it belongs to. What it is made
    of is read by nobody, see :func:`..ticket.ticket_links.get_sign_off_token`.
    """
    # sudo: hmac() takes the secret of the database; users read no parameters
    complaint = complaint.sudo()
    scope = (
        complaint.id,
        complaint.partner_id.id,
        str(complaint.answered_at),
        complaint.link_secret or "",
    )
    return sign(complaint.env, "itsm-complaint-answer", scope)


def is_answer_token(complaint, token):
    """Whether ``token`` belongs to the last answer; an unknown number fails alike."""
    expected = get_answer_token(complaint) if complaint else "0" * 64
    is_equal = isinstance(token, str) and consteq(
        expected.encode(), token.encode(errors="replace")
    )
    # sudo: whoever holds the link may have no account; nobody reads the secret
    return is_equal and bool(complaint and complaint.sudo().link_secret)


def check_holder(env, partner):
    """Refuse somebody else who is logged in and holds a link of ``partner``."""
    user = env.user
    if not user._is_public() and user.partner_id != partner:
        raise AccessError(
            env._(
                "You are logged in as %(user)s, but the link was sent to "
                "%(requester)s, who alone may use it.",
                user=user.name,
                # sudo: a visitor reads no contacts
                requester=partner.sudo().name,
            )
        )


def _open_answer(complaint, token):
    """Return the answered complaint in sudo, and the address of who sent the form."""
    # sudo: whoever holds the link may have no account; it is compared next
    complaint = complaint.sudo()
    if not is_answer_token(complaint, token):
        raise AccessError(get_ended_text(complaint.env))
    check_holder(complaint.env, complaint.partner_id)
    if complaint.state != "answered":
        # A second click, or a second window.
        raise AccessError(
            complaint.env._(
                "What you think of this answer was noted already: the complaint %s is "
                "closed, or somebody looks at it again.",
                complaint.name,
            )
        )
    return complaint, check_form(complaint.env)


def get_ended_text(env):
    return env._("This link has expired. Use the one of the last mail.")


def check_form(env):
    """Return the address of whoever sent the form behind the link (str).

    :raise AccessError: where no form was sent: the link alone decides nothing
    """
    address = find_sender_address()
    if not address:
        raise AccessError(
            env._("Whoever complained answers by the form behind the link of the mail.")
        )
    return address


def log_link(complaint, secret, address):
    """Note which link decided and from where; its holder may be no user."""
    complaint._message_log(
        body=complaint.env._(
            "Decided by the link of the mail (SHA-256 %(digest)s) from the address "
            "%(address)s.",
            digest=hashlib.sha256(secret.encode()).hexdigest()[:16],
            address=address,
        ),
        author_id=complaint.partner_id.id,
    )
