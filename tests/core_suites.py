#!/usr/bin/env python3
"""Run core's own test suites with and without our modules and compare them.

Both databases are copies of one that holds the same core modules; in one of them our
modules are installed, too. Core's tests cannot all pass on a machine without its
services, so what counts is a difference: every test that ran, failed or was skipped
on one side only is printed. The exit status is 1 when there is any.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "setup"))

from lib import modules, prepare, template, throwaway, ui  # noqa: E402
from lib.counting import RECORD, LogOfTests  # noqa: E402
from lib.odoo import new_tests  # noqa: E402

SUITES = ("account", "account_payment", "account_debit_note", "purchase")


def main(arguments):
    """Run the suites twice, tell the numbers and the differences."""
    options = parse_arguments(arguments)
    if options.logs:
        alone, ours = (read_log(path) for path in options.logs)
    else:
        alone, ours = run_both(options.suites)
    for title, tests in (("without our modules", alone), ("with them", ours)):
        ui.say(
            f"    {title}: {tests.passed} passed, {tests.failed} failed,"
            f" {tests.skipped} skipped"
        )
    differences = compare(alone, ours)
    for line in differences:
        ui.say(f"    DIFFERENT: {line}")
    ui.say(f"{len(differences)} differences")
    return 1 if differences or not alone.started else 0


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "suites", nargs="*", default=SUITES, help=f"default: {' '.join(SUITES)}"
    )
    parser.add_argument(
        "--logs",
        nargs=2,
        type=Path,
        metavar=("ALONE", "OURS"),
        help="compare two logs of earlier runs instead of running anything",
    )
    return parser.parse_args(arguments)


def run_both(suites):
    """The tests of the suites without our modules, and with them."""
    with prepare.workshop("test", "run", "dev") as (odoo, runner):
        throwaway.sweep(runner)
        base = template.ensure(runner, odoo)
        results = []
        for label, names in (("alone", ()), ("ours", modules.names())):
            with throwaway.database(runner, f"core_{label}", base) as database:
                if names:
                    runner.install("our modules", database, names)
                results.append(run_suites(runner, database, suites, label))
    return results


def run_suites(runner, database, suites, label):
    """Run the suites in a database; what its log says about them."""
    ui.step(f"core's suites {', '.join(suites)}: {label}")
    tests = new_tests()
    _status, log = runner.run(
        f"core tests, {label}",
        *("server", "-d", database, "-u", ",".join(suites)),
        *("--test-tags", ",".join(f"/{name}" for name in suites)),
        "--stop-after-init",
        tests=tests,
        log_name=f"core-{label}-{os.getpid()}",
    )
    ui.say(f"    log: {log}")
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


if __name__ == "__main__":
    ui.main(main)
