"""Who is asked to act where a mail of the desk did not reach whom it was for.

Silence closes a solved ticket and ends the hours of a vendor, so a mail that did not
arrive is told. Functions, as evaluated code can call methods of records.
"""

from odoo import fields
from odoo.tools import plaintext2html

from ...tools.open_activities import find_next_user
from ..base.working_days import get_day

FAMILY = "itsm."


def tell_failed(mails, success_pids, reason=""):
    """Ask for each mail of the desk that could not be sent.

    :param mails: mail.mail
    :param success_pids: partners to whom it was sent all the same
    :param reason: what the mail server said
    """
    # sudo: whoever sends need not read recipients and documents.
    for mail in mails.sudo():
        if not str(mail.model or "").startswith(FAMILY) or not mail.res_id:
            continue
        record = mail.env[mail.model].browse(mail.res_id).exists()
        people = mail.recipient_ids.filtered(lambda item: item not in success_pids)
        names = _filter_outside(record, people).mapped("display_name")
        if not mail.recipient_ids and mail.email_to:
            names = [mail.email_to]
        ask(record, names, reason)


def tell_bounced(message, people, reason=""):
    """Ask where a mail of the desk came back.

    :param message: mail.message that was sent
    :param people: who did not get it (res.partner)
    """
    if people and str(message.model or "").startswith(FAMILY) and message.res_id:
        # sudo: the gateway's user need not read the document.
        record = message.env[message.model].sudo().browse(message.res_id).exists()
        # sudo: as above, for contacts; others have the same address.
        people = people.sudo() & message.sudo().notified_partner_ids or people.sudo()
        people = _filter_outside(record, people)
        ask(record, people.mapped("display_name"), reason)


def ask(record, names, reason=""):
    """Ask who handles a document to reach people, once until it is done.

    :param record: ticket, complaint or job of a vendor, with sudo
    :param names: who was not reached
    :param reason: what the mail server said
    """
    if record and record._name == "itsm.vendor.job":
        record = record.ticket_id
    if not record or "activity_ids" not in record._fields:
        return
    user = _get_handler(record)
    record = record.with_context(lang=user.lang or record.env.lang)
    told = record.env._(
        "Whoever got nothing cannot answer, and time limits run on. Correct the "
        "address and write again, or call."
    )
    for name in names:
        _ask_user(record, user, name, told, reason)


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


def _filter_outside(record, people):
    """Leave out colleagues, who see the document anyway, but for its requester."""
    own = record["partner_id"] if "partner_id" in record._fields else people.browse()
    return people.filtered(lambda item: item.partner_share or item in own)


def _get_handler(record):
    """Return who handles a document, as one user or none."""
    for name in ("user_id", "handler_id"):
        field = record._fields.get(name)
        if field and field.comodel_name == "res.users" and record[name]:
            return record[name]
    users = record.env["res.users"]
    return find_next_user(record, users) if record._name == "itsm.ticket" else users


def _get_today(record):
    return get_day(record.company_id, fields.Datetime.now())
