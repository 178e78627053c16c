from odoo import api, models
from odoo.fields import Domain

from ...tools import gate_rules as rules
from ...tools.gate_amounts import compare
from ...tools.gate_data import Verdict
from .vendor_quality_gate_payment import TAKEN_BACK
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_gate_reader_money import LIQUID_TYPES
from .vendor_quality_hold import place_holds, update_holds

CHUNK = 500

LISTED_ONCE = (rules.BANK_UNBILLED, rules.ENTRY_PAID, rules.PAID_AGAIN)
"""Money that left stays gone, whatever was found about it."""


class VendorQualityGate(models.AbstractModel):
    """What runs by night: the list of blocked bills, and the proof of the gate."""

    _inherit = "vendor.quality.gate"

    @api.model
    def _cron_refresh(self):
        """Place and release the holds of all bills that wait for something."""
        self._release_settled()
        domain = [
            ("move_type", "in", BILL_TYPES),
            ("company_id", "in", self._get_gated_companies().ids),
            "|",
            ("state", "=", "draft"),
            "&",
            ("state", "=", "posted"),
            ("payment_state", "not in", ("paid", "reversed")),
        ]
        self._refresh_all(domain)
        self._refresh_all(self._get_entry_domain("draft"))

    @api.model
    def _release_settled(self):
        """Release the holds of bills that were settled or cancelled otherwise."""
        stale = self.env["vendor.quality.hold"].search(
            [
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
                "|",
                ("move_id.state", "=", "cancel"),
                ("move_id.payment_state", "in", ("paid", "reversed")),
            ]
        )
        if stale:
            stale._release(self.env._("The bill is settled or cancelled."))
            self.env["ir.cron"]._commit_progress()

    @api.model
    def _refresh_all(self, domain):
        """Judge the moves of ``domain``, and commit each chunk of them.

        The job goes on to the last one however long that takes: started again it
        would begin with the first one.
        """
        Batch = self.env["vendor.quality.batch"]
        for moves in self._iterate("account.move", domain):
            Batch._try_all(moves, self._refresh)
            self.env["ir.cron"]._commit_progress(len(moves))

    @api.model
    def _cron_prove(self):
        """Open an incident for what passed or left without a decision.

        What the bank paid stays as it is: it is listed once, and not again after
        quality finance has said what was found.
        """
        found = self._find_undecided()
        Hold = self.env["vendor.quality.hold"]
        known = {
            (hold.move_id or hold.payment_id)
            for hold in Hold.search(
                [
                    ("stage", "=", "leak"),
                    "|",
                    ("state", "=", "active"),
                    ("rule", "in", LISTED_ONCE),
                ]
            )
        }
        holds = place_holds(
            self.env,
            [
                {**self._prepare_hold(record, "leak", verdict), "actor": "finance"}
                for record, verdict in found
                if record not in known
            ],
        )
        holds._schedule_activity()
        return len(found)

    @api.model
    def _find_undecided(self):
        """Return ``(record, verdict)`` for what nobody decided on.

        Bills, entries and payments of governed vendors. The proof of the gate: it
        must be empty. It counts decisions, not verdicts, for what was right when
        it was decided stays right.
        """
        found = {}
        for finder in (
            self._find_undecided_bills,
            self._find_undecided_entries,
            self._find_undecided_payments,
            self._find_paid_again,
        ):
            for record, verdict in finder():
                found.setdefault(record, verdict)
        return list(found.items())

    @api.model
    def _find_undecided_bills(self):
        domain = [
            ("move_type", "in", BILL_TYPES),
            ("company_id", "in", self._get_gated_companies().ids),
            ("state", "=", "posted"),
        ]
        for moves in self._iterate("account.move", domain):
            facts = self._get_facts(moves)
            governed = moves.filtered(lambda move, facts=facts: move.id in facts)
            paid = dict(
                self.env["vendor.quality.decision"]._read_group(
                    [("move_id", "in", governed.ids), ("stage", "=", "payment")],
                    ["move_id"],
                    ["__count"],
                )
            )
            yield from self._find_overbilled(governed, facts)
            for move in governed:
                item = facts[move.id]
                bill = item.bill
                if bill.decided_fingerprint is None:
                    yield move, Verdict(rule=rules.UNDECIDED)
                elif bill.decided_fingerprint != bill.fingerprint:
                    yield move, Verdict(rule=rules.CHANGED)
                elif compare(item.paid, item.paid_decided, bill) > 0:
                    yield move, Verdict(rule=rules.UNDECIDED)
                elif (item.paid or move.payment_state == "paid") and not (
                    paid.get(move) or move.currency_id.is_zero(bill.total)
                ):
                    yield move, Verdict(rule=rules.UNDECIDED)

    @api.model
    def _find_overbilled(self, bills, facts):
        """Yield bills with which a form is billed beyond its fee.

        An exception may let them exceed it, and a form that supersedes another
        may have a lower fee than was billed; neither is a leak.
        """
        if not bills:
            return
        reader = (
            self.env["vendor.quality.gate.reader"].sudo()  # sudo: reads any form
        )
        taken = reader._get_taken(bills)
        decisions = self.env["vendor.quality.decision"]._read_group(
            [
                ("form_id", "in", list(taken)),
                ("stage", "=", "post"),
                ("is_current", "=", True),
                ("move_id.state", "=", "posted"),
            ],
            ["form_id"],
            ["ground:array_agg_distinct", "move_id:recordset"],
        )
        for form, grounds, moves in decisions:
            over = form.currency_id.compare_amounts(taken[form.id], form.fee_amount)
            moves &= bills
            if over <= 0 or set(grounds) != {"form"} or not moves:
                continue
            move = moves.sorted("id")[-1]
            governing = facts[move.id].contracts
            contract = next(
                (item for item in governing if item.id == form.contract_id.id),
                governing[0],
            )
            yield move, Verdict(rule=rules.OVER_FEE, contract=contract)

    @api.model
    def _find_undecided_entries(self):
        """Yield entries that pay, or owe, a governed vendor something.

        Also those that take a debt to one off against an account from which the
        bank pays later without a name. They post, for bookkeepers transfer and
        accrue that way every month; they are listed.
        """
        reader = (
            self.env["vendor.quality.gate.reader"].sudo()  # sudo: reads any entry
        )
        transit = reader._get_transit_accounts(self._get_gated_companies())
        domain = self._get_entry_domain("posted", transit)
        for moves in self._iterate("account.move", domain):
            facts, outflows = self._get_entry_facts(moves)
            for move in moves.filtered(lambda move, facts=facts: move.id in facts):
                item = facts[move.id]
                if item.bill.decided_fingerprint != item.bill.fingerprint:
                    rule = rules.ENTRY_PAYABLE
                    if move.id in outflows:
                        rule = rules.ENTRY_PAID
                    yield move, Verdict(rule=rule, contract=item.contracts[0])
            # Lines of bank statements, and the entries of payments.
            for move_id, outflow in reader._get_outflows(moves, True, transit).items():
                if move_id in facts or not outflow.is_open or outflow.is_decided:
                    continue
                move = moves.browse(move_id)
                if not outflow.is_statement and self._is_bookkeeping(move):
                    continue
                rule = rules.BANK_UNBILLED if outflow.is_statement else rules.ENTRY_PAID
                yield move, Verdict(rule=rule, contract=outflow.facts.contracts[0])

    @api.model
    def _find_undecided_payments(self):
        """Yield payments without a posted entry."""
        domain = [
            ("payment_type", "=", "outbound"),
            ("state", "in", ("in_process", "paid")),
            ("company_id", "in", self._get_gated_companies().ids),
            "|",
            ("move_id", "=", False),
            ("move_id.state", "!=", "posted"),
        ]
        reader = (
            self.env["vendor.quality.gate.reader"].sudo()  # sudo: reads any payment
        )
        for payments in self._iterate("account.payment", domain):
            decided = self.env["vendor.quality.decision"].search(
                [
                    ("payment_id", "in", payments.ids),
                    ("ground", "not in", TAKEN_BACK),
                ]
            )
            contracts = reader._get_paying_contracts(payments - decided.payment_id)
            for payment_id, contract in contracts.items():
                yield (
                    payments.browse(payment_id),
                    Verdict(rule=rules.ENTRY_PAID, contract=contract),
                )

    @api.model
    def _find_paid_again(self):
        """Yield payments that were taken back, where the same was paid again.

        A payment that was only corrected and confirmed again is one payment.
        """
        Decision = self.env["vendor.quality.decision"]
        domain = [
            ("ground", "in", TAKEN_BACK),
            ("company_id", "in", self._get_gated_companies().ids),
            ("payment_id", "!=", False),
        ]
        for notes in self._iterate("vendor.quality.decision", domain):
            for note in notes:
                payment = note.payment_id
                other = Domain("payment_id", "!=", payment.id)
                same = Domain("move_id", "in", payment.invoice_ids.ids) | (
                    Domain(
                        "payment_id.partner_id.commercial_partner_id",
                        "=",
                        payment.partner_id.commercial_partner_id.id,
                    )
                    & Domain("amount", "=", note.amount)
                    & Domain("currency_id", "=", note.currency_id.id)
                )
                again = same & other
                if note.ground == "rejected":
                    again |= Domain("payment_id", "=", payment.id)
                if Decision.search_count(
                    Domain("id", ">", note.id)
                    & Domain("stage", "=", "payment")
                    & Domain("ground", "not in", TAKEN_BACK)
                    & again,
                    limit=1,
                ):
                    yield payment, Verdict(rule=rules.PAID_AGAIN)

    @api.model
    def _get_entry_domain(self, state, transit=None):
        """Return the domain of entries that owe or pay some partner something.

        :param account.account transit: accounts that count as the bank, too
        """
        companies = self._get_gated_companies()
        # sudo: the accounts of any journal are compared.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        liquid = reader._get_liquid_accounts(companies)
        if transit:
            liquid |= transit
        return [
            ("move_type", "=", "entry"),
            ("state", "=", state),
            ("company_id", "in", companies.ids),
            "|",
            (
                "line_ids",
                "any",
                [
                    ("account_id.account_type", "=", "liability_payable"),
                    ("partner_id", "!=", False),
                    ("balance", "<", 0),
                ],
            ),
            (
                "line_ids",
                "any",
                [
                    "|",
                    ("account_id.account_type", "in", LIQUID_TYPES),
                    ("account_id", "in", liquid.ids),
                    ("balance", "<", 0),
                ],
            ),
        ]

    @api.model
    def _get_gated_companies(self):
        Company = self.env["res.company"].sudo()  # sudo: a gate holds in all branches
        return Company.search(
            [("id", "child_of", list(Company._get_vendor_quality_gated_roots()))]
        )

    @api.model
    def _iterate(self, model, domain):
        """Yield the records of ``domain`` by id, a chunk at a time."""
        last_id = 0
        while records := self.env[model].search(
            [*domain, ("id", ">", last_id)], order="id", limit=CHUNK
        ):
            yield records
            last_id = records[-1].id

    # ------------------------------------------------------------
    # HOLDS
    # ------------------------------------------------------------

    @api.model
    def _refresh(self, moves):
        """Place and release the holds of ``moves`` by what the gate says now."""
        verdicts = self._judge(moves)
        wanted = {
            (move.id, stage): (move, verdict)
            for move, (stage, verdict, _item) in verdicts.items()
            if verdict.is_blocked and move.state in ("draft", "posted")
        }
        # sudo: whoever posts or pays need not read holds; the gate keeps them.
        Hold = self.env["vendor.quality.hold"].sudo()
        active = Hold.search(
            [
                ("move_id", "in", moves.ids),
                ("state", "=", "active"),
                ("stage", "in", ("post", "payment")),
            ]
        )
        kept = active.filtered(
            lambda hold: (
                (found := wanted.get((hold.move_id.id, hold.stage)))
                and found[1].rule == hold.rule
            )
        )
        self._update_holds(kept, wanted)
        parked = {
            hold.move_id.id: hold.parked_auto_post
            for hold in active - kept
            if (hold.move_id.id, hold.stage) in wanted and hold.parked_auto_post
        }
        stale = active - kept
        kept_parked = stale.filtered(lambda hold: hold.move_id.id in parked)
        update_holds(kept_parked, {"parked_auto_post": False})
        stale._release(self.env._("The rule no longer holds the bill."))
        # A bill may be held again at once, by another rule.
        stale.flush_recordset(["state"])
        present = {(hold.move_id.id, hold.stage) for hold in kept}
        place_holds(
            self.env,
            [
                {
                    **self._prepare_hold(move, stage, verdict),
                    "parked_auto_post": parked.get(move_id),
                }
                for (move_id, stage), (move, verdict) in wanted.items()
                if (move_id, stage) not in present
            ],
        )
        return verdicts

    @api.model
    def _update_holds(self, holds, wanted):
        """Say anew who must act and why, where the same rule finds other facts.

        What was noted when the bill was held stays as it was worded then.
        """
        for hold in holds:
            values = self._prepare_hold_state(*wanted[hold.move_id.id, hold.stage])
            known = {
                "actor": hold.actor,
                "reason_values": hold.reason_values,
                "contract_id": hold.contract_id.id,
                "form_id": hold.form_id.id,
            }
            if any(known[name] != values[name] for name in ("actor", "form_id")):
                # It asks somebody, or about a form, that no longer matters.
                hold.activity_unlink(["mail.mail_activity_data_todo"])
            if known != values:
                update_holds(hold, values)

    @api.model
    def _prepare_hold(self, record, stage, verdict):
        """Return the values of a hold on a bill, an entry or a payment."""
        text = self._get_text(record, verdict)
        subject = "move_id" if record._name == "account.move" else "payment_id"
        return {
            subject: record.id,
            "stage": stage,
            "rule": verdict.rule,
            "reason": text["because"],
            "unblock": text["unblock"],
            **self._prepare_hold_state(record, verdict),
        }

    @api.model
    def _prepare_hold_state(self, move, verdict):
        """Return what may change while the same rule holds the bill."""
        return {
            "actor": rules.get_actor(verdict),
            "reason_values": self._get_reason_values(move, verdict),
            "contract_id": verdict.contract.id if verdict.contract else False,
            "form_id": verdict.form.id if verdict.form else False,
        }
