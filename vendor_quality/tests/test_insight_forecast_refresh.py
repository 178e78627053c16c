from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY, ConsequenceCommon
from .fake_outsourcing import deliver


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestForecastRefresh(ConsequenceCommon):
    """The nightly row of each contract about its running period."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Forecast = cls.env["vendor.quality.forecast"]

    def _refresh(self, contracts=None):
        return self.Forecast._refresh(contracts or self.contract)

    def _get_mails(self, row):
        return row.message_ids.filtered(
            lambda message: self.vendor in message.partner_ids
        )

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def test_counts_until_yesterday(self):
        """Rounds 90 % give 50 points, presence 75 as in February: 0.6 and 0.4."""
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        self._create_round("2026-03-02", ["fail"] * 20)
        row = self._refresh()
        self.assertRecordValues(
            row,
            [
                {
                    "status": "warning",
                    "score": 60,
                    "grade": "B",
                    "last_grade": "B",
                    "is_worse": False,
                    "failures_left": 1,
                    "metric_id": self.metric_rounds.id,
                    "next_grade": "C",
                    "is_near": True,
                    "date_start": fields.Date.to_date("2026-03-01"),
                    "date_end": fields.Date.to_date("2026-03-31"),
                    "date_counted": fields.Date.to_date("2026-03-01"),
                }
            ],
        )
        for word in ("one more failure", "grade B becomes C"):
            self.assertIn(word, row.text)
        self.assertIn("taken as in the last form: Presence", row.text)

    def test_score_is_that_of_the_form(self):
        """What the warning says on the last day is what the form will say."""
        self._lift()
        self._create_round("2026-03-05", ["pass"] * 37 + ["fail"] * 3)
        with freeze_time("2026-04-01 02:00:00"):
            row = self._refresh()
            form = self._create_collected_form(
                95, date_start="2026-03-01", date_end="2026-03-31"
            )
        self.assertEqual(row.date_counted, form.date_end)
        self.assertEqual((row.score, row.grade), (form.score, form.grade))
        self.assertEqual(row.coverage, form.coverage)

    def test_grade_lost_already(self):
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 16 + ["fail"] * 4)
        row = self._refresh()
        self.assertRecordValues(
            row,
            [
                {
                    "status": "lowest",
                    "score": 30,
                    "grade": "C",
                    "is_worse": True,
                    "is_near": True,
                    "failures_left": 0,
                }
            ],
        )
        self.assertIn("Grade B of the last period is lost", row.text)
        self.assertIn("no lower grade", row.text)

    def test_milestones_that_are_still_due(self):
        """Nine were on time and the tenth is due: late, it costs grade A."""
        metric = self._create_metric("deliveries", source="milestone")
        template = self._create_active_template(
            [(metric, 10000)], code="deliveries_test"
        )
        contract = self._create_contract(
            vendor_quality_template_id=template.id,
            milestone_ids=[
                Command.create({"name": f"Part {day}", "date_due": f"2026-03-{day:02}"})
                for day in range(1, 11)
            ],
        )
        with freeze_time("2026-03-10 02:00:00"):
            milestones = contract.milestone_ids.sorted("date_due")
            for milestone in milestones[:9]:
                deliver(milestone, milestone.date_due)
            row = self._refresh(contract)
            self.assertRecordValues(
                row, [{"score": 100, "grade": "A", "failures_left": 1}]
            )
            self.assertIn("one more failure", row.text)
        with freeze_time("2026-03-11 02:00:00"):
            row = self._refresh(contract)
            self.assertRecordValues(
                row, [{"score": 50, "grade": "C", "status": "lowest"}]
            )
        deliver(milestones[9], milestones[9].date_due)
        with freeze_time("2026-03-11 02:00:00"):
            row = self._refresh(contract)
            self.assertRecordValues(row, [{"grade": "A", "status": "safe"}])
            self.assertIn("alone cannot cost the grade", row.text)

    def test_without_figures(self):
        row = self._refresh()
        self.assertRecordValues(
            row, [{"status": "unrated", "grade": False, "is_near": False}]
        )
        self.assertIn("Too little is measured", row.text)
        self.assertIn("Rounds", row.text)

    def test_small_samples_are_said(self):
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 5)
        self.assertIn("Few events so far", self._refresh().text)

    def test_no_form_is_made(self):
        before = self.env["vendor.quality.form"].search_count([])
        self._refresh()
        self.assertEqual(self.env["vendor.quality.form"].search_count([]), before)

    def test_one_row_and_gone_with_the_contract(self):
        row = self._refresh()
        self.assertEqual(self._refresh(), row)
        self.contract.with_user(self.owner_user).action_terminate("x")
        self.Forecast._cron_refresh()
        self.assertFalse(row.exists())

    def test_queries_do_not_grow_with_contracts(self):
        contracts = self.contract
        for _index in range(5):
            contracts |= self._create_contract()
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        self._refresh(contracts)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Forecast._refresh(some)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        # A row that changes is written by one statement for all of them.
        self.assertLessEqual(count(contracts), count(contracts[:1]) + 6)

    # ------------------------------------------------------------
    # MAIL
    # ------------------------------------------------------------

    def test_told_once_and_at_most_weekly(self):
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        row = self._refresh()
        self.assertEqual(len(self._get_mails(row)), 1)
        self.assertNotIn(self.vendor, row.message_partner_ids)
        self._refresh()
        with freeze_time("2026-03-10 02:00:00"):
            self._refresh()
        self.assertEqual(len(self._get_mails(row)), 1)
        # Another fact within the week waits for the week to end.
        with freeze_time("2026-03-05 02:00:00"):
            self._create_round("2026-03-04", ["pass"])
            self._refresh()
            self.assertEqual(row.failures_left, 1)
            self._create_round("2026-03-03", ["pass"] * 19)
            self._refresh()
            self.assertNotEqual(row._get_key(), row.sent_key)
        self.assertEqual(len(self._get_mails(row)), 1)
        with freeze_time("2026-03-10 02:00:00"):
            self._refresh()
        self.assertEqual(len(self._get_mails(row)), 2 if row.is_near else 1)

    def test_opt_out(self):
        self._lift()
        self.contract.sudo().vendor_quality_no_warning = True
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        row = self._refresh()
        self.assertTrue(row.is_near)
        self.assertFalse(row.sent_at)
        self.assertFalse(self._get_mails(row))

    def test_safe_grades_are_no_mail(self):
        self._lift(presence=100)
        self._create_round("2026-03-01", ["pass"] * 20)
        row = self._refresh()
        self.assertEqual(row.grade, "A")
        self.assertGreater(row.failures_left, 0)
        if not row.is_near:
            self.assertFalse(self._get_mails(row))

    def test_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.vendor.lang = "fr_FR"
        template = self.env.ref("vendor_quality.mail_template_forecast_vendor")
        template.with_context(lang="fr_FR").subject = "Alerte"
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        self.assertEqual(self._get_mails(self._refresh()).subject, "Alerte")

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_nobody_writes(self):
        row = self._refresh()
        values = {
            "contract_id": self._create_contract().id,
            "company_id": self.company.id,
            "status": "safe",
        }
        for user in (self.manager_user, self.officer_user, self.finance_user):
            mine = row.with_user(user)
            self.assertTrue(mine.text)
            with self.assertRaises(AccessError):
                mine.write({"grade": "A"})
            with self.assertRaises(AccessError):
                mine.create(values)
            with self.assertRaises(AccessError):
                mine.unlink()
        with self.assertRaises(AccessError):
            row.sudo().with_context(outsourcing_flow_key=1).write({"grade": "A"})
        self.assertFalse(row.with_user(self.plain_user).has_access("read"))

    def test_other_company_sees_nothing(self):
        row = self._refresh()
        sister = self.env["res.company"].create({"name": "Sister"})
        stranger = self._new_user(
            "stranger",
            "vendor_quality.group_quality_manager",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        self.assertFalse(row.with_user(stranger).search([("id", "=", row.id)]))
        self.assertFalse(row.with_user(stranger).has_access("read"))

    def test_cron_isolates_one_bad_contract(self):
        other = self._create_contract()
        original = type(self.Forecast)._prepare_row

        def fail(model, contract, *args):
            if contract == other:
                raise ValueError("broken")
            return original(model, contract, *args)

        self.patch(type(self.Forecast), "_prepare_row", fail)
        with self.assertLogs("odoo.addons.vendor_quality", "ERROR"):
            self.Forecast._cron_refresh()
        rows = self.Forecast.search([])
        self.assertIn(self.contract, rows.contract_id)
        self.assertNotIn(other, rows.contract_id)

    def test_period_of_a_contract_that_ends(self):
        with freeze_time("2026-12-31 02:00:00"):
            row = self._refresh()
            self.assertEqual(str(row.date_end), "2026-12-31")
        day = self.contract.date_end + timedelta(days=5)
        with freeze_time(f"{day} 02:00:00"):
            self.assertFalse(self._refresh())
