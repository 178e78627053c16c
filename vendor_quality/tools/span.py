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

    One text is read much faster than a parameter for each value.
    """
    texts = ["NULL" if value is None else f'"{value}"' for value in values]
    return "{" + ",".join(texts) + "}"


def to_text_array(values):
    """Return texts or None as the text of a PostgreSQL array, whatever they contain."""
    texts = [
        "NULL"
        if value is None
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for value in values
    ]
    return "{" + ",".join(texts) + "}"
