"""Who is told of a document, who follows it and what changed is read by its readers.

Core shows notifications and followers of every record to every employee: the subjects
of messages, who wrote them and who gets them, where nothing else is readable. It shows
all tracked values to administrators, and what is scheduled to be written to everybody
who asks by number.
"""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..base.grants import is_typed_act

OWN_NAMES = ("itsm.",)
"""Beginnings of the names of the models whose documents are hidden from many."""


def find_hidden(rows, get_document):
    """Return the rows about documents of ours that the user may not read.

    :param rows: with the rights of the user
    :param get_document: function of a row, in sudo, that returns model and id
    """
    documents = {}
    # sudo: which document a row is about decides, whoever asks.
    for row in rows.sudo():
        model, res_id = get_document(row)
        if (model or "").startswith(OWN_NAMES) and model in rows.env:
            documents.setdefault(model, {}).setdefault(res_id or 0, []).append(row.id)
    hidden = []
    for model, found in documents.items():
        records = rows.env[model].browse(filter(None, found))
        shown = set(records._filtered_access("read").ids)
        hidden += [row for key, ids in found.items() if key not in shown for row in ids]
    return rows.browse(hidden)


class ItsmHiddenRowsMixin(models.AbstractModel):
    """Rows about documents, which only the readers of these read, and who is named.

    A model says by which fields its rows name the document, and which rows name the
    user.
    """

    _name = "itsm.hidden.rows.mixin"
    _description = "Rows about Documents"

    _itsm_link = ""
    """Link to what names the document, a message mostly; none: the row does."""
    _itsm_model_field = "model"
    """Field that says of which model the document is, beside ``res_id``."""

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not self.env.su and not bypass_access:
            domain = Domain(domain)
            domain &= self._itsm_get_shown_domain(domain)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if operation != "read" or self.env.su or not self.ids:
            return result
        # sudo: whom a row names decides, whoever asks.
        own = self.sudo().filtered_domain(self._itsm_get_own_domain())
        # sudo: none; who asks is judged.
        hidden = self._itsm_find_hidden(self - own.sudo(False))
        if not hidden:
            return result
        forbidden = hidden | (result[0] if result else self.browse())
        return forbidden, lambda: AccessError(
            self.env._(
                "You may not read the document that this is about, so not who is told "
                "of it either."
            )
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _itsm_get_shown_domain(self, domain):
        """Return the domain of the rows that the user sees, among those of a domain.

        The database judges: a page of a million rows, or their number, reads no more
        than that.
        """
        names = [
            name
            for name in self.env.registry
            if name.startswith(OWN_NAMES) and not self.env[name]._abstract
        ]
        own = self._itsm_get_own_domain()
        # sudo: which kinds of documents there are decides what is asked for.
        groups = self.sudo()._read_group(
            domain & self._itsm_get_about_domain(names) & ~own,
            [self._itsm_get_model_path()],
        )
        if not groups:
            return Domain.TRUE
        names = [name for (name,) in groups]
        shown = own | ~self._itsm_get_about_domain(names)
        for name in names:
            documents = self.env[name].with_context(active_test=False)
            if documents.has_access("read"):
                shown |= self._itsm_get_about_domain([name], documents._search([]))
        return shown

    def _itsm_get_own_domain(self):
        """Return the domain of the rows that name the user: none does."""
        return Domain.FALSE

    @api.model
    def _itsm_get_model_path(self):
        return ".".join(filter(None, (self._itsm_link, self._itsm_model_field)))

    def _itsm_get_about_domain(self, names, found=None):
        """Return the domain of rows about documents of models.

        :param found: a query of their ids; all of them without
        """
        domain = Domain(self._itsm_model_field, "in", names)
        if found is not None:
            domain &= Domain("res_id", "any!", found)
        return Domain(self._itsm_link, "any!", domain) if self._itsm_link else domain

    def _itsm_find_hidden(self, rows):
        def get_document(row):
            about = row[self._itsm_link] if self._itsm_link else row
            return about[self._itsm_model_field], about.res_id

        return find_hidden(rows, get_document)


class MailFollowers(models.Model):
    """Who follows a document."""

    _name = "mail.followers"
    _inherit = ["mail.followers", "itsm.hidden.rows.mixin"]

    _itsm_model_field = "res_model"

    def _itsm_get_own_domain(self):
        """Return the domain of the rows that name the user."""
        return Domain("partner_id", "=", self.env.user.partner_id.id)


class MailNotification(models.Model):
    """Who is told of a message."""

    _name = "mail.notification"
    _inherit = ["mail.notification", "itsm.hidden.rows.mixin"]

    _itsm_link = "mail_message_id"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        """Refuse to tell another message, or somebody else, of a document of ours.

        Whoever is told of a message reads it; core lets administrators change both.
        """
        if {"mail_message_id", "res_partner_id"}.intersection(vals):
            # sudo: which documents the messages are about decides, whoever writes.
            messages = self.sudo().mail_message_id
            messages |= messages.browse(vals.get("mail_message_id") or [])
            if any((one.model or "").startswith(OWN_NAMES) for one in messages):
                raise AccessError(
                    self.env._(
                        "Nobody changes who was told of a message, and of which."
                    )
                )
        return super().write(vals)

    def _itsm_get_own_domain(self):
        """Return the domain of the rows that name the user."""
        own = self.env.user.partner_id.id
        return Domain("res_partner_id", "=", own) | Domain("author_id", "=", own)


class MailTrackingValue(models.Model):
    """What a field was before and after; core shows all of it to administrators."""

    _name = "mail.tracking.value"
    _inherit = ["mail.tracking.value", "itsm.hidden.rows.mixin"]

    _itsm_link = "mail_message_id"


class ItsmHiddenWordsMixin(models.AbstractModel):
    """Words of a message in another place, which core shows to administrators."""

    _name = "itsm.hidden.words.mixin"
    _description = "Words of Messages"
    _inherit = "itsm.hidden.rows.mixin"

    _itsm_link = "message_id"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._itsm_check_words()
        return rows

    def write(self, vals):
        self._itsm_check_words()
        result = super().write(vals)
        if "message_id" in vals:
            self._itsm_check_words()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_check_words(self):
        """Refuse words of a message that somebody makes up; core writes with sudo."""
        if self.env.su and not is_typed_act():
            return
        # sudo: on what the messages stand decides, whoever writes.
        messages = self.sudo().message_id
        if any((one.model or "").startswith(OWN_NAMES) for one in messages):
            raise AccessError(
                self.env._(
                    "What a message on a document says in another language, and what "
                    "it links, is noted by the server alone."
                )
            )


class MailMessageTranslation(models.Model):
    """A message in another language, as whoever read it had it translated."""

    _name = "mail.message.translation"
    _inherit = ["mail.message.translation", "itsm.hidden.words.mixin"]


class MailMessageLinkPreview(models.Model):
    """The page that a message links."""

    _name = "mail.message.link.preview"
    _inherit = ["mail.message.link.preview", "itsm.hidden.words.mixin"]


class MailScheduledMessage(models.Model):
    """What shall be written on a document later; core hides it in lists only."""

    _name = "mail.scheduled.message"
    _inherit = ["mail.scheduled.message", "itsm.hidden.rows.mixin"]

    def _itsm_get_own_domain(self):
        """Return the domain of the rows that the user made."""
        return Domain("create_uid", "=", self.env.uid)
