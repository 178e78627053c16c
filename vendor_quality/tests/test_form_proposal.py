from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

from ..models.base.vendor_quality_batch import get_column
from ..models.form.vendor_quality_form_collect import collect
from ..tools import periods, replay
from .common import FEBRUARY, TODAY, QualityCommon
from .fake_outsourcing import deliver


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormBatch(QualityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Form = cls.env["vendor.quality.form"]
        # Jobs commit between batches; a test keeps its transaction.
        cls.classPatch(
            cls.env.registry["ir.cron"],
            "_commit_progress",
            lambda self, processed=0, *, remaining=None, deactivate=False: 3600,
        )

    def _forms(self, contract=None):
        return self.Form.search([("contract_id", "=", (contract or self.contract).id)])

    def test_last_period_is_proposed_and_collected(self):
        self._create_round("2026-02-10", ["pass"] * 9 + ["fail"])
        self.Form._cron_propose_forms()
        form = self._forms()
        self.assertRecordValues(
            form,
            [
                {
                    "state": "collected",
                    "date_start": FEBRUARY[0],
                    "date_end": FEBRUARY[1],
                    "fee_amount": 10000,
                    "score": 30,
                    "grade": "C",
                }
            ],
        )
        self.assertEqual(form.activity_ids.user_id, self.officer_user)
        self.Form._cron_propose_forms()
        self.assertEqual(self._forms(), form)

    def test_cancelled_period_is_not_proposed_again(self):
        form = self._create_form()
        form.action_cancel()
        self.Form._cron_propose_forms()
        self.assertEqual(self._forms(), form)

    def test_period_is_cut_by_the_contract(self):
        contract = self._create_contract(date_start="2026-02-16")
        self.Form._cron_propose_forms()
        form = self._forms(contract)
        self.assertEqual(
            (form.date_start, form.date_end), (date(2026, 2, 16),) + FEBRUARY[1:]
        )

    def test_contract_of_the_future_or_without_template(self):
        future = self._create_contract(date_start="2026-03-01")
        without = self._create_contract(vendor_quality_template_id=False)
        unsigned = self._create_contract(activate=False)
        self.Form._cron_propose_forms()
        for contract in (future, without, unsigned):
            self.assertFalse(self._forms(contract))

    def test_one_bad_contract_does_not_stop_the_others(self):
        bad = self._create_contract()
        original = type(self.Form)._get_ended_periods

        def fail(form, contract, *arguments):
            if contract == bad:
                raise ValueError("broken")
            return original(form, contract, *arguments)

        path = "odoo.addons.vendor_quality.models.base.vendor_quality_batch"
        with (
            patch.object(type(self.Form), "_get_ended_periods", fail),
            mute_logger(path),
        ):
            self.Form._cron_propose_forms()
        self.assertTrue(self._forms())
        self.assertFalse(self._forms(bad))

    def test_queries_do_not_grow_with_the_contracts(self):
        """One grouped query a metric, however many contracts there are."""
        batches = []
        for size in (2, 12):
            contracts = self.env["outsourcing.contract"]
            for _index in range(size):
                contract = self._create_contract()
                self._create_round("2026-02-10", ["pass", "fail"], contract=contract)
                contracts |= contract
            forms = server_create(
                self.Form.with_context(tracking_disable=True),
                [
                    {
                        "contract_id": contract.id,
                        "date_start": FEBRUARY[0],
                        "date_end": FEBRUARY[1],
                    }
                    for contract in contracts
                ],
            )
            batches.append(forms.with_context(tracking_disable=True))
        counts = []
        for forms in batches:
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            collect(forms)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(forms.mapped("score")), {0})
        self.assertLessEqual(counts[1], counts[0] + 2, counts)

    def test_columns_of_other_types_are_refused(self):
        hold = self.env["vendor.quality.hold"]._fields
        for name in ("move_id", "create_date", "state", "amount", "reason"):
            self.assertTrue(get_column(hold[name], [False]))
        rules = self.env["vendor.quality.backtest"]._fields["rules"]
        with self.assertRaises(TypeError):
            get_column(rules, [{"form": "a,b"}])

    def test_batch_equals_one_by_one(self):
        contracts = [self._create_contract() for _index in range(3)]
        for index, contract in enumerate(contracts):
            self._create_round(
                "2026-02-10", ["pass"] * (17 + index) + ["fail"], contract=contract
            )
        forms = self.Form
        for contract in contracts:
            forms |= self._create_form(contract)
        collect(forms)
        together = [(form.score, form._get_evidence_hash()) for form in forms]
        for form in forms:
            collect(form)
        alone = [(form.score, form._get_evidence_hash()) for form in forms]
        self.assertEqual(together, alone)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormScore(QualityCommon):
    def test_carry_takes_the_last_approved_points(self):
        metric = self._create_metric(
            "carried", missing_policy="carry", carry_days=40, source="inspection"
        )
        template = self._create_active_template(
            [(metric, 4000), (self.metric_presence, 6000)], code="carry"
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        self._create_round("2026-01-10", ["pass"] * 19 + ["fail"], contract=contract)
        january = {"date_start": date(2026, 1, 1), "date_end": date(2026, 1, 31)}
        old = self._create_approved_form(contract=contract, **january)
        self.assertEqual(old.line_ids[0].points, 75)
        form = self._create_collected_form(100, contract=contract)
        self.assertRecordValues(
            form.line_ids[0], [{"status": "carry", "points": 75, "sample": 0}]
        )
        self.assertEqual((form.score, form.coverage), (90, 60))

    def test_thin_coverage_is_not_rated(self):
        template = self._create_active_template(
            [(self._create_metric("a"), 5000), (self._create_metric("b"), 5000)],
            code="thin",
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        form = self._create_form(contract)
        self._enter(form, "a", 100)
        form.action_collect()
        self.assertRecordValues(
            form,
            [
                {
                    "is_rated": False,
                    "score": 0,
                    "grade": False,
                    "coverage": 50,
                    "deduction_amount": 0,
                    "payable_amount": 10000,
                }
            ],
        )
        self._enter(form, "b", 80)
        form.action_collect()
        self.assertRecordValues(form, [{"is_rated": True, "score": 50}])

    def test_critical_failure_caps(self):
        critical = self._create_metric("guard", is_critical=True, critical_minimum=60)
        template = self._create_active_template(
            [(critical, 1000), (self.metric_presence, 9000)], code="critical"
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        form = self._create_form(contract)
        self._enter(form, "guard", 85)
        self._enter(form, "presence", 100)
        form.action_collect()
        self.assertRecordValues(
            form,
            [
                {
                    "raw_score": 92.5,
                    "score": 59,
                    "failed_critical": "guard",
                    "grade": "C",
                }
            ],
        )

    def test_formula_metric(self):
        other = self._create_metric("other")
        worst = self._create_metric(
            "worst", source="formula", formula="min(presence, other)"
        )
        template = self._create_active_template(
            [(self.metric_presence, 2000), (other, 2000), (worst, 6000)], code="formula"
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        form = self._create_form(contract)
        self._enter(form, "presence", 100)
        self._enter(form, "other", 90)
        form.action_collect()
        line = form.line_ids.filtered(lambda item: item.code == "worst")
        self.assertRecordValues(line, [{"value": 90, "points": 50}])
        self.assertEqual(form.score, 60)

    def test_small_sample_is_no_value(self):
        metric = self._create_metric("few", source="inspection", min_sample=3)
        template = self._create_active_template(
            [(metric, 4000), (self.metric_presence, 6000)], code="few"
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        self._create_round("2026-02-10", ["fail", "fail"], contract=contract)
        form = self._create_collected_form(100, contract=contract)
        line = form.line_ids[0]
        self.assertRecordValues(line, [{"sample": 2, "status": "exclude"}])
        self.assertEqual(form.score, 100)

    def test_milestones_propose_the_fee(self):
        milestone = self.env["outsourcing.contract.milestone"].create(
            {"name": "M", "contract_id": self.contract.id, "date_due": "2026-02-10"}
        )
        deliver(milestone, "2026-02-10 08:00:00", price=800)
        form = self._create_collected_form()
        self.assertRecordValues(form, [{"fee_amount": 800, "fee_basis": "milestone"}])

    def test_deliveries_accepted_late_are_asked_about(self):
        """Part of a month is said with its fee; what comes after the form is asked."""
        milestones = self.env["outsourcing.contract.milestone"].create(
            [
                {"name": name, "contract_id": self.contract.id, "date_due": day}
                for name, day in (("First", "2026-02-10"), ("Second", "2026-02-20"))
            ]
        )
        deliver(milestones[0], "2026-02-10 08:00:00", price=800)
        deliver(milestones[1], "2026-02-20 08:00:00", price=400, reject="Incomplete")
        form = self._create_collected_form()
        self.assertEqual(form.fee_amount, 800)
        self.assertIn("1 deliveries", form.fee_open_note)
        self.assertIn("400", form.fee_open_note)
        form.action_submit()
        deliver(milestones[1], "2026-03-20 08:00:00")
        form.invalidate_recordset()
        self.assertFalse(form.fee_open_note)
        asked = form.activity_ids.filtered(
            lambda item: "in no fee yet" in (item.summary or "")
        )
        self.assertEqual(asked.user_id, form.collected_by_id)
        self.assertIn("Second", asked.summary)

    def test_milestone_without_money_leaves_the_share(self):
        contract = self._create_contract(amount_total=216000)
        form = self._create_collected_form(contract=contract)
        self.assertRecordValues(form, [{"fee_amount": 18000, "fee_basis": "contract"}])
        milestone = self.env["outsourcing.contract.milestone"].create(
            {"name": "Review", "contract_id": contract.id, "date_due": "2026-02-10"}
        )
        form.action_collect()
        self.assertRecordValues(form, [{"fee_amount": 18000, "fee_basis": "contract"}])
        deliver(milestone, "2026-02-10 08:00:00")
        form.action_collect()
        self.assertRecordValues(form, [{"fee_amount": 18000, "fee_basis": "contract"}])

    def test_share_of_a_part_of_the_month(self):
        contract = self._create_contract(amount_total=216000)
        shares = {
            days: self._create_form(
                contract,
                date_start=date(2026, 10, days[0]),
                date_end=date(2026, 10, days[1]),
            )._get_contract_shares()
            for days in ((1, 15), (16, 31))
        }
        amounts = {days: [*share.values()] for days, share in shares.items()}
        self.assertEqual(amounts, {(1, 15): [8709.68], (16, 31): [9290.32]})

    def test_share_until_the_termination(self):
        contract = self._create_contract(amount_total=216000)
        with freeze_time("2026-11-15 08:00:00"):
            contract.with_user(self.procurement_user).action_terminate("Moved out")
            whole = self._create_form(
                contract, date_start=date(2026, 11, 1), date_end=date(2026, 11, 30)
            )
            self.assertEqual([*whole._get_contract_shares().values()], [9000])
            whole.date_end = date(2026, 11, 15)
            self.assertEqual([*whole._get_contract_shares().values()], [9000])
            with self.assertRaisesRegex(ValidationError, "terminated on"):
                self._create_form(
                    contract, date_start=date(2026, 12, 1), date_end=date(2026, 12, 31)
                )

    def test_nothing_falls_on_days_after_the_termination(self):
        """A form that was there before the contract ended within its month."""
        contract = self._create_contract(amount_total=216000)
        late = self._create_form(
            contract, date_start=date(2026, 11, 16), date_end=date(2026, 11, 30)
        )
        with freeze_time("2026-11-10 08:00:00"):
            contract.with_user(self.procurement_user).action_terminate("Moved out")
        self.assertEqual(late._get_contract_shares(), {late: 0})

    def _amend(self, contract, **values):
        amendment = (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "More rooms",
                    "contract_id": contract.id,
                    "reason": "A new floor",
                    **values,
                }
            )
        )
        reviewer = self._new_user(
            "reviewer", "outsourcing_mgmt.group_outsourcing_officer"
        )
        amendment.request_validation()
        amendment.with_user(reviewer).validate_tier()
        amendment.action_approve()
        self.assertEqual(amendment.state, "approved")

    def _get_year(self, contract, months=12):
        """Return the proposed fee of each month."""
        fees = []
        for number in range(months):
            day = date(2026 + number // 12, number % 12 + 1, 1)
            form = self._create_form(
                contract, date_start=day, date_end=periods.get_period(day)[1]
            )
            fees += form._get_contract_shares().values()
        return fees

    def test_share_of_an_amended_contract(self):
        """What fell on the months before stays; together it is the new amount."""
        contract = self._create_contract(amount_total=216000)
        self._amend(contract, amount_change=18000, date_effective="2026-07-01")
        fees = self._get_year(contract)
        self.assertEqual(fees, [18000] * 6 + [21000] * 6)

    def test_share_of_a_prolonged_contract(self):
        contract = self._create_contract(amount_total=216000)
        self._amend(contract, new_date_end="2027-03-31", date_effective="2026-07-01")
        fees = self._get_year(contract, 15)
        self.assertEqual(fees, [18000] * 6 + [12000] * 9)

    def test_share_of_a_contract_amended_within_a_month(self):
        contract = self._create_contract(amount_total=216000)
        self._amend(contract, amount_change=-10000, date_effective="2026-07-15")
        fees = self._get_year(contract)
        self.assertEqual(fees[:6], [18000] * 6)
        self.assertEqual(round(sum(fees), 2), 206000)
        self.assertLess(fees[7], fees[6])

    def test_share_of_a_contract_cut_below_what_was_due(self):
        contract = self._create_contract(amount_total=216000)
        self._amend(contract, amount_change=-20000, date_effective="2026-12-01")
        self.assertEqual(self._get_year(contract), [18000] * 11 + [0])

    def test_proposed_zero_is_confirmed_by_a_person(self):
        contract = self._create_contract(amount_total=0)
        form = self._create_collected_form(contract=contract)
        self.assertRecordValues(form, [{"fee_amount": 0, "fee_basis": "contract"}])
        for verb in (form.action_submit, form.action_send_to_vendor):
            with self.assertRaisesRegex(UserError, "proposed fee is zero"):
                verb()
        form.action_confirm_no_fee()
        self.assertEqual(form.fee_basis, "manual")
        form.action_collect()
        form.action_submit()
        self.assertRecordValues(form, [{"state": "review", "fee_amount": 0}])

    def test_year_of_a_contract_from_29_february(self):
        contract = self._create_contract(
            activate=False,
            date_start="2024-02-29",
            date_end="2026-02-28",
            amount_total=240000,
        )
        form = self._create_form(contract)
        self.assertEqual(
            form._get_contract_year(), (date(2025, 3, 1), date(2026, 2, 28))
        )
        fee = form._get_year_fee(date(2025, 3, 1))
        self.assertEqual(fee, "119827.83")

    def test_worked_example_of_the_readme(self):
        contract = self._create_contract(
            amount_total=240000,
            vendor_quality_template_id=self.env.ref(
                "vendor_quality.template_cleaning"
            ).id,
        )
        self._create_round(
            "2026-02-10", ["pass"] * 18 + ["fail"] * 4, contract=contract
        )
        form = self._create_form(contract)
        self._enter(form, "attendance", 97.6)
        form.action_collect()
        points = {line.code: line.points for line in form.line_ids}
        self.assertAlmostEqual(points["inspection_pass"], 47.2727, 4)
        self.assertAlmostEqual(points["attendance"], 88.5)
        self.assertEqual(points["finding_count"], 100)
        self.assertRecordValues(
            form,
            [
                {
                    "score": 65.49,
                    "grade": "C",
                    "deduction_rate": 10,
                    "fee_amount": 20000,
                    "deduction_amount": 2000,
                    "payable_amount": 18000,
                }
            ],
        )
        document = form._get_document_inputs()
        for line in document["lines"]:
            line["disputed"] = line["code"] == "inspection_pass"
        result, _lines = replay.compute(document)
        self.assertEqual(
            (result["stayed_score"], result["disputed"], result["payable"]),
            ("97.13", "2000", "18000"),
        )

    def test_currency_without_decimals(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        contract = self._create_contract(currency_id=yen.id, amount_total=1200003)
        form = self._create_collected_form(contract=contract)
        parts = form.deduction_amount + form.disputed_amount + form.payable_amount
        self.assertEqual(form.currency_id, yen)
        self.assertEqual(parts, form.fee_amount)
        self.assertEqual(form.deduction_amount, round(form.deduction_amount))

    def test_hash_survives_renaming(self):
        form = self._create_approved_form()
        self.vendor.name = "Bright and Brighter"
        self.metric_rounds.name = "Other words"
        self.company.name = "New Name"
        self.env.invalidate_all()
        self.assertEqual(form._get_evidence_hash(), form.evidence_hash)

    def test_changed_evidence_stops_the_approval(self):
        form = self._create_collected_form()
        form.action_submit()
        self._review(form)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE vendor_quality_form_line SET numerator = 100 WHERE id = %s",
            [form.line_ids[1].id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(Exception, "no longer those"):
            form.with_user(self.manager_user).action_approve()
