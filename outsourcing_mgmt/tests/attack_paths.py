"""Ways to a hidden record through the relations of others, by domains and groups."""

from odoo.exceptions import AccessError, UserError


class PathAttacks:
    """Asks other models for what a record says, which the asker may not read."""

    def _find_paths(self, name, depth=2):
        """Return ``(model, path)`` of relations that lead to the model ``name``.

        :param int depth: over how many fields
        """
        level, found = {name: [()]}, []
        for _step in range(depth):
            after = {}
            for model in self.registry.values():
                if model._abstract or model._transient or not model._auto:
                    continue
                for field in model._fields.values():
                    if field.relational and (field.store or field.search):
                        for path in level.get(field.comodel_name, ()):
                            after.setdefault(model._name, []).append(
                                (field.name, *path)
                            )
            found += [(model, path) for model, paths in after.items() for path in paths]
            level = after
        return found

    def assertHidden(self, record, field, users):
        """Nobody of ``users`` finds out what ``field`` of ``record`` says.

        Whoever may read the record is left out.

        :return: how many questions were asked (int)
        """
        value, count, leaks = record.sudo()[field], 0, []
        self.assertTrue(value, f"{record}.{field}")
        paths = [(record._name, ()), *self._find_paths(record._name)]
        for user in users:
            mine = record.with_user(user)
            if mine.has_access("read") and mine._has_field_access(
                mine._fields[field], "read"
            ):
                continue
            for model, path in paths:
                count += 1
                if self._is_told(
                    self.env[model].with_user(user), (*path, field), value
                ):
                    leaks.append(f"{user.login}: {model}: {'.'.join((*path, field))}")
        self.assertFalse(leaks, "\n".join(leaks))
        return count

    def _is_told(self, model, path, value):
        """Whether a domain tells the value from another one."""
        other = f"no {value}" if isinstance(value, str) else value + 1
        try:
            with self.cr.savepoint():
                name = ".".join(path)
                right, wrong = (
                    model.search([(name, "=", one)], limit=5).ids
                    for one in (value, other)
                )
                return right != wrong
        except (AccessError, UserError, ValueError):
            return False
