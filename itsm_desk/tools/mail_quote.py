"""What the author of a mail wrote, without the mail that it answers.

Odoo marks the quotes of some programs while it cleans a text (``tag_quote``): quoted
blocks, Gmail, Outlook in the browser, lines that begin with ">". It knows neither
the heads that Outlook, Foxmail and others put above what they repeat, nor the
sentence "On ... wrote:" that stands before it, in no language. These are found here,
in the text that is left. Libraries for it were looked at: ``mail-parser-reply`` reads
plain text only, ``quotequail`` no Chinese.
"""

import re
from itertools import islice

from lxml import etree, html

from .mail_colours import blank_unseen, get_style

BLOCKS = frozenset(
    {"address", "article", "blockquote", "center", "dd", "div", "dl", "dt"}
    | {"fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"}
    | {"hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_LEFT_OUT = frozenset({"head", "style", "script", "title"})
_NOTHING = r"(?:0+(?:\.0\d*)?|\.0\d*)"
_UNSEEN = re.compile(
    rf"(?:^|;)(?:display:none|visibility:hidden|opacity:{_NOTHING}%?(?:;|!|$)"
    r"|(?:margin(?:-\w+)?|text-indent|left|top):[^;]{0,40}-\d{4,})"
)
_UNSEEN_CLASSES = frozenset({"d-none", "invisible", "visually-hidden", "oe_hidden"})
_MARK = "\ue0d0"
"""Stands where a quote was taken out; a letter that no font has."""

_PICTURE = re.compile("\ue0d1\\d+\ue0d1")

_SENDER = r"(?:from|von|de|发件人|发信人|寄件者|寄件人|發件人|差出人)"
_HEAD = (
    r"(?:sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|发送时间|发送日期"
    r"|发件日期|发件时间|日期|时间|收件人|抄送人?|主题|寄件日期|傳送時間|收件者|副本"
    r"|主旨|送信日時|宛先|件名)"
)
_COLON = r"[ \xa0*]*[:：|]"
_DAY = r"\d{1,4}\s?[年/.-]\s?\d{1,2}|\d{1,2}[:：]\d{2}|\b\d{4}\b|@"
_ENDS = [
    # The head of the mail that is repeated, on lines of its own or run together.
    rf"(?:^|\n)[ \xa0*|]*{_SENDER}{_COLON}[^\n]*(?:\n[^\n]*){{0,2}}?\n?[ \xa0*|]*"
    rf"\b{_HEAD}{_COLON}",
    rf"(?<!\w){_SENDER}{_COLON}[^\n]{{0,200}}@[^\n]{{0,200}}?{_HEAD}{_COLON}",
    r"(?:^|\n)[ \xa0*]*from:[^\n]*@[^\n]*",
    r"(?:^|\n)[ \xa0*]*(?:发件人|发信人|寄件者|寄件人|發件人)[ *]*[:：]",
    r"-{2,}\s*(?:original\s(?:message|mail)|forwarded\smessage"
    r"|ursprüngliche\snachricht|(?:回复的)?原始?(?:邮件|信件)|原始郵件|转发(?:的)?邮件"
    r"|回复的原邮件|邮件原件)\s*-{2,}",
    r"(?:^|\n)-- ?(?=\n|$)",
]
_END = re.compile("|".join(f"(?:{item})" for item in _ENDS), re.I)
_WROTE = re.compile(
    r"\b(?:wrote|schrieb[^\n\ue0d0]{0,120}?)\s*[:：]|(?:写道|寫道|写到)\s*[:：]", re.I
)
_INTRO_EN = re.compile(r"(?<!\w)(?:On|At|Am)[ \xa0\n]")
_INTRO_ZH = re.compile(r"在\s?(?=\d{4}\s?[-年/.])")
_LONGEST_INTRO = 400
_MOST_INTROS = 100
_MOST_INTRO_LINES = 3
_CLOCK = re.compile(r"\b\d{1,2}[:：h.]\d{2}\b|\d{1,2}[时時点點]\d{2}")
_YEAR = re.compile(
    r"\b(?:19|20)\d{2}\b|(?:19|20)\d{2}年|\b\d{1,2}[./]\d{1,2}[./]\d{2}\b"
)
_LABELLED = re.compile(
    r"^[*|\s]*[^\W\d][\w .'\u2019/-]{0,24}[*\s\xa0]{0,3}[:：][*\s]*\S"
)
_LEAST_HEAD = 3
"""Lines of the head of a mail."""
_RULE = re.compile(r"^[-_=*|.~ ]{5,}$")
_PROGRAM = (
    r"(?:iphone|ipad|android|outlook|windows|mac|foxmail|企业微信|钉钉|飞书|小米|华为"
    r"|荣耀"
    r"|vivo|oppo|安卓|网易邮箱大师)"
)
_DEVICE = (
    r"(?:iphone|ipad|android(?:-\w+)?|galaxy|samsung|huawei|xiaomi|pixel|blackberry"
    r"|outlook|yahoo|gmail|gmx|web\.de|web-mail|orange|proton ?mail|thunderbird|foxmail"
    r"|windows|mac|t-online|libero|laposte|naver|smartphone|handy|mobil\w*|móvil"
    r"|téléphone|telefon\w*|teléfono|celular|cellulare|mobiltelefon|phone|tablet)"
)
_SENT_WEST = (
    r"(?:sent|gesendet|geschickt|envoyée?|enviado|inviato|verzonden|verstuurd|skickat"
    r"|sendt|wysłan[eo]|отправлено|poslané|gönderildi)"
)
"""How programs say it that put a line below each mail."""
_SMALL_WEST = (
    r"(?:from|with|via|my|using|mail|e-?mail|the|app|for|ios|von|vom|meinem|meiner"
    r"|diese|nachricht|wurde|für|mit|der|die|aus|über|[dl]|application|da|depuis|de"
    r"|mon|à|partir|du|ma|un|une|pour|desde|mi|do|meu"
    r"|meo|dal|dalla|mio|para|per|van|vanaf|mijn|met|från|min|fra|z|mojego|urządzenia"
    r"|на|моего|с|моём|dispositivo|gerät|appareil|device|\d+g?|pro|plus|ultra|s\d+\w*"
    r"|version|5g|lte|zakelijke|mobile)"
)
_SENT_LINE = re.compile(
    rf"^\W*(?:(?:{_SENT_WEST}|{_SMALL_WEST}|{_DEVICE})\W+)*{_SENT_WEST}\b"
    rf"(?:\W+(?:{_SMALL_WEST}|{_DEVICE}|{_SENT_WEST}))*\W*$",
    re.I,
)
_NAMED = re.compile(rf"\b{_DEVICE}\b", re.I)
_LONGEST_SENT = 90
_SENT_FROM = re.compile(
    r"^\W*(?:sent (?:from|with|via) (?:my|mail|outlook|yahoo|gmail|samsung|proton"
    r"|thunderbird|huawei|foxmail)\b.{0,40}|(?:get )?outlook for (?:ios|android)"
    r"|(?:obtene[rz]|obtenir|télécharger?|descargar?|scarica|ottieni|baixar)"
    r" outlook p(?:ou|a)ra? (?:ios|android)|outlook für (?:ios|android)"
    r"(?: herunterladen| beziehen)?|(?:获取|下载|取得)\s?outlook.{2,40}|(?:发自"
    r"|發自|来自)我的.{2,30}"
    r"|发自.{0,10}邮箱.{0,10}"
    r"|(?:从|從)我的.{2,30}(?:发送|發送|傳送)|傳送自我的.{2,30}"
    rf"|(?:发自|发送自|来自|發自|傳送自)\s?{_PROGRAM}[\sA-Za-z0-9.版手机客户端应用邮件]"
    rf"*"
    rf"|(?:从|從)\s?{_PROGRAM}[\sA-Za-z0-9.版手机客户端应用邮件]*(?:发送|發送"
    rf"|傳送)|(?:私の)?{_DEVICE}\s?から(?:送信|送られ)(?:しました|ました)?"
    r"|.{1,60}\s(?:reacted via|通过)\s?(?:gmail|outlook)(?:\s?回应)?"
    rf"|{_DEVICE}\s?(?:for|版)\s?(?:ios|android|iphone)\s?を(?:入手|ダウンロード)"
    rf"|(?:나의|내)\s?{_DEVICE}에서 보냄)\W*$",
    re.I,
)


def read_own_words(body):
    """Return what the author of a message wrote himself.

    :param str body: HTML as Odoo cleaned it
    """
    return cut_quotes(_to_text(_parse(body)))


def cut_quotes(text):
    """Return what an answer says itself, without what it repeats.

    What stands between or below quoted lines counts; what follows the head of a mail
    does not.

    :param str text: plain
    """
    lines = [
        _MARK if line.lstrip().startswith((">", "＞")) else line.strip(" \t\xa0")
        for line in text.splitlines()
    ]
    lines = _cut_head(_drop_intros([line for line in lines if line]))
    text = _cut_intros("\n".join(lines))
    if found := _END.search(text):
        text = text[: found.start()]
    lines = [line.strip() for line in text.replace(_MARK, "\n").splitlines()]
    return "\n".join(
        line
        for line in lines
        if line and not _is_sent_line(line) and not _RULE.match(line)
    )


def _drop_intros(lines):
    """Return lines without the sentence above a quote that names its mail.

    Whatever its language: it has an address and a time, ends in a colon, and what
    follows is marked.
    """
    kept = []
    for line in lines:
        if line.startswith(_MARK) and kept and kept[-1].rstrip()[-1:] in (":", "："):
            for count in range(1, _MOST_INTRO_LINES + 1):
                intro = " ".join(kept[-count:])
                if len(intro) > _LONGEST_INTRO or _MARK in intro:
                    break
                if "@" in intro and _CLOCK.search(intro):
                    del kept[-count:]
                    break
        kept.append(line)
    return kept


def _cut_head(lines):
    """Return lines down to the head of a mail that is repeated without any mark.

    Whatever its language: three lines or more of a word, a colon and a value; one has
    an address, another a year and a time.
    """
    run = []
    for number, line in enumerate([*lines, ""]):
        if _LABELLED.match(line):
            run.append(line)
            continue
        if len(run) >= _LEAST_HEAD:
            has_sender = any("@" in one for one in run[:2])
            is_dated = any(_CLOCK.search(one) and _YEAR.search(one) for one in run)
            if has_sender and is_dated:
                return lines[: number - len(run)]
        run = []
    return lines


def _is_sent_line(line):
    """Whether a program put a line there to say what it is ("Sent from my iPhone")."""
    if _SENT_FROM.match(line):
        return True
    is_short = len(line) <= _LONGEST_SENT and _NAMED.search(line)
    return bool(is_short and _SENT_LINE.match(line))


def _cut_intros(text):
    """Return ``text`` without sentences such as "On ... wrote:", and what they open.

    What follows the marked quote of such a sentence is the author's own.
    """
    parts, done = [], 0
    for verb in islice(_WROTE.finditer(text), _MOST_INTROS):
        if verb.start() < done:
            continue
        start = _find_intro(text, max(done, verb.start() - _LONGEST_INTRO), verb)
        if start is None:
            continue
        parts.append(text[done:start])
        done = verb.end()
        if not text[done:].lstrip("\n ").startswith(_MARK):
            return "\n".join(parts)
    return "\n".join([*parts, text[done:]])


def _find_intro(text, first, verb):
    """Return where the sentence that ends in ``verb`` begins, None where it is none.

    :param int first: where it may begin at the earliest
    """
    first = max(first, text.rfind(_MARK, first, verb.start()) + 1)
    window = text[first : verb.start()]
    if verb.group()[0].isascii():
        starts = [item.start() for item in _INTRO_EN.finditer(window)]
    else:
        line = window.rfind("\n") + 1
        if not re.search(_DAY, window[line:]) or window[line:].startswith("于"):
            line = max(window.rfind("\n", 0, max(line - 1, 0)) + 1, 0)
        stop = max(window.rfind(letter, line) for letter in "。！!")
        found = _INTRO_ZH.search(window, line)
        starts = [max(line, stop + 1), found.start() if found else 0]
        starts = [max(starts)]
    for start in reversed(starts):
        if re.search(_DAY, window[start:]):
            return first + start
    return None


def find_own_pictures(body):
    """Return the addresses of pictures that the author put in, and of all of them.

    :return: two sets
    """
    tree = _parse(body)
    if tree is None:
        return set(), set()
    every = {item.get("src") or "" for item in tree.iter("img")}
    _take_out(tree)
    return _find_before_end(tree), every


def find_logos(body, is_end):
    """Return the addresses of pictures that stand in or below the author's signature.

    :param is_end: tells whether a line begins it: a closing formula, a name
    """
    tree = _parse(body)
    if tree is None:
        return set()
    _take_out(tree)
    names = _mark_pictures(tree)
    found, is_below = set(), False
    for line in cut_quotes(_to_text(tree)).splitlines():
        keys = [key for key in _PICTURE.findall(line) if key in names]
        words = _PICTURE.sub(" ", line).strip()
        is_below = is_below or (bool(words) and is_end(words))
        if is_below:
            found.update(names[key] for key in keys)
    return found


def _parse(body):
    """Return the tree of an HTML text, or None where there is nothing."""
    if not (body or "").strip():
        return None
    try:
        return html.fragment_fromstring(body, create_parent="div")
    except (etree.ParserError, ValueError):
        return None


def _to_text(tree):
    """Return the text of a tree, a line for each block, quotes marked."""
    if tree is None:
        return ""
    _take_out(tree)
    inside = {item for pre in tree.iter("pre") for item in pre.iterdescendants()}
    for node in tree.iter(etree.Element):
        if node.tag != "pre" and node not in inside:
            node.text = _fold(node.text)
        if node not in inside:
            node.tail = _fold(node.tail)
    return get_lines(tree)


def get_lines(tree):
    """Return the text of a tree with a line for each block, and change the tree so."""
    for node in tree.iter(etree.Element):
        if node.tag == "br":
            node.tail = f"\n{node.tail or ''}"
        elif node.tag in BLOCKS:
            node.text = f"\n{node.text or ''}"
            node.tail = f"\n{node.tail or ''}"
        elif node.tag in ("td", "th"):
            node.tail = f" {node.tail or ''}"
    return str(tree.text_content())


def _take_out(tree):
    """Put a mark where an element is a quote, and take out what is unseen, in place."""
    blank_unseen(tree)
    for node in list(tree.iter(etree.Element)):
        if node is tree or node.getparent() is None:
            continue
        if node.tag in _LEFT_OUT or _is_unseen(node):
            node.drop_tree()
        elif node.tag == "blockquote" or node.get("data-o-mail-quote"):
            mark = html.Element("div")
            mark.text = _MARK
            mark.tail = node.tail
            node.getparent().replace(node, mark)


def _is_unseen(node):
    """Whether nobody sees an element: what stands there was said to nobody."""
    return bool(
        node.get("hidden") is not None
        or _UNSEEN.search(get_style(node))
        or _UNSEEN_CLASSES.intersection((node.get("class") or "").split())
    )


def _find_before_end(tree):
    """Return the addresses of the pictures above the head of a repeated mail."""
    names = _mark_pictures(tree)
    words = cut_quotes(_to_text(tree))
    return {source for key, source in names.items() if key in words}


def _mark_pictures(tree):
    """Put a sign behind each picture, in place; return ``{sign: address}``."""
    names = {}
    for node in list(tree.iter("img")):
        key = f"\ue0d1{len(names)}\ue0d1"
        names[key] = node.get("src") or ""
        node.tail = f"{key}{node.tail or ''}"
    return names


def _fold(text):
    # Not \s, which takes the mark's neighbours and blanks that do not break.
    return re.sub(r"[ \t\r\n]+", " ", text) if text else text
