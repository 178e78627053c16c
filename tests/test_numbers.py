"""Numbers that people type are read in one place."""

import ast
import runpy

import pytest
import repo

LENGTH_IS_LIMITED = {
    "itsm_desk/models/chat/itsm_chat_person.py",
    "itsm_desk/models/ticket/itsm_ticket_flow.py",
    "itsm_desk/models/ticket/ticket_links.py",
    "itsm_desk/tools/form_answers.py",
    "itsm_desk/tools/wecom.py",
    "outsourcing_mgmt/tools/price_sheet.py",
}
"""Files that ask for digits and limit their number beside it."""


@pytest.mark.parametrize("module", repo.MODULES)
def test_numbers_are_read_in_one_place(module):
    """Python refuses to read thousands of digits: int() after isdecimal() raises."""
    found = set()
    for path in repo.files(module, ".py"):
        name = repo.short(path)
        if "/tests/" in name or name.endswith("typed_number.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_asked = isinstance(node, ast.Attribute) and node.attr == "isdecimal"
            if is_asked and name not in LENGTH_IS_LIMITED:
                found.add(f"{name}:{node.lineno}")
    assert not found, "use tools/typed_number.read_number"


@pytest.mark.parametrize("text", ["9" * 5000, "٣", "-1", "1.5", "x", "", None, [1]])
def test_odd_numbers_are_none(text):
    path = repo.ROOT / "outsourcing_mgmt" / "tools" / "typed_number.py"
    read_number = runpy.run_path(str(path))["read_number"]
    assert read_number(text) == 0
    assert read_number("007") == 7
