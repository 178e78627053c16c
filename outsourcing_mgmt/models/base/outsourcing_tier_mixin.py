from contextlib import contextmanager
from contextvars import ContextVar

from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_list

from ...tools.one_record import check_one
from .grants import granting, server_unlink, server_write

_deciding = ContextVar("outsourcing_tier_deciding", default=frozenset())
"""``(model, id)`` of the documents that the acting user is about to decide on."""


@contextmanager
def about_to_decide(documents):
    """Judge the gate as if the acting user had settled the own open reviews."""
    token = _deciding.set({(documents._name, id_) for id_ in documents._ids})
    try:
        yield
    finally:
        _deciding.reset(token)


def is_about_to_decide(document):
    """Whether the open reviews of the acting user are about to be settled."""
    return (document._name, document.id) in _deciding.get()


class OutsourcingAuthorMixin(models.AbstractModel):
    """A record with a declared flow that remembers everybody who wrote a part of it.

    Author is whoever created it or ever changed its content, a line or a part,
    whatever was changed back since and whoever edited it last. So is whoever added a
    file, in the chatter or to a part, while it was not decided on. The ids of the users
    are stored, so that neither ``sudo()`` nor a group lifts it. Whoever could approve
    the record is told on its form before a change is saved.
    """

    _name = "outsourcing.author.mixin"
    _inherit = ["outsourcing.flow.mixin"]
    _description = "Record with Authors"

    content_editor_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Edited By",
        copy=False,
        readonly=True,
        help="Who last changed what this document says. Never approves it.",
    )
    content_author_ids = fields.Many2many(
        comodel_name="res.users",
        string="Written By",
        copy=False,
        readonly=True,
        help="Everybody who wrote a part of what this document says. None of them "
        "approves it.",
    )
    content_notice = fields.Char(
        string="Who Writes Does Not Approve", compute="_compute_content_notice"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "content_editor_id", "content_author_ids")
    @api.depends_context("uid")
    def _compute_content_notice(self):
        for record in self:
            record.content_notice = record._get_content_notice()

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._note_author()
        return records

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Show the notice above each form, without a line in each view."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            for sheet in arch.xpath("/form/sheet"):
                notice = etree.Element(
                    "div",
                    {
                        "class": "alert alert-info mb-0",
                        "role": "alert",
                        "invisible": "not content_notice",
                    },
                )
                etree.SubElement(notice, "field", {"name": "content_notice"})
                sheet.addprevious(notice)
        return arch, view

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"content_editor_id"}

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        self._note_author()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _note_author(self):
        """Add the acting user to the authors, as the last one who edited."""
        user = self.env.user
        # sudo: authors may work in companies that the acting user cannot read.
        records = self.sudo().filtered(
            lambda item: (
                item.content_editor_id != user or user not in item.content_author_ids
            )
        )
        for editor, group in records.grouped("content_editor_id").items():
            links = [Command.link(one.id) for one in editor | user]
            server_write(
                group, {"content_editor_id": user.id, "content_author_ids": links}
            )

    def _note_file_authors(self, users):
        """Add ``users``, who add a file, to the authors while nothing is decided.

        Whoever has decided already did so without the file.
        """
        # sudo: authors may work in companies that the acting user cannot read.
        for record in self.sudo():
            if record._is_undecided():
                added = users - record._get_authors() - record._get_deciders()
                links = [Command.link(user.id) for user in added]
                if links:
                    server_write(record, {"content_author_ids": links})

    def _is_undecided(self):
        """Whether a decision on the record is still to be taken."""
        self.ensure_one()
        return self.state in self._flow_content_states

    def _get_deciders(self):
        """Return who took a part of the decision already."""
        self.ensure_one()
        return self.env["res.users"]

    def _get_authors(self):
        """Return everybody who wrote a part of the record, with sudo."""
        # sudo: who wrote is judged whoever asks.
        record = self.sudo()
        return record.create_uid | record.content_editor_id | record.content_author_ids

    def _may_approve(self, user):
        """Whether ``user`` approves such records; the models say who does."""
        return False

    def _get_content_notice(self):
        """Tell whoever could approve what a change of the record costs."""
        self.ensure_one()
        user = self.env.user
        if not self._is_undecided() or not self._may_approve(user):
            return ""
        if not self._origin or user in self._origin._get_authors():
            return self.env._(
                "You write this document, so somebody else must approve it."
            )
        if self.state not in self._flow_content_states:
            return self.env._(
                "If you add a file, you can no longer approve this document: whoever "
                "adds what it rests on does not approve it."
            )
        return self.env._(
            "If you save a change, you can no longer approve this document: whoever "
            "writes a part of it does not approve it."
        )


class OutsourcingAuthorPartMixin(models.AbstractModel):
    """A part of a record with authors that has a flow of its own.

    Whoever writes the part is an author of the record.

    ``_author_parent``
        Name of the Many2one to the record.
    ``_author_parent_field``
        Name of the record's field with the parts, where a change of a part is a
        change of the record's content, which voids its reviews.
    """

    _name = "outsourcing.author.part.mixin"
    _inherit = ["outsourcing.flow.mixin"]
    _description = "Part of a Record with Authors"

    _author_parent = None
    _author_parent_field = None

    @api.model_create_multi
    def create(self, vals_list):
        is_server = self.browse()._flow_is_system()
        parts = super().create(vals_list)
        if not is_server:
            parts._author_note_parent()
        return parts

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        self._author_note_parent()
        return result

    def unlink(self):
        parents = self.browse() if self._flow_is_system() else self
        parents = parents[self._author_parent]
        result = super().unlink()
        self._author_note(parents)
        return result

    def _note_file_authors(self, users):
        # sudo: whoever adds a file to the part need not read the record.
        self.sudo()[self._author_parent]._note_file_authors(users)

    def _author_note_parent(self):
        self._author_note(self[self._author_parent])

    @api.model
    def _author_note(self, parents):
        if name := self._author_parent_field:
            parents._flow_content_changed({name: True})
        else:
            parents._note_author()


class OutsourcingTierMixin(models.AbstractModel):
    """A document with a declared flow whose gate is a hardened tier review.

    Stock ``tier.validation`` lets any employee write a review, opens its write
    lock to a client context, keeps an approval when the content changes and
    lets a document be created beyond the gate. For models that inherit this
    mixin:

    * a review is approved or rejected only by one of its reviewers, for
      himself and in the order of the tiers;
    * authors, requester and whoever ever edited it never approve (stored user ids,
      so neither ``sudo()`` nor an implied group lifts it);
    * a group tier counts users who hold the group by implication; if nobody
      else is left, the manager group reviews;
    * a deputy settles one tier in place of a reviewer, by the same exclusions
      (``outsourcing.deputy``); if even the manager group is empty, two persons whom
      the company named beforehand decide together, and the auditors are told;
    * without a matching tier definition the manager group must cross the gate;
    * a change of content voids the reviews;
    * reviews that are removed are copied to ``outsourcing.review.history``;
    * reviews are readable only by those who may read the document.

    ``_tier_requester_fields``
        Fields (users, or employees) whose people count as requesters.
    ``_tier_manager_group``
        XML id of the group that acts when no reviewer or definition is left.
    ``_tier_refuse_verb``
        The verb by which a reviewer refuses the document, if it has one. Without it
        a refused document stays at the gate until its author changes it.

    Approve and Refuse are one act each: ``outsourcing_tier_mixin_decision``.
    """

    _name = "outsourcing.tier.mixin"
    _inherit = ["outsourcing.author.mixin", "tier.validation"]
    _description = "Hardened Tier Review"

    _tier_validation_manual_config = False
    # A phone shows the first button that there is: the step, and not to cancel.
    _tier_validation_buttons_xpath = "/form/header/button[1]"
    _tier_hardened = True
    _tier_requester_fields = ()
    _tier_manager_group = "outsourcing_mgmt.group_outsourcing_manager"
    _tier_refuse_verb = None

    review_ids = fields.One2many(readonly=True)
    validation_status = fields.Selection(copy=False)

    tier_staffing_warning = fields.Text(
        string="Hardly Anybody Left",
        compute="_compute_tier_staffing_warning",
        help="Open reviews that one person or nobody can still settle.",
    )
    can_approve = fields.Boolean(compute="_compute_flow_can")
    tier_ready_message = fields.Text(
        string="Approved", compute="_compute_tier_messages"
    )
    tier_refused_message = fields.Text(
        string="Refused", compute="_compute_tier_messages"
    )
    tier_needs_restart = fields.Boolean(compute="_compute_tier_messages")
    tier_lacks_parts = fields.Boolean(
        compute="_compute_tier_lacks_parts",
        help="Something else than the review is missing yet.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("review_ids.status", "review_ids.reviewer_ids", "content_editor_id")
    def _compute_tier_staffing_warning(self):
        for record in self:
            # sudo: who is left is no secret to a reader of the document.
            reviews = record.sudo().review_ids.filtered(
                lambda review: review.status in ("waiting", "pending")
            )
            at_gate = record[record._state_field] in record._state_from
            texts = [review._tier_get_staffing_text() for review in reviews if at_gate]
            record.tier_staffing_warning = "\n".join(filter(None, texts)) or False

    @api.depends("review_ids.status", "review_ids.comment", "tier_staffing_warning")
    @api.depends_context("lang")
    def _compute_tier_messages(self):
        for record in self:
            status = record.validation_status
            record.tier_ready_message = (
                record._tier_get_ready_message() if status == "validated" else False
            )
            record.tier_refused_message = (
                record._tier_get_refused_message() if status == "rejected" else False
            )
            record.tier_needs_restart = record._tier_needs_restart()

    @api.depends(lambda self: ("missing",) if "missing" in self._fields else ())
    def _compute_tier_lacks_parts(self):
        """Whether a list of what is missing names a field that is to be filled in."""
        for record in self:
            rows = record["missing"] if "missing" in record._fields else None
            record.tier_lacks_parts = any(row.get("field") for row in rows or ())

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def unlink(self):
        with self._tier_granting("unlink"):
            return super().unlink()

    # ------------------------------------------------------------
    # TIER VALIDATION OVERRIDES
    # ------------------------------------------------------------

    def request_validation(self):
        self.check_access("write")
        # It depends on nothing: an automation may have read it in another state.
        self.invalidate_recordset(["need_validation"])
        with self._tier_granting("create", "write", "unlink"):
            reviews = super().request_validation()
        self._tier_warn_of_staffing()
        return reviews

    def restart_validation(self):
        self.check_access("write")
        with self._tier_granting("create", "write", "unlink"):
            return super().restart_validation()

    def validate_tier(self):
        check_one(self)
        if not self._tier_get_open_reviews_of_user():
            raise UserError(self._tier_get_cannot_review_reason())
        return super().validate_tier()

    def reject_tier(self):
        check_one(self)
        if not self._tier_get_open_reviews_of_user():
            raise UserError(self._tier_get_cannot_review_reason())
        return super().reject_tier()

    def _validate_tier(self, tiers=False):
        allowed = self._tier_get_open_reviews_of_user()
        tiers = (tiers or self.review_ids) & allowed
        if not tiers:
            raise UserError(self._tier_get_cannot_review_reason())
        # Live reviewers may be wider than the stored ones: a user who was given
        # the group after the request. OCA reads the stored relation.
        # sudo: a reviewer has no write access to the reviewers of a row.
        added = tiers.sudo().filtered(
            lambda review: self.env.user not in review.reviewer_ids
        )
        server_write(added, {"reviewer_ids": [Command.link(self.env.uid)]})
        tiers = self._tier_take_first_of_two(tiers)
        if not tiers:
            return None
        return self._tier_decide(tiers, super()._validate_tier)

    def _rejected_tier(self, tiers=False):
        allowed = self._tier_get_open_reviews_of_user()
        tiers = (tiers or self.review_ids) & allowed
        if not tiers:
            raise UserError(self._tier_get_cannot_review_reason())
        return self._tier_decide(tiers, super()._rejected_tier)

    def forward_tier(self):
        """Refuse what OCA's ``base_tier_validation_forward`` offers, if it is there.

        It lets one reviewer choose the next, who may be excluded.
        """
        raise UserError(self._tier_cannot_forward_message())

    def _forward_tier(self, tiers=False):
        raise UserError(self._tier_cannot_forward_message())

    def _compute_can_forward(self):
        self.can_forward = False

    def _get_sequences_to_approve(self, user):
        reviews = self._tier_get_open_reviews_of_user(user)
        return reviews.mapped("sequence")

    def _tier_validation_check_state_on_write(self, vals):
        """Cross the gate only with reviews that are valid now."""
        if vals.get(self._state_field) not in self._state_to:
            return
        for record in self.filtered(lambda rec: rec._check_state_from_condition()):
            if reason := record._tier_get_cannot_cross_reason():
                # pylint: disable=translation-required
                raise ValidationError(f"{record._flow_names()}: {reason}")

    def _tier_validation_check_write_allowed(self, vals):
        """Content is guarded by the flow; a permitted change voids the reviews."""

    def _tier_validation_check_write_remove_reviews(self, vals):
        """Remove reviews whenever the record leaves the gate without crossing."""
        target = vals.get(self._state_field)
        if not target or target in self._state_to:
            return
        # Past the gate the reviews are part of the history of the document.
        self.filtered(
            lambda record: (
                record.review_ids
                and record._check_state_from_condition()
                and record[self._state_field] != target
            )
        )._tier_void_reviews(
            self.env._("left the review: %s", self._flow_state_label(target))
        )

    def _notify_created_review_body(self):
        return self._tier_add_what_to_do(super()._notify_created_review_body())

    def _check_state_from_condition(self):
        # Not the context key of the stock method: a client could send it.
        return self[self._state_field] in self._state_from

    def _get_tier_validation_readonly_domain(self):
        return "validation_status in ('waiting', 'pending')"

    def _add_tier_validation_buttons(self, node, params):
        return self._tier_render("outsourcing_mgmt.tier_buttons")

    def _add_tier_validation_label(self, node, params):
        return self._tier_render("outsourcing_mgmt.tier_bar")

    def _tier_render(self, template):
        """Return the element of a form that the template says for this model."""
        values = {
            "has_approve_button": self._tier_has_approve_verb(),
            "has_refuse_button": bool(self._tier_refuse_verb),
        }
        return etree.fromstring(self.env["ir.qweb"]._render(template, values))

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_step_access(self, target):
        """Let whoever decides on a review take the step of the decision.

        A deputy, and a reviewer whom no role lets write the document.
        """
        if target in self._state_to and all(
            record._tier_get_stood_in_for() for record in self
        ):
            return "read"
        if not self.has_access("write") and all(
            (verb := self._flow_get_verb(record.state, target))
            in ("approve", self._tier_refuse_verb)
            and record._tier_takes_part(verb)
            for record in self
        ):
            return "read"
        return super()._flow_get_step_access(target)

    def _flow_get_reasons(self, verb):
        """Judge a deputy at the gate by the groups of the approver.

        Whoever reviews the document takes the step of the decision with it, also
        without the group of that step.
        """
        groups = self._flow_groups.get(verb, ())
        is_decision = verb in ("approve", self._tier_refuse_verb)
        named = self.filtered(
            lambda record: (
                groups
                and (is_decision and record._tier_takes_part(verb))
                or (
                    groups
                    and verb in record._tier_get_gate_verbs()
                    and record._tier_stands_in(*groups)
                )
            )
        )
        reasons = super(OutsourcingTierMixin, self - named)._flow_get_reasons(verb)
        method = getattr(named, f"_get_cannot_{verb}_reason", None)
        if named and method:
            reasons = {**reasons, **method()}
        return reasons

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {
            "review_ids",
            "validation_status",
        }

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        self.filtered(
            lambda record: (
                record.review_ids and record[self._state_field] in self._state_from
            )
        )._tier_void_reviews(self.env._("the content was changed"))
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _tier_add_what_to_do(self, text):
        """Return the text of a mail to reviewers with what decides, and what not."""
        return self.env._(
            "%(text)s. Open the document and press Approve or Refuse: an answer to "
            "this mail decides nothing and is passed on to who asked, not kept here.",
            text=text.rstrip("."),
        )

    def _tier_granting(self, *operations):
        """Let OCA's code create, write or delete the reviews of these documents.

        :param operations: ``create``, ``write``, ``unlink``
        """
        # sudo: the reviews of a document may be hidden from its editor.
        reviews = self.sudo().review_ids
        return granting(
            reviews, *self.env["tier.review"]._fields, operations=operations
        )

    def _tier_get_excluded_users(self):
        """Return the users who may never approve this document.

        :rtype: res.users (authors, requesters and whoever asked for the review)
        """
        self.ensure_one()
        # sudo: who wrote and requested is judged whoever asks.
        record = self.sudo()
        users = record._get_authors()
        for name in self._tier_requester_fields:
            people = record[name]
            if people._name == "hr.employee":
                people = people._outsourcing_get_own_users()
            users |= people
        return users | record.review_ids.requested_by

    def _is_undecided(self):
        return super()._is_undecided() or self._check_state_from_condition()

    def _get_deciders(self):
        # sudo: who decided is judged whoever asks.
        reviews = self.sudo().review_ids
        people = reviews.done_by | reviews.outsourcing_first_by_id
        return super()._get_deciders() | people

    def _may_approve(self, user):
        """Whether a tier of the model, or its manager group, is the user's."""
        # sudo: the tiers bind also those who cannot read them.
        definitions = self.env["tier.definition"].sudo()
        definitions = definitions.search([("model", "=", self._name)])
        users = definitions.reviewer_id | definitions.reviewer_group_id.all_user_ids
        if not definitions:
            # sudo: users cannot read who is in a group.
            users = self.env.ref(self._tier_manager_group).sudo().all_user_ids
        return user in users

    def _tier_get_manager_users(self):
        """Return the users of the manager group who may act on this document."""
        self.ensure_one()
        # sudo: users cannot read who is in a group.
        group = self.env.ref(self._tier_manager_group).sudo()
        return self._tier_filter_users(group.all_user_ids)

    def _tier_filter_users(self, users):
        """Keep active users of the document's company who are not excluded."""
        self.ensure_one()
        # sudo: a reviewer of several companies may not see this one now.
        company = self.sudo()._get_company()
        excluded = self._tier_get_excluded_users()
        # sudo: colleagues may also work in companies that the asker cannot read.
        left = users.sudo().filtered(
            lambda user: (
                user.active
                and not user.share
                and company in user.company_ids
                and user not in excluded
            )
        )
        return left.with_env(users.env)

    def _tier_get_open_reviews_of_user(self, user=None):
        """Return the reviews that ``user`` may settle now, in tier order.

        A review is open to the user when it waits for a decision, the user is
        one of its reviewers now, and no earlier tier still waits for somebody
        else. Consecutive tiers of one user are settled together.
        """
        self.ensure_one()
        user = user or self.env.user
        mine = self.env["tier.review"]
        reviews = self.review_ids
        if any(review.status == "rejected" for review in reviews):
            return mine
        for review in reviews.sorted(lambda item: (item.sequence, item.id)):
            if review.status not in ("waiting", "pending"):
                continue
            # sudo: the reviewers of a row are judged, not shown.
            row = review.sudo()
            own = row._tier_get_own_reviewers()
            if user in own:
                mine |= review
                continue
            # In place of somebody else one tier is settled, and by itself.
            if not mine and (
                user.id in row._tier_get_principals(own)
                if own
                else user in row._tier_get_last_resort() - row.outsourcing_first_by_id
            ):
                mine = review
            break
        return mine

    def _tier_get_cannot_review_reason(self):
        """Say why the acting user may not approve or reject now."""
        self.ensure_one()
        name = self._flow_names()
        # sudo: names of the next tier and its reviewers are told to the reader.
        waiting = (
            self.sudo()
            .review_ids.filtered(lambda review: review.status in ("waiting", "pending"))
            .sorted("sequence")[:1]
        )
        if any(review.status == "rejected" for review in self.review_ids):
            return self.env._(
                "%s was rejected. Its author restarts the validation after a change.",
                name,
            )
        if not waiting:
            return self.env._("%s has no open review.", name)
        if self.env.user in self._tier_get_excluded_users():
            return self.env._(
                "%(name)s: you wrote, edited or requested it, so somebody else must "
                "review it: %(who)s.",
                name=name,
                who=waiting._tier_get_who(),
            )
        return self.env._(
            "%(name)s: the next review (%(tier)s) is for %(who)s.",
            name=name,
            tier=waiting.name,
            who=waiting._tier_get_who(),
        )

    def _tier_cannot_forward_message(self):
        return self.env._(
            "%s: its reviews cannot be forwarded to a person of the reviewer's choice. "
            "Who reviews is set by the tier definitions; a manager changes them there "
            "and its author restarts the validation.",
            self._flow_names(),
        )

    def _tier_get_cannot_cross_reason(self):
        """Say why the gate is closed, or return an empty string.

        :rtype: str
        """
        self.ensure_one()
        # sudo: whoever crosses the gate need not read tiers and reviewers.
        record = self.sudo()
        definitions = record._tier_get_definitions()
        reviews = record.review_ids
        if not definitions and not reviews:
            managers = self._tier_get_manager_users()
            if self.env.user in managers:
                return ""
            return self.env._(
                "no review is defined for it, so the manager group must decide: "
                "%(who)s.",
                who=format_list(self.env, managers.mapped("name"))
                or self.env._("nobody yet"),
            )
        if not reviews:
            return self.env._("request its validation first.")
        missing = definitions - reviews.definition_id
        if missing:
            return self.env._(
                'restart its validation: "%s" must review it too.',
                format_list(self.env, missing.mapped("name")),
            )
        for review in reviews.sorted("sequence"):
            if review.status == "rejected":
                return self.env._(
                    '"%(tier)s" rejected it. Change it and restart the validation.',
                    tier=review.name,
                )
            if review.status != "approved":
                if is_about_to_decide(self):
                    return ""
                return self.env._(
                    '"%(tier)s" has not approved it yet; waiting for %(who)s.',
                    tier=review.name,
                    who=review._tier_get_who(),
                )
            if (
                not review.done_by
                or review.done_by in record._tier_get_excluded_users()
            ):
                return self.env._(
                    '"%(tier)s" was approved by somebody who wrote, edited or '
                    "requested it. Restart the validation.",
                    tier=review.name,
                )
        return ""

    def _tier_get_definitions(self):
        """Return the tier definitions that apply to this document now."""
        self.ensure_one()
        # sudo: the tiers of a document bind also those who cannot read them.
        company = self.sudo()._get_company()
        definitions = (
            self.env["tier.definition"]
            .sudo()  # sudo: as above
            .search(
                [
                    ("model", "=", self._name),
                    ("company_id", "in", [False, *company.ids]),
                ],
                order="sequence desc",
            )
        )
        return definitions.filtered(lambda definition: self.evaluate_tier(definition))

    def _tier_void_reviews(self, reason):
        """Archive and remove the reviews, and tell the followers why."""
        for record in self:
            # sudo: an editor changes the content and has no right on reviews.
            reviews = record.sudo().review_ids
            if not reviews:
                continue
            server_unlink(reviews.with_context(tier_void_reason=reason))
            record.invalidate_recordset(["review_ids"])
            if hasattr(record, "message_post"):
                # sudo: the note is written whoever may post on the document.
                record.sudo().message_post(
                    body=self.env._("The reviews are void: %s.", reason),
                    author_id=self.env.user.partner_id.id,
                )
