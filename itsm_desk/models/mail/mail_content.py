"""What a mail says, made readable before core reads it."""

import base64
import html
import logging
import re

from odoo.tools import (
    email_normalize,
    email_split,
    html2plaintext,
    is_html_empty,
    plaintext2html,
)
from odoo.tools.mail import (
    decode_message_header,
    email_split_and_format,
    unfold_references,
)

from ...tools import mail_charset

_logger = logging.getLogger(__name__)

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
INVISIBLE = " \u200b\u200c\u200d\u2060\ufeff\u3000"
"""Letters that show nothing."""
LONGEST_LOST = 100_000
"""Letters of a text that core could not read."""
_UNSEEN = re.compile(
    r"<(style|script|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S
)
_TAGS = re.compile(r"<[^<>]*>")
MOST_UNPACKED = 50
"""Files taken out of one winmail.dat."""


def read_addresses(message, *names):
    """Return the whole addresses in headers, in lower case and in their order."""
    found = []
    for name in names:
        text = decode_message_header(message, name, separator=",") or ""
        for address in email_split(text):
            address = email_normalize(address) or address.lower()
            if address not in found:
                found.append(address)
    return found


def read_references(message, *names):
    """Return the ids of mails in headers, the last ones."""
    ids = []
    for name in names:
        ids += unfold_references(str(message.get(name) or ""))
    return [item.strip() for item in ids if item.strip()][-MOST_REFERENCES:]


def strip_tag(address):
    """Return ``desk@`` for ``desk+anything@``."""
    local, _at, domain = address.partition("@")
    base = local.partition("+")[0]
    return f"{base}@{domain}" if base and domain else address


def prepare(message):
    """Make ``message`` readable, in place.

    An attached mail becomes a file: read as a part of the mail, its text would stand
    in the place of what its sender wrote.
    """
    mail_charset.repair(message)
    if message.get_content_type() == "multipart/report":
        return
    stack = [message]
    while stack:
        payload = stack.pop().get_payload()
        if not isinstance(payload, list):
            continue
        for part in payload:
            if part.get_content_type() == "message/rfc822":
                _make_file(part)
            elif part.get("Content-ID") and not part.get_filename():
                _name_picture(part)
            else:
                stack.append(part)


def complete(values, message, own):
    """Complete what core read from a mail.

    :param dict values: what ``message_parse`` returned; changed in place
    :param own: those of its addresses, and of them without their tags, that lead back
        to the desk
    """
    subject = mail_charset.clean(" ".join((values.get("subject") or "").split()))
    subject = subject if subject.strip(INVISIBLE) else ""
    values["subject"] = subject or False
    recipients = read_addresses(message, *RECIPIENTS)
    wanted = {
        address: strip_tag(address)
        if address not in own and strip_tag(address) in own
        else address
        for address in recipients
    }
    values["recipients"] = ",".join(dict.fromkeys(wanted.values()))
    to = read_addresses(message, "Delivered-To", "To")
    values["to"] = ",".join(dict.fromkeys(wanted[address] for address in to))
    # An answer that goes to the desk again would come back as a mail.
    values["cc"] = ",".join(
        address
        for address in email_split_and_format(values.get("cc") or "")
        if wanted.get(email_normalize(address) or "") not in own
    )
    _unpack_winmail(values)


def describe(values, message, env):
    """Say so where a mail has no subject or no text.

    :param message: the mail, whose text core has not read where its HTML is nested
        deeper than parsers go, or its parts are not told from each other
    """
    values["subject"] = values.get("subject") or env._("(no subject)")
    body = str(values.get("body") or "")
    if "<img" not in body and not (_strip_html(body) and html2plaintext(body).strip()):
        text = _strip_html(find_text(message)[:LONGEST_LOST])
        values["body"] = plaintext2html(text or env._("(no text)"))


def get_title(message):
    """Return a subject for lists, never empty of control characters."""
    return mail_charset.decode_words(str(message.get("Subject") or ""))[:500]


def find_text(message):
    """Return the plain text of a mail as far as it can be read, for a person.

    Not that of attached files.
    """
    for part in message.walk():
        payload = part.get_payload()
        is_broken = part.is_multipart() is False and part.get_content_maintype() in (
            "message",
            "multipart",
        )
        if is_broken and isinstance(payload, str):
            raw = payload.encode("utf-8", "surrogateescape")
            return mail_charset.clean(mail_charset.decode(raw))
        is_file = part.get_content_disposition() == "attachment" or part.get_filename()
        if part.get_content_maintype() == "text" and not is_file:
            raw = part.get_payload(decode=True) or b""
            return mail_charset.clean(
                mail_charset.decode(raw, str(part.get_param("charset") or ""))
            )
    return ""


def _strip_html(text):
    """Return the words of a text in HTML, without a parser."""
    return html.unescape(_TAGS.sub(" ", _UNSEEN.sub(" ", text))).strip()


def _name_picture(part):
    """Give a picture in the text a file name, by which core finds it."""
    if part.get_content_maintype() != "image":
        return
    disposition = part.get_content_disposition() or "inline"
    name = f"picture.{part.get_content_subtype()}"
    del part["Content-Disposition"]
    part.set_raw("Content-Disposition", f'{disposition}; filename="{name}"')


def _make_file(part):
    """Turn an attached mail into a file of bytes."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    try:
        raw = inner.as_bytes() if inner is not None else b""
    except (UnicodeError, ValueError, LookupError, AttributeError):
        raw = str(inner).encode("utf-8", "replace")
    name = part.get_filename()
    if not name and inner is not None:
        name = mail_charset.decode_words(str(inner.get("Subject") or ""))
    name = (name or "mail").replace('"', "'").replace("/", "-")[:100]
    if not name.lower().endswith(".eml"):
        name = f"{name}.eml"
    for header in (
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
    ):
        del part[header]
    encoded = base64.b64encode(name.encode()).decode()
    part.set_raw("Content-Type", "application/octet-stream")
    part.set_raw("Content-Disposition", f'attachment; filename="=?utf-8?B?{encoded}?="')
    part.set_raw("Content-Transfer-Encoding", "base64")
    part.set_payload(base64.encodebytes(raw).decode())


def _unpack_winmail(values):
    """Add the files of a winmail.dat, and its text where the mail has none."""
    added = []
    for file in values.get("attachments") or ():
        name, content = (file[0] or "").lower(), file[1]
        if name != "winmail.dat" or not isinstance(content, bytes):
            continue
        try:
            text, files = read_winmail(content)
        except Exception:
            # The library raises errors of many classes for damaged files. The file
            # stays with the mail, under its name.
            _logger.info("A winmail.dat could not be unpacked", exc_info=True)
            continue
        added += [type(file)(*item, {}) for item in files]
        if text and is_html_empty(values.get("body") or ""):
            values["body"] = plaintext2html(text)
    values["attachments"] = [*(values.get("attachments") or ()), *added]


def read_winmail(content):
    """Return the text (str) and the ``[(name, bytes)]`` in a winmail.dat.

    :param bytes content: of the file, in Microsoft's format TNEF
    """
    # Imported here: only mails of Outlook in a rare setting need it.
    from tnefparse import TNEF

    unpacked = TNEF(content)
    files = []
    for number, file in enumerate(unpacked.attachments[:MOST_UNPACKED], start=1):
        name = file.long_filename() or file.name or ""
        if isinstance(name, bytes):
            name = mail_charset.decode(name)
        name = mail_charset.clean(name).strip("\0 ") or f"file-{number}"
        files.append((name, bytes(file.data)))
    text = unpacked.body or ""
    if isinstance(text, bytes):
        text = mail_charset.decode(text)
    return mail_charset.clean(text), files
