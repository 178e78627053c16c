"""``setup/i18n``: export each module's terms, bring its translations up to date."""

import argparse
import subprocess

from . import modules, prepare, template, throwaway
from .database import literal
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
                inherited = runner.data / f"{name}.inherited.json"
                inherited.write_text(_inherited(runner.server, database, name))
                _merge(runner, fresh, inherited, target, languages)
    return 0


def _inherited(server, database, module):
    """Selection values that models of ``module`` inherit from other modules, as JSON.

    Odoo keeps such a value under the mixin's module (the review status of an award is
    ``base_tier_validation.selection__outsourcing_award__...``), so neither our export
    nor the mixin's own translation has it.

    :return: a list of ``[source, reference]``
    """
    return server.sql(
        database,
        f"""
        SELECT coalesce(json_agg(json_build_array(source, reference)), '[]')
          FROM (
                SELECT s.name->>'en_US' AS source,
                       'model:ir.model.fields.selection,name:'
                       || min(d.module || '.' || d.name) AS reference
                  FROM ir_model_fields_selection s
                  JOIN ir_model_fields f ON f.id = s.field_id
                  JOIN ir_model_data d
                    ON d.model = 'ir.model.fields.selection' AND d.res_id = s.id
                 WHERE {literal(module)} = (
                        SELECT o.module
                          FROM ir_model_data o
                         WHERE o.model = 'ir.model' AND o.res_id = f.model_id
                      ORDER BY o.id
                         LIMIT 1
                       )
              GROUP BY s.id
                HAVING NOT bool_or(d.module = {literal(module)})
              ORDER BY 1, 2
               ) inherited
        """,
    ).strip()


def _merge(runner, fresh, inherited, target, languages):
    """Merge in the environment's Python, which has polib."""
    program = SETUP / "lib" / "merge_po.py"
    command = [runner.venv.python, program, fresh, inherited, target]
    catalogues = [target.with_name(f"{language}.po") for language in languages]
    if subprocess.run([*command, *catalogues]).returncode:
        raise Problem(f"the translations beside {target} cannot be merged")
    say(f"    {target.relative_to(CHECKOUT)} written")
