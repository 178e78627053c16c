"""Who is asked to act where a mail about a document did not reach a vendor.

For mails that are kept with a document: contract, quality form, dispute, plan. Mails of
a tender belong to no document, see ``outsourcing_vendor_mail``. Functions, as evaluated
code can call methods of records and would blame vendors.
"""

from odoo.tools import plaintext2html

from .mail_activity import (
    RESPONSIBLE_FIELDS,
    find_next_user,
    is_user_field,
    may_act,
)
from .mail_message import OWN_MODELS

PARENTS = ("form_id", "contract_id", "tender_id")
"""Where a document without activities has its own."""


def tell_failed(mails, success_pids, reason=""):
    """Ask for each mail to somebody outside that could not be sent.

    :param mails: mail.mail
    :param success_pids: partners to whom it was sent all the same
    :param reason: what the mail server said
    """
    # sudo: whoever sends need not read recipients and documents.
    for mail in mails.sudo():
        if not _is_ours(mail.model) or not mail.res_id:
            continue
        record = mail.env[mail.model].browse(mail.res_id).exists()
        people = mail.recipient_ids.filtered(lambda item: item not in success_pids)
        ask(record, people.filtered("partner_share"), reason)


def tell_bounced(message, people, reason=""):
    """Ask where a mail came back.

    :param message: mail.message that was sent
    :param people: who did not get it (res.partner)
    """
    if people and _is_ours(message.model) and message.res_id:
        # sudo: the gateway's user need not read the document.
        record = message.env[message.model].sudo().browse(message.res_id).exists()
        # sudo: as above, for contacts; others have the same address.
        people = people.sudo() & message.sudo().notified_partner_ids or people.sudo()
        ask(record, people.filtered("partner_share"), reason)


def ask(record, people, reason=""):
    """Ask who is responsible for a document to reach people, once until it is done.

    :param record: the document, with sudo
    :param people: who was not reached (res.partner)
    :param reason: what the mail server said
    """
    while record and "activity_ids" not in record._fields:
        record = next(
            (record[name] for name in PARENTS if name in record._fields),
            record.browse(),
        )
    if not record or not people:
        return
    named = [record[name] for name in RESPONSIBLE_FIELDS if is_user_field(record, name)]
    users = record.env["res.users"]
    able = (one for one in named if one and may_act(record, one))
    user = next(able, users) or find_next_user(record, users)
    record = record.with_context(lang=user.lang or record.env.lang)
    told = record.env._(
        "Periods begin with such mails. Correct the address on the contact and "
        "send it again, or reach the vendor in another way."
    )
    for person in people:
        _ask_user(record, user, person.display_name, told, reason)


def _ask_user(record, user, name, told, reason):
    """Ask ``user`` to reach somebody, once until it is done.

    :param record: what has the activities, with sudo, in the language of ``user``
    :param str name: who was not reached
    :param str told: what to do about it
    :param reason: what the mail server said
    """
    summary = record.env._("A mail to %s did not arrive", name)
    if summary in record.activity_ids.mapped("summary"):
        return
    # A report of a program makes no further mail: the activity says it.
    record.with_context(mail_activity_quick_update=True).activity_schedule(
        "mail.mail_activity_data_todo",
        summary=summary,
        note=plaintext2html("\n".join(filter(None, (told, str(reason)[:500])))),
        user_id=user.id or record.env.uid,
        date_deadline=_get_today(record),
    )


def _is_ours(model):
    return str(model or "").startswith(OWN_MODELS)


def _get_today(record):
    company = record["company_id"] if "company_id" in record._fields else None
    return (company or record.env.company)._outsourcing_today()
