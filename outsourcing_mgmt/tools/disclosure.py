"""Find out whether a text tells who somebody is."""

import re

LEGAL_FORMS = re.compile(
    r"""[\s,]+(
        ltd|limited|inc|incorporated|corp|corporation|co|company|llc|llp|plc|gmbh|ag|kg|
        bv|nv|sa|sas|sarl|srl|spa|ab|oy|as|pty|pte|sdn\ bhd|kft|sp\ z\ o\ o
    )\.?$""",
    re.IGNORECASE | re.VERBOSE,
)
CHINESE_FORMS = re.compile(
    "(股份有限公司|有限责任公司|有限公司|集团公司|集团|公司|事务所|中心|厂|店)$"
)
MIN_WORD, MIN_CHINESE = 3, 2


def short_name(name):
    """Return a company's name without its legal form."""
    short = name.strip()
    while (shorter := CHINESE_FORMS.sub("", LEGAL_FORMS.sub("", short))) != short:
        short = shorter
    return short


def find_names(text, names, common=""):
    """Return the names that ``text`` contains, also without their legal form.

    :param str text: what is to be published
    :param names: names, mail addresses, tax numbers
    :param str common: what everybody reads anyway: a short name in it tells nothing
    :rtype: list of the names found, in the order given
    """
    found = []
    text, common = _fold(text), _fold(common)
    for name in names:
        full = _fold(name)
        short = _fold(short_name(name))
        if _has(text, full) or (
            short != full and _has(text, short) and not _has(common, short)
        ):
            found.append(name)
    return found


def _has(text, name):
    """Whether ``text`` contains ``name`` as words; as signs where it has none."""
    if re.search(r"[^\x00-\u2fff]", name):
        return len(name) >= MIN_CHINESE and name in text
    return len(name) >= MIN_WORD and bool(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    )


def _fold(text):
    return re.sub(r"\s+", " ", text or "").strip().casefold()
