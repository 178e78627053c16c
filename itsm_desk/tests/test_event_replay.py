import random
from datetime import timedelta

from odoo.tests import BaseCase, tagged

from ..tools.ticket_history import (
    Change,
    HistoryError,
    get_backlog_change,
    repair,
    replay,
)
from .common import utc

BEGIN = utc("2025-06-02 09:00")
START = {"state": "new", "owner": "", "team": "1", "level": "l1", "priority": "1"}


def filed(**facts):
    return Change("filed", BEGIN, facts={**START, **facts})


def change(hours, kind, old, new, **values):
    return Change(kind, BEGIN + timedelta(hours=hours), old, new, **values)


@tagged("post_install", "-at_install")
class TestEventReplay(BaseCase):
    """What follows from a history, and where one does not fit together."""

    def test_a_whole_story(self):
        ticket = replay(
            [
                filed(),
                change(1, "owner", "", "7"),
                change(1, "state", "new", "assigned"),
                change(2, "state", "assigned", "pending", reason_id=3),
                change(3, "owner", "7", "8"),
                change(4, "state", "pending", "solved"),
                change(5, "state", "solved", "in_progress"),
                change(6, "state", "in_progress", "solved"),
                change(7, "state", "solved", "closed"),
            ]
        )
        self.assertEqual(ticket.facts["state"], "closed")
        self.assertEqual((ticket.facts["owner"], ticket.first_owner), ("8", "7"))
        self.assertEqual(ticket.solved_at, utc("2025-06-02 15:00"))
        self.assertEqual(ticket.closed_at, utc("2025-06-02 16:00"))
        self.assertEqual((ticket.reopen_count, ticket.reason_id), (1, 0))

    def test_a_reopened_ticket_is_not_solved(self):
        ticket = replay(
            [
                filed(state="in_progress"),
                change(1, "state", "in_progress", "solved"),
                change(2, "state", "solved", "in_progress"),
            ]
        )
        self.assertIsNone(ticket.solved_at)

    def test_a_broken_chain_is_found(self):
        good = [
            filed(),
            change(1, "owner", "", "7"),
            change(1, "state", "new", "assigned"),
            change(2, "state", "assigned", "in_progress"),
        ]
        replay(good)
        for name, history in {
            "no beginning": good[1:],
            "two beginnings": [*good, filed()],
            "one taken out": [good[0], good[1], good[3]],
            "one put in": [*good[:2], change(1, "owner", "9", "7"), *good[2:]],
            "a value altered": [*good[:3], good[3]._replace(old="pending")],
            "a repeated value altered": [
                *good,
                change(3, "reply", "", "", facts={**START, "state": "closed"}),
            ],
        }.items():
            with self.subTest(name), self.assertRaises(HistoryError):
                replay(history)

    def test_backlog(self):
        self.assertEqual(get_backlog_change("", "new"), 1)
        self.assertEqual(get_backlog_change("pending", "solved"), -1)
        self.assertEqual(get_backlog_change("solved", "closed"), 0)
        self.assertEqual(get_backlog_change("solved", "in_progress"), 1)

    def test_repaired_histories_lead_to_the_columns(self):
        """Whatever is known of an old ticket: gaps, doubles, nothing at all."""
        values = {
            "owner": ("", "7", "8"),
            "state": ("new", "assigned", "solved", "closed"),
            "priority": ("0", "1"),
        }
        for seed in range(200):
            rng = random.Random(seed)
            known = [
                change(hour, kind, rng.choice(values[kind]), rng.choice(values[kind]))
                for hour in range(rng.randrange(8))
                for kind in [rng.choice(sorted(values))]
            ]
            facts = {kind: rng.choice(options) for kind, options in values.items()}
            facts.update(team="1", level="l1", answer="")
            history = repair(
                [Change("filed", BEGIN), *known], facts, BEGIN + timedelta(days=9)
            )
            with self.subTest(seed=seed):
                self.assertEqual(replay(history).facts, facts)
