"""Numbers that are none: what is no finite number of a sane length is refused.

JSON and XML-RPC carry NaN and infinity. Every comparison with NaN is false, so that no
limit would hold. Core refuses them only where a field has digits or a currency.
"""

from odoo import api, models, tools

from ...tools.typed_values import NUMBERS, check_numbers, drop_odd_numbers

OWN_NAMES = ("itsm.", "outsourcing.", "vendor.quality.")
"""Beginnings of the names of the models whose numbers are judged."""
SHARED_NAMES = frozenset({"res.company", "res.config.settings"})
"""Limits and rates of a company are some: a limit that is NaN would be none."""
FLOWS = frozenset({"itsm.flow.mixin", "outsourcing.flow.mixin"})
"""What has a declared flow asks by itself."""


def guard_numbers(module):
    """Extend the models of a module so that they judge numbers before anything else.

    Called when the module has defined all its models. Not by a method of ``base``, as
    every write of every model of Odoo would pay for it, nor by attributes of the
    classes of the registry, which automation rules take off again.

    :param str module: name of an add-on
    """
    parents = {}
    for definitions in models.MetaModel._module_to_models__.values():
        for definition in definitions:
            parents.setdefault(definition._name, set()).update(definition._inherit)
    guarded = {}
    for definition in models.MetaModel._module_to_models__[module]:
        name = definition._name
        is_defined = name.startswith(OWN_NAMES) and name not in definition._inherit
        if is_defined or name in SHARED_NAMES:
            guarded.setdefault(name, definition)
    for name, definition in guarded.items():
        if not definition._abstract and FLOWS.isdisjoint(_get_ancestors(name, parents)):
            _define_guard(module, name, definition._transient)


def _get_ancestors(name, parents):
    """Return the names of the models that the model ``name`` extends, and its own."""
    found, left = set(), {name}
    while left:
        found |= left
        left = set().union(*(parents.get(one, ()) for one in left)) - found
    return found


def _define_guard(module, name, is_transient):
    """Define an extension of the model ``name`` that judges numbers."""

    class Guard(models.TransientModel if is_transient else models.Model):
        """Keeps numbers only where one belongs."""

        __module__ = f"odoo.addons.{module}.models"
        _inherit = name

        @api.model
        def default_get(self, fields):
            defaults = super().default_get(fields)
            if self._get_number_names().isdisjoint(defaults):
                return defaults
            return drop_odd_numbers(self, defaults)

        @api.model_create_multi
        def create(self, vals_list):
            if not all(map(self._get_number_names().isdisjoint, vals_list)):
                check_numbers(self, vals_list)
            return super().create(vals_list)

        def write(self, vals):
            if not self._get_number_names().isdisjoint(vals):
                check_numbers(self, [vals])
            return super().write(vals)

        @api.model
        @tools.ormcache()
        def _get_number_names(self):
            """Return the names of the fields whose values are numbers."""
            return frozenset(
                key for key, field in self._fields.items() if field.type in NUMBERS
            )
