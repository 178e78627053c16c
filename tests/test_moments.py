"""A moment on a page of the portal stands with its zone, which is not the server's."""

import re

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
