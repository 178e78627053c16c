"""Sealing of bids: canonical text, digests and codes.

A digest of a price alone would give the price away, because anybody can try
every price. Each sealed text therefore carries a secret 256-bit number.
"""

import hashlib
import json
import secrets

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_GROUPS = 5
CODE_GROUP_LENGTH = 4


def canonical(payload):
    """Return the one text that stands for ``payload``, whatever its key order."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest(content):
    """Return the SHA-256 of a text or of bytes, in hexadecimal."""
    if isinstance(content, str):
        content = content.encode()
    return hashlib.sha256(content).hexdigest()


def seal(payload):
    """Return ``(text, digest)`` of ``payload`` with a new secret number."""
    text = canonical({**payload, "nonce": secrets.token_hex(32)})
    return text, digest(text)


def seal_bid(contents):
    """Return ``({envelope kind: (text, digest)}, digest)`` of the contents of a bid."""
    closed = {kind: seal(content) for kind, content in contents.items()}
    digests = {kind: sha256 for kind, (_text, sha256) in closed.items()}
    return closed, digest(canonical(digests))


def digest_bids(texts):
    """Return ``{bid: ({envelope kind: digest}, digest of the bid)}``.

    :param dict texts: ``{bid: {envelope kind: text}}``
    """
    digests = {
        bid: {kind: digest(text) for kind, text in its_texts.items()}
        for bid, its_texts in texts.items()
    }
    return {bid: (its, digest(canonical(its))) for bid, its in digests.items()}


def new_receipt_code():
    """Return a code of 100 random bits, in letters that read well on paper."""
    groups = (
        "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP_LENGTH))
        for _ in range(CODE_GROUPS)
    )
    return "-".join(groups)
