from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..tools import recompute, replay
from .common import JANUARY, MARCH, TODAY, MoneyCommon
from .fake_outsourcing import deliver

CREDIT = {"below_points": 60, "allocation_rate": 30, "repeat_factor": 2}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormDeduction(MoneyCommon):
    def test_items_of_a_form(self):
        """Score 75: 10 %. Presence 50 < 60: 30 % of the 2,000 at risk."""
        contract = self._new_money_contract(
            credit_ids=[(0, CREDIT)],
            at_risk_rate=20,
            retention_rate=5,
            retention_days=30,
        )
        form = self._collect(contract)
        self.assertRecordValues(
            form,
            [
                {
                    "score": 75,
                    "deduction_rate": 10,
                    "deduction_amount": 1600,
                    "retention_amount": 420,
                    "disputed_amount": 0,
                    "payable_amount": 7980,
                }
            ],
        )
        self.assertRecordValues(
            form.deduction_ids,
            [
                {
                    "key": "score",
                    "kind": "score",
                    "basis_amount": 10000,
                    "rate": 10,
                    "amount": 1000,
                    "metric_id": False,
                    "state": "computed",
                },
                {
                    "key": "credit:presence",
                    "kind": "credit",
                    "basis_amount": 2000,
                    "rate": 30,
                    "amount": 600,
                    "metric_id": self.metrics[0].id,
                    "state": "computed",
                },
                {
                    "key": "retention",
                    "kind": "retention",
                    "basis_amount": 8400,
                    "rate": 5,
                    "amount": 420,
                    "metric_id": False,
                    "state": "computed",
                },
            ],
        )
        retention = form.deduction_ids[2]
        self.assertEqual(str(retention.date_release), "2026-03-30")
        self.assertIn("30 %", form.deduction_ids[1].explanation)
        self.assertIn("2,000.00", form.deduction_ids[1].explanation)
        form = self._approve_form(form)
        self.assertEqual(set(form.deduction_ids.mapped("state")), {"approved"})

    def test_new_form_in_the_form_view(self):
        contract = self._new_money_contract(retention_rate=5)
        with Form(self.env["vendor.quality.form"].with_user(self.officer)) as form:
            form.contract_id = contract
        self.assertRecordValues(
            form.record, [{"to_credit_amount": 0, "retention_amount": 0}]
        )

    def test_second_collection_makes_no_second_items(self):
        form = self._collect(self._new_money_contract(credit_ids=[(0, CREDIT)]))
        ids = form.deduction_ids.ids
        form.action_collect()
        self.assertEqual(form.deduction_ids.ids, ids)
        self._enter(form, presence=100)
        form.action_collect()
        self.assertFalse(form.deduction_ids)
        self.assertEqual(form.payable_amount, 10000)

    def test_repeated_credit(self):
        contract = self._new_money_contract(credit_ids=[(0, CREDIT)], at_risk_rate=20)
        self._new_approved(contract, period=JANUARY)
        form = self._collect(contract)
        item = self._items(form)["credit:presence"]
        self.assertRecordValues(
            item, [{"factor": 2, "uncapped_amount": 1200, "shared_cap": "period"}]
        )
        self.assertEqual(form.deduction_amount, 2000)

    def test_annual_cap(self):
        """1 % of 120,000 are 1,200; January took 1,000."""
        contract = self._new_money_contract(annual_cap_rate=1)
        january = self._new_approved(contract, period=JANUARY)
        self.assertEqual(january.deduction_amount, 1000)
        form = self._collect(contract)
        self.assertRecordValues(form, [{"deduction_amount": 200}])
        self.assertRecordValues(
            form.deduction_ids, [{"shared_cap": "year", "shared_cap_amount": 200}]
        )

    def test_two_forms_do_not_share_one_annual_cap(self):
        """Collected side by side, the second is collected again before it holds."""
        contract = self._new_money_contract(annual_cap_rate=1)
        january = self._collect(contract, period=JANUARY)
        form = self._collect(contract)
        self._approve_form(january)
        form.with_user(self.officer).action_submit()
        for user in (self.manager, self.finance):
            mine = form.with_user(user)
            mine.invalidate_recordset()
            mine.validate_tier()
        with self._refused("annual cap"):
            form.with_user(self.manager).action_approve()
        form.with_user(self.officer).action_send_back("Cap")
        form.with_user(self.officer).action_collect()
        self.assertEqual(form.deduction_amount, 200)
        self.assertEqual(self._approve_form(form).state, "approved")

    def test_late_milestone(self):
        """Delivered 12 days late in February: 12 x 0.5 % of 8,000, at most 5 %."""
        contract = self._new_money_contract(late_fine_rate=0.5, late_fine_cap=5)
        milestones = self.env["outsourcing.contract.milestone"].create(
            [
                {"name": name, "contract_id": contract.id, "date_due": due}
                for name, due in [
                    ("Phase 1", "2026-02-03"),
                    ("In time", "2026-02-20"),
                    ("March", "2026-02-27"),
                ]
            ]
        )
        delivered = [
            "2026-02-15 10:00:00",
            "2026-02-20 10:00:00",
            "2026-03-05 08:00:00",
        ]
        for milestone, moment in zip(milestones, delivered, strict=True):
            deliver(milestone, moment, price=8000)
        form = self._collect(contract, presence=100)
        self.assertRecordValues(
            form.deduction_ids,
            [
                {
                    "kind": "fine",
                    "milestone_id": milestones[0].id,
                    "basis_amount": 8000,
                    "days": 12,
                    "uncapped_amount": 480,
                    "cap": "fine",
                    "cap_amount": 400,
                    "amount": 400,
                }
            ],
        )
        self.assertIn("Phase 1", form.deduction_ids.explanation)
        with freeze_time("2026-04-01 02:00:00"):
            later = self._collect(contract, presence=100, period=MARCH)
        self.assertRecordValues(
            later.deduction_ids, [{"milestone_id": milestones[2].id, "days": 6}]
        )

    def test_retention_until_the_end_of_the_contract(self):
        contract = self._new_money_contract(
            retention_rate=10, retention_release="contract_end"
        )
        form = self._collect(contract)
        item = self._items(form)["retention"]
        self.assertEqual(str(item.date_release), "2026-12-31")
        self._set(contract, termination_date="2026-06-30")
        item.invalidate_recordset()
        self.env.add_to_compute(item._fields["date_release"], item)
        self.assertEqual(str(item.date_release), "2026-06-30")

    # ------------------------------------------------------------
    # DOCUMENT
    # ------------------------------------------------------------

    def test_document_gives_the_money_without_odoo(self):
        contract = self._new_money_contract(
            credit_ids=[(0, CREDIT)], at_risk_rate=20, retention_rate=5
        )
        form = self._new_approved(contract)
        document = form._get_document()
        self.assertEqual(document["format"], replay.MONEY_FORMAT)
        self.assertEqual(document["result"]["retention"], "420")
        self.assertEqual(len(document["result"]["rows"]), 3)
        export = {"document": document, "sha256": form.evidence_hash}
        self.assertEqual(recompute.check(export), [])
        document["money"]["rules"]["at_risk_rate"] = 10.0
        self.assertIn("deduction: 1000 computed, 1600 stated", recompute.check(export))

    def test_document_without_new_rules_is_the_old_one(self):
        form = self._new_approved(self._new_money_contract())
        document = form._get_document()
        self.assertEqual(document["format"], replay.FORMAT)
        self.assertNotIn("money", document)
        self.assertFalse({"retention", "rows"} & set(document["result"]))
        self.assertEqual(self._items(form)["score"].amount, 1000)

    # ------------------------------------------------------------
    # TEMPLATE
    # ------------------------------------------------------------

    def test_template_is_checked_before_it_holds(self):
        for values, message in [
            ({"credit_ids": [(0, CREDIT)], "at_risk_rate": 0}, "at risk"),
            ({"late_fine_rate": 1}, "limit"),
            ({"late_fine_rate": 5, "late_fine_cap": 1}, "above its own limit"),
        ]:
            template = self._new_money_template(
                code=f"T{message}", activate=False, **values
            )
            self.assertIn(message, template._get_incomplete_reason())
        other = self.env["vendor.quality.metric"].create(
            {"name": "Other", "code": "other_metric"}
        )
        template.write(
            {
                "late_fine_cap": 10,
                "credit_ids": [
                    Command.create({"metric_id": other.id, "allocation_rate": 5})
                ],
            }
        )
        self.assertIn("does not measure", template._get_incomplete_reason())

    def test_template_money_is_immutable(self):
        contract = self._new_money_contract(credit_ids=[(0, CREDIT)])
        template = contract.vendor_quality_template_id.with_user(self.manager)
        for values in (
            {"retention_rate": 3},
            {"at_risk_rate": 3},
            {"annual_cap_rate": 3},
            {"late_fine_rate": 3},
            {"credit_ids": [Command.clear()]},
        ):
            with self.assertRaises(UserError):
                template.write(values)
        with self.assertRaises(UserError):
            template.credit_ids.write({"allocation_rate": 1})
        with self.assertRaises(UserError):
            template.sudo().credit_ids.unlink()
        with self.assertRaises(UserError):
            self.env["vendor.quality.template.credit"].with_user(self.manager).create(
                {
                    "template_id": template.id,
                    "metric_id": self.metrics[1].id,
                    "allocation_rate": 5,
                }
            )

    def test_new_version_keeps_the_money_rules(self):
        contract = self._new_money_contract(
            credit_ids=[(0, CREDIT)], at_risk_rate=20, retention_rate=5
        )
        template = contract.vendor_quality_template_id
        action = template.action_new_version()
        draft = template.browse(action["res_id"])
        self.assertRecordValues(draft, [{"at_risk_rate": 20, "retention_rate": 5}])
        self.assertEqual(draft.credit_ids.metric_id, self.metrics[0])

    # ------------------------------------------------------------
    # WAIVER
    # ------------------------------------------------------------

    def test_waiver_by_another_person_recomputes(self):
        form = self._collect(
            self._new_money_contract(credit_ids=[(0, CREDIT)], at_risk_rate=20)
        )
        item = self._items(form)["credit:presence"]
        for user in (self.officer, self.accountant):
            with self.assertRaises(UserError):
                item.with_user(user).action_waive("Weather")
        with self._refused("Reason"):
            item.with_user(self.manager).action_waive(" ")
        item.with_user(self.manager).action_waive("Weather")
        self.assertRecordValues(
            item,
            [
                {
                    "state": "waived",
                    "amount": 0,
                    "uncapped_amount": 600,
                    "waived_by_id": self.manager.id,
                }
            ],
        )
        self.assertEqual(form.deduction_amount, 1000)
        document = form._get_document()
        self.assertEqual(document["money"]["waivers"], {"credit:presence": "Weather"})
        # Whoever waived does not approve.
        form.with_user(self.officer).action_submit()
        with self.assertRaises(UserError):
            form.with_user(self.manager).validate_tier()

    def test_waiver_survives_the_same_amount_only(self):
        form = self._collect(self._new_money_contract())
        self._items(form)["score"].with_user(self.manager).action_waive("First month")
        self.assertEqual(form.payable_amount, 10000)
        form.action_collect()
        self.assertEqual(form.payable_amount, 10000)
        form.fee_amount = 20000
        self.assertRecordValues(form, [{"payable_amount": 18000}])
        self.assertRecordValues(
            self._items(form)["score"], [{"state": "computed", "waive_reason": False}]
        )

    def test_no_waiver_once_submitted(self):
        form = self._collect(self._new_money_contract())
        item = self._items(form)["score"]
        form.with_user(self.officer).action_submit()
        with self._refused("send it back"):
            item.with_user(self.manager).action_waive("Late")
        form.with_user(self.officer).action_send_back("Once more")
        form = self._approve_form(form)
        for user in (self.other_manager, self.other_finance):
            with self.assertRaises(UserError):
                item.with_user(user).action_waive("Too late")
            with self.assertRaises(UserError):
                item.with_user(user).sudo().action_waive("Too late")

    # ------------------------------------------------------------
    # ATTACKS
    # ------------------------------------------------------------

    def test_items_cannot_be_forged(self):
        form = self._collect(self._new_money_contract(retention_rate=5))
        Deduction = self.env["vendor.quality.deduction"]
        values = {"form_id": form.id, "key": "credit:x", "kind": "credit", "amount": 1}
        for user in (self.officer, self.manager, self.finance, self.accountant):
            with self.assertRaises(AccessError):
                Deduction.with_user(user).create(values)
        with self.assertRaises(AccessError):
            Deduction.sudo().create(values)
        item = self._items(form)["score"]
        for values in (
            {"amount": 0},
            {"settled_amount": 10},
            {"waive_reason": "x"},
            {"waived_by_id": self.finance.id},
            {"form_id": form.id},
            {"date_release": "2026-01-01"},
            {"state": "waived", "waive_reason": "x"},
        ):
            for record in (item.with_user(self.manager), item.sudo()):
                with self.assertRaises(AccessError):
                    record.write(values)
        for target in ("approved", "waived", "applied"):
            with self.assertRaises(UserError):
                item.with_user(self.manager).write({"state": target})
        with self.assertRaises(UserError):
            item.with_user(self.manager).with_context(outsourcing_flow_key="x").write(
                {"state": "approved"}
            )
        for record in (item.with_user(self.manager), item.sudo()):
            with self.assertRaises(UserError):
                record.unlink()
        for user in (self.officer, self.manager):
            mine = form.with_user(user)
            for values in (
                {"retention_amount": 0},
                {"retention_released_amount": 100},
                {"credited_amount": 5},
                {"money_facts": {}},
                {"deduction_ids": [Command.clear()]},
            ):
                with self.assertRaises(UserError):
                    mine.write(values)

    def test_parts_sum_in_the_database(self):
        form = self._new_approved(self._new_money_contract(retention_rate=5))
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self._set(form, retention_amount=1)

    def test_credit_ranges(self):
        template = self._new_money_template(code="RANGE", activate=False)
        for values in (
            {"allocation_rate": 0},
            {"allocation_rate": 101},
            {"allocation_rate": 5, "repeat_factor": 0.5},
            {"allocation_rate": 5, "below_points": 0},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                template.write(
                    {
                        "credit_ids": [
                            Command.create({"metric_id": self.metrics[0].id, **values})
                        ]
                    }
                )
                self.env.flush_all()
