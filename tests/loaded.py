"""Odoo's command line, with tests of every kind run once all modules are loaded.

Odoo runs the tests of a module that are tagged ``at_install`` before later modules
are in the registry, where those cannot change how they end. Run as a program, in
the environment of Odoo, on a database that needs no update.
"""

from odoo.cli.command import main
from odoo.tests import loader

EARLY, LATE = "at_install", "post_install"

make_suite = loader.make_suite


def make_late_suite(module_names, position=EARLY):
    """Make no suite while modules are loaded, and one of both positions after."""
    if position == EARLY:
        return make_suite([], position)
    early = make_suite(module_names, EARLY)
    return type(early)([*early, *make_suite(module_names, position)])


if __name__ == "__main__":
    loader.make_suite = make_late_suite
    main()
