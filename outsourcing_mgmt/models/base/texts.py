from odoo.exceptions import UserError


def require_text(records, name, value):
    """Return what is said with a verb, ready to be stored.

    For verbs that enter no state; the others declare it in ``_flow_required``.

    :param str name: field that keeps it
    :param value: from the caller, of any type
    :raise UserError: where it is missing, blank or no text
    """
    label = records._flow_field_label(name)
    text = records._flow_clean_text(label, value)
    if not text:
        raise UserError(
            records.env._(
                '%(names)s: fill in "%(field)s" first.',
                names=records._flow_names(),
                field=label,
            )
        )
    return text
