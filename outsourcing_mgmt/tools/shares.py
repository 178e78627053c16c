"""Amounts and quantities whose parts sum to the whole, without the ORM."""

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal


def split(total, weights, step):
    """Split ``total`` over ``weights`` by largest remainder; the parts sum to it.

    Of equal remainders the first is rounded up.

    :param total: rounded to ``step`` first
    :param weights: numbers, none negative
    :param step: the smallest part, such as 0.01
    :rtype: list of float
    """
    step = _to_decimal(step)
    weights = [_to_decimal(weight) for weight in weights]
    whole = sum(weights)
    if not whole:
        return [0.0 for _weight in weights]
    units = (_to_decimal(total) / step).to_integral_value(ROUND_HALF_UP)
    exact = [units * weight / whole for weight in weights]
    parts = [part.to_integral_value(ROUND_FLOOR) for part in exact]
    order = sorted(
        range(len(exact)), key=lambda index: (parts[index] - exact[index], index)
    )
    for index in order[: int(units - sum(parts))]:
        parts[index] += 1
    return [float(part * step) for part in parts]


def add_up(amounts, round_amount, is_global):
    """Return the total of amounts that are not rounded yet.

    As Odoo adds up the lines of an order: where a company rounds globally, the sum
    is rounded and not the lines.

    :param round_amount: function that rounds to the currency
    """
    if is_global:
        return round_amount(sum(amounts))
    return round_amount(sum(round_amount(amount) for amount in amounts))


def _to_decimal(number):
    return number if isinstance(number, Decimal) else Decimal(repr(number))
