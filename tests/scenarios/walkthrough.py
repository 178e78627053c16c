"""Play the whole chain against a served database, each step as its own user.

    python tests/scenarios/walkthrough.py --url http://127.0.0.1:8069 --db NAME

The database holds the modules with their demo users (login = password).
Employees call JSON-2 with an API key of their own, vendors and requesters use
the portal. Prints one line a step with the records made, and ends with
``N passed, N failed, N skipped``; the exit status is 1 when a step failed.
"""

import argparse
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cast import Cast
from steps_desk import STEPS as DESK
from steps_evidence import STEPS as EVIDENCE
from steps_exit import STEPS as EXIT
from steps_learning import STEPS as LEARNING
from steps_quality import STEPS as QUALITY
from steps_tender import STEPS as TENDER
from steps_work import STEPS as WORK


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8069")
    parser.add_argument("--db", required=True, help="name of the database")
    parser.add_argument("--verbose", action="store_true", help="show tracebacks")
    options = parser.parse_args(arguments)
    cast = Cast(options.url.rstrip("/"), options.db)
    steps = [*TENDER, *DESK, *WORK, *LEARNING, *QUALITY, *EXIT, *EVIDENCE]
    passed = failed = 0
    for number, step in enumerate(steps, 1):
        try:
            told = step(cast)
        except Exception as problem:
            failed = 1
            print(f"step {number}: FAILED {step.__doc__.strip()} - {problem}")
            if options.verbose:
                traceback.print_exc()
            break
        passed += 1
        print(f"step {number}: {told}", flush=True)
    skipped = len(steps) - passed - failed
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
