"""What makes Odoo's tests quicker without a change of what they ask."""

import os
import re
import sys

import caches
import worlds
from freezegun import api as freezing
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from odoo.tests import loader


def quicken():
    """Share worlds, keep caches, and leave out what our tests do not need.

    Worlds and caches are as Odoo has them where ``PLAIN_TESTS`` is set.

    Without modules to install Odoo would import the tests of all that are installed.

    Samples of a run of 32 classes (py-spy): 4 % of the time of the tests went into the
    names of the attributes of each module, which freezegun compares whenever a clock
    is stopped, and whose number says as much; 8 % of the run into the source of
    Odoo, which Hypothesis takes for ours and reads for constants to try.
    """
    freezing._get_module_attributes_hash = count_attributes
    providers._get_local_constants = Constants
    loader.make_suite = make_suite_of_named(loader.make_suite)
    if not is_plain():
        caches.keep()


def is_plain():
    """Whether tests run as Odoo runs them: see ``setup/test --plain``."""
    return bool(os.environ.get("PLAIN_TESTS"))


def count_attributes(module):
    """Text that changes when an attribute is added to the module or removed."""
    return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"


def make_suite_of_named(make_suite):
    """Wrap ``make_suite``: for modules that the test tags name, in shared worlds.

    Where all modules are installed already, the tests of a module would run before the
    fields of others are known, which their tables require: they wait.
    """
    tags = sys.argv[sys.argv.index("--test-tags") + 1]
    named = set(re.findall(r"/(\w+)", tags))
    waits = not {"-i", "-u"} & set(sys.argv)

    def wrapper(module_names, position="at_install"):
        if named:
            module_names = [name for name in module_names if name in named]
        suite = make_suite(module_names, position)
        if waits and position == "at_install":
            suite = type(suite)([])
        elif waits:
            suite = type(suite)([*make_suite(module_names, "at_install"), *suite])
        return suite if is_plain() else worlds.WorldSuite(suite)

    return wrapper
