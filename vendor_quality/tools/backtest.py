"""The test of a template over past months: plain data in, results out.

A trial is one contract and one period. The old and the new rules score the same
figures with the arithmetic of the forms, and the bills of the contract pass the
rules of the gate once with each result. Nothing here reads the database.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from . import gate, periods, replay, scoring

MOVES = ("rise", "fall", "same", "gained", "lost", "first", "none")
"""How a grade moves. Gained: rated only now; lost: no longer rated; first: the
contract had no rules before; none: rated by neither."""


@dataclass
class Trial:
    """One contract and period, with what is known apart from the sources."""

    key: int
    contract_id: int
    date_start: date
    date_end: date
    fee: str = "0"
    rounding: str = "0.01"
    form_id: int | None = None
    entered: dict = field(default_factory=dict)
    """``{metric id: (value, note)}`` of values that officers entered."""
    awarded: dict = field(default_factory=dict)
    """``{metric code: points}`` that decisions of disputes put in place."""
    milestones: tuple = ()
    """Late milestones of the period, as documents have them."""
    year: dict = field(default_factory=dict)
    """The contract year of the period, without what it lost so far."""


@dataclass
class History:
    """What the periods of one contract leave to the next one, by one set of rules."""

    points: dict = field(default_factory=dict)
    """``{metric code: (period end, points)}``, measured last."""
    missed: list = field(default_factory=list)
    """Codes whose mark for a service credit was missed in the period before."""
    missed_until: date | None = None
    lost: dict = field(default_factory=dict)
    """``{first day of the contract year: deductions so far}``."""


@dataclass(frozen=True)
class Outcome:
    """What one set of rules makes of a trial."""

    basis: str
    score: float | None = None
    grade: str | None = None
    bound: float = 0.0
    rate: float = 0.0
    deduction: float = 0.0
    payable: float = 0.0
    coverage: float = 0.0


NOTHING = Outcome("none")


# ------------------------------------------------------------
# PERIODS AND FEES
# ------------------------------------------------------------


def get_range(today, months, kind):
    """Return the first and the last day of the last ``months`` that have ended.

    Whole periods of ``kind``: four months of quarters are the last two quarters.
    """
    _start, last = periods.get_previous_period(today, kind)
    first = periods.get_period(last)[0]
    for _index in range(months - 1):
        first = periods.get_previous_period(first)[0]
    return periods.get_period(first, kind)[0], last


# ------------------------------------------------------------
# SCORES
# ------------------------------------------------------------


def score(scorer, rules, trial, figures, history):
    """Return the :class:`Outcome` of ``trial``, and the frozen figures behind it.

    :param replay.Scorer scorer: of the whole batch, with the same ``rules``
    :param dict rules: ``template``, ``metrics`` and ``money`` of a version
    :param dict figures: ``{code: Figure}``
    :param History history: of the contract; goes on with this trial
    """
    lines = [
        _make_line(item, trial, figures, history.points) for item in rules["metrics"]
    ]
    document = {
        "template": rules["template"],
        "fee": trial.fee,
        "rounding": trial.rounding,
        "lines": lines,
    }
    if rules["money"]:
        document["money"] = _make_money(rules["money"], trial, history)
    result, line_results = scorer.compute(document)
    _remember(trial, result, line_results, history)
    return _make_outcome(rules["template"], result), [
        _get_figures(line) for line in lines
    ]


def _make_line(item, trial, figures, carry):
    code = item["code"]
    ended, points = carry.get(code, (None, None))
    if ended is None or (trial.date_end - ended).days > item["carry_days"]:
        points = None
    return replay.make_line(
        code,
        item["weight"],
        item["rules"],
        figures.get(code),
        points,
        trial.awarded.get(code),
    )


def _make_money(rules, trial, history):
    """Return the money rules with the facts of the period, as documents have them."""
    follows = history.missed_until == trial.date_start - timedelta(days=1)
    facts = {
        "repeated": history.missed if follows else [],
        "milestones": list(trial.milestones),
    }
    if trial.year:
        lost = history.lost.get(trial.year["date_start"], scoring.ZERO)
        facts["year"] = {**trial.year, "lost": str(lost)}
    return {"rules": rules, "facts": facts, "waivers": {}}


def _remember(trial, result, line_results, history):
    for item in line_results:
        if item["measured"]:
            history.points[item["code"]] = (trial.date_end, float(item["points"]))
    history.missed = sorted(
        row["code"]
        for row in result.get("rows", ())
        if row["kind"] == "credit" and scoring.to_decimal(row["uncapped"])
    )
    history.missed_until = trial.date_end
    if trial.year:
        start = trial.year["date_start"]
        lost = scoring.to_decimal(result["deduction"])
        history.lost[start] = history.lost.get(start, scoring.ZERO) + lost


def _get_figures(line):
    names = ("code", "numerator", "denominator", "sample", "carried", "awarded")
    return [line[name] for name in names]


def _make_outcome(rules, result):
    bounds = {grade: bound for bound, grade in rules["bands"]}
    return Outcome(
        basis="computed",
        score=None if result["score"] is None else float(result["score"]),
        grade=result["grade"],
        bound=bounds.get(result["grade"], 0.0),
        rate=float(result["deduction_rate"]),
        deduction=float(result["deduction"]),
        payable=float(result["payable"]),
        coverage=float(result["coverage"]),
    )


def get_move(old, new, bounds):
    """Return how the grade moves from ``old`` to ``new``, one of ``MOVES``.

    :param dict bounds: ``{grade: lower bound}`` of the new rules; a grade that
        they do not know counts by its own lower bound
    """
    if old.basis == "none":
        return "first"
    if old.grade is None or new.grade is None:
        if old.grade is None and new.grade is None:
            return "none"
        return "gained" if old.grade is None else "lost"
    before = bounds.get(old.grade, old.bound)
    after = bounds.get(new.grade, new.bound)
    if old.grade == new.grade or before == after:
        return "same"
    return "rise" if after > before else "fall"


# ------------------------------------------------------------
# BILLS
# ------------------------------------------------------------


@dataclass(frozen=True)
class Hold:
    """What the gate would have said about one bill."""

    post_rule: str = ""
    payment_rule: str = ""
    form_id: int | None = None
    withheld: float = 0.0
    """What of the bill would not have been paid, tax included."""

    @property
    def is_held(self):
        """Whether somebody would have had to act before anything is paid."""
        return bool(self.post_rule) or self.payment_rule not in ("", "over_payable")


def judge_bills(bills, contract):
    """Return ``{bill id: Hold}`` of posted ``bills``, judged one after the other.

    :param list bills: :class:`gate_data.Bill` of one contract, in the order of dates
    :param gate_data.Contract contract: with one form a period, as the rules give it
    """
    holds = {}
    for bill in bills:
        posting = gate.decide_posting(replace(bill, is_posted=False), [contract])
        posted = replace(
            bill,
            is_posted=True,
            decided_fingerprint=bill.fingerprint,
            shares=posting.shares,
        )
        payment = gate.decide_payment(posted, [contract], bill.total)
        paid = _get_paid(bill, posting, payment)
        blocking = posting if posting.is_blocked else payment
        holds[bill.id] = Hold(
            post_rule=posting.rule,
            payment_rule=payment.rule,
            form_id=blocking.form.id if blocking.form else None,
            withheld=max(bill.total - paid, 0.0),
        )
        ratio = paid / bill.total if bill.total else 0.0
        contract = _use(contract, posting.shares, ratio)
    return holds


def _get_paid(bill, posting, payment):
    if posting.is_blocked or bill.total <= 0:
        return 0.0
    if not payment.is_blocked:
        return bill.total
    return payment.amount if payment.rule == "over_payable" else 0.0


def _use(contract, shares, ratio):
    """Return ``contract`` after a bill took ``shares`` of its forms."""
    forms = tuple(
        replace(
            form,
            billed=form.billed + shares.get(form.id, 0.0),
            paid=form.paid + shares.get(form.id, 0.0) * ratio,
        )
        for form in contract.forms
    )
    return replace(contract, forms=forms)


# ------------------------------------------------------------
# SIGNATURE
# ------------------------------------------------------------


def sign(head, rows):
    """Return the SHA-256 over ``head`` and every row, in their order."""
    digest = hashlib.sha256(replay.get_canonical(head).encode())
    for row in rows:
        digest.update(b"\n" + replay.get_canonical(row).encode())
    return digest.hexdigest()
