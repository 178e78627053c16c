"""Make a mail readable whatever its programs wrote about their characters.

Mail programs label GBK as gb2312, Big5 with Hong Kong's letters as Big5, and write
names of character sets that nobody knows. Python's parser then puts replacement
characters, or fails, and a mail that fails is lost. :func:`repair` rewrites the headers
and the texts of a parsed mail in UTF-8, before anything reads them. It never fails
because of what a sender wrote.
"""

import base64
import binascii
import codecs
import quopri
import re
from email.message import Message

WIDER = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "x-gbk": "gb18030",
    "euc-cn": "gb18030",
    "cn-gb": "gb18030",
    "csgb2312": "gb18030",
    "iso-ir-58": "gb18030",
    "windows-936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cp950": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "windows-874": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
}
"""Labels of character sets, and the set that their senders mean: one that holds it."""

LATIN = frozenset(
    ("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1", "iso-8859-15")
    + ("windows-1252", "cp1252", "x-ansi", "ansi", "windows-1250", "iso-8859-2")
)
"""Labels that old programs write whatever the text is."""
ASIAN = ("gb", "big5", "cp9", "hz", "euc", "shift", "x-gbk", "ks_c")
JAPANESE = ("iso-2022-jp", "csiso2022jp", "cp50220", "cp50221", "cp50222")
UNSTRUCTURED = ("subject", "thread-topic", "comments")
"""Headers that are one text; others hold addresses or parameters."""
ADDRESSED = (
    *("from", "to", "cc", "bcc", "sender", "reply-to"),
    *("resent-from", "resent-to", "resent-cc"),
)
"""Headers of people: names and addresses."""
AT = "\uff20"
"""Stands in a name where its sender wrote the sign of an address."""
WRITTEN = (
    *UNSTRUCTURED,
    *ADDRESSED,
    "content-type",
    "content-disposition",
    "content-description",
)
"""Headers in which people's words stand; letters of others are dropped."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Bytes at the beginning of a text that tell its character set for certain."""
_META = re.compile(rb"<meta[^<>]{0,200}\bcharset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_LONGEST_HEAD = 4096
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]")
_WORD = re.compile(r"=\?([^?\s]*)\?([bBqQ])\?([^?]*)\?=")
_WORDS = re.compile(rf"{_WORD.pattern}(?:\s*{_WORD.pattern})*")
_ESCAPE = re.compile(rb"\x1b(\$@|\$B|\$\(D|\(I|\(B|\(J|\(H)")
_PARAMETER = re.compile(r"(\*=\s*\"?)([\w.:-]+)(?='[\w-]*')")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_APART = re.compile("[,;:]")
_ANGLE = re.compile(r'<([^<>\s"]+)>')
_PHRASE = re.compile(r'[^\s"<>(),:;@=\[\]]+(?:[ \t]+[^\s"<>(),:;@=\[\]]+)*')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")


def decode(raw, label=None):
    """Return the text of ``raw`` (bytes), as far as it can be read.

    :param str label: what the sender calls its character set
    """
    label = (label or "").partition("*")[0].strip().strip("\"'").lower()
    if label.startswith(JAPANESE):
        return _decode_japanese(raw)
    charset = WIDER.get(label, label)
    if marked := next((name for mark, name in _MARKS if raw.startswith(mark)), ""):
        text = _try(raw, marked)
        if text is not None:
            return text.lstrip("\ufeff")
    if not raw.isascii():
        if charset.startswith(ASIAN) and _is_utf8(raw, "\u07ff"):
            return raw.decode("utf-8")
        if label in LATIN and _is_utf8(raw, "\x7f"):
            return raw.decode("utf-8")
        if label in LATIN and _is_chinese(raw):
            return raw.decode("gb18030")
    text = _try(raw, charset or "ascii")
    if text is not None:
        return text if "\x1b" not in text else _decode_japanese(raw)
    if charset.startswith(("gb", "big5", "cp9", "hz")):
        text = _try(raw, charset, "replace")
    return text if text is not None else _guess(raw)


def _try(raw, charset, errors="strict"):
    """Return the text of ``raw``, or None where ``charset`` cannot be it."""
    try:
        return raw.decode(charset, errors)
    except (LookupError, UnicodeError, ValueError):
        return None


def decode_words(value):
    """Return a header's text with its encoded words read, on one line.

    :param str value: as the parser stored it
    """
    text = _WORDS.sub(lambda run: _read_words(run[0]), _read_raw(value))
    return clean(" ".join(text.split()))


def clean(text):
    """Return ``text`` without characters that neither database nor pages take.

    Nor with those that show the letters after them in the wrong direction.
    """
    return _CONTROL.sub("", text)


def repair(message):
    """Rewrite headers and texts of ``message`` in UTF-8, in place.

    The bytes of attached files stay as they are.

    :param Message message: a mail or a part of one, as parsed from bytes
    """
    seen = 0
    stack = [message]
    while stack and seen < 1000:
        part = stack.pop()
        seen += 1
        repair_headers(part)
        payload = part.get_payload()
        if isinstance(payload, list):
            stack += [item for item in payload if isinstance(item, Message)]
        else:
            _repair_text(part)


def repair_headers(part):
    """Rewrite the headers of a mail, or of a part of one, in ASCII, in place."""
    headers = list(part.raw_items())
    repaired = [
        (name, _repair_header(name.lower(), str(value))) for name, value in headers
    ]
    if repaired == headers:
        return
    for name in {name for name, _value in headers}:
        del part[name]
    for name, value in repaired:
        part.set_raw(name, value)


def _repair_header(name, value):
    if name in ADDRESSED:
        return _guard_names(_repair_written(name, value))
    return _repair_written(name, value)


def _guard_names(value):
    """Let no name of a sender or receiver be read as an address.

    ``anna@x.example <bob@y.example>`` is a mail of Bob, also where the name is encoded.
    """
    has_address = "@" in _WORDS.sub("", value)

    def guard_words(run):
        text = _read_words(run[0])
        return _encode(text.replace("@", AT)) if "@" in text else run[0]

    if has_address and "=?" in value:
        value = _WORDS.sub(guard_words, value)
    parts, start = [], 0
    for address in _ANGLE.finditer(value):
        before, start = value[start : address.start()], address.end()
        cut = max(before.rfind(sign) for sign in ',;:">') + 1
        phrase = before[cut:].strip()
        if phrase.lower() == address[1].lower():
            phrase = ""
        if "@" in phrase or "@" in before[cut:]:
            before = f"{before[:cut]} {_encode(phrase.replace('@', AT))} "
        if parts and not _APART.search(before):
            # Else the second of two would not be seen.
            before = f", {before}"
        parts += [before, address[0]]
    return "".join([*parts, value[start:]])


def _repair_written(name, value):
    if value.isascii() and "=?" not in value and "\0" not in value:
        return _PARAMETER.sub(_widen_parameter, value) if "*" in value else value
    if name in UNSTRUCTURED:
        return decode_words(value)
    if name not in WRITTEN:
        return value.encode("ascii", "ignore").decode().replace("\0", "")
    value = _read_raw(value)
    parts, start = [], 0
    for run in _WORDS.finditer(value):
        parts += [_encode_letters(value[start : run.start()])]
        parts += [_encode(" ".join(_read_words(run[0]).split()))]
        start = run.end()
    parts += [_encode_letters(value[start:])]
    return _PARAMETER.sub(_widen_parameter, "".join(parts)).replace("\0", "")


def _repair_text(part):
    """Write a text in UTF-8; a file whose label is wrong becomes one of bytes."""
    if part.get_content_maintype() != "text":
        return
    raw, is_coded = _read_bytes(part)
    label = str(part.get_param("charset") or "").lower()
    if not label and part.get_content_subtype() == "html":
        found = _META.search(raw[:_LONGEST_HEAD])
        label = found[1].decode().lower() if found else label
    try:
        text = raw.decode(label or "ascii")
        is_right = is_coded and label not in WIDER and not _CONTROL.search(text)
        is_right = is_right and not text.startswith("\ufeff")
    except (LookupError, UnicodeError, ValueError):
        is_right = False
    if is_right and (label in LATIN or label.startswith(ASIAN)):
        is_right = decode(raw, label) == text
    if is_right:
        return
    kind = part.get_content_subtype()
    name = part.get_filename()
    is_file = name or part.get_content_disposition() == "attachment"
    if is_file:
        content_type = "application/octet-stream"
    else:
        content_type = f'text/{kind}; charset="utf-8"'
        if kind == "calendar" and (method := str(part.get_param("method") or "")):
            content_type += f"; method={re.sub('[^A-Za-z]', '', method)}"
        raw = clean(decode(raw, label)).encode()
    if is_file and name:
        del part["Content-Disposition"]
        part.set_raw("Content-Disposition", f'attachment; filename="{_encode(name)}"')
    for header in ("Content-Type", "Content-Transfer-Encoding"):
        del part[header]
    part.set_raw("Content-Type", content_type)
    part.set_raw("Content-Transfer-Encoding", "base64")
    part.set_payload(base64.encodebytes(raw).decode())


def _read_bytes(part):
    """Return the bytes of a text, and whether they are coded as its headers say.

    Some programs call base64 what is none; it would be decoded to letters of chance.
    """
    written = str(part.get_payload()).encode("utf-8", "surrogateescape")
    if str(part.get("Content-Transfer-Encoding") or "").strip().lower() == "base64":
        lines = written.strip().splitlines()
        strange = sum(len(_BASE64.sub(b"", line)) for line in lines)
        strange += sum(len(line.split()) - 1 for line in lines if line.strip())
        if 20 * strange > len(written):
            return written, False
    try:
        return part.get_payload(decode=True) or b"", True
    except (ValueError, TypeError, LookupError, binascii.Error):
        return written, False


def _read_raw(value):
    """Return what a header holds; bytes above 127 stand there as surrogates."""
    if value.isascii():
        return value
    return decode(value.encode("utf-8", "surrogateescape"))


def _read_words(run):
    """Return the text of encoded words that follow each other.

    Letters that were cut between two words of one character set are put together.
    """
    texts, pending, last = [], b"", None
    for label, encoding, data in _WORD.findall(run):
        if label.lower() != last and last is not None:
            texts += [decode(pending, last)]
            pending = b""
        last = label.lower()
        pending += _unpack(encoding.lower(), data)
    return clean("".join([*texts, decode(pending, last)]))


def _unpack(encoding, data):
    data = data.encode("utf-8", "replace")
    if encoding == "q":
        return quopri.decodestring(data.replace(b"_", b"=20"), header=True)
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    # A last single letter carries no byte.
    data = data[:-1] if len(data) % 4 == 1 else data
    return base64.b64decode(data + b"=" * (-len(data) % 4))


def _encode(text):
    """Return ``text`` as an encoded word in UTF-8, if it needs one."""
    if text.isascii() and not re.search(r"[^\w .@+-]", text):
        return text
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _encode_letters(text):
    """Encode phrases and quoted texts that hold more than ASCII."""
    if text.isascii():
        return text

    def encode_quoted(found):
        return found[0] if found[0].isascii() else f'"{_encode(found[1])}"'

    def encode_phrase(found):
        return found[0] if found[0].isascii() else _encode(found[0])

    parts, start = [], 0
    for quoted in _QUOTED.finditer(text):
        parts += [_PHRASE.sub(encode_phrase, text[start : quoted.start()])]
        parts += [encode_quoted(quoted)]
        start = quoted.end()
    parts += [_PHRASE.sub(encode_phrase, text[start:])]
    return "".join(parts)


def _widen_parameter(found):
    """Say gb18030 where a parameter by RFC 2231 says gb2312."""
    charset = WIDER.get(found[2].lower(), found[2])
    try:
        b"".decode(charset)
    except LookupError:
        charset = "utf-8"
    return found[1] + charset


def _decode_japanese(raw):
    """Decode ISO-2022-JP with what vendors added: half-width kana, NEC's signs."""
    pieces = _ESCAPE.split(raw)
    texts = [pieces[0].decode("ascii", "replace")]
    for escape, data in zip(pieces[1::2], pieces[2::2], strict=True):
        high = bytes(byte | 0x80 for byte in data if byte > 0x20)
        if escape in (b"$@", b"$B"):
            texts += [high.decode("euc_jis_2004", "replace")]
        elif escape == b"$(D":
            pairs = (high[i : i + 2] for i in range(0, len(high), 2))
            texts += [
                b"".join(b"\x8f" + pair for pair in pairs).decode("euc_jp", "replace")
            ]
        elif escape == b"(I":
            texts += [high.decode("cp932", "replace")]
        else:
            texts += [data.decode("ascii", "replace")]
    return "".join(texts)


def _is_utf8(raw, above):
    """Whether bytes are UTF-8 for certain: other sets hardly ever look like it.

    :param str above: the last letter that may be an accident
    """
    text = _try(raw, "utf-8")
    return text is not None and sum(1 for letter in text if letter > above) >= 2


def _is_chinese(raw):
    """Whether bytes that are labelled as Latin are Chinese in GBK.

    Both bytes of a Chinese letter stand above 127, nearly all letters are of the
    common ones, and several follow each other; in Latin texts such bytes stand alone.
    """
    runs = re.findall(rb"[\x80-\xff]+", raw)
    total = sum(map(len, runs))
    paired = b"".join(run for run in runs if len(run) % 2 == 0)
    if max(map(len, runs), default=0) < 4 or 5 * len(paired) < 4 * total:
        return False
    if _try(raw, "gb18030") is None:
        return False
    pairs = [paired[place : place + 2] for place in range(0, len(paired), 2)]
    letters = [
        pair for pair in pairs if 0xB0 <= pair[0] <= 0xD7 and 0xA1 <= pair[1] <= 0xFE
    ]
    signs = sum(1 for pair in pairs if pair[0] in (0xA1, 0xA3))
    if len(set(letters)) < 2 or 5 * len(letters) < 4 * (len(pairs) - signs):
        return False
    if len(letters) >= 4:
        return True
    # In words of Latin letters no sign stands, and no capital behind a small letter.
    return any(
        not word.isalpha() or word not in (word.upper(), word.lower())
        for word in (run.decode("cp1252", "replace") for run in runs if len(run) > 3)
    )


def _guess(raw):
    """Decode bytes of which nothing certain is known."""
    text = raw.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    letters = sum(1 for letter in text if letter > "\x7f") - damaged
    if not damaged or letters > 5 * damaged:
        return text
    # In Chinese both bytes of nearly every letter are above 127; in Latin texts such
    # bytes stand alone.
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", raw)]
    paired = sum(run for run in runs if run % 2 == 0)
    text = _try(raw, "gb18030") if 5 * paired >= 4 * sum(runs) else None
    if text is not None:
        return text
    return raw.decode("cp1252", "replace")
