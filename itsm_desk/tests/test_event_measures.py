import random
from collections import Counter, defaultdict
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models.event.ticket_measures import (
    get_backlog,
    get_longest_silence,
    get_reopened,
    get_time_spent,
)
from ..tools.ticket_history import OPEN_STATES
from .common import SlaCommon, utc

MINUTE = timedelta(minutes=1)


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestEventMeasures(SlaCommon):
    """What is measured equals what a diary, kept beside the tickets, says.

    Three weeks of tickets whose state, owner and team are noted after each act.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.team.copy({"name": "Second line", "support_level": "l2"})
        cls.second.member_ids = cls.team.member_ids
        cls.tickets = cls.env["itsm.ticket"]
        cls.diary = defaultdict(list)
        cls.heard = defaultdict(list)
        cls.reopened = []
        rng, moment = random.Random(11), utc("2025-06-02 08:00")
        for _act in range(130):
            moment += timedelta(minutes=rng.randrange(1, 500))
            with freeze_time(moment):
                if rng.random() < 0.15 or not cls.tickets:
                    cls.tickets |= cls._create_ticket()
                    cls._note(cls.tickets[-1], moment, heard=True)
                else:
                    cls._act(rng, rng.choice(cls.tickets), moment)
        cls.end = moment + MINUTE
        cls.env.flush_all()

    @classmethod
    def _act(cls, rng, ticket, moment):
        mine = ticket.with_user(cls.technician)
        before, owner = ticket.state, ticket.user_id
        name, act = rng.choice(
            [
                ("take", mine.action_take),
                ("take", ticket.with_user(cls.lead).action_take),
                ("start", mine.action_start),
                ("pend", lambda: mine.action_pend(cls.waiting.id)),
                ("resume", mine.action_resume),
                ("call", lambda: mine.action_log_call("Told what comes next")),
                (
                    "escalate",
                    lambda: mine.action_escalate("l2", "Help", team_id=cls.second.id),
                ),
                ("solve", lambda: cls._solve(mine)),
                ("solve", lambda: cls._solve(mine)),
                ("reopen", lambda: mine.action_reopen("Again")),
                (
                    "refuse",
                    lambda: ticket.with_user(cls.requester).action_refuse_solution(
                        "No"
                    ),
                ),
                ("cancel", lambda: mine.action_cancel("Not needed")),
            ]
        )
        try:
            with cls.env.cr.savepoint():
                act()
        except UserError:
            cls.env.invalidate_all()
            return
        is_back = before == "solved" and ticket.state == "in_progress"
        if is_back:
            cls.reopened.append((moment, ticket.id, owner.id))
        cls._note(ticket, moment, heard=is_back or name in ("call", "solve"))

    @classmethod
    def _solve(cls, ticket):
        ticket.write(
            {
                "cause": "Paper jam.",
                "action_taken": "Paper removed.",
                "minutes_spent": 10,
                "resolution_code_id": cls.code_fixed.id,
            }
        )
        ticket.action_solve()

    @classmethod
    def _note(cls, ticket, moment, heard):
        facts = ticket.state, ticket.user_id.id, ticket.team_id.id
        cls.diary[ticket.id].append((moment, *facts))
        if heard or ticket.state not in OPEN_STATES:
            cls.heard[ticket.id].append(moment)

    def _stretches(self, ticket_id, start, end):
        """Yield (from, to, state, owner, team) of a ticket between two moments."""
        notes = self.diary[ticket_id]
        for note, following in zip(notes, [*notes[1:], (end,)], strict=True):
            if max(note[0], start) < min(following[0], end):
                yield max(note[0], start), min(following[0], end), *note[1:]

    def _open_at(self, moment):
        """Return (owner, team) of the tickets that were open just before a moment."""
        for notes in self.diary.values():
            past = [note for note in notes if note[0] < moment]
            if past and past[-1][1] in OPEN_STATES:
                yield past[-1][2], past[-1][3]

    def test_backlog_at_midnights(self):
        first = utc("2025-06-01 00:00")
        midnights = [first + timedelta(days=day) for day in range(30)]
        midnights = [moment for moment in midnights if moment <= self.end]
        total = get_backlog(self.env, self.company, midnights)
        owners = get_backlog(self.env, self.company, midnights, by="owner")
        teams = get_backlog(self.env, self.company, midnights, by="team")
        self.assertTrue(any(total.values()))
        self.assertGreater(max(map(len, owners.values())), 1)
        for moment in midnights:
            open_then = list(self._open_at(moment))
            with self.subTest(moment=moment):
                self.assertEqual(total[moment], len(open_then))
                self.assertEqual(
                    owners[moment], Counter(owner or None for owner, _team in open_then)
                )
                self.assertEqual(
                    teams[moment], Counter(team for _owner, team in open_then)
                )

    def test_time_per_owner(self):
        for start, end in (
            (utc("2025-06-02 00:00"), self.end),
            (utc("2025-06-06 10:30"), utc("2025-06-11 16:00")),
        ):
            expected, counted = Counter(), defaultdict(set)
            for ticket_id in self.diary:
                for since, until, state, owner, _team in self._stretches(
                    ticket_id, start, end
                ):
                    if state in OPEN_STATES:
                        expected[owner or None] += (until - since).total_seconds()
                        counted[owner or None].add(ticket_id)
            found = get_time_spent(self.env, self.company, start, end)
            self.assertEqual(
                {owner: (row[0], row[2]) for owner, row in found.items()},
                {key: (expected[key], len(counted[key])) for key in expected},
            )

    def test_worked_time_is_that_of_the_clocks(self):
        spent = get_time_spent(
            self.env, self.company, utc("2025-06-02 00:00"), self.end, by="priority"
        )
        ended = self.tickets.filtered(lambda ticket: ticket.state not in OPEN_STATES)
        self.assertTrue(ended)
        worked = sum(row[1] for row in spent.values())
        clocks = self.tickets.clock_ids.filtered(
            lambda clock: clock.kind == "resolution"
        )
        self.assertLessEqual(
            worked, sum(c._get_worked_seconds(self.end) for c in clocks)
        )
        self.assertGreaterEqual(
            worked,
            sum(clock.consumed_seconds for clock in clocks if clock.ticket_id in ended),
        )

    def test_reopened_in_a_period(self):
        self.assertTrue(self.reopened)
        middle = utc("2025-06-12 00:00")
        for start, end in ((utc("2025-06-01 00:00"), middle), (middle, self.end)):
            expected = defaultdict(list)
            for moment, ticket_id, owner in self.reopened:
                if start <= moment < end:
                    expected[owner].append(ticket_id)
            found = get_reopened(self.env, self.company, start, end, by="owner")
            self.assertEqual(found, dict(expected))

    def test_longest_silence(self):
        start, end = utc("2025-06-04 00:00"), self.end
        expected = {}
        for ticket_id in self.diary:
            heard = self.heard[ticket_id]
            worst = 0
            for since, until, state, *_rest in self._stretches(ticket_id, start, end):
                if state in OPEN_STATES:
                    begun = max(moment for moment in heard if moment <= since)
                    worst = max(worst, (until - max(begun, start)).total_seconds())
            if worst:
                expected[ticket_id] = worst
        found = get_longest_silence(self.env, self.company, start, end)
        self.assertEqual(found, expected)
        self.assertEqual(list(found.values()), sorted(found.values(), reverse=True))
        few = get_longest_silence(self.env, self.company, start, end, limit=2)
        self.assertEqual(few, dict(list(found.items())[:2]))

    def test_other_companies_do_not_count(self):
        other = self.env["res.company"].create({"name": "Far"})
        day = utc("2025-06-04 00:00")
        self.assertEqual(get_backlog(self.env, other, [day]), {day: 0})
        self.assertEqual(get_backlog(self.env, other, []), {})
        for measure in (get_time_spent, get_reopened, get_longest_silence):
            self.assertEqual(measure(self.env, other, day, self.end), {})
