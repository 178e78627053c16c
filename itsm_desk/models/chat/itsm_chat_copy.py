from odoo import fields, models

from ..base.grants import server_create


class ItsmChatCopy(models.Model):
    """Where words of a ticket and of a conversation of Discuss are the same.

    One row for each message that was told across a bridge, and for each notice of the
    ticket in the conversation. By it a text is blanked on both sides. Nobody reads the
    rows: they tell in which conversation something was said.
    """

    _name = "itsm.chat.copy"
    _description = "Message on Both Sides"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "id"

    bridge_id = fields.Many2one(
        comodel_name="itsm.chat.bridge",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        related="bridge_id.company_id", store=True, index=True, precompute=True
    )
    said_id = fields.Many2one(
        comodel_name="mail.message",
        string="In the Conversation",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    message_id = fields.Many2one(
        comodel_name="mail.message",
        string="On the Ticket",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Empty for what stands in the description, and for notices.",
    )
    is_desk = fields.Boolean(
        string="Said by the Desk",
        readonly=True,
        help="A notice or an answer, which the desk posted there; else people said it "
        "there, and it came to the ticket.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._("What passes across a bridge is noted by the server.")


def note_copies(bridge, said, message=None, is_desk=False):
    """Note messages of a conversation that say what its ticket says.

    :param bridge: in sudo
    :param said: messages of the conversation
    :param message: the message on the ticket; None for its description and notices
    :param bool is_desk: whether the desk posted them in the conversation
    """
    server_create(
        bridge.env["itsm.chat.copy"],
        [
            {
                "bridge_id": bridge.id,
                "said_id": one.id,
                "message_id": message.id if message else False,
                "is_desk": is_desk,
            }
            for one in said
        ],
    )
