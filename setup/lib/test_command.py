"""``setup/test``: every test, or those the user names; its last line counts."""

import argparse
import os
import traceback

from . import modules, prepare, programs, sharing, stages, throwaway
from .counting import Tally
from .ui import Problem, say, step


def arguments(words):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="setup/test",
        description="Run every test in throw-away databases. With module names or"
        " --tags only Odoo's tests of these run. The last line is"
        " 'N passed, N failed, N skipped'; the exit status is 0 when nothing failed.",
        epilog="Environment: CI=true fails the run where a browser or wkhtmltopdf is"
        " missing; XDG_CACHE_HOME, DEBIAN_MIRROR, ODOO_SRC and PG* as for setup/run.",
    )
    parser.add_argument(
        "modules", nargs="*", metavar="MODULE", help="test only these modules"
    )
    parser.add_argument(
        "--tags",
        help="Odoo test tags, for instance /itsm_desk:TestTicket.test_take (with"
        " several, separate by commas)",
    )
    parser.add_argument(
        "--share",
        type=sharing.read_share,
        metavar="K/N",
        help="only share K of N of Odoo's tests, for N processes side by side; the"
        " first also has the repository checks, the last what follows the tests",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="fixtures and caches of each class as Odoo has them, not shared: to learn"
        " whether a test fails by what ran before it",
    )
    parser.add_argument(
        "--weigh",
        action="store_true",
        help="run nothing: write what the classes took when they ran last, by which"
        " they are shared",
    )
    parser.add_argument(
        "--language", help="load this language into the database of the tests"
    )
    parser.add_argument(
        "--no-demo",
        action="store_true",
        help="skip the installation with demo data and the scenarios",
    )
    parser.add_argument(
        "--only-demo",
        action="store_true",
        help="run only the installation with demo data and the scenarios",
    )
    parser.add_argument(
        "--no-uninstall", action="store_true", help="skip uninstalling the modules"
    )
    parser.add_argument(
        "--core",
        nargs="?",
        const=",".join(stages.CORE),
        metavar="MODULES",
        help="also run core's own tests with our modules installed; default:"
        f" {','.join(stages.CORE)}",
    )
    parser.add_argument(
        "--neighbours",
        action="store_true",
        help="run only the tests of OCA's add-ons of requirements-neighbours.txt and"
        " core's beside them, without our modules and with them, and compare",
    )
    return parser.parse_args(words)


def main(words):
    """Run the stages in order; a stage that breaks counts as one failure."""
    options = arguments(words)
    named = [name for word in options.modules for name in word.split(",") if name]
    options.modules = modules.check(list(dict.fromkeys(named)))
    if options.plain:
        os.environ["PLAIN_TESTS"] = "1"
    if options.weigh:
        sharing.weigh(modules.names())
        return 0
    focused = bool(options.modules or options.tags)
    tally = Tally()
    sets = ("run", "dev", *(["neighbours"] if options.neighbours else ()))
    with prepare.workshop("test", *sets) as (odoo, runner):
        lacking = programs.provide(tuple(programs.PROGRAMS), programs.is_strict())
        throwaway.sweep(runner)
        bench = stages.Bench(odoo, runner, options, lacking)
        if focused:
            plan = [("Odoo tests", lambda: stages.unit_tests(bench))]
        else:
            plan = _full(bench, options)
        for title, stage in plan:
            step(title)
            try:
                result = stage()
            except Problem as problem:
                say(f"    FAILED: {problem}")
                result = Tally(failed=1)
            except Exception:
                traceback.print_exc()
                result = Tally(failed=1)
            say(f"    {title}: {result}")
            tally.add(result)
    if not tally.passed and not tally.failed:
        say("nothing was tested: this counts as a failure")
        tally.failed = 1
    say(str(tally))
    return 1 if tally.failed else 0


def _full(bench, options):
    """The stages of a run without names."""
    story = ("demo data and scenarios", lambda: stages.demo(bench))
    if options.only_demo:
        return [story]
    if options.neighbours:
        return [("neighbours", lambda: stages.neighbours_tests(bench))]
    plan = [("Odoo tests", lambda: stages.unit_tests(bench))]
    if sharing.is_first(options.share):
        plan.insert(0, ("repository checks", lambda: stages.repository_checks(bench)))
    if not options.no_demo:
        plan.append(story)
    if options.core:
        plan.append(("core tests", lambda: stages.core_tests(bench)))
    return plan
