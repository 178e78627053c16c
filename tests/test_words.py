"""An English label has one meaning in a module: there is one translation of it.

A date, a figure and a text are never the same thing. "From" on a day and on the first
of some numbers, or "Minutes" on a duration and on what was said, read well in English
and cannot both be right in another language.
"""

import ast

import pytest
import repo

KINDS = {
    **dict.fromkeys(("Date", "Datetime"), "moment"),
    **dict.fromkeys(("Integer", "Float", "Monetary"), "figure"),
    **dict.fromkeys(("Char", "Text", "Html"), "text"),
    "Boolean": "yes or no",
    "Selection": "choice",
    "Many2one": "record",
}
APART = ({"moment"}, {"figure", "text"}, {"figure", "choice"}, {"figure", "record"})
"""Kinds of fields that share no label; a moment shares none with any other kind."""

ALIKE = {
    ("itsm_desk", "Attempt"): "the record, or which one it was",
    ("itsm_desk", "Rating"): "stars, as they are kept and as they are chosen",
    ("itsm_desk", "Target"): "hours, or the line of the policy that says them",
    ("itsm_desk", "Version"): "the record, or which one it is",
    ("outsourcing_mgmt", "Amount"): "the secret one is kept as a text",
    ("outsourcing_mgmt", "Number"): "of a document, with or without letters",
    ("outsourcing_mgmt", "Reference Price"): "the record, or its amount",
    ("outsourcing_mgmt", "Year"): "a number, or its first day for charts",
}
"""Labels of two kinds of fields that say the same."""


def label(name, call):
    """The label of a field, as written or as Odoo derives it; None: another's."""
    given = {word.arg: word.value for word in call.keywords}
    if "related" in given:
        return None
    if isinstance(given.get("string"), ast.Constant):
        return given["string"].value
    return name.removesuffix("_ids").removesuffix("_id").replace("_", " ").title()


def labels(module):
    """``{label: {kind: [field, ...]}}`` of a module."""
    found = {}
    for model in repo.models(module):
        for name, call in model.fields.items():
            kind = KINDS.get(call.func.attr)
            if kind and (text := label(name, call)):
                kinds = found.setdefault(text, {})
                kinds.setdefault(kind, []).append(f"{model.name}.{name}")
    return found


def is_torn(kinds):
    """Whether fields of these kinds cannot mean the same."""
    return len(kinds) > 1 and any(apart <= kinds for apart in APART)


@pytest.mark.parametrize("module", repo.MODULES)
def test_labels_have_one_meaning(module):
    torn = {
        text: kinds
        for text, kinds in labels(module).items()
        if is_torn(kinds.keys()) and (module, text) not in ALIKE
    }
    assert not torn, "say which of them it is: 'First Number', 'Minutes of the Meeting'"


def test_no_exception_is_left_over():
    needed = {
        (module, text)
        for module in repo.MODULES
        for text, kinds in labels(module).items()
        if is_torn(kinds.keys())
    }
    assert ALIKE.keys() <= needed


@pytest.mark.parametrize(
    "kinds, torn",
    [
        ({"moment", "figure"}, True),
        ({"moment", "record"}, True),
        ({"figure", "text"}, True),
        ({"text", "record"}, False),
        ({"moment"}, False),
    ],
)
def test_what_is_torn(kinds, torn):
    assert is_torn(kinds) == torn
