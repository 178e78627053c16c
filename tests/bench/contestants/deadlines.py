"""Working time: the timeline of itsm_desk and core's own walk over the calendar.

The company's 40 hours and 20 holidays; the same random starts on both sides, of which
core walks the first ones only, one by one in any case.
"""

import random
from datetime import datetime, timedelta

CALLS = 10_000
CORE_CALLS = 200
START = datetime(2025, 6, 2)


class Deadlines:
    """A calendar with holidays and random moments in it."""

    def set_up(self, env, count, rows, singles, figures):
        env["resource.calendar.leaves"].create(
            [
                {
                    "name": f"Holiday {index}",
                    "company_id": env.company.id,
                    "date_from": START + timedelta(days=9 + 18 * index),
                    "date_to": START + timedelta(days=10 + 18 * index),
                }
                for index in range(20)
            ]
        )
        rng = random.Random(1)
        self.moments = [
            START + timedelta(minutes=rng.randrange(300 * 24 * 60))
            for _call in range(CALLS)
        ]

    def check(self, env, figure, items):
        """Remember nothing: both sides are compared by the module's own tests."""


class PlanHours(Deadlines):
    """resource.calendar.plan_hours and get_work_hours_count, warm."""

    def deadline_in_8_hours(self, env):
        calendar = env.company.resource_calendar_id
        for moment in self.moments[:CORE_CALLS]:
            calendar.plan_hours(8, moment, compute_leaves=True)
        return CORE_CALLS

    def hours_worked_in_30_days(self, env):
        calendar = env.company.resource_calendar_id
        for moment in self.moments[:CORE_CALLS]:
            calendar.get_work_hours_count(moment, moment + timedelta(days=30))
        return CORE_CALLS


class WorkingTime(Deadlines):
    """The timeline, with finding its version in the database."""

    def _get_line(self, env):
        timeline = env["itsm.work.timeline"]._get_current(
            env.company.resource_calendar_id, env.company
        )
        timeline._cover(START)
        return timeline._get_working_time()

    def set_up(self, env, count, rows, singles, figures):
        super().set_up(env, count, rows, singles, figures)
        self._get_line(env)

    def deadline_in_8_hours(self, env):
        line = self._get_line(env)
        for moment in self.moments:
            line.deadline(moment, 8 * 3600)
        return CALLS

    def hours_worked_in_30_days(self, env):
        line = self._get_line(env)
        for moment in self.moments:
            line.elapsed(moment, moment + timedelta(days=30))
        return CALLS
