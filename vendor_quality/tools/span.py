"""The period of one contract that a source is counted over."""

from dataclasses import dataclass, field
from datetime import date, datetime


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
