"""Compares the opened bids of a tender, and keeps what they have in common as hints.

Bids are compared when they are open, prices when those are, by a scheduled job: files
take time to read. What the job has not done is done when the award is proposed.
Functions, no methods: templates and server actions cannot call them.
"""

import logging

from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools import file_metadata, rigging
from ..base.grants import server_create, server_write

_logger = logging.getLogger(__name__)

STRONG = ("file", "account", "price", "ratio")
ROUNDS = 20
"""So many earlier tenders of the category are looked at."""
RUNNING = ("opened", "evaluation", "price_opened", "award_proposed", "standstill")


def trigger_search(env):
    """Let the job run soon, apart from the step that opened something."""
    # sudo: whoever opens need not read scheduled actions.
    env.ref("outsourcing_mgmt.ir_cron_bid_hints").sudo()._trigger()


def find_pending(env):
    """Compare what was opened since; commits tender by tender."""
    bids = Domain("is_opened", "=", True) & Domain("hint_stage", "=", False)
    prices = Domain("is_price_opened", "=", True) & Domain("hint_stage", "!=", "prices")
    tenders = env["outsourcing.tender"].search(
        Domain("state", "in", RUNNING) & (bids | prices), order="id"
    )
    cron = env["ir.cron"]
    cron._commit_progress(remaining=len(tenders))
    for tender in tenders:
        try:
            with env.cr.savepoint():
                search_hints(tender.try_lock_for_update())
        except UserError as error:
            _logger.warning("The bids of %s were not compared: %s", tender, error)
        except Exception:
            # One tender with a file that cannot be read stops no other.
            _logger.exception("The bids of %s were not compared", tender)
        if not cron._commit_progress(1):
            break


def search_hints(tender):
    """Compare the bids of ``tender`` as far as they are open; once for each stage.

    :return: the new hints (outsourcing.bid.hint), with sudo
    """
    # sudo: bids are compared whole; whoever proposes the award reads no hint.
    tender = tender.sudo()
    hints = tender.env["outsourcing.bid.hint"]
    stage = "prices" if tender.is_price_opened else "bids"
    if not tender or not tender.is_opened or tender.hint_stage in (stage, "prices"):
        return hints
    bids = tender.bid_ids.filtered("technical_opened_at").sorted("id")
    known = {
        (hint.kind, hint.value, tuple(sorted(hint.bid_ids.ids)))
        for hint in hints.search([("tender_id", "=", tender.id)])
    }
    found = rigging.find([_read_bid(bid) for bid in bids], _read_history(tender))
    rows = []
    for hint in found:
        value = _mask(hint)
        if (hint.kind, value, hint.keys) in known:
            continue
        rows.append(
            {
                "tender_id": tender.id,
                "kind": hint.kind,
                "value": value,
                "evidence": [list(source) for source in hint.sources],
                "bid_ids": [(6, 0, hint.keys)],
                "is_strong": hint.kind in STRONG,
            }
        )
    hints = server_create(hints, rows)
    server_write(tender, {"hint_stage": stage})
    tender._audit("compare_bids", {"stage": stage, "bids": len(bids)})
    if hints:
        _tell_committee(tender)
    return hints


def _mask(hint):
    """Return what is in common as the committee reads it: no whole account number."""
    if hint.kind == "account":
        return f"...{hint.value[-4:]}"
    return hint.value[:200]


def _tell_committee(tender):
    """Mail the members apart: an activity would be read by who runs the procedure."""
    members = tender.committee_ids.filtered(
        lambda member: member.is_voting and member.is_open_to_bids
    )
    base = tender.get_base_url()
    for member in members.filtered("partner_id.email"):
        url = f"{base}/odoo/bid-hints"
        if member.user_id.share:
            # Outside experts have the page of their evaluation.
            url = f"{base}/my/evaluations/{member.id}#hints"
        tender._mail_partners(
            "outsourcing_mgmt.mail_template_bid_hints",
            member.partner_id,
            hint_url=url,
        )


def _read_bid(bid):
    """Return what is compared of a bid, as plain values."""
    vendor = bid.partner_id.commercial_partner_id
    people = vendor | vendor.child_ids | bid.sealed_by_id.partner_id
    emails = [
        (bid.vendor_email, vendor.name),
        *((person.email, person.name) for person in people),
    ]
    lines = bid.line_ids if bid.price_opened_at else bid.line_ids.browse()
    return {
        "key": bid.id,
        "vendor": vendor.id,
        "files": [_read_file(file) for file in bid.attachment_ids],
        "phones": [(person.phone, person.name) for person in people],
        "accounts": [
            (account.sanitized_acc_number, vendor.name) for account in people.bank_ids
        ],
        "emails": emails,
        "prices": {line.tender_line_id.id: line.price_unit for line in lines},
    }


def _read_file(file):
    metadata = file_metadata.read(file.raw)
    return file.name, file.checksum, metadata.authors, metadata.program


def _read_history(tender):
    """Return the earlier tenders of the category: ``(name, winner, vendors)``."""
    before = tender.search(
        [
            ("company_id", "=", tender.company_id.id),
            ("category_id", "=", tender.category_id.id),
            ("state", "in", ("awarded", "contracted")),
            ("id", "!=", tender.id),
        ],
        order="publish_date desc, id desc",
        limit=ROUNDS,
    )
    rounds = []
    for earlier in before:
        winners = earlier.award_ids.filtered(lambda award: award.state == "final")
        winner = winners.partner_id.commercial_partner_id
        bidders = earlier.bid_ids.filtered("technical_opened_at").partner_id
        if len(winner) == 1:
            vendors = bidders.commercial_partner_id
            rounds.append((earlier.name, winner.id, set(vendors.ids)))
    return rounds[::-1]
