"""What filing asks core, and what core need not do while a ticket is filed."""

from contextlib import contextmanager
from contextvars import ContextVar

from markupsafe import escape

from odoo import api, models
from odoo.tools.mail import generate_tracking_message_id

from ..event.recording import record_filing, recorded_together
from ..reader.itsm_ticket_reader import sync_readers

_filing = ContextVar("itsm_filing", default=None)


@contextmanager
def following_at_once(tickets):
    """Let whoever files become a follower together with the requester.

    Core makes the two one after the other, and asks whether a ticket of this moment
    has followers. Nobody but the requester follows what the mail gateway files.

    :param tickets: an empty recordset, in the environment of the caller
    :return: the same, in which core neither makes whoever files a follower nor notes
        that a record was created, see :func:`note_filing`
    """
    context = tickets.env.context
    quiet = tickets.with_context(mail_create_nolog=True)
    follows = not context.get("mail_create_nosubscribe")
    if follows:
        quiet = quiet.with_context(
            mail_create_nosubscribe=True,
            mail_post_autofollow_author_skip=context.get(
                "mail_post_autofollow_author_skip", False
            ),
        )
    token = _filing.set(follows)
    try:
        yield quiet
    finally:
        _filing.reset(token)


def file_new(tickets):
    """Give new tickets their first entries, clocks and readers, in this order.

    An automation on one of these that writes the ticket finds those before it.
    """
    with recorded_together(tickets.env):
        # sudo: whoever files reads neither its people nor all that an entry says
        tickets = tickets.sudo()
        record_filing(tickets)
        tickets._sla_sync(is_new=True)
    # Known of a new ticket without asking.
    sync_readers(tickets, is_new=not tickets.reader_ids)


def get_filing_follower(tickets):
    """Return ``[(contact id, ids of subtypes, no template)]`` of whoever files.

    :return: as ``_message_auto_subscribe_followers``; empty unless a ticket is being
        filed by somebody of the company
    """
    user = tickets.env.user
    if not _filing.get() or not user.active or user.share:
        return []
    subtypes = tickets.env["mail.message.subtype"].default_subtypes(tickets._name)[0]
    return [(user.partner_id.id, subtypes.ids, False)]


def note_filing(tickets):
    """Note in the chatter that tickets were filed, as core notes it of other records.

    Nobody is notified of it. Core looks for the address to answer to all the same.
    """
    env = tickets.env
    if env.context.get("mail_create_nolog") or env.context.get("tracking_disable"):
        return
    # sudo: whoever files need not write on the ticket
    tickets.sudo()._message_create(
        [
            {
                "model": ticket._name,
                "res_id": ticket.id,
                "author_id": env.user.partner_id.id,
                "email_from": False,
                "body": escape(ticket._creation_message()),
                "message_type": "notification",
                "subtype_id": env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
                "is_internal": True,
                "message_id": generate_tracking_message_id("message-notify"),
                "email_add_signature": False,
                "reply_to": False,
                "record_alias_domain_id": False,
                "record_company_id": False,
            }
            for ticket in tickets
        ]
    )


class MailFollowers(models.Model):
    """Does not look for followers of tickets that are being filed."""

    _inherit = "mail.followers"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _add_followers(
        self,
        res_model,
        res_ids,
        partner_ids,
        subtypes,
        check_existing=False,
        existing_policy="skip",
    ):
        # Core asks for "update" where a record is created, and nowhere else.
        is_filing = _filing.get() is not None and res_model == "itsm.ticket"
        if is_filing and existing_policy == "update":
            # sudo: who files need not read the followers. Known of a new ticket,
            # which has some where a file or an answer of a form was posted on it.
            tickets = self.env[res_model].sudo().browse(res_ids)
            check_existing = check_existing and bool(tickets.message_follower_ids)
            # Also of who follows the team, to be told of other things there.
            for partner_id, usual, _template in get_filing_follower(tickets):
                if partner_id in subtypes:
                    subtypes[partner_id] = {*subtypes[partner_id], *usual}
        return super()._add_followers(
            res_model,
            res_ids,
            partner_ids,
            subtypes,
            check_existing=check_existing,
            existing_policy=existing_policy,
        )
