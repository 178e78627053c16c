from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from .common import GROUPS, OutsourcingCommon
from .fake_registry import FakeModelsCommon

MODEL = "outsourcing.fake.document"
LINE = "outsourcing.fake.line"


class DeputyCommon(FakeModelsCommon):
    """Documents that their authors and the reviewers read, and one deputy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.outsourcing_tz = "UTC"
        cls.today = cls.company._outsourcing_today()
        cls.definition = cls._define(MODEL, cls.reviewers)
        cls.reviewer.group_ids |= cls.env.ref(GROUPS["user"])
        cls.hr = cls._new_user("hr", GROUPS["hr"])
        cls._hide(MODEL, "create_uid")
        cls._hide(LINE, "document_id.create_uid")
        cls.chief_reviewers.user_ids = [Command.clear()]

    @classmethod
    def _hide(cls, model, field):
        """Let employees read own records only, reviewers all of them."""
        for group, domain in (
            (cls.env.ref("base.group_user"), f"[('{field}', '=', user.id)]"),
            (cls.reviewers, "[(1, '=', 1)]"),
        ):
            cls.env["ir.rule"].create(
                {
                    "name": f"{model} {group.name}",
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "domain_force": domain,
                    "groups": [Command.link(group.id)],
                }
            )

    @classmethod
    def _name_deputy(
        cls, user=None, deputy=None, by=None, days=7, confirmer=None, **values
    ):
        user = user or cls.reviewer
        named = (
            cls.env["outsourcing.deputy"]
            .with_user(by or user)
            .create(
                {
                    "user_id": user.id,
                    "deputy_id": (deputy or cls.stranger).id,
                    "date_from": cls.today,
                    "date_to": cls.today + timedelta(days=days),
                    "reason": "Annual leave",
                    **values,
                }
            )
        )
        if named.is_waiting:
            named.with_user(confirmer or user).action_confirm()
        return named

    def _assert_cannot_review(self, document, user):
        mine = document.with_user(user)
        mine.invalidate_recordset()
        self.assertFalse(mine.sudo()._tier_get_open_reviews_of_user(user))
        with self.assertRaises(UserError):
            mine.sudo().validate_tier()
        self.assertEqual(document.sudo().review_ids.filtered("done_by").ids, [])


@tagged("post_install", "-at_install")
class TestDeputyOfOthers(DeputyCommon):
    """One person of HR does not choose alone who approves for others."""

    def _name_alone(self):
        return (
            self.env["outsourcing.deputy"]
            .with_user(self.hr)
            .create(
                {
                    "user_id": self.reviewer.id,
                    "deputy_id": self.stranger.id,
                    "date_from": self.today,
                    "date_to": self.today + timedelta(days=7),
                    "reason": "Ill",
                    "named_by_id": self.reviewer.id,
                    "confirmed_by_id": self.chief.id,
                }
            )
        )

    def test_needs_a_second_person(self):
        document = self._create_document()
        named = self._name_alone()
        self.assertEqual(named.named_by_id, self.hr)
        self.assertFalse(named.confirmed_by_id)
        self._assert_cannot_review(document, self.stranger)
        for user in (self.hr, self.stranger, self.author):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                named.with_user(user).action_confirm()
        with self.assertRaises(UserError):
            named.with_user(self.hr).write({"confirmed_by_id": self.reviewer.id})
            self.assertTrue(named.is_waiting)
            named.with_user(self.hr).action_confirm()
        other = self._new_user("hr_other", GROUPS["hr"])
        named.with_user(other).action_confirm()
        self.assertEqual(named.confirmed_by_id, other)
        mine = document.with_user(self.stranger)
        mine.invalidate_recordset()
        self.assertTrue(mine.sudo()._tier_get_open_reviews_of_user(self.stranger))
        # A longer time is another naming.
        named.with_user(self.hr).date_to = self.today + timedelta(days=90)
        self.assertTrue(named.is_waiting)

    def test_whoever_named_settles_no_other_tier(self):
        named = self._name_alone()
        named.with_user(self.reviewer).action_confirm()
        self._define(MODEL, self.env.ref(GROUPS["hr"]))
        document = self._create_document()
        reviews = document.sudo().review_ids
        mine = reviews.filtered(
            lambda row: row.definition_id.reviewer_group_id == self.reviewers
        )
        other = reviews - mine
        self.assertIn(self.stranger.id, mine._tier_get_principals())
        self.assertIn(self.hr, other._tier_get_own_reviewers())
        server_write(
            mine,
            {
                "done_by": self.stranger.id,
                "outsourcing_deputy_for_id": self.reviewer.id,
            },
        )
        self.assertNotIn(self.hr, other._tier_get_own_reviewers())


@tagged("post_install", "-at_install")
class TestDeputy(DeputyCommon):
    """An approver is away, and somebody else reviews in the approver's place."""

    def test_deputy_reviews_in_place_of_the_approver(self):
        document = self._create_document()
        self._assert_cannot_review(document, self.stranger)
        self._name_deputy()
        mine = document.with_user(self.stranger)
        mine.invalidate_recordset()
        self.assertTrue(mine.can_review)
        tray = self.env["res.users"].with_user(self.stranger).review_user_count()
        self.assertIn(MODEL, [row["model"] for row in tray])
        mine.validate_tier()
        review = document.sudo().review_ids
        self.assertRecordValues(
            review,
            [
                {
                    "status": "approved",
                    "done_by": self.stranger.id,
                    "outsourcing_deputy_for_id": self.reviewer.id,
                }
            ],
        )
        self.assertIn(f"(for {self.reviewer.name})", review.display_status)
        self.assertIn(
            f"in place of {self.reviewer.name}", document.sudo().message_ids[0].body
        )
        step = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", MODEL), ("res_id", "=", document.id)]
        )
        self.assertRecordValues(
            step, [{"verb": "reviewed_as_deputy", "user_id": self.stranger.id}]
        )
        mine._take_step("approved")
        self.assertEqual(document.state, "approved")

    def test_deputy_rejects_and_the_history_keeps_for_whom(self):
        document = self._create_document()
        self._name_deputy()
        document.with_user(self.stranger).reject_tier()
        self.assertEqual(document.sudo().review_ids.status, "rejected")
        document.restart_validation()
        history = self.env["outsourcing.review.history"].search(
            [("res_model", "=", MODEL), ("res_id", "=", document.id)]
        )
        self.assertRecordValues(
            history,
            [
                {
                    "status": "rejected",
                    "done_by_id": self.stranger.id,
                    "deputy_for_id": self.reviewer.id,
                }
            ],
        )

    def test_approver_still_reviews(self):
        self._name_deputy()
        document = self._create_document()
        document.with_user(self.reviewer).validate_tier()
        self.assertFalse(document.sudo().review_ids.outsourcing_deputy_for_id)

    def test_user_tier(self):
        self.definition.write(
            {"review_type": "individual", "reviewer_id": self.reviewer.id}
        )
        self.definition.reviewer_group_id = False
        document = self._create_document()
        self._name_deputy()
        document.with_user(self.stranger).validate_tier()
        self.assertEqual(
            document.sudo().review_ids.outsourcing_deputy_for_id, self.reviewer
        )

    # ------------------------------------------------------------
    # Days
    # ------------------------------------------------------------

    def test_days_of_the_company(self):
        """The first to the last day where the company works, whoever asks."""
        self.company.outsourcing_tz = "Asia/Shanghai"
        self._name_deputy(date_from=date(2026, 3, 2), date_to=date(2026, 3, 3))
        document = self._create_document()
        for moment, lives in (
            ("2026-03-01 15:59:00", False),
            ("2026-03-01 16:00:00", True),
            ("2026-03-03 15:59:00", True),
            ("2026-03-03 16:00:00", False),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.env["outsourcing.deputy"]._cron_follow_days()
                mine = document.with_user(self.stranger).with_context(
                    tz="Pacific/Pago_Pago"
                )
                self.assertEqual(
                    bool(mine.sudo()._tier_get_open_reviews_of_user(self.stranger)),
                    lives,
                )
                self.assertEqual(mine.has_access("read"), lives)

    def test_job_brings_the_trays_up_to_date(self):
        self._name_deputy(date_from=date(2026, 3, 2), date_to=date(2026, 3, 3))
        with freeze_time("2026-03-01 12:00:00"):
            self.env["outsourcing.deputy"]._cron_follow_days()
            document = self._create_document()
        review = document.sudo().review_ids
        for day, listed in (("2026-03-02", True), ("2026-03-04", False)):
            with freeze_time(f"{day} 12:00:00"):
                self.env["outsourcing.deputy"]._cron_follow_days()
                self.assertEqual(self.stranger in review.reviewer_ids, listed)

    def test_archived_deputy_has_ended(self):
        self.stranger.group_ids |= self.env.ref(GROUPS["user"])
        document = self._create_document()
        deputy = self._name_deputy()
        deputy.with_user(self.stranger).action_archive()
        self._assert_cannot_review(document, self.stranger)
        self.assertNotIn(self.stranger, document.sudo().review_ids.reviewer_ids)

    # ------------------------------------------------------------
    # Who may not
    # ------------------------------------------------------------

    def test_exclusions_bind_the_deputy(self):
        for deputy, values in (
            (self.author, {}),
            (self.stranger, {"requester_id": self.stranger.id}),
        ):
            with self.subTest(deputy=deputy.name):
                self._name_deputy(deputy=deputy)
                self._assert_cannot_review(self._create_document(**values), deputy)
        edited = self._create_document(submitted=False)
        edited.with_user(self.stranger).sudo().write({"amount": 7})
        edited.write({"state": "submitted"})
        edited.request_validation()
        self._assert_cannot_review(edited, self.stranger)

    def test_nobody_reviews_own_documents_through_a_deputy(self):
        """The approver is the author: what he may not do, no deputy does for him."""
        self.reviewers.user_ids |= self.author
        self.author.group_ids |= self.env.ref(GROUPS["user"])
        self._name_deputy(user=self.author)
        self._assert_cannot_review(self._create_document(), self.stranger)

    def test_deputy_of_a_deputy_does_not_review(self):
        self.stranger.group_ids |= self.env.ref(GROUPS["user"])
        third = self._new_user("third")
        self._name_deputy()
        self._name_deputy(user=self.stranger, deputy=third)
        self._assert_cannot_review(self._create_document(), third)

    def test_other_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for user in (self.reviewer, self.stranger):
            user.company_ids |= elsewhere
        self._name_deputy(company_id=elsewhere.id)
        document = self._create_document()
        self._assert_cannot_review(document, self.stranger)
        self.assertFalse(document.with_user(self.stranger).has_access("read"))

    def test_one_person_settles_one_tier(self):
        """Neither two in place of others, nor one so and one in the own right."""
        second_group = self.env["res.groups"].create({"name": "Second"})
        self._define(MODEL, second_group, sequence=20)
        other = self._new_user("other", GROUPS["user"])
        second_group.user_ids = [Command.set((other | self.stranger).ids)]
        self._name_deputy()
        self._name_deputy(user=other)
        document = self._create_document()
        document.with_user(self.stranger).validate_tier()
        reviews = document.sudo().review_ids.sorted("sequence")
        self.assertEqual(reviews.mapped("status"), ["approved", "pending"])
        self.assertFalse(document.sudo()._tier_get_open_reviews_of_user(self.stranger))
        document.with_user(other).sudo().validate_tier()
        # The other way round: own tier first.
        self.definition.sequence = 10
        document = self._create_document()
        document.with_user(self.stranger).sudo().validate_tier()
        reviews = document.sudo().review_ids.sorted("sequence")
        self.assertEqual(reviews.mapped("status"), ["approved", "pending"])
        self.assertFalse(document.sudo()._tier_get_open_reviews_of_user(self.stranger))

    # ------------------------------------------------------------
    # Naming
    # ------------------------------------------------------------

    def test_nobody_makes_himself_a_deputy(self):
        self.stranger.group_ids |= self.env.ref(GROUPS["user"])
        values = {
            "user_id": self.reviewer.id,
            "date_from": self.today,
            "date_to": self.today,
            "reason": "x",
        }
        Deputy = self.env["outsourcing.deputy"]
        for user in (self.stranger, self.hr, self.manager):
            mine = Deputy.with_user(user)
            for model in (mine, mine.sudo()):
                with self.subTest(user=user.name), self.assertRaises(AccessError):
                    model.create({**values, "deputy_id": user.id})
        # Nor somebody else for an approver, without being HR or manager.
        for model in (
            Deputy.with_user(self.stranger),
            Deputy.with_user(self.stranger).sudo(),
            Deputy.sudo(),
        ):
            with self.assertRaises(AccessError):
                model.create({**values, "deputy_id": self.author.id})
        self._name_deputy(by=self.hr)
        self._name_deputy(by=self.manager)

    def test_nobody_makes_it_last_longer_for_himself(self):
        deputy = self._name_deputy(deputy=self.hr)
        for vals in (
            {"date_to": self.today + timedelta(days=90)},
            {"active": False, "date_to": self.today + timedelta(days=90)},
            {"active": True},
        ):
            for route in (deputy.with_user(self.hr), deputy.with_user(self.hr).sudo()):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    route.write(vals)
        deputy.with_user(self.reviewer).date_to = self.today + timedelta(days=90)

    def test_begun_is_history(self):
        deputy = self._name_deputy()
        for vals in (
            {"deputy_id": self.author.id},
            {"user_id": self.chief.id},
            {"date_from": self.today - timedelta(days=9)},
            {"reason": "Another"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                deputy.write(vals)
        with self.assertRaises(UserError):
            deputy.unlink()
        later = self._name_deputy(date_from=self.today + timedelta(days=2))
        later.deputy_id = self.author
        later.unlink()

    def test_evaluated_code_names_nobody(self):
        """HR who runs an action that somebody else wrote has named nobody."""
        action = self.env["ir.actions.server"].create(
            {
                "name": "Name",
                "model_id": self.env["ir.model"]._get_id("outsourcing.deputy"),
                "state": "code",
                "code": f"env['outsourcing.deputy'].create({{'user_id': "
                f"{self.reviewer.id}, 'deputy_id': {self.stranger.id}, 'reason': 'x', "
                f"'date_from': '{self.today}', 'date_to': '{self.today}'}})",
            }
        )
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_actions"),
        ):
            action.with_user(self.hr).sudo().run()

    def test_only_employees(self):
        portal = new_test_user(self.env, "fake_portal", groups="base.group_portal")
        with self.assertRaises(ValidationError):
            self._name_deputy(deputy=portal)

    def test_own_deputies_are_seen(self):
        mine = self._name_deputy()
        other = self._name_deputy(
            user=self.chief, by=self.hr, deputy=self.author, confirmer=self.manager
        )
        Deputy = self.env["outsourcing.deputy"]
        auditor = self._new_user("auditor", GROUPS["auditor"])
        for user, seen in (
            (self.reviewer, mine),
            (self.hr, mine | other),
            (self.manager, mine | other),
            (auditor, mine | other),
        ):
            with self.subTest(user=user.name):
                found = Deputy.with_user(user).search([])
                self.assertEqual(found & (mine | other), seen)
        with self.assertRaises(AccessError):
            mine.with_user(auditor).date_to = self.today
        with self.assertRaises(AccessError):
            other.with_user(self.reviewer).action_archive()

    # ------------------------------------------------------------
    # What a deputy reads
    # ------------------------------------------------------------

    def test_deputy_reads_what_waits_for_the_approver(self):
        document = self._create_document(
            submitted=False, line_ids=[Command.create({"name": "Part"})]
        )
        other = self._create_document(submitted=False)
        mine, line = document.with_user(self.stranger), document.line_ids
        self._name_deputy()
        self.assertFalse(mine.has_access("read"), "no review waits yet")
        document.write({"state": "submitted"})
        document.request_validation()
        self.assertEqual(mine.read(["name"])[0]["name"], "Paper")
        self.assertEqual(mine.search([]), document)
        self.assertEqual(line.with_user(self.stranger).name, "Part")
        self.assertEqual(mine.review_ids.mapped("status"), ["pending"])
        self.assertTrue(mine.get_view(view_type="form"))
        self.assertFalse(other.with_user(self.stranger).has_access("read"))
        for operation in ("write", "unlink"):
            self.assertFalse(mine.has_access(operation))
            self.assertFalse(line.with_user(self.stranger).has_access(operation))
        with self.assertRaises(AccessError):
            mine.write({"amount": 1})
        mine.validate_tier()
        self.assertTrue(mine.has_access("read"), "the gate can still be crossed")
        document.write({"state": "approved"})
        mine.invalidate_recordset()
        self.assertFalse(mine.has_access("read"))
        with self.assertRaises(AccessError):
            mine.read(["name"])
        self.assertFalse(mine.search([]))

    def test_reading_ends_with_the_deputyship(self):
        document = self._create_document()
        deputy = self._name_deputy()
        mine = document.with_user(self.stranger)
        self.assertTrue(mine.has_access("read"))
        deputy.action_archive()
        self.assertFalse(mine.has_access("read"))
        self.assertNotIn(self.stranger.partner_id, document.sudo().message_partner_ids)

    def test_a_role_must_open_such_documents_at_all(self):
        self.env["ir.model.access"].search(
            [("model_id.model", "=", MODEL)]
        ).group_id = self.reviewers
        document = (
            self.env[MODEL].with_user(self.author).sudo().create({"name": "Paper"})
        )
        document.write({"state": "submitted"})
        document.request_validation()
        deputy = self._name_deputy()
        self._assert_cannot_review(document, self.stranger)
        self.assertFalse(document.with_user(self.stranger).has_access("read"))
        self.assertIn("Fake Document", deputy.unreadable_text)


@tagged("post_install", "-at_install")
class TestDeputyOfRequest(OutsourcingCommon):
    """The real gates: a deputy of HR approves, and does nothing else of HR."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stand = cls._new_user("stand", GROUPS["user"])
        cls.today = cls.company._outsourcing_today()

    def _name(self, user, deputy=None):
        self.env["outsourcing.deputy"].with_user(user).create(
            {
                "user_id": user.id,
                "deputy_id": (deputy or self.stand).id,
                "date_to": self.today + timedelta(days=3),
                "reason": "Ill",
            }
        )

    def test_deputy_of_hr_approves_an_application(self):
        request = self._create_request()
        request.action_submit()
        other = self._create_request()
        mine = request.with_user(self.stand)
        self.assertFalse(mine.has_access("read"))
        self._name(self.hr_user)
        self.assertEqual(mine.subject, request.subject)
        self.assertEqual(len(mine.line_ids.read(["price_unit"])), 1)
        mine.action_approve()
        self.assertEqual(request.state, "approved")
        self.assertEqual(request.approved_by_id, self.stand)
        mine.invalidate_recordset()
        self.assertFalse(mine.has_access("read"))
        other.action_submit()
        theirs = other.with_user(self.stand)
        with self.assertRaises(UserError):
            theirs.write({"state": "approved"})

    def test_deputy_of_hr_refuses_an_application(self):
        request, later = self._create_request(), self._create_request()
        (request | later).action_submit()
        mine = request.with_user(self.stand)
        self._name(self.hr_user)
        self.assertTrue(mine.can_refuse)
        mine.action_refuse("No budget")
        self.assertRecordValues(
            request, [{"state": "refused", "refusal_reason": "No budget"}]
        )
        history = self.env["outsourcing.review.history"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertRecordValues(
            history.filtered(lambda row: row.status == "rejected"),
            [{"done_by_id": self.stand.id, "deputy_for_id": self.hr_user.id}],
        )
        log = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        step = log.filtered(lambda row: row.verb == "reviewed_as_deputy")
        self.assertEqual(step.user_id, self.stand)
        mine.invalidate_recordset()
        self.assertFalse(mine.has_access("read"))
        # A rejection alone gives no right once the deputyship has ended.
        theirs = later.with_user(self.stand)
        theirs.action_tier_refuse("Not so")
        self.env["outsourcing.deputy"].search([]).action_archive()
        for route in (theirs, theirs.sudo()):
            with self.assertRaises(UserError):
                route.action_refuse("No")
        self.assertEqual(later.state, "submitted")

    def test_deputy_of_a_manager_refuses_another_zone(self):
        change = (
            self.env["outsourcing.zone.change"]
            .with_user(self.manager_user)
            .create({"zone": "Asia/Tokyo", "reason": "We moved"})
        )
        change.action_submit()
        other = self._new_user("other", f"{GROUPS['user']},{GROUPS['manager']}")
        self.stand.group_ids |= self.env.ref("base.group_system")
        mine = change.with_user(self.stand)
        with self.assertRaises(UserError):
            mine.action_refuse("No")
        self._name(other)
        mine.invalidate_recordset()
        mine.action_refuse("No")
        self.assertRecordValues(
            change, [{"state": "refused", "refused_by_id": self.stand.id}]
        )

    def test_deputy_of_a_manager_approves_another_zone(self):
        change = (
            self.env["outsourcing.zone.change"]
            .with_user(self.manager_user)
            .create({"zone": "Asia/Tokyo", "reason": "We moved"})
        )
        change.action_submit()
        other = self._new_user("other", f"{GROUPS['user']},{GROUPS['manager']}")
        self._name(other)
        self.stand.group_ids |= self.env.ref("base.group_system")
        change.with_user(self.stand).action_approve()
        self.assertEqual(self.company.outsourcing_tz, "Asia/Tokyo")
        self.assertEqual(change.review_ids.outsourcing_deputy_for_id, other)

    def test_applicant_and_author_do_not_stand_in(self):
        request = self._create_request(self.head_user)
        request.action_submit()
        for user in (self.user_user, self.head_user):
            self._name(self.hr_user, user)
            with self.assertRaises(UserError):
                request.with_user(user).validate_tier()
            with self.assertRaises(UserError):
                request.with_user(user).sudo().action_refuse("No")

    def test_reference_price_is_not_told_to_deputies(self):
        """Whoever may not learn the amount cannot decide on it."""
        request = self._create_approved_request()
        price = self._create_reference_price(request)
        price.action_submit()
        self._name(self.finance_user, self.procurement_user)
        mine = price.with_user(self.procurement_user)
        with self.assertRaises(UserError):
            mine.validate_tier()
        self.assertFalse(mine.amount)
