"""Blank what repeats a removed text on the same tickets: quotes, notes, drafts, forms.

Answers quote what they answer, steps copy it into their reasons, articles and problems
begin with it. Functions, as evaluated code can call methods of records. They look with
the rights of the server, as ``copies`` does.
"""

import json
import re

from lxml import etree, html
from markupsafe import Markup

from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext, plaintext2html, split_every

from ...tools.mail_quote import get_lines, read_own_words
from ..base.grants import server_write
from . import blanking

FEWEST_LETTERS = 4
"""Of a line that is looked for; shorter ones stand everywhere."""
FEWEST_INSIDE = 16
"""Of a line that is looked for inside of another one."""
MOST_LINES = 300
SAID = ("auto_comment", "comment", "email")
"""Types of messages with words of their own; notes of the server repeat others."""
BATCH = 50
"""Kept mails of a sender that are read at once."""
RAW_COPY = "original_email.eml"
"""Name under which core keeps the raw mail with a message, where a server asks it."""
SAID_ONCE = ("mail.message", "itsm.ticket.event", "itsm.complaint")
"""Models whose words are there from their creation on."""
COPIED = frozenset(
    {"reopen_reason", "pending_question", "stop_reason", "reason", "task", "report"}
    | {"cause", "action_taken", "solution", "refusal_reason"}
)
"""Columns whose words the server itself puts into messages."""


class Needles:
    """What is looked for: whole texts that are removed, and lines that only they have.

    :param texts: that are removed, in HTML or plain
    :param others: of other messages, whose lines are no copies
    :param names: of people and teams, who sign many a text
    :param datetime since: when the first of the texts was there; no copy is older
    """

    def __init__(self, texts, others=(), names=(), since=None):
        self.since = since
        self.before = set()
        said = "\n".join(normal(read_own_words(text)) for text in others)
        known = {*said.splitlines(), *map(normal, names)}
        own = {
            line
            for text in texts
            for line in _get_lines(text)
            # Greetings and signatures stand in what others say, too.
            if line not in said
        }
        self.whole = {
            words
            for text in texts
            for words in (normal(text), normal(read_own_words(text)))
            if len(words) >= FEWEST_LETTERS and words not in known
        }
        self.lines = set(
            sorted(
                (line for line in own - known if len(line) >= FEWEST_LETTERS),
                key=len,
                reverse=True,
            )[:MOST_LINES]
        )
        # A short word stands inside of what others say, unless it is like a password.
        self.lines |= self.whole
        self._inside = sorted(
            (
                text
                for text in self.lines
                if _weigh(text) >= FEWEST_INSIDE
                or (text in self.whole and any(map(str.isdigit, text)))
            ),
            key=len,
            reverse=True,
        )

    def find(self, line):
        """Whether a line repeats what is looked for, whatever stands before it."""
        words = _unquoted(normal(line))
        return words in self.lines or any(
            text in words and re.search(_bound(text), words) for text in self._inside
        )

    def may_copy(self, record):
        """Whether a record was there, or was written, after what is looked for.

        What somebody said before is no copy, and cannot be removed by saying it again.
        """
        moment = record.create_date
        if record._name not in SAID_ONCE:
            moment = record.write_date or moment
        return not self.since or not moment or moment >= self.since

    def find_in(self, text):
        """Whether a text repeats it, in one of its lines or across several."""
        plain = _plain(text)
        return self.find(plain) or any(map(self.find, plain.splitlines()))

    def has(self, words):
        """Whether a text (normal) is a part of what is removed."""
        return _weigh(words) >= FEWEST_INSIDE and any(
            re.search(_bound(words), whole) for whole in self.whole
        )


def normal(text):
    """Return the words of a text, in HTML or plain, whatever the space between them."""
    return " ".join(_plain(text).replace("\xa0", " ").split())


def _plain(text):
    """Return the words of a text, a line for each block; bold ones have no marks."""
    if not isinstance(text, Markup):
        return str(text or "")
    try:
        tree = html.fragment_fromstring(str(text), create_parent="div")
    except (etree.ParserError, ValueError):
        return html2plaintext(text)
    return get_lines(tree)


def blank_repeats(family, removed_messages, texts, mark, since):
    """Blank what repeats ``texts`` on the tickets of ``family``.

    :param removed_messages: those that are blanked themselves
    :param texts: that were removed, as they stood there
    :param datetime since: when the first of them was there
    :return: as ``blanking.blank_messages``
    """
    # sudo: a text is blanked wherever it stands, whoever reads that
    family = family.sudo()
    others = blanking.get_messages(family) - removed_messages
    company = family.company_id
    needles = Needles(
        texts,
        others.filtered(lambda one: one.message_type in SAID).mapped("body"),
        [
            *family.partner_id.mapped("name"),
            *removed_messages.author_id.mapped("name"),
            *family.user_id.mapped("name"),
            *company.mapped("name"),
            *family.team_id.mapped("name"),
        ],
        since,
    )
    if not needles.lines:
        return []
    needles.before = _get_said_before(family, needles)
    cut = _blank_columns(others, ("body", "subject"), needles, mark)
    messages = removed_messages | others.browse([item[0].id for item in cut])
    removed = list(cut)
    for records, names in _get_places(family, others | removed_messages):
        removed += _blank_columns(records, names, needles, mark)
    removed += _blank_raw_files(messages, mark)
    removed += _blank_raw_mails(family, messages, needles, mark)
    _drop_waiting(family, messages, needles)
    return removed


def _get_said_before(family, needles):
    """Return reasons and comments that stood on tickets before what is looked for.

    The tickets repeat them in columns, which tell no time of their own.
    """
    older = family.event_ids.filtered(lambda event: not needles.may_copy(event))
    rated = family.filtered(
        lambda ticket: (
            needles.since
            and ticket.signed_off_at
            and ticket.signed_off_at < needles.since
        )
    )
    return {*older.mapped("reason"), *rated.mapped("rating_comment")} - {False}


def _get_places(family, messages):
    """Yield ``(records, names of their columns)`` that may repeat a text."""
    env, ids = family.env, family.ids
    yield family, ("reopen_reason", "pending_question", "stop_reason", "rating_comment")
    yield family.event_ids, ("reason",)
    handlings = family.handling_ids
    yield handlings, ("cause", "action_taken", "solution", "refusal_reason")
    yield family.work_line_ids, ("note", "parts")
    yield family.request_answer_ids | handlings.answer_ids, ("value_text", "text")
    yield family.escalation_ids, ("reason", "decline_reason")
    yield family.vendor_job_ids, ("task", "report")
    yield family.problem_id, ("description", "root_cause", "workaround", "solution")
    yield family.complaint_ids, ("description",)
    articles = blanking.get_articles(family)
    yield articles, ("body",)
    yield articles.version_ids, ("body",)
    on_tickets = Domain("res_model", "=", "itsm.ticket") & Domain("res_id", "in", ids)
    activities = env["mail.activity"].with_context(active_test=False)
    yield activities.search(on_tickets), ("summary", "note", "feedback")
    ratings = env["rating.rating"].search([("itsm_ticket_id", "in", ids)])
    yield ratings, ("feedback",)
    sent = [("mail_message_id", "in", messages.ids)]
    yield env["mail.mail"].search(sent), ("body_html", "failure_reason")
    yield env["mail.notification"].search(sent), ("failure_reason",)
    yield (
        env["mail.tracking.value"].search(sent),
        (
            "old_value_char",
            "new_value_char",
            "old_value_text",
            "new_value_text",
        ),
    )
    on_models = Domain("model", "=", "itsm.ticket")
    later = env["mail.scheduled.message"].search(
        on_models & Domain("res_id", "in", ids)
    )
    yield later, ("body", "subject")
    drafts = env["mail.compose.message"].search(on_models)
    own = drafts.filtered(
        lambda draft: not set(ids).isdisjoint(draft._evaluate_res_ids())
    )
    yield own, ("body", "subject")


def _blank_columns(records, names, needles, mark):
    """Blank the columns of records that repeat what is looked for.

    :return: list of ``(record, name, bytes that were there)``
    """
    removed = []
    for name in names:
        for record in records.filtered(name).filtered(needles.may_copy):
            old = record[name]
            if old in needles.before:
                continue
            is_html = isinstance(old, Markup) or name == "body_html"
            text = Markup(old) if is_html else old
            if name in COPIED and needles.has(normal(text)):
                new = Markup("<p>%s</p>") % mark if is_html else mark
            elif not needles.find_in(text):
                continue
            else:
                new = _cut_html(old, needles, mark) if is_html else None
                new = new or _cut_text(str(old), needles, mark, is_html)
            removed.append((record, name, str(old).encode()))
            server_write(record.with_context(tracking_disable=True), {name: new})
    return removed


def _cut_text(text, needles, mark, is_html):
    """Return a text without the lines that repeat; all of it where that is cut up."""
    if is_html:
        text = read_own_words(text)
    new = "\n".join(mark if needles.find(line) else line for line in text.splitlines())
    if needles.find_in(new.replace(mark, " ")):
        new = mark
    elif is_html and mark not in new:
        new = f"{new}\n{mark}"
    return plaintext2html(new) if is_html else new


def _cut_html(text, needles, mark):
    """Return HTML with the mark for each line that repeats, or None where it stays."""
    try:
        tree = html.fragment_fromstring(str(text), create_parent="div")
    except (etree.ParserError, ValueError):
        return None
    for node in tree.iter(etree.Element):
        for place in ("text", "tail"):
            value = getattr(node, place)
            if value and needles.find_in(value):
                lines = [
                    mark if needles.find(line) else line for line in value.split("\n")
                ]
                new = "\n".join(lines)
                is_cut = needles.find_in(new.replace(mark, " "))
                setattr(node, place, mark if is_cut else new)
    new = str(Markup.escape(tree.text or "")) + "".join(
        etree.tostring(child, encoding="unicode", method="html") for child in tree
    )
    words = normal(Markup(new))
    if mark not in words or needles.find_in(Markup(new.replace(mark, " "))):
        return None
    return Markup(new)


def _blank_raw_files(messages, mark):
    """Blank the raw mails that were kept with messages that said it."""
    # sudo: a file is blanked wherever it stands, whoever reads that
    files = messages.sudo().attachment_ids.filtered(lambda file: file.name == RAW_COPY)
    removed = [(file, "raw", file.raw or b"") for file in files]
    server_write(
        files,
        {
            "name": blanking.REMOVED_FILE,
            "raw": mark.encode(),
            "mimetype": "text/plain",
        },
    )
    return removed


def _blank_raw_mails(family, messages, needles, mark):
    """Blank received mails that are kept: of these messages, and those unfiled.

    A mail may have come twice, and have been filed once.
    """
    entries = family.env["itsm.inbound.mail"].with_context(active_test=False)
    names = [name for name in messages.mapped("message_id") if name]
    senders = {
        *messages.author_id.mapped("email_normalized"),
        *family.partner_id.mapped("email_normalized"),
    } - {False}
    found = entries.search([("message_id", "in", names)])
    kept_ids = entries.search(
        Domain("raw", "!=", False)
        & (
            Domain("sender", "in", list(senders))
            | Domain("ticket_id", "in", family.ids)
        )
        & Domain("company_id", "in", [False, *family.company_id.ids]),
        order="id",
    ).ids
    for some_ids in split_every(BATCH, kept_ids):
        kept = entries.browse(some_ids)
        found |= kept.filtered(lambda entry: needles.find_in(entry._read_words()))
        # Raw mails are large: no more of them are held at once.
        (kept - found).invalidate_recordset(["raw"])
    removed = []
    for entry in found.filtered("raw"):
        removed.append((entry, "raw", entry.raw))
        entry.write({"raw": False})
    return removed + _blank_columns(found, ("subject", "note"), needles, mark)


def _drop_waiting(family, messages, needles):
    """Drop what waits to be pushed to clients, and previews of links in the text."""
    env = family.env
    links = env["mail.message.link.preview"].search(
        [("message_id", "in", messages.ids)]
    )
    previews = links.link_preview_id
    links.unlink()
    previews.filtered(lambda one: not one.message_link_preview_ids).unlink()
    texts = sorted(needles.whole | needles.lines, key=len, reverse=True)[:MOST_LINES]
    alone = [text for text in texts if _weigh(text) >= FEWEST_INSIDE]
    for table, column in (("bus_bus", "message"), ("mail_push", "payload")):
        # SQL: both are queues, read by column only and never through the ORM.
        env.cr.execute(
            SQL(
                # A short word stands in what concerns others, too.
                "DELETE FROM %(table)s WHERE %(column)s LIKE ANY(%(alone)s)"
                " OR (%(column)s LIKE '%%itsm.ticket%%'"
                " AND %(column)s LIKE ANY(%(all)s))",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                alone=_get_patterns(alone),
                all=_get_patterns(texts),
            )
        )


def _get_patterns(texts):
    """Return what a row with one of the texts is like, as clients get it: in JSON."""
    return [
        f"%{_escape_like(json.dumps(form)[1:-1])}%"
        for text in texts
        for form in {text, str(Markup.escape(text))}
    ]


def _escape_like(text):
    return re.sub(r"([\\%_])", r"\\\1", text)


def _get_lines(text):
    """Return the lines of a text in normal form, without marks of quotes."""
    lines = (_unquoted(normal(line)) for line in _plain(text).splitlines())
    return {line for line in lines if line}


def _unquoted(words):
    """Return words without the signs that programs put before quoted lines."""
    return re.sub(r"(?:(?<=\s)|^)(?:[>＞|]\s?)+", "", words).strip(" *_")


def _weigh(line):
    """Return the length of a line; a letter of Chinese says as much as two of ours."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in line)


def _bound(words):
    """Return a pattern for words that are no part of a longer one."""
    start = r"(?<![A-Za-z0-9])" if words[:1].isascii() and words[:1].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if words[-1:].isascii() and words[-1:].isalnum() else ""
    return f"{start}{re.escape(words)}{end}"
