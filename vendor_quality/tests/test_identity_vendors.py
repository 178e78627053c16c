from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY

from .common import FEBRUARY, MARCH, GateCommon
from .fake_outsourcing import send_direct


@tagged("post_install", "-at_install")
class TestIdentityVendors(GateCommon):
    """Whoever was a contract's vendor stays governed; strangers use no form of it."""

    def _new_partner(self, name="Somebody", **values):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, **values}
        )

    def _new_account(self, partner, number="BE71 0961 2345 6769"):
        return self.env["res.partner.bank"].create(
            {"partner_id": partner.id, "acc_number": number}
        )

    def _assert_held(self, partner, words, **values):
        """A bill of ``partner`` is refused and says why it is governed."""
        bill = self._new_bill(amount=100, vendor=partner, **values)
        with self._refused(words):
            bill.action_post()
        return bill

    def _assert_free(self, partner, **values):
        bill = self._new_posted_bill(amount=100, vendor=partner, **values)
        self.assertEqual(bill.vendor_quality_stage, "free")
        self.assertFalse(bill.vendor_quality_decision_ids)

    def _get_taken(self, form):
        rows = self.env["vendor.quality.gate.reader"]._get_taken(
            self.env["account.move"].search([("partner_id", "!=", False)])
        )
        return rows.get(form.id, 0.0)

    # ------------------------------------------------------------
    # CONTACTS
    # ------------------------------------------------------------

    def test_contact_taken_out_of_its_company(self):
        self._new_form()
        for act in (
            {"parent_id": False},
            {"parent_id": self.other_vendor.id},
            {"is_company": True},
            {"parent_id": False, "active": False},
        ):
            with self.subTest(act):
                contact = self._new_partner(
                    "Desk", parent_id=self.vendor.id, is_company=False
                )
                contact.write(dict(act))
                # Contacts have the number of their company, also afterwards.
                self._assert_held(contact, "is that of Clean & Co", period=MARCH)
                # A contact brings its number along, and its new company takes it.
                (contact | self.other_vendor).vat = False
                self._assert_held(contact, "former contact of Clean & Co")

    def test_contact_of_a_contact(self):
        """What stands under a contact that leaves goes with it, and stays governed."""
        desk = self._new_partner("Desk", parent_id=self.vendor.id, is_company=False)
        clerk = self._new_partner("Clerk", parent_id=desk.id, is_company=False)
        desk.write({"parent_id": False})
        clerk.write({"parent_id": False})
        for partner in desk | clerk:
            partner.vat = False
            self._assert_held(partner, "former contact of Clean & Co")

    def test_company_under_the_vendor(self):
        branch = self._new_partner("Branch", parent_id=self.vendor.id)
        self._assert_held(branch, "contact of")

    def test_contact_merged_into_a_stranger(self):
        contact = self._new_partner("Desk", parent_id=self.vendor.id, is_company=False)
        stranger = self._new_partner("Stranger", is_company=False)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((contact | stranger).ids, stranger, extra_checks=False)
        self.env.invalidate_all()
        self.assertFalse(contact.exists())
        # The merge gave it company and number of the contact.
        stranger.write({"parent_id": False})
        stranger.vat = False
        self._assert_held(stranger, "former contact of Clean & Co")

    def test_vendor_of_a_while(self):
        """A company that the vendor once belonged to was the contract's vendor, too."""
        group = self._new_partner("Group", vat="BE0403170701")
        self.vendor.write({"parent_id": group.id, "is_company": False})
        self.assertEqual(self.contract.commercial_partner_id, group)
        self.vendor.write({"parent_id": False, "is_company": True})
        group.vat = False
        self._assert_held(group, "former contact of Clean & Co")

    def test_other_contacts_are_free(self):
        contact = self._new_partner(
            "Desk", parent_id=self.other_vendor.id, is_company=False
        )
        contact.parent_id = False
        self._assert_free(contact, period=None)

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    def test_number_in_another_spelling_is_the_same_vendor(self):
        """With and without country prefix: one vendor, one fee."""
        self._new_form()
        for number in ("0477472701", "BE 0477.472.701", "477472701"):
            twin = self._new_partner(f"Twin {number}", vat=number)
            self._new_posted_bill(amount=100, vendor=twin)
            bill = self._new_bill(amount=901, vendor=twin)
            with self._refused("its VAT number is that of Clean & Co"):
                bill.action_post()
        self._assert_proof()

    def test_disguised_number_and_name_are_held(self):
        """In letters and digits of another script, or with a word before it."""
        for number in ("ВЕ0477472701", "BE٠٤٧٧٤٧٢٧٠١", "VAT BE0477472701"):  # noqa: RUF001
            twin = self._new_partner("Twin", vat=number)
            self._assert_held(twin, "its VAT number is that of Clean & Co")
        for name in ("Сlean & Со", "The Clean + Co"):  # noqa: RUF001
            twin = self._new_partner(name, is_company=True)
            self._assert_held(twin, "Clean & Co")

    def test_number_of_the_past(self):
        """The vendor's number is changed, and a twin gets the old one."""
        self._new_form()
        self.vendor.vat = "BE0403170701"
        twin = self._new_partner("Twin", vat="0477472701")
        self._assert_held(twin, "its VAT number is that of", period=MARCH)

    def test_registry_number(self):
        twin = self._new_partner("Twin", company_registry="0477.472.701")
        self._assert_held(twin, "its VAT number is that of")

    def test_generic_numbers_identify_nobody(self):
        form = self._new_form()
        for number in ("XEXX010101000", "UNKNOWN", "/", "N/A", "00000000", "123456789"):
            with self.subTest(number):
                self.vendor.vat = number
                stranger = self._new_partner(f"Stranger {number}", vat=number)
                self._assert_free(stranger)
        self.assertEqual(self._get_taken(form), 0)

    def test_unproven_number_holds_and_charges_nothing(self):
        form = self._new_form()
        self.vendor.vat = "HOUSE 2026-7"
        stranger = self._new_partner("Stranger", vat="house 2026/7")
        bill = self._assert_held(stranger, "its VAT number is that of Clean & Co")
        self._except(bill)
        bill.action_post()
        self.assertEqual(self._get_taken(form), 0)
        self.assertFalse(bill.vendor_quality_decision_ids.contract_id)

    # ------------------------------------------------------------
    # ACCOUNTS AND NAMES
    # ------------------------------------------------------------

    def test_account_without_its_head(self):
        self._new_form()
        account = self._new_account(self.vendor)
        stranger = self._new_partner("Stranger")
        self._new_account(stranger, "096-1234567-69")
        self._assert_held(stranger, "its bank account is that of Clean & Co")
        # Also once the vendor has another one, and holds none any more.
        account.acc_number = "BE68 5390 0754 7034"
        self._assert_held(stranger, "its bank account is that of Clean & Co")

    def test_generic_account_is_nobodys(self):
        self._new_form()
        stranger = self._new_partner("Stranger")
        for partner in self.vendor | stranger:
            self._new_account(partner, "N/A 0000")
        self._assert_free(stranger)

    def test_company_with_the_same_name_is_held(self):
        self._new_form()
        for name in ("Clean & Co", "CLEAN AND CO.", "Clean & Co Ltd"):
            self._assert_held(self._new_partner(name), "has the name of Clean & Co")
        person = self._new_partner("Clean & Co", is_company=False)
        self._assert_free(person)
        self._assert_free(self._new_partner("Clean & Cooperative"))

    def test_payment_says_why_it_is_governed(self):
        twin = self._new_partner("Clean and Co")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": twin.id,
                "amount": 10,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
            }
        )
        with self._refused("has the name of Clean & Co"):
            payment.action_post()

    # ------------------------------------------------------------
    # TWO PERSONS
    # ------------------------------------------------------------

    def _decide(self, partner, answer, approve=True):
        change = (
            self.env["vendor.quality.gate.change"]
            .with_user(self.manager)
            .create(
                {
                    "kind": "pair",
                    "partner_id": partner.id,
                    "vendor_id": self.vendor.id,
                    "answer": answer,
                    "reason": "Compared at the register",
                }
            )
        )
        change.action_submit()
        if approve:
            mine = change.with_user(self.finance)
            mine.validate_tier()
            mine.action_approve()
        return change

    def test_two_vendors_is_decided_once(self):
        self._new_form()
        twin = self._new_partner("Clean and Co")
        self._assert_held(twin, "Nobody decided whether")
        change = self._decide(twin, "other", approve=False)
        self.assertIn("Name", change.pair_text)
        with self.assertRaises(UserError):
            change.with_user(self.manager).action_approve()
        self._assert_held(twin, "Nobody decided whether")
        mine = change.with_user(self.finance)
        mine.validate_tier()
        mine.action_approve()
        self._assert_free(twin)
        self._assert_free(twin, period=FEBRUARY)
        # What they have in common later was not decided.
        self._new_account(self.vendor)
        self._new_account(twin)
        self._assert_held(twin, "its bank account is that of Clean & Co")

    def test_payment_names_no_ground_that_was_lifted(self):
        twin = self._new_partner("Glass Works")
        self._new_account(self.vendor)
        self._new_account(twin)
        self._decide(twin, "other")
        self._assert_free(twin)
        twin.name = "Clean and Co"
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": twin.id,
                "amount": 10,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
            }
        )
        with self._refused("has the name of Clean & Co"):
            payment.action_post()

    def test_bill_is_compared_with_the_vendor_that_governs_it(self):
        """Not with one from which two persons told it apart."""
        glass = self._new_partner("Glass & Co")
        self._new_contract(glass)
        twin = self._new_partner("Glass and Co")
        self._new_account(self.vendor)
        self._new_account(twin)
        self._decide(twin, "other")
        bill = self._assert_held(twin, "has the name of Glass & Co")
        self.assertTrue(bill.vendor_quality_is_vendor_doubtful)
        action = bill.with_user(self.accountant).action_vendor_quality_compare_vendor()
        self.assertEqual(action["context"]["default_vendor_id"], glass.id)
        self.assertEqual(action["context"]["default_partner_id"], twin.id)

    def test_bank_line_of_a_vendor_that_was_told_apart(self):
        """The bank's own words name both, and two persons decided that they differ."""
        twin = self._new_partner("Clean and Co")
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-12",
                "payment_ref": "Bank",
                "partner_id": twin.id,
                "partner_name": "Clean & Co",
                "amount": -50,
                "counterpart_account_id": self.expense.id,
            }
        )
        Gate = self.env["vendor.quality.gate"]
        self.assertEqual([row[0] for row in Gate._find_undecided()], [line.move_id])
        self._decide(twin, "other")
        self.assertFalse(Gate._find_undecided())

    def test_account_that_two_persons_told_apart(self):
        """A payee governed by its name has an account in common with Clean & Co."""
        self._new_contract(self._new_partner("Glass & Co"))
        partner = self._new_partner("Glass and Co")
        self._new_account(partner)
        values = {
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": partner.id,
            "partner_bank_id": self._new_account(self.vendor).id,
            "amount": 10,
            "journal_id": self.bank_journal.id,
            "date": "2026-02-10",
        }
        with self._refused("an account of Clean & Co"):
            self.env["account.payment"].create(values).action_post()
        self._decide(partner, "other")
        with self._refused("cannot be paid out"):
            self.env["account.payment"].create(values).action_post()

    def test_upgrade_keeps_what_two_persons_decided(self):
        """The name has another key since: under that they are two vendors, too."""
        path = Path(__file__).parents[1] / "migrations/19.0.1.11.0/post-vendor-keys.py"
        spec = spec_from_file_location("vendor_keys", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        self._new_form()
        twin = self._new_partner("Clean and Co")
        self._decide(twin, "other")
        joined = self._new_partner("CLEAN & CO")
        self._decide(joined, "other")
        self._decide(joined, "same")
        self.env.flush_all()
        for table, field in (
            ("res_partner", "vendor_quality_name_key"),
            ("vendor_quality_identity", "key"),
        ):
            # pylint: disable=sql-injection
            self.env.cr.execute(
                f"UPDATE {table} SET {field} = 'before' WHERE {field} = 'cleanandco'"
            )
        self.env.invalidate_all()
        self._assert_free(twin)
        for _time in range(2):
            script.migrate(self.env.cr, "19.0.1.10.0")
            self.env.invalidate_all()
            self._assert_free(twin)
            rows = self.env["vendor.quality.identity"].sudo()
            rows = rows.search([("kind", "=", "other"), ("key", "=", "cleanandco")])
            self.assertEqual(rows.mapped("partner_id"), twin)
            self.assertEqual(len(rows), 1)
        with self._refused("two persons decided that its vendor is Clean & Co"):
            self._new_posted_bill(amount=1100, vendor=joined)

    def test_one_vendor_has_one_fee(self):
        form = self._new_form()
        twin = self._new_partner("Clean and Co")
        self._decide(twin, "same")
        self._new_posted_bill(amount=600, vendor=twin)
        self.assertEqual(self._get_taken(form), 600)
        with self._refused("two persons decided that its vendor is Clean & Co"):
            self._new_posted_bill(amount=500, vendor=twin)
        self._decide(twin, "other")
        self._assert_free(twin)

    def test_nothing_in_common_is_not_decided(self):
        with self._refused("nothing to decide"):
            self._decide(self.other_vendor, "same")

    def test_identities_are_kept_by_the_server(self):
        rows = self.env["vendor.quality.identity"].search(
            [("vendor_id", "=", self.vendor.id)]
        )
        self.assertLessEqual({"contact", "number", "name"}, set(rows.mapped("kind")))
        for act in (
            lambda: rows.unlink(),
            lambda: rows.write({"key": "1"}),
            lambda: rows.create({"vendor_id": self.vendor.id, "kind": "same"}),
            lambda: rows.sudo().unlink(),
            lambda: rows.sudo().write({"key": "1"}),
            lambda: rows.sudo().create({"vendor_id": self.vendor.id, "kind": "same"}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                act()

    def test_installation_notes_what_was_there(self):
        Identity = self.env["vendor.quality.identity"]
        before = Identity.search_count([])
        Identity._remember_all()
        self.assertEqual(Identity.search_count([]), before)
        self.env.cr.execute("DELETE FROM vendor_quality_identity")
        Identity.invalidate_model()
        Identity._remember_all()
        self.assertGreaterEqual(Identity.search_count([]), 3)

    # ------------------------------------------------------------
    # SIGNING
    # ------------------------------------------------------------

    def test_contract_needs_a_vendor_with_a_number(self):
        nobody = self._new_partner("Nobody", vat="N/A")
        contract = self._create_contract(
            activate=False,
            partner_id=nobody.id,
            vendor_quality_template_id=self.template.id,
        )
        send_direct(contract.with_user(self.owner_user))
        mine = contract.with_user(self.procurement_user)
        with self._refused("neither a tax number nor a bank account"):
            mine.action_sign(signed_date="2026-01-01", signed_copy=SIGNED_COPY)
        nobody.bank_ids = [Command.create({"acc_number": "BE71 0961 2345 6769"})]
        mine.action_sign(signed_date="2026-01-01", signed_copy=SIGNED_COPY)
        self.assertEqual(contract.state, "signed")
