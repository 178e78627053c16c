import re

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, ConsequenceCommon

MINE = "91440300MA5EXAMPL1"
THEIRS = "91440300MA5EXAMPL2"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestVendorVat(ConsequenceCommon, HttpCase):
    """No vendor sheds his tax number, or takes that of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor.vat = MINE
        cls.free_vendor.vat = THEIRS
        cls.vendor_user = new_test_user(
            cls.env, login="vat", groups="base.group_portal", email="vat@x.test"
        )
        cls.vendor_user.partner_id.write(
            {"is_company": True, "parent_id": False, "vat": False}
        )
        cls.mine = cls.vendor_user.partner_id
        cls.vendor_user.password = "vat"

    def _as_portal(self, partner):
        # As the portal does, after its own check of who it is.
        return partner.with_user(self.vendor_user).sudo()

    def test_contract(self):
        mine = self._as_portal(self.vendor)
        for vat in (False, "", "/", THEIRS):
            with self.subTest(vat), self.assertRaises(AccessError):
                mine.write({"vat": vat})
        self.assertEqual(self.vendor.vat, MINE)
        self.assertFalse(mine.can_edit_vat())

    def test_empty_number_is_not_filled(self):
        self.vendor.vat = False
        with self.assertRaises(AccessError):
            self._as_portal(self.vendor).write({"vat": THEIRS})

    def test_new_contract(self):
        self.assertTrue(self._as_portal(self.mine).can_edit_vat())
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET partner_id = %(id)s, "
            "commercial_partner_id = %(id)s WHERE id = %(contract)s",
            {"id": self.mine.id, "contract": self.contract.id},
        )
        self.env.invalidate_all()
        self.assertFalse(self._as_portal(self.mine).can_edit_vat())

    def test_who_may(self):
        self._as_portal(self.vendor).write({"vat": MINE.lower(), "phone": "1"})
        self._as_portal(self.mine).write({"vat": "91440300MA5EXAMPL3"})
        self.vendor.with_user(self.env.ref("base.user_admin")).vat = THEIRS
        self.assertEqual(self.vendor.vat, THEIRS)
        self.assertTrue(self.vendor.can_edit_vat())

    def _submit(self, **values):
        page = self.url_open("/my/account")
        token = re.search(r'csrf_token: "([^"]+)"', page.text)
        self.url_open(
            "/my/address/submit",
            data={
                "csrf_token": token.group(1),
                "partner_id": self.mine.id,
                "address_type": "billing",
                "use_delivery_as_billing": "true",
                "name": "Vendor",
                "email": "vat@x.test",
                "phone": "123",
                "street": "Street 1",
                "city": "City",
                "zip": "1000",
                "country_id": self.env.ref("base.be").id,
                **values,
            },
        )
        self.mine.invalidate_recordset()

    @mute_logger("odoo.http")
    def test_portal(self):
        """Through Odoo's own page, with the number full and empty before."""
        self.authenticate("vat", "vat")
        self._submit(vat=THEIRS)
        self.assertEqual(self.mine.vat, THEIRS)
        self._create_contract(partner_id=self.mine.id)
        for before, after in ((MINE, ""), (MINE, THEIRS), (False, THEIRS)):
            with self.subTest(before=before, after=after):
                self.mine.vat = before
                self._submit(vat=after, name="New Name")
                self.assertEqual(self.mine.vat, before)
                self.assertEqual(self.mine.name, "Vendor")
        self.mine.vat = MINE
        self._submit(vat=MINE, street="Street 2")
        self.assertEqual(self.mine.street, "Street 2")
