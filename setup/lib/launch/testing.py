"""What makes Odoo's tests quicker without a change of what they ask."""

from freezegun import api as freezing
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants


def quicken():
    """Leave out two walks through all modules of Python that our tests do not need.

    Samples of a run of 32 classes (py-spy): 4 % of the time of the tests went into the
    names of the attributes of each module, which freezegun compares whenever a clock
    is stopped, and whose number says as much; 8 % of the run into the source of
    Odoo, which Hypothesis takes for ours and reads for constants to try.
    """
    freezing._get_module_attributes_hash = count_attributes
    providers._get_local_constants = Constants


def count_attributes(module):
    """Text that changes when an attribute is added to the module or removed."""
    return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"
