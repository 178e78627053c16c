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


def get_amended_amount(amendment):
    """Return what the tendered services cost at the prices of an amendment.

    More months or pieces at the same price are no other price: each amendment counts
    by what it makes the same volume dearer or cheaper, together with those that were
    approved before it.

    :param amendment: outsourcing.contract.amendment, with sudo
    :rtype: float, in the currency of the contract
    """
    contract = amendment.contract_id
    amount = sum(contract.award_ids.mapped("amount_total"))
    approved = contract.amendment_ids.filtered(
        lambda item: item.state == "approved" and item != amendment._origin
    )
    if amendment.state == "approved":
        approved = approved.filtered(lambda item: item.version < amendment.version)
    for item in (*approved, amendment):
        amount *= _get_price_ratio(item)
    return contract.currency_id.round(amount)


def _get_price_ratio(amendment):
    """Return what the same volume costs after an amendment, in shares of before."""
    contract = amendment.contract_id
    is_approved = amendment.state == "approved"
    before = amendment.amount_before if is_approved else contract.amount_total
    after = before + amendment.amount_change
    if before <= 0:
        return 1.0
    if amendment.line_ids:
        grown = sum(
            (line.quantity - line.quantity_before) * line.price_before
            for line in amendment.line_ids
        )
        # The discount of an order line holds for both quantities.
        dearer = sum(
            line.quantity * (line.price_unit - line.price_before)
            for line in amendment.line_ids
        )
        share = amendment.amount_change / (grown + dearer) if grown + dearer else 1.0
        volume = before + grown * share
        return after / volume if volume > 0 else 1.0
    end = amendment.date_end_before if is_approved else contract.date_end
    if amendment.new_date_end and end and contract.date_start:
        days = (end - contract.date_start).days + 1
        new_days = (amendment.new_date_end - contract.date_start).days + 1
        if days > 0 and new_days > 0:
            return after / before * days / new_days
    return after / before


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
