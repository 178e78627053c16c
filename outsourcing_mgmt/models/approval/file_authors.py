"""Whoever adds a file to a document that waits for a decision is one of its authors.

Added to its chatter, or to one of its parts, by any route: a call, a file that is
moved, a message that shows it, or a mail. What follows is a matter of the document
(``_note_file_authors`` of its model). Files of fields are content, which notes its
author itself.
"""

from odoo import SUPERUSER_ID, api, models


class IrAttachment(models.Model):
    """Notes who adds a file, wherever its place is set."""

    _inherit = "ir.attachment"

    @api.constrains("res_model", "res_id")
    def _outsourcing_note_authors(self):
        _note_files(self)


class MailMessage(models.Model):
    """Notes who posts a file; of a mail its sender, whom the gateway only names."""

    _inherit = "mail.message"

    @api.constrains("attachment_ids")
    def _outsourcing_note_authors(self):
        _note_messages(self)


def _note_files(files):
    # sudo: which record a file belongs to is asked for every user's file.
    for file in files.sudo():
        if file.res_id and not file.res_field:
            _note(file, file.res_model, files.env.user)


def _note_messages(messages):
    # sudo: where a message stands is asked for every user's message.
    for message in messages.sudo():
        if message.attachment_ids:
            users = messages.env.user | message.author_id.user_ids
            _note(message, message.model, users)


def _note(row, model, users):
    """Make ``users`` authors of the document.

    :param row: file or message whose ``res_id`` is the document, with sudo
    :param str model: name of the model of the document
    """
    people = users.filtered(lambda user: not user.share and user.id != SUPERUSER_ID)
    if not people or not model or not row.res_id or model not in row.env:
        return
    documents = row.env[model]
    if hasattr(documents, "_note_file_authors"):
        documents.browse(row.res_id).exists()._note_file_authors(people)
