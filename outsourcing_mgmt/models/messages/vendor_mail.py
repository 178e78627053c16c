"""Messages to the persons who are in charge at a vendor, each in its language.

Functions, as evaluated code can call methods of records and would write to vendors in
the name of the server.
"""

from odoo import SUPERUSER_ID

from ..contract.vendor_acts import find_own, get_acting_for
from .res_partner import filter_in_charge
from .undelivered import ask


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


def post_template(record, contract, duty, template):
    """Post a message made from a template, and mail it to who is in charge.

    :param str template: XML id
    :return: who was told (res.partner)
    """
    persons = _find_persons(record, contract, duty)
    for mine, group in _by_language(record, persons):
        mine.with_context(template_preview_lang=mine.env.lang).message_post_with_source(
            mine.env.ref(template),
            partner_ids=group.ids,
            subtype_xmlid="mail.mt_comment",
            **_get_sender(mine),
        )
    return persons


def post_text(record, contract, duty, get_body, get_subject):
    """Post a message of ``get_body(record)``, and mail it to who is in charge.

    :param get_subject: function of the record; says what is to be done
    :return: who was told (res.partner)
    """
    persons = _find_persons(record, contract, duty)
    for mine, group in _by_language(record, persons):
        mine.message_post(
            body=get_body(mine),
            subject=get_subject(mine),
            partner_ids=group.ids,
            subtype_xmlid="mail.mt_comment",
            **_get_sender(mine),
        )
    return persons


def _get_sender(record):
    """Return who a message is from: a colleague, or by schedule the company."""
    # sudo: whoever takes the step need not read the company.
    company = record.sudo().company_id
    if record.env.uid == SUPERUSER_ID and company.email:
        return {"email_from": company.email_formatted}
    return {}


def _by_language(record, persons):
    """Yield the record in each language of the persons, with who speaks it."""
    for lang, group in persons.grouped(
        lambda person: person.lang or record.env.lang
    ).items():
        yield record.with_context(lang=lang), group
