"""Messages to the persons who are in charge at a vendor, each in its language.

The step fixes who is told and notes a message for each language; a job posts it on the
document, which mails it. Functions, as evaluated code can call methods of records and
would write to vendors in the name of the server.
"""

from odoo import SUPERUSER_ID

from ..contract.vendor_acts import find_own, get_acting_for
from ..intent.outsourcing_mail_intent import MODEL, makes, note, read_values
from .res_partner import filter_in_charge
from .undelivered import ask

KIND = "vendor"

_texts = {}


def get_persons(contract, duty):
    """Return who at the vendor is told about a contract, as partners.

    Its portal users who act for it and are in charge of ``duty``; those who are in
    charge of everything where nobody is; then all of them. A vendor without users is
    told at its own address.

    :param contract: one outsourcing.contract
    :param str duty: value of ``outsourcing_vendor_duty`` of a contact
    """
    # sudo: whoever takes the step need not read the users of the vendor.
    contract = contract.sudo()
    users = contract.env["res.users"].search(
        [
            ("share", "=", True),
            ("partner_id", "child_of", contract.commercial_partner_id.ids),
        ]
    )
    users = users.filtered(lambda user: user._is_portal()) | get_acting_for(contract)
    own = users.partner_id.filtered(
        lambda person: person.email and find_own(contract, person)
    )
    return filter_in_charge(own, duty) or contract.partner_id.filtered("email")


def _find_persons(record, contract, duty):
    """Return who is told; where that is nobody, ask who is responsible to do it."""
    persons = get_persons(contract, duty)
    if not persons:
        # sudo: whoever takes the step need not read the vendor.
        vendor = contract.sudo().partner_id
        # sudo: as above, for the document.
        ask(record.sudo(), vendor, vendor.env._("It has no mail address."))
    return persons


def declare_text(name, get_subject, get_body):
    """Declare what a message says that is made from no template.

    :param str name: of :func:`note_message`
    :param get_subject: function of the document, and of the record that the message
        is about; says what is to be done
    :param get_body: function of the same
    """
    _texts[name] = (get_subject, get_body)


def note_message(record, contract, duty, template, needs=(), about=None):
    """Note, with the running step, that who is in charge at the vendor is written to.

    :param str template: XML id, or a name that :func:`declare_text` knows
    :param needs: names of fields of the record; nothing is posted once one of them
        has another value
    :param about: what the words of the message read beside the document
    :return: who is told (res.partner)
    """
    persons = _find_persons(record, contract, duty)
    for lang, group in persons.grouped(
        lambda person: person.lang or record.env.lang
    ).items():
        values = {"persons": group, "lang": lang}
        if about is not None:
            values["about"] = about
        note(KIND, template, [(record, group[:1])], values, needs)
    return persons


def is_noted(record, template):
    """Whether a message on this document waits to be posted."""
    # sudo: nobody reads these rows.
    rows = record.env[MODEL].sudo()
    domain = [
        ("state", "=", "waiting"),
        ("res_model", "=", record._name),
        ("res_id", "=", record.id),
        ("template", "=", template),
    ]
    return bool(rows.search_count(domain, limit=1))


def tell_not_posted(record, row):
    """Ask who is responsible to reach whom the message was for."""
    persons = read_values(record, row).get("persons") or row.partner_id
    ask(record, persons.with_env(record.env), row.problem)


@makes(KIND, tell=tell_not_posted)
def post_message(record, row):
    """Post a message on its document, and mail it to the persons of one language."""
    values = read_values(record, row)
    lang = values["lang"]
    mine = record.with_context(lang=lang, template_preview_lang=lang)
    message = {
        "partner_ids": values["persons"].ids,
        "subtype_xmlid": "mail.mt_comment",
        # Who follows the document reads it there: mailed is whom it is written to.
        "notify_skip_followers": True,
        **_get_sender(mine),
    }
    if row.template in _texts:
        get_subject, get_body = _texts[row.template]
        about = values.get("about", record).with_env(mine.env)
        mine.message_post(
            body=get_body(mine, about), subject=get_subject(mine, about), **message
        )
        return
    mine.message_post_with_source(mine.env.ref(row.template), **message)


def _get_sender(record):
    """Return who a message is from: a colleague, or by schedule the company."""
    # sudo: whoever takes the step need not read the company.
    company = record.sudo().company_id
    if record.env.uid == SUPERUSER_ID and company.email:
        return {"email_from": company.email_formatted}
    return {}
