"""Know blacklisted vendors by keys that see through letters of other scripts.

What is compared is written in a new way since; the entries keep the old one, too.
Where two persons decided that a shared name or account makes no one vendor, that
stays decided under the new key.
"""

import re
import unicodedata

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.vendor.listed import KEPT, note_keys
from odoo.addons.outsourcing_mgmt.tools import party


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    entries = env["outsourcing.blacklist"].with_context(active_test=False)
    note_keys(entries.search([("state", "in", KEPT)]))
    carry_over(entries.search([("state", "=", "refused")]))


def carry_over(entries):
    """Add to what was decided the keys that its names and accounts have now."""
    for entry in entries.filtered("cleared_matches"):
        vendor = entry.partner_id.with_context(active_test=False)
        company = vendor.commercial_partner_id
        numbers = (vendor | company).bank_ids.mapped("acc_number")
        new = {
            "name": [(old_name_key(company.name), party.name_key(company.name))],
            "account": [
                (old_account_key(number), party.account_key(number))
                for number in numbers
            ],
        }
        cleared = [list(row) for row in entry.cleared_matches]
        for entry_id, ground, key in entry.cleared_matches:
            for before, now in new.get(ground, ()):
                row = [entry_id, ground, now]
                if before == key and now and row not in cleared:
                    cleared.append(row)
        if len(cleared) > len(entry.cleared_matches):
            server_write(entry, {"cleared_matches": cleared})


def old_account_key(number):
    """Return the key of a bank account as it was until this version."""
    text = unicodedata.normalize("NFKC", number or "").upper()
    text = "".join(char for char in text if char.isascii() and char.isalnum())
    if not party._identifies(text):
        return None
    if party.IBAN.match(text) and party.mod_97_10.is_valid(text[4:] + text[:4]):
        text = text[4:]
    return text.lstrip("0")


def old_name_key(name):
    """Return the key of a company's name as it was until this version."""
    text = unicodedata.normalize("NFKD", name or "").casefold().replace("&", " and ")
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", text)
    words = re.sub(r"[\W_]+", " ", text).split()
    while len(words) > 1 and words[-1] in party.LEGAL_FORMS:
        words.pop()
        if len(words) > 1 and words[-1] in party.COMPANY_WORDS and words[-2] != "and":
            words.pop()
    joined = "".join(words)
    return party.CHINESE_FORMS.sub("", joined) or joined or None
