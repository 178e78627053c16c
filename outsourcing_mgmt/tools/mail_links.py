"""Take the secret part of our own links out of a mail that comes in.

Whoever answers a mail quotes it. A link that opens a document for its holder would
then stand where colleagues read.
"""

import email
import email.policy
import re
from email.message import EmailMessage
from urllib.parse import urlsplit

SECRETS = (
    *("access_token", "answer_token", "auth_signup_token", "hash", "link", "token"),
)
"""Parameters of our links that give a right to whoever has them."""
TEXTS = (".csv", ".htm", ".html", ".ics", ".md", ".txt", ".xml")
"""Ends of the names of files that are read as text."""
SHORTEST = 16
"""A shorter secret would be found in words by chance."""

_LINK = re.compile(r"""(?P<page>https?://[^\s"'<>?#]+)\?(?P<query>[^\s"'<>]*)""", re.I)
_SECRET = re.compile(rf"(?:^|&|;)(?:{'|'.join(SECRETS)})=", re.I)
_VALUE = re.compile(rf"((?:^|&|;)(?:{'|'.join(SECRETS)})=)([^&;]*)", re.I)
# What mail programs put into the middle of long words: line ends and marks of quoting.
_GAP = r"(?:[\s=>]|&gt;|<br\s*/?>|<wbr\s*/?>)*"
# The same in two bytes a letter.
_WIDE_GAP = r"\0(?:[\s=<>/&;a-z]\0)*?"


def get_host(url):
    """Return host and port of ``url`` in lower case."""
    return urlsplit(url or "").netloc.lower()


def clean_text(text, hosts, secrets=()):
    """Return ``text`` without the secret part of links.

    :param str text: plain or HTML
    :param hosts: hosts and ports of our own pages
    :param secrets: texts that must not stay, however their lines are broken
    """

    def shorten(found):
        page = found["page"]
        is_ours = get_host(page) in hosts
        return page if is_ours and _SECRET.search(found["query"]) else found[0]

    cleaned = _LINK.sub(shorten, text)
    joined = re.sub(_GAP, "", cleaned).lower()
    for secret in secrets:
        if len(secret) >= SHORTEST and secret.lower() in joined:
            letters = _GAP.join(map(re.escape, secret))
            cleaned = re.sub(letters, "", cleaned, flags=re.I)
    return cleaned


def mask_bytes(content, hosts, secrets=()):
    """Return the bytes of a file of any kind with secrets replaced by as many ``x``.

    The length stays, so that the file can still be opened. What a program packed
    (archives, documents of office programs) is not looked into.

    :param hosts: hosts and ports of our own pages
    :param secrets: texts that must not stay, in one byte a letter or in two
    """

    def cross_out(found):
        return "x" * len(found[0])

    def mask(found):
        if get_host(found["page"]) not in hosts:
            return found[0]
        return found["page"] + "?" + _VALUE.sub(_mask_value, found["query"])

    # Each byte becomes one letter and is kept; what is sought is ASCII.
    text = _LINK.sub(mask, content.decode("latin-1"))
    for secret in secrets:
        if len(secret) < SHORTEST:
            continue
        parts = list(map(re.escape, secret))
        for letters in (_GAP.join(parts), _WIDE_GAP.join(parts)):
            text = re.sub(letters, cross_out, text, flags=re.I)
    return text.encode("latin-1")


def _mask_value(found):
    return found[1] + "x" * len(found[2])


def clean_file(name, content, clean, mask):
    """Return the content of a file with its texts cleaned.

    :param str name: its name
    :param content: str, bytes or EmailMessage, as the mail gateway reads it
    :param clean: function from text to text
    :param mask: function from bytes to as many bytes
    """
    name = (name or "").lower()
    if isinstance(content, EmailMessage):
        _clean_mail(content, clean)
        return content
    if name.endswith(".eml"):
        raw = content.encode() if isinstance(content, str) else content
        mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
        if not _clean_mail(mail, clean):
            return content
        return mail.as_bytes()
    if isinstance(content, str):
        return clean(content)
    if isinstance(content, bytes) and name.endswith(TEXTS):
        # Each byte becomes one letter and is kept; what is sought is ASCII.
        text = content.decode("latin-1")
        return clean(text).encode("latin-1")
    if isinstance(content, bytes):
        return mask(content)
    return content


def clean_message(values, hosts, secrets=()):
    """Clean body and attachments of a mail that was parsed, in place.

    :param dict values: what ``message_parse`` returned
    """

    def clean(text):
        return clean_text(text, hosts, secrets)

    def mask(content):
        return mask_bytes(content, hosts, secrets)

    body = values.get("body")
    if body:
        cleaned = clean(str(body))
        if cleaned != body:
            # Of the same class: HTML that came as Markup stays Markup.
            values["body"] = type(body)(cleaned)
    values["attachments"] = [
        _replace_content(file, clean_file(file[0], file[1], clean, mask))
        for file in values.get("attachments") or ()
    ]


def _replace_content(file, content):
    """Return the tuple of an attachment with another content."""
    parts = (file[0], content, *file[2:])
    return type(file)(*parts) if hasattr(file, "_fields") else parts


def _clean_mail(mail, clean):
    """Clean the texts of a mail in place; return whether there was anything."""
    changed = False
    for part in mail.walk():
        if part.get_content_maintype() != "text":
            continue
        try:
            text = part.get_content()
        except (LookupError, UnicodeError, ValueError):
            # A charset that nobody knows: read by no program here either.
            continue
        cleaned = clean(text)
        if cleaned == text:
            continue
        changed = True
        part.set_content(
            cleaned,
            subtype=part.get_content_subtype(),
            disposition=part.get_content_disposition(),
            filename=part.get_filename(),
        )
    return changed
