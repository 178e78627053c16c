from collections.abc import Mapping, MutableMapping, MutableSequence, MutableSet

from odoo import models
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.base.grants import OWN_MODULES
from ..models.platform.frozen_classes import CHANGED_BY_CORE
from .common import OutsourcingCommon

# What a template editor may type, ``object`` being a request: the rules themselves.
CHANGES = (
    "object._flow_verbs.clear()",
    "object._flow_transitions.clear()",
    "object._flow_transitions['submitted'].add('done')",
    "object._flow_groups.update(approve=('base.group_user',))",
    "object._flow_required.clear()",
    "object._state_to.clear()",
    "object._state_from.append('draft')",
    "object._ondelete_methods.clear()",
    "object._constraint_methods.clear()",
    "object.env['mail.message']._ondelete_methods.clear()",
    "object.env['res.users']._constraint_methods.clear()",
    "object.env['outsourcing.price.reader']._joint_roles.clear()",
)


@tagged("post_install", "-at_install")
class TestFrozenClasses(OutsourcingCommon):
    """Rules that stand on classes are changed by nobody through a record."""

    def _find_open(self, cls, names):
        found = set()
        for name in names:
            value = getattr(cls, name)
            parts = [value]
            if isinstance(value, tuple | frozenset):
                parts += value
            elif hasattr(value, "values") and not isinstance(value, type):
                parts += list(value.values()) if not callable(value.values) else []
            if any(
                isinstance(part, MutableMapping | MutableSequence | MutableSet)
                or isinstance(part, models.BaseModel)
                for part in parts
            ):
                found.add(f"{cls._name}.{name}")
        return found

    def test_no_class_of_ours_can_be_changed(self):
        found, seen = set(), 0
        for cls in self.registry.values():
            if f"odoo.addons.{cls._original_module}." in OWN_MODULES:
                names = {name for name in dir(cls) if "__" not in name}
            else:
                first = {}
                for part in cls._model_classes__:
                    for name in vars(part):
                        first.setdefault(name, part)
                names = {
                    name
                    for name, part in first.items()
                    if part.__module__.startswith(OWN_MODULES) and "__" not in name
                }
            seen += len(names)
            found |= self._find_open(cls, names - CHANGED_BY_CORE)
        self.assertGreater(seen, 10000)
        self.assertFalse(found)

    def test_lists_of_guards_cannot_be_changed(self):
        for cls in self.registry.values():
            if cls._abstract:
                continue
            model = self.env[cls._name]
            with self.subTest(model=cls._name):
                self.assertIsInstance(model._ondelete_methods, tuple)
                self.assertIsInstance(model._constraint_methods, tuple)

    def _thaw(self, value):
        """Return ``value`` as something that compares as what it was made of."""
        if isinstance(value, Mapping):
            return {key: self._thaw(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._thaw(part) for part in value]
        return value

    def test_copies_say_the_same(self):
        for cls in self.registry.values():
            for name in vars(cls).get("_frozen_names__", ()):
                (natural, *_rest) = (
                    vars(part)[name]
                    for part in cls._model_classes__
                    if name in vars(part)
                )
                with self.subTest(model=cls._name, name=name):
                    value = getattr(cls, name)
                    self.assertEqual(self._thaw(value), self._thaw(natural))

    def test_what_core_works_out_stays(self):
        log = self.registry["outsourcing.audit.log"]
        self.assertTrue(log._table_objects)
        self.assertTrue(self.registry["outsourcing.request"]._fields)

    def test_a_template_changes_no_rule(self):
        request = self._create_request()
        request.action_submit()
        for code in CHANGES:
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(UserError, "Failed to render"),
                mute_logger("odoo.addons.mail.models.mail_render_mixin"),
            ):
                self.env["mail.render.mixin"]._render_template(
                    "{{ " + code + " }}", request._name, request.ids, "inline_template"
                )
        # Nobody else's steps are any freer.
        with self.assertRaises(UserError):
            request.with_user(self.user_user).write({"state": "approved"})
        self.assertEqual(request.state, "submitted")
