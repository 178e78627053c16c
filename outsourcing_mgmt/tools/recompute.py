#!/usr/bin/env python3
"""Re-compute the ranking of an exported evaluation bundle, without Odoo.

    python3 recompute.py bundle.json

Prints the ranking and who was excluded, and exits with 1 when hash, ranking or the
exclusions by a rule are not what the bundle's own rules, bids and scores give. Bids
that a person excluded are printed with the reason: no figure decides on them.
"""

# pylint: disable=print-used
import json
import sys
from pathlib import Path

if __package__:
    from . import evaluation, sealing
else:
    # The other tools of the folder need packages that a checker need not have.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import evaluation
    import sealing

FORMAT = "outsourcing-evaluation/3"
CRITERION = "criterion"
CEILING = "ceiling"
"""The rules that exclude a bid without a person: points or verdict, price."""
FORMATS = ("outsourcing-evaluation/1", "outsourcing-evaluation/2", FORMAT)
"""The first had no services: tenders awarded by line cannot be checked from it. In the
second a service was won for a price of zero, which since is no offer."""


def get_means(document):
    """Return ``{(bid, criterion): mean points}``; a pass counts one."""
    kinds = {row["id"]: row["kind"] for row in document["criteria"]}
    values = {}
    for score in document["scores"]:
        points = score["value"]
        if kinds[score["criterion"]] == "pass_fail":
            points = 1 if score["verdict"] == "pass" else 0
        values.setdefault((score["bid"], score["criterion"]), []).append(points)
    return {key: evaluation.mean(points) for key, points in values.items()}


def get_parts(document, bids, means):
    """Return ``{bid: (technical part, price part)}`` of a total of 100."""
    lowest = min((evaluation.to_decimal(bid["price"]) for bid in bids), default=0)
    parts = {}
    for bid in bids:
        technical = price = evaluation.to_decimal(0)
        for row in document["criteria"]:
            if row["kind"] == "scored":
                points = means.get((bid["id"], row["id"]), 0)
                technical += evaluation.weighted(
                    points, row["max_points"], row["weight"]
                )
            elif row["kind"] == "record":
                points = evaluation.record_points(
                    bid["past_quality"], row["max_points"], row["no_record_percent"]
                )
                technical += evaluation.weighted(
                    points, row["max_points"], row["weight"]
                )
            elif row["kind"] == "price":
                points = evaluation.price_points(
                    bid["price"],
                    lowest,
                    row["max_points"],
                    row["price_formula"],
                    document["reference_amount"],
                )
                price += evaluation.weighted(points, row["max_points"], row["weight"])
        parts[bid["id"]] = (technical, price)
    return parts


def get_ranking(document):
    """Return the ranking as the bundle states it: rows of the bids not excluded.

    Bids for different services have places for each service alone.
    """
    if document.get("partial_bids"):
        return []
    bids = [bid for bid in document["bids"] if not bid["excluded"]]
    parts = get_parts(document, bids, get_means(document))
    ranked = evaluation.rank(
        [(bid["id"], sum(parts[bid["id"]]), bid["price"]) for bid in bids]
    )
    if len({row.rank for row in ranked}) < len(ranked):
        ranked = evaluation.break_ties(
            ranked,
            {key: technical for key, (technical, _price) in parts.items()},
            document["lot_seed"],
            {bid["id"]: bid["sha256"] for bid in bids},
        )
    return [
        {
            "bid": row.key,
            "rank": row.rank,
            "technical": str(evaluation.round_points(parts[row.key][0])),
            "price": str(evaluation.round_points(parts[row.key][1])),
            "total": str(evaluation.round_points(sum(parts[row.key]))),
        }
        for row in sorted(ranked, key=lambda row: row.rank)
    ]


def get_line_ranking(document):
    """Return the ranking for each service of an award by line, as the bundle states it.

    The price of the service stands in place of the whole one.
    """
    if not document.get("award_by_line"):
        return []
    bids = [bid for bid in document["bids"] if not bid["excluded"]]
    parts = get_parts(document, bids, get_means(document))
    technical = {key: part for key, (part, _price) in parts.items()}
    tickets = {bid["id"]: bid["sha256"] for bid in bids}
    [price] = [row for row in document["criteria"] if row["kind"] == "price"]
    prices = {}
    for bid in bids:
        for row in bid["lines"]:
            if document["format"] == FORMAT and not evaluation.to_decimal(row["price"]):
                continue
            prices.setdefault(row["line"], {})[bid["id"]] = row["price"]
    result = []
    for line, offers in sorted(prices.items()):
        lowest = min(evaluation.to_decimal(offer) for offer in offers.values())
        totals = {}
        for key, offer in offers.items():
            points = evaluation.price_points(
                offer, lowest, price["max_points"], price["price_formula"]
            )
            totals[key] = technical[key] + evaluation.weighted(
                points, price["max_points"], price["weight"]
            )
        ranked = evaluation.rank(
            [(key, totals[key], offer) for key, offer in offers.items()]
        )
        if len({row.rank for row in ranked}) < len(ranked):
            ranked = evaluation.break_ties(
                ranked, technical, document["lot_seed"], tickets
            )
        result += [
            {
                "line": line,
                "bid": row.key,
                "rank": row.rank,
                "total": str(evaluation.round_points(totals[row.key])),
            }
            for row in sorted(ranked, key=lambda row: row.rank)
        ]
    return result


def get_failures(document):
    """Return ``{bid: rules}`` by which bids are excluded, of the bundle's figures.

    A criterion that the bid did not pass, or got too few points for; a price above the
    reference price, where that is the ceiling for each bid.
    """
    means = get_means(document)
    limit = evaluation.to_decimal(document["reference_amount"])
    has_ceiling = document["has_price_ceiling"] and not document["partial_bids"]
    failures = {}
    for bid in document["bids"]:
        rules = failures.setdefault(bid["id"], set())
        for row in document["criteria"]:
            mean = means.get((bid["id"], row["id"]))
            if mean is None:
                continue
            least = {
                "pass_fail": mean * 2 <= 1,
                "scored": mean < evaluation.to_decimal(row["min_points"]),
            }
            if least.get(row["kind"]):
                rules.add(CRITERION)
        price = evaluation.to_decimal(bid["price"])
        if has_ceiling and limit and price > limit:
            rules.add(CEILING)
    return failures


def get_exclusion_problems(document):
    """Return where exclusions and ceiling are not what the bundle's figures give."""
    problems = []
    failures = get_failures(document)
    for bid in document["bids"]:
        failed, rule = failures[bid["id"]], bid["excluded_rule"]
        if not bid["excluded"] and failed:
            names = ", ".join(sorted(failed))
            problems.append(f"bid {bid['id']}: fails by {names}, and is not excluded")
        elif bid["excluded"] and rule and rule not in failed:
            problems.append(f"bid {bid['id']}: excluded by {rule}, and does not fail")
        elif bid["excluded"] and not (bid["reason"] and bid["excluded_by"]):
            problems.append(f"bid {bid['id']}: excluded without a reason or a person")
    limit = evaluation.to_decimal(document["reference_amount"])
    if document["partial_bids"] and document["has_price_ceiling"] and limit:
        first = {
            (row["line"], row["bid"])
            for row in document["line_ranking"]
            if row["rank"] == 1
        }
        amount = sum(
            evaluation.to_decimal(row["price"])
            for bid in document["bids"]
            for row in bid["lines"]
            if (row["line"], bid["id"]) in first
        )
        if amount > limit:
            problems.append(f"best offers cost {amount}, above the ceiling {limit}")
    return problems


def check(bundle):
    """Return the differences between a bundle and its own figures.

    :param dict bundle: ``{"document": ..., "sha256": ...}``
    """
    document = bundle["document"]
    if document.get("format") not in FORMATS:
        return [f"unknown format: {document.get('format')}"]
    problems = []
    if sealing.digest(sealing.canonical(document)) != bundle["sha256"]:
        problems.append("hash: the document was changed after it was exported")
    computed = {row["bid"]: row for row in get_ranking(document)}
    stated = {row["bid"]: row for row in document["ranking"]}
    for key in sorted(computed.keys() | stated.keys()):
        if computed.get(key) != stated.get(key):
            problems.append(
                f"bid {key}: {computed.get(key)} computed, {stated.get(key)} stated"
            )
    computed = {(row["line"], row["bid"]): row for row in get_line_ranking(document)}
    stated = {
        (row["line"], row["bid"]): row for row in document.get("line_ranking", ())
    }
    for key in sorted(computed.keys() | stated.keys()):
        if computed.get(key) != stated.get(key):
            problems.append(
                f"service {key[0]}, bid {key[1]}: {computed.get(key)} computed, "
                f"{stated.get(key)} stated"
            )
    if document["format"] == FORMAT:
        problems += get_exclusion_problems(document)
    return problems


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip())
        return 2
    try:
        bundle = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        problems = check(bundle)
        names = {bid["id"]: bid["vendor"] for bid in bundle["document"]["bids"]}
        ranking = get_ranking(bundle["document"])
        lines = get_line_ranking(bundle["document"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{arguments[0]}: not an evaluation bundle: {error!r}")
        return 2
    for row in ranking:
        print(
            f"{row['rank']:>3}  {names[row['bid']]:<40} technical {row['technical']}"
            f"  price {row['price']}  total {row['total']}"
        )
    for row in lines:
        print(
            f"service {row['line']}: {row['rank']:>3}  {names[row['bid']]:<40}"
            f"  total {row['total']}"
        )
    for bid in bundle["document"]["bids"]:
        if bid["excluded"]:
            decided = bid.get("excluded_rule") or bid.get("excluded_by") or "-"
            print(f"  -  {bid['vendor']:<40} excluded ({decided}): {bid['reason']}")
    for problem in problems:
        print(f"DIFFERENT {problem}")
    print("OK" if not problems else f"{len(problems)} differences")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
