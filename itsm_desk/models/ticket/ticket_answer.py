"""Which messages are words between requester and desk, and whom they reach."""

import re
from functools import partial

from odoo.tools import email_normalize, email_split
from odoo.tools.mail import email_split_tuples

from ...tools.mail_quote import find_logos, find_own_pictures, read_own_words
from ...tools.mail_thanks import cut_repeated, is_end, is_thanks
from ...tools.mail_words import says_something

HUMAN_TYPES = ("comment", "email")
LARGEST_LOGO = 60_000
"""Bytes; a screenshot has more."""
SIGNATURES = re.compile(
    r"smime\.p7s|(?:openpgp_)?signature(?:-\d+)?\.(?:asc|sig|pgp)"
    r"|openpgp_0x[0-9a-f]+\.asc|publickey.{0,80}\.(?:asc|gpg)|.{1,200}\.vcf",
    re.I,
)
"""Names of files that mail programs add by themselves: proofs, keys, cards."""
MOST_EARLIER = 5
"""Mails of a person whose ends are compared with that of an answer."""


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
        says_something(read_own_words(message.body)) or has_own_files(message)
    )


def has_own_files(message, authors=()):
    """Whether a message brings files, other than pictures of a mail it repeats.

    What the program of its sender adds to each mail is no file, either.

    :param authors: names below which a small picture is a logo, if any
    """
    # sudo: the files of a message whose author may be anybody
    files = message.sudo().attachment_ids.filtered(
        lambda file: not SIGNATURES.fullmatch(file.name or "")
    )
    if not files:
        return False
    own, every = find_own_pictures(message.body)
    idle = _get_files(every - own)
    if authors:
        logos = find_logos(message.body, partial(is_end, authors=authors))
        idle |= _get_files(logos) & set(
            files.filtered(lambda file: file.file_size <= LARGEST_LOGO).ids
        )
    return bool(set(files.ids) - idle)


def _get_files(sources):
    """Return the ids of the attachments that pictures of a text show."""
    return {
        int(found.group(1))
        for source in sources
        if (found := re.search(r"/web/image/(\d+)", source))
    }


def is_content(message, ticket):
    """Whether the requester only says that all is well.

    :param ticket: in sudo
    """
    # What a mail program calls its owner may differ from the contact's name.
    authors = (
        message.author_id.name,
        ticket.partner_id.name,
        *(name for name, _address in email_split_tuples(message.email_from or "")),
    )
    names = (
        ticket.partner_id.commercial_partner_id.name,
        ticket.department_id.name,
        ticket.company_id.name,
        ticket.team_id.name,
        ticket.user_id.name,
    )
    if has_own_files(message, authors):
        return False
    words = read_own_words(message.body)
    if not is_thanks(words, names, authors):
        words = cut_repeated(words, _find_earlier(message, ticket), authors)
    return is_thanks(words, names, authors)


def _find_earlier(message, ticket):
    """Return what the author of a mail wrote before, to the desk, newest first.

    :param ticket: in sudo
    """
    if not message.author_id:
        # Mails of other senders whom nobody knows are not of this one.
        return [read_own_words(ticket.description)]
    # sudo: compared with the answer only, by the server
    mails = message.sudo().search(
        [
            ("model", "=", ticket._name),
            ("author_id", "=", message.author_id.id),
            ("message_type", "=", "email"),
            ("id", "<", message.id),
        ],
        order="id desc",
        limit=MOST_EARLIER,
    )
    texts = (*mails.mapped("body"), ticket.description)
    return [read_own_words(text) for text in texts]


def is_addressed(message, partner):
    """Whether a mail went to the address of ``partner`` by itself."""
    sent = f"{message.incoming_email_to or ''},{message.incoming_email_cc or ''}"
    addresses = {email_normalize(item) for item in email_split(sent)}
    return bool(partner.email_normalized) and partner.email_normalized in addresses


def is_told_of(ticket, mail, message, recipient):
    """Whether somebody gets a message that follows from a mail we answer to nobody.

    :param ticket: in sudo
    :param CurrentMail mail: of a program, a stranger, or one of too many
    :param dict recipient: as core names those whom it notifies
    """
    address = recipient["email_normalized"]
    if address and address in (mail.head.sender, mail.answer_to):
        return False
    if message.message_type == "auto_comment":
        return not recipient["share"] and recipient["id"] != ticket.partner_id.id
    return not (recipient["share"] and (mail.is_storm or mail.is_for_desk))
