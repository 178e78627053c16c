"""What decides cannot be changed through a record.

The flow of a document, its groups and the lists of its guards are attributes of
classes, and evaluated code reaches these by every record. A dict, list or set that it
changes would be another rule for everybody whom this process serves. Whenever the
models are set up, each class of the registry therefore gets copies that nobody can
change.
"""

from collections.abc import Mapping, MutableMapping, MutableSequence, MutableSet
from types import MappingProxyType

from odoo import api, models

from ..base.grants import OWN_MODULES
from .hidden_documents import guard_names
from .hidden_values import guard_links

CHANGED_BY_CORE = frozenset(
    {
        "_field_definitions",
        "_inherit_children",
        "_inherit_module",
        "_inherits_children",
        "_onchange_methods",
        "_table_object_definitions",
    }
)
"""What core fills while modules load; none of them is a rule."""


class FrozenList(tuple):
    """A list that stays as it is; added to another list it is one, as add-ons do."""

    __slots__ = ()

    def __add__(self, other):
        return [*self, *other]

    def __radd__(self, other):
        return [*other, *self]


def is_open(value):
    """Whether ``value``, or a part of it, can be changed in place."""
    if isinstance(value, tuple):
        return any(map(is_open, value))
    if isinstance(value, MappingProxyType):
        return any(map(is_open, value.values()))
    return isinstance(value, MutableMapping | MutableSequence | MutableSet)


def freeze(value):
    """Return ``value``, with its parts, as something that cannot be changed."""
    if not is_open(value):
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(part) for key, part in value.items()})
    if isinstance(value, MutableSequence):
        return FrozenList(map(freeze, value))
    if isinstance(value, MutableSet):
        return frozenset(value)
    return tuple(map(freeze, value))


def _remember_frozen(name):
    """Return core's property ``name``, which lists guards once, with a fixed list."""
    find = getattr(models.BaseModel, name).fget

    def read(self):
        methods = tuple(find(self))
        # In place of the list that core has put there.
        setattr(type(self), name, methods)
        return methods

    return property(read)


GUARD_LISTS = {
    name: _remember_frozen(name)
    for name in ("_constraint_methods", "_ondelete_methods")
}
"""``{attribute: property}`` of what core asks before it stores and deletes."""


def freeze_class(model_class):
    """Put copies that cannot be changed on a class of the registry.

    Of models of the suite all attributes, of others those that the suite added.
    """
    for name, remembering in GUARD_LISTS.items():
        value = vars(model_class).get(name)
        if isinstance(value, list):
            setattr(model_class, name, tuple(value))
        elif value is getattr(models.BaseModel, name):
            setattr(model_class, name, remembering)
    definitions = model_class._model_classes__
    if vars(model_class).get("_frozen_definitions__") is definitions:
        return
    for name in vars(model_class).get("_frozen_names__", ()):
        delattr(model_class, name)
    is_own = f"odoo.addons.{model_class._original_module}." in OWN_MODULES
    found, judged = {}, set()
    for part in definitions:
        for name, value in vars(part).items():
            if name not in found and (
                is_own or part.__module__.startswith(OWN_MODULES)
            ):
                judged.add(name)
            found.setdefault(name, value)
    # What core works out for the class is newer than what its definitions say.
    set_by_core = found.keys() & vars(model_class).keys()
    found.update({name: vars(model_class)[name] for name in set_by_core})
    # Copies on a class that is inherited hide what comes after it.
    hidden = {
        name
        for part in model_class.mro()[1:]
        for name in vars(part).get("_frozen_names__", ())
    }
    names = {
        name
        for name, value in found.items()
        if "__" not in name
        and name not in CHANGED_BY_CORE
        and (name in hidden or (name in judged and is_open(value)))
    }
    for name in names:
        value = found[name]
        setattr(model_class, name, freeze(value) if name in judged else value)
    model_class._frozen_names__ = frozenset(names - set_by_core)
    model_class._frozen_definitions__ = definitions


class Base(models.AbstractModel):
    """Every model, set up with rules that stay as they are, and guarded names."""

    _inherit = "base"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _post_model_setup__(self):
        super()._post_model_setup__()
        freeze_class(type(self))
        guard_names(type(self))
        guard_links(type(self))
