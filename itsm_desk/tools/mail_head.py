"""Read the headers of a mail once, into one value that is handed on."""

import logging
import re
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP, compat32
from itertools import chain
from typing import NamedTuple

from odoo.tools import email_normalize, email_split
from odoo.tools.mail import decode_message_header, unfold_references

from . import mail_charset, mail_kind

_logger = logging.getLogger(__name__)

DELIVERED = ("Delivered-To", "To")
"""Headers of those whom a mail went to, where nothing was forwarded."""
RECIPIENTS = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "To",
    "Cc",
    "Resent-To",
    "Resent-Cc",
)
MOST_REFERENCES = 32
"""As many as core reads; people's threads are shorter."""
ROUGH = ("to", "cc", "delivered-to", "from", "subject", "message-id")
"""Headers that are read where the parser fails."""
LONGEST_ID = 1000
LONGEST_DATE = 100
_LONGEST_ROUGH = 65_536
_END = re.compile(rb"\r?\n\r?\n")


class Head(NamedTuple):
    """What the headers of a mail say. Addresses are whole and in lower case."""

    message_id: str = ""
    """As its sender wrote it; empty where there is none."""
    written_at: str = ""
    """Its date, as its program wrote it."""
    subject: str = ""
    """On one line, without control characters."""
    senders: tuple = ()
    sender: str = ""
    """The first of them, where it is an address."""
    answer_to: str = ""
    """Address that it names for its answer, where that is another than its sender."""
    delivered: tuple = ()
    """Addresses that it was delivered or written to."""
    recipients: tuple = ()
    """Those, and all others that it went to."""
    bases: tuple = ()
    """The recipients, without what stands behind a plus in each."""
    addresses: tuple = ()
    """All of sender, answer, recipients and bases."""
    references: tuple = ()
    """Ids of the mails that it answers, the last ones."""


def read_head(raw):
    """Return the :class:`Head` of a mail, or None where nothing says whose mail it is.

    :param bytes raw: the mail
    """
    end = _END.search(raw)
    try:
        message = BytesHeaderParser(policy=SMTP).parsebytes(
            raw[: end.end()] if end else raw
        )
        mail_charset.repair_headers(message)
        return _read(message)
    except Exception:
        # Headers that Python's parser fails on.
        _logger.info("The headers of a mail cannot be read", exc_info=True)
    message = _parse_roughly(raw)
    return _read(message) if message.keys() else None


def _read(message):
    subject = read_subject(message)
    senders = read_addresses(message, "From")
    found = {name: read_addresses(message, name) for name in RECIPIENTS}
    recipients = tuple(dict.fromkeys(chain(*found.values())))
    bases = tuple(map(strip_tag, recipients))
    sender = senders[0] if senders and "@" in senders[0] else ""
    answer_to = mail_kind.get_answer_address(message)
    references = [
        item.strip()
        for name in ("In-Reply-To", "References")
        for item in unfold_references(str(message.get(name) or ""))
    ]
    return Head(
        message_id=str(message.get("Message-ID") or "").strip()[:LONGEST_ID],
        written_at=" ".join(str(message.get("Date") or "").split())[:LONGEST_DATE],
        subject=subject,
        senders=senders,
        sender=sender,
        answer_to=answer_to,
        delivered=tuple(dict.fromkeys(chain(*map(found.get, DELIVERED)))),
        recipients=recipients,
        bases=bases,
        addresses=tuple(filter(None, (sender, answer_to, *recipients, *bases))),
        references=tuple(filter(None, references))[-MOST_REFERENCES:],
    )


def _parse_roughly(raw):
    """Return addresses and subject of a mail whose headers are broken, as a mail."""
    head = raw[:_LONGEST_ROUGH].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    message = EmailMessage(policy=compat32)
    for line in head.decode("ascii", "ignore").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in ROUGH:
            message.set_raw(name.strip(), value.strip())
    return message


def read_addresses(message, name):
    """Return the whole addresses in a header, in lower case and in their order."""
    found = email_split(decode_message_header(message, name, separator=",") or "")
    return tuple(dict.fromkeys(email_normalize(item) or item.lower() for item in found))


def read_subject(message):
    """Return the subject of a mail, on one line and without control characters."""
    return mail_charset.decode_words(str(message.get("Subject") or ""))


def strip_tag(address):
    """Return ``desk@`` for ``desk+anything@``."""
    local, _at, domain = address.partition("@")
    base = local.partition("+")[0]
    return f"{base}@{domain}" if base and domain else address
