#!/usr/bin/env python3
"""Run core's own test suites with and without our modules and compare them.

Both databases are copies of one that holds the same core modules; in one of them our
modules are installed, too. All modules are loaded before the first test runs. Core's
tests cannot all pass on a machine without its services, so what counts is a
difference: every test that ran, failed or was skipped on one side only is printed.
The exit status is 1 when there is any.
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "setup"))

from lib import modules, prepare, suites, template, throwaway, ui  # noqa: E402

SUITES = ("account", "account_payment", "account_debit_note", "purchase")


def main(arguments):
    """Run the suites twice, tell the numbers and the differences."""
    options = parse_arguments(arguments)
    if options.logs:
        alone, ours = (suites.read_log(path) for path in options.logs)
    else:
        alone, ours = run_both(options.suites)
    return 1 if suites.judge(alone, ours).failed else 0


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


def run_both(names):
    """The tests of the suites without our modules, and with them."""
    with prepare.workshop("test", "run", "dev") as (odoo, runner):
        throwaway.sweep(runner)
        base = template.ensure(runner, odoo)
        results = []
        for label, installed in (("alone", ()), ("ours", modules.names())):
            with throwaway.database(runner, f"core_{label}", base) as database:
                if installed:
                    runner.install("our modules", database, installed)
                results.append(suites.run(runner, database, names, label))
    return results


if __name__ == "__main__":
    ui.main(main)
