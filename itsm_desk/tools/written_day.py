"""Days as people and programs of other systems write them.

Read is what can mean one day only: 2024-05-06, 20240506, 2024年5月6日, 3-Mar-24,
二〇二四年五月六日, March 3rd, 2024, 31/12/2024. What may be several days, such as
03/04/24, is read once somebody says in which order its numbers stand.

A year of two digits is of this century up to the year of today, else of the last one:
in 2026, 24 is 2024 and 99 is 1999.
"""

import re
from contextlib import suppress
from datetime import date, datetime, timedelta

ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
"""``{order: places of year, month and day among three numbers}``."""
FIRST_YEAR = 1970
MOST_LETTERS = 60
"""Of a day with its time; longer ones are no days."""
PIVOT = 69
"""The last year of this century that two digits mean, where no day is today."""
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_NAMES = "|".join([*_MONTHS, "sept", *(name[:3] for name in _MONTHS)])
_WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+"
    r"|(?:星期|周|礼拜)[一二三四五六日天][,，]?\s*",
    re.I,
)
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_TEN = re.compile(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)")
_CHINESE = re.compile(r"(\d{4}|\d{2})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]")
_YEAR_FIRST = re.compile(
    r"(\d{4})\s?([-/.年])\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)\s?日?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[-/ .,]{{1,2}}(?:of )?({_NAMES})\.?[-/ .,]{{1,2}}"
    r"(\d{4}|'?\d{2})\b",
    re.I,
)
_MONTH_FIRST = re.compile(
    rf"({_NAMES})\.?[-/ ](\d{{1,2}})(?:st|nd|rd|th)?(?:, ?|[-/ ])(\d{{4}}|'?\d{{2}})\b",
    re.I,
)
_CHINESE_MONTH = re.compile(r"(\d{1,2})[-/ .](\d{1,2})月[-/ .](\d{4}|\d{2})\b")
_NUMBERS = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)")
_CLOCK = re.compile(
    r"[ T,]*(?:(?:星期|周|礼拜)[一二三四五六日天])?[ T,]*"
    r"(?:(?:[ap]m|上午|下午)? ?"
    r"\d{1,2}(?::\d{2}(?::\d{2}(?:[.,]\d+)?)?|[时点]\d{1,2}分?(?:\d{1,2}秒)?)"
    r"(?: ?[ap]\.?m\.?)?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?",
    re.I,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_FIRST_DAY = datetime(1899, 12, 30)
"""From which spreadsheets count days."""


class Several(ValueError):
    """A text that may be several days; ``days`` are these."""

    def __init__(self, days):
        super().__init__(days)
        self.days = days


def read_day(text, today=None, order=None):
    """Return the day of a text as 2026-02-28, with its time as it is written.

    :param date today: of the company; one day more may be today elsewhere
    :param str order: key of ``ORDERS`` for days of numbers alone; none: not known
    :return: None where it is no day, or one that has not been
    :raise Several: where it may be several days and no order says which one
    """
    text = text.strip()
    if len(text) > MOST_LETTERS:
        return None
    if _SERIAL.fullmatch(text):
        moment = _FIRST_DAY + timedelta(days=float(text))
        text = str(moment.replace(microsecond=0)).removesuffix(" 00:00:00")
    plain = _WEEKDAY.sub("", _to_digits(text), count=1)
    choices, end = _find_choices(plain, order)
    if not choices or not _CLOCK.fullmatch(plain[end:]):
        return None
    days = []
    for parts in choices:
        with suppress(ValueError):
            day = _make_day(*parts, today)
            is_past = not today or day <= today + timedelta(days=1)
            if day.year >= FIRST_YEAR and is_past and day not in days:
                days.append(day)
    if len(days) > 1:
        raise Several(days)
    clock = plain[end:].strip(" ,T")
    return f"{days[0]} {clock}".strip() if days else None


def _to_digits(text):
    """Return a text with the numbers of Chinese days as digits."""
    found = re.match(r"[\d〇零一二三四五六七八九十 /.-]+(?:年|月)[^ ]*?[日号年]?", text)
    if not found:
        return text
    head = re.match(r"[\d〇零一二三四五六七八九十年月日号/. -]+", text)[0]
    head = _TEN.sub(lambda ten: f"{ten[1] or '一'}{ten[2] or '〇'}", head)
    return head.translate(_DIGITS) + text[len(head) :] if head else text


def _find_choices(text, order):
    """Return ``([(year, month, day)], where the day ends)`` of what a text may mean."""
    for pattern, places in (
        (_CHINESE, (1, 2, 3)),
        (_YEAR_FIRST, (1, 3, 4)),
        (_COMPACT, (1, 2, 3)),
        (_DAY_FIRST, (3, 2, 1)),
        (_MONTH_FIRST, (3, 1, 2)),
        (_CHINESE_MONTH, (3, 2, 1)),
    ):
        if found := pattern.match(text):
            return [[found[place] for place in places]], found.end()
    if not (found := _NUMBERS.match(text)):
        return [], 0
    parts = [found[1], found[3], found[4]]
    orders = [order] if order else ["dmy", "mdy", "ymd"]
    if len(parts[2]) == 4:
        # Then the year is last, whatever the order of the others is.
        orders = [name for name in orders if name != "ymd"] or ["dmy", "mdy"]
    return [
        [parts[place] for place in ORDERS[name]]
        for name in orders
        if len(parts[ORDERS[name][0]]) > 1
    ], found.end()


def _make_day(year, month, day, today):
    """Return the day of three texts, of which the month may be a name."""
    number = int(year.lstrip("'"))
    if len(year.lstrip("'")) == 2:
        last = today.year % 100 if today else PIVOT
        number += 2000 if number <= last else 1900
    if not month.isdigit():
        names = [name[:3] for name in _MONTHS]
        month = names.index(month[:3].lower()) + 1
    return date(number, int(month), int(day))
