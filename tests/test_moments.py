"""A moment on a page or in a mail stands with its zone, which is not the server's."""

import ast
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
REPORTS = sorted(
    path for module in MODULES for path in (repo.ROOT / module).rglob("report/*.xml")
)
NAMING = ("_format_moment(", "_itsm_stamp(", "_get_moment(")
"""Beginnings of what writes a moment with its zone."""
MOMENT_NAME = re.compile(r"(?:\w+_at|create_date|write_date|\w+_until)$")
CODE = sorted(
    path
    for module in MODULES
    for path in (repo.ROOT / module).rglob("*.py")
    if not {"tests", "migrations", "demo"} & {*path.relative_to(repo.ROOT).parts}
)


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


def find_printed(text):
    """Return what a printed page says about moments without naming their zone."""
    return [
        node
        for node in re.findall(r"<[^<>]*\bt-(?:out|field)=[^<>]*>", text)
        if PRINTED.search(re.sub(r't-if="[^"]*"', "", node))
        and WITHOUT_CLOCK not in node
        and not any(name in node for name in NAMING)
    ]


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_printed_moments_name_their_zone(path):
    text = path.read_text("utf-8")
    assert not find_printed(text), "write company_id._itsm_stamp(...)"


def test_printed_moments_are_found():
    assert len(REPORTS) > 10
    named = '<span t-out="doc.company_id._itsm_stamp(doc.solved_at)" />'
    assert not find_printed(named)
    assert not find_printed('<span t-if="doc.solved_at" t-field="doc.user_id" />')
    assert find_printed('<span t-field="doc.solved_at" />')


def find_told(tree):
    """Return the lines of code that tell a moment without its zone.

    By Odoo's own function, which names none, or as it is, in a text that is translated
    or put together.
    """
    told = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "odoo.tools":
            told += [
                node.lineno for name in node.names if name.name == "format_datetime"
            ]
        parts = []
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_":
            parts = [*node.args, *(word.value for word in node.keywords)]
        elif isinstance(node, ast.FormattedValue):
            parts = [node.value]
        told += [
            part.lineno
            for part in parts
            if isinstance(part, ast.Attribute) and MOMENT_NAME.match(part.attr)
        ]
    return told


@pytest.mark.parametrize("module", MODULES)
def test_told_moments_name_their_zone(module):
    told = [
        f"{path.relative_to(repo.ROOT)}:{line}"
        for path in CODE
        if repo.ROOT / module in path.parents
        for line in find_told(ast.parse(path.read_text("utf-8")))
    ]
    assert not told, "write company._itsm_format_moment(...) or the like"


def test_told_moments_are_found():
    for code, is_bare in (
        ("from odoo.tools import format_datetime", True),
        ("self.env._('On %s', ticket.solved_at)", True),
        ("self.env._('On %(at)s', at=ticket.create_date)", True),
        ("f'{ticket.solved_at}'", True),
        ("self.env._('On %s', company._itsm_stamp(ticket.solved_at))", False),
        ("self.env._('By %s', ticket.user_id.name)", False),
    ):
        assert bool(find_told(ast.parse(code))) == is_bare, code
