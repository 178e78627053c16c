from decimal import Decimal

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.form.vendor_quality_form_collect import insert_proposals
from ..tools import scoring
from .common import TODAY, QualityCommon

HUGE = 1e14


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBadInput(QualityCommon):
    """What cannot be scored is refused in words, and nothing is lost."""

    def test_overlapping_period_names_the_other_form(self):
        form = self._create_form()
        with self.assertRaisesRegex(ValidationError, form.name):
            self._create_form(date_start="2026-02-10", date_end="2026-02-20")

    def test_overlap_is_refused_by_the_table_as_well(self):
        """Two requests at once see no form of each other; the constraint does."""
        form = self._create_form()
        proposal = (self.contract, self.template, form.date_start, form.date_end)
        with (
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            insert_proposals(self.env["vendor.quality.form"], [proposal])
        self.assertTrue(form.exists())

    def test_proposals_of_one_period_leave_each_other_out(self):
        Form = self.env["vendor.quality.form"]
        first = Form._propose_for(self.contract)
        self.assertEqual(len(first), 1)
        self.assertFalse(Form._propose_for(self.contract))

    def test_zero_weight(self):
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
        ):
            self._create_template([(self.metric_presence, 0)], code="zero")
        nothing = scoring.Points("a", 0, Decimal(50), True)
        self.assertIsNone(scoring.get_score([nothing]).score)

    def test_no_data_at_all(self):
        template = self._create_active_template(
            [(self._create_metric("none", source="milestone"), 10000)], code="empty"
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        form = self._create_form(contract)
        form.action_collect()
        self.assertRecordValues(
            form,
            [
                {
                    "is_rated": False,
                    "grade": False,
                    "coverage": 0,
                    "deduction_amount": 0,
                    "payable_amount": 10000,
                }
            ],
        )

    def test_huge_values(self):
        contract = self._create_contract(amount_total=HUGE)
        self._create_round("2026-02-10", ["pass"], contract=contract)
        form = self._create_form(contract, fee_amount=HUGE)
        self._enter(form, "presence", HUGE)
        form.action_collect()
        self.assertEqual(form.score, 100)
        self._enter(form, "presence", -HUGE)
        form.action_collect()
        self.assertRecordValues(form, [{"score": 60, "grade": "B"}])
        parts = form.deduction_amount + form.disputed_amount + form.payable_amount
        self.assertEqual(parts, form.fee_amount)
        self.assertEqual(form._get_evidence_hash(), form._get_evidence_hash())

    def test_negative_fee(self):
        form = self._create_form()
        with (
            self.assertRaises(psycopg2.errors.CheckViolation),
            mute_logger("odoo.sql_db"),
        ):
            form.fee_amount = -1
            form.flush_recordset()

    def test_contract_without_template(self):
        contract = self._create_contract(vendor_quality_template_id=False)
        with self.assertRaisesRegex(UserError, "no quality template"):
            self._create_form(contract)
        self.assertFalse(self.env["vendor.quality.form"]._propose_for(contract))

    def test_odd_texts_are_kept_as_they_are(self):
        note = 'He said "no\\yes", {NULL}, café\'s\n中文\t$1 %s'
        form = self._create_form()
        self._enter(form, "presence", 90, note=note)
        form.action_collect()
        line = form.line_ids.filtered(lambda item: item.code == "presence")
        self.assertEqual(line.evidence, {"entered": 90.0, "note": note})

    def test_approved_twice(self):
        form = self._create_approved_form()
        before = form.evidence_hash
        with self.assertRaisesRegex(UserError, "already"):
            form.with_user(self.manager_user).action_approve()
        self.assertEqual(form.evidence_hash, before)
