"""What changed between two texts, for people."""

from difflib import SequenceMatcher
from html import escape


def _split(line):
    """Return the pieces in which a line is compared: words, and single characters
    of scripts without spaces."""
    pieces, word = [], ""
    for letter in line:
        if letter.isascii() and letter.isalnum():
            word += letter
            continue
        if word:
            pieces.append(word)
            word = ""
        pieces.append(letter)
    return [*pieces, word] if word else pieces


def _mark(tag, pieces):
    text = escape("".join(pieces))
    return f"<{tag}>{text}</{tag}>" if text else ""


def _diff_line(old, new):
    """Return one changed line with what went and what came."""
    before, after = _split(old), _split(new)
    parts = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            parts.append(escape("".join(before[i1:i2])))
            continue
        parts.append(_mark("del", before[i1:i2]))
        parts.append(_mark("ins", after[j1:j2]))
    return "".join(parts)


def diff_as_html(old, new):
    """Return the lines of ``new`` with the changes since ``old`` marked.

    All text is escaped; the only tags are ``div``, ``ins`` and ``del``.
    """
    before, after = old.splitlines(), new.splitlines()
    lines = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            lines += [escape(line) for line in after[j1:j2]]
        elif kind == "replace" and i2 - i1 == j2 - j1:
            lines += [
                _diff_line(a, b)
                for a, b in zip(before[i1:i2], after[j1:j2], strict=True)
            ]
        else:
            lines += [_mark("del", [line]) for line in before[i1:i2]]
            lines += [_mark("ins", [line]) for line in after[j1:j2]]
    return "".join(f"<div>{line or '<br/>'}</div>" for line in lines)
