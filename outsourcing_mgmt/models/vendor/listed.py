"""Which vendors are on the blacklist now, and what that refuses.

Functions, so that evaluated code has no method to call. Whoever acts is judged alike:
the rows are read with sudo.
"""

from odoo.tools import format_date

from ...tools import party

IN_FORCE = ("active", "appealed")
"""States in which an entry binds; an appeal does not suspend it."""


def get_vendor_keys(vendor):
    """Return the keys that tell the vendor, however often it was entered.

    :param res.partner vendor: with sudo
    :rtype: set of str
    """
    company = vendor.commercial_partner_id
    country = company.country_id.code
    keys = {
        party.number_key(company.vat, country),
        party.number_key(company.company_registry, country),
    }
    return {key for key in keys if key}


def find_listed(env, parties):
    """Return which of the vendors are on the blacklist of a company today.

    An entry of a parent company binds its branches.

    :param parties: iterable of ``(vendor, company)``
    :return: ``{(vendor id, company id): outsourcing.blacklist, with sudo}``
    """
    # sudo: whoever acts need not read the blacklist, vendors or parent companies.
    entries = env["outsourcing.blacklist"].sudo()
    entries = entries.search([("state", "in", IN_FORCE)])
    entries = entries.filtered("is_in_force")
    found = {}
    for vendor, company in parties if entries else ():
        # sudo: as above.
        vendor, company = vendor.sudo(), company.sudo()
        keys = get_vendor_keys(vendor)
        for entry in entries:
            if entry.company_id in (company.parent_ids | company) and (
                vendor.commercial_partner_id == entry.commercial_partner_id
                or keys & get_vendor_keys(entry.partner_id)
            ):
                found[vendor.id, company.id] = entry
                break
    return found


def get_listed_reasons(records, vendor_field="partner_id"):
    """Return ``{id: why the vendor of a record may not take the step}``.

    :param records: documents with a company
    :param str vendor_field: path to the vendor
    """
    parties = {
        record.id: (record.mapped(vendor_field)[:1], record.company_id)
        # sudo: whoever acts need not read the parts of the document.
        for record in records.sudo()
    }
    listed = find_listed(records.env, [pair for pair in parties.values() if pair[0]])
    return {
        record_id: get_listed_text(listed[vendor.id, company.id])
        for record_id, (vendor, company) in parties.items()
        if (vendor.id, company.id) in listed
    }


def get_listed_text(entry):
    """Say that a vendor is on the blacklist, until when, and who can change it."""
    env = entry.env
    return env._(
        "%(vendor)s is on the blacklist of %(company)s until %(date)s (%(ground)s): no "
        "invitation, bid, award or contract. A manager lifts it after an appeal, under "
        "Outsourcing, Contracts, Blacklist.",
        vendor=entry.commercial_partner_id.display_name,
        company=entry.company_id.display_name,
        date=format_date(env, entry.date_to),
        ground=dict(entry._fields["ground"]._description_selection(env))[entry.ground],
    )
