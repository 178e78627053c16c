"""Links that open a document for their holder do not stay in mails that come in.

Every kind of mail carries such a link once: as people quote it, in each of its texts
and files. The mails of the desk's own tests are played, too, where they are there.
"""

import email
import email.policy
import importlib.util
import quopri
from email.message import EmailMessage

import pytest
import repo

TOKEN = "3f0c9a4e-77d2-4b1c-9f55-0d9be1a7c642"
HOST = "desk.example.com"
LINK = f"https://{HOST}/my/ticket/41?access_token={TOKEN}&lang=zh_CN"
OTHER = "https://shop.example.org/cart?access_token=11112222333344445555"
"""A link of somebody else stays."""
MODULES = ("itsm_desk", "outsourcing_mgmt")
MAILS = repo.ROOT / "itsm_desk" / "tests" / "mails"


def load(module):
    path = repo.ROOT / module / "tools" / "mail_links.py"
    spec = importlib.util.spec_from_file_location(f"{module}_mail_links", path)
    links = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(links)
    return links


# ------------------------------------------------------------
# HOW PEOPLE AND PROGRAMS QUOTE A LINK
# ------------------------------------------------------------

SCANNED = LINK.replace(":", "%3A").replace("/", "%2F").replace("?", "%3F")
SCANNED = SCANNED.replace("=", "%3D").replace("&", "%26")
QUOTED = {
    "plain": f"See {LINK}",
    "quoted": f"> > On Monday you wrote:\n> > {LINK}\n",
    "broken by quoting": f"> {LINK[:60]}\n> {LINK[60:]}\n",
    "broken in the token": f"> {LINK[:75]}=\n> {LINK[75:]}\n",
    "angle brackets": f"Ticket <{LINK}>",
    "markdown": f"[the ticket]({LINK})",
    "upper case": LINK.upper().replace(TOKEN.upper(), TOKEN.upper()),
    "port": LINK.replace(HOST, f"{HOST}:8443"),
    "scanner": f"https://scan.example.net/?url={SCANNED}&data=x",
    "token alone": f"The code is {TOKEN}.",
    "html": f'<a href="{LINK.replace("&", "&amp;")}">Open {TOKEN}</a>',
    "html, entities": f'<a href="{LINK.replace("=", "&#61;")}">Open</a>',
    "html, broken": f'<a href="{LINK[:70]}<wbr/>{LINK[70:]}">Open</a>',
    "outlook": f"Ticket 41<{LINK}> is solved<mailto:desk@example.com>",
}


# ------------------------------------------------------------
# KINDS OF MAIL
# ------------------------------------------------------------


def _new():
    mail = EmailMessage()
    mail["From"] = "Ann <ann@customer.example>"
    mail["To"] = "desk@example.com"
    mail["Subject"] = "Re: your ticket"
    return mail


def _plain(text):
    mail = _new()
    mail.set_content(text)
    return mail


def _encoded(text, charset, transfer):
    mail = _new()
    mail.set_content(f"{text}\n\u6253\u5370\u673a", charset=charset, cte=transfer)
    return mail


def _html(text):
    mail = _new()
    mail.set_content(f"<html><body><p>{text}</p></body></html>", subtype="html")
    return mail


def _both(text):
    mail = _plain(text)
    mail.add_alternative(f"<div>{text}</div>", subtype="html")
    return mail


def _attached(text, name, content=None, maintype="application", subtype="octet-stream"):
    mail = _plain("See the file")
    mail.add_attachment(
        content if content is not None else text.encode(),
        maintype=maintype,
        subtype=subtype,
        filename=name,
    )
    return mail


def _forwarded(text, name=None):
    mail = _plain("See the mail of yours")
    inner = _both(text)
    if name:
        mail.add_attachment(
            inner.as_bytes(),
            maintype="application",
            subtype="octet-stream",
            filename=name,
        )
    else:
        mail.add_attachment(inner)
    return mail


def _raw(head, body):
    return email.message_from_bytes(
        b"From: ann@customer.example\r\nTo: desk@example.com\r\n"
        + head.replace("\n", "\r\n").encode()
        + b"\r\n\r\n"
        + body,
        policy=email.policy.SMTP,
    )


def _unknown_charset(text):
    return _raw('Content-Type: text/plain; charset="x-unknown"', text.encode())


def _wrapped(text):
    return _raw(
        'Content-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: quoted-printable",
        quopri.encodestring(text.encode()),
    )


def _bounce(text):
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nNot delivered\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example.com\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    return _raw(head, body + _plain(text).as_bytes() + b"\r\n--b--\r\n")


KINDS = {
    "plain": _plain,
    "quoted-printable": _wrapped,
    "base64, gb18030": lambda text: _encoded(text, "gb18030", "base64"),
    "quoted-printable, big5": lambda text: _encoded(text, "big5", "quoted-printable"),
    "unknown charset": _unknown_charset,
    "html": _html,
    "both": _both,
    "forwarded as attachment": _forwarded,
    "forwarded as a file": lambda text: _forwarded(text, "Re your ticket.EML"),
    "forwarded twice": lambda text: _attached(
        text, "outer.eml", _forwarded(text).as_bytes()
    ),
    "bounce": _bounce,
    "text file": lambda text: _attached(text, "notes.txt"),
    "page": lambda text: _attached(text, "page.HTM"),
    "invitation": lambda text: _attached(text, "invite.ics"),
    "rich text": lambda text: _attached(text, "reply.rtf"),
    "outlook's winmail.dat": lambda text: _attached(text, "winmail.dat"),
    "outlook's winmail.dat, wide": lambda text: _attached(
        text, "winmail.dat", text.encode("utf-16-le")
    ),
    "file without a name": lambda text: _attached(text, "attachment"),
}


# ------------------------------------------------------------
# WHAT THE MAIL GATEWAY MAKES OF A MAIL
# ------------------------------------------------------------


def parse(mail):
    """Return body and files as ``message_parse`` of Odoo returns them."""
    body, files = "", []
    for part in mail.walk() if not mail.is_multipart() else _walk(mail):
        kind = part.get_content_type()
        name = part.get_filename()
        if kind == "message/rfc822":
            files.append((name or "original.eml", part.get_content(), {}))
        elif part.get_content_maintype() == "text" and not name:
            body += _get_text(part)
        elif not part.is_multipart():
            files.append((name or "attachment", part.get_payload(decode=True), {}))
    return {"body": body, "attachments": files}


def _walk(mail):
    for part in mail.iter_parts():
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            yield from _walk(part)
        else:
            yield part


def _get_text(part):
    try:
        return part.get_content()
    except (LookupError, UnicodeError):
        return part.get_payload(decode=True).decode("latin-1")


def dump(values):
    """Return everything that is kept of a mail as one text without line ends."""
    texts = [values["body"]]
    for _name, content, *_more in values["attachments"]:
        texts += _dump(content)
    joined = "".join(texts)
    for mark in ("\0", "<wbr/>", "&gt;", "\r", "\n", "=", ">", " "):
        joined = joined.replace(mark, "")
    return joined.lower()


def _dump(content):
    if isinstance(content, str):
        return [content]
    if isinstance(content, EmailMessage):
        content = content.as_bytes()
    texts = [content.decode("latin-1")]
    try:
        inner = email.message_from_bytes(content, policy=email.policy.SMTP)
        for part in inner.walk():
            if not part.is_multipart():
                texts.append((part.get_payload(decode=True) or b"").decode("latin-1"))
    except (ValueError, LookupError):
        pass
    return texts


# ------------------------------------------------------------
# TESTS
# ------------------------------------------------------------


@pytest.fixture(params=MODULES)
def links(request):
    return load(request.param)


def clean(links, values, secrets=(TOKEN,)):
    links.clean_message(values, {HOST, f"{HOST}:8443"}, secrets)
    return values


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("quoting", QUOTED)
def test_token_does_not_stay(links, kind, quoting):
    mail = KINDS[kind](QUOTED[quoting])
    sent = email.message_from_bytes(mail.as_bytes(), policy=email.policy.SMTP)
    values = parse(sent)
    assert TOKEN in dump(values), "the mail says it before"
    assert TOKEN not in dump(clean(links, values))


@pytest.mark.parametrize("kind", KINDS)
def test_other_words_stay(links, kind):
    text = f"Printer 3 prints nothing. {OTHER} https://{HOST}/my?page=2"
    values = parse(KINDS[kind](text))
    before = dump(values)
    assert dump(clean(links, values)) == before


@pytest.mark.skipif(not MAILS.is_dir(), reason="the desk has no stored mails")
def test_stored_mails_are_left_as_they_are(links):
    for path in sorted(MAILS.glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)
        values = parse(mail)
        before = dump(values)
        assert dump(clean(links, values)) == before, path.name
