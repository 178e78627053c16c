"""Rules that an administrator makes, whose code runs in the middle of an act."""

from odoo import Command

ACTS = {
    "message": "record.message_post(body='Seen')",
    "comment": "record.message_post(body='Seen', subtype_xmlid='mail.mt_comment')",
    "activity": "record.activity_schedule('mail.mail_activity_data_todo', user_id=uid)",
    "follower": "record.message_subscribe(env.user.partner_id.ids)",
    "archive": "if 'active' in record._fields: record.write({'active': False})",
}
"""What a rule may do to any document."""


SEEN = "if not record.x_seen: record.write({'x_seen': True})"
"""What a rule writes into the field of :meth:`Automating._add_field`."""


class Automating:
    """Makes automation rules; where the module is missing, the test is skipped."""

    def _get_documents(self, module):
        """Return the names of the documents with a flow that ``module`` makes."""
        flows = [
            self.registry[name]
            for name in ("itsm.flow.mixin", "outsourcing.flow.mixin")
            if name in self.registry
        ]
        return [
            name
            for name, cls in self.registry.items()
            if issubclass(cls, tuple(flows))
            and not cls._abstract
            and cls._original_module == module
        ]

    def _add_field(self, models):
        """Give ``models`` a field of an administrator, in which a rule writes."""
        fields = self.env["ir.model.fields"].sudo()
        fields.create(
            [
                {
                    "name": "x_seen",
                    "ttype": "boolean",
                    "model_id": self.env["ir.model"]._get_id(name),
                }
                for name in models
            ]
        )

    def _automate_documents(self, module, code, trigger, besides=()):
        """Run ``code`` by a rule on each document of ``module``.

        :param besides: names of models that nobody but one person writes
        """
        models = [name for name in self._get_documents(module) if name not in besides]
        self.assertTrue(models)
        if "x_seen" in code:
            self._add_field(models)
        for name in models:
            for method in ("message_post", "message_subscribe", "activity_schedule"):
                if f"record.{method}" in code and not hasattr(self.env[name], method):
                    break
            else:
                self._automate(name, code, trigger)

    def _automate(
        self, model, code, trigger="on_create_or_write", fields=None, **action
    ):
        """Run ``code`` by a rule on ``model``; an empty one is an action as given.

        :param fields: whose change in a form runs it, of such a rule
        """
        if "base.automation" not in self.env:
            self.skipTest("Automations are of another module.")
        rules = self.env["base.automation"].sudo()
        self.addCleanup(rules._unregister_hook)
        model_id = self.env["ir.model"]._get_id(model)
        values = {"name": "Action", "model_id": model_id, "state": "code", **action}
        rule = rules.create(
            {
                "name": f"Automation of {model}",
                "model_id": model_id,
                "trigger": trigger,
                "on_change_field_ids": [Command.set(fields.ids if fields else [])],
                "action_server_ids": [Command.create({**values, "code": code})],
            }
        )
        if trigger in ("on_state_set", "on_user_set", "on_tag_set", "on_priority_set"):
            # As the form sets them where a rule is for any value.
            rule.write({"filter_domain": "[]", "filter_pre_domain": "[]"})
        self.env.flush_all()
        return rule
