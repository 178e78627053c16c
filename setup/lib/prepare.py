"""What every command needs before it can work."""

import contextlib

from . import odoo_source, postgres
from .odoo import Runner
from .ui import say
from .venv import Venv


def environment(*sets):
    """Odoo and a Python environment that holds the ``sets`` of requirements."""
    odoo = odoo_source.find()
    return odoo, Venv(odoo).ready(*sets)


@contextlib.contextmanager
def workshop(name, *sets):
    """Odoo, its runner and a running server of the given kind."""
    odoo, venv = environment(*sets)
    say(f"    Odoo {odoo.version} in {odoo.path}")
    with postgres.server(venv, name) as server:
        yield odoo, Runner(venv, server, name)
