"""A ticket of the messages that somebody chose in a conversation of Discuss.

Functions, as evaluated code can call methods of records.
"""

from markupsafe import Markup, escape

from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from ..base.grants import without_defaults
from .itsm_chat_bridge import get_copies, is_own_word, open_bridge, relaying
from .itsm_chat_copy import note_copies

MOST_CHOSEN = 100
TECHNICIAN = "itsm_desk.group_itsm_technician"


def check_member(channel):
    """Refuse everybody but an employee who is a member of the conversation.

    :param channel: in the environment of the acting user
    """
    user = channel.env.user
    # sudo: whether somebody is a member is asked for every user
    if user.share or not channel.sudo().exists() or not channel.is_member:
        raise AccessError(
            channel.env._(
                "Tickets are filed from a conversation by employees who take part in "
                "it. Join it first, or file the ticket in the service desk."
            )
        )


def get_member_partners(channel):
    """Return the contacts who take part in a conversation, in sudo."""
    # sudo: whoever files from the conversation sees its members there
    return channel.sudo().channel_member_ids.partner_id


def file_from_channel(channel, messages, values, is_following=True):
    """File a ticket of ``messages`` and bridge it with the conversation.

    :param channel: the conversation, in the environment of the acting user
    :param messages: what was chosen; nothing else of the conversation is told
    :param dict values: ``subject``, ``service_id``, ``partner_id``
    :param bool is_following: whether what is said from now on goes to the ticket
    :return: the ticket, in the environment of the acting user
    """
    env = channel.env
    channel.ensure_one()
    check_member(channel)
    check_messages(channel, messages)
    partner = _get_requester(channel, values.get("partner_id"))
    service = env["itsm.service"].browse(values.get("service_id") or [])
    service.check_access("read")
    subject = str(values.get("subject") or "").replace("\0", "").strip()
    if not subject:
        raise UserError(env._("Say in a few words what it is about."))
    ordered = messages.sorted("id")
    # sudo: a requester says nothing about channels; what may be said was asked above
    tickets = without_defaults(env["itsm.ticket"].sudo())
    ticket = tickets.create(
        {
            "subject": subject,
            "partner_id": partner.id,
            "service_id": service.id,
            "channel": "chat",
            "description": _describe(ordered),
        }
    )
    _copy_files(ordered, ticket)
    # sudo: members need no right to be told; that one files is a member was asked
    bridge = open_bridge(ticket, channel.sudo(), is_following)
    with relaying():
        # sudo: as above
        notice = channel.sudo().message_post(
            body=_get_notice(bridge, len(messages)),
            author_id=env.user.partner_id.id,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )
    note_copies(bridge, ordered)
    note_copies(bridge, notice, is_desk=True)
    return ticket.with_env(env)


def check_messages(channel, messages):
    """Refuse messages of another conversation, notices, forged ones and too many.

    Core lets an employee post in somebody else's name; such words prove nothing.

    :param channel: in the environment of the acting user, who is a member of it
    """
    messages.check_access("read")
    # sudo: that the user reads them was asked above; who saved them is told to nobody
    known = messages.sudo()
    if len(known) > MOST_CHOSEN or any(
        (message.model, message.res_id) != (channel._name, channel.id)
        or message.message_type != "comment"
        or not is_own_word(message, message.create_uid)
        for message in known
    ):
        raise UserError(
            channel.env._(
                "Choose up to %s messages that people wrote themselves in this "
                "conversation.",
                MOST_CHOSEN,
            )
        )


def _get_requester(channel, partner_id):
    """Return who asks: whoever files, or for a technician another member."""
    env = channel.env
    own = env.user.partner_id
    partner = env["res.partner"].browse(partner_id or own.id)
    if partner == own:
        return own
    if not env.user.has_group(TECHNICIAN):
        raise AccessError(
            env._(
                "You file tickets in your own name. A technician can file one for "
                "somebody else in the conversation."
            )
        )
    if partner not in get_member_partners(channel):
        raise UserError(
            env._(
                "The requester takes part in the conversation: what is said there, and "
                "the answers, are read by all members."
            )
        )
    return partner


def _describe(messages):
    """Return the chosen messages as the description of a ticket (HTML)."""
    blocks = []
    for message in messages:
        # sudo: the name of whoever said it is shown beside it
        author = message.sudo()
        name = author.author_id.name or author.author_guest_id.name or ""
        # Not its date, which whoever creates a message chooses.
        moment = message.env.company._itsm_stamp(author.create_date)
        blocks.append(
            Markup("<p><b>%s</b> <small>%s</small></p><div>%s</div>")
            % (name, moment, Markup(message.body or ""))
        )
    return Markup("").join(blocks)


def _copy_files(messages, ticket):
    values = [
        {"name": name, "raw": raw, "res_model": ticket._name, "res_id": ticket.id}
        for message in messages
        for name, raw in get_copies(message)
    ]
    if values:
        ticket.env["ir.attachment"].create(values)


def _get_notice(bridge, count):
    """Return what the conversation is told of its ticket (HTML)."""
    env, ticket = bridge.env, bridge.ticket_id
    first = env._(
        "Ticket %(ticket)s was filed for %(requester)s: %(subject)s. Messages of this "
        "conversation that were told: %(count)s.",
        ticket=ticket.name,
        requester=ticket.partner_id.name,
        count=count,
        subject=ticket.subject,
    )
    second = (
        env._(
            "From now on all that is said here goes to the ticket, and the answers of "
            "the service desk come here, until it is closed or somebody writes "
            "/ticket end."
        )
        if bridge.is_following
        else env._(
            "Nothing else of what is said here goes to the ticket. The answers of the "
            "service desk come here, until it is closed or somebody writes /ticket end."
        )
    )
    return Markup("%s<br/>%s") % (escape(first), escape(second))


def shorten(message, length=300):
    """Return what a message says in one line of a list."""
    text = " ".join(html2plaintext(message.body or "").split())
    return text if len(text) <= length else f"{text[: length - 3]}..."
