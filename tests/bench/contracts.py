#!/usr/bin/env python3
"""Measure the nightly jobs over 50,000 contracts and 20,000 tenders, 1 % of them due.

A throwaway database is filled from one record of each kind in SQL. Each job runs as
the scheduler runs it, then once more with nothing left to do. Told are seconds, those
that the process itself computed, queries, how much memory it held at most above what
it held before the job, and how many rows were dealt with. Takes some minutes and a
gigabyte; not part of the CI.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "setup")]

import bench_database  # noqa: E402
from lib import ui  # noqa: E402

JOBS = {
    "dates of contracts": "outsourcing_mgmt.ir_cron_contract_calendar",
    "guarantees that expire": "outsourcing_mgmt.ir_cron_guarantee_expiry",
    "people whose time ends": "outsourcing_mgmt.ir_cron_worker_end",
    "tenders to close": "outsourcing_mgmt.ir_cron_tender_close",
    "breaches": "outsourcing_mgmt.ir_cron_compliance",
    "figures of tenders": "outsourcing_mgmt.ir_cron_procurement_fact",
    "price per head": "outsourcing_mgmt.ir_cron_price_fact",
}
LIMIT = 10
"""Seconds that a job with 1 % due, or with nothing left, may take."""
FIRST_COUNTS = ("figures of tenders, due", "price per head, due")
"""Runs without limit: they count every document, and not the 1 % that is due."""
LINE = "{:<26} {:>7} {:>9} {:>9} {:>9} {:>9}"


def main(arguments):
    """Fill a database, run the jobs, tell the figures."""
    options = parse_arguments(arguments)
    with bench_database.worker("contracts", "contracts_worker.py") as worker:
        ui.step(f"filling {options.contracts} contracts, {options.tenders} tenders")
        filled = worker.ask(
            act="fill", contracts=options.contracts, tenders=options.tenders
        )
        ui.say(f"    {filled['rows']} in {filled['seconds']} s")
        results = {"filled": filled}
        ui.say(LINE.format("job", "due", "seconds", "processor", "queries", "more MB"))
        for name, job in JOBS.items():
            if options.only and options.only not in name:
                continue
            for kind in ("due", "nothing left"):
                file = options.profile and str(
                    options.profile.resolve() / f"{name}, {kind}.prof"
                )
                row = worker.ask(act="run", job=job, profile=file)
                results[f"{name}, {kind}"] = row
                ui.say(
                    LINE.format(
                        name if kind == "due" else "    nothing left",
                        row["done"],
                        f"{row['seconds']:.1f}",
                        f"{row['processor']:.1f}",
                        row["queries"],
                        f"{row['megabytes']:.0f}",
                    )
                )
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    slow = find_slow(results)
    for name in slow:
        ui.say(f"    FAILED: {name} takes more than {LIMIT} s")
    return 1 if slow else 0


def find_slow(results):
    """Return the runs over the limit; figures may take long the first time only."""
    return [
        name
        for name, row in results.items()
        if name != "filled" and row["seconds"] > LIMIT and name not in FIRST_COUNTS
    ]


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=50_000)
    parser.add_argument("--tenders", type=int, default=20_000)
    parser.add_argument("--only", metavar="TEXT", help="jobs whose name has this")
    parser.add_argument(
        "--profile",
        metavar="FOLDER",
        type=Path,
        help="write what each job calls here, in the way of cProfile",
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    ui.main(main)
