from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_list

from .acting_person import check_person
from .grants import server_write
from .outsourcing_tier_mixin import about_to_decide


class OutsourcingTierMixin(models.AbstractModel):
    """One decision is one act: Approve and Refuse of whoever reviews a document.

    Approve settles the open reviews of the acting user and, where the step that
    crosses the gate is called ``approve``, takes it with the last review. Where the
    step belongs to somebody else (a tender is published by procurement), the document
    is ready and that person is told. Refuse rejects the open reviews with the reason;
    a model with a refusing step (``_tier_refuse_verb``) takes it in the same act.
    """

    _inherit = "outsourcing.tier.mixin"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_tier_approve(self):
        """Approve what waits for the acting user."""
        return self._tier_approve()

    def action_tier_refuse(self, reason):
        """Refuse what waits for the acting user; its author is told.

        :param str reason: why, in plain words
        """
        self.check_access("read")
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        for document in self:
            if not document._tier_reject(reason):
                raise UserError(document._tier_get_cannot_review_reason())
            document._tier_tell_of_refusal(reason)
        return True

    def action_open_tier_refuse_wizard(self):
        """Ask why the document is refused."""
        self.check_access("read")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_tier_refuse", self.env._("Why is it refused?")
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_filter_can(self, verb):
        """Offer the approval to whoever has an open review, and at the open gate."""
        if verb != "approve":
            return super()._flow_filter_can(verb)
        candidates = self.filtered(lambda item: item._check_state_from_condition())
        reasons = candidates._tier_get_cannot_approve_reasons()
        return candidates.filtered(lambda item: item.id not in reasons)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _tier_approve(self):
        """Settle the acting user's open reviews; cross the gate with the last one.

        :return: True, or the action that asks for the comment of a tier
        """
        self.check_access("read")
        mine = self.filtered(lambda item: item._tier_get_open_reviews_of_user())
        if crossing := self - mine:
            crossing._tier_cross()
        if not mine:
            return True
        check_person(mine)
        if reasons := mine._tier_get_cannot_approve_reasons():
            raise UserError(
                "\n".join(
                    f"{item._flow_names()}: {reasons[item.id]}"
                    for item in mine
                    if item.id in reasons
                )
            )
        if len(mine) == 1 and mine.has_comment:
            action = mine.validate_tier()
            action["context"]["default_outsourcing_is_approval"] = True
            return action
        for document in mine:
            while reviews := document._tier_get_open_reviews_of_user():
                before = set(reviews.ids)
                document._validate_tier(reviews)
                if before == set(document._tier_get_open_reviews_of_user().ids):
                    break
            document._update_counter({"review_deleted": True})
            document._tier_cross_if_settled()
        return True

    def _tier_cross(self):
        """Take the step that crosses the gate, where it is the approver's."""
        if not self._tier_has_approve_verb():
            for document in self:
                raise UserError(document._tier_get_cannot_review_reason())
        return self._take_step(self._state_to[0])

    def _tier_cross_if_settled(self):
        """Cross the gate once every tier has approved."""
        self.ensure_one()
        if self._tier_has_approve_verb() and not self._tier_get_cannot_cross_reason():
            self._tier_cross()

    def _tier_has_approve_verb(self):
        """Whether the step that crosses the gate is the approval itself."""
        return "approve" in self._flow_verbs.values()

    def _tier_get_cannot_approve_reasons(self):
        """Return ``{id: text}`` where an approval by the acting user is refused.

        It is judged as if the open reviews of the user were settled: what else keeps
        the document from being approved refuses the review as well.
        """
        reasons = {}
        mine = self.filtered(lambda item: item._tier_get_open_reviews_of_user())
        for document in self - mine:
            if not document._tier_has_approve_verb():
                reasons[document.id] = document._tier_get_cannot_review_reason()
            elif reason := document._tier_get_cannot_cross_reason():
                reasons[document.id] = reason
        left = self.filtered(lambda item: item.id not in reasons)
        if left and left._tier_has_approve_verb():
            with about_to_decide(left & mine):
                reasons |= left._flow_get_reasons("approve")
        return reasons

    def _tier_reject(self, reason):
        """Reject the open reviews of the acting user with the reason.

        :return: the reviews that were rejected
        """
        self.ensure_one()
        reviews = self._tier_get_open_reviews_of_user()
        if reviews:
            # sudo: a reviewer has no right to write on the rows of reviews.
            server_write(reviews.sudo(), {"comment": reason})
            self._rejected_tier(reviews)
            self._update_counter({"review_deleted": True})
        return reviews

    def _tier_refuse(self, target, field_name, reason):
        """Reject the own open reviews, and take the step that refuses the document.

        :param str target: the state of a refused document
        :param str field_name: where the step keeps the reason
        """
        text = self._flow_clean_text(self._flow_field_label(field_name), reason)
        for document in self:
            if text and document._check_state_from_condition():
                document._tier_reject(text)
        return self._take_step(target, **{field_name: reason})

    def _tier_takes_part(self, verb):
        """Whether a review of the document is, or was, the acting user's.

        A deputy takes the step of the decision while the review is open, or refuses
        with the rejection of the review, and takes no other step of the approver.
        """
        self.ensure_one()
        if self._tier_get_open_reviews_of_user():
            return True
        # sudo: who decided is judged whoever asks.
        decided = self.sudo().review_ids.filtered(
            lambda review: (
                review.status in ("approved", "rejected")
                and not review.outsourcing_deputy_for_id
            )
        )
        if self.env.user in decided.done_by:
            return True
        return verb != "approve" and bool(self._tier_get_stood_in_for("rejected"))

    def _tier_tell_of_refusal(self, reason):
        """Give whoever asked for the approval the reason, as an activity."""
        self.ensure_one()
        if not hasattr(self, "activity_schedule"):
            return
        # sudo: a reviewer need not be allowed to give others activities.
        document = self.sudo()
        asked = document.review_ids.requested_by or document.content_editor_id
        for user in asked.filtered("active"):
            document.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Refused: change it, or give it up"),
                note=reason,
                user_id=user.id,
            )

    def _tier_get_refused_message(self):
        """Return who refused the document and why, or an empty string."""
        self.ensure_one()
        # sudo: names of reviewers are no secret to readers of the document.
        rejected = self.sudo().review_ids.filtered(
            lambda review: review.status == "rejected"
        )
        texts = [
            self.env._(
                "Refused by %(who)s: %(reason)s",
                who=review.done_by.name,
                reason=review.comment or self.env._("no reason given"),
            )
            for review in rejected
        ]
        return "\n".join(texts)

    def _tier_get_ready_message(self):
        """Say what is next for a document whose reviews are all approved."""
        self.ensure_one()
        # sudo: names of reviewers are no secret to readers of the document.
        people = format_list(self.env, self.sudo().review_ids.done_by.mapped("name"))
        return self.env._("Approved by %s.", people)

    def _tier_needs_restart(self):
        """Whether the reviews cannot lead to a decision as they are."""
        self.ensure_one()
        # sudo: whoever asks for the approval need not read tiers and reviewers.
        document = self.sudo()
        reviews = document.review_ids
        if not reviews or not document._check_state_from_condition():
            return False
        excluded = document._tier_get_excluded_users()
        return bool(
            reviews.filtered(
                lambda review: (
                    review.status == "rejected"
                    or (review.status == "approved" and review.done_by in excluded)
                )
            )
            or document._tier_get_definitions() - reviews.definition_id
            or document.tier_staffing_warning
        )
