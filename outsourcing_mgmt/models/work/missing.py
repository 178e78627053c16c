"""Functions that turn a refusal into rows which a form shows with links."""

from ...tools import lack


def get_rows(env, reason):
    """Return what ``reason`` is made of, for the widget ``outsourcing_missing``.

    :param str reason: of :func:`tools.lack.join`, or any other refusal
    :return: ``[{"text", "field", "links": [{"model", "id", "name"}]}]``, or False
    """
    return [
        {
            "text": str(item),
            "field": getattr(item, "field", ""),
            "links": _get_links(env, getattr(item, "records", None)),
        }
        for item in lack.split(reason)
    ] or False


def _get_links(env, records):
    """Return links to those records that the acting user may read."""
    if not records:
        return []
    # The rule may have judged with more rights than the reader has.
    readable = env[records._name].browse(records._origin.ids)
    if not readable.has_access("read"):
        readable = readable.filtered(lambda record: record.has_access("read"))
    return [
        {"model": record._name, "id": record.id, "name": record.display_name}
        for record in readable
    ]
