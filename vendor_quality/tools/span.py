"""The period of one contract that a source is counted over."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from . import periods


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

    @classmethod
    def of_days(cls, key, contract_id, date_start, date_end, timezone, entered=None):
        """Return the span of whole days in the time zone named ``timezone``."""
        moments = periods.to_utc_range(date_start, date_end, timezone)
        return cls(key, contract_id, date_start, date_end, *moments, entered or {})


class Spans(tuple):
    """Spans that are counted together by one query a metric."""

    @cached_property
    def columns(self):
        """Return the values of each column, for one array each."""
        names = (
            "key",
            "contract_id",
            "date_start",
            "date_end",
            "utc_start",
            "utc_end",
        )
        return [[getattr(span, name) for span in self] for name in names]
