"""The rules of the gate on vendor bills: facts in, verdict out.

Nothing here reads the database. The model ``vendor.quality.gate`` gathers the
facts of a whole batch, asks these functions and acts on the verdicts, so every
route to a posted or paid bill is judged by the same few lines.
"""

from dataclasses import replace

from odoo.tools import float_compare

from . import gate_rules as rules
from .gate_amounts import allocate, compare, find_gap, get_payable
from .gate_data import FREE, Verdict

DECIDED_KINDS = ("advance", "deposit", "outside")
"""Kinds of bill that are no service of a period, if two persons say so."""

SCORE_DIGITS = 2


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
    for exception in bill.exceptions:
        if exception.purpose == "exception" and exception.for_posting:
            if not _covers(exception, bill, bill.total):
                continue
            # The fee of another vendor's forms is not used without a decision.
            contract = verdict.contract
            charged = contract if contract and contract.is_certain else None
            return Verdict(
                contract=charged,
                exception=exception,
                shares=_allocate_what_fits(bill, charged),
            )
    return verdict


def decide_entry(entry, contracts, rule=rules.ENTRY_PAYABLE):
    """Say whether an entry may owe or pay a governed vendor without a bill.

    :param Bill entry: the entry; its total is what it owes and pays to vendors
    :param str rule: what it breaks
    :rtype: Verdict
    """
    if not contracts:
        return FREE
    if entry.kind == "outside":
        return _decide_kind(entry)
    for exception in entry.exceptions:
        if exception.purpose == "exception" and exception.for_posting:
            if _covers(exception, entry, entry.total):
                return Verdict(contract=contracts[0], exception=exception)
    return Verdict(rule=rule, contract=contracts[0])


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
    granted = bill.granted if bill.is_posted and verdict.rule != rules.CHANGED else 0.0
    if compare(paid_after, limit + granted, bill) <= 0:
        if granted or not verdict.is_blocked:
            return replace(verdict, rule="", amount=limit + granted)
    elif not verdict.is_blocked:
        rule = rules.TAX_SURPLUS if bill.has_surplus else rules.OVER_PAYABLE
        verdict = replace(verdict, rule=rule)
    base = max(paid_before, limit + granted)
    for exception in bill.exceptions:
        if (
            bill.is_posted
            and exception.purpose == "exception"
            and exception.for_payment
            and _covers(exception, bill, paid_after - base)
        ):
            return Verdict(
                contract=verdict.contract,
                exception=exception,
                amount=base + exception.amount_limit,
                granted=paid_after - base,
            )
    return verdict


def _decide_kind(bill, paid_after=None):
    for exception in bill.exceptions:
        if exception.purpose != bill.kind or exception.fingerprint != bill.fingerprint:
            continue
        if bill.kind == "outside":
            return Verdict(exception=exception, amount=bill.total)
        if paid_after is not None and not bill.is_posted:
            return Verdict(rule=rules.NOT_POSTED)
        asked = bill.total if paid_after is None else paid_after
        if compare(asked, exception.amount_limit, bill) > 0:
            return Verdict(rule=rules.OVER_LIMIT, amount=exception.amount_limit)
        return Verdict(exception=exception, amount=exception.amount_limit)
    return Verdict(rule=rules.KIND_UNDECIDED)


def _judge_posting(bill, contracts):
    contract, rule = _choose_contract(bill, contracts)
    if rule:
        return Verdict(rule=rule, contract=contract)
    forms = _get_covering(bill, contract)
    if "post" not in _get_stages(contract, forms):
        return Verdict(contract=contract)
    if refusal := _judge_forms(bill, contract, forms):
        return refusal
    for form in forms:
        if form.blocks_posting:
            return Verdict(rule=rules.GRADE_BLOCKS, contract=contract, form=form)
    shares = allocate(bill.untaxed, forms)
    if shares is None:
        return Verdict(
            rule=rules.OVER_FEE,
            contract=contract,
            form=forms[0],
            amount=sum(max(form.fee - form.billed, 0.0) for form in forms),
        )
    return Verdict(contract=contract, shares=shares)


def _judge_payment(bill, contracts):
    contract, rule = _choose_contract(bill, contracts)
    if rule and rule != rules.VENDOR_UNDECIDED:
        return Verdict(rule=rule)
    if not bill.is_posted:
        return Verdict(rule=rules.NOT_POSTED, contract=contract)
    if bill.decided_fingerprint is None:
        return Verdict(rule=rules.UNDECIDED, contract=contract)
    if bill.decided_fingerprint != bill.fingerprint:
        return Verdict(rule=rules.CHANGED, contract=contract)
    if rule:
        return Verdict(rule=rule, contract=contract)
    forms = _get_covering(bill, contract)
    if "payment" not in _get_stages(contract, forms):
        return Verdict(contract=contract, amount=_get_ungraded(bill))
    if refusal := _judge_forms(bill, contract, forms):
        return refusal
    for form in forms:
        if form.awaits_exit:
            return Verdict(rule=rules.EXIT_OPEN, contract=contract, form=form)
        if form.blocks_payment:
            return Verdict(rule=rules.GRADE_BLOCKS, contract=contract, form=form)
        if not form.is_rated and form.not_rated_policy != "pay":
            return Verdict(rule=rules.NOT_RATED, contract=contract, form=form)
        if (
            form.is_rated
            and float_compare(form.score, form.threshold, SCORE_DIGITS) < 0
        ):
            return Verdict(rule=rules.SCORE_LOW, contract=contract, form=form)
    return Verdict(contract=contract, form=forms[0], amount=get_payable(bill, forms))


def _get_ungraded(bill):
    """Return what a bill pays where only its posting is controlled."""
    is_due = bill.untaxed is None or bill.untaxed > 0
    return bill.payable_total if is_due else 0.0


def _judge_forms(bill, contract, forms):
    """Return why approved forms do not cover all of the period, or None."""
    if not bill.date_start or not bill.date_end:
        return Verdict(rule=rules.PERIOD_MISSING, contract=contract)
    if bill.date_start > bill.date_end:
        return Verdict(rule=rules.PERIOD_REVERSED, contract=contract)
    day = find_gap(forms, bill.date_start, bill.date_end)
    if day:
        waiting = [
            form
            for form in contract.forms
            if form.state != "approved" and form.date_start <= day <= form.date_end
        ]
        return Verdict(
            rule=rules.FORM_UNAPPROVED if waiting else rules.FORM_MISSING,
            contract=contract,
            form=waiting[0] if waiting else None,
            day=day,
        )
    if bill.untaxed is None:
        return Verdict(rule=rules.RATE_MISSING, contract=contract)
    return None


def _choose_contract(bill, contracts):
    """Return the contract the bill falls under, or the rule that stops it.

    A contract of a vendor that only may be the bill's counts where no other does,
    and holds the bill until two persons decide.
    """
    contracts = [one for one in contracts if one.is_certain] or contracts
    contract, rule = _find_contract(bill, contracts)
    doubtful = next((one for one in contracts if not one.is_certain), None)
    if doubtful:
        return contract or doubtful, rules.VENDOR_UNDECIDED
    return contract, rule


def _find_contract(bill, contracts):
    if bill.contract_id:
        for contract in contracts:
            if contract.id == bill.contract_id:
                return contract, ""
        return None, rules.CONTRACT_FOREIGN
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
    return None, rules.CONTRACT_CHOOSE


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


def _get_stages(contract, forms):
    """Return where the gate holds: the forms keep the rules they were made by."""
    gates = {form.gate_at for form in forms}
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


def _covers(exception, bill, amount):
    return (
        not exception.is_expired
        and exception.fingerprint == bill.fingerprint
        and compare(amount, exception.amount_limit, bill) <= 0
    )
