"""Arithmetic of the gate: digests, days without a form, shares of amounts."""

from datetime import date, timedelta

from odoo.tools import float_compare, float_is_zero, float_round

from odoo.addons.outsourcing_mgmt.tools import sealing

from . import scoring


def make_fingerprint(values):
    """Return a digest of what was decided on, the same on every machine.

    :param list values: plain values and dates
    """
    plain = [str(value) if isinstance(value, date) else value for value in values]
    return sealing.digest(sealing.canonical(plain))


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

    By largest remainder; without any weight the first part takes all.
    """
    if sum(weights) <= 0 or len(weights) == 1:
        return [amount, *([0.0] * (len(weights) - 1))] if weights else []
    return [float(part) for part in scoring.allocate(amount, weights, rounding)]


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
    amount leaves after the payments on other bills. Without an untaxed amount
    nothing is due, whatever tax the bill says.
    """
    if bill.untaxed <= 0:
        return 0.0
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
    return float_round(bill.payable_total * share, precision_rounding=bill.rounding)


def check_total(bill, tax, tolerance):
    """Return the total of the bill as far as the lines give its tax.

    :param float tax: what core computes from the lines, in the currency of the bill
    :param float tolerance: difference that counts as the vendor's own rounding
    """
    expected = bill.untaxed_total + tax
    if compare(abs(bill.total - expected), tolerance, bill) <= 0:
        return bill.total
    return min(bill.total, expected)


def compare(left, right, bill):
    """Compare two amounts in the currency of the bill: -1, 0 or 1."""
    return float_compare(left, right, precision_rounding=bill.rounding)
