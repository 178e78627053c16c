from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ...tools import gate
from ...tools import gate_rules as rules
from ...tools.deferral import deferring, get_deferral
from .vendor_quality_decision import record_decisions, record_payments
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_gate_reader_money import ACCOUNT_TYPES
from .vendor_quality_hold import place_holds

RATE_DRIFT = 0.05
"""By how much the rate of a day may be corrected once a bill is posted or paid."""


@contextmanager
def judging_at_end(env):
    """Judge what is paid inside the block once, at its end; yield the deferral.

    Blocks inside a block belong to the outermost one. A function, for evaluated code
    could begin a block of a method and never end it.
    """
    if deferral := get_deferral():
        yield deferral
        return
    with deferring() as deferral:
        yield deferral
    Gate, Move = env["vendor.quality.gate"], env["account.move"]
    settled = {}
    if deferral.bill_ids:
        settled = Gate._enforce_paid(
            Move.browse(deferral.bill_ids), Move.browse(deferral.counterpart_ids)
        )
    if deferral.payment_ids:
        payments = env["account.payment"].browse(deferral.payment_ids)
        Gate._enforce_payments(payments.exists(), settled)


def freeze_payee(payments, vendor):
    """Note to which vendor payments without an entry went when they started.

    :param vendor: res.partner; None once they are taken back
    """
    # sudo: only the gate writes it, whoever pays.
    values = {"vendor_quality_payee_id": vendor.id if vendor else False}
    server_write(payments.sudo(), values)  # sudo: as above


class VendorQualityGate(models.AbstractModel):
    """Payments: what reconciliations pay on bills, and what may still be paid."""

    _inherit = "vendor.quality.gate"

    # ------------------------------------------------------------
    # PAYMENT OF BILLS
    # ------------------------------------------------------------

    @api.model
    def _enforce_paid(self, bills, counterparts):
        """Raise unless the bills may be paid as far as they are now.

        What a bank statement shows as paid is a fact: it stays, and opens an
        incident.

        :param account.move counterparts: what paid them in this act
        :return: ``{vendor id: bool}`` of the vendors paid: whether other money to
            them waits to be matched; where an exception let a bill through it is no
            obstacle
        """
        if deferral := get_deferral():
            deferral.add_paid(bills, counterparts)
            return {}
        facts = self._get_facts(bills, counterparts)
        told = self._get_told(bills) if facts else {}
        verdicts, blocked, incidents, paid = {}, {}, {}, {}
        for move in bills.filtered(lambda item: item.id in facts):
            item = facts[move.id]
            if not item.paid_new:
                continue
            contracts = [self._add_paid(one, paid) for one in item.contracts]
            verdict = gate.decide_payment(
                item.bill,
                contracts,
                item.paid + told.get(move.id, 0.0),
                item.paid - item.paid_new,
            )
            if verdict.is_blocked:
                if item.paid_hard:
                    blocked[move] = verdict
                else:
                    incidents[move] = verdict
                continue
            verdicts[move] = verdict
            ratio = item.bill.get_paid_ratio(item.paid)
            for form_id, share in item.bill.shares.items():
                paid[form_id] = paid.get(form_id, 0.0) + share * ratio
        if blocked:
            self._raise_blocked(blocked, "pay")
        self._check_accounts(verdicts, counterparts)
        self._lock_forms(paid, "paid", facts)
        judged = {**verdicts, **incidents}
        record_decisions(self.env, self._prepare_payment_rows(judged, facts))
        self._follow_payments(judged, facts)
        held = bills.browse([move.id for move in verdicts if facts[move.id].on_hold])
        if held:
            self._refresh(held)
        return self._get_settled(bills, verdicts, judged, facts)

    @api.model
    def _check_accounts(self, verdicts, payments):
        """Raise if an exception lets a bill be paid to another bank account.

        :param account.move payments: the entries that pay the bills
        """
        for move, verdict in verdicts.items():
            account = move.partner_bank_id
            if not verdict.granted or not account:
                continue
            # sudo: whoever matches need not read payments and bank accounts.
            debits = move.sudo().line_ids.matched_debit_ids.debit_move_id
            money = debits.move_id & payments
            paid_to = money.origin_payment_id.partner_bank_id
            if paid_to - account:
                raise UserError(
                    self.env._(
                        "%(bill)s is paid by an exception, which was approved for the "
                        "bank account %(approved)s. This payment goes to %(paid)s.",
                        bill=move.display_name,
                        approved=account.display_name,
                        paid=format_list(self.env, paid_to.mapped("display_name")),
                    )
                )

    @api.model
    def _get_settled(self, bills, verdicts, judged, facts):
        """Return ``{vendor id: bool}``, see ``_enforce_paid``."""
        vendors = {move.commercial_partner_id.id for move in judged}
        plain, excepted = set(), set()
        for move, verdict in verdicts.items():
            found = excepted if verdict.exception else plain
            found.add(move.commercial_partner_id.id)
        # It is told with one bill of each vendor, which may be paid by nothing new.
        waiting = {
            move.commercial_partner_id.id
            for move in bills
            if move.id in facts and facts[move.id].has_open_money
        }
        excepted -= plain
        return {vendor: vendor in waiting - excepted for vendor in vendors}

    @api.model
    def _prepare_payment_rows(self, verdicts, facts):
        return [
            self._prepare_payment_row(move, verdict, facts[move.id])
            for move, verdict in verdicts.items()
        ]

    @api.model
    def _follow_payments(self, verdicts, facts):
        """Use up the exceptions of payments that passed; report the others."""
        self._use_exceptions(
            {move: verdict for move, verdict in verdicts.items() if verdict.granted},
            "payment_used_at",
        )
        self._open_incidents(
            {move: verdict for move, verdict in verdicts.items() if verdict.is_blocked},
            facts,
        )

    @api.model
    def _add_paid(self, contract, paid):
        if not paid or not any(form.id in paid for form in contract.forms):
            return contract
        return replace(
            contract,
            forms=tuple(
                replace(form, paid=form.paid + paid.get(form.id, 0.0))
                for form in contract.forms
            ),
        )

    @api.model
    def _prepare_payment_row(self, move, verdict, item):
        granted = verdict.granted if verdict.ground == "exception" else 0.0
        return {
            "company_id": move.company_id.id,
            "move_id": move.id,
            "move_name": move.name,
            "stage": "payment",
            "ground": "bank" if verdict.is_blocked else verdict.ground,
            "contract_id": verdict.contract.id if verdict.contract else None,
            "form_id": verdict.form.id if verdict.form else None,
            "exception_id": verdict.exception.id if verdict.exception else None,
            "currency_id": move.currency_id.id,
            "amount": granted or self._get_new_amount(item),
            "paid_total": item.paid,
            "fingerprint": item.bill.fingerprint,
        }

    @api.model
    def _get_new_amount(self, item):
        """Return what this act paid; nothing was named when a bill is posted."""
        return item.paid_new or item.paid - item.paid_decided

    @api.model
    def _open_incidents(self, incidents, facts):
        if not incidents:
            return
        holds = place_holds(
            self.env,
            [
                {
                    **self._prepare_hold(move, "bank", verdict),
                    "actor": "finance",
                    "amount": self._get_new_amount(facts[move.id]),
                    "placed_by_id": self.env.uid,
                }
                for move, verdict in incidents.items()
            ],
        )
        holds._schedule_activity()

    @api.model
    def _get_rooms(self, bills, currency, day):
        """Return ``{bill id: what may still be paid on it}`` in ``currency``."""
        governed = self._get_governed_rooms(bills)
        rooms = {}
        for bill in bills:
            room = bill.amount_residual if bill.state == "posted" else 0.0
            rooms[bill.id] = bill.currency_id._convert(
                governed.get(bill.id, room), currency, bill.company_id, day
            )
        return rooms

    @api.model
    def _get_governed_rooms(self, bills):
        """Return what may still be paid on each governed bill, in its currency.

        What one bill may take of a form is no longer there for the next one.
        """
        facts = self._get_facts(bills, bills.browse())
        told = self._get_told(bills) if facts else {}
        rooms, paid = {}, {}
        for bill in bills.filtered(lambda move: move.id in facts):
            item = facts[bill.id]
            contracts = [self._add_paid(one, paid) for one in item.contracts]
            room = min(bill.amount_residual, self._get_room(item, contracts))
            room -= told.get(bill.id, 0.0)
            rooms[bill.id] = room = max(room, 0.0) if bill.state == "posted" else 0.0
            ratio = item.bill.get_paid_ratio(item.paid + room)
            for form_id, share in item.bill.shares.items():
                paid[form_id] = paid.get(form_id, 0.0) + share * ratio
        return rooms

    @api.model
    def _get_room(self, item, contracts):
        bill, paid = item.bill, item.paid
        verdict = gate.decide_payment(bill, contracts, paid)
        room = 0.0 if verdict.is_blocked else verdict.amount - paid
        for exception in bill.exceptions:
            if exception.for_payment and exception.purpose == "exception":
                more = gate.decide_payment(
                    bill,
                    contracts,
                    paid + max(room, 0.0) + exception.amount_limit,
                    paid,
                )
                if not more.is_blocked:
                    return max(room, 0.0) + exception.amount_limit
        return room

    @api.model
    def _describe_rest(self, bill, item, room):
        """Return why not all that is due of a posted bill may be paid, and what helps.

        :param float room: what of it may be paid now, in its currency
        """
        due = bill.amount_residual
        if bill.currency_id.compare_amounts(room, due) >= 0:
            return ""
        verdict = gate.decide_payment(
            item.bill, item.contracts, item.paid + due, item.paid
        )
        text = self._get_text(bill, verdict)
        taken = bill.vendor_quality_form_ids._describe_rest()
        return " ".join(filter(None, (text["because"], taken, text["unblock"])))

    # ------------------------------------------------------------
    # MONEY PAID OUT
    # ------------------------------------------------------------

    @api.model
    def _enforce_payments(self, payments, settled=None):
        """Raise unless money may leave to the payees: no payment without a bill.

        Together with what left before and is not matched yet, the payments may
        not exceed what may be paid on the posted bills of the vendor, nor what
        may be paid on the bills they name.

        :param dict settled: ``{vendor id: bool}`` of the vendors whose bills the
            same act paid: whether other money to them waits to be matched
        """
        if deferral := get_deferral():
            deferral.add_payments(payments)
            return
        payments = payments.filtered(
            lambda payment: (
                payment.payment_type == "outbound"
                and payment.state in ("in_process", "paid")
                and not payment.currency_id.is_zero(payment.amount)
            )
        )
        if not payments or not self._is_on(payments.company_id):
            return
        settled = settled or {}
        known = payments.filtered(
            lambda payment: settled.get(payment.partner_id.commercial_partner_id.id)
        )
        unknown = payments.filtered(
            lambda payment: (
                payment.partner_id.commercial_partner_id.id not in settled
                or not payment.currency_id.is_zero(self._get_unmatched_amount(payment))
            )
        )
        governed = known | (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and partners of any owner
            ._get_governed_payments(unknown)
        )
        # Of the others, all went to bills of governed vendors in the same act.
        self._check_started(governed | (payments - unknown))
        for key, group in governed.grouped(
            lambda payment: (
                payment.company_id.root_id,
                payment.partner_id.commercial_partner_id,
                payment.currency_id,
                payment.partner_type,
            )
        ).items():
            self._enforce_vendor_payments(group, *key)

    @api.model
    def _check_started(self, payments):
        """Refuse payments that are booked low, or go to another vendor's account.

        What left is read from the entry of a payment, and files for the bank from the
        payment. A payee without bills could stand for a vendor whose account is paid.
        """
        # sudo: the payer may not read every bank account and journal item.
        payments = payments.sudo()
        holders = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: what is known of vendors is compared
            ._get_account_holders(payments)
        )
        for payment in payments:
            if payment.move_id.state == "posted" and self._is_booked_less(payment):
                raise UserError(
                    self.env._(
                        "%(payment)s pays %(amount)s, but its journal entry takes "
                        "another amount from the account of the payment. Delete the "
                        "payment and enter it anew.",
                        payment=payment.display_name,
                        amount=format_amount(
                            self.env, payment.amount, payment.currency_id
                        ),
                    )
                )
            vendors = holders.get(payment.id, ())
            if vendors and not any(
                self._is_of_family(payment, vendor) for vendor in vendors
            ):
                raise UserError(
                    self.env._(
                        "%(payment)s goes to the bank account %(account)s. This is an "
                        "account of %(vendor)s, a vendor under a contract with quality "
                        "forms, and not of the payee. Choose an account of the payee, "
                        "or pay %(vendor)s by its bill.",
                        payment=payment.display_name,
                        account=payment.partner_bank_id.display_name,
                        vendor=vendors[0].display_name,
                    )
                )

    @api.model
    def _is_booked_less(self, payment):
        """Whether the entry of a payment takes less from its account than it says."""
        account = payment.outstanding_account_id
        items = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == account
        )
        step = payment.company_id.vendor_quality_tax_tolerance
        return bool(
            account.internal_group not in ("asset", "liability")
            or account.account_type in ACCOUNT_TYPES.values()
            or items.currency_id - payment.currency_id
            or -sum(items.mapped("amount_currency")) < payment.amount - step
        )

    @api.model
    def _enforce_vendor_payments(self, payments, company, vendor, currency, kind):
        day = payments[:1].date or company._outsourcing_today()
        open_money = self._get_open_money(
            company, vendor, kind, currency, day, starting=payments
        )
        asked = {
            key: amount for key, amount in open_money.items() if key[0] in payments._ids
        }
        waiting = sum(open_money.values()) - sum(asked.values())
        if currency.is_zero(sum(open_money.values())):
            return  # all is matched with bills, and judged with them
        rooms = {}
        if kind == "supplier":
            rooms, room = self._get_vendor_room(
                company, vendor, currency, day, payments.invoice_ids
            )
        else:
            room = self._get_customer_credit(company, vendor, payments, currency)
        total = sum(open_money.values())
        if currency.compare_amounts(total, room) > 0:
            paid = sum(payments.mapped("amount")) - sum(asked.values())
            self._raise_no_room(
                payments,
                vendor,
                currency,
                kind,
                sum(asked.values()) + paid,
                room + paid,
                waiting,
            )
        for payment in payments.filtered("invoice_ids") if rooms else ():
            self._enforce_named_bills(payment, open_money, rooms, currency)
        self._claim_room(rooms)
        self._record_payments(payments, asked, vendor)

    @api.model
    def _enforce_named_bills(self, payment, open_money, rooms, currency):
        """Raise if the payments that name the same bills exceed these."""
        others = self.env["account.payment"].sudo()  # sudo: the payer may not see all
        others = others.browse([key[0] for key in open_money if key[0]])
        same = others.filtered(
            lambda other: other == payment or other.invoice_ids & payment.invoice_ids
        )
        bills = same.invoice_ids | payment.invoice_ids
        named = sum(rooms.get(bill.id, 0.0) for bill in bills)
        amount = sum(value for key, value in open_money.items() if key[0] in same._ids)
        if currency.compare_amounts(amount, named) > 0:
            raise UserError(
                self.env._(
                    "Payment of %(bills)s: only %(room)s of %(asked)s may be paid "
                    "now. Open the bill to see why and who can act.",
                    bills=format_list(
                        self.env, payment.invoice_ids.mapped("display_name")
                    ),
                    room=format_amount(self.env, named, currency),
                    asked=format_amount(self.env, amount, currency),
                )
            )

    @api.model
    def _claim_room(self, rooms):
        """Touch the forms of the bills, so that two people cannot use one room.

        PostgreSQL refuses the second of two transactions that update one form;
        Odoo then runs it again, and it sees what the first one paid.

        :param rooms: ids of bills
        """
        self.env.execute_query(
            SQL(
                """
                UPDATE vendor_quality_form form SET paid_amount = form.paid_amount
                  FROM vendor_quality_decision decision
                 WHERE decision.move_id = ANY(%s::int[])
                   AND decision.stage = 'post' AND decision.is_current
                   AND form.contract_id = decision.contract_id
                   AND decision.period_start
                       BETWEEN form.date_start AND form.date_end
                   AND form.state = 'approved'
                RETURNING form.id
                """,
                sorted(rooms),
            )
        )

    @api.model
    def _record_payments(self, payments, asked, vendor):
        """Note that money left ahead of its matching, and to whom.

        :param dict asked: ``{(payment id, move id): amount that is not matched}``
        """
        moves = {payment_id: move_id for payment_id, move_id in asked}
        started = payments.filtered(lambda payment: payment.id in moves)
        record_payments(self.env, {payment: moves[payment.id] for payment in started})
        freeze_payee(
            started.filtered(lambda payment: payment.move_id.state != "posted"), vendor
        )

    @api.model
    def _note_taken_back(self, payments):
        """Note that payments to governed vendors which had started count no more.

        Nothing but a statement line proves that the bank did not pay them. Where the
        same is paid again, the nightly proof lists them.
        """
        if not self._is_on(payments.company_id):
            return
        # sudo: to whom a payment went, and contracts, are read whoever pays.
        known = payments.filtered(lambda item: item.sudo().vendor_quality_payee_id)
        known |= (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: as above
            ._get_governed_payments(payments - known)
        )
        for state, group in known.grouped("state").items():
            ground = "reset" if state == "draft" else "rejected"
            record_payments(self.env, dict.fromkeys(group), ground)
        # The note keeps the payee; the payment may start again for somebody else.
        # sudo: as above.
        freeze_payee(known.sudo().filtered("vendor_quality_payee_id"), vendor=None)

    @api.model
    def _filter_paying(self, moves):
        """Return the posted entries, and bank lines, that pay governed vendors."""
        posted = moves.filtered(lambda move: move.state == "posted")
        if not posted or not self._is_on(posted.company_id):
            return posted.browse()
        # sudo: whom entries pay is read, whoever writes them.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        # Also what was booked on an account on which payments wait for the bank.
        banks = posted.line_ids.filtered(lambda line: line.balance < 0).account_id
        found = reader._get_outflows(posted, own_payments=True, banks=banks)
        return posted.browse(found)

    @api.model
    def _get_leaving(self, moves):
        """Return ``{move: Outflow}`` of posted entries that pay governed vendors.

        Neither those of payments, which are noted as such, nor bank lines.
        """
        entries = moves.filtered(
            lambda move: move.state == "posted" and self._may_pay(move)
        )
        if not entries or not self._is_on(entries.company_id):
            return {}
        # sudo: whom entries pay is read, whoever resets them.
        outflows = self.env["vendor.quality.gate.reader"].sudo()._get_outflows(entries)
        return {
            entries.browse(move_id): outflow
            for move_id, outflow in outflows.items()
            if not outflow.is_statement
        }

    @api.model
    def _note_entries_taken_back(self, leaving):
        """Note that entries which paid governed vendors count no more.

        As for payments: where the same is paid again, the nightly proof lists it.

        :param dict leaving: ``{move: Outflow}``
        """
        rows = [
            row
            for move, outflow in leaving.items()
            for row in self._prepare_money_rows(move, outflow, "reset")
        ]
        record_decisions(self.env, rows)

    @api.model
    def _prepare_money_rows(self, move, outflow, ground="room"):
        """Return a row for each vendor that an entry pays."""
        return [
            {
                "company_id": move.company_id.id,
                "move_id": move.id,
                "move_name": move.name,
                "partner_id": vendor_id,
                "stage": "payment",
                "ground": ground,
                "currency_id": move.company_id.currency_id.id,
                "amount": paid,
                "paid_total": paid,
            }
            for vendor_id, (paid, _settles) in outflow.vendors.items()
        ]

    @api.model
    def _get_vendor_room(self, company, vendor, currency, day, bills=()):
        """Return what may be paid to a vendor: ``{bill id: amount}``, and in all.

        :param account.move bills: what payments name beside the open bills
        """
        found = self._get_open_bills(company, vendor)
        for bill in bills:
            if bill.commercial_partner_id == vendor:
                found |= bill
        rooms = self._get_rooms(found, currency, day)
        room = sum(rooms.values())
        return rooms, room + self._get_entry_room(company, vendor, currency, day)

    @api.model
    def _get_open_money(self, company, vendor, kind, currency, day, starting=()):
        """Return ``{(payment id, move id): amount}`` of what is matched with nothing.

        A payment without an entry is confirmed by the statement line that pays
        the bills it names, once it has started.

        :param starting: payments that are judged now
        """
        reader = (
            self.env["vendor.quality.gate.reader"].sudo()  # sudo: reads any entry
        )
        found = defaultdict(float)
        unbooked = {}
        Company, Currency = self.env["res.company"], self.env["res.currency"]
        for item in reader._get_open_money(company, vendor, kind):
            # sudo: entries of branches that the payer may not read count, too.
            owner = Company.sudo().browse(item.company_id)
            source, amount = Currency.browse(item.currency_id), item.amount_currency
            if item.balance is not None and source != currency:
                source, amount = owner.currency_id, item.balance
            amount = source._convert(amount, currency, owner, day)
            key = (item.payment_id, item.move_id)
            if item.balance is None:
                unbooked[key] = amount
            else:
                found[key] += amount
        if unbooked:
            self._confirm_unbooked(unbooked, starting, currency, day)
        for key, amount in unbooked.items():
            found[key] += amount
        return {key: amount for key, amount in found.items() if amount > 0}

    @api.model
    def _confirm_unbooked(self, unbooked, starting, currency, day):
        """Take off payments without an entry what statements paid of their bills.

        The bank paid none that is about to start; one that was let through has a payee.
        """
        payments = (
            self.env["account.payment"]
            .sudo()  # sudo: the payer may not see every payment and bill
            .browse([key[0] for key in unbooked])
            .filtered(
                lambda payment: (
                    payment not in starting or payment.vendor_quality_payee_id
                )
            )
        )
        keys = {key[0]: key for key in unbooked}
        used = defaultdict(float)
        # sudo: as above.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        for payment_id, bill, amount in reader._get_paid_by_bank(payments):
            amount = bill.currency_id._convert(amount, currency, bill.company_id, day)
            key = keys[payment_id]
            part = max(min(unbooked[key], amount - used[bill]), 0.0)
            unbooked[key] -= part
            used[bill] += part

    @api.model
    def _get_ground_text(self, payments):
        """Say why the payee is governed by another vendor's contract, if it is."""
        # sudo: what the payee has in common with a vendor is told in the refusal.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        for contract in reader._get_paying_contracts(payments).values():
            if ground := rules.GROUNDS.get(contract.ground):
                return self._word_ground(ground, contract.vendor)
        return ""

    @api.model
    def _raise_no_room(self, payments, vendor, currency, kind, asked, room, waiting):
        name = vendor.display_name or self.env._("(no vendor)")
        if ground := self._get_ground_text(payments):
            name = f"{name} ({ground})"
        amounts = {
            "vendor": name,
            "asked": format_amount(self.env, asked, currency),
            "room": format_amount(self.env, max(room - waiting, 0), currency),
            "waiting": format_amount(self.env, waiting, currency),
        }
        if kind == "customer":
            raise UserError(
                self.env._(
                    "Refund to %(vendor)s: %(asked)s cannot be paid out, because "
                    "only %(room)s of what the bank received from it as a customer "
                    "is due back (%(waiting)s is paid and not matched yet).\n"
                    "It is a vendor under a contract with quality forms: pay it by "
                    "a vendor bill, or match what it paid with its statement line "
                    "first.",
                    **amounts,
                )
            )
        raise UserError(
            self.env._(
                "Payment to %(vendor)s: %(asked)s cannot be paid out, because only "
                "%(room)s may be paid on the vendor's posted bills now "
                "(%(waiting)s is paid and not matched yet).\n"
                "The vendor works under a contract with quality forms: pay a "
                "posted bill up to its payable amount, or enter an advance bill "
                "and have its kind decided. Quality finance approves exceptions.",
                **amounts,
            )
        )

    @api.model
    def _is_of_family(self, item, partner):
        """Whether a partner is, or was, the vendor that an item or payment names."""
        # sudo: what is known of vendors is compared, not shown.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        # sudo: a branch's user may not read its root company; only its id is used.
        company = item.company_id.sudo().root_id
        family = reader._get_family(company, item.partner_id.commercial_partner_id)
        Partner = self.env["res.partner"].sudo()  # sudo: as above
        return bool(
            Partner.with_context(active_test=False).search_count(
                [("id", "=", partner.id), ("id", "in", family)], limit=1
            )
        )

    @api.model
    def _get_open_bills(self, company, vendor):
        # sudo: what is known of vendors is compared, not shown.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        family = reader._get_family(company, vendor)
        return (
            self.env["account.move"]
            .sudo()  # sudo: the payer may not see every bill of the vendor
            .search(
                [
                    ("partner_id", "in", family),
                    ("company_id", "child_of", company.id),
                    ("state", "=", "posted"),
                    ("move_type", "in", BILL_TYPES),
                    ("amount_residual", ">", 0),
                ]
            )
        )

    @api.model
    def _get_customer_credit(self, company, vendor, payments, currency):
        """Return what may go back to a vendor who is a customer, too.

        Never more than the company owes it as its customer, nor than the bank
        received from it: a credit note alone pays nobody.
        """
        [[balance]] = (
            self.env["account.move.line"]
            .sudo()  # sudo: the payer may not see every invoice
            ._read_group(
                [
                    ("partner_id", "child_of", vendor.id),
                    ("company_id", "child_of", company.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                    ("payment_id", "=", False),
                ],
                aggregates=["amount_residual:sum"],
            )
        )
        reader = (
            self.env["vendor.quality.gate.reader"].sudo()  # sudo: reads any entry
        )
        received = reader._get_received(company, vendor, payments)
        day = payments[:1].date or company._outsourcing_today()
        credit = max(min(-(balance or 0.0), received), 0.0)
        return company.currency_id._convert(credit, currency, company, day)

    @api.model
    def _get_unmatched_amount(self, payment):
        """Return what of the payment is not matched with anything yet."""
        # sudo: the payer may not read every journal item; amounts are summed.
        lines = payment.sudo().move_id.line_ids.filtered(
            lambda line: (
                line.account_id.account_type
                in ("asset_receivable", "liability_payable")
            )
        )
        if not lines:
            return payment.amount
        if lines.currency_id != payment.currency_id:
            return 0.0 if all(lines.mapped("reconciled")) else payment.amount
        matched = sum(
            abs(line.amount_currency) - abs(line.amount_residual_currency)
            for line in lines
        )
        return max(payment.amount - matched, 0.0)
