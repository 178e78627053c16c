"""What a line of another system becomes: a ticket, or the draft of an article.

Records are made with the rights of whoever imports, by the rules that hold for
everybody: a ticket starts as new, with today's clocks, and an article as a draft that
is reviewed. When it was filed elsewhere is written into the text, and how it stood into
an internal note: nothing is dated back.

What was closed there becomes history: found and read, with no clock, approval, attempt
or owner, and counted in no figure. It enters as closed, by an entry of its own kind,
and has no time of closing here.

Requester, team and duty are not told: they know these tickets, and hundreds come at
once. An approval is asked for, as a ticket does not go on without it.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from markupsafe import Markup

from odoo.tools import email_normalize, plaintext2html

from ..base.grants import server_create

MOST_SUBJECT = 200
MOST_CONTACTS = 10
"""With one address."""
AUDIENCES = ("public", "requester", "technician")


_current = ContextVar("itsm_taking_over", default=None)
_history = ContextVar("itsm_taking_history", default=False)
STATES = {"": False, "open": False, "closed": True}
"""``{state of a line: whether it is history}``."""


@contextmanager
def taking_over(is_trial):
    """Make records of another system inside the block; a trial is taken back."""
    token = _current.set("trial" if is_trial else "import")
    try:
        yield
    finally:
        _current.reset(token)


def is_taking_over():
    """Whether what is filed now lay in another system before."""
    return _current.get() is not None


def is_history():
    """Whether the record that is made now was ended in another system."""
    return _history.get()


def make(model, values, is_closed=False):
    """Create the record that a line becomes, with the rights of whoever imports.

    :param bool is_closed: whether a ticket was closed there
    """
    if not is_closed:
        return model.create(values)
    token = _history.set(True)
    try:
        return server_create(model, {**values, "state": "closed", "is_history": True})
    finally:
        _history.reset(token)


def is_trying():
    """Whether all that happens now is taken back."""
    return _current.get() == "trial"


class NotUnderstood(Exception):
    """A value that means nothing here: ``column``, ``value``."""

    def __init__(self, column, value):
        super().__init__(column, value)
        self.column = column
        self.value = value


def prepare_ticket(env, values, source):
    """Return the values of a ticket, and the text of its internal note.

    :raise NotUnderstood: for a requester, service, team or state that is not known
    """
    partner = _find_requester(env, values)
    service = _find(env["itsm.service"], values, "service")
    team = _find(env["itsm.team"], values, "team")
    if (values.get("state") or "").lower() not in STATES:
        raise NotUnderstood("state", values["state"])
    text = Markup("<p>%s</p>") % env._(
        "Taken over from %(system)s, number %(key)s, filed %(filed)s.",
        system=source,
        key=values["key"],
        filed=values.get("filed") or "-",
    )
    if values.get("description"):
        text += plaintext2html(values["description"])
    ticket = {
        "subject": values["subject"][:MOST_SUBJECT],
        "description": text,
        "partner_id": partner.id,
        "channel": "mail",
        **({"service_id": service.id} if service else {}),
        **({"team_id": team.id} if team else {}),
    }
    return ticket, plaintext2html(values["note"]) if values.get("note") else Markup()


def prepare_article(env, values, _source):
    """Return the values of an article, and an empty note.

    :raise NotUnderstood: for a language, folder or audience that is not known
    """
    languages = dict(env["res.lang"].get_installed())
    language = values.get("language") or env.lang or "en_US"
    if language not in languages:
        raise NotUnderstood("language", language)
    audience = values.get("audience") or "technician"
    if audience not in AUDIENCES:
        raise NotUnderstood("audience", audience)
    folder = _find(env["itsm.article.folder"], values, "folder")
    body = values["body"]
    article = {
        "name": values["title"][:MOST_SUBJECT],
        "body": body if body.lstrip().startswith("<") else plaintext2html(body),
        "keywords": values.get("keywords"),
        "lang": language,
        "audience": audience,
        **({"folder_id": folder.id} if folder else {}),
    }
    return article, Markup()


def _find_requester(env, values):
    """Return the contact of a line by its mail address.

    Of several the one who logs in. Who has left asked for what is closed, too.
    """
    address = email_normalize(values["requester"]) or values["requester"].lower()
    known = [("email_normalized", "=", address)]
    found = env["res.partner"].search(known, limit=MOST_CONTACTS)
    if len(found) > 1:
        found = found.filtered("user_ids") or found
    if not found and STATES.get((values.get("state") or "").lower()):
        archived = env["res.partner"].with_context(active_test=False)
        found = archived.search(known, limit=MOST_CONTACTS).with_env(env)
    if len(found) != 1:
        raise NotUnderstood("requester", values["requester"])
    return found


def _find(model, values, column):
    """Return the record with a name, none where the line names none."""
    name = values.get(column)
    if not name:
        return model.browse()
    found = model.search([("name", "=ilike", name)], limit=2)
    if len(found) != 1:
        raise NotUnderstood(column, name)
    return found


PREPARING = {"ticket": prepare_ticket, "article": prepare_article}
MODELS = {"ticket": "itsm.ticket", "article": "itsm.article"}
