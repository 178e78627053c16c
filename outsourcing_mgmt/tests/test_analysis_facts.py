from calendar import monthrange
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import SIGNED_COPY, ContractCommon, TenderCommon

READERS = ("officer", "procurement", "hr", "finance", "manager", "auditor")


def _count_weekdays(first, last):
    """Count the days after ``first`` up to ``last`` that are no weekend."""
    total = 0
    while first < last:
        first += timedelta(days=1)
        total += first.weekday() < 5
    return total


def _let_change(facts):
    """Let the sources be newer than the rows: a test has one moment for all writes."""
    facts.env.flush_all()
    facts.env.cr.execute(
        f"UPDATE {facts._table} SET source_date = source_date - interval '1 hour'"  # noqa: S608
        " WHERE id = ANY(%s)",
        [facts.ids],
    )
    facts.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestProcurementFact(ContractCommon, TenderCommon):
    """Figures of tenders and awards against a computation by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.outsourcing_tz = "UTC"
        cls.foreign = cls.env["res.currency"].create(
            {"name": "XFR", "symbol": "F", "rounding": 0.01}
        )
        # Four of them are one of the company until April, five from May on.
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.foreign.id, "name": day, "rate": rate}
                for day, rate in (("2026-01-01", 4.0), ("2026-05-01", 5.0))
            ]
        )
        first = cls._create_final().tender_id
        second = cls._create_final().tender_id
        cls.running = cls._create_opened()
        cls.tenders = first | second
        cls._date(first, "2026-03-02 2026-03-05 2026-03-09 2026-03-20 2026-04-08")
        cls._date(second, "2026-04-01 2026-04-01 2026-04-30 2026-05-15 2026-06-01")
        cls.env.cr.execute(
            "UPDATE outsourcing_tender SET currency_id = %s WHERE id = %s",
            [cls.foreign.id, second.id],
        )
        cls.env.invalidate_all()
        awards = cls.tenders.sudo().award_ids
        cls.env.add_to_compute(awards._fields["currency_rate"], awards)
        cls.Fact = cls.env["outsourcing.procurement.fact"]

    @classmethod
    def _date(cls, tender, days):
        """Let the steps of a tender be on these days, at noon."""
        approved, price, published, opened, final = (
            datetime.fromisoformat(f"{day} 12:00") for day in days.split()
        )
        cls.env.flush_all()
        for table, ids, values in (
            (
                "outsourcing_request",
                tender.request_ids.ids,
                {"submitted_date": approved, "approved_date": approved},
            ),
            (
                "outsourcing_reference_price",
                tender.sudo().reference_price_id.ids,
                {"approved_date": price},
            ),
            (
                "outsourcing_tender",
                tender.ids,
                {"publish_date": published, "opened_date": opened},
            ),
            ("outsourcing_award", tender.sudo().award_ids.ids, {"final_date": final}),
        ):
            names = ", ".join(f"{name} = %s" for name in values)
            cls.env.cr.execute(
                f"UPDATE {table} SET {names} WHERE id = ANY(%s)",  # noqa: S608
                [*values.values(), ids],
            )
        cls.env.invalidate_all()

    def _refresh(self):
        self._run_cron("ir_cron_procurement_fact")
        return self.Fact.search([("tender_id", "in", self.tenders.ids)]).sorted("id")

    def _read(self, domain, *aggregates):
        return self.Fact.with_user(self.auditor_user)._read_group(
            domain, [], aggregates
        )[0]

    def test_days(self):
        rows = self._refresh()
        self.assertEqual(len(rows), 2)
        steps = {
            "days_price": [
                (date(2026, 3, 2), date(2026, 3, 5)),
                (date(2026, 4, 1), date(2026, 4, 1)),
            ],
            "days_publish": [
                (date(2026, 3, 5), date(2026, 3, 9)),
                (date(2026, 4, 1), date(2026, 4, 30)),
            ],
            "days_open": [
                (date(2026, 3, 9), date(2026, 3, 20)),
                (date(2026, 4, 30), date(2026, 5, 15)),
            ],
            "days_award": [
                (date(2026, 3, 20), date(2026, 4, 8)),
                (date(2026, 5, 15), date(2026, 6, 1)),
            ],
        }
        for name, periods in steps.items():
            expected = [_count_weekdays(first, last) for first, last in periods]
            with self.subTest(step=name):
                self.assertEqual(rows.mapped(name), expected)
                (mean,) = self._read([("id", "in", rows.ids)], f"{name}:avg")
                self.assertAlmostEqual(mean, sum(expected) / 2)
        # What did not happen yet is no zero in a mean.
        (mean,) = self._read([("id", "in", rows.ids)], "days_sign:avg")
        self.assertIs(mean, False)
        self.assertFalse(any(rows.mapped("has_days_sign")))

    def test_money(self):
        rows = self._refresh()
        first, second = rows
        # 90,000 against 120,000; the second in a currency at 5 to 1 on its day.
        self.assertEqual(first.amount_awarded, 90000)
        self.assertEqual(first.amount_saving, 30000)
        self.assertEqual(second.amount_awarded, 90000 / 5)
        self.assertEqual(second.amount_saving, 30000 / 5)
        self.assertEqual(rows.currency_id, self.company.currency_id)
        total, percent = self._read(
            [("id", "in", rows.ids)], "amount_saving:sum", "saving_percent:avg"
        )
        self.assertAlmostEqual(total, 30000 + 6000)
        self.assertAlmostEqual(percent, 100 * (30000 + 6000) / (120000 + 24000))

    def test_nothing_is_known_too_early(self):
        self._refresh()
        row = self.Fact.search([("tender_id", "=", self.running.id)])
        self.assertEqual(row.outcome, "running")
        self.assertEqual(row.bidder_count, 3)
        self.assertFalse(row.amount_awarded or row.amount_reference or row.partner_id)
        closed = self._create_closed()
        self._refresh()
        row = self.Fact.search([("tender_id", "=", closed.id)])
        self.assertFalse(row.bidder_count or row.opened_on)

    def test_competition(self):
        contract = self._create_signed(amount_total=21000.0)
        # All but one bid of the second tender came too late, as it were.
        bids = self.tenders[1].sudo().bid_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_bid SET state = 'withdrawn' WHERE id = ANY(%s)",
            [(bids - self.tenders[1].sudo().award_ids.bid_id).ids],
        )
        self.env.invalidate_all()
        rows = self._refresh()
        rows |= self.Fact.search([("contract_id", "=", contract.id)])
        rows |= self.Fact.search([("tender_id", "=", self.running.id)])
        self.assertEqual(len(rows), 4)
        bidders, single, direct, by_amount = self._read(
            [("id", "in", rows.ids)],
            "bidder_count:avg",
            "single_share:avg",
            "direct_share:avg",
            "direct_amount_share:avg",
        )
        self.assertAlmostEqual(bidders, (3 + 1 + 3) / 3)
        self.assertAlmostEqual(single, 100 / 3)
        # Of three awards one had no tender; the running tender is no award yet.
        self.assertAlmostEqual(direct, 100 / 3)
        self.assertAlmostEqual(by_amount, 100 * 21000 / (90000 + 18000 + 21000))

    def test_counted_again_when_changed(self):
        rows = self._refresh()
        changed = self.Fact._get_changed_tenders()
        self.assertFalse(set(changed) & set(self.tenders.ids))
        before = rows.mapped("write_date")
        self._refresh()
        self.assertEqual(rows.mapped("write_date"), before, "nothing to do")
        award = self.tenders[0].sudo().award_ids
        action = award.with_user(self.procurement_user).action_create_contract()
        contract = self.env["outsourcing.contract"].browse(action["res_id"])
        mine = contract.with_user(self.procurement_user)
        award.tender_id.with_user(self.procurement_user).action_confirm_order()
        mine.write({"owner_id": self.officer_user.id, "date_end": self._days(300)})
        mine.action_send_to_sign()
        mine.action_sign(self.today, SIGNED_COPY)
        _let_change(rows)
        self._refresh()
        self.assertEqual(rows[0].signed_on, self.today)
        self.assertEqual(
            rows[0].days_sign, _count_weekdays(date(2026, 4, 8), self.today)
        )
        self.assertTrue(rows[0].has_days_sign)

    def test_no_currencies_are_added(self):
        rows = self._refresh()
        other = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": self.foreign.id}
        )
        self.Fact.create(
            {
                "company_id": other.id,
                "contract_id": self._create_signed().id,
                "amount_awarded": 1.0,
                "amount_reference": 2.0,
                "amount_saving": 1.0,
                "days_total": 4.0,
                "has_days_total": True,
            }
        )
        rows |= self.Fact.search([("company_id", "=", other.id)])
        figures = [
            *(f"amount_awarded:{name}" for name in ("sum", "avg", "min", "max")),
            "saving_percent:avg",
            "direct_amount_share:avg",
            # What pivots show in place of the sum where there are several currencies.
            "amount_awarded:sum_currency",
        ]
        domain = [("id", "in", rows.ids)]
        [group] = self.Fact._read_group(domain, [], [*figures, "days_total:avg"])
        self.assertFalse(any(group[:-1]), "no figure of two currencies")
        self.assertTrue(group[-1], "days have no currency")
        groups = self.Fact._read_group(domain, ["company_id"], figures)
        groups = {company: values for company, *values in groups}
        self.assertEqual(groups[self.company][0], 90000 + 18000)
        self.assertEqual(groups[other][:5], [1.0, 1.0, 1.0, 1.0, 50.0])

    def test_rights(self):
        rows = self._refresh()
        for role in READERS:
            user = getattr(self, f"{role}_user")
            mine = rows.with_user(user)
            self.assertTrue(mine.mapped("amount_awarded"))
            with self.assertRaises(AccessError):
                mine[:1].write({"amount_saving": 1.0})
            with self.assertRaises(AccessError):
                mine[:1].unlink()
        for user in (self.user_user, self.plain_user, self.vendor_users[0]):
            with self.assertRaises(AccessError):
                rows.with_user(user).mapped("amount_awarded")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = new_test_user(
            self.env,
            "far_auditor",
            "outsourcing_mgmt.group_outsourcing_auditor",
            company_id=other.id,
            company_ids=other.ids,
        )
        self.assertFalse(self.Fact.with_user(far).search([("id", "in", rows.ids)]))
        action = rows[0].with_user(self.auditor_user).action_open_source()
        self.assertEqual(action["res_id"], self.tenders[0].id)


@tagged("post_install", "-at_install")
class TestHeadsAndPrices(ContractCommon):
    """Heads and prices against a computation by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_department = cls.env["hr.department"].create({"name": "Kitchen"})

    def _create_worker(self, contract, name, department, start):
        worker = (
            self.env["outsourcing.worker"]
            .with_user(self.officer_user)
            .create(
                {
                    "contract_id": contract.id,
                    "partner_id": self.env["res.partner"]
                    .create({"name": name, "parent_id": self.vendor.id})
                    .id,
                    "role": "Cleaner",
                    "department_id": department.id,
                    "date_start": start,
                }
            )
        )
        worker.action_onboard()
        return worker

    def test_heads(self):
        with freeze_time(f"{self.today:%Y-%m}-15 10:00"):
            self.today = self.company._outsourcing_today()
            contract = self._create_active(
                date_start=self.today - timedelta(days=70),
                signed_date=self.today - timedelta(days=70),
            )
            begin = self.today - timedelta(days=62)
            for number in range(3):
                self._create_worker(
                    contract, f"Person {number}", self.department, begin
                )
            leaving = self._create_worker(
                contract, "Person 9", self.other_department, begin
            )
            leaving.action_leave("Moved")
            self.env.flush_all()
            # The last day on site counts; hers was before today.
            self.env.cr.execute(
                "UPDATE outsourcing_worker SET date_end = %s WHERE id = %s",
                [self.today - timedelta(days=2), leaving.id],
            )
            self.env.invalidate_all()
            employees = self.env["hr.employee"].search(
                [("department_id", "=", self.department.id)]
            )
            self.env.flush_all()
            self.env.cr.execute("UPDATE hr_version SET date_version = '2020-01-01'")
            self.env.invalidate_all()
            self._run_cron("ir_cron_head_fact")
            Fact = self.env["outsourcing.head.fact"].with_user(self.hr_user)
            month = self.today.replace(day=1)
            here = Fact.search(
                [("department_id", "=", self.department.id), ("date", "=", month)]
            )
            self.assertEqual(here.outsourced_heads, 3)
            self.assertEqual(here.own_heads, len(employees))
            self.assertAlmostEqual(
                here.outsourced_share, 100 * 3 / (3 + len(employees)), 1
            )
            kitchen = Fact.search(
                [("department_id", "=", self.other_department.id)], order="date"
            )
            self.assertEqual(kitchen.mapped("outsourced_heads"), [1, 1, 0])
            # Two departments in three months: the mean month, not the sum of months.
            departments = self.department | self.other_department
            domain = [("department_id", "in", departments.ids)]
            rows = Fact.search(domain)
            months = {}
            for row in rows:
                months.setdefault(row.date, []).append(row)
            mean = sum(
                sum(row.outsourced_heads for row in group) for group in months.values()
            ) / len(months)
            heads = sum(rows.mapped("outsourced_heads"))
            ((shown, share),) = Fact._read_group(
                [("id", "in", rows.ids)],
                [],
                ["outsourced_heads:avg", "outsourced_share:avg"],
            )
            self.assertAlmostEqual(shown, mean)
            self.assertAlmostEqual(
                share, 100 * heads / (heads + sum(rows.mapped("own_heads")))
            )
            before = rows.sorted("id").mapped(lambda row: (row.date, row.own_heads))
            self._run_cron("ir_cron_head_fact")
            again = Fact.search(domain)
            self.assertEqual(len(again), len(before), "no double")

    def test_price_per_head(self):
        contract = self._create_signed(
            signed_date=self.today,
            date_start=date(self.today.year, 7, 1),
            date_end=date(self.today.year + 1, 6, 30),
            amount_total=36500.0,
            headcount_agreed=4,
        )
        self._run_cron("ir_cron_price_fact")
        rows = self.env["outsourcing.price.fact"].search(
            [("contract_id", "=", contract.id)], order="date"
        )
        self.assertEqual(len(rows), 2)
        self.assertAlmostEqual(sum(rows.mapped("amount")), 36500.0)
        self.assertAlmostEqual(rows[0].amount, 36500.0 / 2, 2)
        self.assertEqual(rows.mapped("head_months"), [24, 24])
        ((price,),) = self.env["outsourcing.price.fact"]._read_group(
            [("id", "in", rows.ids)], [], ["head_price:avg"]
        )
        self.assertAlmostEqual(price, 36500.0 / 48, 2)
        self._check_no_price_of_two_currencies(rows)
        self._run_cron("ir_cron_price_fact")
        self.assertEqual(rows.exists(), rows, "nothing to do")
        contract.with_user(self.procurement_user).action_terminate("Moved out")
        _let_change(rows)
        self._run_cron("ir_cron_price_fact")
        left = self.env["outsourcing.price.fact"].search(
            [("contract_id", "=", contract.id)]
        )
        # Whole months until then, and the days of the last one by its length.
        ended = contract.termination_date
        length = monthrange(ended.year, ended.month)[1]
        months = (ended.year - contract.date_start.year) * 12
        months += ended.month - contract.date_start.month + ended.day / length
        self.assertAlmostEqual(
            sum(left.mapped("amount")), max(36500.0 * months / 12, 0.0), 2
        )

    def _check_no_price_of_two_currencies(self, rows):
        foreign = self.env["res.currency"].create({"name": "XFR", "symbol": "F"})
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": foreign.id}
        )
        values = rows[0].copy_data({"company_id": company.id, "date": "2020-01-01"})
        rows |= (far := rows.create(values))
        for figure in ("head_price:avg", "amount:avg", "amount:max"):
            [[total]] = rows._read_group([("id", "in", rows.ids)], [], [figure])
            self.assertFalse(total, figure)
            [[single]] = rows._read_group([("id", "in", far.ids)], [], [figure])
            self.assertTrue(single, figure)
        far.unlink()

    def test_half_a_year_of_the_past(self):
        """Months that are over stay as they were counted."""
        with freeze_time(f"{self.today:%Y-%m}-15 10:00"):
            self.today = self.company._outsourcing_today()
            contract = self._create_active(
                date_start=self.today - timedelta(days=200),
                signed_date=self.today - timedelta(days=200),
            )
            begin = self.today - timedelta(days=190)
            worker = self._create_worker(contract, "Person 1", self.department, begin)
            self.env.flush_all()
            self.env.cr.execute("UPDATE hr_version SET date_version = '2020-01-01'")
            self.env.invalidate_all()
            self._run_cron("ir_cron_head_fact")
            Fact = self.env["outsourcing.head.fact"]
            domain = [("department_id", "=", self.department.id)]
            rows = Fact.search(domain, order="date")
            self.assertGreaterEqual(len(rows), 6)
            first = rows[0]
            self.assertEqual(first.outsourced_heads, 1)
            # Who is entered later for that time changes no month that is over.
            self._create_worker(contract, "Person 2", self.department, begin)
            self._run_cron("ir_cron_head_fact")
            rows = Fact.search(domain, order="date")
            self.assertEqual(rows[0].outsourced_heads, 1)
            self.assertEqual(rows[-1].outsourced_heads, 2)
            self.assertTrue(worker)
            self.assertIn(self.department.name, rows[-1].display_name)

    def test_views_add_up(self):
        """What pivots and graphs ask for is answered, to each reader."""
        self._create_signed(headcount_agreed=2)
        for name in ("procurement", "head", "price"):
            self._run_cron(f"ir_cron_{name}_fact")
        for name in ("procurement", "head", "price"):
            model = f"outsourcing.{name}.fact"
            measures = [
                f"{field.name}:{field.aggregator}"
                for field in self.env[model]._fields.values()
                if field.store
                and field.type in ("float", "integer", "monetary")
                and field.name != "id"
                and field.aggregator
            ]
            groups = [
                f"{field.name}:month" if field.type == "date" else field.name
                for field in self.env[model]._fields.values()
                if field.store and field.type in ("many2one", "date", "selection")
            ]
            for user in (self.auditor_user, self.finance_user):
                records = self.env[model].with_user(user)
                for group in groups:
                    with self.subTest(model=model, group=group):
                        records.formatted_read_group([], [group], measures)
                action = self.env["ir.actions.act_window"].search(
                    [("res_model", "=", model)], limit=1
                )
                self.assertTrue(action.help)

    def test_one_batch_that_fails(self):
        """The others are counted; the job goes on with it the next night."""
        contracts = self._create_signed(headcount_agreed=2)
        contracts |= self._create_signed(headcount_agreed=3)
        Fact = self.env["outsourcing.price.fact"]
        original = type(Fact)._refresh_contracts

        def refresh(model, ids):
            if contracts[0].id in ids:
                raise ValueError("broken")
            return original(model, ids)

        path = "odoo.addons.outsourcing_mgmt.models.analysis.outsourcing_fact_mixin"
        with (
            patch(f"{path}.BATCH", 1),
            patch.object(type(Fact), "_refresh_contracts", refresh),
            mute_logger(path),
        ):
            self._run_cron("ir_cron_price_fact")
        found = Fact.search([("contract_id", "in", contracts.ids)])
        self.assertEqual(found.contract_id, contracts[1])
        self._run_cron("ir_cron_price_fact")
        found = Fact.search([("contract_id", "in", contracts.ids)])
        self.assertEqual(found.contract_id, contracts)
