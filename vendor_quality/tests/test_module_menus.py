from odoo.tests import tagged

from .common import GROUPS, QualityCommon

MODULE = "vendor_quality"
REPORTS = {
    "vendor_quality_ranking_menu",
    "vendor_quality_trend_menu",
    "vendor_quality_metric_trend_menu",
}


@tagged("post_install", "-at_install")
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
        for role in ("officer", "manager", "finance", "auditor"):
            menus = self._menus(getattr(self, f"{role}_user"))
            self.assertLessEqual(REPORTS, menus, role)
        self.assertFalse(REPORTS & self._menus(self.inspector_user))
