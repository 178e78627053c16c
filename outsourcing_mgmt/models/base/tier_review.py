from odoo import api, models
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.tools import format_list

from .grants import granting, is_granted, is_server_act, spend

FROM_DEFINITION = frozenset(
    {
        "approve_sequence",
        "has_comment",
        "name",
        "review_type",
        "reviewer_group_id",
        "reviewer_id",
    }
)
"""What a review has from its tier definition."""


class TierReview(models.Model):
    """Guards the reviews of documents that use ``outsourcing.tier.mixin``.

    Reviews of other models keep OCA's behaviour.
    """

    _inherit = "tier.review"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = is_server_act(self.browse())
        if not is_server and any(
            self._tier_is_hardened(vals.get("model")) for vals in vals_list
        ):
            raise AccessError(self._tier_forbidden_message())
        spend(self, "create")
        reviews = super().create(vals_list)
        if not is_server:
            # The model may come from a default of the context.
            reviews._tier_check_untouched()
        return reviews

    def write(self, vals):
        if self and not is_granted(self, "write", vals):
            if self._tier_is_hardened(vals.get("model")):
                raise AccessError(self._tier_forbidden_message())
            if not self._tier_repeats_definition(vals):
                self._tier_check_untouched()
        if vals.get("status") in ("approved", "rejected"):
            self._tier_check_decision(vals)
        spend(self)
        return super().write(vals)

    def unlink(self):
        hardened = self._tier_filter_hardened()
        if hardened and not is_granted(hardened, "unlink"):
            raise AccessError(self._tier_forbidden_message())
        spend(self, "unlink")
        reason = self.env.context.get("tier_void_reason") or self.env._(
            "restarted, cancelled or deleted"
        )
        hardened._tier_archive(reason)
        return super().unlink()

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su and not kwargs.get("bypass_access"):
            domain = Domain(domain) & self._tier_readable_domain()
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden = self._tier_filter_unreadable()
        if not forbidden:
            return result
        if result:
            forbidden |= result[0]
        return forbidden, lambda: AccessError(
            self.env._("You may not read the document that this review is about.")
        )

    # ------------------------------------------------------------
    # TIER REVIEW OVERRIDES
    # ------------------------------------------------------------

    def _update_review_status(self):
        with granting(self, *self._fields):
            return super()._update_review_status()

    def _send_review_reminder(self):
        with granting(self, *self._fields):
            return super()._send_review_reminder()

    @api.model
    def _get_reviewer_fields(self):
        return [*super()._get_reviewer_fields(), "reviewer_group_id.all_user_ids"]

    def _get_reviewers(self):
        """Count holders by implication, leave out the document's own people."""
        if not self._tier_is_hardened(self.model):
            return super()._get_reviewers()
        document = self.env[self.model].browse(self.res_id)
        definition = self.definition_id
        if definition.review_type == "group":
            users = definition.reviewer_group_id.all_user_ids
        elif definition.review_type == "individual":
            users = definition.reviewer_id
        else:
            users = super()._get_reviewers()
        try:
            left = document._tier_filter_users(users)
        except MissingError:
            # The document is gone; whoever stores its reviewers again needs no filter.
            return users
        return left or document._tier_get_manager_users()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _tier_is_hardened(self, model):
        return bool(
            model and model in self.env and hasattr(self.env[model], "_tier_hardened")
        )

    def _tier_filter_hardened(self):
        # sudo: the model of a row decides on its guard, whoever asks.
        return self.filtered(lambda review: self._tier_is_hardened(review.sudo().model))

    def _tier_check_untouched(self):
        if self._tier_filter_hardened():
            raise AccessError(self._tier_forbidden_message())

    def _tier_repeats_definition(self, vals):
        """Whether ``vals`` say of the reviews only what their definitions say.

        Other add-ons store these fields (``base_tier_validation_forward``), and the
        ORM writes them when it computes one of them.
        """
        if not FROM_DEFINITION.issuperset(vals):
            return False
        # sudo: what the tier says is compared, not shown.
        for review in self.sudo():
            definition = review.definition_id
            for name, value in vals.items():
                field = definition._fields[name]
                if value != field.convert_to_write(definition[name], definition):
                    return False
        return True

    def _tier_check_decision(self, vals):
        """A decision is taken by a reviewer of the row, for himself."""
        # sudo: the reviewers of a row are judged, not shown.
        for review in self._tier_filter_hardened().sudo():
            if (
                vals.get("done_by") != self.env.uid
                or self.env.user not in review._get_reviewers()
            ):
                raise AccessError(
                    self.env._(
                        'The review "%(tier)s" is for %(who)s.',
                        tier=review.name,
                        who=review._tier_get_who(),
                    )
                )

    def _tier_forbidden_message(self):
        return self.env._(
            "Reviews of this document are made by its own buttons: open the "
            "document and approve, reject or restart there."
        )

    def _tier_get_who(self):
        """Return names of the people who may settle the review, for messages."""
        names = self._get_reviewers().mapped("name")
        shown = names[:3]
        if len(names) > 3:
            shown.append(self.env._("%s more", len(names) - 3))
        return format_list(self.env, shown) or self.env._("nobody yet")

    def _tier_archive(self, reason):
        """Copy the reviews to the append-only history."""
        if self:
            # sudo: nobody has the right to write the history.
            self.env["outsourcing.review.history"].sudo()._record(self.sudo(), reason)

    @api.model
    def _tier_hardened_models(self):
        return [
            name
            for name, model in self.env.registry.items()
            if getattr(model, "_tier_hardened", False) and not model._abstract
        ]

    @api.model
    def _tier_readable_domain(self):
        """Limit reviews of hardened documents to the readers of the document."""
        names = self._tier_hardened_models()
        domain = Domain("model", "not in", names) | Domain("model", "=", False)
        for name in names:
            documents = self.env[name]
            if not documents.has_access("read"):
                continue
            domain |= Domain("model", "=", name) & Domain(
                "res_id", "in", documents.with_context(active_test=False)._search([])
            )
        return domain

    def _tier_filter_unreadable(self):
        """Return the reviews of hardened documents that the user cannot read."""
        unreadable = self.browse()
        by_model = {}
        # sudo: which document a row is about decides whether it is readable.
        for review in self.sudo():
            if self._tier_is_hardened(review.model):
                by_model.setdefault(review.model, []).append(review)
        for name, reviews in by_model.items():
            documents = self.env[name].browse({review.res_id for review in reviews})
            readable = set(documents.exists()._filtered_access("read").ids)
            unreadable |= self.browse(
                review.id for review in reviews if review.res_id not in readable
            )
        return unreadable


class TierDefinition(models.Model):
    """Offers the suite's documents in OCA's configuration of reviews."""

    _inherit = "tier.definition"

    @api.model
    def _get_tier_validation_model_names(self):
        return [
            *super()._get_tier_validation_model_names(),
            *self.env["tier.review"]._tier_hardened_models(),
        ]


class CommentWizard(models.TransientModel):
    """Holds OCA's comment wizard to the rule of hardened reviews."""

    _inherit = "comment.wizard"

    def add_comment(self):
        self.ensure_one()
        Review = self.env["tier.review"]
        if not Review._tier_is_hardened(self.res_model):
            return super().add_comment()
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("read")
        if self.review_ids - document._tier_get_open_reviews_of_user():
            raise AccessError(document._tier_get_cannot_review_reason())
        with document._tier_granting("write"):
            return super().add_comment()
