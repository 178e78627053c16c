from odoo import api, fields, models

from ..models.chat.filing import (
    TECHNICIAN,
    check_member,
    check_messages,
    file_from_channel,
    get_member_partners,
    shorten,
)
from ..models.chat.itsm_chat_bridge import find_following, is_own_word
from ..tools.one_record import check_one

MOST_OFFERED = 30
"""Messages of a conversation that the window offers, the newest ones."""


class ItsmChatFile(models.TransientModel):
    """Asks which messages of a conversation become a ticket."""

    _name = "itsm.chat.file"
    _description = "Ticket of a Conversation"

    channel_id = fields.Many2one(
        string="Conversation",
        comodel_name="discuss.channel",
        required=True,
        ondelete="cascade",
    )
    member_ids = fields.Many2many(
        comodel_name="res.partner", compute="_compute_member_ids"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Requester",
        required=True,
        default=lambda self: self.env.user.partner_id,
        domain="[('id', 'in', member_ids)]",
        help="Somebody who takes part in the conversation. Only technicians file for "
        "somebody else.",
    )
    is_technician = fields.Boolean(compute="_compute_member_ids")
    subject = fields.Char(required=True)
    service_id = fields.Many2one(
        comodel_name="itsm.service", domain="[('is_portal', '=', True)]"
    )
    line_ids = fields.One2many(
        comodel_name="itsm.chat.file.line",
        inverse_name="window_id",
        string="Messages",
    )
    is_following = fields.Boolean(
        string="Also What Follows",
        default=True,
        help="From now on all that is said in the conversation goes to the ticket, "
        "until it is closed or somebody writes /ticket end.",
    )
    followed_name = fields.Char(
        compute="_compute_member_ids",
        string="Ticket That Follows Already",
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        channel = self.env["discuss.channel"].browse(values.get("channel_id") or [])
        if not channel or "line_ids" not in fields_list:
            return values
        check_member(channel)
        domain = [
            ("model", "=", channel._name),
            ("res_id", "=", channel.id),
            ("message_type", "=", "comment"),
        ]
        messages = self.env["mail.message"].search(
            domain, limit=MOST_OFFERED, order="id desc"
        )
        chosen = self.env.context.get("itsm_message_id")
        if isinstance(chosen, int) and chosen not in messages.ids:
            messages |= messages.search([*domain, ("id", "=", chosen)])
        # sudo: who saved a message is asked, and told to nobody
        messages = messages.filtered(
            lambda message: is_own_word(message.sudo(), message.sudo().create_uid)
        )
        values["line_ids"] = [
            fields.Command.create(
                {"message_id": message.id, "is_chosen": message.id == chosen}
            )
            for message in messages.sorted("id")
        ]
        return values

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("channel_id")
    def _compute_member_ids(self):
        for window in self:
            window.is_technician = self.env.user.has_group(TECHNICIAN)
            window.member_ids = self.env.user.partner_id
            window.followed_name = False
            if window.channel_id:
                check_member(window.channel_id)
                members = get_member_partners(window.channel_id)
                window.member_ids = self.env["res.partner"].browse(members.ids)
                following = find_following(window.channel_id)
                window.followed_name = following.ticket_id.name

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """File the ticket; who may, and of what, is judged there."""
        check_one(self)
        ticket = file_from_channel(
            self.channel_id,
            self.line_ids.filtered("is_chosen").message_id,
            {
                "subject": self.subject,
                "service_id": self.service_id.id,
                "partner_id": self.partner_id.id,
            },
            is_following=self.is_following,
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s was filed.", ticket.sudo().name
                ),  # sudo: told to whoever filed it
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class ItsmChatFileLine(models.TransientModel):
    """A message that may become part of the ticket."""

    _name = "itsm.chat.file.line"
    _description = "Message to Choose"
    _order = "message_id, id"

    window_id = fields.Many2one(
        comodel_name="itsm.chat.file", required=True, ondelete="cascade", index=True
    )
    message_id = fields.Many2one(
        comodel_name="mail.message", required=True, ondelete="cascade"
    )
    is_chosen = fields.Boolean(string="Tell")
    author = fields.Char(compute="_compute_text")
    date = fields.Datetime(compute="_compute_text")
    text = fields.Char(compute="_compute_text")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("message_id", "window_id.channel_id")
    def _compute_text(self):
        self._check_offered()
        for line in self:
            # sudo: that the user reads the message was asked above; the name of
            # whoever said it is shown beside it
            message = line.message_id.sudo()
            line.author = message.author_id.name or message.author_guest_id.name
            line.date = message.create_date
            line.text = shorten(message) or ", ".join(
                message.attachment_ids.mapped("name")
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_offered()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self._check_offered()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_offered(self):
        """Refuse messages that the window of the line does not offer.

        Only the number of a message comes from the client: it is a message of the
        conversation of the window, in which the user takes part.
        """
        self.message_id.check_access("read")
        for window, lines in self.grouped("window_id").items():
            channel = window.channel_id
            check_member(channel)
            check_messages(channel, lines.message_id)
