"""Who takes part in the walk-through, and what they remember."""

import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from clients import Employee, Refused, Visitor

ZONE = ZoneInfo("Asia/Shanghai")


class Cast:
    """Logs each person in once and keeps the ids of the records made.

    ``cast.hr.call(...)`` is the employee with the login ``hr``;
    ``cast.visitor("clean1")`` the vendor's session in the portal.
    """

    def __init__(self, url, database):
        self.url = url
        self.database = database
        self.made = {}
        self._started = time.monotonic()
        self._employees = {}
        self._visitors = {}

    def __getattr__(self, login):
        if login.startswith("_"):
            raise AttributeError(login)
        if login not in self._employees:
            self._employees[login] = Employee(self.url, self.database, login)
        return self._employees[login]

    def visitor(self, login):
        if login not in self._visitors:
            self._visitors[login] = Visitor(self.url, self.database, login)
        return self._visitors[login]

    def elapsed(self):
        """Return the seconds since the walk began."""
        return time.monotonic() - self._started

    def user_id(self, login):
        return self.manager.search_id("res.users", ["login", "=", login])

    def employee_id(self, login):
        return self.manager.search_id("hr.employee", ["user_id.login", "=", login])


def refused(call, *arguments, **named):
    """Make a call that the server must refuse; return what it says."""
    try:
        call(*arguments, **named)
    except Refused as refusal:
        return str(refusal)
    raise AssertionError(f"not refused: {named or arguments}")


def check(condition, told):
    """Fail with ``told`` unless the condition holds."""
    if not condition:
        raise AssertionError(told)


def today(days=0):
    """Return the demo company's day, which is not always the machine's."""
    return (datetime.now(ZONE).date() + timedelta(days=days)).isoformat()


def last_month():
    """Return the first and last day of the month before this one."""
    end = datetime.now(ZONE).date().replace(day=1) - timedelta(days=1)
    return end.replace(day=1).isoformat(), end.isoformat()


def now(seconds=0):
    """Return the UTC time in the server's format."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def add(**values):
    """Return the command that creates a line."""
    return [0, 0, values]


def set_to(ids):
    """Return the command that sets a relation to ``ids``."""
    return [6, 0, list(ids)]


def pass_reviews(people, model, record_id):
    """Let each person validate the tiers that wait for him, in order."""
    for person in people:
        person.call(model, "validate_tier", [record_id])
