from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ContractCommon, TenderCommon


@tagged("post_install", "-at_install")
class TestDerivedFieldsOfContract(ContractCommon):
    """The ORM writes a stored computed field for whoever may write the record."""

    def test_vendor_of_a_signed_contract(self):
        contract = self._create_active()
        for user in (self.procurement_user, self.officer_user, self.hr_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                contract.with_user(user).commercial_partner_id = self.other_vendor
        self.assertEqual(contract.commercial_partner_id, self.vendor)

    def test_late_filing_is_not_written_away(self):
        contract = self._create_active()
        with self.assertRaises(AccessError):
            contract.with_user(self.hr_user).is_filed_late = True

    def test_owner_is_named_by_who_runs_contracts(self):
        """HR writes a contract to receive its filing, and nothing else of it."""
        contract = self._create_active()
        draft = self._create_contract()
        for record, vals in (
            (contract, {"owner_id": self.plain_user.id}),
            (draft, {"amount_total": 999_999}),
            (draft, {"partner_id": self.other_vendor.id}),
            (draft, {"active": False}),
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                record.with_user(self.hr_user).write(vals)
        contract.with_user(self.procurement_user).owner_id = self.other_officer_user
        self.assertEqual(contract.owner_id, self.other_officer_user)

    def test_default_of_the_context(self):
        contract = (
            self.env["outsourcing.contract"]
            .with_user(self.procurement_user)
            .with_context(default_commercial_partner_id=self.other_vendor.id)
            .create({"subject": "Cleaning", "partner_id": self.vendor.id})
        )
        self.assertEqual(contract.commercial_partner_id, self.vendor)

    def test_head_of_a_request(self):
        request = self._create_request()
        with self.assertRaises(AccessError):
            request.with_user(request.create_uid).write(
                {"department_manager_user_id": self.plain_user.id}
            )

    def test_sum_of_a_line(self):
        request = self._create_request()
        line = request.line_ids[:1].with_user(request.create_uid)
        with self.assertRaises(AccessError):
            line.price_subtotal = 1.0
        with self.assertRaises(AccessError):
            line.copy({"price_subtotal": 1.0})


@tagged("post_install", "-at_install")
class TestDerivedFieldsOfTender(TenderCommon):
    """What was frozen or follows from the person is not written beside it."""

    def test_frozen_rules(self):
        tender = self._create_published()
        rules = {
            "min_bidders": 0,
            "standstill_days": 0,
            "envelopes": "two",
            "method": "direct",
            "has_price_ceiling": not tender.has_price_ceiling,
        }
        for name, value in rules.items():
            with self.subTest(field=name), self.assertRaises(AccessError):
                tender.with_user(self.procurement_user)[name] = value

    def test_vote_of_a_member(self):
        tender = self._create_published()
        member = tender.sudo().committee_ids[:1].sudo(False)
        with self.assertRaises(AccessError):
            member.with_user(self.procurement_user).is_voting = not member.is_voting
