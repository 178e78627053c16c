"""Where the fee goes, from the frozen document of a quality form, without Odoo.

A document may have a key ``money``: the money rules of the template version,
the facts of the period and its contract year, and what somebody waived. Without
it only the score costs something, as in all documents of the first format.
"""

from decimal import Decimal, localcontext

from . import credits, scoring


def get_parts(document, money):
    """Return the parts of the fee as plain data, as the result states them.

    Documents of the first format keep the result in which they were hashed.

    :param credits.Money money: where the fee of ``document`` goes
    """
    parts = {
        "deduction": get_text(money.deduction),
        "disputed": get_text(money.disputed),
        "payable": get_text(money.payable),
    }
    if "money" in document:
        parts["retention"] = get_text(money.retention)
        parts["rows"] = [
            {
                name: get_text(value) if isinstance(value, Decimal) else value
                for name, value in vars(row).items()
            }
            for row in money.rows
        ]
    return parts


def get_money(document, rate, stayed_rate, line_results):
    """Return the :class:`credits.Money` of ``document``.

    :param rate: percentage deducted by the score as collected
    :param stayed_rate: percentage while the open disputes are undecided
    :param list line_results: with the points of each line
    """
    inputs = document.get("money", {})
    return credits.split_money(
        document["fee"],
        rate,
        stayed_rate,
        document["rounding"],
        get_rules(inputs.get("rules", {})),
        get_facts(document, inputs, line_results),
    )


def get_rules(rules):
    return credits.Rules(
        **{
            name: scoring.to_decimal(value)
            for name, value in rules.items()
            if name.endswith(("_rate", "_cap"))
        },
        credits=tuple(credits.Credit(**item) for item in rules.get("credits", ())),
    )


def get_facts(document, inputs, line_results):
    facts = inputs.get("facts", {})
    year = facts.get("year")
    points = {}
    if inputs:
        points = {
            line["code"]: result["points"]
            for line, result in zip(document["lines"], line_results, strict=True)
            if _can_give_credit(line, result)
        }
    return credits.Facts(
        points=points,
        disputed=frozenset(
            line["code"] for line in document["lines"] if line["disputed"]
        ),
        repeated=frozenset(facts.get("repeated", ())),
        milestones=tuple(
            credits.Milestone(item["key"], item["amount"], item["days"])
            for item in facts.get("milestones", ())
        ),
        waived=frozenset(inputs.get("waivers", ())),
        year_fee=_get_year_fee(document, year) if year else None,
        year_lost=scoring.to_decimal(year["lost"]) if year else scoring.ZERO,
    )


def get_text(number):
    """Return the shortest plain decimal text of ``number``."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _can_give_credit(line, result):
    """Points that no evidence of this period gave cost no credit.

    Except the zero of a metric whose evidence the vendor owes.
    """
    if result["points"] is None:
        return False
    return result["measured"] or line["rules"]["missing_policy"] == "zero"


def _get_year_fee(document, year):
    """Return the fees of the contract year, or what the period's make of it."""
    if year["fee"] is not None:
        return scoring.to_decimal(year["fee"])
    with localcontext(scoring.CONTEXT):
        return (
            scoring.to_decimal(document["fee"])
            * 12
            / scoring.to_decimal(year["months"])
        )
