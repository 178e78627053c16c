import importlib.util
from datetime import date
from pathlib import Path

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import FEBRUARY, GROUPS, JANUARY, TODAY, QualityCommon, dates


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormFlow(QualityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 19 of 20 items passed: 95 %, 75 points.
        cls._create_round("2026-02-10", ["pass"] * 19 + ["fail"])

    def test_a_draft_is_named_again_when_its_period_changes(self):
        form = self._create_form()
        form.write(dates(JANUARY))
        self.assertEqual(form.name, f"Draft {form.contract_id.name} 2026-01-31")

    def test_whole_way(self):
        """75 x 0.6 + 50 x 0.4 = 65 -> B, 10 % of 10,000 off."""
        form = self._create_form()
        self.assertRecordValues(
            form,
            [
                {
                    "state": "draft",
                    "template_id": self.template.id,
                    "partner_id": self.vendor.id,
                    "company_id": self.company.id,
                }
            ],
        )
        label = f"{form.contract_id.name} {form.date_end}"
        self.assertEqual(form.name, f"Draft {label}")
        self.assertEqual(form._get_foot_name(), f"DRAFT {label}")
        self.assertEqual(form.line_ids.mapped("code"), ["rounds", "presence"])
        # STEP 1: collect
        self._enter(form, "presence", 90)
        form.action_collect()
        self.assertRecordValues(
            form.line_ids,
            [
                {
                    "numerator": 19,
                    "denominator": 20,
                    "sample": 20,
                    "value": 95,
                    "points": 75,
                    "status": "measured",
                },
                {
                    "numerator": 90,
                    "denominator": 100,
                    "sample": 1,
                    "value": 90,
                    "points": 50,
                    "status": "measured",
                },
            ],
        )
        self.assertRecordValues(
            form,
            [
                {
                    "state": "collected",
                    "score": 65,
                    "coverage": 100,
                    "grade": "B",
                    "is_rated": True,
                    "fee_basis": "contract",
                    "fee_amount": 10000,
                    "deduction_amount": 1000,
                    "disputed_amount": 0,
                    "payable_amount": 9000,
                    "collected_by_id": self.officer_user.id,
                }
            ],
        )
        # STEP 2: department head, then finance
        form.action_submit()
        self.assertEqual(form.state, "review")
        self.assertTrue(form.evidence_hash)
        with self.assertRaises(UserError):
            form.with_user(self.finance_user).validate_tier()
        self._review(form)
        # STEP 3: approve
        form.with_user(self.manager_user).action_approve()
        self.assertRecordValues(
            form,
            [
                {
                    "state": "approved",
                    "department_head_id": self.manager_user.id,
                    "finance_approver_id": self.finance_user.id,
                    "approved_by_id": self.manager_user.id,
                }
            ],
        )
        standing = self.env["vendor.quality.standing"].search(
            [("contract_id", "=", self.contract.id)]
        )
        self.assertRecordValues(
            standing,
            [{"grade": "B", "score": 65, "form_id": form.id, "blocks_payment": False}],
        )

    def test_without_reviews_nobody_approves(self):
        form = self._create_collected_form()
        form.action_submit()
        for user in (self.finance_user, self.officer_user):
            with self.assertRaises(UserError):
                form.with_user(user).action_approve()
        with self.assertRaises(UserError):
            form.with_user(self.manager_user).sudo().write({"state": "approved"})
        # The department head settles the own review; finance is the last one.
        form.with_user(self.manager_user).action_approve()
        self.assertEqual(form.state, "review")
        form.with_user(self.finance_user).action_approve()
        self.assertRecordValues(
            form, [{"state": "approved", "approved_by_id": self.finance_user.id}]
        )

    def test_preparer_never_reviews(self):
        """A manager who collected the form is no department head for it."""
        form = self._create_form(user=self.manager_user)
        self._enter(form, "presence", 95)
        form.action_collect()
        form.action_submit()
        with self.assertRaises(UserError):
            form.with_user(self.manager_user).validate_tier()
        self._review(form, self.other_manager_user, self.finance_user)
        with self.assertRaises(UserError):
            form.with_user(self.manager_user).action_approve()
        form.with_user(self.other_manager_user).action_approve()

    def test_who_wrote_the_evidence_does_not_approve(self):
        """Who entered results of the rounds, or waived one, of the period."""
        rounds = self.env["vendor.quality.inspection"].with_user(self.officer_user)
        inspector = self.inspector_user
        values = {"contract_id": self.contract.id, "inspector_id": inspector.id}
        waived = rounds.create({**values, "date_due": "2026-02-24"})
        entered = rounds.create(
            {
                **values,
                "date_due": "2026-02-25",
                "line_ids": [Command.create({"name": "Floors"})],
            }
        )
        waived.with_user(self.manager_user).action_waive("Closed")
        with freeze_time("2026-02-25 10:00:00"):
            line = entered.line_ids.with_user(self.other_manager_user)
            line.result = "pass"
            entered.with_user(inspector).action_done()
        form = self._create_collected_form()
        form.action_submit()
        for user in (self.manager_user, self.other_manager_user):
            mine = form.with_user(user)
            with self.assertRaisesRegex(UserError, "somebody else"):
                mine.validate_tier()
            with self.assertRaises(UserError):
                mine.sudo().action_approve()
        third = self._new_user("third", GROUPS["manager"])
        self._review(form, third, self.finance_user)

    def test_one_person_is_not_two_reviewers(self):
        both = self._new_user(
            "both",
            "vendor_quality.group_quality_manager,vendor_quality.group_quality_finance",
        )
        form = self._create_collected_form()
        form.action_submit()
        self._review(form, both)
        with self.assertRaisesRegex(UserError, "one person"):
            form.with_user(both).action_approve()

    def test_state_cannot_be_forged(self):
        vals = {
            "contract_id": self.contract.id,
            "date_start": FEBRUARY[0],
            "date_end": FEBRUARY[1],
        }
        Form = self.env["vendor.quality.form"].with_user(self.officer_user)
        for state in ("collected", "review", "approved"):
            with self.assertRaises(UserError):
                Form.create({**vals, "state": state})
        form = Form.with_context(default_state="approved").create(vals)
        self.assertEqual(form.state, "draft")
        for state in ("review", "approved", "superseded"):
            with self.assertRaises(UserError):
                form.write({"state": state})

    def test_figures_cannot_be_written(self):
        form = self._create_collected_form()
        line = form.line_ids[0]
        for values in (
            {"score": 100},
            {"payable_amount": 99999},
            {"grade": "A"},
            {"is_rated": True},
            {"evidence_hash": "0" * 64},
            {"collected_by_id": self.other_officer_user.id},
        ):
            for record in (form, form.sudo()):
                with self.assertRaises(AccessError, msg=values):
                    record.write(values)
        for values in (
            {"points": 100},
            {"numerator": 20},
            {"weight_bp": 9999},
            {"rules": {}},
            {"is_disputed": True},
        ):
            for record in (line, line.sudo()):
                with self.assertRaises(AccessError, msg=values):
                    record.write(values)
            with self.assertRaises(AccessError, msg=values):
                form.write({"line_ids": [Command.update(line.id, values)]})
        with self.assertRaises(AccessError):
            line.unlink()
        with self.assertRaises(AccessError):
            line.copy()

    def test_context_is_no_key(self):
        form = self._create_collected_form()
        forged = form.with_context(outsourcing_flow_key=True, skip_validation_check=1)
        with self.assertRaises(AccessError):
            forged.write({"score": 100})

    def test_approved_form_never_changes(self):
        form = self._create_approved_form()
        for record in (form, form.sudo(), form.with_user(self.manager_user)):
            for values in (
                {"fee_amount": 1},
                {"note": "later"},
                {"date_end": "2026-02-27"},
                {"line_ids": [Command.clear()]},
                {"state": "collected"},
                {"state": "cancelled"},
            ):
                with self.assertRaises(UserError, msg=values):
                    record.write(values)
            with self.assertRaises(UserError):
                record.line_ids[1].write({"manual_value": 100})
            with self.assertRaises(UserError):
                record.unlink()
        with self.assertRaises(UserError):
            form.action_collect()

    def test_entered_value_needs_its_basis(self):
        form = self._create_form()
        self._enter(form, "presence", 100, note=False)
        form.action_collect()
        self.assertEqual(form.line_ids[1].status, "zero")
        self.assertEqual(form.score, 45)

    def test_value_entered_later_must_be_collected(self):
        form = self._create_collected_form()
        self._enter(form, "presence", 100)
        with self.assertRaisesRegex(UserError, "collect again"):
            form.action_submit()
        form.action_collect()
        self.assertEqual(form.score, 85)
        form.action_submit()

    def test_fee_entered_by_hand_splits_at_once(self):
        form = self._create_collected_form()
        form.fee_amount = 333.33
        self.assertRecordValues(
            form,
            [
                {
                    "fee_basis": "manual",
                    "deduction_amount": 33.33,
                    "payable_amount": 300.0,
                }
            ],
        )
        form.action_collect()
        self.assertEqual(form.fee_amount, 333.33)

    def test_fees_stay_within_the_amount_of_the_contract(self):
        """Two people approved 1,000,000 on a contract of 12,000, and it was paid."""
        form = self._create_collected_form()
        form.fee_amount = 1000000
        for verb in ("action_submit", "action_send_to_vendor"):
            with self.assertRaisesRegex(UserError, "[Aa]mend the contract first"):
                getattr(form, verb)()
        self._set(self.contract, amount_total=10000)
        form.fee_amount = 10000
        form.action_submit()
        self._review(form)
        self._set(self.contract, amount_total=9000)
        with self.assertRaisesRegex(UserError, "[Aa]mend the contract first"):
            form.with_user(self.manager_user).action_approve()
        # What is above since before there was a limit is kept.
        self._set(self.contract, vendor_quality_fees_before=10000)
        form.with_user(self.manager_user).action_approve()
        self._set(self.contract, amount_total=10000, vendor_quality_fees_before=0)
        other = self._create_form(date_start="2026-01-01", date_end="2026-01-31")
        self._enter(other, "presence", 95)
        other.action_collect()
        other.fee_amount = 1
        with self.assertRaisesRegex(UserError, "[Aa]mend the contract first"):
            other.action_submit()
        # A contract without an amount is one by time and material.
        self._set(self.contract, amount_total=0)
        other.action_submit()

    def test_upgrade_keeps_fees_above_the_amount(self):
        path = Path(__file__).parents[1] / "migrations/19.0.1.9.0/post-fee-limit.py"
        spec = importlib.util.spec_from_file_location("fee_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        form = self._create_collected_form()
        other = self._create_contract()
        for amount, kept in ((120000, 0), (9000, 10000), (0, 0)):
            self._set(self.contract, amount_total=amount, vendor_quality_fees_before=0)
            self.env.flush_all()
            script.migrate(self.env.cr, "19.0.1.8.0")
            self.env.invalidate_all()
            self.assertEqual(self.contract.vendor_quality_fees_before, kept)
            self.assertFalse(other.vendor_quality_fees_before)
        self.assertEqual(form.fee_amount, 10000)

    def test_negative_fee_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_form(fee_amount=-1)

    def test_send_back_voids_the_reviews(self):
        form = self._create_collected_form()
        form.action_submit()
        self._review(form, self.manager_user)
        with self.assertRaises(UserError):
            form.with_user(self.finance_user).action_send_back(" ")
        with self.assertRaisesRegex(UserError, "Sent Back Because"):
            form.with_user(self.officer_user).action_collect()
        form.with_user(self.finance_user).action_send_back("The fee is wrong")
        self.assertRecordValues(form, [{"state": "collected", "evidence_hash": False}])
        self.assertFalse(form.review_ids)
        form.action_submit()
        with self.assertRaises(UserError):
            form.with_user(self.manager_user).write({"state": "approved"})

    def test_deputy_sends_a_form_back(self):
        """Also one whom no role lets write the form."""
        form = self._create_collected_form()
        form.action_submit()
        head = self.manager_user
        stand = self._new_user("stand", f"base.group_user,{GROUPS['auditor']}")
        mine = form.with_user(stand)
        self.assertFalse(mine.has_access("write"))
        with self.assertRaises(UserError):
            mine.action_send_back("Nobody stands in yet")
        self._name_deputy(head, stand)
        mine.invalidate_recordset()
        mine.action_send_back("One day is missing")
        self.assertRecordValues(
            form, [{"state": "collected", "send_back_reason": "One day is missing"}]
        )
        self._assert_refused_for(form, stand, head)
        self.assertIn("One day is missing", form.message_ids[:1].body)

    def test_finance_writes_no_content(self):
        form = self._create_collected_form()
        with self.assertRaises(AccessError):
            form.with_user(self.finance_user).write({"fee_amount": 1})
        form.action_submit()
        with self.assertRaises(UserError):
            form.with_user(self.finance_user).write({"fee_amount": 1})

    def test_late_data_supersedes(self):
        form = self._create_approved_form()
        with self.assertRaises(UserError):
            form.action_supersede("")
        action = form.action_supersede("Two rounds were entered late")
        successor = self.env["vendor.quality.form"].browse(action["res_id"])
        self.assertEqual(form.state, "superseded")
        self.assertFalse(
            self.env["vendor.quality.standing"].search(
                [("contract_id", "=", self.contract.id)]
            )
        )
        self.assertRecordValues(
            successor,
            [
                {
                    "state": "draft",
                    "supersedes_id": form.id,
                    "date_start": FEBRUARY[0],
                    "fee_amount": form.fee_amount,
                }
            ],
        )
        score = form.score
        self._create_round("2026-02-20", ["fail"] * 20)
        successor.with_user(self.officer_user).action_collect()
        self.assertLess(successor.score, score)
        self.assertEqual(form.score, score)

    def test_only_officers_prepare(self):
        form = self._create_form()
        for user in (
            self.inspector_user,
            self.finance_user,
            self.auditor_user,
            self.plain_user,
        ):
            with self.assertRaises(UserError, msg=user.name):
                form.with_user(user).action_collect()
            with self.assertRaises(AccessError, msg=user.name):
                self._create_form(
                    user=user, date_start="2026-01-01", date_end="2026-01-31"
                )
        self.assertEqual(form.with_user(self.auditor_user).state, "draft")

    def test_verbs_out_of_order(self):
        form = self._create_form()
        for verb in ("action_submit", "action_send_to_vendor", "action_approve"):
            with self.assertRaises(UserError, msg=verb):
                getattr(form, verb)()
        with self.assertRaises(UserError):
            form.action_supersede("no")
        form.action_cancel()
        with self.assertRaises(UserError):
            form.action_collect()

    def test_approved_twice(self):
        form = self._create_approved_form()
        with self.assertRaisesRegex(UserError, "already"):
            form.with_user(self.manager_user).action_approve()
        self.assertEqual(form.approved_by_id, self.manager_user)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormPeriod(QualityCommon):
    def test_periods_do_not_overlap(self):
        form = self._create_form()
        with self.assertRaisesRegex(ValidationError, form.name):
            self._create_form(date_start="2026-02-28", date_end="2026-02-28")
        form.action_cancel()
        self._create_form()

    def test_database_refuses_an_overlap(self):
        """Two users at the same moment: the second meets the constraint."""
        first = self._create_form()
        second = self._create_form(date_start="2026-01-01", date_end="2026-01-31")
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE vendor_quality_form SET date_end = '2026-02-01' WHERE id = %s",
                [second.id],
            )
        self.assertEqual(
            caught.exception.diag.constraint_name, "vendor_quality_form_no_overlap"
        )
        self.assertTrue(first)

    def test_one_period_a_form(self):
        with self.assertRaisesRegex(ValidationError, "service period"):
            self._create_form(date_start="2026-01-15", date_end="2026-02-14")

    def test_inside_the_contract(self):
        contract = self._create_contract(date_start="2026-02-10")
        with self.assertRaises(ValidationError) as caught:
            self._create_form(contract)
        self.assertIn("outside the contract", str(caught.exception))
        form = self._create_form(contract, date_start="2026-02-10")
        self.assertTrue(form)

    def test_contract_without_template(self):
        contract = self._create_contract(vendor_quality_template_id=False)
        with self.assertRaisesRegex(UserError, "no quality template"):
            self._create_form(contract)

    def test_running_period_is_not_sent_on(self):
        form = self._create_form(date_start="2026-03-01", date_end="2026-03-31")
        form.action_collect()
        for verb in ("action_submit", "action_send_to_vendor"):
            with self.assertRaisesRegex(UserError, "older than the end"):
                getattr(form, verb)()

    def test_future_period_is_not_collected(self):
        form = self._create_form(date_start="2026-04-01", date_end="2026-04-30")
        with self.assertRaisesRegex(UserError, "not begun"):
            form.action_collect()

    def test_default_is_the_last_period(self):
        form = (
            self.env["vendor.quality.form"]
            .with_user(self.officer_user)
            .create({"contract_id": self.contract.id})
        )
        self.assertEqual((form.date_start, form.date_end), FEBRUARY)

    def test_contract_share_sums_to_the_contract(self):
        contract = self._create_contract(
            date_start="2026-01-15", date_end="2026-12-14", amount_total=100000
        )
        total = 0
        for month in range(1, 13):
            start = max(date(2026, month, 1), contract.date_start)
            end = (
                date(2026, month + 1, 1) if month < 12 else date(2027, 1, 1)
            ).toordinal() - 1
            end = min(date.fromordinal(end), contract.date_end)
            form = self._create_form(contract, date_start=start, date_end=end)
            total += form._get_contract_shares()[form]
        self.assertAlmostEqual(total, 100000, places=6)
