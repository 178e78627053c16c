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
        elif criterion.kind == "price" and bid.rank and not tender.award_by_line:
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
    """Return each service of an award by line: the own place, and who wins it.

    Winners as far as bidders are told of them; no place for what the bid does not
    offer, and none of a bid that was disqualified.

    :param bid: outsourcing.bid, with sudo
    :return: list of dicts with ``name``, ``subtotal``, ``total`` and ``rank`` of the
        bid, ``winner`` and ``winner_total``
    """
    tender = bid.tender_id
    if not tender.award_by_line:
        return []
    awarded = {}
    for award in get_told_awards(tender):
        won = award.line_ids.tender_line_id
        for line in award.bid_id.line_ids:
            if line.tender_line_id in won:
                awarded[line.tender_line_id] = line
    is_excluded = bid.state == "disqualified"
    own = bid.line_ids.browse() if is_excluded else bid.line_ids.filtered("rank")
    by_line = {line.tender_line_id: line for line in own}
    rows = []
    for service in tender.line_ids:
        line, best = by_line.get(service), awarded.get(service)
        if line or best:
            rows.append(
                {
                    "name": service.name,
                    "subtotal": line and line.price_subtotal,
                    "total": line and line.total_score,
                    "rank": line and line.rank,
                    "winner": best and best.partner_id.name or "",
                    "winner_total": best and best.total_score,
                }
            )
    return rows


def get_told_awards(tender):
    """Return the awards of which bidders were told."""
    return tender.award_ids.filtered(lambda award: award.state in ("notified", "final"))


def get_outcome(bid, awards):
    """Return what a bidder knows of each award of which it was told.

    :param bid: outsourcing.bid, with sudo
    :param awards: of :func:`get_told_awards`
    :return: list of dicts with ``award``, ``won``, ``services`` (where awarded by
        line), ``objection`` and ``may_object``; what was won first
    """
    # sudo: a vendor has no access to objections; the domain finds its own.
    objections = bid.env["outsourcing.objection"].sudo()
    own = objections.search([("award_id", "in", awards.ids), ("bid_id", "=", bid.id)])
    own = own.grouped("award_id")
    rows = []
    for award in awards.sorted(lambda award: (award.bid_id != bid, award.id)):
        won, objection = award.bid_id == bid, own.get(award, objections)
        rows.append(
            {
                "award": award,
                "won": won,
                "services": award.line_ids.mapped("name")
                if bid.tender_id.award_by_line
                else [],
                "objection": objection[:1],
                "may_object": award.state == "notified" and not won and not objection,
            }
        )
    return rows
