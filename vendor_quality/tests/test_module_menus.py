from odoo.tests import freeze_time, new_test_user, tagged

from .common import GROUPS, TODAY, QualityCommon

MODULE = "vendor_quality"
REPORTS = {
    "vendor_quality_ranking_menu",
    "vendor_quality_trend_menu",
    "vendor_quality_metric_trend_menu",
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMenus(QualityCommon):
    def _menus(self, user):
        """Return the names of the menus that the web client shows to ``user``."""
        shown = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.menu"), ("module", "=", MODULE)]
        )
        return {row.name for row in data if row.res_id in shown}

    def test_plain_employee_sees_nothing(self):
        self.assertFalse(self._menus(self.plain_user))

    def test_every_menu_opens(self):
        """Whoever sees a menu may read what it shows."""
        for role in GROUPS:
            user = getattr(self, f"{role}_user")
            for name in self._menus(user):
                action = self.env.ref(f"{MODULE}.{name}").action
                if action and action._name == "ir.actions.act_window":
                    with self.subTest(role=role, menu=name):
                        Model = self.env[action.res_model].with_user(user)
                        self.assertTrue(Model.has_access("read"))

    def test_reports_are_of_those_who_read_forms(self):
        """Trends have a menu for those who lead; others open them from the standing."""
        for role in ("manager", "auditor"):
            menus = self._menus(getattr(self, f"{role}_user"))
            self.assertLessEqual(REPORTS, menus, role)
        for role in ("officer", "finance"):
            menus = self._menus(getattr(self, f"{role}_user"))
            self.assertEqual(REPORTS & menus, {"vendor_quality_ranking_menu"}, role)
        self.assertFalse(REPORTS & self._menus(self.inspector_user))

    def _open(self, role):
        user = getattr(self, f"{role}_user")
        action = self.env.ref(f"{MODULE}.vendor_quality_start_action").with_user(user)
        return action.run()

    def test_each_role_opens_on_its_work(self):
        late = self._create_form()
        with freeze_time("2026-03-20 08:00:00"):
            action = self._open("officer")
        self.assertEqual(action["res_model"], "vendor.quality.form")
        self.assertEqual(action["context"], {"search_default_late": 1})
        late.action_cancel()
        form = self._create_collected_form()
        form.action_submit()
        for role in ("manager", "finance"):
            with self.subTest(role=role):
                action = self._open(role)
                self.assertEqual(action["name"], "Forms to Approve")
        self.assertEqual(self._open("inspector")["name"], "My Rounds")
        self.assertEqual(self._open("auditor")["res_model"], "vendor.quality.standing")

    def test_start_without_work(self):
        """The first page of the role says that nothing waits."""
        self.assertEqual(self._open("manager")["name"], "Forms to Approve")
        self.assertEqual(self._open("finance")["name"], "Exceptions")

    def test_raw_tables_are_under_configuration(self):
        parent = self.env.ref(f"{MODULE}.vendor_quality_menu_configuration")
        for name in ("decision", "identity", "gate_change", "dual_request", "deputy"):
            menu = self.env.ref(f"{MODULE}.vendor_quality_{name}_menu")
            self.assertEqual(menu.parent_id, parent, name)

    def test_accountant_finds_blocked_bills_in_invoicing(self):
        user = new_test_user(self.env, "quality_clerk", "account.group_account_invoice")
        menus = self._menus(user)
        self.assertIn("account_vendor_quality_hold_menu", menus)
        self.assertNotIn("vendor_quality_menu_root", menus)
