import re

from odoo.tests import HttpCase, new_test_user, tagged

from .common import BidCommon, ContractCommon, TenderCommon
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
        sealed = [page, f"{page}/bid"]
        self.assertUsable(self.beta_user.login, sealed)
        self.assertUsable(self.beta_user.login, sealed, width=1280)
        self.beta_user.lang = "zh_CN"
        self.assertUsable(self.beta_user.login, sealed, width=360, lang="zh")
        self.alpha_user.lang = "zh_CN"
        self.assertUsable(self.alpha_user.login, draft, width=360, lang="zh")

    def test_notice_is_read_as_it_is_shown(self):
        """On a phone the deadline stands first, for the keyboard as well."""
        tender = self._create_published_tender("procedure_company_public")
        page = self.url_open(f"/tenders/{tender.id}").text
        self.assertLess(page.index("card border-primary"), page.index('id="facts"'))
        self.authenticate(self.alpha_user.login, self.alpha_user.login)
        page = self.url_open(f"/my/tenders/{tender.id}").text
        self.assertLess(page.index("card border-primary"), page.index('id="facts"'))


@tagged("post_install", "-at_install")
class TestResultPages(AxeCase, TenderCommon, HttpCase):
    """Pages of bidders and experts when the bids are open."""

    def test_result_of_a_bidder(self):
        award = self._create_notified()
        tender = award.tender_id
        user = self.vendor_users[1].sudo()
        urls = [f"/my/tenders/{tender.id}", f"/my/tenders/{tender.id}/bid"]
        self.assertUsable(user.login, urls)
        self.env["res.lang"]._activate_lang("zh_CN")
        user.lang = "zh_CN"
        self.assertUsable(user.login, urls, width=360, lang="zh")

    def test_pages_of_a_member(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        tender = self._create_evaluation()
        member = tender.committee_ids[0]
        urls = ["/my/evaluations", f"/my/evaluations/{member.id}"]
        self.assertUsable(member.user_id.login, urls)
        member.user_id.sudo().lang = "zh_CN"
        self.assertUsable(member.user_id.login, urls, width=360, lang="zh")
        user = member.user_id.sudo()
        user.lang = "en_US"
        self.authenticate(user.login, user.login)
        page = self.url_open(urls[1]).text
        names = re.findall(r'<(?:input|textarea)[^>]*aria-label="(Vendor [^"]+)"', page)
        self.assertTrue(names)
        self.assertEqual(
            len(names), len(set(names)), "each field has a name of its own"
        )


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
        self.env["res.lang"]._activate_lang("zh_CN")
        user.lang = "zh_CN"
        self.assertUsable(user.login, urls, width=360, lang="zh")
        user.lang = "en_US"
        page = self._get_page(user, urls[2])
        self.assertIn("Report Delivery 0 as delivered", page)
        self.assertNotIn("Delivery 60", page)
        self.assertIn("Later deliveries", page)

    def _get_page(self, user, url):
        self.authenticate(user.login, user.login)
        return self.url_open(url).text
