"""Changes of the rules under which others decide are steps of the audit log."""

from odoo import SUPERUSER_ID

from ..base.grants import is_evaluated_code_running


def is_set_up(env):
    """Whether the server itself writes, which sets rules up."""
    return env.uid == SUPERUSER_ID and not is_evaluated_code_running()


def read_rules(record, names):
    """Return ``{field: value}`` of one record as the log keeps it."""
    return {
        name: record._fields[name].convert_to_cache(record[name], record)
        for name in names
    }


def find_changes(record, before):
    """Return ``{field: {"from": value, "to": value}}`` of what is another one now.

    :param dict before: see :func:`read_rules`
    """
    after = read_rules(record, before)
    return {
        name: {"from": value, "to": after[name]}
        for name, value in before.items()
        if value != after[name]
    }


def log_changes(record, changed):
    """Note a change of one record, unless the server sets it up.

    :param dict changed: see :func:`find_changes`
    """
    if changed and not is_set_up(record.env):
        record.env["outsourcing.audit.log"]._record(record, "rule_changed", changed)
