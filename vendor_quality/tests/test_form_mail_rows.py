from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.test_messages_rows import RowWalk

from ..models.consequence.vendor_quality_improvement_plan import (
    record_answer as answer_plan,
)
from ..models.form.vendor_quality_form_flow import record_answer
from ..tools import mail_table
from .common import (
    FEBRUARY,
    JANUARY,
    MARCH,
    TODAY,
    ConsequenceCommon,
    GateCommon,
    MoneyCommon,
    dates,
)
from .fake_outsourcing import deliver
from .test_form_dispute import DisputeCommon
from .test_inspection_flow import InspectionCommon
from .test_technician_worker import TechnicianCommon

FINANCE = "vendor_quality.group_quality_finance"


class QualityWalk(RowWalk):
    """Walks rows of the table of this module by the steps that cause them."""

    walked_rows = (*mail_table.TABLE, *mail_table.OTHER)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMailRowsOfForm(QualityWalk, DisputeCommon):
    """Rows about a form and what it counts."""

    def setUp(self):
        super().setUp()
        self.startPatcher(self._keep_transaction())
        self._start_walk()
        self.others = {"other vendor": self.peer_user.partner_id}

    def test_form(self):
        form = self.form
        handler = form.collected_by_id.partner_id
        vendor = self.vendor_user.partner_id
        self._walk(
            "form sent", form.action_send_to_vendor, vendor=vendor, **self.others
        )
        self._walk(
            "vendor answered",
            lambda: record_answer(form, self.vendor_user, "We were there"),
            handler=handler,
            vendor=vendor,
        )
        form.action_submit()
        self._walk(
            "form sent back",
            lambda: form.with_user(self.manager_user).action_send_back("Once more"),
            handler=handler,
        )
        form.action_collect()
        form.action_submit()
        self._review(form)
        form.with_user(self.manager_user).action_approve()
        self._create_round("2026-02-11", ["fail"])
        self._walk("figures too late", form._note_late_data, handler=handler)

    def test_reminder_and_dispute(self):
        form = self.form
        vendor = self.vendor_user.partner_id
        form.action_send_to_vendor()
        with freeze_time("2026-03-04 02:00:00"):
            self._walk(
                "vendor reminded", form._vendor_quality_remind_vendor, vendor=vendor
            )
        dispute = self._walk(
            "line disputed",
            self._dispute,
            handler=form.collected_by_id.partner_id,
            vendor=vendor,
        )
        judge = dispute.with_user(self.other_officer_user)
        self._walk(
            "dispute decided",
            lambda: judge.action_decide("rejected", "Counted again: 90 %"),
            vendor=vendor,
            **self.others,
        )

    def test_proposed(self):
        self._create_contract(owner_id=self.other_officer_user.id)
        self._walk(
            "figures to check",
            self.env["vendor.quality.form"]._cron_propose_forms,
            owner=self.other_officer_user.partner_id,
        )

    def test_delivery_after_the_form(self):
        milestones = self.env["outsourcing.contract.milestone"].create(
            [
                {"name": name, "contract_id": self.contract.id, "date_due": day}
                for name, day in (("First", "2026-02-10"), ("Second", "2026-02-20"))
            ]
        )
        deliver(milestones[0], "2026-02-10 08:00:00", price=800)
        deliver(milestones[1], "2026-02-20 08:00:00", price=400, reject="Incomplete")
        self.form.action_collect()
        self.form.action_submit()
        self._walk(
            "late acceptance",
            lambda: deliver(milestones[1], "2026-03-20 08:00:00"),
            handler=self.form.collected_by_id.partner_id,
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMailRowsOfInspection(QualityWalk, InspectionCommon):
    """The row about a round that a second person verifies."""

    def test_round(self):
        self._start_walk()
        inspection = self._due()
        mine = inspection.with_user(self.inspector_user)
        mine.action_pass_all()
        self._walk(
            "result to verify",
            mine.action_done,
            verifier=self.other_inspector_user.partner_id,
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMailRowsOfPlan(QualityWalk, ConsequenceCommon):
    """Rows about warnings and improvement plans."""

    def setUp(self):
        super().setUp()
        self._start_walk()
        self.vendor_user = self._new_user("vendor", "base.group_portal")
        self.vendor_user.partner_id.parent_id = self.vendor
        self.others = {"other vendor": self.free_vendor}

    def _get_judges(self):
        users = self.env.ref("vendor_quality.group_quality_manager").all_user_ids
        return users.filtered(lambda user: self.company in user.company_ids)

    def test_plan(self):
        owner, vendor = self.officer_user.partner_id, self.vendor_user.partner_id
        form = self._create_collected_form(85, **dates(JANUARY))
        form.action_submit()
        self._review(form)
        self._walk(
            "plan begun",
            lambda: form.with_user(self.manager_user).action_approve(),
            vendor=vendor,
            owner=owner,
            **self.others,
        )
        plan = form.improvement_plan_ids.with_env(self.env)
        remind = plan._cron_remind
        with freeze_time("2026-04-10 06:00:00"):
            self._walk("plan unanswered", remind, vendor=vendor)
        self._walk(
            "plan answered",
            lambda: answer_plan(
                plan.with_user(self.vendor_user), self.vendor_user, "Two people left"
            ),
            owner=owner,
            vendor=vendor,
        )
        plan.sudo().activity_ids.unlink()
        with freeze_time("2026-05-10 06:00:00"):
            self._walk(
                "plan due",
                remind,
                owner=owner,
                vendor=vendor,
                manager=lambda: self._get_asked(plan, "see to it"),
            )

    def _get_asked(self, record, text):
        """Return who of the managers was asked, as a partner."""
        asked = record.sudo().activity_ids.filtered(
            lambda item: text in (item.summary or "")
        )
        self.assertIn(asked.user_id, self._get_judges())
        return asked.user_id.partner_id

    def test_effect(self):
        plan = self._block().improvement_plan_ids.with_user(self.officer_user)
        plan.write({"root_cause": "Two cleaners left", "plan": "Hire two"})
        plan.action_start()
        plan.action_request_check()
        with freeze_time("2026-04-02 02:00:00"):
            march = self._create_collected_form(95, **dates(MARCH))
            march.action_submit()
            self._review(march)
            self._walk(
                "plan to judge",
                lambda: march.with_user(self.manager_user).action_approve(),
                manager=lambda: self._get_asked(plan, "Judge the effect"),
            )

    def test_warning(self):
        self._lift()
        self._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        forecast = self.env["vendor.quality.forecast"]
        self._walk(
            "score falls",
            lambda: forecast._refresh(self.contract),
            vendor=self.vendor_user.partner_id,
            **self.others,
        )


@tagged("post_install", "-at_install")
class TestMailRowsOfGate(QualityWalk, GateCommon):
    """Rows about bills that the gate holds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._new_form(FEBRUARY, score=50)
        cls.posted = cls._new_posted_bill(amount=500, period=FEBRUARY)
        cls._refresh_holds()
        cls.hold = cls.posted.vendor_quality_hold_ids

    def test_reminder(self):
        self._start_walk()
        self._walk(
            "held bill waits",
            self.hold.with_user(self.biller).action_remind,
            releaser=self.hold._get_actors()[:1].partner_id,
        )

    def test_paid_by_the_bank(self):
        self._start_walk()
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-03-09",
                "payment_ref": "Paid at the counter",
                "partner_id": self.vendor.id,
                "amount": -self.posted.amount_total,
                "counterpart_account_id": self.payable.id,
            }
        )
        lines = (statement.move_id | self.posted).line_ids
        lines = lines.filtered(lambda line: line.account_id == self.payable)
        self._walk(
            "held bill paid",
            lines.with_user(self.biller).reconcile,
            finance=self._get_asked,
        )

    def _get_asked(self):
        incidents = self.posted.vendor_quality_hold_ids.filtered(
            lambda hold: hold.stage == "bank"
        )
        asked = incidents.sudo().activity_ids.user_id
        self.assertIn(asked, self.env.ref(FINANCE).all_user_ids - self.biller)
        return asked.partner_id


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMailRowsOfRetention(QualityWalk, MoneyCommon):
    """The row about money that is kept for some days."""

    def test_retention(self):
        self._start_walk()
        contract = self._new_money_contract(retention_rate=5, retention_days=30)
        form = self._new_approved(contract)
        able = self.env.ref(FINANCE).all_user_ids - form._get_involved_users()
        able = able.filtered(
            lambda user: user.active and self.company in user.company_ids
        )
        with freeze_time("2026-03-30 02:00:00"):
            self._walk(
                "retention due",
                lambda: self._run_cron("_cron_remind_retentions"),
                finance=able[:1].partner_id,
            )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestMailRowsOfTechnician(QualityWalk, TechnicianCommon):
    """The row about tickets of a person who left the vendor."""

    def test_worker(self):
        self._start_walk()
        self._send(user=self.person)
        self._walk(
            "worker left",
            lambda: self.worker.action_leave("Moved away"),
            owner=self.desk.partner_id,
        )
