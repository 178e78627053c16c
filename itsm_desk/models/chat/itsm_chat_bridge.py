from contextlib import contextmanager
from contextvars import ContextVar

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.grants import server_create, server_write
from ..event.recording import get_moment
from .itsm_chat_copy import note_copies

MOST_FILES = 10
"""Files of one message that are copied to the other side."""

told_by_chat = ContextVar("itsm_chat_told_ids", default=None)
"""Ids of the contacts who have read what is posted now, where it is a copy of what was
said on the other side; None: it is no copy."""


@contextmanager
def relaying(told_ids=()):
    """Post a copy of what was said on the other side; it is not sent back.

    :param told_ids: contacts who have read it where it was said
    """
    token = told_by_chat.set(frozenset(told_ids))
    try:
        yield
    finally:
        told_by_chat.reset(token)


# ------------------------------------------------------------
# OPENING AND ENDING
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def open_bridge(ticket, channel, is_following):
    """Let the desk's answers on ``ticket`` come back to ``channel``.

    :param ticket: in sudo; that the acting user may was judged by the caller
    :param channel: in sudo; the requester is a member of it
    :param bool is_following: whether what is said from now on goes to the ticket
    """
    return server_create(
        ticket.env["itsm.chat.bridge"],
        {
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "channel_id": channel.id,
            "is_following": is_following and not find_following(channel),
            "opened_by_id": ticket.env.uid,
            "opened_at": get_moment(),
        },
    )


def end_bridges(bridges, text):
    """End bridges and tell their conversations.

    :param bridges: in sudo; that they end was judged by the caller
    :param text: function of a bridge, which returns what its conversation is told
    """
    for bridge in bridges.filtered(lambda one: not one.ended_at):
        server_write(bridge, {"ended_at": get_moment(), "ended_by_id": bridge.env.uid})
        tell(bridge, text(bridge))


def find_bridges(channel):
    """Return the open bridges of a conversation, in sudo."""
    # sudo: who says something in a conversation need not read its tickets
    bridges = channel.env["itsm.chat.bridge"].sudo()
    return bridges.search([("channel_id", "in", channel.ids), ("ended_at", "=", False)])


def find_following(channel):
    """Return the bridge to which what is said goes, if any."""
    return find_bridges(channel).filtered("is_following")[:1]


def tell(bridge, text):
    """Post a notice in the conversation of a bridge, by nobody of it."""
    channel = bridge.channel_id
    if not channel:
        return
    with relaying():
        notice = channel.message_post(
            body=text,
            author_id=channel.env.ref("base.partner_root").id,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )
    note_copies(bridge, notice, is_desk=True)


def get_copies(message):
    """Return the files of a message as new ones: ``[(name, content)]``."""
    # sudo: whoever is told of the message may read its files
    files = message.sudo().attachment_ids[:MOST_FILES]
    return [(file.name, file.raw) for file in files if file.type == "binary"]


def is_own_word(message, user):
    """Whether ``user``, who saved a message, is its author.

    :param message: in sudo; of a guest, who has no user, the public user saves it
    """
    # sudo: whose contact it is, of any user
    user = user.sudo()
    if message.author_guest_id:
        return not message.author_id and user._is_public()
    return bool(message.author_id) and message.author_id == user.partner_id


def take_in(bridge, message):
    """Add what was said in a conversation to its ticket.

    :param bridge: an open bridge, in sudo
    :param message: of its conversation, in sudo
    """
    author, body = message.author_id, Markup(message.body or "")
    if not author:
        # Guests have no contact in whose name something could be posted.
        author = bridge.env.ref("base.partner_root")
        body = Markup("<b>%s</b>: %s") % (message.author_guest_id.name or "", body)
    ticket = bridge.ticket_id.with_context(
        mail_post_autofollow=False, mail_post_autofollow_author_skip=True
    )
    with relaying(bridge.channel_id.channel_member_ids.partner_id.ids):
        copy = ticket.message_post(
            body=body,
            attachments=get_copies(message),
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
    note_copies(bridge, message, copy)


class ItsmChatBridge(models.Model):
    """A bridge between a conversation of Discuss and the ticket that came of it.

    The desk's public answers on the ticket are posted in the conversation. While it is
    followed, what is said there goes to the ticket. Nobody becomes a follower, reader
    or member by it. It ends with the ticket, when the requester leaves the
    conversation, or when somebody ends it. Which conversation it is, is told to nobody:
    its name may be private.

    =====  ================================  ==================================
    Right  Who                               Restriction
    =====  ================================  ==================================
    read   requester, technicians, quality   of tickets that they read
    open   whoever files from Discuss        requester of it, or technician for a
                                             member of the conversation
    end    members of the conversation,      while it is open
           requester, handlers, lead
    =====  ================================  ==================================
    """

    _name = "itsm.chat.bridge"
    _description = "Conversation of a Ticket"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "id desc"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    channel_id = fields.Many2one(
        string="Conversation",
        comodel_name="discuss.channel",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
    )
    is_following = fields.Boolean(
        string="Followed",
        readonly=True,
        help="What is said in the conversation goes to the ticket.",
    )
    opened_by_id = fields.Many2one(
        comodel_name="res.users", string="Filed by", readonly=True
    )
    opened_at = fields.Datetime(string="Since", readonly=True)
    ended_by_id = fields.Many2one(
        comodel_name="res.users", string="Ended by", readonly=True
    )
    ended_at = fields.Datetime(string="Ended on", readonly=True)

    _follow_uniq = models.UniqueIndex(
        "(channel_id) WHERE is_following AND ended_at IS NULL",
        "What is said in this conversation goes to another ticket already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id", "opened_by_id")
    def _compute_display_name(self):
        for bridge in self:
            # sudo: the names of a ticket and a person that its reader sees
            known = bridge.sudo()
            bridge.display_name = self.env._(
                "%(ticket)s, filed by %(person)s",
                ticket=known.ticket_id.name or "",
                person=known.opened_by_id.name or "",
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_end(self):
        """Let nothing more pass between the conversations and their tickets."""
        self.check_access("read")
        # sudo: whether somebody may depends on people that the user may not read
        bridges = self.sudo()
        bridges._check_can_end()
        user = self.env.user
        end_bridges(
            bridges,
            lambda bridge: bridge.env._(
                "%(person)s ended it: what is said here does not go to %(ticket)s any "
                "more, and its answers do not come here.",
                person=user.name,
                ticket=bridge.ticket_id.name,
            ),
        )
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_can_end(self):
        """Refuse those who neither talk in the conversation nor handle the ticket."""
        user = self.env.user
        for bridge in self:
            ticket = bridge.ticket_id
            if bridge.ended_at:
                raise AccessError(
                    self.env._("%s: it has ended already.", bridge.display_name)
                )
            if not (
                bridge.channel_id.with_user(user).is_member
                or user == bridge.opened_by_id
                or user.partner_id == ticket.partner_id
                or ticket._is_handler(user)
            ):
                raise AccessError(
                    self.env._(
                        "%s: it is ended by members of the conversation, the requester "
                        "or those who handle the ticket.",
                        bridge.display_name,
                    )
                )

    def _get_left_text(self):
        self.ensure_one()
        return self.env._(
            "The requester of %(ticket)s is not in this conversation any more: nothing "
            "goes to the ticket, and its answers do not come here.",
            ticket=self.ticket_id.name,
        )

    def _get_ended_text(self):
        self.ensure_one()
        return self.env._(
            '%(ticket)s is "%(state)s": what is said here does not go to it any more.',
            ticket=self.ticket_id.name,
            state=self.ticket_id._flow_state_label(self.ticket_id.state),
        )

    def _get_server_only_message(self):
        return self.env._(
            "A bridge is opened by /ticket in a conversation of Discuss, and ended by "
            "its button."
        )
