from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestExit(ContractCommon):
    """The handover when a contract ends: started by the server, signed by a person."""

    def _end(self, **values):
        contract = self._create_active(**values)
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        return contract, contract.exit_ids.with_user(self.officer_user)

    def _add_worker(self, contract):
        person = self.env["res.partner"].create(
            {"name": "Li Na", "parent_id": self.vendor.id}
        )
        worker = (
            self.env["outsourcing.worker"]
            .with_user(self.officer_user)
            .create(
                {
                    "partner_id": person.id,
                    "contract_id": contract.id,
                    "role": "Cleaner",
                }
            )
        )
        worker.action_onboard()
        return worker

    def test_end_of_a_contract_starts_it(self):
        contract = self._create_active()
        worker = self._add_worker(contract)
        self.assertFalse(contract.exit_ids)
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        leaving = contract.exit_ids
        self.assertRecordValues(
            leaving,
            [
                {
                    "state": "open",
                    "last_day": self.today,
                    "owner_id": self.officer_user.id,
                    "waiting_count": 5,
                }
            ],
        )
        self.assertEqual(leaving.activity_ids.user_id, self.officer_user)
        point = leaving.line_ids.filtered("worker_id")
        worker.action_leave("The contract has ended")
        self.assertEqual(point.result, "done")

    def test_expiry_starts_it_and_renewal_drops_it(self):
        contract = self._create_active(
            date_end=self._days(40), notice_days=30, renewals_foreseen=1
        )
        with freeze_time(self._days(41)):
            self._run_cron("ir_cron_contract_calendar")
            self.assertEqual(contract.state, "expired")
            self.assertEqual(contract.exit_ids.last_day, contract.date_end)
            contract.with_user(self.procurement_user).action_renew()
        self.assertEqual(contract.exit_ids.state, "dropped")

    def test_what_never_began_has_nothing_to_hand_over(self):
        contract = self._create_signed()
        contract.with_user(self.procurement_user).action_terminate("Not needed")
        self.assertFalse(contract.exit_ids)

    def test_signed_when_each_point_is_settled(self):
        contract, leaving = self._end()
        leaving.handed_over_by = "Wang Wu"
        with self.assertRefused("say what became of"):
            leaving.action_sign()
        *others, last = leaving.line_ids
        for line in others:
            line.result = "done"
        self.assertEqual(line.settled_by_id, self.officer_user)
        last.result = "missing"
        with self.assertRefused("what follows"):
            leaving.action_sign()
        last.note = "Charged with the last bill"
        leaving.action_sign()
        self.assertRecordValues(
            leaving, [{"state": "signed", "signed_by_id": self.officer_user.id}]
        )
        self.assertFalse(leaving.activity_ids)
        steps = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", contract._name), ("res_id", "=", contract.id)]
        )
        self.assertIn("handed_over", steps.mapped("verb"))
        for act in (
            lambda: last.write({"result": "done"}),
            lambda: last.unlink(),
            lambda: leaving.write({"handed_over_by": "Somebody"}),
            lambda: leaving.unlink(),
        ):
            with self.assertRaises(UserError):
                act()

    def test_attacks(self):
        contract, leaving = self._end()
        Exit = self.env["outsourcing.contract.exit"]
        for user in (self.officer_user, self.procurement_user, self.hr_user):
            with self.assertRaises(AccessError):
                Exit.with_user(user).create({"contract_id": contract.id})
        for vals in ({"state": "signed"}, {"last_day": self._days(-90)}):
            with self.assertRaises(UserError):
                leaving.write(vals)
        with self.assertRaises(UserError):
            leaving.line_ids[0].write({"settled_by_id": self.manager_user.id})
        for user in (self.procurement_user, self.finance_user, self.plain_user):
            with self.assertRaises(UserError):
                leaving.with_user(user).action_sign()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = self._new_user(
            "far",
            "outsourcing_mgmt.group_outsourcing_officer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(leaving.with_user(far)._filtered_access("read"))
        self.assertFalse(leaving.line_ids.with_user(far)._filtered_access("read"))
