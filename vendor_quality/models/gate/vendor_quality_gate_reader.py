from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.tools import party

from ...tools.gate_amounts import check_total, compare, make_fingerprint
from ...tools.gate_data import (
    WHOLE,
    Bill,
    BillException,
    BillFacts,
    Contract,
    Form,
    Scope,
)
from ..base.planned_query import execute_planned

BILL_TYPES = ("in_invoice", "in_receipt")

NOTHING = (0.0, 0.0)

COIN = 100
"""The largest coin to which bills are rounded, in the smallest units of a currency."""

TAXED_TYPES = ("product", "epd")
"""Lines that make the tax of a bill; the others follow from them."""

CORE_COLUMNS = {
    "account.account": ["account_type"],
    "account.bank.statement.line": [
        "account_number",
        "amount",
        "company_id",
        "move_id",
        "partner_id",
        "partner_name",
    ],
    "account.journal": ["default_account_id", "type"],
    "account.move": [
        "amount_total",
        "amount_untaxed",
        "company_id",
        "currency_id",
        "date",
        "invoice_date",
        "journal_id",
        "move_type",
        "origin_payment_id",
        "outsourcing_bill_kind",
        "outsourcing_contract_id",
        "partner_bank_id",
        "partner_id",
        "reversed_entry_id",
        "service_date_end",
        "service_date_start",
        "state",
        "vendor_quality_deduction_form_id",
    ],
    "account.move.line": [
        "account_id",
        "amount_currency",
        "balance",
        "company_id",
        "currency_id",
        "display_type",
        "journal_id",
        "move_id",
        "partner_id",
        "product_id",
        "purchase_line_id",
        "reconciled",
        "tax_repartition_line_id",
        "vendor_quality_deduction_form_id",
    ],
    "account.partial.reconcile": [
        "amount",
        "credit_amount_currency",
        "credit_move_id",
        "debit_amount_currency",
        "debit_move_id",
    ],
    "account.payment": [
        "amount",
        "company_id",
        "currency_id",
        "date",
        "move_id",
        "partner_bank_id",
        "partner_id",
        "partner_type",
        "payment_type",
        "state",
        "vendor_quality_payee_id",
    ],
    "account.tax": ["amount", "amount_type", "include_base_amount"],
    "account.tax.repartition.line": ["factor_percent", "tax_id"],
    "res.company": [
        "account_opening_move_id",
        "currency_exchange_journal_id",
        "currency_id",
        "expense_currency_exchange_account_id",
        "income_currency_exchange_account_id",
        "outsourcing_tz",
        "parent_path",
        "vendor_quality_gate_from",
        "vendor_quality_tax_tolerance",
    ],
    "res.partner": [
        "commercial_partner_id",
        "is_company",
        "name",
        "vendor_quality_name_key",
        "vendor_quality_number_key",
        "vendor_quality_number_proven",
    ],
    "res.partner.bank": ["partner_id", "sanitized_acc_number", "vendor_quality_key"],
}
"""Columns of core's models that the queries read; a test compares them."""

OWN_MODELS = (
    "outsourcing.contract",
    "outsourcing.contract.exit",
    "vendor.quality.exception",
    "vendor.quality.form",
    "vendor.quality.hold",
    "vendor.quality.identity",
    "vendor.quality.template",
    "vendor.quality.template.band",
)
"""Models of the suite that the queries read; they are flushed whole."""


class VendorQualityGateReader(models.AbstractModel):
    """Reads the facts about a batch of bills that the gate judges, in two queries.

    The ledger itself is read (journal items and reconciliations), not the
    totals stored on the bill, and vendors are recognised by what is known of them
    (``vendor.quality.identity``), whatever the bill refers to.
    """

    _name = "vendor.quality.gate.reader"
    _description = "Facts for the Control of Vendor Bills"

    @api.model
    def _get_bills(self, moves, counterparts=None):
        """Return the facts of the governed bills among ``moves``.

        :param account.move moves: bills, posted or not
        :param account.move counterparts: entries whose part in the payment of
            the bills is to be told apart; no record where one is proposed only
        :return: ``{move id: BillFacts}``; a bill that is not there is free
        """
        if not moves:
            return {}
        self._flush()
        scope = WHOLE
        # What is being paid is matched and decided on: there is all of it to ask.
        if counterparts is None:
            found = self._read_scope(moves)
            if not found:
                return {}
            moves = moves.browse([row["id"] for row in found])
            scope = Scope(
                **{name: any(row[name] for row in found) for name in Scope._fields}
            )
        rows = execute_planned(
            self.env, self._sql_bills(moves, counterparts or moves.browse(), scope)
        )
        rates = self._get_rates(rows)
        usage = (rows[0]["usage"] if rows else None) or {}
        by_move = defaultdict(list)
        for row in rows:
            by_move[row["id"]].append(row)
        return {
            move_id: self._make_facts(contract_rows, rates, usage)
            for move_id, contract_rows in by_move.items()
        }

    @api.model
    def _read_scope(self, moves):
        """Return what there is to ask about each bill, a row by the names of Scope."""
        return execute_planned(self.env, self._sql_scope(moves))

    @api.model
    def _get_entries(self, moves):
        """Return the facts of entries that credit payables of governed vendors.

        Statement lines and payments received are history; transfers between
        payables of one vendor add up to nothing.

        :return: ``{move id: BillFacts}``; an entry that is not there is free
        """
        if not moves:
            return {}
        self._flush()
        by_move = defaultdict(list)
        for row in self.env.execute_query_dict(self._sql_entries(moves)):
            by_move[row["id"]].append(row)
        return {move_id: self._make_entry(rows) for move_id, rows in by_move.items()}

    @api.model
    def _get_governed_payments(self, payments):
        """Return the payments whose payee is a governed vendor."""
        if not payments:
            return payments
        self._flush()
        rows = self.env.execute_query(self._sql_payees(payments))
        return payments.browse([row[0] for row in rows])

    @api.model
    def _get_matches(self, partners):
        """Return what partners have in common with vendors under other names.

        :return: list of dicts: id of the partner, ``vendor_id``, ``known_id`` (the
            contact that the contract names), ``known_name``, ``ground``, ``key``
        """
        if not partners:
            return []
        self._flush_vendors()
        return self.env.execute_query_dict(self._sql_matches(partners))

    @api.model
    def _get_taken(self, bills):
        """Return ``{form id: what all posted bills take}`` for the forms of some."""
        self._flush()
        rows = self.env.execute_query(self._sql_taken(bills))
        return {form_id: float(billed) for form_id, billed in rows}

    @api.model
    def _get_credited(self, bills):
        """Return ``{bill id: what credit notes gave back, untaxed}``."""
        self._flush()
        rows = self.env.execute_query(self._sql_credited(bills))
        return {bill_id: float(amount) for bill_id, amount in rows}

    @api.model
    def _flush(self):
        """Write what waits in memory to the tables that the queries read.

        Models of which nothing waits are passed over: asking each of their fields
        takes longer than the rest (``tests/bench/run.py bills``, "post one by one").
        """
        waiting = self._get_waiting_models()
        for model, names in {**dict.fromkeys(OWN_MODELS), **CORE_COLUMNS}.items():
            if model in waiting:
                self.env[model].flush_model(names)
                waiting = self._get_waiting_models()

    @api.model
    def _get_waiting_models(self):
        """Return the names of the models of which something waits in memory."""
        waiting = (*self.env.fields_to_compute(), *self.env._field_dirty)
        return {field.model_name for field in waiting}

    @api.model
    def _flush_vendors(self):
        """Write what tells who is which vendor."""
        self.env["vendor.quality.identity"].flush_model()
        for model in ("res.partner", "res.partner.bank"):
            self.env[model].flush_model(CORE_COLUMNS[model])

    @api.model
    def _get_rates(self, rows):
        """Return ``{(currency, company, day): rate}`` for bills in other currencies.

        The official rate of the bill date counts, not the one typed on the bill.
        """
        wanted = {
            (currency_id, row["company_id"], row["rate_date"])
            for row in rows
            if row["currency_id"] != row["contract_currency_id"]
            for currency_id in (row["currency_id"], row["contract_currency_id"])
        }
        if not wanted:
            return {}
        # sudo: bills of other companies of the root count; currencies are read.
        companies = self.env["res.company"].sudo().browse({key[1] for key in wanted})
        roots = {company.id: company.root_id for company in companies}
        self.env["res.currency.rate"].flush_model()
        found = self.env.execute_query(
            SQL(
                """
                SELECT wanted.currency_id, wanted.company_id, wanted.day, (
                    SELECT rate.rate
                      FROM res_currency_rate rate
                     WHERE rate.currency_id = wanted.currency_id
                       AND (rate.company_id IS NULL OR rate.company_id = wanted.root_id)
                     ORDER BY rate.name > wanted.day, rate.company_id,
                           CASE WHEN rate.name <= wanted.day
                                THEN wanted.day - rate.name
                                ELSE rate.name - wanted.day END
                     LIMIT 1)
                  FROM (VALUES %s) AS wanted (currency_id, company_id, day, root_id)
                """,
                SQL(", ").join(
                    SQL(
                        "(%s, %s, %s::date, %s)",
                        currency_id,
                        company_id,
                        day,
                        roots[company_id].id,
                    )
                    for currency_id, company_id, day in wanted
                ),
            )
        )
        rates = {}
        for currency_id, company_id, day, rate in found:
            if currency_id == roots[company_id].currency_id.id:
                rate = rate or 1.0
            rates[currency_id, company_id, day] = rate
        return rates

    # ------------------------------------------------------------
    # FROM ROWS TO FACTS
    # ------------------------------------------------------------

    @api.model
    def _make_facts(self, rows, rates, usage):
        row = rows[0]
        Currency = self.env["res.currency"]
        currency = Currency.browse(row["currency_id"])
        chosen = next(
            (
                item
                for item in rows
                if item["contract_id"] == row["outsourcing_contract_id"]
            ),
            row,
        )
        fingerprint = make_fingerprint(
            [
                row[name]
                for name in (
                    "company_id",
                    "currency_id",
                    "digest",
                    "move_type",
                    "outsourcing_contract_id",
                    "partner_bank_id",
                    "service_date_end",
                    "service_date_start",
                    "vendor_id",
                )
            ]
            + [currency.round(row["untaxed"] or 0), currency.round(row["total"] or 0)]
        )
        shares = {
            form["id"]: form["share"]
            for form in chosen["forms"] or ()
            if form["share"] is not None
        }
        bill = Bill(
            id=row["id"],
            kind=row["kind"] or "service",
            is_posted=row["state"] == "posted",
            contract_id=row["outsourcing_contract_id"],
            date_start=row["service_date_start"],
            date_end=row["service_date_end"],
            untaxed=self._convert_untaxed(chosen, rates),
            untaxed_total=currency.round(row["untaxed"] or 0),
            total=currency.round(row["total"] or 0),
            checked_total=row["checked_total"],
            plain_tax=None if row["tax"] is None else float(row["tax"]),
            tax_step=max(float(row["tax_step"] or 0), currency.rounding),
            fingerprint=fingerprint,
            decided_fingerprint=row["decided_fingerprint"],
            decided_amount=row["decided_amount"],
            shares=shares,
            granted=row["granted"] or 0.0,
            exceptions=self._make_exceptions(row),
            rounding=currency.rounding,
        )
        return BillFacts(
            bill=bill,
            contracts=tuple(self._make_contract(item, usage) for item in rows),
            paid=currency.round(row["paid"]),
            paid_bank=currency.round(row["paid_bank"]),
            paid_decided=currency.round(row["paid_decided"] or 0),
            paid_new=currency.round(row["paid_new"]),
            paid_hard=currency.round(row["paid_hard"]),
            on_hold=row["on_hold"],
            has_open_money=any(item["has_open_money"] for item in rows),
        )

    @api.model
    def _convert_untaxed(self, row, rates):
        untaxed = row["untaxed"] or 0.0
        source = row["currency_id"]
        target = row["contract_currency_id"]
        to_currency = self.env["res.currency"].browse(target)
        if source == target:
            return to_currency.round(untaxed)
        key = (row["company_id"], row["rate_date"])
        from_rate, to_rate = rates.get((source, *key)), rates.get((target, *key))
        if not from_rate or not to_rate:
            return None
        return to_currency.round(untaxed * to_rate / from_rate)

    @api.model
    def _make_contract(self, row, usage):
        rounding = self.env["res.currency"].browse(row["contract_currency_id"]).rounding
        to_date = fields.Date.to_date
        return Contract(
            id=row["contract_id"],
            name=row["contract_name"],
            currency_id=row["contract_currency_id"],
            date_start=row["contract_start"],
            date_end=row["contract_end"],
            gate_at=row["gate_at"],
            ground=row["ground"],
            vendor=row["vendor_name"] or "",
            is_certain=row["is_certain"],
            forms=tuple(
                Form(
                    id=form["id"],
                    name=form["name"],
                    state=form["state"],
                    is_answered=form["is_answered"],
                    date_start=to_date(form["date_start"]),
                    date_end=to_date(form["date_end"]),
                    score=form["score"] or 0.0,
                    is_rated=bool(form["is_rated"]),
                    threshold=form["threshold"] or 0.0,
                    gate_at=form["gate_at"],
                    not_rated_policy=form["not_rated_policy"],
                    blocks_posting=bool(form["blocks_posting"]),
                    blocks_payment=bool(form["blocks_payment"]),
                    awaits_exit=form["awaits_exit"],
                    fee=form["fee"] or 0.0,
                    payable=form["payable"] or 0.0,
                    billed=usage.get(str(form["id"]), NOTHING)[0] or 0.0,
                    paid=usage.get(str(form["id"]), NOTHING)[1] or 0.0,
                    rounding=rounding,
                )
                for form in row["forms"] or ()
            ),
        )

    @api.model
    def _make_exceptions(self, row):
        if not row["exceptions"]:
            return ()
        company = self.env["res.company"].browse(row["company_id"])
        today = company._outsourcing_today()
        return tuple(
            BillException(
                id=exception["id"],
                purpose=exception["purpose"],
                amount_limit=exception["amount_limit"] or 0.0,
                for_posting=exception["state"] == "approved"
                and exception["stage"] in ("post", "both")
                and not exception["posted"],
                for_payment=exception["stage"] in ("payment", "both")
                and not exception["paid"],
                is_expired=bool(exception["expiry"])
                and fields.Date.to_date(exception["expiry"]) < today,
                fingerprint=exception["fingerprint"] or "",
            )
            for exception in row["exceptions"]
        )

    @api.model
    def _make_entry(self, rows):
        row = rows[0]
        currency = self.env["res.currency"].browse(row["currency_id"])
        return BillFacts(
            bill=Bill(
                id=row["id"],
                kind=row["kind"] or "service",
                total=currency.round(row["total"] or 0),
                fingerprint=make_fingerprint(["entry", row["digest"]]),
                decided_fingerprint=row["decided_fingerprint"],
                exceptions=self._make_exceptions(row),
                rounding=currency.rounding,
            ),
            contracts=tuple(self._make_contract(item, {}) for item in rows),
        )

    @api.model
    def _read_bank_keys(self, moves):
        """Return the keys of accounts and names on bank lines, as the bank gave them.

        :param account.move moves: the only entries that are looked at
        :return: list of ``(id of the statement line, kind, key)``
        """
        # sudo: whoever posts need not read statement lines; keys are compared.
        lines = self.env["account.bank.statement.line"].sudo()
        lines = lines.search_fetch(
            [("move_id", "in", moves.ids)],
            ["account_number", "partner_name"],
            order="id",
        )
        return [
            (line.id, kind, key)
            for line in lines
            for kind, key in (
                ("account", party.account_key(line.account_number)),
                ("name", party.name_key(line.partner_name)),
            )
            if key
        ]

    # ------------------------------------------------------------
    # TAX
    # ------------------------------------------------------------
    # Tax lines are corrected by hand every day, so that they match the vendor's
    # paper. They say nothing about what is due: core's tax engine does.

    @api.model
    def _check_taxes(self, moves, facts):
        """Return ``facts`` with the total of ``moves`` that their lines give.

        :param account.move moves: bills, posted or not
        :param dict facts: ``{move id: BillFacts}``
        """
        if not moves:
            return facts
        checked = dict(facts)
        # sudo: whoever posts need not read taxes and settings of the company.
        for move in moves.sudo():
            item = facts[move.id]
            total = self._check_tax(move, item.bill)
            checked[move.id] = replace(
                item, bill=replace(item.bill, checked_total=total)
            )
        return checked

    @api.model
    def _check_tax(self, move, bill):
        """Return the total of a bill as far as its lines give the tax."""
        if bill.plain_tax is not None:
            total = check_total(bill, bill.plain_tax, bill.tax_step)
            if not compare(total, bill.total, bill):
                return total
        return check_total(bill, *self._compute_tax(move, bill.tax_step))

    @api.model
    def _compute_tax(self, move, step):
        """Return the tax that the lines of a bill give, and what it may differ by.

        Both in the currency of the bill; the tax has the sign of the ledger.

        :param float step: by how much each tax may differ
        """
        Tax = self.env["account.tax"].sudo()  # sudo: as in _check_taxes
        company, currency = move.company_id, move.currency_id
        base_lines = [
            self._prepare_taxed_line(move, line, step)
            for line in move.line_ids
            if line.display_type in TAXED_TYPES and line.tax_ids
        ]
        if not base_lines:
            return 0.0, 0.0
        Tax._round_base_lines_tax_details(base_lines, company)
        amount, taxes = 0.0, set()
        for base_line in base_lines:
            for data in base_line["tax_details"]["taxes_data"]:
                amount += base_line["sign"] * data["tax_amount_currency"]
                taxes.add((data["tax"].id, data["is_reverse_charge"]))
        # Whoever bills sets the rounding up: it counts as far as coins go.
        coin = COIN * currency.rounding
        rounding = min(move.invoice_cash_rounding_id.rounding, coin)
        return currency.round(amount), len(taxes) * step + rounding

    @api.model
    def _prepare_taxed_line(self, move, line, step):
        """Return a line for the tax engine, by its price or by what it books.

        Price and quantity give the tax to the cent, as core computed it; they
        count as long as they give what the ledger has. What an import stored of
        the tax itself counts for nothing.
        """
        Tax = self.env["account.tax"].sudo()  # sudo: as in _check_taxes
        stored = {
            "computation_key": None,
            "manual_tax_amounts": None,
            "manual_total_excluded": None,
            "manual_total_excluded_currency": None,
        }
        if line.display_type == "product":
            base_line = move._prepare_product_base_line_for_taxes_computation(line)
            base_line.update(stored, price_unit=line.price_unit)
            Tax._add_tax_details_in_base_line(base_line, move.company_id)
            untaxed = base_line["tax_details"]["raw_total_excluded_currency"]
            if abs(base_line["sign"] * untaxed - line.amount_currency) <= step:
                return base_line
        base_line = Tax._prepare_base_line_for_taxes_computation(
            line,
            price_unit=move.direction_sign * line.amount_currency,
            quantity=1.0,
            discount=0.0,
            sign=move.direction_sign,
            rate=move.invoice_currency_rate,
            is_refund=move.move_type == "in_refund",
            special_mode="total_excluded",
            extra_tax_data={},
        )
        Tax._add_tax_details_in_base_line(base_line, move.company_id)
        return base_line
