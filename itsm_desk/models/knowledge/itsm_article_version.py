import json

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_list, html2plaintext

from ...tools.one_record import check_one
from ...tools.text_diff import diff_as_html
from ..base.grants import (
    is_custom_only,
    is_server_act,
    server_create,
    server_write,
    spend,
)

CONTENT = ("name", "body", "keywords", "lang")
"""What a version keeps of the text, and what restoring brings back."""


# ------------------------------------------------------------
# WHAT FOLLOWS FROM STEPS
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def publish_versions(articles):
    """Keep the text of articles as their current version; the acting user reviewed."""
    now = fields.Datetime.now()
    reviewer = articles.env.user
    # sudo: versions are made by the procedure; nobody has a right to create them
    articles = articles.sudo()
    versions = articles.env["itsm.article.version"]
    counts = dict(
        versions._read_group(
            [("article_id", "in", articles.ids)], ["article_id"], ["number:max"]
        )
    )
    server_write(articles.version_id, {"is_current": False})
    versions.flush_model(["is_current"])
    made = server_create(
        versions,
        [
            {
                **{name: article[name] for name in CONTENT},
                "article_id": article.id,
                "company_id": article.company_id.id,
                "number": counts.get(article, 0) + 1,
                "is_current": True,
                "attachment_ids": [Command.set(article.attachment_ids.ids)],
                "audience": article.audience,
                "team_id": article.team_id.id,
                "published_at": now,
                "reviewer_id": reviewer.id,
                "author_names": format_list(
                    articles.env, article.editor_ids.mapped("name")
                ),
                "quality_score": article.quality_score,
                "checklist": json.dumps(
                    [
                        {
                            "question": check.name,
                            "weight": check.weight,
                            "met": check.is_met,
                            "remark": check.remark or "",
                        }
                        for check in article.check_ids
                    ],
                    ensure_ascii=False,
                ),
            }
            for article in articles
        ],
    )
    for version in made:
        article = version.article_id
        vals = {
            "version_id": version.id,
            "reviewer_id": reviewer.id,
            "published_at": now,
            "review_at": now + relativedelta(months=article.review_months),
            "editor_ids": [Command.clear()],
            "review_remark": False,
        }
        solved_at = article.source_ticket_id.solved_at
        if version.number == 1 and solved_at:
            minutes = (now - solved_at).total_seconds() // 60
            vals["minutes_to_publish"] = max(0, int(minutes))
        server_write(article, vals)
    articles._index_search()


WRITTEN = ({"is_current"}, {"body"}, {"name"})
"""What the server writes: which is current, and marks of what two persons blanked."""


class ItsmArticleVersion(models.Model):
    """An article as it was published, word for word.

    Readers get the current version: while the article is being revised, they go on
    reading what was reviewed. Nothing of a version changes but whether it is the
    current one, by the server.

    ========  ==================================  =================================
    Right     Who                                 Restriction
    ========  ==================================  =================================
    read      visitors                            current, audience "everybody"
    read      portal users, employees             current, not for technicians
    read      technicians                         all versions; of teams: its people
    read      reviewers, managers                 all of the company
    restore   who may write the article           as a new draft
    ========  ==================================  =================================
    """

    _name = "itsm.article.version"
    _description = "Published Version of an Article"
    _order = "article_id, number desc"
    _rec_names_search = ["name", "article_id.number"]
    _check_company_auto = True

    article_id = fields.Many2one(
        comodel_name="itsm.article",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    number = fields.Integer(string="Version", readonly=True, aggregator=None)
    is_current = fields.Boolean(string="Current", readonly=True)

    name = fields.Char(string="Title", required=True, readonly=True, index="trigram")
    body = fields.Html(string="Text", readonly=True, sanitize=True)
    keywords = fields.Char(string="Other Words", readonly=True)
    lang = fields.Char(string="Language", readonly=True)
    attachment_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="itsm_article_version_attachment_rel",
        column1="version_id",
        column2="attachment_id",
        string="Files",
        readonly=True,
    )

    # Who may read it
    audience = fields.Char(readonly=True, export_string_translation=False)
    team_id = fields.Many2one(
        comodel_name="itsm.team", readonly=True, index="btree_not_null"
    )

    # How it came about
    published_at = fields.Datetime(string="Published on", readonly=True)
    reviewer_id = fields.Many2one(
        comodel_name="res.users", string="Reviewed by", readonly=True
    )
    author_names = fields.Char(
        string="Written by", readonly=True, groups="itsm_desk.group_itsm_technician"
    )
    quality_score = fields.Integer(string="Quality", readonly=True, aggregator="avg")
    checklist = fields.Text(
        readonly=True,
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_kb_reviewer",
        help="Questions, weights and answers of the review, as JSON.",
    )
    diff_html = fields.Html(
        string="Changes",
        compute="_compute_diff_html",
        sanitize=False,
        help="Against the version before.",
    )

    _number_uniq = models.UniqueIndex(
        "(article_id, number)", "Each version of an article has a number of its own."
    )
    _current_uniq = models.UniqueIndex(
        "(article_id) WHERE is_current", "An article has one current version."
    )

    # ------------------------------------------------------------
    # SEARCH TEXT
    # ------------------------------------------------------------

    def init(self):
        """Add what the ORM has no field for: the words of the search.

        Long texts are stored beside the rows, which the search reads by the thousand.
        """
        self.env.cr.execute(
            SQL(
                """
                ALTER TABLE itsm_article_version SET (toast_tuple_target = 256);
                ALTER TABLE itsm_article_version
                    ADD COLUMN IF NOT EXISTS search_vector tsvector,
                    ADD COLUMN IF NOT EXISTS search_length int NOT NULL DEFAULT 0;
                CREATE INDEX IF NOT EXISTS itsm_article_version_search_idx
                    ON itsm_article_version USING gin (search_vector)
                    WITH (fastupdate = off)
                 WHERE is_current;
                CREATE INDEX IF NOT EXISTS itsm_article_version_search_title_idx
                    ON itsm_article_version
                 USING gin (ts_filter(search_vector, '{a,b}'))
                    WITH (fastupdate = off)
                 WHERE is_current;
                """
            )
        )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("number", "name")
    def _compute_display_name(self):
        for version in self:
            # sudo: the number of an article is no secret to a reader of a version
            number = version.sudo().article_id.number
            version.display_name = f"{number} / {version.number}: {version.name}"

    @api.depends("body", "article_id")
    def _compute_diff_html(self):
        before = {
            (version.article_id, version.number): version
            for version in self.search([("article_id", "in", self.article_id.ids)])
        }
        for version in self:
            old = before.get((version.article_id, version.number - 1))
            version.diff_html = diff_as_html(
                old._get_plain_text() if old else "", version._get_plain_text()
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise AccessError(self._immutable_message())
        spend(self.browse(), "create")
        return super().create(vals_list)

    def write(self, vals):
        if not is_custom_only(self, vals):
            if set(vals) not in WRITTEN or not is_server_act(self):
                raise AccessError(self._immutable_message())
            spend(self)
        return super().write(vals)

    def unlink(self):
        raise AccessError(self._immutable_message())

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_restore(self):
        """Bring the text of this version back as a draft, which is reviewed anew."""
        check_one(self)
        self.check_access("read")
        article = self.article_id
        article.check_access("write")
        if article.state == "review":
            raise UserError(
                self.env._(
                    "%s is in review; withdraw it first, then restore a version.",
                    article._flow_names(),
                )
            )
        if article.state != "draft":
            article.action_revise()
        article.write(
            {
                **{name: self[name] for name in CONTENT},
                "attachment_ids": [(6, 0, self.attachment_ids.ids)],
            }
        )
        return article._get_form_action()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_plain_text(self):
        """Return title and text as lines, for comparing."""
        self.ensure_one()
        return f"{self.name}\n{html2plaintext(self.body or '')}"

    def _get_checklist(self):
        """Return the answers of the review as a list of dicts."""
        self.ensure_one()
        return json.loads(self.checklist or "[]")

    def _immutable_message(self):
        return self.env._(
            "A published version of an article is not written, changed or deleted. "
            "Revise the article, or restore the version as a draft."
        )
