from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import OutsourcingCommon


@tagged("post_install", "-at_install")
class TestTierDefinition(OutsourcingCommon):
    """A review that waits is not handed to somebody else by its tier."""

    def test_reviewer_of_a_running_review(self):
        request = self._create_request()
        request.action_submit()
        review = request.sudo().review_ids[:1]
        admin = self.env.ref("base.user_admin")
        tier = review.definition_id.with_user(admin)
        for vals in (
            {"review_type": "individual", "reviewer_id": self.plain_user.id},
            {"reviewer_group_id": self.env.ref("base.group_user").id},
            {"definition_domain": "[('id', '=', 0)]"},
            {"sequence": 1},
            {"model_id": self.env.ref("base.model_res_partner").id},
        ):
            for mine in (tier, tier.sudo()):
                with (
                    self.subTest(vals=vals, su=mine.env.su),
                    self.assertRaisesRegex(UserError, "reviews now"),
                ):
                    mine.write(vals)
        with self.assertRaisesRegex(UserError, "reviews now"):
            tier.unlink()
        tier.name = "Head of HR"
        self._pass_reviews(request, self.hr_user, self.manager_user)
        request.with_user(self.hr_user).action_approve()
        tier.sequence = 77
        self.assertEqual(tier.sequence, 77)

    def test_tiers_of_other_models(self):
        tier = self.env["tier.definition"].create(
            {
                "model_id": self.env.ref("base.model_res_partner").id,
                "review_type": "individual",
                "reviewer_id": self.hr_user.id,
            }
        )
        tier.reviewer_id = self.other_hr_user
        tier.unlink()
