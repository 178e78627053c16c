#!/usr/bin/env python3
"""Load the suite by many clients at once, break its processes, and count what is left.

Starts a PostgreSQL of its own (it is stopped at once in the middle, which must hit
nobody else), `./setup/run --workers N` on it, and clients who act as vendors,
requesters, technicians and employees over HTTP. While they work, processes of the
server get SIGKILL and the database is stopped without a checkpoint. Afterwards the
invariants of `invariants.py` must hold. Prints a table of the operations (number, p50,
p95, refusals, errors) and one line an invariant. Ends with 1 when one does not hold,
and when the run proves too little: an operation was not done once, nothing of a kind
was acknowledged, too many errors, or a fault that did not happen.

    ./tests/load/run.py                                   # 24 clients, 3,000 requests
    ./tests/load/run.py --clients 6 --requests 300        # a small one
    ./tests/load/run.py --no-faults                       # nothing is killed

The first run makes the database with its demo data (some minutes); later ones go on
with it. Not part of `./setup/test`.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [
    str(HERE),
    str(HERE.parents[1] / "setup"),
    str(HERE.parent / "scenarios"),
]

from lib import prepare, ui  # noqa: E402


def arguments(words):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--port", type=int, default=8169)
    parser.add_argument("--minutes", type=int, default=40, help="end by then at last")
    parser.add_argument("--seed", type=int, default=1, help="of the mix of operations")
    parser.add_argument("--no-faults", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="a new database")
    return parser.parse_args(words)


def main(words):
    """Serve, load, break, check."""
    options = arguments(words)
    _odoo, venv = prepare.environment("run", "dev")
    if Path(sys.executable) != Path(venv.python):
        # The clients need the package "requests", which the environment has.
        os.execv(venv.python, [str(venv.python), __file__, *words])
    from faults import Faults
    from invariants import check
    from operations import Book, World, roles_of
    from served import serving

    with serving(venv, options) as served:
        ui.step("making a tender to bid in, contracts and keys")
        world = World(served.url, served.database, options)
        book = Book(options.requests, time.monotonic() + options.minutes * 60)
        faults = Faults(served, book, enabled=not options.no_faults)
        ui.step(f"{options.clients} clients, {options.requests} requests")
        started = time.monotonic()
        threads = [
            threading.Thread(target=world.work, args=(number, book), daemon=True)
            for number in range(options.clients)
        ]
        for thread in threads:
            thread.start()
        faults.run(threads)
        seconds = time.monotonic() - started
        served.wait_until_ready()
        print(book.table(seconds))
        for line in faults.told:
            print(line)
        print(f"the server was started {served.starts} times")
        failed = check(served, world, book)
    unproven = [*book.unproven(roles_of(options.clients)), *faults.undone()]
    for line in unproven:
        print(f"NOT PROVED: {line}")
    print(f"{len(book.rows)} requests in {seconds:.0f} s, {failed} invariants broken")
    return 1 if failed or unproven else 0


if __name__ == "__main__":
    ui.main(main)
