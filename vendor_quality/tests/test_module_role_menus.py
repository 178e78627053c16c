from lxml import etree

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
    # Beside their own pages those of an applicant, whose role they have.
    "quality officer": 22,
    "quality finance": 22,
}
LINKS = {
    "itsm_desk.group_itsm_supervisor": {
        "itsm_ticket_action": ("itsm_vendor_job_action", "itsm_escalation_action"),
        "itsm_equipment_action": (
            "itsm_equipment_repair_action",
            "itsm_equipment_stocktake_action",
        ),
        "itsm_meeting_action": ("itsm_meeting_due_action",),
        "itsm_assessment_action": ("itsm_complaint_person_action",),
    },
    "itsm_desk.group_itsm_manager": {
        "itsm_article_action": (
            "itsm_article_wanted_action",
            "itsm_article_feedback_action",
            "itsm_article_deflection_action",
        ),
        "itsm_complaint_action": ("itsm_complaint_analysis_action",),
        "itsm_kpi_board_action": (
            "itsm_kpi_day_action",
            "itsm_second_repair_action",
            "itsm_consumable_line_action",
        ),
        "itsm_desk_settings_action": (
            "itsm_priority_matrix_action",
            "itsm_pending_reason_action",
            "itsm_resolution_code_action",
            "itsm_makeup_day_action",
            "itsm_chat_account_action",
            "itsm_complaint_cause_action",
            "itsm_article_folder_action",
            "itsm_article_criterion_action",
            "itsm_kpi_action",
            "itsm_kpi_target_action",
            "itsm_service_report_schedule_action",
            "itsm_import_action",
        ),
    },
    "outsourcing_mgmt.group_outsourcing_auditor": {
        "outsourcing_reference_price_action": ("outsourcing_price_reader_action",),
        "outsourcing_tender_action": (
            "outsourcing_award_action",
            "outsourcing_objection_action",
            "outsourcing_bid_hint_action",
        ),
        "outsourcing_contract_action": (
            "outsourcing_contract_milestone_action",
            "outsourcing_contract_amendment_action",
            "outsourcing_contract_guarantee_action",
            "outsourcing_worker_action",
            "outsourcing_contract_exit_action",
        ),
        "outsourcing_audit_log_action": ("outsourcing_audit_anchor_action",),
    },
    "vendor_quality.group_quality_officer": {
        "vendor_quality_standing_action": (
            "vendor_quality_trend_action",
            "vendor_quality_metric_trend_action",
        ),
    },
    "vendor_quality.group_quality_finance": {
        "vendor_quality_standing_action": (
            "vendor_quality_trend_action",
            "vendor_quality_metric_trend_action",
        ),
        "vendor_quality_gate_change_action": ("vendor_quality_go_live_action",),
    },
    "vendor_quality.group_quality_auditor": {
        "vendor_quality_inspection_action": ("vendor_quality_inspection_plan_action",),
        "vendor_quality_form_action": (
            "vendor_quality_forecast_action",
            "vendor_quality_form_action_analysis",
        ),
        "vendor_quality_standing_action": (
            "vendor_quality_waiver_action",
            "vendor_quality_identity_action",
        ),
        "vendor_quality_hold_action": (
            "vendor_quality_hold_analysis_action",
            "vendor_quality_deduction_action_apply",
            "vendor_quality_deduction_action_retention",
            "vendor_quality_gate_change_action",
        ),
        "vendor_quality_exception_action": (
            "vendor_quality_exception_action_analysis",
        ),
        "vendor_quality_template_action": (
            "vendor_quality_backtest_action",
            "vendor_quality_metric_action",
        ),
    },
}
"""What opens by a button of which page: it has no menu for that role."""
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

    def test_what_has_no_menu_opens_from_its_list(self):
        """The page has a menu for that role, and a button that opens the other."""
        for group, pages in LINKS.items():
            module = group.partition(".")[0]
            user = new_test_user(self.env, f"links_{group}", f"base.group_user,{group}")
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            shown = self.env["ir.ui.menu"].browse(set(menus) - {"root"})
            for page, targets in pages.items():
                action = self.env.ref(f"{module}.{page}")
                self.assertIn(action, shown.mapped("action"), page)
                view_id, kind = action.views[0]
                Model = self.env[action.res_model].with_user(user)
                arch = etree.fromstring(Model.get_view(view_id, kind)["arch"])
                names = {button.get("name") for button in arch.iter("button")}
                for target in targets:
                    with self.subTest(group=group, target=target):
                        other = self.env.ref(f"{module}.{target}")
                        self.assertIn(str(other.id), names)
                        self.assertTrue(
                            self.env[other.res_model].with_user(user).has_access("read")
                        )

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
