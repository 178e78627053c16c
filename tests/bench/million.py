#!/usr/bin/env python3
"""Measure a desk of a million tickets, also while its history is replayed.

A throwaway database is filled by ``desk_generator`` (the same rows for the same seed).
A technician opens list, kanban, own tickets and a form, and a requester the portal,
alone and while another process derives tickets from their entries. Medians of several
calls with an empty cache of records. Takes minutes and gigabytes; not part of the CI.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from lib import dialogue, modules, paths, prepare, template, throwaway, ui  # noqa: E402

FIGURES = (
    "list",
    "list of open ones",
    "kanban with counts",
    "kanban of all",
    "my tickets",
    "portal list",
    "form",
)
PEOPLE = {"technician": "bench_technician_7", "manager": "bench_manager"}
"""Whose screens: of one team of twenty, and of all tickets of the company."""
LINE = "{:<46} {:>7} {:>10} {:>15} {:>8} {:>8} {:>8}"
HEAD = ("figure", "shown", "median ms", "min-max", "CPU ms", "SQL CPU", "queries")
DUE = 10
BATCH = 2000


def main(arguments):
    """Fill a database, measure, tell the figures."""
    options = parse_arguments(arguments)
    with (
        prepare.workshop("test", "run", "dev") as (odoo, runner),
        contextlib.ExitStack() as stack,
    ):
        base = template.ensure(runner, odoo)
        database = stack.enter_context(throwaway.database(runner, "million", base))
        runner.install("our modules", database, modules.names())
        desk = stack.enter_context(start(runner, "desk", database))
        ui.step(f"filling {options.tickets} tickets")
        filled = desk.ask(act="fill", tickets=options.tickets, seed=options.seed)
        for table, rows in filled["rows"].items():
            ui.say(f"    {table}: {rows}")
        ui.say(f"    in {filled['seconds']} s")
        results = {"filled": filled, "load": os.getloadavg()}
        results["alone"] = measure(desk, options.repetitions)
        replayer = stack.enter_context(start(runner, "replay", database))
        replay = Replay(replayer)
        replay.start()
        results["beside a replay"] = measure(desk, options.repetitions)
        results["replay"] = replay.end()
        results["measures"] = desk.ask(act="backlog")
        answers = [
            desk.ask(act="due", count=DUE) for _number in range(options.repetitions + 1)
        ][1:]
        results["job"] = {f"{DUE} due events": summarise(answers)}
        results["load after"] = os.getloadavg()
    print_results(results)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return 1 if results["replay"]["different"] else 0


def start(runner, name, database):
    """Return a process with Odoo on the database."""
    log = paths.log_file(f"million-{name}")
    program = [HERE / "million_worker.py"]
    return dialogue.Dialogue(runner, name, program, database, log)


def measure(desk, repetitions):
    """Return ``{figure: row}``; one warm-up each is thrown away."""
    results = {}
    for person, login in PEOPLE.items():
        for figure in FIGURES:
            if figure.startswith("portal") and person != "technician":
                continue
            answers = [
                desk.ask(act="measure", figure=figure, login=login)
                for _number in range(repetitions + 1)
            ][1:]
            name = figure if figure.startswith("portal") else f"{figure}, {person}"
            results[name] = summarise(answers)
    return results


def summarise(answers):
    """Return one row of the table for several answers."""
    return {
        "shown": answers[-1]["shown"],
        "milliseconds": [answer["seconds"] * 1000 for answer in answers],
        "cpu": statistics.median(answer["cpu"] for answer in answers) * 1000,
        "database": statistics.median(answer["database"] for answer in answers) * 1000,
        "queries": answers[-1]["queries"],
    }


class Replay(threading.Thread):
    """Lets another process derive tickets from their entries until it is stopped."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.is_wanted = True
        self.found = {"checked": 0, "seconds": 0.0, "different": {}}

    def run(self):
        last = 0
        while self.is_wanted and last is not False:
            answer = self.process.ask(act="replay", start=last, size=BATCH)
            last = answer["last"]
            self.found["checked"] += answer["checked"]
            self.found["seconds"] += answer["seconds"]
            self.found["different"].update(answer["different"])

    def end(self):
        """Stop after the running batch; what was found."""
        self.is_wanted = False
        self.join()
        return self.found


def print_results(results):
    """Print one line a figure."""
    print(LINE.format(*HEAD))
    for case in ("alone", "beside a replay", "job"):
        for figure, row in results[case].items():
            times = row["milliseconds"]
            ui.say(
                LINE.format(
                    f"{figure}, {case}",
                    row["shown"],
                    f"{statistics.median(times):.0f}",
                    f"{min(times):.0f}-{max(times):.0f}",
                    f"{row['cpu']:.0f}",
                    f"{row['database']:.0f}",
                    row["queries"],
                )
            )
    for name, seconds in results["measures"].items():
        ui.say(f"    {name}: {seconds * 1000:.0f} ms")
    replay = results["replay"]
    ui.say(
        f"    replayed {replay['checked']} tickets in {replay['seconds']:.0f} s,"
        f" {len(replay['different'])} differ; load {results['load'][0]:.1f} before,"
        f" {results['load after'][0]:.1f} after"
    )


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ui.main(main)
