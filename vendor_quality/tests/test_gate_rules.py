from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools import gate, gate_amounts, gate_data, gate_rules

JAN = (date(2026, 1, 1), date(2026, 1, 31))
FEB = (date(2026, 2, 1), date(2026, 2, 28))


def make_form(period=JAN, **values):
    return gate_data.Form(
        **{
            "id": 1,
            "date_start": period[0],
            "date_end": period[1],
            "score": 90,
            "threshold": 80,
            "fee": 1000,
            "payable": 1000,
            **values,
        }
    )


def make_contract(*forms, **values):
    return gate_data.Contract(
        **{"id": 1, "date_start": date(2026, 1, 1), "forms": forms, **values}
    )


def make_bill(**values):
    return gate_data.Bill(
        **{
            "id": 1,
            "date_start": JAN[0],
            "date_end": JAN[1],
            "untaxed": 1000,
            "total": 1210,
            "fingerprint": "a",
            "decided_fingerprint": "a",
            **values,
        }
    )


@tagged("standard", "at_install")
class TestGateRules(BaseCase):
    """The rules of the gate, without a database."""

    def _post(self, bill, *contracts):
        return gate.decide_posting(bill, list(contracts))

    def _pay(self, bill, amount, *contracts, before=0.0):
        return gate.decide_payment(bill, list(contracts), amount, before)

    def test_free_without_contract(self):
        verdict = self._post(make_bill())
        self.assertIs(verdict, gate_data.FREE)
        self.assertFalse(verdict.is_blocked)

    def test_posting_needs_a_form_for_every_day(self):
        bill = make_bill(date_end=FEB[1], untaxed=1500)
        verdict = self._post(bill, make_contract(make_form()))
        self.assertEqual(verdict.rule, "form_missing")
        self.assertEqual(verdict.day, FEB[0])
        both = make_contract(make_form(), make_form(FEB, id=2))
        self.assertEqual(self._post(bill, both).shares, {1: 750, 2: 750})

    def test_form_under_review_names_its_actor(self):
        for state, actor in gate_rules.FORM_ACTORS.items():
            verdict = self._post(make_bill(), make_contract(make_form(state=state)))
            self.assertEqual(verdict.rule, "form_unapproved")
            self.assertEqual(gate_rules.get_actor(verdict), actor)

    def test_form_that_the_vendor_answered_waits_for_the_officer(self):
        for state, actor in {
            **gate_rules.FORM_ACTORS,
            "vendor_review": "officer",
        }.items():
            form = make_form(state=state, is_answered=True)
            verdict = self._post(make_bill(), make_contract(form))
            self.assertEqual(gate_rules.get_actor(verdict), actor)

    def test_every_rule_has_an_actor(self):
        self.assertEqual(
            {rule.actor for rule in gate_rules.RULES.values()}
            | set(gate_rules.FORM_ACTORS.values()),
            {"accounting", "finance", "officer", "approver", "vendor"},
        )

    def test_posted_bills_stay_within_the_fee(self):
        contract = make_contract(make_form(billed=600))
        self.assertEqual(self._post(make_bill(), contract).rule, "over_fee")
        self.assertEqual(self._post(make_bill(), contract).amount, 400)
        self.assertFalse(self._post(make_bill(untaxed=400), contract).is_blocked)

    def test_contract_must_be_known(self):
        contracts = make_contract(make_form()), make_contract(make_form(), id=2)
        self.assertEqual(self._post(make_bill(), *contracts).rule, "contract_choose")
        verdict = self._post(make_bill(contract_id=2), *contracts)
        self.assertEqual(verdict.contract.id, 2)
        verdict = self._post(make_bill(contract_id=9), *contracts)
        self.assertEqual(verdict.rule, "contract_foreign")

    def test_period_decides_between_contracts(self):
        old = make_contract(make_form(), date_end=JAN[1])
        new = make_contract(id=2, date_start=FEB[0])
        self.assertEqual(self._post(make_bill(), old, new).contract, old)

    def test_missing_and_reversed_period(self):
        contract = make_contract(make_form())
        verdict = self._post(make_bill(date_start=None), contract)
        self.assertEqual(verdict.rule, "period_missing")
        verdict = self._post(make_bill(date_start=FEB[0]), contract)
        self.assertEqual(verdict.rule, "period_reversed")

    def test_unknown_rate_stops(self):
        verdict = self._post(make_bill(untaxed=None), make_contract(make_form()))
        self.assertEqual(verdict.rule, "rate_missing")

    def test_kind_needs_a_decision_on_this_bill(self):
        contract = make_contract()
        exception = gate_data.BillException(
            5, "advance", 1210, True, True, fingerprint="a"
        )
        bill = make_bill(kind="advance")
        self.assertEqual(self._post(bill, contract).rule, "kind_undecided")
        bill = make_bill(kind="advance", exceptions=(exception,))
        self.assertEqual(self._post(bill, contract).ground, "kind")
        bill = make_bill(kind="advance", exceptions=(exception,), fingerprint="b")
        self.assertEqual(self._post(bill, contract).rule, "kind_undecided")
        bill = make_bill(kind="outside", exceptions=(exception,))
        self.assertEqual(self._post(bill, contract).rule, "kind_undecided")
        bill = make_bill(kind="advance", exceptions=(exception,), total=2000)
        self.assertEqual(self._post(bill, contract).rule, "over_limit")

    def test_score_under_threshold_stops_payment_only(self):
        contract = make_contract(make_form(score=79.99))
        self.assertFalse(self._post(make_bill(), contract).is_blocked)
        bill = make_bill(is_posted=True)
        self.assertEqual(self._pay(bill, 100, contract).rule, "score_low")
        contract = make_contract(make_form(score=79.996))
        self.assertFalse(self._pay(bill, 100, contract).is_blocked)

    def test_open_handover_stops_payment_only(self):
        contract = make_contract(make_form(awaits_exit=True))
        self.assertFalse(self._post(make_bill(), contract).is_blocked)
        bill = make_bill(is_posted=True)
        self.assertEqual(self._pay(bill, 100, contract).rule, "exit_open")

    def test_payment_within_payable_scaled_by_tax(self):
        contract = make_contract(make_form(payable=900))
        bill = make_bill(is_posted=True, shares={1: 1000})
        self.assertFalse(self._pay(bill, 1089, contract).is_blocked)
        verdict = self._pay(bill, 1089.01, contract)
        self.assertEqual(verdict.rule, "over_payable")
        self.assertEqual(verdict.amount, 1089)

    def test_payment_on_other_bills_counts(self):
        contract = make_contract(make_form(payable=900, paid=600))
        bill = make_bill(is_posted=True, untaxed=400, total=484, shares={1: 400})
        self.assertEqual(self._pay(bill, 484, contract).amount, 363)

    def test_gate_at_one_stage(self):
        at_post = make_contract(
            make_form(score=10, gate_at="post", payable=0), gate_at="post"
        )
        self.assertFalse(self._pay(make_bill(is_posted=True), 1210, at_post).is_blocked)
        at_payment = make_contract(gate_at="payment")
        self.assertFalse(self._post(make_bill(), at_payment).is_blocked)
        verdict = self._pay(make_bill(is_posted=True), 1, at_payment)
        self.assertEqual(verdict.rule, "form_missing")

    def test_draft_and_changed_bills_are_not_paid(self):
        contract = make_contract(make_form())
        self.assertEqual(self._pay(make_bill(), 1, contract).rule, "not_posted")
        bill = make_bill(is_posted=True, fingerprint="b")
        self.assertEqual(self._pay(bill, 1, contract).rule, "changed")
        bill = make_bill(is_posted=True, decided_fingerprint=None)
        self.assertEqual(self._pay(bill, 1, contract).rule, "undecided")

    def test_exception_is_bound_to_bill_amount_and_day(self):
        contract = make_contract(make_form(score=10))
        for values, is_blocked in (
            ({}, False),
            ({"fingerprint": "b"}, True),
            ({"amount_limit": 1209}, True),
            ({"is_expired": True}, True),
            ({"for_payment": False}, True),
        ):
            exception = gate_data.BillException(
                **{
                    "id": 5,
                    "purpose": "exception",
                    "amount_limit": 1210,
                    "for_posting": True,
                    "for_payment": True,
                    "fingerprint": "a",
                    **values,
                }
            )
            bill = make_bill(is_posted=True, exceptions=(exception,))
            verdict = self._pay(bill, 1210, contract)
            self.assertEqual(verdict.is_blocked, is_blocked, values)

    def test_used_exception_keeps_what_it_let_through(self):
        contract = make_contract(make_form(score=10))
        bill = make_bill(is_posted=True, granted=300)
        self.assertFalse(self._pay(bill, 300, contract).is_blocked)
        self.assertTrue(self._pay(bill, 301, contract).is_blocked)

    def test_not_rated_follows_the_policy(self):
        bill = make_bill(is_posted=True)
        contract = make_contract(make_form(is_rated=False))
        self.assertEqual(self._pay(bill, 1, contract).rule, "not_rated")
        contract = make_contract(make_form(is_rated=False, not_rated_policy="pay"))
        self.assertFalse(self._pay(bill, 1210, contract).is_blocked)

    def test_parts_sum_to_the_whole(self):
        for amount in (0.01, 0.02, 1, 99.99, 100, 333.33, 12345.67):
            for weights in ([1, 1, 1], [0, 0], [3, 0, 1], [0.1, 0.2, 0.7], [7]):
                parts = gate_amounts.split(amount, weights)
                self.assertAlmostEqual(sum(parts), amount, 9)
                self.assertTrue(all(part >= 0 for part in parts))

    def test_gap(self):
        forms = [make_form(), make_form(FEB, id=2)]
        self.assertIsNone(gate_amounts.find_gap(forms, JAN[0], FEB[1]))
        self.assertEqual(gate_amounts.find_gap(forms[1:], JAN[0], FEB[1]), JAN[0])
        self.assertEqual(
            gate_amounts.find_gap(forms, JAN[0], date(2026, 3, 1)), date(2026, 3, 1)
        )
