"""Forms show nothing of records that their user may not read.

Core computes a form from the ids that a client sends, and much of it in the rights of
the server: the id of a hidden record would bring its values. For the user there is no
such record.
"""

from odoo import models

from .hidden_documents import check_pointed

SHOWN_TO_READERS = (
    *("itsm.", "outsourcing.", "vendor.quality."),
    *("account.move", "account.payment", "purchase.order", "survey.user_input"),
)
"""Beginnings of the names of the models whose records are hidden from many."""
OWN_MODELS = ("itsm.", "outsourcing.", "vendor.quality.")


class HiddenValues:
    """Takes the ids of hidden records out of what a client sends for one form.

    What the record that is shown has already stays, and what the form begins with.
    """

    def __init__(self, records):
        """Clean values for the record of a form, or for none: a new one."""
        self.records = self._drop_defaults(records)
        self._begun = None

    def clean(self, values, records=None):
        """Return the values without ids of hidden records.

        :param dict values: as :meth:`onchange` takes them
        :param records: the line of the form that they are for
        """
        records = self.records if records is None else records
        kept = dict(values)
        for name, value in values.items():
            field = records._fields.get(name)
            if not field or not value or not field.comodel_name:
                continue
            # sudo: what is shown already, whether its user may read it or not
            known = records.sudo()[name].ids if records.ids else []
            target = records.env[field.comodel_name]
            if field.type == "many2one":
                if self._is_hidden(target, value, known):
                    kept[name] = False
            elif isinstance(value, list | tuple):
                kept[name] = [self._clean_command(target, one, known) for one in value]
        return kept

    def _clean_command(self, target, command, known):
        """Return a command of a list without ids of hidden records."""
        if not isinstance(command, list | tuple) or len(command) < 2:
            return command
        kind = type(command)
        code, record_id, *rest = command
        if code in (0, 1) and rest and isinstance(rest[0], dict):
            line = target.browse(record_id if code and record_id in known else [])
            return kind([code, record_id, self.clean(rest[0], line)])
        if code == 4 and self._is_hidden(target, record_id, known):
            return kind([3, record_id])
        if code == 6 and rest and isinstance(rest[0], list | tuple):
            ids = [one for one in rest[0] if not self._is_hidden(target, one, known)]
            return kind([6, 0, type(rest[0])(ids)])
        return command

    def _is_hidden(self, target, value, known):
        if not target._name.startswith(SHOWN_TO_READERS):
            return False
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, list | tuple):
            value = value[:1] and value[0]
        if not isinstance(value, int) or not value or value in known:
            return False
        if target.browse(value)._filtered_access("read"):
            return False
        return (target._name, value) not in self._get_begun()

    def _get_begun(self):
        """Return ``(model, id)`` of what a new form begins with."""
        if self._begun is None:
            self._begun = set()
            if not self.records.ids:
                names = [
                    field.name
                    for field in self.records._fields.values()
                    if field.comodel_name
                ]
                self._collect(self.records, self.records.default_get(names))
        return self._begun

    def _collect(self, records, values):
        for name, value in values.items():
            field = records._fields.get(name)
            if not field or not value or not field.comodel_name:
                continue
            target = records.env[field.comodel_name].browse()
            if isinstance(value, int):
                self._begun.add((target._name, value))
            elif isinstance(value, list | tuple):
                for code, record_id, *rest in value:
                    ids = rest[0] if code == 6 else [record_id] * (code in (1, 4))
                    self._begun.update((target._name, one) for one in ids)
                    if code in (0, 1):
                        self._collect(target, rest[0])

    def _drop_defaults(self, records):
        """Return the records without defaults of the caller that name hidden ones."""
        context = records.env.context
        defaults = {
            key.removeprefix("default_"): value
            for key, value in context.items()
            if key.startswith("default_")
        }
        self.records, self._begun = records.browse(), set()
        shown = self.clean(defaults)
        hidden = {
            f"default_{name}" for name in defaults if shown[name] != defaults[name]
        }
        kept = {key: value for key, value in context.items() if key not in hidden}
        return records.with_env(records.env(context=kept))


def guard_links(model_class):
    """Extend what judges new values, on the class of a window of the suite.

    What a window is about comes from the client, and core names it in the rights of the
    server. Not by ``create``, which automations take off the class.

    :param model_class: of the registry, when it is set up, which may be several times
    """
    is_window = model_class._name.startswith(OWN_MODELS) and model_class._transient
    if not is_window or "_validate_fields" in vars(model_class):
        return

    def _validate_fields(self, field_names, excluded_names=()):
        names = list(field_names)
        check_links(self, names)
        return super(model_class, self)._validate_fields(names, excluded_names)

    model_class._validate_fields = _validate_fields


def check_links(rows, names):
    """Refuse rows that lead to documents of ours which their user may not read.

    A window says in ``_shown_links`` which of its links may be known to whoever has
    the right to open it.

    :param names: the fields that were set
    """
    if rows.env.su:
        return
    for name in set(names).difference(getattr(rows, "_shown_links", ())):
        field = rows._fields[name]
        if field.type == "many2one" and field.comodel_name.startswith(OWN_MODELS):
            # sudo: none; whoever sets the link is judged.
            rows.sudo(False)[name].check_access("read")


class Base(models.AbstractModel):
    """Forms are computed from what their user may read; see ``hidden_documents``."""

    _inherit = "base"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def onchange(self, values, field_names, fields_spec):
        check_pointed(self, values)
        if not self._name.startswith(OWN_MODELS) or self.env.su:
            return super().onchange(values, field_names, fields_spec)
        hidden = HiddenValues(self)
        return super(Base, hidden.records).onchange(
            hidden.clean(values), field_names, fields_spec
        )
