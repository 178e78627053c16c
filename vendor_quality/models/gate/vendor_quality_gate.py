from dataclasses import replace

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date

from ...tools import gate
from ...tools import gate_rules as rules
from ..base.planned_query import execute_planned
from .vendor_quality_decision import record_decisions
from .vendor_quality_exception import use_exceptions
from .vendor_quality_gate_reader import BILL_TYPES
from .vendor_quality_gate_reader_money import ACCOUNT_TYPES

SHOWN_BILLS = 20
"""How many bills one message names."""


class VendorQualityGate(models.AbstractModel):
    """Judges vendor bills and acts on the verdict, a whole batch at a time.

    The overrides on bills, payments and reconciliations only say that something
    was posted or paid; what may pass is decided by ``tools/gate.py`` on facts
    read back from the database after the change, in the same transaction. The
    caller's rights, sudo and the context play no part in it.
    """

    _name = "vendor.quality.gate"
    _description = "Control of Vendor Bills"

    # ------------------------------------------------------------
    # JUDGEMENT
    # ------------------------------------------------------------

    @api.model
    def _is_on(self, companies):
        """Whether some gate holds in a company, one of its parents or branches."""
        gated = self.env["res.company"]._get_vendor_quality_gated_roots()
        # sudo: a branch's user may not read its root company; only its id is used.
        return bool(gated) and not gated.isdisjoint(companies.sudo().root_id.ids)

    @api.model
    def _filter_bills(self, moves):
        """Return what can be a bill: a credit note below zero is one, too."""
        return moves.filtered(
            lambda move: (
                move.move_type in BILL_TYPES
                or (move.move_type == "in_refund" and move.amount_total < 0)
            )
        )

    @api.model
    def _get_facts(self, moves, counterparts=None):
        bills = self._filter_bills(moves)
        if not bills or not self._is_on(bills.company_id):
            return {}
        reader = self.env[
            "vendor.quality.gate.reader"
        ].sudo()  # sudo: reads contracts, forms and partners of any owner
        facts = reader._get_bills(bills, counterparts)
        unchecked = [
            move_id
            for move_id, item in facts.items()
            if item.bill.checked_total is None
            and item.bill.decided_fingerprint is not None
        ]
        if not unchecked:
            return facts
        return reader._check_taxes(bills.browse(unchecked), facts)

    @api.model
    def _filter_governed(self, moves):
        """Return the bills and credit notes of governed vendors among ``moves``."""
        documents = moves.filtered(
            lambda move: move.is_purchase_document(include_receipts=True)
        )
        if not documents or not self._is_on(documents.company_id):
            return documents.browse()
        found = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and partners of any owner
            ._get_governed_moves(documents)
        )
        return documents.browse(found.ids)

    @api.model
    def _filter_governed_items(self, lines):
        """Return the journal items that name a governed vendor among ``lines``."""
        if not lines or not self._is_on(lines.company_id):
            return lines.browse()
        found = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and partners of any owner
            ._get_governed_items(lines)
        )
        return lines.browse(found.ids)

    @api.model
    def _judge(self, moves):
        """Return the open verdict of each governed bill: the stage it waits at.

        :return: ``{move: (stage, verdict, BillFacts or None for an entry)}``
        """
        facts = self._get_facts(moves)
        result = self._judge_entries(moves)
        for move in moves.filtered(lambda item: item.id in facts):
            item = facts[move.id]
            if move.state == "posted":
                stage = "payment"
                verdict = gate.decide_payment(item.bill, item.contracts, item.paid)
                if not verdict.is_blocked and (not item.paid or item.bill.has_surplus):
                    # What stands in the way of the full bill?
                    full = gate.decide_payment(
                        item.bill, item.contracts, item.bill.total
                    )
                    verdict = full if full.rule != rules.OVER_PAYABLE else verdict
            else:
                stage = "post"
                verdict = gate.decide_posting(item.bill, item.contracts)
            result[move] = (stage, verdict, item)
        return result

    # ------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------

    @api.model
    def _enforce_posting(self, posted, changed=None):
        """Raise unless every governed bill may be posted as it is.

        Otherwise book what each bill takes from the fee of its forms. Three queries
        in all: what there is to ask; facts; lock of the forms and decisions.

        :param account.move posted: bills that were just posted
        :param account.move changed: posted bills that were written to; only
            those that no longer are what was decided on are judged
        """
        moves = posted | changed if changed else posted
        facts = self._get_facts(moves)
        for move in moves - posted:
            item = facts.get(move.id)
            if item and item.bill.is_as_decided:
                facts.pop(move.id)
        if not facts:
            return
        verdicts, payments, blocked, taken = {}, {}, {}, {}
        governed = moves.filtered(lambda item: item.id in facts)
        facts = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads taxes and settings of the company
            ._check_taxes(governed, facts)
        )
        for move in governed:
            item = facts[move.id]
            contracts = [self._add_taken(one, taken) for one in item.contracts]
            verdict = gate.decide_posting(item.bill, contracts)
            if verdict.is_blocked:
                blocked[move] = verdict
                continue
            payment = self._judge_earlier_payment(item, contracts, verdict)
            if payment and payment.is_blocked and item.paid > item.paid_bank:
                blocked[move] = payment
                continue
            verdicts[move] = verdict
            if payment:
                payments[move] = payment
            for form_id, amount in verdict.shares.items():
                taken[form_id] = taken.get(form_id, 0.0) + amount
        if blocked:
            self._raise_blocked(blocked, "post")
        rows = [
            row
            for move, verdict in verdicts.items()
            for row in self._prepare_posting_rows(move, verdict, facts[move.id])
        ]
        if payments:
            rows += self._prepare_payment_rows(payments, facts)
        lock = self._prepare_lock(taken, "billed", facts)
        record_decisions(self.env, rows, lock)
        self._forget_sums(taken, "billed")
        self._use_exceptions(verdicts, "posting_used_at")
        if payments:
            self._follow_payments(payments, facts)
        self._follow_up(verdicts, facts)

    @api.model
    def _judge_earlier_payment(self, item, contracts, verdict):
        """Judge what was paid on the bill while it was a draft or free.

        Core lets people pay drafts, and a draft may come under the gate later.

        :return: a verdict, or None if nothing was paid beyond what was decided
        """
        bill = item.bill
        paid, decided = item.paid, item.paid_decided
        if not paid or gate.compare(paid, decided, bill) <= 0:
            return None
        bill = replace(
            bill,
            is_posted=True,
            decided_fingerprint=bill.fingerprint,
            shares=verdict.shares,
        )
        return gate.decide_payment(bill, contracts, paid, decided)

    @api.model
    def _add_taken(self, contract, taken):
        """Count what earlier bills of the same batch take from the forms."""
        if not taken or not any(form.id in taken for form in contract.forms):
            return contract
        return replace(
            contract,
            forms=tuple(
                replace(form, billed=form.billed + taken.get(form.id, 0.0))
                for form in contract.forms
            ),
        )

    @api.model
    def _lock_forms(self, amounts, counter, facts):
        """Write the new sum on the forms, so that two people cannot use one rest.

        PostgreSQL refuses the second of two transactions that update one form;
        Odoo then runs it again, and it sees what the first one took.
        """
        if query := self._prepare_lock(amounts, counter, facts):
            execute_planned(self.env, query)
            self._forget_sums(amounts, counter)

    @api.model
    def _prepare_lock(self, amounts, counter, facts):
        """Return the statement that locks forms, see above; None without forms."""
        base = {
            form.id: getattr(form, counter)
            for item in facts.values()
            for contract in item.contracts
            for form in contract.forms
        }
        rows = [
            (form_id, base.get(form_id, 0.0) + amount)
            for form_id, amount in sorted(amounts.items())
        ]
        if not rows:
            return None
        return SQL(
            "UPDATE vendor_quality_form form SET %s = fresh.amount "
            "FROM (VALUES %s) AS fresh (id, amount) WHERE form.id = fresh.id "
            "RETURNING form.id",
            SQL.identifier(f"{counter}_amount"),
            SQL(", ").join(SQL("(%s::integer, %s::numeric)", *row) for row in rows),
        )

    @api.model
    def _forget_sums(self, amounts, counter):
        """Read the sums that were written on the forms anew."""
        self.env["vendor.quality.form"].browse(sorted(amounts)).invalidate_recordset(
            [f"{counter}_amount"], flush=False
        )

    @api.model
    def _prepare_posting_rows(self, move, verdict, item):
        bill = item.bill
        forms = {
            form.id: form for contract in item.contracts for form in contract.forms
        }
        common = {
            "company_id": move.company_id.id,
            "move_id": move.id,
            "move_name": move.name,
            "stage": "post",
            "ground": verdict.ground,
            "contract_id": verdict.contract.id if verdict.contract else None,
            "exception_id": verdict.exception.id if verdict.exception else None,
            "fingerprint": bill.fingerprint,
            "payable_total": bill.payable_total,
            "untaxed_total": bill.untaxed_total,
        }
        if verdict.contract:
            common["currency_id"] = verdict.contract.currency_id
        rows = [
            {
                **common,
                "form_id": form_id,
                "period_start": forms[form_id].date_start,
                "amount": amount,
            }
            for form_id, amount in verdict.shares.items()
        ]
        rest = (bill.untaxed or 0.0) - sum(verdict.shares.values())
        counts = bill.kind in ("service", "advance") and rest > 0
        if not rows or (counts and not move.currency_id.is_zero(rest)):
            # An advance, or a bill let through before its form: it counts
            # against the form that will cover its first day.
            certain = [one for one in item.contracts if one.is_certain]
            if not verdict.contract and counts and len(certain) == 1:
                common["contract_id"] = certain[0].id
                common["currency_id"] = certain[0].currency_id
            rows.append(
                {
                    **common,
                    "period_start": bill.date_start,
                    "amount": rest if counts else 0.0,
                }
            )
        return rows

    @api.model
    def _use_exceptions(self, verdicts, stamp):
        """Mark the exceptions as used by what they let through."""
        ids = {
            verdict.exception.id for verdict in verdicts.values() if verdict.exception
        }
        if ids:
            # sudo: whoever posts or pays uses an exception up and may not write it.
            requests = self.env["vendor.quality.exception"].sudo().browse(ids)
            use_exceptions(requests, stamp)

    @api.model
    def _follow_up(self, verdicts, facts):
        """Release what held the posted bills; hold those that may not be paid."""
        touched = self.env["account.move"].browse(
            [
                move.id
                for move, verdict in verdicts.items()
                if facts[move.id].on_hold or self._is_payment_in_doubt(verdict)
            ]
        )
        if touched:
            self._refresh(touched)

    @api.model
    def _is_payment_in_doubt(self, verdict):
        if verdict.exception or not verdict.contract:
            return bool(verdict.exception)
        forms = [form for form in verdict.contract.forms if form.id in verdict.shares]
        return not forms or any(
            not form.is_rated or form.score < form.threshold for form in forms
        )

    @api.model
    def _check_fee(self, bills):
        """Raise if posted bills take more than the fee of their forms.

        What the bills take is written on the forms: whoever posts another bill at
        this moment counts on the credit note that gives way.
        """
        facts = self._get_facts(bills)
        if not facts:
            return
        taken = (
            self.env["vendor.quality.gate.reader"]
            .sudo()  # sudo: reads contracts and forms of any owner
            ._get_taken(bills)
        )
        blocked, amounts = {}, {}
        for move in bills.filtered(lambda item: item.id in facts):
            item = facts[move.id]
            for contract in item.contracts:
                for form in contract.forms:
                    if form.id not in taken or not item.bill.shares.get(form.id):
                        continue
                    amounts[form.id] = taken[form.id] - form.billed
                    if taken[form.id] > form.fee + form.rounding / 2:
                        blocked[move] = gate.Verdict(
                            rule=rules.OVER_FEE, contract=contract, form=form
                        )
        if blocked:
            self._raise_blocked(blocked, "bill")
        self._lock_forms(amounts, "billed", facts)

    # ------------------------------------------------------------
    # JOURNAL ENTRIES
    # ------------------------------------------------------------

    @api.model
    def _enforce_written(self, posted, changed, names):
        """Judge entries that were just posted, or written to while they are.

        :param names: the fields that were written
        """
        self._enforce_posting(posted, changed)
        self._enforce_entries(posted | changed)
        if changed and "partner_id" in names:
            changed.line_ids.matched_debit_ids._vendor_quality_check_cover()

    @api.model
    def _enforce_entries(self, moves):
        """Raise unless the entries may stand as they are posted."""
        self._check_documents(moves)
        moves = moves.filtered(lambda move: move.move_type == "entry")
        if not moves:
            return
        facts, outflows = self._get_entry_facts(
            moves.filtered(self._may_credit_vendor), moves.filtered(self._may_pay)
        )
        verdicts, blocked = {}, {}
        for move in moves.filtered(lambda item: item.id in facts):
            item = facts[move.id]
            if item.bill.decided_fingerprint == item.bill.fingerprint:
                continue
            verdict = self._decide_entry(move, item, outflows.get(move.id))
            (blocked if verdict.is_blocked else verdicts)[move] = verdict
        if blocked:
            self._raise_blocked(blocked, "post")
        rows = [
            self._prepare_entry_row(move, verdict, facts[move.id])
            for move, verdict in verdicts.items()
        ]
        for move, verdict in verdicts.items():
            if not verdict.exception and move.id in outflows:
                rows += self._prepare_money_rows(move, outflows[move.id])
        record_decisions(self.env, rows)
        self._use_exceptions(verdicts, "posting_used_at")

    @api.model
    def _decide_entry(self, move, item, outflow):
        """Return the verdict on an entry that owes or pays a vendor something.

        One that only pays, and could be matched with posted bills, is money that
        left ahead of its matching, like a payment.
        """
        if not outflow:
            return gate.decide_entry(item.bill, item.contracts)
        verdict = gate.decide_entry(item.bill, item.contracts, rules.ENTRY_PAID)
        only_pays = outflow.is_settling and item is outflow.facts
        if verdict.is_blocked and only_pays and self._has_room(move, outflow):
            return gate.Verdict(contract=item.contracts[0])
        return verdict

    @api.model
    def _has_room(self, move, outflow):
        """Whether the posted bills of its vendors may take what an entry pays."""
        company, currency = move.company_id.root_id, move.company_id.currency_id
        day = move.date
        for vendor_id, (paid, _settles) in outflow.vendors.items():
            # sudo: whoever posts need not read vendors; amounts are compared.
            vendor = self.env["res.partner"].sudo().browse(vendor_id)
            waiting = self._get_open_money(company, vendor, "supplier", currency, day)
            total = sum(waiting.values())
            if move.state != "posted":
                total += paid
            rooms, room = self._get_vendor_room(company, vendor, currency, day)
            if currency.compare_amounts(total, room) > 0:
                return False
            if move.state == "posted":
                self._claim_room(rooms)
        return True

    @api.model
    def _get_entry_facts(self, owing, paying=None):
        """Return the facts of entries that should have been bills or payments.

        :param account.move owing: entries that may owe a vendor something
        :param account.move paying: entries that may pay one; by default the same
        :return: ``{move id: BillFacts}`` and, of those that pay,
            ``{move id: Outflow}``
        """
        paying = owing if paying is None else paying
        moves = (owing | paying).filtered(lambda move: move.move_type == "entry")
        if not moves or not self._is_on(moves.company_id):
            return {}, {}
        reader = self.env[
            "vendor.quality.gate.reader"
        ].sudo()  # sudo: reads contracts and partners of any owner
        facts = reader._get_entries(moves & owing)
        outflows = {
            move_id: outflow
            for move_id, outflow in reader._get_outflows(moves & paying).items()
            if not outflow.is_statement
        }
        for move_id, outflow in outflows.items():
            debt, paid = facts.get(move_id), outflow.facts
            if debt:
                contracts = {item.id: item for item in debt.contracts + paid.contracts}
                paid = replace(
                    paid,
                    bill=replace(paid.bill, total=paid.bill.total + debt.bill.total),
                    contracts=tuple(contracts.values()),
                )
            facts[move_id] = paid
        found = moves.filtered(lambda move: move.id in facts)
        found -= self._filter_bookkeeping(found)
        return (
            {move.id: facts[move.id] for move in found},
            {move.id: outflows[move.id] for move in found if move.id in outflows},
        )

    @api.model
    def _may_credit_vendor(self, move):
        """Spare the database entries that plainly owe nobody anything."""
        return move.move_type == "entry" and any(
            (line.balance < 0 or line.amount_currency < 0)
            and line.account_id.account_type == "liability_payable"
            for line in move.line_ids
        )

    @api.model
    def _may_pay(self, move):
        """Spare the database entries that plainly pay nobody.

        A payment's own entry is judged as a payment if it says what the payment
        says; a statement line is history.
        """
        if move.move_type != "entry" or not any(
            line.balance < 0 for line in move.line_ids
        ):
            return False
        payees = move.line_ids.partner_id | move.partner_id
        # sudo: whoever posts need not read payments and statements.
        move = move.sudo()
        payment = move.origin_payment_id
        if payment.move_id == move and self._is_plain_payment(payment):
            payees = payees.filtered(
                lambda payee: (
                    payee.commercial_partner_id
                    != payment.partner_id.commercial_partner_id
                )
            )
        return bool(payees) and move.statement_line_id.move_id != move

    @api.model
    def _is_plain_payment(self, payment):
        """Whether the entry pays out what its payment says, and on one item only.

        Its lines can be edited while it is a draft, and a write-off may add to
        what the bank pays. Cents, and what is taken off, are no payment.
        """
        items = payment.move_id.line_ids
        bank = items.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        paid = -sum(bank.mapped("amount_currency"))
        if payment.payment_type == "inbound":
            return paid <= 0 and not (items - bank).filtered(
                lambda line: (
                    line.balance < 0
                    and line.account_id.account_type not in ACCOUNT_TYPES.values()
                )
            )
        step = payment.company_id.vendor_quality_tax_tolerance
        others = items.filtered(
            lambda line: (
                line.balance > 0
                and line.account_id.account_type != ACCOUNT_TYPES[payment.partner_type]
            )
        )
        return (
            abs(paid - payment.amount) <= step and sum(others.mapped("balance")) <= step
        )

    @api.model
    def _filter_bookkeeping(self, moves):
        """Return the entries that only move what the ledger held already.

        Opening balances, differences of exchange rates, exact reversals.
        """
        # sudo: the settings of the company that are compared may not be readable.
        reader = self.env["vendor.quality.gate.reader"].sudo()
        differences = reader._get_differences(moves)
        return moves.filtered(
            lambda move: (
                move in differences
                or self._is_booked_difference(move.sudo())  # sudo: as above.
                # sudo: as above.
                or move.sudo().company_id.account_opening_move_id == move
                or self._is_reversal(move.sudo())  # sudo: as above.
            )
        )

    @api.model
    def _is_reversal(self, move):
        """Whether the entry is the only one that takes back another, line by line."""
        origin = move.reversed_entry_id
        if not origin or origin.move_type != "entry":
            return False
        others = (origin.reversal_move_ids - move).filtered(
            lambda other: other.state == "posted"
        )

        def content(entry, sign):
            return sorted(
                (
                    line.account_id.id,
                    line.partner_id.id,
                    line.currency_id.id,
                    round(sign * line.balance, 6),
                    round(sign * line.amount_currency, 6),
                )
                for line in entry.line_ids
            )

        return (
            not others
            and origin.state == "posted"
            and (content(move, 1) == content(origin, -1))
        )

    @api.model
    def _judge_entries(self, moves):
        """Return the open verdicts of draft entries, as ``_judge`` does."""
        drafts = moves.filtered(
            lambda move: move.state == "draft" and move.move_type == "entry"
        )
        facts, outflows = self._get_entry_facts(drafts, drafts.filtered(self._may_pay))
        result = {}
        for move_id, item in facts.items():
            move = drafts.browse(move_id)
            verdict = self._decide_entry(move, item, outflows.get(move_id))
            result[move] = ("post", verdict, None)
        return result

    @api.model
    def _prepare_entry_row(self, move, verdict, item):
        return {
            "company_id": move.company_id.id,
            "move_id": move.id,
            "move_name": move.name,
            "stage": "post",
            "ground": verdict.ground if verdict.exception else "room",
            "contract_id": verdict.contract.id if verdict.contract else None,
            "exception_id": verdict.exception.id if verdict.exception else None,
            "currency_id": move.currency_id.id,
            "amount": 0.0,
            "fingerprint": item.bill.fingerprint,
        }

    @api.model
    def _get_entry_room(self, company, vendor, currency, day):
        """Return what may be paid on entries that two persons decided on.

        An entry can debit and credit the vendor: it owes what is left of both.
        """
        lines = (
            self.env["account.move.line"]
            .sudo()  # sudo: the payer may not see every entry
            .search(
                [
                    ("partner_id", "child_of", vendor.id),
                    ("company_id", "child_of", company.root_id.id),
                    ("account_id.account_type", "=", "liability_payable"),
                    ("parent_state", "=", "posted"),
                    ("move_id.move_type", "=", "entry"),
                    ("move_id.vendor_quality_decision_ids", "!=", False),
                    ("amount_residual", "!=", 0),
                ]
            )
        )
        owed = dict.fromkeys(lines.move_id, 0.0)
        for line in lines:
            owed[line.move_id] -= line.currency_id._convert(
                line.amount_residual_currency, currency, line.company_id, day
            )
        owing = lines.move_id.filtered(lambda move: owed[move] > 0)
        facts, _outflows = self._get_entry_facts(owing)
        return sum(
            owed[move]
            for move in owing
            if move.id in facts
            and facts[move.id].bill.fingerprint
            == facts[move.id].bill.decided_fingerprint
        )

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    @api.model
    def _raise_blocked(self, blocked, act):
        """Refuse an act, saying for each bill why and who can change it.

        :param dict blocked: the verdict by bill
        :param str act: ``post``, ``pay``, or ``bill`` for more than the form allows
        """
        lines = [
            self._get_blocked_sentence(act, move, verdict)
            for move, verdict in list(blocked.items())[:SHOWN_BILLS]
        ]
        if len(blocked) > SHOWN_BILLS:
            lines.append(self.env._("... and %s more.", len(blocked) - SHOWN_BILLS))
        self._list_after_rollback([move.id for move in blocked])
        raise UserError("\n".join(lines))

    @api.model
    def _list_after_rollback(self, move_ids):
        """Put refused bills into the work list, once the refusal is rolled back.

        It takes everything back that the act did, and a hold with it.
        """
        registry = self.env.registry

        @self.env.cr.postrollback.add
        def list_bills():
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                if moves := env["account.move"].browse(move_ids).exists():
                    env["vendor.quality.gate"]._refresh(moves)

    @api.model
    def _get_blocked_sentence(self, act, move, verdict):
        text = {"bill": move.display_name, **self._get_text(move, verdict)}
        sentences = {
            "post": self.env._(
                "%(bill)s cannot be posted: %(because)s Unblocks when: %(unblock)s "
                "Who can act: %(who)s.",
                **text,
            ),
            "pay": self.env._(
                "%(bill)s cannot be paid: %(because)s Unblocks when: %(unblock)s "
                "Who can act: %(who)s.",
                **text,
            ),
            "bill": self.env._(
                "%(bill)s would exceed its form: %(because)s Unblocks when: "
                "%(unblock)s Who can act: %(who)s.",
                **text,
            ),
        }
        return sentences[act]

    @api.model
    def _get_text(self, move, verdict):
        """Return what to tell: ``because``, ``unblock`` and ``who``."""
        because, unblock = self._word_rule(
            verdict.rule, self._get_reason_values(move, verdict)
        )
        return {
            "because": because,
            "unblock": unblock,
            "who": self._get_actor_label(rules.get_actor(verdict)),
        }

    @api.model
    def _get_reason_values(self, move, verdict):
        """Return what the texts name, in no language.

        :param move: a bill, an entry, or a payment without an entry
        """
        currency = move.currency_id.id
        kind = "outsourcing_bill_kind" in move and move.outsourcing_bill_kind
        if verdict.rule == rules.OVER_FEE and verdict.contract:
            currency = verdict.contract.currency_id
        form = verdict.form
        contract = verdict.contract
        return {
            "contract": contract.name if contract else "",
            "ground": contract.ground if contract else "",
            "vendor": contract.vendor if contract else "",
            "form": form.name if form else "",
            "day": fields.Date.to_string(verdict.day) if verdict.day else "",
            "amount": float(verdict.amount or 0.0),
            "currency_id": currency,
            "score": f"{form.score:.2f}" if form else "",
            "threshold": f"{form.threshold:.2f}" if form else "",
            "kind": kind or "",
        }

    @api.model
    def _word_rule(self, rule, values):
        """Return why and until when ``rule`` blocks, in the language of the reader."""
        day = values["day"]
        currency = self.env["res.currency"].browse(values["currency_id"])
        names = {
            **values,
            "day": format_date(self.env, day) if day else "",
            "amount": format_amount(self.env, values["amount"], currency),
            "kind": self._get_kind_label(values["kind"]),
        }
        texts = rules.RULES[rule]
        because, unblock = self.env._(texts.because), self.env._(texts.unblock)
        because = because % names
        # Holds of earlier versions name no ground.
        if ground := rules.GROUNDS.get(values.get("ground")):
            because += f" {self._word_ground(ground, values['vendor'])}"
        return because, unblock % names

    @api.model
    def _word_ground(self, ground, vendor):
        text = self.env._(ground)
        return text % {"vendor": vendor}

    @api.model
    def _get_kind_label(self, kind):
        field = self.env["account.move"]._fields["outsourcing_bill_kind"]
        return dict(field._description_selection(self.env)).get(kind, "")

    @api.model
    def _get_actor_label(self, actor):
        field = self.env["vendor.quality.hold"]._fields["actor"]
        return dict(field._description_selection(self.env))[actor]
