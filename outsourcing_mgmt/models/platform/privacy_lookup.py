"""Odoo's search for a person lists of our documents what whoever searches may read.

Core asks the tables of all models, whoever searches, and fails where a field is shown
to some groups only. It deletes and archives what it found in the rights of the server.
"""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.one_record import check_one
from .hidden_documents import check_documents
from .hidden_rows import OWN_NAMES

OWN_FIELDS = tuple(name.replace(".", "_") for name in OWN_NAMES)
"""Beginnings of the names of the fields of ours on models of others."""
MAIL_FIELDS = ("email_normalized", "email", "email_from", "company_email")
"""Fields in which core looks for an address."""
PLACED = frozenset({"res_id", "res_model", "res_model_id"})
"""What says at which record a line points."""


def is_contact(field):
    """Whether core looks for contacts in a field."""
    return (
        field.store
        and field.type == "many2one"
        and field.comodel_name == "res.partner"
        and field.ondelete != "cascade"
    )


def find_judged(env):
    """Return the models that core shall not search, which would not ask for rights.

    Those of our documents, and those with a field of ours that the user may not read.
    """
    found = []
    for name in env.registry:
        records = env[name]
        if records._transient or records._abstract or not records._auto:
            continue
        if name.startswith(OWN_NAMES) or any(
            is_contact(field)
            and field.name.startswith(OWN_FIELDS)
            and not records._has_field_access(field, "read")
            for field in records._fields.values()
        ):
            found.append(records)
    return found


def get_lookup_domain(records, name, email, contacts):
    """Return the domain of records that name a person, as far as the user may read.

    In those that core compares: addresses, the names beside them, and contacts.

    :param records: a model, with the rights of the user
    :param contacts: those with the name or address of the person
    """
    shown = {
        field.name: field
        for field in records._fields.values()
        if field.store and records._has_field_access(field, "read")
    }
    found = [
        Domain(field.name, "in", contacts.ids)
        for field in shown.values()
        if is_contact(field)
    ]
    addresses = [Domain(one, "ilike", email) for one in MAIL_FIELDS if one in shown]
    called = shown.get(records._rec_name)
    if addresses and called and called.type == "char" and not called.translate:
        addresses.append(Domain(called.name, "=ilike", name))
    return Domain.OR(found + addresses)


def check_places(lines):
    """Refuse lines about documents of ours that the user may not read.

    Core tells the name of what is written in one field, and acts on that of another.
    """
    places = {}
    for line in lines:
        for model in {line.res_model, line.res_model_id.model}:
            places.setdefault(model, set()).add(line.res_id)
    for model, ids in places.items():
        check_documents(lines.env, model, list(ids))


def check_right(lines, operation):
    """Refuse what the user may not do with the documents of ours that lines show."""
    for line in lines:
        if (line.res_model or "").startswith(OWN_NAMES) and line.res_model in line.env:
            # sudo: none; core goes on with the rights of the server.
            documents = line.env[line.res_model].sudo(False).browse(line.res_id)
            documents.check_access(operation)


class PrivacyLookupWizard(models.TransientModel):
    """Searches in our documents with the rights of whoever searches."""

    _inherit = "privacy.lookup.wizard"

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_query_models_blacklist(self):
        # sudo: none; who searches is judged.
        judged = find_judged(self.sudo(False).env)
        return [
            *super()._get_query_models_blacklist(),
            *(records._name for records in judged),
        ]

    def _get_query(self):
        query = super()._get_query()
        name, email = self.name.strip(), self.email.strip()
        # sudo: core finds contacts of all companies; which documents name them is
        # judged by the rights of the user below.
        contacts = self.env["res.partner"].sudo().with_context(active_test=False)
        contacts = contacts.search(
            Domain("email_normalized", "=ilike", email) | Domain("name", "=ilike", name)
        )
        # sudo: none; who searches is judged.
        for records in find_judged(self.sudo(False).env):
            domain = get_lookup_domain(records, name, email, contacts)
            if not records._name.startswith(OWN_NAMES):
                # sudo: core lists what is no document of ours, whoever searches.
                records = records.sudo()
            if not records.has_access("read"):
                continue
            found = records.with_context(active_test=False)._search(domain)
            has_active = "active" in records and records._fields["active"].store
            query = SQL(
                "%s UNION ALL SELECT %s AS res_model_id, id AS res_id,"
                " %s AS is_active FROM %s WHERE id IN %s",
                query,
                self.env["ir.model"]._get_id(records._name),
                SQL.identifier("active") if has_active else True,
                SQL.identifier(records._table),
                found.subselect(),
            )
        return query


class PrivacyLookupWizardLine(models.TransientModel):
    """A record that names a person; core deletes and archives any by its number."""

    _inherit = "privacy.lookup.wizard.line"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        check_places(lines)
        return lines

    def write(self, vals):
        result = super().write(vals)
        if not PLACED.isdisjoint(vals):
            check_places(self)
        return result

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.onchange("is_active")
    def _onchange_is_active(self):
        check_right(self, "write")
        return super()._onchange_is_active()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_unlink(self):
        check_one(self)
        check_right(self, "unlink")
        return super().action_unlink()
