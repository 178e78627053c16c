"""Values and calls of clients that may not, or that send nonsense."""

from inspect import signature

from odoo.exceptions import UserError

# What is no drawn signature, as a client may send it.
NO_SIGNATURES = (
    "%%%%",
    "data:image/png;base64,",
    "data:image/svg+xml;base64,PHN2Zy8+",
    "PHN2Zy8+",
    "no image",
    "\xe9",
    # A white pixel, and the first bytes of a picture.
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI"
    "7wAAAABJRU5ErkJggg==",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
)


# What a client sends where a verb asks for a text, a number, an id or a day.
ODD = (
    *("x", -1, 10**12, 1.5, [1], {"x": 1}, None, True),
    *("\x00", "2026-13-45", "2026-01-31 25:00:00", "nan"),
)

USUAL = {
    "is_helpful": True,
    "rating": 5,
    "result": "partial",
    "support_level": "l2",
    "upheld": True,
}


class ForeignVerbs:
    """Calls verbs as somebody who may not read the record, and with nonsense."""

    def _call_foreign_verbs(self, user, *modules):
        """Try the verbs of ``modules`` on one record of each model.

        :return: set of ``model.verb`` that were called
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        called = set()
        for name, cls in self.registry.items():
            verbs = [
                attribute
                for attribute in dir(cls)
                if attribute.startswith("action_")
                and getattr(cls, attribute).__module__.startswith(origins)
                and len(signature(getattr(cls, attribute)).parameters) == 1
            ]
            if not verbs or cls._abstract or cls._transient:
                continue
            record = self.env[name].search([], limit=1, order="id").with_user(user)
            if not record or record.has_access("read"):
                continue
            for verb in verbs:
                called.add(f"{name}.{verb}")
                with self.subTest(model=name, verb=verb), self.assertRaises(UserError):
                    getattr(record, verb)()
        return called

    def _call_verbs_oddly(self, user, records, *names):
        """Call verbs with values of wrong types; the answer is a sentence or an act."""
        for record in records.with_user(user):
            for name in names:
                verb = getattr(record, name)
                parameters = signature(verb).parameters.values()
                needed = [one.name for one in parameters if one.default is one.empty]
                for value in ODD:
                    self._call_oddly(verb, value, **dict.fromkeys(needed, value))
                # What is read before it and after it is given as it should be.
                usual = {
                    key: USUAL.get(key, 1 if key.endswith("_id") else "Reason")
                    for key in needed
                }
                for one in parameters:
                    for value in ODD if one.default is not one.empty else ():
                        self._call_oddly(verb, value, **{**usual, one.name: value})

    def _call_oddly(self, verb, odd, **values):
        """Call a verb with one odd value among ``values``, and undo what it does."""
        names = [name for name, value in values.items() if value is odd]
        with self.subTest(
            model=verb.__self__._name, verb=verb.__name__, value=odd, names=names
        ):
            try:
                with self.cr.savepoint():
                    verb(**values)
                    self.env.flush_all()
                    # pylint: disable=translation-required
                    raise UserError("Undone")
            except UserError:
                self.env.invalidate_all()

    def _call_all_verbs_oddly(self, user, *modules):
        """Call every verb that takes arguments with values of wrong types.

        :return: set of ``model.verb`` that were called
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        called = set()
        for name, cls in self.registry.items():
            if cls._abstract or cls._transient:
                continue
            verbs = [
                attribute
                for attribute in dir(cls)
                if attribute.startswith("action_")
                and getattr(cls, attribute).__module__.startswith(origins)
                and len(signature(getattr(cls, attribute)).parameters) > 1
            ]
            if verbs:
                records = self.env[name].search([], order="id desc", limit=4)
                self._call_verbs_oddly(user, records, *verbs)
                called.update(f"{name}.{verb}" for verb in verbs if records)
        return called

    def _call_verbs_on_many(self, user, *modules):
        """Call the verbs of ``modules`` on no record, and on several.

        The answer is a sentence, or an act that is taken back.

        :return: set of ``model.verb`` that were called
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        called = set()
        for name, cls in self.registry.items():
            if cls._abstract or not cls._auto:
                continue
            verbs = [
                attribute
                for attribute in dir(cls)
                if attribute.startswith(("action_", "validate_tier", "reject_tier"))
                and getattr(cls, attribute).__module__.startswith(origins)
            ]
            model = self.env[name].with_user(user)
            several = model.browse()
            if verbs and not cls._transient:
                several = self.env[name].search([], limit=2).with_user(user)
            for records in {model.browse(), several}:
                for verb in verbs:
                    method = getattr(records, verb)
                    needed = [
                        one.name
                        for one in signature(method).parameters.values()
                        if one.default is one.empty
                    ]
                    usual = {key: USUAL.get(key, "Reason") for key in needed}
                    self._call_oddly(method, object(), **usual)
                    called.add(f"{name}.{verb}")
        return called

    def _find_public_helpers(self, *modules):
        """Return ``model.method`` of what clients can call and is no verb.

        Verbs begin with ``action_``; the other public methods are those of Odoo
        that a model extends.
        """
        origins = tuple(f"odoo.addons.{module}." for module in modules)
        found = set()
        for name, cls in self.registry.items():
            for attribute in dir(cls):
                method = getattr(cls, attribute)
                if attribute.startswith(("_", "action_")) or not callable(method):
                    continue
                if not getattr(method, "__module__", "").startswith(origins):
                    continue
                is_extension = any(
                    not getattr(part.__dict__[attribute], "__module__", "").startswith(
                        origins
                    )
                    for part in cls.__mro__
                    if attribute in part.__dict__
                )
                if not is_extension and not getattr(method, "_api_private", False):
                    found.add(f"{name}.{attribute}")
        return found
