from datetime import date

from odoo.tests import freeze_time, tagged

from .common import SIGNED_COPY, ContractCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 09:00:00")
class TestAmountCompany(ContractCommon):
    """Sums of several currencies are at the rate of each document's day, for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.currency"].create({"name": "XFR", "symbol": "F"})
        cls._set_rate("2026-01-01", 4)
        cls._set_rate("2026-03-01", 5)

    @classmethod
    def _set_rate(cls, day, rate):
        """Let one of the company be ``rate`` of the foreign currency from a day on."""
        rates = cls.env["res.currency.rate"]
        known = rates.search([("currency_id", "=", cls.foreign.id), ("name", "=", day)])
        if known:
            known.rate = rate
        else:
            rates.create({"currency_id": cls.foreign.id, "name": day, "rate": rate})

    def _sum(self, records, name):
        """Return the sum that lists, graphs and pivots show."""
        self.env.flush_all()
        ((amount, currencies),) = records.sudo()._read_group(
            [("id", "in", records.ids)],
            [],
            [f"{name}:sum_currency", "currency_id:array_agg_distinct"],
        )
        self.assertEqual(len(currencies), 2)
        return amount

    def _create_two(self):
        values = {"amount_total": 1000, "headcount_agreed": 2}
        own = self._create_active(**values)
        other = self._create_active(**values, currency_id=self.foreign.id)
        return own | other

    def test_a_later_rate_changes_no_sum(self):
        contracts = self._create_two()
        self.assertEqual(contracts.mapped("currency_rate"), [1.0, 0.2])
        self.assertAlmostEqual(self._sum(contracts, "amount_total"), 1200)
        with freeze_time("2026-06-01 09:00:00"):
            self._set_rate("2026-06-01", 50)
            self.assertAlmostEqual(self._sum(contracts, "amount_total"), 1200)
            # Nor a rate that is mended afterwards, with what is counted from it.
            self._set_rate("2026-03-01", 25)
            mine = contracts[1].with_user(self.procurement_user)
            mine.owner_id = self.other_officer_user
            self.assertAlmostEqual(self._sum(contracts, "amount_total"), 1200)
            fact = self.env["outsourcing.procurement.fact"]
            fact._refresh_contracts(contracts.ids)
            rows = fact.search([("contract_id", "in", contracts.ids)])
            self.assertEqual(sorted(rows.mapped("amount_awarded")), [200, 1000])
            prices = self.env["outsourcing.price.fact"]
            prices._refresh_contracts(contracts.ids)
            rows = prices.search([("contract_id", "=", contracts[1].id)])
            self.assertAlmostEqual(sum(rows.mapped("amount")), 200, places=2)

    def test_a_draft_gets_the_rate_of_its_signature(self):
        with freeze_time("2026-02-01 09:00:00"):
            contract = self._create_contract(
                amount_total=1000, currency_id=self.foreign.id
            )
            self.assertEqual(contract.currency_rate, 0.25)
        self._send_to_sign(contract)
        contract.with_user(self.procurement_user).action_sign(
            date(2026, 3, 2), SIGNED_COPY
        )
        self.assertEqual(contract.currency_rate, 0.2)

    def test_parts(self):
        contracts = self._create_two()
        guarantees = self.env["outsourcing.contract.guarantee"].create(
            [
                {
                    "contract_id": contract.id,
                    "amount": 100,
                    "date_issue": "2026-02-01",
                }
                for contract in contracts
            ]
        )
        self.assertAlmostEqual(self._sum(guarantees, "amount"), 125)
        self._set_rate("2026-02-01", 99)
        self.assertAlmostEqual(self._sum(guarantees, "amount"), 125)

    def test_companies_of_other_currencies_have_no_sum(self):
        contracts = self._create_two()
        company = self.env["res.company"].create(
            {"name": "Elsewhere", "currency_id": self.foreign.id}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET company_id = %s WHERE id = %s",
            [company.id, contracts[1].id],
        )
        self.env.invalidate_all()
        self.assertFalse(self._sum(contracts, "amount_total"))
