"""Read what our own mail server found out about who sent a mail (RFC 8601)."""

import re

_COMMENT = re.compile(r"\([^()]*\)")


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
        parts = _COMMENT.sub(" ", " ".join(str(value).split())).split(";")
        identity = parts[0].split()
        if identity and identity[0].lower() == server:
            return not _is_proven(parts[1:], sender.rpartition("@")[2].lower())
    return True


def _is_proven(parts, domain):
    results = [
        dict(re.findall(r"([\w.-]+)\s*=\s*\"?([^\s\";]+)", part.lower()))
        for part in parts
    ]
    for result in results:
        if result.get("dmarc") not in (None, "none"):
            checked = result.get("header.from") or domain
            return result["dmarc"] == "pass" and _is_same(checked, domain)
    return any(
        (
            result.get("dkim") == "pass"
            and _is_same(result.get("header.d") or result.get("header.i"), domain)
        )
        or (
            result.get("spf") == "pass"
            and _is_same(result.get("smtp.mailfrom") or result.get("smtp.from"), domain)
        )
        for result in results
    )


def _is_same(identity, domain):
    """Whether an identity belongs to ``domain``: equal, or one under the other."""
    found = (identity or "").rpartition("@")[2]
    return bool(found and domain) and (
        found == domain
        or found.endswith(f".{domain}")
        or domain.endswith(f".{found}")
        and "." in found
    )
