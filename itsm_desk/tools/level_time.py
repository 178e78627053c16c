"""How long one level or vendor had a ticket, and until when it may. Without ORM.

The arithmetic is that of the service level clocks: a stay starts at the hand-over,
pauses while the ticket is somebody else's, and stops when it is handed on.
"""

from . import sla_clock


def join_spans(spans):
    """Return disjoint pairs (start, end) of what the pairs ``spans`` cover together.

    An end of None means: still going on.
    """
    joined = []
    for start, end in sorted(spans, key=lambda span: span[0]):
        if joined and (joined[-1][1] is None or start <= joined[-1][1]):
            last = joined[-1]
            ends = (last[1], end)
            joined[-1] = (last[0], None if None in ends else max(ends))
        else:
            joined.append((start, end))
    return joined


def measure_stay(timeline, start, end, pauses, target=0, warn_percent=0):
    """Return the clock of a stay, see ``tools/sla_clock.py``.

    :param timeline: the working hours that count
    :param datetime start: the hand-over
    :param end: when it was handed on; None: it goes on
    :param pauses: pairs (start, end) in which it was somebody else's
    :param int target: seconds
    :param int warn_percent: of the target, when to warn; 0 for never
    """
    begin = sla_clock.Event(
        "start", start, target=target, warn_percent=warn_percent, timeline=timeline
    )
    events = [begin]
    for low, high in join_spans(pauses):
        low = max(low, start)
        if end and low >= end:
            break
        if high is not None and high <= low:
            continue
        events.append(sla_clock.Event("pause", low))
        if high is None or (end and high >= end):
            break
        events.append(sla_clock.Event("resume", high))
    if end:
        events.append(sla_clock.Event("stop", end))
    return sla_clock.replay(events)
