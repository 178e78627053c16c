from odoo.tests import HttpCase, new_test_user, tagged

from .common import BidCommon, ContractCommon
from .fake_browser import AxeCase


@tagged("post_install", "-at_install")
class TestTenderPages(AxeCase, BidCommon, HttpCase):
    """Pages of tenders and bids, on a phone and on a desk, in two languages."""

    def test_pages_before_and_after_sealing(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self._draft_bid(self.alpha_user)
        self._sealed_bid(self.beta_user)
        page = f"/my/tenders/{self.tender.id}"
        draft = ["/my/tenders", page, f"{page}/bid", f"{page}/bid/review", "/tenders"]
        self.assertUsable(self.alpha_user.login, draft)
        self.assertUsable(self.beta_user.login, [page, f"{page}/bid"], width=1280)
        self.alpha_user.lang = "zh_CN"
        self.assertUsable(self.alpha_user.login, draft, width=360, lang="zh")


@tagged("post_install", "-at_install")
class TestContractPages(AxeCase, ContractCommon, HttpCase):
    """Pages of contracts: to sign, and with deliveries."""

    def test_pages_of_contracts(self):
        user = new_test_user(self.env, "contract_pages", "base.group_portal")
        user.partner_id.parent_id = self.vendor
        to_sign = self._create_contract()
        self._send_to_sign(to_sign)
        active = self._create_active()
        for days in (0, 60):
            self.env["outsourcing.contract.milestone"].create(
                {
                    "name": f"Delivery {days}",
                    "contract_id": active.id,
                    "date_due": self._days(days),
                }
            )
        root = "/my/outsourcing/contracts"
        urls = [root, f"{root}/{to_sign.id}", f"{root}/{active.id}"]
        urls.append(f"{root}/{active.id}/days")
        self.assertUsable(user.login, urls)
        page = self._get_page(user, urls[2])
        self.assertIn("Report Delivery 0 as delivered", page)
        self.assertNotIn("Delivery 60", page)
        self.assertIn("Later deliveries", page)

    def _get_page(self, user, url):
        self.authenticate(user.login, user.login)
        return self.url_open(url).text
