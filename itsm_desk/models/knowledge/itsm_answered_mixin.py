from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext, is_html_empty, plaintext2html

from ...tools.one_record import check_one
from ..base.grants import server_create, server_write

SUGGESTIONS = 5
MAIL_SUGGESTIONS = 3


def link_articles(ticket, articles):
    """Note that articles answer a ticket; its words help to find them from now on."""
    # sudo: the relation is written by the verbs of the ticket alone, which judged
    server_write(
        ticket.sudo(), {"article_ids": [Command.link(item.id) for item in articles]}
    )
    articles._index_search()


def unlink_articles(ticket, articles):
    """Note that articles do not answer a ticket after all."""
    # sudo: as above
    server_write(
        ticket.sudo(), {"article_ids": [Command.unlink(item.id) for item in articles]}
    )
    articles._index_search()


class ItsmAnsweredMixin(models.AbstractModel):
    """A ticket and the articles that answer it.

    Whoever handles the ticket links them, also after it was solved: then the handling
    form is offered as a draft.
    """

    _name = "itsm.answered.mixin"
    _description = "Answered by Articles"

    # Read-only: written by the verbs, which say who may.
    article_ids = fields.Many2many(
        comodel_name="itsm.article",
        relation="itsm_ticket_article_rel",
        column1="ticket_id",
        column2="article_id",
        string="Articles",
        readonly=True,
        copy=False,
        groups="itsm_desk.group_itsm_technician",
        help="Articles that answer it.",
    )
    article_count = fields.Integer(
        compute="_compute_article_count", groups="itsm_desk.group_itsm_technician"
    )
    suggested_article_ids = fields.Many2many(
        comodel_name="itsm.article",
        compute="_compute_suggested_article_ids",
        string="Suggested Articles",
        help="What may answer it, by its words, service and equipment.",
    )
    can_link_article = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("article_ids")
    def _compute_article_count(self):
        for ticket in self:
            ticket.article_count = len(ticket.article_ids)

    @api.depends("subject", "description", "service_id", "equipment_ids")
    @api.depends_context("uid")
    def _compute_suggested_article_ids(self):
        articles = self.env["itsm.article"]
        for ticket in self:
            rows = articles.suggest(
                ticket._get_question(),
                limit=SUGGESTIONS,
                service_id=ticket.service_id._origin.id,
                equipment_ids=ticket.equipment_ids._origin.ids,
            )
            found = articles.browse([row["id"] for row in rows])
            # One that is being revised is read in the portal, as it was published.
            ticket.suggested_article_ids = found._filtered_access("read")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_create_article(self):
        """Open a draft with what the handling form says; the one that is there."""
        check_one(self)
        self.check_access("read")
        articles = self.env["itsm.article"]
        articles.check_access("create")
        article = articles.search([("source_ticket_id", "=", self.id)], limit=1)
        if not article:
            self._flow_check_can("link_article")
            article = server_create(articles, self._prepare_article_values())
            link_articles(self, article)
        return article._get_form_action()

    def action_link_article(self, article_id):
        """Note that an article answers the ticket."""
        check_one(self)
        article = self._find_article(article_id)
        link_articles(self, article)
        return True

    def action_unlink_article(self, article_id):
        """Note that an article does not answer the ticket after all."""
        check_one(self)
        article = self._find_article(article_id)
        unlink_articles(self, article)
        return True

    def action_view_articles(self):
        """Open the articles that answer the ticket."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_article_action"
        )
        return {
            **action,
            "domain": [("id", "in", self.article_ids.ids)],
            "context": {},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _index_solved(self, target, origins):
        """Let articles be found by the words of the tickets that they solved."""
        if "solved" in (target, *origins.values()):
            # sudo: the words of the ticket are found by, and never shown
            self.sudo().article_ids._index_search()

    def _get_cannot_link_article_reason(self):
        return self._get_cannot_handle_reason()

    def _find_article(self, article_id):
        """Return the article that was chosen, for a user who may link it."""
        self.check_access("read")
        article = self._browse_argument("itsm.article", article_id)
        if not article:
            raise UserError(self.env._("Choose an article of the list."))
        self._flow_check_can("link_article")
        if article.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%s belongs to another company than the ticket.",
                    article._flow_names(),
                )
            )
        return article

    def _get_question(self):
        """Return what the requester asks, for the search."""
        self.ensure_one()
        lines = html2plaintext(self.description or "").strip().splitlines()
        return "\n".join(filter(None, [self.subject, *lines[:2]]))

    def _get_articles_to_read(self):
        """Return ``[{title, url}]`` of what the requester may read, for a mail.

        Without a log-in only what everybody reads.
        """
        self.ensure_one()
        # sudo: mails are written by the desk; the audience is chosen here
        ticket = self.sudo()
        audiences = ["public"]
        if ticket.partner_id.user_ids:
            audiences.append("requester")
        rows = ticket.env["itsm.article"]._suggest(
            ticket._get_question(),
            limit=MAIL_SUGGESTIONS,
            service_id=ticket.service_id.id,
            equipment_ids=ticket.equipment_ids.ids,
            domain=[
                ("audience", "in", audiences),
                ("company_id", "=", ticket.company_id.id),
            ],
        )
        root = ticket.get_base_url()
        return [
            {"title": row["title"], "url": f"{root}/service-knowledge/{row['id']}"}
            for row in rows
        ]

    def _prepare_article_values(self):
        """Return the values of an article that says what the handling form says."""
        self.ensure_one()
        parts = []
        for title, content in (
            (self.env._("Problem"), self.description),
            (self.env._("Cause"), plaintext2html(self.cause or "")),
            (
                self.env._("Solution"),
                self.solution
                if not is_html_empty(self.solution)
                else plaintext2html(self.action_taken or ""),
            ),
        ):
            if not is_html_empty(content):
                parts.append(Markup("<h3>%s</h3>%s") % (title, Markup(content)))
        # sudo: the folder of the category, which every user may know
        folder = self.sudo().category_id.article_folder_id
        kinds = self.equipment_ids.category_id
        return {
            "name": self.subject,
            "body": Markup("").join(parts),
            "source_ticket_id": self.id,
            "company_id": self.company_id.id,
            "folder_id": folder.id,
            "service_ids": [Command.set(self.service_id.ids)],
            "equipment_category_ids": [Command.set(kinds.ids)],
        }
