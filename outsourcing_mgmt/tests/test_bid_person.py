import re
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from ..models.base.grants import server_write
from ..models.bid import vendor as portal
from ..models.bid.outsourcing_bid_envelope import open_bids
from .common import BidCommon, TenderCommon, new_users


class BidPersonCommon(BidCommon):
    """Alpha has a sealed bid; a purchase administrator wants to read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_user = cls._new_colleague("second")
        cls._change(cls.second_user, cls.tender.begun_at)
        cls.bid = cls._sealed_bid(cls.alpha_user, ("98765.43", "0.01"))
        cls.bid = cls.bid.with_env(cls.env)
        cls.buyer_user = new_test_user(
            cls.env,
            "outsourcing_buyer",
            "purchase.group_purchase_manager,base.group_partner_manager,"
            "base.group_system",
        )

    @classmethod
    def _change(cls, users, moment):
        """Say when somebody else last made or changed the users."""
        server_write(users.sudo(), {"outsourcing_changed_on": moment})

    @classmethod
    def _new_colleague(cls, name, company=None):
        """Create a portal user below ``company``, by default Alpha."""
        user = new_users(
            cls.env,
            {
                f"vendor_{name}": {
                    "groups": "base.group_portal",
                    "name": f"{name} Seller",
                    "email": f"{name}@alpha.test",
                    "company_id": cls.env.company.id,
                }
            },
        )
        user.partner_id.parent_id = company or cls.alpha
        return user

    def _as(self, user, bid=None):
        """Return the bid as the routes of the portal have it."""
        self.env.invalidate_all()
        return (bid or self.bid).with_user(user).sudo()

    def assertStopped(self, user, bid=None):
        """Neither reads, nor takes back, nor replaces; in whatever way."""
        for attack in (
            portal.read_bid,
            portal.export_prices,
            lambda item: portal.get_file(item, 1),
            lambda item: portal.save_draft(item, note="mine"),
            lambda item: item.action_withdraw(),
            lambda item: item.write({"state": "withdrawn"}),
            portal.replace_bid,
            portal.reconfirm_bid,
            portal.get_result,
        ):
            with self.assertRaises(UserError) as refusal, self.cr.savepoint():
                attack(self._as(user, bid))
            self.assertNotIn("98765", str(refusal.exception))
        self.assertEqual((bid or self.bid).state, "sealed")

    def assertActs(self, user):
        rows = portal.read_bid(self._as(user))["rows"]
        self.assertEqual(rows[0]["price"], "98765.43")


@tagged("post_install", "-at_install")
class TestBidContacts(BidPersonCommon):
    """Whoever edits contacts and log-ins reads no bid and takes none back."""

    def test_contact_moved_under_the_bidder(self):
        contact = self.beta_user.partner_id
        for move in (
            lambda: contact.with_user(self.buyer_user).write(
                {"parent_id": self.alpha.id}
            ),
            lambda: self.alpha.with_user(self.buyer_user).write(
                {"child_ids": [Command.link(contact.id)]}
            ),
            lambda: self.beta.with_user(self.buyer_user).write(
                {"is_company": False, "parent_id": self.alpha.id}
            ),
            lambda: self.beta_user.write({"partner_id": self.alpha.id}),
        ):
            with self.cr.savepoint() as savepoint:
                move()
                self.env.flush_all()
                self.assertStopped(self.beta_user)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_log_in_taken_over(self):
        user = self.alpha_user.with_user(self.buyer_user)
        for change in (
            lambda: user.write({"password": "typed by somebody"}),
            lambda: user.write({"login": "somebody@else.test"}),
            lambda: user.write({"email": "somebody@else.test"}),
            lambda: user.partner_id.write({"email": "somebody@else.test"}),
            lambda: user._change_password("typed by somebody"),
        ):
            with self.cr.savepoint() as savepoint:
                change()
                self.env.flush_all()
                self.assertStopped(self.alpha_user)
                self.assertActs(self.second_user)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_password_set_by_a_mailed_link(self):
        partner = self.alpha_user.partner_id
        partner.with_user(self.buyer_user).email = "somebody@else.test"
        partner.signup_prepare(signup_type="reset")
        public = self.env.ref("base.public_user")
        self.env["res.users"].with_user(public).sudo().signup(
            {"password": "by the link"}, partner._generate_signup_token()
        )
        self.assertStopped(self.alpha_user)

    def test_new_portal_user(self):
        contact = self.env["res.partner"].create(
            {"name": "Mole", "email": "mole@else.test", "parent_id": self.alpha.id}
        )
        wizard = (
            self.env["portal.wizard"]
            .with_user(self.buyer_user)
            .create({"partner_ids": [Command.set(contact.ids)]})
        )
        wizard.user_ids.filtered(
            lambda row: row.partner_id == contact
        ).action_grant_access()
        self.assertStopped(contact.user_ids)
        self.assertStopped(self._new_colleague("third"))

    def test_merged_contact(self):
        twin = self.env["res.partner"].create(
            {"name": "Twin", "email": self.beta_user.email, "parent_id": self.alpha.id}
        )
        self.env["base.partner.merge.automatic.wizard"].with_user(
            self.buyer_user
        ).sudo()._merge((twin | self.beta_user.partner_id).ids, twin)
        self.assertEqual(self.beta_user.partner_id, twin)
        self.assertStopped(self.beta_user)

    def test_bidder_merged_into_another_company(self):
        shell = self.env["res.partner"].create(
            {"name": "Shell", "is_company": True, "email": self.alpha.email}
        )
        mole = self._new_colleague("mole", shell)
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            (self.alpha | shell).ids, shell
        )
        self.env.invalidate_all()
        self.assertEqual(self.bid.partner_id, shell)
        self.assertStopped(mole)
        self._close(self.tender)
        open_bids(self.bid, "price")
        self.assertEqual(self.bid.state, "opened", "nobody freezes a rival")

    def test_rivals_are_not_merged(self):
        self._sealed_bid(self.beta_user)
        with self.assertRaisesRegex(UserError, "different vendors"):
            self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
                (self.alpha | self.beta).ids, self.beta
            )

    def test_withdrawn_bid_is_not_begun_again_by_others(self):
        """After a replacement its persons stay; nobody new slips in between."""
        self.beta_user.partner_id.parent_id = self.alpha
        draft = portal.replace_bid(self._as(self.alpha_user))
        with self.assertRaises(UserError):
            portal.read_bid(self._as(self.beta_user, draft))
        portal.save_draft(self._as(self.alpha_user, draft), declared=True)
        self._as(self.alpha_user, draft).action_seal()
        self._as(self.alpha_user, draft).action_withdraw()
        with self.assertRaises(AccessError):
            portal.start_bid(self.tender.with_user(self.beta_user).sudo())

    def test_results_and_objections(self):
        self.alpha_user.partner_id.with_user(self.buyer_user).email = "x@else.test"
        mails = self.bid._get_told_partners()
        self.assertEqual(mails, self.alpha)
        self.alpha.email = "x@else.test"
        # Who may act for the bid since it began, and did not change.
        self.assertEqual(self.bid._get_told_partners(), self.second_user.partner_id)
        self.second_user.partner_id.email = "y@else.test"
        self.assertFalse(self.bid._get_told_partners())
        with self.assertRaises(AccessError):
            portal.object_to_award(self._as(self.alpha_user), "No")

    def test_sealed_bid_is_opened_whatever_happens(self):
        (self.alpha_user | self.second_user).partner_id.parent_id = self.beta
        self.alpha_user.password = "somebody else's"
        self._close(self.tender)
        open_bids(self.bid, "price")
        self.assertEqual(self.bid.amount_total, 1185185.2)


@tagged("post_install", "-at_install")
class TestBidPlaced(BidPersonCommon):
    """Whoever is placed under a vendor for a tender is no person of its bid."""

    def _begin(self, user):
        return portal.start_bid(self.tender.with_user(user).sudo())

    def _place(self):
        """Yield users placed under Beta after the tender began, in several ways."""
        later = self.tender.begun_at + timedelta(hours=1)
        with freeze_time(later):
            yield self._new_colleague("made", self.beta)
        with freeze_time(later):
            self.outsider_user.partner_id.with_user(
                self.buyer_user
            ).parent_id = self.beta
            yield self.outsider_user
        known = self._new_colleague("known", self.beta)
        self._change(known, False)
        with freeze_time(later):
            known.with_user(self.buyer_user).password = "typed by somebody"
            yield known

    def test_colleague_begins(self):
        for mole in self._place():
            with self.subTest(user=mole.login), self.cr.savepoint() as savepoint:
                bid = self._begin(self.beta_user)
                self.assertEqual(bid.person_ids.user_id, self.beta_user)
                with self.assertRaises(AccessError):
                    portal.read_bid(self._as(mole, bid))
                waiting = portal.read_persons(self._as(self.beta_user, bid))["waiting"]
                self.assertIn(mole.id, [item["user"].id for item in waiting])
                savepoint.rollback()
            self.env.invalidate_all()

    def test_mole_begins(self):
        """It gets nothing, and keeps nobody away."""
        for mole in self._place():
            with self.subTest(user=mole.login), self.cr.savepoint() as savepoint:
                bid = self._begin(mole)
                self.assertEqual(bid.person_ids.user_id, self.beta_user)
                self.assertTrue(portal.get_stop_reason(self._as(mole, bid)))
                for attack in (
                    lambda mine: portal.save_draft(mine, note="ours"),
                    lambda mine: mine.action_seal(),
                    portal.read_bid,
                ):
                    with self.assertRaises(UserError), self.cr.savepoint():
                        attack(self._as(mole, bid))
                portal.save_draft(self._as(self.beta_user, bid), note="ours")
                portal.ask_to_act(self._as(mole, bid))
                row = bid.person_ids - bid.person_ids[:1]
                self.assertRecordValues(
                    row, [{"user_id": mole.id, "state": "requested"}]
                )
                savepoint.rollback()
            self.env.invalidate_all()

    def test_vendor_that_is_new_as_a_whole(self):
        """Whoever begins acts for it; the others wait."""
        later = self.tender.begun_at + timedelta(hours=1)
        self._change(self.gamma_user, later)
        other = self._new_colleague("other", self.gamma)
        self._change(other, later)
        bid = self._begin(other)
        self.assertEqual(bid.person_ids.user_id, other)
        self.assertTrue(portal.get_stop_reason(self._as(self.gamma_user, bid)))

    def test_own_change_is_no_change(self):
        with freeze_time(self.tender.begun_at + timedelta(hours=1)):
            self.beta_user.with_user(self.beta_user).change_password(
                self.beta_user.login, "a better password"
            )
            self._new_colleague("made", self.beta)
        self.assertEqual(self._begin(self.beta_user).person_ids.user_id, self.beta_user)

    def test_moment_is_written_by_nobody(self):
        for user in (self.settings_user, self.buyer_user):
            for attack in (
                lambda mine: mine.write({"outsourcing_changed_on": False}),
                lambda mine: mine.sudo().write({"outsourcing_changed_on": False}),
                lambda mine: mine.sudo().create(
                    {"name": "x", "login": "x", "outsourcing_changed_on": False}
                ),
            ):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    attack(self.beta_user.with_user(user))


@tagged("post_install", "-at_install")
class TestBidPerson(BidPersonCommon, HttpCase):
    """Who is fixed, who waits, and who confirms."""

    def _get_row(self, user):
        return self.bid.person_ids.filtered(lambda row: row.user_id == user)[-1:]

    def test_users_of_the_vendor_are_fixed(self):
        rows = self.bid.person_ids
        self.assertEqual(rows.user_id, self.alpha_user | self.second_user)
        self.assertEqual(set(rows.mapped("state")), {"confirmed"})
        self.assertActs(self.second_user)

    def test_own_changes_change_no_person(self):
        user = self.alpha_user.with_user(self.alpha_user)
        user.change_password(self.alpha_user.login, "a better password")
        user.sudo().partner_id.email = "new@alpha.test"
        self.assertActs(self.alpha_user)
        hashed = self.env["res.users"]._crypt_context().hash("a better password")
        user._set_encrypted_password(user.id, hashed)
        self.assertActs(self.alpha_user)
        self.assertEqual(len(self.bid.person_ids), 2)

    def test_earlier_person_confirms(self):
        third = self._new_colleague("third")
        row = self._get_row(third)
        self.assertEqual(row.state, "requested")
        bid = self._as(self.second_user)
        waiting = portal.read_persons(bid)["waiting"]
        self.assertEqual([item["user"].id for item in waiting], [third.id])
        with self.assertRaisesRegex(UserError, "changed meanwhile"):
            portal.add_colleague(bid, third.id, "0")
        with self.assertRaises(AccessError):
            portal.add_colleague(self._as(third), third.id, waiting[0]["digest"])
        with self.assertRaises(UserError):
            portal.add_colleague(bid, self.beta_user.id, waiting[0]["digest"])
        portal.add_colleague(bid, third.id, waiting[0]["digest"])
        self.assertRecordValues(
            row, [{"state": "confirmed", "approved_by_id": self.second_user.id}]
        )
        self.assertActs(third)

    def test_procurement_and_officer_confirm_together(self):
        self.alpha_user.with_user(self.buyer_user).password = "by the buyer"
        row = self._get_row(self.alpha_user)
        self.assertRecordValues(
            row,
            [
                {
                    "state": "requested",
                    "basis": "changed",
                    "reason": "password",
                    "requester_id": self.buyer_user.id,
                }
            ],
        )
        self.assertEqual(len(row.activity_ids), 2, "both are asked")
        with self.assertRaises(AccessError):
            row.with_user(self.buyer_user).action_confirm()
        row.with_user(self.procurement_user).action_confirm()
        self.assertStopped(self.alpha_user)
        for user in (self.procurement_user, self.other_procurement_user):
            with self.assertRaisesRegex(UserError, "together"):
                row.with_user(user).action_confirm()
        row.with_user(self.officer_user).action_confirm()
        self.assertRecordValues(
            row,
            [
                {
                    "state": "confirmed",
                    "procurement_by_id": self.procurement_user.id,
                    "officer_by_id": self.officer_user.id,
                }
            ],
        )
        self.assertTrue(row.procurement_at and row.officer_at and row.approved_at)
        self.assertFalse(row.activity_ids)
        self.assertActs(self.alpha_user)

    def test_whoever_made_the_change_does_not_confirm(self):
        self.procurement_user.group_ids = [
            Command.link(self.env.ref("base.group_partner_manager").id)
        ]
        self.beta_user.partner_id.with_user(
            self.procurement_user
        ).parent_id = self.alpha
        row = self._get_row(self.beta_user)
        with self.assertRaisesRegex(UserError, "whoever made the change"):
            row.with_user(self.procurement_user).action_confirm()
        row.with_user(self.officer_user).action_confirm()
        self.assertEqual(row.state, "requested")
        row.with_user(self.other_procurement_user).action_refuse()
        self.assertEqual(row.state, "refused")
        self.assertStopped(self.beta_user)

    def test_confirmation_is_for_what_was_asked(self):
        third = self._new_colleague("third")
        row = self._get_row(third)
        row.with_user(self.procurement_user).action_confirm()
        self.env.cr.execute(
            "UPDATE res_users SET password = 'typed' WHERE id = %s", (third.id,)
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "changed again"):
            row.with_user(self.officer_user).action_confirm()
        third.login = "third-again"
        self.assertEqual(row.state, "refused")
        self.assertEqual(self._get_row(third).state, "requested")

    def test_one_step_is_not_taken_by_hand(self):
        row = self._get_row(self._new_colleague("third"))
        for user in (self.procurement_user, self.settings_user):
            mine = row.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"state": "confirmed"}),
                lambda mine=mine: mine.sudo().write({"state": "confirmed"}),
                lambda mine=mine: mine.sudo()._take_step("confirmed"),
                lambda mine=mine: mine.sudo().write({"facts": {}}),
                lambda mine=mine: mine.sudo().copy(),
                lambda mine=mine: mine.sudo().unlink(),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    attack()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Attack",
                "model_id": self.env["ir.model"]._get_id(row._name),
                "state": "code",
                "code": f"record.with_user({self.officer_user.id}).action_confirm()",
            }
        )
        with self.assertRaises(AccessError):
            action.with_context(active_model=row._name, active_id=row.id).run()
        self.assertFalse(row.officer_by_id)

    def test_drafts_stay_secret(self):
        """Until the person asks, procurement does not learn of a draft."""
        draft = self._draft_bid(self.beta_user)
        mole = self._new_colleague("mole", self.beta)
        row = draft.person_ids.filtered(lambda item: item.user_id == mole)
        rows = self.env["outsourcing.bid.person"].with_user(self.procurement_user)
        self.assertTrue(row)
        self.assertFalse(row.activity_ids)
        self.assertNotIn(row.id, rows.search([]).ids)
        portal.ask_to_act(draft.with_user(mole).sudo())
        self.assertIn(row.id, rows.search([]).ids)
        self.assertTrue(row.activity_ids)

    def test_moved_person_still_finds_its_bid(self):
        self.alpha_user.partner_id.with_user(self.buyer_user).parent_id = self.beta
        tender = self.tender.with_user(self.alpha_user).sudo()
        self.assertEqual(portal.find_bids(tender), self.bid)
        self.assertEqual(portal.get_state(self._as(self.alpha_user)), "stopped")
        row = self._get_row(self.alpha_user)
        row.with_user(self.procurement_user).action_confirm()
        row.with_user(self.officer_user).action_confirm()
        self.assertActs(self.alpha_user)

    def test_pages(self):
        third = self._new_colleague("third")
        self.env.flush_all()
        page = f"/my/tenders/{self.tender.id}"
        self.authenticate(third.login, third.login)
        for path in (f"{page}/bid", f"{page}/bid/review", f"{page}/bid/prices.xlsx"):
            text = self.url_open(path).text
            self.assertIn("You may not act for this bid now", text)
            self.assertNotIn("98765", text)
        self.assertIn("See why", self.url_open(page).text)
        self.assertIn("Waits for your", self.url_open("/my/tenders").text)
        self._post(f"{page}/bid/ask", f"{page}/bid")
        self.assertTrue(self._get_row(third).is_staff_asked)
        self._post(f"{page}/bid/withdraw", f"{page}/bid")
        self.assertEqual(self.bid.state, "sealed")
        self.authenticate(self.alpha_user.login, self.alpha_user.login)
        text = self.url_open(f"{page}/bid").text
        self.assertIn("Who may act for this bid", text)
        digest = re.search(r'name="digest" value="([^"]+)"', text).group(1)
        self._post(f"{page}/bid/person", f"{page}/bid", user_id=third.id, digest=digest)
        self.env.invalidate_all()
        self.assertEqual(self._get_row(third).state, "confirmed")

    def _post(self, path, page, **data):
        text = self.url_open(page).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', text).group(1)
        return self.url_open(path, data={"csrf_token": token, **data})


@tagged("post_install", "-at_install")
class TestBidQuotation(TenderCommon):
    """The quotation of a bid is read by the persons who act for its bidder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_opened()

    def test_quotation_is_for_the_persons_of_the_bidder(self):
        """A rival who is moved under the bidder does not read its prices as orders."""
        order = self._get_bid(self.tender, 0).purchase_order_id
        rival, owner = self.vendor_users[1], self.vendor_users[0]
        rival.partner_id.parent_id = self.vendors[0]
        self.env.flush_all()
        for model, records in (
            ("purchase.order", order),
            ("purchase.order.line", order.order_line),
        ):
            self.env.invalidate_all()
            theirs = self.env[model].with_user(rival)
            self.assertFalse(theirs.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                theirs.browse(records.ids).read(["name"])
            mine = self.env[model].with_user(owner)
            self.assertEqual(mine.search([("id", "in", records.ids)]), records)
        owner.password = "typed by somebody"
        self.env.invalidate_all()
        self.assertFalse(order.with_user(owner).search([("id", "=", order.id)]))
