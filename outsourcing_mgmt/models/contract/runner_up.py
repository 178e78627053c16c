"""Would the vendor have won the tender at another price?"""

from typing import NamedTuple

from odoo.tools import float_repr

from ...tools import recompute
from ..tender.evaluation_bundle import get_document


class Place(NamedTuple):
    """What one bid gets when the winner's price is another one."""

    bid: object
    """outsourcing.bid"""
    total: str
    """Points of 100."""


def get_ranking_at(contract, amount):
    """Return the first place and the place of the contract's vendor at ``amount``.

    By the tender's own rules, bids and scores. None for a contract without tender,
    for one that has only a part of the tender's lines, and where nothing was scored.

    :param contract: outsourcing.contract, with sudo
    :param float amount: untaxed, in the currency of contract and tender
    :return: pair of :class:`Place`, or None
    """
    award = contract.award_ids
    bid = award.bid_id
    tender = contract.tender_id
    if (
        len(award) != 1
        or not bid.rank
        or contract.currency_id != tender.currency_id
        or contract.currency_id.compare_amounts(award.amount_total, bid.amount_total)
    ):
        return None
    document = get_document(tender, tender._get_valid_scores())
    for row in document["bids"]:
        if row["id"] == bid.id:
            row["price"] = float_repr(amount, contract.currency_id.decimal_places)
    places = [
        Place(bid.browse(row["bid"]), row["total"])
        for row in recompute.get_ranking(document)
    ]
    return places[0], next(place for place in places if place.bid == bid)
