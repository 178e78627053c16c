from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain

from ...tools import gate_rules as rules
from ...tools.gate_amounts import compare
from ...tools.gate_data import Verdict
from ..base.account_account import LIQUID_TYPES
from .account_payment import PAID_STATES
from .vendor_quality_decision import TAKEN_BACK
from .vendor_quality_gate_payment import RATE_DRIFT
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_hold import place_holds, update_holds

CHUNK = 500

AGAIN_DAYS = 31
"""Within how long money on account pays again what was taken back; and for how long a
bank line to a vendor may wait to be booked."""
AGAIN_SHARE = 0.9
"""How much of what was taken back is about as much."""
BILL_SHARE = 0.99
"""The same of one payment of a bill, which says what the money is for."""
CROSS_SHARE = 1 - RATE_DRIFT
"""The same where the bill is in another currency."""
TAX_DAYS = 40
"""For how long after its posting the tax of a bill is computed again."""

LISTED_ONCE = (
    rules.BANK_UNBILLED,
    rules.ENTRY_PAID,
    rules.PAID_AGAIN,
    rules.SETTINGS_CHANGED,
)
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
            self._find_unconfirmed_bank_lines,
            self._find_undecided_payments,
            self._find_paying_documents,
            self._find_written_off,
            self._find_handed_over,
            self._find_payments_worth_more,
            self._find_made_differences,
            self._find_paid_again,
            self._find_reversed_and_paid_again,
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
            relabelled = self._get_relabelled(governed)
            retaxed = self._get_retaxed(governed, facts)
            for move in governed:
                item = facts[move.id]
                bill = item.bill
                if bill.decided_fingerprint is None:
                    yield move, Verdict(rule=rules.UNDECIDED)
                elif bill.decided_fingerprint != bill.fingerprint or move in relabelled:
                    yield move, Verdict(rule=rules.CHANGED)
                elif compare(item.paid, item.paid_decided, bill) > 0:
                    yield move, Verdict(rule=rules.UNDECIDED)
                elif (item.paid or move.payment_state == "paid") and not (
                    paid.get(move) or move.currency_id.is_zero(bill.total)
                ):
                    yield move, Verdict(rule=rules.UNDECIDED)
                elif self._is_worth_more(bill) or move in retaxed:
                    yield move, Verdict(rule=rules.SETTINGS_CHANGED)

    @api.model
    def _get_relabelled(self, bills):
        """Return the bills whose debt is on an account that is none of payables.

        What is paid on a bill is read on accounts of that type.
        """
        lines = self.env["account.move.line"].search(
            [
                ("move_id", "in", bills.ids),
                ("display_type", "=", "payment_term"),
                ("account_id.account_type", "!=", "liability_payable"),
            ]
        )
        return lines.move_id

    @api.model
    def _get_retaxed(self, bills, facts):
        """Return the bills of the last weeks whose tax is not what it seems.

        By the taxes of today their lines give less, or whoever wrote the bill made
        or changed one of its taxes once the form was approved.
        """
        since = fields.Datetime.now() - timedelta(days=TAX_DAYS)
        recent = bills.filtered(
            lambda bill: any(
                decision.stage == "post"
                and decision.is_current
                and decision.create_date > since
                for decision in bill.vendor_quality_decision_ids
            )
        )
        # sudo: reads any tax
        reader = self.env["vendor.quality.gate.reader"].sudo()
        checked = reader._check_taxes(recent, facts)
        return recent.filtered(
            lambda bill: (
                compare(
                    checked[bill.id].bill.payable_total,
                    facts[bill.id].bill.payable_total,
                    facts[bill.id].bill,
                )
                < 0
                or self._is_taxed_by_author(bill)
            )
        )

    @api.model
    def _is_taxed_by_author(self, bill):
        forms = bill.vendor_quality_decision_ids.filtered("is_current").form_id
        approved = [day for day in forms.mapped("approved_at") if day]
        if not approved:
            return False
        # The server writes taxes when modules are updated, and bills that it receives.
        authors = bill._vendor_quality_authors().filtered(
            lambda user: user.id != SUPERUSER_ID
        )
        return any(
            tax.write_uid in authors and tax.write_date > max(approved)
            for tax in bill.invoice_line_ids.tax_ids.flatten_taxes_hierarchy()
        )

    @api.model
    def _is_worth_more(self, bill):
        """Whether a bill takes more of its forms by today's rates than was decided.

        Rates of a day are entered late and corrected a little; a bill that was
        posted at a rate of the day that is gone is another matter.
        """
        if bill.decided_amount is None or bill.kind != "service":
            return False
        return bill.untaxed is not None and (
            bill.untaxed > bill.decided_amount * (1 + RATE_DRIFT)
        )

    @api.model
    def _find_overbilled(self, bills, facts):
        """Yield bills with which a form is billed beyond its fee.

        An exception may let them exceed it, and a form that supersedes another
        may have a lower fee than was billed; neither is a leak.
        """
        if not bills:
            return
        # sudo: reads any form
        reader = self.env["vendor.quality.gate.reader"].sudo()
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
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
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
                move = moves.browse(move_id)
                if move_id in facts or outflow.is_decided:
                    continue
                if not outflow.is_open and not self._is_refund_too_high(move, outflow):
                    continue
                if not outflow.is_statement and (
                    self._filter_bookkeeping(move) and self._is_quiet(move)
                ):
                    continue
                rule = rules.BANK_UNBILLED if outflow.is_statement else rules.ENTRY_PAID
                yield move, Verdict(rule=rule, contract=outflow.facts.contracts[0])

    @api.model
    def _is_refund_too_high(self, move, outflow):
        """Whether a bank line pays a vendor as a customer more than came from it.

        What is matched with it says nothing: credit notes and entries of customers
        are made by anybody.
        """
        if not outflow.is_statement or not outflow.on_receivable:
            return False
        company = move.company_id.root_id
        vendors = self.env["res.partner"].browse(outflow.vendors)
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        return any(
            company.currency_id.compare_amounts(
                reader._get_received(company, vendor), 0.0
            )
            < 0
            for vendor in vendors
        )

    @api.model
    def _is_quiet(self, move):
        """Whether an entry that is bookkeeping moved no money, as far as one sees.

        A reversal takes money back that came in by its origin, as a statement line
        shows, or both are matched with each other, so that neither stands for a
        line of the bank.
        """
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        if move.id not in reader._get_outflows(move, True):
            return True
        if self._is_booked_difference(move):
            return True
        origin = move.reversed_entry_id
        if not origin:
            return False
        liquid = reader._get_liquid_accounts(move.company_id)

        def is_liquid(line):
            account = line.account_id
            return account in liquid or account.account_type in LIQUID_TYPES

        taken = move.line_ids.filtered(is_liquid)
        came = origin.line_ids.filtered(is_liquid)
        if all(taken.mapped("reconciled")):
            others = taken.matched_debit_ids.debit_move_id.move_id
            others |= taken.matched_credit_ids.credit_move_id.move_id
            if others <= origin:
                return True
        shown = came.matched_credit_ids.credit_move_id.move_id.statement_line_id
        return bool(shown) and all(came.mapped("reconciled"))

    @api.model
    def _list_bank_lines(self, moves):
        """Open an incident for bank lines to governed vendors, if there is none."""
        # sudo: whoever books bank lines need not read holds; the gate keeps them.
        Hold = self.env["vendor.quality.hold"].sudo()
        known = Hold.search(
            [("move_id", "in", moves.ids), ("stage", "=", "leak")]
        ).move_id
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        holds = place_holds(
            self.env,
            [
                {
                    **self._prepare_hold(
                        moves.browse(move_id),
                        "leak",
                        Verdict(
                            rule=rules.BANK_UNBILLED,
                            contract=outflow.facts.contracts[0],
                        ),
                    ),
                    "actor": "finance",
                }
                for move_id, outflow in reader._get_outflows(moves - known).items()
                if outflow.is_open
            ],
        )
        if holds:
            holds._schedule_activity()

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
        # sudo: reads any payment
        reader = self.env["vendor.quality.gate.reader"].sudo()
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

        A payment that was only corrected and confirmed again is one payment; one
        that was rejected by the bank before is two. It counts with the payee that it
        had then; where it was deleted, the other one is listed. Entries that paid a
        vendor, and bank lines that were matched with its bills, are noted alike.
        """
        Decision = self.env["vendor.quality.decision"]
        domain = [
            ("ground", "in", TAKEN_BACK),
            ("company_id", "in", self._get_gated_companies().ids),
        ]
        for notes in self._iterate("vendor.quality.decision", domain):
            for note in notes:
                payment = note.payment_id
                payee = payment.partner_id.commercial_partner_id
                vendor = note.partner_id or payee
                is_back = payment.state in PAID_STATES and payee == vendor
                if note.ground == "rejected" and is_back:
                    yield payment, Verdict(rule=rules.PAID_AGAIN)
                if is_back or not vendor:
                    continue
                since = note.company_id._outsourcing_date(note.create_date)
                again = Domain("id", ">", note.id) & Domain("stage", "=", "payment")
                again &= Domain("ground", "not in", TAKEN_BACK)
                if payment:
                    again &= Domain("payment_id", "!=", payment.id)
                if note.move_id:
                    again &= Domain("move_id", "!=", note.move_id.id)
                same = self._get_same_paid_domain(
                    vendor, note.amount, note.currency_id, since
                ) | Domain("move_id", "in", payment.invoice_ids.ids)
                other = Decision.search(
                    again & same, limit=1
                ) or self._find_paid_in_parts(
                    again,
                    vendor,
                    (note.amount, note.currency_id, note.company_id),
                    note.create_date,
                )
                record = other and (payment or other.payment_id or other.move_id)
                if record and not self._is_paying_again(note, vendor):
                    yield record, Verdict(rule=rules.PAID_AGAIN)

    @api.model
    def _is_paying_again(self, note, vendor):
        """Whether the entry or bank line of a note pays the vendor as it did.

        It was corrected and posted again, or is matched with something else.
        """
        move = note.move_id
        if move.state != "posted":
            return False
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        outflow = reader._get_outflows(move, own_payments=True).get(move.id)
        paid, _settles = (outflow and outflow.vendors.get(vendor.id)) or (0.0, 0.0)
        return paid >= note.amount * AGAIN_SHARE

    @api.model
    def _get_same_paid_domain(self, vendor, amount, currency, since):
        """Return the domain of decisions by which the same was paid to a vendor.

        Contracts pay the same every month: see :meth:`_get_earlier_domain`.
        """
        return (
            self._get_paid_to_domain(vendor)
            & self._get_earlier_domain(since)
            & Domain("amount", "=", amount)
            & Domain("currency_id", "=", currency.id)
        )

    @api.model
    def _get_earlier_domain(self, since):
        """A bill for a service that went on after the day ``since`` is another one."""
        return (
            Domain("move_id", "=", False)
            | Domain("move_id.service_date_end", "=", False)
            | Domain("move_id.service_date_end", "<", since)
        )

    @api.model
    def _get_paid_to_domain(self, vendor):
        """Return the domain of decisions to pay a vendor."""
        return (
            Domain("partner_id", "=", vendor.id)
            | Domain("payment_id.partner_id.commercial_partner_id", "=", vendor.id)
            | Domain("move_id.commercial_partner_id", "=", vendor.id)
        )

    @api.model
    def _find_paid_in_parts(self, domain, vendor, money, since):
        """Return the last of the payments that together pay about the same again.

        Money on account names no bill, so that nothing else tells a cent less, two
        halves, or as much in another currency, from what was taken back; within some
        weeks. A bill of an earlier service pays it with one payment.

        :param Domain domain: of the decisions that count
        :param tuple money: amount, currency and company of what was taken back
        :param datetime since: when it was
        """
        amount, currency, company = money
        day = company._outsourcing_date(since)
        paid = self.env["vendor.quality.decision"].search(
            domain
            & self._get_paid_to_domain(vendor)
            & Domain("currency_id", "!=", False)
            & Domain("create_date", "<=", since + timedelta(days=AGAIN_DAYS)),
            order="id",
        )
        # What was taken back later, too, pays nothing again.
        on_account = paid.filtered(lambda row: row.payment_id.state in PAID_STATES)
        worth = {
            row: row.currency_id._convert(row.amount, currency, company, day)
            for row in paid
        }
        # A payment is noted each time that it is confirmed.
        total = sum({row.payment_id: worth[row] for row in on_account}.values())
        if amount > 0 and total >= amount * AGAIN_SHARE:
            return on_account[-1:]
        bills = paid.filtered(lambda row: not row.payment_id)
        share = {
            row: BILL_SHARE if row.currency_id == currency else CROSS_SHARE
            for row in bills
        }
        return bills.filtered_domain(self._get_earlier_domain(day)).filtered(
            lambda row: amount * share[row] <= worth[row] <= amount / share[row]
        )[:1]

    @api.model
    def _find_reversed_and_paid_again(self):
        """Yield entries that paid a vendor and were reversed, where the same was paid.

        The reversal says that the money did not leave; the bank may have paid it.
        """
        Decision = self.env["vendor.quality.decision"]
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        domain = [
            ("move_type", "=", "entry"),
            ("state", "=", "posted"),
            ("company_id", "in", self._get_gated_companies().ids),
            ("reversed_entry_id.move_type", "=", "entry"),
        ]
        for moves in self._iterate("account.move", domain):
            outflows = reader._get_outflows(moves.reversed_entry_id, True)
            for move in moves:
                origin = move.reversed_entry_id
                outflow = outflows.get(origin.id)
                if not outflow:
                    continue
                again = Domain("create_date", ">=", move.create_date)
                if payment := origin.origin_payment_id:
                    again &= Domain("payment_id", "!=", payment.id)
                again &= Domain("move_id", "!=", origin.id)
                again &= Domain("stage", "=", "payment")
                again &= Domain("ground", "not in", TAKEN_BACK)
                vendors = self.env["res.partner"].browse(outflow.vendors)
                amount = outflow.facts.bill.total
                same = Domain.OR(
                    self._get_same_paid_domain(
                        vendor,
                        amount,
                        origin.currency_id,
                        move.company_id._outsourcing_date(move.create_date),
                    )
                    for vendor in vendors
                )
                money = (amount, origin.currency_id, origin.company_id)
                if Decision.search_count(again & same, limit=1) or any(
                    self._find_paid_in_parts(again, vendor, money, move.create_date)
                    for vendor in vendors
                ):
                    yield origin, Verdict(rule=rules.PAID_AGAIN)

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
