"""File a complaint, for whichever way it reached the company.

A function, not a method: the rights of the acting user are judged here, and the record
is created by the server, since nobody but quality may create one. One click that comes
twice, also at the same moment, files one complaint; what is said again later is new.
"""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..base.grants import server_create, server_write
from ..form.one_click import get_click_key, once

SAME_MINUTES = 10
"""For how long the same words are the same click, which was repeated or reloaded."""
QUALITY = "itsm_desk.group_itsm_quality"
RECORDERS = ("itsm_desk.group_itsm_technician", QUALITY)


def file_complaint(env, values):
    """File a complaint of the acting user, or one that was told to a technician.

    :param dict values: ``subject`` and ``description``; further ``ticket_id``,
        ``service_id``, ``technician_id``, ``is_anonymous``, and of somebody else's
        complaint ``partner_id`` and ``channel``
    :return: the complaint, with the rights of the acting user; the one that is there
        while it is open, says the same and is some minutes old
    :raise UserError: saying what is missing
    :raise AccessError: where somebody else has to file it
    """
    complaints = env["itsm.complaint"]
    user = env.user
    clean = _clean_said(env, values)
    ticket = _find_ticket(env, values.get("ticket_id"))
    partner = env["res.partner"].browse(values.get("partner_id") or user.partner_id.id)
    is_own = partner == user.partner_id
    if not is_own:
        check_recorder(env, ticket, partner)
    elif ticket and ticket.partner_id != partner:
        raise AccessError(
            env._(
                "%s was asked by somebody else, who can complain about it. Complain "
                "without naming the ticket.",
                ticket._flow_names(),
            )
        )
    channel = values.get("channel")
    if is_own and channel not in ("ticket", "portal"):
        channel = "ticket" if ticket else "portal"
    # sudo: only quality creates complaints; everything was judged above
    trusted = ticket.sudo()
    service = trusted.service_id or _find(env, "itsm.service", values.get("service_id"))
    technician = _find(env, "res.users", values.get("technician_id"))
    complaint = _create_once(
        # sudo: as above
        complaints.sudo(),
        {
            **clean,
            "partner_id": partner.id,
            "channel": channel or "phone",
            "ticket_id": ticket.id,
            "service_id": service.id,
            "technician_id": (technician or trusted.user_id).id,
            "is_anonymous": bool(values.get("is_anonymous")),
            "company_id": (trusted.company_id or env.company).id,
        },
    )
    return complaint.with_env(env)


def file_complaint_of_requester(ticket, values):
    """File a complaint about ``ticket`` for its requester, who has proven to be that.

    :param ticket: in sudo; the caller has compared the link of a mail
    :param dict values: ``subject``, ``description`` and ``is_anonymous``
    :return: the complaint in sudo; see :func:`file_complaint`
    """
    # sudo: whoever holds the link may have no account
    complaints = ticket.env["itsm.complaint"].sudo()
    return _create_once(
        complaints,
        {
            **_clean_said(ticket.env, values),
            "partner_id": ticket.partner_id.id,
            "channel": "mail",
            "ticket_id": ticket.id,
            "service_id": ticket.service_id.id,
            "technician_id": ticket.user_id.id,
            "is_anonymous": bool(values.get("is_anonymous")),
            "company_id": ticket.company_id.id,
        },
    )


def _clean_said(env, values):
    """Return what the complainant says, without what cannot be seen.

    :raise UserError: saying what is missing
    """
    complaints = env["itsm.complaint"]
    clean = {}
    missing = []
    for name in ("subject", "description"):
        label = complaints._flow_field_label(name)
        clean[name] = complaints._flow_clean_text(label, values.get(name))
        if not clean[name]:
            missing.append(label)
    if missing:
        raise UserError(env._("To complain, fill in first: %s.", ", ".join(missing)))
    return clean


def _create_once(complaints, values):
    """Return the open complaint of the last minutes with these values, or a new one.

    :raise ConcurrencyError: where another transaction has just made it, which this one
        cannot see; the server repeats the request, and then it is found
    """
    key = get_click_key(
        *(values[name] for name in ("company_id", "partner_id", "ticket_id")),
        *(values[name] for name in ("service_id", "technician_id", "subject")),
        *(values[name] for name in ("description", "is_anonymous")),
    )
    known = Domain("filing_key", "=", key) & Domain("state", "!=", "closed")
    if found := complaints.search(known, limit=1):
        if found.filed_at > fields.Datetime.now() - timedelta(minutes=SAME_MINUTES):
            return found
        server_write(found, {"filing_key": False})
    with once(complaints.env.cr, "itsm_complaint_filing_uniq"):
        return server_create(complaints, {**values, "filing_key": key})


def _find(env, model, record_id):
    return env["itsm.ticket"]._browse_argument(model, record_id)


def _find_ticket(env, ticket_id):
    """Return the ticket that it is about, which the user reads, or none."""
    return env["itsm.ticket"]._browse_argument("itsm.ticket", ticket_id)


def check_recorder(env, ticket, partner):
    """Refuse to write down somebody else's complaint, but by who may hear it."""
    user = env.user
    if not any(user.has_group(group) for group in RECORDERS):
        raise AccessError(
            env._("Everybody complains for themselves, or tells the service desk.")
        )
    # sudo: who worked on the ticket may not be readable by the user
    trusted = ticket.sudo()
    if ticket and trusted._is_worker(user):
        raise AccessError(
            env._(
                "%s: you worked on it, so a colleague or quality writes the complaint "
                "down. The requester can also file it in the portal.",
                ticket._flow_names(),
            )
        )
    if ticket and trusted.partner_id != partner:
        raise UserError(
            env._(
                "%(ticket)s was asked by %(requester)s, not by who complains.",
                ticket=ticket._flow_names(),
                requester=trusted.partner_id.name,
            )
        )
