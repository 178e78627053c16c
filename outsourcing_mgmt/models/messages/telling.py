"""Tells people of the events of the chain, by the table ``tools/mail_table``.

Functions, as evaluated code can call methods of records and would write in the name of
others. One message a person and event: whoever has two roles gets one, whoever acts
gets none.
"""

from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from odoo import SUPERUSER_ID
from odoo.tools import format_date, format_list

from ...tools import mail_table
from ..base.groups import PROCUREMENT
from ..intent.outsourcing_mail_intent import makes, note

KIND = "event"


class Words(NamedTuple):
    """What an event is told by: functions of its document, in the reader's language."""

    subject: Callable
    body: Callable
    """One or more sentences."""


EVENTS = {
    "request approved": Words(
        lambda request: request.env._(
            "For your information: %s is approved", _get_name(request)
        ),
        lambda request: request.env._(
            "Your request was approved. Procurement makes its tender; you have nothing "
            "to do."
        ),
    ),
    "request refused": Words(
        lambda request: request.env._(
            "Change or cancel it: %s is refused", _get_name(request)
        ),
        lambda request: request.env._(
            "Reason: %s. Take it back to draft and change it, or cancel it.",
            request.refusal_reason or "-",
        ),
    ),
    "finding verified": Words(
        lambda finding: finding.env._(
            "For your information: %s is verified", _get_name(finding)
        ),
        lambda finding: finding.env._("Your finding was verified. Thank you."),
    ),
    "finding turned down": Words(
        lambda finding: finding.env._(
            "Read why: %s was turned down", _get_name(finding)
        ),
        lambda finding: finding.env._("Reason: %s.", finding.reject_reason or "-"),
    ),
    "price approved": Words(
        lambda price: price.env._("Make the tender: %s is approved", _get_name(price)),
        lambda price: price.env._(
            "Price and conditions are approved; the amount stays secret. Make the "
            "tender from the request and set its dates."
        ),
    ),
    "tender published": Words(
        lambda tender: tender.env._(
            "For your information: %s is published", _get_name(tender)
        ),
        lambda tender: tender.env._(
            "Vendors bid until %s. You have nothing to do; please do not talk to "
            "bidders about it, and send those who ask to procurement.",
            tender._format_moment(tender.bid_deadline),
        ),
    ),
    "tender ended": Words(
        lambda tender: tender.env._(
            "Decide how to go on: %s ended without an award", _get_name(tender)
        ),
        lambda tender: tender.env._(
            "Reason: %s. Your request is open again: speak with procurement about a "
            "repetition, or cancel the request.",
            tender.end_reason or "-",
        ),
    ),
    "award final": Words(
        lambda award: award.env._(
            "For your information: the award of %s is final",
            award.tender_id.display_name,
        ),
        lambda award: award.env._(
            "%s delivers. The contract follows; you are told when it is signed.",
            format_list(
                award.env,
                award.tender_id._get_living_awards().partner_id.mapped("display_name"),
            ),
        ),
    ),
    "contract signed": Words(
        lambda contract: contract.env._(
            "Prepare the start: %s is signed", _get_name(contract)
        ),
        lambda contract: contract.env._(
            "%(vendor)s delivers from %(start)s until %(end)s. %(owner)s watches "
            "over it; report problems as findings.",
            vendor=contract.partner_id.display_name,
            start=format_date(contract.env, contract.date_start),
            end=format_date(contract.env, contract.date_end),
            owner=contract.owner_id.name or "-",
        ),
    ),
    "contract ended": Words(
        lambda contract: contract.env._(
            "Take over or apply again: %s has ended", _get_name(contract)
        ),
        lambda contract: contract.env._(
            "%s delivers no more. If the service is still needed, file a request.",
            contract.partner_id.display_name,
        ),
    ),
}
"""The events of the chain that are mailed, most by their names in the table."""


def note_event(records, event):
    """Note, with the running step, that the roles of an event are mailed.

    :param records: the documents that the mails lead to
    :param str event: as the table names it
    """
    # sudo: whoever takes the step need not read who is told of it.
    records = records.sudo()
    recipients = []
    for record in records:
        users = record.env["res.users"].union(
            *(
                find_users(record, role)
                for role in mail_table.get_roles(event, mail_table.MAIL)
            )
        )
        users = users.filtered("active") - record.env.user
        recipients += [(record, partner) for partner in users.partner_id]
    note(KIND, event, recipients)


def tell_not_mailed(record, row):
    """Say on the document who was not told."""
    record._message_log(
        body=record.env._(
            "%s was not told of this: the mail could not be made.", row.partner_id.name
        ),
        author_id=record.env.ref("base.partner_root").id,
    )


@makes(KIND, tell=tell_not_mailed)
def mail_event(record, row):
    """Mail one person an event of a document, in the person's language."""
    partner = row.partner_id.with_env(record.env)
    document = record.with_context(lang=partner.lang or record.env.lang)
    values = {}
    if record.env.uid == SUPERUSER_ID and record.company_id.email:
        # By schedule: the company writes, and not the robot.
        values["email_from"] = record.company_id.email_formatted
    words = EVENTS[row.template]
    document.message_notify(
        partner_ids=partner.ids,
        subject=words.subject(document),
        body=Markup("<p>%s</p>") % words.body(document),
        **values,
    )


def tell_applicant(requests, event):
    """Tell who applied what was decided."""
    # sudo: the user behind an employee is hidden from other employees.
    _note_for_users(requests.sudo(), event, lambda one: one.employee_id.user_id)


def tell_reporter(findings, event):
    """Tell who reported what was decided."""
    # sudo: who decides need not read the reporting user.
    _note_for_users(findings.sudo(), event, lambda one: one.reporter_user_id)


def _note_for_users(records, event, find):
    """Note that a user of each record is mailed an event, unless he took the step."""
    people = [(record, find(record) - record.env.user) for record in records]
    note(KIND, event, [(record, user.partner_id) for record, user in people if user])


def tell_price_approved(prices):
    """Tell procurement that it can go on; the amount stays secret."""
    note_event(prices, "price approved")


def tell_published(tenders):
    """Tell the department that applied until when vendors bid."""
    note_event(tenders, "tender published")


def tell_tender_ended(tender):
    """Tell the department that applied that nobody got the contract."""
    note_event(tender, "tender ended")


def tell_award_final(awards):
    """Tell the department that applied who delivers.

    :param awards: all awards of each tender, of which one mail tells
    """
    for living in awards.grouped("tender_id").values():
        note_event(living[:1], "award final")


def tell_signed(contracts):
    """Tell the department that applied from when on the vendor comes."""
    note_event(contracts, "contract signed")


def tell_contract_ended(contracts):
    """Tell the head of the department that applied that the service ends."""
    note_event(contracts, "contract ended")


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
