"""Tells people of the events of the chain, by the table ``tools/mail_table``.

Functions, as evaluated code can call methods of records and would write in the name of
others. One message a person and event: whoever has two roles gets one, whoever acts
gets none.
"""

from markupsafe import Markup

from odoo import SUPERUSER_ID
from odoo.tools import format_date, format_list

from ...tools import mail_table
from ..base.groups import PROCUREMENT


def mail_event(record, event, subject, body):
    """Mail the roles of an event, each in its language.

    :param record: the document that the mail leads to, one record
    :param str event: as the table names it
    :param subject: function of an environment; says what happened or is to be done
    :param body: function of an environment; one or more sentences
    """
    # sudo: whoever takes the step need not read who is told of it.
    record = record.sudo()
    users = record.env["res.users"].union(
        *(
            find_users(record, role)
            for role in mail_table.get_roles(event, mail_table.MAIL)
        )
    )
    for user in users.filtered("active") - record.env.user:
        document = record.with_context(lang=user.lang or record.env.lang)
        values = {}
        if record.env.uid == SUPERUSER_ID and record.company_id.email:
            # By schedule: the company writes, and not the robot.
            values["email_from"] = record.company_id.email_formatted
        document.message_notify(
            partner_ids=user.partner_id.ids,
            subject=subject(document.env),
            body=Markup("<p>%s</p>") % body(document.env),
            **values,
        )


def tell_price_approved(prices):
    """Tell procurement that it can go on; the amount stays secret."""
    for price in prices:
        mail_event(
            price,
            "price approved",
            lambda env, price=price: env._(
                "Make the tender: %s is approved", _get_name(price)
            ),
            lambda env: env._(
                "Price and conditions are approved; the amount stays secret. Make the "
                "tender from the request and set its dates."
            ),
        )


def tell_published(tenders):
    """Tell the department that applied until when vendors bid."""
    for tender in tenders:
        mail_event(
            tender,
            "tender published",
            lambda env, tender=tender: env._(
                "For your information: %s is published", _get_name(tender)
            ),
            lambda env, tender=tender: env._(
                "Vendors bid until %s. You have nothing to do; please do not talk to "
                "bidders about it, and send those who ask to procurement.",
                tender.with_env(env)._format_moment(tender.bid_deadline),
            ),
        )


def tell_tender_ended(tender):
    """Tell the department that applied that nobody got the contract."""
    # sudo: a manager may end a tender without rights on it.
    tender = tender.sudo()
    mail_event(
        tender,
        "tender ended",
        lambda env: env._(
            "Decide how to go on: %s ended without an award", _get_name(tender)
        ),
        lambda env: env._(
            "Reason: %s. Your request is open again: speak with procurement about a "
            "repetition, or cancel the request.",
            tender.end_reason or "-",
        ),
    )


def tell_award_final(awards):
    """Tell the department that applied who delivers.

    :param awards: all awards of each tender, of which one mail tells
    """
    # sudo: the clock finishes the standstill, without rights on the tender.
    for award in awards.sudo().grouped("tender_id").values():
        mail_event(
            award[:1],
            "award final",
            lambda env, award=award: env._(
                "For your information: the award of %s is final",
                award.tender_id.display_name,
            ),
            lambda env, award=award: env._(
                "%s delivers. The contract follows; you are told when it is signed.",
                format_list(env, award.partner_id.mapped("display_name")),
            ),
        )


def tell_signed(contracts):
    """Tell the department that applied from when on the vendor comes."""
    # sudo: whoever signs need not read the vendor.
    for contract in contracts.sudo():
        mail_event(
            contract,
            "contract signed",
            lambda env, contract=contract: env._(
                "Prepare the start: %s is signed", _get_name(contract)
            ),
            lambda env, contract=contract: env._(
                "%(vendor)s delivers from %(start)s until %(end)s. %(owner)s watches "
                "over it; report problems as findings.",
                vendor=contract.partner_id.display_name,
                start=format_date(env, contract.date_start),
                end=format_date(env, contract.date_end),
                owner=contract.owner_id.name or "-",
            ),
        )


def tell_contract_ended(contracts):
    """Tell the head of the department that applied that the service ends."""
    # sudo: whoever ends it need not read the vendor.
    for contract in contracts.sudo():
        mail_event(
            contract,
            "contract ended",
            lambda env, contract=contract: env._(
                "Take over or apply again: %s has ended", _get_name(contract)
            ),
            lambda env, contract=contract: env._(
                "%s delivers no more. If the service is still needed, file a request.",
                contract.partner_id.display_name,
            ),
        )


def _get_name(record):
    """Return the name of a document for somebody who may not read it."""
    # sudo: the name is told to whoever the event is for.
    return record.sudo().display_name


def find_users(record, role):
    """Return the users of a role for a document, with sudo."""
    users = record.env["res.users"]
    if role == "procurement":
        tender = _get_tender(record)
        runs_it = tender.user_id.filtered(lambda user: user.has_group(PROCUREMENT))
        return runs_it or record._flow_get_users_of(PROCUREMENT)
    requests = get_requests(record)
    if role == "applicant":
        return requests.employee_id.user_id
    if role == "head":
        return requests.department_manager_user_id
    return users


def _get_tender(record):
    if record._name == "outsourcing.tender":
        return record
    if "tender_id" in record._fields:
        return record.tender_id
    return record.env["outsourcing.tender"]


def get_requests(record):
    """Return the requests behind a document; a renewal has those of the first one."""
    if record._name == "outsourcing.request":
        return record
    seen = record.browse()
    while record._name == "outsourcing.contract" and record not in seen:
        seen |= record
        if record.tender_id or not record.predecessor_id:
            break
        record = record.predecessor_id
    if "request_ids" in record._fields and record._name != "outsourcing.contract":
        return record.request_ids
    return _get_tender(record).request_ids
