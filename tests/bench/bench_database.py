"""A throw-away database with our modules, and a worker of a benchmark in it."""

import contextlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "setup"))

from lib import dialogue, modules, paths, prepare, template, throwaway  # noqa: E402


@contextlib.contextmanager
def worker(name, program):
    """Install our modules into a database of this name; give the running program.

    :param str program: file of this folder that answers requests
    """
    with prepare.workshop("test", "run", "dev") as (odoo, runner):
        base = template.ensure(runner, odoo)
        with throwaway.database(runner, name, base) as database:
            runner.install("our modules", database, modules.names())
            log = paths.log_file(f"bench-{name}")
            with dialogue.Dialogue(
                runner, name, [HERE / program], database, log
            ) as process:
                yield process
