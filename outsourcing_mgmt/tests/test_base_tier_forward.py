from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import OutsourcingCommon


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestTierForward(OutsourcingCommon):
    """Hardened reviews beside OCA's ``base_tier_validation_forward``.

    It stores what a review has from its definition, and lets a reviewer pass a
    review on to anybody.
    """

    def test_request_is_approved(self):
        request = self._create_request()
        request.with_user(self.user_user).action_submit()
        self.env.flush_all()
        review = request.review_ids
        self.assertEqual(review.review_type, "group")
        as_hr = request.with_user(self.hr_user)
        as_hr.validate_tier()
        as_hr.action_approve()
        self.assertEqual(request.state, "approved")

    def test_definition_may_still_be_renamed(self):
        request = self._create_request()
        request.with_user(self.user_user).action_submit()
        review = request.review_ids
        # sudo: an administrator configures the tiers.
        review.sudo().definition_id.name = "Personnel"
        self.env.flush_all()
        self.assertEqual(review.name, "Personnel")

    def test_nobody_forwards(self):
        request = self._create_request()
        request.with_user(self.user_user).action_submit()
        # sudo: as above.
        request.sudo().review_ids.definition_id.has_forward = True
        as_hr = request.with_user(self.hr_user)
        self.assertFalse(as_hr.can_forward)
        with self.assertRaisesRegex(UserError, "cannot be forwarded"):
            as_hr.forward_tier()
        comment = (
            self.env["comment.wizard"]
            .with_user(self.hr_user)
            .create(
                {
                    "comment": "You do it",
                    "validate_reject": "forward",
                    "res_model": request._name,
                    "res_id": request.id,
                    "review_ids": [(6, 0, request.review_ids.ids)],
                }
            )
        )
        with self.assertRaisesRegex(UserError, "cannot be forwarded"):
            comment.add_comment()
        wizard = (
            self.env["tier.validation.forward.wizard"]
            .with_user(self.hr_user)
            .with_context(comment_id=comment.id)
            .create(
                {
                    "res_model": request._name,
                    "res_id": request.id,
                    "forward_reviewer_id": self.user_user.id,
                }
            )
        )
        with self.assertRaises(UserError):
            wizard.add_forward()
        for vals in (
            {"status": "forwarded"},
            {"reviewer_id": self.user_user.id, "review_type": "individual"},
        ):
            with self.assertRaises(AccessError):
                request.review_ids.with_user(self.hr_user).write(vals)
        self.env.invalidate_all()
        self.assertEqual(request.review_ids.mapped("status"), ["pending"])
