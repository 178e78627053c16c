"""Plain data of the gate: the facts about a bill and the verdict on it."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Form:
    """A quality form of the contract whose period touches the bill's."""

    id: int
    date_start: date
    date_end: date
    state: str = "approved"
    is_answered: bool = False
    """Whether the vendor has answered."""
    name: str = ""
    score: float = 0.0
    is_rated: bool = True
    threshold: float = 0.0
    gate_at: str = "both"
    not_rated_policy: str = "exception"
    blocks_posting: bool = False
    blocks_payment: bool = False
    """What the grade of the form blocks."""
    awaits_exit: bool = False
    """Whether the contract ended in its period and the handover is not signed."""
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
    ground: str = "own"
    """Why it governs: own, or what the payee has in common with its vendor."""
    vendor: str = ""
    """Name of its vendor, where the payee is somebody else."""
    is_certain: bool = True
    """Whether the payee is its vendor without a decision of two persons."""


@dataclass(frozen=True, slots=True)
class BillException:
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
    untaxed_total: float = 0.0
    """Untaxed, in the currency of the bill."""
    total: float = 0.0
    checked_total: float | None = None
    """``total`` as far as the lines give its tax; None: nobody computed it yet."""
    plain_tax: float | None = None
    """Tax of the lines where it is a plain percentage of them; None: it is not."""
    tax_step: float = 0.0
    """By how much each tax may differ, in the currency of the bill."""
    fingerprint: str = ""
    decided_fingerprint: str | None = None
    """Fingerprint at the decision to post; None when there was none."""
    decided_amount: float | None = None
    """Untaxed amount then, in the currency of the contract, if forms allowed it."""
    shares: dict[int, float] = field(default_factory=dict)
    """Untaxed amount by form, as allocated when the bill was posted."""
    granted: float = 0.0
    """What used exceptions already let through, tax included."""
    exceptions: tuple[BillException, ...] = ()
    rounding: float = 0.01

    @property
    def payable_total(self):
        """What may be paid in all if nothing is deducted."""
        if self.checked_total is None:
            return self.total
        return min(self.total, self.checked_total)

    @property
    def has_surplus(self):
        """Whether it asks for more tax than its lines give."""
        return self.total - self.payable_total > self.rounding / 2

    def get_paid_ratio(self, paid):
        """Return the share of the untaxed amount that ``paid`` pays, up to 1.

        What is paid of a surplus pays for no service.
        """
        if not self.payable_total:
            return 0.0
        return min(paid / self.payable_total, 1.0)

    @property
    def is_as_decided(self):
        """Whether it still is what was decided on, at the same exchange rate."""
        if self.decided_fingerprint != self.fingerprint:
            return False
        if self.decided_amount is None or self.kind != "service":
            return True
        return (
            self.untaxed is not None
            and abs(self.untaxed - self.decided_amount) < self.rounding / 2
        )


@dataclass(frozen=True, slots=True)
class BillFacts:
    """What the gate reads of one governed bill or entry before it judges."""

    bill: Bill
    contracts: tuple[Contract, ...]
    """The contracts that govern its vendor."""
    paid: float = 0.0
    """Paid on the bill in all. Amounts are in its currency, tax included."""
    paid_bank: float = 0.0
    """Of ``paid``: by lines of bank statements."""
    paid_decided: float = 0.0
    """Paid at the last decision on a payment."""
    paid_new: float = 0.0
    """Of ``paid``: by the entries that are being matched now."""
    paid_hard: float = 0.0
    """Of ``paid_new``: by entries that are no lines of bank statements."""
    on_hold: bool = False
    """Whether a hold on the bill is active."""
    has_open_money: bool = False
    """Whether money that left to its vendor is matched with nothing. Known of one
    bill of each vendor, when something is paid."""


@dataclass(frozen=True, slots=True)
class Outflow:
    """What an entry that is no bill pays out to governed vendors."""

    facts: BillFacts
    """Its total is what it pays, in its currency."""
    vendors: dict[int, tuple[float, float]]
    """By commercial partner, in the currency of the company: what it pays, and how
    much of that settles payables."""
    is_open: bool = False
    """Whether a part is matched with no bill."""
    is_statement: bool = False
    """Whether it is a line of a bank statement."""
    is_decided: bool = False
    on_receivable: bool = False
    """Whether a part is booked as paid back to a customer."""

    @property
    def is_settling(self):
        """Whether all it pays can be matched with bills."""
        return all(paid - settles < 0.005 for paid, settles in self.vendors.values())


@dataclass(frozen=True, slots=True)
class OpenMoney:
    """Money that left to a vendor and is matched with nothing yet."""

    payment_id: int | None
    move_id: int | None
    company_id: int
    currency_id: int
    amount_currency: float
    balance: float | None
    """In the currency of the company; None: no entry says it."""


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
    exception: BillException | None = None
    granted: float = 0.0
    """What the exception lets through now, beyond what was allowed already."""

    @property
    def is_blocked(self):
        return bool(self.rule)

    @property
    def ground(self):
        """Why the bill may pass: ``form``, ``exception`` or ``kind``."""
        if not self.exception:
            return "form"
        return "exception" if self.exception.purpose == "exception" else "kind"


FREE = Verdict()


class Scope(NamedTuple):
    """What there is to ask about some bills; what is false finds nothing."""

    elsewhere: bool
    """Payees have something in common with vendors under other names."""
    ended: bool
    """Contracts ended before the bill."""
    matched: bool
    """Reconciliations with the bill."""
    used: bool
    """Other bills took from the forms."""
    decided: bool
    """Decisions, exceptions or holds of the bill."""


WHOLE = Scope(*[True] * len(Scope._fields))
