from datetime import timedelta

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..models.work import start_page
from .common import TenderCommon

MODULE = "outsourcing_mgmt"
FINDING = "outsourcing.finding"
TENDER_LIST = "outsourcing_tender_action"
EVERYBODY = {
    "outsourcing_menu_root",
    "outsourcing_menu_conduct",
    "outsourcing_finding_menu_my",
    "outsourcing_incentive_menu_my",
}
COMMITTEE = {
    "outsourcing_menu_start",
    "outsourcing_bid_hint_menu",
    "outsourcing_menu_tendering",
    "outsourcing_tender_menu",
    "outsourcing_bid_menu",
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
            self.assertIn("outsourcing_procurement_fact_menu", self._menus(user))

    def _open_app(self, user):
        """Return the rows of the start page of ``user``: ``{key: count}``."""
        start = self.env.ref("outsourcing_mgmt.outsourcing_start_action")
        self.assertEqual(start.with_user(user).run()["tag"], "outsourcing_start_page")
        page = self.env["outsourcing.request"].with_user(user).get_start_page()
        return {row["key"]: row["count"] for part in page for row in part["rows"]}

    def test_the_app_opens_on_the_own_work(self):
        """Each role sees what waits for it, counted with its own rights."""
        request = self._create_request()
        hr = "hr:outsourcing_request_action:filter_submitted"
        before = self._open_app(self.hr_user)[hr]
        request.action_submit()
        self.assertEqual(self._open_app(self.hr_user)[hr], before + 1)
        tender = self._create_evaluation()
        rows = self._open_app(self.procurement_user)
        self.assertGreaterEqual(rows[f"procurement:{TENDER_LIST}:in_evaluation"], 1)
        member = self.members[0].user_id
        scores = self._open_app(member)[
            "committee:outsourcing_score_my_action:to_submit"
        ]
        mine = tender.score_ids.filtered(lambda score: score.user_id == member)
        self.assertEqual(scores, len(mine))
        for user in (self.officer_user, self.finance_user, self.auditor_user):
            with self.subTest(user=user.login):
                self.assertTrue(self._open_app(user))

    def test_a_row_opens_its_list(self):
        Request = self.env["outsourcing.request"].with_user(self.hr_user)
        action = Request.get_start_list(
            "hr:outsourcing_request_action:filter_submitted"
        )
        self.assertEqual(action["res_model"], "outsourcing.request")
        self.assertEqual(action["context"], {"search_default_filter_submitted": 1})
        with self.assertRaisesRegex(UserError, "has changed"):
            Request.get_start_list(f"procurement:{TENDER_LIST}:mine")

    def test_a_signed_off_file_is_to_be_published(self):
        tender = self._create_tender()
        row = f"procurement:{TENDER_LIST}:to_publish"
        before = self._open_app(self.procurement_user)[row]
        tender.request_validation()
        self.assertEqual(self._open_app(self.procurement_user)[row], before)
        self._pass_reviews(tender, self.officer_user)
        self.assertEqual(self._open_app(self.procurement_user)[row], before + 1)

    def test_openings_wait_for_the_members(self):
        """Nothing told a member to confirm the presence but a visit to the tender."""
        row = f"committee:{TENDER_LIST}:to_attend"
        user = self.members[0].user_id
        tender = self._create_closed()
        with freeze_time(self.opening):
            waiting = self._open_app(user)[row]
            self.assertGreaterEqual(waiting, 1)
            tender.with_user(user).action_confirm_presence()
            self.assertEqual(self._open_app(user)[row], waiting - 1)

    def test_openings_of_prices_wait_for_the_members_until_they_confirm(self):
        row = f"committee:{TENDER_LIST}:to_attend_prices"
        user, other = self.members[0].user_id, self.members[1].user_id

        def count(member):
            # Each visit is a request of its own.
            self.env.invalidate_all()
            return self._open_app(member)[row]

        self.procedure.envelopes = "two"
        tender = self._create_evaluation()
        before = count(user)
        self._score(tender)
        mine = tender.with_user(user).sudo(False)
        with freeze_time(self.opening):
            self.assertEqual(count(user), before + 1)
            mine.action_confirm_presence()
            self.assertEqual(count(user), before)
            self.assertEqual(count(other), before + 1)
            self.assertNotIn(mine, mine.search([("my_can_attend", "=", True)]))
            self.assertIn(mine, mine.search([("my_can_attend", "=", False)]))
        with freeze_time(self.opening + timedelta(days=1)):
            # Nothing was opened that day: who comes confirms anew.
            self.assertEqual(count(user), before + 1)

    def test_the_head_sees_what_the_department_may_submit(self):
        row = "user:outsourcing_request_action:department_drafts"
        before = self._open_app(self.head_user)[row]
        request = self._create_request()
        self.assertEqual(self._open_app(self.head_user)[row], before + 1)
        request.with_user(self.head_user).action_submit()
        self.assertEqual(self._open_app(self.head_user)[row], before)

    def test_an_applicant_sees_how_far_the_request_is(self):
        request = self._create_request()
        self.assertFalse(request.progress)
        request.action_submit()
        self.assertIn("approval of HR", request.progress)
        tender = self._create_published()
        asked = tender.sudo().request_ids
        asked.invalidate_recordset(["progress"])
        mine = asked.with_user(self.user_user).sudo(False)
        self.assertIn(tender.name, mine.progress)
        self.assertIn("Vendors bid", mine.progress)

    def test_employees_without_a_role_see_their_findings(self):
        start = self.env.ref("outsourcing_mgmt.outsourcing_start_action")
        self.assertEqual(start.with_user(self.plain_user).run()["res_model"], FINDING)
        Request = self.env["outsourcing.request"]
        self.assertEqual(Request.with_user(self.plain_user).get_start_page(), [])
        with self.assertRaisesRegex(AccessError, "employees"):
            Request.with_user(self.vendor_users[0]).get_start_page()

    def test_the_start_counts_what_its_filter_shows(self):
        for start in start_page.STARTS:
            action = self.env.ref(f"outsourcing_mgmt.{start.action}")
            arch = etree.fromstring(
                self.env[action.res_model].get_view(
                    action.search_view_id.id or None, "search"
                )["arch"]
            )
            [node] = arch.xpath(f"//filter[@name='{start.filter_name}']")
            scope = {"uid": self.env.uid}
            shown = safe_eval(node.get("domain"), dict(scope))
            shown += safe_eval(action.domain or "[]", dict(scope))
            with self.subTest(start=start):
                self.assertCountEqual(
                    map(repr, shown),
                    map(repr, start_page.get_domain(start, self.env.uid)),
                )

    def test_every_review_is_on_the_page_of_who_is_asked(self):
        """By the shipped tiers: a group that reviews a document has a row for it."""
        rows = {
            (start.group, self.env.ref(f"outsourcing_mgmt.{start.action}").res_model)
            for start in start_page.STARTS
        }
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "outsourcing_mgmt"), ("model", "=", "tier.definition")]
        )
        tiers = self.env["tier.definition"].browse(shipped.mapped("res_id"))
        asked = {
            (tier.reviewer_group_id.get_external_id()[tier.reviewer_group_id.id], model)
            for tier in tiers
            if (model := tier.model_id.model) != "outsourcing.zone.change"
        }
        self.assertGreater(len(asked), 8)
        self.assertLessEqual(asked, rows)
