from odoo import Command
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.attack_rights import RightsAttacks

from ..models.form.vendor_quality_form_flow import record_dispute
from .attack_matrix import BILL_MATRIX, QUALITY_MATRIX
from .common import GROUPS, MARCH, TODAY, ConsequenceCommon, MoneyCommon, dates

BILL_MODELS = frozenset(
    {
        "vendor.quality.decision",
        "vendor.quality.deduction",
        "vendor.quality.exception",
        "vendor.quality.hold",
        "vendor.quality.identity",
    }
)
"""Models whose records need bills."""
EXTENDED_MODELS = (
    "account.move",
    "itsm.service",
    "outsourcing.category",
    "outsourcing.contract",
)
"""Models of other modules with fields of this one."""


class MatrixAttacks(RightsAttacks):
    """``far`` holds every role in another company, ``system`` is an administrator."""

    matrix_prefixes = ("vendor.quality.", *EXTENDED_MODELS)
    matrix_modules = ("vendor_quality",)
    matrix_extended = EXTENDED_MODELS

    @classmethod
    def _add_roles(cls, users):
        """Keep who is tried: ``users`` and those of every world."""
        other = cls.env["res.company"].create({"name": "Far"})
        system = cls._new_user("system", "base.group_user,base.group_system")
        cls.roles = {
            **users,
            "system": system,
            "far": cls._new_user(
                "far",
                ",".join(["base.group_user", *GROUPS.values()]),
                company_id=other.id,
                company_ids=[Command.set(other.ids)],
            ),
        }
        cls._drop_unique_indexes()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBillMatrix(MatrixAttacks, MoneyCommon):
    """Who may do what with decisions on bills, and what is taken off them.

    ``biller`` enters bills, ``accountant`` manages accounting; ``plain`` has no role.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        roles = ("biller", "accountant", "officer", "manager", "finance", "owner")
        more = {
            name: f"base.group_user,{GROUPS[name]}"
            for name in ("auditor", "hr", "inspector")
        }
        cls._add_roles(
            {
                **{role: getattr(cls, role) for role in (*roles, "procurement")},
                **cls._new_users({**more, "plain": "base.group_user"}),
            }
        )

    @classmethod
    def _get_matrix_models(cls):
        return sorted({*BILL_MODELS, "account.move"})

    def test_matrix(self):
        contract = self._new_money_contract()
        form = self._collect(contract)
        self._look(self.roles)
        self._approve_form(form)
        self._look(self.roles)
        bill = self._new_bill(10000.0, period=("2026-02-01", "2026-02-28"))
        bill.action_post()
        held = self._new_bill(500.0, period=("2026-01-01", "2026-01-31"))
        self._refresh_holds()
        request = (
            self.env["vendor.quality.exception"]
            .with_user(self.accountant)
            .create({"move_id": held.id, "reason": "Agreed with the head"})
        )
        self._look(self.roles)
        request.action_submit()
        self._look(self.roles)
        other = self._new_bill(600.0, period=("2026-01-01", "2026-01-31"))
        self._request(other).with_user(self.finance).action_refuse("No")
        self._look(self.roles)
        self._approve(request)
        self._look(self.roles)
        held.action_post()
        self._pay(bill)
        self._look(self.roles)
        self._assert_matrix(BILL_MATRIX, self.roles)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestQualityMatrix(MatrixAttacks, ConsequenceCommon):
    """Who may do what with templates, rounds, forms and what follows from them.

    ``inspector`` does the rounds and ``verifier`` checks them, ``officer`` is in charge
    of the improvement plans; ``user`` files requests of other services, ``vendor`` is
    the one of the contract and ``rival`` another.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        named = {
            name: getattr(cls, f"{name}_user")
            for name in (
                *("inspector", "officer", "manager", "finance", "auditor"),
                *("procurement", "owner", "plain"),
            )
        }
        more = cls._new_users(
            {
                "user": "outsourcing_mgmt.group_outsourcing_user",
                "desk": "itsm_desk.group_itsm_manager",
                "biller": "account.group_account_invoice",
            }
        )
        cls.vendor_user = cls._new_vendor_user("vendor", cls.vendor)
        rival = cls._new_vendor_user("rival", cls.free_vendor)
        cls._add_roles(
            {
                **named,
                "verifier": cls.other_inspector_user,
                **more,
                "vendor": cls.vendor_user,
                "rival": rival,
            }
        )

    @classmethod
    def _new_vendor_user(cls, login, company):
        partner = cls.env["res.partner"].create(
            {"name": login, "parent_id": company.id, "email": f"{login}@x.test"}
        )
        return cls._new_user(login, "base.group_portal", partner_id=partner.id)

    @classmethod
    def _get_matrix_models(cls):
        names = super()._get_matrix_models()
        return [name for name in names if name not in {*BILL_MODELS, "account.move"}]

    def test_matrix(self):
        self._play_templates()
        self._play_rounds()
        self._play_plans()
        form = self._play_forms()
        self._play_consequences(form)
        self._assert_matrix(QUALITY_MATRIX, self.roles)

    def _play_templates(self):
        action = self.template.with_user(self.manager_user).action_new_version()
        new = self.env["vendor.quality.template"].browse(action["res_id"])
        test = (
            self.env["vendor.quality.backtest"]
            .with_user(self.manager_user)
            .create({"template_id": new.id})
        )
        self._look(self.roles)
        test.action_run()
        self._look(self.roles)
        retired = self._create_active_template(
            [(self.metric_presence, 10000)], code="retired"
        )
        retired.with_user(self.other_manager_user).action_retire()
        self._look(self.roles)

    def _play_rounds(self):
        plan = self._create_plan()
        rounds = self.env["vendor.quality.inspection"].with_user(self.officer_user)
        mine = rounds.create({"plan_id": plan.id, "date_due": "2026-02-09"})
        self._look(self.roles)
        with freeze_time("2026-02-09 10:00:00"):
            mine.with_user(self.inspector_user).line_ids.write({"result": "pass"})
            mine.with_user(self.inspector_user).action_done()
        self._look(self.roles)
        mine.with_user(self.other_inspector_user).action_verify()
        self._look(self.roles)
        late = rounds.create({"plan_id": plan.id, "date_due": "2026-02-23"})
        rounds.sudo()._cron_follow_clock()
        self.assertEqual(late.state, "missed")
        self._look(self.roles)
        late.action_waive("The building was closed")
        self._look(self.roles)

    def _play_plans(self):
        """January has grade C; March shows the effect of its plan."""
        plan = self._block().improvement_plan_ids.with_user(self.officer_user)
        self._look(self.roles)
        plan.write({"root_cause": "Two cleaners left", "plan": "Hire two"})
        plan.action_start()
        self._look(self.roles)
        plan.action_request_check()
        self._look(self.roles)
        with freeze_time("2026-04-02 02:00:00"):
            self._create_approved_form(95, **dates(MARCH))
        plan.with_user(self.other_officer_user).action_close("It helped")
        self._look(self.roles)

    def _play_forms(self):
        """February is disputed, sent back, reviewed and replaced."""
        form = self._create_form()
        self._look(self.roles)
        self._enter(form, "presence", 90)
        form.action_collect()
        self.env["vendor.quality.forecast"]._refresh(self.contract)
        self._look(self.roles)
        form.action_send_to_vendor()
        user = self.vendor_user
        line = form.line_ids.filtered(lambda item: item.code == "presence")
        dispute = record_dispute(form.with_user(user), user, line.id, "It was 98 %")
        self._look(self.roles)
        dispute.with_user(self.other_manager_user).sudo(False).action_decide(
            "rejected", "The list says 90 %"
        )
        with freeze_time("2026-03-09 02:00:00"):
            form.with_user(self.officer_user).action_submit()
        self._look(self.roles)
        self._review(form)
        form.with_user(self.manager_user).action_approve()
        self._look(self.roles)
        form.with_user(self.officer_user).action_supersede("One more list")
        self._look(self.roles)
        return form

    def _play_consequences(self, form):
        waiver = self._create_waiver(approve=False)
        self._look(self.roles)
        waiver.action_submit()
        change = self.env["vendor.quality.gate.change"].with_user(self.manager_user)
        change = change.create({"reason": "Moved", "company_id": self.company.id})
        self._look(self.roles)
        waiver.with_user(self.finance_user).action_approve()
        change.action_submit()
        self._look(self.roles)
        change.with_user(self.finance_user).action_refuse("Not now")
        waiver.with_user(self.manager_user).action_void()
        form.contract_id.with_user(self.procurement_user).action_terminate("Moved out")
        self._look(self.roles)
