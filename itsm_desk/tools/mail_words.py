"""What a text says at all, and what a subject is about."""

import re

_ANSWER = (
    r"(?:re|aw|sv|vs|fwd?|fw|wg|tr|rv|antw|antwort|odp|ynt|rif|enc|res|doorst"
    r"|(?:自动)?(?:回复|回覆|答复|转发)|回復|答覆|轉寄|轉發|转寄)"
)
_MARK = (
    r"(?:ext|external|external (?:e-?mail|sender|message|mail)|extern|fwd?|spam"
    r"|suspected spam"
    r"|caution[:,]? external(?: (?:e-?mail|sender))?|bulk"
    r"|外部|外部邮件|外来邮件|外部郵件|外网邮件|垃圾邮件)"
)
_PREFIX = re.compile(
    rf"^\s*(?:{_ANSWER}\s*(?:\[\d+\]|\(\d+\)|（\d+）|\^\d+)?\s*[:：]\s*(?:\[\d+\]\s*)?"
    # Some write one letter: a drive has one, too.
    rf"|[ri]\s*[:：]\s*(?={_ANSWER}\s*[:：]|\w{{2,8}}[\d/-]{{4}})"
    rf"|[\[【(（*]+\s*{_MARK}\s*[\]】)）*]+\s*"
    r"|again\s*[:：]\s*)+",
    re.I,
)
_WORD = re.compile(r"[A-Za-z0-9]+(?:[/-][A-Za-z0-9]+)*")
_NUMBER = re.compile(r"[A-Za-z][A-Za-z0-9/-]*\d{2,}")
_MOST_WORDS = 40
_MOST_PARTS = 8
_MOST_NUMBERS = 200

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters of Unicode that show nothing."""


def says_something(text):
    """Whether a text has a letter or a digit: dots and blanks say nothing."""
    return any(letter.isalnum() and letter not in _FILLERS for letter in text or "")


def clean_subject(subject):
    """Return a subject without the marks of answers and forwarded mails."""
    text = _PREFIX.sub("", " ".join((subject or "").split()))
    return text.strip()


def find_numbers(subject):
    """Return the words of a subject that may be the number of a ticket.

    As they are written, and in capitals; whole words before parts of them, as numbers
    may have "-" and "/" inside and words such as "FW/" before them.
    """
    words = [
        word for word in _WORD.findall(subject or "") if re.search(r"\d{2}", word)
    ][:_MOST_WORDS]
    found = [word for word in words if _NUMBER.fullmatch(word)]
    for word in words:
        parts = re.split(r"([/-])", word)[: 2 * _MOST_PARTS]
        count = len(parts)
        found += [
            part
            for first in range(0, count, 2)
            for last in range(count, first, -1)
            if _NUMBER.fullmatch(part := "".join(parts[first:last]))
        ]
    found = [*dict.fromkeys([*found, *map(str.upper, found)])]
    return found[:_MOST_NUMBERS]
