"""Tells vendors what became of their contracts and deliveries.

Functions, as evaluated code can call methods of records and would write to vendors in
the name of the server. Each person in charge gets one mail, by the table
``tools/mail_table``.
"""

from odoo.tools import format_date, plaintext2html

from .vendor_mail import declare_text, note_message

DUTY = "contract"
SENT_BACK = "delivery sent back"
AMENDED = "contract amended"
TERMINATED = "contract terminated"


def tell_sent_back(milestones):
    """Tell the vendor that a delivery was not accepted, and why."""
    # sudo: whoever rejects need not read the whole contract and its vendor.
    for milestone in milestones.sudo():
        contract = milestone.contract_id
        note_message(contract, contract, DUTY, SENT_BACK, about=milestone)


def tell_amended(amendment):
    """Tell the vendor that an amendment was approved, and what it changes."""
    # sudo: reviewers of an amendment need not read its contract and vendor.
    amendment = amendment.sudo()
    contract = amendment.contract_id
    note_message(contract, contract, DUTY, AMENDED, about=amendment)


def tell_terminated(contracts):
    """Tell the vendor that a contract ends before its time; the reason stays inside."""
    # sudo: whoever terminates need not read the vendor.
    for contract in contracts.sudo():
        note_message(contract, contract, DUTY, TERMINATED)


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


declare_text(
    SENT_BACK,
    lambda contract, milestone: contract.env._(
        "Deliver again: %(delivery)s of %(contract)s was not accepted",
        delivery=milestone.name,
        contract=contract.name,
    ),
    lambda contract, milestone: plaintext2html(
        contract.env._(
            "Reason: %(reason)s\nPlease mend it and report the delivery once more "
            "on the page of the contract.",
            reason=milestone.reject_reason or "-",
        )
    ),
)
declare_text(
    AMENDED,
    lambda contract, amendment: contract.env._(
        "For your records: amendment of %(contract)s, %(subject)s",
        contract=contract.name,
        subject=amendment.name,
    ),
    lambda contract, amendment: plaintext2html(
        "\n".join(_get_changes(contract, amendment))
    ),
)
declare_text(
    TERMINATED,
    lambda contract, _about: contract.env._(
        "Prepare the handover: %s was terminated", contract.display_name
    ),
    lambda contract, _about: plaintext2html(
        contract.env._(
            "The contract ended on %(day)s. Please agree on the handover with "
            "%(owner)s.",
            day=format_date(contract.env, contract.termination_date),
            owner=contract.owner_id.name or contract.company_id.name,
        )
    ),
)
