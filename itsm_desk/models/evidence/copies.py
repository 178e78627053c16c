"""Find where the words and files of tickets were copied to.

In the tickets that take each other up, that were merged, that got the same mail or the
same words or files of the same person, and in conversations. Functions, as evaluated
code can call methods of records. They look with the rights of the server: a text is
blanked wherever it stands, whoever reads that; only its company is never left.
"""

import re

from odoo.fields import Domain
from odoo.tools import html2plaintext

from .blanking import get_messages, normal

MOST_LETTERS = 60
"""Of the word by which the database looks for a text."""
ON_TICKETS = Domain("model", "=", "itsm.ticket")


def get_family(ticket):
    """Return the ticket with those that go on in its place, and those it goes on for.

    Words and files of a message about a closed ticket are copied to its follow-up, the
    description of a duplicate to the ticket that it was merged into.
    """
    # sudo: see above
    family = todo = ticket.sudo()
    while todo:
        near = todo.parent_id | todo.child_ids | todo.merged_into_id | todo.merged_ids
        todo = near - family
        family |= todo
    return family


def find_copies(family, messages, described, files):
    """Return what says the same as what is to be blanked.

    :param family: as of :func:`get_family`
    :param messages: messages whose text is asked for
    :param described: tickets whose description is asked for
    :param files: files that are asked for
    :return: ``(tickets, messages, described)``: all tickets in which some of it stands,
        all messages, also of conversations, and the tickets by their description
    """
    # sudo: see above
    messages, described, files = messages.sudo(), described.sudo(), files.sudo()
    texts = {normal(one.body) for one in messages}
    texts |= {normal(one.description) for one in described}
    messages, described = _find_in(family, messages, described, texts)
    others, twins = _find_elsewhere(family, messages, described, files, texts)
    family |= others
    messages, described = _find_in(family, messages | twins, described, texts)
    messages, described = _find_relayed(family, messages, described)
    return family | described | _get_tickets(messages), messages, described


def _find_in(family, messages, described, texts):
    """Add what says one of ``texts`` on tickets; notes of merges add theirs."""
    for ticket in family.filtered("merged_into_id"):
        notes = get_messages(ticket.merged_into_id).filtered(
            lambda one, ticket=ticket: _repeats(one, ticket)
        )
        if ticket in described or notes & messages:
            messages |= notes
            texts.add(normal(ticket.description))
    texts.discard("")
    same = get_messages(family).filtered(lambda one: normal(one.body) in texts)
    return (
        messages | same,
        described | family.filtered(lambda one: normal(one.description) in texts),
    )


def _repeats(message, ticket):
    """Whether a message is the note of a merge with the description of ``ticket``."""
    text, words = (
        " ".join(html2plaintext(html or "", include_references=False).split())
        for html in (message.body, ticket.description)
    )
    return bool(words) and ticket.name in text and text.endswith(words)


def _find_elsewhere(family, messages, described, files, texts):
    """Return (tickets, messages) outside of ``family``.

    The same mail; the same words or files, of the same person. Messages are only those
    that need not say the same words.
    """
    everything = messages.browse()
    carriers = get_messages(family).filtered(lambda one: one.attachment_ids & files)
    authors = messages.author_id | carriers.author_id | described.partner_id
    if files - carriers.attachment_ids:
        authors |= family.partner_id
    said = Domain("author_id", "in", authors.ids) & ON_TICKETS
    asked = Domain("partner_id", "in", authors.ids)
    asked &= Domain("company_id", "in", family.company_id.ids)

    names = [name for name in messages.mapped("message_id") if name]
    twins = everything.search(ON_TICKETS & Domain("message_id", "in", names))
    names = [name for name in carriers.mapped("message_id") if name]
    found = twins | everything.search(ON_TICKETS & Domain("message_id", "in", names))
    if sums := [file.checksum for file in files if file.checksum]:
        same = Domain("checksum", "in", sums) & Domain("res_field", "=", False)
        found |= everything.search(said & Domain("attachment_ids", "any", same))
    tickets = family.browse()
    if sums:
        same &= Domain("res_model", "=", "itsm.ticket")
        same &= Domain("res_id", "in", tickets.search(asked).ids)
        tickets = tickets.browse(files.search(same).mapped("res_id"))
    for text in texts:
        if word := max(re.findall(r"\w+", text), key=len, default="")[:MOST_LETTERS]:
            found |= everything.search(said & Domain("body", "like", word)).filtered(
                lambda one, text=text: normal(one.body) == text
            )
            tickets |= tickets.search(
                asked & Domain("description", "like", word)
            ).filtered(lambda one, text=text: normal(one.description) == text)
    tickets |= _get_tickets(found)
    tickets = tickets.filtered(lambda one: one.company_id in family.company_id)
    return tickets - family, twins & get_messages(tickets)


def _find_relayed(family, messages, described):
    """Add what says the same on the other side of a bridge, for each ticket there."""
    # sudo: see above
    rows = messages.env["itsm.chat.copy"].sudo()
    own = rows.search([("bridge_id.ticket_id", "in", family.ids)])
    told = own.filtered(
        lambda row: (
            row.message_id in messages
            or row.said_id in messages
            or (_is_described(row) and row.bridge_id.ticket_id in described)
        )
    )
    said = told.said_id
    told |= rows.search(
        [
            ("said_id", "in", said.ids),
            ("company_id", "in", family.company_id.ids),
        ]
    )
    return (
        messages | said | told.message_id,
        described | told.filtered(_is_described).bridge_id.ticket_id,
    )


def _is_described(row):
    return not row.message_id and not row.is_desk


def _get_tickets(messages):
    messages = messages.filtered(lambda one: one.model == "itsm.ticket")
    return messages.env["itsm.ticket"].browse(set(messages.mapped("res_id"))).exists()
