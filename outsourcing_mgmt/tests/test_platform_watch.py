from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..models.base.uninstall import _removing
from ..models.platform.change_watch import CHANGED
from .common import BidCommon, OutsourcingCommon

SWITCH = "mail.restrict.template.rendering"


class WatchCase:
    """An administrator who changes what could get around a procedure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = new_test_user(
            cls.env,
            "outsourcing_system",
            "base.group_system,mail.group_mail_template_editor",
        )
        cls.request_model = cls.env["ir.model"]._get("outsourcing.request")
        cls.contact_model = cls.env["ir.model"]._get("res.partner")

    def _entries(self):
        return self.env["outsourcing.audit.log"].search([("verb", "=", CHANGED)])

    def _get_changes(self):
        """Yield the name of a change and the function that makes it."""
        env = self.env(user=self.system)
        action = env["ir.actions.server"].create(
            {
                "name": "Script",
                "model_id": self.request_model.id,
                "state": "code",
                "code": "pass",
            }
        )
        report = env.ref("outsourcing_mgmt.action_report_outsourcing_request")
        template = env["mail.template"].create(
            {"name": "Plain", "model_id": self.contact_model.id, "subject": "Hello"}
        )
        view = env["ir.ui.view"].create(
            {"name": "page", "type": "qweb", "arch": "<t t-name='page'/>"}
        )
        automation = env["base.automation"].create(
            {
                "name": "Automation",
                "model_id": self.request_model.id,
                "trigger": "on_create_or_write",
            }
        )
        self.env.flush_all()
        return {
            "ir.actions.server": lambda: action.write({"code": "record.name"}),
            "ir.actions.report": lambda: report.write(
                {"print_report_name": "object.env.user.name"}
            ),
            "mail.template": lambda: template.write(
                {"subject": "{{ object.env.cr.execute('SELECT 1') }}"}
            ),
            "ir.ui.view": lambda: view.write(
                {"arch_db": "<t t-name='page'><t t-out='env.cr'/></t>"}
            ),
            "base.automation": lambda: automation.write(
                {"filter_domain": "[('id', '>', 0)]"}
            ),
            "ir.rule": lambda: env["ir.rule"].create(
                {
                    "name": "All",
                    "model_id": self.request_model.id,
                    "domain_force": "[(1, '=', 1)]",
                }
            ),
            "ir.model.access": lambda: env["ir.model.access"].create(
                {
                    "name": "All",
                    "model_id": self.request_model.id,
                    "group_id": env.ref("base.group_user").id,
                    "perm_read": True,
                }
            ),
            "ir.config_parameter": lambda: env["ir.config_parameter"].set_param(
                SWITCH, True
            ),
            "res.groups": lambda: env.ref("base.group_user").write(
                {
                    "implied_ids": [
                        Command.link(env.ref("base.group_partner_manager").id)
                    ]
                }
            ),
        }


@tagged("post_install", "-at_install")
class TestChangeWatch(WatchCase, BidCommon):
    """A bid is sealed: what reaches SQL is changed, recorded and told."""

    def test_each_change_is_recorded_and_told(self):
        changes = self._get_changes()
        self._sealed_bid(self.alpha_user, ("98765.43", "0.01"))
        Message = self.env["mail.message"]
        for model, change in changes.items():
            with self.subTest(model=model):
                before = self._entries()
                last = Message.search([], limit=1, order="id desc")
                change()
                self.env.flush_all()
                entries = (self._entries() - before).filtered(
                    lambda entry, model=model: entry.details["model"] == model
                )
                self.assertEqual(len(entries), 1)
                self.assertEqual(entries.user_id, self.system)
                self.assertEqual(entries.res_model, "res.company")
                self.assertEqual(entries.details["person"], self.system.login)
                told = Message.search([("id", ">", last.id)]).filtered(
                    lambda message: "Code or rights changed" in (message.subject or "")
                )
                self.assertIn(self.system.name, told[:1].body)
                for user in (self.auditor_user, self.officer_user):
                    self.assertIn(user.partner_id, told.notified_partner_ids)
        self.assertTrue(
            self.env["outsourcing.audit.log"]
            .with_user(self.auditor_user)
            .verify("res.company", self.company.id)["valid"]
        )

    def test_taking_away_is_a_change_as_well(self):
        env = self.env(user=self.system)
        env["ir.config_parameter"].set_param(SWITCH, True)
        access = env.ref("outsourcing_mgmt.access_outsourcing_audit_log_user")
        self._sealed_bid(self.alpha_user, ("98765.43", "0.01"))
        for model, change in {
            "ir.config_parameter": lambda: env["ir.config_parameter"].set_param(
                SWITCH, False
            ),
            "ir.model.access": access.unlink,
        }.items():
            before = self._entries()
            change()
            entry = (self._entries() - before).filtered(
                lambda item, model=model: item.details["model"] == model
            )
            self.assertEqual(entry.details["operation"], "unlink")

    def test_custom_field(self):
        self._sealed_bid(self.alpha_user, ("98765.43", "0.01"))
        before = self._entries()
        self.env(user=self.system)["ir.model.fields"].create(
            {
                "name": "x_copy",
                "model_id": self.request_model.id,
                "ttype": "char",
                "store": False,
                "compute": "for rec in self: rec['x_copy'] = rec.name",
                "depends": "name",
            }
        )
        entry = self._entries() - before
        self.assertEqual(entry.details["model"], "ir.model.fields")
        self.assertEqual(entry.user_id, self.system)

    def test_harmless_changes_are_not(self):
        template = self.env["mail.template"].create(
            {"name": "Plain", "model_id": self.request_model.id, "subject": "Hello"}
        )
        self._sealed_bid(self.alpha_user, ("98765.43", "0.01"))
        before = self._entries()
        template.subject = "Hello {{ object.name }}"
        self.env["ir.config_parameter"].set_param("web.base.url.freeze", True)
        self.env["ir.ui.view"].create(
            {
                "name": "form",
                "model": "res.partner",
                "type": "form",
                "arch": "<form><field name='name'/></form>",
            }
        )
        self.assertFalse(self._entries() - before)


@tagged("post_install", "-at_install")
class TestChangeWatchPrice(WatchCase, OutsourcingCommon):
    """A reference price is secret as well; where nothing is, nothing is recorded."""

    def test_nothing_is_sealed(self):
        changes = self._get_changes()
        self.env["outsourcing.bid"].search([("state", "=", "sealed")])
        before = self._entries()
        changes["ir.actions.server"]()
        self.assertFalse(self._entries() - before)
        price = self._create_reference_price(self._create_approved_request())
        price.action_submit()
        changes["ir.actions.server"]()
        self.assertEqual(len(self._entries() - before), 1)


@tagged("post_install", "-at_install")
class TestUninstallFlag(OutsourcingCommon):
    """Guards of deletion are lifted by an uninstallation, not by a context."""

    def test_context_lifts_no_guard(self):
        request = self._create_approved_request()
        forced = request.with_context(_force_unlink=True)
        for records in (forced, forced.with_user(self.hr_user).sudo()):
            with self.assertRaisesRegex(UserError, "part of the history"):
                records.unlink()
        with _removing(["some_other_module"]):
            with self.assertRaisesRegex(UserError, "part of the history"):
                forced.unlink()
        self.assertTrue(request.exists())

    def test_uninstallation_lifts_the_guards_of_the_module(self):
        request = self._create_approved_request()
        with _removing(["outsourcing_mgmt"]):
            request.with_context(_force_unlink=True).unlink()
        self.assertFalse(request.exists())

    def test_evaluated_code_uninstalls_nothing(self):
        request = self._create_approved_request()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Clean up",
                "model_id": self.env["ir.model"]._get_id("ir.model.data"),
                "state": "code",
                "code": "env['ir.model.data']._process_end_unlink_record("
                f"env['outsourcing.request'].browse({request.id}).with_context("
                "_force_unlink=True, module='outsourcing_mgmt'))",
            }
        )
        with self.assertRaisesRegex(UserError, "part of the history"):
            action.run()
        self.assertTrue(request.exists())


@tagged("post_install", "-at_install")
class TestWatchReviewers(WatchCase, OutsourcingCommon):
    """Who reviews is changed by nobody in silence."""

    def test_each_change_is_logged_and_told(self):
        manager = new_test_user(
            self.env, "tier_manager", "base.group_user,base.group_erp_manager"
        )
        tiers = self.env["tier.definition"].with_user(manager)
        log = self.env["outsourcing.audit.log"]
        domain = [("verb", "=", "reviewers_changed")]
        mails = self.env["mail.message"].search_count(
            [("subject", "like", "Who reviews")]
        )
        tier = tiers.create(
            {
                "name": "A friend",
                "model_id": self.request_model.id,
                "review_type": "individual",
                "reviewer_id": self.plain_user.id,
            }
        )
        count = log.search_count(domain)
        self.assertTrue(count)
        tier.active = False
        tier.sequence = 3
        tier.unlink()
        self.assertEqual(log.search_count(domain), 4 * count)
        self.assertIn("tier_manager", str(log.search(domain)[:1].details))
        told = self.env["mail.message"].search_count(
            [("subject", "like", "Who reviews")]
        )
        self.assertGreater(told, mails)
        other = tiers.create(
            {
                "name": "Elsewhere",
                "model_id": self.contact_model.id,
                "review_type": "individual",
                "reviewer_id": self.plain_user.id,
            }
        )
        other.unlink()
        self.assertEqual(log.search_count(domain), 4 * count)


@tagged("post_install", "-at_install")
class TestWatchRendered(WatchCase, BidCommon):
    """Whatever is rendered is watched, in any add-on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sealed_bid(cls.alpha_user)

    def test_tips_scripts_and_wizards(self):
        env = self.env(user=self.system)
        tip = self.env["digest.tip"].search([], limit=1) or self.env[
            "digest.tip"
        ].create({"name": "Tip"})
        wizard = env["calendar.popover.delete.wizard"]
        changes = {
            "digest.tip": lambda: tip.with_env(env).write(
                {"tip_description": '<t t-out="user.env.cr"/>'}
            ),
            "ir.asset": lambda: env["ir.asset"].create(
                {"name": "x", "bundle": "web.assets_backend", "path": "/x/x.js"}
            ),
            wizard._name: lambda: wizard.create({"subject": "{{ object.env.cr }}"}),
        }
        for name, change in changes.items():
            with self.subTest(model=name):
                before = self._entries()
                change()
                self.assertTrue(self._entries() - before)

    def test_what_core_evaluates_elsewhere(self):
        """Domains of windows, kept scripts, groups of a rule."""
        env = self.env(user=self.system)
        code = "[('id', '=', user.env.cr)]"
        window = env["ir.actions.act_window"].create(
            {"name": "Contacts", "res_model": "res.partner"}
        )
        values = {
            "name": "web.assets_web.min.js",
            "public": True,
            "raw": b"1",
            "res_id": 0,
            "res_model": "ir.ui.view",
            "url": "/web/assets/1/web.assets_web.min.js",
        }
        script = self.env["ir.attachment"].create(values).with_env(env)
        other = self.env["ir.attachment"].create({**values, "url": False})
        rule = env.ref("outsourcing_mgmt.outsourcing_bid_rule_company")
        group = env.ref("base.group_portal")
        changes = {
            "context": lambda: window.write({"context": "{'a': user.env.cr}"}),
            "domain": lambda: window.write({"domain": code}),
            "domain, other letters": lambda: window.write(
                {"domain": code.replace("user", "\U0001d42eser")}
            ),
            "script": lambda: script.write({"raw": b"2"}),
            "script of another file": lambda: other.with_env(env).write(
                {"url": values["url"]}
            ),
            "new script": lambda: env["ir.attachment"].create(values),
            "groups of a rule": lambda: group.write(
                {"rule_groups": [Command.link(rule.id)]}
            ),
        }
        before = self._entries()
        window.write({"domain": "[('id', '=', uid)]", "context": "{'a': 1}"})
        self.env["ir.attachment"].create(values).write({"raw": b"3"})
        self.assertFalse(self._entries() - before)
        for name, change in changes.items():
            with self.subTest(change=name):
                before = self._entries()
                change()
                self.env.flush_all()
                self.assertTrue(self._entries() - before)

    def test_code_of_goals(self):
        """Of a module that the suite does not need."""
        if "gamification.goal.definition" not in self.env:
            self.skipTest("gamification is not installed")
        user = new_test_user(self.env, "goal_manager", "base.group_erp_manager")
        goals = self.env["gamification.goal.definition"].with_user(user)
        values = {
            "computation_mode": "python",
            "compute_code": "result = env.cr",
            "condition": "higher",
            "name": "Goal",
        }
        before = self._entries()
        goal = goals.create(values)
        entries = self._entries() - before
        self.assertEqual(entries.mapped("user_id"), user)
        # Whoever changes an automation has all of them put on again.
        self.env["base.automation"].create(
            {
                "name": "Goals",
                "model_id": self.env["ir.model"]._get_id(goal._name),
                "trigger": "on_create_or_write",
            }
        )
        before = self._entries() - entries
        goal.write({"compute_code": "result = 1"})
        goal.write({"suffix": "points"})
        goal.unlink()
        self.assertEqual(len(self._entries() - before), 3)

    def test_all_that_renders_is_watched(self):
        mixin = self.registry["mail.render.mixin"]
        note = self.registry["outsourcing.watched.mixin"]
        for cls in self.registry.values():
            if issubclass(cls, mixin) and not cls._abstract:
                origins = {
                    part.__module__ for part in cls.mro() if "write" in vars(part)
                }
                with self.subTest(model=cls._name):
                    self.assertTrue(
                        issubclass(cls, note)
                        or any("watched_models" in name for name in origins)
                    )
