"""What answers to the questions of a form mean, and which of them are missing.

Answers are a dict ``{question id: value}``. Values come from a page or a client as
text; :func:`read_value` makes the value of the question's kind of it.
"""

import re
from datetime import date
from math import isfinite
from typing import NamedTuple

from .mail_words import says_something

KINDS = (
    "text",
    "long_text",
    "choice",
    "yes_no",
    "number",
    "date",
    "equipment",
    "file",
)
TEXT_KINDS = ("text", "long_text")
MAX_NUMBER = 10**12
MAX_LENGTH = {"text": 500, "long_text": 20_000}
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""As many write 1500, and as others write one and a half."""


class Question(NamedTuple):
    """One question, as far as its answer is judged."""

    id: int
    kind: str
    need: str = "optional"
    """``optional``, ``required``, or ``conditional``: required while it is asked."""
    condition_id: int = 0
    """The question whose answer decides whether this one is asked."""
    condition_values: frozenset = frozenset()
    min_length: int = 0
    choices: frozenset = frozenset()
    """Ids of the options, or of the equipment that may be named."""


def read_value(question, value):
    """Return the answer as a value of the kind of the question; None for no answer.

    :raise ValueError: where it is none of that kind
    """
    if value is False:
        return False if question.kind == "yes_no" else None
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if question.kind in TEXT_KINDS:
        return _read_text(value, MAX_LENGTH[question.kind])
    if question.kind == "yes_no":
        return _read_yes_no(value)
    if question.kind == "number":
        return _read_number(value)
    if question.kind == "date":
        return value if type(value) is date else date.fromisoformat(str(value).strip())
    if question.kind == "file":
        if isinstance(value, dict) and (value.get("id") or value.get("data")):
            return value
        raise ValueError("no file")
    key = _read_key(value)
    if key not in question.choices:
        raise ValueError("not to be chosen")
    return key


def _read_text(value, max_length):
    if not isinstance(value, str) or len(value) > max_length:
        raise ValueError("no text, or too long")
    text = value.replace("\0", "").strip()
    return text if says_something(text) else None


def _read_yes_no(value):
    if value in (True, "yes"):
        return True
    if value == "no":
        return False
    raise ValueError("neither yes nor no")


def _read_number(value):
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("no number")
    if isinstance(value, str):
        value = value.strip()
        if not _NUMBER.fullmatch(value) or _AMBIGUOUS.fullmatch(value):
            raise ValueError("no number, or one that can be read in two ways")
        value = value.replace(",", ".")
    number = float(value)
    if not isfinite(number) or abs(number) > MAX_NUMBER:
        raise ValueError("no number")
    return number


def _read_key(value):
    if isinstance(value, bool) or not str(value).isdecimal() or len(str(value)) > 9:
        raise ValueError("no id")
    return int(value)


def is_asked(question, questions, answers):
    """Whether the question is asked: its condition holds, and that one is asked.

    :param dict questions: ``{id: Question}`` of the form
    :param dict answers: ``{question id: value}`` as of :func:`read_value`
    """
    seen = set()
    while question.need == "conditional" and question.condition_id in questions:
        if question.id in seen or (
            answers.get(question.condition_id) not in question.condition_values
            or answers.get(question.condition_id) is None
        ):
            return False
        seen.add(question.id)
        question = questions[question.condition_id]
    return True


def find_faults(questions, answers):
    """Return ``[(question id, "missing" or "short")]`` of all that is not complete.

    :param questions: list of :class:`Question`, in the order of the form
    """
    by_id = {question.id: question for question in questions}
    faults = []
    for question in questions:
        value = answers.get(question.id)
        if not is_asked(question, by_id, answers):
            continue
        if value is None:
            if (
                question.need != "optional"
                # Nothing can be named where nothing is registered for the requester.
                and (question.kind != "equipment" or question.choices)
            ):
                faults.append((question.id, "missing"))
        elif question.kind in TEXT_KINDS and len(value) < question.min_length:
            faults.append((question.id, "short"))
    return faults
