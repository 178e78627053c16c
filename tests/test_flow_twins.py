"""The declared flow exists twice and is the same twice.

itsm_desk and outsourcing_mgmt install without each other, so each carries its own copy
of the mixin.
"""

import ast
import re

import pytest
import repo

TWINS = [
    repo.ROOT / "itsm_desk" / "models" / "base" / "itsm_flow_mixin.py",
    repo.ROOT / "outsourcing_mgmt" / "models" / "base" / "outsourcing_flow_mixin.py",
]
PREFIX = re.compile(
    r"\b(Itsm|Outsourcing)(?=FlowMixin)|\b(itsm|outsourcing)(?=[._]flow)"
)


def neutral(path):
    """The code of one copy, without its names and its line breaks."""
    text = PREFIX.sub("Same", path.read_text("utf-8"))
    return ast.dump(ast.parse(text), indent=1)


def test_flow_mixins_are_equal():
    if not all(path.exists() for path in TWINS):
        pytest.skip("one of the two does not exist yet")
    left, right = map(neutral, TWINS)
    assert left == right, "what changes in one mixin changes in the other"
