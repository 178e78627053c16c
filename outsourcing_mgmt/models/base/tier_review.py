from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.tools import format_list

from ...tools.one_record import check_one
from .acting_person import check_person
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
REVIEW_FIELDS = frozenset(
    {
        "company_id",
        "definition_domain",
        "definition_type",
        "model",
        "model_id",
        "review_type",
        "reviewer_field_id",
        "reviewer_group_id",
        "reviewer_id",
        "sequence",
    }
)
"""What a tier says about who reviews which documents, and in which order."""


class TierReview(models.Model):
    """Guards the reviews of documents that use ``outsourcing.tier.mixin``.

    Reviews of other models keep OCA's behaviour.
    """

    _inherit = "tier.review"

    outsourcing_deputy_for_id = fields.Many2one(
        comodel_name="res.users",
        string="Decided For",
        readonly=True,
        copy=False,
        help="The approver in whose place a deputy decided.",
    )
    outsourcing_first_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Approved First By",
        readonly=True,
        copy=False,
        help="Nobody else is left: two persons whom the company named beforehand "
        "decide together. This one has approved, the other one has not yet.",
    )

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
        try:
            own = self._tier_get_own_reviewers()
            if not own:
                return self._tier_get_last_resort()
            deputies = self._tier_get_principals(own)
        except MissingError:
            # The document is gone; whoever stores its reviewers again needs no filter.
            definition = self.definition_id
            return definition.reviewer_id | definition.reviewer_group_id.all_user_ids
        return own | self.env["res.users"].browse(deputies)

    @api.depends("outsourcing_deputy_for_id", "outsourcing_first_by_id")
    def _compute_display_status(self):
        result = super()._compute_display_status()
        for review in self:
            if review.outsourcing_deputy_for_id:
                review.display_status = self.env._(
                    "%(status)s (for %(approver)s)",
                    status=review.display_status,
                    approver=review.outsourcing_deputy_for_id.name,
                )
            elif review.outsourcing_first_by_id:
                review.display_status = self.env._(
                    "%(status)s (first: %(name)s)",
                    status=review.display_status,
                    name=review.outsourcing_first_by_id.name,
                )
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _tier_is_hardened(self, model):
        return bool(
            model and model in self.env and hasattr(self.env[model], "_tier_hardened")
        )

    def _tier_get_document(self):
        self.ensure_one()
        return self.env[self.model].browse(self.res_id)

    def _tier_get_own_reviewers(self):
        """Return who reviews in the own right, without deputies.

        Whoever the tier names, but the document's own people and those who acted as
        deputy on another tier of it; if nobody is left, the manager group.
        """
        document = self._tier_get_document()
        definition = self.definition_id
        if definition.review_type == "group":
            users = definition.reviewer_group_id.all_user_ids
        elif definition.review_type == "individual":
            users = definition.reviewer_id
        else:
            # sudo: whom the document names is judged whoever asks.
            named = document.sudo()[definition.reviewer_field_id.name]
            users = named.all_user_ids if named._name == "res.groups" else named
        # sudo: who decided the other tiers is judged whoever asks.
        others = document.sudo().review_ids - self
        deputised = others.filtered("outsourcing_deputy_for_id")
        acted = deputised.done_by | self._tier_get_namers(deputised)
        left = document._tier_filter_users(users) - acted
        return left or document._tier_get_manager_users() - acted

    def _tier_get_principals(self, own=None):
        """Return ``{deputy id: approver id}`` of those who may act as deputies now.

        A deputy settles one tier of a document, and none where another is settled in
        the own right.
        """
        document = self._tier_get_document()
        own = self._tier_get_own_reviewers() if own is None else own
        # sudo: a reviewer of several companies may not see this one now.
        company = document.sudo()._get_company()
        living = {
            item.deputy_id: item.user_id
            for item in self.env["outsourcing.deputy"]._get_living(company)
            if item.user_id in own.ids and item.deputy_id not in own.ids
        }
        if not living:
            return {}
        # sudo: who decided the other tiers is judged whoever asks.
        busy = (document.sudo().review_ids - self).done_by
        deputies = document._tier_filter_deputies(self.env["res.users"].browse(living))
        # Whoever named a deputy for somebody else settles no other tier.
        named = {
            item.deputy_id
            for item in self.env["outsourcing.deputy"]._get_living(company)
            if item.named_by_id != item.user_id and item.named_by_id in busy.ids
        }
        deputies = deputies.filtered(lambda user: user.id not in named)
        return {user.id: living[user.id] for user in deputies - busy}

    @api.model
    def _tier_get_namers(self, deputised):
        """Return who named the deputies that settled ``deputised`` for others."""
        pairs = {
            (row.done_by.id, row.outsourcing_deputy_for_id.id) for row in deputised
        }
        if not pairs:
            return self.env["res.users"]
        return self.env["res.users"].browse(
            {
                item.named_by_id
                for item in self.env["outsourcing.deputy"]._get_mandates()
                if (item.deputy_id, item.user_id) in pairs
                and item.named_by_id != item.user_id
            }
        )

    def _tier_get_last_resort(self):
        """Return the two persons who decide where nobody else is left.

        Both or none: named by the company before the review was asked for, and
        neither of them excluded.
        """
        document = self._tier_get_document()
        # sudo: a reviewer of several companies may not see this one now.
        company = document.sudo()._get_company()
        named = company._outsourcing_get_last_resort(self.create_date)
        left = document._tier_filter_users(named)
        return left if len(left) == 2 else left.browse()

    def _tier_is_last_resort(self):
        """Whether the review waits for two persons who decide together."""
        self.ensure_one()
        return self.status in ("waiting", "pending") and not (
            self._tier_get_own_reviewers()
        )

    @api.model
    def _tier_refresh_reviewers(self, users):
        """Compute again who reviews what is open: deputies have come or gone.

        Who has gone is no longer told about the document.

        :param res.users users: the approvers and the deputies
        """
        # sudo: the reviewers of every document change, whoever named a deputy.
        reviews = self.sudo().search(
            [
                ("model", "in", self._tier_hardened_models()),
                ("status", "in", ("waiting", "pending")),
                ("reviewer_ids", "in", users.ids),
            ]
        )
        before = {review: review.reviewer_ids for review in reviews}
        self.env.add_to_compute(self._fields["reviewer_ids"], reviews)
        reviews._recompute_recordset(["reviewer_ids"])
        for review, users in before.items():
            gone = users - review.reviewer_ids
            if gone and hasattr(self.env[review.model], "message_unsubscribe"):
                document = review._tier_get_document()
                partners = gone.partner_id
                followers = document.message_follower_ids.filtered(
                    lambda row, partners=partners: row.partner_id in partners
                )
                with granting(followers, operations=("unlink",)):
                    document.message_unsubscribe(partners.ids)

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
        """A decision is taken by a reviewer of the row, in person."""
        # sudo: the reviewers of a row are judged, not shown.
        for review in self._tier_filter_hardened().sudo():
            check_person(self.env[review.model].browse(review.res_id))
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
            if review._tier_is_last_resort() and vals["status"] == "approved":
                first = review.outsourcing_first_by_id
                if not first or first == self.env.user:
                    raise AccessError(
                        self.env._(
                            'The review "%(tier)s" is decided by two persons '
                            "together: %(who)s.",
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
        self.ensure_one()
        # sudo: names of reviewers and of those they stand in for are no secret.
        review = self.sudo()
        own = review._tier_get_own_reviewers()
        names = own.mapped("name")
        for deputy, principal in review._tier_get_principals(own).items():
            users = own.browse([deputy, principal])
            names.append(
                self.env._(
                    "%(deputy)s (for %(approver)s)",
                    deputy=users[0].name,
                    approver=users[1].name,
                )
            )
        if not own and (named := review._tier_get_last_resort()):
            return self.env._(
                "%s, both together, as nobody else is left",
                format_list(self.env, named.mapped("name")),
            )
        shown = names[:3]
        if len(names) > 3:
            shown.append(self.env._("%s more", len(names) - 3))
        return format_list(self.env, shown) or self.env._("nobody yet")

    def _tier_get_staffing_text(self):
        """Warn where one person or nobody is left to settle the review.

        :rtype: str, empty where two or more are left
        """
        self.ensure_one()
        people = self._get_reviewers()
        if self._tier_get_own_reviewers() and len(people) > 1:
            return ""
        if not people:
            return self.env._(
                'Nobody is left for the review "%(tier)s": whoever could settle it '
                "wrote, edited or requested the document. Give another employee the "
                "group, or name two persons in the settings of outsourcing, restart "
                "the validation, and they decide together.",
                tier=self.name,
            )
        if len(people) > 1:
            return self.env._(
                'Nobody else is left for the review "%(tier)s": it is decided by '
                "%(who)s.",
                tier=self.name,
                who=self._tier_get_who(),
            )
        return self.env._(
            'Only %(who)s is left for the review "%(tier)s". Name a deputy, or give '
            "another employee the group.",
            tier=self.name,
            who=self._tier_get_who(),
        )

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
    """Offers the suite's documents in OCA's configuration of reviews.

    Who reviews, and what, stays as it was when a review was asked for: a review that
    waits is not handed to somebody else by a change of its tier.
    """

    _inherit = "tier.definition"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if REVIEW_FIELDS.intersection(vals):
            self._tier_check_not_running()
        return super().write(vals)

    def unlink(self):
        # Not an ondelete method: callers can switch those off with a context key.
        self._tier_check_not_running()
        return super().unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _tier_check_not_running(self):
        """Refuse a change while documents of the suite wait for the tier."""
        # sudo: whoever configures tiers need not read the documents.
        reviews = self.env["tier.review"].sudo()
        running = reviews.search(
            [
                ("definition_id", "in", self.ids),
                ("status", "in", ("waiting", "pending")),
                ("model", "in", reviews._tier_hardened_models()),
            ],
            limit=6,
        )
        if not running:
            return
        documents = [
            # sudo: as above, for their names.
            self.env[review.model].sudo().browse(review.res_id)
            for review in running[:5]
        ]
        names = [document.display_name for document in documents]
        if len(running) > 5:
            names.append("...")
        raise UserError(
            self.env._(
                '"%(tier)s" reviews now: %(documents)s. Let these reviews be '
                "decided first, or make a new tier and archive this one: the new one "
                "counts for documents that are submitted later.",
                tier=", ".join(running.definition_id.mapped("name")),
                documents=format_list(self.env, names),
            )
        )

    @api.model
    def _get_tier_validation_model_names(self):
        return [
            *super()._get_tier_validation_model_names(),
            *self.env["tier.review"]._tier_hardened_models(),
        ]


class CommentWizard(models.TransientModel):
    """Holds OCA's comment wizard to the rule of hardened reviews."""

    _inherit = "comment.wizard"

    outsourcing_is_approval = fields.Boolean(
        help="Opened by Approve, which crosses the gate with the last review.",
    )

    def add_comment(self):
        check_one(self)
        Review = self.env["tier.review"]
        if not Review._tier_is_hardened(self.res_model):
            return super().add_comment()
        document = self.env[self.res_model].browse(self.res_id)
        document.check_access("read")
        if self.review_ids - document._tier_get_open_reviews_of_user():
            raise AccessError(document._tier_get_cannot_review_reason())
        with document._tier_granting("write"):
            result = super().add_comment()
        if self.outsourcing_is_approval and self.validate_reject == "validate":
            document._tier_cross_if_settled()
        return result
