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
MOST_ADDRESSES = 1000
"""Looked up at once."""
AUDIENCES = ("public", "requester", "technician")


taken_over = ContextVar("itsm_taking_over", default=None)
"""What is filed now lay in another system before: an ``import``, or a ``trial`` of one
that is taken back; else None."""
taken_history = ContextVar("itsm_taking_history", default=False)
"""Whether the record that is made now was ended in another system."""
STATES = {"": False, "open": False, "closed": True}
"""``{state of a line: whether it is history}``."""


@contextmanager
def taking_over(is_trial):
    """Make records of another system inside the block; a trial is taken back."""
    token = taken_over.set("trial" if is_trial else "import")
    try:
        yield
    finally:
        taken_over.reset(token)


def make(model, values, is_closed=False):
    """Create the record that a line becomes, with the rights of whoever imports.

    :param bool is_closed: whether a ticket was closed there
    """
    if not is_closed:
        return model.create(values)
    token = taken_history.set(True)
    try:
        return server_create(model, {**values, "state": "closed", "is_history": True})
    finally:
        taken_history.reset(token)


class NotUnderstood(Exception):
    """A value that means nothing here: ``column``, ``value``."""

    def __init__(self, column, value):
        super().__init__(column, value)
        self.column = column
        self.value = value


class Names:
    """What the lines of a file name, each name looked up once.

    Meant for one run: what it makes is named by no line of it.
    """

    def __init__(self, env):
        self.env = env
        self._known = {}
        self._addresses = {}
        self._people = {}

    def find(self, model, column, name):
        """Return the record with a name, none where a line names none.

        :raise NotUnderstood: where none has it, or several have
        """
        records = self.env[model]
        if not name:
            return records.browse()
        key = model, name.lower()
        if key not in self._known:
            self._known[key] = records.search(
                [("name", "=ilike", escape(name))], limit=2
            )
        if len(self._known[key]) != 1:
            raise NotUnderstood(column, name)
        return self._known[key]

    def find_requester(self, values):
        """Return the contact of a line by its mail address.

        Of several the one who logs in. Who has left asked for what is closed, too.

        :raise NotUnderstood: where no contact has it, or several have
        """
        address, is_closed = self._get_requester(values)
        if (address, is_closed) not in self._people:
            self._read_people([(address, is_closed)])
        found = self._people[address, is_closed]
        if len(found) != 1:
            raise NotUnderstood("requester", values["requester"])
        return found

    def _get_requester(self, values):
        """Return ``(mail address, whether the ticket was closed)`` of a line."""
        text = values["requester"]
        if text not in self._addresses:
            self._addresses[text] = email_normalize(text) or text.lower()
        is_closed = bool(STATES.get((values.get("state") or "").lower()))
        return self._addresses[text], is_closed

    def read_ahead(self, lines):
        """Look the requesters of some lines up at once."""
        wanted = {
            self._get_requester(line.values): True
            for line in lines
            if "requester" in line.values
        }
        self._read_people([one for one in wanted if one not in self._people])

    def _read_people(self, wanted):
        """Keep the contacts of ``[(address, whether the ticket is closed)]``."""
        partners = self.env["res.partner"]
        everybody = partners.with_context(active_test=False)
        for at in range(0, len(wanted), MOST_ADDRESSES):
            part = wanted[at : at + MOST_ADDRESSES]
            active = _group_by_address(partners, {address for address, _c in part})
            left = {one for one, is_closed in part if is_closed and one not in active}
            archived = _group_by_address(everybody, left)
            for address, is_closed in part:
                found = active.get(address, partners)
                if len(found) > 1:
                    found = found.filtered("user_ids") or found
                if not found and is_closed:
                    found = archived.get(address, partners).with_env(self.env)
                self._people[address, is_closed] = found


def _group_by_address(partners, addresses):
    """Return ``{address: contacts}``."""
    if not addresses:
        return {}
    rows = partners._read_group(
        [("email_normalized", "in", list(addresses))],
        ["email_normalized"],
        ["id:recordset"],
    )
    return dict(rows)


def escape(text):
    """Return a text of which no letter is a wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def prepare_ticket(names, values, source):
    """Return the values of a ticket, and the text of its internal note.

    :param Names names: of this run
    :raise NotUnderstood: for a requester, service, team or state that is not known
    """
    env = names.env
    partner = names.find_requester(values)
    service = names.find("itsm.service", "service", values.get("service"))
    team = names.find("itsm.team", "team", values.get("team"))
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


def prepare_article(names, values, _source):
    """Return the values of an article, and an empty note.

    :param Names names: of this run
    :raise NotUnderstood: for a language, folder or audience that is not known
    """
    env = names.env
    languages = dict(env["res.lang"].get_installed())
    language = values.get("language") or env.lang or "en_US"
    if language not in languages:
        raise NotUnderstood("language", language)
    audience = values.get("audience") or "technician"
    if audience not in AUDIENCES:
        raise NotUnderstood("audience", audience)
    folder = names.find("itsm.article.folder", "folder", values.get("folder"))
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


PREPARING = {"ticket": prepare_ticket, "article": prepare_article}
MODELS = {"ticket": "itsm.ticket", "article": "itsm.article"}
