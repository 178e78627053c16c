#!/usr/bin/env python3
"""Measure the suite beside its peers, in the same Odoo and the same run.

Each contestant gets a database of its own: a copy of one that holds the suite's core
modules, so that both sides carry the same core. One process per contestant keeps its
registry warm; the processes work in turns, one repetition each, and every repetition
is rolled back, but those of "a transaction each". Times include flushing and
pre-commit hooks, and COMMIT only there. Queries are counted by Odoo's own cursors.
Each figure is printed and written as soon as it is there, and stays when the run is
interrupted.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from contestants import MODULES  # noqa: E402
from lib import dialogue, paths, prepare, template, throwaway, ui  # noqa: E402

CASES = {
    "tickets": {
        "contestants": ["itsm_desk", "helpdesk_mgmt_sla"],
        "figures": [
            "create in one call",
            "create one by one",
            "inbound mail",
            "solve without mail",
            "solve with mail",
            "default list",
            "portal list",
        ],
    },
    "clocks": {"contestants": ["running_clocks"], "figures": ["move to new hours"]},
    "deadlines": {
        "contestants": ["working_time", "plan_hours"],
        "figures": ["deadline in 8 hours", "hours worked in 30 days"],
    },
    "bills": {
        "contestants": [
            "core",
            "account_move_tier_validation",
            "gate",
            "gate_with_contracts",
        ],
        "figures": [
            "post in one call",
            "post one by one",
            "post a transaction each",
            "pay in one call",
            "post by itself",
        ],
    },
    "tenders": {
        "contestants": ["quotations", "tenders"],
        "figures": ["open and rank", "default list", "portal list"],
    },
    "scoring": {
        "contestants": ["quality_forms"],
        "figures": [
            "collect all",
            "recount all",
            "recount 2 percent",
            "open a form",
            "rank",
        ],
    },
}
SIZES = {"small": 100, "full": 10_000}
"""Contracts with twelve forms of twenty metrics each; full are 2.4 million values."""


def start_contestant(runner, name, database):
    """Return the process of a contestant."""
    log = paths.log_file(f"bench-{name}")
    return dialogue.Dialogue(runner, name, [HERE / "worker.py", name], database, log)


class Report:
    """The figures so far: shown and kept as soon as they are there."""

    LINE = "{:<24} {:<30} {:>6} {:>10} {:>17} {:>9} {:>9}"
    HEAD = (
        *("figure", "contestant", "items", "median ms", "min-max"),
        *("CPU ms", "queries"),
    )

    def __init__(self, options):
        self.path = options.json and Path(options.json)
        self.values = {
            "complete": False,
            "odoo": None,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "python": platform.python_version(),
            "load before": os.getloadavg(),
            "options": vars(options),
            "results": [],
        }

    def add(self, rows):
        """Take the results of a figure, one for each contestant."""
        if not self.values["results"]:
            print(self.LINE.format(*self.HEAD))
        self.values["results"] += rows
        self.print_rows(rows)
        self.save()

    def end(self):
        """Print the table of all there is, also when it is not all that was asked."""
        self.values["load after"] = os.getloadavg()
        self.save()
        if not self.values["results"]:
            return
        values = self.values
        print(f"\nOdoo {values['odoo']}, PostgreSQL {values['postgresql']}", end="")
        print(f", {values['machine']}, load {values['load before'][0]:.1f} before")
        print(self.LINE.format(*self.HEAD))
        self.print_rows(values["results"])
        if not values["complete"]:
            ui.say("stopped before the end: figures are missing")

    def save(self):
        """Write the file as a whole, so that an interruption leaves the last one."""
        if self.path:
            fresh = self.path.with_name(f"{self.path.name}.new")
            fresh.write_text(json.dumps(self.values, indent=2, default=str) + "\n")
            fresh.replace(self.path)

    def print_rows(self, rows):
        """Print one line per figure and contestant, times per item."""
        for row in rows:
            ui.say(
                self.LINE.format(
                    row["figure"],
                    row["contestant"],
                    row["items"],
                    f"{row['median']:.3f}",
                    f"{row['min']:.3f}-{row['max']:.3f}",
                    f"{row['cpu']:.3f}",
                    f"{row['queries']:.2f}",
                )
            )


def main(arguments):
    """Build the databases, let the contestants take turns, tell the figures."""
    options = parse_arguments(arguments)
    report = Report(options)
    try:
        with prepare.workshop("test", "run", "dev") as (odoo, runner):
            report.values["odoo"] = odoo.version
            report.values["postgresql"] = runner.server.sql(
                "postgres", "SHOW server_version"
            )
            base = template.ensure(runner, odoo)
            for case in options.case or CASES:
                ui.step(f"case: {case}")
                run_case(runner, base, case, options, report)
            report.values["complete"] = True
    finally:
        report.end()


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "case", nargs="*", choices=[[], *CASES], help="which cases; all when left out"
    )
    parser.add_argument(
        "--repetitions", type=int, default=5, help="per figure, after one warm-up"
    )
    parser.add_argument(
        "--contestant", action="append", help="only this one; may be repeated"
    )
    parser.add_argument(
        "--figure", action="append", help="only this figure; may be repeated"
    )
    parser.add_argument("--count", type=int, default=1000, help="items in one call")
    parser.add_argument(
        "--singles", type=int, default=100, help="items in calls of one"
    )
    parser.add_argument(
        "--rows", type=int, default=50_000, help="tickets in the table to list"
    )
    parser.add_argument(
        "--size", choices=SIZES, default="small", help="of the case scoring"
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args(arguments)


def run_case(runner, base, case, options, report):
    """Measure one case, each contestant in a database of its own."""
    figures = options.figure or CASES[case]["figures"]
    with contextlib.ExitStack() as stack:
        contestants = []
        for name in options.contestant or CASES[case]["contestants"]:
            database = stack.enter_context(
                throwaway.database(runner, f"bench_{name}", base)
            )
            if modules := MODULES[name]:
                runner.install(f"install {', '.join(modules)}", database, modules)
            contestant = stack.enter_context(start_contestant(runner, name, database))
            fill(contestant, options, figures)
            contestants.append(contestant)
        for figure in figures:
            report.add(run_figure(contestants, case, figure, options))


def fill(contestant, options, figures):
    """Let a contestant fill its database."""
    started = time.monotonic()
    contestant.ask(
        act="set_up",
        count=options.count,
        rows=options.rows,
        singles=options.singles,
        figures=figures,
        **(
            {"contracts": SIZES[options.size]}
            if contestant.name == "quality_forms"
            else {}
        ),
    )
    ui.say(f"    {contestant.name}: filled in {time.monotonic() - started:.0f} s")


def run_figure(contestants, case, figure, options):
    """Let the contestants take turns; one warm-up each is thrown away."""
    runs = {contestant.name: [] for contestant in contestants}
    for repetition in range(options.repetitions + 1):
        # there and back: whatever slows the machine down meets all alike
        for contestant in contestants[:: 1 if repetition % 2 else -1]:
            answer = contestant.ask(act="measure", figure=figure)
            if repetition:
                runs[contestant.name].append(answer)
    results = []
    for name, answers in runs.items():
        times = [answer["seconds"] / answer["items"] * 1000 for answer in answers]
        cpu = [answer["cpu"] / answer["items"] * 1000 for answer in answers]
        results.append(
            {
                "case": case,
                "figure": figure,
                "contestant": name,
                "items": answers[0]["items"],
                "milliseconds": times,
                "median": statistics.median(times),
                "min": min(times),
                "max": max(times),
                "cpu milliseconds": cpu,
                "cpu": statistics.median(cpu),
                "queries": statistics.median(
                    answer["queries"] / answer["items"] for answer in answers
                ),
            }
        )
    return results


if __name__ == "__main__":
    ui.main(main)
