"""The evaluation of a tender as a document that needs no Odoo to be checked."""

from odoo.exceptions import AccessError, UserError
from odoo.tools import float_repr

from ...tools import recompute, sealing


def get_bundle(tender):
    """Return rules, bids, counting scores and ranking with their hash.

    For whoever reads the scores; ``tools/recompute.py`` re-computes the ranking.

    :param tender: outsourcing.tender, in the environment of the reader
    :return: dict with ``document`` and ``sha256``
    """
    tender.ensure_one()
    tender.check_access("read")
    if not (tender.is_scoring_complete and tender.is_price_opened):
        raise UserError(
            tender.env._(
                "%s: the evaluation is a document when all scores are in and the "
                "prices are open.",
                tender.display_name,
            )
        )
    scores = tender._get_valid_scores()
    # sudo: whether the reader may read all bids is what is asked.
    bids = tender.sudo().bid_ids.filtered("technical_opened_at")
    if not all(
        len(rows.with_user(tender.env.user)._filtered_access("read")) == len(rows)
        for rows in (scores, bids)
    ):
        raise AccessError(
            tender.env._("The evaluation is for whoever may read all scores.")
        )
    # sudo: checked above; the document tells of all opened bids.
    document = get_document(tender.sudo(), scores)
    return {
        "document": document,
        "sha256": sealing.digest(sealing.canonical(document)),
    }


def get_document(tender, scores):
    """Return rules, bids, scores and ranking as plain values, without a hash.

    :param tender: outsourcing.tender, with sudo
    :param scores: the outsourcing.score that count
    """
    bids = tender.bid_ids.filtered("price_opened_at").sorted("id")
    ranked = bids.filtered("rank").sorted("rank")
    digits = tender.currency_id.decimal_places
    return {
        "format": recompute.FORMAT,
        "tender": tender.name,
        "currency": tender.currency_id.name,
        "reference_amount": float_repr(tender.reference_amount, digits),
        "lot_seed": tender.lot_seed or "",
        "criteria": [
            {
                "id": row.id,
                "name": row.name,
                "kind": row.kind,
                "weight": row.weight,
                "max_points": row.max_points,
                "min_points": row.min_points,
                "price_formula": row.price_formula,
            }
            for row in tender.criterion_ids
        ],
        "bids": [
            {
                "id": bid.id,
                "vendor": bid.partner_id.display_name,
                "sha256": bid.sha256,
                "price": float_repr(bid.amount_total, digits),
                "excluded": not bid.rank,
                "reason": bid.disqualification_reason or "",
            }
            for bid in bids
        ],
        "scores": [
            {
                "bid": score.bid_id.id,
                "criterion": score.criterion_id.id,
                "member": score.member_id.partner_id.name,
                "value": score.value,
                "verdict": score.verdict or "",
                "comment": score.comment or "",
            }
            for score in scores.sorted("id")
        ],
        "ranking": [
            {
                "bid": bid.id,
                "rank": bid.rank,
                "technical": f"{bid.technical_score:.4f}",
                "price": f"{bid.price_score:.4f}",
                "total": f"{bid.total_score:.4f}",
            }
            for bid in ranked
        ],
    }
