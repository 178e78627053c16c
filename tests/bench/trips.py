#!/usr/bin/env python3
"""Count the way of one act through the code of the three modules.

Each trip is taken once by a user of the demo data, in a process of its own that played
a short story before; sys.setprofile notes each call of a Python function of the three
modules, those of the final flush included.

functions  code objects that were called (lambdas and comprehensions are some)
names      the same, but those of one name in one file are one
files      in which they are
moves      changes of file between one call and the next
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from lib import dialogue, modules, paths, prepare, template, throwaway, ui  # noqa: E402

TRIPS = {
    "bill_posted": "a bill posted under the gate",
    "form_collected": "vendor.quality.form.action_collect",
    "bid_sealed": "a bid sealed",
    "bids_opened": "the bids of a tender opened",
    "mail_received": "a mail becomes a ticket with clocks",
}
FIGURES = ("functions", "names", "files", "moves")


def main(arguments):
    """Build the database, take the trips, tell the figures."""
    options = parse_arguments(arguments)
    earlier = json.loads(Path(options.against).read_text()) if options.against else {}
    with (
        prepare.workshop("test", "run", "dev") as (odoo, runner),
        contextlib.ExitStack() as stack,
    ):
        source = options.database or template.ensure(runner, odoo)
        database = stack.enter_context(throwaway.database(runner, "trips", source))
        if not options.database:
            runner.install("our modules", database, modules.names())
        log = paths.log_file("trips")
        program = [HERE / "trips_worker.py"]
        process = stack.enter_context(
            dialogue.Dialogue(runner, "trips", program, database, log)
        )
        ui.step("playing the story before the trips")
        process.ask(act="build")
        found = {trip: process.ask(act=trip) for trip in TRIPS}
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=2) + "\n")
    print_table(found, earlier)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database", help="copy this one, which nobody uses, instead of a new one"
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write the figures and all functions here"
    )
    parser.add_argument(
        "--against", metavar="FILE", help="show the figures of this --json before ours"
    )
    return parser.parse_args(arguments)


def print_table(found, earlier):
    """Print one line a trip; with earlier figures as ``before -> after``."""
    line = "{:<36}" + " {:>14}" * len(FIGURES)
    print(line.format("trip", *FIGURES))
    for trip, label in TRIPS.items():
        cells = [found[trip][figure] for figure in FIGURES]
        if before := earlier.get(trip):
            cells = [
                f"{before[figure]} -> {cell}"
                for figure, cell in zip(FIGURES, cells, strict=True)
            ]
        print(line.format(label, *cells))


if __name__ == "__main__":
    ui.main(main)
