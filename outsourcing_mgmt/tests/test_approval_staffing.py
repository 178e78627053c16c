from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import GROUPS, ContractCommon
from .test_approval_deputy import MODEL, DeputyCommon

STAFFING = "outsourcing.gate.staffing"


class StaffingCommon(DeputyCommon):
    """A gate at which nobody but its author could act."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one = cls._new_user("one")
        cls.two = cls._new_user("two")
        cls.auditor = cls._new_user("auditor", GROUPS["auditor"])
        cls.managers = cls.env.ref(GROUPS["manager"])

    @classmethod
    def _name_two(cls, one=None, two=None):
        """Name the two persons of the last resort; a year ago."""
        with freeze_time("2025-01-15 12:00:00"):
            cls.company.write(
                {
                    "outsourcing_last_resort_one_id": (one or cls.one).id,
                    "outsourcing_last_resort_two_id": (two or cls.two).id,
                }
            )

    @classmethod
    def _leave_nobody(cls):
        """Only the author holds the groups of the tier and of the managers."""
        cls.reviewers.user_ids = [Command.set(cls.author.ids)]
        cls.managers.user_ids = [Command.set(cls.author.ids)]
        # Administrators of the test database may hold it by implication.
        for group in cls.managers.implied_by_ids:
            group.user_ids = [Command.clear()]

    def _review(self, document):
        document.invalidate_recordset()
        return document.sudo().review_ids


@tagged("post_install", "-at_install")
class TestLastResort(StaffingCommon):
    """Nobody is left: two persons who were named beforehand decide together."""

    def test_two_persons_decide_together(self):
        self._leave_nobody()
        self._name_two()
        document = self._create_document()
        self.assertEqual(self._review(document)._get_reviewers(), self.one | self.two)
        self.assertIn("Nobody else is left", document.tier_staffing_warning)
        first = document.with_user(self.one).sudo()
        first.validate_tier()
        self.assertRecordValues(
            self._review(document),
            [
                {
                    "status": "pending",
                    "done_by": False,
                    "outsourcing_first_by_id": self.one.id,
                }
            ],
        )
        with self.assertRaises(ValidationError):
            document.write({"state": "approved"})
        with self.assertRaises(UserError):
            first.validate_tier()
        document.with_user(self.two).sudo().validate_tier()
        self.assertRecordValues(
            self._review(document), [{"status": "approved", "done_by": self.two.id}]
        )
        document.write({"state": "approved"})
        # The auditors were told when it began, and at each of the two decisions.
        told = self.env["mail.message"].search(
            [
                ("model", "=", MODEL),
                ("res_id", "=", document.id),
                ("notified_partner_ids", "in", self.auditor.partner_id.ids),
            ]
        )
        self.assertEqual(len(told), 3)
        verbs = (
            self.env["outsourcing.audit.log"]
            .search([("res_model", "=", MODEL), ("res_id", "=", document.id)])
            .mapped("verb")
        )
        self.assertEqual(
            set(verbs),
            {
                "review_short_of_people",
                "reviewed_first_of_two",
                "reviewed_as_last_resort",
            },
        )

    def test_one_of_them_rejects(self):
        self._leave_nobody()
        self._name_two()
        document = self._create_document()
        document.with_user(self.one).sudo().reject_tier()
        self.assertEqual(self._review(document).status, "rejected")

    def test_others_come_first(self):
        self._name_two()
        document = self._create_document()
        self.assertEqual(self._review(document)._get_reviewers(), self.reviewer)
        with self.assertRaises(UserError):
            document.with_user(self.one).sudo().validate_tier()

    def test_managers_come_before_them(self):
        self.reviewers.user_ids = [Command.set(self.author.ids)]
        self._name_two()
        document = self._create_document()
        reviewers = self._review(document)._get_reviewers()
        self.assertIn(self.manager, reviewers)
        self.assertFalse(reviewers & (self.one | self.two))

    def test_named_after_the_request_does_not_count(self):
        self._leave_nobody()
        document = self._create_document()
        self.company.write(
            {
                "outsourcing_last_resort_one_id": self.one.id,
                "outsourcing_last_resort_two_id": self.two.id,
            }
        )
        self.assertFalse(self._review(document)._get_reviewers())
        for user in (self.one, self.two):
            with self.assertRaises(UserError):
                document.with_user(user).sudo().validate_tier()
        # Nor does one who took the place of another afterwards.
        self._name_two()
        self.company.outsourcing_last_resort_two_id = self.stranger
        self.assertFalse(self._review(document)._get_reviewers())

    def test_both_or_none(self):
        self._leave_nobody()
        self._name_two()
        document = self._create_document(requester_id=self.one.id)
        self.assertFalse(self._review(document)._get_reviewers())
        self.assertIn("Nobody is left", document.tier_staffing_warning)
        with self.assertRaises(UserError):
            document.with_user(self.two).sudo().validate_tier()

    def test_forged_first_approval(self):
        self._leave_nobody()
        self._name_two()
        document = self._create_document()
        review = self._review(document)
        for vals in (
            {"outsourcing_first_by_id": self.one.id},
            {"outsourcing_deputy_for_id": self.one.id},
            {"status": "approved", "done_by": self.two.id},
        ):
            for route in (
                review.with_user(self.two),
                review.with_user(self.two).sudo(),
            ):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    route.write(vals)

    def test_changes_are_logged(self):
        self._name_two()
        self.company.outsourcing_last_resort_two_id = self.stranger
        rows = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", "res.company"), ("res_id", "=", self.company.id)],
            order="seq",
        )
        self.assertEqual(rows[-1].verb, "last_resort_named")
        self.assertIn(self.two.login, rows[-1].details["before"])
        self.assertIn(self.stranger.login, rows[-1].details["after"])
        self.assertEqual(
            self.company.outsourcing_last_resort_since, rows[-1].recorded_at
        )

    def test_two_employees_of_the_company(self):
        portal = new_test_user(self.env, "fake_out", groups="base.group_portal")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        abroad = new_test_user(
            self.env,
            "fake_abroad",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        for user in (portal, abroad):
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                self.company.outsourcing_last_resort_one_id = user
        for user in (self.stranger, self.manager):
            with self.assertRaises(AccessError):
                self.company.with_user(user).outsourcing_last_resort_one_id = self.one


@tagged("post_install", "-at_install")
class TestStaffing(StaffingCommon):
    """Who is left at which gate, on a page and on the document."""

    def _rows(self, user=None):
        self.env.flush_all()
        Staffing = self.env[STAFFING].with_user(user or self.auditor)
        Staffing.action_show()
        return Staffing.search([])

    def test_page_lists_every_gate_and_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.auditor.company_ids |= elsewhere
        self.env["tier.definition"].create(
            {
                "name": "Elsewhere only",
                "model_id": self.env["ir.model"]._get_id(MODEL),
                "review_type": "individual",
                "reviewer_id": self.reviewer.id,
                "company_id": elsewhere.id,
            }
        )
        Staffing = self.env[STAFFING].with_user(self.auditor)
        Staffing = Staffing.with_context(
            allowed_company_ids=(self.company | elsewhere).ids
        )
        Staffing.action_show()
        rows = Staffing.search([])
        mine = rows.filtered(lambda row: row.document == "Fake Document")
        self.assertEqual(
            {(row.gate, row.company_id) for row in mine},
            {
                (self.reviewers.name, self.company),
                (self.reviewers.name, elsewhere),
                ("Elsewhere only", elsewhere),
            },
        )
        self.assertEqual(set(mine.mapped("level")), {"one", "none"})
        # Every hardened document stands there.
        names = {
            self.env["ir.model"]._get(name).name
            for name in self.env["tier.review"]._tier_hardened_models()
        }
        self.assertLessEqual(names, set(rows.mapped("document")))

    def test_levels(self):
        row = self._rows().filtered(lambda item: item.document == "Fake Document")
        self.assertRecordValues(
            row, [{"person_count": 1, "level": "one", "waiting_count": 0}]
        )
        self._name_deputy()
        row = self._rows().filtered(lambda item: item.document == "Fake Document")
        self.assertRecordValues(row, [{"person_count": 2, "level": "enough"}])
        self.assertEqual(
            row.deputy_text, f"{self.stranger.name} for {self.reviewer.name}"
        )
        # Two hold the group, and one of them is the author of what waits.
        self.reviewers.user_ids = [Command.set((self.reviewer | self.author).ids)]
        self.env["outsourcing.deputy"].search([]).sudo().with_user(
            self.reviewer
        ).action_archive()
        self._create_document()
        row = self._rows().filtered(lambda item: item.document == "Fake Document")
        self.assertRecordValues(
            row,
            [
                {
                    "person_count": 2,
                    "waiting_count": 1,
                    "least_count": 1,
                    "level": "one",
                }
            ],
        )
        self._leave_nobody()
        row = self._rows().filtered(lambda item: item.document == "Fake Document")
        self.assertRecordValues(row, [{"least_count": 0, "level": "none"}])

    def test_no_definition_means_the_managers(self):
        self.definition.active = False
        row = self._rows().filtered(lambda item: item.document == "Fake Document")
        self.assertIn("manager group decides", row.gate)
        self.assertIn(self.manager, row.user_ids)

    def test_page_is_for_managers_and_auditors(self):
        self.assertTrue(self._rows(self.manager))
        for user in (self.stranger, self.reviewer, self.hr):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env[STAFFING].with_user(user).action_show()
        mine = self._rows(self.manager)
        self.assertFalse(self.env[STAFFING].with_user(self.auditor).search([]) & mine)

    def test_document_warns_when_it_is_submitted(self):
        document = self._create_document()
        self.assertIn(f"Only {self.reviewer.name}", document.tier_staffing_warning)
        bodies = " ".join(document.sudo().message_ids.mapped("body"))
        self.assertIn(f"Only {self.reviewer.name}", bodies)
        arch = document.get_view(view_type="form")["arch"]
        self.assertIn("tier_staffing_warning", str(arch))
        self.reviewers.user_ids |= self.stranger
        self.assertFalse(self._create_document().tier_staffing_warning)
        deputy = self._name_deputy(deputy=self.chief)
        self.reviewers.user_ids -= self.stranger
        other = self._create_document()
        self.assertFalse(other.tier_staffing_warning)
        deputy.action_archive()
        other.invalidate_recordset()
        self.assertIn(f"Only {self.reviewer.name}", other.tier_staffing_warning)

    def test_today_follows_the_deputies(self):
        """The page counts who stands in today, not who will."""
        self._name_deputy(
            date_from=self.today + timedelta(days=1),
            date_to=self.today + timedelta(days=2),
        )
        row = self._rows().filtered(lambda item: item.document == "Fake Document")
        self.assertFalse(row.deputy_text)


@tagged("post_install", "-at_install")
class TestStaffingOfVerbs(ContractCommon):
    """Gates that are no reviews stand on the page, too."""

    def _rows(self, name):
        self.env.flush_all()
        Staffing = self.env[STAFFING].with_user(self.auditor_user)
        Staffing.action_show()
        label = self.env["ir.model"]._get(name).name
        return Staffing.search(
            [("document", "=", label), ("company_id", "=", self.company.id)]
        ).filtered(lambda row: not row.definition_id)

    def test_filing(self):
        contract = self._create_signed()
        row = self._rows("outsourcing.contract").filtered(
            lambda item: item.gate == "Filing"
        )
        people = row.person_count
        self.assertIn(self.hr_user, row.user_ids)
        self.assertGreaterEqual(row.waiting_count, 1)
        self.assertEqual(row.least_count, people)
        # Whoever recorded the signature is not left to file it.
        contract.signed_by_id.sudo().group_ids |= self.env.ref(GROUPS["hr"])
        row = self._rows("outsourcing.contract").filtered(
            lambda item: item.gate == "Filing"
        )
        self.assertEqual((row.person_count, row.least_count), (people + 1, people))
        self.env.ref(GROUPS["hr"]).sudo().user_ids = contract.signed_by_id
        row = self._rows("outsourcing.contract").filtered(
            lambda item: item.gate == "Filing"
        )
        self.assertEqual(row.level, "none")

    def test_every_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.auditor_user.company_ids |= elsewhere
        Staffing = self.env[STAFFING].with_user(self.auditor_user)
        Staffing = Staffing.with_context(
            allowed_company_ids=(self.company | elsewhere).ids
        )
        Staffing.action_show()
        rows = Staffing.search([("gate", "=", "Filing")])
        self.assertEqual(rows.company_id, self.company | elsewhere)
        self.assertEqual(
            rows.filtered(lambda row: row.company_id == elsewhere).level, "none"
        )

    def test_acceptance_of_a_milestone(self):
        contract = self._create_active()
        milestone = (
            self.env["outsourcing.contract.milestone"]
            .with_user(self.officer_user)
            .create(
                {
                    "name": "January",
                    "contract_id": contract.id,
                    "date_due": self.today,
                }
            )
        )
        milestone.action_submit()
        row = self._rows("outsourcing.contract.milestone")
        self.assertNotEqual(row.person_count, 0)
        self.assertEqual(row.least_count, row.person_count - 1)

    def test_confirmation_by_several_roles(self):
        rows = self._rows("outsourcing.bid.person")
        self.assertEqual(rows.gate, "Confirmation")
        self.assertIn(self.procurement_user, rows.user_ids)
