from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, ConsequenceCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStandingMonths(ConsequenceCommon):
    """Two persons let the standing of ended contracts count for fewer months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin_user = cls._new_user(
            "admin", "base.group_system,base.group_erp_manager"
        )

    def _request(self, months=1, user=None, **values):
        return (
            self.env["vendor.quality.gate.change"]
            .with_user(user or self.manager_user)
            .create(
                {
                    "kind": "standing",
                    "company_id": self.company.id,
                    "standing_months": months,
                    "reason": "Vendors changed their staff",
                    **values,
                }
            )
        )

    def _approve(self, change):
        change = change.with_user(self.finance_user)
        change.validate_tier()
        change.action_approve()

    def test_one_person_does_not_lower(self):
        company = self.company.with_user(self.admin_user)
        Settings = self.env["res.config.settings"].with_user(self.admin_user)
        for months in (11, 0, False):
            routes = {
                "write": lambda months=months: company.write(
                    {"vendor_quality_standing_months": months}
                ),
                "sudo": lambda months=months: self.company.sudo().write(
                    {"vendor_quality_standing_months": months}
                ),
                "superuser": lambda months=months: self.company.with_user(1).write(
                    {"vendor_quality_standing_months": months}
                ),
                "context": lambda months=months: company.with_context(
                    outsourcing_flow_key=True
                ).write({"vendor_quality_standing_months": months}),
                "settings": lambda months=months: Settings.create(
                    {"vendor_quality_standing_months": months}
                ).execute(),
                "default": lambda months=months: (
                    Settings.with_context(default_vendor_quality_standing_months=months)
                    .create({})
                    .execute()
                ),
                "import": lambda months=months: company.load(
                    [".id", "vendor_quality_standing_months"],
                    [[str(company.id), str(int(months))]],
                ),
            }
            for name, route in routes.items():
                with self.subTest(name, months=months):
                    if name == "import":
                        self.assertTrue(route()["messages"])
                    else:
                        with self.assertRaises(AccessError) as caught:
                            route()
                        self.assertIn("two persons", str(caught.exception))
                self.assertEqual(self.company.vendor_quality_standing_months, 12, name)

    def test_one_person_raises(self):
        company = self.company.with_user(self.admin_user)
        company.vendor_quality_standing_months = 24
        self.env["res.config.settings"].with_user(self.admin_user).create({}).execute()
        self.assertEqual(company.vendor_quality_standing_months, 24)
        with self.assertRaises(AccessError):
            company.vendor_quality_standing_months = 12

    def test_two_persons_lower(self):
        self._block()
        self.contract.with_user(self.owner_user).action_terminate("Bad service")
        change = self._request()
        change.action_submit()
        for user in (self.manager_user, self.other_manager_user):
            with self.assertRaises(UserError):
                change.with_user(user).validate_tier()
            with self.assertRaises(UserError):
                change.with_user(user).action_approve()
        self.assertEqual(self.company.vendor_quality_standing_months, 12)
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        self._approve(change)
        self.assertRecordValues(
            change,
            [
                {
                    "state": "approved",
                    "months_before": 12,
                    "standing_months": 1,
                    "requester_id": self.manager_user.id,
                    "approved_by_id": self.finance_user.id,
                }
            ],
        )
        self.assertEqual(self.company.vendor_quality_standing_months, 1)
        order = self._create_order()
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_requester_with_both_roles(self):
        both = self._new_user(
            "both",
            "vendor_quality.group_quality_manager,vendor_quality.group_quality_finance",
        )
        change = self._request(user=both)
        change.action_submit()
        with self.assertRaises(UserError):
            change.validate_tier()
        for mine in (change, change.sudo()):
            with self.assertRaises(UserError):
                mine.action_approve()
        self.assertEqual(self.company.vendor_quality_standing_months, 12)

    def test_forged_request(self):
        Change = self.env["vendor.quality.gate.change"].with_user(self.manager_user)
        values = {"kind": "standing", "standing_months": 1, "reason": "x"}
        with self.assertRaises(UserError):
            Change.create({**values, "state": "approved"})
        for forged in ({"months_before": 1}, {"requester_id": self.finance_user.id}):
            with self.assertRaises(AccessError):
                Change.create({**values, **forged})
        change = Change.with_context(
            default_state="approved",
            default_months_before=1,
            default_requester_id=self.finance_user.id,
        ).create(values)
        self.assertRecordValues(
            change,
            [
                {
                    "state": "draft",
                    "months_before": 0,
                    "requester_id": self.manager_user.id,
                }
            ],
        )
        change.standing_months = 6
        change.action_submit()
        with self.assertRaises(UserError):
            change.standing_months = 1
        with self.assertRaises(UserError):
            change.with_user(self.finance_user).write({"standing_months": 1})
        self._approve(change)
        self.assertEqual(self.company.vendor_quality_standing_months, 6)
        with self.assertRaises(UserError):
            change.with_user(self.finance_user).write({"state": "draft"})

    def test_months_are_named(self):
        for months in (0, -3):
            with self._refused("at least one"):
                self._request(months=months).action_submit()

    @mute_logger("odoo.sql_db")
    def test_one_open_request_a_company(self):
        self._request().action_submit()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._request().action_submit()
        # A change of the first day is another matter.
        self._request(kind="gate", standing_months=0).action_submit()
