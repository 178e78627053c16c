"""Files that people send in a messenger: which are taken over, and what is told else.

The limits are those of the portal (``tools/upload.py``). Functions, as evaluated code
can call methods of records.
"""

import mimetypes
from datetime import timedelta

from odoo import fields
from odoo.tools.mimetypes import guess_mimetype

from ...tools.upload import clean_name
from .adapters import Unusable

FILES_AN_HOUR = 30
"""Of one person."""


def in_words_of(person):
    """Return the environment in which somebody is told something.

    :param person: in sudo; of an unknown one the language of the company is taken
    """
    partner = person.partner_id or person.company_id.partner_id
    return person.with_context(lang=partner.lang or person.env.lang).env


def get_kind_name(env, kind):
    """Return what people call a kind of message."""
    return {
        "image": env._("The picture"),
        "voice": env._("The voice message"),
        "video": env._("The video"),
        "file": env._("The file"),
        "location": env._("The place"),
        "link": env._("The link"),
    }.get(kind) or env._("This kind of message (%s)", kind or "?")


def get_refusal(person, kind):
    """Return what is told about a message of which nothing is taken over."""
    env = in_words_of(person)
    if kind == "text":
        return env._(
            "Nothing was written. Say in a few words what it is about, please."
        )
    return env._(
        "%s cannot be taken over here; texts, pictures, voice messages, videos and "
        "files can. Say it in words, please.",
        get_kind_name(env, kind),
    )


def get_failure(row, reason):
    """Return what is told about a file that is not taken over.

    :param str reason: empty where the messenger gave none
    """
    env = in_words_of(row.person_id)
    return env._(
        "%(kind)s could not be taken over: %(reason)s. Send it in the service desk or "
        "by mail, please.",
        kind=get_kind_name(env, row.media_kind),
        reason=reason or env._("the messenger did not give it out"),
    )


def get_limit_text(person):
    """Return what is told where somebody sends too much."""
    return in_words_of(person)._(
        "%s files an hour are taken over at most. Send the others later, or in the "
        "service desk.",
        FILES_AN_HOUR,
    )


def is_within_limit(person):
    """Whether one more file of a person is taken over now.

    :param person: in sudo
    """
    taken = person.env["itsm.chat.message"].search_count(
        [
            ("person_id", "=", person.id),
            ("direction", "=", "in"),
            ("media_kind", "!=", False),
            ("create_date", ">=", fields.Datetime.now() - timedelta(hours=1)),
        ],
        limit=FILES_AN_HOUR,
    )
    return taken < FILES_AN_HOUR


def check_file(row, name, content):
    """Return the name under which a file is taken over.

    :raise Unusable: where it is empty, or no picture though it was sent as one
    """
    env = in_words_of(row.person_id)
    mimetype = guess_mimetype(content)
    if not content:
        raise Unusable(env._("it is empty"))
    if row.media_kind == "image" and not mimetype.startswith("image/"):
        raise Unusable(env._("it is no picture"))
    if not name:
        extension = mimetypes.guess_extension(mimetype) or ""
        name = f"{get_kind_name(env, row.media_kind)}{extension}"
    return clean_name(name)
