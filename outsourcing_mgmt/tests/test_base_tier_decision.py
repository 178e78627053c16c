from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.base.acting_person import acting_in_process, is_acting_in_process
from .fake_registry import FakeModelsCommon

MODEL = "outsourcing.fake.document"


@tagged("post_install", "-at_install")
class TestTierDecision(FakeModelsCommon):
    """Approve and Refuse are one act each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.definition = cls._define(MODEL, cls.reviewers)

    def _fresh(self, document, user):
        document.invalidate_recordset()
        return document.with_user(user)

    def test_approve_settles_and_crosses(self):
        document = self._create_document()
        mine = self._fresh(document, self.reviewer)
        self.assertTrue(mine.can_approve)
        mine.action_tier_approve()
        self.assertEqual(document.state, "approved")
        self.assertRecordValues(
            document.review_ids,
            [{"status": "approved", "done_by": self.reviewer.id}],
        )

    def test_the_last_of_several_crosses(self):
        system = self.env.ref("base.group_system")
        system.user_ids = [(4, self.stranger.id)]
        self._define(MODEL, system, sequence=20)
        document = self._create_document()
        last = self._fresh(document, self.stranger)
        self.assertFalse(last.can_approve, "an earlier tier waits for somebody else")
        with self.assertRaises(UserError):
            last.action_tier_approve()
        self._fresh(document, self.reviewer).action_tier_approve()
        self.assertEqual(document.state, "submitted")
        self.assertFalse(self._fresh(document, self.reviewer).can_approve)
        last = self._fresh(document, self.stranger)
        self.assertTrue(last.can_approve)
        last.action_tier_approve()
        self.assertEqual(document.state, "approved")

    def test_tiers_of_one_person_are_one_act(self):
        self._define(MODEL, self.chief_reviewers, sequence=20)
        document = self._create_document()
        self._fresh(document, self.chief).action_tier_approve()
        self.assertEqual(document.review_ids.done_by, self.chief)
        self.assertEqual(document.state, "approved")

    def test_author_and_stranger_get_nothing(self):
        document = self._create_document()
        for user in (self.author, self.stranger):
            mine = self._fresh(document, user)
            with self.subTest(user=user.login):
                self.assertFalse(mine.can_approve)
                with self.assertRaises(UserError):
                    mine.sudo().action_tier_approve()
                with self.assertRaises(UserError):
                    mine.sudo().action_tier_refuse("No")
        self.assertEqual(document.review_ids.status, "pending")

    def test_the_step_s_own_rule_refuses_the_review_as_well(self):
        document = self._create_document(amount=-1)
        mine = self._fresh(document, self.reviewer)
        self.assertFalse(mine.can_approve)
        with self.assertRaisesRegex(UserError, "the hearing runs"):
            mine.action_tier_approve()
        self.assertEqual(document.review_ids.status, "pending")

    def test_a_reviewer_needs_no_right_to_write(self):
        access = self.env["ir.model.access"].search([("model_id.model", "=", MODEL)])
        document = self._create_document()
        access.perm_write = False
        self._fresh(document, self.reviewer).action_tier_approve()
        self.assertEqual(document.state, "approved")
        other = self.env[MODEL].sudo().create({"name": "Other"})
        other.write({"state": "submitted"})
        other.request_validation()
        with self.assertRaises(UserError):
            self._fresh(other, self.stranger).action_tier_approve()

    def test_refuse_keeps_who_and_why(self):
        document = self._create_document()
        self._fresh(document, self.reviewer).action_tier_refuse("Too dear")
        self.assertRecordValues(
            document.review_ids,
            [
                {
                    "status": "rejected",
                    "done_by": self.reviewer.id,
                    "comment": "Too dear",
                }
            ],
        )
        document.invalidate_recordset()
        self.assertIn("Too dear", document.tier_refused_message)
        self.assertIn(self.reviewer.name, document.tier_refused_message)
        self.assertTrue(document.tier_needs_restart)
        with self.assertRaisesRegex(UserError, "fill in first"):
            self._fresh(self._create_document(), self.reviewer).action_tier_refuse("")

    def test_a_model_with_a_refusing_step_takes_it(self):
        document = self._create_document()
        self._fresh(document, self.reviewer)._tier_refuse(
            "refused", "reason", "Not now"
        )
        self.assertRecordValues(document, [{"state": "refused", "reason": "Not now"}])
        history = self.env["outsourcing.review.history"].search(
            [("res_model", "=", MODEL), ("res_id", "=", document.id)]
        )
        self.assertRecordValues(
            history, [{"status": "rejected", "done_by_id": self.reviewer.id}]
        )

    def test_comment_then_gate(self):
        self.definition.has_comment = True
        document = self._create_document()
        mine = self._fresh(document, self.reviewer)
        action = mine.action_tier_approve()
        self.assertEqual(action["res_model"], "comment.wizard")
        self.assertEqual(document.state, "submitted")
        wizard = (
            self.env["comment.wizard"]
            .with_user(self.reviewer)
            .with_context(**action["context"])
            .create({"comment": "Fine"})
        )
        wizard.add_comment()
        self.assertEqual(document.state, "approved")
        self.assertEqual(document.review_ids.comment, "Fine")

    def test_code_does_not_approve(self):
        document = self._create_document()
        self.assertTrue(is_acting_in_process())
        action = self.env["ir.actions.server"].create(
            {
                "name": "Approve all",
                "model_id": self.env["ir.model"]._get_id(MODEL),
                "state": "code",
                "code": "records.action_tier_approve()",
            }
        )
        with acting_in_process(), self.assertRaises(AccessError):
            action.with_user(self.reviewer).with_context(
                active_model=MODEL, active_id=document.id, active_ids=document.ids
            ).sudo().run()
        self.assertEqual(document.review_ids.status, "pending")

    def test_one_approve_and_one_refuse_on_the_form(self):
        self.env["ir.ui.view"].create(
            {
                "name": "fake form",
                "model": MODEL,
                "arch": """<form><header>
                <button name="restart_validation" type="object"/>
                <field name="state" widget="statusbar"/></header>
                <sheet><field name="name"/></sheet></form>""",
            }
        )
        arch = etree.fromstring(self.env[MODEL].get_view(view_type="form")["arch"])
        names = arch.xpath("//button/@name")
        self.assertNotIn("validate_tier", names)
        self.assertNotIn("reject_tier", names)
        self.assertNotIn("action_tier_approve", names, "the model has its own")
        self.assertTrue(arch.xpath("//field[@name='tier_ready_message']"))
