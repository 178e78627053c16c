from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from ..models.base.grants import server_write
from .common import SIGNED_COPY, ContractCommon


@tagged("post_install", "-at_install")
class TestContractFiling(ContractCommon):
    """Signature and the filing with HR within its term."""

    def _events(self, contract, code="filed_late"):
        return self.env["outsourcing.compliance.event"].search(
            [
                ("code", "=", code),
                ("res_model", "=", contract._name),
                ("res_id", "=", contract.id),
            ]
        )

    def test_signature_dates(self):
        """The server's clock decides what may be signed when."""
        contract = self._create_contract()
        self._send_to_sign(contract)
        mine = contract.with_user(self.procurement_user)
        with self.assertRefused("still to come"):
            mine.action_sign(self._days(1), SIGNED_COPY)
        award = {"award_date": self._days(-5), "sign_days": 30}
        server_write(contract, award | {"to_sign_date": self._days(-6)})
        with self.assertRefused("award became final"):
            mine.action_sign(self._days(-6), SIGNED_COPY)
        mine.action_sign(str(self._days(-5)), SIGNED_COPY)
        self.assertRecordValues(
            contract,
            [{"signed_date": self._days(-5), "filing_deadline": self._days(-2)}],
        )

    def test_time_zone_of_caller_changes_nothing(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        with freeze_time("2026-05-10 23:30:00"):
            mine = contract.with_user(self.procurement_user)
            with self.assertRaises(ValidationError):
                mine.with_context(tz="Pacific/Kiritimati").action_sign(
                    "2026-05-11", SIGNED_COPY
                )
            # Where the company works, the day has begun.
            self.company.outsourcing_tz = "Asia/Shanghai"
            mine.action_sign("2026-05-11", SIGNED_COPY)
        self.assertEqual(contract.filing_deadline, date(2026, 5, 14))

    def test_deadline_over_month_end(self):
        cases = [
            ("2026-01-30", date(2026, 2, 2)),
            ("2026-02-27", date(2026, 3, 2)),
            ("2026-12-31", date(2027, 1, 3)),
        ]
        for day, expected in cases:
            with self.subTest(day=day), freeze_time(f"{day} 09:00:00"):
                self.assertEqual(self._create_signed(day).filing_deadline, expected)

    def test_deadline_in_working_days(self):
        """Weekends and the company's own holidays do not count."""
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "National holiday",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": "2026-10-01 00:00:00",
                "date_to": "2026-10-08 23:59:59",
            }
        )
        self.company.outsourcing_filing_day_kind = "working"
        with freeze_time("2026-09-29 09:00:00"):
            contract = self._create_signed("2026-09-29", filing_day_kind="working")
        # Wednesday 30, Friday 9 October, Monday 12 October
        self.assertEqual(contract.filing_deadline, date(2026, 10, 12))

    def test_filing_in_time(self):
        contract = self._create_signed()
        activity = contract.activity_ids.filtered(
            lambda item: (
                item.activity_type_id
                == self.env.ref("outsourcing_mgmt.mail_activity_type_filing")
            )
        )
        self.assertEqual(activity.date_deadline, self._days(3))
        self.assertTrue(
            activity.user_id.has_group("outsourcing_mgmt.group_outsourcing_hr")
        )
        contract.with_user(self.hr_user).action_file("HR-1")
        self.assertFalse(contract.is_filed_late)
        self.assertFalse(self._events(contract))
        self.assertFalse(activity.exists().active)

    def test_signer_does_not_receive(self):
        self.procurement_user.group_ids |= self.env.ref(
            "outsourcing_mgmt.group_outsourcing_hr"
        )
        contract = self._create_signed()
        with self.assertRefused("somebody else of HR"):
            contract.with_user(self.procurement_user).action_file("HR-1")
        with self.assertRefused("somebody else of HR"):
            contract.with_user(self.procurement_user).sudo().action_file("HR-1")
        self.assertFalse(contract.filed_date)

    def test_unsigned_is_not_filed(self):
        contract = self._create_contract()
        with self.assertRefused("after its signature"):
            contract.with_user(self.hr_user).action_file("HR-1")

    def test_late_filing_raises_one_event(self):
        with freeze_time("2026-03-10 09:00:00"):
            contract = self._create_signed("2026-03-10")
        with freeze_time("2026-03-13 20:00:00"):
            self._run_cron("ir_cron_compliance")
            self.assertFalse(self._events(contract))
        with freeze_time("2026-03-14 01:00:00"):
            self._run_cron("ir_cron_compliance")
            self._run_cron("ir_cron_compliance")
        event = self._events(contract)
        self.assertRecordValues(
            event,
            [
                {
                    "state": "new",
                    "date": date(2026, 3, 14),
                    # Nobody heads procurement here: the head of who acted answers.
                    "employee_id": self.head.id,
                    "user_id": self.head_user.id,
                    "actor_user_id": self.procurement_user.id,
                    "department_id": self.department.id,
                }
            ],
        )
        with freeze_time("2026-03-16 01:00:00"):
            contract.with_user(self.hr_user).action_file("HR-9")
        self.assertTrue(contract.is_filed_late)
        self.assertEqual(self._events(contract), event)

    def test_late_filing_raises_at_the_filing(self):
        with freeze_time("2026-03-10 09:00:00"):
            contract = self._create_signed("2026-03-10")
        with freeze_time("2026-03-15 09:00:00"):
            contract.with_user(self.hr_user).action_file("HR-9")
        self.assertRecordValues(
            self._events(contract), [{"date": date(2026, 3, 15), "state": "new"}]
        )

    def test_back_dated_filing(self):
        """No field, context or argument makes a late filing early."""
        with freeze_time("2026-03-10 09:00:00"):
            contract = self._create_signed("2026-03-10")
        with freeze_time("2026-03-20 09:00:00"):
            contract.with_user(self.hr_user).with_context(
                default_filed_date="2026-03-11", today="2026-03-11"
            ).action_file("HR-9")
        self.assertEqual(contract.filed_date, date(2026, 3, 20))
