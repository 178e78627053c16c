"""What a text says at all, and what a subject is about."""

import re

_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|fwd?|wg|tr|antw|回复|回覆|答复|转发|轉寄)\s*(?:\[\d+\])?\s*[:：]\s*"
    r"|\[(?:fwd?|external|外部邮件)\]\s*|again\s*[:：]\s*)+",
    re.I,
)


def says_something(text):
    """Whether a text has a letter or a digit: dots and blanks say nothing."""
    return any(letter.isalnum() for letter in text or "")


def clean_subject(subject):
    """Return a subject without the marks of answers and forwarded mails."""
    text = _PREFIX.sub("", " ".join((subject or "").split()))
    return text.strip()


def find_numbers(subject):
    """Return the words of a subject that may be the number of a ticket.

    As they are written, and in capitals.
    """
    found = re.findall(r"[A-Za-z][A-Za-z0-9/-]*\d{2,}", subject or "")[:10]
    return [*dict.fromkeys([*found, *map(str.upper, found)])]
