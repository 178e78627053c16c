"""The arithmetic of a service level clock, without ORM.

:func:`apply` turns a clock and one event into the next clock, :func:`replay` does
so for a whole history. The engine stores what :func:`apply` returns, therefore
every stored clock can be derived again from its events.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from .working_time import WorkingTime

RUNNING = "running"
PAUSED = "paused"
STOPPED = "stopped"
WARN_PERCENT = 75
"""Share of a target after which its owner is warned, where nothing else is said."""

_LEGAL_PHASES = {
    "pause": {RUNNING},
    "resume": {PAUSED},
    "stop": {RUNNING, PAUSED},
    "cancel": {RUNNING, PAUSED},
    "untarget": {RUNNING, PAUSED},
    "reopen": {STOPPED},
    "switch": {RUNNING, PAUSED},
    "calendar_change": {RUNNING, PAUSED},
    "warn": {RUNNING},
    "breach": {RUNNING},
}


class ClockError(ValueError):
    """An event that cannot happen to a clock in its present phase."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a clock: start, pause, resume, switch, stop and so on.

    After ``untarget`` no target holds: the clock goes on counting without a deadline
    and in no figure, until ``switch`` brings a target back.

    ``target`` and ``warn_percent`` come with start and switch. ``timeline``
    comes with start, calendar_change and a switch to other hours.
    """

    kind: str
    at: datetime
    target: int = 0
    warn_percent: int = 0
    timeline: WorkingTime | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock after its last event.

    Times are in seconds of working time; ``mark`` is the moment up to which they
    are counted.
    """

    phase: str
    started_at: datetime
    mark: datetime
    target: int
    warn_percent: int
    timeline: WorkingTime
    consumed: int = 0
    paused: int = 0
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    cancelled: bool = False
    deadline: datetime | None = None
    spans: tuple = field(default=())

    @property
    def warn_at(self):
        """When the warning is due, or None."""
        if (
            self.phase != RUNNING
            or self.cancelled
            or not self.warn_percent
            or self.warned_at
            or self.breached_at
        ):
            return None
        left = self.target * self.warn_percent // 100 - self.consumed
        return self.timeline.deadline(self.mark, left) if left > 0 else self.mark

    @property
    def next_event_at(self):
        """When the clock wants attention by itself, or None.

        A breach is due one second after the deadline: work that ends at the
        deadline is in time.
        """
        if self.phase != RUNNING or self.breached_at:
            return None
        breach_at = self.deadline and self.deadline + timedelta(seconds=1)
        return min(filter(None, (self.warn_at, breach_at)), default=None)


_NAMES = tuple(Clock.__dataclass_fields__)
_get_values = attrgetter(*_NAMES)


def replace(clock, **changes):
    """Return the clock with changes, as ``dataclasses`` does, in half the time."""
    return Clock(**dict(zip(_NAMES, _get_values(clock), strict=True), **changes))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: the stretches worked up to an event."""

    event: Event
    periods: list
    worked: int
    clock: Clock


def apply(clock, event):
    """Return the clock after ``event``; ``clock`` is None for the first one."""
    if clock is None:
        if event.kind != "start":
            raise ClockError(event.kind)
        return _with_deadline(
            Clock(
                phase=RUNNING,
                started_at=event.at,
                mark=event.at,
                target=event.target,
                warn_percent=event.warn_percent,
                timeline=event.timeline,
            )
        )
    if clock.phase not in _LEGAL_PHASES.get(event.kind, ()):
        raise ClockError(event.kind, clock.phase)
    return _with_deadline(_CHANGES[event.kind](_account(clock, event.at), event))


def replay(events):
    """Return the clock that a whole history leads to."""
    clock = None
    for event in events:
        clock = apply(clock, event)
    return clock


def get_due_events(clock, at):
    """Return the warning and the breach that have become due by ``at``."""
    events = []
    warn_at = clock.warn_at
    breached = (
        clock.phase == RUNNING
        and not clock.breached_at
        and not clock.cancelled
        and clock.deadline
        and clock.deadline < at
    )
    if warn_at and warn_at <= at and not (breached and clock.deadline < warn_at):
        events.append(Event("warn", warn_at))
    if breached:
        events.append(Event("breach", clock.deadline))
    return events


def explain(events):
    """Return one :class:`Step` for each event of a history."""
    steps = []
    clock = None
    for event in events:
        periods = []
        if clock and clock.phase == RUNNING:
            periods = clock.timeline.periods(clock.mark, event.at)
        before = clock.consumed if clock else 0
        clock = apply(clock, event)
        steps.append(Step(event, periods, clock.consumed - before, clock))
    return steps


def _account(clock, at):
    """Add the time since the mark to the seconds worked or paused."""
    if clock.phase == STOPPED or at <= clock.mark:
        return replace(clock, mark=max(at, clock.mark))
    seconds = clock.timeline.elapsed(clock.mark, at)
    running = clock.phase == RUNNING
    return replace(
        clock,
        consumed=clock.consumed + (seconds if running else 0),
        paused=clock.paused + (0 if running else seconds),
        mark=at,
        spans=(*clock.spans, (clock.phase, clock.mark, at)),
    )


def _with_deadline(clock):
    """Set the deadline that follows from what is left of the target.

    A breach keeps the deadline that was missed; a stopped clock keeps the one
    it had; a paused clock has none, nor has one without a target.
    """
    if clock.phase == STOPPED:
        return clock
    if clock.cancelled:
        return replace(clock, deadline=None)
    if clock.breached_at:
        return replace(clock, deadline=clock.breached_at)
    if clock.phase == PAUSED:
        return replace(clock, deadline=None)
    left = clock.target - clock.consumed
    deadline = clock.mark if left < 0 else clock.timeline.deadline(clock.mark, left)
    return replace(clock, deadline=deadline)


def _switch(clock, event):
    """Change the target; other hours are applied to the whole history.

    The clock keeps its start and its pauses, as if the new target had been
    there from the beginning. A breach stays a breach.
    """
    clock = replace(
        clock,
        target=event.target,
        warn_percent=event.warn_percent,
        cancelled=False,
    )
    if event.timeline:
        worked = {RUNNING: 0, PAUSED: 0}
        for phase, start, end in clock.spans:
            worked[phase] += event.timeline.elapsed(start, end)
        clock = replace(
            clock,
            timeline=event.timeline,
            consumed=worked[RUNNING],
            paused=worked[PAUSED],
        )
    if clock.consumed < clock.target * clock.warn_percent // 100:
        clock = replace(clock, warned_at=None)
    return clock


_CHANGES = {
    "pause": lambda clock, event: replace(clock, phase=PAUSED),
    "resume": lambda clock, event: replace(clock, phase=RUNNING),
    "stop": lambda clock, event: replace(clock, phase=STOPPED, stopped_at=event.at),
    "cancel": lambda clock, event: replace(
        clock, phase=STOPPED, stopped_at=event.at, cancelled=True
    ),
    "untarget": lambda clock, event: replace(clock, cancelled=True),
    "reopen": lambda clock, event: replace(
        clock, phase=RUNNING, stopped_at=None, cancelled=False
    ),
    "switch": _switch,
    "calendar_change": lambda clock, event: replace(clock, timeline=event.timeline),
    "warn": lambda clock, event: replace(clock, warned_at=event.at),
    "breach": lambda clock, event: replace(clock, breached_at=event.at),
}
