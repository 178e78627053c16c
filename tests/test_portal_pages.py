"""Pages of the portal for people who hear them: what axe-core does not see.

The browser tests look at pages as they open; these rules hold for each state of a page.
"""

import pytest
import repo

FIELDS = ("input", "select", "textarea")


def find_pages(module):
    """Yield path and root of the files that hold pages of the portal."""
    for path in repo.files(module, ".xml"):
        if "portal.portal_layout" in path.read_text("utf-8"):
            yield path, repo.xml(path)


def has(node, name):
    """Whether a node has an attribute, written or computed."""
    return any(
        node.get(prefix + name) is not None for prefix in ("", "t-att-", "t-attf-")
    )


def get_classes(node):
    return f"{node.get('class', '')} {node.get('t-attf-class', '')}"


def say(path, node):
    return f"{repo.short(path)}:{node.sourceline}"


@pytest.mark.parametrize("module", repo.MODULES)
def test_a_wrong_field_names_its_error(module):
    """Who hears that a field is wrong hears why, and not only somewhere above."""
    mute = [
        say(path, node)
        for path, root in find_pages(module)
        for node in root.iter(*FIELDS)
        if has(node, "aria-invalid") and not has(node, "aria-describedby")
    ]
    assert not mute


@pytest.mark.parametrize("module", repo.MODULES)
def test_an_error_has_a_field(module):
    """A page with an error and a form says which field of it is wrong."""
    loose = []
    for path, root in find_pages(module):
        for template in root.iter("template"):
            errors = [
                node
                for node in template.iter("div")
                if node.get("t-if") == "error" and node.get("role") == "alert"
            ]
            typed = [
                node
                for node in template.iter(*FIELDS)
                if node.get("type", "text") not in ("hidden", "submit")
            ]
            if (
                errors
                and typed
                and not any(has(node, "aria-invalid") for node in typed)
            ):
                loose += [say(path, node) for node in errors]
    assert not loose


@pytest.mark.parametrize("module", repo.MODULES)
def test_the_place_in_the_path_is_said(module):
    mute = [
        say(path, node)
        for path, root in find_pages(module)
        for node in root.iter("li")
        if "breadcrumb-item" in get_classes(node)
        and "active" in get_classes(node)
        and not has(node, "aria-current")
    ]
    assert not mute


@pytest.mark.parametrize("module", repo.MODULES)
def test_heads_of_columns_say_what_they_head(module):
    mute = [
        say(path, node)
        for path, root in find_pages(module)
        for node in root.iter("th")
        if not has(node, "scope")
    ]
    assert not mute


@pytest.mark.parametrize("module", repo.MODULES)
def test_what_folds_out_says_whether_it_is_out(module):
    """A part that a page may open already is not said to be closed."""
    wrong = []
    for path, root in find_pages(module):
        shown = [
            node
            for node in root.iter()
            if isinstance(node.tag, str) and "'show' if" in get_classes(node)
        ]
        targets = {node.get("t-attf-id") or f"{node.get('id')}" for node in shown}
        for button in root.iter("button"):
            controls = button.get("t-attf-aria-controls") or button.get("aria-controls")
            if controls in targets and not button.get("t-att-aria-expanded"):
                wrong.append(say(path, button))
    assert not wrong
