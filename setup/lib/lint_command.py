"""``setup/lint``: style and known mistakes, as CI and pre-commit check them."""

import argparse
import subprocess

from . import modules, prepare
from .paths import CHECKOUT
from .ui import say, step


def arguments(words):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="setup/lint",
        description="Run ruff, pylint-odoo and OCA's checks; exit status 1 when one"
        " of them complains.",
    )
    parser.add_argument("--fix", action="store_true", help="let ruff mend what it can")
    parser.add_argument(
        "check", nargs="*", help=f"only these: {', '.join(commands([], False))}"
    )
    return parser.parse_args(words)


def commands(names, fix):
    """What runs, by name."""
    entries = ["setup/run", "setup/test", "setup/lint", "setup/i18n"]
    catalogues = sorted(
        str(path.relative_to(CHECKOUT))
        for name in names
        for path in (CHECKOUT / name).glob("i18n/*.po*")
    )
    return {
        "ruff": ["ruff", "check", *(["--fix"] if fix else []), ".", *entries],
        "format": ["ruff", "format", *([] if fix else ["--check"]), ".", *entries],
        "pylint": ["pylint", "--rcfile=.pylintrc-mandatory", *names],
        # a bare number is converted by the field, the order of attributes is taste,
        # and tests/test_views.py looks for ids that occur twice
        "oca": [
            "oca-checks-odoo-module",
            "--disable=xml-field-numeric-without-eval,xml-tag-position,"
            "xml-duplicate-record-id",
            *names,
        ],
        "po": ["oca-checks-po", "--disable=po-pretty-format", *catalogues],
    }


def main(words):
    """Run the checks one after another; all of them, even when one complains."""
    options = arguments(words)
    _odoo, venv = prepare.environment("run", "dev")
    table = commands(modules.names(), options.fix)
    unknown = [name for name in options.check if name not in table]
    if unknown:
        say(f"error: no check {unknown[0]}: there are {', '.join(table)}")
        return 2
    failed = []
    for name, command in table.items():
        if options.check and name not in options.check:
            continue
        if name == "po" and len(command) == 2:
            continue
        step(f"lint: {' '.join(command)[:100]}")
        program = venv.tool(command[0])
        if subprocess.run([program, *command[1:]], cwd=CHECKOUT).returncode:
            failed.append(name)
    say(f"lint: {', '.join(failed)} failed" if failed else "lint: clean")
    return 1 if failed else 0
