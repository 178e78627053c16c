"""The arithmetic of the hash chain, without the ORM.

Anyone who has the rows can check them with these functions alone.
"""

import hashlib
import json

GENESIS = "0" * 64


def canonical(payload):
    """Return the one text that stands for ``payload``."""
    return json.dumps(
        payload,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        default=str,
    )


def digest(text):
    """Return the SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def link(prev_hash, payload):
    """Return the hash of a row that follows ``prev_hash``."""
    return digest(canonical({"prev": prev_hash, "row": payload}))


def canonical_each(payloads):
    """Return the texts that stand for a list of ``payloads``, in their order."""
    return [canonical(payload) for payload in payloads]


def link_all(head, payloads):
    """Return ``(previous hash, hash)`` of each row that follows ``head``, in order."""
    links = []
    for payload in payloads:
        prev, head = head, link(head, payload)
        links.append((prev, head))
    return links


def first_break(rows):
    """Return the sequence number at which the chain breaks, or ``None``.

    :param rows: iterable of ``(seq, prev_hash, hash, payload)`` in order
    """
    prev = GENESIS
    for expected, (seq, prev_hash, row_hash, payload) in enumerate(rows, start=1):
        if seq != expected or prev_hash != prev or row_hash != link(prev, payload):
            return expected
        prev = row_hash
    return None


def first_missing(hashes, ends):
    """Return the first step that is missing or is not the one of a known end.

    :param list hashes: of the rows, in order
    :param ends: iterable of ``(steps, hash)``: what is known of the chain elsewhere
    """
    wrong = [
        min(steps, len(hashes) + 1)
        for steps, end in ends
        if steps > len(hashes) or (steps and hashes[steps - 1] != end)
    ]
    return min(wrong, default=None)
