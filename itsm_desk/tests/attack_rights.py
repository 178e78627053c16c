"""Tries, as every role, what it may read, create, change and delete."""

import base64
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

CHANNEL_FIELDS = ("message_", "activity_", "website_message_", "rating_")
"""Beginnings of fields of the chatter, which has rules and tests of its own."""
KEPT_FIELDS = frozenset(
    {"id", "create_uid", "create_date", "write_uid", "write_date", "parent_path"}
)


class Undo(Exception):
    """Takes an attempt back that was not refused."""


class RightsAttacks:
    """Finds out by trying what each role may do with a record of each model.

    A right is ``read``, ``create``, ``unlink``, or what may be written: ``content``
    (the fields of ``_flow_content_fields``), ``system`` (what only the server sets),
    ``fields`` (a field of a model without a flow), or the name of another field. A
    group of fields counts as refused when each of its fields that was tried was
    refused, see :meth:`_choose_fields`.

    A test plays its world and calls :meth:`_look` at each stage, which meets the
    records of ``matrix_prefixes`` in states that were not met yet. In the end
    :meth:`_assert_matrix` compares with the declared matrix, which has a row for each
    model and state: ``{"role role": "right right"}``. Roles that it does not name have
    no right. Models without a record in this world are judged by their access rights,
    in the row ``no record``.
    """

    matrix_prefixes = ()
    matrix_modules = ()
    """Modules whose models and fields are meant; extensions have matrices of theirs."""
    matrix_extended = ()
    """Models of other modules whose fields of these modules are meant."""

    @classmethod
    def _drop_unique_indexes(cls):
        """Let a copy that is tried fail by a rule only; undone with the test.

        Not those of logs, which the server itself writes by them.
        """
        cls.env.cr.execute(
            """
            SELECT c.relname FROM pg_index i
              JOIN pg_class c ON c.oid = i.indexrelid
              JOIN pg_class t ON t.oid = i.indrelid
             WHERE i.indisunique AND NOT i.indisprimary
               AND t.relname = ANY(%s)
               AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = c.oid)
            """,
            [
                [
                    cls.env[name]._table
                    for name in cls._get_matrix_models()
                    if cls.env[name]._log_access
                ]
            ],
        )
        for (name,) in cls.env.cr.fetchall():
            cls.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))

    @classmethod
    def _get_matrix_models(cls):
        return [
            name
            for name, model in sorted(cls.env.registry.items())
            if name.startswith(cls.matrix_prefixes)
            and "fake" not in name
            and not model._abstract
            and not model._transient
            and (
                model._original_module in cls.matrix_modules
                or name in cls.matrix_extended
            )
        ]

    def _look(self, roles):
        """Try every role on the records in states that were not met yet.

        :param dict roles: ``{role: user}``
        """
        if not hasattr(self, "_matrix_found"):
            self._matrix_found = {}
        self.env.flush_all()
        for name in self._get_matrix_models():
            for state, record in self._get_examples(name).items():
                if (name, state) in self._matrix_found:
                    continue
                copied, values = self._prepare_attack(record)
                first = len(self._matrix_found)
                self._matrix_found[name, state] = {
                    role: self._find_rights(
                        record,
                        user,
                        copied,
                        self._choose_fields(
                            record.with_user(user), values, turn, len(roles)
                        ),
                    )
                    for turn, (role, user) in enumerate(roles.items(), start=first)
                }

    def _choose_fields(self, mine, values, turn, roles):
        """Return the fields that one role tries on one record, of ``values``.

        All, but where a field is refused whatever the role or whatever the field, the
        roles and the states take turns with them: the fields that only the server
        sets, and those of a record that a record rule keeps from the user.
        """
        if not mine.has_access("write"):
            roles = max(map(len, values.values()), default=1) or 1
            shared = values
        else:
            shared = {"system"} & set(values)
        chosen = dict(values)
        for group in shared:
            names = list(values[group])
            part = names[turn % roles :: roles] or names[turn % (len(names) or 1) :][:1]
            chosen[group] = {name: values[group][name] for name in part}
        return chosen

    def _prepare_attack(self, record):
        """Return the values of a copy, and ``{group: {field: another value}}``."""
        # sudo: the values of the attack, whoever may read them
        copied = self.env[record._name].sudo().browse(record.ids)
        try:
            copied = copied.copy_data()
        except UserError:
            # Sealed: not even the server reads it here.
            copied = [{}]
        values = {
            group: {
                name: value
                for name in names
                if (value := self._get_other_value(record, name)) is not None
            }
            for group, names in self._get_field_groups(record).items()
        }
        return copied, values

    def _get_examples(self, name):
        """Return the last record in each state: ``{state: record}``."""
        model = self.env[name]
        if not model._auto:
            # sudo: whether there is any, not what it says
            record = model.sudo().search([], limit=1)
            return {"": record.sudo(False)} if record else {}
        state = SQL.identifier("state") if "state" in model._fields else SQL("''")
        self.env.cr.execute(
            SQL(
                "SELECT %s, max(id) FROM %s GROUP BY 1",
                state,
                SQL.identifier(model._table),
            )
        )
        return {key: model.browse(res_id) for key, res_id in self.env.cr.fetchall()}

    def _assert_matrix(self, matrix, roles):
        """Compare what was found with what is declared, and report all differences."""
        found = dict(self._matrix_found)
        for name in set(self._get_matrix_models()) - {name for name, _state in found}:
            found[name, "no record"] = {
                role: self._find_access(name, user) for role, user in roles.items()
            }
        differences = []
        for key in sorted(set(found) | set(matrix)):
            declared = {}
            for names, rights in matrix.get(key, {}).items():
                for role in names.split():
                    declared[role] = set(rights.split())
            real = {
                role: rights for role, rights in found.get(key, {}).items() if rights
            }
            if key not in found:
                differences.append(f"{key}: declared, and not met")
            elif key not in matrix or declared != real:
                differences.append(f"{key}: {self._format_row(real)},")
        self.assertFalse(differences, "Found:\n" + "\n".join(differences))

    def _format_row(self, rights_of):
        """Return what was found as the matrix writes it."""
        by_rights = {}
        for role, rights in rights_of.items():
            by_rights.setdefault(" ".join(sorted(rights)), []).append(role)
        return repr({" ".join(roles): rights for rights, roles in by_rights.items()})

    def _find_access(self, name, user):
        """Return the access rights of ``user``, where there is no record to try."""
        model = self.env[name].with_user(user)
        rights = ("read", "create", "unlink", "write")
        return {right for right in rights if model.has_access(right)}

    def _find_rights(self, record, user, copied, values):
        """Return the set of rights that ``user`` has on ``record``.

        Where the access rights of the model refuse, nothing else is asked.
        """
        model = self.env[record._name].with_user(user)
        mine = record.with_user(user)
        attempts = {
            "read": lambda: self._call(mine, "read", ["display_name"]),
            "create": lambda: call_kw(model, "create", [copied[0]], {}),
            "unlink": lambda: self._call(mine, "unlink"),
        }
        rights = {
            right
            for right, attempt in attempts.items()
            if model.has_access(right) and self._is_done(attempt)
        }
        if not model.has_access("write"):
            return rights
        for group, written in values.items():
            if any(
                self._is_done(
                    lambda name=name, value=value: self._call(
                        mine, "write", {name: value}
                    )
                )
                for name, value in written.items()
            ):
                rights.add(group)
        return rights

    def _get_field_groups(self, record):
        """Return ``{group: names of its fields}`` of the model of ``record``."""
        names = [
            name
            for name, field in record._fields.items()
            if (field.store or field.inverse)
            and self._is_meant(field)
            and name not in KEPT_FIELDS
            and name != "state"
            and not name.startswith(CHANNEL_FIELDS)
        ]
        if not hasattr(record, "_flow_transitions"):
            return {"fields": names}
        system = record._flow_get_system_fields()
        content = record._flow_content_fields - system
        groups = {
            "content": [name for name in names if name in content],
            "system": [name for name in names if name in system],
        }
        for name in names:
            if name not in content | system:
                groups[name] = [name]
        return groups

    def _is_meant(self, field):
        """Whether a field belongs to this matrix and not to that of an extension."""
        others = {"outsourcing_mgmt", "itsm_desk", "vendor_quality"}
        return field._module not in others - set(self.matrix_modules)

    def _get_other_value(self, record, name):
        """Return a value that the field does not have, or None where there is none."""
        field = record._fields[name]
        # sudo: the values of the attack, whoever may read them
        record = record.sudo().with_context(bin_size=False)
        try:
            value = record[name]
        except UserError:
            # Sealed: not even the server reads it here.
            value = record.browse()[name]
        if field.type in ("char", "text", "html"):
            return "Other"
        if field.type in ("float", "monetary", "integer"):
            return (value or 0) + 1
        if field.type == "boolean":
            return not value
        if field.type == "date":
            return (value or fields.Date.today()) + timedelta(days=1)
        if field.type == "datetime":
            return (value or self.env.cr.now()) + timedelta(hours=1)
        if field.type == "binary":
            return base64.b64encode(b"%PDF-1.4 other").decode()
        if field.type == "selection":
            keys = [key for key in field.get_values(self.env) if key != value]
            return keys[0] if keys else None
        if field.type == "one2many":
            return [(2, value[:1].id)] if value else None
        if field.relational:
            # sudo: as above
            others = self.env[field.comodel_name].sudo()
            other = others.search([("id", "not in", value.ids)], limit=1)
            if not other:
                return None
            return other.id if field.type == "many2one" else [(6, 0, other.ids)]
        return None

    def _call(self, record, method, *args):
        """Call a public method as a remote caller does."""
        return call_kw(record.browse(), method, [record.ids, *args], {})

    def _is_done(self, act):
        """Whether ``act`` is not refused; it is taken back."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                act()
                self.env.flush_all()
                raise Undo
        except Undo:
            return True
        except UserError:
            return False
        except IntegrityError:
            # No rule was in the way, only the database.
            return True
