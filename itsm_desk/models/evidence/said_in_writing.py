"""Changes by the desk to what requesters wrote, and to who is in copy.

Functions, as evaluated code can call methods of records.
"""

from odoo.exceptions import AccessError, UserError


def check_said(tickets, vals, channels):
    """Refuse other words of a requester, and log who is in copy now.

    People in copy that the gateway and the server write (sudo) come from mails.

    :param dict vals: what is to be written
    :param channels: those in which requesters write themselves
    :raise UserError: for the description of a ticket that its requester wrote
    :raise AccessError: for people in copy of a ticket that others handle
    """
    if "description" in vals:
        _check_description(tickets, vals["description"], channels)
    if "email_cc" in vals and not tickets.env.su:
        for ticket in tickets:
            before, after = ticket.email_cc or "", vals["email_cc"] or ""
            if before != after:
                _note_copied(ticket, before, after)


def _check_description(tickets, text, channels):
    field = tickets._fields["description"]
    written = tickets.filtered(
        lambda ticket: (
            ticket.channel in channels
            and ticket.description
            and field.convert_to_cache(text, ticket) != ticket.description
        )
    )
    if written:
        raise UserError(
            tickets.env._(
                "%s: the requester wrote the description, so it is not changed. Write "
                "a message or a note below.",
                written._flow_names(),
            )
        )


def _note_copied(ticket, before, after):
    """Let only those who handle a ticket change who is in copy, and log it."""
    # sudo: the owner of the ticket may not be readable by the user
    known = ticket.sudo()
    if known.user_id and not known._is_handler(ticket.env.user):
        raise AccessError(
            ticket.env._(
                "%(ticket)s: who is in copy is changed by those who handle it. Ask "
                "%(owner)s.",
                ticket=ticket.name,
                owner=known.user_id.name,
            )
        )
    known._message_log(
        body=ticket.env._(
            "People in copy: %(before)s. Now: %(after)s.",
            before=before or "-",
            after=after or "-",
        ),
        author_id=ticket.env.user.partner_id.id,
    )
