from functools import partial

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.base.grants import server_write
from .fake_registry import FakeModelsCommon

MODEL = "outsourcing.fake.document"


@tagged("post_install", "-at_install")
class TestTierMixin(FakeModelsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.definition = cls._define(MODEL, cls.reviewers)

    def _approve(self, document, user=None):
        document.with_user(user or self.reviewer).validate_tier()

    # ------------------------------------------------------------
    # What it says
    # ------------------------------------------------------------

    def test_bar_and_chatter_name_who_decides(self):
        document = self._create_document()
        group = self.reviewers.name
        self.assertIn(
            f"Waiting for the approval of: {group}", document.to_validate_message
        )
        self.assertEqual(document.next_review, f"Next: {self.definition.name}")
        body = document._notify_requested_review_body(document.review_ids)
        self.assertIn(f"asks for the approval of: {group}", body)

    # ------------------------------------------------------------
    # The plain way
    # ------------------------------------------------------------

    def test_review_then_gate(self):
        document = self._create_document()
        with self.assertRaisesRegex(ValidationError, "has not approved"):
            document.write({"state": "approved"})
        self._approve(document)
        document.write({"state": "approved"})
        self.assertEqual(document.state, "approved")
        self.assertEqual(document.review_ids.done_by, self.reviewer)

    def test_group_counts_holders_by_implication(self):
        document = self._create_document()
        self.assertEqual(
            document.review_ids._get_reviewers(), self.reviewer | self.chief
        )
        self._approve(document, self.chief)
        document.write({"state": "approved"})

    def test_user_who_joins_the_group_later(self):
        document = self._create_document()
        self.reviewers.user_ids = [(4, self.stranger.id)]
        self._approve(document, self.stranger)
        self.assertEqual(document.review_ids.done_by, self.stranger)

    def test_tray_counts_for_the_reviewer_only(self):
        document = self._create_document()
        for user, expected in ((self.reviewer, True), (self.stranger, False)):
            rows = self.env["res.users"].with_user(user).review_user_count()
            found = [row for row in rows if row["model"] == MODEL]
            self.assertEqual(bool(found), expected)
            mine = document.with_user(user)
            self.assertEqual(mine.can_review, expected)
            self.assertEqual(
                bool(mine.search([("can_review", "=", True)]) & document), expected
            )

    def test_tiers_keep_their_order(self):
        second = self._define(MODEL, self.env.ref("base.group_system"), sequence=20)
        self.env.ref("base.group_system").user_ids = [(4, self.stranger.id)]
        document = self._create_document()
        with self.assertRaises(UserError):
            self._approve(document, self.stranger)
        self._approve(document)
        with self.assertRaisesRegex(ValidationError, second.name):
            document.write({"state": "approved"})
        self._approve(document, self.stranger)
        document.write({"state": "approved"})

    def test_reject_blocks_and_restart_keeps_history(self):
        document = self._create_document()
        document.with_user(self.reviewer).reject_tier()
        with self.assertRaisesRegex(ValidationError, "rejected"):
            document.write({"state": "approved"})
        with self.assertRaises(UserError):
            self._approve(document, self.chief)
        document.restart_validation()
        history = self._history(document)
        self.assertRecordValues(
            history, [{"status": "rejected", "done_by_id": self.reviewer.id}]
        )
        document.request_validation()
        self._approve(document)
        document.write({"state": "approved"})

    def test_refuse_works_while_reviews_run(self):
        document = self._create_document()
        document.write({"state": "refused", "reason": "no budget"})
        self.assertFalse(document.review_ids)
        self.assertEqual(self._history(document).status, "pending")

    # ------------------------------------------------------------
    # Who may not
    # ------------------------------------------------------------

    def test_author_never_approves(self):
        self.reviewers.user_ids = [(4, self.author.id)]
        document = self._create_document()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._approve(document, self.author)
        with self.assertRaises(UserError):
            document.with_user(self.author).sudo().validate_tier()

    def test_requester_never_approves_whoever_asked(self):
        self.reviewers.user_ids = [(4, self.stranger.id)]
        document = self._create_document(requester_id=self.stranger.id)
        with self.assertRaises(UserError):
            self._approve(document, self.stranger)

    def test_last_editor_never_approves(self):
        document = self._create_document(submitted=False)
        document.with_user(self.reviewer).write({"amount": 200})
        document.write({"state": "submitted"})
        document.request_validation()
        with self.assertRaises(UserError):
            self._approve(document)
        self._approve(document, self.chief)
        document.write({"state": "approved"})

    def test_earlier_editor_never_approves(self):
        """Everybody who ever wrote a part of it, not only the last one."""
        acts = (
            lambda document: document.write({"amount": 200}),
            lambda document: document.sudo().write({"amount": 200}),
            lambda document: document.write({"line_ids": [(0, 0, {"name": "A"})]}),
            lambda document: document.line_ids.create({"document_id": document.id}),
            lambda document: document.sudo().line_ids.write({"name": "B"}),
            lambda document: document.line_ids.unlink(),
        )
        for number, act in enumerate(acts):
            document = self._create_document(submitted=False)
            document.write({"line_ids": [(0, 0, {"name": "First"})]})
            act(document.with_user(self.reviewer))
            document.with_user(self.author).write({"amount": 200 + number})
            self.assertEqual(document.content_editor_id, self.author)
            self.assertIn(self.reviewer, document.content_author_ids)
            document.write({"state": "submitted"})
            document.request_validation()
            with self.assertRaisesRegex(UserError, "somebody else"):
                self._approve(document)
            self._approve(document, self.chief)
            document.write({"state": "approved"})

    def test_authors_are_noted_by_the_server(self):
        document = self._create_document(submitted=False)
        with self.assertRaises(AccessError):
            document.write({"content_author_ids": [(5,)]})
        with self.assertRaises(AccessError):
            document.create({"content_author_ids": [(4, self.stranger.id)]})
        copy = document.with_user(self.stranger).copy()
        self.assertEqual(copy.content_author_ids, self.stranger)

    def test_approver_is_told_before_a_change_is_saved(self):
        document = self._create_document(submitted=False)
        mine = document.with_user(self.reviewer)
        self.assertIn("no longer approve", mine.content_notice)
        self.assertFalse(document.with_user(self.stranger).content_notice)
        mine.write({"amount": 200})
        self.assertIn("somebody else", mine.content_notice)
        new = document.new({"amount": 1}).with_user(self.reviewer)
        self.assertIn("somebody else", new.content_notice)
        arch = str(document.get_view(view_type="form")["arch"])
        self.assertIn("content_notice", arch)

    def test_nobody_left_falls_to_the_manager_group(self):
        self.reviewers.user_ids = [(5,), (4, self.author.id)]
        self.chief_reviewers.user_ids = [(5,)]
        document = self._create_document()
        self.assertIn(self.manager, document.review_ids._get_reviewers())
        self.assertNotIn(self.author, document.review_ids._get_reviewers())
        self._approve(document, self.manager)
        document.write({"state": "approved"})

    def test_no_definition_means_the_manager_not_approved(self):
        self.definition.active = False
        document = self._create_document()
        with self.assertRaisesRegex(ValidationError, "manager group"):
            document.write({"state": "approved"})
        with self.assertRaises(ValidationError):
            document.with_user(self.stranger).sudo().write({"state": "approved"})
        document.with_user(self.manager).write({"state": "approved"})
        self.assertEqual(document.state, "approved")

    def test_new_definition_must_review_too(self):
        document = self._create_document()
        self._approve(document)
        self._define(MODEL, self.env.ref("base.group_system"), sequence=10)
        with self.assertRaisesRegex(ValidationError, "restart"):
            document.write({"state": "approved"})

    def test_other_company_is_no_reviewer(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.reviewer.write(
            {"company_ids": [(6, 0, other.ids)], "company_id": other.id}
        )
        document = self._create_document()
        self.assertNotIn(self.reviewer, document.review_ids._get_reviewers())

    # ------------------------------------------------------------
    # Attacks: the leaks of stock OCA, refused here
    # ------------------------------------------------------------

    def test_attack_write_status(self):
        document = self._create_document()
        for user in (self.author, self.stranger, self.reviewer):
            review = document.with_user(user).review_ids
            for vals in (
                {"status": "approved"},
                {"status": "approved", "done_by": self.reviewer.id},
                {"status": "approved", "done_by": user.id},
                {"done_by": self.reviewer.id},
                {"requested_by": self.stranger.id},
                {"reviewer_ids": [(4, self.stranger.id)]},
                {"res_id": 1},
                {"model": "res.partner"},
                {"definition_id": False},
            ):
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(AccessError):
                        review.write(vals)
        self.assertEqual(document.review_ids.status, "pending")
        with self.assertRaises(ValidationError):
            document.write({"state": "approved"})

    def test_attack_approve_in_another_name(self):
        document = self._create_document()
        review = document.with_user(self.stranger).review_ids
        vals = {"status": "approved", "done_by": self.reviewer.id}
        for write in (review.write, partial(server_write, review)):
            with self.assertRaises(AccessError):
                write(vals)

    def test_attack_validation_status_and_context_keys(self):
        document = self._create_document()
        forged = document.with_context(
            skip_validation_check=True,
            skip_check_state_condition=True,
            outsourcing_flow_key=True,
        )
        for vals in (
            {"validation_status": "validated"},
            {"content_editor_id": self.stranger.id},
            {"review_ids": [(5,)]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                forged.write(vals)
        with self.assertRaises(ValidationError):
            forged.write({"state": "approved"})

    def test_attack_change_after_approval(self):
        document = self._create_document()
        self._approve(document)
        document.with_context(skip_validation_check=True).write({"amount": 999999})
        self.assertFalse(document.review_ids)
        with self.assertRaises(ValidationError):
            document.write({"state": "approved"})
        self.assertEqual(self._history(document).status, "approved")

    def test_attack_change_of_a_line_after_approval(self):
        document = self._create_document()
        self._approve(document)
        self.env["outsourcing.fake.line"].with_user(self.author).create(
            {"document_id": document.id}
        )
        self.assertFalse(document.review_ids)

    def test_attack_create_or_move_reviews(self):
        document = self._create_document()
        Review = self.env["tier.review"].with_user(self.stranger)
        forged = {
            "model": MODEL,
            "res_id": document.id,
            "definition_id": self.definition.id,
            "status": "approved",
        }
        with self.assertRaises(AccessError):
            Review.create(forged)
        with self.assertRaises(AccessError):
            Review.with_context(default_model=MODEL, default_res_id=document.id).create(
                {"definition_id": self.definition.id, "status": "approved"}
            )
        elsewhere = Review.create({"model": "outsourcing.stock.document", "res_id": 1})
        with self.assertRaises(AccessError):
            elsewhere.write(forged)
        with self.assertRaises(AccessError):
            document.with_user(self.stranger).review_ids.unlink()

    def test_fields_of_the_definition_may_be_repeated(self):
        """Other add-ons store these fields, and the ORM then writes them."""
        document = self._create_document()
        review = document.review_ids
        definition = self.definition
        same = {
            "name": definition.name,
            "review_type": definition.review_type,
            "reviewer_id": definition.reviewer_id.id,
            "reviewer_group_id": definition.reviewer_group_id.id,
            "has_comment": definition.has_comment,
            "approve_sequence": definition.approve_sequence,
        }
        review.write(same)
        self.assertEqual(review.reviewer_group_id, self.reviewers)
        for name, value in (
            ("name", "Mine"),
            ("review_type", "individual"),
            ("reviewer_id", self.stranger.id),
            ("reviewer_group_id", False),
            ("approve_sequence", not definition.approve_sequence),
            ("sequence", 99),
            ("status", "approved"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                review.write({**same, name: value})

    def test_reviews_are_not_forwarded(self):
        document = self._create_document()
        mine = document.with_user(self.reviewer)
        for route in (mine.forward_tier, mine._forward_tier):
            with self.assertRaisesRegex(UserError, "cannot be forwarded"):
                route()

    def test_attack_comment_wizard(self):
        self._define(MODEL, self.env.ref("base.group_system"), sequence=20)
        self.env.ref("base.group_system").user_ids = [(4, self.stranger.id)]
        document = self._create_document()
        for user, reviews in (
            (self.author, document.review_ids),
            (self.stranger, document.review_ids[1]),
        ):
            wizard = (
                self.env["comment.wizard"]
                .with_user(user)
                .create(
                    {
                        "res_model": MODEL,
                        "res_id": document.id,
                        "validate_reject": "validate",
                        "review_ids": [(6, 0, reviews.ids)],
                        "comment": "fine",
                    }
                )
            )
            with self.subTest(user=user.login), self.assertRaises(UserError):
                wizard.add_comment()
        self.assertNotIn("approved", document.review_ids.mapped("status"))

    def test_comment_wizard_serves_the_reviewer(self):
        document = self._create_document()
        wizard = (
            self.env["comment.wizard"]
            .with_user(self.reviewer)
            .create(
                {
                    "res_model": MODEL,
                    "res_id": document.id,
                    "validate_reject": "validate",
                    "review_ids": [(6, 0, document.review_ids.ids)],
                    "comment": "fine",
                }
            )
        )
        wizard.add_comment()
        self.assertRecordValues(
            document.review_ids, [{"status": "approved", "comment": "fine"}]
        )

    def test_reviews_are_read_by_readers_of_the_document(self):
        document = self._create_document()
        self.env["ir.rule"].create(
            {
                "name": "own documents",
                "model_id": self.env["ir.model"]._get_id(MODEL),
                "domain_force": "[('create_uid', '=', user.id)]",
                "groups": [(6, 0, self.env.ref("base.group_user").ids)],
            }
        )
        review = document.review_ids
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "fake_portal",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )
        for user in (self.stranger, portal):
            Review = self.env["tier.review"].with_user(user)
            with self.subTest(user=user.login):
                self.assertFalse(Review.search([("id", "=", review.id)]))
                self.assertFalse(Review.search_count([("id", "=", review.id)]))
                with self.assertRaises(AccessError):
                    review.with_user(user).read(["status"])
        self.assertTrue(
            self.env["tier.review"]
            .with_user(self.author)
            .search([("id", "=", review.id)])
        )

    def test_history_is_append_only(self):
        document = self._create_document()
        document.restart_validation()
        history = self._history(document)
        for row in (history, history.with_user(self.author)):
            with self.assertRaises(AccessError):
                row.write({"status": "approved"})
            with self.assertRaises(AccessError):
                row.unlink()
            with self.assertRaises(AccessError):
                row.sudo().create(
                    {"res_model": MODEL, "res_id": document.id, "status": "approved"}
                )

    def test_stock_reviews_keep_their_behaviour(self):
        """The leak exists on stock OCA: the refusals above test our code."""
        name = "outsourcing.stock.document"
        self._define(name, self.reviewers)
        document = self.env[name].with_user(self.author).create({"name": "Stock"})
        document.request_validation()
        self.env.invalidate_all()
        document.with_user(self.stranger).review_ids.write({"status": "approved"})
        document.write({"state": "approved"})
        self.assertEqual(document.state, "approved")
        born = self.env[name].with_user(self.stranger).create({"state": "approved"})
        self.assertEqual(born.state, "approved")

    def _history(self, document):
        return self.env["outsourcing.review.history"].search(
            [("res_model", "=", MODEL), ("res_id", "=", document.id)]
        )
