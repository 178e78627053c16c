"""Tickets and pages of OCA's modules in the same database, read where they are.

``helpdesk_mgmt``   tickets, closed ones as history, with team, category and priority;
                    stage, tags, assignee and what was written as internal note, with
                    the files
``document_page``   pages as drafts, categories as folders, with earlier texts and files

Neither module is needed: functions look for their models in the registry. They read
with the rights of whoever imports, and write nothing there.
"""

from typing import NamedTuple

from markupsafe import Markup

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, is_html_empty

from ...tools.import_layout import Line
from .taking_over import MOST_SUBJECT, NotUnderstood, escape

NEIGHBOURS = {
    "helpdesk_mgmt": ("helpdesk.ticket", "ticket"),
    "document_page": ("document.page", "article"),
}
"""``{module: (model that is read, kind of what it becomes)}``."""
TELLING = {
    "helpdesk_mgmt": "helpdesk.ticket.category",
    "document_page": "document.page.history",
}
"""Models by which OCA's modules are told from others with a model of the same name."""
URGENCY = {"0": "1", "1": "2", "2": "3", "3": "3"}
"""``{priority there: urgency here}``."""
MOST_MESSAGES = 200
"""Of a ticket, and versions of a page; the newest ones."""
MOST_FILE_BYTES = 25 * 1024 * 1024


class Taken(NamedTuple):
    """What a line becomes: values of the record, and what is added to it."""

    values: dict
    note: Markup
    """An internal message; empty for none."""
    files: list
    """``[(name, bytes)]`` of the record, without the contents in a trial."""
    remarks: list
    """``[(column, value)]`` of what has no counterpart here."""
    note_files: list
    """``[(name, bytes)]`` that go with the note alone; none in a trial."""
    is_closed: bool = False
    """Whether it is history there, and becomes history here."""


class Waiting(NamedTuple):
    """What another module has: lines to take over, and how many are left there."""

    lines: list
    left: list
    """``[(reason, count)]``: reason is ``closed``, ``archived`` or ``hidden``."""


def is_installed(env, module):
    """Whether the tables of a module are in this database."""
    return NEIGHBOURS[module][0] in env and TELLING[module] in env


def find_lines(env, module, with_closed=True):
    """Return what a module has for the current company, as a ``Waiting``.

    :param bool with_closed: whether closed tickets are lines, too, after the open ones
    :raise AccessError: where the acting user may not read its records
    """
    model = env[NEIGHBOURS[module][0]].with_context(active_test=False)
    model.check_access("read")
    company = Domain("company_id", "=", env.company.id)
    if module == "document_page":
        company |= Domain("company_id", "=", False)
        company &= Domain("type", "=", "content")
        closed = Domain.FALSE
    else:
        closed = Domain("stage_id.closed", "=", True)
    active = Domain("active", "=", True)
    found = model.search(company & active & ~closed, order="id")
    if with_closed:
        found += model.search(company & active & closed, order="id")
    names = "number" if module == "helpdesk_mgmt" else "name"
    left = {
        "closed": 0 if with_closed else model.search_count(company & active & closed),
        "archived": model.search_count(company & ~active),
        # sudo: only how many there are
        "hidden": model.sudo().search_count(company) - model.search_count(company),
    }
    return Waiting(
        [
            Line(f"{record[names]} (#{record.id})", {"key": str(record.id)})
            for record in found
        ],
        [(reason, count) for reason, count in left.items() if count],
    )


def read_line(env, module, key, is_trial):
    """Return what a record of another module becomes, as a ``Taken``.

    :param str key: the id of the record there
    :raise NotUnderstood: for a requester who is not known
    """
    record = env[NEIGHBOURS[module][0]].browse(int(key))
    record.check_access("read")
    reading = {"helpdesk_mgmt": _read_ticket, "document_page": _read_page}
    return reading[module](record, is_trial)


def _read_ticket(theirs, is_trial):
    env = theirs.env
    remarks = []
    values = {
        "subject": theirs.name[:MOST_SUBJECT],
        "partner_id": _find_requester(theirs).id,
        "channel": "mail",
        "urgency": URGENCY.get(theirs.priority, "2"),
    }
    for column, theirs_value, name, model in (
        ("team", theirs.team_id, "team_id", "itsm.team"),
        ("category", theirs.category_id, "category_id", "itsm.category"),
    ):
        if not theirs_value:
            continue
        # sudo: the name of a team that the ticket's reader may not open
        label = theirs_value.sudo().display_name
        if ours := _find_by_name(env[model], label):
            values[name] = ours.id
        else:
            remarks.append((column, label))
    # sudo: names of what the ticket's reader may not open
    trusted = theirs.sudo()
    head = env._(
        "Taken over from %(system)s, number %(key)s, filed %(filed)s.",
        system="helpdesk_mgmt",
        key=theirs.number,
        filed=env.company._itsm_stamp(theirs.create_date),
    )
    values["description"] = Markup("<p>%s</p>%s") % (
        head,
        Markup(theirs.description or ""),
    )
    # The requester reads the description, and never saw these there.
    facts = [
        *_describe(env, env._("Stage"), trusted.stage_id),
        *_describe(env, env._("Assigned to"), trusted.user_id),
        *_describe(env, env._("Tags"), trusted.tag_ids),
    ]
    is_closed = trusted.stage_id.closed
    if is_closed and trusted.closed_date:
        closed = env.company._itsm_stamp(trusted.closed_date)
        facts.append(env._("Closed there on %s", closed))
    note = Markup("<p>%s</p>") % Markup("<br/>").join(facts) if facts else Markup()
    files = _get_files(theirs, is_trial, remarks)
    note += _tell_messages(theirs)
    return Taken(values, note, files, remarks, [], is_closed)


def _find_requester(theirs):
    """Return the contact of a ticket, by its mail address where none is linked."""
    partners = theirs.env["res.partner"]
    if theirs.partner_id:
        return theirs.partner_id
    email = (theirs.partner_email or "").strip().lower()
    found = partners.search([("email_normalized", "=", email)], limit=2)
    if not email or len(found) != 1:
        raise NotUnderstood("requester", theirs.partner_email or theirs.partner_name)
    return found


def _describe(env, label, records):
    """Return at most one line with the names of records."""
    names = ", ".join(records.mapped("display_name"))
    return [env._("%(label)s: %(text)s", label=label, text=names)] if names else []


def _tell_messages(theirs):
    """Return what was written on a ticket, as the text of one internal note."""
    env = theirs.env
    messages = env["mail.message"].search(
        [
            ("model", "=", theirs._name),
            ("res_id", "=", theirs.id),
            ("message_type", "in", ("comment", "email", "email_outgoing")),
        ],
        order="id desc",
        limit=MOST_MESSAGES,
    )
    parts = [
        Markup("<p><b>%s, %s</b></p>%s")
        % (
            env.company._itsm_stamp(message.date),
            message.author_id.name or message.email_from or "",
            Markup(message.body),
        )
        for message in reversed(messages)
        if not is_html_empty(message.body)
    ]
    if not parts:
        return Markup()
    head = env._("What was written in %s:", "helpdesk_mgmt")
    return Markup("<p>%s</p>") % head + Markup("").join(parts)


def _get_files(theirs, is_trial, remarks):
    """Return ``[(name, bytes)]`` of the files of a record and its messages.

    :param list remarks: gets those that are left
    """
    files = theirs.env["ir.attachment"].search(
        [
            ("res_model", "=", theirs._name),
            ("res_id", "=", theirs.id),
            ("res_field", "=", False),
        ],
        order="id",
    )
    small = files.filtered(
        lambda item: item.type == "binary" and item.file_size <= MOST_FILE_BYTES
    )
    remarks += [("file", item.name) for item in files - small]
    return [(item.name, b"" if is_trial else item.raw or b"") for item in small]


def _read_page(theirs, is_trial):
    env = theirs.env
    remarks = []
    body = theirs.content or ""
    if is_html_empty(body):
        raise UserError(env._("The page has no text."))
    if "/web/image/" in body:
        remarks.append(("pictures in the text", theirs.name))
    tags = theirs.tag_ids if "tag_ids" in theirs._fields else theirs.browse()
    # sudo: names of folders that the page's reader may not open
    folder = _get_folder(env, theirs.parent_id.sudo())
    values = {
        "name": theirs.name[:MOST_SUBJECT],
        "body": body,
        "keywords": ", ".join(tags.mapped("name")),
        "lang": env.lang or "en_US",
        "audience": "technician",
        **({"folder_id": folder.id} if folder else {}),
    }
    note, history = _tell_history(theirs)
    files = _get_files(theirs, is_trial, remarks)
    is_kept = history and not is_trial
    note_files = [("history.txt", history.encode())] if is_kept else []
    return Taken(values, note, files, remarks, note_files)


def _get_folder(env, category):
    """Return the folder with the names of a category and those above, made if needed.

    Whoever imports needs the right to make it.
    """
    if not category:
        return env["itsm.article.folder"]
    parent = _get_folder(env, category.parent_id)
    folders = env["itsm.article.folder"]
    found = folders.search(
        [
            ("name", "=ilike", escape(category.name)),
            ("parent_id", "=", parent.id),
            ("company_id", "in", (False, env.company.id)),
        ],
        limit=1,
    )
    return found or folders.create(
        {
            "name": category.name,
            "parent_id": parent.id,
            "company_id": env.company.id,
        }
    )


def _tell_history(theirs):
    """Return who wrote which version, as a note, and their texts one after another."""
    env = theirs.env
    versions = theirs.history_ids.sorted("id", reverse=True)[:MOST_MESSAGES]
    heads = [
        ", ".join(
            filter(
                None,
                (
                    env.company._itsm_stamp(version.create_date),
                    # sudo: the name of who wrote it
                    version.create_uid.sudo().name,
                    version.name,
                    version.summary,
                ),
            )
        )
        for version in versions
    ]
    head = env._(
        "Taken over from %(system)s, number %(key)s, filed %(filed)s.",
        system="document_page",
        key=theirs.id,
        filed=env.company._itsm_stamp(theirs.create_date),
    )
    rows = Markup("").join(Markup("<li>%s</li>") % text for text in heads)
    note = Markup("<p>%s</p><ul>%s</ul>") % (head, rows)
    texts = [
        f"== {text} ==\n{html2plaintext(version.content or '')}\n"
        for text, version in zip(heads, versions, strict=True)
    ]
    return note, "\n".join(texts) if len(versions) > 1 else ""


def _find_by_name(model, label):
    """Return the only record with a full name, or with its last part as name."""
    last = label.rpartition(" / ")[2]
    for field, name in ((model._rec_name, label), ("name", last)):
        found = model.search(
            [
                (field, "=ilike", escape(name)),
                ("company_id", "in", (False, model.env.company.id)),
            ],
            limit=2,
        )
        if len(found) == 1:
            return found
    return model.browse()


def add_to(record, taken):
    """Add note and files to the record that was made; a trial has no contents."""
    files = [(name, content) for name, content in taken.files if content]
    told = list(taken.note_files)
    if "attachment_ids" not in record._fields:
        told += files
    elif files:
        # Readers get the files of an article with its text.
        own = record.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
                for name, content in files
            ]
        )
        record.write({"attachment_ids": [(4, item.id) for item in own]})
    if taken.note or told:
        record.message_post(
            body=taken.note,
            attachments=told,
            subtype_xmlid="mail.mt_note",
        )
