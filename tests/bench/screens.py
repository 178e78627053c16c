"""What the web client asks for when a screen is opened, for any model.

Views are read as the user sees them, so that a column more costs what it costs.
"""

from lxml import etree

LIST_LIMIT = 80
COLUMN_LIMIT = 40
COUNT_LIMIT = 10_000
SUB_LIST_LIMIT = 40
MESSAGES = 30
ALWAYS = ("1", "True")
"""Of a column that is never shown the client asks for no name."""


def get_arch(records, view_type):
    """Return the view of ``view_type`` that the user of ``records`` gets."""
    return etree.fromstring(records.get_view(view_type=view_type)["arch"])


def get_specification(records, node):
    """Return the specification of ``web_read`` for the fields of a view."""
    result = {}
    for field_node in _walk(node):
        name = field_node.get("name")
        field = records._fields.get(name)
        if field is None:
            continue
        if field.type in ("one2many", "many2many"):
            result[name] = _get_sub_specification(records, field, field_node)
        elif field.type == "many2one":
            result.setdefault(name, {"fields": {}})
            if field_node.get("column_invisible") not in ALWAYS:
                result[name]["fields"]["display_name"] = {}
        else:
            result[name] = {}
    return result


def _walk(node):
    """Yield the fields of a view, without those of the views inside it."""
    for child in node:
        if child.tag == "field":
            yield child
        elif isinstance(child.tag, str):
            yield from _walk(child)


def _get_sub_specification(records, field, node):
    corecords = records.env[field.comodel_name]
    inner = next((child for child in node if child.tag in ("list", "kanban")), None)
    fields = {"display_name": {}}
    if inner is not None:
        fields = get_specification(corecords, inner)
    return {"fields": fields, "limit": SUB_LIST_LIMIT}


def open_list(records, domain, order=""):
    """Open a list; return how many rows it shows."""
    arch = get_arch(records, "list")
    specification = get_specification(records, arch)
    count_limit = int(arch.get("count_limit", COUNT_LIMIT))
    answer = records.web_search_read(
        domain,
        specification,
        limit=LIST_LIMIT,
        order=order,
        count_limit=count_limit + 1,
    )
    return len(answer["records"])


def open_kanban(records, domain):
    """Open a board with its columns, counts and progress bars; return the count."""
    arch = get_arch(records, "kanban")
    group_by = arch.get("default_group_by")
    answer = records.web_read_group(
        domain,
        [group_by],
        ["__count"],
        auto_unfold=True,
        unfold_read_specification=get_specification(records, arch),
        unfold_read_default_limit=COLUMN_LIMIT,
    )
    bar = arch.find(".//progressbar")
    if bar is not None:
        records.read_progress_bar(
            domain, group_by, {"field": bar.get("field"), "colors": {}}
        )
    return sum(group["__count"] for group in answer["groups"])


def open_form(record):
    """Open a record with its chatter; return how many messages it shows."""
    record.web_read(get_specification(record, get_arch(record, "form")))
    found = record.env["mail.message"]._message_fetch(
        None, thread=record, limit=MESSAGES
    )
    return len(found["messages"])


def get_own_domain(user):
    """Return the tickets that the page of the desk in the portal lists for ``user``."""
    partner = user.partner_id
    return [
        *("|", ("partner_id", "=", partner.id)),
        *("&", "&", ("company_id.itsm_portal_share", "=", True)),
        ("requester_company_id", "=", partner.commercial_partner_id.id),
        ("shared_user_ids", "in", user.ids),
    ]
