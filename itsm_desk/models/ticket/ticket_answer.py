"""Which messages are words between requester and desk, and whom they reach."""

from odoo.tools import email_normalize, email_split, html2plaintext

from ...tools.mail_words import get_own_words, says_something

HUMAN_TYPES = ("comment", "email")


def is_public(message):
    """Whether somebody wrote a message that requester and desk both read."""
    return (
        message.message_type in HUMAN_TYPES
        and not message.is_internal
        and not message.subtype_id.internal
    )


def is_said(message):
    """Whether a public message says something: words, or a file."""
    return is_public(message) and (
        says_something(get_own_words(html2plaintext(message.body or "")))
        # sudo: the files of a message whose author may be anybody
        or bool(message.sudo().attachment_ids)
    )


def is_addressed(message, partner):
    """Whether a mail went to the address of ``partner`` by itself."""
    sent = f"{message.incoming_email_to or ''},{message.incoming_email_cc or ''}"
    addresses = {email_normalize(item) for item in email_split(sent)}
    return bool(partner.email_normalized) and partner.email_normalized in addresses
