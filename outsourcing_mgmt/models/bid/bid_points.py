"""What a bidder is told of its own bid: points of each criterion, places by line."""

from ...tools import evaluation


def get_points(bid):
    """Return what each criterion gave the bid, as the notice of the award tells it.

    Means of the members, so that no member is known by the points.

    :param bid: outsourcing.bid, with sudo
    :return: list of dicts with ``name``, ``kind``, ``passed``, ``points``,
        ``max_points`` and ``part``, the contribution to a total of 100
    """
    tender = bid.tender_id
    # A bid that was excluded keeps its scores, which count no more in the ranking.
    scores = bid.score_ids.filtered(
        lambda score: (
            score.state == "submitted"
            and score.member_id.is_voting
            and not score.struck_date
        )
    )
    by_criterion = scores.grouped("criterion_id")
    rows = []
    for criterion in tender.criterion_ids:
        given = by_criterion.get(criterion)
        row = {"name": criterion.name, "kind": criterion.kind}
        if criterion.kind == "pass_fail" and given:
            passes = evaluation.mean([int(score.verdict == "pass") for score in given])
            rows.append({**row, "passed": passes > evaluation.to_decimal("0.5")})
        elif criterion.kind == "scored" and given:
            points = evaluation.mean(given.mapped("value"))
            rows.append({**row, **_get_part(criterion, points)})
        elif criterion.kind == "record" and bid.state != "disqualified":
            points = tender._get_record_points(bid, criterion)
            rows.append({**row, **_get_part(criterion, points)})
        elif criterion.kind == "price" and bid.rank:
            share = evaluation.to_decimal(bid.price_score) / evaluation.SCALE
            points = evaluation.to_decimal(criterion.max_points)
            points *= share * evaluation.BASIS_POINTS / (criterion.weight or 1)
            rows.append({**row, **_get_part(criterion, points)})
    return rows


def _get_part(criterion, points):
    part = evaluation.weighted(points, criterion.max_points, criterion.weight)
    return {
        "points": float(evaluation.round_points(points)),
        "max_points": criterion.max_points,
        "part": float(evaluation.round_points(part)),
    }


def get_places(bid):
    """Return the place of the bid for each service of an award by line.

    :param bid: outsourcing.bid, with sudo
    :return: list of dicts with ``name``, ``subtotal``, ``total`` and ``rank``
    """
    if not bid.tender_id.award_by_line:
        return []
    return [
        {
            "name": line.name,
            "subtotal": line.price_subtotal,
            "total": line.total_score,
            "rank": line.rank,
        }
        for line in bid.line_ids
        if line.rank
    ]
