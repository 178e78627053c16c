"""Which vendors are on the blacklist now, and what that refuses.

An entry keeps what its vendor was known by: numbers, bank accounts, name and contacts,
from the proposal on, whatever is changed on the contact later. A number or a contact
tells the vendor; a shared account or name, or a contact that moved to another company,
holds that company until two persons decided on the pair: one proposes it for the
list, another refuses the proposal.

Functions, so that evaluated code has no method to call. Whoever acts is judged alike:
the rows are read with sudo.
"""

from functools import partial

from odoo import SUPERUSER_ID
from odoo.tools import format_date

from ...tools import party
from ..base.grants import server_write
from ..messages.scheduling import schedule_each
from ..messages.telling import find_users

IN_FORCE = ("active", "appealed")
"""States in which an entry binds; an appeal does not suspend it."""
KEPT = ("proposed", *IN_FORCE)
"""States in which what a vendor is known by is added to its entry."""
SURE = ("number", "contact")
"""Grounds that tell the vendor; others are decided by two persons."""
GROUND = "outsourcing_listed_by"
TODO_TYPE = "mail.mail_activity_data_todo"


def read_keys(vendor):
    """Return what the vendor is known by, however often it was entered.

    :param res.partner vendor: with sudo
    :return: ``{ground: set of str}``
    """
    company = vendor.commercial_partner_id
    country = company.country_id.code
    # Apart, as a union of both would read the accounts of each vendor by a query.
    every = {"active_test": False}
    accounts = [
        *company.with_context(**every).bank_ids,
        *vendor.with_context(**every).bank_ids,
    ]
    keys = {
        "number": [
            party.number_key(company.vat, country),
            party.number_key(company.company_registry, country),
        ],
        "account": [party.account_key(account.acc_number) for account in accounts],
        "name": [party.name_key(company.name) if company.is_company else None],
        "contact": [str(company.id), str(vendor.id)],
    }
    return {ground: {key for key in found if key} for ground, found in keys.items()}


def note_keys(entries):
    """Add to the entries what their vendors are known by today."""
    # sudo: whoever changes a contact need not read the blacklist.
    for entry in entries.sudo():
        vendor = entry.partner_id | entry.commercial_partner_id
        family = vendor.with_context(active_test=False).search(
            [("id", "child_of", vendor.ids)]
        )
        known = _read_known(entry)
        kept = {**known, "contact": known["contact"] | {str(id_) for id_ in family.ids}}
        for contact in family:
            accounts = read_keys(contact)["account"]
            kept["account"] = kept["account"] | accounts
        kept = {ground: sorted(keys) for ground, keys in kept.items()}
        if kept != entry.known_keys:
            server_write(entry, {"known_keys": kept})


def note_vendors(partners):
    """Add to the entries of contacts what they are known by, before that changes."""
    # sudo: as above.
    entries = partners.env["outsourcing.blacklist"].sudo()
    partners = partners.sudo()  # sudo: as above
    companies = partners | partners.commercial_partner_id
    note_keys(
        entries.search(
            [
                ("state", "in", KEPT),
                "|",
                ("partner_id", "in", companies.ids),
                ("commercial_partner_id", "in", companies.ids),
            ]
        )
    )


def find_matches(facts, vendor, own=None):
    """Return what a vendor has in common with that of an entry.

    :param tuple facts: of the entry, see :func:`_read_facts`
    :param dict own: what the vendor is known by, where that was read already
    :return: list of ``(ground, key)``, the sure ones first
    """
    known, moved = facts
    own = own or read_keys(vendor)
    found = [
        (ground, key)
        for ground in (*SURE, "account", "name")
        for key in sorted(known[ground] & own[ground])
    ]
    contacts = moved.get(vendor.commercial_partner_id.id, ())
    return found + [("moved", str(contact_id)) for contact_id in contacts]


def find_cleared(entry):
    """Return what a proposal, now refused, has in common with vendors on the list.

    :return: list of ``[id of the entry, ground, key]``
    """
    # sudo: the same for whoever decides.
    vendor = entry.sudo().partner_id
    return [
        [other.id, ground, key]
        for other in _find_entries(entry.env)
        if _binds(other, entry.company_id)
        for ground, key in find_matches(_read_facts(other), vendor)
        if ground not in SURE
    ]


def find_listed(env, parties):
    """Return which of the vendors are on the blacklist of a company today.

    An entry of a parent company binds its branches.

    :param parties: iterable of ``(vendor, company)``
    :return: ``{(vendor id, company id): outsourcing.blacklist, with sudo}``
    """
    found = {}
    entries = _find_entries(env)
    if not entries:
        return found
    facts = {entry: _read_facts(entry) for entry in entries}
    cleared = _find_decided(env)
    parties = {(vendor.id, company.id): company for vendor, company in parties}
    # sudo: whoever acts need not read the blacklist, vendors or parent companies.
    vendors = (
        env["res.partner"].sudo().browse({vendor_id for vendor_id, _id in parties})
    )
    # All of them at once, so that what is read of one is read of all.
    known = {vendor.id: (vendor, read_keys(vendor)) for vendor in vendors}
    for (vendor_id, _company_id), company in parties.items():
        vendor, own = known[vendor_id]
        held = None
        # sudo: as above.
        for entry in entries.filtered(partial(_binds, company=company.sudo())):
            matches = find_matches(facts[entry], vendor, own)
            if matches and matches[0][0] in SURE:
                held = entry
                break
            done = cleared.get(vendor.commercial_partner_id.id, ())
            open_ = [row for row in matches if (entry.id, *row) not in done]
            if open_ and not held:
                held = entry.with_context(**{GROUND: open_[0][0]})
        if held:
            found[vendor.id, company.id] = held
    return found


def _find_entries(env):
    """Return the entries in force, with sudo."""
    # sudo: as above.
    entries = env["outsourcing.blacklist"].sudo()
    return entries.search([("state", "in", IN_FORCE)]).filtered("is_in_force")


def _binds(entry, company):
    """Whether the entry is one of the company, or of a parent of it."""
    # sudo: as above.
    company = company.sudo()
    return entry.company_id in (company.parent_ids | company)


def _find_decided(env):
    """Return ``{company of a vendor: {(entry id, ground, key)}}`` of two vendors."""
    # sudo: as above.
    refused = env["outsourcing.blacklist"].sudo()
    refused = refused.search(
        [("state", "=", "refused"), ("refused_by_id", "!=", False)]
    )
    decided = {}
    for entry in refused:
        rows = decided.setdefault(entry.commercial_partner_id.id, set())
        rows.update(tuple(row) for row in entry.cleared_matches or ())
    return decided


def _read_facts(entry):
    """Return what an entry knows its vendor by, and which contacts have left it.

    :return: ``(keys by ground, {company of contacts that left: their ids})``
    """
    known = _read_known(entry)
    contacts = entry.partner_id.browse(int(key) for key in known["contact"]).exists()
    moved = {}
    for contact in contacts:
        company = str(contact.commercial_partner_id.id)
        if company not in known["contact"]:
            moved.setdefault(int(company), []).append(contact.id)
    return known, moved


def _read_known(entry):
    """Return what the vendor of an entry was and is known by."""
    kept = entry.known_keys or {}
    now = read_keys(entry.partner_id)
    if entry.commercial_partner_id != entry.partner_id.commercial_partner_id:
        # The contact has left: where it is now says nothing of the vendor.
        now = read_keys(entry.commercial_partner_id)
    return {ground: keys.union(kept.get(ground, ())) for ground, keys in now.items()}


def has_entries(env):
    """Whether any entry is in force."""
    return bool(_find_entries(env))


def is_held(entry):
    """Whether an entry of :func:`find_listed` only holds a vendor, to be decided."""
    return bool(entry.env.context.get(GROUND))


def find_entries_of(records, vendor_field="partner_id"):
    """Return ``{id: the entry that binds or holds the vendor of a record}``.

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
        record_id: listed[vendor.id, company.id]
        for record_id, (vendor, company) in parties.items()
        if (vendor.id, company.id) in listed
    }


def get_listed_reasons(records, vendor_field="partner_id"):
    """Return ``{id: why the vendor of a record may not take the step}``.

    :param records: documents with a company
    :param str vendor_field: path to the vendor
    """
    found = find_entries_of(records, vendor_field)
    return {record_id: get_listed_text(entry) for record_id, entry in found.items()}


def call_about_held(records):
    """Ask procurement to have it decided whether vendors are those on the list.

    The activity is on the entry, where nobody reads who bids.

    :param records: documents with a company and a vendor
    :return: those of the records whose vendor is held
    """
    held = {
        record_id: entry
        for record_id, entry in find_entries_of(records).items()
        if is_held(entry)
    }
    # sudo: the job, or the vendor that knocks, has no rights on the list.
    for record in records.sudo().browse(held):
        entry = held[record.id].with_user(SUPERUSER_ID)
        users = find_users(record, "procurement").filtered(partial(_reads, entry))
        user = users[:1] or entry.create_uid
        env = entry.with_context(lang=user.lang).env
        summary = env._(
            "Decide whether %s is the same vendor",
            record.partner_id.commercial_partner_id.name,
        )
        note = env._(
            "Propose it for the list as well; a manager activates that entry, or "
            "refuses it, which says that they are two vendors."
        )
        ask_once(entry, user, summary, note)
    return records.browse(held)


def ask_once(record, user, summary, note=""):
    """Give a user an activity for today, unless the record has the same one open."""
    if summary in record.activity_ids.mapped("summary"):
        return
    values = {
        "date_deadline": record.company_id._outsourcing_today(),
        "note": note,
        "summary": summary,
        "user_id": user.id,
    }
    schedule_each(TODO_TYPE, [(record, values)])


def _reads(entry, user):
    """Whether a user reads an entry."""
    companies = {"allowed_company_ids": user.company_ids.ids}
    return bool(
        entry.with_user(user).with_context(**companies)._filtered_access("read")
    )


def get_listed_text(entry):
    """Say that a vendor is on the blacklist, until when, and who can change it.

    A vendor that is only held is told nothing of another one, nor what gave it away.
    """
    env = entry.env
    if is_held(entry) and env.user.share:
        return env._(
            "your company is being checked first. The buyer knows and gets in touch; "
            "you may ask the buyer."
        )
    if ground := env.context.get(GROUND):
        labels = {
            "account": env._("a bank account"),
            "name": env._("the name"),
            "moved": env._("a contact that was its own"),
        }
        return env._(
            "it may be the same as %(vendor)s, which is on the blacklist of "
            "%(company)s until %(date)s; they have in common: %(ground)s. No "
            "invitation, bid, award or contract before two persons decided: propose it "
            "for the list as well; a manager activates that entry, or refuses it, "
            "which says that they are two vendors.",
            vendor=entry.commercial_partner_id.display_name,
            company=entry.company_id.display_name,
            date=format_date(env, entry.date_to),
            ground=labels[ground],
        )
    return env._(
        "%(vendor)s is on the blacklist of %(company)s until %(date)s (%(ground)s): no "
        "invitation, bid, award or contract. A manager lifts it after an appeal, under "
        "Outsourcing, Contracts, Blacklist.",
        vendor=entry.commercial_partner_id.display_name,
        company=entry.company_id.display_name,
        date=format_date(env, entry.date_to),
        ground=dict(entry._fields["ground"]._description_selection(env))[entry.ground],
    )
