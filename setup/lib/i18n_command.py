"""``setup/i18n``: export each module's terms, bring its translations up to date."""

import argparse
import subprocess

from . import modules, prepare, template, throwaway
from .paths import CHECKOUT, SETUP
from .ui import Problem, say, step


def arguments(words):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="setup/i18n",
        description="Install the modules and their demo data in a throw-away"
        " database, write"
        " MODULE/i18n/MODULE.pot and merge it into the .po files, keeping"
        " what is translated. Prints how many terms lack a translation.",
    )
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: all")
    parser.add_argument(
        "--language",
        action="append",
        help="a language to keep, may be repeated; default: zh_CN",
    )
    return parser.parse_args(words)


def main(words):
    """Export and merge."""
    options = arguments(words)
    wanted = modules.check(options.modules) or modules.names()
    languages = options.language or ["zh_CN"]
    with prepare.workshop("test", "run", "dev") as (odoo, runner):
        throwaway.sweep(runner)
        base = template.ensure(runner, odoo)
        with throwaway.database(runner, "i18n", base) as database:
            runner.install("installation", database, modules.names())
            # The names of the demo data are translated with their module.
            step("telling the story of the demo data")
            runner.load_demo(database)
            step("exporting")
            for name in wanted:
                target = CHECKOUT / name / "i18n" / f"{name}.pot"
                target.parent.mkdir(exist_ok=True)
                fresh = runner.data / f"{name}.pot"
                status, log = runner.run(
                    f"terms of {name}",
                    *("i18n", "export", "-d", database, "-l", "pot"),
                    *("-o", fresh, name),
                )
                if status:
                    raise Problem(f"the terms of {name} cannot be exported: see {log}")
                _merge(runner, fresh, target, languages)
    return 0


def _merge(runner, fresh, target, languages):
    """Merge in the environment's Python, which has polib."""
    command = [runner.venv.python, SETUP / "lib" / "merge_po.py", fresh, target]
    catalogues = [target.with_name(f"{language}.po") for language in languages]
    if subprocess.run([*command, *catalogues]).returncode:
        raise Problem(f"the translations beside {target} cannot be merged")
    say(f"    {target.relative_to(CHECKOUT)} written")
