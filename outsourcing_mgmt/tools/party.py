"""What tells whether two contacts are one party: numbers and names as keys.

Nothing here reads the database. A key is the same however a number is written:
with or without country prefix, punctuation or leading zeros, in digits and letters of
another script that look the same. What is no number of
anybody (placeholders, numbers that a country uses for everybody) has no key.
"""

import re
import unicodedata

from stdnum.iso7064 import mod_97_10
from stdnum.util import get_cc_module

MIN_DIGITS = 5
"""A number with fewer digits identifies nobody."""

GENERIC = frozenset(
    {
        "010101000",  # Mexico: XAXX010101000 anybody, XEXX010101000 abroad
        "12345",
        "123456",
        "1234567",
        "12345678",
        "123456789",
        "1234567890",
        "12345678901",
        "123456789012",
        "1234567890123",
        "987654321",
        "9876543210",
    }
)
"""Digits that stand for nobody, beside those that repeat one digit."""

IBAN = re.compile(r"^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$")
PLACEHOLDERS = re.compile(
    "EXEMPT|FOREIGN|GENERIC|NOTAPPLICABLE|NOTAVAILABLE|NOTAX|NOVAT|PENDING|UNKNOWN|"
    "UNREGISTERED"
)

LEGAL_FORMS = frozenset(
    "ab ag aps as asa bhd bv bvba corp corporation eurl gmbh inc incorporated kft kg "
    "lda limited limitada llc llp lp ltd ltda nv oy oyj pc plc pte pty pvt sa sarl sas "
    "sdn se sl spa spol sprl sro srl zoo".split()
)
LOOK_ALIKES = "АВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # noqa: RUF001
LATIN = "ABESIJKMHOPCTYXABEZHIKMNOPTYX"
CAPITALS = str.maketrans(LOOK_ALIKES, LATIN)
"""Cyrillic and Greek capitals that look like Latin ones."""
SMALL = str.maketrans(LOOK_ALIKES.casefold(), LATIN.lower())
"""The same letters as small ones: a name has one key in capitals and small letters."""
DIGITS = str.maketrans("OIL", "011")
"""Letters that look like digits."""
LABELS = re.compile(
    r"^(?:VATNO|VATNR|VAT|TVA|BTW|MWST|USTIDNR|USTID|IBAN)(?=[A-Z]{0,2}\d{5})"
)
"""What people write before a number."""
CHINESE_FORMS = re.compile("(?:股份有限公司|有限责任公司|有限公司|公司)$")
COMPANY_WORDS = frozenset({"co", "company"})
"""Part of the legal form only before another one, as in "Co., Ltd."."""


def number_key(number, country=None):
    """Return the key of a tax or registry number, None for one that says nothing.

    :param str number: as people wrote it
    :param str country: two letters, the country of whoever has the number
    """
    text = _clean(number)
    if not _identifies(text):
        return None
    prefix, national = _split(text, country)
    if prefix and not _is_valid(prefix, national):
        # A letter in place of the digit that it looks like.
        digits = national.translate(DIGITS)
        if _is_valid(prefix, digits):
            national = digits
    if prefix and _is_valid(prefix, national):
        # What the country cannot read is compared as it is written.
        national = _clean(get_cc_module(prefix, "vat").compact(national))
    return national.lstrip("0")


def is_proven(number, country=None):
    """Whether the number is one that its country gives to a single party."""
    text = _clean(number)
    if not _identifies(text):
        return False
    prefix, national = _split(text, country)
    return bool(prefix) and _is_valid(prefix, national)


def account_key(number):
    """Return the key of a bank account, with or without the head of an IBAN."""
    text = _clean(number)
    if not _identifies(text):
        return None
    # The module stdnum.iban reads a data file, which Odoo's import hook hides.
    if IBAN.match(text) and mod_97_10.is_valid(text[4:] + text[:4]):
        text = text[4:]
    return text.lstrip("0")


def name_key(name):
    """Return the key of a company's name: no case, accents, signs, legal form."""
    text = unicodedata.normalize("NFKD", name or "").casefold().translate(SMALL)
    text = "".join(char for char in text if not unicodedata.combining(char))
    text = re.sub("[&+]", " and ", text)
    # "S.A." and "Co.Ltd." are written with and without their points.
    text = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", text)
    words = re.sub(r"[\W_]+", " ", text).split()
    if len(words) > 1 and words[0] == "the":
        del words[0]
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
        if len(words) > 1 and words[-1] in COMPANY_WORDS and words[-2] != "and":
            words.pop()
    joined = "".join(words)
    return CHINESE_FORMS.sub("", joined) or joined or None


def _clean(number):
    text = unicodedata.normalize("NFKC", number or "").upper().translate(CAPITALS)
    text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    text = "".join(char for char in text if char.isascii() and char.isalnum())
    return LABELS.sub("", text)


def _identifies(text):
    digits = re.sub(r"\D", "", text)
    return (
        len(digits.lstrip("0")) >= MIN_DIGITS
        and len(set(digits)) > 1
        and not GENERIC.intersection({digits, digits.lstrip("0")})
        and not PLACEHOLDERS.search(text)
    )


def _split(text, country):
    """Return country code and national part; the first may be empty."""
    country = (country or "").lower()
    prefix = {"el": "gr", "xi": "gb"}.get(text[:2].lower(), text[:2].lower())
    if prefix.isalpha() and (prefix == country or get_cc_module(prefix, "vat")):
        rest = text[2:]
        if prefix == country or rest.isdigit() or _is_valid(prefix, rest):
            return prefix, rest
        if _is_valid(prefix, rest.translate(DIGITS)):
            return prefix, rest
    return country, text


def _is_valid(country, national):
    module = get_cc_module(country, "vat")
    try:
        return bool(module) and module.is_valid(national)
    except Exception:  # noqa: BLE001
        # A check that fails proves nothing.
        return False
