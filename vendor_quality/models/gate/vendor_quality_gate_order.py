import functools
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_list

from odoo.addons.outsourcing_mgmt.models.platform.frozen_classes import GUARD_LISTS

from ...tools import gate
from ...tools import gate_rules as rules
from ...tools.computing import differences
from ..base.account_account import LIQUID_TYPES, SETTLING
from .account_payment import PAID_STATES
from .vendor_quality_decision import TAKEN_BACK
from .vendor_quality_gate_hold import AGAIN_DAYS
from .vendor_quality_gate_payment import RATE_DRIFT
from .vendor_quality_gate_reader_money import ACCOUNT_TYPES
from .vendor_quality_gate_reader_open import DIFFERENCE_SHARE

RATE_DAYS = 40
"""For how long after a payment the rate of its day is looked at again."""
ORDER = "account.payment.order"
TOLD_STATES = ("open", "generated")
"""States of an order in which its file is about to be written, or was."""


@api.constrains("state")
def _check_vendor_quality_order(self):
    """Judge payment orders before the bank hears of them."""
    told = self.filtered(
        lambda order: order.payment_type == "outbound" and order.state in TOLD_STATES
    )
    if told:
        self.env["vendor.quality.gate"]._enforce_orders(told)


def _generate_judged(function):
    """Return ``generate_payment_file`` as it asks the gate before it writes the file.

    The add-ons call it in a step, and it can be called without one.
    """

    @functools.wraps(function)
    def generate_payment_file(self):
        told = self.filtered(lambda order: order.payment_type == "outbound")
        self.env["vendor.quality.gate"]._enforce_orders(told)
        return function(self)

    generate_payment_file.vendor_quality_is_judged = True
    return generate_payment_file


class VendorQualityGate(models.AbstractModel):
    """Payment orders: what the bank was told to pay and is not posted yet.

    ``account_payment_order`` and ``account_payment_batch_oca`` write the bank's file
    from draft payments and post them when the file was uploaded: too late to refuse.

    And accounts to which payments go; documents whose lines take from the bank; what
    the nightly proof finds of debts that are taken off elsewhere, of bank lines, and
    once the rates of the day are others.
    """

    _inherit = "vendor.quality.gate"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _register_hook(self):
        """Add a constraint to the payment order where an add-on defines one.

        We depend on neither add-on, so the model cannot be inherited. A constraint
        holds for buttons, RPC and code; unlike a patched ``write`` it is not lost when
        automations unpatch the methods of models.
        """
        result = super()._register_hook()
        if ORDER in self.env:
            order_class = self.env.registry[ORDER]
            order_class._check_vendor_quality_order = _check_vendor_quality_order
            # The list of constraints is kept with the class.
            order_class._constraint_methods = GUARD_LISTS["_constraint_methods"]
            generate = order_class.generate_payment_file
            if not hasattr(generate, "vendor_quality_is_judged"):
                order_class.generate_payment_file = _generate_judged(generate)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _enforce_orders(self, orders):
        """Raise unless the bank may be told to pay what the orders say."""
        payments = orders.payment_ids.filtered(lambda payment: payment.state == "draft")
        if payments and self._is_on(payments.company_id):
            self._enforce_ordered_bills(payments)
            self._enforce_ordered_vendors(payments)

    @api.model
    def _enforce_ordered_bills(self, payments):
        """Judge the bills as if the payments were matched with them now."""
        asked = self._get_ordered_amounts(payments)
        bills = self._filter_bills(self.env["account.move"].browse(asked))
        facts = self._get_facts(bills)
        told = self._get_told(bills, payments) if facts else {}
        blocked, paid = {}, {}
        for bill in bills.filtered(lambda move: move.id in facts):
            item = facts[bill.id]
            total = item.paid + told.get(bill.id, 0.0) + asked[bill.id]
            contracts = [self._add_paid(one, paid) for one in item.contracts]
            verdict = gate.decide_payment(item.bill, contracts, total, item.paid)
            if verdict.is_blocked:
                blocked[bill] = verdict
            ratio = item.bill.get_paid_ratio(total)
            for form_id, share in item.bill.shares.items():
                paid[form_id] = paid.get(form_id, 0.0) + share * ratio
        if blocked:
            self._raise_blocked(blocked, "pay")

    @api.model
    def _enforce_ordered_vendors(self, payments):
        """Refuse what a file would pay to governed vendors beside their bills.

        The file is written from the payments, whose amounts can be changed.
        """
        governed = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and partners of any owner
            ._get_governed_payments(payments)
        )
        for payment in governed:
            lines = payment.payment_line_ids.filtered(
                lambda line: self._filter_bills(line.move_line_id.move_id)
            )
            loose = payment.amount - sum(lines.mapped("amount_currency"))
            if payment.currency_id.compare_amounts(loose, 0.0) > 0:
                raise UserError(
                    self.env._(
                        "%(order)s pays %(amount)s to %(vendor)s that no vendor bill "
                        "on it asks for. The vendor works under a contract with "
                        "quality forms: put its bills on the order, confirm it again, "
                        "and pay anything else by a payment of its own.",
                        order=payment.payment_order_id.display_name,
                        amount=format_amount(self.env, loose, payment.currency_id),
                        vendor=payment.partner_id.display_name,
                    )
                )

    @api.model
    def _get_ordered_amounts(self, payments):
        """Return ``{move id: amount in its currency}`` that payments of orders pay."""
        amounts = {}
        for payment in payments:
            for line in payment.payment_line_ids.filtered("move_line_id"):
                move = line.move_line_id.move_id
                amount = line.currency_id._convert(
                    line.amount_currency,
                    move.currency_id,
                    payment.company_id,
                    payment.date,
                )
                amounts[move.id] = amounts.get(move.id, 0.0) + amount
        return amounts

    @api.model
    def _get_told(self, bills, payments=None):
        """Return ``{bill id: amount}`` that files tell the bank to pay.

        Their payments are drafts until the upload; from then on the ledger counts.

        :param payments: payments that are judged now and do not count
        """
        if ORDER not in self.env:
            return {}
        # sudo: the payer may not see every order of the company.
        waiting = self.env["account.payment"].sudo()
        waiting = waiting.search(
            [
                ("payment_type", "=", "outbound"),
                ("state", "=", "draft"),
                ("payment_order_id.state", "=", "generated"),
                ("payment_line_ids.move_line_id.move_id", "in", bills.ids),
                ("id", "not in", payments.ids if payments else []),
            ]
        )
        return self._get_ordered_amounts(waiting)

    # ------------------------------------------------------------
    # ACCOUNTS THAT ARE PAID
    # ------------------------------------------------------------
    # Files for the bank are written from the account of a payment as it is then.

    @api.model
    def _get_governed_on_the_way(self, accounts):
        """Return the payments to ``accounts`` and to governed vendors that go there.

        Those that started, and of which no statement line shows all yet.
        """
        # sudo: whoever changes an account need not read payments.
        payments = self.env["account.payment"].sudo()
        if not self.env["res.company"]._get_vendor_quality_gated_roots():
            return payments
        payments = payments.search(
            [
                ("partner_bank_id", "in", accounts.ids),
                ("payment_type", "=", "outbound"),
                ("state", "in", PAID_STATES),
            ]
        )
        started = payments.filtered(lambda payment: not self._is_shown(payment))
        return started._vendor_quality_filter_governed()

    @api.model
    def _is_shown(self, payment):
        """Whether lines of bank statements show all that a payment pays."""
        liquid = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        shown = liquid.matched_debit_ids.debit_move_id.move_id
        return (
            bool(liquid)
            and all(liquid.mapped("reconciled"))
            and all(move.statement_line_id.move_id == move for move in shown)
        )

    @api.model
    def _check_redirected(self, accounts, known):
        """Refuse that money to a governed vendor goes to another account than decided.

        :param accounts: res.partner.bank of which number, bank or holder changed
        :param account.payment known: the payments to governed vendors before
        """
        payments = known.filtered(
            lambda payment: payment.partner_bank_id.id in accounts.ids
        ) | self._get_governed_on_the_way(accounts)
        if payments:
            raise UserError(
                self.env._(
                    "%(payments)s: the payment goes to this bank account, and no bank "
                    "statement shows it yet. A vendor under a contract with quality "
                    "forms is paid, or would be, so the account stays as it is. Enter "
                    "the other number as an account of its own.",
                    payments=format_list(self.env, payments.mapped("display_name")),
                )
            )

    # ------------------------------------------------------------
    # DOCUMENTS THAT PAY
    # ------------------------------------------------------------

    @api.model
    def _check_documents(self, moves):
        """Refuse bills, invoices and credit notes whose lines take from the bank.

        They would pay a vendor without a payment, and stand for a line of the bank.
        """
        documents = moves.filtered(self._may_take_money)
        if paying := self._get_paying_documents(documents):
            raise UserError(
                self.env._(
                    "%(documents)s: a line takes money from an account of the bank, "
                    "and the partner is a vendor under a contract with quality forms. "
                    "Take the line off and register a payment.",
                    documents=format_list(
                        self.env, documents.browse(paying).mapped("display_name")
                    ),
                )
            )

    @api.model
    def _may_take_money(self, move):
        """Spare the database documents that plainly pay nobody."""
        return move.move_type != "entry" and any(
            line.balance < 0
            and line.display_type == "product"
            and line.account_id.account_type.startswith(("asset_", "liability_"))
            for line in move.line_ids
        )

    @api.model
    def _get_paying_documents(self, documents, transit=None):
        """Return ``{move id: Outflow}`` of what takes money to governed vendors."""
        if not documents or not self._is_on(documents.company_id):
            return {}
        # sudo: whoever posts need not read contracts and partners.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        return reader._get_outflows(documents, transit=transit)

    @api.model
    def _find_paying_documents(self):
        """Yield documents that take money to governed vendors from the bank.

        Also credit notes that take it from an account which the bank pays later
        without a name: they give back what may be billed again.
        """
        companies = self._get_gated_companies()
        # sudo: the accounts of any journal are compared.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        liquid = reader._get_liquid_accounts(companies)
        transit = reader._get_transit_accounts(companies)
        is_liquid = Domain("account_id.account_type", "in", LIQUID_TYPES)
        is_liquid |= Domain("account_id", "in", liquid.ids)
        for types, is_bank, over in (
            (Domain("move_type", "!=", "entry"), is_liquid, None),
            (
                Domain("move_type", "=", "in_refund"),
                Domain("account_id", "in", transit.ids),
                transit,
            ),
        ):
            domain = types & Domain(
                [
                    ("state", "=", "posted"),
                    ("company_id", "in", companies.ids),
                    ("line_ids", "any", is_bank & Domain("balance", "<", 0)),
                ]
            )
            for moves in self._iterate("account.move", domain):
                for move_id, outflow in self._get_paying_documents(moves, over).items():
                    contract = outflow.facts.contracts[0]
                    yield (
                        moves.browse(move_id),
                        gate.Verdict(rule=rules.ENTRY_PAID, contract=contract),
                    )

    # ------------------------------------------------------------
    # DEBTS THAT ARE TAKEN OFF ELSEWHERE
    # ------------------------------------------------------------

    @api.model
    def _find_written_off(self):
        """Yield entries that write a debt off which the bank pays without a name.

        Against an account of costs or income that it pays directly. Only what is
        matched with nothing: the rest counts as paid on its bills.
        """
        companies = self._get_gated_companies()
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        spent = reader._get_spent_accounts(companies)
        credit = [("account_id", "in", spent.ids), ("balance", "<", 0)]
        for moves in self._iterate_debited(credit):
            for move_id, outflow in reader._get_outflows(moves, banks=spent).items():
                move = moves.browse(move_id)
                settles = any(part > 0 for _paid, part in outflow.vendors.values())
                if (
                    settles
                    and outflow.is_open
                    and not outflow.is_decided
                    and not self._filter_bookkeeping(move)
                ):
                    contract = outflow.facts.contracts[0]
                    yield (
                        move,
                        gate.Verdict(rule=rules.ENTRY_PAID, contract=contract),
                    )

    @api.model
    def _find_handed_over(self):
        """Yield entries that make a debt to a governed vendor one to somebody else.

        Whoever has it then is paid in its place; or nobody whom entries name. Only
        what is matched with nothing, as above.
        """
        credit = [
            ("account_id.account_type", "in", SETTLING),
            ("balance", "<", 0),
        ]
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        for moves in self._iterate_debited(credit):
            debits = moves.line_ids.filtered(self._is_handed_over)
            governed = reader._get_governed_items(debits)
            for (company, vendor), items in governed.grouped(
                lambda line: (
                    line.company_id.root_id,
                    line.partner_id.commercial_partner_id,
                )
            ).items():
                yield from self._get_handed_over(reader, company, vendor, items)

    @api.model
    def _is_handed_over(self, line):
        """Whether an item takes off a debt that another one owes to somebody else."""
        return (
            line.balance > 0
            and line.account_id.account_type == ACCOUNT_TYPES["supplier"]
            and any(
                other.balance < 0
                and other.account_id.account_type in SETTLING
                and other.partner_id.commercial_partner_id
                != line.partner_id.commercial_partner_id
                for other in line.move_id.line_ids
            )
        )

    @api.model
    def _get_handed_over(self, reader, company, vendor, items):
        """Return ``(entry, verdict)`` of those of ``items`` that are still open."""
        waiting = reader._get_open_money(company, vendor, "supplier")
        open_ids = {money.move_id for money in waiting}
        contracts = reader._get_item_contracts(items)
        found = {
            line.move_id: contracts[line.id]
            for line in items
            if line.move_id.id in open_ids
            and not line.move_id.vendor_quality_decision_ids
            and not self._filter_bookkeeping(line.move_id)
        }
        return [
            (move, gate.Verdict(rule=rules.ENTRY_PAID, contract=contract))
            for move, contract in found.items()
        ]

    @api.model
    def _iterate_debited(self, credit):
        """Yield posted entries that debit a payable and have an item of ``credit``."""
        debit = [
            ("account_id.account_type", "=", ACCOUNT_TYPES["supplier"]),
            ("partner_id", "!=", False),
            ("balance", ">", 0),
        ]
        yield from self._iterate(
            "account.move",
            [
                ("move_type", "=", "entry"),
                ("state", "=", "posted"),
                ("company_id", "in", self._get_gated_companies().ids),
                ("line_ids", "any", debit),
                ("line_ids", "any", credit),
            ],
        )

    # ------------------------------------------------------------
    # BANK LINES
    # ------------------------------------------------------------

    @api.model
    def _find_unconfirmed_bank_lines(self):
        """Yield lines of bank statements that confirm a payment that is not there.

        They are booked on an account on which payments wait for the bank, name the
        vendor, and are matched with nothing, or with a payment to somebody else. Lines
        that nobody has booked yet stand on the suspense account: they are listed once
        something else is matched with them there, or when weeks have gone by.
        """
        companies = self._get_gated_companies()
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        Journal = self.env["account.journal"].with_context(active_test=False)
        journals = Journal.search([("company_id", "in", companies.ids)])
        liquid = reader._get_liquid_accounts(companies)
        suspense = journals.suspense_account_id
        waiting = liquid - journals.default_account_id - suspense
        late = fields.Datetime.now() - timedelta(days=AGAIN_DAYS)
        is_waiting = Domain(
            [
                ("account_id", "in", waiting.ids),
                ("balance", ">", 0),
                "|",
                ("account_id.reconcile", "=", True),
                ("account_id.account_type", "not in", LIQUID_TYPES),
            ]
        )
        is_suspended = Domain(
            [
                ("account_id", "in", suspense.ids),
                ("balance", ">", 0),
                "|",
                ("matched_credit_ids", "!=", False),
                ("create_date", "<", late),
            ]
        )
        for is_item, banks in (
            (is_waiting, liquid - waiting),
            (is_suspended, liquid - waiting - suspense),
        ):
            domain = [
                ("statement_line_id", "!=", False),
                ("state", "=", "posted"),
                ("company_id", "in", companies.ids),
                ("line_ids", "any", is_item),
            ]
            for moves in self._iterate("account.move", domain):
                found = reader._get_outflows(moves, True, banks=banks)
                for move in moves.browse(found):
                    outflow = found[move.id]
                    payees = self.env["res.partner"].browse(outflow.vendors)
                    if is_item == is_waiting and self._is_confirming(
                        move, waiting, payees
                    ):
                        continue
                    yield (
                        move,
                        gate.Verdict(
                            rule=rules.BANK_UNBILLED,
                            contract=outflow.facts.contracts[0],
                        ),
                    )

    @api.model
    def _is_confirming(self, move, waiting, payees):
        """Whether all that a bank line books as paid before was paid to its payees.

        :param account.account waiting: on which payments wait for the bank
        """
        items = move.line_ids.filtered(
            lambda line: line.account_id in waiting and line.balance > 0
        )
        partials = items.matched_credit_ids
        open_amount = sum(items.mapped("balance")) - sum(partials.mapped("amount"))
        if move.company_currency_id.compare_amounts(open_amount, 0.0) > 0:
            return False
        strange = partials.credit_move_id.move_id.filtered(
            lambda other: (
                not self._get_named(other).commercial_partner_id & payees
                and not self._is_booked_difference(other)
            )
        )
        if not strange:
            return True
        # sudo: what is known of vendors is compared, not shown.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        # sudo: as above
        family = self.env["res.partner"].sudo().with_context(active_test=False)
        for payee in payees:
            query = reader._get_family(move.company_id, payee)
            family |= family.search([("id", "in", query)])
        return all(self._get_named(other) & family for other in strange)

    @api.model
    def _get_named(self, move):
        """Return whom an entry pays by its payment, or by what it says itself."""
        payments = move.payment_ids
        return payments.partner_id if payments else move.line_ids.partner_id

    # ------------------------------------------------------------
    # RATES THAT WERE PUT BACK
    # ------------------------------------------------------------

    @api.model
    def _find_payments_worth_more(self):
        """Yield payments that are worth more by today's rates than was counted.

        A rate of the day of the payment, entered for it and taken back, lets more
        money leave than the bills allow: on account, or on bills in another currency.
        """
        since = fields.Datetime.now() - timedelta(days=RATE_DAYS)
        worth_more = self.env["account.payment"]
        for payment in self._iterate_recent_payments(since):
            if self._is_booked_low(payment):
                worth_more |= payment
        worth_more |= self._get_settling_more(since)
        worth_more |= self._get_paid_beyond_rates(since)
        for payment in worth_more:
            yield payment, gate.Verdict(rule=rules.SETTINGS_CHANGED)

    @api.model
    def _find_made_differences(self):
        """Yield entries that pose as differences of exchange rates, made by hand.

        Core makes one for a reconciliation, which names it, and takes it back when the
        reconciliation is removed.
        """
        journals = self._get_gated_companies().currency_exchange_journal_id
        # sudo: reads any entry
        reader = self.env["vendor.quality.gate.reader"].sudo()
        Partial = self.env["account.partial.reconcile"]
        domain = [
            ("journal_id", "in", journals.ids),
            ("move_type", "=", "entry"),
            ("state", "=", "posted"),
        ]
        for moves in self._iterate("account.move", domain):
            named = Partial.search([("exchange_move_id", "in", moves.ids)])
            made = (moves - named.exchange_move_id).filtered(
                lambda move: not self._is_taken_back(move)
            )
            facts = reader._get_entries(made)
            for move in made.filtered(lambda move, facts=facts: move.id in facts):
                bill, contracts = facts[move.id].bill, facts[move.id].contracts
                if bill.decided_fingerprint != bill.fingerprint:
                    yield (
                        move,
                        gate.Verdict(rule=rules.ENTRY_PAYABLE, contract=contracts[0]),
                    )

    @api.model
    def _is_booked_difference(self, move):
        """Whether core booked the rates of a payment and its bank line with an entry.

        Up to a part of what it is matched with: a bank line that pays more than its
        payment would stand for the payment otherwise.
        """
        company = move.company_id
        if move.journal_id != company.currency_exchange_journal_id or not (
            move.exchange_diff_partial_ids or differences.get() is not None
        ):
            return False
        gains = company.income_currency_exchange_account_id
        gains |= company.expense_currency_exchange_account_id
        items = move.line_ids.filtered(lambda line: line.account_id not in gains)
        matched = items.matched_debit_ids.debit_move_id
        matched |= items.matched_credit_ids.credit_move_id
        largest = DIFFERENCE_SHARE * sum(abs(line.balance) for line in matched)
        return sum(abs(line.balance) for line in items) <= largest

    @api.model
    def _is_taken_back(self, move):
        """Whether an entry is matched with its exact reversal at most, or with what it
        takes back."""
        twins = move.reversal_move_ids.filtered(
            lambda other: other.state == "posted" and self._is_reversal(other)
        )
        if self._is_reversal(move):
            twins |= move.reversed_entry_id
        lines = move.line_ids
        matched = lines.matched_debit_ids.debit_move_id.move_id
        matched |= lines.matched_credit_ids.credit_move_id.move_id
        return bool(twins) and matched <= twins

    @api.model
    def _get_decided_payments(self, since):
        """Return the payments decided on since then; a draft may be older."""
        notes = self.env["vendor.quality.decision"].search(
            [
                ("company_id", "in", self._get_gated_companies().ids),
                ("create_date", ">", since),
                ("ground", "not in", TAKEN_BACK),
                ("payment_id.payment_type", "=", "outbound"),
                ("payment_id.state", "in", PAID_STATES),
            ]
        )
        return notes.payment_id

    @api.model
    def _iterate_recent_payments(self, since):
        """Yield the payments in a foreign currency to governed vendors."""
        # sudo: any payment is read.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        domain = Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("currency_id", "!=", company.currency_id.id)
            for company in self._get_gated_companies()
        )
        domain &= Domain("payment_type", "=", "outbound")
        domain &= Domain("state", "in", PAID_STATES)
        decided = self._get_decided_payments(since)
        domain &= Domain("create_date", ">", since) | Domain("id", "in", decided.ids)
        for payments in self._iterate("account.payment", domain):
            yield from reader._get_governed_payments(payments)

    @api.model
    def _is_booked_low(self, payment):
        """Whether a foreign payment is worth more than what it was booked at.

        One without an entry counted by the rate that its decision noted.
        """
        home = payment.company_id.currency_id
        liquid = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        counted = -sum(liquid.mapped("balance"))
        if not payment.move_id:
            note = self.env["vendor.quality.decision"].search(
                [("payment_id", "=", payment.id), ("ground", "not in", TAKEN_BACK)],
                limit=1,
            )
            counted = payment.amount * note.currency_rate
        money = payment.amount, payment.currency_id
        return bool(counted) and self._is_worth_more_now(payment, money, counted, home)

    @api.model
    def _get_settling_more(self, since):
        """Return the payments on bills in another currency that settled too much."""
        # sudo: any payment is read.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        found = self.env["account.payment"]
        domain = [
            ("company_id", "in", self._get_gated_companies().ids),
            ("create_date", ">", since),
            ("debit_move_id.move_id.payment_ids.payment_type", "=", "outbound"),
        ]
        for parts in self._iterate("account.partial.reconcile", domain):
            crossing = parts.filtered(
                lambda part: (
                    part.debit_move_id.currency_id != part.credit_move_id.currency_id
                )
            )
            payments = crossing.debit_move_id.move_id.payment_ids
            for payment in reader._get_governed_payments(payments):
                money, settled = self._get_settled_money(payment)
                if self._is_worth_more_now(payment, money, *settled):
                    found |= payment
        return found

    @api.model
    def _get_paid_beyond_rates(self, since):
        """Return payments on account beyond what bills in other currencies allow.

        What is open is set against the room that the rates of today give.
        """
        found = self.env["account.payment"]
        recent = self._get_decided_payments(since)
        for (company, vendor, currency), payments in recent.grouped(
            lambda payment: (
                payment.company_id.root_id,
                payment.partner_id.commercial_partner_id,
                payment.currency_id,
            )
        ).items():
            suppliers = payments.filtered(lambda one: one.partner_type == "supplier")
            bills = self._get_open_bills(company, vendor) | suppliers.invoice_ids
            if not bills.currency_id - currency:
                continue
            found |= self._get_beyond_room(suppliers, company, vendor, currency)
        return found

    @api.model
    def _get_beyond_room(self, payments, company, vendor, currency):
        """Return the payments that are open, where they exceed the vendor's room.

        By the rates of each of their days: the bills may have been worth it on one.
        """
        open_ids = set()
        for day in set(payments.mapped("date")):
            money = self._get_open_money(company, vendor, "supplier", currency, day)
            open_ids = {key[0] for key in money}.intersection(payments.ids)
            asked = payments.browse(open_ids)
            _rooms, room = self._get_vendor_room(
                company, vendor, currency, day, asked.invoice_ids
            )
            # A difference of rates may stay open once the bills are matched.
            least = max(room, sum(asked.mapped("amount")))
            if sum(money.values()) <= room + least * RATE_DRIFT:
                return payments.browse()
        return payments.browse(open_ids)

    @api.model
    def _get_settled_money(self, payment):
        """Return what of a payment is matched, and what it settled by today's rates.

        Core books the difference of two rates on an entry of its own, which settles
        nothing.

        :return: two ``(amount, currency)``, both in the currency of the payment
        """
        currency = payment.currency_id
        items = payment.move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        )
        matched = sum(
            line.amount_currency - line.amount_residual_currency for line in items
        )
        journal = payment.company_id.currency_exchange_journal_id
        parts = items.matched_credit_ids.filtered(
            lambda part: part.credit_move_id.journal_id != journal
        )
        settled = sum(
            part.credit_currency_id._convert(
                part.credit_amount_currency, currency, payment.company_id, payment.date
            )
            for part in parts
        )
        return (matched, currency), (settled, currency)

    @api.model
    def _is_worth_more_now(self, payment, money, counted, currency):
        """Whether what was paid is worth more than what it counted as.

        :param tuple money: amount and currency that left
        :param float counted: what it counted as, in ``currency``
        """
        amount, source = money
        worth = source._convert(amount, currency, payment.company_id, payment.date)
        return worth > counted * (1 + RATE_DRIFT)
