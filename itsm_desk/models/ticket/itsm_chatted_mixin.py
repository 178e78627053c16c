from markupsafe import Markup

from odoo import fields, models
from odoo.tools import html2plaintext

from ...tools.mail_quote import read_own_words
from ...tools.mailed_link import get_place
from ..base.selections import ENDED_STATES
from ..chat.itsm_chat_bridge import (
    end_bridges,
    get_copies,
    relaying,
    tell,
    told_by_chat,
)
from ..chat.itsm_chat_copy import note_copies
from ..chat.itsm_chat_message import finds_links, send_text
from ..chat.itsm_chat_person import is_linked
from .ticket_answer import is_public, is_said
from .ticket_links import get_mailed_url

finds_links(get_mailed_url)


def is_of_desk(ticket, partner):
    """Whether ``partner`` is somebody who works on ``ticket``.

    :param ticket: in sudo
    """
    user = partner.with_context(active_test=True).user_ids[:1]
    if not user or partner == ticket.partner_id:
        return False
    if user.share:
        return ticket._is_vendor_technician(user)
    return ticket._is_responder(user) or ticket._is_handler(user)


def get_own_text(message):
    """Return what the author of a message wrote, without what a mail repeats."""
    if message.message_type == "email":
        return read_own_words(message.body)
    return html2plaintext(message.body or "", include_references=False).strip()


class ItsmChattedMixin(models.AbstractModel):
    """A ticket that came of a conversation, which hears how it goes on."""

    _name = "itsm.chatted.mixin"
    _description = "Told to Conversations"

    bridge_ids = fields.One2many(
        comodel_name="itsm.chat.bridge",
        inverse_name="ticket_id",
        string="Conversations",
        readonly=True,
        copy=False,
    )
    chat_person_id = fields.Many2one(
        comodel_name="itsm.chat.person",
        string="Person in the Messenger",
        copy=False,
        readonly=True,
        check_company=True,
        index="btree_not_null",
        groups="itsm_desk.group_itsm_manager",
    )
    is_told_by_messenger = fields.Boolean(
        string="Answered in a Messenger",
        compute="_compute_is_told_by_messenger",
        help="The requester wrote it in a messenger, where public answers are sent.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_is_told_by_messenger(self):
        for ticket in self:
            # sudo: that there is somebody, not who it is there
            ticket.is_told_by_messenger = bool(ticket.sudo()._get_told_person())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_told_person(self):
        """Return the requester as the messenger knows him, where it is switched on."""
        self.ensure_one()
        person = self.chat_person_id
        if (
            person.partner_id == self.partner_id
            and is_linked(person)
            and person.account_id.state == "on"
        ):
            return person
        return person.browse()

    def _is_told_in_chat(self):
        """Whether the requester reads a public message where he wrote himself."""
        self.ensure_one()
        told_ids = told_by_chat.get()
        if told_ids is not None:
            return self.partner_id.id in told_ids
        # sudo: whoever answers need not read the conversations
        ticket = self.sudo()
        return bool(ticket._get_told_person() or ticket._get_open_bridges())

    def _drop_told(self, recipients):
        """Return the recipients who do not read the message in its conversation."""
        if told_ids := told_by_chat.get():
            return [item for item in recipients if item["id"] not in told_ids]
        return recipients

    def _tell_said(self, message):
        """Send a public answer on to the conversations of the ticket."""
        # sudo: whoever answers need not read the conversations
        ticket = self.sudo()
        is_copy = told_by_chat.get() is not None
        if is_copy or not (ticket.bridge_ids or ticket.chat_person_id):
            return
        if is_public(message) and is_said(message):
            ticket._tell_answer(message.sudo())  # sudo: as above

    def _tell_end(self, target):
        """Tell the conversations that the ticket is solved or ended."""
        if target == "solved" or target in ENDED_STATES:
            # sudo: whoever takes the step need not read the conversations
            for ticket in self.sudo():
                if ticket.bridge_ids or ticket.chat_person_id:
                    ticket._tell_step(target)

    def _get_in_work(self):
        """Return the ticket that goes on in the place of an ended one, or itself."""
        self.ensure_one()
        ticket, seen = self, self.browse()
        while ticket not in seen and ticket.state in ENDED_STATES:
            seen |= ticket
            going_on = ticket.child_ids.filtered(
                lambda child: child.state not in ENDED_STATES
            )
            ticket = ticket._get_successor() or going_on[:1] or ticket
        return ticket

    def _get_open_bridges(self):
        """Return the bridges to conversations in which the requester still is.

        The others end: the requester does not see any more who reads the answers.
        """
        self.ensure_one()
        bridges = self.bridge_ids.filtered(lambda one: not one.ended_at)
        left = bridges.filtered(
            lambda one: (
                self.partner_id not in one.channel_id.channel_member_ids.partner_id
            )
        )
        end_bridges(left, lambda bridge: bridge._get_left_text())
        return bridges - left

    def _tell_answer(self, message):
        """Post an answer of the desk where the requester wrote."""
        self.ensure_one()
        if not is_of_desk(self, message.author_id):
            return
        for bridge in self._get_open_bridges():
            body = Markup(message.body or "")
            if message.message_type == "email":
                lines = get_own_text(message).splitlines()
                body = Markup("<br/>").join(lines)
            with relaying():
                said = bridge.channel_id.message_post(
                    body=Markup("<b>%s</b> %s") % (self.name, body),
                    attachments=get_copies(message),
                    author_id=message.author_id.id,
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
            note_copies(bridge, said, message, is_desk=True)
        if person := self._get_told_person():
            text = f"{self.name}, {message.author_id.name}: {get_own_text(message)}"
            if message.attachment_ids:
                link = self._get_link_place("page")
                text = f"{text}\n{link}"
            send_text(person, text, self, message)

    def _get_link_place(self, kind, key=""):
        """Return what stands for a link until the text leaves for the messenger."""
        return get_place(f"{self.get_base_url()}{self.access_url}", kind, key)

    def _tell_step(self, target):
        """Tell that the ticket is solved, or has ended."""
        self.ensure_one()
        bridges = self._get_open_bridges()
        person = self._get_told_person()
        here = self.with_context(lang=self.partner_id.lang or self.env.lang)
        solution = " ".join(html2plaintext(self.solution or "").split())
        if target != "solved":
            end_bridges(bridges, lambda bridge: bridge._get_ended_text())
            if person and target != "closed":
                label = here._flow_state_label(target)
                text = f"{self.name}: {label}. {self.stop_reason or ''}".strip()
                send_text(person, text, self)
            return
        for bridge in bridges:
            tell(
                bridge,
                self.env._(
                    "%(ticket)s is solved. %(solution)s %(requester)s signs it off by "
                    "the mail or in the service desk; whoever writes here that it is "
                    "not solved takes it up again.",
                    ticket=self.name,
                    solution=solution,
                    requester=self.partner_id.name,
                ),
            )
        if person:
            text = here.env._(
                "%(ticket)s is solved. %(solution)s Sign it off here: %(link)s. If it "
                "is not solved, write here what is wrong.",
                ticket=self.name,
                solution=solution,
                link=self._get_link_place("sign_off", self.handling_id.id),
            )
            send_text(person, text, self)
