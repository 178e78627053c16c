from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import GateCommon


@tagged("post_install", "-at_install")
class TestGateReview(GateCommon):
    """Ways around the gate that need only one person."""

    def test_branch_does_not_put_the_gate_off(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        late = date(2099, 1, 1)
        with self.assertRaises(AccessError):
            branch.vendor_quality_gate_from = late
        with self.assertRaises(AccessError):
            self.env["res.company"].create(
                {
                    "name": "Free branch",
                    "parent_id": self.company.id,
                    "vendor_quality_gate_from": late,
                }
            )
        # Earlier than the parent is stricter, and going back to the parent is not.
        branch.vendor_quality_gate_from = date(2025, 6, 1)
        with self.assertRaises(AccessError):
            branch.vendor_quality_gate_from = False
        self.assertEqual(branch.vendor_quality_gate_from, date(2025, 6, 1))

    def test_vendor_of_the_contract_is_not_exchanged(self):
        for user in (self.manager, self.procurement):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.contract.with_user(user).write(
                    {"commercial_partner_id": self.other_vendor.id}
                )
        with self._refused("No quality form"):
            self._new_bill().action_post()

    def test_quality_manager_writes_the_template_only(self):
        manager = self.manager
        self._set(self.contract, vendor_quality_template_id=None)
        contract = self.contract.with_user(manager)
        for values in (
            {"owner_id": manager.id},
            {"active": False},
            {"access_token": "known"},
            {"owner_id": manager.id, "vendor_quality_template_id": self.template.id},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                contract.write(values)
        contract.vendor_quality_template_id = self.template
        self.assertEqual(self.contract.vendor_quality_template_id, self.template)

    def test_portal_reads_nothing_of_gate_and_contracts(self):
        rival = new_test_user(self.env, login="gate_rival", groups="base.group_portal")
        desk = self._new_user("desk", "itsm_desk.group_itsm_manager")
        category = self.env["itsm.category"].with_user(desk).search([], limit=1)
        service = (
            self.env["itsm.service"]
            .with_user(desk)
            .create({"name": "Rooms", "category_id": category.id, "is_portal": True})
        )
        self._set(service, outsourcing_contract_id=self.contract.id)
        self.assertTrue(service.with_user(rival).read(["name"]))
        hidden = {
            "itsm.service": {"outsourcing_contract_id"},
            "itsm.ticket": {"outsourcing_contract_id"},
            "account.move": {
                "outsourcing_contract_id",
                "vendor_quality_decision_ids",
                "vendor_quality_exception_ids",
                "vendor_quality_form_ids",
                "vendor_quality_gate_actor",
                "vendor_quality_gate_reason",
                "vendor_quality_gate_unblock",
                "vendor_quality_hold_ids",
                "vendor_quality_payable",
                "vendor_quality_stage",
            },
        }
        for model, names in hidden.items():
            with self.subTest(model=model):
                shown = self.env[model].with_user(rival).fields_get()
                self.assertFalse(names.intersection(shown))
        with self.assertRaises(AccessError):
            service.with_user(rival).read(["outsourcing_contract_id"])
        with self.assertRaises(AccessError):
            self.env["itsm.service"].with_user(rival).search(
                [("outsourcing_contract_id.amount_total", ">", 1)]
            )

    def test_who_posted_the_bill_does_not_except_its_payment(self):
        poster = self._new_user(
            "poster",
            "vendor_quality.group_quality_finance,account.group_account_invoice",
        )
        self._new_form(score=10.0)
        bill = self._new_bill(user=self.biller)
        bill.with_user(poster).action_post()
        request = self._request(bill)
        with self.assertRaises(UserError):
            self._approve(request, poster)
        self._approve(request)
        self.assertEqual(request.state, "approved")

    def test_kind_falls_with_its_own_decision_only(self):
        bill = self._new_bill(user=self.biller)
        decision = self._except(bill, purpose="outside")
        self.assertEqual(bill.outsourcing_bill_kind, "outside")
        # A request of somebody else about the same bill takes nothing back.
        Request = self.env["vendor.quality.exception"].with_user(self.biller)
        Request.create({"move_id": bill.id, "reason": "Mistake"}).action_void()
        self.assertEqual(bill.outsourcing_bill_kind, "outside")
        decision.write({"state": "void"})
        self.assertEqual(bill.outsourcing_bill_kind, "service")

    def test_gate_of_another_company_is_not_started(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        Wizard = self.env["vendor.quality.go.live"].with_user(self.finance)
        values = {"gate_from": date(2026, 1, 1)}
        with self.assertRaises(AccessError):
            Wizard.create({**values, "company_id": other.id})
        wizard = Wizard.create(values)
        self._set(wizard, company_id=other.id)
        with self.assertRaises(AccessError):
            wizard.action_start()
        self.assertFalse(other.vendor_quality_gate_from)
