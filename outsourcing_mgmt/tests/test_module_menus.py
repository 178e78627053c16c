from odoo.tests import tagged

from .common import TenderCommon

MODULE = "outsourcing_mgmt"
EVERYBODY = {
    "outsourcing_menu_root",
    "outsourcing_menu_conduct",
    "outsourcing_finding_menu_my",
    "outsourcing_incentive_menu_my",
}
COMMITTEE = {
    "outsourcing_menu_tendering",
    "outsourcing_tender_menu",
    "outsourcing_bid_menu",
    "outsourcing_tender_document_menu",
    "outsourcing_tender_addendum_menu",
    "outsourcing_score_my_menu",
}


@tagged("post_install", "-at_install")
class TestMenus(TenderCommon):
    def _menus(self, user):
        """Return the ids of the menus that the web client shows to ``user``."""
        Menu = self.env["ir.ui.menu"].with_user(user)
        shown = {key for key in Menu.load_menus(False) if key != "root"}
        data = self.env["ir.model.data"].search(
            [("model", "=", "ir.ui.menu"), ("module", "=", MODULE)]
        )
        return {row.name for row in data if row.res_id in shown}

    def test_plain_employee_sees_what_he_can_use(self):
        self.assertEqual(self._menus(self.plain_user), EVERYBODY)

    def test_committee_sees_its_evaluation_while_appointed(self):
        tender = self._create_tender()
        member = tender.committee_ids[0]
        self.assertEqual(self._menus(member.user_id), EVERYBODY | COMMITTEE)
        self.assertIn(
            tender, self.env["outsourcing.tender"].with_user(member.user_id).search([])
        )
        other = self._create_tender()
        member.action_recuse("Ill")
        self.assertEqual(
            self._menus(member.user_id),
            EVERYBODY | COMMITTEE,
            "still in another committee",
        )
        again = other.committee_ids.filtered(
            lambda item: item.user_id == member.user_id
        )
        again.action_recuse("Ill")
        self.assertEqual(self._menus(member.user_id), EVERYBODY)

    def test_conflict_takes_the_menus(self):
        member = self._create_tender().committee_ids[0]
        member.with_user(member.user_id).action_declare(has_conflict=True, note="Kin")
        self.assertEqual(self._menus(member.user_id), EVERYBODY)

    def test_every_menu_opens(self):
        """Whoever sees a menu may read what it shows."""
        users = (
            self.plain_user,
            self.user_user,
            self.officer_user,
            self.procurement_user,
            self.hr_user,
            self.finance_user,
            self.manager_user,
            self.auditor_user,
        )
        for user in users:
            for name in self._menus(user):
                action = self.env.ref(f"{MODULE}.{name}").action
                if action and action._name == "ir.actions.act_window":
                    with self.subTest(user=user.login, menu=name):
                        Model = self.env[action.res_model].with_user(user)
                        self.assertTrue(Model.has_access("read"))

    def test_reporting_is_of_the_staff(self):
        self.assertNotIn("outsourcing_menu_reporting", self._menus(self.user_user))
        for user in (self.officer_user, self.auditor_user):
            self.assertIn("outsourcing_bid_line_menu", self._menus(user))
