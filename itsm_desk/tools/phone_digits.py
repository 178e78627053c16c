"""Telephone numbers as people write and say them, compared by their digits."""

import re
import unicodedata

FEWEST = 3
"""Digits from which on a number is looked for; fewer are half of the numbers."""
TAIL = 7
"""Digits at the end by which numbers are looked up: what is before them (country,
area, a leading 0) is written by some and left out by others."""
EXTENSION = 4
"""Fewest digits of a stored number that may be the end of a dialled one."""
_TRUNK = re.compile(r"(?<=\d)\s*\(0\)")
"""A 0 that is dialled inside the country only: +49 (0)89."""
_EXTENSION = re.compile(
    r"(?:[\s,;]*(?:ext(?:ension)?\.?|x|#|分机号?|转)[\s:：.]*\d{1,6})\s*$", re.I
)
_DASHED = re.compile(r"[-‐-―]\s*\d{1,5}\s*$")
LONG = 10
"""Digits from which on a number is whole, so that what follows is an extension."""


def get_digits(text):
    """Return the digits of a text, full width ones included."""
    plain = _TRUNK.sub("", unicodedata.normalize("NFKC", text or ""))
    return "".join(letter for letter in plain if letter in "0123456789")


def join_digits(*texts):
    """Return the digits of several numbers, as they are stored to be looked up."""
    return " ".join(filter(None, map(get_digits, texts)))


def cut_extension(text):
    """Return a number without the extension behind it, if it has one.

    A dash alone makes one only behind a whole number.
    """
    text = _EXTENSION.sub("", unicodedata.normalize("NFKC", text or ""))
    whole = _DASHED.sub("", text)
    return whole if len(get_digits(whole)) >= LONG else text


def is_number(text):
    """Whether a text is a number, and no name."""
    digits = get_digits(text)
    letters = [letter for letter in cut_extension(text) if letter.isalpha()]
    return len(digits) >= FEWEST and not letters


def get_tail(digits):
    """Return the end of a number by which others are looked up."""
    return digits[-TAIL:]


def get_ends(digits):
    """Return the ends of a dialled number that may be stored as an extension."""
    longest = min(TAIL, len(digits))
    return [digits[-length:] for length in range(EXTENSION, longest)]


def is_same(typed, stored):
    """Whether a typed number may be a stored one, or a part of it.

    :param str typed: digits
    :param str stored: digits of several numbers, as :func:`join_digits` returns them
    """
    typed = typed.lstrip("0") or typed
    for number in stored.split():
        number = number.lstrip("0") or number
        if typed in number:
            return True
        if len(number) >= EXTENSION and typed.endswith(number):
            return True
    return False
