"""Read what our own mail server found out about who sent a mail (RFC 8601)."""

import re

_RESULT = re.compile(r"\s*([a-z][\w-]*)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)(?![^\s])")
_PROPERTY = re.compile(r"(?<!\S)([a-z][\w-]*\.[\w-]+)\s*=\s*(\S+)")
_INSIDE = "\ue0d2"
"""Stands for a blank, a semicolon or an equals sign between quotes."""
_MOST_LETTERS = 20_000
_UNDECIDED = ("bestguesspass", "none", "permerror", "temperror")
"""Results of DMARC where the domain has no rule, or it could not be read."""

_IDENTITIES = {
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.from"),
}
"""Properties that name the domain that a method has proven, in their order."""


def is_failed(headers, server, sender):
    """Whether the mail is not proven to come from the domain of its sender.

    Only the topmost result of our server counts: a sender can write others below it.
    A mail without one did not come through our server and is not proven.

    :param headers: values of ``Authentication-Results``, the topmost first
    :param str server: the authserv-id that our server writes; empty: nothing is known,
        and nothing failed
    :param str sender: the address in ``From``
    """
    server = (server or "").strip().lower()
    if not server:
        return False
    for value in headers:
        parts = _split(str(value).lower())
        identity = parts[0].split()
        if identity and identity[0] == server:
            return not _is_proven(parts[1:], _get_domain(sender))
    return True


def _is_proven(parts, domain):
    """Whether the results of our server prove that ``domain`` sent the mail.

    DMARC is about the domain of the sender, so that it decides where it has a result.
    A server that does not say which domain that was looked at the same one. Signature
    and path prove their own domains only.
    """
    results = [result for part in parts if (result := _read_result(part))]
    decided = [
        (value, properties)
        for method, value, properties in results
        if method == "dmarc" and value not in _UNDECIDED
    ]
    if decided:
        return all(
            value == "pass" and _is_under(domain, properties.get("header.from", domain))
            for value, properties in decided
        )
    return any(
        value == "pass"
        and _is_same(next(filter(None, map(properties.get, names)), ""), domain)
        for method, value, properties in results
        if (names := _IDENTITIES.get(method))
    )


def _read_result(part):
    """Return ``(method, result, {property: value})`` of one result, or None.

    What a sender could write comes behind: the first of two properties counts.
    """
    found = _RESULT.match(part)
    if not found:
        return None
    properties = dict(reversed(_PROPERTY.findall(part, found.end())))
    return *found.groups(), properties


def _split(value):
    """Return the parts of a header between semicolons, without comments.

    Senders can write into comments and quoted texts: what looks like a result there is
    none. A comment or quote that does not end takes the rest.
    """
    letters, depth, is_quoted, is_escaped = [], 0, False, False
    for letter in value[:_MOST_LETTERS]:
        if is_escaped:
            is_escaped = False
            letter = _INSIDE if letter in ' \t;="()' else letter
        elif letter == "\\" and (depth or is_quoted):
            is_escaped = True
            continue
        elif letter == '"' and not depth:
            is_quoted = not is_quoted
            continue
        elif is_quoted:
            letter = _INSIDE if letter.isspace() or letter in ";=()" else letter
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
            letter = " "
        if not depth:
            letters.append(letter)
    return "".join(letters).split(";")


def _get_domain(identity):
    """Return the domain of an address or domain, in the letters of the DNS."""
    found = str(identity or "").rpartition("@")[2].strip("<>.").lower()
    try:
        return found.encode("idna").decode()
    except UnicodeError:
        return found


def _is_under(domain, identity):
    """Whether ``domain`` is that of an identity, or under it."""
    found = _get_domain(identity)
    return bool(found and domain) and (
        found == domain or domain.endswith(f".{found}") and "." in found
    )


def _is_same(identity, domain):
    """Whether an identity belongs to ``domain``: equal, or one under the other."""
    return _is_under(domain, identity) or _is_under(_get_domain(identity), domain)
