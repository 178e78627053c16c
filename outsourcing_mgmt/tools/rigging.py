"""Signs that bids were not made independently of each other.

Plain functions over plain values. A sign is a reason to ask and no proof: companies
share accountants, programs and buildings.
"""

import re
from decimal import Decimal
from itertools import combinations
from typing import NamedTuple

from .evaluation import to_decimal

NO_NAMES = frozenset(
    {
        *("admin", "administrator", "author", "guest", "home", "owner", "pc", "root"),
        *("test", "user", "windows", "windows user", "microsoft", "microsoft office"),
        *("microsoft office user", "office", "openpyxl", "python-docx", "anonymous"),
        *("(anonymous)", "unknown", "unspecified", "(unspecified)", "untitled"),
        *("用户", "管理员", "微软用户"),
    }
)
"""What programs write where nobody gave a name."""
PUBLIC_DOMAINS = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com"),
        *("yahoo.com", "icloud.com", "gmx.com", "gmx.net", "proton.me", "aol.com"),
        *("qq.com", "vip.qq.com", "foxmail.com", "163.com", "126.com", "yeah.net"),
        *("139.com", "189.cn", "sina.com", "sina.cn", "sohu.com", "aliyun.com"),
    }
)
"""Mail providers for everybody."""
COUNTRY_CODES = re.compile(r"^(00|\+)(86|852|1|44|49|33|65|81)")
MIN_PHONE, MIN_ACCOUNT = 7, 6
MIN_PATTERN_LINES = 3
MIN_ROUNDS = 3
RATIO_STEP = Decimal("0.0001")


class Hint(NamedTuple):
    """Something that several bids have in common."""

    kind: str
    """``file``, ``author``, ``program``, ``phone``, ``account``, ``domain``, ``price``,
    ``ratio`` or ``rotation``."""
    keys: tuple
    """The bids, sorted."""
    value: str
    """What they share."""
    sources: tuple
    """Pairs of a bid and where it was found."""


def find(bids, history=()):
    """Return the hints in ``bids``, the same each time.

    :param bids: list of dicts with ``key``; ``files``: list of ``(name, digest,
        authors, program)``; ``phones``, ``accounts`` and ``emails``: lists of ``(text,
        where)``; ``prices``: ``{line: price}``; ``vendor``: key of the vendor
    :param history: earlier rounds, oldest first: list of ``(name, winner, vendors)``
    """
    hints = [
        *_shared("file", bids, _get_digests),
        *_shared("author", bids, _get_authors),
        *_shared("program", bids, _get_programs, all_is_usual=True),
        *_shared("phone", bids, _get_phones),
        *_shared("account", bids, _get_accounts),
        *_shared("domain", bids, _get_domains),
        *_find_prices(bids),
        *_find_ratios(bids),
        *_find_rotation(bids, history),
    ]
    return sorted(hints, key=lambda hint: (hint.kind, hint.keys, hint.value))


def _shared(kind, bids, read, all_is_usual=False):
    """Yield what several bids share.

    :param read: function that yields ``(value, where)`` of a bid
    :param bool all_is_usual: what all of more than two bids have says nothing
    """
    found = {}
    for bid in bids:
        for value, where in read(bid):
            found.setdefault(value, {}).setdefault(bid["key"], where)
    for value, places in sorted(found.items()):
        if len(places) < 2 or (all_is_usual and len(places) == len(bids) > 2):
            continue
        yield Hint(kind, tuple(sorted(places)), value, tuple(sorted(places.items())))


# ------------------------------------------------------------
# WHAT A BID SAYS
# ------------------------------------------------------------


def _get_digests(bid):
    for name, digest, _authors, _program in bid.get("files", ()):
        if digest:
            yield digest, name


def _get_authors(bid):
    for name, _digest, authors, _program in bid.get("files", ()):
        for author in authors:
            folded = " ".join(author.split()).casefold()
            if folded and folded not in NO_NAMES:
                yield folded, name


def _get_programs(bid):
    """Yield programs with a version: those without are on every desk."""
    for name, _digest, _authors, program in bid.get("files", ()):
        if re.search(r"\d", program or ""):
            yield program, name


def _get_phones(bid):
    for text, where in bid.get("phones", ()):
        number = clean_phone(text)
        if len(number) >= MIN_PHONE:
            yield number, where


def _get_accounts(bid):
    for text, where in bid.get("accounts", ()):
        number = re.sub(r"[^0-9A-Z]", "", (text or "").upper())
        if len(number) >= MIN_ACCOUNT:
            yield number, where


def _get_domains(bid):
    for text, where in bid.get("emails", ()):
        domain = (text or "").rpartition("@")[2].strip().strip(".>").casefold()
        if "." in domain and domain not in PUBLIC_DOMAINS:
            yield domain, where


def clean_phone(text):
    """Return the digits of a telephone number without country code and leading 0."""
    text = re.sub(r"[^\d+]", "", text or "")
    text = COUNTRY_CODES.sub("", text)
    return text.lstrip("+0")


# ------------------------------------------------------------
# PRICES
# ------------------------------------------------------------


def _find_prices(bids):
    """Yield bids with the same price for every service."""
    groups = {}
    for bid in bids:
        prices = _read_prices(bid)
        if prices and all(price > 0 for price in prices.values()):
            groups.setdefault(tuple(sorted(prices.items())), []).append(bid["key"])
    for prices, keys in groups.items():
        if len(keys) > 1:
            total = f"{sum(price for _line, price in prices):f}"
            keys = tuple(sorted(keys))
            yield Hint("price", keys, total, tuple((key, total) for key in keys))


def _find_ratios(bids):
    """Yield pairs of bids where one is the other times a factor in every service."""
    priced = [(bid["key"], _read_prices(bid)) for bid in bids]
    for (first, prices), (second, others) in combinations(priced, 2):
        if len(prices) < MIN_PATTERN_LINES or prices.keys() != others.keys():
            continue
        if not all(price > 0 for price in (*prices.values(), *others.values())):
            continue
        ratios = [others[line] / prices[line] for line in prices]
        alike = len(set(prices.values())) == 1 and len(set(others.values())) == 1
        if max(ratios) - min(ratios) <= RATIO_STEP and max(ratios) != 1 and not alike:
            value = f"{ratios[0].quantize(RATIO_STEP):f}"
            keys = tuple(sorted((first, second)))
            yield Hint("ratio", keys, value, tuple((key, value) for key in keys))


def _read_prices(bid):
    return {line: to_decimal(price) for line, price in bid.get("prices", {}).items()}


# ------------------------------------------------------------
# ROTATION
# ------------------------------------------------------------


def _find_rotation(bids, history):
    """Yield the bidders who met in earlier rounds and won by turns.

    At least three rounds in which all of them bid; each won, and nobody twice before
    all the others had won once.
    """
    by_vendor = {bid["vendor"]: bid["key"] for bid in bids if bid.get("vendor")}
    present = set(by_vendor)
    groups = {
        frozenset(group)
        for _name, _winner, vendors in history
        if len(group := present.intersection(vendors)) > 1
    }
    for group in sorted(groups, key=sorted):
        rounds = [
            (name, winner)
            for name, winner, vendors in history
            if group.issubset(vendors) and winner in group
        ]
        winners = [winner for _name, winner in rounds]
        size = len(group)
        if len(rounds) < max(MIN_ROUNDS, size) or set(winners) != group:
            continue
        if any(
            len(set(winners[start : start + size])) < len(winners[start : start + size])
            for start in range(len(winners))
        ):
            continue
        keys = tuple(sorted(by_vendor[vendor] for vendor in group))
        names = ", ".join(name for name, _winner in rounds)
        won = tuple(
            (
                by_vendor[vendor],
                ", ".join(name for name, winner in rounds if winner == vendor),
            )
            for vendor in sorted(group, key=lambda vendor: by_vendor[vendor])
        )
        yield Hint("rotation", keys, names, won)
