"""Splits the fee of a period: deductions, retention, dispute, rest. No ORM.

The fee of a period is split into what is lost (score table, service credits,
late fines), what is paid later (retention), what waits for the decision of a
dispute, and what is payable. The parts sum to the fee exactly, in the smallest
unit of the currency.

Each item that is lost is computed by itself and then capped with the others,
by largest remainder. A :class:`Row` keeps its own arithmetic, so that people
can do it again by hand.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from .scoring import CONTEXT, HUNDRED, ZERO, allocate, round_half_up, to_decimal

LOST_KINDS = ("score", "credit", "fine")
"""Kinds of item that the vendor loses; a retention is only paid later."""


@dataclass(frozen=True)
class Credit:
    """The service credit that one metric gives under some points.

    :param below: points under which the credit is due
    :param allocation: percentage of the pool
    :param repeat_factor: multiplies the credit when the period before it
        missed the same mark
    :param group: of the credits of one group, only the largest counts
    """

    code: str
    below: Decimal
    allocation: Decimal
    repeat_factor: Decimal = Decimal(1)
    group: str = ""


@dataclass(frozen=True)
class Milestone:
    """A milestone that came late."""

    key: str
    amount: Decimal
    days: int


@dataclass(frozen=True)
class Rules:
    """The money rules of one template version, all in percent."""

    at_risk_rate: Decimal = HUNDRED
    annual_cap_rate: Decimal = ZERO
    late_fine_rate: Decimal = ZERO
    late_fine_cap: Decimal = ZERO
    retention_rate: Decimal = ZERO
    credits: tuple = ()


@dataclass(frozen=True)
class Facts:
    """What happened in the period and in the contract year before it."""

    points: dict = field(default_factory=dict)
    """``{code: points}`` of the metrics that can give a credit."""
    disputed: frozenset = frozenset()
    """Codes of the lines whose consequence is suspended."""
    repeated: frozenset = frozenset()
    """Codes whose mark was missed in the period before, too."""
    milestones: tuple = ()
    waived: frozenset = frozenset()
    """Keys of the rows that somebody waived."""
    year_fee: Decimal | None = None
    """Fees of the contract year; None when there is no annual cap."""
    year_lost: Decimal = ZERO
    """What earlier periods of the contract year lost."""


@dataclass(frozen=True)
class Row:
    """One item of the split, with its arithmetic.

    ``uncapped`` = ``basis`` x ``rate`` % x ``factor`` x ``days``, rounded.
    ``cap`` names what made this row smaller by itself: ``fine`` (cap of the
    milestone), ``group`` (a larger credit of the same incident) or ``waived``.
    ``shared_cap`` names what made all rows smaller: ``period`` (share at risk)
    or ``year`` (annual cap). What is left is ``amount`` + ``disputed``.
    """

    key: str
    kind: str
    basis: Decimal
    rate: Decimal
    uncapped: Decimal
    factor: Decimal = Decimal(1)
    days: int = 1
    code: str = ""
    cap: str = ""
    cap_amount: Decimal = ZERO
    shared_cap: str = ""
    shared_cap_amount: Decimal = ZERO
    amount: Decimal = ZERO
    disputed: Decimal = ZERO


@dataclass(frozen=True)
class FeeSplit:
    """Where the fee of a period goes; the parts sum to the fee exactly."""

    fee: Decimal
    deduction: Decimal
    retention: Decimal
    disputed: Decimal
    payable: Decimal
    rows: tuple = ()


# ------------------------------------------------------------
# SPLIT
# ------------------------------------------------------------


def split_fee(fee, rate, upheld_rate, step, rules=None, facts=None):
    """Split ``fee`` into its parts.

    :param rate: percentage deducted by the score as collected
    :param upheld_rate: percentage that would be deducted if every open dispute
        were upheld
    :param step: rounding of the currency, such as 0.01
    :rtype: FeeSplit
    """
    fee, step = to_decimal(fee), to_decimal(step)
    rules, facts = rules or Rules(), facts or Facts()
    if fee < 0:
        raise ValueError("negative fee")
    with localcontext(CONTEXT):
        full = get_rows(fee, rate, step, rules, facts)
        upheld = full
        if facts.disputed:
            upheld = get_rows(
                fee,
                min(to_decimal(rate), to_decimal(upheld_rate)),
                step,
                rules,
                replace(facts, points=_leave_out(facts.points, facts.disputed)),
            )
        rows = _split_disputed(full, {row.key: row.amount for row in upheld})
        deduction = sum((row.amount for row in rows), ZERO)
        disputed = sum((row.disputed for row in rows), ZERO)
        rest = fee - deduction - disputed
        retention = get_retention(rest, rules.retention_rate, step)
        if retention.key in facts.waived:
            retention = _waive(retention)
        if retention.uncapped:
            rows.append(retention)
        return FeeSplit(
            fee,
            deduction,
            retention.amount,
            disputed,
            rest - retention.amount,
            tuple(rows),
        )


def get_rows(fee, rate, step, rules, facts):
    """Return the rows that are lost, capped together, in a fixed order."""
    rows = [
        row
        for row in (
            get_score_row(fee, rate, step),
            *get_credit_rows(fee, step, rules, facts),
            *get_fine_rows(step, rules, facts),
        )
        if row.uncapped
    ]
    rows = [_waive(row) if row.key in facts.waived else row for row in rows]
    rows = _take_largest(rows, rules)
    return _cap(rows, step, *get_cap(fee, step, rules, facts))


def _leave_out(points, codes):
    return {code: item for code, item in points.items() if code not in codes}


def _split_disputed(full, upheld):
    """Split each row into what is lost anyway and what is in dispute."""
    rows = []
    for row in full:
        lost = min(row.amount, upheld.get(row.key, ZERO))
        rows.append(replace(row, amount=lost, disputed=row.amount - lost))
    return rows


# ------------------------------------------------------------
# ITEMS
# ------------------------------------------------------------


def get_score_row(fee, rate, step):
    """Return what the score costs by the deduction table."""
    rate = to_decimal(rate)
    amount = min(round_half_up(fee * rate / 100, step), fee)
    return Row("score", "score", fee, rate, amount, amount=amount)


def get_pool(fee, rate, step):
    """Return what a period may cost at most: the amount at risk."""
    return min(round_half_up(fee * to_decimal(rate) / 100, step), fee)


def get_credit_rows(fee, step, rules, facts):
    """Return the service credits of the metrics under their mark."""
    pool = get_pool(fee, rules.at_risk_rate, step)
    rows = []
    for credit in sorted(rules.credits, key=lambda item: item.code):
        points = facts.points.get(credit.code)
        if points is None or to_decimal(points) >= to_decimal(credit.below):
            continue
        rate = to_decimal(credit.allocation)
        factor = Decimal(1)
        if credit.code in facts.repeated:
            factor = to_decimal(credit.repeat_factor)
        amount = round_half_up(pool * rate / 100 * factor, step)
        rows.append(
            Row(
                f"credit:{credit.code}",
                "credit",
                pool,
                rate,
                amount,
                factor=factor,
                code=credit.code,
                amount=amount,
            )
        )
    return rows


def get_fine_rows(step, rules, facts):
    """Return the fines of the milestones that came late."""
    rate = to_decimal(rules.late_fine_rate)
    rows = []
    for item in sorted(facts.milestones, key=lambda item: item.key):
        basis = to_decimal(item.amount)
        if not rate or item.days <= 0 or basis <= 0:
            continue
        uncapped = round_half_up(basis * rate / 100 * item.days, step)
        limit = round_half_up(basis * to_decimal(rules.late_fine_cap) / 100, step)
        row = Row(
            f"fine:{item.key}",
            "fine",
            basis,
            rate,
            uncapped,
            days=item.days,
            amount=uncapped,
        )
        if uncapped > limit:
            row = replace(row, cap="fine", cap_amount=limit, amount=limit)
        rows.append(row)
    return rows


def get_retention(rest, rate, step):
    """Return what of the rest of the fee is paid later."""
    rate = to_decimal(rate)
    amount = min(round_half_up(rest * rate / 100, step), rest)
    return Row("retention", "retention", rest, rate, amount, amount=amount)


# ------------------------------------------------------------
# CAPS
# ------------------------------------------------------------


def get_cap(fee, step, rules, facts):
    """Return ``(most that the period may cost, name of the cap)``."""
    period = get_pool(fee, rules.at_risk_rate, step)
    if not to_decimal(rules.annual_cap_rate) or facts.year_fee is None:
        return period, "period"
    year = round_half_up(
        to_decimal(facts.year_fee) * to_decimal(rules.annual_cap_rate) / 100, step
    )
    left = max(year - to_decimal(facts.year_lost), ZERO)
    return (left, "year") if left < period else (period, "period")


def _waive(row):
    return replace(row, cap="waived", cap_amount=ZERO, amount=ZERO)


def _take_largest(rows, rules):
    """Keep only the largest credit of each incident group."""
    groups = {credit.code: credit.group for credit in rules.credits}
    largest = {}
    for row in rows:
        group = groups.get(row.code)
        if group and (group not in largest or row.amount > largest[group].amount):
            largest[group] = row
    return [
        replace(row, cap="group", cap_amount=largest[group].amount, amount=ZERO)
        if (group := groups.get(row.code))
        and row.amount
        and largest[group].key != row.key
        else row
        for row in rows
    ]


def _cap(rows, step, limit, name):
    """Bring the sum of the rows down to ``limit``, each in proportion."""
    total = sum((row.amount for row in rows), ZERO)
    if total <= limit:
        return rows
    parts = allocate(limit, [row.amount for row in rows], step)
    return [
        replace(row, shared_cap=name, shared_cap_amount=limit, amount=part)
        if row.amount
        else row
        for row, part in zip(rows, parts, strict=True)
    ]


# ------------------------------------------------------------
# BILLS
# ------------------------------------------------------------


def settle(fee, lost, billed, credited):
    """Return what is still to be credited, and what goes back to the vendor.

    Only what was billed beyond the fee less what is lost is credited, so a
    vendor who bills without it gets no credit note. When a later form takes
    less than was credited, the vendor may bill the difference again.

    :param lost: what the form takes from the fee
    :param billed: what the posted bills take from the fee, before the credits
    :param credited: what posted credit notes and bill lines took off already
    :return: ``(to credit, to return)``, one of them zero
    """
    fee, lost, billed, credited = map(to_decimal, (fee, lost, billed, credited))
    with localcontext(CONTEXT):
        open_amount = billed - credited - (fee - lost)
        to_credit = min(max(open_amount, ZERO), max(lost - credited, ZERO))
        to_return = min(max(-open_amount, ZERO), max(credited - lost, ZERO))
        return to_credit, to_return
