from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.base.grants import server_write
from ..models.contract.vendor_acts import (
    filter_own,
    find_contracts,
    fix_signers,
    sign_contract_by_name,
)
from .common import TenderCommon
from .fake_users import new_users


@tagged("post_install", "-at_install")
class TestContractPerson(TenderCommon):
    """Who acts for the vendor of a contract does not follow from contacts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.award = cls._create_final()
        cls.winner_user = cls.vendor_users.filtered(
            lambda user: user.partner_id.commercial_partner_id == cls.award.partner_id
        )
        cls.rival_user = (cls.vendor_users - cls.winner_user)[0]
        tender = cls.award.tender_id.with_user(cls.procurement_user)
        with freeze_time(cls.award.final_date):
            tender.action_confirm_order()
        contract = (
            cls.env["outsourcing.contract"]
            .with_user(cls.procurement_user)
            .create({"award_ids": [Command.set(cls.award.ids)]})
        )
        contract.action_send_to_sign()
        cls.contract = contract.with_env(cls.env)

    def _find(self, user):
        self.env.invalidate_all()
        return find_contracts(self.env(user=user.id))

    def test_winner_finds_its_contract(self):
        self.assertEqual(self._find(self.winner_user), self.contract)
        self.assertFalse(self._find(self.rival_user))
        self.assertFalse(self._find(self.plain_user))

    def test_rival_moved_under_the_vendor(self):
        self.rival_user.partner_id.parent_id = self.award.partner_id
        self.assertFalse(self._find(self.rival_user))
        with self.assertRaisesRegex(UserError, "not one of yours"):
            sign_contract_by_name(
                self.contract.with_user(self.rival_user).sudo(),
                self.rival_user.partner_id,
                "Rival Seller",
            )

    def test_log_in_taken_over(self):
        self.winner_user.password = "typed by somebody"
        self.assertFalse(self._find(self.winner_user))
        person = self.award.bid_id.person_ids[-1]
        self.assertEqual(person.state, "requested")
        person.with_user(self.procurement_user).action_confirm()
        person.with_user(self.officer_user).action_confirm()
        self.assertEqual(self._find(self.winner_user), self.contract)

    def _create_direct(self):
        """Return a contract without a bid, and the portal user of its vendor."""
        vendor = self.env["res.partner"].create({"name": "Direct", "is_company": True})
        user = new_users(
            self.env,
            {
                "vendor_direct": {
                    "groups": "base.group_portal",
                    "name": "Direct Seller",
                    "email": "direct@vendor.test",
                    "company_id": self.company.id,
                }
            },
        )
        user.partner_id.parent_id = vendor
        contract = self.env["outsourcing.contract"].create(
            {
                "subject": "Direct",
                "partner_id": vendor.id,
                "date_start": "2026-01-01",
                "date_end": "2026-12-31",
                "amount_total": 100,
                "direct_reason": "Running contract taken over",
            }
        )
        return contract, user

    def test_contract_without_a_bid(self):
        """Users of the vendor read it; no person of another bidder does."""
        contract, user = self._create_direct()
        self.assertEqual(filter_own(contract, user.partner_id), contract)
        self.rival_user.partner_id.parent_id = contract.partner_id
        self.assertFalse(filter_own(contract, self.rival_user.partner_id))

    def test_contact_moved_under_the_vendor(self):
        """It reads neither contract nor order of before, whoever moved it."""
        contract, user = self._create_direct()
        order = self.env["purchase.order"].create(
            {
                "partner_id": contract.partner_id.id,
                "outsourcing_contract_id": contract.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_qty": 1, "name": "x"}
                    )
                ],
            }
        )
        mole = self._new_vendors(["Mole"])
        home = mole.partner_id.parent_id
        self.assertFalse(order.with_user(mole).has_access("read"))
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            mole.partner_id.parent_id = contract.partner_id
        for person, reads in ((mole, False), (user, True)):
            with self.subTest(person.login):
                self.assertEqual(bool(filter_own(contract, person.partner_id)), reads)
                self.assertEqual(order.with_user(person).has_access("read"), reads)
                lines = order.order_line.with_user(person)
                self.assertEqual(lines.has_access("read"), reads)
        for name in ("outsourcing_home_id", "outsourcing_moved_on"):
            with self.assertRaises(AccessError):
                mole.write({name: False})
        # Who is at home reads again, once it was moved back.
        user.partner_id.parent_id = home
        self.assertFalse(filter_own(contract, user.partner_id))
        user.partner_id.parent_id = contract.partner_id
        self.assertTrue(filter_own(contract, user.partner_id))
        self.assertTrue(order.with_user(user).has_access("read"))

    def test_order_of_a_bid_is_for_its_persons(self):
        order = self.award.bid_id.purchase_order_id
        self.assertEqual(order.state, "purchase")
        self.assertTrue(order.with_user(self.winner_user).has_access("read"))
        clerk = self._new_vendors(["Clerk"])
        clerk.partner_id.parent_id = self.award.partner_id
        for user in (clerk, self.rival_user):
            self.assertFalse(order.with_user(user).has_access("read"))
            lines = order.order_line.with_user(user)
            self.assertFalse(lines.has_access("read"))

    def test_signers_of_a_contract_without_a_bid(self):
        """They are the users of the vendor when it is sent to be signed."""
        contract, user = self._create_direct()
        server_write(user.sudo(), {"outsourcing_changed_on": False})
        mole = self._new_vendors(["Mole"])
        later = fields.Datetime.now() + timedelta(hours=1)
        with freeze_time(later):
            mole.partner_id.parent_id = contract.partner_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET state = 'to_sign' WHERE id = %s",
            (contract.id,),
        )
        self.env.invalidate_all()
        fix_signers(contract)
        self.assertEqual(contract.signer_ids, user)
        with freeze_time(later + timedelta(hours=1)):
            late = self._new_vendors(["Late"])
            late.partner_id.parent_id = contract.partner_id
        for stranger in (mole, late):
            with self.assertRaisesRegex(UserError, "not one of yours"):
                sign_contract_by_name(
                    contract.with_user(stranger).sudo(), stranger.partner_id, "Mole"
                )
        for name in ("signer_ids", "signers_fixed_on"):
            with self.assertRaises(AccessError):
                contract.with_user(self.procurement_user).write({name: False})
        with freeze_time(later + timedelta(hours=1)), self.cr.savepoint() as savepoint:
            user.with_user(self.env.ref("base.user_root")).password = "taken over"
            with self.assertRaisesRegex(UserError, "You cannot sign"):
                sign_contract_by_name(
                    contract.with_user(user).sudo(), user.partner_id, "Direct Seller"
                )
            savepoint.rollback()
        self.env.invalidate_all()
        sign_contract_by_name(
            contract.with_user(user).sudo(), user.partner_id, "Direct Seller"
        )
        self.assertEqual(contract.vendor_signed_by, "Direct Seller")
