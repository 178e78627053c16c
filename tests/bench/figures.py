#!/usr/bin/env python3
"""Measure the figures of a large desk: the night, the board, the dashboard, the report.

A throwaway database is filled by ``desk_generator`` (the same rows for the same seed).
The facts of the last days are counted, one of them with thousands of entries, and
copied over a year (``--rebuild`` counts all days of it, as the job does); then the
screens that are made of them are opened with an empty cache. All tickets get texts,
and are looked for by words of them; at last what the company keeps no longer is looked
for and forgotten. Ends with 1 when a figure is over its limit, when the memory grows
with the days of a rebuild, or when rare words are found without the index. The machine
is often busy: CPU seconds of both processes stand beside the clock's.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "setup")]

import bench_database  # noqa: E402
from lib import ui  # noqa: E402

SCREENS = ("board", "pivot of the board", "dashboard")
LIMITS = {
    "a day of many entries": 60,
    "board": 0.5,
    "pivot of the board": 0.5,
    "dashboard": 0.5,
    "retention: closed ones": 0.2,
    "retention: cancelled ones": 0.2,
    "retention: names of 7 days": 5,
    "retention: names, nothing due": 0.1,
    "report: create": 10,
    "report: issue": 10,
    "report: page": 10,
}
"""Seconds of the processor."""
SEARCH_LIMIT = 0.3
MOST_GROWN = 64
"""MB by which a process may grow after the first days of a rebuild."""
PEOPLE = ("bench_manager", "bench_technician_7")
LINE = "{:<50} {:>10} {:>12} {:>9} {:>9} {:>7}"
HEAD = ("figure", "seconds", "worst", "CPU s", "limit s", "rows")


def main(arguments):
    """Fill a database, measure, tell the figures."""
    options = parse_arguments(arguments)
    with bench_database.worker("figures", "million_worker.py") as desk:
        ui.step(f"filling {options.tickets} tickets")
        results = {
            "filled": desk.ask(act="fill", tickets=options.tickets, seed=options.seed)
        }
        results.update(measure(desk, options))
    results["load"] = os.getloadavg()
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return tell(results)


def measure(desk, options):
    """Return the answers of all acts."""
    ui.step(f"counting {options.days} days")
    counted = desk.ask(
        act="count_days", days=options.days, busy_entries=options.entries
    )
    rows = {
        "a day of many entries": [counted["busy"]],
        f"{options.days} old days again": [counted["rebuilt"]],
        "a night": [desk.ask(act="night")],
    }
    rebuilt = options.rebuild and desk.ask(act="rebuild")
    if rebuilt:
        rows[f"{rebuilt['days']} days rebuilt"] = [rebuilt]
    for name in SCREENS:
        rows[name] = [
            desk.ask(act="screen", name=name, login="bench_manager")
            for _number in range(options.repetitions + 1)
        ][1:]
    report = desk.ask(act="report", repetitions=options.repetitions)
    rows |= {f"report: {name}": answers for name, answers in report.items()}
    ui.step("writing words of tickets")
    words = desk.ask(act="write_words", seed=options.seed)
    for login in PEOPLE:
        for name, (text, is_rare) in words.items():
            answers = [
                desk.ask(act="search", text=text, login=login)
                for _number in range(options.repetitions + 1)
            ][1:]
            label = f"search: {name}, {login.split('_')[1]}"
            rows[label] = [{**answer, "is_rare": is_rare} for answer in answers]
    for name, answer in desk.ask(act="retention").items():
        rows[f"retention: {name}"] = [answer]
    return {"counted": counted, "rebuilt": rebuilt or None, "rows": rows}


def tell(results):
    """Print the table; return 1 where a figure is over its limit."""
    counted = results["counted"]
    ui.say(
        f"{results['filled']['rows']['itsm_ticket']} tickets; a day of"
        f" {counted['entries']} entries; {counted['days']} days counted in"
        f" {counted['seconds']:.0f} s to {counted['facts']} facts, memory grew by"
        f" {counted['grown']} MB; load {results['load'][0]:.1f}"
    )
    over = tell_rebuilt(results["rebuilt"])
    print(LINE.format(*HEAD))
    for name, answers in results["rows"].items():
        seconds = [answer["seconds"] for answer in answers]
        cpu = statistics.median(
            answer["cpu"] + answer["database"] for answer in answers
        )
        limit = SEARCH_LIMIT if name.startswith("search") else LIMITS.get(name)
        over |= bool(limit and cpu > limit)
        if answers[-1].get("is_rare") and answers[-1]["plan"]:
            over = 1
            ui.say(f"{name}: without the index\n{answers[-1]['plan']}")
        print(
            LINE.format(
                name,
                f"{statistics.median(seconds):.3f}",
                f"{max(seconds):.3f}",
                f"{cpu:.3f}",
                limit or "",
                answers[-1]["shown"] or "",
            )
        )
    return over


def tell_rebuilt(rebuilt):
    """Tell how the memory grew with the days; return 1 where that is too much."""
    if not rebuilt:
        return 0
    grown = [
        last - first
        for first, last in zip(rebuilt["first"], rebuilt["last"], strict=True)
    ]
    ui.say(
        f"{rebuilt['days']} days rebuilt, {rebuilt['a_day']:.2f} s each, to"
        f" {rebuilt['facts']} facts; largest memory {rebuilt['last'][0]} MB and"
        f" {rebuilt['last'][1]} MB of the database's process, after the first month"
        f" {grown[0]} MB and {grown[1]} MB less"
    )
    return int(max(grown) > MOST_GROWN)


def parse_arguments(arguments):
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument(
        "--days", type=int, default=14, help="to count; the rest of a year is copied"
    )
    parser.add_argument(
        "--entries", type=int, default=5000, help="of the history, on one day"
    )
    parser.add_argument(
        "--rebuild", action="store_true", help="count all days of the year"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", help="write all figures here")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
