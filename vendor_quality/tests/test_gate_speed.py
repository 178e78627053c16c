from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..models.base import planned_query
from ..models.base.res_company import set_gate_from
from ..tools.gate_data import Scope
from .attack_callers import _Undo
from .common import FEBRUARY, JANUARY, GateCommon


@tagged("post_install", "-at_install")
class TestGateSpeed(GateCommon):
    """The gate asks the database a fixed number of times, however many bills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._new_form(fee_amount=1000000)

    def setUp(self):
        super().setUp()
        # All tests of a class share a cursor, as no two transactions do.
        planned_query.statements.pop(self.env.cr, None)

    def _new_bills(self, size):
        bill = self._new_bill(amount=10)
        values = {"invoice_date": bill.invoice_date}
        values |= dict(
            zip(("service_date_start", "service_date_end"), JANUARY, strict=True)
        )
        return bill | bill.create(bill.copy_data(values) * (size - 1))

    def _count(self, act, gate):
        """Return the queries of ``act`` with the gate on or off, and undo it."""
        if not gate:
            set_gate_from(self.company, False)
        self.env.flush_all()
        self.env.invalidate_all()
        planned_query.statements.pop(self.env.cr, None)
        try:
            with self.env.cr.savepoint():
                before = self.env.cr.sql_log_count
                act()
                self.env.flush_all()
                count = self.env.cr.sql_log_count - before
                raise _Undo
        except _Undo:  # pylint: disable=except-pass
            pass
        if not gate:
            set_gate_from(self.company, "2026-01-01")
        return count

    def _compare(self, act):
        self._count(act, True)  # warm the caches that outlive the undo
        free = self._count(act, False)
        return self._count(act, True) - free

    def test_posting(self):
        """However many bills: what there is, the facts, the decisions."""
        extras = {}
        for size in (1, 10, 100):
            bills = self._new_bills(size)
            extras[size] = self._compare(bills.action_post)
        self.assertLessEqual(max(extras.values()), 3, extras)

    def test_tracking(self):
        """Messages made at the end of the transaction are not guarded one by one."""
        bills = self._new_bills(3).with_context(
            tracking_disable=False, mail_notrack=False
        )
        self.env.cr.flush()
        bills.action_post()
        refusal = AssertionError("a savepoint for one message")
        with patch.object(type(self.env.cr), "savepoint", side_effect=refusal):
            self.env.cr.flush()
        for bill in bills:
            self.assertTrue(bill.sudo().message_ids.tracking_value_ids)

    def test_gate_itself(self):
        Gate = self.env["vendor.quality.gate"]
        for size in (1, 10, 100):
            bills = self._new_bills(size)
            bills.action_post()
            self.env.flush_all()
            planned_query.statements.pop(self.env.cr, None)
            with self.assertQueryCount(3):
                Gate._enforce_posting(bills)

    def test_facts_of_a_batch(self):
        """Bills of many contracts cost what bills of one do; each has its own form."""
        extras, bills = {}, self.env["account.move"]
        for size in (2, 8):
            while len(bills) < size:
                vendor = self.other_vendor.copy({"name": f"Mill {len(bills)}"})
                self._new_form(contract=self._new_contract(vendor))
                bills |= self._new_bill(vendor=vendor)
            extras[size] = self._compare(bills.action_post)
        self.assertEqual(extras[2], extras[8])
        bills.action_post()
        decisions = self.env["vendor.quality.decision"].search(
            [("move_id", "in", bills.ids)]
        )
        self.assertEqual(decisions.move_id, bills)
        for decision in decisions:
            self.assertEqual(
                decision.form_id.contract_id.partner_id, decision.move_id.partner_id
            )

    def test_posting_free_bills(self):
        bills = self.env["account.move"]
        for _index in range(10):
            bills |= self._new_bill(vendor=self.other_vendor, period=None)
        self.assertLessEqual(self._compare(bills.action_post), 1)

    def test_registering_payments(self):
        """Three to six queries more (seen), however many bills.

        The count without the gate differs by what is filled into caches again; the
        smaller of two comparisons leaves that out.
        """
        extras = {}
        for size in (1, 10, 20):
            bills = self._new_bills(size)
            bills.action_post()
            extras[size] = min(
                self._compare(lambda bills=bills: self._pay(bills)) for _time in "12"
            )
        self.assertLessEqual(max(extras.values()), 6, extras)

    def test_planned_once(self):
        """A transaction that goes on asking prepares the query: the same result."""
        bills = self._new_bills(planned_query.USES + 3)
        reader = self.env["vendor.quality.gate.reader"].sudo()
        facts = reader._get_bills(bills)
        for bill in bills:
            self.assertEqual(reader._get_bills(bill)[bill.id], facts[bill.id])
        names = planned_query.statements[self.env.cr].values()
        self.assertTrue(any(isinstance(name, str) for name in names), names)
        with self.assertQueryCount(2):
            reader._get_bills(bills)

    def test_scope(self):
        """What is not asked for would have found nothing: the facts are the same."""
        bills = self._new_bills(4) | self._new_bill(period=FEBRUARY)
        bills |= self._new_bill(vendor=self.vendor.copy({"vat": self.vendor.vat}))
        free = self._new_bill(vendor=self.other_vendor, period=None)
        reader = self.env["vendor.quality.gate.reader"].sudo()
        seen = []

        def read_whole(_self, moves):
            return [
                dict.fromkeys(Scope._fields, True) | {"id": id_} for id_ in moves.ids
            ]

        def compare():
            for bill in bills | free:
                facts = reader._get_bills(bill)
                with patch.object(type(reader), "_read_scope", read_whole):
                    self.assertEqual(reader._get_bills(bill), facts)
                seen.extend(reader._read_scope(bill))

        compare()
        bills[:2].action_post()
        compare()
        self._pay(bills[0])
        self._request(bills[2])
        compare()
        self._set(self.contract, termination_date="2026-01-31")
        compare()
        # what was entered after the end, for a day that is still to come
        today = self.company._outsourcing_today()
        later = today + timedelta(days=30)
        bills = self._new_bill(period=None, invoice_date=later, date=later)
        self._set(self.contract, termination_date=today - timedelta(days=1))
        compare()
        for name in Scope._fields:
            self.assertEqual({bool(row[name]) for row in seen}, {True, False}, name)
        self.assertFalse(reader._read_scope(free))
