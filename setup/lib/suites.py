"""Run suites of other people's modules without and with ours, and compare them.

Their tests cannot all pass on a machine without its services, so what counts is a
difference: a test that ran, failed or was skipped on one side only.
"""

import os

from .counting import RECORD, LogOfTests, Tally
from .odoo import new_tests
from .paths import CHECKOUT
from .ui import say, step

LOADED = CHECKOUT / "tests" / "loaded.py"


def run(runner, database, suites, label):
    """Run the suites of modules in a database; what its log says about them."""
    step(f"suites of {', '.join(suites)}: {label}")
    tests = new_tests()
    _status, log = runner.run(
        f"suites, {label}",
        *("server", "-d", database, "--stop-after-init"),
        *("--test-tags", ",".join(f"/{name}" for name in suites)),
        program=(LOADED,),
        tests=tests,
        log_name=f"suites-{label}-{os.getpid()}",
    )
    say(f"    log: {log}")
    return tests


def read_log(path):
    """The tests of a log that was written earlier."""
    tests = LogOfTests()
    with open(path, errors="replace") as log:
        for line in log:
            if RECORD.match(line) or "\033" in line:
                tests.feed(line)
    return tests


def outcomes(tests):
    """How each test ended, by module and name."""
    found = dict.fromkeys(tests.started, "passed")
    found.update(dict.fromkeys(tests.skips, "skipped"))
    found.update(dict.fromkeys(tests.broken, "failed"))
    return found


def compare(alone, ours):
    """One line for each test that ended differently."""
    before, after = outcomes(alone), outcomes(ours)
    return [
        f"{name} ({logger}): {before.get((logger, name), 'not run')} without"
        f" our modules, {after.get((logger, name), 'not run')} with them"
        for logger, name in sorted(before.keys() | after.keys())
        if before.get((logger, name)) != after.get((logger, name))
    ]


def judge(alone, ours):
    """Tell the differences, and count them as failures.

    :return: the tally of the run with ours; what fails on both sides is skipped
    """
    for title, tests in (("without our modules", alone), ("with them", ours)):
        say(
            f"    {title}: {tests.passed} passed, {tests.failed} failed,"
            f" {tests.skipped} skipped"
        )
    differences = compare(alone, ours)
    for line in differences:
        say(f"    DIFFERENT: {line}")
    say(f"    {len(differences)} differences")
    if not alone.started:
        say("    FAILED: no test ran")
        return Tally(failed=1)
    both = len(alone.broken.keys() & ours.broken.keys())
    return Tally(ours.passed, len(differences), ours.skipped + both)
