from odoo.tests import tagged

from odoo.addons.outsourcing_mgmt.tests.attack_persons import PersonCase

from .common import GateCommon


@tagged("post_install", "-at_install")
class TestPersons(PersonCase, GateCommon):
    """Exceptions, the gate, forms and templates: a person decides."""

    def test_every_decision_is_a_persons(self):
        self._assert_decisions_are_personal("outsourcing.flow.mixin", at_least=45)

    def test_exception(self):
        request = self._request(self._new_bill())
        mine = request.with_user(self.finance)
        draft = self.env["vendor.quality.exception"].with_user(self.accountant)
        draft = draft.create({"move_id": self._new_bill().id, "reason": "Agreed"})
        self._assert_needs_person(
            {
                "submit": draft.action_submit,
                "review": mine.validate_tier,
                "reject": mine.reject_tier,
                "approve": mine.action_approve,
                "refuse": lambda: mine.action_refuse("No"),
                "void": mine.action_void,
            },
            request | draft.with_env(request.env),
        )
        mine.validate_tier()
        self._assert_needs_person({"approve": mine.action_approve}, request)
        mine.action_approve()
        self.assertEqual(request.state, "approved")

    def test_gate(self):
        change = (
            self.env["vendor.quality.gate.change"]
            .with_user(self.manager)
            .create({"reason": "Not yet", "gate_from": "2026-06-01"})
        )
        self._assert_needs_person({"submit": change.action_submit}, change)
        change.action_submit()
        finance = change.with_user(self.finance)
        self._assert_needs_person(
            {
                "review": finance.validate_tier,
                "approve": finance.action_approve,
                "company": lambda: self.company.write(
                    {"vendor_quality_gate_from": "2025-06-01"}
                ),
            },
            change,
        )
        self.assertEqual(str(self.company.vendor_quality_gate_from), "2026-01-01")
        template = self.template.with_user(self.manager)
        self._assert_needs_person({"retire": template.action_retire}, template)
