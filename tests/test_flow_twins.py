"""The declared flow and the rights of the server exist twice and are the same twice.

itsm_desk and outsourcing_mgmt install without each other, so each carries its own copy.
"""

import ast
import re

import pytest
import repo

NAMES = ("flow_mixin", "grant", "evaluated_code")
PREFIX = re.compile(
    r"\b(Itsm|Outsourcing)(?=FlowMixin)|\b(itsm|outsourcing)(?=[._](?:flow|grant))"
)


def places(name):
    """The two files of one twin."""
    return [
        repo.ROOT / module / "models" / "base" / file
        for module, prefix in (
            ("itsm_desk", "itsm_"),
            ("outsourcing_mgmt", "outsourcing_"),
        )
        for file in (f"{prefix}{name}.py", f"{name}.py")
        if (repo.ROOT / module / "models" / "base" / file).exists()
    ]


def neutral(path):
    """The code of one copy, without its names and its line breaks."""
    text = PREFIX.sub("Same", path.read_text("utf-8"))
    return ast.dump(ast.parse(text), indent=1)


@pytest.mark.parametrize("name", NAMES)
def test_twins_are_equal(name):
    left, right = map(neutral, places(name))
    assert left == right, "what changes in one changes in the other"
