"""A model in several classes: which of them runs is written down, not left to an order.

A mixin that several models use is a contract (declared flow, sealing, audit): it wraps
``create``, ``write`` or a hook of its own, and the model calls ``super()``. A mixin
that one model alone uses is a part of that model which stands elsewhere. Where it
defines a method that the model or another such part has, too, the order of ``_inherit``
decides what runs first. There the model calls its parts by name, one line each.
"""

import ast
from functools import cache

import pytest
import repo

EXCUSED = {}
"""``{(model, method): reason}`` of what is left; the list only gets shorter."""


@cache
def classes(module):
    """``{model: [class, ...]}`` of a module."""
    found = {}
    for model in repo.models(module):
        if model.name:
            found.setdefault(model.name, []).append(model)
    return found


@cache
def abstract():
    """The names of our models without a table."""
    return {
        model.name
        for model in repo.all_models()
        if model.is_new and model.kind == "AbstractModel"
    }


@cache
def users(mixin):
    """The models with a table that are made of ``mixin``, by other mixins or not."""
    found = set()
    for model in repo.all_models():
        if mixin in model.inherit and model.name != mixin:
            found |= users(model.name) if model.name in abstract() else {model.name}
    return found


def parts(module, name):
    """The classes of a module that make up a model, mixins included."""
    found, todo, seen = [], [name], set()
    while todo:
        current = todo.pop(0)
        if current in seen:
            continue
        seen.add(current)
        for model in classes(module).get(current, ()):
            found.append(model)
            todo += [one for one in model.inherit if one in classes(module)]
    return found


def defined_twice(module):
    """``{(model, method): [class, ...]}`` where several parts define a method."""
    found = {}
    for name in classes(module).keys() - abstract():
        for part in parts(module, name):
            for node in part.node.body:
                if isinstance(node, ast.FunctionDef):
                    found.setdefault((name, node.name), []).append(part)
    return {key: places for key, places in found.items() if len(places) > 1}


def hidden(places, name):
    """The parts of the model ``name`` alone, where they hide each other."""
    own = [part for part in places if part.name == name or users(part.name) == {name}]
    return own if len(own) > 1 else []


@pytest.mark.parametrize("module", repo.MODULES)
def test_parts_of_a_model_do_not_hide_each_other(module):
    hiding = {
        key: own
        for key, places in defined_twice(module).items()
        if (own := hidden(places, key[0]))
    }
    told = [
        f"{name}.{method}: {', '.join(map(repr, own))}"
        for (name, method), own in sorted(hiding.items())
        if (name, method) not in EXCUSED
    ]
    assert not told, "let the model call a named step of each part"
    known = {key for key in EXCUSED if key[0] in classes(module)}
    assert not known - hiding.keys(), "mended: take it off the list"


def test_mixins_of_several_models_are_told_from_parts():
    """The check sees what it is for."""
    assert len(users("itsm.flow.mixin")) > 1
    assert users("itsm.searched.mixin") == {"itsm.ticket"}, "by another mixin"
    names = {part.name for part in parts("itsm_desk", "itsm.ticket")}
    assert {"itsm.ticket", "itsm.flow.mixin", "itsm.supplied.mixin"} <= names
