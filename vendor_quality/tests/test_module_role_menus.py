from odoo.tests import TransactionCase, new_test_user, tagged

APPS = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")
ROOTS = (
    "outsourcing_mgmt.outsourcing_menu_root",
    "itsm_desk.itsm_menu_root",
    "vendor_quality.vendor_quality_menu_root",
)
DAILY = {
    "employee": "base.group_user",
    "department head": "outsourcing_mgmt.group_outsourcing_user",
    "committee member": "outsourcing_mgmt.group_outsourcing_committee",
    "outsourcing officer": "outsourcing_mgmt.group_outsourcing_officer",
    "procurement": "outsourcing_mgmt.group_outsourcing_procurement",
    "HR": "outsourcing_mgmt.group_outsourcing_hr",
    "finance": "outsourcing_mgmt.group_outsourcing_finance",
    "technician": "itsm_desk.group_itsm_technician",
    "desk quality": "itsm_desk.group_itsm_quality",
    "article reviewer": "itsm_desk.group_itsm_kb_reviewer",
    "inspector": "vendor_quality.group_quality_inspector",
    "quality officer": "vendor_quality.group_quality_officer",
    "quality finance": "vendor_quality.group_quality_finance",
}
LEADING = {
    "desk supervisor": "itsm_desk.group_itsm_supervisor",
    "desk manager": "itsm_desk.group_itsm_manager",
    "outsourcing manager": "outsourcing_mgmt.group_outsourcing_manager",
    "auditor": "outsourcing_mgmt.group_outsourcing_auditor",
    "quality manager": "vendor_quality.group_quality_manager",
    "quality auditor": "vendor_quality.group_quality_auditor",
}
MOST = {"daily": 20, "leading": 40}
MORE = {
    # On duty, read, counted, repaired: pages of one verb each.
    "technician": 21,
    # Beside their own pages those of an applicant, whose role they have.
    "quality officer": 24,
    "quality finance": 25,
    # A technician who leads others and reads figures of them.
    "desk supervisor": 41,
    # A technician, a supervisor, and who sets up the desk.
    "desk manager": 71,
    # Reads all of two applications.
    "quality auditor": 65,
}
RAW = (
    "outsourcing_mgmt.outsourcing_menu_technical",
    "itsm_desk.itsm_menu_technical",
    "vendor_quality.vendor_quality_menu_technical",
)
"""Folders of tables that people rarely open, for the developer mode."""


@tagged("post_install", "-at_install")
class TestMenusOfRoles(TransactionCase):
    """How many pages the menus of our applications offer to whom."""

    def _get_pages(self, group):
        """Return the visible menus that open a page, by their paths."""
        user = new_test_user(self.env, f"menus_{group}", f"base.group_user,{group}")
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus.browse(set(menus.load_menus(False)) - {"root"})
        roots = self.env["ir.ui.menu"].union(*map(self.env.ref, ROOTS))
        pages = visible.filtered(
            lambda menu: (
                menu.action
                and menu.id not in roots.ids
                and self._get_root(menu) in roots
            )
        )
        return sorted(pages.mapped("complete_name"))

    def _get_root(self, menu):
        menu = menu.sudo()
        while menu.parent_id:
            menu = menu.parent_id
        return menu.with_env(self.env)

    def test_menus_are_what_a_role_uses(self):
        for kind, roles in (("daily", DAILY), ("leading", LEADING)):
            for role, group in roles.items():
                pages = self._get_pages(group)
                most = MORE.get(role, MOST[kind])
                with self.subTest(role=role):
                    self.assertLessEqual(len(pages), most, "\n".join(pages))

    def test_raw_tables_are_in_the_developer_mode(self):
        """Whoever sets up an application finds them there, and nobody else."""
        user = new_test_user(
            self.env,
            "menus_raw",
            "base.group_user,outsourcing_mgmt.group_outsourcing_manager,"
            "itsm_desk.group_itsm_manager,vendor_quality.group_quality_manager",
        )
        plain = new_test_user(self.env, "menus_plain", "base.group_user")
        for name in RAW:
            tables = self.env.ref(name).child_id
            self.assertTrue(tables)
            for who, debug, expected in (
                (user, False, 0),
                (user, True, len(tables)),
                (plain, True, 0),
            ):
                visible = self.env["ir.ui.menu"].with_user(who)
                visible = visible._visible_menu_ids(debug=debug)
                shown = set(tables.ids) & visible
                if tables.parent_id.parent_id.id not in visible:
                    shown = set()
                with self.subTest(folder=name, login=who.login, debug=debug):
                    self.assertEqual(len(shown), expected)
