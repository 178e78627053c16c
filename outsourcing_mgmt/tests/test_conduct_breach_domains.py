from datetime import timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tests import tagged

from ..models.conduct import breach_domains
from ..models.conduct.outsourcing_compliance_rule import SUBMITTED_BIDS
from .common import ContractCommon, TenderCommon


class Columns:
    """Writes columns that a lawful procedure does not bring about."""

    def _put(self, record, **values):
        self.env.flush_all()
        names = ", ".join(f"{name} = %s" for name in values)
        self.env.cr.execute(
            f"UPDATE {record._table} SET {names} WHERE id = ANY(%s)",  # noqa: S608
            [*values.values(), record.ids],
        )
        self.env.invalidate_all()

    def _finds(self, record, domain):
        """Whether the domain leaves the record to be judged."""
        own = Domain("id", "in", record.ids)
        return bool(record.sudo().search_count(own & domain))


@tagged("post_install", "-at_install")
class TestBreachDomains(Columns, ContractCommon, TenderCommon):
    """What each rule looks at: every breach, and little that is none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.award = cls._create_final()
        cls.tender = cls.award.tender_id
        cls.price = cls.tender.sudo().reference_price_id

    def test_lawful_tender_is_left_alone(self):
        for domain in (
            breach_domains.without_request(),
            breach_domains.without_price(),
            breach_domains.with_few_bids(SUBMITTED_BIDS),
            breach_domains.opened_early(),
        ):
            self.assertFalse(self._finds(self.tender, domain))

    def test_without_request(self):
        domain = breach_domains.without_request()
        late = self.tender.publish_date + timedelta(hours=1)
        self._put(self.tender.request_ids, approved_date=late)
        self.assertTrue(self._finds(self.tender, domain))
        self._put(self.tender.request_ids, approved_date=None)
        self.assertTrue(self._finds(self.tender, domain))
        self.env.cr.execute(
            "DELETE FROM outsourcing_tender_request_rel WHERE tender_id = %s",
            [self.tender.id],
        )
        self.env.invalidate_all()
        self.assertTrue(self._finds(self.tender, domain))

    def test_without_price(self):
        domain = breach_domains.without_price()
        late = self.tender.publish_date + timedelta(hours=1)
        self._put(self.price, approved_date=late)
        self.assertTrue(self._finds(self.tender, domain))
        self._put(self.price, approved_date=None)
        self.assertTrue(self._finds(self.tender, domain))
        self._put(self.tender, reference_price_id=None)
        self.assertTrue(self._finds(self.tender, domain))

    def test_few_bids(self):
        domain = breach_domains.with_few_bids(SUBMITTED_BIDS)
        self._put(self.tender.sudo().bid_ids[:1], state="withdrawn")
        self.assertTrue(self._finds(self.tender, domain))
        # A manager answers for the exception.
        self._put(self.tender, few_bids_user_id=self.manager_user.id)
        self.assertFalse(self._finds(self.tender, domain))

    def test_opened_early(self):
        domain = breach_domains.opened_early()
        early = self.tender.opening_date - timedelta(minutes=1)
        self._put(self.tender, opened_date=early)
        self.assertTrue(self._finds(self.tender, domain))

    def test_signed_late(self):
        """Without a contract, or with one that may be late; not one in good time."""
        domain = breach_domains.signed_late()
        self.assertTrue(self._finds(self.award, domain))
        contract = self._create_signed()
        self._put(self.award, contract_id=contract.id)
        days = self.tender.sudo()._get_rule("sign_days")
        final = fields.Date.to_date(self.award.final_date)
        self._put(contract, signed_date=final + timedelta(days=days - 1))
        self.assertFalse(self._finds(self.award, domain))
        self._put(contract, signed_date=final + timedelta(days=days + 1))
        self.assertTrue(self._finds(self.award, domain))

    def test_renewed_unforeseen(self):
        domain = breach_domains.renewed_unforeseen()
        first = self._create_signed(renewals_foreseen=1)
        second = self._create_signed()
        self.assertFalse(self._finds(second, domain))
        self._put(second, predecessor_id=first.id, renewal_number=1)
        self.assertFalse(self._finds(second, domain))
        self._put(second, renewal_number=2)
        self.assertTrue(self._finds(second, domain))

    def test_events_come_in_batches(self):
        """The nightly job raises the event of each breach once."""
        late = self.tender.publish_date + timedelta(hours=1)
        self._put(self.price, approved_date=late)
        rules = self.env["outsourcing.compliance.rule"].search([("id", "!=", False)])
        self._put(rules, date_from=self.today - timedelta(days=400))
        domain = [
            ("res_model", "=", "outsourcing.tender"),
            ("res_id", "=", self.tender.id),
        ]
        Event = self.env["outsourcing.compliance.event"]
        for _night in range(2):
            self._run_cron("ir_cron_compliance")
            events = Event.search(domain)
            self.assertEqual(events.mapped("code"), ["late_reference_price"])


@tagged("post_install", "-at_install")
class TestDueContracts(Columns, ContractCommon):
    """Which contracts the nightly job looks at."""

    def _is_due(self, contract):
        return contract in self.env["outsourcing.contract"]._search_due()

    def test_due(self):
        contract = self._create_active()
        self.assertFalse(self._is_due(contract), "nothing to do for months")
        alert = self.company.outsourcing_alert_days
        self._put(contract, notice_date=self._days(alert + 1))
        self.assertFalse(self._is_due(contract))
        self._put(contract, notice_date=self._days(alert))
        self.assertTrue(self._is_due(contract), "to be announced")
        self._put(contract, reminded_of=self._days(alert))
        self.assertFalse(self._is_due(contract), "announced once")
        self._put(contract, notice_date=self.today, reminded_of=self.today)
        self.assertTrue(self._is_due(contract), "begins to expire")
        self._put(contract, state="expiring")
        self.assertFalse(self._is_due(contract))
        self._put(contract, date_start=self._days(-99), date_end=self._days(-1))
        self.assertTrue(self._is_due(contract), "has ended")
        self._put(contract, notice_date=self._days(100), date_end=self._days(130))
        self.assertTrue(self._is_due(contract), "was prolonged")

    def test_begins(self):
        contract = self._create_signed(date_start=self._days(1))
        self.assertFalse(self._is_due(contract))
        self._put(contract, date_start=self.today)
        self.assertTrue(self._is_due(contract))
        self._run_cron("ir_cron_contract_calendar")
        self.assertEqual(contract.state, "active")
        self.assertFalse(self._is_due(contract))

    def test_second_run_finds_nothing(self):
        contract = self._create_active()
        self._put(contract, date_start=self._days(-99), date_end=self._days(-1))
        self._put(contract, notice_date=self._days(-31))
        self._run_cron("ir_cron_contract_calendar")
        self.assertEqual(contract.state, "expired")
        activities = contract.activity_ids
        self._run_cron("ir_cron_contract_calendar")
        self.assertEqual(contract.activity_ids, activities)
