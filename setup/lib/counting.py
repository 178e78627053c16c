"""Count what Odoo's log says about tests: which ran, which failed, which were skipped.

Odoo logs ``Starting Class.method ...`` as a test begins, ``FAIL:`` or ``ERROR:`` when
it (or a subtest, or the preparation of a class) goes wrong, and ``skipped``. There is
no line for success. Its own summary is read as well, to notice what was lost.
"""

import re
import time
from collections import Counter

RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) (?P<db>\S+)"
    r" (?P<logger>\S+): (?P<text>.*)$"
)
COLOUR = re.compile(r"\033\[[\d;]*m")
MODULE = re.compile(r"^odoo\.addons\.(?P<module>[^.]+)\.tests\b")
STARTED = re.compile(r"^Starting (?P<test>\S+) \.\.\.")
SKIPPED = re.compile(r"^skipped (?P<test>.+?) : ")
BROKEN = re.compile(r"^(?:FAIL|ERROR): (?:Subtest )?(?P<test>\S+)(?P<rest>.*)")
SUMMARY = re.compile(
    r"(?P<failed>\d+) failed, (?P<errors>\d+) error\(s\) of (?P<tests>\d+) tests"
)
OUTSIDE = ("setUpClass", "tearDownClass", "setUpModule", "tearDownModule")


class LogOfTests:
    """The tests of one log, filled line by line."""

    def __init__(self):
        self.started = {}
        self.broken = {}
        self.skips = {}
        self.summary = None
        self.seconds = Counter()
        """What each class took by the clock of who reads: Odoo's stops in tests."""
        self._current = self._since = None

    def feed(self, line):
        """Take one line; what began with it, if a test did."""
        record = RECORD.match(COLOUR.sub("", line.rstrip("\n")))
        if not record:
            return None
        text = record["text"]
        if summary := SUMMARY.search(text):
            self.summary = {key: int(n) for key, n in summary.groupdict().items()}
            self._clock(None)
            return None
        logger = record["logger"]
        if found := STARTED.match(text):
            self.started.setdefault((logger, found["test"]), 0)
            self.started[logger, found["test"]] += 1
            module = MODULE.match(logger)
            name = found["test"].partition(".")[0]
            self._clock(module and f"/{module['module']}:{name}")
            return found["test"]
        if found := SKIPPED.match(text):
            self._note(self.skips, logger, found["test"])
        elif record["level"] == "ERROR" and (found := BROKEN.match(text)):
            name = found["test"]
            if name in OUTSIDE:
                # "ERROR: setUpClass (odoo.addons.m.tests.test_x.TestX)"
                name = f"{name}{found['rest']}"
            self._note(self.broken, logger, name)
        return None

    def _clock(self, begins):
        """Add the time since the last call to the class that ran; ``begins`` runs."""
        now = time.monotonic()
        if self._current:
            self.seconds[self._current] += now - self._since
        self._current, self._since = begins, now

    def _note(self, where, logger, name):
        where.setdefault((logger, name), 0)
        where[logger, name] += 1

    @property
    def failed(self):
        """Tests that went wrong; a class that could not be prepared counts as one."""
        return len(self.broken)

    @property
    def skipped(self):
        """Tests that were skipped, and classes skipped as a whole."""
        return len([key for key in self.skips if key not in self.broken])

    @property
    def passed(self):
        """Tests that began and neither failed nor were skipped."""
        return len(
            [
                key
                for key in self.started
                if key not in self.broken and key not in self.skips
            ]
        )

    def of_module(self, module):
        """How many tests of a module began."""
        return sum(
            1
            for logger, _test in self.started
            if (found := MODULE.match(logger)) and found["module"] == module
        )

    def complaints(self):
        """Where the log contradicts itself: reasons not to trust a good result."""
        if self.summary is None:
            return ["Odoo ended without its summary of the tests"]
        wrong = self.summary["failed"] + self.summary["errors"]
        found = []
        if wrong and not self.broken:
            found.append(f"Odoo counts {wrong} failures that its log does not name")
        if self.summary["tests"] > sum(self.started.values()):
            found.append(
                f"Odoo counts {self.summary['tests']} tests,"
                f" its log names {sum(self.started.values())}"
            )
        return found


class Tally:
    """The three numbers of the last line."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed = passed
        self.failed = failed
        self.skipped = skipped

    def add(self, other):
        """Count another tally in."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read_tally(text):
    """The tally in the last line of a text that holds one, or None."""
    found = re.findall(
        r"^(\d+) passed, (\d+) failed, (\d+) skipped\s*$", text, re.MULTILINE
    )
    return Tally(*map(int, found[-1])) if found else None
