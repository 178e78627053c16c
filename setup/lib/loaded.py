"""Odoo's command line, with tests of every kind run once all modules are loaded.

Odoo runs the tests of a module that are tagged ``at_install`` before later modules
are in the registry, where those cannot change how they end. Run as a program, in
the environment of Odoo, on a database that needs no update.
"""

from odoo.cli.command import main
from odoo.tests import loader

make_suite = loader.make_suite


def make_whole_suite(module_names, position="at_install"):
    """Make the suite of both positions; Odoo asks for ``post_install`` only."""
    early = make_suite(module_names, "at_install")
    return type(early)([*early, *make_suite(module_names, position)])


loader.make_suite = make_whole_suite
main()
