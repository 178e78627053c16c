from datetime import date, datetime, time
from importlib.util import module_from_spec, spec_from_file_location

import pytz

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from ..models.base.grants import server_write
from .common import ContractCommon

KIRITIMATI = "Pacific/Kiritimati"
PAGO = "Pacific/Pago_Pago"
SCRIPT = "outsourcing_mgmt/migrations/19.0.1.3.0/pre-company_day.py"


@tagged("post_install", "-at_install")
class TestBaseDay(ContractCommon):
    """The day of the company is that of its own setting, on every route."""

    def test_log_in_of_an_administrator_moves_no_day(self):
        """Core rewrites the zone of the working hours; the days stay."""
        admin = self.env.ref("base.user_admin")
        calendar = self.company.resource_calendar_id
        self.env.cr.execute(
            "DELETE FROM res_users_log WHERE create_uid = %s", admin.ids
        )
        with freeze_time("2026-05-10 11:30:00"):
            before = self.company._outsourcing_today()
            admin.with_user(admin).write({"tz": KIRITIMATI})
            standard = self.env.ref("resource.resource_calendar_std")
            self.assertIn(KIRITIMATI, (standard.tz, admin.resource_calendar_id.tz))
            calendar.tz = KIRITIMATI
            self.assertEqual(self.company._outsourcing_today(), before)
            self.assertEqual(before, date(2026, 5, 10))

    def test_zone_of_a_caller_moves_no_day(self):
        with freeze_time("2026-05-10 11:30:00"):
            for zone in (KIRITIMATI, PAGO):
                company = self.company.with_context(tz=zone, employee_timezone=zone)
                self.assertEqual(company._outsourcing_today(), date(2026, 5, 10))

    def test_setting_moves_the_day(self):
        with freeze_time("2026-05-10 11:30:00"):
            self.company.outsourcing_tz = KIRITIMATI
            self.assertEqual(self.company._outsourcing_today(), date(2026, 5, 11))
            self.company.outsourcing_tz = PAGO
            self.assertEqual(self.company._outsourcing_today(), date(2026, 5, 10))
        with freeze_time("2026-05-10 10:30:00"):
            self.assertEqual(self.company._outsourcing_today(), date(2026, 5, 9))
            latest = self.env["res.company"]._outsourcing_latest_today()
            days = {
                company._outsourcing_today()
                for company in self.env["res.company"].search([])
            }
            self.assertEqual(latest, max(days))

    def test_two_persons_change_the_zone(self):
        """Neither an administrator nor a manager moves the day of a company alone."""
        self._create_signed()
        admin = self._new_user("admin", "base.group_system,base.group_erp_manager")
        self.assertNotEqual(self.company.outsourcing_tz, PAGO)
        for user in (admin, self.manager_user):
            company = self.company.with_user(user)
            for attack in (
                lambda company=company: company.write({"outsourcing_tz": PAGO}),
                lambda company=company: company.sudo().write({"outsourcing_tz": PAGO}),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    attack()
        Change = self.env["outsourcing.zone.change"].with_user(admin)
        with self.assertRaises(UserError):
            Change.create({"zone": self.company.outsourcing_tz}).action_submit()
        change = Change.create({"zone": PAGO, "reason": "We moved"})
        change.action_submit()
        with self.assertRaises(UserError):
            change.action_approve()
        with self.assertRaises(UserError):
            change.with_user(self.auditor_user).action_approve()
        with self.assertRaises(UserError):
            change.sudo().write({"state": "approved"})
        self.assertNotEqual(self.company.outsourcing_tz, PAGO)
        before = self.company.outsourcing_tz
        change.with_user(self.manager_user).action_approve()
        self.assertEqual(self.company.outsourcing_tz, PAGO)
        self.assertEqual(change.zone_before, before)
        step = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", "res.company"), ("verb", "=", "zone_changed")]
        )
        self.assertEqual(step.user_id, self.manager_user)
        row = self.env["outsourcing.dual.request"].search(
            [("res_model", "=", change._name), ("res_id", "=", change.id)]
        )
        self.assertRecordValues(
            row,
            [
                {
                    "requester_id": admin.id,
                    "decided_by_id": self.manager_user.id,
                    "reason": "We moved",
                    "state": "approved",
                }
            ],
        )

    def test_zone_of_a_new_company_is_free(self):
        admin = self._new_user("admin", "base.group_system,base.group_erp_manager")
        company = self.env["res.company"].create({"name": "Fresh"})
        admin.company_ids |= company
        company.with_user(admin).outsourcing_tz = PAGO
        self.assertEqual(company.outsourcing_tz, PAGO)

    def test_change_of_the_setting_is_logged(self):
        company = self.company.with_context(tracking_disable=False, mail_notrack=False)
        self.env.cr.flush()
        company.outsourcing_tz = PAGO
        self.env.cr.flush()
        tracked = self.env["mail.tracking.value"].search(
            [
                ("field_id.name", "=", "outsourcing_tz"),
                ("mail_message_id.model", "=", "res.company"),
                ("mail_message_id.res_id", "=", self.company.id),
            ]
        )
        self.assertIn(PAGO, tracked.mapped("new_value_char"))

    def test_new_company_takes_no_zone_of_its_maker(self):
        Company = self.env["res.company"].with_context(tz=KIRITIMATI)
        self.company.outsourcing_tz = "Asia/Shanghai"
        self.assertEqual(
            Company.create({"name": "Alone"}).outsourcing_tz, "Asia/Shanghai"
        )
        parent = Company.create({"name": "Parent", "outsourcing_tz": PAGO})
        branch = Company.create({"name": "Branch", "parent_id": parent.id})
        self.assertEqual(branch.outsourcing_tz, PAGO)

    def test_working_days_are_those_of_the_company(self):
        """Friday counts as Friday, whatever zone the calendar or a caller says."""
        calendar = self.company.resource_calendar_id
        friday, monday = date(2026, 10, 16), date(2026, 10, 19)
        for zone in ("UTC", KIRITIMATI, PAGO):
            calendar.tz = zone
            for mine in ("UTC", KIRITIMATI, PAGO):
                self.company.outsourcing_tz = mine
                for caller in (False, pytz.timezone(PAGO)):
                    days = self.company.with_context(
                        employee_timezone=caller
                    )._outsourcing_get_working_days(calendar, friday, monday)
                    self.assertEqual(days, {friday, monday}, (zone, mine, caller))

    def test_time_off_of_one_person_is_no_holiday(self):
        """Whoever enters the own day off moves no deadline by it, nor a colleague."""
        calendar = self.company.resource_calendar_id
        users = self.officer_user | self.hr_user
        mine, others = (
            self.env["resource.resource"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "calendar_id": calendar.id,
                }
            )
            for user in users
        )
        day = date(2026, 10, 16)
        leave = self.env["resource.calendar.leaves"].with_user(self.officer_user)
        leave = leave.create(
            {
                "name": "Day off",
                "resource_id": mine.id,
                "date_from": "2026-10-15 00:00:00",
                "date_to": "2026-10-17 23:59:59",
            }
        )
        for vals in (
            {"resource_id": False},
            {"resource_id": False, "calendar_id": False},
            {"resource_id": others.id},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                leave.write(vals)
        self.assertEqual(leave.resource_id, mine)
        days = self.company._outsourcing_get_working_days(calendar, day, day)
        self.assertEqual(days, {day})

    def test_filing_deadline_ignores_the_calendar_zone(self):
        self.company.resource_calendar_id.tz = KIRITIMATI
        self.company.outsourcing_filing_day_kind = "working"
        with freeze_time("2026-10-16 09:00:00"):
            contract = self._create_signed("2026-10-16", filing_day_kind="working")
        self.assertEqual(contract.filing_deadline, date(2026, 10, 21))

    def test_milestone_is_late_by_the_day_of_the_company(self):
        """Submitted at 23:30 UTC is the next day in Shanghai."""
        self.company.outsourcing_tz = "Asia/Shanghai"
        contract = self._create_active(order=self._create_order())
        milestone = self.env["outsourcing.contract.milestone"].create(
            {
                "contract_id": contract.id,
                "name": "January",
                "date_due": self.today,
                "purchase_line_id": contract.purchase_order_ids.order_line.id,
                "share": 10,
            }
        )
        late = datetime.combine(self.today, time(23, 30))
        server_write(milestone, {"submitted_on": late})
        self.assertEqual(milestone.days_late, 1)

    def test_existing_companies_keep_the_zone_of_their_hours(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        bare = self.env["res.company"].create({"name": "Without hours"})
        bare.resource_calendar_id = False
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE res_company DROP COLUMN outsourcing_tz")
        spec = spec_from_file_location("script", file_path(SCRIPT))
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        for _again in range(2):
            script.migrate(self.env.cr, "19.0.1.2.0")
            self.env.invalidate_all()
            self.assertEqual(self.company.outsourcing_tz, "Asia/Shanghai")
            self.assertEqual(bare.outsourcing_tz, "UTC")
