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
    scores = get_scores(tender)
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


def get_digest(tender):
    """Return the SHA-256 of the document of a complete evaluation.

    :param tender: outsourcing.tender, with sudo
    """
    document = get_document(tender, get_scores(tender))
    return sealing.digest(sealing.canonical(document))


def get_scores(tender):
    """Return the scores that count, and those on which bids were excluded.

    Of a bid that a rule excluded those that the rule judged, also where they were
    struck since; of one that a person excluded those that were handed in.

    :param tender: outsourcing.tender
    :return: outsourcing.score, with sudo
    """
    scores = tender._get_valid_scores()
    # sudo: as the scores that count.
    for bid in tender.sudo().bid_ids.filtered(lambda bid: bid.state == "disqualified"):
        basis = bid.disqualification_basis or {}
        judged = set(basis.get("scores", ()))
        scores |= bid.score_ids.filtered(
            lambda score, basis=basis, judged=judged: (
                score.id in judged
                if basis.get("rule") == recompute.CRITERION
                else score.state == "submitted"
                and score.member_id.is_voting
                and not score.struck_date
            )
        )
    return scores


def get_document(tender, scores):
    """Return rules, bids, scores and ranking as plain values, without a hash.

    :param tender: outsourcing.tender, with sudo
    :param scores: the outsourcing.score that count, see :func:`get_scores`
    """
    bids = tender.bid_ids.filtered(
        lambda bid: (
            bid.price_opened_at
            or (bid.technical_opened_at and bid.state == "disqualified")
        )
    ).sorted("id")
    remaining = bids.filtered(lambda bid: bid.state != "disqualified")
    ranked = remaining.filtered("rank").sorted("rank")
    digits = tender.currency_id.decimal_places
    known = tender.past_quality or {}
    return {
        "format": recompute.FORMAT,
        "tender": tender.name,
        "currency": tender.currency_id.name,
        "reference_amount": float_repr(tender.reference_amount, digits),
        "has_price_ceiling": tender.has_price_ceiling,
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
                "no_record_percent": row.no_record_percent,
            }
            for row in tender.criterion_ids
        ],
        "bids": [_get_bid(bid, known, digits) for bid in bids],
        "scores": [
            {
                "bid": score.bid_id.id,
                "criterion": score.criterion_id.id,
                "member": score.member_id.partner_id.name,
                "value": score.value,
                "verdict": score.verdict or "",
                "comment": score.comment or "",
                "explanation": score.explanation or "",
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
        "award_by_line": tender.award_by_line,
        "partial_bids": tender._takes_partial_bids(),
        "line_ranking": _get_line_ranking(tender, remaining),
    }


def _get_line_ranking(tender, bids):
    """Return the places of ``bids`` for each service; empty unless awarded by line."""
    if not tender.award_by_line:
        return []
    lines = bids.line_ids.filtered("rank")
    return [
        {
            "line": line.tender_line_id.id,
            "bid": line.bid_id.id,
            "rank": line.rank,
            "total": f"{line.total_score:.4f}",
        }
        for line in lines.sorted(lambda line: (line.tender_line_id.id, line.rank))
    ]


def _get_bid(bid, known, digits):
    """Return the facts of a bid that the ranking rests on.

    :param dict known: past quality by commercial partner
    """
    return {
        "id": bid.id,
        "vendor": bid.partner_id.display_name,
        "sha256": bid.sha256,
        # Of a bid that failed with two envelopes the price stays closed.
        "price": float_repr(bid.amount_total, digits) if bid.price_opened_at else None,
        "past_quality": known.get(str(bid.partner_id.commercial_partner_id.id)),
        "excluded": bid.state == "disqualified",
        "lines": [
            {
                "line": line.tender_line_id.id,
                "price": float_repr(line.price_subtotal, digits),
            }
            for line in bid.line_ids.sorted("tender_line_id")
        ],
        "reason": bid.disqualification_reason or "",
        "excluded_rule": (bid.disqualification_basis or {}).get("rule", ""),
        "excluded_by": bid.disqualified_by_id.name or "",
    }
