"""The place of a link in a text that waits to be sent.

Whoever administers the server reads mails that wait or have failed. A link that gives a
right to its holder is therefore put into a mail when the mail leaves; until then there
is the address of a page behind the log-in, with a mark of what belongs there.
"""

import re

_PLACE = r"(?P<page>https?://[^\s\"'<>?#]+)\?mailed=(?P<kind>[a-z_]+)(?:-(?P<key>\d+))?"
_IN_TEXT = re.compile(_PLACE)
_IN_HTML = re.compile(rf"""(?<=href=["']){_PLACE}(?=["'])""")
_IN_WORDS = re.compile(rf"(?<![\w./=&?#%@+~-]){_PLACE}(?![\w&=#/-])", re.A)
_MARKUP = re.compile(
    r"""(<(?:style|script)\b.*?(?:</(?:style|script)\s*>|\Z)|<!--.*?(?:-->|\Z)"""
    r"""|<(?:"[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^'">])*(?:>|\Z))""",
    re.I | re.S,
)
_FORM = re.compile(r"<\s*(?:form|input|textarea|button|select)\b", re.I)
"""What sends words to another server; no template of ours has it."""


def get_place(page, kind, key=""):
    """Return what stands in a text that waits, in the place of a link.

    :param str page: address of the page behind the log-in
    :param str kind: which link is put there, in small letters
    :param key: number of what the link is about, where only this one is meant
    """
    return f"{page}?mailed={kind}-{key}" if key else f"{page}?mailed={kind}"


def fill_places(text, find, is_html=True, in_words=False):
    """Return ``text`` with its links, and how many there are.

    In HTML only whole addresses of links and words are places, so that no other part of
    a mail carries what opens something.

    :param bool in_words: in HTML, the words that are read are places, too: of a mail
        to one person
    :param find: function of kind and key (str) that returns the link, or None where
        the reader gets none; the page behind the log-in stays then
    """
    count = 0

    def put(found):
        nonlocal count
        link = find(found["kind"], found["key"] or "")
        if not link:
            return found["page"]
        count += 1
        return link

    pattern = _IN_HTML if is_html else _IN_TEXT
    text = pattern.sub(put, text)
    if is_html and in_words and not _FORM.search(text):
        # What is split by has odd numbers: tags, and what is read by nobody.
        parts = _MARKUP.split(text)
        parts[::2] = [_IN_WORDS.sub(put, part) for part in parts[::2]]
        text = "".join(parts)
    return text, count


_OLD_LINKS = (
    (r"(?P<page>/my/service-tickets/\d+)/sign_off\?token=[0-9a-f]+", "sign_off"),
    (r"(?P<page>/my/service-tickets/\d+/complain)\?link=[0-9a-f-]+", "complain"),
    (r"(?P<page>/my/service-tickets/\d+)\?link=[0-9a-f-]+", "page"),
    (r"(?P<page>/my/service-complaints/\d+)/answer\?token=[0-9a-f]+", "answer"),
    (r"(?P<page>)/survey/start/[^\s\"'<>?]+\?answer_token=[\w-]+", "survey"),
)
"""Links that texts carried before they had places, and what kind each is."""


def replace_links(text, key=""):
    """Return a text of before with places where it had links.

    :param key: number of the solution or answer that the text is about
    """
    for pattern, kind in _OLD_LINKS:
        text = re.sub(
            pattern,
            lambda found, kind=kind: get_place(
                found["page"] or "/my",
                kind,
                key if kind in ("sign_off", "answer") else "",
            ),
            text,
        )
    return text
