import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models.base.grants import server_write
from ..models.contract.vendor_acts import sign_contract
from .common import PDF, PNG_BASE64, SIGNED_COPY, ContractCommon, TenderCommon
from .test_contract_people import PeopleCommon

OTHER = base64.b64encode(PDF + b" another text")
TASK_TYPE = "mail.mail_activity_data_todo"


@tagged("post_install", "-at_install")
class TestPeopleAttacks(PeopleCommon):
    """Days on site stay with who came, under the contract that was in force."""

    def _create_day(self, worker, day=None):
        return (
            self.env["outsourcing.roster.day"]
            .with_user(self.officer_user)
            .create({"worker_id": worker.id, "date": day or self.today})
        )

    def test_who_did_not_come_has_no_days(self):
        contract, other = self._create_active(), self._create_active()
        worker = self._create_worker(contract, date_start=self.today)
        with self.assertRefused("has not come"):
            self._create_day(worker)
        worker.action_leave("Never came")
        with self.assertRefused("has not come"):
            self._create_day(worker)
        came = self._come(contract, 1)
        day = self._create_day(came)
        with self.assertRefused("has not come"):
            day.worker_id = worker
        # As it stood before the rule.
        self.env.cr.execute(
            "UPDATE outsourcing_worker SET state = 'planned', came_on = NULL"
            " WHERE id = %s",
            (came.id,),
        )
        came.invalidate_recordset()
        with self.assertRefused("has not come"):
            day.action_confirm()
        for vals in ({"contract_id": other.id}, {"partner_id": self.people[2].id}):
            with self.subTest(vals=vals), self.assertRefused("stay with their person"):
                came.write(vals)
        self.assertEqual(day.contract_id, contract)

    def test_arrival_is_recorded_by_the_step(self):
        contract = self._create_active()
        worker = self._create_worker(contract)
        with self.assertRaises(AccessError):
            worker.came_on = self.today
        with self.assertRaises(AccessError):
            self._create_worker(contract, 1, came_on=self.today)
        worker.action_onboard()
        self.assertEqual(worker.came_on, self.today)

    def test_dates_keep_confirmed_days_inside(self):
        worker = self._come(self._create_active())
        day = self._create_day(worker)
        worker.date_end = self._days(3)
        day.action_confirm()
        for vals in (
            {"date_start": self._days(1)},
            {"date_start": False},
            {"date_start": self._days(-9), "date_end": self._days(-1)},
        ):
            with self.subTest(vals=vals), self.assertRefused("would lie outside"):
                worker.write(vals)
        worker.date_end = self.today
        self.assertEqual(day.state, "confirmed")

    def test_no_day_after_the_end_of_the_contract(self):
        contract = self._create_active(date_end=self._days(40))
        worker = self._come(contract)
        with freeze_time(self._days(3)):
            contract.with_user(self.procurement_user).action_terminate("Moved out")
        with freeze_time(self._days(5)):
            last = self._create_day(worker, self._days(3))
            late = self._create_day(worker, self._days(4))
            last.action_confirm()
            for act in (late.action_confirm, late.action_mark_absent):
                with self.assertRefused("ended on"):
                    act()
            wizard = self.env["outsourcing.roster.month"].with_user(self.officer_user)
            wizard = wizard.create(
                {
                    "contract_id": contract.id,
                    "date_from": self.today,
                    "date_to": self._days(5),
                    "every_day": True,
                }
            )
            wizard.action_plan()
        self.assertEqual(len(worker.roster_day_ids), 5)

    def test_no_day_after_a_contract_that_expired(self):
        contract = self._create_active(date_end=self._days(20), notice_days=2)
        worker = self._come(contract)
        with freeze_time(self._days(22)):
            self._run_cron("ir_cron_contract_calendar")
            self.assertEqual(contract.state, "expired")
            with self.assertRefused("ended on"):
                self._create_day(worker, self._days(21)).action_confirm()

    def test_second_reopening_says_its_own_reason(self):
        day = self._create_day(self._come(self._create_active()))
        day.action_confirm()
        other = day.with_user(self.other_officer_user)
        other.action_reopen("She was ill")
        other.action_confirm()
        self.assertFalse(day.reopen_reason)
        with self.assertRefused("fill in first"):
            day.write({"state": "planned"})

    def test_who_never_came_is_free_for_another_contract(self):
        contract, other = self._create_active(), self._create_active()
        worker = self._create_worker(contract, date_start=self.today)
        worker.action_leave("Never came")
        again = self._come(other, date_start=self.today)
        self.assertEqual(again.state, "on_site")
        with self.assertRefused("one contract at a time"):
            self._come(contract)

    def test_contract_of_another_company_is_not_named(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        contract, mine = self._create_active(), self._create_active()
        name = contract.name
        self._come(contract)
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET company_id = %s WHERE id = %s",
            (other.id, contract.id),
        )
        contract.invalidate_recordset()
        with self.assertRaises(UserError) as refusal:
            self._come(mine)
        self.assertIn("another contract", str(refusal.exception))
        self.assertNotIn(name, str(refusal.exception))

    def test_planned_people_and_days_follow_a_renewal(self):
        contract = self._create_active(
            date_end=self._days(20),
            term="auto_renew",
            renewals_foreseen=1,
            notice_days=2,
        )
        worker = self._come(contract)
        planned = self._create_worker(contract, 1, date_start=self._days(25))
        day = self._create_day(worker, self._days(22))
        before = self._create_day(worker, self._days(19))
        with freeze_time(self._days(21)):
            self._run_cron("ir_cron_contract_calendar")
            following = contract.successor_ids
            mine = following.worker_ids.filtered(lambda item: item.state == "planned")
            self.assertRecordValues(
                mine,
                [
                    {
                        "partner_id": self.people[1].id,
                        "date_start": self._days(25),
                        "continues_id": False,
                        "came_on": False,
                    }
                ],
            )
            self.assertEqual(planned.state, "left")
            self.assertFalse(planned.came_on)
            self.assertEqual(day.contract_id, following)
            self.assertEqual(day.worker_id.continues_id, worker)
            self.assertEqual(before.contract_id, contract)
            wizard = self.env["outsourcing.roster.month"].with_user(self.officer_user)
            wizard = wizard.create(
                {
                    "contract_id": following.id,
                    "date_from": self._days(18),
                    "date_to": self._days(24),
                    "every_day": True,
                }
            )
            wizard.action_plan()
        rows = following.worker_ids.roster_day_ids
        self.assertEqual(len(rows), 4, "from the first day, and the carried one once")

    def test_settled_end_is_not_announced_again(self):
        worker = self._come(self._create_active(), date_end=self._days(5))
        worker.activity_ids.unlink()
        self._run_cron("ir_cron_worker_end")
        worker.activity_ids.action_feedback(feedback="Prolonged by word")
        self._run_cron("ir_cron_worker_end")
        self.assertFalse(worker.activity_ids)
        worker.date_end = self._days(6)
        self._run_cron("ir_cron_worker_end")
        self.assertEqual(worker.activity_ids.date_deadline, self._days(6))
        with self.assertRaises(AccessError):
            worker.alerted_for = self._days(9)

    def test_termination_keeps_what_people_planned(self):
        contract = self._create_active()
        values = {
            "res_model_id": self.env["ir.model"]._get_id(contract._name),
            "res_id": contract.id,
            "activity_type_id": self.env.ref(TASK_TYPE).id,
            "user_id": self.officer_user.id,
        }
        own = self.env["mail.activity"].create({**values, "summary": "Ask the lawyer"})
        automated = self.env["mail.activity"].create({**values, "automated": True})
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        self.assertTrue(own.exists())
        self.assertFalse(automated.exists())


@tagged("post_install", "-at_install")
class TestContractAttacks(ContractCommon):
    """What was signed stays; what is kept is kept; who must act is told."""

    def _add(self, contract, **values):
        return (
            self.env["outsourcing.contract.document"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "name": "Prices",
                    "document_type": "price_list",
                    "file": SIGNED_COPY,
                    "file_name": "prices.pdf",
                    **values,
                }
            )
        )

    def _approve_amendment(self, contract):
        amendment = self.env["outsourcing.contract.amendment"].with_user(
            self.procurement_user
        )
        amendment = amendment.create(
            {
                "name": "New prices",
                "contract_id": contract.id,
                "reason": "One more floor",
                "new_headcount": 2,
            }
        )
        return amendment

    def test_annex_added_while_signing_voids_the_signature(self):
        user = new_test_user(self.env, "annex_signer", "base.group_portal")
        user.partner_id.parent_id = self.vendor
        contract = self._create_contract()
        self._send_to_sign(contract)
        # sudo: vendors have no rights; their route acts so.
        sign_contract(
            contract.with_user(user).sudo(), user.partner_id, "Ann Bright", PNG_BASE64
        )
        contract.invalidate_recordset()
        self._add(contract, document_type="letter")
        self.assertTrue(contract.vendor_signed_on)
        self._add(contract)
        self.assertFalse(contract.vendor_signed_on)
        self.assertFalse(contract.vendor_signed_hash)
        with self.assertRefused("vendor has not signed"):
            contract.with_user(self.procurement_user).action_sign()

    def test_what_was_signed_is_replaced_by_an_amendment_alone(self):
        contract = self._create_contract()
        prices = self._add(contract)
        annex = self._add(contract, name="Annex", document_type="annex")
        letter = self._add(contract, name="Letter", document_type="letter")
        self._send_to_sign(contract)
        mine = contract.with_user(self.procurement_user)
        mine.action_sign(self.today, SIGNED_COPY)
        copy = contract.sudo().document_ids.filtered(
            lambda item: item.document_type == "signed_copy"
        )
        amendment = self._approve_amendment(contract)
        other = self._approve_amendment(self._create_signed())
        for before in (prices, annex, copy):
            values = {
                "document_type": before.document_type,
                "supersedes_id": before.id,
                "file": OTHER,
            }
            with self.subTest(kind=before.document_type):
                with self.assertRefused("was signed with"):
                    self._add(contract, **values)
                for wrong in (amendment, other):
                    with self.assertRefused("approved amendment of"):
                        self._add(contract, amendment_id=wrong.id, **values)
                self.assertEqual(before.state, "current")
        newer = self._add(
            contract, document_type="letter", supersedes_id=letter.id, file=OTHER
        )
        self.assertEqual(newer.version, 2)
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user, self.finance_user)
        amendment.with_user(self.officer_user).action_approve()
        newer = self._add(
            contract, supersedes_id=prices.id, file=OTHER, amendment_id=amendment.id
        )
        self.assertEqual(prices.state, "superseded")
        with self.assertRaises(UserError):
            newer.amendment_id = False

    def test_manager_alone_does_not_shorten_the_retention(self):
        self.company.outsourcing_retention_years = 10
        contract = self._create_active(date_end=self._days(30))
        kept = contract.retention_date
        document = self._add(contract)
        Rules = self.env["outsourcing.company.rules"].with_user(self.manager_user)
        for years in (0, 2, -1):
            with self.subTest(years=years), self.assertRefused("at least 3 years"):
                Rules.create({"retention_years": years}).action_confirm()
        Rules.create({"retention_years": 3}).action_confirm()
        self.assertEqual(self.company.outsourcing_retention_years, 3)
        with self.assertRaises(AccessError):
            contract.with_user(self.manager_user).retention_years = 1
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        self.assertEqual(contract.retention_years, 10)
        self.assertEqual(contract.retention_date.year, self.today.year + 10)
        self.assertLessEqual(contract.retention_date, kept)
        with (
            freeze_time(self._days(4 * 366)),
            self.assertRefused("is kept until"),
        ):
            document.with_user(self.manager_user).unlink()
        self.company.outsourcing_retention_years = 3
        later = self._create_active()
        self.assertEqual(later.retention_years, 3)

    def test_each_document_is_announced_once(self):
        contract = self._create_active()
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_contract_document")
        documents = [
            self._add(
                contract,
                name=name,
                document_type="certificate",
                date_expiry=self._days(5),
            )
            for name in ("Insurance", "Licence")
        ]

        def asked():
            return contract.sudo().activity_ids.filtered(
                lambda activity: activity.activity_type_id == kind
            )

        self._run_cron("ir_cron_worker_end")
        self.assertEqual(len(asked()), 2)
        asked().action_feedback()
        self._run_cron("ir_cron_worker_end")
        self.assertFalse(asked())
        self.assertEqual(documents[0].alerted_for, self._days(5))

    def test_who_reads_no_documents_is_not_asked_for_them(self):
        contract = self._create_active(owner_id=self.user_user.id)
        self._add(contract, document_type="certificate", date_expiry=self._days(5))
        self._run_cron("ir_cron_worker_end")
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_contract_document")
        asked = contract.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        self.assertTrue(
            asked.user_id.has_group("outsourcing_mgmt.group_outsourcing_officer")
        )

    def test_document_of_a_renewed_contract_is_announced(self):
        contract = self._create_active(
            date_end=self._days(20),
            term="auto_renew",
            renewals_foreseen=1,
            notice_days=2,
        )
        self._add(contract, document_type="certificate", date_expiry=self._days(25))
        with freeze_time(self._days(22)):
            self._run_cron("ir_cron_contract_calendar")
            self._run_cron("ir_cron_worker_end")
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_contract_document")
        asked = contract.successor_ids.sudo().activity_ids
        self.assertIn(kind, asked.activity_type_id)

    def test_settled_notice_is_not_announced_again(self):
        contract = self._create_active(date_end=self._days(40), notice_days=30)
        self._run_cron("ir_cron_contract_calendar")
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_deadline")

        def asked():
            return contract.sudo().activity_ids.filtered(
                lambda activity: activity.activity_type_id == kind
            )

        self.assertEqual(len(asked()), 1)
        asked().action_feedback(feedback="It ends")
        self._run_cron("ir_cron_contract_calendar")
        self.assertFalse(asked())

    def test_sign_wizard_tells_nothing_of_another_company(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        self._add(contract, document_type="signed_copy", file_name="secret.pdf")
        Wizard = self.env["outsourcing.contract.sign"]
        mine = Wizard.with_user(self.procurement_user).new({"contract_id": contract.id})
        self.assertEqual(mine.kept_copy_name, "secret.pdf")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = self._new_user(
            "far_procurement",
            "outsourcing_mgmt.group_outsourcing_procurement",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.env.invalidate_all()
        theirs = Wizard.with_user(far).new({"contract_id": contract.id})
        self.assertFalse(theirs.kept_copy_name)

    def test_handover_without_points_is_not_signed(self):
        contract = self._create_active()
        person = self.env["res.partner"].create(
            {"name": "Li Na", "parent_id": self.vendor.id}
        )
        worker = self.env["outsourcing.worker"].with_user(self.officer_user)
        worker = worker.create(
            {"partner_id": person.id, "contract_id": contract.id, "role": "Cleaner"}
        )
        worker.action_onboard()
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        leaving = contract.exit_ids.with_user(self.officer_user)
        leaving.handed_over_by = "Wang Wu"
        point = leaving.line_ids.filtered("worker_id")
        for attack in (
            lambda: leaving.line_ids.unlink(),
            lambda: leaving.write({"line_ids": [(5,)]}),
            lambda: leaving.line_ids[0].write({"name": "Nothing"}),
            lambda: point.write({"worker_id": False}),
            lambda: point.write({"is_listed": False}),
        ):
            with self.assertRaises(UserError):
                attack()
        with self.assertRefused("is on site"):
            point.result = "done"
        own = leaving.line_ids.create({"exit_id": leaving.id, "name": "Ladder"})
        self.assertFalse(own.is_listed)
        own.unlink()
        with self.assertRaises(UserError):
            leaving.line_ids.create(
                {"exit_id": leaving.id, "name": "x", "worker_id": worker.id}
            )
        worker.action_leave("The contract has ended")
        self.assertEqual(point.result, "done")
        # As a handover that lost its points before.
        self.env.cr.execute(
            "DELETE FROM outsourcing_contract_exit_line WHERE exit_id = %s",
            (leaving.id,),
        )
        self.env.invalidate_all()
        with self.assertRefused("has no points"):
            leaving.action_sign()

    def test_no_context_silences_who_must_act(self):
        key = {"mail_activity_automation_skip": True}
        contract = self._create_contract()
        self._send_to_sign(contract)
        mine = contract.with_user(self.procurement_user).with_context(**key)
        mine.action_sign(self.today, SIGNED_COPY)
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_filing")
        self.assertIn(kind, contract.sudo().activity_ids.activity_type_id)
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        rule.responsible_role = "actor"
        event = self.env["outsourcing.compliance.event"].with_context(**key)
        event = event._raise("filed_late", contract, note="Late")
        self.assertTrue(event.sudo().activity_ids)


@tagged("post_install", "-at_install")
class TestHeadsBehindContracts(ContractCommon, TenderCommon):
    """Who applied answers, too: of a renewal, and of a tender for several requests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        cls.rule.responsible_role = "procurement_head"
        cls.tender = cls._create_tender()
        cls.head = cls.tender.sudo().request_ids.department_id.manager_id

    def _raise(self, record):
        return self.rule._raise_events([{"record": record, "user": self.hr_user}])

    def test_renewal(self):
        self.assertTrue(self.head)
        contract = self._create_active(renewals_foreseen=1)
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET tender_id = %s WHERE id = %s",
            (self.tender.id, contract.id),
        )
        self.env.invalidate_all()
        contract.with_user(self.procurement_user).action_renew()
        following = contract.successor_ids.sudo()
        self.assertFalse(following.tender_id)
        event = self._raise(following)
        self.assertEqual(event.second_employee_id, self.head[:1])

    def test_head_of_a_second_department(self):
        """Where the first of the heads answers first already, another one is second."""
        company = self.company
        department = self.env["hr.department"].create(
            {
                "name": "Procurement and Laboratory",
                "manager_id": self.head[:1].id,
                "company_id": company.id,
            }
        )
        company.outsourcing_procurement_department_id = department
        other = self._create_approved_request()
        other_head = self.officer_employee
        far = self.env["hr.department"].create(
            {
                "name": "Workshop",
                "manager_id": other_head.id,
                "company_id": company.id,
            }
        )
        self.env.cr.execute(
            "UPDATE outsourcing_request SET department_id = %s WHERE id = %s",
            (far.id, other.id),
        )
        server_write(self.tender, {"request_ids": [(4, other.id)]})
        self.env.invalidate_all()
        event = self._raise(self.tender)
        self.assertEqual(event.employee_id, self.head[:1])
        self.assertEqual(event.second_employee_id, other_head)
