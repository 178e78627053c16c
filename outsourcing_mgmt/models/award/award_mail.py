"""Mails to bidders about the result of a tender.

Functions, as evaluated code can call methods of records and would write to vendors in
the name of the server.
"""

from ..bid.bid_points import get_places, get_points
from ..intent.outsourcing_mail_intent import makes, read_values
from ..tender.outsourcing_tender_vendor import (
    mail_vendor,
    note_for_vendors,
    tell_not_mailed,
)

KIND = "award"


def note_for_bidder(awards, award, bid, template):
    """Note that who bid is told of the awards of a tender.

    :param awards: all that the mail names, with sudo
    :param award: the one that it tells of first; the bidder's own, if any
    :param bid: outsourcing.bid, with sudo
    :param str template: XML id of a template on ``outsourcing.tender``
    """
    note_for_vendors(
        award.tender_id,
        template,
        bid._get_told_partners(),
        {"awards": awards, "award": award, "bid": bid},
        kind=KIND,
    )


@makes(KIND, tell=tell_not_mailed)
def mail_bidder(tender, row):
    """Mail a bidder the award with the points and places of its own bid."""
    values = read_values(tender, row)
    bid = values["bid"]
    mail_vendor(
        tender,
        row,
        winners=", ".join(values["awards"].partner_id.mapped("name")),
        points=get_points(bid),
        places=get_places(bid),
    )
