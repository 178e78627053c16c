from odoo.tests import new_test_user, tagged

from .common import TenderCommon

NAMED = {"fields": {"display_name": {}}}


@tagged("post_install", "-at_install")
class TestSubjects(TenderCommon):
    """Orders tell the number of what their reader may not read, and no subject."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = new_test_user(
            cls.env,
            login="outsourcing_buyer",
            groups="purchase.group_purchase_manager",
        )
        cls.tender = cls._create_proposed()
        cls.order = cls._get_bid(cls.tender, 0).purchase_order_id
        cls.draft = cls.env["outsourcing.contract"].create(
            {"subject": "Guards for the new plant", "partner_id": cls.vendors[0].id}
        )

    def _tell(self, user):
        """Return ``{route: what it tells}`` about tender, request and contract."""
        order = self.order.with_user(user).sudo(False)
        Order = order.browse()
        names = ["outsourcing_tender_id", "outsourcing_bid_id"]
        spec = dict.fromkeys([*names, "outsourcing_contract_id"], NAMED)
        values = {
            "outsourcing_tender_id": self.tender.id,
            "outsourcing_contract_id": self.draft.id,
        }
        self.env.invalidate_all()
        return {
            "web_read": order.web_read(spec),
            "read": order.read(names),
            "groups": order.formatted_read_group(
                [("id", "=", order.id)], names, ["__count"]
            ),
            "onchange": Order.onchange(values, [], spec),
            "form": order.onchange(values, list(values), spec),
        }

    def test_orders_tell_no_subject(self):
        for route, told in self._tell(self.buyer).items():
            with self.subTest(route=route):
                self.assertNotIn(self.tender.subject, str(told))
                self.assertNotIn(self.draft.subject, str(told))
        self.assertIn(self.tender.name, str(self._tell(self.buyer)["web_read"]))

    def test_bills_tell_no_name_of_a_file(self):
        """Whoever enters bills links any file by its number."""
        accountant = new_test_user(
            self.env, login="files", groups="account.group_account_invoice"
        )
        file = self.env["ir.attachment"].create(
            {
                "name": "Budget 240000.xlsx",
                "raw": b"1",
                "res_model": self.tender._name,
                "res_id": self.tender.id,
            }
        )
        Bill = self.env["account.move"].with_user(accountant)
        spec = {"message_main_attachment_id": NAMED}
        values = {"message_main_attachment_id": file.id, "move_type": "in_invoice"}
        bill = Bill.create(values)
        self.env.invalidate_all()
        self.assertNotIn(file.name, str(bill.web_read(spec)))
        self.assertNotIn(file.name, str(Bill.onchange(values, [], spec)))
        reader = file.with_user(self.procurement_user).sudo()
        self.env.invalidate_all()
        self.assertEqual(reader.display_name, file.name)

    def test_vendors_are_duplicated(self):
        """Also by people who may not read what the suite notes of a vendor."""
        keeper = new_test_user(
            self.env,
            login="keeper",
            groups="base.group_partner_manager,account.group_account_invoice",
        )
        self.vendors[0].outsourcing_category_ids = self.category
        self.env.invalidate_all()
        copy = self.vendors[0].with_user(keeper).copy()
        self.assertFalse(copy.sudo().outsourcing_category_ids)

    def test_readers_are_told(self):
        told = self._tell(self.procurement_user)
        for route in ("web_read", "read", "groups"):
            self.assertIn(self.tender.subject, str(told[route]), route)
        for user in (self.procurement_user, self.env.ref("base.user_root")):
            tender = self.tender.with_user(user)
            self.assertIn(self.tender.subject, tender.sudo().display_name)

    def test_a_signed_contract_is_known_to_every_employee(self):
        self._set_signed(self.draft)
        contract = self.draft.with_user(self.buyer).sudo()
        self.assertIn(self.draft.subject, contract.display_name)
        far = self.env["res.company"].create({"name": "Far"})
        self.buyer.write({"company_ids": [(6, 0, far.ids)], "company_id": far.id})
        self.env.invalidate_all()
        self.assertNotIn(self.draft.subject, contract.display_name)

    def _set_signed(self, contract):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET signed_date = '2026-01-01' WHERE id = %s",
            [contract.id],
        )
        contract.invalidate_recordset()
