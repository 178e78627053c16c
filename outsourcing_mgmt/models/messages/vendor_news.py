"""Tells vendors what became of their contracts and deliveries.

Functions, as evaluated code can call methods of records and would write to vendors in
the name of the server. Each person in charge gets one mail, by the table
``tools/mail_table``.
"""

from odoo.tools import format_date, plaintext2html

from .vendor_mail import post_text

DUTY = "contract"


def tell_sent_back(milestones):
    """Tell the vendor that a delivery was not accepted, and why."""
    # sudo: whoever rejects need not read the whole contract and its vendor.
    for milestone in milestones.sudo():
        _tell(
            milestone.contract_id,
            lambda contract, own=milestone: contract.env._(
                "Deliver again: %(delivery)s of %(contract)s was not accepted",
                delivery=own.name,
                contract=contract.name,
            ),
            lambda contract, own=milestone: contract.env._(
                "Reason: %(reason)s\nPlease mend it and report the delivery once more "
                "on the page of the contract.",
                reason=own.reject_reason or "-",
            ),
        )


def tell_amended(amendment):
    """Tell the vendor that an amendment was approved, and what it changes."""
    # sudo: reviewers of an amendment need not read its contract and vendor.
    amendment = amendment.sudo()
    _tell(
        amendment.contract_id,
        lambda contract: contract.env._(
            "For your records: amendment of %(contract)s, %(subject)s",
            contract=contract.name,
            subject=amendment.name,
        ),
        lambda contract: "\n".join(_get_changes(contract, amendment)),
    )


def _get_changes(contract, amendment):
    """Return what an amendment changes, a sentence each."""
    env = contract.env
    lines = [
        env._(
            "The contract has version %(version)s, effective from %(day)s.",
            version=contract.version,
            day=format_date(env, amendment.date_effective or amendment.approved_on),
        ),
        env._(
            "Its amount without tax is %s.",
            contract.currency_id.format(contract.amount_total),
        ),
    ]
    if amendment.new_date_end:
        day = format_date(env, amendment.new_date_end)
        lines.append(env._("It ends on %s.", day))
    if amendment.new_headcount:
        lines.append(env._("Agreed heads: %s.", amendment.new_headcount))
    return lines


def tell_terminated(contracts):
    """Tell the vendor that a contract ends before its time; the reason stays inside."""
    # sudo: whoever terminates need not read the vendor.
    for contract in contracts.sudo():
        _tell(
            contract,
            lambda item: item.env._(
                "Prepare the handover: %s was terminated", item.display_name
            ),
            lambda item: item.env._(
                "The contract ended on %(day)s. Please agree on the handover with "
                "%(owner)s.",
                day=format_date(item.env, item.termination_date),
                owner=item.owner_id.name or item.company_id.name,
            ),
        )


def _tell(contract, get_subject, get_text):
    post_text(
        contract,
        contract,
        DUTY,
        lambda item: plaintext2html(get_text(item)),
        get_subject,
    )
