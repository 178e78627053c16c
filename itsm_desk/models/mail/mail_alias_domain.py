from odoo import api, models

from ..base.current_mail import current_mail


class MailAliasDomain(models.Model):
    """Looks each address up once while a mail of the desk is filed.

    Core asks for the recipients as it reads the mail, and for the sender again at
    each of its steps.
    """

    _inherit = "mail.alias.domain"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _find_aliases(self, email_list):
        mail = current_mail.get()
        if mail is None:
            return super()._find_aliases(email_list)
        known = mail.known_addresses
        asked = [address for address in email_list if address not in known]
        if asked:
            found = set(super()._find_aliases(asked))
            known.update((address, address in found) for address in asked)
        return [address for address in email_list if known[address]]
