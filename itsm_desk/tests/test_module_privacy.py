from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestPrivacyLookup(DeskCommon):
    """Odoo's search for a person, by administrators with and without a role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester.email = "lookup@customers.example"
        cls.ticket = cls._file()
        cls.admin = new_test_user(cls.env, "lookup_admin", "base.group_system")
        cls.both = cls.technician
        cls.both.group_ids |= cls.env.ref("base.group_system")

    def _look(self, user):
        """Return what a user finds about the requester, by the name of its model."""
        wizard = self.env["privacy.lookup.wizard"].with_user(user)
        wizard = wizard.create(
            {"name": self.requester.name, "email": self.requester.email}
        )
        wizard.action_lookup()
        return wizard.line_ids.grouped("res_model")

    def _point(self, user):
        """Return a line about the ticket that somebody makes by hand."""
        return (
            self.env["privacy.lookup.wizard.line"]
            .with_user(user)
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("itsm.ticket"),
                    "res_id": self.ticket.id,
                    "is_active": True,
                }
            )
        )

    def test_administrator_finds_what_is_no_document(self):
        found = self._look(self.admin)
        self.assertIn(
            self.requester.partner_id.id, found["res.partner"].mapped("res_id")
        )
        self.assertFalse([name for name in found if name.startswith("itsm.")])
        with self.assertRaises(AccessError):
            self._point(self.admin)

    @mute_logger("odoo.models.unlink")
    def test_reader_finds_tickets_and_deletes_none(self):
        found = self._look(self.both)
        self.assertIn(self.ticket.id, found["itsm.ticket"].mapped("res_id"))
        with self.assertRaises(AccessError):
            self._point(self.both).action_unlink()
        self.assertTrue(self.ticket.exists())
