"""The declared flow, with the rights of the server, exists twice and is the same twice.

itsm_desk and outsourcing_mgmt install without each other, so each carries its own copy.
"""

import ast
import re

import repo

TWINS = [
    repo.ROOT / module / "models" / "base" / f"{prefix}_flow_mixin.py"
    for module, prefix in (("itsm_desk", "itsm"), ("outsourcing_mgmt", "outsourcing"))
]
PREFIX = re.compile(
    r"\b(Itsm|Outsourcing)(?=FlowMixin)|\b(itsm|outsourcing)(?=[._](?:flow|grant))"
)


def neutral(path):
    """The code of one copy, without its names and its line breaks."""
    text = PREFIX.sub("Same", path.read_text("utf-8"))
    return ast.dump(ast.parse(text), indent=1)


def test_twins_are_equal():
    left, right = map(neutral, TWINS)
    assert left == right, "what changes in one changes in the other"


def test_both_modules_judge_signatures_alike():
    left, right = (
        (repo.ROOT / module / "tools" / "signature.py").read_text("utf-8")
        for module in ("itsm_desk", "outsourcing_mgmt")
    )
    assert left == right, "what changes in one changes in the other"
