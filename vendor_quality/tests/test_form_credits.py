from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import fee_split
from ..tools.fee_split import Credit, Facts, Milestone, Rules, settle, split_fee

PROFILE = settings(max_examples=200, deadline=None, derandomize=True)
STEPS = [Decimal("1"), Decimal("0.01"), Decimal("0.001"), Decimal("0.05")]
rates = st.decimals(0, 100, places=2)


def split(fee, rate=0, stayed_rate=None, step="0.01", rules=None, **facts):
    stayed = rate if stayed_rate is None else stayed_rate
    return split_fee(fee, rate, stayed, step, rules, Facts(**facts))


def rows(money):
    return {row.key: row for row in money.rows}


class TestScorePart(BaseCase):
    def test_score_alone(self):
        money = split("1000.00", 10)
        self.assertEqual((money.deduction, money.payable), (100, 900))
        row = rows(money)["score"]
        self.assertEqual((row.basis, row.rate, row.uncapped), (1000, 10, 100))

    def test_disputed_score(self):
        """10 % by score, 5 % if the dispute were upheld."""
        money = split("1000.00", 10, 5, disputed=frozenset({"a"}))
        self.assertEqual(
            (money.deduction, money.disputed, money.payable), (50, 50, 900)
        )

    def test_half_cent_up(self):
        self.assertEqual(split("0.10", 5).deduction, Decimal("0.01"))
        self.assertEqual(split("3", 50, step="1").deduction, 2)

    def test_nothing_costs_nothing(self):
        self.assertEqual(split("1000.00").rows, ())
        self.assertEqual(split("0.00", 10).payable, 0)

    def test_negative_fee_refused(self):
        with self.assertRaises(ValueError):
            split(-1)


class TestServiceCredits(BaseCase):
    RULES = Rules(
        at_risk_rate=Decimal(20),
        credits=(
            Credit("response", Decimal(60), Decimal(30), Decimal(2)),
            Credit("uptime", Decimal(80), Decimal(25)),
        ),
    )

    def test_share_of_the_pool(self):
        """20 % of 10,000 is at risk; 30 % of the 2,000 is 600."""
        money = split("10000", rules=self.RULES, points={"response": "59.99"})
        row = rows(money)["credit:response"]
        self.assertEqual((row.basis, row.rate, row.amount), (2000, 30, 600))
        self.assertEqual(money.payable, 9400)

    def test_at_the_mark_is_good_enough(self):
        money = split("10000", rules=self.RULES, points={"response": 60, "uptime": 80})
        self.assertEqual(money.rows, ())

    def test_missing_points_cost_nothing(self):
        self.assertEqual(split("10000", rules=self.RULES).rows, ())

    def test_repeated(self):
        money = split(
            "10000",
            rules=self.RULES,
            points={"response": 10, "uptime": 10},
            repeated=frozenset({"response", "uptime"}),
        )
        self.assertEqual(rows(money)["credit:response"].amount, 1200)
        self.assertEqual(rows(money)["credit:response"].factor, 2)
        self.assertEqual(rows(money)["credit:uptime"].amount, 500)

    def test_incident_group_takes_the_largest(self):
        rules = Rules(
            credits=(
                Credit("a", 50, 10, group="outage"),
                Credit("b", 50, 15, group="outage"),
                Credit("c", 50, 5),
            )
        )
        money = split("1000", rules=rules, points={"a": 1, "b": 1, "c": 1})
        found = rows(money)
        self.assertEqual(money.deduction, 200)
        self.assertEqual(
            (found["credit:a"].cap, found["credit:a"].cap_amount), ("group", 150)
        )
        self.assertEqual(found["credit:a"].uncapped, 100)
        self.assertEqual(found["credit:b"].cap, "")

    def test_equal_credits_of_a_group_count_once(self):
        rules = Rules(
            credits=(Credit("a", 50, 10, group="x"), Credit("b", 50, 10, group="x"))
        )
        self.assertEqual(
            split("1000", rules=rules, points={"a": 1, "b": 1}).deduction, 100
        )

    def test_waived_credit(self):
        money = split(
            "10000",
            rules=self.RULES,
            points={"response": 1, "uptime": 1},
            waived=frozenset({"credit:response"}),
        )
        row = rows(money)["credit:response"]
        self.assertEqual((row.cap, row.uncapped, row.amount), ("waived", 600, 0))
        self.assertEqual(money.deduction, 500)

    def test_dispute_stays_the_credit_of_its_line(self):
        money = split(
            "10000",
            10,
            10,
            rules=Rules(credits=(Credit("a", 50, 4), Credit("b", 50, 3))),
            points={"a": 1, "b": 1},
            disputed=frozenset({"a"}),
        )
        self.assertEqual(rows(money)["credit:a"].disputed, 400)
        self.assertEqual(rows(money)["credit:a"].amount, 0)
        self.assertEqual(rows(money)["credit:b"].amount, 300)
        self.assertEqual(
            (money.deduction, money.disputed, money.payable), (1300, 400, 8300)
        )


class TestCaps(BaseCase):
    def test_period_cap_in_proportion(self):
        """900 + 300 would be lost, 600 are at risk: 450 + 150."""
        rules = Rules(at_risk_rate=Decimal(6), credits=(Credit("a", 50, 50),))
        money = split("10000", 9, rules=rules, points={"a": 1})
        found = rows(money)
        self.assertEqual(found["score"].amount, 450)
        self.assertEqual(found["credit:a"].amount, 150)
        self.assertEqual(found["score"].shared_cap, "period")
        self.assertEqual(found["score"].shared_cap_amount, 600)
        self.assertEqual(money.deduction, 600)

    def test_annual_cap_counts_what_the_year_lost(self):
        """5 % of 120,000 are 6,000; 5,800 are lost: 200 are left."""
        rules = Rules(annual_cap_rate=Decimal(5))
        facts = {"year_fee": Decimal(120000), "year_lost": Decimal(5800)}
        money = split("10000", 10, rules=rules, **facts)
        self.assertEqual(money.deduction, 200)
        self.assertEqual(rows(money)["score"].shared_cap, "year")
        facts["year_lost"] = Decimal(7000)
        self.assertEqual(split("10000", 10, rules=rules, **facts).deduction, 0)

    def test_a_cap_that_does_not_bite_leaves_no_trace(self):
        money = split("10000", 5, rules=Rules(at_risk_rate=Decimal(5)))
        self.assertEqual(rows(money)["score"].shared_cap, "")

    def test_late_fine(self):
        """12 days x 0.5 % of 8,000 are 480; 5 % of 8,000 are 400."""
        rules = Rules(late_fine_rate=Decimal("0.5"), late_fine_cap=Decimal(5))
        late = Milestone("7", Decimal(8000), 12)
        money = split("10000", rules=rules, milestones=(late,))
        row = rows(money)["fine:7"]
        self.assertEqual((row.uncapped, row.cap, row.amount), (480, "fine", 400))
        in_time = Milestone("8", Decimal(8000), 0)
        self.assertEqual(split("10000", rules=rules, milestones=(in_time,)).rows, ())

    def test_retention_on_the_rest(self):
        money = split("10000", 10, rules=Rules(retention_rate=Decimal(5)))
        self.assertEqual((money.retention, money.payable), (450, 8550))
        row = rows(money)["retention"]
        self.assertEqual((row.basis, row.rate), (9000, 5))

    def test_waived_retention_is_paid_at_once(self):
        money = split(
            "10000",
            rules=Rules(retention_rate=Decimal(5)),
            waived=frozenset({"retention"}),
        )
        self.assertEqual((money.retention, money.payable), (0, 10000))


class TestSettle(BaseCase):
    def test_examples(self):
        for fee, lost, billed, credited, expected in [
            (1000, 100, 1000, 0, (100, 0)),
            (1000, 100, 900, 0, (0, 0)),  # billed without it
            (1000, 100, 950, 0, (50, 0)),
            (1000, 100, 500, 0, (0, 0)),  # the rest is not billed yet
            (1000, 100, 1000, 100, (0, 0)),
            (1000, 60, 1000, 100, (0, 40)),  # a later form takes less
            (1000, 60, 1040, 100, (0, 0)),  # and that was billed again
            (1000, 150, 1000, 100, (50, 0)),  # or more
            (1000, 100, 1200, 0, (100, 0)),  # never more than is deducted
            (1000, 0, 0, 0, (0, 0)),
        ]:
            self.assertEqual(
                settle(fee, lost, billed, credited), expected, (lost, billed, credited)
            )


class TestProperties(BaseCase):
    @PROFILE
    @given(
        st.data(),
        st.integers(0, 10**9),
        st.sampled_from(STEPS),
        st.lists(st.tuples(rates, rates, st.sampled_from(["", "x"])), max_size=5),
    )
    def test_parts_sum_to_the_fee(self, data, units, step, marks):
        """In every currency, whatever is due, disputed, waived and capped."""
        fee = units * step
        codes = [str(index) for index in range(len(marks))]
        rules = Rules(
            at_risk_rate=data.draw(rates),
            annual_cap_rate=data.draw(rates),
            late_fine_rate=data.draw(rates),
            late_fine_cap=data.draw(rates),
            retention_rate=data.draw(rates),
            credits=tuple(
                Credit(code, below, allocation, Decimal("1.5"), group)
                for code, (below, allocation, group) in zip(codes, marks, strict=True)
            ),
        )
        pick = st.frozensets(st.sampled_from(codes)) if codes else st.just(frozenset())
        facts = Facts(
            points={code: data.draw(rates) for code in codes},
            disputed=data.draw(pick),
            repeated=data.draw(pick),
            milestones=(Milestone("1", fee / 3, data.draw(st.integers(0, 50))),),
            waived=frozenset(f"credit:{code}" for code in data.draw(pick)),
            year_fee=fee * 12,
            year_lost=step * data.draw(st.integers(0, units or 1)),
        )
        rate = data.draw(rates)
        money = split_fee(fee, rate, data.draw(rates), step, rules, facts)
        parts = [money.deduction, money.retention, money.disputed, money.payable]
        self.assertEqual(sum(parts), fee)
        for part in parts:
            self.assertGreaterEqual(part, 0)
            self.assertEqual(part % step, 0)
        lost = [row for row in money.rows if row.kind in fee_split.LOST_KINDS]
        self.assertEqual(sum(row.amount for row in lost), money.deduction)
        self.assertEqual(sum(row.disputed for row in lost), money.disputed)
        limit = fee_split.get_cap(fee, step, rules, facts)[0]
        self.assertLessEqual(money.deduction + money.disputed, limit)
        for row in lost:
            self.assertLessEqual(row.amount + row.disputed, row.uncapped)

    @PROFILE
    @given(st.integers(0, 10**6), st.integers(0, 10**6), rates, rates)
    def test_settlement_ends_at_the_fee_less_what_is_lost(
        self, units, billed, rate, credited_rate
    ):
        fee = units * Decimal("0.01")
        lost = split(fee, rate).deduction
        billed = min(billed * Decimal("0.01"), fee)
        credited = fee_split.round_half_up(billed * credited_rate / 100, "0.01")
        to_credit, to_return = settle(fee, lost, billed, credited)
        self.assertTrue(not to_credit or not to_return)
        net = billed - credited - to_credit + to_return
        self.assertLessEqual(net, max(fee - lost, billed - credited))
        if to_credit or to_return:
            self.assertLessEqual(net, fee - lost)
        self.assertEqual(settle(fee, lost, billed, credited + to_credit)[0], 0)
