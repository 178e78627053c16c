"""Whom a campaign may ask.

Plain functions: they look at campaigns in sudo, not at the rights of who starts one.
"""

from datetime import datetime, time, timedelta

from odoo import fields
from odoo.fields import Domain
from odoo.tools.date_utils import to_timezone


def find_audience(campaign):
    """Return the people (res.partner) of the audience who can be written to.

    The desk does not judge itself: technicians are left out. Of several contacts with
    one address, which are one person, it is the one with a log-in, or the first.

    :param campaign: one ``itsm.survey.campaign``, in sudo
    """
    if campaign.audience == "employees":
        people = _find_employees(campaign)
    else:
        people = _find_requesters(campaign)
    desk = campaign.env.ref("itsm_desk.group_itsm_technician").all_user_ids.partner_id
    people = (people - desk).filtered(lambda person: person.active and person.email)
    ordered = people.sorted(lambda person: (not person.user_ids, person.id))
    by_address = ordered.grouped(_get_address)
    return people.browse([same[0].id for same in by_address.values()])


def _get_address(person):
    return person.email_normalized or person.email.strip().lower()


def _find_employees(campaign):
    domain = Domain("company_id", "=", campaign.company_id.id)
    if campaign.department_ids:
        domain &= Domain("department_id", "child_of", campaign.department_ids.ids)
    employees = campaign.env["hr.employee"].search(domain)
    people = campaign.env["res.partner"]
    return people.union(
        *(
            employee.user_id.partner_id or employee.work_contact_id
            for employee in employees
        )
    )


def _find_requesters(campaign):
    zone = campaign.company_id._itsm_zone()
    domain = Domain("company_id", "=", campaign.company_id.id) & Domain(
        "state", "not in", ("refused", "cancelled")
    )
    # Whoever was helped by another system is asked by nobody about it.
    domain &= Domain("is_history", "=", False)
    if campaign.date_from:
        start = zone.localize(datetime.combine(campaign.date_from, time.min))
        domain &= Domain("create_date", ">=", to_timezone(None)(start))
    if campaign.date_to:
        day = campaign.date_to + timedelta(days=1)
        end = zone.localize(datetime.combine(day, time.min))
        domain &= Domain("create_date", "<", to_timezone(None)(end))
    if campaign.department_ids:
        domain &= Domain("department_id", "child_of", campaign.department_ids.ids)
    if campaign.service_ids:
        domain &= Domain("service_id", "in", campaign.service_ids.ids)
    rows = campaign.env["itsm.ticket"]._read_group(domain, ["partner_id"])
    return campaign.env["res.partner"].union(*(person for (person,) in rows if person))


def find_recently_asked(campaign, people):
    """Return who of ``people`` was asked shortly before, by any campaign.

    Of any company of the database, and under any contact with the same address.
    """
    days = campaign.company_id.itsm_survey_quiet_days
    same = Domain("partner_id", "in", people.ids) | Domain(
        "partner_id.email_normalized",
        "in",
        [address for address in people.mapped("email_normalized") if address],
    )
    rows = campaign.env["itsm.survey.invitation"]._read_group(
        same & Domain("asked_at", ">", fields.Datetime.now() - timedelta(days=days)),
        ["partner_id"],
    )
    asked = people.browse([person.id for (person,) in rows])
    addresses = {_get_address(person) for person in asked if person.email}
    return people.filtered(
        lambda person: person in asked or _get_address(person) in addresses
    )
