"""The stages of ``setup/test``; each gives its tally."""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

from . import (
    checklog,
    counting,
    leaving,
    modules,
    neighbours,
    run_command,
    sharing,
    suites,
    template,
    throwaway,
)
from .counting import Tally
from .odoo import Runner, free_port, new_tests, report_failures
from .paths import CHECKOUT
from .ui import say

CORE = ("purchase", "purchase_requisition", "hr_maintenance", "portal_rating")
SCENARIO = CHECKOUT / "tests" / "scenarios" / "walkthrough.py"
KILLED_JOBS = CHECKOUT / "tests" / "faults" / "killed_jobs.py"
# a refusal is an answer of the server, and scenarios provoke many
REFUSALS = (r" WARNING \S+ odoo\.http: ",)
# the story prints tender files while no server runs that could give them style sheets
NO_SERVER = (
    r" WARNING \S+ odoo\.addons\.base\.models\.ir_actions_report: wkhtmltopdf: ",
)
# without a browser Odoo skips tours and warns about it
NO_BROWSER = ("Chrome executable not found",)

IN_CHINESE = {
    "mail.template": "body_html",
    "mail.activity.type": "name",
    "outsourcing.procedure": "name",
}
"""What data files bring, and the field that is read in Chinese."""


class Bench(NamedTuple):
    """What the stages share."""

    odoo: object
    runner: Runner
    options: object
    lacking: list

    @property
    def ignored(self):
        """Records of the log that this machine's lacks explain."""
        return NO_BROWSER if "browser tours" in self.lacking else ()


def repository_checks(bench):
    """Run pytest on tests/: no database, no Odoo server."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        status = subprocess.run(
            [
                *(bench.runner.venv.python, "-m", "pytest", "-q", "--no-header"),
                *("-p", "no:cacheprovider", f"--junitxml={report}"),
                CHECKOUT / "tests",
            ],
            cwd=CHECKOUT,
            env=os.environ | {"ODOO_PATH": str(bench.odoo.path)},
        ).returncode
        tally = read_junit(report) if report.exists() else Tally()
    if status and not tally.failed:
        say(f"    FAILED: pytest ended with status {status}")
        tally.failed += 1
    return tally


def read_junit(report):
    """The counts of a JUnit report."""
    tally = Tally()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        tally.failed += failed
        tally.skipped += skipped
        tally.passed += int(suite.get("tests", 0)) - failed - skipped
    return tally


def unit_tests(bench):
    """Run Odoo's tests of our modules in a copy of the template.

    Named modules are installed alone, with what they need.
    """
    options = bench.options
    wanted = options.modules or _modules_of_tags(options.tags) or modules.names()
    tags = options.tags or ",".join(f"/{name}" for name in wanted)
    if options.share:
        tags = ",".join(sharing.tags_of_share(options.share, wanted))
    is_whole = not (options.tags or options.modules)
    if is_whole:
        base, log = _installed(bench)
    else:
        base = template.ensure(bench.runner, bench.odoo, options.language)
    with throwaway.database(bench.runner, "tests", base) as database:
        install = [] if is_whole else modules.needs_of(wanted)
        tally = run_tests(bench, database, install, tags)
        if not options.tags:
            tally.add(_untested(tally.by_module, wanted))
            sharing.note(tally.by_module.seconds)
        if is_whole:
            tally.add(_clean(bench, log))
        if is_whole and sharing.is_last(options.share):
            tally.add(_trigrams(bench, database))
            tally.add(_chinese(bench, database))
            say("    nightly jobs killed in the middle:")
            tally.add(_play([sys.executable, KILLED_JOBS, "--database", database]))
    return tally


def _installed(bench):
    """The template with our modules, and the log of its making."""
    return template.ensure_installed(bench.runner, bench.odoo, bench.options.language)


def _modules_of_tags(tags):
    """Our modules that test tags name; a tag without one means all of them."""
    named = re.findall(r"/(\w+)", tags or "")
    ours = modules.names()
    return [name for name in dict.fromkeys(named) if name in ours]


def run_tests(bench, database, install, tags, update=()):
    """Install (or update) modules with tests on, and judge the log."""
    tests = new_tests()
    words = ["-i", ",".join(install)] if install else []
    if update:
        words += ["-u", ",".join(update)]
    label = tags if len(tags) < 100 else f"of {tags.count(',') + 1} classes"
    status, log = bench.runner.run(
        f"tests {label}",
        *("server", "-d", database, *words, "--test-tags", tags),
        *("--stop-after-init", "--log-handler", "odoo.tests.stats:INFO"),
        tests=tests,
        log_name=f"tests-{os.getpid()}",
    )
    tally = Tally(tests.passed, tests.failed, tests.skipped)
    tally.by_module = tests
    troubles = tests.complaints()
    if status and not tests.failed and not troubles:
        troubles.append(f"Odoo ended with status {status} without naming a failure")
    if status or tests.failed:
        report_failures(log)
    for (_logger, name), _count in tests.skips.items():
        say(f"    skipped: {name}")
    for trouble in troubles:
        say(f"    FAILED: {trouble}")
        tally.failed += 1
    if not tests.failed:
        tally.add(_clean(bench, log))
    say(f"    log: {log}")
    return tally


def _clean(bench, log, also=(), **options):
    """One failure when the log holds warnings or errors, one pass when it does not."""
    records = checklog.check(bench.runner.venv, log, (*bench.ignored, *also), **options)
    for record in records[:20]:
        say("    FAILED: unexpected in the log: " + record.replace("\n", "\n      "))
    return Tally(failed=1) if records else Tally(passed=1)


def _untested(tests, wanted):
    """A module whose tests did not run at all is a failure, not a success."""
    tally = Tally()
    for name in wanted:
        if modules.has_tests(name) and not tests.of_module(name):
            say(f"    FAILED: {name} has a tests folder and none of its tests ran")
            tally.failed += 1
    return tally


def _trigrams(bench, database):
    """Chinese must have trigrams, or the desk's search finds no Chinese word."""
    count = bench.runner.server.sql(database, "SELECT cardinality(show_trgm('打印机'))")
    if count == "0":
        say("    FAILED: the database finds no trigrams in Chinese: use a UTF-8 locale")
        return Tally(failed=1)
    return Tally(passed=1)


def _chinese(bench, database):
    """A database made in English is in Chinese once setup/run was asked for it."""
    tally = Tally()
    ours = ", ".join(f"'{name}'" for name in modules.names())
    made = {"fingerprint": modules.fingerprint()}
    with throwaway.database(bench.runner, "chinese", database) as copy:
        run_command.update(bench.runner, copy, "zh_CN", made, made)
        for model, field in IN_CHINESE.items():
            rows = bench.runner.server.sql(
                copy,
                f"SELECT d.module IN ({ours}), count(*), count(*) FILTER (WHERE"
                f" t.{field}->>'zh_CN' != t.{field}->>'en_US')"
                f" FROM {model.replace('.', '_')} t JOIN ir_model_data d"
                f" ON d.model = '{model}' AND d.res_id = t.id GROUP BY 1",
            )
            for row in rows.splitlines():
                is_ours, total, chinese = row.split("|")
                # some of core's have no translation
                if chinese == total or (is_ours == "f" and int(chinese) > 0):
                    tally.passed += 1
                    continue
                whose = "ours" if is_ours == "t" else "core's"
                say(f"    FAILED: {chinese} of {total} {model}, {whose}, in Chinese")
                tally.failed += 1
    return tally


def demo(bench):
    """Tell the story of the demo data, play the scenarios, then uninstall."""
    tally = Tally()
    base, log = _installed(bench)
    tally.add(_clean(bench, log))
    with throwaway.database(bench.runner, "demo", base) as database:
        fresh = leaving.snapshot(bench.runner.server, database)
        story = bench.runner.load_demo(database)
        tally.add(_clean(bench, story, NO_SERVER, may_be_silent=True))
        if SCENARIO.exists():
            tally.add(_scenario(bench, database))
        else:
            say("    no tests/scenarios/walkthrough.py: nothing to play")
        if not bench.options.no_uninstall:
            tally.add(
                leaving.check(
                    bench.runner, database, fresh, lambda log: _clean(bench, log)
                )
            )
    return tally


def _scenario(bench, database):
    """Play the walk-through; it prints its own counts."""
    port = free_port()
    # a scenario that needs a scheduled action starts it: no clock disturbs the story
    with bench.runner.serving(database, port, "--max-cron-threads=0") as log:
        tally = _play(
            [
                *(bench.runner.venv.python, SCENARIO),
                *("--url", f"http://127.0.0.1:{port}", "--db", database),
            ]
        )
        links = bench.runner.server.sql(
            database, "SELECT value FROM ir_config_parameter WHERE key = 'web.base.url'"
        )
    if links != f"http://127.0.0.1:{port}":
        say(f"    FAILED: links lead to {links}, the server was at port {port}")
        tally.failed += 1
    return tally.add(_clean(bench, log, REFUSALS))


def _play(command):
    """Run a program that prints its own counts, and show what it says."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    output = []
    try:
        for line in process.stdout:
            output.append(line)
            say(f"      {line.rstrip()}")
        status = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
    tally = counting.read_tally("".join(output))
    if tally is None:
        say("    FAILED: it ended without its line of counts")
        return Tally(failed=1)
    if status and not tally.failed:
        say(f"    FAILED: it ended with status {status}")
        tally.failed += 1
    return tally


def core_tests(bench):
    """Run core's own suites where our modules are installed beside them.

    Core's tests cannot all pass on a machine without its services, so failures count
    only when they do not happen without our modules too.
    """
    wanted = [name for name in bench.options.core.split(",") if name]
    base = template.ensure(bench.runner, bench.odoo)
    with throwaway.database(bench.runner, "core", base) as database:
        bench.runner.install("our modules", database, modules.names())
        ours = suites.run(bench.runner, database, wanted, "ours")
    if not ours.broken:
        return Tally(ours.passed, len(ours.complaints()), ours.skipped)
    with throwaway.database(bench.runner, "core", base) as database:
        alone = suites.run(bench.runner, database, wanted, "alone")
    return suites.judge(alone, ours)


def neighbours_tests(bench):
    """Run the suites of other add-ons beside ours, and ours of both together."""
    return neighbours.run(bench.runner, bench.odoo, lambda log: _clean(bench, log))
