"""The rules by which the gate holds a bill: who acts, why, and until when.

One entry a rule. Decisions, holds, messages, back-tests and tests take the keys
from here. The texts are translated once, here; what is named in them
(``%(form)s``, ``%(amount)s``) is filled in by ``vendor.quality.gate`` in the
language of the reader.
"""

from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

_lt = LazyTranslate(__name__)


class Rule(NamedTuple):
    """What is known of a rule that holds a bill."""

    actor: str
    """Who acts first: accounting, officer, approver or finance."""
    because: LazyGettext
    """Why the bill waits."""
    unblock: LazyGettext
    """What ends the wait."""


BANK_UNBILLED = "bank_unbilled"
CHANGED = "changed"
CONTRACT_CHOOSE = "contract_choose"
CONTRACT_FOREIGN = "contract_foreign"
ENTRY_PAID = "entry_paid"
ENTRY_PAYABLE = "entry_payable"
EXIT_OPEN = "exit_open"
FORM_MISSING = "form_missing"
FORM_UNAPPROVED = "form_unapproved"
GRADE_BLOCKS = "grade_blocks"
KIND_UNDECIDED = "kind_undecided"
NOT_POSTED = "not_posted"
NOT_RATED = "not_rated"
OVER_FEE = "over_fee"
OVER_LIMIT = "over_limit"
OVER_PAYABLE = "over_payable"
PAID_AGAIN = "paid_again"
PERIOD_MISSING = "period_missing"
PERIOD_REVERSED = "period_reversed"
RATE_MISSING = "rate_missing"
SCORE_LOW = "score_low"
SETTINGS_CHANGED = "settings_changed"
TAX_SURPLUS = "tax_surplus"
UNDECIDED = "undecided"
VENDOR_UNDECIDED = "vendor_undecided"

RULES = {
    CONTRACT_CHOOSE: Rule(
        "accounting",
        _lt("The vendor has several contracts with quality forms."),
        _lt("Choose the contract and the service period on the bill."),
    ),
    CONTRACT_FOREIGN: Rule(
        "accounting",
        _lt("The contract on the bill does not govern this vendor."),
        _lt(
            "Choose one of the vendor's contracts, or have the bill decided as outside "
            "of them."
        ),
    ),
    VENDOR_UNDECIDED: Rule(
        "accounting",
        _lt(
            "Nobody decided whether its vendor is %(vendor)s, the vendor of "
            "%(contract)s."
        ),
        _lt(
            "Two persons decide it once for both (Compare Vendors on the bill), or let "
            "this bill through."
        ),
    ),
    PERIOD_MISSING: Rule(
        "accounting",
        _lt("The bill does not say for which service period it is."),
        _lt("Fill in the service period."),
    ),
    PERIOD_REVERSED: Rule(
        "accounting",
        _lt("The service period ends before it starts."),
        _lt("Correct the service period."),
    ),
    RATE_MISSING: Rule(
        "accounting",
        _lt("No exchange rate to the currency of %(contract)s is known."),
        _lt("Record the rate of the bill date."),
    ),
    KIND_UNDECIDED: Rule(
        "finance",
        _lt('"%(kind)s" was not decided for the bill as it is now.'),
        _lt("Ask for a decision on the kind of the bill."),
    ),
    ENTRY_PAYABLE: Rule(
        "accounting",
        _lt(
            "The entry says that the vendor of %(contract)s is owed money, and that "
            "contract has quality forms."
        ),
        _lt(
            "Enter a vendor bill instead, or have the entry let through by two persons."
        ),
    ),
    ENTRY_PAID: Rule(
        "accounting",
        _lt(
            "It pays the vendor of %(contract)s, which has quality forms, without a "
            "posted bill that may be paid so far."
        ),
        _lt(
            "Pay a posted bill up to what may be paid, or have it let through by two "
            "persons."
        ),
    ),
    PAID_AGAIN: Rule(
        "accounting",
        _lt(
            "It had started when it was rejected, cancelled or reset, and the same was "
            "paid again. Nobody said whether the bank paid once or twice."
        ),
        _lt("Compare both with the bank statement, and say what was found."),
    ),
    BANK_UNBILLED: Rule(
        "accounting",
        _lt(
            "The bank paid the vendor of %(contract)s, which has quality forms, and no "
            "bill is matched with it."
        ),
        _lt("Match it with a posted bill, or say what was found."),
    ),
    FORM_MISSING: Rule(
        "officer",
        _lt("No quality form of %(contract)s covers %(day)s."),
        _lt("The form of that period is collected and approved."),
    ),
    FORM_UNAPPROVED: Rule(
        "approver",
        _lt("The quality form %(form)s, which covers %(day)s, is not approved."),
        _lt("The form is approved."),
    ),
    EXIT_OPEN: Rule(
        "officer",
        _lt(
            "%(contract)s ended in the period of the quality form %(form)s, and its "
            "handover is not signed."
        ),
        _lt(
            "The outsourcing department signs the handover (Outsourcing, Contracts, "
            "Handovers), or quality finance approves an exception."
        ),
    ),
    OVER_FEE: Rule(
        "accounting",
        _lt(
            "With it, the posted bills would exceed the fee approved for the period "
            "(%(amount)s is free)."
        ),
        _lt("Correct the bill, or supersede the form with the right fee."),
    ),
    NOT_POSTED: Rule(
        "accounting",
        _lt("The bill is not posted."),
        _lt("Post the bill first."),
    ),
    UNDECIDED: Rule(
        "accounting",
        _lt("The bill passed before anybody decided on it."),
        _lt(
            "Reset it to draft and post it again, or ask for an exception for the "
            "payment."
        ),
    ),
    CHANGED: Rule(
        "accounting",
        _lt("The bill was changed after it was posted."),
        _lt("Reset it to draft and post it again."),
    ),
    GRADE_BLOCKS: Rule(
        "finance",
        _lt("The grade of the quality form %(form)s blocks the bill."),
        _lt("Quality finance approves an exception."),
    ),
    NOT_RATED: Rule(
        "finance",
        _lt("The quality form %(form)s has too little data for a score."),
        _lt("Quality finance approves an exception."),
    ),
    SCORE_LOW: Rule(
        "finance",
        _lt(
            "The score %(score)s of the quality form %(form)s is under the threshold "
            "%(threshold)s."
        ),
        _lt("Quality finance approves an exception."),
    ),
    OVER_PAYABLE: Rule(
        "accounting",
        _lt("Only %(amount)s of the bill may be paid."),
        _lt("Pay up to that amount, or ask for an exception."),
    ),
    SETTINGS_CHANGED: Rule(
        "accounting",
        _lt(
            "By the exchange rates and taxes of today it would be worth less than was "
            "decided, or one of its authors changed its tax after the quality form was "
            "approved."
        ),
        _lt("Compare rate and tax with their sources, and say what was found."),
    ),
    TAX_SURPLUS: Rule(
        "finance",
        _lt(
            "The bill asks for more tax than its lines give. Only %(amount)s of it may "
            "be paid."
        ),
        _lt(
            "Correct the tax on the bill, or quality finance lets the rest through by "
            "an exception."
        ),
    ),
    OVER_LIMIT: Rule(
        "finance",
        _lt('"%(kind)s" was decided for at most %(amount)s.'),
        _lt("Ask for a decision with the right amount."),
    ),
}

GROUNDS = {
    "account": _lt("It is governed because its bank account is that of %(vendor)s."),
    "contact": _lt(
        "It is governed because its vendor is a former contact of %(vendor)s, or a "
        "contact of another company of it."
    ),
    "name": _lt("It is governed because its vendor has the name of %(vendor)s."),
    "number": _lt("It is governed because its VAT number is that of %(vendor)s."),
    "same": _lt(
        "It is governed because two persons decided that its vendor is %(vendor)s."
    ),
}
"""Why a bill of another vendor than the contract's is governed."""

FORM_ACTORS = {
    "draft": "officer",
    "collected": "officer",
    "vendor_review": "vendor",
    "review": "approver",
}
"""Who acts on a form that is not approved, by its state."""


def get_actor(verdict):
    """Return who must act on a verdict that blocks.

    :param gate_data.Verdict verdict: with a rule
    :return: accounting, officer, vendor, approver or finance
    """
    form = verdict.form
    if verdict.rule == FORM_UNAPPROVED and form:
        if form.state == "vendor_review" and form.is_answered:
            return "officer"
        return FORM_ACTORS.get(form.state, "officer")
    return RULES[verdict.rule].actor if verdict.rule in RULES else "finance"
