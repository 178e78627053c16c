from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, html_escape

from ...tools.one_record import check_one
from ...tools.text_diff import diff_as_html
from ..base.grants import server_write
from ..base.uninstall import guards_deletion
from .itsm_article_check import open_checklist
from .itsm_article_feedback import FEEDBACK_REASONS, vote
from .itsm_article_version import CONTENT, publish_versions

WRITERS = (
    "itsm_desk.group_itsm_technician",
    "itsm_desk.group_itsm_kb_reviewer",
)
REVIEWERS = (
    "itsm_desk.group_itsm_kb_reviewer",
    "itsm_desk.group_itsm_manager",
)
ENOUGH_QUALITY = 80
"""Points of the checklist, of 100, that an article needs to be published."""

AUDIENCES = [
    ("public", "Everybody, without log-in"),
    ("requester", "Requesters"),
    ("technician", "Technicians"),
    ("team", "One team"),
]
VISIBLE_STATES = ("published", "stale")


class ItsmArticle(models.Model):
    """An answer that is worth keeping: how to solve what people ask about.

    States: draft -> in review -> published <-> stale; retired ends it, and a revision
    takes it back to draft. While it is revised, readers keep the published version:
    what is written here is seen by readers only once it was reviewed.

    =============  ================================  =============================
    Right          Who                               Restriction
    =============  ================================  =============================
    read           employees                         published, for requesters
    read           technicians                       all; of a team: its people
    read           reviewers, managers               all of the company
    create, write  technicians, reviewers, managers  text: in draft only
    submit         the same                          text, owner; weights sum 100
    publish        reviewers, managers               not who wrote it; 80 points
    send back      reviewers, managers, who wrote    in review, with a remark
    revise         who may write
    retire         reviewers, managers, the owner
    vote           every reader                      once for each version
    delete         managers                          a draft never published
    =============  ================================  =============================

    Visitors and portal users read versions, never articles.
    """

    _name = "itsm.article"
    _description = "Knowledge Article"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "write_date desc, id desc"
    _rec_names_search = ["name", "number"]
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "draft": {"review", "retired"},
        "review": {"published", "draft"},
        "published": {"draft", "stale", "retired"},
        "stale": {"draft", "review", "retired"},
        "retired": {"draft"},
    }
    _flow_verbs = {
        "review": "submit",
        "published": "publish",
        ("review", "draft"): "send_back",
        ("published", "draft"): "revise",
        ("stale", "draft"): "revise",
        ("retired", "draft"): "revise",
        "stale": "expire",
        "retired": "retire",
    }
    _flow_groups = {"publish": REVIEWERS, "submit": WRITERS, "revise": WRITERS}
    _flow_required = {
        "review": ("name", "body", "owner_id"),
        ("review", "draft"): ("review_remark",),
    }
    _flow_system_fields = frozenset(
        {
            "number",
            "version_id",
            "version_ids",
            "check_ids",
            "feedback_ids",
            "editor_ids",
            "reviewer_id",
            "published_at",
            "review_at",
            "review_remark",
            "source_ticket_id",
            "asked_words",
            "minutes_to_publish",
        }
    )
    _flow_content_fields = frozenset(
        {
            *CONTENT,
            "attachment_ids",
            "audience",
            "team_id",
            "company_id",
            "folder_id",
            "service_ids",
            "equipment_category_ids",
        }
    )
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What it says
    name = fields.Char(
        string="Title",
        required=True,
        index="trigram",
        tracking=True,
        help="As a requester would ask, in the words of a requester.",
    )
    body = fields.Html(string="Text", sanitize=True)
    keywords = fields.Char(
        string="Other Words",
        help="Other words for the same thing, for the search: brands, error numbers, "
        "what people call it.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        required=True,
        default=lambda self: self.env.lang or "en_US",
    )
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="itsm_article_attachment_rel",
        column1="article_id",
        column2="attachment_id",
        string="Files",
        copy=False,
        help="Readers get them with the text.",
    )

    # Where it belongs
    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    folder_id = fields.Many2one(
        comodel_name="itsm.article.folder",
        check_company=True,
        index="btree_not_null",
        tracking=True,
    )
    service_ids = fields.Many2many(
        comodel_name="itsm.service",
        relation="itsm_article_service_rel",
        column1="article_id",
        column2="service_id",
        string="Services",
        check_company=True,
        help="Tickets about these services get it suggested first.",
    )
    equipment_category_ids = fields.Many2many(
        comodel_name="maintenance.equipment.category",
        relation="itsm_article_equipment_category_rel",
        column1="article_id",
        column2="category_id",
        string="Kinds of Equipment",
        check_company=True,
        help="Tickets about such equipment get it suggested first.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    # Who reads and who answers for it
    audience = fields.Selection(
        selection=AUDIENCES,
        required=True,
        default="requester",
        tracking=True,
        index=True,
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        check_company=True,
        index="btree_not_null",
        help="Only these people, and reviewers and managers, read an article of "
        "one team.",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Answers for it: is asked when it grows old or did not help.",
    )
    editor_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_article_editor_rel",
        column1="article_id",
        column2="user_id",
        string="Written by",
        readonly=True,
        copy=False,
        help="Who wrote the text since it was published last; they do not review it.",
    )

    # Where it stands
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("review", "In Review"),
            ("published", "Published"),
            ("stale", "Out of Date"),
            ("retired", "Retired"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    check_ids = fields.One2many(
        comodel_name="itsm.article.check",
        inverse_name="article_id",
        string="Checklist",
        copy=False,
        groups=",".join(WRITERS),
    )
    quality_score = fields.Integer(
        string="Quality",
        compute="_compute_quality_score",
        help="Points of the checklist that are met, of 100.",
    )
    review_remark = fields.Text(
        string="Sent Back Because",
        readonly=True,
        copy=False,
        tracking=True,
        groups=",".join(WRITERS),
    )
    reviewer_id = fields.Many2one(
        comodel_name="res.users", string="Reviewed by", readonly=True, copy=False
    )
    version_ids = fields.One2many(
        comodel_name="itsm.article.version",
        inverse_name="article_id",
        string="Versions",
        readonly=True,
        copy=False,
    )
    version_id = fields.Many2one(
        comodel_name="itsm.article.version",
        string="Current Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    published_at = fields.Datetime(string="Published on", readonly=True, copy=False)
    review_months = fields.Integer(
        string="Valid for (Months)",
        required=True,
        default=12,
        aggregator=None,
        help="After that it is out of date until somebody has looked at it again.",
    )
    review_at = fields.Datetime(
        string="Look Again on", readonly=True, copy=False, index="btree_not_null"
    )
    draft_diff = fields.Html(
        string="Changes Since Published",
        compute="_compute_draft_diff",
        sanitize=False,
    )

    # Where it came from and what became of it
    asked_words = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        export_string_translation=False,
        help="The words of the wanted article that it was written for.",
    )
    source_ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="From Ticket",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
    )
    minutes_to_publish = fields.Integer(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="From the solution of its ticket to the first version.",
    )
    ticket_count = fields.Integer(
        string="Tickets Answered",
        compute="_compute_ticket_count",
        groups="itsm_desk.group_itsm_technician",
    )
    feedback_ids = fields.One2many(
        comodel_name="itsm.article.feedback",
        inverse_name="article_id",
        string="Votes",
        readonly=True,
        copy=False,
        groups=",".join(WRITERS),
    )
    helpful_count = fields.Integer(
        string="Helped", compute="_compute_votes", groups=",".join(WRITERS)
    )
    unhelpful_count = fields.Integer(
        string="Did Not Help", compute="_compute_votes", groups=",".join(WRITERS)
    )

    # What the acting user may do now
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_publish = fields.Boolean(compute="_compute_flow_can")
    can_send_back = fields.Boolean(compute="_compute_flow_can")
    can_revise = fields.Boolean(compute="_compute_flow_can")
    can_retire = fields.Boolean(compute="_compute_flow_can")

    _number_uniq = models.UniqueIndex(
        "(company_id, number) WHERE number <> '/'",
        "An article with this number exists already.",
    )
    _team_audience = models.Constraint(
        "CHECK (audience <> 'team' OR team_id IS NOT NULL)",
        "An article for one team names the team.",
    )
    _months_range = models.Constraint(
        "CHECK (review_months BETWEEN 1 AND 60)",
        "An article is looked at again after 1 to 60 months.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "editor_ids", "owner_id", "check_ids.is_met")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("name", "number")
    def _compute_display_name(self):
        for article in self:
            article.display_name = (
                f"{article.number} {article.name}"
                if article.number != "/"
                else article.name
            )

    @api.depends("check_ids.is_met", "check_ids.weight")
    def _compute_quality_score(self):
        for article in self:
            # sudo: a reader of the article may know its points
            met = article.sudo().check_ids.filtered("is_met")
            article.quality_score = sum(met.mapped("weight"))

    @api.depends("name", "body", "version_id")
    def _compute_draft_diff(self):
        for article in self:
            # sudo: whoever reads the draft may compare it with the published text
            version = article.sudo().version_id
            article.draft_diff = bool(version) and diff_as_html(
                version._get_plain_text(),
                f"{article.name}\n{html2plaintext(article.body or '')}",
            )

    def _compute_ticket_count(self):
        counts = dict(
            self.env["itsm.ticket"]._read_group(
                [("article_ids", "in", self.ids)], ["article_ids"], ["__count"]
            )
        )
        for article in self:
            article.ticket_count = counts.get(article._origin, 0)

    @api.depends("feedback_ids.is_helpful")
    def _compute_votes(self):
        counts = {
            (article.id, is_helpful): count
            for article, is_helpful, count in self.env[
                "itsm.article.feedback"
            ]._read_group(
                [("article_id", "in", self.ids)],
                ["article_id", "is_helpful"],
                ["__count"],
            )
        }
        for article in self:
            article.helpful_count = counts.get((article._origin.id, True), 0)
            article.unhelpful_count = counts.get((article._origin.id, False), 0)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            {key: val for key, val in vals.items() if (key, val) != ("number", "/")}
            for vals in vals_list
        ]
        articles = super().create(vals_list)
        # sudo: sequences are not readable by authors
        sequences = self.env["ir.sequence"].sudo()
        for article in articles:
            number = sequences.with_company(article.company_id).next_by_code(
                "itsm.article"
            )
            server_write(
                # sudo: the number and who wrote the text are set by the procedure
                article.sudo(),
                {"number": number or "/", "editor_ids": [Command.link(self.env.uid)]},
            )
        articles._claim_files()
        return articles

    def write(self, vals):
        if "owner_id" in vals and not self._flow_is_system():
            self._check_giver()
        result = super().write(vals)
        if "attachment_ids" in vals and not self._flow_is_system():
            self._claim_files()
        return result

    @guards_deletion
    def _unlink_except_published(self):
        # sudo: whether it was ever published, whoever may read its versions
        kept = self.filtered(lambda article: article.sudo().version_ids)
        if kept:
            raise UserError(
                self.env._(
                    "%s was published, and its versions are kept. Retire it instead.",
                    kept._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Ask for a review, by somebody who did not write the text."""
        return self._take_step("review")

    def action_publish(self):
        """Let the text be read: the checklist is answered, 80 points at least."""
        return self._take_step("published")

    def action_send_back(self, reason):
        """Give the text back to its author, with what is missing."""
        return self._take_step("draft", review_remark=reason)

    def action_revise(self):
        """Write on it; readers keep the published version meanwhile."""
        return self._take_step("draft")

    def action_retire(self):
        """Take it from the readers; versions and votes are kept."""
        return self._take_step("retired")

    def action_vote(self, is_helpful, reason=False, comment=False):
        """Say whether the published text helped, once for each version."""
        check_one(self)
        self.check_access("read")
        # sudo: which version is current; whether the user may read it is asked next
        version = self.sudo().version_id.sudo(False)
        if not version:
            raise UserError(self.env._("%s is not published yet.", self._flow_names()))
        version.check_access("read")
        keys = dict(FEEDBACK_REASONS)
        comment = self._flow_clean_text(self.env._("Comment"), comment)
        if not is_helpful and (not isinstance(reason, str) or reason not in keys):
            raise UserError(self.env._("Say why it did not help: %s.", ", ".join(keys)))
        return vote(
            version, self.env.user.partner_id, bool(is_helpful), reason, comment
        )

    def action_view_tickets(self):
        """Open the tickets that it answered."""
        check_one(self)
        self.check_access("read")
        return self.env["itsm.ticket"]._get_tickets_action(
            [("article_ids", "in", self.ids)]
        )

    def action_link_to_ticket(self):
        """Note that it answers the ticket in whose list it was chosen."""
        return self._get_listing_ticket().action_link_article(self.id)

    def action_unlink_from_ticket(self):
        """Note that it does not answer the ticket in whose list it stands."""
        return self._get_listing_ticket().action_unlink_article(self.id)

    def _get_listing_ticket(self):
        """Return the ticket in whose form the article is listed; it judges the user."""
        check_one(self)
        self.check_access("read")
        tickets = self.env["itsm.ticket"]
        ticket = tickets._browse_argument(
            "itsm.ticket", self.env.context.get("itsm_ticket_id")
        )
        if not ticket:
            raise UserError(self.env._("Open the ticket and choose the article there."))
        return ticket

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = {}
        for article in self:
            total = sum(article._get_criteria().mapped("weight"))
            if total != 100:
                reasons[article.id] = self.env._(
                    "the weights of the quality checklist sum to %s, not 100; a "
                    "manager of the service desk corrects them under Configuration.",
                    total,
                )
        return reasons

    def _get_cannot_publish_reason(self):
        reasons = {}
        for article in self:
            # sudo: who wrote it and the checklist are read for the rule alone
            trusted = article.sudo()
            if self.env.user in trusted.editor_ids:
                reasons[article.id] = article._own_text_message()
            elif trusted.quality_score < ENOUGH_QUALITY:
                reasons[article.id] = self.env._(
                    "its checklist has %(score)s of 100 points and needs %(least)s. "
                    "Answer the checklist, or send it back with a remark.",
                    score=trusted.quality_score,
                    least=ENOUGH_QUALITY,
                )
        return reasons

    def _get_cannot_send_back_reason(self):
        if self._flow_user_in(*REVIEWERS):
            return {}
        text = self.env._("reviewers send it back, or whoever wrote it withdraws it.")
        return {
            article.id: text
            for article in self
            # sudo: who wrote it is asked for the rule alone
            if self.env.user not in article.sudo().editor_ids
        }

    def _get_cannot_expire_reason(self):
        if self._flow_is_system():
            return {}
        text = self.env._(
            "it becomes out of date by itself on the day to look again. Revise it, "
            "or retire it."
        )
        return dict.fromkeys(self.ids, text)

    def _get_cannot_retire_reason(self):
        if self._flow_user_in(*REVIEWERS):
            return {}
        text = self.env._("its owner, a reviewer or a manager retires it.")
        return {
            article.id: text for article in self if article.owner_id != self.env.user
        }

    def _own_text_message(self):
        return self.env._(
            "you wrote it, so another reviewer decides. Ask a colleague of the group "
            "Knowledge reviewer."
        )

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: what follows from a step is not its taker's to choose
        return self.sudo()

    def _flow_content_changed(self, vals):
        # sudo: who wrote the text is kept by the procedure
        new = self.sudo().filtered(
            lambda article: self.env.user not in article.editor_ids
        )
        server_write(new, {"editor_ids": [Command.link(self.env.uid)]})

    def _on_enter_review(self, origins):
        open_checklist(self)
        server_write(self, {"review_remark": False})
        self.activity_unlink(["itsm_desk.mail_activity_type_article_stale"])
        for article in self:
            reviewers = article._flow_get_users_of(
                REVIEWERS[0], excluded=article.editor_ids
            )
            for reviewer in reviewers[:3]:
                article.activity_schedule(
                    "itsm_desk.mail_activity_type_article_review",
                    user_id=reviewer.id,
                    summary=self.env._("Review: %s", article.name),
                )

    def _on_leave_review(self, target):
        self.activity_unlink(["itsm_desk.mail_activity_type_article_review"])

    def _on_enter_published(self, origins):
        publish_versions(self)
        self.activity_unlink(["itsm_desk.mail_activity_type_article_mend"])

    def _on_enter_draft(self, origins):
        for article in self:
            if origins[article.id] == "review" and article.owner_id != self.env.user:
                article.activity_schedule(
                    "itsm_desk.mail_activity_type_article_mend",
                    user_id=article._get_keeper().id,
                    summary=self.env._("Sent back: %s", article.name),
                    note=html_escape(article.review_remark or ""),
                )

    def _on_enter_stale(self, origins):
        for article in self:
            article.activity_schedule(
                "itsm_desk.mail_activity_type_article_stale",
                user_id=article._get_keeper().id,
                summary=self.env._("Still right? %s", article.name),
            )

    def _on_enter_retired(self, origins):
        server_write(self.version_id, {"is_current": False})
        server_write(self, {"version_id": False, "review_at": False})
        self.activity_unlink(
            [
                "itsm_desk.mail_activity_type_article_mend",
                "itsm_desk.mail_activity_type_article_stale",
            ]
        )

    def _ask_to_mend(self, text):
        """Give the owner one task for bad votes; a later vote is added to it."""
        self.ensure_one()
        kind = self.env.ref("itsm_desk.mail_activity_type_article_mend")
        task = self.activity_ids.filtered(lambda item: item.activity_type_id == kind)
        if task:
            task[0].note = (task[0].note or Markup()) + Markup("<p>%s</p>") % text
            return
        self.activity_schedule(
            "itsm_desk.mail_activity_type_article_mend",
            user_id=self._get_keeper().id,
            summary=self.env._("Did not help: %s", self.name),
            note=html_escape(text),
        )

    def _get_keeper(self):
        """Return who is asked about the article: its owner, else a reviewer."""
        self.ensure_one()
        owner = self.owner_id
        if owner.active and self.company_id in owner.company_ids:
            return owner
        users = self._flow_get_users_of(REVIEWERS[0])
        return (users or self._flow_get_users_of(REVIEWERS[1]))[:1] or owner

    # ------------------------------------------------------------
    # SCHEDULED JOBS
    # ------------------------------------------------------------

    @api.model
    def _cron_expire(self, limit=100):
        """Mark what nobody has looked at in time, and ask its owner."""
        due = Domain("state", "=", "published") & Domain(
            "review_at", "<=", fields.Datetime.now()
        )
        articles = self.search(due, limit=limit, order="review_at, id")
        articles = articles.try_lock_for_update()
        for article in articles:
            server_write(article, {"state": "stale"})
        self.env["ir.cron"]._commit_progress(
            len(articles), remaining=self.search_count(due)
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_criteria(self):
        """Return the checklist that holds in the company of the article."""
        self.ensure_one()
        # sudo: the criteria are no secret, and the company is the article's
        criteria = self.env["itsm.article.criterion"].sudo()
        return criteria.search([("company_id", "in", [False, self.company_id.id])])

    def _check_giver(self):
        """Refuse to give a published article to somebody else, but by those in charge.

        The owner retires it and is asked when it did not help.
        """
        if self._flow_user_in(*REVIEWERS):
            return
        for article in self:
            if article.state != "draft" and article.owner_id != self.env.user:
                raise AccessError(
                    self.env._(
                        "%(article)s: %(owner)s owns it and can give it to somebody "
                        "else, as can reviewers and managers.",
                        article=article._flow_names(),
                        # sudo: the name of the owner, whom the user may not read
                        owner=article.sudo().owner_id.name,
                    )
                )

    def _claim_files(self):
        """Bind files that were just uploaded to the article; refuse those of others.

        Whoever reads the article reads its files, so that nobody may add a file that
        belongs elsewhere.
        """
        for article in self:
            # sudo: where a file belongs is asked whether or not the user may know
            for file in article.sudo().attachment_ids:
                place = (file.res_model or "", file.res_id or 0)
                if place == (self._name, article.id) and not file.res_field:
                    continue
                is_loose = place[0] in ("", self._name) and not place[1]
                if (
                    not is_loose
                    or file.res_field
                    or file.create_uid != self.env.user
                    or file.type != "binary"
                ):
                    raise AccessError(
                        self.env._(
                            '%(article)s: the file "%(file)s" belongs elsewhere. '
                            "Upload a copy here.",
                            article=article._flow_names(),
                            file=file.name if is_loose else file.id,
                        )
                    )
                file.write({"res_model": self._name, "res_id": article.id})
