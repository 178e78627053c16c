"""Numbers that are none, sent to every number field of the models of a module.

The same in both modules: each installs without the other.
"""

import math
import traceback

from odoo.exceptions import UserError

ENDLESS = (float("nan"), float("inf"), float("-inf"), "nan", "1e999", 1e300)
"""Values that no number field keeps."""
ODD = (*ENDLESS, "x", [1], {"x": 1}, 10**30)
NUMBERS = ("float", "monetary", "integer")


class OddNumbers:
    """Writes odd numbers wherever a client may send one."""

    def _find_number_fields(self, *prefixes):
        """Return ``(model, field names)`` of the models with these beginnings."""
        for name in sorted(self.registry):
            model = self.env[name]
            if not name.startswith(prefixes) or model._abstract or not model._auto:
                continue
            names = [
                field.name
                for field in model._fields.values()
                if field.type in NUMBERS and field.name != "id"
            ]
            if names:
                yield model, names

    def _find_passed(self, origin, *prefixes):
        """Return what was kept, or ended in an error of the module's own code.

        :param str origin: part of the paths of the files of the module
        """
        passed, tried = [], 0
        for model, names in self._find_number_fields(*prefixes):
            try:
                record = model.sudo().search([], limit=1)
            except UserError:
                # What is sealed is not even looked for.
                continue
            for name in names:
                passed += self._find_defaults(model, name)
                for value in ODD:
                    acts = {"create": lambda vals, m=model: m.sudo().create(vals)}
                    if record:
                        acts["write"] = lambda vals, r=record: r.write(vals)
                    for verb, act in acts.items():
                        tried += 1
                        problem = self._try_number(act, {name: value}, origin)
                        if problem == "kept" and value not in ENDLESS:
                            problem = ""
                        if problem:
                            passed.append(
                                f"{model._name}.{name} {verb} {value}: {problem}"
                            )
        self.assertGreater(tried, 100)
        return passed

    def _find_defaults(self, model, name):
        """Return what is kept of odd numbers that come as the default of a field."""
        kept = []
        for value in ENDLESS:
            asked = model.sudo().with_context(**{f"default_{name}": value})
            try:
                number = asked.default_get([name]).get(name) or 0
            except (UserError, ValueError, OverflowError):
                continue
            if not math.isfinite(number) or abs(number) > 10**15:
                kept.append(f"{model._name}.{name} default {value}: kept")
        return kept

    def _try_number(self, act, vals, origin):
        """Return ``kept``, an error of our own code, or nothing where it is refused."""
        try:
            with self.cr.savepoint():
                act(vals)
                self.env.flush_all()
                # pylint: disable=translation-required
                raise LookupError("kept")
        except LookupError as kept:
            problem = "kept" if kept.args == ("kept",) else repr(kept)
        except UserError:
            problem = ""
        except (ArithmeticError, TypeError, ValueError) as error:
            frames = traceback.extract_tb(error.__traceback__)
            last = frames[-1]
            is_ours = origin in last.filename and "/tests/" not in last.filename
            problem = f"{error!r} in {last.filename}:{last.lineno}" if is_ours else ""
        except Exception:
            # Of the database: what is missing beside the number.
            problem = ""
        self.env.invalidate_all()
        return problem
