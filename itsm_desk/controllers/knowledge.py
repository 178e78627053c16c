from werkzeug.exceptions import NotFound, TooManyRequests

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.base.ir_http import reads_only
from ..models.knowledge.itsm_article_feedback import FEEDBACK_REASONS, vote
from ..models.knowledge.itsm_search_log import record_missed, record_search
from ..tools.rate import RateLimit
from ..tools.typed_number import read_number
from .portal import prepare_head

SUGGESTIONS = 5
RESULTS = 20
COMMENT_LENGTH = 2000
QUESTIONS = RateLimit(60, 60)
"""Of one user, or one visitor's address: typing asks a few times in a ticket."""


def take_question():
    """Whether whoever asks may ask once more in this minute."""
    user = request.env.user
    key = request.httprequest.remote_addr if user._is_public() else user.id
    return QUESTIONS.take(key)


def reads_or_notes(controller, rule, args):
    """Whether the list may be read from the standby: what is not found is noted."""
    is_search = bool(request.httprequest.args.get("search"))
    return not is_search and reads_only(controller, rule, args)


class ItsmKnowledge(CustomerPortal):
    """What requesters read: published articles, and suggestions while they type.

    Everything is found and read with the rights of the visitor, which end at the
    current versions of the visitor's audience.
    """

    @http.route(
        "/my/service-tickets/suggest",
        type="jsonrpc",
        auth="user",
        readonly=reads_only,
    )
    def itsm_suggest(self, text="", service_id=None):
        """Return the articles that may answer what is being typed."""
        if not isinstance(text, str) or not take_question():
            return []
        if isinstance(service_id, str):
            service_id = read_number(service_id) or None
        rows = request.env["itsm.article"].suggest(
            text, limit=SUGGESTIONS, service_id=service_id
        )
        return [{**row, "url": f"/service-knowledge/{row['id']}"} for row in rows]

    @http.route("/my/service-tickets/opened", type="jsonrpc", auth="user")
    def itsm_opened(self, session=None, article_id=None, text="", service_id=None):
        """Note that an article was opened from the form of a ticket."""
        is_number = isinstance(article_id, int) and not isinstance(article_id, bool)
        if not is_number or not take_question():
            return False
        if not self._itsm_find_version(article_id):
            return False
        record_search(
            request.env,
            session,
            "read",
            text if isinstance(text, str) else "",
            article_id=article_id,
            service_id=self._itsm_find_service(service_id).id,
        )
        return True

    @http.route(
        ["/service-knowledge", "/service-knowledge/page/<int:page>"],
        type="http",
        auth="public",
        website=True,
        readonly=reads_or_notes,
        sitemap=False,
    )
    def itsm_articles(self, page=1, search=None, **kw):
        """List the articles that answer a question, or all of them."""
        search = (search or "").replace("\0", "").strip()
        versions = request.env["itsm.article.version"]
        values = {
            **prepare_head(request.env._("Knowledge")),
            "page_name": "itsm_knowledge",
            "search": search,
            "pager": None,
        }
        if search:
            if not take_question():
                raise TooManyRequests()
            values["rows"] = request.env["itsm.article"].suggest(search, limit=RESULTS)
            if not values["rows"]:
                record_missed(request.env, search)
        else:
            domain = Domain("is_current", "=", True)
            values["pager"] = portal_pager(
                url="/service-knowledge",
                total=versions.search_count(domain),
                page=page,
                step=RESULTS,
            )
            found = versions.search(
                domain,
                order="published_at desc, id desc",
                limit=RESULTS,
                offset=values["pager"]["offset"],
            )
            values["rows"] = [
                # sudo: the id of an article whose version the visitor reads
                {"id": version.sudo().article_id.id, "title": version.name}
                for version in found
            ]
        return request.render("itsm_desk.portal_articles", values)

    def _itsm_find_version(self, article_id):
        """Return the current version that the visitor may read, or none."""
        versions = request.env["itsm.article.version"]
        return versions.search(
            [("article_id", "=", article_id), ("is_current", "=", True)]
        )

    def _itsm_version(self, article_id):
        """Return the same; a page that says there is none otherwise."""
        version = self._itsm_find_version(article_id)
        if not version:
            raise NotFound()
        return version

    @http.route(
        "/service-knowledge/<int:article_id>",
        type="http",
        auth="public",
        website=True,
        readonly=reads_only,
        sitemap=False,
    )
    def itsm_article(self, article_id, **kw):
        """Show an article as it was published."""
        version = self._itsm_version(article_id)
        return request.render(
            "itsm_desk.portal_article",
            {
                **prepare_head(version.name),
                "page_name": "itsm_knowledge",
                "version": version,
                "article_id": article_id,
                # sudo: the files of a version that the visitor reads
                "files": version.sudo().attachment_ids,
                "reasons": version.env["itsm.article.feedback"]
                ._fields["reason"]
                ._description_selection(request.env),
                "is_visitor": request.env.user._is_public(),
                "flash": request.session.pop("itsm_flash", None),
            },
        )

    @http.route(
        "/service-knowledge/<int:article_id>/files/<int:file_id>",
        type="http",
        auth="public",
        readonly=reads_only,
    )
    def itsm_article_file(self, article_id, file_id, **kw):
        """Send a file of an article that the visitor reads."""
        version = self._itsm_version(article_id)
        # sudo: the files of a version that the visitor reads
        file = version.sudo().attachment_ids.filtered(lambda item: item.id == file_id)
        if not file:
            raise NotFound()
        stream = request.env["ir.binary"]._get_stream_from(file)
        return stream.get_response(as_attachment=True)

    @http.route(
        "/service-knowledge/<int:article_id>/vote",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def itsm_article_vote(
        self, article_id, answer=None, reason=None, comment=None, **kw
    ):
        """Say whether the article helped."""
        version = self._itsm_version(article_id)
        is_helpful = answer == "helpful"
        comment = (comment or "").replace("\0", "").strip()[:COMMENT_LENGTH]
        if not is_helpful and reason not in dict(FEEDBACK_REASONS):
            flash = request.env._("Say why it did not help."), "danger"
        elif vote(version, request.env.user.partner_id, is_helpful, reason, comment):
            flash = (
                request.env._("Thank you. Your answer reaches its author."),
                "success",
            )
        else:
            flash = (
                request.env._("You told us already. Thank you."),
                "success",
            )
        request.session["itsm_flash"] = dict(zip(("text", "kind"), flash, strict=True))
        return request.redirect(f"/service-knowledge/{article_id}")
