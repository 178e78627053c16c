from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import TODAY, QualityCommon


class InspectionCommon(QualityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._create_plan()
        cls.Inspection = cls.env["vendor.quality.inspection"]
        # Jobs commit between batches; a test keeps its transaction.
        cls.classPatch(
            cls.env.registry["ir.cron"],
            "_commit_progress",
            lambda self, processed=0, *, remaining=None, deactivate=False: 3600,
        )

    def _due(self, day="2026-03-02", user=None, **values):
        return self.Inspection.with_user(user or self.officer_user).create(
            {"plan_id": self.plan.id, "date_due": day, **values}
        )

    def _events(self, code):
        return self.env["outsourcing.compliance.event"].search([("code", "=", code)])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInspectionPlan(InspectionCommon):
    def _generate(self, **values):
        self.plan.write({"date_start": "2026-03-01", **values})
        self.plan.action_generate()
        return self.plan.inspection_ids.sorted("date_due")

    def test_weekly(self):
        rounds = self._generate()
        self.assertEqual(
            rounds.mapped("date_due"),
            [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)],
        )
        self.assertRecordValues(
            rounds[0],
            [
                {
                    "contract_id": self.contract.id,
                    "partner_id": self.vendor.id,
                    "inspector_id": self.inspector_user.id,
                    "state": "planned",
                    "date_deadline": date(2026, 3, 2),
                }
            ],
        )
        self.assertEqual(rounds[0].line_ids.mapped("name"), ["Floors", "Windows"])

    def test_a_second_run_adds_nothing(self):
        first = self._generate()
        self.plan.action_generate()
        self.assertEqual(self.plan.inspection_ids, first)
        self.plan.sudo().generated_until = False
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.plan.action_generate()
            self.env.flush_all()

    def test_daily_and_grace(self):
        rounds = self._generate(frequency="daily", grace_days=2)
        self.assertEqual(len(rounds), 15)
        self.assertEqual(rounds[0].date_deadline, date(2026, 3, 4))

    def test_no_round_of_a_day_that_has_passed(self):
        rounds = self._generate(frequency="daily", date_start="2026-01-01")
        self.assertEqual(rounds[0].date_due, date(2026, 3, 2))

    def test_monthly(self):
        rounds = self._generate(frequency="monthly", month_day=15)
        self.assertEqual(rounds.mapped("date_due"), [date(2026, 3, 15)])

    def test_working_days_leave_out_holidays(self):
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": "2026-03-04 00:00:00",
                "date_to": "2026-03-04 23:59:59",
            }
        )
        rounds = self._generate(
            frequency="working_days", resource_calendar_id=calendar.id
        )
        days = rounds.mapped("date_due")
        self.assertNotIn(date(2026, 3, 4), days)
        self.assertNotIn(date(2026, 3, 7), days)
        self.assertIn(date(2026, 3, 6), days)
        self.assertEqual(len(days), 10)

    def test_make_up_days_have_a_round_and_count_in_days_of_a_contract(self):
        calendar = self.company.resource_calendar_id
        saturday, sunday = date(2026, 3, 7), date(2026, 3, 8)
        self.env["itsm.makeup.day"].create(
            {"calendar_id": calendar.id, "date": saturday, "weekday": "4"}
        )
        rounds = self._generate(
            frequency="working_days", resource_calendar_id=calendar.id
        )
        days = rounds.mapped("date_due")
        self.assertIn(saturday, days)
        self.assertNotIn(sunday, days)
        counted = self.company._outsourcing_get_working_days(calendar, saturday, sunday)
        self.assertEqual(counted, {saturday})

    def test_working_days_need_a_calendar(self):
        with self.assertRaises(ValidationError):
            self.plan.write(
                {"frequency": "working_days", "resource_calendar_id": False}
            )

    def test_contract_end_stops_the_rounds(self):
        rounds = self._generate(date_end="2026-03-10")
        self.assertEqual(len(rounds), 2)
        contract = self._create_contract(activate=False)
        plan = self._create_plan(contract_id=contract.id)
        plan.action_generate()
        self.assertFalse(plan.inspection_ids)

    def test_cron_isolates_a_bad_plan(self):
        good = self._create_plan(name="Good", date_start="2026-03-01")
        bad = self.plan
        original = type(bad)._get_due_days

        def fail(plan, start, end):
            if plan == bad:
                raise ValueError("broken")
            return original(plan, start, end)

        path = "odoo.addons.vendor_quality.models.base.vendor_quality_batch"
        with patch.object(type(bad), "_get_due_days", fail), mute_logger(path):
            self.env["vendor.quality.inspection.plan"]._cron_generate_rounds()
        self.assertTrue(good.inspection_ids)
        self.assertFalse(bad.inspection_ids)

    def test_rounds_until_the_renewal_begins(self):
        """A contract that is being renewed is inspected until its last day."""
        self.contract.with_user(self.procurement_user).action_renew()
        self.plan.date_start = "2026-03-01"
        self.env["vendor.quality.inspection.plan"]._cron_generate_rounds()
        self.assertTrue(self.plan.inspection_ids)
        with freeze_time("2026-12-30 02:00:00"):
            self.env["vendor.quality.inspection.plan"]._cron_generate_rounds()
        days = self.plan.inspection_ids.mapped("date_due")
        self.assertLessEqual(max(days), self.contract.date_end)

    def test_form_of_the_plan(self):
        with Form(
            self.env["vendor.quality.inspection.plan"].with_user(self.officer_user)
        ) as plan:
            plan.name = "Daily"
            plan.contract_id = self.contract
            plan.frequency = "daily"
            plan.inspector_id = self.inspector_user
            with plan.line_ids.new() as line:
                line.name = "Doors"
        self.assertEqual(plan.record.company_id, self.contract.company_id)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInspectionFlow(InspectionCommon):
    def _fill(self, inspection, user=None, result="pass"):
        lines = inspection.with_user(user or self.inspector_user).line_ids
        lines.write({"result": result})

    def test_whole_way(self):
        inspection = self._due()
        mine = inspection.with_user(self.inspector_user)
        # STEP 1: the checklist first
        with self.assertRaisesRegex(UserError, "Floors"):
            mine.action_done()
        mine.line_ids[0].action_fail()
        mine.line_ids[1].action_pass()
        mine.action_pass_all()
        mine.action_done()
        self.assertRecordValues(
            inspection,
            [
                {
                    "state": "done",
                    "pass_count": 1,
                    "fail_count": 1,
                    "pass_rate": 50.0,
                    "done_by_id": self.inspector_user.id,
                    "feedback_deadline": date(2026, 3, 4),
                }
            ],
        )
        self.assertEqual(inspection.activity_ids.user_id, self.other_inspector_user)
        # STEP 2: a second person
        with self.assertRaisesRegex(UserError, "somebody else"):
            mine.action_verify()
        inspection.with_user(self.other_inspector_user).action_verify()
        self.assertRecordValues(
            inspection,
            [{"state": "verified", "verified_by_id": self.other_inspector_user.id}],
        )
        self.assertFalse(inspection.activity_ids)
        self.assertFalse(self._events("inspection_feedback_late"))

    def test_round_outside_a_plan(self):
        with Form(self.Inspection.with_user(self.officer_user)) as inspection:
            inspection.contract_id = self.contract
            inspection.inspector_id = self.inspector_user
            with inspection.line_ids.new() as line:
                line.name = "Complaint of the third floor"
        self.assertEqual(inspection.record.date_due, date(2026, 3, 2))

    def test_officer_who_did_it_does_not_verify(self):
        inspection = self._due()
        self._fill(inspection, self.officer_user)
        inspection.action_done()
        with self.assertRaises(UserError):
            inspection.action_verify()
        with self.assertRaises(UserError):
            inspection.sudo().action_verify()
        inspection.with_user(self.other_officer_user).action_verify()

    def test_officer_who_entered_a_result_does_not_verify(self):
        inspection = self._due()
        self._fill(inspection, self.officer_user)
        self.assertIn(self.officer_user, inspection.result_author_ids)
        inspection.with_user(self.inspector_user).action_done()
        with self.assertRaisesRegex(UserError, "entered a result"):
            inspection.with_user(self.officer_user).action_verify()
        inspection.with_user(self.other_officer_user).action_verify()

    def test_who_adds_a_file_does_not_verify(self):
        """Neither to the round nor to one of its lines, before or after it is done."""
        files = self.env["ir.attachment"].with_user(self.officer_user)
        for name, is_done, is_line in (
            ("round", True, False),
            ("line", True, True),
            ("before", False, False),
        ):
            inspection = self._due(plan_id=self._create_plan(name=name).id)
            self._fill(inspection)
            mine = inspection.with_user(self.inspector_user)
            if is_done:
                mine.action_done()
            place = inspection.line_ids[:1] if is_line else inspection
            files.create(
                {
                    "name": "photo.pdf",
                    "raw": b"%PDF-1.4 photo",
                    "res_model": place._name,
                    "res_id": place.id,
                }
            )
            if not is_done:
                mine.action_done()
            with self.subTest(name), self.assertRaisesRegex(UserError, "entered"):
                inspection.with_user(self.officer_user).action_verify()
            inspection.with_user(self.other_officer_user).action_verify()

    def test_not_before_its_day_nor_after_the_grace(self):
        early = self._due("2026-03-09")
        self._fill(early)
        with self.assertRaisesRegex(UserError, "not due"):
            early.with_user(self.inspector_user).action_done()
        late = self._due("2026-02-27")
        self._fill(late)
        with self.assertRaisesRegex(UserError, "missed"):
            late.with_user(self.inspector_user).action_done()

    def test_photo_required(self):
        self.plan.line_ids[0].photo_required = True
        inspection = self._due()
        self._fill(inspection)
        with self.assertRaisesRegex(UserError, "photo"):
            inspection.with_user(self.inspector_user).action_done()
        pixel = (
            b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
            b"+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
        )
        inspection.line_ids[0].photo = pixel
        inspection.with_user(self.inspector_user).action_done()

    def test_done_inspection_is_frozen(self):
        inspection = self._due()
        self._fill(inspection)
        inspection.with_user(self.inspector_user).action_done()
        for record in (inspection, inspection.sudo()):
            with self.assertRaises(UserError):
                record.line_ids[0].write({"result": "fail"})
            with self.assertRaises(UserError):
                record.write({"line_ids": [Command.clear()]})
            with self.assertRaises(UserError):
                record.write({"date_due": "2026-03-01"})
            with self.assertRaises(UserError):
                record.unlink()
            for values in (
                {"done_by_id": self.officer_user.id},
                {"feedback_deadline": "2027-01-01"},
                {"is_feedback_late": False, "verified_by_id": self.officer_user.id},
            ):
                with self.assertRaises(AccessError):
                    record.write(values)

    def test_nobody_writes_missed(self):
        inspection = self._due()
        for record in (inspection, inspection.sudo()):
            with self.assertRaises(UserError):
                record.write({"state": "missed"})

    def test_missed_round_costs_a_fine(self):
        employee = self.env["hr.employee"].create(
            {"name": "Inspector", "user_id": self.inspector_user.id}
        )
        late = self._due("2026-02-27")
        today = self._due("2026-03-02")
        self.Inspection._cron_follow_clock()
        self.assertEqual((late.state, today.state), ("missed", "planned"))
        event = self._events("inspection_missed")
        self.assertRecordValues(
            event,
            [
                {
                    "res_model": "vendor.quality.inspection",
                    "res_id": late.id,
                    "employee_id": employee.id,
                    "user_id": self.inspector_user.id,
                    "fine_amount": 100.0,
                    "state": "new",
                }
            ],
        )
        self.Inspection._cron_follow_clock()
        self.assertEqual(self._events("inspection_missed"), event)

    def test_contract_without_plan(self):
        """A contract that runs for more than seven days is inspected by a plan."""
        rule = self.env.ref("vendor_quality.compliance_rule_no_inspection_plan")
        rule.date_from = "2026-01-01"
        rule._raise_events(rule._find_breaches_no_inspection_plan())
        before = self._events("no_inspection_plan")
        self.assertNotIn(self.contract.id, before.mapped("res_id"))
        self.plan.active = False
        rule._raise_events(rule._find_breaches_no_inspection_plan())
        event = self._events("no_inspection_plan") - before
        self.assertEqual(event.res_id, self.contract.id)
        self.assertEqual(event.user_id, self.contract.owner_id)
        self.assertEqual(event.fine_amount, 100)

    def test_failed_round_is_an_own_record(self):
        finding = self.env["outsourcing.finding"].create(
            {
                "subject": "Dirty stairs",
                "contract_id": self.contract.id,
                "date": "2026-02-27",
                "reporter_id": self.env["hr.employee"].create({"name": "Reporter"}).id,
            }
        )
        since = date(2026, 1, 28)
        self._create_round("2026-02-25", ["pass"])
        self.assertFalse(finding._has_own_record(since))
        self._create_round("2026-02-26", ["fail"])
        self.assertTrue(finding._has_own_record(since))
        self.assertFalse(finding._has_own_record(date(2026, 2, 27)))

    def test_fine_follows_the_company(self):
        self.company.outsourcing_fine_missed_inspection = 150
        self._due("2026-02-27")
        self.Inspection._cron_follow_clock()
        self.assertEqual(self._events("inspection_missed").fine_amount, 150)

    def test_late_feedback(self):
        inspection = self._create_round("2026-02-25", ["pass"])
        self.Inspection._cron_follow_clock()
        self.assertTrue(inspection.is_feedback_late)
        event = self._events("inspection_feedback_late")
        self.assertEqual(event.res_id, inspection.id)
        inspection.with_user(self.officer_user).action_verify()
        self.assertEqual(self._events("inspection_feedback_late"), event)

    def test_verified_late_counts_without_the_cron(self):
        inspection = self._create_round("2026-02-25", ["pass"])
        inspection.with_user(self.officer_user).action_verify()
        self.assertTrue(inspection.is_feedback_late)
        self.assertTrue(self._events("inspection_feedback_late"))

    def test_waived_by_another_person_with_a_reason(self):
        inspection = self._due(inspector_id=self.officer_user.id)
        with self.assertRaisesRegex(UserError, "your own"):
            inspection.action_waive("Building closed")
        other = inspection.with_user(self.other_officer_user)
        with self.assertRaises(UserError):
            other.action_waive("  ")
        with self.assertRaises(UserError):
            other.write({"state": "waived"})
        with self.assertRaises(UserError):
            inspection.with_user(self.inspector_user).sudo().action_waive("No")
        other.action_waive("Building closed")
        self.assertRecordValues(
            inspection,
            [
                {
                    "state": "waived",
                    "waive_reason": "Building closed",
                    "waived_by_id": self.other_officer_user.id,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "already"):
            other.action_waive("Another reason")
        self.assertEqual(inspection.waive_reason, "Building closed")

    def test_list_waives_several_rounds_with_one_reason(self):
        rounds = self._due(inspector_id=self.officer_user.id) | self._due("2026-03-03")
        action = rounds.with_user(self.other_officer_user).action_open_waive_wizard()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.other_officer_user)
            .with_context(**action["context"])
            .create({"reason": "Public holiday"})
        )
        wizard.action_confirm()
        self.assertEqual(set(rounds.mapped("state")), {"waived"})
        self.assertEqual(rounds.waived_by_id, self.other_officer_user)

    def test_name_in_a_calendar_begins_with_the_service(self):
        inspection = self._due()
        self.assertTrue(inspection.display_name.startswith(inspection.name))
        shown = inspection.with_context(inspection_number_last=True).display_name
        self.assertTrue(shown.startswith(self.contract.subject))
        self.assertTrue(shown.endswith(inspection.name))

    def test_own_rounds_come_with_the_next_one_first(self):
        action = self.env.ref("vendor_quality.vendor_quality_inspection_action_mine")
        Inspection = self.env["vendor.quality.inspection"]
        for view in action.view_ids.filtered(lambda v: v.view_mode != "calendar"):
            arch = Inspection.get_view(view.view_id.id, view.view_mode)["arch"]
            if view.view_mode != "form":
                self.assertIn('default_order="date_due, id"', arch)

    def test_inspector_sees_his_own_only(self):
        mine = self._due()
        other = self._due(
            "2026-03-03",
            inspector_id=self.other_officer_user.id,
            plan_id=False,
            contract_id=self.contract.id,
        )
        visible = self.Inspection.with_user(self.inspector_user).search([])
        self.assertIn(mine, visible)
        self.assertNotIn(other, visible)
        with self.assertRaises(AccessError):
            other.with_user(self.inspector_user).read(["name"])
        with self.assertRaises(AccessError):
            self.Inspection.with_user(self.plain_user).search([])
        with self.assertRaises(AccessError):
            self._due("2026-03-05", user=self.inspector_user)
        with self.assertRaises(UserError):
            mine.with_user(self.auditor_user).action_done()

    def test_round_stays_near_its_planned_day(self):
        """An officer moves a round by a few days, not out of sight."""
        inspection = self._due()
        elsewhere = self._create_contract()
        for record in (inspection, inspection.sudo()):
            for values in (
                {"date_due": "2026-09-01"},
                {"date_due": "2026-03-10"},
                {"plan_id": False},
                {"plan_id": False, "date_due": "2026-09-01"},
                {"contract_id": elsewhere.id},
            ):
                with self.subTest(values=values), self.assertRaises(UserError):
                    record.write(values)
            with self.assertRaises(AccessError):
                record.write({"date_planned": "2026-09-01"})
        # Step by step it gets no further.
        inspection.date_due = "2026-03-09"
        with self.assertRaises(UserError):
            inspection.date_due = "2026-03-10"
        free = self._due(plan_id=False, contract_id=self.contract.id)
        with self.assertRaises(UserError):
            free.date_due = "2026-09-01"
        self.assertEqual(inspection.date_planned, date(2026, 3, 2))

    def test_inspector_cannot_dodge_a_round(self):
        """He neither moves nor deletes it, nor drops what it asks for."""
        inspection = self._due()
        mine = inspection.with_user(self.inspector_user)
        for record in (mine, mine.sudo()):
            for values in (
                {"date_due": "2026-12-01"},
                {"inspector_id": self.other_inspector_user.id},
                {"plan_id": False},
            ):
                with self.assertRaises(AccessError, msg=values):
                    record.write(values)
            with self.assertRaises(UserError):
                record.unlink()
            with self.assertRaises(AccessError):
                record.line_ids[0].unlink()
            with self.assertRaises(AccessError):
                record.line_ids[0].write({"name": "Nothing"})
            with self.assertRaises(AccessError):
                record.line_ids[0].write({"is_planned": False})
        own = self._due(
            plan_id=False,
            contract_id=self.contract.id,
            inspector_id=self.officer_user.id,
        )
        with self.assertRaises(AccessError):
            own.date_due = "2026-12-01"
        inspection.date_due = "2026-03-04"
        overdue = self._due("2026-02-27")
        with self.assertRaises(AccessError):
            overdue.date_due = "2026-03-04"
