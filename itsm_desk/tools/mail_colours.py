"""Letters in HTML that nobody sees: of the colour of their ground, or tiny."""

import re

from lxml import etree

_MOST_STYLE = 2000
"""Letters of a style that are read; what is behind is from no mail program."""
_SIZE = re.compile(r"(?:^|;)font-size:(\d*\.?\d+)([a-z]*|%)(?:;|!|$)")
_SMALLEST = {"": 0.1, "px": 2, "pt": 2, "em": 0.15, "rem": 0.15, "%": 15}
"""Sizes below which letters are no longer seen; mail programs hide lines in them."""
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_GROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;!]+)")
_PICTURE = re.compile(r"(?:^|;)background(?:-image)?:[^;]*(?:url|gradient)\(")
_NUMBER = r"(\d*\.?\d+)"
_NUMBERS = re.compile(
    rf"(rgb|hsl)a?\({_NUMBER}(?:deg)?,{_NUMBER}%?,{_NUMBER}%?(?:[,/]{_NUMBER}(%?))?\)"
)
_NAMES = {
    "black": (0, 0, 0),
    "ghostwhite": (248, 248, 255),
    "ivory": (255, 255, 240),
    "snow": (255, 250, 250),
    "white": (255, 255, 255),
    "whitesmoke": (245, 245, 245),
}
_UNKNOWN = None
_NONE = "none"
"""Shows what is below it."""
_NEAREST = 12
"""By which red, green and blue differ, of 255, where a letter is not seen."""


def get_style(node):
    """Return the style of an element without blanks, in small letters."""
    style = node.get("style") or ""
    return "".join(style[: 2 * _MOST_STYLE].split())[:_MOST_STYLE].lower()


def blank_unseen(tree):
    """Take out, in place, the letters that have the colour of their ground, or no size.

    Elements inside stay: they may have a colour or size of their own.
    """
    seen = {tree.getparent(): ((0, 0, 0), (255, 255, 255), False)}
    for node in tree.iter(etree.Element):
        outer = seen.get(node.getparent()) or seen[tree.getparent()]
        style = get_style(node)
        state = (
            _read_text_colour(node, style, outer[0]),
            _read_ground(node, style, outer[1]),
            _is_tiny(style, outer[2]),
        )
        seen[node] = state
        if _is_blank(state):
            node.text = None
        for child in node if _is_blank(state) else ():
            child.tail = None


def _is_blank(state):
    colour, ground, is_tiny = state
    if is_tiny or colour == _NONE:
        return True
    if _UNKNOWN in (colour, ground):
        return False
    return all(
        abs(one - other) <= _NEAREST for one, other in zip(colour, ground, strict=True)
    )


def _is_tiny(style, outer):
    found = _SIZE.search(style)
    if not found:
        return outer and "font-size:" not in style
    return float(found[1]) < _SMALLEST.get(found[2], 0.1)


def _read_text_colour(node, style, outer):
    found = _COLOUR.search(style)
    value = found[1] if found else "".join((node.get("color") or "").split()).lower()
    if value:
        return outer if value in ("inherit", "currentcolor") else _read_colour(value)
    # Browsers show links and marks in colours of their own.
    return _UNKNOWN if node.tag in ("a", "mark") else outer


def _read_ground(node, style, outer):
    if node.get("background") or _PICTURE.search(style):
        return _UNKNOWN
    found = _GROUND.search(style)
    value = found[1] if found else "".join((node.get("bgcolor") or "").split()).lower()
    ground = _read_colour(value) if value else _NONE
    if node.tag == "mark" and ground == _NONE:
        return _UNKNOWN
    return outer if ground == _NONE or value == "inherit" else ground


def _read_colour(value):
    """Return (red, green, blue), ``_NONE`` for no colour, None for an unknown one."""
    if value == "transparent":
        return _NONE
    if value in _NAMES:
        return _NAMES[value]
    digits = value.lstrip("#")
    if value[:1] == "#" and re.fullmatch(r"[0-9a-f]{3,8}", digits):
        if len(digits) in (3, 4):
            digits = "".join(2 * digit for digit in digits)
        if len(digits) == 8 and digits[6:] < "10":
            return _NONE
        return tuple(int(digits[place : place + 2], 16) for place in (0, 2, 4))
    found = _NUMBERS.fullmatch(value)
    if not found:
        return _UNKNOWN
    if found[5] and float(found[5]) < (10 if found[6] else 0.1):
        return _NONE
    numbers = [float(found[place]) for place in (2, 3, 4)]
    if found[1] == "rgb":
        return tuple(numbers)
    # Of colours by hue only white and black are told apart from others.
    light = numbers[2] * 2.55
    return (light,) * 3 if light < _NEAREST or light > 255 - _NEAREST else _UNKNOWN
