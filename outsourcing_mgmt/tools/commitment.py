"""Commit to a secret amount now, prove later that it was not changed."""

import hashlib
import hmac
import secrets


def new_nonce():
    """Return 256 random bits as 64 hexadecimal digits."""
    return secrets.token_hex(32)


def commit(amount, currency, nonce):
    """Return the SHA-256 that binds an amount without telling it.

    :param str amount: the amount as a decimal string, rounded to the currency
    :param str currency: ISO code, so that the amount has one meaning
    :param str nonce: secret of :func:`new_nonce`; without it the few plausible
        amounts could be tried one by one
    :rtype: str, 64 hexadecimal digits
    """
    text = f"{amount}|{currency}|{nonce}"
    return hashlib.sha256(text.encode()).hexdigest()


def verify(commitment, amount, currency, nonce):
    """Return whether the amount and nonce are those of ``commitment``."""
    return hmac.compare_digest(commitment or "", commit(amount, currency, nonce))
