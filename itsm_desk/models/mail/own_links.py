"""Our own links are taken out of what is kept of a mail.

Whoever, or whatever, answers a mail quotes it: people, holiday notices, servers that
could not deliver it. Those who work at the desk read what is kept of that.
"""

import logging

from ...tools import mail_links
from ..quality.complaint_links import get_answer_token
from ..ticket.ticket_links import get_link_secrets

_logger = logging.getLogger(__name__)


def clean_values(env, values, *records):
    """Clean body and files of a mail that was parsed, in place.

    :param dict values: of the mail
    :param records: what it is about, in sudo; none of a mail that files a ticket
    """
    mail_links.clean_message(values, *_get_own(env, records))


def clean_raw(env, raw, *records):
    """Return a mail, as bytes, without our links; the same where it has none."""
    hosts, secrets = _get_own(env, records)

    def clean(text):
        return mail_links.clean_text(text, hosts, secrets)

    def mask(content):
        return mail_links.mask_bytes(content, hosts, secrets)

    try:
        return mail_links.clean_file("mail.eml", raw, clean, mask)
    except Exception:
        # What made the mail fail may do so here again.
        _logger.info("A mail cannot be read to be cleaned", exc_info=True)
        return mask(raw)


def _get_own(env, records):
    """Return the hosts of our pages, and the secrets in mails about the records."""
    urls, secrets = {env["mail.thread"].browse().get_base_url()}, []
    for record in filter(None, records):
        urls.add(record.get_base_url())
        if record._name == "itsm.ticket":
            secrets += get_link_secrets(record)
        elif record._name == "itsm.complaint" and record:
            secrets.append(get_answer_token(record))
    return set(map(mail_links.get_host, urls)), secrets
