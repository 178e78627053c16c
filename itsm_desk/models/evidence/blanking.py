"""Blank texts and files of tickets; ``copies`` finds where they were copied to.

Functions, as evaluated code can call methods of records.
"""

import hashlib
from collections import Counter

from markupsafe import Markup

from odoo.tools import html2plaintext

from ..base.grants import server_write

REASONS = {
    "itsm.ticket": ("reopen_reason", "pending_question"),
    "itsm.handling": ("refusal_reason",),
    "itsm.ticket.event": ("reason",),
}
"""Columns into which the words of a message are copied by the step they take."""
REMOVED_FILE = "removed.txt"


def get_messages(tickets):
    """Return all messages on ``tickets``, in sudo."""
    # sudo: as above
    messages = tickets.env["mail.message"].sudo()
    return messages.search(
        [("model", "=", "itsm.ticket"), ("res_id", "in", tickets.ids)]
    )


def get_said(tickets, by_desk_only=False):
    """Return the messages of conversations that say what ``tickets`` say, in sudo.

    :param bool by_desk_only: only answers and notices that the desk posted there, not
        what people said there themselves
    """
    domain = [("bridge_id.ticket_id", "in", tickets.ids)]
    if by_desk_only:
        domain.append(("is_desk", "=", True))
    # sudo: as above; nobody reads where something was said
    return tickets.env["itsm.chat.copy"].sudo().search(domain).said_id


def blank_messages(messages, mark):
    """Blank text and subject of messages and of the mails that carried them.

    :return: list of ``(record, field name, bytes that were there)``
    """
    removed = []
    for name, value in (("body", Markup("<p>%s</p>") % mark), ("subject", mark)):
        held = messages.filtered(name)
        removed += [(message, name, str(message[name]).encode()) for message in held]
        server_write(held, {name: value})
    # sudo: the copies of a message belong to it, whoever reads mails
    env = messages.sudo().env
    env["mail.message.translation"].search(
        [("message_id", "in", messages.ids)]
    ).unlink()
    mails = env["mail.mail"].search([("mail_message_id", "in", messages.ids)])
    mails.write({"body_html": Markup("<p>%s</p>") % mark})
    names = [name for name in messages.mapped("message_id") if name]
    received = env["itsm.inbound.mail"].search([("message_id", "in", names)])
    removed += [(mail, "raw", mail.raw) for mail in received if mail.raw]
    titled = received.filtered("subject")
    removed += [(mail, "subject", mail.subject.encode()) for mail in titled]
    received.write({"raw": False})
    titled.write({"subject": mark})
    return removed


def blank_descriptions(tickets, mark):
    """Blank what was asked, as :func:`blank_messages` does."""
    tickets = tickets.filtered("description")
    removed = [
        (ticket, "description", str(ticket.description).encode()) for ticket in tickets
    ]
    server_write(tickets, {"description": Markup("<p>%s</p>") % mark})
    return removed


def blank_subjects(family, subject, mark):
    """Blank a subject on the tickets of ``family``, and wherever it was repeated.

    Subjects and texts of messages, their mails and fetched mails, older subjects in
    the chatter, activities, and what was searched for before the ticket was filed.

    :param str subject: as it stands on the ticket
    :return: as :func:`blank_messages`
    """
    # sudo: a text is blanked wherever it stands, whoever reads that
    env, family = family.sudo().env, family.sudo()
    messages = get_messages(family) | get_said(family, by_desk_only=True)
    names = [name for name in messages.mapped("message_id") if name]
    places = (
        # The old subject would be told by the tracking of the new one.
        (family.with_context(tracking_disable=True), ("subject",)),
        (messages, ("subject",)),
        (messages.filtered(lambda item: subject in plain(item.body)), ("body",)),
        (
            env["mail.mail"].search([("mail_message_id", "in", messages.ids)]),
            ("body_html",),
        ),
        (
            env["mail.tracking.value"].search(
                [
                    ("mail_message_id", "in", messages.ids),
                    ("field_id.name", "=", "subject"),
                ]
            ),
            ("old_value_char", "new_value_char"),
        ),
        (
            env["mail.activity"]
            .with_context(active_test=False)
            .search([("res_model", "=", "itsm.ticket"), ("res_id", "in", family.ids)]),
            ("summary",),
        ),
        (env["itsm.inbound.mail"].search([("message_id", "in", names)]), ("subject",)),
        *((records, (name,)) for records, name in _get_named_after(family)),
        (_get_queue(family), ("text",)),
    )
    removed = []
    for records, fields in places:
        for name in fields:
            for record in records.filtered(name):
                old = str(record[name])
                if (new := _replace(old, subject, mark)) != old:
                    removed.append((record, name, old.encode()))
                    server_write(record, {name: new})
    return removed + _blank_searches(family, mark)


def _get_named_after(family):
    """Return ``[(records, field)]`` of what was begun with the subject of a ticket."""
    articles = get_articles(family)
    return [
        (articles, "name"),
        (articles.version_ids, "name"),
        (family.problem_id, "subject"),
    ]


def get_articles(family):
    """Return the articles that answer tickets, and those that began with one."""
    # sudo: who reads an article does not decide what is blanked there
    family = family.sudo()
    articles = family.env["itsm.article"].with_context(active_test=False)
    drafts = articles.search([("source_ticket_id", "in", family.ids)])
    return family.article_ids | drafts


def _blank_searches(family, mark):
    """Blank what was typed in the forms from which the tickets were filed."""
    logs = family.env["itsm.search.log"]
    filed = logs.search([("ticket_id", "in", family.ids)])
    # Suggestions were asked for with the first half of the subject, too.
    typed = logs.search(
        [("session", "in", filed.mapped("session")), ("question", "!=", False)]
    )
    removed = [(log, "question", log.question.encode()) for log in typed]
    server_write(typed, {"question": mark, "words": False})
    return removed


def _replace(text, subject, mark):
    """Return a text with ``mark`` for ``subject``; all of it where that is cut up."""
    escaped = str(Markup.escape(subject))
    new = text.replace(escaped, mark).replace(subject, mark)
    return mark if subject in plain(new) else new


def forget_words(family, removed):
    """Take what was removed out of the search for articles.

    Subjects and descriptions of solved tickets are search text of their articles.

    :param removed: as :func:`blank_messages` returns it
    """
    # sudo: the search text of an article is written from tickets that few may read
    family = family.sudo()
    articles = family.article_ids.browse(
        record.id if record._name == "itsm.article" else record.article_id.id
        for record, _name, _content in removed
        if record._name in ("itsm.article", "itsm.article.version")
    )
    articles |= family.article_ids
    articles._index_search()
    articles._forget_terms(
        html2plaintext(content.decode(errors="ignore"))
        for _record, name, content in removed
        if name in ("subject", "description", "body", "name")
    )


def blank_answers(tickets, mark):
    """Blank the words of requesters in forms, as :func:`blank_messages` does."""
    # sudo: as above
    answers = tickets.sudo().request_answer_ids.filtered("value_text")
    removed = [(answer, "value_text", answer.value_text.encode()) for answer in answers]
    server_write(answers, {"value_text": mark, "text": mark})
    return removed


def blank_reasons(family, texts, mark):
    """Blank the columns that repeat one of ``texts``, or all of them for None."""
    removed = []
    records = {
        "itsm.ticket": family,
        "itsm.handling": family.handling_ids,
        "itsm.ticket.event": family.event_ids,
    }
    for model, names in REASONS.items():
        for name in names:
            found = records[model].filtered(
                lambda record, name=name: (
                    record[name] and (texts is None or record[name].strip() in texts)
                )
            )
            removed += [(record, name, record[name].encode()) for record in found]
            server_write(found, {name: mark})
    return removed


def _get_queue(tickets):
    """Return what still waits to be sent to messengers, or could not be sent."""
    # sudo: as above
    rows = tickets.env["itsm.chat.message"].sudo()
    return rows.search([("ticket_id", "in", tickets.ids), ("text", "!=", False)])


def blank_queue(family, messages, texts):
    """Send nothing any more that says what was removed.

    :param messages: that were removed
    :param texts: words that were removed; None for whatever waits
    :return: as :func:`blank_messages`
    """
    texts = None if texts is None else {" ".join(text.split()) for text in texts} - {""}
    rows = _get_queue(family).filtered(
        lambda row: (
            texts is None
            or row.message_id in messages
            or any(text in " ".join(row.text.split()) for text in texts)
        )
    )
    removed = [(row, "text", row.text.encode()) for row in rows]
    server_write(rows, {"text": False, "state": "dropped"})
    return removed


def blank_files(files, family, mark, said=None):
    """Blank files and their copies on the tickets of ``family``.

    :param said: messages of conversations whose copies are meant, too
    :return: as :func:`blank_messages`
    """
    if not files:
        return []
    # sudo: a file is blanked wherever it stands, whoever reads that
    files = files.sudo()
    others = get_messages(family) | (said or files.env["mail.message"])
    files |= files.search(
        [
            ("checksum", "in", files.mapped("checksum")),
            ("res_field", "=", False),
            "|",
            "&",
            ("res_model", "=", "itsm.ticket"),
            ("res_id", "in", family.ids),
            ("id", "in", others.attachment_ids.ids),
        ]
    )
    removed = [(file, "raw", file.raw or b"") for file in files]
    server_write(
        files,
        {"name": REMOVED_FILE, "raw": mark.encode(), "mimetype": "text/plain"},
    )
    return removed


def count_by_ticket(removed):
    """Return ``{ticket id: how much of it was removed there}``.

    :param removed: as :func:`blank_messages` returns it
    """
    counts = Counter()
    for record, _name, _content in removed:
        if record._name == "itsm.ticket":
            counts[record.id] += 1
        elif record._name in ("mail.message", "ir.attachment"):
            model = "model" if record._name == "mail.message" else "res_model"
            if record[model] == "itsm.ticket":
                counts[record.res_id] += 1
        elif "ticket_id" in record._fields:
            counts[record.ticket_id.id] += 1
    return counts


def get_digest(content):
    """Return the SHA-256 of what was removed (str)."""
    return hashlib.sha256(content or b"").hexdigest()


def plain(html):
    """Return the words of a text, as steps copy them."""
    return html2plaintext(html or "").strip()


def normal(html):
    """Return the words of a text, whatever the space between them."""
    return " ".join(plain(html).split())
