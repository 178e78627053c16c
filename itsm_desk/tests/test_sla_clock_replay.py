import random
from datetime import timedelta

from odoo.tests import BaseCase, tagged

from ..tools.sla_clock import (
    PAUSED,
    RUNNING,
    STOPPED,
    ClockError,
    Event,
    apply,
    explain,
    get_due_events,
    replay,
)
from ..tools.working_time import WorkingTime
from .common import utc

BEGIN, END = utc("2025-01-01 00:00"), utc("2027-01-01 00:00")


def make_line(hours):
    """A line that works the same hours on every weekday of two years."""
    day, slots = BEGIN, []
    while day < END:
        if day.weekday() < 5:
            slots += [
                (day + timedelta(hours=start), day + timedelta(hours=end))
                for start, end in hours
            ]
        day += timedelta(days=1)
    return WorkingTime.from_datetimes(slots, BEGIN, END)


OFFICE = make_line([(9, 12), (13, 17)])
LONG = make_line([(6, 22)])


def start(at="2025-06-02 09:00", target=4 * 3600, warn_percent=75, timeline=OFFICE):
    return Event("start", utc(at), target, warn_percent, timeline)


def at(kind, moment, **values):
    return Event(kind, utc(f"2025-06-{moment}"), **values)


@tagged("post_install", "-at_install")
class TestSlaClockRules(BaseCase):
    """The rules of a clock one by one; 2025-06-02 is a Monday."""

    def test_running(self):
        clock = replay([start()])
        self.assertEqual(clock.deadline, utc("2025-06-02 14:00"))
        self.assertEqual(clock.warn_at, utc("2025-06-02 12:00"))
        self.assertEqual(clock.next_event_at, utc("2025-06-02 12:00"))

    def test_pause_moves_the_deadline(self):
        clock = replay([start(), at("pause", "02 10:00"), at("resume", "03 10:00")])
        self.assertEqual(clock.consumed, 3600)
        self.assertEqual(clock.paused, 7 * 3600)
        self.assertEqual(clock.deadline, utc("2025-06-03 14:00"))

    def test_pause_outside_hours_costs_nothing(self):
        clock = replay([start(), at("pause", "02 18:00"), at("resume", "03 08:00")])
        self.assertEqual((clock.consumed, clock.paused), (7 * 3600, 0))

    def test_paused_clock_has_no_deadline(self):
        clock = replay([start(), at("pause", "02 10:00")])
        self.assertIsNone(clock.deadline)
        self.assertIsNone(clock.next_event_at)
        self.assertFalse(get_due_events(clock, utc("2026-06-02 09:00")))

    def test_work_that_ends_at_the_deadline_is_in_time(self):
        clock = replay([start()])
        due = utc("2025-06-02 14:00")
        self.assertEqual([e.kind for e in get_due_events(clock, due)], ["warn"])
        late = get_due_events(clock, due + timedelta(seconds=1))
        self.assertEqual([(e.kind, e.at) for e in late][1:], [("breach", due)])

    def test_breach_is_sticky(self):
        clock = replay(
            [
                start(),
                at("breach", "02 14:00"),
                at("pause", "02 15:00"),
                at("resume", "03 15:00"),
                at("switch", "03 15:00", target=400 * 3600),
                at("stop", "03 16:00"),
                at("reopen", "04 09:00"),
                at("stop", "04 10:00"),
            ]
        )
        self.assertEqual(clock.breached_at, utc("2025-06-02 14:00"))
        self.assertEqual(clock.consumed, (5 + 1 + 1) * 3600)

    def test_reopening_keeps_what_was_worked(self):
        clock = replay([start(), at("stop", "02 11:00"), at("reopen", "04 09:00")])
        self.assertEqual(clock.consumed, 2 * 3600)
        self.assertEqual(clock.deadline, utc("2025-06-04 11:00"))
        self.assertIsNone(clock.stopped_at)

    def test_switch_keeps_start_and_pauses(self):
        clock = replay(
            [
                start(),
                at("pause", "02 10:00"),
                at("resume", "02 11:00"),
                at("switch", "02 11:00", target=2 * 3600, warn_percent=50),
            ]
        )
        self.assertEqual(clock.started_at, utc("2025-06-02 09:00"))
        self.assertEqual((clock.consumed, clock.paused), (3600, 3600))
        self.assertEqual(clock.deadline, utc("2025-06-02 12:00"))

    def test_switch_to_other_hours_counts_them_from_the_start(self):
        clock = replay(
            [
                start("2025-06-02 18:00"),
                at("pause", "02 20:00"),
                at("resume", "02 21:00"),
                at("switch", "02 21:30", target=4 * 3600, timeline=LONG),
            ]
        )
        self.assertEqual((clock.consumed, clock.paused), (9000, 3600))
        self.assertEqual(clock.deadline, utc("2025-06-03 07:00"))

    def test_switch_to_a_target_already_used_up_breaches_from_then(self):
        clock = replay([start(), at("switch", "02 11:00", target=3600)])
        self.assertEqual(clock.deadline, utc("2025-06-02 11:00"))
        self.assertFalse(get_due_events(clock, utc("2025-06-02 11:00")))
        breach = get_due_events(clock, utc("2025-06-02 11:00:01"))
        self.assertEqual([event.kind for event in breach], ["breach"])

    def test_without_a_target_a_clock_counts_on_without_a_deadline(self):
        history = [start(), at("untarget", "02 10:00")]
        clock = replay(history)
        self.assertTrue(clock.cancelled)
        self.assertIsNone(clock.deadline)
        self.assertIsNone(clock.next_event_at)
        self.assertFalse(get_due_events(clock, utc("2025-07-02 09:00")))
        back = replay([*history, at("switch", "02 14:00", target=6 * 3600)])
        self.assertFalse(back.cancelled)
        self.assertEqual(back.consumed, 4 * 3600)
        self.assertEqual(back.deadline, utc("2025-06-02 16:00"))

    def test_calendar_change_leaves_the_past(self):
        clock = replay(
            [
                start("2025-06-02 16:00"),
                at("calendar_change", "02 20:00", timeline=LONG),
            ]
        )
        self.assertEqual(clock.consumed, 3600)
        self.assertEqual(clock.deadline, utc("2025-06-03 07:00"))

    def test_events_out_of_phase_are_refused(self):
        for history in (
            [at("pause", "02 10:00")],
            [start(), at("resume", "02 10:00")],
            [start(), at("reopen", "02 10:00")],
            [start(), at("stop", "02 10:00"), at("pause", "02 11:00")],
            [start(), start()],
        ):
            with self.subTest(last=history[-1].kind), self.assertRaises(ClockError):
                replay(history)

    def test_explanation_adds_up(self):
        steps = explain([start(), at("pause", "02 14:00"), at("stop", "02 15:00")])
        self.assertEqual([step.worked for step in steps], [0, 4 * 3600, 0])
        self.assertEqual(
            steps[1].periods,
            [
                (utc("2025-06-02 09:00"), utc("2025-06-02 12:00")),
                (utc("2025-06-02 13:00"), utc("2025-06-02 14:00")),
            ],
        )


@tagged("post_install", "-at_install")
class TestSlaClockHistories(BaseCase):
    """Random histories against a account minute by minute of the same story."""

    CHOICES = {
        RUNNING: (
            "pause",
            "stop",
            "switch",
            "untarget",
            "calendar_change",
            "nothing",
        ),
        PAUSED: (
            "resume",
            "stop",
            "switch",
            "untarget",
            "calendar_change",
            "nothing",
        ),
        STOPPED: ("reopen", "nothing"),
    }

    def _play(self, seed):
        """Return (clock grown step by step, its events, minute-wise account)."""
        rng = random.Random(seed)
        moment = utc("2025-06-02 06:00") + timedelta(minutes=rng.randrange(5000))
        first = Event("start", moment, 3600 * rng.randrange(1, 20), 75, OFFICE)
        clock, events, worked = apply(None, first), [first], 0
        for _step in range(rng.randrange(1, 14)):
            after = moment + timedelta(minutes=rng.randrange(1, 2000))
            if clock.phase == RUNNING:
                worked += self._count_minutes(clock.timeline, moment, after)
            kind = rng.choice(self.CHOICES[clock.phase])
            for due in get_due_events(clock, after):
                clock = apply(clock, due)
                events.append(due)
            moment = after
            if kind == "nothing":
                continue
            event = Event(
                kind,
                moment,
                target=3600 * rng.randrange(1, 20) if kind == "switch" else 0,
                warn_percent=50,
                timeline=rng.choice((OFFICE, LONG))
                if kind == "calendar_change"
                else None,
            )
            clock = apply(clock, event)
            events.append(event)
        return clock, events, worked, moment

    def _count_minutes(self, line, start, end):
        count = 0
        while start < end:
            count += line.is_working(start)
            start += timedelta(minutes=1)
        return count

    def test_replay_equals_what_grew_step_by_step(self):
        for seed in range(300):
            clock, events, _worked, _end = self._play(seed)
            with self.subTest(seed=seed):
                self.assertEqual(replay(events), clock)
                self.assertEqual(explain(events)[-1].clock, clock)

    def test_worked_time_equals_a_count_of_minutes(self):
        for seed in range(40):
            clock, _events, worked, end = self._play(seed)
            if clock.phase == RUNNING:
                open_seconds = clock.timeline.elapsed(clock.mark, end)
            else:
                open_seconds = 0
            with self.subTest(seed=seed):
                self.assertEqual(clock.consumed + open_seconds, worked * 60)

    def test_a_clock_that_used_more_than_its_target_has_breached(self):
        for seed in range(300):
            clock, events, _worked, end = self._play(seed)
            switched = any(event.kind in ("switch", "untarget") for event in events)
            with self.subTest(seed=seed):
                if clock.consumed > clock.target and not switched:
                    self.assertTrue(clock.breached_at)
                if clock.breached_at:
                    self.assertLess(clock.breached_at, end)
