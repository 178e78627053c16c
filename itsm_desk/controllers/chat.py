import logging

from werkzeug.exceptions import (
    Forbidden,
    NotFound,
    RequestEntityTooLarge,
    TooManyRequests,
)

from odoo import SUPERUSER_ID, fields, http
from odoo.exceptions import UserError
from odoo.http import request

from ..models.base.grants import server_write
from ..models.base.ir_http import reads_only
from ..models.chat.adapters import Refused, get_adapter
from ..models.chat.itsm_chat_message import take_message
from ..models.chat.itsm_chat_person import is_link, link_to_user
from ..tools.rate import RateLimit
from .portal import prepare_head

_logger = logging.getLogger(__name__)

MOST_BODY = 64 * 1024
"""Bytes of a callback; a text of WeCom has 2048 at most."""
CALLS = RateLimit(1200, 60)
"""Of one address: a messenger with many people behind it."""


class ItsmChat(http.Controller):
    """Where messengers tell what people wrote, and where people say who they are."""

    @http.route(
        "/service-desk/chat/<int:account_id>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
    )
    def itsm_chat(self, account_id, **args):
        """Answer a messenger: verify the address (GET), take a message (POST).

        The signature is what lets it in; there is no session and no other right.
        """
        if not CALLS.take(request.httprequest.remote_addr):
            raise TooManyRequests()
        # sudo: a messenger has no user; its signature is asked below. As the system,
        # like a mail that comes in.
        accounts = request.env(user=SUPERUSER_ID)["itsm.chat.account"].sudo()
        account = accounts.browse(account_id).exists()
        is_get = request.httprequest.method == "GET"
        adapter = account and get_adapter(account)
        if not account or (adapter.get_missing() if is_get else account.state != "on"):
            raise NotFound()
        args = request.httprequest.args
        try:
            if is_get:
                text = adapter.greet(args)
                server_write(account, {"verified_at": fields.Datetime.now()})
                return self._itsm_plain(text)
            incoming = adapter.receive(args, self._itsm_read_body())
        except Refused as error:
            _logger.info("Chat account %s: %s", account_id, error)
            raise Forbidden() from None
        if incoming:
            take_message(account, incoming)
        return self._itsm_plain("success")

    def _itsm_read_body(self):
        length = request.httprequest.content_length
        if length is None or length > MOST_BODY:
            raise RequestEntityTooLarge()
        # Kept: the request is answered again where its transaction is repeated.
        return request.httprequest.get_data()

    def _itsm_plain(self, text):
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(text, headers)

    # ------------------------------------------------------------
    # WHO SOMEBODY IS
    # ------------------------------------------------------------

    def _itsm_person(self, person_id, token):
        # sudo: nobody reads who writes in a messenger; the token is checked next
        person = request.env["itsm.chat.person"].sudo().browse(person_id).exists()
        if not person or not is_link(person, token):
            raise NotFound()
        return person

    @http.route(
        "/service-desk/chat/link/<int:person_id>/<string:token>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
        readonly=reads_only,
        sitemap=False,
    )
    def itsm_chat_link(self, person_id, token, **kw):
        """Ask somebody who is logged in whether the account of the messenger is his."""
        return self._itsm_render_link(self._itsm_person(person_id, token), token)

    @http.route(
        "/service-desk/chat/link/<int:person_id>/<string:token>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def itsm_chat_link_confirm(self, person_id, token, **kw):
        """Link the account of the messenger to whoever is logged in."""
        person = self._itsm_person(person_id, token)
        try:
            link_to_user(person, request.env.user)
        except UserError as error:
            return self._itsm_render_link(person, token, error=str(error))
        return self._itsm_render_link(person, token, is_done=True)

    def _itsm_render_link(self, person, token, **values):
        response = request.render(
            "itsm_desk.chat_link",
            {
                **prepare_head(request.env._("Service desk")),
                "person": person,
                "token": token,
                "user_name": request.env.user.name,
                **values,
            },
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
