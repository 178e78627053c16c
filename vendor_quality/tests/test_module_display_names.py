from odoo.tests import TransactionCase, tagged

MODULES = {"itsm_desk", "outsourcing_mgmt", "vendor_quality"}


@tagged("post_install", "-at_install")
class TestDisplayNames(TransactionCase):
    """Whoever may read a record may read its name."""

    def _get_reading_groups(self, model_name):
        """Return the groups whose users read the model; False for everybody."""
        rows = self.env["ir.model.access"].search(
            [("model_id.model", "=", model_name), ("perm_read", "=", True)]
        )
        return [row.group_id for row in rows]

    def test_names_need_no_other_right(self):
        checked, hidden = 0, []
        for name, model in self.env.registry.items():
            field = model._fields.get(model._rec_name or "")
            if (
                model._original_module not in MODULES
                or not field
                or field.type != "many2one"
                or "_compute_display_name" in vars(self._get_definition(model))
            ):
                continue
            named = self._get_reading_groups(field.comodel_name)
            for group in self._get_reading_groups(name):
                checked += 1
                own = group.all_implied_ids
                if not any(not other or other in own for other in named):
                    hidden.append(f"{name}: {group.full_name} cannot read {field}")
        self.assertTrue(checked)
        self.assertFalse(hidden)

    def _get_definition(self, model):
        """Return the class of our modules that sets the name, or an empty one."""
        for base in model.__mro__:
            if "_compute_display_name" in vars(base):
                module = base.__module__.removeprefix("odoo.addons.").split(".")[0]
                return base if module in MODULES else object
        return object
