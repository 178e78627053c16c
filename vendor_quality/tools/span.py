"""The period of one contract that a source is counted over."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property


@dataclass(frozen=True)
class Span:
    """Contract and period as plain data.

    ``utc_start`` and ``utc_end`` are the same days as naive UTC moments, the
    end exclusive. ``entered`` holds ``{metric id: (value, note)}`` of values
    entered by hand.
    """

    key: int
    contract_id: int
    date_start: date
    date_end: date
    utc_start: datetime
    utc_end: datetime
    entered: dict = field(default_factory=dict)


class Spans(tuple):
    """Spans that are counted together by one query a metric."""

    @cached_property
    def columns(self):
        """Return each column as the text of a PostgreSQL array, written once."""
        names = (
            "key",
            "contract_id",
            "date_start",
            "date_end",
            "utc_start",
            "utc_end",
        )
        return [to_array([getattr(span, name) for span in self]) for name in names]


def to_array(values):
    """Return numbers, booleans, dates or None as the text of a PostgreSQL array.

    One text is read much faster than a parameter for each value, and one pass over
    it is much faster than one over the values.
    """
    return f"{{{','.join(map(str, values))}}}".replace("None", "NULL")


def to_text_array(values):
    """Return texts or None as the text of a PostgreSQL array, whatever they contain.

    The zero character marks what is not text meanwhile: PostgreSQL has none in texts.

    :raise ValueError: for a text with a zero character
    """
    if not values:
        return "{}"
    text = "\0,".join(["\0N" if value is None else value for value in values])
    if text.count("\0") != len(values) - 1 + sum(value is None for value in values):
        raise ValueError("A text for the database contains a zero character.")
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = f'"{text}"'.replace("\0,", '","').replace('"\0N"', "NULL")
    return f"{{{text}}}"
