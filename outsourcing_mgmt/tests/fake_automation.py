"""Rules that an administrator makes, whose code runs in the middle of an act."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tools import mute_logger

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
        if "base.automation" not in self.env:
            self.skipTest("Automations are of another module.")
        models = [name for name in models if "x_seen" not in self.env[name]._fields]
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
        :return: the rules
        """
        models = [name for name in self._get_documents(module) if name not in besides]
        self.assertTrue(models)
        if "x_seen" in code:
            self._add_field(models)
        rules = self.env["base.automation"].sudo()
        for name in models:
            for method in ("message_post", "message_subscribe", "activity_schedule"):
                if f"record.{method}" in code and not hasattr(self.env[name], method):
                    break
            else:
                rules |= self._automate(name, code, trigger)
        return rules

    def _assert_refused_to_rules(self, records, *codes):
        """Run ``codes`` as an administrator's actions with the rights of the server."""
        for code in codes:
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Bend",
                    "model_id": self.env["ir.model"]._get_id(records._name),
                    "state": "code",
                    "code": code,
                }
            )
            run = action.sudo().with_context(
                active_model=records._name,
                active_ids=records.ids,
                active_id=records[:1].id,
            )
            with (
                self.subTest(model=records._name, code=code),
                mute_logger("odoo.addons.base.models.ir_actions"),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                run.run()
                self.env.flush_all()
            self.env.invalidate_all()

    def _send_webhooks(self, *models):
        """Tell another program all that anybody may read, by a rule on each model."""
        for model in models:
            hidden = [
                name for name, field in self.env[model]._fields.items() if field.groups
            ]
            told = self.env["ir.model.fields"].sudo()
            told = told.search(
                [
                    ("model", "=", model),
                    ("name", "not in", hidden),
                    # Core's own values of these are not always JSON.
                    ("ttype", "not in", ("binary", "json")),
                ]
            )
            self._automate(
                model,
                False,
                state="webhook",
                webhook_url="https://hooks.example.com/seen",
                webhook_field_ids=[Command.set(told.ids)],
            )

    def _automate_in_time(self, model, name, code):
        """Run ``code`` by a rule for the day before the date ``name``, by its job."""
        rule = self._automate(model, code, "on_time_created")
        rule.write(
            {
                "trigger": "on_time",
                "trg_date_id": self.env["ir.model.fields"]._get(model, name).id,
                "trg_date_range": 1,
                "trg_date_range_type": "day",
                "trg_date_range_mode": "before",
            }
        )
        # A test may not commit.
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        rule._cron_process_time_based_actions()
        self.env.flush_all()
        self.assertTrue(rule.last_run)

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
