"""Which part of the reference price answers the services of an award.

The reference price is one amount for the tender. An award of some services saves
against its part alone, so that the savings of all awards sum to that of the tender,
and services that nobody got save nothing.
"""

from statistics import fmean

from ...tools import shares


def get_reference_parts(tender):
    """Return ``{tender line id: part of the reference price}``; the parts sum to it.

    By the estimates of the requests where each service has one, otherwise by the means
    of what was offered for each. Where a service has neither, nothing is known of any
    part: all are zero, and no saving is told.

    :param tender: outsourcing.tender with prices opened, with sudo
    """
    lines = tender.line_ids
    weights = [line.product_qty * line.request_line_id.price_unit for line in lines]
    if not all(weights):
        offers = {}
        for offer in tender.bid_ids.line_ids.filtered("price_subtotal"):
            offers.setdefault(offer.tender_line_id, []).append(offer.price_subtotal)
        weights = [fmean(offers.get(line) or [0.0]) for line in lines]
    if not all(weights):
        return dict.fromkeys(lines.ids, 0.0)
    step = tender.currency_id.rounding
    parts = shares.split(tender.reference_amount, weights, step)
    return dict(zip(lines.ids, parts, strict=True))


def get_reference(awards):
    """Return the reference price of what ``awards`` of one tender awarded.

    :param awards: outsourcing.award, with sudo
    """
    tender = awards.tender_id
    if not tender.award_by_line:
        return tender.reference_amount
    return sum(awards.line_ids.mapped("reference_amount"))
