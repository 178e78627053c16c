"""``setup/run``: Odoo with the three modules, served until it is stopped."""

import argparse
import json
import os
import re
import signal
import subprocess

from . import modules, prepare, programs, template
from .database import check_name
from .odoo import WEBSOCKET_OFFSET, check_port, last_error, stop, wait_until_ready
from .paths import log_file
from .ui import Problem, Stopped, say, step

END = "--stop-after-init"
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z0-9]{2,3})?(@[a-z]+)?")


def arguments(words):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="setup/run",
        description="Run Odoo 19 with the three modules at http://127.0.0.1:PORT;"
        " log in as admin / admin. The first run fetches what is missing.",
        epilog="Environment: XDG_CACHE_HOME (place of the cache), DEBIAN_MIRROR,"
        " ODOO_SRC (an Odoo 19 of yours), PGHOST PGPORT PGUSER PGPASSWORD (a PostgreSQL"
        " server of yours).",
    )
    parser.add_argument("--port", type=int, default=8069, help="default: 8069")
    parser.add_argument(
        "--workers",
        type=int,
        default=0,
        help="processes that answer requests, with two for scheduled actions and one"
        f" for websockets at PORT + {WEBSOCKET_OFFSET} (default: one process for all)",
    )
    parser.add_argument(
        "--database", default="outsourcing", help="default: outsourcing"
    )
    parser.add_argument(
        "--language", help="also load this language and use it, for instance zh_CN"
    )
    parser.add_argument(
        "--no-demo", action="store_true", help="a new database gets no demo data"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="drop the database first and make it anew"
    )
    parser.add_argument(
        "--cluster",
        default="run",
        help="a private PostgreSQL of this name, with its own data (default: run)",
    )
    parser.add_argument(
        "--stop-after-init",
        action="store_true",
        help="prepare everything, serve nothing",
    )
    return parser.parse_args(words)


def main(words):
    """Prepare, install or update, serve."""
    options = arguments(words)
    check_name(options.database)
    check_name(options.cluster)
    if options.language and not LANGUAGE.fullmatch(options.language):
        raise Problem(f"{options.language!r} is no language code such as zh_CN")
    if options.workers < 0:
        raise Problem(f"{options.workers} workers cannot be: 0 is one process for all")
    if not options.stop_after_init:
        _check_ports(options)
    with prepare.workshop(options.cluster, "run") as (odoo, runner):
        programs.provide(["PDF reports"], strict=False)
        if options.language and options.language.startswith("zh"):
            programs.provide_chinese_font()
        _database(runner, odoo, options)
        runner.server.set_base_url(options.database, options.port)
        if options.stop_after_init:
            say(f"ready: database {options.database}")
            return 0
        return _serve(runner, options)


def _database(runner, odoo, options):
    """Bring the database to the state of this checkout."""
    name = options.database
    state = {
        "fingerprint": modules.fingerprint(),
        "odoo": odoo.version,
        # not "language": that one was noted when only the screens were translated
        "translated": options.language,
    }
    exists = name in runner.server.databases()
    if exists and not runner.server.installed(name):
        raise Problem(
            f"the database {name} is not Odoo's: choose another name with --database"
        )
    if exists and options.fresh:
        runner.server.drop(name, runner.filestores)
    if options.fresh or not exists:
        _install(runner, odoo, name, options)
    else:
        note = _check_database(runner, name)
        if options.language is None:
            state["translated"] = note.get("translated")
        if note == state:
            return
        update(runner, name, options.language, note, state)
    runner.server.remember(name, json.dumps(state))


def _install(runner, odoo, name, options):
    """Install into a database of another name: half a one is never served."""
    making = f"{name}_new"
    runner.server.drop(making, runner.filestores)
    base = template.ensure(runner, odoo, options.language)
    step(f"installing the modules into {name}")
    runner.server.copy(base, making, runner.filestores)
    runner.install("installation", making, modules.names())
    _use_language(runner, making, options.language)
    if not options.no_demo:
        step("telling the story of the demo data (a minute or two, once)")
        runner.load_demo(making)
        _use_language(runner, making, options.language)
    runner.server.rename(making, name, runner.filestores)


def _check_database(runner, name):
    """Refuse a database that is not ours to update; the note on it."""
    advice = (
        f"choose another with --database, or drop it with: --database {name} --fresh"
    )
    installed = runner.server.installed(name)
    base = installed.get("base") or "?"
    if not base.startswith("19.0."):
        raise Problem(f"the database {name} is of Odoo {base}, not of 19.0: {advice}")
    for module in modules.names():
        have = installed.get(module)
        if have and _numbers(have) > _numbers(modules.version(module)):
            raise Problem(
                f"the database {name} holds {module} {have}, newer than this checkout's"
                f" {modules.version(module)}: {advice}"
            )
    try:
        return json.loads(runner.server.note(name) or "{}")
    except ValueError:
        return {}


def _numbers(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def update(runner, name, language, note, state):
    """Update what changed since the database was made.

    :param language: loaded unless the note on the database names it
    :param note: what the database was made from
    :param state: what it is to be made from now
    """
    installed = runner.server.installed(name)
    ours = modules.names()
    words = []
    if new := [module for module in ours if module not in installed]:
        words += ["-i", ",".join(new)]
    old = [module for module in ours if module in installed]
    if old and note.get("fingerprint") != state["fingerprint"]:
        # or words whose English stayed the same keep the translation that they had
        words += ["-u", ",".join(old), "--i18n-overwrite"]
    is_new_language = language and note.get("translated") != language
    if words or is_new_language:
        # a copy is updated, so that what fails leaves the old one as it was
        making = f"{name}_new"
        runner.server.copy(name, making, runner.filestores)
        try:
            if words:
                step(f"updating the database {name}: {' '.join(words)}")
                _run(runner, "update", "server", "-d", making, *words, END)
            if is_new_language:
                # the server's own --load-language comes before the modules: what
                # they would translate beside their screens stays as it was
                step(f"loading {language} into the database {name}")
                words = ("i18n", "loadlang", "-d", making, "-l", language)
                _run(runner, "language", *words)
        except Problem as problem:
            runner.server.drop(making, runner.filestores)
            raise Problem(
                f"the update of {name} failed: {problem}; the database stays as it"
                " was, --fresh makes a new one"
            ) from problem
        runner.server.drop(name, runner.filestores)
        runner.server.rename(making, name, runner.filestores)
    _use_language(runner, name, language)


def _run(runner, label, *words):
    """Run Odoo to its end, or raise with the reason from the log."""
    status, log = runner.run(label, *words)
    if status:
        raise Problem(f"{last_error(log)} (log: {log})")


def _use_language(runner, name, language):
    """Make a loaded language everybody's, users to come included."""
    if not language:
        return
    active = runner.server.sql(
        name, f"SELECT active FROM res_lang WHERE code = '{language}'"
    )
    if active != "t":
        raise Problem(f"Odoo knows no language {language}: see --help")
    runner.server.sql(
        name,
        f"UPDATE res_partner SET lang = '{language}' WHERE id IN"
        " (SELECT partner_id FROM res_users)",
    )


def _check_ports(options):
    check_port(options.port)
    if options.workers:
        check_port(options.port + WEBSOCKET_OFFSET)


def _serve(runner, options):
    """Serve in the foreground until a signal or Ctrl-C."""
    _check_ports(options)
    log = log_file("serve")
    step(f"starting Odoo (log: {log})")
    with open(log, "w") as output:
        process = subprocess.Popen(
            runner.command(
                *(
                    "server",
                    "-d",
                    options.database,
                    f"--db-filter=^{options.database}$",
                    f"--workers={options.workers}",
                ),
                port=options.port,
            ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=runner.environment(),
            cwd="/",
            start_new_session=True,
        )
    try:
        wait_until_ready(process, options.port, log)
        say(
            f"\nReady: http://127.0.0.1:{options.port}  (log in as admin / admin,"
            " more in README.md)\nCtrl-C, SIGINT or SIGTERM stop it."
        )
        status = process.wait()
    except (KeyboardInterrupt, Stopped):
        say("\nstopping")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return 0
    finally:
        stop(process)
    if status:
        raise Problem(f"Odoo ended with status {status}: see {log}")
    return os.EX_OK
