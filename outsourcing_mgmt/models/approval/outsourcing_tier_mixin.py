from odoo import api, models
from odoo.fields import Domain

from ..base.grants import server_write
from ..base.groups import AUDITOR


class OutsourcingTierMixin(models.AbstractModel):
    """Who settles a review in place of others, and what is told about it.

    Deputies of the reviewers, and the two persons of the last resort.
    """

    _inherit = "outsourcing.tier.mixin"

    def _tier_filter_deputies(self, users):
        """Keep those of ``users`` who may stand in for a reviewer of this document.

        They are excluded like reviewers, and some role of theirs opens such documents.
        """
        left = self._tier_filter_users(users)
        return left.filtered(
            lambda user: self.browse().with_user(user).has_access("read")
        )

    def _tier_get_stood_in_for(self, status="approved"):
        """Return in whose place the acting user decided, while the deputyship lasts.

        :param str status: what was decided, ``approved`` or ``rejected``
        :rtype: res.users
        """
        self.ensure_one()
        # sudo: who decided for whom is judged whoever asks.
        document = self.sudo()
        approvers = document.review_ids.filtered(
            lambda review: review.status == status and review.done_by == self.env.user
        ).outsourcing_deputy_for_id
        if not approvers:
            return approvers
        living = self.env["outsourcing.deputy"]._get_living(document._get_company())
        return approvers.filtered(
            lambda user: (
                (user.id, self.env.uid)
                in {(item.user_id, item.deputy_id) for item in living}
            )
        )

    def _tier_stands_in(self, *group_xmlids):
        """Whether the user approved the document for somebody of one of the groups."""
        return any(
            user.has_group(xmlid)
            for user in self._tier_get_stood_in_for()
            for xmlid in group_xmlids
        )

    def _tier_get_gate_verbs(self):
        """Return the verbs that cross the gate from the state of the document."""
        self.ensure_one()
        state = self[self._state_field]
        return {self._flow_get_verb(state, target) for target in self._state_to}

    @api.model
    def _tier_get_documents_of_deputy(self, mandates):
        """Return the documents that the user reads in place of approvers.

        Those whose review waits for the approver now, and those that the user has
        decided on, while they are at the gate.

        :param mandates: the living mandates of the acting user
        """
        approvers = list({item.user_id for item in mandates})
        # sudo: what may be read follows from the reviews, which are looked up here.
        Review = self.env["tier.review"].sudo()
        reviews = Review.search(
            Domain("model", "=", self._name)
            & (
                Domain("status", "=", "pending")
                & Domain("reviewer_ids", "in", self.env.uid)
                & Domain("reviewer_ids", "in", approvers)
                | Domain("done_by", "=", self.env.uid)
                & Domain("outsourcing_deputy_for_id", "in", approvers)
            )
        )
        pairs = {(item.user_id, item.company_id) for item in mandates}
        # sudo: as above.
        documents = self.sudo().browse(reviews.mapped("res_id")).exists()
        at_gate = {
            document.id: document._get_company().id
            for document in documents
            if document[self._state_field] in self._state_from
        }
        return self.browse(
            {
                review.res_id
                for review in reviews
                if any(
                    (user.id, at_gate.get(review.res_id)) in pairs
                    for user in review.outsourcing_deputy_for_id or review.reviewer_ids
                )
            }
        )

    def _tier_decide(self, tiers, decide):
        """Settle ``tiers``, and keep in whose place it was done.

        :param decide: OCA's method that settles them
        """
        self.ensure_one()
        # sudo: a reviewer has no right to write on the rows of reviews.
        rows = tiers.sudo()
        together = rows.filtered(lambda row: row._tier_is_last_resort())
        for row in rows - together:
            if approver := row._tier_get_principals().get(self.env.uid):
                server_write(row, {"outsourcing_deputy_for_id": approver})
        with self._tier_granting("write"):
            result = decide(tiers)
        labels = dict(rows._fields["status"]._description_selection(self.env))
        for row in rows:
            approver = row.outsourcing_deputy_for_id
            if approver and row.done_by == self.env.user:
                self._tier_note(
                    "reviewed_as_deputy",
                    self.env._(
                        "%(tier)s: %(status)s by %(deputy)s in place of %(approver)s.",
                        tier=row.name,
                        status=labels[row.status],
                        deputy=self.env.user.name,
                        approver=approver.name,
                    ),
                )
        for row in together:
            self._tier_note(
                "reviewed_as_last_resort",
                self.env._(
                    "%(tier)s: %(status)s by %(name)s, one of the two persons named "
                    "by the company, as nobody else is left.",
                    tier=row.name,
                    status=labels[row.status],
                    name=self.env.user.name,
                ),
                tell_auditors=True,
            )
        return result

    def _tier_take_first_of_two(self, tiers):
        """Keep the approval of the first of two persons who decide together.

        :return: the tiers that can be settled now
        """
        # sudo: a reviewer has no right to write on the rows of reviews.
        first = tiers.sudo().filtered(
            lambda row: row._tier_is_last_resort() and not row.outsourcing_first_by_id
        )
        for row in first:
            server_write(row, {"outsourcing_first_by_id": self.env.uid})
            self._tier_note(
                "reviewed_first_of_two",
                self.env._(
                    "%(tier)s: approved by %(name)s, the first of the two persons "
                    "named by the company. Nobody else is left to review; the other "
                    "one decides now.",
                    tier=row.name,
                    name=self.env.user.name,
                ),
                tell_auditors=True,
            )
        return tiers.filtered(lambda tier: tier.id not in first.ids)

    def _tier_note(self, verb, text, tell_auditors=False):
        """Record an unusual review with the document, and tell the auditors of it."""
        self.ensure_one()
        # sudo: the note is written whoever may post on the document.
        document = self.sudo()
        self.env["outsourcing.audit.log"]._record(self, verb, {"review": text})
        if not hasattr(document, "message_post"):
            return
        document.message_post(body=text, author_id=self.env.user.partner_id.id)
        if tell_auditors:
            # sudo: users cannot read who is in a group.
            auditors = self.env.ref(AUDITOR).sudo().all_user_ids
            auditors = auditors.filtered(
                lambda user: document._get_company() in user.company_ids
            )
            document.message_notify(
                subject=self.env._("%s: unusual review", document.display_name),
                body=text,
                author_id=self.env.user.partner_id.id,
                partner_ids=auditors.partner_id.ids,
            )

    def _tier_warn_of_staffing(self):
        """Post a note where hardly anybody is left to review what was asked for."""
        for record in self:
            # sudo: who is left is judged whoever asks for the review.
            document = record.sudo()
            reviews = document.review_ids.filtered(
                lambda review: review.status in ("waiting", "pending")
            )
            text = record.tier_staffing_warning
            if any(review._tier_is_last_resort() for review in reviews):
                record._tier_note("review_short_of_people", text, tell_auditors=True)
            elif text and hasattr(document, "message_post"):
                document.message_post(body=text, author_id=self.env.user.partner_id.id)
