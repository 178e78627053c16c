from contextlib import contextmanager

from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.platform.ir_http import reads_only

from .common import TODAY, QualityCommon

MODULES = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")
DECLARED = {
    ("itsm.article", "suggest"): ("printer",),
    ("itsm.ticket", "web_read"): None,
    ("outsourcing.audit.log", "verify"): None,
    ("outsourcing.request", "get_start_list"): None,
    ("outsourcing.request", "get_start_page"): (),
    ("outsourcing.tender", "get_evaluation_bundle"): None,
}
"""Arguments of what is declared readonly; None where the module tests it."""
WRITES = {
    # A draft is counted anew whenever it is looked at.
    "itsm.service.report",
}
"""Models whose reading writes; core reads them again from the primary."""
WRITING_ROUTES = {
    "/mail/unfollow",
    "/my/outsourcing/contracts/<int:contract_id>/sign",
    "/my/service-tickets/opened",
}
"""Calls by JSON that write, and a page that unfollows at once, as core's does."""


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReadonly(QualityCommon, HttpCase):
    """What a replica answers writes nothing, in all three modules."""

    @contextmanager
    def _replica(self):
        """Let the transaction read only, as one on a replica."""
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint(flush=False) as point:
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            yield
            point.rollback()
        self.env.invalidate_all()

    def _find_declared(self):
        """Return ``{(model, method)}`` of our methods that are declared readonly."""
        found = set()
        for name, model in self.registry.items():
            for cls in type(self.env[name]).mro():
                module = cls.__module__.removeprefix("odoo.addons.")
                if not module.startswith(MODULES) or model._abstract:
                    continue
                found |= {
                    (name, key)
                    for key, value in vars(cls).items()
                    if getattr(value, "_readonly", False)
                }
        return found

    def test_declared_methods_write_nothing(self):
        self.assertEqual(self._find_declared(), set(DECLARED))
        for (model, name), args in DECLARED.items():
            if args is None:
                continue
            records = self.env[model].with_user(self.officer_user)
            with self.subTest(model=model), self._replica():
                getattr(records, name)(*args)

    def test_lists_write_nothing(self):
        """Each page of our menus: list, groups and form, as a replica reads them."""
        self._create_collected_form()
        menus = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.menu"), ("module", "in", MODULES)]
        )
        actions = [
            menu.action
            for menu in self.env["ir.ui.menu"].browse(menus.mapped("res_id"))
            if menu.action and menu.action._name == "ir.actions.act_window"
        ]
        models = {action.res_model for action in actions}
        models = {name for name in models if not self.env[name]._transient} - WRITES
        self.assertGreater(len(models), 60)
        self.assertIn("itsm.kpi.board", models)
        for name in sorted(models):
            with self.subTest(model=name), self._replica():
                records = self.env[name].search([], limit=3)
                records.read()
                self.env[name].formatted_read_group([], [], ["__count"])

    def test_reports_write_nothing(self):
        """The printed form and the audit trail are made on a replica."""
        form = self._create_collected_form()
        reports = self.env["ir.actions.report"].search(
            [("model", "=", form._name), ("report_type", "=", "qweb-pdf")]
        )
        self.assertTrue(reports)
        for report in reports:
            with self.subTest(report=report.report_name), self._replica():
                self.env["ir.actions.report"]._render_qweb_html(
                    report.report_name, form.ids
                )

    def test_routes_that_only_read_may_ask_a_replica(self):
        """All our pages, unless they take a form."""
        rules = self.env["ir.http"].routing_map().iter_rules()
        missing = set()
        for rule in rules:
            endpoint, routing = rule.endpoint, rule.endpoint.routing
            module = endpoint.func.__module__.removeprefix("odoo.addons.")
            if not module.startswith(MODULES) or "POST" in (rule.methods or ()):
                continue
            asks = getattr(routing["readonly"], "__name__", "")
            # A search without an answer is noted; it asks for the primary by itself.
            if asks not in (reads_only.__name__, "reads_or_notes"):
                missing.add(rule.rule)
        self.assertEqual(missing, WRITING_ROUTES)
