"""What waits for the acting vendor in its tenders: functions for the portal."""

from odoo.fields import Domain

from .vendor import find_bids, find_invitations, get_stop_reason

LIVING = ("published", "closed", "opened", "evaluation", "price_opened")
"""States of a tender in which a vendor may be asked for something."""


def find_asked(bids):
    """Return the bids about which the committee waits for an answer of the vendor.

    :param bids: those of the acting vendor, with sudo
    """
    hearings = bids.env["outsourcing.bid.hearing"].search(
        [("bid_id", "in", bids.ids), ("state", "=", "asked")]
    )
    return hearings.filtered(lambda item: item._is_answerable()).bid_id


def find_tasks(env):
    """Return the tenders in which something waits for the acting vendor, with sudo.

    :return: dict of tenders: ``confirm`` (a sealed bid after an addendum), ``hearing``
        (a question of the committee), ``invitation`` (to answer or to bid)
    """
    tenders = env["outsourcing.tender"]
    domain = tenders._get_vendor_domain() & Domain("state", "in", LIVING)
    # sudo: a vendor has no access; the domain finds the tenders that concern it.
    tenders = tenders.sudo().search(domain)
    # Whoever was stopped can do nothing about it.
    bids = find_bids(tenders).filtered(lambda bid: not get_stop_reason(bid))
    running = tenders.filtered(lambda tender: tender._is_bidding_open())
    return {
        "confirm": running
        & bids.filtered(
            lambda bid: bid.state == "sealed" and bid.needs_reconfirmation
        ).tender_id,
        "hearing": find_asked(bids).tender_id,
        "invitation": running
        & (
            find_invitations(running).filtered(lambda item: not item.response).tender_id
            - find_bids(running).tender_id
        ),
    }
