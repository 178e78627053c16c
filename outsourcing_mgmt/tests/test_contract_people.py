from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import ContractCommon


class PeopleCommon(ContractCommon):
    """Contracts with people of the vendor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": name, "parent_id": cls.vendor.id}
                for name in ("Ann", "Bob", "Cid")
            ]
        )

    def _create_worker(self, contract, person=0, **values):
        return (
            self.env["outsourcing.worker"]
            .with_user(self.officer_user)
            .create(
                {
                    "partner_id": self.people[person].id,
                    "contract_id": contract.id,
                    "role": "Cleaner",
                    **values,
                }
            )
        )

    def _come(self, contract, person=0, **values):
        worker = self._create_worker(contract, person, **values)
        worker.action_onboard()
        return worker


@tagged("post_install", "-at_install")
class TestPeople(PeopleCommon):
    """Heads, one contract at a time, on- and off-boarding, the end."""

    def test_heads(self):
        contract = self._create_active(headcount_agreed=1)
        self._come(contract)
        self.assertFalse(contract.headcount_hint)
        second = self._create_worker(contract, 1)
        self.assertRecordValues(
            contract,
            [{"headcount_on_site": 1, "headcount_planned": 1, "headcount_agreed": 1}],
        )
        self.assertIn("1 were agreed", contract.headcount_hint)
        self.assertIn("1 were agreed", second.headcount_hint)
        with self.assertRaises(UserError):
            contract.headcount_agreed = 2
        amendment = self.env["outsourcing.contract.amendment"].with_user(
            self.procurement_user
        )
        amendment = amendment.create(
            {
                "name": "One more",
                "contract_id": contract.id,
                "reason": "One more floor",
                "new_headcount": 2,
            }
        )
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user, self.finance_user)
        amendment.with_user(self.officer_user).action_approve()
        contract.invalidate_recordset()
        self.assertEqual(contract.headcount_agreed, 2)
        self.assertFalse(contract.headcount_hint)

    def test_content_hash_without_heads_is_as_before(self):
        contract = self._create_contract()
        before = contract._get_content_hash()
        contract.headcount_agreed = 3
        self.assertNotEqual(contract._get_content_hash(), before)
        contract.headcount_agreed = 0
        contract.needs_milestones = True
        self.assertEqual(contract._get_content_hash(), before)

    def test_one_contract_at_a_time(self):
        contract, other = self._create_active(), self._create_active()
        worker = self._come(contract)
        with self.assertRefused(f"is on {contract.name}"):
            self._come(other)
        with self.assertRefused("one contract at a time"):
            self._create_worker(other, date_start=self._days(3))
        worker.date_end = self._days(10)
        self._create_worker(other, date_start=self._days(11))
        with self.assertRefused(f"is on {other.name}"):
            worker.date_end = self._days(11)

    def test_coming_and_leaving_start_their_plans(self):
        contract = self._create_active()
        worker = self._come(contract)
        self.assertEqual(len(worker.activity_ids), 3)
        self.assertEqual(worker.activity_ids.user_id, self.officer_user)
        self.assertTrue(
            all(
                day >= self.today for day in worker.activity_ids.mapped("date_deadline")
            )
        )
        worker.activity_ids.action_feedback()
        worker.action_leave("Moved away")
        self.assertEqual(len(worker.activity_ids), 2)
        self.env.ref("outsourcing_mgmt.mail_activity_plan_onboarding").active = False
        self.assertFalse(self._come(contract, 1).activity_ids)

    def test_leaving_between_renewal_and_its_first_day(self):
        """The contract goes on until then, so whoever leaves hands over as ever."""
        contract = self._create_active(renewals_foreseen=1)
        worker = self._come(contract)
        worker.activity_ids.action_feedback()
        contract.with_user(self.procurement_user).action_renew()
        self.assertEqual(contract.state, "renewed")
        worker.action_leave("Moved away")
        self.assertEqual(len(worker.activity_ids), 2)
        other = self._come(contract, 1)
        self.assertEqual(other.state, "on_site")

    def test_earlier_last_day_stays(self):
        """Whoever left on Monday was on site until today, where it was noted later."""
        contract = self._create_active(date_start=self._days(-9))
        for number, (entered, last) in enumerate(((-2, -2), (5, 0), (None, 0))):
            worker = self._come(
                contract,
                number,
                date_start=self._days(-5),
                date_end=entered is not None and self._days(entered),
            )
            worker.action_leave("Moved away")
            self.assertEqual(worker.date_end, self._days(last))

    def test_end_of_the_contract(self):
        contract = self._create_active()
        worker, planned = self._come(contract), self._create_worker(contract, 1)
        worker.activity_ids.unlink()
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        self.assertEqual(worker.state, "on_site")
        self.assertEqual(len(worker.activity_ids), 2)
        self.assertEqual(planned.state, "left")
        worker.action_leave("The contract ended")
        self.assertEqual(len(worker.activity_ids), 2, "started once")

    def test_termination_closes_activities(self):
        contract = self._create_active()
        planned = contract.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.officer_user.id
        )
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        filing = self.env.ref("outsourcing_mgmt.mail_activity_type_filing")
        left = contract.sudo().activity_ids
        self.assertNotIn(planned.id, left.ids)
        # To file the end; and to tell the vendor, who has no address.
        self.assertEqual(len(left), 2)
        self.assertIn(filing, left.activity_type_id)

    def test_people_go_on_under_a_renewal(self):
        contract = self._create_active(
            date_end=self._days(20),
            term="auto_renew",
            renewals_foreseen=1,
            notice_days=2,
        )
        worker = self._come(contract)
        with freeze_time(self._days(21)):
            self._run_cron("ir_cron_contract_calendar")
            following = contract.successor_ids
            self.assertEqual(following.state, "active")
            again = following.worker_ids
            self.assertRecordValues(
                again,
                [
                    {
                        "state": "on_site",
                        "continues_id": worker.id,
                        "date_start": self._days(21),
                    }
                ],
            )
            self.assertRecordValues(
                worker, [{"state": "left", "date_end": self._days(20)}]
            )
            self.assertFalse(again.activity_ids)

    def test_planned_end(self):
        contract = self._create_active()
        worker = self._come(contract, date_end=self._days(5))
        worker.activity_ids.unlink()
        far = self._come(contract, 1, date_end=self._days(200))
        far.activity_ids.unlink()
        for _run in range(2):
            self._run_cron("ir_cron_worker_end")
            self.assertEqual(len(worker.activity_ids), 1)
        self.assertEqual(worker.activity_ids.user_id, self.officer_user)
        self.assertFalse(far.activity_ids)
        worker.date_end = self._days(6)
        self._run_cron("ir_cron_worker_end")
        self.assertEqual(worker.activity_ids.date_deadline, self._days(6))


@tagged("post_install", "-at_install")
class TestRoster(PeopleCommon):
    """Days on site: planned, confirmed by an officer, never twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_active()

    def _create_day(self, worker, day=None, user=None, **values):
        return (
            self.env["outsourcing.roster.day"]
            .with_user(user or self.officer_user)
            .create({"worker_id": worker.id, "date": day or self.today, **values})
        )

    def test_attacks(self):
        worker = self._come(self.contract)
        day = self._create_day(worker)
        for user in (self.user_user, self.hr_user, self.procurement_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._create_day(worker, self._days(1), user)
            with self.subTest(user=user.login), self.assertRaises(UserError):
                day.with_user(user).action_confirm()
        with self.assertRefused("for the group"):
            day.with_user(self.manager_user).action_confirm()
        with self.assertRefused("starts as"):
            self._create_day(worker, self._days(1), state="confirmed")
        for vals in (
            {"confirmed_by_id": self.officer_user.id},
            {"confirmed_on": "2026-01-01"},
            {"contract_id": self._create_contract().id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                day.write(vals)
        day.action_confirm()
        for vals in ({"days": 0.5}, {"date": self._days(1)}, {"note": "x"}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                day.write(vals)
        with self.assertRaises(UserError):
            day.unlink()

    def test_people_with_the_same_day_are_not_merged(self):
        """Each has a day of work that is paid; as one person one of them is lost."""
        workers = self._come(self.contract) | self._come(self.contract, 1)
        for worker in workers:
            self._create_day(worker)
        people = workers.partner_id
        self.assertEqual(len(people), 2)
        # An address may have no name.
        self.people[1].write({"type": "other", "name": False})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        with self.assertRefused("on the roster of"):
            wizard.sudo()._merge(people.ids, people[0], extra_checks=False)
        self.assertEqual(len(workers.roster_day_ids), 2)

    def test_who_left_is_history(self):
        worker = self._come(self.contract)
        worker.with_user(self.officer_user).action_leave("Moved")
        for vals in (
            {"role": "Chief"},
            {"date_start": self._days(-9)},
            {"date_end": self._days(9)},
            {"department_id": False},
        ):
            for user in (self.officer_user, self.manager_user):
                with self.subTest(vals=vals), self.assertRefused("no longer"):
                    worker.with_user(user).write(vals)
        worker.with_user(self.officer_user).note = "Came back to us for a visit"

    def test_day_of_the_contract_once(self):
        worker = self._come(self.contract)
        self._create_day(worker)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self._create_day(worker)
            self.env.flush_all()
        with self.assertRefused("is not on"):
            self._create_day(worker, self._days(-1))
        coming = self._create_day(worker, self._days(1))
        with self.assertRefused("still to come"):
            coming.action_confirm()
        planned = self._create_worker(self.contract, 1)
        with self.assertRefused("is not on"):
            self._create_day(planned)

    def test_reopened_by_somebody_else(self):
        day = self._create_day(self._come(self.contract))
        day.action_confirm()
        with self.assertRefused("you confirmed it"):
            day.action_reopen("Wrong")
        other = day.with_user(self.other_officer_user)
        with self.assertRaises(UserError):
            other.action_reopen(" ")
        other.action_reopen("She was ill")
        self.assertRecordValues(
            day,
            [{"state": "planned", "confirmed_by_id": False}],
        )
        day.action_mark_absent()
        self.assertEqual(day.state, "absent")
        self.assertEqual(self.contract.roster_day_count, 0)

    def test_days_that_will_not_come(self):
        worker = self._come(self.contract)
        today = self._create_day(worker)
        coming = self._create_day(worker, self._days(1))
        worker.action_leave("Moved away")
        self.assertFalse(coming.exists())
        self.assertTrue(today.exists())

    def test_month(self):
        worker = self._come(self.contract)
        wizard = (
            self.env["outsourcing.roster.month"]
            .with_user(self.officer_user)
            .create(
                {
                    "contract_id": self.contract.id,
                    "date_from": self.today,
                    "date_to": self._days(6),
                    "every_day": True,
                }
            )
        )
        self.assertEqual(wizard.worker_ids, worker)
        wizard.action_plan()
        self.contract.invalidate_recordset()
        days = self.contract.roster_day_ids
        self.assertEqual(len(days), 7)
        mine = days.with_user(self.officer_user)
        mine.filtered(lambda row: row.date == self._days(1)).days = 0.5
        with freeze_time(self._days(2)):
            wizard.with_user(self.officer_user).action_confirm()
        self.assertEqual(len(self.contract.roster_day_ids), 7, "no double")
        confirmed = days.filtered(lambda row: row.state == "confirmed")
        self.assertEqual(len(confirmed), 3)
        self.contract.invalidate_recordset()
        self.assertEqual(self.contract.roster_day_count, 2.5)
        self.assertEqual(confirmed.confirmed_by_id, self.officer_user)
        action = wizard.action_plan()
        self.assertEqual(action["res_model"], "outsourcing.roster.day")

    def test_working_days_alone(self):
        worker = self._come(self.contract)
        wizard = (
            self.env["outsourcing.roster.month"]
            .with_user(self.officer_user)
            .create(
                {
                    "contract_id": self.contract.id,
                    "date_from": self.today,
                    "date_to": self._days(13),
                }
            )
        )
        wizard.action_plan()
        weekdays = {day.weekday() for day in worker.roster_day_ids.mapped("date")}
        self.assertFalse({5, 6} & weekdays)
        self.assertEqual(len(worker.roster_day_ids), 10)
        self.assertLess(
            max(worker.roster_day_ids.mapped("date")), self._days(13) + timedelta(1)
        )
