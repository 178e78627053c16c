"""What a mail says, made readable before core reads it."""

import base64
import html
import logging
import re

from odoo.tools import (
    email_normalize,
    html2plaintext,
    is_html_empty,
    plaintext2html,
)
from odoo.tools.mail import email_split_and_format

from ...tools import mail_charset, mail_kind

_logger = logging.getLogger(__name__)

INVISIBLE = " \u200b\u200c\u200d\u2060\ufeff\u3000"
"""Letters that show nothing."""
LONGEST_LOST = 100_000
"""Letters of a text that core could not read."""
_UNSEEN = re.compile(
    r"<(style|script|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S
)
_TAGS = re.compile(r"<[^<>]*>")
_PARAMETERS = re.compile(r"<param>(?:[^<]|<(?!/?param>))*+</param>", re.I)
_EVENT_LINE = re.compile(
    r"^(SUMMARY|DTSTART|LOCATION|DESCRIPTION)(?:;[^:\n]{0,200})?:([^\r\n]*)",
    re.M | re.I,
)
REACTION = "text/vnd.google.email-reaction+json"
"""A part that says in the way of programs what the text says in words."""
FILE_NAMES = {
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "text/calendar": "invite.ics",
}
"""Names of parts that are files, where their sender gave none."""
MOST_UNPACKED = 50
"""Files taken out of one winmail.dat."""


def prepare(message):
    """Make ``message`` readable, in place.

    An attached mail becomes a file: read as a part of the mail, its text would stand
    in the place of what its sender wrote.
    """
    mail_charset.repair(message)
    kind = message.get_content_type()
    if kind == "multipart/report":
        return
    if kind == "text/calendar":
        _make_calendar_file(message)
    stack = [message]
    while stack:
        whole = stack.pop()
        payload = whole.get_payload()
        if not isinstance(payload, list):
            _make_plain(whole)
            continue
        payload[:] = [part for part in payload if part.get_content_type() != REACTION]
        if whole.get_content_type() == "multipart/mixed":
            _keep_last_texts(payload)
        for part in payload:
            if part.get_content_type() == "message/rfc822":
                _make_file(part)
            elif part.get("Content-ID") and not part.get_filename():
                _name_part(part, f"picture.{part.get_content_subtype()}", "image")
            elif part.get_content_type() in FILE_NAMES and not part.get_filename():
                _name_part(part, FILE_NAMES[part.get_content_type()])
            else:
                stack.append(part)


def complete(values, head, own):
    """Complete what core read from a mail.

    :param dict values: what ``message_parse`` returned; changed in place
    :param Head head: its headers
    :param own: those of its addresses, and of them without their tags, that lead back
        to the desk
    """
    subject = mail_charset.clean(" ".join((values.get("subject") or "").split()))
    subject = subject if subject.strip(INVISIBLE) else ""
    values["subject"] = subject or False
    wanted = {
        address: base if address not in own and base in own else address
        for address, base in zip(head.recipients, head.bases, strict=True)
    }
    values["recipients"] = ",".join(dict.fromkeys(wanted.values()))
    values["to"] = ",".join(dict.fromkeys(map(wanted.get, head.delivered)))
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


def find_text(message):
    """Return the plain text of a mail as far as it can be read, for a person.

    Not that of attached files, but for an invitation without words of its own.
    """
    calendar = ""
    for part in message.walk():
        if part.get_content_type() in mail_kind.CALENDARS:
            raw = part.get_payload(decode=True) or b""
            calendar = calendar or read_calendar(raw, part.get_param("charset"))
            continue
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
            text = mail_charset.decode(raw, str(part.get_param("charset") or ""))
            if text.strip():
                return mail_charset.clean(text)
    return mail_charset.clean(calendar)


def find_all_text(message):
    """Return the words of all texts in a mail that was prepared, attached ones too."""
    texts = []
    for part in message.walk():
        if part.get_content_maintype() != "text":
            continue
        raw = (part.get_payload(decode=True) or b"")[: 10 * LONGEST_LOST]
        text = mail_charset.decode(raw, str(part.get_param("charset") or ""))
        is_html = part.get_content_subtype() == "html"
        texts.append(html2plaintext(text) if is_html else text)
    return "\n".join(texts)


def _strip_html(text):
    """Return the words of a text in HTML, without a parser."""
    return html.unescape(_TAGS.sub(" ", _UNSEEN.sub(" ", text))).strip()


def _name_part(part, name, kind=None):
    """Give a part a file name, by which core finds it.

    :param str kind: main type of the parts that are meant, others stay
    """
    if kind and part.get_content_maintype() != kind:
        return
    disposition = part.get_content_disposition() or "inline"
    del part["Content-Disposition"]
    part.set_raw("Content-Disposition", f'{disposition}; filename="{name}"')


def _make_calendar_file(message):
    """Let an invitation that is the whole mail be a file, whose words are read."""
    method = re.sub(r"\W", "", str(message.get_param("method") or ""))
    charset = re.sub(r"[^\w.-]", "", str(message.get_param("charset") or "utf-8"))
    del message["Content-Type"]
    kind = f'application/ics; name="invite.ics"; charset="{charset}"'
    message.set_raw("Content-Type", f"{kind}; method={method}" if method else kind)


def _make_plain(part):
    """Turn a text with marks of its own into plain text without them, in place."""
    kind = part.get_content_type()
    if kind in ("text/enriched", "text/richtext"):
        _write_text(part, "plain", _strip_enriched(_read_text(part)))
    elif kind == "text/plain":
        if str(part.get_param("format") or "").lower() == "flowed":
            has_blanks = str(part.get_param("delsp") or "").lower() != "yes"
            _write_text(part, "plain", _join_flowed(_read_text(part), has_blanks))


def _read_text(part):
    return mail_charset.decode(
        part.get_payload(decode=True) or b"", str(part.get_param("charset") or "")
    )


def _strip_enriched(text):
    """Return a text without the marks of RFC 1896."""
    text = _PARAMETERS.sub("", text[:LONGEST_LOST]).replace("<<", "\0")
    return _TAGS.sub("", text).replace("\0", "<")


def _join_flowed(text, has_blanks):
    """Return a text without the line ends that only its program made (RFC 3676).

    :param bool has_blanks: whether the blanks before these are blanks between words
    """
    lines, last = [], None
    for line in text.splitlines():
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")
        if last == depth:
            if not has_blanks:
                lines[-1][-1] = lines[-1][-1][:-1]
            lines[-1].append(words)
        else:
            lines.append([f"{'>' * depth} {words}" if depth else words])
        last = depth if words.endswith(" ") and words != "-- " else None
    return "\n".join(map("".join, lines))


def _keep_last_texts(parts):
    """Keep plain text that stands behind a mail in HTML: core takes it for the other
    form of the same, and drops it.
    """
    has_html = False
    for part in parts:
        if part.get_content_type() == "multipart/alternative":
            has_html = has_html or any(
                item.get_content_type() == "text/html" for item in part.walk()
            )
        elif has_html and part.get_content_type() == "text/plain":
            is_file = part.get_filename() or part.get_content_disposition()
            text = "" if is_file == "attachment" else part.get_payload(decode=True)
            if text and text.strip() and not part.get_filename():
                text = mail_charset.decode(text, str(part.get_param("charset") or ""))
                _write_text(part, "html", str(plaintext2html(text)))


def _write_text(part, kind, text):
    """Give a part another text, of its kind, in UTF-8."""
    for header in ("Content-Type", "Content-Transfer-Encoding"):
        del part[header]
    part.set_raw("Content-Type", f'text/{kind}; charset="utf-8"')
    part.set_raw("Content-Transfer-Encoding", "base64")
    part.set_payload(base64.encodebytes(text.encode()).decode())


def read_calendar(raw, label=None):
    """Return what an invitation says in words, or an empty text.

    :param bytes raw: of the file, by RFC 5545
    """
    text = re.sub(r"\r?\n[ \t]", "", mail_charset.decode(raw[:LONGEST_LOST], label))
    found = {}
    for name, value in _EVENT_LINE.findall(text):
        value = re.sub(r"\\[nN]", "\n", value).strip()
        found.setdefault(name.upper(), re.sub(r"\\(.)", r"\1", value))
    moment = re.sub(
        r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d*(Z?))?$",
        lambda date: (
            f"{date[1]}-{date[2]}-{date[3]}"
            + (f" {date[4]}:{date[5]}" if date[4] else "")
            + (" UTC" if date[6] else "")
        ),
        found.get("DTSTART", ""),
    )
    words = (found.get("SUMMARY"), moment, found.get("LOCATION"))
    return "\n".join(filter(None, (*words, found.get("DESCRIPTION"))))


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
