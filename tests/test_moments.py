"""A moment on a page or in a mail stands with its zone, which is not the server's."""

import re
from xml.etree import ElementTree

import pytest
import repo

PAGES = sorted(
    path
    for module in ("itsm_desk", "outsourcing_mgmt", "vendor_quality")
    for path in (repo.ROOT / module / "views").glob("*templates.xml")
    if "tier" not in path.name
)
MOMENT = re.compile(
    r"""t-field="[\w.]*(?:_at|create_date|write_date|message\.date|_until|opening_date"""
    r"""|bid_deadline|question_deadline|sign_off_deadline|visit_at)"(?P<rest>[^>]*)>"""
)
MODULES = ("itsm_desk", "outsourcing_mgmt", "vendor_quality")
TEMPLATES = sorted(
    path
    for module in MODULES
    for path in (repo.ROOT / module / "data").glob("*.xml")
    if "mail.template" in path.read_text("utf-8")
)
FAMILIES = tuple(
    found[1]
    for module in MODULES
    for path in (repo.ROOT / module / "models").rglob("mail_render_mixin.py")
    if (found := re.search(r'^FAMILY = "([\w.]+)"$', path.read_text("utf-8"), re.M))
)
"""Beginnings of the models in whose mails ``format_datetime`` names the zone."""
PRINTED = re.compile(
    r"\.(?:\w+_at|create_date|write_date|\w+_until|opening_date|bid_deadline"
    r"|question_deadline|sign_off_deadline|standstill_end|publish_date|deadline|start"
    r"|stop)\b(?!\()"
)
NAMED = re.compile(r"\bformat_datetime\([^()]*\)")
WITHOUT_CLOCK = "'widget': 'date'"
"""A list may show the day alone."""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_moments_name_their_zone(path):
    text = path.read_text("utf-8")
    bare = [
        found[0]
        for found in MOMENT.finditer(text)
        if WITHOUT_CLOCK not in found["rest"]
    ]
    bare += re.findall(r"\{'widget': 'datetime'[^}]*\}", text)
    assert not bare, "write moment(...), which names the zone"


def test_the_pattern_finds_moments():
    assert MOMENT.search('<span t-field="ticket.visit_at" />')
    assert not MOMENT.search('<span t-field="form.date_start" />')


def find_bare_moments(template):
    """Return what a template says about moments without naming their zone.

    :param template: the ``record`` element of a mail template
    """
    model = template.find("field[@name='model_id']").get("ref")
    model = model.rpartition(".")[2].removeprefix("model_").replace("_", ".")
    said = ["".join(field.itertext()) for field in template.findall("field")]
    said = [
        expression for text in said for expression in re.findall(r"{{(.*?)}}", text)
    ]
    said += [
        value
        for node in template.iter()
        for name, value in node.items()
        if name in ("t-out", "t-esc", "t-raw", "t-field") or name.startswith("t-att")
    ]
    bare = [text for text in said if PRINTED.search(NAMED.sub("", text))]
    if not model.startswith(FAMILIES):
        bare += [text for text in said if NAMED.search(text)]
    return bare


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_moments_in_mails_name_their_zone(path):
    tree = ElementTree.parse(path)
    bare = [
        (template.get("id"), text)
        for template in tree.iter("record")
        if template.get("model") == "mail.template"
        for text in find_bare_moments(template)
    ]
    assert not bare, "write format_datetime(...) in a mail about one of our documents"


def test_moments_in_mails_are_found():
    assert len(TEMPLATES) >= 5
    assert {"itsm.", "outsourcing."} <= {*FAMILIES}
    for model, text, is_bare in (
        ("itsm_ticket", "format_datetime(object.visit_at, tz=object.partner_id.tz)", 0),
        ("itsm_ticket", "object.visit_at", 1),
        ("itsm_ticket", "object.visit_at.strftime('%H:%M')", 1),
        ("itsm_ticket", "format_date(object.sign_off_deadline)", 1),
        ("res_partner", "format_datetime(object.create_date)", 1),
        ("itsm_ticket", "format_date(object.date_due)", 0),
    ):
        template = ElementTree.fromstring(
            f'<record><field name="model_id" ref="model_{model}" />'
            f'<field name="body_html"><t t-out="{text}" /></field></record>'
        )
        assert bool(find_bare_moments(template)) == bool(is_bare), text
