from odoo.tests import tagged

from .attack_callers import Caller
from .attack_routes import EntryRoutes


@tagged("post_install", "-at_install")
class TestGateEntries(EntryRoutes):
    """A debt to a governed vendor is entered as a bill, not as a journal entry."""

    def test_no_bill_as_a_plain_entry(self):
        self._new_form()
        self._run_routes(self._entry_routes(), self._find_posted)

    def test_entry_let_through_by_two_persons(self):
        entry = self._new_debt()
        with self._refused("Enter a vendor bill"):
            entry.action_post()
        self._except(entry)
        entry.action_post()
        self.assertEqual(entry.vendor_quality_decision_ids.ground, "exception")
        self._assert_proof()
        call = Caller(self.env(user=self.accountant), "ui")
        values = {
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": self.vendor.id,
            "amount": 1000,
            "journal_id": self.bank_journal.id,
        }
        payment = call.create("account.payment", values)
        payment.action_post()
        self._get_payable_line(payment.move_id | entry).reconcile()
        with self._refused("cannot be paid out"):
            call.create("account.payment", values).action_post()
        other = self._new_debt()
        with self._refused("Enter a vendor bill"):
            other.action_post()

    def test_exception_of_a_changed_entry_is_void(self):
        entry = self._new_debt()
        request = self._except(entry)
        entry.line_ids[0].with_context(check_move_validity=False).credit = 2000
        entry.line_ids[1].debit = 2000
        with self._refused("Enter a vendor bill"):
            entry.action_post()
        self.env["vendor.quality.exception"]._cron_close()
        self.assertEqual(request.state, "void")

    def test_an_entry_is_no_advance(self):
        with self._refused("no advance"):
            self._request(self._new_debt(), purpose="advance")

    def test_held_entries_are_listed(self):
        entry = self._new_debt()
        self._refresh_holds()
        self.assertRecordValues(
            entry.vendor_quality_hold_ids,
            [{"rule": "entry_payable", "stage": "post", "actor": "accounting"}],
        )
        self.assertEqual(entry.vendor_quality_stage, "post")
        self.assertIn("owed money", entry.vendor_quality_gate_reason)

    def test_proof_finds_an_entry_around_the_gate(self):
        entry = self._new_debt()
        self.env.flush_all()
        self._set(entry, state="posted")
        self.env["account.move.line"].invalidate_model()
        self.assertEqual(self.env["vendor.quality.gate"]._cron_prove(), 1)
        self.assertEqual(entry.vendor_quality_hold_ids.stage, "leak")

    def test_entries_that_are_no_bills_pass(self):
        """Bookkeeping, other partners and what the bank shows."""
        employee = self.env["res.partner"].create({"name": "Employee"})
        payroll = self._new_debt(partner=employee)
        payroll.action_post()
        debit = self._new_entry(500)
        self.assertEqual(debit.state, "posted")
        undo = debit._reverse_moves([{"date": debit.date}])
        undo.action_post()
        self.assertEqual(undo.state, "posted")
        other = self.payable.copy()
        transfer = self._new_debt(account=other)
        transfer.line_ids[1].partner_id = self.vendor
        transfer.action_post()
        self.assertEqual(transfer.state, "posted")
        opening = self._new_debt()
        self.company.account_opening_move_id = opening
        opening.action_post()
        self.assertEqual(opening.state, "posted")
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Paid back",
                "partner_id": self.vendor.id,
                "amount": 70,
                "counterpart_account_id": self.payable.id,
            }
        )
        self.assertEqual(statement.move_id.state, "posted")
        back = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "supplier",
                "partner_id": self.vendor.id,
                "amount": 30,
                "journal_id": self.bank_journal.id,
            }
        )
        back.action_post()
        self.assertIn(back.state, ("in_process", "paid"))
        self._assert_proof()

    def test_a_reversal_counts_once(self):
        debit = self._new_entry(500)
        first, second = (
            debit._reverse_moves([{"date": debit.date}]) for _index in range(2)
        )
        first.action_post()
        with self._refused("Enter a vendor bill"):
            second.action_post()
