"""An act on one record says so in a sentence when it is asked for several, or for none.

Core's "Expected singleton" is an error of a program, and no answer to a person.
"""

from odoo.exceptions import UserError

OWN_NAMES = ("itsm.", "outsourcing.", "vendor.quality.")
"""Beginnings of the names of the models that answer in a sentence."""


def guard_one(model_class):
    """Extend ``ensure_one`` on the class of a model of the suite.

    Not by a method of ``base``, as every model of Odoo would pay for it.

    :param model_class: of the registry, when it is set up, which may be several times
    """
    if not model_class._name.startswith(OWN_NAMES) or "ensure_one" in vars(model_class):
        return

    def ensure_one(self):
        if len(self._ids) == 1:
            return self
        kind = self.env["ir.model"]._get(self._name).name or self._name
        if not self._ids:
            raise UserError(
                self.env._("%s: nothing is chosen. Choose a record first.", kind)
            )
        raise UserError(
            self.env._(
                "%(kind)s: this is done for one record at a time, and %(count)s were "
                "given. Open one of them.",
                kind=kind,
                count=len(self._ids),
            )
        )

    model_class.ensure_one = ensure_one
