"""Fees of all forms of a contract stay within its amount.

What is paid follows from the fees of forms. Two people who approve a score may type any
fee; the amount of the contract is what its own approvals, or an amendment, allow; an
amendment raises the amount of a contract that has ended, too. A contract without an
amount is one by time and material: nothing limits its fees.
"""

COUNTED_STATES = ("vendor_review", "review", "approved")


def get_fee_reasons(forms):
    """Return ``{form id: why its fee is too much}`` for forms on their way.

    What had been approved before there was a limit is kept: see
    ``vendor_quality_fees_before`` of the contract.
    """
    reasons = {}
    # sudo: whoever sends a form on need not read all forms of its contract.
    for contract, mine in forms.sudo().grouped("contract_id").items():
        limit = max(contract.amount_total, contract.vendor_quality_fees_before)
        if not contract.amount_total:
            continue
        counted = contract.vendor_quality_form_ids.filtered(_counts)
        for form in mine:
            together = (counted - form._get_chain()) | form
            # Each fee may be rounded by itself.
            room = contract.currency_id.rounding * len(together)
            total = sum(together.mapped("fee_amount"))
            if contract.currency_id.compare_amounts(total, limit + room) > 0:
                reasons[form.id] = forms.env._(
                    "the fees of all forms of %(contract)s would be %(total)s, above "
                    "the contract amount of %(amount)s. Amend the contract first.",
                    contract=contract.display_name,
                    total=contract.currency_id.format(total),
                    amount=contract.currency_id.format(contract.amount_total),
                )
    return reasons


def _counts(form):
    """Whether the fee of a form counts, and not that of one in its place."""
    if form.state == "superseded":
        successors = form.superseded_by_ids
        return not any(_counts(item) for item in successors)
    return form.state in COUNTED_STATES
