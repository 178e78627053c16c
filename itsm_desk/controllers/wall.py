from markupsafe import Markup
from werkzeug.exceptions import NotFound, TooManyRequests

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from ..models.base.ir_http import reads_only
from ..models.catalogue.team_wall import get_wall
from ..tools.rate import RateLimit

VIEWS = RateLimit(60, 60)
"""Of one address: boards behind it, which load once a minute."""


class ItsmWall(http.Controller):
    """The wall board of a team: numbers for a screen without a log-in."""

    @http.route(
        "/service-desk/wall/<int:team_id>/<string:token>",
        type="http",
        auth="public",
        readonly=reads_only,
        sitemap=False,
    )
    def itsm_wall(self, team_id, token, **kw):
        """Show how a team stands, to whoever has the address."""
        if not VIEWS.take(request.httprequest.remote_addr):
            raise TooManyRequests()
        # sudo: visitors have no right on teams; the token is asked next
        team = request.env["itsm.team"].sudo().browse(team_id).exists()
        if (
            not team.active
            or not team.wall_token
            or not consteq(team.wall_token.encode(), token.encode(errors="replace"))
        ):
            raise NotFound()
        language = team.leader_id.lang or team.company_id.partner_id.lang
        team = team.with_context(lang=language or request.env.lang)
        response = request.make_response(
            Markup("<!DOCTYPE html>\n")
            + team.env["ir.qweb"]._render(
                "itsm_desk.wall_board", {"team": team, "wall": get_wall(team)}
            )
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
