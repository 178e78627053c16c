"""Every module can be read in Chinese."""

import re

import polib
import pytest
import repo

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdif]|\{\w*\}|\$\{[^}]*\}")
MARKUP = re.compile(r"</?[a-zA-Z][^>]*>")


def with_terms():
    """Modules that are far enough to be translated."""
    return [m for m in repo.MODULES if (repo.ROOT / m / "i18n").is_dir()]


def catalogue(module):
    """The Chinese translation of a module."""
    path = repo.ROOT / module / "i18n" / "zh_CN.po"
    if not path.exists():
        pytest.fail(f"{repo.short(path)} is missing: ./setup/i18n makes it")
    return polib.pofile(str(path))


@pytest.fixture(params=with_terms() or [None])
def module(request):
    if request.param is None:
        pytest.skip("nothing is translated yet")
    return request.param


def test_template_exists(module):
    assert (repo.ROOT / module / "i18n" / f"{module}.pot").is_file()


def test_template_has_values_inherited_from_mixins(module):
    """Odoo's own export leaves them out: ``setup/i18n`` adds them."""
    template = polib.pofile(str(repo.ROOT / module / "i18n" / f"{module}.pot"))
    places = [place for entry in template for place, _line in entry.occurrences]
    inherited = re.compile(r"model:ir\.model\.fields\.selection,name:mail\.")
    assert any(inherited.match(place) for place in places)


def test_translation_is_complete(module):
    po = catalogue(module)
    assert not [entry.msgid for entry in po.untranslated_entries()]
    assert not [entry.msgid for entry in po.fuzzy_entries()]
    assert not po.obsolete_entries()


def test_translation_has_the_terms_of_the_template(module):
    template = polib.pofile(str(repo.ROOT / module / "i18n" / f"{module}.pot"))
    terms = {entry.msgid for entry in template}
    assert {entry.msgid for entry in catalogue(module)} == terms


def test_placeholders_are_kept(module):
    wrong = [
        entry.msgid
        for entry in catalogue(module).translated_entries()
        if sorted(PLACEHOLDER.findall(entry.msgid))
        != sorted(PLACEHOLDER.findall(entry.msgstr))
    ]
    assert not wrong


def test_markup_is_kept(module):
    wrong = [
        entry.msgid
        for entry in catalogue(module).translated_entries()
        if len(MARKUP.findall(entry.msgid)) != len(MARKUP.findall(entry.msgstr))
    ]
    assert not wrong


def test_chinese_has_no_gaps(module):
    """Breaks of lines of the source would be spaces between the letters of a word."""
    letter = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
    gap = re.compile(rf"{letter} *\n {{4,}}{letter}")
    assert not [e.msgstr for e in catalogue(module) if gap.search(e.msgstr)]
