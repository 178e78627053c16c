"""Former addresses of pages, from which database one is read, who sent a form.

A standby may lag. Whoever just filed or signed off something would not find it there.
"""

import time
from urllib.parse import quote

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from odoo import models
from odoo.http import request

from .acting_person import is_acting_in_process
from .grants import OWN_MODULES, is_evaluated_code_running

FORMER, PRESENT = "/my/tickets", "/my/service-tickets"
MAX_ID = 2**31 - 1
PRIMARY_SECONDS = 10
"""How long the pages of whoever wrote are read from the primary."""
WROTE_AT = "itsm_wrote_at"
OWN_ADDON = ".".join(__name__.split(".")[:3])
MESSAGES = ("/mail/message/post", "/mail/message/update_content")
"""Where pages of the portal post by JSON."""


def reads_only(_controller, _rule, _args):
    """Whether a page may be read from the standby; for ``readonly`` of a route."""
    return time.time() - request.session.get(WROTE_AT, 0) > PRIMARY_SECONDS


def find_sender_address():
    """Return the address of whoever sent the form behind a link (str).

    None where no form was sent: the link alone decides nothing, and neither does
    typed code that runs in the request of somebody else.
    """
    if is_evaluated_code_running():
        return None
    if is_acting_in_process():
        return "127.0.0.1"
    if not request or request.httprequest.method != "POST":
        return None
    return request.httprequest.remote_addr


def _is_too_large(value):
    """Whether a number is larger than the id of any record."""
    return isinstance(value, int) and abs(value) > MAX_ID


def _may_write(rule):
    """Whether a call may write what the next page shows.

    A form does. Of the calls by JSON ours do, unless they only read, and messages in
    the portal; those of the web client are too many, and read no page of the portal.
    """
    routing = rule.endpoint.routing
    if routing["type"] == "http":
        return True
    own = rule.endpoint.func.__module__.startswith(OWN_ADDON)
    return rule.rule in MESSAGES or own and not routing.get("readonly")


class IrHttp(models.AbstractModel):
    """Sends the portal's former address of tickets on to the present one.

    Notes which browser writes: its next pages are read from the primary. What browsers
    send to our pages is cleaned before these get it.

    Other help desks have pages of their own at the former address. Odoo asks here
    only for what no page answers, so theirs go first. Links in mails that were sent
    keep working where there are none.
    """

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        """Give our pages texts that can be stored, and numbers that a record can have.

        A file where a page asks for a text is none; pages that take files read them
        from the request.
        """
        if endpoint.func.__module__.startswith(OWN_MODULES):
            if any(_is_too_large(value) for value in request.params.values()):
                raise NotFound()
            request.params = {
                name: value.replace("\0", "") if isinstance(value, str) else value
                for name, value in request.params.items()
                if not isinstance(value, FileStorage)
            }
        return super()._dispatch(endpoint)

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        if request.httprequest.method == "POST" and _may_write(rule):
            # Not of machines, which come without a session each time.
            if not request.session.is_new:
                request.session[WROTE_AT] = time.time()

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Let what scripts say in the portal be in the language of the page."""
        return [*super()._get_translation_frontend_modules_name(), "itsm_desk"]

    @classmethod
    def _serve_fallback(cls):
        response = super()._serve_fallback()
        path = request.httprequest.path
        if response or not f"{path}/".startswith(f"{FORMER}/"):
            return response
        target = PRESENT + quote(path.removeprefix(FORMER))
        if query := request.httprequest.query_string.decode():
            target += f"?{query}"
        # Keeps a POST; not for ever, for another desk may be installed later.
        return cls._redirect(target, code=307)
