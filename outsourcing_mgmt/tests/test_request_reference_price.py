from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.request.outsourcing_reference_price import reveal
from .common import OutsourcingCommon


@tagged("post_install", "-at_install")
class TestReferencePrice(OutsourcingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.request = cls._create_approved_request()

    def test_set_review_approve(self):
        price = self._create_reference_price(self.request, 90000)
        self.assertTrue(price.commitment)
        price.action_submit()
        self._pass_reviews(price, self.finance_user)
        price.with_user(self.finance_user).action_approve()
        self.assertRecordValues(
            price.with_user(self.finance_user),
            [
                {
                    "state": "approved",
                    "amount": 90000,
                    "approved_by_id": self.finance_user.id,
                }
            ],
        )

    def test_amount_is_secret_until_revealed(self):
        price = self._create_approved_reference_price(self.request, 90000)
        readers = {
            self.officer_user: 90000,
            self.finance_user: 90000,
            self.other_finance_user: 90000,
            self.other_officer_user: 0,
            self.procurement_user: 0,
            self.hr_user: 0,
            self.manager_user: 0,
            self.auditor_user: 0,
        }
        for user, expected in readers.items():
            with self.subTest(user.login):
                mine = price.with_user(user)
                mine.invalidate_recordset()
                self.assertEqual(mine.read(["amount"])[0]["amount"], expected)
        reveal(price)
        self.assertTrue(price.revealed_nonce)
        for user in readers:
            mine = price.with_user(user)
            mine.invalidate_recordset()
            self.assertEqual(mine.amount, 90000)
            self.assertEqual(mine.revealed_amount, 90000)

    def test_no_oracle(self):
        price = self._create_approved_reference_price(self.request, 90000)
        Price = self.env["outsourcing.reference.price"].with_user(self.procurement_user)
        with self.assertRaises(ValueError):
            Price.search([("amount", ">", 50000)])
        with self.assertRaises(ValueError):
            Price._read_group([], ["state"], ["amount:sum"])
        self.procurement_user.group_ids = [
            Command.link(self.env.ref("base.group_allow_export").id)
        ]
        exported = Price.browse(price.id).export_data(["amount", "source_ids/amount"])
        self.assertNotIn("90000", str(exported))
        for user in (self.procurement_user, self.manager_user, self.finance_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["outsourcing.reference.price.secret"].with_user(user).search(
                    []
                )
        for user in (self.procurement_user, self.hr_user, self.manager_user):
            with self.subTest(user.login):
                self.assertFalse(
                    self.env["outsourcing.reference.price.source"]
                    .with_user(user)
                    .search([("price_id", "=", price.id)])
                )
        tracked = price.sudo().message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertNotIn("amount", tracked)

    def test_source_files_are_as_secret_as_the_source(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.officer_user)
            .create({"name": "quote.txt", "raw": b"90000"})
        )
        price = self._create_reference_price(
            self.request,
            source_ids=[
                Command.create(
                    {"name": "Quote", "attachment_ids": [Command.link(file.id)]}
                )
            ],
        )
        self.assertEqual(file.res_model, "outsourcing.reference.price.source")
        self.assertEqual(file.with_user(self.finance_user).raw, b"90000")
        with self.assertRaises(AccessError):
            file.with_user(self.procurement_user).read(["raw"])
        self.assertTrue(price.source_ids)

    def test_commitment_detects_a_changed_amount(self):
        price = self._create_approved_reference_price(self.request, 90000)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_reference_price_secret SET amount = 91000"
            " WHERE price_id = %s",
            (price.id,),
        )
        with self.assertRaisesRegex(UserError, "does not match the commitment"):
            reveal(price)

    def test_attack_amount_after_submission(self):
        price = self._create_reference_price(self.request)
        price.action_submit()
        for user in (self.officer_user, self.finance_user):
            with self.subTest(user.login), self.assertRaises(UserError):
                price.with_user(user).write({"amount": 1})
        draft = self._create_reference_price(self.request)
        with self.assertRaises(AccessError):
            draft.with_user(self.other_officer_user).write({"amount": 1})
        with self.assertRaises(UserError):
            price.source_ids.write({"amount": 1})

    def test_attack_author_approves(self):
        self.officer_user.group_ids = [
            Command.link(self.env.ref("outsourcing_mgmt.group_outsourcing_finance").id)
        ]
        price = self._create_reference_price(self.request)
        price.action_submit()
        with self.assertRaises(UserError):
            price.validate_tier()
        self._pass_reviews(price, self.finance_user)
        with self.assertRaises(UserError):
            price.action_approve()

    def test_attack_use_and_stamps(self):
        price = self._create_approved_reference_price(self.request)
        with self.assertRaisesRegex(UserError, "published"):
            price.with_user(self.finance_user).write({"state": "used"})
        for vals in (
            {"commitment": "0" * 64},
            {"revealed_date": "2026-01-01"},
            {"author_id": self.finance_user.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                price.with_user(self.finance_user).write(vals)

    def test_submit_needs_amount_source_and_request(self):
        cases = {
            "amount": {"amount": 0},
            "source": {"source_ids": []},
            "requests": {"request_ids": []},
        }
        for text, values in cases.items():
            price = self._create_reference_price(self.request, **values)
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                price.action_submit()

    def test_copy_leaves_the_amount(self):
        price = self._create_reference_price(self.request, 90000)
        copied = price.with_user(self.other_officer_user).copy()
        self.assertFalse(copied.amount)
        self.assertEqual(copied.author_id, self.other_officer_user)

    def test_as_many_sources_as_the_procedure_asks_for(self):
        self.category.procedure_id.min_price_sources = 2
        twice = [
            Command.create({"method": "market", "name": name})
            for name in ("Quote of Alpha", " quote of alpha")
        ]
        price = self._create_reference_price(self.request, source_ids=twice)
        self.assertEqual(price.min_sources, 2)
        with self.assertRaisesRegex(UserError, "2 different sources, and it has 1"):
            price.action_submit()
        price.source_ids[1].name = "Quote of Beta"
        price.action_submit()
        self.assertEqual(price.state, "submitted")
