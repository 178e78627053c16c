import importlib.util
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.base.grants import server_write
from ..models.bid import vendor as portal
from ..models.vendor import listed
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestBlacklist(TenderCommon):
    """A vendor on the blacklist: two persons, what it refuses, the appeal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.outsourcing_tz = "UTC"
        cls.today = cls.company._outsourcing_today()
        cls.other_manager = cls._new_user(
            "manager2", "outsourcing_mgmt.group_outsourcing_manager"
        )
        cls.third_manager = cls._new_user(
            "manager3", "outsourcing_mgmt.group_outsourcing_manager"
        )
        cls.vendor = cls.vendors[0]
        cls.draft = cls._create_tender()
        cls.draft.invitation_ids.unlink()

    @contextmanager
    def _refused(self, pattern):
        with self.assertRaises(UserError) as refusal:
            yield
        self.assertRegex(str(refusal.exception), pattern)

    def _propose(self, user=None, **values):
        return (
            self.env["outsourcing.blacklist"]
            .with_user(user or self.procurement_user)
            .create(
                {
                    "partner_id": self.vendor.id,
                    "ground": "false_documents",
                    "reason": "The licence of 2 March was forged.",
                    "date_from": self.today,
                    "date_to": self.today + timedelta(days=365),
                    **values,
                }
            )
        )

    def _blacklist(self, **values):
        entry = self._propose(**values)
        entry.request_validation()
        entry.with_user(self.manager_user).action_activate()
        return entry

    def _invite(self, vendor):
        self.draft.invitation_ids.unlink()
        return self.env["outsourcing.tender.invitation"].create(
            {"tender_id": self.draft.id, "partner_id": vendor.id}
        )

    def test_marked_where_vendors_are_chosen(self):
        vendors = self.vendors.with_user(self.procurement_user)
        inviting = vendors.with_context(outsourcing_inviting_company_id=self.company.id)
        self.assertEqual(inviting.mapped("display_name"), vendors.mapped("name"))
        self._blacklist()
        inviting.invalidate_recordset()
        self.assertIn("on the blacklist until", inviting[0].display_name)
        self.assertEqual(
            inviting[1:].mapped("display_name"), vendors[1:].mapped("name")
        )
        strangers = inviting.with_user(self.user_user)
        self.assertEqual(strangers[0].display_name, vendors[0].name)

    def test_all_vendors_are_looked_up_at_once(self):
        """A tender with 200 bids asked the database twice for each."""
        self._blacklist()
        vendors = self.env["res.partner"].create(
            [{"name": f"Bidder {number}", "is_company": True} for number in range(20)]
        )
        self.env["res.partner.bank"].create(
            [{"acc_number": f"BE{v.id}", "partner_id": v.id} for v in vendors]
        )

        def count(ids):
            self.env.flush_all()
            self.env.invalidate_all()
            parties = [(vendors.browse(id_), self.company) for id_ in ids]
            before = self.env.cr.sql_log_count
            self.assertFalse(listed.find_listed(self.env, parties))
            return self.env.cr.sql_log_count - before

        once = count(vendors.ids[:1])
        self.assertEqual(count(vendors.ids), once)
        with self.assertQueryCount(once):
            self.env.flush_all()
            self.env.invalidate_all()
            listed.find_listed(self.env, [(v, self.company) for v in vendors])

    # ------------------------------------------------------------
    # TWO PERSONS
    # ------------------------------------------------------------

    def test_two_persons_put_a_vendor_on_the_list(self):
        with self.assertRaises(UserError):
            self._propose(state="active")
        entry = self._propose()
        with self.assertRaises(UserError):
            entry.write({"state": "active"})
        with self._refused("validation"):
            entry.with_user(self.manager_user).action_activate()
        entry.request_validation()
        for user in (self.procurement_user, self.officer_user):
            with self.assertRaises(UserError):
                entry.with_user(user).action_activate()
        self.assertEqual(entry.state, "proposed")
        entry.with_user(self.manager_user).action_activate()
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "active",
                    "is_in_force": True,
                    "activated_by_id": self.manager_user.id,
                }
            ],
        )
        mail = self.env["mail.message"].search(
            [("partner_ids", "in", self.vendor.ids)], order="id desc", limit=1
        )
        self.assertIn("licence of 2 March", mail.body)
        self.assertIn("blacklisted", mail.subject)
        for values in (
            {"date_to": self.today},
            {"partner_id": self.vendors[1].id},
            {"reason": "Nothing"},
        ):
            with self.assertRaises(UserError):
                entry.with_user(self.manager_user).write(values)
        with self.assertRaises(UserError):
            entry.with_user(self.manager_user).unlink()
        rows = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", entry._name), ("res_id", "=", entry.id)]
        )
        self.assertIn("active", rows.mapped("verb"))

    def test_who_wrote_it_does_not_decide(self):
        entry = self._propose(self.manager_user)
        entry.request_validation()
        with self.assertRaises(UserError):
            entry.with_user(self.manager_user).action_activate()
        entry.with_user(self.other_manager).action_refuse("No evidence")
        self.assertEqual(entry.refuse_reason, "No evidence")
        self.assertFalse(entry.is_in_force)

    def test_one_entry_at_a_time(self):
        self._propose()
        with self._refused("already"):
            self._propose(date_from=self.today + timedelta(days=9))
        self._propose(
            date_from=self.today + timedelta(days=400),
            date_to=self.today + timedelta(days=500),
        )

    # ------------------------------------------------------------
    # WHAT IT REFUSES
    # ------------------------------------------------------------

    def test_no_invitation(self):
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.vendor.id, "email": "a@vendor.test"}
        )
        twin = self.env["res.partner"].create(
            {"name": "Other name", "is_company": True, "vat": self.vendor.vat}
        )
        self._invite(self.vendor)
        entry = self._blacklist()
        for vendor in (self.vendor, contact, twin):
            with self._refused("on the blacklist"):
                self._invite(vendor)
        self._invite(self.vendors[1])
        self.assertIn(
            "On the blacklist",
            self.vendor.with_user(self.procurement_user).outsourcing_blacklist_note,
        )
        with freeze_time(entry.date_to + timedelta(days=1)):
            self.assertTrue(self._invite(self.vendor))

    def test_repetition_leaves_out_who_is_listed(self):
        """The usual case: the winner did not sign, was listed, the tender failed."""
        tender = self._create_closed()
        self._blacklist()
        tender.action_fail(reason="The winner did not sign")
        repeat = tender.browse(tender.action_retender()["res_id"])
        self.assertEqual(repeat.invitation_ids.partner_id, self.vendors[1:])
        told = str(repeat.message_ids.mapped("body"))
        self.assertIn(self.vendor.name, told)
        self.assertNotIn(self.vendors[1].name, told)
        copy = repeat.copy({"request_ids": False, "reference_price_id": False})
        self.assertEqual(copy.invitation_ids.partner_id, self.vendors[1:])
        self.assertNotIn("Not invited", str(copy.message_ids.mapped("body")))

    def test_wizard_proposes_and_invites_who_is_not_listed(self):
        self._create_opened()
        self._blacklist()
        Wizard = self.env["outsourcing.tender.invite"].with_user(self.procurement_user)
        wizard = Wizard.create({"tender_id": self.draft.id})
        self.assertEqual(wizard.partner_ids, self.vendors[1:])
        wizard.partner_ids += self.vendor
        told = wizard.action_invite()["params"]["message"]
        self.assertIn(self.vendor.name, told)
        self.assertEqual(self.draft.invitation_ids.partner_id, self.vendors[1:])
        wizard.partner_ids = self.vendor
        with self._refused("on the blacklist"):
            wizard.action_invite()

    def test_another_company_is_not_bound(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager_user.company_ids += other
        entry = self._blacklist()
        found = listed.find_listed(
            self.env, [(self.vendor, self.company), (self.vendor, other)]
        )
        self.assertEqual(found, {(self.vendor.id, self.company.id): entry.sudo()})
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.assertTrue(listed.find_listed(self.env, [(self.vendor, branch)]))

    def test_no_bid_and_no_award(self):
        later = self._create_published()
        tender = self._create_published()
        self._declare(tender)
        for number, price in enumerate(self.prices):
            self._bid(tender, number, price)
        self._blacklist()
        with self._refused("on the blacklist"):
            self._bid(later, 0, self.prices[0])
        with freeze_time(self.deadline):
            tender.action_close()
        with freeze_time(self.opening):
            self._open_bids(tender)
        bid = self._get_bid(tender, 0)
        self.assertEqual(bid.state, "opened", "what was sealed before stays")
        remarks = tender.bid_ids._get_opening_remarks()
        self.assertIn("on the blacklist", remarks[bid.id][0])
        self.assertEqual(set(remarks), set(tender.bid_ids.ids))
        tender.action_start_evaluation()
        self._score(tender, (95, 40, 30))
        mine = tender.with_user(self.procurement_user)
        self.assertRegex(mine.next_step, "Vendor 0.*ranks first and is on the blackl")
        self.assertNotIn("blacklist", tender.with_user(self.auditor_user).next_step)
        tender.action_propose_award()
        award = tender.award_id
        self.assertEqual(award.bid_id, bid)
        award.reasons = "<p>Best.</p>"
        award.low_price_justification = "Own staff"
        with self._refused("(?s)on the blacklist.*annul this award, disqualify"):
            award.action_submit()
        # The way out that the text names.
        award.action_annul(reason="On the blacklist")
        bid.with_user(self.procurement_user).action_disqualify(reason="Blacklist")
        self.assertNotIn("blacklist", mine.next_step)
        tender.action_propose_award()
        self.assertEqual(tender.award_id.partner_id, self.vendors[1])

    def test_no_contract_and_no_renewal(self):
        contract = self.env["outsourcing.contract"].with_user(self.procurement_user)
        contract = contract.create(
            {
                "subject": "Cleaning",
                "partner_id": self.vendor.id,
                "date_start": self.today,
                "date_end": self.today + timedelta(days=90),
                "amount_total": 1200.0,
                "owner_id": self.officer_user.id,
                "direct_reason": "Taken over",
                "category_id": self.category.id,
                "term": "auto_renew",
                "renewals_foreseen": 2,
            }
        )
        contract.request_validation()
        self._pass_reviews(contract, self.manager_user, self.finance_user)
        self.assertTrue(contract._renews_itself())
        self._blacklist()
        with self._refused("on the blacklist"):
            contract.action_send_to_sign()
        self.assertFalse(contract._renews_itself())

    def test_a_form_that_is_not_saved_yet(self):
        """It was called ", until" and offered a step of managers to everybody."""
        entries = self.env["outsourcing.blacklist"]
        mine = entries.with_user(self.procurement_user).new({})
        self.assertEqual(mine.display_name, "New")
        self.assertFalse(mine.can_refuse)
        mine.partner_id = self.vendor
        self.assertEqual(mine.display_name, self.vendor.name)
        self.assertTrue(entries.with_user(self.manager_user).new({}).can_refuse)

    # ------------------------------------------------------------
    # APPEAL
    # ------------------------------------------------------------

    def test_buttons_of_the_appeal(self):
        entry = self._blacklist()
        wizard = self.env["outsourcing.reason.wizard"]
        judges = {"dismiss": self.other_manager, "lift": self.third_manager}
        for verb, user in judges.items():
            entry.with_user(self.officer_user).action_appeal(f"Letter, {verb}")
            judge = entry.with_user(user)
            action = getattr(judge, f"action_open_{verb}_wizard")()
            window = wizard.with_user(user).with_context(**action["context"])
            window.create({"reason": "The office answered"}).action_confirm()
        self.assertEqual(entry.state, "lifted")

    def test_a_second_appeal_says_its_own(self):
        entry = self._blacklist()
        entry.with_user(self.officer_user).action_appeal("They deny it")
        entry.with_user(self.other_manager).action_dismiss("The office denies it")
        self.assertEqual(entry.appeal_reason, "They deny it")
        with self._refused("fill in first"):
            entry.with_user(self.officer_user).write({"state": "appealed"})

    def test_an_appeal_is_decided_by_somebody_else(self):
        entry = self._blacklist()
        with self.assertRaises(UserError):
            entry.with_user(self.other_manager).action_lift("Why not")
        with self.assertRaises(UserError):
            entry.with_user(self.finance_user).action_appeal("It is genuine")
        entry.with_user(self.officer_user).action_appeal("The licence is genuine")
        self.assertTrue(entry.is_in_force, "an appeal does not suspend it")
        self.assertTrue(
            entry.activity_ids.filtered(lambda a: a.user_id == self.other_manager)
        )
        for user in (self.manager_user, self.procurement_user, self.officer_user):
            with self.assertRaises(UserError):
                entry.with_user(user).action_lift("Why not")
        with self.assertRaises(UserError):
            entry.with_user(self.other_manager).action_dismiss(" ")
        entry.with_user(self.other_manager).action_dismiss("The office denies it")
        self.assertRecordValues(
            entry, [{"state": "active", "dismiss_reason": "The office denies it"}]
        )
        self.assertFalse(entry.activity_ids)
        entry.with_user(self.officer_user).action_appeal("The office wrote again")
        self.assertEqual(entry.activity_ids.user_id, self.third_manager)
        for verb in ("dismiss", "lift"):
            with self._refused("decided an earlier one.*Left to decide: Test manager3"):
                getattr(entry.with_user(self.other_manager), f"action_{verb}")("Same")
        with self.assertRaises(UserError):
            entry.with_user(self.other_manager).write(
                {"state": "lifted", "lift_reason": "As I said"}
            )
        entry.with_user(self.third_manager).action_lift("The office confirms it")
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "lifted",
                    "is_in_force": False,
                    "decided_by_id": self.third_manager.id,
                    "judge_ids": (self.other_manager | self.third_manager).ids,
                }
            ],
        )
        self.assertTrue(self._invite(self.vendor))

    def test_whoever_reviewed_the_entry_decides_on_no_appeal(self):
        """Only the last of two reviewers was kept out."""
        self.env["tier.definition"].create(
            {
                "name": "The head of the managers looks last",
                "model_id": self.env["ir.model"]._get_id("outsourcing.blacklist"),
                "review_type": "individual",
                "reviewer_id": self.manager_user.id,
                "approve_sequence": True,
                "sequence": 1,
                "company_id": False,
            }
        )
        entry = self._propose()
        entry.request_validation()
        entry.with_user(self.other_manager).action_activate()
        self.assertEqual(entry.state, "proposed")
        entry.with_user(self.manager_user).action_activate()
        self.assertEqual(entry.activated_by_id, self.manager_user)
        entry.with_user(self.officer_user).action_appeal("The licence is genuine")
        self.assertEqual(entry.activity_ids.user_id, self.third_manager)
        for verb in ("dismiss", "lift"):
            with self._refused("wrote or reviewed it"):
                getattr(entry.with_user(self.other_manager), f"action_{verb}")("Same")
        entry.with_user(self.third_manager).action_lift("The office confirms it")

    def test_whoever_spoke_first_decides_on_no_later_appeal(self):
        """What the other one did not agree to was forgotten."""
        entry = self._appeal_to_nobody()
        named = self._name_last_resort()
        entry.with_user(self.officer_user).action_appeal("The office wrote again")
        entry.with_user(named[0]).action_lift("The letter is genuine")
        entry.with_user(named[1]).action_dismiss("It is not")
        # Meanwhile there is a manager again.
        managers = self.env.ref("outsourcing_mgmt.group_outsourcing_manager")
        self.third_manager.group_ids = managers
        entry.with_user(self.third_manager).action_dismiss("It is not, indeed")
        judges = self.other_manager | named[0] | named[1] | self.third_manager
        self.assertEqual(entry.judge_ids, judges)

    def _name_last_resort(self):
        """Let the company name two persons before the appeal, and return them."""
        with freeze_time("2025-01-15 12:00:00"):
            self.company.write(
                {
                    "outsourcing_last_resort_one_id": self.hr_user.id,
                    "outsourcing_last_resort_two_id": self.auditor_user.id,
                }
            )
        return self.hr_user, self.auditor_user

    def _appeal_to_nobody(self):
        """Return an entry on whose second appeal no manager is left to decide."""
        entry = self._blacklist()
        entry.with_user(self.officer_user).action_appeal("They deny it")
        entry.with_user(self.other_manager).action_dismiss("The office denies it")
        self.third_manager.group_ids = False
        managers = self.env.ref("outsourcing_mgmt.group_outsourcing_manager")
        # Administrators of the test database may hold it by implication.
        left = self.manager_user | self.other_manager
        for user in managers.sudo().all_user_ids - left:
            user.company_ids -= self.company
        return entry

    def test_two_named_persons_decide_where_no_manager_is_left(self):
        entry = self._appeal_to_nobody()
        named = self._name_last_resort()
        entry.with_user(self.officer_user).action_appeal("The office wrote again")
        self.assertEqual(entry.activity_ids.user_id, named[0] | named[1])
        with self._refused("decided an earlier one"):
            entry.with_user(self.other_manager).action_lift("Same")
        one, two = (entry.with_user(user) for user in named)
        self.assertTrue(one.can_lift)
        with self.assertRaises(UserError):
            one.action_lift(" ")
        one.action_lift("The letter is genuine")
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "appealed",
                    "first_judge_id": named[0].id,
                    "first_verdict": "lift",
                }
            ],
        )
        with self._refused("decides together with you"):
            one.action_lift("The letter is genuine")
        with self.assertRaises(UserError):
            one.write({"state": "lifted", "lift_reason": "Alone"})
        # The other one wants it to stay; that is what both have to agree on now.
        two.action_dismiss("It is not")
        self.assertEqual(entry.state, "appealed")
        self.assertEqual(entry.first_judge_id, named[1])
        one.action_dismiss("It is not, indeed")
        self.assertRecordValues(
            entry,
            [
                {
                    "state": "active",
                    "dismiss_reason": "It is not, indeed",
                    "decided_by_id": named[0].id,
                    "judge_ids": (self.other_manager | named[0] | named[1]).ids,
                }
            ],
        )
        self.assertFalse(entry.activity_ids)
        # A third appeal finds nobody: the text says what helps.
        entry.with_user(self.officer_user).action_appeal("Once more")
        with self._refused("Nobody is left: make somebody else a manager"):
            one.action_lift("Again")
        with self.assertRaises(AccessError):
            entry.sudo().write({"judge_ids": [(5, 0, 0)]})

    def test_persons_named_after_the_appeal_do_not_decide(self):
        entry = self._appeal_to_nobody()
        entry.with_user(self.officer_user).action_appeal("The office wrote again")
        self.company.write(
            {
                "outsourcing_last_resort_one_id": self.hr_user.id,
                "outsourcing_last_resort_two_id": self.auditor_user.id,
            }
        )
        with self._refused("Nobody is left"):
            entry.with_user(self.hr_user).action_lift("Let them")

    def test_upgrade_keeps_who_decided_earlier(self):
        entry = self._blacklist()
        entry.with_user(self.officer_user).action_appeal("They deny it")
        entry.with_user(self.other_manager).action_dismiss("The office denies it")
        server_write(entry.sudo(), {"judge_ids": [(5, 0, 0)]})
        script = self._load_migration("19.0.1.10.0", "post-appeal-judges.py")
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.9.0")
            self.assertEqual(entry.judge_ids, self.other_manager)

    # ------------------------------------------------------------
    # ANOTHER NAME FOR THE SAME VENDOR
    # ------------------------------------------------------------

    def _new_company(self, name, **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    def test_keys_that_it_had_bind(self):
        """The number was cleared, and a contact moved: both were free."""
        number = self.vendor.vat
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.vendor.id, "email": "a@vendor.test"}
        )
        entry = self._blacklist()
        self.vendor.vat = False
        new = self._new_company("Fresh start", vat=number)
        with self._refused("on the blacklist"):
            self._invite(new)
        new.vat = "TAX 777 888"
        self._invite(new)
        contact.parent_id = new
        with self._refused("on the blacklist"):
            self._invite(contact)
        with self._refused("have in common"):
            self._invite(new)
        with self.assertRaises(UserError):
            entry.sudo().write({"known_keys": {}})

    def test_shared_account_or_name_is_held_until_two_persons_decide(self):
        accounts = self.env["res.partner.bank"]
        vals = {"acc_number": "BE71 0961 2345 6769", "partner_id": self.vendor.id}
        account = accounts.create(vals)
        self._blacklist()
        account.unlink()
        banker = self._new_company("Elsewhere Ltd")
        accounts.create({**vals, "partner_id": banker.id})
        namesake = self._new_company(f"{self.vendor.name} GmbH")
        for twin, ground in ((banker, "bank account"), (namesake, "name")):
            with self._refused(f"have in common.*{ground}"):
                self._invite(twin)
            # One manager alone does not say that both are two vendors.
            alone = self._propose(self.manager_user, partner_id=twin.id)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                alone.with_user(self.manager_user).action_refuse("Two vendors")
                self._invite(twin)
            alone.with_user(self.other_manager).action_refuse("Two vendors")
            self.assertTrue(self._invite(twin))
        # What comes to light later is asked anew.
        accounts.create({**vals, "partner_id": namesake.id})
        with self._refused("have in common.*bank account"):
            self._invite(namesake)

    def test_who_is_held_learns_nothing_of_the_other(self):
        """A bidder was told who is listed, and staff to throw out an honest one."""
        later = self._create_published()
        tender = self._create_evaluation()
        self._score(tender, (95, 40, 30))
        other = self.vendors[2]
        entry = self._blacklist(partner_id=other.id)
        for owner in (other, self.vendor):
            self.env["res.partner.bank"].create(
                {"acc_number": "BE71 0961 2345 6769", "partner_id": owner.id}
            )
        bid = portal.start_bid(later.with_user(self.vendor_users[0]).sudo())
        told = listed.get_listed_reasons(bid)[bid.id]
        self.assertIn("being checked", told)
        self.assertNotIn(other.name, told)
        with self._refused("being checked"):
            self._bid(later, 0, self.prices[0])
        for _try in range(2):
            listed.call_about_held(bid)
        todo = entry.sudo().activity_ids.filtered(
            lambda item: self.vendor.name in (item.summary or "")
        )
        self.assertEqual(todo.user_id, self.procurement_user)
        mine = tender.with_user(self.procurement_user)
        self.assertIn("may be the same", mine.next_step)
        self.assertNotIn("isqualify", mine.next_step)
        tender.action_propose_award()
        award = tender.award_id
        reason = award._get_listed_winner_reasons()[award.id]
        self.assertIn("may be the same", reason)
        self.assertNotIn("isqualify", reason)
        inviting = self.vendor.with_user(self.procurement_user)
        inviting = inviting.with_context(
            outsourcing_inviting_company_id=self.company.id
        )
        self.assertIn("may be on the blacklist", inviting.display_name)

    def _load_migration(self, version, name="post-listed-keys.py"):
        path = Path(__file__).parents[1] / f"migrations/{version}/{name}"
        spec = importlib.util.spec_from_file_location("listed_migration", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        return script

    def test_upgrade_keeps_what_two_persons_decided(self):
        """Their name and account have another key since; they are two vendors."""
        script = self._load_migration("19.0.1.10.0")
        self.vendor.name = "The Light + Power"
        vals = {"acc_number": "IBAN BE71 0961 2345 6769"}
        self.env["res.partner.bank"].create({**vals, "partner_id": self.vendor.id})
        entry = self._blacklist()
        twin = self._new_company("The Light + Power Ltd")
        self.env["res.partner.bank"].create({**vals, "partner_id": twin.id})
        decided = self._propose(partner_id=twin.id)
        decided.with_user(self.manager_user).action_refuse("Two vendors")
        old = [
            [entry.id, "name", script.old_name_key(twin.name)],
            [entry.id, "account", script.old_account_key(vals["acc_number"])],
        ]
        new = decided.sudo().cleared_matches
        self.assertEqual(len(new), 2)
        self.assertFalse([row for row in old if row in new])
        server_write(decided.sudo(), {"cleared_matches": old})
        with self._refused("have in common"):
            self._invite(twin)
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.9.0")
            self.assertEqual(len(decided.sudo().cleared_matches), 4)
        self.assertTrue(self._invite(twin))
        # Another name than the one that was decided on is not.
        server_write(decided.sudo(), {"cleared_matches": [[entry.id, "name", "x"]]})
        script.migrate(self.env.cr, "19.0.1.9.0")
        with self._refused("have in common"):
            self._invite(twin)

    def test_upgrade_keeps_what_vendors_are_known_by(self):
        script = self._load_migration("19.0.1.8.0")
        entry = self._blacklist()
        known = entry.sudo().known_keys
        self.assertTrue(known["number"])
        server_write(entry.sudo(), {"known_keys": False})
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.7.0")
        self.env.invalidate_all()
        self.assertEqual(entry.sudo().known_keys, known)
