from odoo import models
from odoo.exceptions import UserError

from ...tools.one_record import check_one
from .filing import check_member
from .itsm_chat_bridge import (
    end_bridges,
    find_bridges,
    find_following,
    is_own_word,
    take_in,
    told_by_chat,
)

END_WORDS = frozenset({"end", "stop", "结束", "停止"})
MOST_SUBJECT = 120


class DiscussChannel(models.Model):
    """A conversation of which tickets are made.

    ``/ticket`` opens a window in which messages are chosen; ``/ticket end`` ends what
    passes between the conversation and its tickets. While a bridge is followed, each
    message that somebody writes is added to its ticket.
    """

    _inherit = "discuss.channel"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_itsm_ticket(self, body="", message_id=False):
        """Answer the command ``/ticket``, or the entry of a message's menu.

        :param str body: what was typed; words behind the command become the subject
        :param message_id: a message that is chosen from the start
        :return: the window, or nothing where the command ended the bridges
        """
        check_one(self)
        check_member(self)
        words = body if isinstance(body, str) else ""
        words = " ".join(words.removeprefix("/ticket").split())[:MOST_SUBJECT]
        if words.lower() in END_WORDS:
            return self._itsm_end()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_chat_file_action"
        )
        context = {"default_channel_id": self.id, "default_subject": words}
        if isinstance(message_id, int):
            context["itsm_message_id"] = message_id
        return {**action, "context": context}

    def _itsm_end(self):
        """End what passes between the conversation and its tickets."""
        bridges = find_bridges(self)
        if not bridges:
            raise UserError(
                self.env._("Nothing passes between this conversation and a ticket.")
            )
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
        return False

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if message.message_type == "comment" and told_by_chat.get() is None:
            self._itsm_pass_on(message)
        return result

    def _itsm_pass_on(self, message):
        """Add what somebody said to the ticket of the conversation, if it has one.

        Core lets an employee post in somebody else's name: that stays where it is.
        """
        # sudo: whoever says something need not read its author
        if not is_own_word(message.sudo(), self.env.user):
            return
        bridge = find_following(self)
        # Who left the conversation does not see what would be added.
        if bridge and bridge in bridge.ticket_id._get_open_bridges():
            # sudo: whoever says something need not read the ticket
            take_in(bridge, message.sudo())
