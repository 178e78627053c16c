from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ...tools.one_record import check_one
from ..base.grants import is_server_act

KEEPERS = (
    "itsm_desk.group_itsm_supervisor",
    "itsm_desk.group_itsm_kb_reviewer",
)


class ItsmTrainingBook(models.Model):
    """Published articles in an order in which they are learned.

    States: draft -> released <-> draft; retired ends it. It prints as one document with
    contents. While it is released, each of its readers has every article on a reading
    list, and again when a new version is published; reading is acknowledged, by a
    control question where the article has one.

    ==============  ===========================  ================================
    Right           Who                          Restriction
    ==============  ===========================  ================================
    read            technicians                  released ones
    read            supervisors, reviewers       all of the company
    create, write   supervisors, reviewers       articles and readers: not retired
    release, take   supervisors, reviewers       released with an article
    back, retire
    acknowledge     the reader alone             what is on their list
    read the lists  supervisors, reviewers       of the company; readers their own
    delete          supervisors, reviewers       drafts that nobody read
    ==============  ===========================  ================================

    Readers see the articles of a book that are for them; others are left out.
    """

    _name = "itsm.training.book"
    _description = "Training Book"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "draft": {"released", "retired"},
        "released": {"draft", "retired"},
        "retired": set(),
    }
    _flow_verbs = {
        "released": "issue",
        ("released", "draft"): "take_back",
        "retired": "end",
    }
    _flow_groups = {"issue": KEEPERS, "take_back": KEEPERS, "end": KEEPERS}
    _flow_system_fields = frozenset({"reading_ids", "released_at"})
    _flow_content_fields = frozenset(
        {
            "name",
            "description",
            "line_ids",
            "team_ids",
            "reader_ids",
            "reading_days",
            "user_id",
            "company_id",
        }
    )
    _flow_content_states = frozenset({"draft", "released"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(string="Title", required=True, tracking=True)
    description = fields.Html(
        string="For Whom and Why", sanitize=True, help="Printed before the contents."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Editor",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("released", "Edition in Use"),
            ("retired", "Retired"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    released_at = fields.Datetime(string="In Use since", readonly=True, copy=False)
    line_ids = fields.One2many(
        comodel_name="itsm.training.line",
        inverse_name="book_id",
        string="Articles",
        copy=True,
    )
    article_count = fields.Integer(
        string="Number of Articles", compute="_compute_article_count"
    )

    # Who reads it
    team_ids = fields.Many2many(
        comodel_name="itsm.team",
        relation="itsm_training_book_team_rel",
        column1="book_id",
        column2="team_id",
        string="Teams",
        check_company=True,
        help="Their members have it on their reading lists.",
    )
    reader_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_training_book_reader_rel",
        column1="book_id",
        column2="user_id",
        string="Other Readers",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Technicians beside the members of these teams.",
    )
    reading_days = fields.Integer(
        string="Days to Read",
        default=14,
        help="Calendar days from the day an article, or a new version of it, comes on "
        "the list.",
    )
    reading_ids = fields.One2many(
        comodel_name="itsm.training.reading",
        inverse_name="book_id",
        string="Reading Lists",
        readonly=True,
        copy=False,
    )
    read_count = fields.Integer(
        string="Read", compute="_compute_reading_counts", compute_sudo=True
    )
    open_count = fields.Integer(
        string="To Read", compute="_compute_reading_counts", compute_sudo=True
    )
    overdue_count = fields.Integer(
        string="Overdue", compute="_compute_reading_counts", compute_sudo=True
    )

    # What the acting user may do now
    can_issue = fields.Boolean(compute="_compute_flow_can")
    can_take_back = fields.Boolean(compute="_compute_flow_can")
    can_end = fields.Boolean(compute="_compute_flow_can")

    _reading_days_positive = models.Constraint(
        "CHECK (reading_days > 0)", "Give readers a day at least."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    @api.depends("line_ids")
    def _compute_article_count(self):
        for book in self:
            book.article_count = len(book.line_ids)

    @api.depends("reading_ids.state", "reading_ids.date_due")
    def _compute_reading_counts(self):
        readings = self.env["itsm.training.reading"]
        counts = {
            (book, state): count
            for book, state, count in readings._read_group(
                [("book_id", "in", self.ids)], ["book_id", "state"], ["__count"]
            )
        }
        late = dict(
            readings._read_group(
                [("book_id", "in", self.ids), ("is_overdue", "=", True)],
                ["book_id"],
                ["__count"],
            )
        )
        for book in self:
            book.read_count = counts.get((book._origin, "read"), 0)
            book.open_count = counts.get((book._origin, "open"), 0)
            book.overdue_count = late.get(book._origin, 0)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if {"line_ids", "team_ids", "reader_ids"}.intersection(vals):
            # sudo: reading lists are written by the server, whoever changed the book
            self.sudo().filtered(lambda book: book.state == "released")._sync()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_issue(self):
        """Put its articles on the reading lists of its readers."""
        return self._take_step("released")

    def action_take_back(self):
        """Take what nobody has read yet from the lists; what was read is kept."""
        return self._take_step("draft")

    def action_end(self):
        """Take it out of use; what was read is kept."""
        return self._take_step("retired")

    def action_view_readings(self):
        """Open who has read what."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_training_reading_action"
        )
        return {
            **action,
            "domain": [("book_id", "=", self.id), ("state", "!=", "dropped")],
            "context": {"search_default_group_user": 1},
        }

    # ------------------------------------------------------------
    # STEP REASONS
    # ------------------------------------------------------------

    def _flow_get_reasons(self, verb):
        if is_server_act(self):
            return {}
        return super()._flow_get_reasons(verb)

    def _get_cannot_issue_reason(self):
        reasons = {}
        for book in self:
            if not book.line_ids:
                reasons[book.id] = self.env._(
                    "it has no articles yet. Choose them, in the order in which they "
                    "are read."
                )
            elif unpublished := book._get_unpublished():
                reasons[book.id] = self.env._(
                    "%s has no published version yet. Publish it, or take it out.",
                    unpublished[0].article_id.name,
                )
            elif wrong := book.line_ids.filtered(
                lambda line: not line._is_answerable()
            ):
                reasons[book.id] = self.env._(
                    'the question on "%s" needs two answers at least, and exactly one '
                    "right one.",
                    wrong[0].article_id.name,
                )
        return reasons

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _flow_get_hook_records(self):
        # sudo: reading lists are written by the server
        return self.sudo()

    def _on_enter_released(self, origins):
        self._stamp_release()
        self._sync()

    def _on_enter_draft(self, origins):
        self._sync()

    def _on_enter_retired(self, origins):
        self._sync()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_unpublished(self):
        """Return the lines whose article has no published version."""
        # sudo: whether there is a version, whoever may read it
        return self.sudo().line_ids.filtered(
            lambda line: not line.article_id.version_id
        )

    def _get_chapters(self):
        """Return what the acting user reads, in order, for the printed book.

        :return: ``[{number, title, body, version, published, question}]``
        """
        self.ensure_one()
        chapters = []
        for line in self.line_ids:
            # sudo: which version is current; whether the reader may read it comes next
            version = line.sudo().article_id.version_id.sudo(False)
            if not version or not version.has_access("read"):
                continue
            chapters.append(
                {
                    "number": len(chapters) + 1,
                    "title": version.name,
                    "body": version.body,
                    "version": version.number,
                    "published": format_date(self.env, version.published_at),
                    "question": line.question,
                }
            )
        if not chapters:
            raise AccessError(
                self.env._(
                    "%(book)s: none of its articles is published for you. Ask its "
                    "editor, %(editor)s.",
                    book=self._flow_names(),
                    # sudo: the name of the editor, whom the reader may not read
                    editor=self.sudo().user_id.name,
                )
            )
        return chapters
