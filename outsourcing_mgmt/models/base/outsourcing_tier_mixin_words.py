from markupsafe import Markup

from odoo import models
from odoo.tools import format_list


class OutsourcingTierMixin(models.AbstractModel):
    """What the approval bar and the chatter say about the reviews of a document.

    OCA builds these sentences in code, and its catalogue has no Chinese of them.
    """

    _inherit = "outsourcing.tier.mixin"

    def _get_to_validate_message(self):
        """Return the HTML of the bar: whose approval is waited for."""
        pending = self.review_ids.filtered(lambda item: item.status == "pending")[:1]
        people = pending and self._tier_get_people(pending)
        text = (
            self.env._("Waiting for the approval of: %s", people)
            if people
            else self.env._("Waiting for approval")
        )
        return Markup('<i class="fa fa-lg fa-info-circle"></i> %s') % text

    def _compute_next_review(self):
        for document in self:
            pending = document.review_ids.sorted("sequence").filtered(
                lambda item: item.status == "pending"
            )[:1]
            document.next_review = bool(pending) and self.env._(
                "Next: %s", self._tier_get_step(pending)
            )

    def _notify_requested_review_body(self, tier_reviews=None):
        reviews = tier_reviews or self.review_ids
        requester = reviews[:1].requested_by or self.env.user
        people = [self._tier_get_people(review) for review in reviews]
        text = self.env._("%s asks for approval.", requester.name)
        if any(people):
            text = self.env._(
                "%(requester)s asks for the approval of: %(people)s",
                requester=requester.name,
                people=format_list(self.env, list(dict.fromkeys(filter(None, people)))),
            )
        return self._tier_add_what_to_do(text)

    def _notify_accepted_reviews_body(self):
        comment = self._tier_get_own_comment()
        if comment:
            return self.env._("Approved: %s", comment)
        return self.env._("Approved")

    def _notify_rejected_review_body(self):
        comment = self._tier_get_own_comment()
        if comment:
            return self.env._("Approval refused: %s", comment)
        return self.env._("Approval refused")

    def _notify_restarted_review_body(self):
        return self.env._("The approval was started anew.")

    def _tier_get_mail_subject(self, kind):
        """Say what is to be done with the document, for the mail about its review."""
        self.ensure_one()
        # sudo: the name is told to whoever is asked to review the document.
        name = self.sudo().display_name
        if kind == "rejected":
            return self.env._("Refused, please change it: %s", name)
        return self.env._("Please approve or refuse: %s", name)

    def _tier_get_own_comment(self):
        """Return what the acting user wrote to the review, or an empty value."""
        mine = self.review_ids.filtered(
            lambda review: self.env.user in review.reviewer_ids and review.comment
        )
        return mine[:1].comment

    def _tier_get_people(self, review):
        """Return who settles a review: its group, or the names of its reviewers."""
        # sudo: names of groups and colleagues are no secret to readers of a document.
        review = review.sudo()
        if group := review.reviewer_group_id:
            return group.name
        return format_list(self.env, review.reviewer_ids.mapped("name"))

    def _tier_get_step(self, review):
        """Return the name of a tier, in the language of the reader."""
        # sudo: employees need not read tier definitions to know the next step.
        return review.sudo().definition_id.name or ""
