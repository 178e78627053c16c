"""Merge a fresh template of terms into translations: run with the environment's Python.

    merge_po.py FRESH.pot INHERITED.json MODULE.pot [LANGUAGE.po ...]

INHERITED.json lists selection values of mixins of other modules, as ``[source,
reference]``; they join the terms of the module. Translated terms stay, new ones come
in empty, terms that are gone go. A file whose terms did not change is not touched,
whatever date the export carries.
"""

import json
import sys
from pathlib import Path

import polib

KEPT_HEADERS = ("Last-Translator", "Language-Team", "PO-Revision-Date")


def key(entry):
    """What tells one term from another."""
    return (entry.msgctxt, entry.msgid)


def content(catalogue):
    """What a catalogue says, without dates."""
    return [
        (
            *key(entry),
            entry.msgid_plural,
            entry.msgstr,
            tuple(entry.flags),
            entry.comment,
            tuple(entry.occurrences),
        )
        for entry in catalogue
    ]


def same(path, catalogue):
    """Whether the file at ``path`` says what ``catalogue`` says."""
    return path.exists() and content(polib.pofile(str(path))) == content(catalogue)


def add_inherited(template, inherited, module):
    """Add the references of ``inherited`` to the template, and the terms it lacks."""
    known = {entry.msgid: entry for entry in template}
    for source, reference in inherited:
        entry = known.get(source)
        if entry is None:
            entry = polib.POEntry(msgid=source, comment=f"module: {module}")
            known[source] = entry
            template.append(entry)
        if (reference, "") not in entry.occurrences:
            entry.occurrences.append((reference, ""))
    template.sort(key=lambda entry: entry.msgid)


def merge(template, path):
    """The catalogue of one language, with exactly the template's terms."""
    old = polib.pofile(str(path)) if path.exists() else polib.POFile()
    known = {key(entry): entry for entry in old if not entry.obsolete}
    new = polib.POFile(wrapwidth=78)
    new.metadata = dict(template.metadata)
    for header in KEPT_HEADERS:
        if header in old.metadata:
            new.metadata[header] = old.metadata[header]
    new.metadata["Language"] = path.stem
    for entry in template:
        before = known.get(key(entry))
        new.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgctxt=entry.msgctxt,
                msgstr=before.msgstr if before else "",
                comment=entry.comment,
                tcomment=before.tcomment if before else "",
                occurrences=entry.occurrences,
                flags=[
                    flag
                    for flag in dict.fromkeys(
                        [*entry.flags, *(before.flags if before else ())]
                    )
                ],
            )
        )
    return new


def main(arguments):
    """Write what changed, print what lacks a translation."""
    fresh, inherited, target, *catalogues = map(Path, arguments)
    template = polib.pofile(str(fresh), wrapwidth=78)
    add_inherited(template, json.loads(inherited.read_text("utf-8")), target.stem)
    for entry in template:
        entry.msgstr = ""
    if not same(target, template):
        template.save(str(target))
    for path in catalogues:
        merged = merge(template, path)
        if not same(path, merged):
            merged.save(str(path))
        lacking = [e for e in merged if not e.msgstr or e.fuzzy]
        print(f"    {path.name}: {len(lacking)} untranslated of {len(merged)}")


if __name__ == "__main__":
    main(sys.argv[1:])
