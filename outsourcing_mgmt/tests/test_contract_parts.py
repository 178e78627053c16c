import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.base.grants import server_write
from .common import SIGNED_COPY, ContractCommon
from .test_tender_migration import load_script


@tagged("post_install", "-at_install")
class TestContractAmendment(ContractCommon):
    """Changes of a signed contract, their cap and their reviews."""

    def _create_amendment(self, contract, change=0.0, user=None, **values):
        return (
            self.env["outsourcing.contract.amendment"]
            .with_user(user or self.procurement_user)
            .create(
                {
                    "name": "More floors",
                    "contract_id": contract.id,
                    "reason": "The company rents two more floors",
                    "amount_change": change,
                    **values,
                }
            )
        )

    def _approve(self, amendment, *reviewers):
        amendment.request_validation()
        self._pass_reviews(amendment, *reviewers)
        amendment.with_user(self.procurement_user).action_approve()

    def test_applies_after_review(self):
        contract = self._create_active()
        amendment = self._create_amendment(contract, 600, new_date_end=self._days(400))
        self.assertRecordValues(
            amendment, [{"cumulative_percent": 5.0, "exceeds_cap": False}]
        )
        with self.assertRefused("request its validation"):
            amendment.action_approve()
        self._approve(amendment, self.officer_user)
        self.assertRecordValues(
            contract,
            [
                {
                    "version": 2,
                    "amount_total": 12600.0,
                    "amount_initial": 12000.0,
                    "date_end": self._days(400),
                    "notice_date": self._days(370),
                }
            ],
        )
        self.assertRecordValues(
            amendment,
            [
                {
                    "version": 2,
                    "amount_before": 12000.0,
                    "date_end_before": self._days(364),
                }
            ],
        )

    def test_cumulative_cap_needs_finance(self):
        contract = self._create_active()
        self._approve(self._create_amendment(contract, 1000), self.officer_user)
        second = self._create_amendment(contract, 300)
        self.assertTrue(second.exceeds_cap)
        with self.assertRefused("Finance reviews"):
            self._approve(second, self.officer_user)
        second.invalidate_recordset()
        self._approve(second, self.officer_user, self.finance_user)
        self.assertEqual(contract.amount_total, 13300)

    def test_cap_passed_by_another_amendment_meanwhile(self):
        """Two amendments, each within the cap, are not within it together."""
        contract = self._create_active()
        first = self._create_amendment(contract, 900)
        second = self._create_amendment(contract, -900)
        second.request_validation()
        self._pass_reviews(second, self.officer_user)
        self._approve(first, self.officer_user)
        second.invalidate_recordset()
        with self.assertRefused("restart its validation"):
            second.action_approve()

    def test_author_does_not_review(self):
        contract = self._create_active()
        amendment = self._create_amendment(contract, 100, user=self.officer_user)
        amendment.request_validation()
        with self.assertRaises(UserError):
            amendment.with_user(self.officer_user).validate_tier()
        self._approve(amendment, self.other_officer_user)
        self.assertEqual(amendment.state, "approved")

    def test_change_voids_the_review(self):
        contract = self._create_active()
        amendment = self._create_amendment(contract, 100)
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user)
        amendment.amount_change = 1100
        with self.assertRefused("request its validation"):
            amendment.action_approve()

    def test_only_contracts_in_force(self):
        with self.assertRefused("not in force"):
            self._create_amendment(self._create_contract(), 100)
        contract = self._create_active()
        later = self._create_amendment(contract, 100, new_date_end=self._days(400))
        contract.with_user(self.manager_user).action_terminate("Over")
        with self.assertRefused("no longer in force"):
            self._approve(later, self.officer_user)
        # The fees of the last period may need a higher amount, and nothing else.
        for change, day in ((-100, False), (0, self._days(400))):
            with self.assertRefused("not in force"):
                self._create_amendment(contract, change, new_date_end=day)
        before = contract.amount_total
        raised = self._create_amendment(contract, 100)
        self._approve(raised, self.officer_user)
        self.assertEqual(contract.amount_total, before + 100)
        self.assertEqual(contract.state, "terminated")

    def test_extension_ends_the_expiry(self):
        contract = self._create_active(date_end=self._days(10))
        contract._follow_calendar()
        self.assertEqual(contract.state, "expiring")
        amendment = self._create_amendment(contract, new_date_end=self._days(200))
        self._approve(amendment, self.officer_user)
        self.assertEqual(contract.state, "active")

    def test_approved_is_final(self):
        contract = self._create_active()
        amendment = self._create_amendment(contract, 100)
        self._approve(amendment, self.officer_user)
        for verb in ("action_cancel", "action_approve", "unlink"):
            with self.subTest(verb=verb), self.assertRaises(UserError):
                getattr(amendment, verb)()
        self.assertEqual(contract.amount_total, 12100)
        with self.assertRaises(UserError):
            self._create_amendment(contract, 1, state="approved")


@tagged("post_install", "-at_install")
class TestContractGuarantee(ContractCommon):
    """The register of guarantees and its alert."""

    def _create_guarantee(self, **values):
        contract = values.pop("contract", None) or self._create_active()
        return (
            self.env["outsourcing.contract.guarantee"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "name": "BG-77",
                    "issuer": "First Bank",
                    "amount": 1200,
                    "date_expiry": self._days(20),
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                    **values,
                }
            )
        )

    def test_flow(self):
        guarantee = self._create_guarantee(issuer=False)
        with self.assertRefused("Issuer"):
            guarantee.action_hold()
        guarantee.issuer = "First Bank"
        guarantee.action_hold()
        self.assertTrue(guarantee.is_short)
        with self.assertRaises(UserError):
            guarantee.amount = 1
        guarantee.action_call("Vendor left the site")
        self.assertRecordValues(
            guarantee,
            [
                {
                    "state": "called",
                    "closed_on": self.today,
                    "call_reason": "Vendor left the site",
                }
            ],
        )
        with self.assertRaises(UserError):
            guarantee.action_call("Once more")
        with self.assertRaises(UserError):
            guarantee.action_release()

    def test_officers_do_not_release(self):
        guarantee = self._create_guarantee()
        guarantee.action_hold()
        with self.assertRaises(UserError):
            guarantee.with_user(self.officer_user).action_release()

    def test_held_is_what_is_there_and_runs(self):
        """One without paper, or that had expired, was held and counted."""
        for values in ({"document": False}, {"date_expiry": self._days(-1)}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._create_guarantee(**values).action_hold()
        guarantee = self._create_guarantee()
        guarantee.action_hold()
        for vals in (
            {"document": base64.b64encode(b"%PDF-1.4 other").decode()},
            {"date_expiry": self._days(500)},
            {"document": False, "date_expiry": self._days(500)},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                guarantee.write(vals)
        # An extension is a paper, too.
        guarantee.write({"date_expiry": self._days(500), "document": SIGNED_COPY})
        self.assertEqual(guarantee.date_expiry, self._days(500))

    def test_held_without_a_document_takes_one(self):
        """What was held before a document was needed had no way to get one."""
        guarantee = self._create_guarantee()
        guarantee.action_hold()
        server_write(guarantee, {"document": False})
        self.assertFalse(guarantee.document_hash)
        vals = {"document": SIGNED_COPY, "document_name": "bank.pdf"}
        guarantee.write(vals)
        self.assertTrue(guarantee.document_hash)
        with self.assertRefused("by an extension only"):
            guarantee.write(vals)

    def test_released_before_the_end_by_a_manager_for_a_reason(self):
        """Procurement gave it back the minute after the signature."""
        contract = self._create_active()
        guarantee = self._create_guarantee(
            contract=contract, date_expiry=contract.date_end
        )
        guarantee.action_hold()
        for reason in (None, "They asked for it"):
            with self.assertRefused("manager"):
                guarantee.action_release(reason)
        with self.assertRaises(UserError):
            guarantee.write({"state": "released"})
        boss = guarantee.with_user(self.manager_user)
        with self.assertRefused("Released Early"):
            boss.action_release()
        boss.action_release("Replaced by another bank")
        self.assertEqual(guarantee.release_reason, "Replaced by another bank")
        idle = self._create_guarantee(contract=contract)
        idle.action_release()
        late = self._create_guarantee(
            contract=contract, date_expiry=self._days(500), guarantee_type="warranty"
        )
        late.action_hold()
        with freeze_time(self._days(366)):
            late.action_release()
        self.assertEqual(late.state, "released")

    def test_one_alert(self):
        near = self._create_guarantee(date_expiry=self._days(14))
        far = self._create_guarantee(date_expiry=self._days(15))
        idle = self._create_guarantee(date_expiry=self._days(1))
        (near | far).action_hold()
        self._run_cron("ir_cron_guarantee_expiry")
        self._run_cron("ir_cron_guarantee_expiry")
        self.assertRecordValues(
            near.activity_ids,
            [{"date_deadline": self._days(14), "user_id": self.officer_user.id}],
        )
        self.assertFalse((far | idle).activity_ids)
        near.with_user(self.manager_user).action_release("Extended by another one")
        self.assertFalse(near.activity_ids)

    def test_a_settled_alert_does_not_come_back(self):
        """Once for each day of expiry, and again only when the day changes."""
        guarantee = self._create_guarantee(date_expiry=self._days(9))
        guarantee.action_hold()
        self._run_cron("ir_cron_guarantee_expiry")
        guarantee.activity_ids.with_user(self.officer_user).action_done()
        self._run_cron("ir_cron_guarantee_expiry")
        self.assertFalse(guarantee.activity_ids, "every morning")
        with self.assertRaises(UserError):
            guarantee.alerted_for = False
        guarantee.write({"date_expiry": self._days(12), "document": SIGNED_COPY})
        self._run_cron("ir_cron_guarantee_expiry")
        self.assertEqual(
            guarantee.activity_ids.mapped("date_deadline"), [self._days(12)]
        )
        # What was asked for the old day goes when it is extended.
        guarantee.write({"date_expiry": self._days(200), "document": SIGNED_COPY})
        self.assertFalse(guarantee.activity_ids)
        self._run_cron("ir_cron_guarantee_expiry")
        self.assertFalse(guarantee.activity_ids)

    def test_migration_notes_what_was_told(self):
        near = self._create_guarantee(date_expiry=self._days(9))
        far = self._create_guarantee(date_expiry=self._days(99))
        (near | far).action_hold()
        load_script("guarantee").migrate(self.env.cr, "19.0.1.7.0")
        self._run_cron("ir_cron_guarantee_expiry")
        self.assertFalse(near.activity_ids)
        self.assertEqual((near | far).mapped("alerted_for"), [self._days(9), False])


@tagged("post_install", "-at_install")
class TestWorker(ContractCommon):
    """Outsourced staff and the chain of replacements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": name, "parent_id": cls.vendor.id}
                for name in ("Ann", "Bob", "Cid")
            ]
        )
        cls.contract = cls._create_active()

    def _create_worker(self, person=None, **values):
        return (
            self.env["outsourcing.worker"]
            .with_user(self.officer_user)
            .create(
                {
                    "partner_id": (person or self.people[0]).id,
                    "contract_id": self.contract.id,
                    "role": "Cleaner",
                    **values,
                }
            )
        )

    def test_chain(self):
        worker = self._create_worker()
        worker.action_onboard()
        self.assertRecordValues(
            worker, [{"state": "on_site", "date_start": self.today}]
        )
        worker.action_leave("Moved away")
        for nobody in (None, "x", -1, 10**12, 1.5, [1], {"x": 1}, True):
            with self.assertRaisesRegex(UserError, "choose the person"):
                worker.action_replace(nobody)
        second = worker.browse(worker.action_replace(self.people[1].id))
        self.assertRecordValues(
            second,
            [{"replaces_id": worker.id, "role": "Cleaner", "state": "planned"}],
        )
        with self.assertRefused("planned already"):
            worker.action_replace(self.people[2].id)
        second.action_leave()
        third = worker.browse(worker.action_replace(self.people[2].id))
        self.assertEqual(worker.replacement_ids, second | third)

    def test_only_people_of_the_vendor(self):
        with self.assertRefused("no contact of"):
            self._create_worker(self.other_vendor)

    def test_no_work_without_contract(self):
        contract = self._create_contract()
        worker = self._create_worker(contract_id=contract.id)
        with self.assertRefused("not in force"):
            worker.action_onboard()

    def test_chain_is_not_forged(self):
        worker = self._create_worker()
        with self.assertRaises(AccessError):
            self._create_worker(self.people[1], replaces_id=worker.id)

    def test_plans_are_offered(self):
        plans = self.env["mail.activity.plan"].search(
            [("res_model", "=", "outsourcing.worker")]
        )
        self.assertEqual(len(plans), 2)
        self.assertTrue(all(plan.template_ids for plan in plans))
