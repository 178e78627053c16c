"""Names of documents: the text of a series, and the number in it.

A series is what stands before the number, as ``TND/2026/``. Where text follows the
number, a star stands in its place: ``TND/*/2026``.
"""

import re

PLAIN = re.compile(r"(?P<before>.*?)(?P<number>\d{1,9})(?P<after>)")
PLACEHOLDER = re.compile(r"%\((?:range_|current_)?(?P<key>\w+)\)s|(?P<percent>%%)")
WIDTHS = {"year": 4, "isoyear": 4, "doy": 3, "weekday": 1}
STAR = "*"


def get_pattern(prefix, suffix, padding):
    """Return the pattern of the names that a sequence gives.

    :param str prefix: of the sequence, with its placeholders, such as ``%(year)s``
    :param str suffix: in the same way
    :param int padding: the number has so many digits at least
    """
    before, after = (_get_text_pattern(text or "") for text in (prefix, suffix))
    return re.compile(
        rf"(?P<before>{before})(?P<number>\d{{{max(padding, 1)},9}})(?P<after>{after})"
    )


def split_number(name, *patterns):
    """Return ``(series, number)`` of a name such as ``TND/2026/0012``, or None.

    :param patterns: of the sequences that may have given the name; where none fits,
        the digits at the end are the number
    """
    for pattern in (*patterns, PLAIN):
        if found := pattern.fullmatch(name or ""):
            star = STAR if found["after"] else ""
            return f"{found['before']}{star}{found['after']}", int(found["number"])
    return None


def name_range(series, first, last, like):
    """Return the name of a number of a series, or of the first and the last one.

    :param str like: name of another number of the series, for the number of digits
    """
    before, _star, after = series.partition(STAR)
    width = len(like) - len(before) - len(after)
    names = [f"{before}{number:0{width}d}{after}" for number in (first, last)]
    return names[0] if first == last else " - ".join(names)


def _get_text_pattern(text):
    parts, end = [], 0
    for found in PLACEHOLDER.finditer(text):
        parts.append(re.escape(text[end : found.start()]))
        width = WIDTHS.get(found["key"], 2)
        parts.append("%" if found["percent"] else rf"\d{{{width}}}")
        end = found.end()
    return "".join([*parts, re.escape(text[end:])])
