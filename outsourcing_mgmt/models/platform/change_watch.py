"""Changes of code, rights and the switch of templates while something is sealed.

Whoever may type code into the database reaches SQL with it, which no rule of records
sees. Until bids are encrypted the promise against that is detection: while a sealed
bid or a reference price that is not revealed lives, each such change is written to
the audit log of the company and told to its auditors and outsourcing officers. The
change itself is not refused.
"""

import re
from unicodedata import normalize

from odoo import SUPERUSER_ID
from odoo.fields import Domain
from odoo.tools import format_list

from ...tools.mail_table import MAIL_LAYOUT
from ..base.acting_person import get_person_id
from ..base.grants import is_evaluated_code_running
from ..base.groups import OFFICER

AUDITOR = "outsourcing_mgmt.group_outsourcing_auditor"
OWN_MODELS = ("outsourcing.", "vendor.quality.", "itsm.", "tier.")
SWITCHES = frozenset({"mail.restrict.template.rendering", "mail.gateway.login"})
UNREVEALED_STATES = ("submitted", "approved")
ENDED_STATES = ("contracted", "failed", "cancelled")
CHANGED = "code_or_rights_changed"
"""Verb of these entries in the audit log."""
REVIEWERS = "reviewers_changed"
"""Verb of entries about who reviews documents of the suite."""


def _is_code_of_template(records):
    return records._has_unsafe_expression()


def _is_typed_code(composers):
    """Whether messages hold expressions that do not come from their template."""
    return composers.filtered(
        lambda message: (
            message.body != message.template_id.body_html
            or message.subject != message.template_id.subject
        )
    )._has_unsafe_expression()


def _is_typed_text(records):
    """Whether texts of a model that renders them hold expressions of nobody's template.

    Wizards take the text of their template first.
    """
    if "template_id" in records._fields and "body" in records._fields:
        return _is_typed_code(records)
    return records._has_unsafe_expression()


def _is_typed_domain(actions):
    """Whether domains or contexts of windows reach records, and with them SQL.

    Core evaluates them with the user, for pages of ``/json`` and first steps.
    """
    return any(
        _names_user(text) for one in actions for text in (one.context, one.domain)
    )


def _names_user(text):
    # Python reads names in compatibility letters as plain ones.
    return bool(re.search(r"\buser\b", normalize("NFKC", text or "")))


def is_bundle(files):
    """Whether a file holds scripts of the web client, as the server keeps them."""
    return any((file.url or "").startswith(BUNDLES) for file in files)


BUNDLES = "/web/assets/"
"""Where the scripts of the web client are fetched from."""
WATCHED = {
    "base.automation": (
        {
            "active",
            "filter_domain",
            "filter_pre_domain",
            "model_id",
            "record_getter",
            "trigger",
        },
        None,
    ),
    "gamification.goal.definition": (
        {
            "batch_user_expression",
            "compute_code",
            "computation_mode",
            "domain",
            "res_id_field",
        },
        None,
    ),
    "ir.actions.act_window": ({"context", "domain"}, _is_typed_domain),
    "ir.actions.report": (
        {"attachment", "model", "paperformat_id", "print_report_name", "report_name"},
        None,
    ),
    "ir.actions.server": (None, None),
    "ir.config_parameter": (
        None,
        lambda records: SWITCHES.intersection(records.mapped("key")),
    ),
    "ir.model.access": (
        None,
        lambda records: any(
            name.startswith(OWN_MODELS) for name in records.model_id.mapped("model")
        ),
    ),
    "ir.model.fields": (
        None,
        lambda records: "manual" in records.mapped("state"),
    ),
    "ir.rule": (None, None),
    "ir.ui.view": (
        {"active", "arch", "arch_base", "arch_db", "inherit_id", "key", "mode"},
        lambda records: "qweb" in records.mapped("type"),
    ),
    "digest.tip": ({"tip_description"}, None),
    "ir.asset": (None, None),
    "ir.attachment": (None, None),
    "mail.compose.message": ({"body", "subject", "lang"}, _is_typed_code),
    "mail.template": (None, _is_code_of_template),
    "res.groups": ({"implied_ids", "implied_by_ids", "rule_groups"}, None),
    "sms.template": (None, _is_code_of_template),
    "tier.definition": (
        {
            "definition_domain",
            "python_code",
            "reviewer_expression",
            "server_action_id",
        },
        None,
    ),
}
"""``{model: (fields whose change counts or None for all, which records or None)}``."""


def note_change(records, operation, names=()):
    """Record and tell one change of watched ``records``, if something is sealed.

    :param str operation: ``create``, ``write`` or ``unlink``
    :param names: fields that are written
    """
    watched, is_counted = WATCHED.get(records._name, (None, _is_typed_text))
    # While modules are installed or updated, their data are no change by a person.
    if not records or not records.env.registry.ready:
        return
    names = set(names)
    if records._name == "tier.definition":
        note_reviewers(records, operation, names)
    if operation == "write" and watched is not None:
        names &= watched
        if not names:
            return
    # sudo: whoever changes code need not read what is judged, nor what is sealed.
    changed = records.sudo()
    if is_counted and not is_counted(changed):
        return
    for company in _get_secret_companies(changed.env):
        _note_for(company, changed, operation, sorted(names))


def note_reviewers(tiers, operation, names=()):
    """Record and tell who changed by whom documents of the suite are reviewed.

    Always, not only while something is sealed: the next document is approved by
    whoever stands there then.

    :param tiers: definitions, before they go where they are deleted
    """
    # sudo: whoever configures tiers need not read the log nor all companies.
    tiers = tiers.sudo()
    hardened = tiers.env["tier.review"]._tier_hardened_models()
    tiers = tiers.filtered(lambda tier: tier.model in hardened)
    if not tiers or (tiers.env.uid == SUPERUSER_ID and not is_evaluated_code_running()):
        return
    companies = tiers.company_id
    if not all(tiers.mapped("company_id")):
        companies = companies.search([])
    for company in companies:
        _record_change(company, REVIEWERS, tiers, operation, sorted(names))
        _tell_change(
            company,
            tiers,
            tiers.env._("Who reviews documents of outsourcing was changed"),
            tiers.env._(
                "%(person)s changed who reviews: %(what)s (%(operation)s), in force in "
                "%(company)s. Look at the tiers, and ask for the reason if it is "
                "unknown to you.",
                person=_get_person(tiers.env).name,
                what=_get_names(tiers),
                operation=operation,
                company=company.name,
            ),
        )


def _get_secret_companies(env):
    """Return the companies in which a bid or a reference price is secret now."""
    bids = env["outsourcing.bid"].search(
        [
            ("state", "in", ("sealed", "opened", "qualified")),
            ("price_opened_at", "=", False),
        ]
    )
    prices = env["outsourcing.reference.price"].search(
        [("state", "in", UNREVEALED_STATES), ("revealed_date", "=", False)]
    )
    tenders = env["outsourcing.tender"].search(
        [
            ("reference_price_id", "!=", False),
            ("reference_price_id.revealed_date", "=", False),
            ("state", "not in", ENDED_STATES),
        ]
    )
    return bids.company_id | prices.company_id | tenders.company_id


def _note_for(company, changed, operation, names):
    env = changed.env
    _record_change(company, CHANGED, changed, operation, names)
    _tell_change(
        company,
        changed,
        env._("Code or rights changed while bids or prices are sealed"),
        env._(
            "%(person)s changed: %(kind)s, %(what)s (%(operation)s). While a bid or a "
            "reference price is sealed in %(company)s, such a change is recorded in "
            "the audit log. Ask for its reason, and look at the code.",
            person=_get_person(env).name,
            kind=changed._description,
            what=_get_names(changed),
            operation=operation,
            company=company.name,
        ),
    )


def _record_change(company, verb, changed, operation, names):
    changed.env["outsourcing.audit.log"]._record(
        company,
        verb,
        {
            "operation": operation,
            "model": changed._name,
            "ids": changed.ids[:100],
            "name": _get_names(changed),
            "fields": names,
            "person": _get_person(changed.env).login,
        },
    )


def _tell_change(company, changed, subject, body):
    partners = _get_readers(company).partner_id
    if partners:
        changed.env["mail.thread"].message_notify(
            partner_ids=partners.ids,
            subject=subject,
            body=body,
            email_layout_xmlid=MAIL_LAYOUT,
            notify_author=True,
        )


def _get_person(env):
    return env["res.users"].browse(get_person_id(env) or env.uid)


def _get_names(changed):
    return format_list(changed.env, changed[:5].mapped("display_name"))


def _get_readers(company):
    """Return the auditors and officers of ``company``."""
    users = company.env["res.users"].search(
        Domain("all_group_ids", "in", [company.env.ref(AUDITOR).id])
        | Domain("all_group_ids", "in", [company.env.ref(OFFICER).id])
    )
    return users.filtered(lambda user: company in user.company_ids)
