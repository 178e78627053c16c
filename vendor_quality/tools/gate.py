"""The rules of the gate on vendor bills: facts in, verdict out.

Nothing here reads the database. The model ``vendor.quality.gate`` gathers the
facts of a whole batch, asks these functions and acts on the verdicts, so every
route to a posted or paid bill is judged by the same few lines.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from odoo.tools import float_compare, float_is_zero, float_round

DECIDED_KINDS = ("advance", "deposit", "outside")
"""Kinds of bill that are no service of a period, if two persons say so."""

SCORE_DIGITS = 2

# ------------------------------------------------------------
# FACTS
# ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """A quality form of the contract whose period touches the bill's."""

    id: int
    date_start: date
    date_end: date
    state: str = "approved"
    name: str = ""
    score: float = 0.0
    is_rated: bool = True
    threshold: float = 0.0
    gate_at: str = "both"
    not_rated_policy: str = "exception"
    blocks_posting: bool = False
    blocks_payment: bool = False
    """What the grade of the form blocks."""
    fee: float = 0.0
    payable: float = 0.0
    billed: float = 0.0
    paid: float = 0.0
    """``billed`` and ``paid``: untaxed, by other posted bills."""
    rounding: float = 0.01


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract that governs the vendor of the bill."""

    id: int
    date_start: date
    date_end: date | None = None
    name: str = ""
    currency_id: int | None = None
    gate_at: str = "both"
    forms: tuple[Form, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """An approved exception, or an approved decision on the kind of a bill."""

    id: int
    purpose: str
    amount_limit: float
    for_posting: bool
    for_payment: bool
    is_expired: bool = False
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """A vendor bill as the ledger has it.

    ``untaxed`` is in the currency of the contract (None: no rate is known),
    the other amounts are in the currency of the bill.
    """

    id: int
    kind: str = "service"
    is_posted: bool = False
    contract_id: int | None = None
    date_start: date | None = None
    date_end: date | None = None
    untaxed: float | None = 0.0
    untaxed_own: float = 0.0
    total: float = 0.0
    fingerprint: str = ""
    decided_fingerprint: str | None = None
    """Fingerprint at the decision to post; None when there was none."""
    shares: dict[int, float] = field(default_factory=dict)
    """Untaxed amount by form, as allocated when the bill was posted."""
    granted: float = 0.0
    """What used exceptions already let through, tax included."""
    permits: tuple[Permit, ...] = ()
    rounding: float = 0.01


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says: ``rule`` is empty when the bill may pass."""

    rule: str = ""
    contract: Contract | None = None
    form: Form | None = None
    day: date | None = None
    amount: float = 0.0
    """What is still free: of the fee, or of the payable amount."""
    shares: dict[int, float] = field(default_factory=dict)
    permit: Permit | None = None
    granted: float = 0.0
    """What the permit lets through now, beyond what was allowed already."""
    is_governed: bool = True

    @property
    def is_blocked(self):
        return bool(self.rule)

    @property
    def ground(self):
        """Why the bill may pass: ``form``, ``exception`` or ``kind``."""
        if not self.permit:
            return "form"
        return "exception" if self.permit.purpose == "exception" else "kind"


FREE = Verdict(is_governed=False)

ACTORS = {
    "contract_choose": "accounting",
    "contract_foreign": "accounting",
    "period_missing": "accounting",
    "period_reversed": "accounting",
    "rate_missing": "accounting",
    "kind_undecided": "finance",
    "form_missing": "officer",
    "form_unapproved": "approver",
    "over_fee": "accounting",
    "not_posted": "accounting",
    "changed": "accounting",
    "undecided": "accounting",
    "grade_blocks": "finance",
    "not_rated": "finance",
    "score_low": "finance",
    "over_payable": "accounting",
    "over_limit": "finance",
}
"""Who can act on each rule; the key of the work list."""

FORM_ACTORS = {
    "draft": "officer",
    "collected": "officer",
    "vendor_review": "vendor",
    "review": "approver",
}


def get_actor(verdict):
    """Return who must act: accounting, officer, vendor, approver or finance."""
    if verdict.rule == "form_unapproved" and verdict.form:
        return FORM_ACTORS.get(verdict.form.state, "officer")
    return ACTORS.get(verdict.rule, "finance")


# ------------------------------------------------------------
# ARITHMETIC
# ------------------------------------------------------------


def make_fingerprint(values):
    """Return a digest of what was decided on, the same on every machine."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def find_gap(forms, start, end):
    """Return the first day of ``start``..``end`` that no form covers, or None."""
    day = start
    for form in sorted(forms, key=lambda item: (item.date_start, item.date_end)):
        if form.date_start > day:
            break
        day = max(day, form.date_end + timedelta(days=1))
    return day if day <= end else None


def split(amount, weights, rounding=0.01):
    """Split ``amount`` by ``weights`` so that the rounded parts sum to it.

    The rest of the rounding goes to the parts that lost most (largest
    remainder); without any weight the first part takes all.
    """
    if not weights:
        return []
    total = sum(weights)
    if total <= 0:
        return [amount, *([0.0] * (len(weights) - 1))]
    exact = [amount * weight / total for weight in weights]
    parts = [
        float_round(value, precision_rounding=rounding, rounding_method="DOWN")
        for value in exact
    ]
    units = round((amount - sum(parts)) / rounding)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    step = rounding if units >= 0 else -rounding
    for position in range(abs(units)):
        index = order[position % len(order)]
        parts[index] = float_round(parts[index] + step, precision_rounding=rounding)
    return parts


def allocate(amount, forms):
    """Spread an untaxed amount over forms within what is free of their fees.

    :return: ``{form id: amount}``, or None when it does not fit
    """
    if amount <= 0:
        return {form.id: 0.0 for form in forms}
    rounding = forms[0].rounding
    rooms = [max(form.fee - form.billed, 0.0) for form in forms]
    if float_compare(amount, sum(rooms), precision_rounding=rounding) > 0:
        return None
    parts = split(amount, rooms, rounding)
    return {form.id: part for form, part in zip(forms, parts, strict=True)}


def get_payable(bill, forms):
    """Return what may be paid on the bill in all, tax included.

    Each form gives at most the bill's share of it, and at most what its payable
    amount leaves after the payments on other bills.
    """
    if bill.untaxed <= 0:
        return max(bill.total, 0.0)
    shares = dict(bill.shares)
    rest = bill.untaxed - sum(shares.values())
    if not float_is_zero(rest, precision_rounding=forms[0].rounding) and rest > 0:
        weights = [max(form.payable - form.paid, 0.0) for form in forms]
        for form, part in zip(forms, split(rest, weights), strict=True):
            shares[form.id] = shares.get(form.id, 0.0) + part
    allowed = sum(
        min(shares.get(form.id, 0.0), max(form.payable - form.paid, 0.0))
        for form in forms
    )
    share = min(allowed / bill.untaxed, 1.0)
    return float_round(bill.total * share, precision_rounding=bill.rounding)


# ------------------------------------------------------------
# VERDICTS
# ------------------------------------------------------------


def decide_posting(bill, contracts):
    """Say whether the bill may be posted.

    :param Bill bill: the bill, as it would be posted
    :param list contracts: the contracts that govern it; none: it is free
    :rtype: Verdict
    """
    if not contracts:
        return FREE
    if bill.kind in DECIDED_KINDS:
        return _decide_kind(bill)
    verdict = _judge_posting(bill, contracts)
    if not verdict.is_blocked:
        return verdict
    for permit in bill.permits:
        if permit.purpose == "exception" and permit.for_posting:
            if not _permits(permit, bill, bill.total):
                continue
            return Verdict(
                contract=verdict.contract,
                permit=permit,
                shares=_allocate_what_fits(bill, verdict.contract),
            )
    return verdict


def decide_payment(bill, contracts, paid_after, paid_before=0.0):
    """Say whether the bill may be paid up to ``paid_after`` in all.

    :param float paid_after: paid on the bill with the payment in question, in
        the currency of the bill and with tax
    :param float paid_before: what was paid before it
    :rtype: Verdict
    """
    if not contracts:
        return FREE
    if bill.kind in DECIDED_KINDS:
        return _decide_kind(bill, paid_after)
    verdict = _judge_payment(bill, contracts)
    limit = 0.0 if verdict.is_blocked else verdict.amount
    granted = bill.granted if bill.is_posted and verdict.rule != "changed" else 0.0
    if compare(paid_after, limit + granted, bill) <= 0:
        if granted or not verdict.is_blocked:
            return replace(verdict, rule="", amount=limit + granted)
    elif not verdict.is_blocked:
        verdict = replace(verdict, rule="over_payable")
    base = max(paid_before, limit + granted)
    for permit in bill.permits:
        if (
            bill.is_posted
            and permit.purpose == "exception"
            and permit.for_payment
            and _permits(permit, bill, paid_after - base)
        ):
            return Verdict(
                contract=verdict.contract,
                permit=permit,
                amount=base + permit.amount_limit,
                granted=paid_after - base,
            )
    return verdict


def _decide_kind(bill, paid_after=None):
    for permit in bill.permits:
        if permit.purpose != bill.kind or permit.fingerprint != bill.fingerprint:
            continue
        if bill.kind == "outside":
            return Verdict(permit=permit, amount=bill.total)
        if paid_after is not None and not bill.is_posted:
            return Verdict(rule="not_posted")
        asked = bill.total if paid_after is None else paid_after
        if compare(asked, permit.amount_limit, bill) > 0:
            return Verdict(rule="over_limit", amount=permit.amount_limit)
        return Verdict(permit=permit, amount=permit.amount_limit)
    return Verdict(rule="kind_undecided")


def _judge_posting(bill, contracts):
    contract, rule = _choose_contract(bill, contracts)
    if rule:
        return Verdict(rule=rule)
    if "post" not in _get_stages(bill, contract):
        return Verdict(contract=contract)
    verdict = _judge_forms(bill, contract)
    if verdict.is_blocked:
        return verdict
    forms = _get_covering(bill, contract)
    for form in forms:
        if form.blocks_posting:
            return Verdict(rule="grade_blocks", contract=contract, form=form)
    shares = allocate(bill.untaxed, forms)
    if shares is None:
        return Verdict(
            rule="over_fee",
            contract=contract,
            form=forms[0],
            amount=sum(max(form.fee - form.billed, 0.0) for form in forms),
        )
    return Verdict(contract=contract, shares=shares)


def _judge_payment(bill, contracts):
    contract, rule = _choose_contract(bill, contracts)
    if rule:
        return Verdict(rule=rule)
    if not bill.is_posted:
        return Verdict(rule="not_posted", contract=contract)
    if bill.decided_fingerprint is None:
        return Verdict(rule="undecided", contract=contract)
    if bill.decided_fingerprint != bill.fingerprint:
        return Verdict(rule="changed", contract=contract)
    if "payment" not in _get_stages(bill, contract):
        return Verdict(contract=contract, amount=bill.total)
    verdict = _judge_forms(bill, contract)
    if verdict.is_blocked:
        return verdict
    forms = _get_covering(bill, contract)
    for form in forms:
        if form.blocks_payment:
            return Verdict(rule="grade_blocks", contract=contract, form=form)
        if not form.is_rated and form.not_rated_policy != "pay":
            return Verdict(rule="not_rated", contract=contract, form=form)
        if (
            form.is_rated
            and float_compare(form.score, form.threshold, SCORE_DIGITS) < 0
        ):
            return Verdict(rule="score_low", contract=contract, form=form)
    return Verdict(contract=contract, form=forms[0], amount=get_payable(bill, forms))


def _judge_forms(bill, contract):
    """Check the period and that approved forms cover all of it."""
    if not bill.date_start or not bill.date_end:
        return Verdict(rule="period_missing", contract=contract)
    if bill.date_start > bill.date_end:
        return Verdict(rule="period_reversed", contract=contract)
    day = find_gap(_get_covering(bill, contract), bill.date_start, bill.date_end)
    if day:
        waiting = [
            form
            for form in contract.forms
            if form.state != "approved" and form.date_start <= day <= form.date_end
        ]
        return Verdict(
            rule="form_unapproved" if waiting else "form_missing",
            contract=contract,
            form=waiting[0] if waiting else None,
            day=day,
        )
    if bill.untaxed is None:
        return Verdict(rule="rate_missing", contract=contract)
    return Verdict(contract=contract)


def _choose_contract(bill, contracts):
    """Return the contract the bill falls under, or the rule that stops it."""
    if bill.contract_id:
        for contract in contracts:
            if contract.id == bill.contract_id:
                return contract, ""
        return None, "contract_foreign"
    if len(contracts) == 1:
        return contracts[0], ""
    if bill.date_start and bill.date_end:
        overlapping = [
            contract
            for contract in contracts
            if contract.date_start <= bill.date_end
            and (not contract.date_end or contract.date_end >= bill.date_start)
        ]
        if len(overlapping) == 1:
            return overlapping[0], ""
    return None, "contract_choose"


def _get_covering(bill, contract):
    """Return the approved forms whose period touches the bill's, by date."""
    if not bill.date_start or not bill.date_end:
        return []
    return sorted(
        (
            form
            for form in contract.forms
            if form.state == "approved"
            and form.date_start <= bill.date_end
            and form.date_end >= bill.date_start
        ),
        key=lambda form: (form.date_start, form.id),
    )


def _get_stages(bill, contract):
    """Return where the gate holds: the forms keep the rules they were made by."""
    gates = {form.gate_at for form in _get_covering(bill, contract)}
    stages = set()
    for gate_at in gates or {contract.gate_at}:
        stages |= {"post", "payment"} if gate_at == "both" else {gate_at}
    return stages


def _allocate_what_fits(bill, contract):
    """Count what an excepted bill takes from the fee of its forms."""
    forms = _get_covering(bill, contract) if contract else []
    if not forms or not bill.untaxed or bill.untaxed < 0:
        return {}
    room = sum(max(form.fee - form.billed, 0.0) for form in forms)
    return allocate(min(bill.untaxed, room), forms) or {}


def _permits(permit, bill, amount):
    return (
        not permit.is_expired
        and permit.fingerprint == bill.fingerprint
        and compare(amount, permit.amount_limit, bill) <= 0
    )


def compare(left, right, bill):
    """Compare two amounts in the currency of the bill: -1, 0 or 1."""
    return float_compare(left, right, precision_rounding=bill.rounding)
