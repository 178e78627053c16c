"""Attempts to decide as nobody: a console, a job, a record of another user."""

from odoo.exceptions import AccessError

from .fake_person import as_console

DECIDED = {
    "approved",
    "refused",
    "rejected",
    "signed",
    "sealed",
    "withdrawn",
    "verified",
    "waived",
    "upheld",
    "partial",
    "confirmed",
    "appointed",
    "recused",
    "accepted",
    "annulled",
    "opened",
    "price_opened",
    "applied",
    "reversed",
}
"""States that somebody decides on; each is entered by a verb of a person."""
BY_SERVER = {
    "use",
    "proceed",
    "enter_tender",
    "reopen",
    "restore",
    "follow_calendar",
    "complete",
}
"""Verbs that the procedure takes for nobody, on the way to such a state."""


class PersonCase:
    """Acts as nobody: a console, a job, or a record taken to another user."""

    def _assert_needs_person(self, acts, records):
        """Each act is refused, changes nothing, and says who can take it."""
        for name, act in acts.items():
            before = records.sudo().mapped("state")
            with (
                self.subTest(act=name),
                self.assertRaisesRegex(AccessError, "own act of a person"),
                self.cr.savepoint(),
            ):
                as_console(act)
            records.invalidate_recordset()
            self.assertEqual(records.sudo().mapped("state"), before)

    def _assert_decisions_are_personal(self, mixin, at_least):
        """Each decided state of every model has a verb that asks for a person.

        :param str mixin: name of the mixin of the models
        :param int at_least: how many such steps there are
        """
        mixin, seen = self.registry[mixin], 0
        for name, cls in self.registry.items():
            if not issubclass(cls, mixin) or cls._abstract or "fake" in name:
                continue
            Model = self.env[name]
            for origin, targets in cls._flow_transitions.items():
                for target in DECIDED.intersection(targets):
                    verb = Model._flow_get_verb(origin, target)
                    with self.subTest(model=name, origin=origin, target=target):
                        self.assertIn(verb, cls._flow_personal | BY_SERVER)
                    seen += 1
            verbs = {*cls._flow_verbs.values(), *cls._flow_groups}
            for verb in verbs & cls._flow_personal:
                with (
                    self.subTest(model=name, verb=verb),
                    self.assertRaisesRegex(AccessError, "own act of a person"),
                ):
                    as_console(Model._flow_check_can, verb)
        self.assertGreaterEqual(seen, at_least)
