from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import email_normalize

OWN_MODELS = ("outsourcing.", "vendor.quality.")
ORIGIN = frozenset(
    {
        "author_id",
        "author_guest_id",
        "email_from",
        "model",
        "res_id",
        "date",
        "message_type",
    }
)
"""Who said something, when and where."""


class MailMessage(models.Model):
    """Employees write on records of the suite in their own name.

    All routes end here: posting, notes, the composer, scheduled messages, and the
    messages themselves by RPC. The mail gateway and the server post with sudo. A
    company of the employee may be the author, as templates make it.
    """

    _inherit = "mail.message"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        if not self.env.su and not self.env.user.share:
            messages._outsourcing_check_author()
        return messages

    def write(self, vals):
        is_checked = not self.env.su and bool(ORIGIN.intersection(vals))
        if is_checked:
            self._outsourcing_check_origin_is_kept()
        result = super().write(vals)
        if is_checked:
            self._outsourcing_check_origin_is_kept()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_filter_own(self):
        """Return the messages on records of the suite, in sudo."""
        # sudo: where a message stands is asked for every user's message.
        return self.sudo().filtered(
            lambda message: (message.model or "").startswith(OWN_MODELS)
        )

    def _outsourcing_check_author(self):
        """Refuse messages that claim to come from somebody else."""
        messages = self._outsourcing_filter_own()
        if not messages:
            return
        # sudo: the addresses of the companies are no secret.
        user = self.env.user.sudo()
        companies = user.company_ids
        authors = user.partner_id | companies.partner_id
        addresses = {
            email_normalize(address)
            for address in (
                user.email,
                user.partner_id.email,
                *companies.mapped("email"),
                *companies.mapped("catchall_email"),
                *companies.mapped("default_from_email"),
            )
            if address
        }
        for message in messages:
            sender = email_normalize(message.email_from or "")
            if (
                message.author_id not in authors
                or message.author_guest_id
                or (sender and sender not in addresses)
            ):
                raise AccessError(
                    self.env._(
                        "Messages on %(document)s are written in your own name. Leave "
                        "author and sender empty.",
                        document=self.env[message.model]._description,
                    )
                )

    def _outsourcing_check_origin_is_kept(self):
        """Refuse a change of who said something, when and where."""
        for message in self._outsourcing_filter_own():
            raise AccessError(
                self.env._(
                    "Author, date and place of a message on %(document)s are not "
                    "changed. Write a new message.",
                    document=self.env[message.model]._description,
                )
            )
