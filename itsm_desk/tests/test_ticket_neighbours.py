from odoo.tests import HttpCase, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestTicketNeighbours(DeskCommon, HttpCase):
    """The portal beside that of OCA's ``helpdesk_mgmt``."""

    def test_each_desk_has_its_own_pages(self):
        theirs = self.env["helpdesk.ticket"].create(
            {
                "name": "Their ticket",
                "description": "Of the other desk",
                "partner_id": self.portal.partner_id.id,
            }
        )
        theirs.message_subscribe(self.portal.partner_id.ids)
        ours = self._file_portal()
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open("/my/tickets")
        self.assertTrue(page.url.endswith("/my/tickets"))
        self.assertIn(theirs.number, page.text)
        self.assertNotIn(ours.name, page.text)
        page = self.url_open("/my/service-tickets")
        self.assertIn(ours.name, page.text)
        self.assertNotIn(theirs.number, page.text)
        home = self.url_open("/my/home").text
        self.assertIn('href="/my/tickets', home)
        self.assertIn('href="/my/service-tickets', home)

    def test_old_links_still_lead_to_our_ticket(self):
        """Their desk answers at other addresses for one ticket."""
        ours = self._file_portal()
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(f"/my/tickets/{ours.id}")
        self.assertIn(ours.name, page.text)
